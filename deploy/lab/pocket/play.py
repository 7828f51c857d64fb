"""Plays a topology's timeline, compressed: the story in minutes instead of a day."""

import datetime
import time

from . import events
from .errors import LabError


def gaps(timeline: tuple, speed: float, shortest: float, longest: float) -> list:
    """Seconds to wait before each entry: the published gaps divided by speed, kept within bounds. The first is 0."""
    times = [entry["at"] for entry in timeline]
    between = [(b - a).total_seconds() / speed for a, b in zip(times, times[1:])]
    return [0.0] + [min(max(gap, shortest), longest) for gap in between]


def play(lab, speed: float, shortest: float, longest: float):
    """Yields one record per entry, at the moment its cause has been applied."""
    timeline = lab.topology.timeline
    if not timeline:
        raise LabError(f"{lab.topology.name} has no timeline; play its events one by one with 'lab event'")
    due = time.monotonic()
    for number, (entry, gap) in enumerate(zip(timeline, gaps(timeline, speed, shortest, longest)), 1):
        due += gap
        time.sleep(max(0.0, due - time.monotonic()))
        # The time of the cause is when the first router is told, so that whoever subtracts it is never flattered.
        wall = now()
        seconds = events.apply(lab, entry["event"])
        yield {"time": wall, "published": rfc3339(entry["at"]), "published_exactly": not entry.get("chosen", False),
               "event": entry["event"], "description": lab.topology.events[entry["event"]]["describe"],
               "expect": [expectation(e) for e in entry.get("expect", [])],
               "lab": lab.name, "entry": number, "entries": len(timeline), "applied_seconds": round(seconds, 3)}


def expectation(entry: dict) -> dict:
    """One kind of isthmus event with all its keys; blocks [null] stands for the target as a whole."""
    return {"kind": entry["kind"], "upstream_asn": entry.get("upstream_asn"), "blocks": entry.get("blocks", [None])}


def now() -> str:
    return rfc3339(datetime.datetime.now(datetime.timezone.utc))


def rfc3339(moment: datetime.datetime) -> str:
    """YAML gives UTC times with or without a zone; both mean UTC here."""
    moment = moment.replace(tzinfo=datetime.timezone.utc) if moment.tzinfo is None else moment
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
