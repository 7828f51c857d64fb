"""A topology file as validated, immutable values. No I/O but reading that one file.

Every mistake in a file is reported at once, so that writing a topology is not a game of one error a run.
"""

import ipaddress
import pathlib
import re
from dataclasses import dataclass, field

import yaml

from .errors import LabError, UsageError

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "topologies"
ROLES = ("vantage", "router", "host", "control")
# A namespace is called <lab>.<node>; neither part may therefore hold a dot.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ACTIONS = ("announce", "withdraw", "link_down", "link_up", "reset")


@dataclass(frozen=True)
class Node:
    name: str
    role: str
    asn: int | None = None
    describe: str = ""
    silent: bool = False            # forwards, but emits no ICMP errors
    icmp_limited: bool = False      # keeps the kernel's default ICMP rate limit
    one_address: bool = False       # answers from the address that leads back, whichever way the probe came (IPv4)
    hash_fields: int = 0            # what its load balancing hashes, in the kernel's bits; 0: addresses and ports.
                                    # Two balancers in a row must differ, or the second one never divides anything.
    announces: tuple = ()           # prefixes originated by BGP in the start state
    exports: str | None = None      # AS-path filter towards other ASes; None exports everything
    prefers: dict = field(default_factory=dict)    # neighbour node -> BGP local preference
    addresses: tuple = ()           # further addresses, on lo
    routes: dict = field(default_factory=dict)     # prefix -> list of gateways

    @property
    def forwards(self) -> bool:
        return self.role in ("router", "control")


@dataclass(frozen=True)
class End:
    """One end of a veth pair: a device of a node, and the addresses it carries."""
    node: str
    device: str
    addresses: tuple

    def address(self, version: int):
        return next((a.ip for a in self.addresses if a.version == version), None)


@dataclass(frozen=True)
class Topology:
    name: str
    describe: str
    routing: str                    # "bgp" (FRR on every router) or "static"
    nodes: dict
    links: tuple                    # pairs of End
    targets: tuple
    controls: tuple
    events: dict
    timeline: tuple

    def ends(self, node: str):
        """(own end, far end) of each link of a node."""
        for a, b in self.links:
            if a.node == node:
                yield a, b
            if b.node == node:
                yield b, a

    def speaks_bgp(self, node: str) -> bool:
        return self.routing == "bgp" and self.nodes[node].forwards

    def addresses(self, node: str):
        """Every address a node answers on; those of its links first."""
        on_links = [a for own, _ in self.ends(node) for a in own.addresses]
        return [a.ip for a in on_links] + [a.ip for a in self.nodes[node].addresses]

    def vantages(self):
        return [n for n in self.nodes.values() if n.role == "vantage"]

    def hosts(self):
        """The addresses that the start state must make reachable: hosts, and controls."""
        found = [a for n in self.nodes.values() if n.role == "host" for a in self.addresses(n.name)]
        return found + [ipaddress.ip_address(c) for c in self.controls]

    @property
    def has_ipv6(self) -> bool:
        return any(a.version == 6 for link in self.links for end in link for a in end.addresses)


def available():
    return sorted(p.stem for p in FOLDER.glob("*.yaml"))


def load(name: str) -> Topology:
    """Loads topologies/NAME.yaml, or the file NAME if it ends in .yaml."""
    path = pathlib.Path(name) if name.endswith(".yaml") else FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"no topology '{name}': there are {', '.join(available())}; or give a path ending in .yaml")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise LabError(f"{path}: not YAML: {error}") from error
    errors: list[str] = []
    topology = _Reader(raw, errors).read(path.stem) if isinstance(raw, dict) else None
    if topology is None:
        errors.append("the file must be a mapping with nodes and links")
    if errors:
        raise LabError("\n".join(f"{path}: {e}" for e in errors))
    return topology


