"""Where packets would go: the forwarding tables of all nodes, read from the kernel, and walks through them."""

import ipaddress
from dataclasses import dataclass

from . import build, netns
from .topology import Topology

MAX_HOPS = 32


@dataclass(frozen=True)
class Walk:
    """One branch of the way from a node to an address."""
    nodes: tuple
    arrived: bool


class Fib:
    """A snapshot of every node's routes. Take a new one to see a change."""

    def __init__(self, lab: str, topology: Topology):
        self._topology = topology
        self._owner = {a: n for n in topology.nodes for a in topology.addresses(n)}
        self._far = {(own.node, own.device): far for n in topology.nodes for own, far in topology.ends(n)}
        families = ("-4", "-6") if topology.has_ipv6 else ("-4",)
        self._routes = dict(zip(topology.nodes, netns.each(
            lambda n: [r for f in families for r in self._read(build.namespace(lab, n), f)], topology.nodes)))

    @staticmethod
    def _read(namespace: str, family: str):
        everything = "0.0.0.0/0" if family == "-4" else "::/0"
        for route in netns.ip_json(namespace, family, "route", "show", "table", "main"):
            prefix = everything if route["dst"] == "default" else route["dst"]
            yield ipaddress.ip_network(prefix), route

    def walks(self, node: str, address) -> list:
        """Every branch (load balancing makes several) from a node to an address."""
        return list(self._walk((node,), ipaddress.ip_address(address)))

    def reaches(self, node: str, address) -> bool:
        """True if every branch there, and every branch back, arrives."""
        address = ipaddress.ip_address(address)
        source = self.source(node, address.version)
        if address not in self._owner or source is None:
            return False
        there, back = self.walks(node, address), self.walks(self._owner[address], source)
        return all(w.arrived for w in there + back)

    def source(self, node: str, version: int):
        return next((a for a in self._topology.addresses(node) if a.version == version), None)

    def _walk(self, so_far: tuple, address):
        here = so_far[-1]
        if self._owner.get(address) == here:
            yield Walk(so_far, True)
            return
        hops = self._next_hops(here, address) if len(so_far) < MAX_HOPS else []
        if not hops:
            yield Walk(so_far, False)
        for following in hops:
            yield from self._walk(so_far + (following,), address)

    def _next_hops(self, node: str, address) -> list:
        """Neighbours by the longest match; a hop whose link has no carrier carries nothing."""
        matching = [(net.prefixlen, r) for net, r in self._routes[node]
                    if net.version == address.version and address in net]
        if not matching:
            return []
        longest = max(length for length, _ in matching)
        best = min((r for length, r in matching if length == longest), key=lambda r: r.get("metric", 0))
        hops = [h for h in best.get("nexthops") or [best] if not {"linkdown", "dead"} & set(h.get("flags", []))]
        return [n for h in hops if (n := self._neighbour(node, h, address)) is not None]

    def _neighbour(self, node: str, hop: dict, address):
        far = self._far.get((node, hop.get("dev")))
        on_link = ipaddress.ip_address(hop.get("gateway", address))
        return far.node if far and on_link in [a.ip for a in far.addresses] else None


def as_path(topology: Topology, walk: Walk) -> list:
    """AS numbers along a walk, each once."""
    path: list = []
    for node in walk.nodes:
        asn = topology.nodes[node].asn
        if asn is not None and (not path or path[-1] != asn):
            path.append(asn)
    return path


def upstreams(topology: Topology, fib: Fib, target: dict, block: str) -> dict:
    """The truth for one block: vantage -> sorted upstream ASNs, empty where the block is not reachable."""
    network = ipaddress.ip_network(block)
    address = next(a for a in target["addresses"] if ipaddress.ip_address(a) in network)
    found = {}
    for vantage in topology.vantages():
        paths = [as_path(topology, w) for w in fib.walks(vantage.name, address)]
        reachable = fib.reaches(vantage.name, address)
        found[vantage.name] = sorted({p[-2] for p in paths if len(p) > 1}) if reachable else []
    return found
