#!/usr/bin/python3
"""`isthmus replay` as a user meets it: archives in, events and a snapshot out. Sends no packet."""
import bz2
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
START = 1_500_000_000
ROUND = 240
CONFIG = """\
vantages:
  - {name: oslo, asn: 64510, atlas_probe: 1, netns: not-on-this-machine}
  - {name: tokyo, asn: 64511, atlas_probe: 2, interface: not-there-either}
  - {name: lima, asn: 64512, atlas_probe: 4}
targets: [{name: example, asn: 64500, prefixes: [192.0.2.0/24]}]
controls: [198.51.100.1]
probing: {rate_limit: 10}
ip2as: {prefixes: [prefixes.csv]}
"""


def ping(probe, time, address="192.0.2.1", answered=True):
    return {"fw": 5080, "type": "ping", "af": 4, "dst_addr": address, "prb_id": probe, "from": f"8.0.{probe}.1",
            "proto": "ICMP", "timestamp": time, "result": [{"rtt": 30.5} if answered else {"x": "*"}] * 3}


def story(rounds=14, outage=range(6, 10)):
    """Three probes, one of them not in the configuration; the target is dark for four rounds."""
    lines = []
    for number in range(rounds):
        for probe in (1, 2, 3):
            time = START + number * ROUND + 20 * probe
            # Enough hosts not to have left all at once.
            for host in range(1, 7):
                lines.append(ping(probe, time, f"192.0.2.{host}", answered=number not in outage))
            lines.append(ping(probe, time + 7, "198.51.100.1"))
    return lines


def ndjson(lines):
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "isthmus.yaml").write_text(CONFIG, encoding="utf-8")
        (self.folder / "prefixes.csv").write_text("8.0.0.0,8.255.255.255,64508,Eight\n", encoding="utf-8")

    def replay(self, *archives, words=(), stdin=None):
        files = []
        for number, content in enumerate(archives):
            file = self.folder / f"archive-{number}"
            file.write_bytes(content if isinstance(content, bytes) else ndjson(content))
            files.append(file)
        return self.run_on(*files, words=words, stdin=stdin)

    def run_on(self, *files, words=(), stdin=None):
        command = [BUILD / "isthmus", "replay", "--config", self.folder / "isthmus.yaml", *words]
        if files:
            command += ["--observations", *files]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_events_come_as_ndjson_and_the_snapshot_last(self):
        status, out, err = self.replay(story(), words=["--json"])
        self.assertEqual(status, 0, err)
        *events, last = map(json.loads, out.splitlines())
        self.assertEqual([event["kind"] for event in events], ["block_down", "target_down", "block_up", "target_up"])
        self.assertEqual([event["id"] for event in events], [1, 2, 3, 4])
        self.assertTrue(events[0]["time"].startswith("2017-07-14T03:"), events[0]["time"])
        self.assertEqual(events[0]["evidence"]["vantages"], ["oslo", "tokyo"])
        self.assertEqual(list(last), ["kind", "time", "targets"])
        self.assertEqual((last["kind"], last["time"]), ("snapshot", "2017-07-14T03:33:09.000Z"))
        (target,) = last["targets"]
        self.assertEqual((target["target"], target["state"]), ("example", "up"))
        (block,) = target["blocks"]
        self.assertEqual((block["block"], block["target"], block["state"]), ("192.0.2.0/24", "example", "up"))
        self.assertEqual([view["vantage"] for view in block["vantages"]], ["oslo", "tokyo", "atlas-3"])
        for key in ("upstreams", "unknown_share", "effective_upstreams"):
            self.assertIn(key, block)

    def test_people_get_the_log_and_a_table(self):
        status, out, err = self.replay(story())
        self.assertEqual(status, 0, err)
        log, table = out.split("\n\n")
        self.assertEqual(len(log.splitlines()), 4)
        self.assertIn("target_down", log.splitlines()[1])
        heading, row = table.splitlines()
        self.assertEqual(heading.split()[:4], ["block", "target", "state", "since"])
        self.assertEqual(row.split()[:3], ["192.0.2.0/24", "example", "up"])

    def test_the_interval_is_that_of_the_archive_unless_told(self):
        self.assertIn("pings every 4m (archive), traces every 1m (configuration)", self.replay(story())[2].replace(
            "240s", "4m").replace("60s", "1m"))
        _, _, err = self.replay(story(), words=["--ping-interval", "30s", "--trace-interval", "90s"])
        self.assertIn("pings every 30s (option), traces every 90s (option)", err)

    def test_archives_may_be_split_packed_listed_in_any_order_and_come_from_standard_input(self):
        lines = story()
        expected = self.replay(lines, words=["--json"])[1]
        self.assertIn("target_down", expected)
        packed = [gzip.compress(ndjson(lines[::2])), bz2.compress(ndjson(lines[1::2]))]
        for archives in (packed, packed[::-1]):
            self.assertEqual(self.replay(*archives, words=["--json"])[1], expected)
        words = ["--json", "--ping-interval", "240s"]
        self.assertEqual(self.run_on("-", words=words, stdin=ndjson(lines))[1], expected)

    def test_what_was_not_used_is_told_with_its_reason(self):
        lines = story()
        archive = ndjson(lines[:150]) + b"{broken\n" + ndjson([
            ping(1, START + 2_000, "203.0.113.9"), lines[148], ping(2, START - 9_000), ping(3, START + 999_999),
            *lines[150:]])
        status, out, err = self.replay(archive, words=["--json"])
        self.assertEqual(status, 0)
        self.assertEqual(out, self.replay(lines, words=["--json"])[1])
        for text in ("1 bad records", "archive-0:151: ", "1 to no target", "1 that were there twice", "1 too late",
                     "1 from the future", f"{len(lines)} observations used",
                     "nothing from vantage point lima (RIPE Atlas probe 4)"):
            with self.subTest(text):
                self.assertIn(text, err)

    def test_strict_turns_flaws_into_a_failure_after_the_result(self):
        for flaw in (b"{broken\n", ndjson([ping(2, START - 9_000)])):
            archive = ndjson(story()) + flaw
            relaxed, strict = (self.replay(archive, words=words) for words in ([], ["--strict"]))
            self.assertEqual((relaxed[0], strict[0]), (0, 1))
            self.assertEqual(relaxed[1], strict[1])
        self.assertEqual(self.replay(story() + [ping(1, START, "203.0.113.9")], words=["--strict"])[0], 0)

    def test_what_cannot_work_says_why(self):
        status, out, err = self.replay([ping(1, START, "203.0.113.9")])
        self.assertEqual((status, out), (1, ""))
        self.assertIn("nothing about a target or control", err)
        status, _, err = self.run_on(self.folder / "missing.json")
        self.assertEqual(status, 1)
        self.assertIn("missing.json", err)
        for words in (["--ping-interval", "0s"], ["--reorder", "soon"], ["--trace-interval", "4"]):
            with self.subTest(words):
                status, out, err = self.replay(story(), words=words)
                self.assertEqual((status, out), (1, ""))
                self.assertIn(words[1], err)
        (self.folder / "isthmus.yaml").write_text(CONFIG + "nonsense: 1\n", encoding="utf-8")
        status, _, err = self.replay(story())
        self.assertEqual(status, 1)
        self.assertIn("isthmus.yaml:9:1", err)

    def test_usage_errors_exit_with_2(self):
        self.assertEqual(self.run_on()[0], 2)
        self.assertEqual(self.run_on(self.folder / "a", words=["--speed", "2"])[0], 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
