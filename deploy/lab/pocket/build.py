"""Makes and removes the namespaces, links, addresses, static routes and kernel settings of a lab."""

from . import netns
from .errors import LabError
from .topology import Topology

# icmp_ratemask 0 also exempts a router from the kernel's global limit, which on kernels before 6.13 is shared by all
# namespaces of the machine and cannot be set from inside one.
UNLIMITED = {"net.ipv4.icmp_ratelimit": 0, "net.ipv4.icmp_ratemask": 0, "net.ipv4.icmp_msgs_per_sec?": 100000,
             "net.ipv4.icmp_msgs_burst?": 10000, "net.ipv6.icmp.ratelimit?": 0}

SILENCE = """
table inet isthmus_lab {
  chain output {
    type filter hook output priority 0;
    icmp type { destination-unreachable, time-exceeded, parameter-problem } drop
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } drop
  }
}
"""


def namespace(lab: str, node: str) -> str:
    return f"{lab}.{node}"


def sysctls(topology: Topology, node) -> dict:
    forward = 1 if node.forwards else 0
    no_ipv6 = 0 if topology.has_ipv6 else 1
    settings = {
        "net.ipv4.ip_forward": forward,
        "net.ipv4.conf.all.rp_filter": 0,
        "net.ipv4.conf.default.rp_filter": 0,
        "net.ipv4.icmp_errors_use_inbound_ifaddr": 1,
        "net.ipv4.fib_multipath_hash_policy?": 1,
        "net.ipv4.ping_group_range": "0 2147483647",
        "net.ipv6.conf.all.disable_ipv6?": no_ipv6,
        "net.ipv6.conf.default.disable_ipv6?": no_ipv6,
        "net.ipv6.conf.default.accept_dad?": 0,
        "net.ipv6.conf.all.keep_addr_on_down?": 1,
        "net.ipv6.conf.all.forwarding?": forward,
        "net.ipv6.fib_multipath_hash_policy?": 1,
    }
    if node.one_address:
        settings["net.ipv4.icmp_errors_use_inbound_ifaddr"] = 0
    if node.hash_fields:
        for family in ("ipv4", "ipv6"):
            settings[f"net.{family}.fib_multipath_hash_policy?"] = 3
            settings[f"net.{family}.fib_multipath_hash_fields?"] = node.hash_fields
    return settings if node.icmp_limited else {**settings, **UNLIMITED}


def raise_network(lab: str, topology: Topology):
    """From nothing to a network with static routes; BGP comes after."""
    netns.batch([f"netns add {namespace(lab, n)}" for n in topology.nodes])
    netns.each(lambda n: netns.set_sysctls(namespace(lab, n.name), sysctls(topology, n)), topology.nodes.values())
    # Both ends are born inside the lab: no end is ever, even for a moment, in the machine's own namespace.
    netns.batch([f"link add {a.device} netns {namespace(lab, a.node)} type veth "
                 f"peer name {b.device} netns {namespace(lab, b.node)}" for a, b in topology.links])
    netns.each(lambda n: _configure(lab, topology, n), topology.nodes)
    netns.each(lambda n: _silence(namespace(lab, n.name)), [n for n in topology.nodes.values() if n.silent])


def _configure(lab: str, topology: Topology, name: str):
    lines = ["link set lo up"]
    lines += [f"address add {address} dev lo" for address in topology.nodes[name].addresses]
    for own, far in topology.ends(name):
        lines.append(f"link set {own.device} alias to:{far.node}")
        lines += [f"address add {address} dev {own.device}" + (" nodad" if address.version == 6 else "")
                  for address in own.addresses]
        lines.append(f"link set {own.device} up")
    netns.batch(lines + _route_commands(topology, name), namespace(lab, name))


def static_routes(topology: Topology, name: str):
    """(prefix, gateways) of a node: those of the file, and a default route for what hangs on one link."""
    yield from ((p, g if isinstance(g, list) else [g]) for p, g in topology.nodes[name].routes.items())
    links = list(topology.ends(name))
    if topology.nodes[name].role in ("vantage", "host") and len(links) == 1:
        far = links[0][1]
        for version, prefix in ((4, "0.0.0.0/0"), (6, "::/0")):
            if (gateway := far.address(version)) is not None:
                yield prefix, [str(gateway)]


def set_link(lab: str, topology: Topology, node: str, device: str, is_up: bool):
    """Sets one end of a link up or down. The kernel forgets the routes of a link that went down; they come back too."""
    lines = [f"link set {device} {'up' if is_up else 'down'}"]
    netns.batch(lines + (_route_commands(topology, node) if is_up else []), namespace(lab, node))


def _route_commands(topology: Topology, name: str) -> list:
    commands = []
    for prefix, gateways in static_routes(topology, name):
        hops = f"via {gateways[0]}" if len(gateways) == 1 else " ".join(f"nexthop via {g}" for g in gateways)
        commands.append(f"route replace {prefix} {hops}")
    return commands


def _silence(name: str):
    netns.inside(name, lambda: netns.run(["nft", "-f", "-"], SILENCE))


def remove_network(lab: str) -> list:
    """Removes every namespace of the lab; returns 'pid in namespace' for each process that still lives in one."""
    names = netns.existing(lab)
    strangers = [f"{pid} in {name}" for name in names for pid in netns.processes(name)]
    for name in names:
        _cut(name)
    for name in names:
        netns.run(["ip", "netns", "delete", name])
    if netns.existing(lab):
        raise LabError(f"namespaces are left: {', '.join(netns.existing(lab))}; remove them with 'ip netns delete'")
    return strangers


def _cut(name: str):
    """Removes the links first: a namespace that a process still holds must not stay connected to anything."""
    try:
        devices = [d["ifname"] for d in netns.ip_json(name, "-details", "link", "show")
                   if d.get("linkinfo", {}).get("info_kind") == "veth"]
        netns.batch([f"link delete {d}" for d in devices], name)
    except (OSError, LabError):
        pass  # a half-made namespace (a name without a mount) has no links; deleting the name is all there is to do
