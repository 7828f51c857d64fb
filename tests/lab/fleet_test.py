#!/usr/bin/python3
"""A whole fleet as processes on the line of four routers: an agent, a broker and a core, each killed, stopped and brought
back while nothing is lost, nothing told twice, and nothing told that did not happen.

    fleet_test.py                    each trouble once (CTest)
    fleet_test.py --times 20         each so often, with a table of how long it took to recover
    fleet_test.py --gone 600         the broker is gone for so many seconds
"""
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
from fleet_base import BROKER, WholeFleet, options  # noqa: E402
from monitor_base import NAME, ROOT, QuickstartError, http_get, lab, main  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "pages"))
import dashboards  # noqa: E402
import pages  # noqa: E402

TIMES = 1
GONE = 7  # Longer than what is taken for a pause of nobody's making.


class Fleet(WholeFleet):
    def kill_core(self):
        self.kill("core")
        self.start_core()
        self.recovered("core killed")

    def kill_agent(self):
        self.kill("agent")
        self.agent.launch()
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
        self.report_recoveries()

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
    options(globals(), ("TIMES", "GONE"))
    main(["ip", "nft", "prometheus", "prometheus-alertmanager", BROKER])
