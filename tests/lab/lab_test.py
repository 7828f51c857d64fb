#!/usr/bin/python3
"""The pocket internet does what it says: it comes up closed, tells the truth, and leaves nothing behind.

Real namespaces, real FRR, real packets; every packet stays inside the namespaces made here. Needs root, iproute2,
nftables and frr; exits with 77 (skipped) where one is missing. Labs are named after the process id, so that a lab which
somebody else has up is not disturbed.
"""

import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.dont_write_bytecode = True
LAB_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "lab"
sys.path.insert(0, str(LAB_FOLDER))

from pocket import build, closed, events, fib, frr, labs, netns, play, requirements, topology, truth  # noqa: E402
from pocket.errors import LabError, UsageError  # noqa: E402

STORY = "north-korea-2017"
BLOCKS = [f"175.45.{third}.0/24" for third in (176, 177, 178, 179)]
VANTAGES = ["vp-us", "vp-germany", "vp-japan", "vp-singapore"]
UNICOM, TTK = [4837], [20485]
# BGP's own convergence after an event, with room for a machine that is busy with a build.
CONVERGE_SECONDS = 15


def unique(suffix: str) -> str:
    return f"test{os.getpid()}-{suffix}"


def wait_until(condition, what: str, seconds: float = CONVERGE_SECONDS) -> float:
    """Seconds until condition() was true."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


def lab_command(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(LAB_FOLDER / "lab"), *words], capture_output=True, text=True, check=False, timeout=120)


def traces_of(name: str) -> list:
    """Everything a lab of that name has on this machine: namespaces, files, processes."""
    found = netns.existing(name) + ([str(labs.ROOT / name)] if (labs.ROOT / name).exists() else [])
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"{labs.ROOT / name}/" in process.read_bytes().decode(errors="replace"):
                found.append(str(process))
    return found


def host_links() -> list:
    return sorted(link["ifname"] for link in json.loads(netns.run(["ip", "-json", "link", "show"])))


def udp_probe(namespace: str, target: str, ttl: int, port: int = 33434, source_port: int = 0, seconds: float = 0.5):
    """Sends one UDP probe inside a lab namespace; the address that answered with an ICMP error, or None."""
    def probe():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_IP, 11, 1)   # IP_RECVERR
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            sock.bind(("0.0.0.0", source_port))
            sock.sendto(b"isthmus lab test", (target, port))
            waiting = select.poll()
            waiting.register(sock, 0)                   # POLLERR is always reported
            if not waiting.poll(seconds * 1000):
                return None
            _, ancillary, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
            # struct sock_extended_err is 16 bytes; the offender's sockaddr_in follows, its address at offset 4.
            return socket.inet_ntoa(ancillary[0][2][20:24])
    return netns.inside(namespace, probe)


def pings(namespace: str, target: str, seconds: float = 2.0) -> bool:
    """One ICMP echo (RFC 792) by the kernel's ping socket, inside a lab namespace."""
    def ping():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(seconds)
            try:
                sock.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, 1) + b"isthmus", (target, 0))
                return sock.recv(512)[0] == 0
            except (TimeoutError, OSError):
                return False
    return netns.inside(namespace, ping)


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


