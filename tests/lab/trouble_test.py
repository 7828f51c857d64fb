#!/usr/bin/python3
"""What goes wrong around surveys and pings has a name and a count, and costs the other targets nothing.

The network is the topology `line`, whose vantage point gets routes that lead nowhere and loses its interface. Needs root;
exits with 77 (skipped) where it cannot run.
"""
import errno
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from lab_support import BINARY, lab_command, run_or_skip, unique, wait_until  # noqa: E402

HOSTS = ["198.51.100.10", "198.51.100.11"]
ROUTELESS = "203.0.113.1"
GATEWAYLESS = "192.0.2.129"
HOST_V6, GATEWAYLESS_V6 = "2001:db8:5::10", "2001:db8:99::1"


class Trouble(unittest.TestCase):
    def setUp(self):
        self.name = unique("trouble")
        self.addCleanup(lab_command, "down", "--name", self.name)
        raised = lab_command("up", "line", "--name", self.name)
        self.assertEqual(raised.returncode, 0, raised.stderr)
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.device = json.loads(self.ip("-json", "route", "get", "192.0.2.1"))[0]["dev"]
        # Nobody has the gateways' addresses.
        self.ip("address", "add", "192.0.2.65/28", "dev", self.device)
        self.ip("route", "add", f"{GATEWAYLESS}/32", "via", "192.0.2.66", "src", "192.0.2.2")
        self.ip("route", "add", f"{GATEWAYLESS_V6}/128", "via", "2001:db8::99", "dev", self.device)
        self.ip("route", "add", "unreachable", f"{ROUTELESS}/32")

    def ip(self, *words):
        return subprocess.run(["ip", "-n", f"{self.name}.vp", *words], check=True, capture_output=True, text=True).stdout

    def isthmus(self, *words, rate=500):
        return subprocess.run(self.command(*words, rate=rate), capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "ISTHMUS_REQUIRE_NETNS": "1"})

    def command(self, *words, rate):
        return [str(w) for w in (BINARY, *words, "--netns", f"{self.name}.vp", "--rate", rate)]

    def test_pings_of_the_dead_delay_no_other(self):
        for way in ("packet", "raw"):
            for targets in ([*HOSTS, ROUTELESS, GATEWAYLESS], [HOST_V6, GATEWAYLESS_V6]):
                with self.subTest(way=way, targets=targets):
                    done = self.isthmus("ping", *targets, "--count", "20", "--interval", "50ms", "--timeout", "400ms", "--json",
                                        "--io", way)
                    series = {s["dst_addr"]: s for s in map(json.loads, done.stdout.splitlines())}
                    for target in set(targets) - {ROUTELESS, GATEWAYLESS, GATEWAYLESS_V6}:
                        self.assertEqual((series[target]["sent"], series[target]["rcvd"]), (20, 20))
                        self.assertLess(max(answer["rtt"] for answer in series[target]["result"]), 50)
                    for target in set(targets) & {ROUTELESS, GATEWAYLESS, GATEWAYLESS_V6}:
                        self.assertEqual(series[target]["rcvd"], 0)
                    if ROUTELESS in targets:
                        self.assertIn("error", series[ROUTELESS]["result"][0])

    def test_a_survey_counts_what_cannot_leave_and_reaches_the_others(self):
        targets = self.folder / "targets.txt"
        targets.write_text("\n".join([*HOSTS, ROUTELESS, GATEWAYLESS]) + "\n", encoding="ascii")
        for mode in ("saving", "all"):
            with self.subTest(mode):
                done = self.isthmus("map", targets, "--mode", mode, "--max-ttl", "8", "--timeout", "500ms", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                blocks = {b["block"]: b for b in map(json.loads, done.stdout.splitlines())}
                self.assertEqual((blocks["198.51.100.0/24"]["flows"], blocks["198.51.100.0/24"]["reached"]), (12, 12))
                self.assertEqual([blocks[b]["reached"] for b in ("203.0.113.0/24", "192.0.2.0/24")], [0, 0])
                self.assertRegex(done.stderr, rf"\d+ probes not sent: {os.strerror(errno.EHOSTUNREACH)}")
                self.assertNotIn("gone", done.stderr)

    def test_a_survey_whose_interface_vanishes_says_so_and_goes_on_later(self):
        targets, state = self.folder / "targets.txt", self.folder / "survey.bin"
        targets.write_text("\n".join(HOSTS) + "\n", encoding="ascii")
        words = ["map", targets, "--mode", "all", "--max-ttl", "30", "--interface", self.device, "--state", state, "--json"]
        running = subprocess.Popen(self.command(*words, rate=60), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "ISTHMUS_REQUIRE_NETNS": "1"})
        wait_until(state.exists, "the survey has been saved", 30)
        self.ip("link", "set", self.device, "netns", f"{self.name}.host", "name", "away")
        output, errors = running.communicate(timeout=30)
        self.assertEqual((running.returncode, output), (1, ""), "no result is better than half of one that looks whole")
        self.assertIn("the interface is gone", errors)
        self.assertIn(f"the same command goes on with {state}", errors)
        subprocess.run(["ip", "-n", f"{self.name}.host", "link", "set", "away", "netns", f"{self.name}.vp", "name", self.device],
                       check=True)
        self.ip("link", "set", self.device, "up")
        self.ip("address", "add", "192.0.2.2/30", "dev", self.device)
        self.ip("route", "add", "default", "via", "192.0.2.1")
        done = self.isthmus(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(int(re.search(r"goes on with .* at (\d+) %", done.stderr).group(1)), 5)
        self.assertEqual([(b["flows"], b["reached"]) for b in map(json.loads, done.stdout.splitlines())], [(12, 12)])


if __name__ == "__main__":
    run_or_skip("line")
