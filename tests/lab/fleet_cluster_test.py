#!/usr/bin/python3
"""A fleet on a broker of three nodes that keep everything three times: one is killed and comes back, at once or after a while,
whether it leads the stream or follows, and nothing is lost or told. Not in CTest: nats-server takes 4 to 9 s to miss a leader.

    fleet_cluster_test.py                three kills
    fleet_cluster_test.py --times 20     so many, with a table of how long it took to recover
"""
import collections
import json
import sys
import time

sys.dont_write_bytecode = True
from fleet_base import BROKER, options  # noqa: E402
from fleet_chaos_base import Chaos  # noqa: E402
import fleet  # noqa: E402  (monitor_base adds deploy/quickstart to the path)
from monitor_base import http_get, main  # noqa: E402
from own_network import enter_own_network  # noqa: E402

TIMES = 3


class Cluster(Chaos):
    FLEET = {"replicas": fleet.NODES}

    def start_broker(self):
        self.urls, self.monitors = fleet.start_broker(self.processes, self.folder)

    def way(self):
        return {"servers": self.urls}

    def streams(self, node):
        """Name -> what the node says of each stream that it keeps; empty while it does not answer."""
        status, body = http_get(f"{self.monitors[node]}/jsz?streams=true&accounts=true")
        if status != 200:
            return {}
        return {stream["name"]: stream for account in json.loads(body).get("account_details", [])
                for stream in account.get("stream_detail", [])}

    def led_by(self, node):
        """Names of the streams of which the node is the leader."""
        return sorted(name for name, stream in self.streams(node).items()
                      if stream.get("cluster", {}).get("leader") == f"node-{node}")

    def is_whole(self):
        """Every node has every stream, and those that lead say of no other that it is behind."""
        seen = [self.streams(node) for node in range(fleet.NODES)]
        if any(http_get(monitor + "/healthz")[0] != 200 for monitor in self.monitors) or "ISTHMUS" not in seen[0]:
            return False
        followers = [seen[node][name]["cluster"]["replicas"] for node in range(fleet.NODES) for name in self.led_by(node)]
        return (all(streams.keys() == seen[0].keys() for streams in seen) and len(followers) == len(seen[0])
                and all(len(some) == fleet.NODES - 1 and all(one["current"] for one in some) for some in followers))

    def is_led(self):
        """The nodes that live lead every stream."""
        return len({name for node in range(fleet.NODES) for name in self.led_by(node)}) == len(self.everything)

    def kill_node(self, node, at_once):
        self.everything = {name for name in self.streams(node)}
        role = "leader" if "ISTHMUS" in self.led_by(node) else "follower"
        how = f"{role} killed, " + ("back at once" if at_once else "not back yet")
        self.kill(f"nats-{node}")
        killed = time.time()
        if at_once:
            fleet.start_node(self.processes, self.folder, node)
        self.until(self.is_led, "the broker is led again")
        led = time.time()
        self.until(lambda: self.is_current(killed), how)
        self.recoveries[how + ": since the broker is led"].append(time.time() - max(killed, led))
        self.since_kill[how + ": since the kill"].append(time.time() - killed)
        if not at_once:
            fleet.start_node(self.processes, self.folder, node)
        self.until(self.is_whole, "the node has caught up")

    def leader(self):
        return next((node for node in range(fleet.NODES) if "ISTHMUS" in self.led_by(node)), 0)

    def test_a_node_can_be_killed_and_nothing_is_lost_or_told(self):
        self.since_kill = collections.defaultdict(list)
        self.until(self.is_whole, "the cluster is whole")
        for round_ in range(TIMES):
            # The one that leads each other time, as that moves; the nodes in turn otherwise.
            node = self.leader() if round_ % 2 == 0 else round_ // 2 % fleet.NODES
            with self.subTest(node=node):
                self.kill_node(node, at_once=round_ // 2 % 2 == 0)
                self.assertEqual(self.events(), [])
                self.assertEqual(self.core_metric("isthmus_core_messages_missing_total"), 0)
                self.assertEqual(self.agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)
        self.assertEqual(self.count_everything().missing, 0)
        for how, seconds in self.since_kill.items():
            self.print_times(how, seconds)
        self.report_recoveries()


if __name__ == "__main__":
    enter_own_network()
    options(globals(), ("TIMES",))
    main(["ip", "nft", BROKER])