class Story(unittest.TestCase):
    """north-korea-2017, one lab for the class; every test starts from the start state."""

    @classmethod
    def setUpClass(cls):
        cls.name = unique("story")
        cls.addClassCleanup(labs.down, cls.name)
        began = time.monotonic()
        cls.lab, _ = labs.up(STORY, cls.name)
        cls.up_seconds = time.monotonic() - began

    def setUp(self):
        events.apply(self.lab, "reset")
        self.wait_for({b: dict.fromkeys(VANTAGES, UNICOM) for b in BLOCKS})

    def upstreams(self, block: str) -> dict:
        target = self.lab.topology.targets[0]
        return fib.upstreams(self.lab.topology, fib.Fib(self.name, self.lab.topology), target, block)

    def wait_for(self, wanted: dict) -> float:
        return wait_until(lambda: all(self.upstreams(b) == w for b, w in wanted.items()), f"upstreams are {wanted}")

    def all_by(self, upstream: list) -> dict:
        return dict.fromkeys(VANTAGES, upstream)

    def shared(self) -> dict:
        return {**self.all_by(TTK), "vp-japan": UNICOM}

    def controls_reachable(self) -> bool:
        now = fib.Fib(self.name, self.lab.topology)
        return all(now.reaches(v, c) for v in VANTAGES for c in self.lab.topology.controls)

    def test_up_is_fast_enough(self):
        print(f"up took {self.up_seconds:.1f} s", file=sys.stderr)
        self.assertLess(self.up_seconds, 30)

    def test_every_vantage_pings_every_host_and_control(self):
        for vantage in VANTAGES:
            for address in self.lab.topology.hosts():
                self.assertTrue(pings(self.lab.namespace(vantage), str(address)), f"{vantage} -> {address}")

    def test_transtelecom_takes_three_vantages_and_three_blocks(self):
        events.apply(self.lab, "ttk-up")
        seconds = self.wait_for({BLOCKS[0]: self.shared(), BLOCKS[1]: self.all_by(UNICOM),
                                 BLOCKS[2]: self.shared(), BLOCKS[3]: self.shared()})
        print(f"ttk-up converged in {seconds:.2f} s", file=sys.stderr)
        self.assertTrue(self.controls_reachable())

    def test_a_trace_by_unicom_ends_in_silence_behind_the_unmapped_address(self):
        vp = self.lab.namespace("vp-germany")
        seen = [udp_probe(vp, "175.45.176.71", ttl) for ttl in range(1, 8)]
        self.assertEqual(["188.1.144.1", "4.69.140.5", "219.158.3.18", "103.35.255.254", None, "175.45.179.250",
                          "175.45.176.71"], seen)

    def test_a_trace_by_transtelecom_shows_a_border_numbered_by_the_provider(self):
        events.apply(self.lab, "ttk-up")
        self.wait_for({BLOCKS[2]: self.shared()})
        seen = [udp_probe(self.lab.namespace("vp-germany"), "175.45.178.55", ttl) for ttl in range(1, 8)]
        self.assertEqual(["188.1.144.1", "4.69.140.5", "188.43.224.10", "188.43.225.153", "188.43.225.158",
                          "175.45.179.254", "175.45.178.55"], seen)

    def test_japan_s_flows_are_balanced_over_two_links(self):
        vp = self.lab.namespace("vp-japan")
        by_flow = {port: udp_probe(vp, "175.45.176.71", 3, source_port=port) for port in range(40000, 40032)}
        self.assertEqual({"219.158.3.2", "219.158.3.6"}, set(by_flow.values()))

    def test_one_transit_limits_its_icmp_and_the_others_do_not(self):
        def answers(vantage):
            return sum(udp_probe(self.lab.namespace(vantage), "175.45.176.71", 2, seconds=0.1) is not None
                       for _ in range(20))
        self.assertLess(answers("vp-us"), 12)
        self.assertEqual(20, answers("vp-germany"))

    def test_every_block_moves_to_the_upstream_that_is_left(self):
        events.apply(self.lab, "ttk-up")
        self.wait_for({BLOCKS[0]: self.shared()})
        events.apply(self.lab, "unicom-withdraw-all")
        self.wait_for({BLOCKS[0]: self.all_by(TTK), BLOCKS[1]: self.all_by([]), BLOCKS[2]: self.all_by(TTK)})
        events.apply(self.lab, "unicom-announce-all")
        events.apply(self.lab, "ttk-down")
        self.wait_for({b: self.all_by(UNICOM) for b in BLOCKS})
        self.assertTrue(self.controls_reachable())

    def test_a_block_withdrawn_everywhere_is_gone_for_packets(self):
        events.apply(self.lab, "ttk-up")
        self.wait_for({BLOCKS[0]: self.shared()})
        events.apply(self.lab, "withdraw-176")
        seconds = self.wait_for({BLOCKS[0]: self.all_by([]), BLOCKS[2]: self.shared()})
        print(f"withdraw-176 converged in {seconds:.2f} s", file=sys.stderr)
        self.assertFalse(pings(self.lab.namespace("vp-us"), "175.45.176.71", 0.5))
        self.assertTrue(pings(self.lab.namespace("vp-us"), "175.45.178.55"))
        self.assertTrue(self.controls_reachable())

    def test_a_cut_link_acts_like_a_withdrawal_and_heals(self):
        events.apply(self.lab, "ttk-up")
        self.wait_for({BLOCKS[0]: self.shared()})
        events.apply(self.lab, "unicom-link-down")
        self.wait_for({BLOCKS[0]: self.all_by(TTK), BLOCKS[1]: self.all_by([])})
        events.apply(self.lab, "unicom-link-up")
        self.wait_for({BLOCKS[0]: self.shared(), BLOCKS[1]: self.all_by(UNICOM)})
        events.apply(self.lab, "ttk-link-down")
        self.wait_for({b: self.all_by(UNICOM) for b in BLOCKS})
        self.assertTrue(self.controls_reachable())

    def test_a_cut_vantage_sees_nothing_and_the_others_everything(self):
        for place in ("us", "germany", "japan", "singapore"):
            events.apply(self.lab, f"vantage-cut-{place}")
            cut = self.lab.namespace(f"vp-{place}")
            self.assertFalse(pings(cut, "193.0.0.193", 0.2))
            self.assertFalse(pings(cut, "175.45.176.71", 0.2))
            for other in set(VANTAGES) - {f"vp-{place}"}:
                self.assertTrue(pings(self.lab.namespace(other), "175.45.176.71"))
            events.apply(self.lab, f"vantage-restore-{place}")
            wait_until(lambda ns=cut: pings(ns, "193.0.0.193", 0.2), f"{place} is back")

    def test_every_event_is_idempotent_and_fast(self):
        for event in self.lab.topology.events:
            events.apply(self.lab, event)
            self.assertLess(events.apply(self.lab, event), 2, event)

    def test_the_story_goes_as_told(self):
        records = list(play.play(self.lab, (1e9, 0.01, 0.02)))
        self.assertEqual([e["event"] for e in self.lab.topology.timeline], [r["event"] for r in records])
        self.wait_for({BLOCKS[0]: self.all_by(UNICOM), BLOCKS[1]: self.all_by(UNICOM), BLOCKS[2]: self.shared(),
                       BLOCKS[3]: self.all_by(UNICOM)})

    def test_two_stories_stand_side_by_side(self):
        second = unique("second")
        self.addCleanup(labs.down, second)
        other, _ = labs.up(STORY, second)
        events.apply(other, "unicom-withdraw-all")
        wait_until(lambda: not pings(other.namespace("vp-us"), "175.45.176.71", 0.2), "the second goes dark")
        self.assertTrue(pings(self.lab.namespace("vp-us"), "175.45.176.71"), "the first does not notice")
        began = time.monotonic()
        labs.down(second)
        print(f"down took {time.monotonic() - began:.1f} s", file=sys.stderr)
        self.assertEqual([], traces_of(second))
        closed.assert_closed(self.name)

    def test_up_that_fails_after_the_daemons_started_leaves_nothing(self):
        failed = unique("failed")
        with mock.patch.object(labs, "await_reachable", side_effect=LabError("no convergence")):
            with self.assertRaisesRegex(LabError, "no convergence"):
                labs.up(STORY, failed)
        self.assertEqual([], traces_of(failed))

    def test_down_survives_a_daemon_that_died_and_a_pid_that_is_somebody_else_s(self):
        broken = unique("broken")
        self.addCleanup(labs.down, broken)
        lab, _ = labs.up(STORY, broken)
        pid_file = lab.run_dir / "as174" / "bgpd.pid"
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
        pid_file.write_text(f"{os.getpid()}\n")    # ids are reused: this one is ours now
        labs.down(broken)
        self.assertEqual([], traces_of(broken))


