#!/usr/bin/python3
"""`isthmus trace` and `isthmus ping` over every protocol, both IP versions and every way of sending, with real packets.

The network is the topology `diamond`: two ways balanced per flow, a silent router, one host. What each hop must say is
written down here by hand. Needs root; exits with 77 (skipped) where it cannot run.
"""
import itertools
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from lab_support import BINARY, lab_command, run_or_skip, unique, wait_until  # noqa: E402
from pocket.errors import LabError  # noqa: E402

HOST = {4: "198.51.100.10", 6: "2001:db8:6::10"}
# What may answer at each TTL: the first router, one of two, where they meet, nobody, the host.
HOPS = {4: [{"192.0.2.1"}, {"192.0.2.6", "192.0.2.10"}, {"192.0.2.14", "192.0.2.18"}, set(), {HOST[4]}],
        6: [{"2001:db8::1"}, {"2001:db8:1::2", "2001:db8:2::2"}, {"2001:db8:3::2", "2001:db8:4::2"}, set(), {HOST[6]}]}
PROTOCOLS = ["udp", "icmp", "tcp"]
WAYS = ["packet", "raw"]
OPEN_PORT = 8443


class Protocols(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.name = unique("protocols")
        cls.addClassCleanup(lab_command, "down", "--name", cls.name)
        raised = lab_command("up", "diamond", "--name", cls.name)
        if raised.returncode != 0:
            raise LabError(raised.stderr)

    def run_isthmus(self, *words):
        done = subprocess.run([BINARY, *words, "--netns", f"{self.name}.vp", "--rate", "500"], capture_output=True,
                              text=True, timeout=60, check=False, env={**os.environ, "ISTHMUS_REQUIRE_NETNS": "1"})
        self.assertEqual(done.stderr, "")
        return done

    def trace(self, protocol, version, *words):
        done = self.run_isthmus("trace", HOST[version], "--protocol", protocol, f"-{version}", "--json", "--attempts", "1",
                                "--timeout", "400ms", *words)
        self.assertEqual(done.returncode, 0, done.stdout)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def check_hops(self, trace, version):
        hops = {hop["hop"]: hop["result"] for hop in trace["result"]}
        self.assertEqual(sorted(hops), [1, 2, 3, 4, 5], trace)
        for ttl, expected in enumerate(HOPS[version], start=1):
            seen = {answer["from"] for answer in hops[ttl] if "from" in answer}
            self.assertLessEqual(seen, expected, f"TTL {ttl}")
            self.assertEqual(bool(seen), bool(expected), f"TTL {ttl}")
        # The two halves of a way belong together: one flow never mixes them.
        way = [HOPS_OF_WAY[version].get(next(iter({a["from"] for a in hops[ttl]}))) for ttl in (2, 3)]
        self.assertEqual(way[0], way[1], trace)

    def test_traces_find_the_way_over_everything(self):
        for protocol, version, way in itertools.product(PROTOCOLS, (4, 6), WAYS):
            with self.subTest(protocol=protocol, version=version, way=way):
                traces = self.trace(protocol, version, "--io", way, "--flows", "4")
                self.assertEqual(len(traces), 4)
                for trace in traces:
                    self.assertEqual((trace["af"], trace["proto"].lower()), (version, protocol))
                    self.check_hops(trace, version)

    def test_flows_of_udp_and_tcp_meet_both_ways(self):
        for protocol, version in itertools.product(("udp", "tcp"), (4, 6)):
            with self.subTest(protocol=protocol, version=version):
                # Sixteen flows all by one of two ways: once in 2^15 runs.
                traces = self.trace(protocol, version, "--flows", "16")
                second = {answer["from"] for trace in traces for answer in trace["result"][1]["result"] if "from" in answer}
                self.assertEqual(second, HOPS[version][1])

    def test_pings_are_answered_over_everything(self):
        for protocol, version, way in itertools.product(PROTOCOLS, (4, 6), WAYS):
            with self.subTest(protocol=protocol, version=version, way=way):
                done = self.run_isthmus("ping", HOST[version], "--protocol", protocol, f"-{version}", "--io", way, "--count",
                                        "3", "--interval", "20ms", "--json")
                self.assertEqual(done.returncode, 0, done.stdout)
                series = json.loads(done.stdout)
                self.assertEqual((series["sent"], series["rcvd"]), (3, 3), series)
                # Both ends of a path of microseconds: more would be another probe's answer, or two clocks.
                self.assertTrue(all(0 < answer["rtt"] < 1000 for answer in series["result"]), series)

    def test_a_syn_to_an_open_port_is_answered_and_leaves_nothing_half_open(self):
        listener = subprocess.Popen(
            ["ip", "netns", "exec", f"{self.name}.host", sys.executable, "-c",
             "import socket, sys\n"
             f"s = socket.create_server(('::', {OPEN_PORT}), family=socket.AF_INET6, dualstack_ipv6=True)\n"
             "print('ready', flush=True)\nsys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(listener.stdout.readline(), "ready\n")
            for version in (4, 6):
                with self.subTest(version=version):
                    done = self.run_isthmus("trace", HOST[version], f"-{version}", "--protocol", "tcp", "--port", str(OPEN_PORT),
                                            "--attempts", "1", "--timeout", "400ms")
                    self.assertEqual(done.returncode, 0, done.stdout)
                    self.assertIn(" open", done.stdout.splitlines()[5])
            wait_until(lambda: "SYN-RECV" not in self.sockets_of_host(), "the kernel has reset what was half open", 5)
        finally:
            listener.communicate(timeout=10)

    def sockets_of_host(self):
        return subprocess.run(["ip", "netns", "exec", f"{self.name}.host", "ss", "-tan"], capture_output=True, text=True,
                              check=True, timeout=10).stdout


HOPS_OF_WAY = {4: {"192.0.2.6": "a", "192.0.2.14": "a", "192.0.2.10": "b", "192.0.2.18": "b"},
               6: {"2001:db8:1::2": "a", "2001:db8:3::2": "a", "2001:db8:2::2": "b", "2001:db8:4::2": "b"}}


if __name__ == "__main__":
    run_or_skip("diamond")
