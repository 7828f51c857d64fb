"""Life, closedness and command line of a lab, on topologies that need no FRR."""

import json
import os
import subprocess
import unittest
from unittest import mock

from lab_support import STORY, host_links, lab_command, traces_of, udp_probe, unique, wait_until
from pocket import build, closed, events, fib, labs, netns, requirements, topology
from pocket.errors import LabError


class SmallLabs(unittest.TestCase):
    """Life and closedness, on topologies that need no FRR."""

    def setUp(self):
        self.name = unique("small")
        self.addCleanup(labs.down, self.name)

    def test_up_and_down_leave_nothing(self):
        before = host_links()
        labs.up("line", self.name)
        self.assertEqual(before, host_links(), "a lab must not add a link to the machine's own namespace")
        self.assertEqual([], labs.down(self.name))
        self.assertEqual([], traces_of(self.name))
        self.assertEqual(before, host_links())

    def test_line_shows_each_router_in_order(self):
        lab, _ = labs.up("line", self.name)
        seen = [udp_probe(lab.namespace("vp"), "198.51.100.10", ttl) for ttl in range(1, 6)]
        self.assertEqual(["192.0.2.1", "192.0.2.6", "192.0.2.10", "192.0.2.14", "198.51.100.10"], seen)

    def test_line_routes_ipv6_too(self):
        lab, _ = labs.up("line", self.name)
        self.assertTrue(fib.Fib(lab.name, lab.topology).reaches("vp", "2001:db8:5::10"))

    def test_a_static_link_comes_back_with_its_routes(self):
        lab, _ = labs.up("line", self.name)
        events.apply(lab, "cut")
        self.assertIn("vp -> 198.51.100.10", labs.unreachable(lab))
        events.apply(lab, "mend")
        wait_until(lambda: not labs.unreachable(lab), "the carrier is back at both ends")

    def test_diamond_balances_per_flow_and_hides_a_router(self):
        lab, _ = labs.up("diamond", self.name)
        vp = lab.namespace("vp")
        by_flow = {port: udp_probe(vp, "198.51.100.10", 2, source_port=port) for port in range(40000, 40032)}
        self.assertEqual({"192.0.2.6", "192.0.2.10"}, set(by_flow.values()))
        again = {port: udp_probe(vp, "198.51.100.10", 2, source_port=port) for port in by_flow}
        self.assertEqual(by_flow, again, "a flow must stay on its path")
        self.assertIsNone(udp_probe(vp, "198.51.100.10", 4), "r3 is silent")
        self.assertEqual("198.51.100.10", udp_probe(vp, "198.51.100.10", 5))

    def test_a_second_lab_of_that_name_is_refused_and_the_first_lives_on(self):
        labs.up("line", self.name)
        with self.assertRaisesRegex(LabError, "already up"):
            labs.up("line", self.name)
        self.assertEqual([], labs.unreachable(labs.find(self.name)))

    def test_down_mends_a_half_destroyed_lab(self):
        lab, _ = labs.up("line", self.name)
        netns.run(["ip", "netns", "delete", lab.namespace("r2")])
        (lab.run_dir / "lab.json").unlink()
        labs.down(self.name)
        self.assertEqual([], traces_of(self.name))

    def test_down_tells_of_a_process_that_still_runs_inside(self):
        lab, _ = labs.up("line", self.name)
        stranger = subprocess.Popen(["ip", "netns", "exec", lab.namespace("vp"), "sleep", "600"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        wait_until(lambda: stranger.pid in netns.processes(lab.namespace("vp")), "the process is inside")
        self.assertEqual([f"{stranger.pid} in {lab.namespace('vp')}"], labs.down(self.name))
        self.assertIsNone(stranger.poll(), "down ends the lab's own processes only")


class Closedness(unittest.TestCase):
    """The check is only worth something if it fires."""

    def setUp(self):
        self.name, self.foreign = unique("closed"), unique("foreign")
        self.addCleanup(labs.down, self.name)
        self.lab, _ = labs.up("line", self.name)

    def assert_leak(self, pattern: str):
        with self.assertRaisesRegex(LabError, pattern):
            closed.assert_closed(self.name)

    def add_foreign_link(self):
        netns.run(["ip", "netns", "add", self.foreign])
        self.addCleanup(netns.run, ["ip", "netns", "delete", self.foreign])
        netns.run(["ip", "link", "add", "out", "netns", self.lab.namespace("r1"), "type", "veth",
                   "peer", "name", "in", "netns", self.foreign])

    def test_a_sound_lab_is_closed(self):
        closed.assert_closed(self.name)

    def test_another_kind_of_link_is_a_leak(self):
        netns.batch(["link add stray type bridge"], self.lab.namespace("r2"))
        self.assert_leak("r2: stray: is of kind 'bridge'")

    def test_a_link_to_another_namespace_is_a_leak(self):
        self.add_foreign_link()
        self.assert_leak(f"r1: out: its far end is outside the lab .{self.foreign}")

    def test_a_route_by_a_foreign_link_is_a_leak(self):
        self.add_foreign_link()
        netns.batch(["link set out up", "route add 203.0.113.0/24 dev out"], self.lab.namespace("r1"))
        self.assert_leak("r1: route 203.0.113.0/24 leaves by 'out'")

    def test_a_gateway_that_nobody_in_the_lab_has_is_a_leak(self):
        netns.batch(["route add default via 192.0.2.17 onlink dev eth1"], self.lab.namespace("r4"))
        self.assert_leak("r4: route default goes to 192.0.2.17")

    def test_up_refuses_a_lab_that_leaks_and_removes_it(self):
        labs.down(self.name)
        sound = closed.assert_closed

        def leak_then_check(name):
            netns.batch(["link add stray type bridge"], build.namespace(name, "r3"))
            sound(name)
        with mock.patch.object(closed, "assert_closed", leak_then_check), self.assertRaisesRegex(LabError, "not closed"):
            labs.up("line", self.name)
        self.assertEqual([], traces_of(self.name))

    def test_the_machine_s_own_namespace_is_out_of_reach(self):
        own = os.stat("/proc/self/ns/net").st_ino
        for name in netns.existing(self.name):
            self.assertNotEqual(own, netns.inside(name, lambda: os.stat("/proc/thread-self/ns/net").st_ino))


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.name = unique("cli")
        self.addCleanup(labs.down, self.name)

    def assert_fails(self, code: int, pattern: str, *words: str):
        done = lab_command(*words)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertRegex(done.stderr, pattern)

    def test_errors_name_the_way_out(self):
        self.assert_fails(2, "there are diamond, .*, line, north-korea-2017", "up", "nowhere")
        self.assert_fails(2, "small letters", "up", "line", "--name", "a.b")
        self.assert_fails(1, f"raise it with 'lab up {self.name}'", "status", "--lab", self.name)
        self.assertEqual(0, lab_command("up", "line", "--name", self.name).returncode)
        self.assert_fails(1, "already up", "up", "line", "--name", self.name)
        self.assert_fails(2, "'lab events' lists", "event", "nonsense", "--lab", self.name)
        self.assert_fails(2, "there are vp, r1", "exec", "--lab", self.name, "r9", "true")
        self.assert_fails(1, "no timeline", "play", "--lab", self.name)

    def test_status_and_exec(self):
        lab_command("up", "line", "--name", self.name)
        found = json.loads(lab_command("status", "--json", "--lab", self.name).stdout)
        self.assertEqual([{"name": "vp", "netns": f"{self.name}.vp", "asn": 64496, "source": "192.0.2.2",
                           "controls_reachable": 0}], found["vantages"])
        self.assertEqual({"vp": [64500]}, found["targets"][0]["truth"][0]["by_vantage"])
        done = lab_command("exec", "--lab", self.name, "r1", "ip", "netns", "identify")
        self.assertEqual(f"{self.name}.r1", done.stdout.strip())

    def test_missing_root_is_said(self):
        with mock.patch("os.geteuid", return_value=1000), self.assertRaisesRegex(LabError, "sudo"):
            requirements.check(topology.load("line"))

    def test_missing_packages_are_said_at_once(self):
        with mock.patch("shutil.which", return_value=None), self.assertRaisesRegex(LabError, "iproute2 nftables frr"):
            requirements.check(topology.load(STORY))