class _Reader:
    """Builds a Topology from parsed YAML and collects every error on the way."""

    def __init__(self, raw: dict, errors: list):
        self.raw, self.errors = raw, errors
        self.devices: dict[str, int] = {}

    def read(self, stem: str) -> Topology:
        known = {"describe", "routing", "nodes", "links", "targets", "controls", "events", "timeline"}
        for key in self.raw.keys() - known:
            self.errors.append(f"unknown key '{key}'; known are {', '.join(sorted(known))}")
        nodes = {name: self._node(name, body or {}) for name, body in (self.raw.get("nodes") or {}).items()}
        links = [link for text in self.raw.get("links") or [] if (link := self._link(text, nodes))]
        events = self.raw.get("events") or {}
        topology = Topology(stem, self.raw.get("describe", ""), self.raw.get("routing", "static"), nodes,
                            tuple(links), tuple(self.raw.get("targets") or ()), tuple(self.raw.get("controls") or ()),
                            events, tuple(self.raw.get("timeline") or ()))
        if topology.routing not in ("bgp", "static"):
            self.errors.append(f"routing must be bgp or static, not '{topology.routing}'")
        self._check_unique_addresses(topology)
        self._check_events(topology)
        return topology

    def _node(self, name: str, body: dict) -> Node:
        if not NAME.fullmatch(name):
            self.errors.append(f"node name '{name}': use small letters, digits and '-'")
        body = dict(body)
        unknown = body.keys() - Node.__dataclass_fields__.keys()
        for key in unknown:
            self.errors.append(f"node {name}: unknown key '{key}'")
            del body[key]
        if body.get("role", "router") not in ROLES:
            self.errors.append(f"node {name}: role must be one of {', '.join(ROLES)}")
        body["addresses"] = tuple(self._interface(name, a) for a in body.get("addresses", ()))
        body["announces"] = tuple(body.get("announces", ()))
        return Node(**{"role": "router", **body, "name": name})

    def _interface(self, where: str, text: str):
        try:
            return ipaddress.ip_interface(text)
        except ValueError as error:
            self.errors.append(f"{where}: {error}")
            return ipaddress.ip_interface("0.0.0.0/32")

    def _link(self, text: str, nodes: dict):
        """'NODE ADDRESS/LENGTH... -- NODE ADDRESS/LENGTH...'"""
        sides = [side.split() for side in str(text).split(" -- ")]
        if len(sides) != 2 or not all(sides):
            self.errors.append(f"link '{text}': write 'NODE ADDRESS/LENGTH -- NODE ADDRESS/LENGTH'")
            return None
        ends = []
        for name, *addresses in sides:
            if name not in nodes:
                self.errors.append(f"link '{text}': no node is called '{name}'")
            number = self.devices.get(name, 0)
            self.devices[name] = number + 1
            ends.append(End(name, f"eth{number}", tuple(self._interface(f"link '{text}'", a) for a in addresses)))
        return tuple(ends)

    def _check_unique_addresses(self, topology: Topology):
        owner: dict = {}
        for name in topology.nodes:
            for address in topology.addresses(name):
                if owner.setdefault(address, name) != name:
                    self.errors.append(f"{address} is on both {owner[address]} and {name}")

    def _check_events(self, topology: Topology):
        linked = {frozenset((a.node, b.node)) for a, b in topology.links}
        for name, event in topology.events.items():
            for action in event.get("actions", []):
                verbs = action.keys() & set(ACTIONS)
                if len(verbs) != 1 or action.keys() - set(ACTIONS) - {"at"}:
                    self.errors.append(f"event {name}: an action is one of {', '.join(ACTIONS)}, with 'at' or without")
                    continue
                verb = verbs.pop()
                if verb in ("announce", "withdraw") and not topology.nodes.get(action.get("at")):
                    self.errors.append(f"event {name}: {verb} needs 'at: NODE'")
                if verb.startswith("link_") and frozenset(action[verb]) not in linked:
                    self.errors.append(f"event {name}: {' and '.join(action[verb])} are not linked")
        for entry in topology.timeline:
            if entry.get("event") not in topology.events:
                self.errors.append(f"timeline: unknown event '{entry.get('event')}'")
