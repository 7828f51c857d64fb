#!/usr/bin/python3
"""isthmus map over each protocol and both IP versions against the internet of known truth, with real packets.

tests/support/responder answers in a namespace of its own for a world in which everybody answers, so nothing may be
missing: no host, no router, no hop of any path. Its addresses are private and belong to no AS; that surveys name the
right upstreams is in map_test.py. Needs root; exits with 77 (skipped) where it cannot run.
"""
import contextlib
import ipaddress
import itertools
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build"))
PROGRAMS = {name: BUILD / folder / name for name, folder in
            (("isthmus", "."), ("responder", "tests"), ("survey_truth", "tests"))}
NEAR, FAR = f"isthmus{os.getpid()}near", f"isthmus{os.getpid()}far"
FAR_MAC = "02:69:73:74:68:02"  # the responder's, who resolves no IPv6 neighbours
BLOCKS = 128


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, timeout=60).stdout


class World:
    """The addresses of one IP version: near end, far end, blocks and their hosts."""

    def __init__(self, version):
        self.version = version
        self.source = {4: "192.168.7.2/30", 6: "fd07::2/64"}[version]
        self.gateway = {4: "192.168.7.1", 6: "fd07::1"}[version]

    def block(self, number):
        if self.version == 4:
            return ipaddress.ip_network((0x0A000000 + (number << 8), 24))
        return ipaddress.ip_network(((0xFD100000 << 96) + (number << 80), 48))


class Survey(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for namespace in (NEAR, FAR):
            run("ip", "netns", "add", namespace)
            cls.addClassCleanup(run, "ip", "netns", "del", namespace)
            # Without duplicate address detection, which nobody at the far end would answer.
            run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        run("ip", "-n", NEAR, "link", "add", "v0", "numtxqueues", "1", "numrxqueues", "1", "type", "veth", "peer", "name", "v1",
            "address", FAR_MAC, "numtxqueues", "1", "numrxqueues", "1", "netns", FAR)
        run("ip", "-n", NEAR, "link", "set", "v0", "up")
        run("ip", "-n", FAR, "link", "set", "v1", "up")
        for world in (World(4), World(6)):
            run("ip", "-n", NEAR, "address", "add", world.source, "dev", "v0")
            run("ip", "-n", NEAR, "neighbour", "replace", world.gateway, "lladdr", FAR_MAC, "dev", "v0", "nud", "permanent")
            run("ip", "-n", NEAR, f"-{world.version}", "route", "add", "default", "via", world.gateway, "dev", "v0")

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.asked = self.folder / "asked.bin"

    @contextlib.contextmanager
    def responder(self, *options):
        """Answers while the block lasts; afterwards self.asked tells what was asked."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", FAR, PROGRAMS["responder"], "--interface", "v1", "--way", "socket", "--until-eof",
             "--blocks", str(BLOCKS), "--ases", "16", "--silent-routers", "0", "--silent-hosts", "0", "--record", self.asked,
             *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.assertTrue(select.select([process.stdout], [], [], 30)[0], "the responder is not ready")
            self.assertEqual(json.loads(process.stdout.readline())["kind"], "ready")
            yield
        finally:
            counters, _ = process.communicate(timeout=30)
        self.assertEqual(json.loads(counters)["lost"], 0)

    def map(self, world, *options):
        """The blocks that isthmus tells of, how many routers it has found, and how many it could have."""
        targets = self.folder / "targets.txt"
        targets.write_text("".join(f"{world.block(b)[1]}\n" for b in range(BLOCKS)), encoding="ascii")
        done = subprocess.run([PROGRAMS["isthmus"], "map", targets, "--netns", NEAR, "--rate", "5000", "--max-ttl", "16", "--json",
                               *options], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "ISTHMUS_REQUIRE_NETNS": "1"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("left out", done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], int(re.search(r"(\d+) routers", done.stderr).group(1))

    def routers_to_be_found(self):
        truth = json.loads(run(PROGRAMS["survey_truth"], "--asked", self.asked, "--claims", os.devnull))
        self.assertEqual(truth["lost_flows"], 0)
        return truth["interfaces"]["of"]

    def check_complete(self, world, flows, blocks, routers):
        self.assertEqual([b["block"] for b in blocks], [str(world.block(b)) for b in range(BLOCKS)])
        for block in blocks:
            self.assertEqual((block["flows"], block["reached"]), (flows, flows), block)
            self.assertEqual(sum(block["silence"].values()), 0, block)
        self.assertEqual(routers, self.routers_to_be_found())

    def test_everything_is_found_over_both_versions_and_every_protocol(self):
        for version, protocol, way in itertools.product((4, 6), ("udp", "tcp", "icmp"), ("packet", "raw")):
            with self.subTest(version=version, protocol=protocol, way=way):
                world = World(version)
                with self.responder():
                    found = self.map(world, "--mode", "all", "--protocol", protocol, "--io", way, "--flows", "2")
                self.check_complete(world, 2, *found)

    def test_saving_probes_reaches_every_host_and_nearly_every_router(self):
        for version, protocol in itertools.product((4, 6), ("udp", "tcp", "icmp")):
            with self.subTest(version=version, protocol=protocol):
                world = World(version)
                with self.responder():
                    blocks, routers = self.map(world, "--protocol", protocol, "--flows", "1")
                self.assertEqual([b["reached"] for b in blocks], [1] * BLOCKS)
                self.assertGreaterEqual(routers, 0.99 * self.routers_to_be_found())
                self.assertLessEqual(routers, self.routers_to_be_found())

    def test_limited_routers_are_found_and_never_called_loss(self):
        # At a hundred a second a busy machine may ask too slowly for anybody to be limited; at ten it does not.
        for version, limit in itertools.product((4, 6), (100, 10)):
            with self.subTest(version=version, limit=limit):
                world = World(version)
                with self.responder("--limited-routers", "10", "--limit", str(limit), "--limit-burst", "5"):
                    blocks, routers = self.map(world, "--mode", "all", "--flows", "2")
                self.assertGreaterEqual(routers, 0.99 * self.routers_to_be_found())
                silences = [b["silence"] for b in blocks]
                # All that is silent is limited here.
                self.assertEqual(sum(s["forward_loss"] + s["unreachable"] for s in silences), 0, silences)
                if limit == 10:
                    self.assertGreater(sum(s["icmp_limit"] for s in silences), 0, silences)


def reason_to_skip():
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    missing = [str(path) for path in PROGRAMS.values() if not path.exists()]
    return f"not built: {', '.join(missing)}" if missing else None


if __name__ == "__main__":
    if why := reason_to_skip():
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
