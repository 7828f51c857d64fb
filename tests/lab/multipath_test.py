#!/usr/bin/python3
"""`isthmus trace --mda` against the kernel's own load balancing: every path found, as often as it promises, none invented.

Real packets inside namespaces made here; needs root, exits with 77 (skipped) where it cannot run. Each run has a fresh
key and with it fresh ports, so runs are independent draws of the kernel's hash. In the suite a few runs a topology;
for the figure itself, which takes some minutes:

    python3 tests/lab/multipath_test.py --runs 200
"""
import argparse
import ipaddress
import json
import math
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True

from lab_support import lab_command, unique  # noqa: E402
from pocket import netns, requirements, topology  # noqa: E402
from pocket.errors import LabError  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
HOST = "198.51.100.10"
TOPOLOGIES = ["diamond", "diamond-4", "diamond-16", "diamond-meshed", "diamond-nested"]
RUNS = 20


class Truth:
    """What flows can meet, from the topology file alone: (TTL, address) of all that answers, and the steps between."""

    def __init__(self, top, version=4):
        self.top, self.version = top, version
        self.places, self.links = set(), set()
        self.target = next(a for n in top.nodes.values() if n.role == "host"
                           for a in top.addresses(n.name) if a.version == version)
        vantage = top.vantages()[0].name
        own, far = next(top.ends(vantage))
        self.back = own.address(version)
        self._walk(0, None, far.node, far)

    def _walk(self, ttl, before, node, arrived_at):
        """At `node`, by the end `arrived_at`; `before` is the place met before, None if it is silent."""
        ttl += 1
        here = None if self.top.nodes[node].silent else (ttl, self._answers_from(node, arrived_at))
        if here:
            self.places.add(here)
        if before and here:
            self.links.add((before, here))
        if self.top.nodes[node].role == "host":
            return
        for far in self._next(node, self.target):
            self._walk(ttl, here, far.node, far)

    def _answers_from(self, node, arrived_at):
        if self.top.nodes[node].role == "host":
            return str(self.target)
        # one_address is for IPv4: the kernel's ICMPv6 errors leave from where the probe arrived.
        if self.version == 6 or not self.top.nodes[node].one_address:
            return str(arrived_at.address(self.version))
        leads_back = self._next(node, self.back)[0]
        return str(next(own for own, far in self.top.ends(node) if far == leads_back).address(4))

    def _next(self, node, target):
        """Far ends of the links that packets for an address leave by."""
        for own, far in self.top.ends(node):
            if far.address(self.version) == target or any(target in a.network for a in own.addresses):
                return [far]
        routes = {ipaddress.ip_network(p): g if isinstance(g, list) else [g]
                  for p, g in self.top.nodes[node].routes.items()}
        gateways = next(g for p, g in routes.items() if target in p)
        return [far for g in gateways for _, far in self.top.ends(node) if str(far.address(self.version)) == g]


def least_successes(runs, share=0.95, chance=1e-4):
    """The fewest successes that happen by chance alone with a probability above `chance` when `share` is the truth."""
    below = 0.0
    for k in range(runs + 1):
        below += math.comb(runs, k) * share ** k * (1 - share) ** (runs - k)
        if below > chance:
            return k
    return runs


