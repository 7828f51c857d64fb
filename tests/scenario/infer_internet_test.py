#!/usr/bin/python3
"""`isthmus infer` from end to end: simulated internets write their traces and the public data about them, with its errors,
and what is answered for each block is held against what really happened."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
SEEDS = (9001, 9002, 9003)
SIZE = ["--ases", "600", "--vantages", "10", "--blocks", "300", "--flows", "3"]


def simulate(seed, folder):
    subprocess.run([BUILD / "tests/internet", "--seed", str(seed), "--out", folder, *SIZE], check=True, timeout=120,
                   stdout=subprocess.DEVNULL)


def targets_of(folder):
    """--target options for the list of who is watched."""
    text = (folder / "targets.yaml").read_text(encoding="utf-8")
    for name, asn, prefixes in re.findall(r"- name: (\S+)\s+asn: (\d+)\s+prefixes: \[(.*?)\]", text):
        yield from ("--target", f"{name}={asn}:{prefixes.replace(' ', '')}")


def infer(folder):
    done = subprocess.run(
        [BUILD / "isthmus", "infer", "--traces", folder / "traces.json", "--ip2as", folder / "pfx2as.txt",
         "--registry", folder / "registry.txt", "--as-rel", folder / "as-rel.txt", "--as2org", folder / "as2org.txt",
         "--ixp", folder / "peeringdb.json", "--json", "--strict", *targets_of(folder)],
        capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def truth_of(folder):
    """block -> vantage AS -> upstreams of its flows."""
    blocks = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    with open(folder / "truth.ndjson", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["vantage_asn"] != line["target_asn"]:
                blocks[line["block"]][line["vantage_asn"]][line.get("upstream")] += 1
    return blocks


def score(answers, truth):
    """Shares of vantage ASes: named rightly, named wrongly, not known."""
    right = wrong = unknown = 0.0
    for answer in answers:
        really = {asn for flows in truth[answer["block"]].values() for asn in flows}
        for upstream in answer["upstreams"]:
            share = upstream["share"]["vantage"]["estimate"]
            right, wrong = (right + share, wrong) if upstream["asn"] in really else (right, wrong + share)
        unknown += answer["unknown_share"]
    return right, wrong, unknown


class InferInternet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = []
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                simulate(seed, folder)
                cls.results.append((infer(folder), truth_of(folder)))

    def test_every_block_gets_its_line_in_order(self):
        for answers, truth in self.results:
            self.assertEqual(len(answers), len(truth))
            self.assertEqual({answer["block"] for answer in answers}, set(truth))

    def test_shares_and_the_unknown_add_up(self):
        for answers, _ in self.results:
            for answer in answers:
                known = sum(upstream["share"]["vantage"]["estimate"] for upstream in answer["upstreams"])
                self.assertAlmostEqual(known + answer["unknown_share"], 1, places=6, msg=str(answer))

    def test_what_is_decided_is_right(self):
        right = wrong = unknown = 0.0
        for answers, truth in self.results:
            one = score(answers, truth)
            right, wrong, unknown = right + one[0], wrong + one[1], unknown + one[2]
        correct, decided = right / (right + wrong), (right + wrong) / (right + wrong + unknown)
        print(f"right among decided {correct:.4f}, decided {decided:.4f}", file=sys.stderr)
        self.assertGreaterEqual(correct, 0.98)
        self.assertGreaterEqual(decided, 0.88)

    def test_the_cut_is_never_wider_than_the_upstreams(self):
        for answers, _ in self.results:
            for answer in answers:
                if answer["upstreams"]:
                    self.assertIn(answer["min_cut_as"], range(1, len(answer["upstreams"]) + 1), str(answer))
                else:
                    self.assertIsNone(answer["min_cut_as"])
                if answer["chokepoints"]:
                    self.assertEqual(answer["min_cut_as"], 1, str(answer))


if __name__ == "__main__":
    if not (BUILD / "tests/internet").exists():
        print("build/tests/internet is not built", file=sys.stderr)
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-v"])