class Truths(unittest.TestCase):
    """Pure: no namespace is made."""

    def test_the_timeline_expects_what_the_truth_says(self):
        story = topology.load(STORY)
        known = truth.Truth(story)
        for entry in story.timeline:
            self.assertEqual([truth.expectation(e) for e in entry["expect"]], known.apply(entry["event"]), entry["at"])

    def test_upstreams_are_held_while_a_block_is_down(self):
        known = truth.Truth(topology.load(STORY))
        known.apply("ttk-up")
        self.assertEqual({"block_down", "target_partial"}, {e["kind"] for e in known.apply("withdraw-176")})
        self.assertEqual({"block_up", "target_up"}, {e["kind"] for e in known.apply("announce-176")})

    def test_a_second_telling_restores_what_the_first_made_appear(self):
        known = truth.Truth(topology.load(STORY))
        for event in ("ttk-up", "reset"):
            known.apply(event)
        self.assertEqual({"upstream_restored", "redundancy_restored"}, {e["kind"] for e in known.apply("ttk-up")})

    def test_a_cut_vantage_says_nothing_of_the_target(self):
        known = truth.Truth(topology.load(STORY))
        self.assertEqual([{"kind": "vantage_invalid", "upstream_asn": None, "vantage": "vp-japan", "blocks": [None]}],
                         known.apply("vantage-cut-japan"))

    def test_gaps_are_compressed_and_clamped(self):
        found = play.gaps(topology.load(STORY).timeline, 60, 10, 120)
        self.assertEqual([0.0, 66.9, 32.25, 10, 26.0], [round(g, 2) for g in found[:5]])
        self.assertEqual(120, found[11])

    def test_a_bad_topology_lists_every_mistake(self):
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8"))
        file.write("nodes: {a.b: {colour: red}, c: {}}\nlinks: ['c 192.0.2.1/30 -- d 192.0.2.999/30']\n"
                   "events: {e: {actions: [{announce: [192.0.2.0/24]}]}}\ntimeline: [{event: f}]\n")
        file.flush()
        with self.assertRaises(LabError) as caught:
            topology.load(file.name)
        for mistake in ("a.b", "colour", "'d'", "192.0.2.999", "at: NODE", "unknown event 'f'"):
            self.assertIn(mistake, str(caught.exception))


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.name = unique("cli")
        self.addCleanup(labs.down, self.name)

    def assert_fails(self, code: int, pattern: str, *words: str):
        done = lab_command(*words)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertRegex(done.stderr, pattern)

    def test_errors_name_the_way_out(self):
        self.assert_fails(2, "there are diamond, line, north-korea-2017", "up", "nowhere")
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


def reason_to_skip():
    try:
        requirements.check(topology.load(STORY))
        probe = unique("probe")
        netns.run(["ip", "netns", "add", probe])
        netns.run(["ip", "netns", "delete", probe])
    except LabError as error:
        return str(error)
    return None


if __name__ == "__main__":
    if why := reason_to_skip():
        print(f"skipped: {why}")
        sys.exit(77)
    os.environ["ISTHMUS_REQUIRE_NETNS"] = "1"
    unittest.main(verbosity=2)
