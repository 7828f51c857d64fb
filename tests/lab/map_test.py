#!/usr/bin/python3
"""isthmus map in the pocket internet: the right upstreams, going on after a kill, and what is never probed.

Real packets, so it needs root. Exit 77: cannot run here.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

from lab_support import BLOCKS, STORY, TTK, UNICOM, lab_command, unique, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
PREFIXES = ROOT / "tests" / "data" / "ip2as" / "asn-ipv4-extract.csv"
TARGET = "175.45.176.0/22"
# Addresses of the topology that answer, one or two in each block.
HOSTS = ["175.45.176.71", "175.45.176.15", "175.45.177.10", "175.45.177.11",
         "175.45.178.55", "175.45.178.131", "175.45.179.66", "175.45.179.67"]


class Map(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.name = unique("map")
        cls.addClassCleanup(lab_command, "down", "--name", cls.name)
        up = lab_command("up", STORY, "--name", cls.name)
        if up.returncode != 0:
            raise AssertionError(up.stderr)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.hosts = self.folder / "hosts.txt"
        self.hosts.write_text("# all that answer\n" + "\n".join(HOSTS) + "\n", encoding="utf-8")
        self.relationships = self.folder / "as-rel.txt"
        self.relationships.write_text("4837|131279|-1\n20485|131279|-1\n", encoding="utf-8")
        self.event("reset")

    def event(self, name):
        done = lab_command("event", name, "--lab", self.name)
        self.assertEqual(done.returncode, 0, done.stderr)

    def command(self, *words, vantage="vp-germany"):
        return [BINARY, "map", *words, "--netns", f"{self.name}.{vantage}", "--ip2as", PREFIXES,
                "--as-rel", self.relationships]

    def map(self, *words, vantage="vp-germany"):
        return subprocess.run([str(w) for w in self.command(*words, vantage=vantage)], capture_output=True, text=True,
                              check=False, timeout=120)

    def upstreams(self, *words, vantage="vp-germany"):
        """Block to the AS numbers of its upstreams."""
        done = self.map(*words, "--json", vantage=vantage)
        self.assertEqual(done.returncode, 0, done.stderr)
        blocks = [json.loads(line) for line in done.stdout.splitlines()]
        return {b["block"]: [u["asn"] for u in b["upstreams"]] for b in blocks}

    def test_one_upstream_carries_every_block(self):
        for mode in ("saving", "all", "window"):
            with self.subTest(mode):
                self.assertEqual(self.upstreams(self.hosts, "--mode", mode, "--rate", "500"),
                                 {block: UNICOM for block in BLOCKS})

    def test_the_second_upstream_is_named_for_its_blocks(self):
        self.event("ttk-up")
        expected = {block: TTK for block in BLOCKS}
        expected["175.45.177.0/24"] = UNICOM
        wait_until(lambda: self.upstreams(self.hosts, "--rate", "500") == expected, "BGP has converged", 30)

    def test_a_prefix_is_enough(self):
        self.assertEqual(self.upstreams(TARGET, "--rate", "500", "--timeout", "500ms"),
                         {block: UNICOM for block in BLOCKS})

    def test_each_protocol_finds_the_upstreams(self):
        for protocol in ("udp", "icmp", "tcp"):
            with self.subTest(protocol):
                self.assertEqual(self.upstreams(self.hosts, "--protocol", protocol, "--rate", "500"),
                                 {block: UNICOM for block in BLOCKS})

    def test_a_killed_survey_goes_on_where_it_was(self):
        state = self.folder / "survey.bin"
        words = [self.hosts, "--mode", "all", "--max-ttl", "20", "--rate", "100", "--state", state]
        running = subprocess.Popen([str(w) for w in self.command(*words)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            wait_until(state.exists, "the survey has been saved", 30)
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        self.assertEqual(state.stat().st_mode & 0o777, 0o600)
        done = self.map(*words, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        share = int(re.search(r"goes on with .* at (\d+) %", done.stderr).group(1))
        self.assertGreater(share, 5)
        self.assertEqual(len(done.stdout.splitlines()), len(BLOCKS))
        # Probes of both runs together: all of them once, and a few that were on their way or silent.
        probes = int(re.search(r"(\d+) probes to", done.stderr).group(1))
        self.assertGreaterEqual(probes, 8 * 6 * 20)
        self.assertLess(probes, 8 * 6 * 20 * 1.4)
        self.assertFalse(state.exists(), "the state is gone once the survey is complete")

    def test_an_interrupted_survey_says_how_to_go_on(self):
        state = self.folder / "survey.bin"
        words = [self.hosts, "--mode", "all", "--rate", "50", "--state", state]
        running = subprocess.Popen([str(w) for w in self.command(*words)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        wait_until(state.exists, "the survey has been saved", 30)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
        self.assertEqual(running.returncode, 1)
        self.assertIn("the same command goes on with", errors)

    def test_a_foreign_state_file_is_refused_and_kept(self):
        state = self.folder / "survey.bin"
        state.write_text("somebody's diary", encoding="utf-8")
        done = self.map(self.hosts, "--state", state)
        self.assertEqual(done.returncode, 1)
        self.assertIn("holds no saved survey", done.stderr)
        self.assertEqual(state.read_text(encoding="utf-8"), "somebody's diary")

    def test_what_is_denied_is_left_out(self):
        deny = self.folder / "deny.txt"
        deny.write_text("175.45.177.0/24\n175.45.179.0/24\n", encoding="utf-8")
        found = self.upstreams(self.hosts, "--rate", "500", "--deny", deny)
        self.assertEqual(sorted(found), ["175.45.176.0/24", "175.45.178.0/24"])
        deny.write_text(TARGET + "\n", encoding="utf-8")
        done = self.map(self.hosts, "--deny", deny)
        self.assertEqual(done.returncode, 1)
        self.assertIn("deny list", done.stderr)

    def test_silence_has_its_cause(self):
        for vantage, limited in (("vp-germany", False), ("vp-us", True)):
            with self.subTest(vantage):
                done = self.map(self.hosts, "--mode", "all", "--max-ttl", "16", "--rate", "500", "--json", vantage=vantage)
                self.assertEqual(done.returncode, 0, done.stderr)
                silences = [json.loads(line)["silence"] for line in done.stdout.splitlines()]
                # The silent border of China Unicom, on each of six flows to two hosts.
                self.assertEqual([s["mute"] for s in silences], [12] * len(BLOCKS))
                self.assertEqual(sum(s["forward_loss"] + s["unreachable"] for s in silences), 0, silences)
                # The kernel answers one address once a second. When it does so again is luck, and so is what that tells.
                others = sum(s["icmp_limit"] + s["unknown"] for s in silences)
                self.assertGreater(others, 30) if limited else self.assertEqual(others, 0)
        self.assertRegex(self.map(self.hosts, "--rate", "500").stdout, r"(?m)^silent hops: \d+ mute$")

    def test_table_graph_and_picture_name_the_upstream(self):
        dot, svg = self.folder / "map.dot", self.folder / "map.svg"
        done = self.map(self.hosts, "--rate", "500", f"--dot={dot}", f"--svg={svg}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"175\.45\.176\.0/24 +AS4837")
        self.assertRegex(done.stdout, r"AS4837[^\n]*: 4 of 4 blocks")
        self.assertIn('"AS4837" -> "175.45.176.0/24"', dot.read_text(encoding="utf-8"))
        picture = xml.dom.minidom.parseString(svg.read_text(encoding="utf-8"))
        words = [node.firstChild.data for node in picture.getElementsByTagName("text")]
        self.assertTrue(any("AS4837" in word for word in words), words)
        self.assertEqual(done.stderr.count("\r"), 0, "no progress bar where there is no terminal")


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("needs root")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-v"])
