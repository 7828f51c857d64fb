"""Causes: what a topology's events do to a running lab. Each is idempotent."""

import time

from . import frr, netns
from .errors import UsageError
from .labs import Lab


def apply(lab: Lab, name: str) -> float:
    """Applies an event; returns the seconds it took. Routers that have to change do so at the same time."""
    began = time.monotonic()
    plan = plan_of(lab.topology, name)
    netns.each(lambda work: work(lab), plan)
    return time.monotonic() - began


def plan_of(topology, name: str) -> list:
    """The event as functions of a lab, one per router or link that changes."""
    if name not in topology.events:
        raise UsageError(f"unknown event '{name}'; 'lab events' lists those of {topology.name}")
    announced: dict = {}        # router -> prefix -> announce it?
    links: dict = {}            # (node, device) -> up?
    for action in topology.events[name]["actions"]:
        _add(topology, action, announced, links)
    routers = [lambda lab, r=router, p=prefixes: _announce(lab, r, p) for router, prefixes in announced.items()]
    return routers + [lambda lab, e=end, u=is_up: _set_link(lab, e, u) for end, is_up in links.items()]


def _add(topology, action: dict, announced: dict, links: dict):
    for verb, value in (("announce", True), ("withdraw", False)):
        for prefix in action.get(verb, []):
            announced.setdefault(action["at"], {})[prefix] = value
    for verb, value in (("link_up", True), ("link_down", False)):
        if verb in action:
            near, far = action[verb]
            links.update({(own.node, own.device): value for own, other in topology.ends(near) if other.node == far})
    if action.get("reset"):
        _add_reset(topology, announced, links)


def _add_reset(topology, announced: dict, links: dict):
    """Undoes whatever any event of this topology can have done."""
    for event in topology.events.values():
        for action in event["actions"]:
            if not action.get("reset"):
                _add(topology, action, announced, links)
    links.update(dict.fromkeys(links, True))
    for router, prefixes in announced.items():
        at_start = topology.nodes[router].announces
        prefixes.update({prefix: prefix in at_start for prefix in prefixes})


def _announce(lab: Lab, router: str, prefixes: dict):
    commands = [f"router bgp {lab.topology.nodes[router].asn}", "address-family ipv4 unicast"]
    commands += [f"{'' if wanted else 'no '}network {prefix}" for prefix, wanted in prefixes.items()]
    frr.configure(lab.name, lab.run_dir, router, commands)


def _set_link(lab: Lab, end: tuple, is_up: bool):
    node, device = end
    netns.batch([f"link set {device} {'up' if is_up else 'down'}"], lab.namespace(node))
