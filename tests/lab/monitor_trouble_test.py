#!/usr/bin/python3
"""What goes wrong around isthmus monitor has a name and a count, and is no outage: a vantage point that lost its link or
its interface says that it is blind, targets that cannot be probed disturb no other, and a step of the clock nothing.

Real packets, so it needs root. Exit 77: cannot run here.
"""
import json
import os
import struct
import subprocess
import time

from monitor_base import BINARY, NAME, MonitorCase, lab, main, target_states, vantage_states

CLOCK_STEP = BINARY.parent / "tests" / "libclock_step.so"
PINGS = 'isthmus_ping_probes_total{vantage="vp",target="first"}'
FAILURES = 'isthmus_send_failures_total{vantage="vp"}'


def ip(node, *words):
    return subprocess.run(["ip", "-n", f"{NAME}.{node}", *words], check=True, capture_output=True, text=True).stdout


def device_to(node, address):
    return json.loads(ip(node, "-json", "route", "get", address))[0]["dev"]


class Trouble(MonitorCase):
    def pings_due(self):
        """Those that left and those that could not."""
        return self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}') + self.metric(FAILURES)

    def states_during_pings(self, count):
        """The states that the target has while so many more pings are due, and those of the vantage point."""
        last = self.pings_due() + count
        seen = (set(), set())

        def sent():
            seen[0].add(self.state())
            seen[1].add(vantage_states(self.url)["vp"])
            return self.pings_due() >= last
        self.until(sent, f"{count} more pings")
        return seen

    def check_blindness(self, lose, restore):
        self.start()
        self.wait_for_baseline()
        lose()
        self.addCleanup(restore)
        self.until(lambda: vantage_states(self.url)["vp"] == "invalid", "the vantage point is blind")
        # Long enough for an outage to be told, if it were taken for one.
        self.assertEqual(self.states_during_pings(20), ({"unknown"}, {"invalid"}))
        restore()
        self.until(lambda: (vantage_states(self.url)["vp"], self.state()) == ("valid", "up"), "it sees again")
        self.assertEqual(self.processes.stop("isthmus"), 0)
        self.assertEqual(self.events(), ["vantage_invalid", "vantage_valid"])

    def test_a_vantage_point_that_lost_its_link_is_blind(self):
        device = device_to("r1", "192.0.2.2")
        self.check_blindness(lambda: ip("r1", "link", "set", device, "down"), lambda: ip("r1", "link", "set", device, "up"))

    def test_a_vantage_point_whose_interface_vanishes_is_blind(self):
        device = device_to("vp", "192.0.2.1")

        def lose():
            before = self.metric(FAILURES)
            ip("vp", "link", "set", device, "netns", f"{NAME}.host", "name", "away")
            self.until(lambda: self.metric(FAILURES) > before, "probes that did not leave are counted")

        def restore():
            if f" {device}@" in ip("vp", "link"):
                return
            ip("host", "link", "set", "away", "netns", f"{NAME}.vp", "name", device)
            ip("vp", "link", "set", device, "up")
            for address, router in (("192.0.2.2/30", "192.0.2.1"), ("2001:db8::2/64", "2001:db8::1")):
                ip("vp", "address", "add", address, "dev", device, "nodad")
                ip("vp", "route", "add", "default", "via", router)
        self.check_blindness(lose, restore)

    def test_targets_that_cannot_be_probed_disturb_no_other(self):
        # One is denied, one has no route, the gateway of the third does not answer.
        device = device_to("vp", "192.0.2.1")
        for number, route in ((2, ["unreachable"]), (3, ["via", "2001:db8::99", "dev", device])):
            prefix = {2: "203.0.113.0/24", 3: "2001:db8:99::/48"}[number]
            family = "-6" if ":" in prefix else "-4"
            words = [*route[:1], prefix] if route == ["unreachable"] else [prefix, *route]
            ip("vp", family, "route", "add", *words)
            self.addCleanup(ip, "vp", family, "route", "del", *words)
        (self.folder / "deny.txt").write_text("198.18.0.0/24\n", encoding="utf-8")
        config = self.folder / "isthmus.yaml"
        text = config.read_text(encoding="utf-8")
        for name, prefix, address in (("denied", "198.18.0.0/24", "198.18.0.1"), ("routeless", "203.0.113.0/24", "203.0.113.1"),
                                      ("behind-nobody", '"2001:db8:99::/48"', '"2001:db8:99::1"')):
            text = text.replace("controls:", f"  - {{name: {name}, asn: 64499, prefixes: [{prefix}], addresses: [{address}]}}\ncontrols:")
        config.write_text(text.replace("  router_limit:", "  deny: [deny.txt]\n  router_limit:"), encoding="utf-8")
        self.start()
        self.wait_for_baseline()
        self.assertEqual(self.states_during_pings(20), ({"up"}, {"valid"}))
        others = {name: target["state"] for name, target in target_states(self.url).items() if name != "first"}
        self.assertEqual(others, {"denied": "unknown", "routeless": "unknown", "behind-nobody": "unknown"})
        self.assertGreater(self.metric('isthmus_probes_denied_total{vantage="vp"}'), 0)
        self.assertGreater(self.metric(FAILURES), 0)
        replies = self.metric('isthmus_ping_replies_total{vantage="vp",target="first"}')
        self.assertGreaterEqual(replies, 0.95 * self.metric(PINGS) - 2, "pings of the others made these wait or fail")

    def test_a_step_of_the_clock_is_no_outage_and_hides_none(self):
        clock = self.folder / "clock"
        clock.write_bytes(struct.pack("=q", 0))
        # A sanitizer's runtime wants to come first; it does not need to.
        self.start(LD_PRELOAD=str(CLOCK_STEP), ISTHMUS_TEST_CLOCK=str(clock),
                   ASAN_OPTIONS=f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0")
        self.wait_for_baseline()
        newest = 'isthmus_vantage_last_observation_timestamp_seconds{vantage="vp"}'
        for seconds in (3600, -7200):
            # Written in place: the program has the file mapped.
            with open(clock, "r+b") as file:
                file.write(struct.pack("=q", seconds))
            self.assertNotIn("down", self.states_during_pings(20)[0], f"a step of {seconds} s")
            # It follows the clock forward, and goes on from there when the clock is set back.
            self.assertGreater(self.metric(newest), time.time() + 3000)
            self.until(lambda: (vantage_states(self.url)["vp"], self.state()) == ("valid", "up"), f"calm after {seconds} s")
        rtt = self.metric('isthmus_ping_rtt_seconds_sum{vantage="vp",target="first"}')
        self.assertLess(rtt, self.metric('isthmus_ping_replies_total{vantage="vp",target="first"}') * 0.2)
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage")
        lab("event", "mend", "--lab", NAME)
        self.until(lambda: self.state() == "up", "its end")
        self.assertEqual(self.processes.stop("isthmus"), 0)
        self.assertEqual([e for e in self.events() if not e.startswith("vantage")],
                         ["block_down", "target_down", "block_up", "target_up"])


if __name__ == "__main__":
    main(("ip",))
