"""The proof that a lab is closed: what is in its namespaces, read back from the kernel, leads nowhere else.

Three things are checked, none of them from the topology file's intent alone:
- a namespace holds lo and veths and no other kind of link;
- the far end of each veth is in a namespace of this lab, and points back (ifindex and namespace id, both ways);
- every route of every table leaves by such a link, and every gateway is an address of that link's far end.
"""

from dataclasses import dataclass, field

from . import netns
from .errors import LabError

# Kernel modules (ipip, gre, sit, ...) put one such device into every new namespace; it cannot be removed, and as long
# as it is down it carries nothing.
FALLBACK = {"tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0"}
DELIVERS_NOTHING = {"local", "broadcast", "multicast", "anycast", "unreachable", "blackhole", "prohibit", "throw"}


@dataclass
class Inventory:
    """What one namespace holds."""
    links: list
    neighbours: dict                                # namespace id -> name, as seen from here
    routes: list
    addresses: dict = field(default_factory=dict)   # device -> set of addresses


def take_inventory(name: str) -> Inventory:
    links = netns.ip_json(name, "-details", "address", "show")
    ids = {entry["nsid"]: entry.get("name") for entry in netns.ip_json(name, "netns", "list-id")}
    routes = [r for family in ("-4", "-6") for r in netns.ip_json(name, family, "route", "show", "table", "all")]
    addresses = {link["ifname"]: {a.get("local") for a in link.get("addr_info", [])} for link in links}
    return Inventory(links, ids, routes, addresses)


def assert_closed(lab: str):
    """Raises LabError naming every leak."""
    names = netns.existing(lab)
    if not names:
        raise LabError(f"lab '{lab}' has no namespaces")
    leaks = find_leaks(dict(zip(names, netns.each(take_inventory, names))))
    if leaks:
        raise LabError(f"lab '{lab}' is not closed:\n" + "\n".join(f"  {leak}" for leak in leaks))


def find_leaks(inventories: dict) -> list:
    """Pure: every way out of the given namespaces (name -> Inventory), as text."""
    leaks = []
    for name, inventory in inventories.items():
        far_ends = {"lo": None}
        for link in inventory.links:
            far, leak = _follow(name, link, inventories)
            if leak:
                leaks.append(f"{name}: {link['ifname']}: {leak}")
            elif far:
                far_ends[link["ifname"]] = far
        leaks += [f"{name}: {leak}" for route in inventory.routes for leak in _route_leaks(route, far_ends, inventories)]
    return leaks


def _follow(name: str, link: dict, inventories: dict):
    """((namespace, device) of a link's far end or None, leak or None)."""
    kind = link.get("linkinfo", {}).get("info_kind")
    if link.get("link_type") == "loopback":
        return None, None
    if link["ifname"] in FALLBACK and "UP" not in link["flags"]:
        return None, None
    if kind != "veth":
        return None, f"is of kind '{kind or link.get('link_type')}'; only lo and veth may be here"
    if "link_netnsid" not in link:
        return None, "its far end is in the same namespace"
    far_name = inventories[name].neighbours.get(link["link_netnsid"])
    if far_name not in inventories:
        return None, f"its far end is outside the lab ({far_name or 'a namespace without a name'})"
    for far in inventories[far_name].links:
        points_back = inventories[far_name].neighbours.get(far.get("link_netnsid")) == name
        if far["ifindex"] == link.get("link_index") and far.get("link_index") == link["ifindex"] and points_back:
            return (far_name, far["ifname"]), None
    return None, f"no link in {far_name} points back to it"


def _route_leaks(route: dict, far_ends: dict, inventories: dict):
    if route.get("type") in DELIVERS_NOTHING:
        return
    for hop in route.get("nexthops") or [route]:
        device, gateway = hop.get("dev"), hop.get("gateway") or (hop.get("via") or {}).get("host")
        if device not in far_ends:
            yield f"route {route['dst']} leaves by '{device}', which leads out of the lab"
        elif gateway is not None:
            far = far_ends[device]
            if far is None or gateway not in inventories[far[0]].addresses[far[1]]:
                yield f"route {route['dst']} goes to {gateway}, which is not an address at the far end of {device}"
