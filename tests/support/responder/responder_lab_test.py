#!/usr/bin/python3
"""The responder in real namespaces: every probe of a small survey gets the answer that the truth says, either way."""
import json
import os
import select
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("ISTHMUS_BUILD_DIR", "build")
NEAR, FAR = f"isthmus{os.getpid()}near", f"isthmus{os.getpid()}far"
BLOCKS = 256


def program(name):
    return os.path.join(BUILD, "tests", name)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def inside(namespace, *command):
    return run("ip", "netns", "exec", namespace, *command)


class Responder:
    """A responder in the far namespace until the block ends; then `counters` tells what it did."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", FAR, program("responder"), "--interface", "v1", "--until-eof", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.counters = {}

    def read(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else ""
        return json.loads(line) if line else {}

    def __enter__(self):
        if self.read().get("kind") != "ready":
            _, error = self.process.communicate(timeout=30)
            if "built without clang" in error:
                raise unittest.SkipTest(error.strip())
            raise AssertionError(error)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.counters = self.read()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait(timeout=30)


class ResponderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run("ip", "netns", "add", NEAR)
        cls.addClassCleanup(run, "ip", "netns", "del", NEAR)
        run("ip", "netns", "add", FAR)
        cls.addClassCleanup(run, "ip", "netns", "del", FAR)
        for namespace in (NEAR, FAR):
            inside(namespace, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        run("ip", "-n", NEAR, "link", "add", "v0", "numtxqueues", "1", "numrxqueues", "1", "type", "veth", "peer", "name", "v1",
            "numtxqueues", "1", "numrxqueues", "1", "netns", FAR)
        run("ip", "-n", NEAR, "address", "add", "192.168.7.2/30", "dev", "v0")
        # Switching it on makes the near end poll, without which answers of the kernel's way are thrown away.
        inside(NEAR, "ethtool", "-K", "v0", "gro", "off")
        run("ip", "-n", NEAR, "link", "set", "v0", "up")
        run("ip", "-n", FAR, "link", "set", "v1", "up")
        inside(NEAR, "ethtool", "-K", "v0", "gro", "on")

    def survey(self, *options):
        with Responder(*options) as responder:
            survey = json.loads(inside(NEAR, program("survey_limit"), "--interface", "v0", "--blocks", str(BLOCKS)))
        return survey, responder.counters

    def check_all_answered(self, way):
        with tempfile.NamedTemporaryFile() as asked:
            survey, counters = self.survey("--way", way, "--record", asked.name)
            verdict = json.loads(run(program("survey_truth"), "--asked", asked.name, "--claims", "/dev/null"))
        self.assertEqual(survey["sent"], BLOCKS * 16)
        self.assertEqual(counters["received"] - counters["no_probe"], BLOCKS * 16)
        self.assertEqual(counters["lost"], 0)
        self.assertEqual(survey["replies"], counters["time_exceeded"] + counters["port_unreachable"])
        self.assertGreater(counters["silent_router"], 0)
        self.assertGreater(counters["silent_host"], 0)
        self.assertGreater(verdict["interfaces"]["of"], BLOCKS / 2, "what was asked is recorded")
        return counters

    def test_both_ways_answer_everything_and_the_same(self):
        kernel = self.check_all_answered("kernel")
        self.assertEqual(kernel, self.check_all_answered("socket"))

    def test_the_way_of_sockets_needs_nothing_else(self):
        self.check_all_answered("socket")

    def test_limited_routers_stay_behind_their_limit(self):
        survey, counters = self.survey("--limited-routers", "100", "--limit", "1", "--limit-burst", "1")
        # The root of the tree is asked once a block and may answer once a second.
        self.assertGreater(counters["limited"], BLOCKS * 0.8)
        self.assertEqual(survey["replies"], counters["time_exceeded"] + counters["port_unreachable"])

    def test_a_black_hole_answers_nothing_and_counts(self):
        survey, counters = self.survey("--way", "black-hole")
        self.assertEqual(survey["replies"], 0)
        self.assertGreaterEqual(counters["received"], BLOCKS * 16)

    def test_the_machines_own_namespace_is_refused(self):
        result = subprocess.run([program("responder"), "--interface", "isthmus-none"], capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 1)
        self.assertIn("machine's own network namespace", result.stderr)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root for network namespaces")
        sys.exit(77)
    unittest.main()
