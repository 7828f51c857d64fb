#!/usr/bin/python3
"""The simulated internet as a program: what it writes belongs together, and the same seed writes the same bytes."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"]) / "tests" / "internet"
SMALL = ["--ases", "300", "--vantages", "4", "--blocks", "40", "--flows", "2"]
FILES = {"traces.json", "truth.ndjson", "units.ndjson", "pfx2as.txt", "registry.txt", "as-rel.txt", "as2org.txt",
         "peeringdb.json", "peeringdb-old.json", "targets.yaml"}


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120, check=False)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, *arguments):
        out = self.folder / name
        result = run(*SMALL, "--out", str(out), *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return out

    def test_the_same_seed_writes_the_same_bytes_and_another_does_not(self):
        one, again, other = self.write("1", "--seed", "3"), self.write("2", "--seed", "3"), self.write("3", "--seed", "4")
        self.assertEqual({path.name for path in one.iterdir()}, FILES)
        for name in FILES:
            self.assertEqual((one / name).read_bytes(), (again / name).read_bytes(), name)
            self.assertNotEqual((one / name).read_bytes(), (other / name).read_bytes(), name)

    def test_each_trace_has_its_line_of_truth_and_each_unit_its_own(self):
        out = self.write("out", "--rounds", "2")
        traces = lines_of(out / "traces.json")
        truths = lines_of(out / "truth.ndjson")
        units = lines_of(out / "units.ndjson")
        self.assertEqual(len(traces), 40 * 4 * 2 * 2)
        self.assertEqual(len(units), 40 * 4 * 2)
        for trace, truth in zip(traces, truths, strict=True):
            self.assertEqual(trace["dst_addr"], truth["destination"])
            self.assertEqual(trace["paris_id"], truth["flow"])
            self.assertEqual(len(trace["result"]), len(truth["hop_operator"]))
            self.assertTrue(truth.get("upstream") is None or truth["upstream"] in truth["as_path"])
        self.assertEqual(sum(upstream["traces"] for unit in units for upstream in unit["upstreams"]),
                         sum("upstream" in truth for truth in truths))

    def test_public_data_is_in_the_words_of_its_formats(self):
        out = self.write("out")
        for line in (out / "as-rel.txt").read_text().splitlines()[1:]:
            self.assertRegex(line, r"^\d+\|\d+\|(-1|0)$")
        for line in (out / "pfx2as.txt").read_text().splitlines():
            self.assertRegex(line, r"^\d+\.\d+\.\d+\.\d+\t\d+\t\d+(_\d+)*$")
        dump = json.loads((out / "peeringdb.json").read_text())
        lans = {lan["id"] for lan in dump["ixlan"]["data"]}
        self.assertTrue(dump["netixlan"]["data"])
        self.assertTrue(all(port["ixlan_id"] in lans for port in dump["netixlan"]["data"]))

    def test_warts_instead_of_json(self):
        out = self.write("out", "--traces-format", "warts")
        self.assertFalse((out / "traces.json").exists())
        self.assertEqual((out / "traces.warts").read_bytes()[:2], b"\x12\x05")

    def test_ipv6(self):
        out = self.write("out", "--ipv6")
        self.assertIn('"af":6', (out / "traces.json").read_text())
        self.assertIn("2a10:d", (out / "pfx2as.txt").read_text())

    def test_rates_change_by_name(self):
        listed = run("--set", "replies.loss=0.5", "--list-settings").stdout
        self.assertIn("replies.loss=0.5\n", listed)
        silent = self.write("out", "--set", "replies.silent_router=1", "--set", "replies.silent_border=1",
                            "--set", "edge.host_answers=0", "--set", "edge.home_translator=0",
                            "--set", "edge.carrier_translator=0", "--set", "edge.host_unreachable=0")
        answers = (silent / "traces.json").read_text().count('"kind":"time_exceeded"')
        self.assertEqual(answers, 0)

    def test_what_makes_no_sense_is_said(self):
        for arguments in (["--set", "replies.los=0.5"], ["--set", "replies.loss=2"], ["--set", "replies.loss=x"], []):
            with self.subTest(arguments):
                result = run(*arguments)
                self.assertEqual(result.returncode, 1)
                self.assertTrue(result.stderr.startswith("internet: "), result.stderr)
        self.assertIn("internet --seed 7", run("--help").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
