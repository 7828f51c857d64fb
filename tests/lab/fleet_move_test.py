#!/usr/bin/python3
"""Two cores with the same partitions and a store each: one judges, the other waits and says for whom. When the one is stopped
or dies, the other goes on where it was, and of an outage that spans the move each tells its part.

    fleet_move_test.py                 one move by a stop (CTest)
    fleet_move_test.py --times 20      so many, back and forth, with a table of how long they took
    fleet_move_test.py --kill 1        the one that has the partitions is killed; its claim lives for 30 s
"""
import re
import sys
import time

sys.dont_write_bytecode = True
from fleet_base import BROKER, RECOVERY_SECONDS, options  # noqa: E402
from fleet_chaos_base import Chaos  # noqa: E402
from monitor_base import NAME, free_port, http_get, lab, main  # noqa: E402
from own_network import enter_own_network  # noqa: E402

TIMES = 1
KILL = 0
CLAIM_SECONDS = 30
SPOKEN_OF = re.compile(r"(?m)^isthmus_(target|vantage)_state\{")


class Moving(Chaos):
    def setUp(self):
        super().setUp()
        self.core, self.other = ("core", self.url), ("second", f"http://127.0.0.1:{free_port()}")
        self.told = {name: [] for name in ("core", "second")}
        self.launch(*self.other)

    def launch(self, name, url):
        self.start_core(name, port=url.rsplit(":", 1)[1])
        self.until(lambda: "another core judges it, on " in http_get(url + "/-/ready")[1], "the second says why it waits")
        self.assertIn("event=partition_taken", (self.folder / f"{name}.log").read_text(encoding="utf-8"))
        # Two that speak of one target would contradict each other, and page for it.
        self.until(lambda: not SPOKEN_OF.search(http_get(url + "/metrics")[1]), "it leaves target and vantage points to the other")
        page = http_get(url + "/metrics")[1]
        self.assertEqual(set(re.findall(r"(?m)^isthmus_core_partition_elsewhere\{.*\} (\d)$", page)), {"1"})
        self.assertEqual(set(re.findall(r"(?m)^isthmus_core_partition_unread\{.*\} (\d)$", page)), {"0"})

    def expect(self, name, *events):
        """That one core tells these, and the other nothing."""
        self.told[name] += events
        for core, told in self.told.items():
            self.assertEqual(self.events(core), told, core)

    def move(self):
        """From the core that has the partitions to the one that waits; the former then waits."""
        (name, url), (_, heirs_url) = self.core, self.other
        if KILL:
            self.kill(name)
        else:
            self.assertEqual(self.processes.stop(name), 0)
        began = time.monotonic()
        wait = CLAIM_SECONDS + RECOVERY_SECONDS if KILL else RECOVERY_SECONDS
        self.until(lambda: http_get(heirs_url + "/-/ready")[0] == 200, "the heir has read everything", wait)
        self.until(lambda: self.target(heirs_url).get("state") == "down", "the heir knows of the outage", wait)
        self.recoveries["after a kill" if KILL else "after a stop"].append(time.monotonic() - began)
        self.core, self.other, self.url = self.other, self.core, heirs_url
        self.launch(name, url)

    def test_what_spans_a_move_is_told_once(self):
        for _ in range(TIMES):
            lab("event", "cut", "--lab", NAME)
            self.until(lambda: self.target().get("state") == "down", "the outage")
            self.expect(self.core[0], "block_down", "target_down")
            self.move()
            self.expect(self.core[0])
            lab("event", "reset", "--lab", NAME)
            self.until(lambda: self.target().get("state") == "up", "its end")
            self.expect(self.core[0], "block_up", "target_up")
            self.assertEqual(self.core_metric("isthmus_core_messages_missing_total"), 0)
        self.report_recoveries(CLAIM_SECONDS + RECOVERY_SECONDS if KILL else RECOVERY_SECONDS)


if __name__ == "__main__":
    enter_own_network()
    options(globals(), ("TIMES", "KILL"))
    main(["ip", "nft", BROKER])
