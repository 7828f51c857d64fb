#!/usr/bin/python3
"""isthmus monitor on a line of four routers: reload, restart, broken files, a locked store, missing rights.

Real packets, so it needs root. Exit 77: cannot run here.
"""
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))
from observer import target_states  # noqa: E402
from processes import Processes, QuickstartError, free_port, http_get, wait_until  # noqa: E402

BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
LAB = ROOT / "deploy" / "lab" / "lab"
NAME = f"monitor{os.getpid()}"
PREFIXES = ('192.0.2.0,192.0.2.255,64500,"Line"\n198.51.100.0,198.51.100.255,64511,"Host"\n'
            '2001:db8::,2001:db8:3:ffff:ffff:ffff:ffff:ffff,64500,"Line"\n'
            '2001:db8:5::,2001:db8:5:ffff:ffff:ffff:ffff:ffff,64511,"Host"\n')
# Prefix, addresses that answer, and a control.
IPV4 = ("198.51.100.0/24", "198.51.100.10, 198.51.100.11", "192.0.2.1")
IPV6 = ('"2001:db8:5::/48"', '"2001:db8:5::10"', '"2001:db8::1"')


def lab(*words):
    subprocess.run([LAB, *words], check=True, stdout=subprocess.DEVNULL)


class Monitor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab("up", "line", "--name", NAME)
        cls.addClassCleanup(lab, "down", "--name", NAME)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.processes = Processes(str(self.folder))
        self.addCleanup(self.processes.__exit__)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.write_prefixes(PREFIXES)
        self.write_config("first")
        lab("event", "reset", "--lab", NAME)

    def write_prefixes(self, text):
        (self.folder / "prefixes.csv").write_text(text, encoding="utf-8")

    def write_config(self, target, extra="", where=IPV4, protocols=("icmp", "udp")):
        prefix, addresses, control = where
        (self.folder / "isthmus.yaml").write_text(f"""\
vantages: [{{name: vp, asn: 64496, netns: {NAME}.vp}}]
targets:
  - {{name: {target}, asn: 64511, prefixes: [{prefix}], addresses: [{addresses}]}}
controls: [{control}]
probing:
  rate_limit: 200
  router_limit: 100
  ping: {{interval: 300ms, timeout: 200ms, protocol: {protocols[0]}}}
  trace: {{interval: 500ms, flows: 2, timeout: 200ms, attempts: 1, protocol: {protocols[1]}}}
ip2as: {{prefixes: [prefixes.csv]}}
exporter: {{listen: "127.0.0.1:{self.port}"}}
store: {{path: isthmus.db}}
{extra}""", encoding="utf-8")

    def start(self):
        process = self.processes.start("isthmus", [BINARY, "monitor", "--config", self.folder / "isthmus.yaml"])
        self.until(lambda: http_get(self.url + "/-/ready")[0] == 200, "ready")
        return process

    def until(self, condition, what):
        wait_until(condition, 30, what, self.processes.check)

    def state(self, target="first"):
        return target_states(self.url).get(target, {}).get("state")

    def metric(self, name):
        """Value of a series without labels, or with exactly those given in `name`."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", http_get(self.url + "/metrics")[1], re.M)
        return float(found.group(1)) if found else None

    def log(self):
        return (self.folder / "isthmus.log").read_text(encoding="utf-8")

    def events(self, *words):
        done = subprocess.run([BINARY, "events", "--store", self.folder / "isthmus.db", *words], capture_output=True,
                              text=True, check=True)
        return [line.split()[2] for line in done.stdout.splitlines()]

    def wait_for_baseline(self):
        def learned():
            target = target_states(self.url).get("first", {})
            return target.get("state") == "up" and not any(block["learning"] for block in target["blocks"])
        self.until(learned, "the baseline")

    def test_reload_is_all_or_nothing_and_keeps_counters(self):
        process = self.start()
        self.wait_for_baseline()
        sent = self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}')
        self.assertGreater(sent, 0)
        self.write_config("second", "colour: red")
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 0, "the refusal")
        self.assertEqual(self.state("first"), "up")
        self.assertIn("colour", self.log())
        self.write_config("second")
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 1, "the reload")
        self.until(lambda: self.state("second") == "up" and self.state("first") is None, "the new target")
        self.assertGreaterEqual(self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}'), sent)

    def check_that_it_sees(self, where, ping, trace):
        self.write_config("first", where=where, protocols=(ping, trace))
        self.start()
        self.wait_for_baseline()
        self.assertEqual([b["block"] for b in target_states(self.url)["first"]["blocks"]], [where[0].strip('"')])
        for name in (f'isthmus_probes_sent_total{{vantage="vp",engine="ping",protocol="{ping}"}}',
                     f'isthmus_probes_sent_total{{vantage="vp",engine="traceroute",protocol="{trace}"}}',
                     'isthmus_upstream_state{target="first",upstream_asn="64500",upstream_name="Line",state="up"}'):
            self.assertGreater(self.metric(name) or 0, 0, name)
        self.assertEqual(self.metric('isthmus_target_upstreams{target="first"}'), 1)
        # It is the path that it sees, and not whatever comes in.
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage")

    def test_it_sees_over_ipv6(self):
        self.check_that_it_sees(IPV6, "icmp", "udp")

    def test_it_sees_over_tcp(self):
        self.check_that_it_sees(IPV4, "tcp", "tcp")

    def test_it_sees_over_tcp_and_ipv6(self):
        self.check_that_it_sees(IPV6, "tcp", "tcp")

    def test_it_sees_with_pings_over_udp(self):
        self.check_that_it_sees(IPV6, "udp", "icmp")

    def test_a_broken_prefix_file_leaves_the_previous_data_in_use(self):
        process = self.start()
        self.wait_for_baseline()
        before = self.metric("isthmus_ip2as_prefixes")
        self.write_prefixes(PREFIXES + "\x00\x01\x02 not text\n")
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 0, "the refusal")
        self.assertIn(f"prefixes.csv:{PREFIXES.count(chr(10)) + 1}", self.log())
        self.assertEqual(self.metric("isthmus_ip2as_prefixes"), before)
        self.assertEqual(self.metric('isthmus_target_upstreams{target="first"}'), 1)

    def test_a_restart_repeats_nothing_and_forgets_nothing(self):
        self.start()
        self.wait_for_baseline()
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage")
        self.assertEqual(self.processes.stop("isthmus"), 0)
        told = self.events()
        self.assertEqual(told, ["block_down", "target_down"])
        self.start()
        self.until(lambda: self.state() == "down", "the outage after the restart")
        lab("event", "mend", "--lab", NAME)
        self.until(lambda: self.state() == "up", "the end of the outage")
        self.assertEqual(self.processes.stop("isthmus"), 0)
        self.assertEqual(self.events(), told + ["block_up", "target_up"])

    def test_a_locked_store_stops_nothing_and_is_caught_up(self):
        self.start()
        self.wait_for_baseline()
        lock = sqlite3.connect(self.folder / "isthmus.db", isolation_level=None)
        self.addCleanup(lock.close)
        lock.execute("BEGIN EXCLUSIVE")
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage in spite of the lock")
        self.until(lambda: self.metric("isthmus_store_failures_total") > 0, "the failure as a metric")
        self.assertIn("store_failed", self.log())
        lock.execute("ROLLBACK")
        self.until(lambda: self.events() == ["block_down", "target_down"], "the events, written after all")

    def test_without_rights_it_says_which_one_and_how(self):
        # Everything but the rights is there: a folder and files that anybody may read.
        os.chmod(self.folder, 0o755)
        shutil.copy(BINARY, self.folder / "isthmus")
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
                               "--inh-caps=-all", self.folder / "isthmus", "ping", "198.51.100.10", "--netns", f"{NAME}.vp"],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "CAP_(NET_RAW|SYS_ADMIN)")
        self.assertRegex(done.stderr, "setcap|AmbientCapabilities|cap-add|root")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root for network namespaces")
        sys.exit(77)
    for tool in ("ip", "setpriv"):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    try:
        unittest.main(argv=[sys.argv[0], "-v"])
    except QuickstartError as error:
        sys.exit(str(error))
