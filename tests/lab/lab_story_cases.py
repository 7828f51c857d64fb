"""north-korea-2017: BGP, packets and the truth."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

from lab_support import BLOCKS, STORY, TTK, UNICOM, VANTAGES, pings, traces_of, udp_probe, unique, wait_until
from pocket import closed, events, fib, frr, labs, play, topology, truth
from pocket.errors import LabError


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
        wait_until(self.answers_leave_by_ttk, "answers of every block leave by TransTeleCom again")

    def answers_leave_by_ttk(self) -> bool:
        """At the start TransTeleCom carries no block there but every answer back: its routers converge after the rest."""
        now = fib.Fib(self.name, self.lab.topology)
        back = [w for b in range(176, 180) for v in VANTAGES
                for w in now.walks(f"kp-net-{b}", now.source(v, 4))]
        return all(w.arrived and "ttk-edge" in w.nodes for w in back)

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
                self.assertTrue(pings(self.lab.namespace(other), "175.45.176.71"), f"{other} while {place} is cut")
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
        dead = int(pid_file.read_text())
        os.kill(dead, signal.SIGKILL)
        self.assertNotEqual([], frr.crash_logs(dead), "killed, it had no time to tidy up")
        stranger = subprocess.Popen(["sleep", "600"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        (lab.run_dir / "as174" / "zebra.pid").replace(lab.run_dir / "as174" / "real.pid")
        (lab.run_dir / "as174" / "zebra.pid").write_text(f"{stranger.pid}\n")    # as if the id had been reused
        labs.down(broken)
        self.assertEqual([], traces_of(broken))
        self.assertEqual([], frr.crash_logs(dead))
        self.assertIsNone(stranger.poll())


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
