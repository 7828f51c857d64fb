"""Plays a topology's timeline, compressed: the story in minutes instead of a day."""

import datetime
import time

from . import events
from .errors import LabError
from .fib import Fib, upstreams
from .labs import unreachable
from .truth import Truth


def gaps(timeline: tuple, speed: float, shortest: float, longest: float) -> list:
    """Seconds to wait before each entry: the published gaps divided by speed, kept within bounds. The first is 0."""
    times = [entry["at"] for entry in timeline]
    between = [(b - a).total_seconds() / speed for a, b in zip(times, times[1:])]
    return [0.0] + [min(max(gap, shortest), longest) for gap in between]


def play(lab, pace, rounds: int = 1):
    """Yields one record per entry, at the moment its cause has been applied. `pace` is (speed, shortest, longest gap).

    In a second round nothing is new any more: what was `upstream_appeared` is now `upstream_restored`. So from the
    `reset` that opens it onwards, expectations come from the truth; for the first round the file says the same.
    """
    if not lab.topology.timeline:
        raise LabError(f"{lab.topology.name} has no timeline; play its events one by one with 'lab event'")
    truth = Truth(lab.topology)
    _await_start_state(lab, truth)
    due = time.monotonic()
    for record, gap in _schedule(lab.topology, pace, rounds):
        due += gap
        time.sleep(max(0.0, due - time.monotonic()))
        # The time of the cause is when the first router is told, so that whoever subtracts it is never flattered.
        wall = now()
        seconds = events.apply(lab, record["event"])
        yield {"time": wall, **record, "description": lab.topology.events[record["event"]]["describe"],
               "expect": truth.apply(record["event"]), "lab": lab.name, "applied_seconds": round(seconds, 3)}


def _await_start_state(lab, truth, seconds: float = 15):
    """A story told from the middle would have other expectations. Waits, for a reset may still be converging."""
    deadline = time.monotonic() + seconds
    while not _matches(lab, truth):
        if time.monotonic() > deadline:
            raise LabError(f"lab '{lab.name}' is not in its start state; run 'lab event reset' first")
        time.sleep(0.1)


def _matches(lab, truth) -> bool:
    """True if the forwarding tables show each block on the upstreams of the truth, and every vantage point connected."""
    if unreachable(lab):
        return False
    fib = Fib(lab.name, lab.topology)
    return all(truth.upstreams_of(block) == {u for found in upstreams(lab.topology, fib, target, block).values() for u in found}
               for target in lab.topology.targets for block in target["blocks"])


def _schedule(topology, pace, rounds: int):
    """(record without times, seconds after the one before) for every cause."""
    timeline = topology.timeline
    for number in range(1, rounds + 1):
        if number > 1:
            yield {"published": None, "published_exactly": False, "event": "reset", "round": number, "entry": 0,
                   "entries": len(timeline)}, pace[1]
        for entry, (cause, gap) in enumerate(zip(timeline, gaps(timeline, *pace)), 1):
            first_after_reset = number > 1 and entry == 1
            yield {"published": rfc3339(cause["at"]), "published_exactly": not cause.get("chosen", False),
                   "event": cause["event"], "round": number, "entry": entry,
                   "entries": len(timeline)}, pace[1] if first_after_reset else gap


def now() -> str:
    return rfc3339(datetime.datetime.now(datetime.timezone.utc))


def rfc3339(moment: datetime.datetime) -> str:
    """YAML gives UTC times with or without a zone; both mean UTC here."""
    moment = moment.replace(tzinfo=datetime.timezone.utc) if moment.tzinfo is None else moment
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
