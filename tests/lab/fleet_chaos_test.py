#!/usr/bin/python3
"""What befalls an agent of a fleet away from everybody's eyes: it is cut off from the broker alone, and its disk is full. It
goes on probing, nothing that it has kept is lost, what it had to give up is counted, and nothing is told that did not happen.

    fleet_chaos_test.py                          each trouble once (CTest)
    fleet_chaos_test.py --times 20 --cut 12      each so often, with a table of how long it took to recover
    fleet_chaos_test.py --gone 600 BrokerGone    the broker is gone for so many seconds (not in CTest)
"""
import contextlib
import errno
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from fleet_base import BROKER, Agent, options  # noqa: E402
from fleet_chaos_base import Chaos  # noqa: E402
from lab_support import netns  # noqa: E402
from monitor_base import main  # noqa: E402
from own_network import enter_own_network  # noqa: E402

TIMES = 1
CUT = 2   # Seconds. What is longer than three rounds of pings is told of the vantage point.
FULL = 1  # Seconds that writes have failed for when there is room again.
GONE = 0  # Seconds.
SITE = f"site{os.getpid()}"
CENTRE_ADDRESS, SITE_ADDRESS = "203.0.113.1", "203.0.113.2"


class CutOff(Chaos):
    """Two agents probe the same way; one of them reaches the broker by a link that is then cut."""
    VANTAGES = ("vp", "witness")
    AGENTS = ("agent", "witness")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        netns.run(["ip", "netns", "add", SITE])
        cls.addClassCleanup(netns.run, ["ip", "netns", "delete", SITE])
        netns.batch([f"link add centre type veth peer name uplink netns {SITE}",
                     f"address add {CENTRE_ADDRESS}/30 dev centre", "link set centre up"])
        netns.batch(["link set lo up", f"address add {SITE_ADDRESS}/30 dev uplink", "link set uplink up"], SITE)

    def start_broker(self):
        """Reached from elsewhere too, and so by TLS only."""
        self.certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        names = f"subjectAltName=IP:127.0.0.1,IP:{CENTRE_ADDRESS}"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=broker", "-addext", names, "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.launch_broker("-a", "0.0.0.0", "-p", str(self.broker_port), "-m", str(self.monitoring_port), "-js", "-sd",
                           self.folder / "jetstream", "--tls", "--tlscert", self.certificate, "--tlskey", key)

    def way(self, host="127.0.0.1"):
        return {"servers": [f"tls://{host}:{self.broker_port}"], "ca": str(self.certificate)}

    def start_agents(self):
        self.agent = Agent(self, "agent", site=SITE, way=self.way(CENTRE_ADDRESS)).start()
        self.witness = Agent(self, "witness", vantage="witness").start()

    @contextlib.contextmanager
    def link_down(self):
        netns.batch(["link set centre down"])
        try:
            yield
        finally:
            netns.batch(["link set centre up"])

    @contextlib.contextmanager
    def silently_dropped(self):
        """Both ways, and nobody is told: as a firewall that has forgotten the connection."""
        self.nft("add table inet cut; add chain inet cut way { type filter hook prerouting priority 0; policy accept; }; "
                 "add chain inet cut back { type filter hook postrouting priority 0; policy accept; }; "
                 "add rule inet cut way iifname uplink drop; add rule inet cut back oifname uplink drop")
        try:
            yield
        finally:
            self.nft("delete table inet cut")

    @staticmethod
    def nft(rules):
        netns.inside(SITE, lambda: netns.run(["nft", rules]))

    def last_heard(self):
        return self.core_metric('isthmus_vantage_last_observation_timestamp_seconds{vantage="vp"}') or 0

    def hears_again(self, since):
        return self.is_current(since) and self.last_heard() > since and self.agent.metric("isthmus_agent_spool_batches") < 10

    def cut(self, how, name):
        sent = self.agent.metric("isthmus_agent_probes_sent_total")
        with how():
            end = time.monotonic() + CUT
            while time.monotonic() < end:
                self.assertEqual(self.target()["state"], "up")
                time.sleep(0.2)
            self.assertGreater(self.agent.metric("isthmus_agent_probes_sent_total"), sent, "it goes on probing")
            self.assertGreater(self.agent.metric("isthmus_agent_spool_batches"), 0, "and keeps what it sees")
        self.recovered(f"{name} for {CUT} s", self.hears_again)

    def test_an_agent_that_is_cut_off_keeps_all_and_nothing_false_is_told(self):
        for _ in range(TIMES):
            for how, name in ((self.link_down, "link down"), (self.silently_dropped, "silently dropped")):
                with self.subTest(name):
                    self.cut(how, name)
                    told = self.events()
                    self.assertEqual(set(told) - {"vantage_invalid", "vantage_valid"}, set())
                    self.assertEqual(told.count("vantage_invalid"), told.count("vantage_valid"), told)
                    self.assertEqual(self.core_metric("isthmus_core_messages_missing_total"), 0)
                    self.assertEqual(self.agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)
        self.assertEqual(self.count_everything().missing, 0)
        self.report_recoveries()