class Multipath(unittest.TestCase):
    def raise_lab(self, name):
        self.raised = getattr(self, "raised", 0) + 1
        lab = unique(f"mda{self.raised}-{name}")
        self.addCleanup(lab_command, "down", "--name", lab)
        done = lab_command("up", name, "--name", lab)
        self.assertEqual(0, done.returncode, done.stderr)
        return lab

    def trace(self, lab, target, *options):
        words = [BINARY, "trace", str(target), "--mda", "--json", "--netns", f"{lab}.vp", "--rate", "10000",
                 "--timeout", "200ms", *options]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(0, done.returncode, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def compare(self, found, truth):
        """Whether all was found; anything that is not there is a failure at once."""
        place = {v["id"]: (v["ttl"], v["address"]) for v in found["vertices"] if v["address"]}
        links = {(place[link["near"]], place[link["far"]]) for link in found["links"]}
        self.assertEqual(set(), set(place.values()) - truth.places, "places that are not there")
        self.assertEqual(set(), links - truth.links, "links that are not there")
        self.assertTrue(found["complete"])
        return set(place.values()) == truth.places and links == truth.links

    def success_rate(self, name, *options):
        truth = Truth(topology.load(name))
        lab = self.raise_lab(name)
        found_all, probes, began = 0, 0, time.monotonic()
        for _ in range(RUNS):
            found = self.trace(lab, truth.target, *options)
            found_all += self.compare(found, truth)
            probes += found["probes"]
        print(f"{name:16} {' '.join(options):32} found all in {found_all:3} of {RUNS}, {probes / RUNS:6.1f} probes, "
              f"{(time.monotonic() - began) / RUNS * 1e3:4.0f} ms a run", flush=True)
        needed = math.ceil(0.95 * RUNS) if RUNS >= 200 else least_successes(RUNS)
        self.assertGreaterEqual(found_all, needed, name)
        return probes / RUNS

    def test_finds_every_path_as_often_as_it_promises(self):
        for name in TOPOLOGIES:
            with self.subTest(name):
                self.success_rate(name)

    def test_mda_everywhere_finds_them_too_and_costs_more_where_lite_is_enough(self):
        lite = self.success_rate("diamond-4", "--confidence", "99")
        full = self.success_rate("diamond-4", "--confidence", "99", "--full-mda")
        self.assertLess(lite, 0.6 * full)

    def test_meshed_hops_make_lite_switch(self):
        truth = Truth(topology.load("diamond-meshed"))
        lab = self.raise_lab("diamond-meshed")
        runs = [self.trace(lab, truth.target, "--confidence", "99") for _ in range(10)]
        for found in runs:
            self.assertEqual(found["switched_ttls"] != [], any(d["meshed"] for d in found["diamonds"]))
        # At 99 % a run may overlook that links cross.
        self.assertGreaterEqual(sum(found["switched_ttls"] != [] for found in runs), least_successes(10, share=0.99))

    def test_every_protocol_and_family(self):
        # The kernel hashes no field of an ICMP echo that a flow may change: one path of four is all there is to see.
        lab = self.raise_lab("diamond-4")
        for version in (4, 6):
            truth = Truth(topology.load("diamond-4"), version)
            for protocol, width in (("udp", 4), ("tcp", 4), ("icmp", 1)):
                with self.subTest(f"{protocol} over IPv{version}"):
                    found = self.trace(lab, truth.target, "--protocol", protocol, "--confidence", "99")
                    self.compare(found, truth)
                    at_two = [v for v in found["vertices"] if v["ttl"] == 2]
                    self.assertLessEqual(len(at_two), width)
                    self.assertGreaterEqual(len(at_two), min(width, 3), "one of four may be missed, hardly two")

    def test_dot_is_a_graph(self):
        lab = self.raise_lab("diamond")
        done = subprocess.run([BINARY, "trace", HOST, "--mda", "--dot", "--netns", f"{lab}.vp", "--rate", "10000",
                               "--timeout", "200ms"], capture_output=True, text=True, timeout=60, check=True)
        self.assertRegex(done.stdout, r'(?s)\Adigraph "198\.51\.100\.10" \{.*v0 -> v1 \[label="\d+"\];.*\}\n\Z')


def reason_to_skip():
    try:
        requirements.check(topology.load("diamond"))
        probe = unique("probe")
        netns.run(["ip", "netns", "add", probe])
        netns.run(["ip", "netns", "delete", probe])
    except LabError as error:
        return str(error)
    return None if BINARY.exists() else f"{BINARY} is not built"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    options, rest = parser.parse_known_args()
    RUNS = options.runs
    if why := reason_to_skip():
        print(f"skipped: {why}")
        sys.exit(77)
    os.environ["ISTHMUS_REQUIRE_NETNS"] = "1"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
