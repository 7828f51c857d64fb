"""The story's truth against what isthmus said: which expected event came, after how many seconds, and what came
that nobody expected. Pure: events and times go in, findings come out; no clock, no sockets."""
import collections

Key = collections.namedtuple("Key", "kind block upstream_asn vantage")

# What a person calls an event's subject.
PHRASES = {
    "upstream_appeared": "AS{upstream_asn} now carries {block}",
    "upstream_lost": "AS{upstream_asn} no longer carries {block}",
    "upstream_restored": "AS{upstream_asn} carries {block} again",
    "redundancy_lost": "redundancy of {where} is gone: {after} alone carries it",
    "redundancy_restored": "{where} has more than one upstream again: {after}",
    "block_down": "{block} is unreachable",
    "block_up": "{block} answers again",
    "target_down": "{target} is dark",
    "target_partial": "{target} is partly unreachable",
    "target_up": "{target} is back",
    "vantage_invalid": "vantage point {vantage} cannot see",
    "vantage_valid": "vantage point {vantage} sees again",
}


def keys_of_expectation(expectation):
    """One key per block: `blocks: []` or none means an event about the whole target or a vantage point."""
    blocks = expectation.get("blocks") or [None]
    return [Key(expectation["kind"], block, expectation.get("upstream_asn"), expectation.get("vantage"))
            for block in blocks]


def key_of_event(event):
    return Key(event["kind"], event.get("block"), event.get("upstream_asn"), event.get("vantage") or None)


def phrase(event):
    where = event.get("block") or event.get("target")
    after = ", ".join(f"AS{asn}" for asn in str(event.get("after", "")).split(",") if asn)
    return PHRASES[event["kind"]].format(**{**event, "where": where, "after": after or "nobody"})


class Chapter:
    """One cause of the timeline: what it should bring about, and what it did."""

    def __init__(self, cause, started):
        self.name = cause["event"]
        self.started = started
        self.missing = [key for item in cause.get("expect", []) for key in keys_of_expectation(item)]
        self.found = []       # (key, seconds from the cause)
        self.unexpected = []  # events

    def take(self, event, now):
        """True when the chapter expected this event."""
        key = key_of_event(event)
        if key in self.missing:
            self.missing.remove(key)
            self.found.append((key, now - self.started))
            return True
        self.unexpected.append(event)
        return False

    @property
    def complete(self):
        return not self.missing


class Story:
    """The chapters so far; an event belongs to the latest cause before it."""

    def __init__(self):
        self.chapters = []
        self.prologue = []  # events before any cause: none is expected

    def begin(self, cause, now):
        self.chapters.append(Chapter(cause, now))
        return self.chapters[-1]

    def take(self, event, now):
        if not self.chapters:
            self.prologue.append(event)
            return None
        return self.chapters[-1].take(event, now)

    def missing(self):
        return [(chapter.name, key) for chapter in self.chapters for key in chapter.missing]

    def unexpected(self):
        return self.prologue + [event for chapter in self.chapters for event in chapter.unexpected]

    def delays(self):
        """kind -> seconds from cause to event, in order."""
        table = collections.defaultdict(list)
        for chapter in self.chapters:
            for key, seconds in chapter.found:
                table[key.kind].append(seconds)
        return table
