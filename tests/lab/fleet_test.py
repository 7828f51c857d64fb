#!/usr/bin/python3
"""A whole fleet as processes on the line of four routers: an agent, a broker and a core, each killed, stopped and brought
back while nothing is lost, nothing told twice, and nothing told that did not happen.

    fleet_test.py                    each trouble once (CTest)
    fleet_test.py --times 20         each so often, with a table of how long it took to recover
    fleet_test.py --gone 600         the broker is gone for so many seconds
"""
import collections
import os
import re
import signal
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from fleet_base import BROKER, TARGET, Agent, FleetCase  # noqa: E402
from monitor_base import BINARY, NAME, ROOT, QuickstartError, free_port, http_get, lab, main  # noqa: E402
from observer import target_states, vantage_states  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "pages"))
import dashboards  # noqa: E402
import pages  # noqa: E402

TIMES = 1
GONE = 7  # Longer than what is taken for a pause of nobody's making.
# Once the cause has ended, all must be seen to be well within this.
RECOVERY_SECONDS = 10


class Fleet(FleetCase):
    def setUp(self):
        super().setUp()
        self.agent = Agent(self, "agent").start()
        # Silence of three rounds is told; where one round is shorter than a restart takes, every restart would be.
        self.assign(TARGET, interval="2s")
        self.core_port = free_port()
        self.url = f"http://127.0.0.1:{self.core_port}"
        self.recoveries = collections.defaultdict(list)
        lab("event", "reset", "--lab", NAME)
        self.start_core()
        self.until(lambda: http_get(self.url + "/-/ready")[0] == 200, "the core is ready")
        self.until(self.learned, "the baseline")

    def start_core(self, name="core", port=None):
        self.processes.start(name, [BINARY, "core", "--config", self.folder / "fleet.yaml", "--listen",
                                    f"127.0.0.1:{port or self.core_port}", "--store", self.folder / f"{name}.db"])

    def start_agent(self):
        self.processes.start("agent", [BINARY, "agent", "--config", self.agent.folder / "agent.yaml"])

    def target(self):
        return target_states(self.url).get("first", {})

    def learned(self):
        target = self.target()
        return target.get("state") == "up" and not any(block["learning"] for block in target["blocks"])

    def core_metric(self, name):
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", http_get(self.url + "/metrics")[1], re.M)
        return sum(float(value) for value in found) if found else None

    def log_time(self):
        """When the broker had the latest batch that the core has read, of the partition that hears of everything."""
        found = re.search(r'^isthmus_core_partition_log_timestamp_seconds{partition="0"} (\S+)$',
                          http_get(self.url + "/metrics")[1], re.M)
        return float(found[1]) if found else 0

    def is_current(self, since):
        """Knows that all is well by what was sent after that moment."""
        return (self.target().get("state") == "up" and set(vantage_states(self.url).values()) == {"valid"}
                and self.log_time() > since)

    def events(self):
        done = subprocess.run([BINARY, "events", "--store", self.folder / "core.db"], capture_output=True, text=True, check=True)
        return [line.split()[2] for line in done.stdout.splitlines()]

    def kill(self, name):
        process = self.processes.take(name)
        process.kill()
        process.wait(10)

    def recovered(self, trouble):
        """From now on, as the cause has just ended, until the core knows the present again."""
        began = time.time()
        self.until(lambda: self.is_current(began), f"recovery after {trouble}")
        self.recoveries[trouble].append(time.time() - began)

    def kill_core(self):
        self.kill("core")
        self.start_core()
        self.recovered("core killed")

    def kill_agent(self):
        self.kill("agent")
        self.start_agent()
        self.recovered("agent killed")

    def kill_broker(self):
        self.kill("broker")
        self.start_broker()
        self.recovered("broker killed")

    def stop_broker(self):
        """Nothing comes through and nobody is told: as a cut cable, or a machine that hangs."""
        broker = self.processes.running("broker")
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            time.sleep(GONE)
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        self.recovered(f"broker out of reach for {GONE} s")

    def test_troubles_lose_nothing_and_tell_nothing(self):
        for _ in range(TIMES):
            for trouble in (self.kill_core, self.kill_agent, self.kill_broker, self.stop_broker):
                with self.subTest(trouble.__name__):
                    trouble()
                    self.assertEqual(self.events(), [])
                    self.assertEqual(self.core_metric("isthmus_core_messages_missing_total"), 0)
                    self.assertEqual(self.agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)
        for trouble, seconds in self.recoveries.items():
            print(f"{trouble:32} median {statistics.median(seconds):5.1f} s  worst {max(seconds):5.1f} s  n {len(seconds)}",
                  file=sys.stderr)
            self.assertLess(max(seconds), RECOVERY_SECONDS, trouble)

    def test_of_two_cores_with_the_same_partitions_the_second_waits_and_says_for_whom(self):
        port = free_port()
        self.start_core("second", port)
        ready = f"http://127.0.0.1:{port}/-/ready"
        self.until(lambda: "another core judges it, on " in http_get(ready)[1], "the second says why it waits")
        self.assertIn("event=partition_taken", (self.folder / "second.log").read_text(encoding="utf-8"))
        self.assertEqual(self.target()["state"], "up")
        self.assertEqual(self.processes.stop("core"), 0)
        began = time.monotonic()
        self.until(lambda: http_get(ready)[0] == 200, "the second takes over what was given back")
        self.assertLess(time.monotonic() - began, RECOVERY_SECONDS)

    def test_a_prometheus_that_scrapes_the_fleet_answers_every_question_of_the_dashboards(self):
        ports = {**pages.choose_ports(free=True), "isthmus": self.core_port}
        pages.start(self.processes, ports, [self.agent.port])
        prometheus, began = f"http://127.0.0.1:{ports['prometheus']}", time.time()

        def silent():
            return dashboards.unanswered(prometheus, began, time.time(), of_a_fleet=True)

        try:
            self.until(lambda: not silent(), "an answer to every question")
        except QuickstartError:
            self.fail("\n".join(silent()))

    def test_an_outage_is_told_once_whoever_is_killed_meanwhile(self):
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.target().get("state") == "down", "the outage")
        self.assertEqual(self.events(), ["block_down", "target_down"])
        self.kill("core")
        self.start_core()
        self.until(lambda: self.target().get("state") == "down", "the outage again")
        self.kill("core")
        lab("event", "reset", "--lab", NAME)
        time.sleep(3)  # It ends while no core is there to see: that is in the stream.
        self.start_core()
        self.until(lambda: self.target().get("state") == "up", "its end")
        self.assertEqual(self.events(), ["block_down", "target_down", "block_up", "target_up"])


if __name__ == "__main__":
    for option, name in (("--times", "TIMES"), ("--gone", "GONE")):
        if option in sys.argv:
            at = sys.argv.index(option)
            globals()[name] = int(sys.argv[at + 1])
            del sys.argv[at:at + 2]
    main(["ip", "nft", "prometheus", "prometheus-alertmanager", BROKER])
