#!/usr/bin/python3
"""`isthmus infer` as a user meets it: archives in, a table, NDJSON, pictures and explanations out. Sends no packet."""
import bz2
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
TRACES = pathlib.Path("tests/data/traces")
TAILS = TRACES / "north-korea-tails.json"
PREFIXES = ["--ip2as", "tests/data/ip2as/ipasn-ipv4-extract.dat.gz", "--ip2as", "tests/data/ip2as/asn-ipv4-extract.csv"]
DATA = [*PREFIXES, "--as-rel", TRACES / "as-rel.txt"]
UNICOM, TTK = 4837, 20485


def isthmus(*words, stdin=None):
    return subprocess.run([BUILD / "isthmus", *map(str, words)], input=stdin, capture_output=True, timeout=60, check=False)


def infer(*words, stdin=None):
    done = isthmus("infer", *words, stdin=stdin)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def blocks(text):
    return {line["block"]: line for line in map(json.loads, text.splitlines())}


class Infer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_the_real_north_korean_tails_name_both_providers(self):
        status, out, err = infer("--traces", TAILS, *DATA, "--json")
        self.assertEqual(status, 0, err)
        found = blocks(out)
        self.assertEqual(sorted(found), ["175.45.176.0/24", "175.45.177.0/24"])
        for block, asn in [("175.45.176.0/24", UNICOM), ("175.45.177.0/24", TTK)]:
            with self.subTest(block):
                self.assertEqual([up["asn"] for up in found[block]["upstreams"]], [asn])
                self.assertIn(found[block]["upstreams"][0]["confidence"], "AB")
                self.assertEqual(found[block]["unknown_share"], 0)

    def test_without_relationships_the_same_tails_stay_unknown(self):
        status, out, err = infer("--traces", TAILS, *PREFIXES, "--json")
        self.assertEqual(status, 0, err)
        for block in blocks(out).values():
            self.assertEqual((block["upstreams"], block["unknown_share"], block["min_cut_as"]), ([], 1, None))

    def test_a_line_has_the_keys_that_scripts_rely_on(self):
        _, out, _ = infer("--traces", TAILS, *DATA, "--format", "json")
        block = blocks(out)["175.45.177.0/24"]
        self.assertEqual(list(block), ["block", "target", "upstreams", "unknown_share", "effective_upstreams",
                                       "min_cut_as", "chokepoints"])
        upstream = block["upstreams"][0]
        self.assertEqual(list(upstream), ["asn", "name", "confidence", "units", "last_seen", "share"])
        self.assertEqual(list(upstream["share"]), ["vantage", "address", "flow"])
        self.assertEqual(list(upstream["share"]["flow"]), ["estimate", "low", "high"])
        self.assertEqual((upstream["units"], upstream["last_seen"]), (1, "2017-10-01T09:39:46.000Z"))
        self.assertEqual(upstream["share"]["flow"]["estimate"], 1)
        self.assertEqual((block["effective_upstreams"], block["min_cut_as"]), (1, 1))
        self.assertEqual([as_["asn"] for as_ in block["chokepoints"]], [TTK])

    def test_the_table_says_the_same_for_people(self):
        status, out, err = infer("--traces", TAILS, *DATA)
        self.assertEqual(status, 0, err)
        rows = out.splitlines()
        self.assertEqual(rows[0].split()[:3], ["block", "target", "upstream"])
        self.assertTrue(rows[1].startswith("175.45.176.0/24") and "AS4837" in rows[1], out)
        self.assertTrue(rows[2].startswith("175.45.177.0/24") and "AS20485" in rows[2], out)
        self.assertLessEqual(max(map(len, rows)), 120)

    def test_archives_come_in_pieces_packed_and_from_standard_input(self):
        lines = TAILS.read_bytes().splitlines(keepends=True)
        (self.folder / "a.json.gz").write_bytes(gzip.compress(b"".join(lines[:2])))
        (self.folder / "b.json.bz2").write_bytes(bz2.compress(b"".join(lines[2:4])))
        status, out, err = infer("--traces", self.folder / "a.json.gz", self.folder / "b.json.bz2", "-", *DATA, "--json",
                                 stdin=b"".join(lines[4:]))
        self.assertEqual(status, 0, err)
        self.assertEqual(out, infer("--traces", TAILS, *DATA, "--json")[1])
        self.assertIn("standard input: 2 traces", err)

    def test_bad_records_are_named_and_the_others_used(self):
        archive = TRACES / "malformed.json"
        status, out, err = infer("--traces", archive, *DATA, "--json")
        self.assertEqual(status, 0, err)
        self.assertEqual(sorted(blocks(out)), ["175.45.176.0/24", "175.45.177.0/24"])
        self.assertIn(f"{archive}: 2 traces", err)
        self.assertIn("4 bad records", err)
        for line in (2, 3, 4, 5):
            self.assertIn(f"{archive}:{line}: ", err)

    def test_strict_turns_bad_records_into_a_failure_after_the_result(self):
        for words in (["--traces", TRACES / "malformed.json", *DATA],
                      ["--traces", TAILS, *PREFIXES, "--as-rel", TRACES / "as-rel-flawed.txt"]):
            with self.subTest(words[1]):
                relaxed, strict = infer(*words, "--json"), infer(*words, "--json", "--strict")
                self.assertEqual((relaxed[0], strict[0]), (0, 1))
                self.assertEqual(relaxed[1], strict[1])
                self.assertEqual(len(blocks(strict[1])), 2)
        self.assertEqual(infer("--traces", TAILS, *DATA, "--strict")[0], 0)

    def test_flawed_relationships_are_named_with_their_lines_and_the_others_used(self):
        flawed = TRACES / "as-rel-flawed.txt"
        _, out, err = infer("--traces", TAILS, *PREFIXES, "--as-rel", flawed, "--json")
        self.assertIn(f"{flawed}: 3 of 5 records are bad", err)
        self.assertIn(f"{flawed}:3: ", err)
        self.assertEqual([up["asn"] for up in blocks(out)["175.45.176.0/24"]["upstreams"]], [UNICOM])

    def test_an_archive_that_cannot_be_read_fails_and_the_others_are_used(self):
        (self.folder / "empty.json").touch()
        for name in ("missing.json", "empty.json"):
            with self.subTest(name):
                status, out, err = infer("--traces", self.folder / name, TAILS, *DATA, "--json")
                self.assertEqual(status, 1)
                self.assertIn(name, err)
                self.assertEqual(len(blocks(out)), 2)

    def test_a_data_file_that_cannot_be_read_stops_at_once(self):
        status, out, err = infer("--traces", TAILS, "--ip2as", self.folder / "missing.csv")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("missing.csv", err)

    def test_targets_can_be_named(self):
        status, out, err = infer("--traces", TAILS, *PREFIXES, "--json", "--target", "star=AS131279:175.45.177.0/24")
        self.assertEqual(status, 0, err)
        self.assertEqual({block: line["target"] for block, line in blocks(out).items()}, {"175.45.177.0/24": "star"})
        self.assertIn("3 traces to no --target", err)
        for text in ("star", "=1:10.0.0.0/8", "star=x:10.0.0.0/8", "star=0:10.0.0.0/8", "star=1:", "star=1:10.0.0.1/8"):
            with self.subTest(text):
                status, _, err = infer("--traces", TAILS, *PREFIXES, "--target", text)
                self.assertEqual(status, 1)
                self.assertIn("NAME=ASN:PREFIX", err)

    def test_an_explanation_names_rule_clues_and_every_hop(self):
        status, out, err = infer("--traces", TAILS, *DATA, "--explain", "175.45.176.0/24")
        self.assertEqual(status, 0, err)
        self.assertNotIn("175.45.177", out)
        for text in ("AS4837", "(rule bridged)", "known to sell the target transit", "3 flows from atlas-1001 (AS7018)",
                     "103.35.255.254", "unmapped", "192.168.1.1", "private", "219.158.3.2", "175.45.176.71", "target"):
            with self.subTest(text):
                self.assertIn(text, out)
        self.assertEqual(sum(line.split()[1:2] == ["*"] for line in out.splitlines()), 3)
        self.assertLessEqual(max(map(len, out.splitlines())), 120)

    def test_an_explanation_of_what_was_not_traced_says_so(self):
        status, _, err = infer("--traces", TAILS, *DATA, "--explain", "192.0.2.0/24")
        self.assertEqual(status, 1)
        self.assertIn("192.0.2.0/24", err)

    def test_pictures_show_vantage_points_upstreams_and_blocks(self):
        svg, dot = self.folder / "a.svg", self.folder / "a.dot"
        status, out, err = infer("--traces", TAILS, *DATA, "--svg", svg, "--dot", dot, "--json")
        self.assertEqual(status, 0, err)
        self.assertEqual(len(blocks(out)), 2)
        texts = [text.text for text in xml.etree.ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text")]
        for label in ("AS7018", "AS4837", "AS20485", "175.45.176.0/24", "175.45.177.0/24", "confidence A"):
            with self.subTest(label):
                self.assertTrue(any(label in text for text in texts), texts)
                if label[0] != "c":
                    self.assertIn(label, dot.read_text(encoding="utf-8"))
        status, out, _ = infer("--traces", TAILS, *DATA, "--dot", "-")
        self.assertEqual((status, out), (0, dot.read_text(encoding="utf-8")))

    def test_usage_errors_exit_with_2(self):
        for words in ([], ["--traces", TAILS], ["--ip2as", "x"], ["--traces", TAILS, *DATA, "--format", "xml"],
                      ["--traces", TAILS, *DATA, "--json", "--format", "table"]):
            with self.subTest(words):
                self.assertEqual(infer(*words)[0], 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