class FullDisk(Chaos):
    """The agent's spool is on a small file system of its own, which somebody else fills."""
    SIZE = 16  # MiB

    def start_agents(self):
        self.agent = Agent(self, "agent")
        self.disk = self.agent.folder / "spool"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}m,mode=700", "isthmus-test", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.agent.start()

    def fill(self):
        with (self.disk / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        filler.write(bytes(size))
                except OSError as error:
                    self.assertEqual(error.errno, errno.ENOSPC)

    def failures(self):
        return self.agent.metric("isthmus_agent_spool_failures_total")

    def is_well(self, since):
        return (self.is_current(since) and self.agent.metric("isthmus_agent_problem") == 0
                and self.agent.metric("isthmus_agent_spool_batches") < 10)

    def begin_anew(self):
        """A log that has grown already would hold much more without another byte of the disk."""
        self.assertEqual(self.processes.stop("agent"), 0)
        began = time.time()
        self.agent.start()
        self.until(lambda: self.is_well(began), "the agent is back")

    def until_writes_fail(self):
        self.fill()
        self.grows("failed writes", self.failures)
        # Where there is no connection, that is what is named.
        self.assertEqual(self.agent.metric("isthmus_agent_problem"), self.agent.metric("isthmus_agent_connected"))
        time.sleep(FULL)

    def disk_full(self):
        self.until_writes_fail()
        self.grows("probes", lambda: self.agent.metric("isthmus_agent_probes_sent_total"))
        self.grows("what arrives", lambda: self.agent.metric("isthmus_agent_batches_arrived_total"))
        self.assertEqual(self.target()["state"], "up")
        (self.disk / "filler").unlink()
        self.recovered("disk full", self.is_well)

    def disk_full_without_broker(self):
        """What can go nowhere waits in memory, and goes out as soon as the broker is back, disk or no disk."""
        broker = self.processes.running("broker")
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            self.until_writes_fail()
            self.grows("probes", lambda: self.agent.metric("isthmus_agent_probes_sent_total"))
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        began = time.time()
        self.until(lambda: self.is_current(began), "the core hears of the present, disk or no disk")
        (self.disk / "filler").unlink()
        self.recovered("disk full while the broker is away", self.is_well)

    def more_than_the_spool_holds(self):
        """What has to go is the oldest, and is counted: by the agent, and by whoever looks at its numbers. How much that was."""
        config = self.agent.folder / "agent.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace('"spool": "spool"', '"spool": "spool", "spool_bytes": "4kB"'),
                          encoding="utf-8")
        self.begin_anew()
        self.kill("broker")
        self.until_writes_fail()
        self.until(lambda: self.agent.metric("isthmus_agent_spool_bytes") > 8000, "more waits than the spool may hold")
        (self.disk / "filler").unlink()
        self.until(lambda: self.agent.metric("isthmus_agent_spool_dropped_batches_total") > 0, "the oldest go")
        self.start_broker()
        self.recovered("disk full, and more than the spool holds", self.is_well)
        self.assertEqual(self.events(), [])
        return self.agent.metric("isthmus_agent_spool_dropped_observations_total")

    def test_a_full_disk_stops_neither_probing_nor_sending_and_nothing_is_lost(self):
        for number, trouble in enumerate((self.disk_full, self.disk_full_without_broker) * TIMES):
            if number > 0:
                self.begin_anew()
            with self.subTest(trouble.__name__):
                trouble()
                self.assertEqual(self.events(), [])
                self.assertEqual(self.core_metric("isthmus_core_messages_missing_total"), 0)
                self.assertEqual(self.agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)
        dropped = self.more_than_the_spool_holds()
        missing = self.count_everything().missing
        self.assertGreater(missing, 0)
        # What the broker had already when it died, and could not say, counts as dropped although it arrived.
        self.assertLessEqual(missing, dropped)
        self.report_recoveries()


class BrokerGone(Chaos):
    """For long: fleet_test.py has the short ones."""

    def setUp(self):
        if GONE == 0:
            self.skipTest("takes as long as the broker is gone: --gone 600 asks for it")
        super().setUp()

    def wait_while_it_probes(self):
        sent = self.agent.metric("isthmus_agent_probes_sent_total")
        time.sleep(GONE)
        self.assertGreater(self.agent.metric("isthmus_agent_probes_sent_total"), sent, "it goes on probing")

    def finish(self):
        self.until(lambda: self.agent.metric("isthmus_agent_spool_batches") < 10, "all that waited has arrived")
        self.assertEqual(self.agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)
        self.assertEqual(self.count_everything().missing, 0)
        self.assertEqual(self.events(), [])
        self.report_recoveries()

    def test_it_hangs(self):
        broker = self.processes.running("broker")
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            self.wait_while_it_probes()
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        self.recovered(f"broker hung for {GONE} s")
        self.finish()

    def test_it_is_killed(self):
        self.kill("broker")
        self.wait_while_it_probes()
        self.start_broker()
        self.recovered(f"broker killed and back after {GONE} s")
        self.finish()


if __name__ == "__main__":
    enter_own_network()
    options(globals(), ("TIMES", "CUT", "FULL", "GONE"))
    main(["ip", "nft", "nsenter", "openssl", BROKER])
