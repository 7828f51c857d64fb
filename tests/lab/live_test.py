#!/usr/bin/python3
"""`isthmus trace --live` and `isthmus ping --live` as somebody sees them: real packets, a pseudo-terminal of 80x24, a
VT100 that renders it. Needs root and pyte; exits with 77 (skipped) where it cannot run.

The network is the topology `diamond`: two ways balanced per flow, a silent router, one host.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from lab_support import BINARY, lab_command, run_or_skip, unique, wait_until  # noqa: E402
from pocket.errors import LabError  # noqa: E402

try:
    from terminal_screen import TerminalProgram
except ImportError as why:
    print(f"skipped: {why}")
    sys.exit(77)

HOST = "198.51.100.10"
HOST6 = "2001:db8:6::10"
WAYS = [("192.0.2.6", "192.0.2.14"), ("192.0.2.10", "192.0.2.18")]
COLOUR = re.compile(rb"\x1b\[[0-9;]*[1-9][0-9;]*m")


def round_of(text):
    found = re.search(r"round (\d+)", text)
    return int(found.group(1)) if found else 0


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.name = unique("live")
        cls.addClassCleanup(lab_command, "down", "--name", cls.name)
        raised = lab_command("up", "diamond", "--name", cls.name)
        if raised.returncode != 0:
            raise LabError(raised.stderr)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.prefixes = cls.folder / "prefixes.csv"
        cls.prefixes.write_text('192.0.2.0,192.0.2.255,64500,"Example Carrier"\n198.51.100.0,198.51.100.255,64511,'
                                '"Peninsula"\n', encoding="utf-8")

    def start(self, *words, **options):
        program = TerminalProgram([BINARY, *words, "--netns", f"{self.name}.vp", "--rate", "1000"], **options)
        self.addCleanup(program.close)
        return program

    def trace(self, *words, flows=8, **options):
        return self.start("trace", HOST, "--live", "--no-names", "--interval", "200ms", "--timeout", "300ms", "--flows", flows,
                          *words, **options)

    def sent(self):
        path = pathlib.Path("/sys/class/net")
        done = subprocess.run(["ip", "netns", "exec", f"{self.name}.vp", "sh", "-c", f"cat {path}/*/statistics/tx_packets"],
                              capture_output=True, text=True, check=True, timeout=10)
        return sum(map(int, done.stdout.split()))

    def assert_given_back(self, program):
        self.assertEqual(program.modes(), program.modes_before, "the terminal's modes are not what they were")
        self.assertIn(b"\x1b[?1049l", program.raw, "still on the alternate screen")
        self.assertLess(program.raw.rindex(b"\x1b[?25l"), program.raw.rindex(b"\x1b[?25h"), "the cursor stays hidden")

    def test_a_trace_shows_both_ways_with_networks_and_leaves_a_report(self):
        program = self.trace("--ip2as", self.prefixes)
        # Eight flows all by one of two ways: once in 2^7 runs; eight more rounds of other flows there are not, so ask
        # for what must be there whichever it was.
        text = program.expect(lambda t: round_of(t) >= 3 and HOST in t, "three rounds to the host")
        lines = program.lines()
        self.assertTrue(lines[0].startswith(f"isthmus trace  {HOST} by udp, 8 flows, every 200ms"), lines[0])
        self.assertRegex(lines[1], r"^TTL .*host +AS +loss why +sent +last +avg +best +worst")
        self.assertRegex(text, r"(?m)^  1 .*192\.0\.2\.1 +AS64500 +\d")
        self.assertRegex(text, r"(?m)^  4 \* never answered$")
        self.assertRegex(text, rf"(?m)^  5 .*{re.escape(HOST)} +AS64511 +0% ")
        self.assertIn("    Example Carrier", lines)
        for way in WAYS:
            self.assertEqual(len({router in text for router in way}), 1, f"half of a way\n{text}")
        self.assertTrue(any(router in text for way in WAYS for router in way))
        self.assertTrue(lines[23].startswith("? help  q quit"), lines[23])
        program.press("q")
        self.assertEqual(program.wait(), 0)
        self.assert_given_back(program)
        report = program.after_view()
        self.assertRegex(report, rf"^{re.escape(HOST)} by udp, 8 flows, every 200ms, \d+ rounds in 0:\d\d\n")
        self.assertRegex(report, r"(?m)^path a, flows? [0-9 ]+: 192\.0\.2\.1 > 192\.0\.2\.")
        self.assertLessEqual(max(map(len, report.splitlines())), 80)

    def test_ipv6_fits_as_well(self):
        program = self.start("trace", HOST6, "--live", "-n", "--interval", "200ms", "--timeout", "300ms", "--flows", "8")
        text = program.expect(lambda t: round_of(t) >= 3 and re.search(rf"(?m)^  5 .*{HOST6} ", t), "three rounds to the host")
        self.assertTrue(program.lines()[0].startswith(f"isthmus trace  {HOST6} by udp, 8 flows"), text)
        self.assertRegex(text, r"(?m)^  1 .*2001:db8::1 +\d+% ")
        self.assertRegex(text, r"(?m)^  2 .*2001:db8:[12]::2 +\d+% ")
        program.press("dd")
        program.expect(lambda t: "reached at 5" in t, "each flow end to end")
        program.press("q")
        self.assertEqual(program.wait(), 0)
        self.assert_given_back(program)
        self.assertRegex(program.after_view(), r"(?m)^path a, flows? [0-9 ]+: 2001:db8::1 > 2001:db8:[12]::2 > ")
        self.assertLessEqual(max(map(len, program.after_view().splitlines())), 80)

        program = self.start("ping", HOST, HOST6, "2001:db8:6::99", "--live", "--interval", "200ms", "--timeout", "1s")
        program.expect(lambda t: re.search(rf"(?m)^{HOST6} +\d+ +0% ", t) and re.search(r"(?m)^2001:db8:6::99 +\d+ +100% ", t),
                       "both versions in one table")
        program.press("q")
        self.assertEqual(program.wait(), 1, "one of them never answered")
        self.assert_given_back(program)

    def test_keys_do_what_the_last_line_says(self):
        program = self.trace()
        program.expect(lambda t: round_of(t) >= 2, "two rounds")
        program.press("?")
        program.expect(lambda t: "the router answers less often than it forwards" in t, "help")
        program.press("?dd")
        program.expect(lambda t: re.search(r"(?m)^flow path rounds", t) and "reached at 5" in t, "each flow end to end")
        program.press("d")
        program.expect(lambda t: "TTL " in t, "the routers again")
        program.press("p")
        program.expect(lambda t: "PAUSED" in t, "paused")
        counts = [self.sent()]

        def is_still():
            program.read(0.6)  # three intervals
            counts.append(self.sent())
            return counts[-1] == counts[-2]
        wait_until(is_still, "nothing more is sent while paused", 10)
        program.press("p")
        wait_until(lambda: program.read(0.05) and self.sent() > counts[-1], "goes on", 10)
        before = round_of(program.text())
        program.press("r")
        program.expect(lambda t: round_of(t) < before, "figures that begin anew")
        program.press("\x03")
        self.assertEqual(program.wait(), 0)
        self.assert_given_back(program)

    def test_a_narrow_screen_breaks_no_line_and_a_new_size_is_filled_at_once(self):
        program = self.trace(rows=10, columns=40)
        program.expect(lambda t: round_of(t) >= 2 and HOST in t, "two rounds on a narrow screen")
        self.assertEqual([line for line in program.lines() if len(line) > 40], [])
        self.assertTrue(program.lines()[9].startswith("? help"), program.text())
        program.resize(30, 100)
        program.expect(lambda t: t.split("\n")[29].startswith("? help") and re.search(r"worst +sd$", t.split("\n")[1]),
                       "the whole new screen")
        self.assertEqual(sum(line.startswith("? help") for line in program.lines()), 1, program.text())

    def test_every_end_gives_the_terminal_back(self):
        for number, status in [(signal.SIGTERM, 0), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGQUIT, -signal.SIGQUIT),
                               (signal.SIGABRT, -signal.SIGABRT), (signal.SIGSEGV, -signal.SIGSEGV)]:
            with self.subTest(signal.Signals(number).name):
                program = self.trace()
                program.expect(lambda t: round_of(t) >= 1 and HOST in t, "a round")
                program.kill(number)
                self.assertEqual(program.wait(), status)
                self.assert_given_back(program)

    def test_it_sleeps_with_the_terminal_given_back(self):
        # A shell with job control, as people have one.
        view = f"{BINARY} trace {HOST} --live -n --interval 200ms --netns {self.name}.vp"
        program = TerminalProgram(["bash", "-mc", f"{view}; stty -a; echo asleep; read -r; fg; echo gone"])
        self.addCleanup(program.close)
        program.expect(lambda t: round_of(t) >= 1, "a round")
        program.press("\x1a")
        program.expect_written("\r\nasleep\r\n", "the shell")
        told = program.after_view()
        self.assertIn(" icanon", told)
        self.assertIn(" echo ", told)
        before = round_of(program.text())
        program.press("\n")
        program.expect(lambda t: round_of(t) > before and t.split("\n")[23].startswith("? help"), "the view again")
        program.press("q")
        program.expect_written("\r\ngone\r\n", "the end")

    def test_colours_and_characters_are_those_of_the_environment(self):
        for environment, words, coloured in [({}, [], True), ({"NO_COLOR": "1"}, [], False),
                                             ({}, ["--color", "never"], False), ({"NO_COLOR": "1"}, ["--color", "always"], True)]:
            with self.subTest(environment=environment, words=words):
                program = self.trace(*words, flows=1, environment={**environment, "LC_ALL": "C"})
                program.expect(lambda t: round_of(t) >= 1 and HOST in t, "a round")
                program.press("q")
                self.assertEqual(program.wait(), 0)
                self.assertEqual(bool(COLOUR.search(program.raw)), coloured)
                self.assertTrue(program.raw.isascii())

    def test_names_come_from_the_resolver(self):
        hosts, resolv = self.folder / "hosts", self.folder / "resolv.conf"
        hosts.write_text("192.0.2.1 first-hop.example.net\n", encoding="utf-8")
        resolv.write_text("options timeout:1 attempts:1\nnameserver 127.0.0.1\n", encoding="utf-8")
        # Names are looked up outside the lab: with files of our own, which nobody else sees.
        words = (f"mount --bind {hosts} /etc/hosts && mount --bind {resolv} /etc/resolv.conf && "
                 f"exec {BINARY} trace {HOST} --live --flows 1 --interval 200ms --netns {self.name}.vp")
        program = TerminalProgram(["unshare", "-m", "sh", "-c", words])
        self.addCleanup(program.close)
        program.expect(lambda t: re.search(r"(?m)^  1 first-hop\.example\.net ", t), "the name of the first router")
        program.press("n")
        program.expect(lambda t: re.search(r"(?m)^  1 192\.0\.2\.1 ", t), "its address")
        program.press("q")
        self.assertEqual(program.wait(), 0)

    def test_a_table_of_pings_shows_who_is_lost_and_why(self):
        # 198.51.100.99 is nobody: the last router says so. 203.0.113.1 is nowhere: the vantage point has a default route
        # to r1, which has none.
        program = self.start("ping", HOST, "192.0.2.1", "198.51.100.99", "--live", "--interval", "200ms", "--timeout", "1s")
        program.expect(lambda t: re.search(rf"(?m)^{re.escape(HOST)} +\d+ +0% +0\.\d+", t) and re.search(
            r"(?m)^198\.51\.100\.99 +\d+ +100% (!host|timeout)", t), "one that answers, one that does not")
        lines = program.lines()
        self.assertRegex(lines[0], r"^isthmus ping  3 targets by icmp, every 200ms +0:0\d$")
        self.assertRegex(lines[1], r"^target +sent +loss why +last +avg +best worst +sd trend")
        self.assertTrue(lines[2].startswith(HOST), "in the order given")
        program.press("d")
        program.expect(lambda t: t.split("\n")[2].startswith("198.51.100.99"), "the worst first")
        program.press("q")
        self.assertEqual(program.wait(), 1, "one of them never answered")
        self.assert_given_back(program)
        self.assertRegex(program.after_view(), rf"(?m)^{re.escape(HOST)} \(.*\): \d+ sent, \d+ answered, rtt min/mean/max/sd ")

    def test_several_targets_on_a_terminal_are_a_table_and_count_ends_it(self):
        targets = self.folder / "targets.txt"
        targets.write_text(f"# two\n{HOST}\n192.0.2.1  # the first router\n", encoding="utf-8")
        program = self.start("ping", "--file", targets, "--count", "3", "--interval", "200ms")
        self.assertEqual(program.wait(), 0)
        self.assert_given_back(program)
        self.assertRegex(program.after_view(), rf"(?m)^{re.escape(HOST)} \(.*\): 3 sent, 3 answered, rtt min/median/p95/max ")

    def test_lines_and_reports_where_there_is_no_terminal(self):
        def run(*words, given=""):
            return subprocess.run([BINARY, *words, "--netns", f"{self.name}.vp", "--rate", "1000"], input=given,
                                  capture_output=True, text=True, timeout=30, check=False)
        done = run("ping", "-f", "-", "--count", "2", "--interval", "50ms", given=f"{HOST}\n192.0.2.1\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), 6, done.stdout)
        done = run("ping", HOST, "--quiet", "--count", "2", "--interval", "50ms")
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
        done = run("trace", HOST, "--rounds", "3", "--interval", "200ms", "--timeout", "300ms", "-n", "--flows", "2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(", 3 rounds in ", done.stdout.split("\n")[0])
        done = run("trace", HOST, "--rounds", "2", "--interval", "200ms", "--timeout", "300ms", "--flows", "2", "--json")
        self.assertEqual(len(done.stdout.splitlines()), 4, done.stdout)
        for words, mend in [(["ping", HOST], "leave out --live"), (["trace", HOST], "--rounds 10")]:
            done = run(*words, "--live")
            self.assertEqual(done.returncode, 1)
            self.assertIn("standard output is no terminal", done.stderr)
            self.assertIn(mend, done.stderr)


if __name__ == "__main__":
    os.environ["ISTHMUS_REQUIRE_NETNS"] = "1"
    run_or_skip("diamond")
