"""Causes: what a topology's events do to a running lab. Each is idempotent."""

import fcntl
import time

from . import build, frr, netns
from .errors import UsageError
from .labs import Lab


def apply(lab: Lab, name: str) -> float:
    """Applies an event; returns the seconds it took. Routers that have to change do so at the same time."""
    began = time.monotonic()
    plan = plan_of(lab.topology, name)
    with open(lab.run_dir / "lab.json", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)    # two events at once must not mix their changes of one router
        netns.each(lambda work: work(lab), plan)
    return time.monotonic() - began


def changes(topology, name: str) -> tuple:
    """What an event asks for: (router -> prefix -> announce it?, (node, device) -> link up?)."""
    if name not in topology.events:
        raise UsageError(f"unknown event '{name}'; 'lab events' lists those of {topology.name}")
    announced: dict = {}
    links: dict = {}
    for action in topology.events[name]["actions"]:
        _add(topology, action, announced, links)
    return announced, links


def plan_of(topology, name: str) -> list:
    """The event as functions of a lab, one per router or link that changes."""
    announced, links = changes(topology, name)
    routers = [lambda lab, r=router, w=wanted: frr.originate(lab.name, lab.run_dir, lab.topology, r, w)
               for router, wanted in announced.items()]
    return routers + [lambda lab, e=end, u=is_up: build.set_link(lab.name, lab.topology, *e, u) for end, is_up in links.items()]


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
