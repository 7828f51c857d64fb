"""What isthmus should say of each cause: the known truth that its events are compared with.

It follows announcements and links alone, never a packet: per block, the upstreams are the ASes to which a border router
of the target announces it over a link that is up. Every upstream is assumed to be seen by some vantage point, which is
how a topology's preferences have to be chosen.
"""

from . import events
from .topology import Topology


class Truth:
    """The truth of one topology since its start state. Feed it the events in the order they are applied."""

    def __init__(self, topology: Topology):
        self._topology = topology
        self._announced = {n.name: set(n.announces) for n in topology.nodes.values()}
        self._cut: set = set()
        self._blocks = [b for target in topology.targets for b in target["blocks"]]
        self._target_asn = topology.targets[0]["asn"] if topology.targets else None
        now = self._upstreams()
        self._held = dict(now)              # what a block hangs on; kept while the block is down
        self._seen = {b: set(u) for b, u in now.items()}
        self._down = {b for b, u in now.items() if not u}
        self._thin: set = set()             # blocks (None: the target) that lost their redundancy
        self._blind: set = set()            # vantage points whose access link is cut

    def apply(self, event: str) -> list:
        """Takes one event and returns what it should cause, as {kind, upstream_asn, vantage, blocks}."""
        announced, links = events.changes(self._topology, event)
        for router, prefixes in announced.items():
            for prefix, wanted in prefixes.items():
                (self._announced[router].add if wanted else self._announced[router].discard)(prefix)
        for end, is_up in links.items():
            (self._cut.discard if is_up else self._cut.add)(end)
        return self._vantage_changes() + self._block_changes()

    def upstreams_of(self, block: str) -> frozenset:
        """The upstreams that carry a block now; none while it is down."""
        return self._upstreams()[block]

    def _upstreams(self) -> dict:
        found: dict = {block: frozenset() for block in self._blocks}
        nodes = self._topology.nodes
        for border in (n for n in nodes.values() if n.asn == self._target_asn and self._topology.speaks_bgp(n.name)):
            for own, far in self._topology.ends(border.name):
                external = nodes[far.node].asn != border.asn and self._topology.speaks_bgp(far.node)
                if external and not {(own.node, own.device), (far.node, far.device)} & self._cut:
                    for block in self._announced[border.name] & found.keys():
                        found[block] |= {nodes[far.node].asn}
        return found

    def _block_changes(self) -> list:
        now = self._upstreams()
        down = {b for b in self._blocks if not now[b]}
        before = {None: self._union(), **self._held}
        said = [("block_down", None, b) for b in self._blocks if b in down - self._down]
        said += [("block_up", None, b) for b in self._blocks if b in self._down - down]
        said += self._target_change(down)
        for block in (b for b in self._blocks if b not in down):
            said += [("upstream_lost", u, block) for u in sorted(self._held[block] - now[block])]
            said += [("upstream_restored" if u in self._seen[block] else "upstream_appeared", u, block)
                     for u in sorted(now[block] - self._held[block])]
            self._held[block] = now[block]
            self._seen[block] |= now[block]
        self._down = down
        for block, count in [*((b, len(self._held[b])) for b in self._blocks), (None, len(self._union()))]:
            said += self._redundancy(block, len(before[block]), count)
        return _grouped(said)

    def _union(self) -> frozenset:
        return frozenset().union(*self._held.values())

    def _target_change(self, down: set) -> list:
        def state(blocks):
            return "target_up" if not blocks else "target_down" if len(blocks) == len(self._blocks) else "target_partial"
        return [(state(down), None, None)] if state(down) != state(self._down) else []

    def _redundancy(self, block, before: int, now: int) -> list:
        if before >= 2 > now:
            self._thin.add(block)
            return [("redundancy_lost", None, block)]
        if now >= 2 and block in self._thin:
            self._thin.discard(block)
            return [("redundancy_restored", None, block)]
        return []

    def _vantage_changes(self) -> list:
        blind = {v.name for v in self._topology.vantages() for own, far in self._topology.ends(v.name)
                 if {(own.node, own.device), (far.node, far.device)} & self._cut}
        said = [("vantage_invalid", v) for v in sorted(blind - self._blind)]
        said += [("vantage_valid", v) for v in sorted(self._blind - blind)]
        self._blind = blind
        return [expectation({"kind": kind, "vantage": vantage}) for kind, vantage in said]


def expectation(entry: dict) -> dict:
    """An entry of a timeline's `expect` with all its keys; blocks [null] stands for the target as a whole."""
    return {"kind": entry["kind"], "upstream_asn": entry.get("upstream_asn"), "vantage": entry.get("vantage"),
            "blocks": entry.get("blocks", [None])}


def _grouped(said: list) -> list:
    """One expectation per kind and upstream, with its blocks; what concerns the whole target stands by itself."""
    groups: dict = {}
    for kind, upstream, block in said:
        groups.setdefault((kind, upstream, block is None), []).append(block)
    return [expectation({"kind": kind, "upstream_asn": upstream, "blocks": blocks})
            for (kind, upstream, _), blocks in groups.items()]
