#!/usr/bin/python3
"""A router that lies: forged answers to real probes, injected right beside the vantage point, change no result.

The forger stands in the first router of the topology `line`, sees every probe (which no stranger on the Internet does), and
answers in the destination's or a router's name. What it may not know is the key. Needs root; exits with 77 (skipped)
where it cannot run.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from lab_support import BINARY, lab_command, run_or_skip, unique  # noqa: E402
from pocket.errors import LabError  # noqa: E402

FORGER = pathlib.Path(__file__).with_name("forger.py")
HOST = "198.51.100.10"
NOBODY = "198.51.100.77"  # in the host's network, but no one has it


class Forgery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.name = unique("forgery")
        cls.addClassCleanup(lab_command, "down", "--name", cls.name)
        raised = lab_command("up", "line", "--name", cls.name)
        if raised.returncode != 0:
            raise LabError(raised.stderr)

    def run_beside(self, lie, *words):
        """What isthmus prints while the forger answers every probe in its way, and how many lies it told."""
        forger = subprocess.Popen(["ip", "netns", "exec", f"{self.name}.r1", sys.executable, FORGER, lie],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(forger.stdout.readline(), "ready\n")
            done = subprocess.run([BINARY, *words, "--netns", f"{self.name}.vp", "--rate", "500", "--json"],
                                  capture_output=True, text=True, timeout=60, check=False,
                                  env={**os.environ, "ISTHMUS_REQUIRE_NETNS": "1"})
        finally:
            told, _ = forger.communicate(timeout=10)
        # A survey says how many probes it took, and what it left out.
        self.assertEqual([line for line in done.stderr.splitlines() if not re.match(r"isthmus: \d+ (probes|answers) ", line)], [])
        return [json.loads(line) for line in done.stdout.splitlines()], int(told)

    def ping(self, lie, address, protocol="icmp"):
        results, told = self.run_beside(lie, "ping", address, "--protocol", protocol, "--count", "10", "--interval", "20ms",
                                        "--timeout", "300ms")
        self.assertGreaterEqual(told, 10, "the forger has told nothing")
        return results[0]

    def test_the_dead_do_not_answer(self):
        for lie in ("echo-wrong-payload", "echo-no-payload", "echo-from-elsewhere", "unreachable-wrong-id",
                    "unreachable-wrong-checksum", "empty-quote"):
            with self.subTest(lie=lie):
                self.assert_silent(self.ping(lie, NOBODY))

    def test_who_sees_a_probe_can_answer_it(self):
        # The control: lies arrive, and it is their content that they fail by.
        self.assertEqual(self.ping("echo-as-sent", NOBODY)["rcvd"], 10)
        answers = self.ping("unreachable-as-sent", NOBODY)["result"]
        self.assertTrue(all(NOBODY in json.dumps(answer) for answer in answers), answers)

    def test_an_open_port_cannot_be_made_up(self):
        for lie in ("syn-ack-wrong-number", "rst-wrong-number"):
            with self.subTest(lie=lie):
                self.assert_silent(self.ping(lie, NOBODY, "tcp"))

    def test_a_second_answer_is_none(self):
        series = self.ping("echo-twice", HOST)
        self.assertEqual((series["sent"], series["rcvd"], len(series["result"])), (10, 10, 10), series)

    def test_lies_about_a_path_change_no_hop(self):
        honest, _ = self.run_beside("nothing", "trace", HOST, "--flows", "4")
        for lie in ("unreachable-wrong-checksum", "unreachable-wrong-id", "empty-quote"):
            with self.subTest(lie=lie):
                traces, told = self.run_beside(lie, "trace", HOST, "--flows", "4")
                self.assertGreater(told, 0)
                self.assertEqual([self.hops(t) for t in traces], [self.hops(t) for t in honest])

    def test_a_box_that_answers_for_everything_is_nobody_whom_it_answers_for(self):
        lie = "everything-is-closed-here"
        for protocol in ("icmp", "udp", "tcp"):
            with self.subTest(protocol=protocol):
                self.assert_silent(self.ping(lie, NOBODY, protocol))
                traces, told = self.run_beside(lie, "trace", NOBODY, "--protocol", protocol)
                self.assertGreater(told, 0)
                for trace in traces:
                    self.assertNotIn(NOBODY, json.dumps(trace["result"]))
        blocks, told = self.run_beside(lie, "map", "198.51.100.64/26", "--addresses", "8", "--mode", "all", "--max-ttl", "8")
        self.assertGreater(told, 0)
        self.assertEqual([(b["block"], b["reached"]) for b in blocks], [("198.51.100.0/24", 0)])

    def assert_silent(self, series):
        self.assertEqual(series["rcvd"], 0, series)
        self.assertNotIn(NOBODY, json.dumps(series["result"]))

    @staticmethod
    def hops(trace):
        return [sorted({a.get("from", "*") for a in hop["result"]}) for hop in trace["result"]]


if __name__ == "__main__":
    run_or_skip("line")
