#!/usr/bin/python3
"""isthmus data info: what it says about each kind of file, what it says about bad ones, and its exit codes."""
import bz2
import gzip
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

BINARY = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"]) / "isthmus"
SAMPLE = pathlib.Path("tests/data/ip2as/bview.20140112.1600_3samples.bz2")


def mrt_peers():
    """RFC 6396 section 4.3.1: one collector, one peer."""
    body = bytes([192, 0, 2, 1]) + struct.pack("!H", 0) + struct.pack("!H", 1)
    body += bytes([2, 10, 0, 0, 1, 198, 51, 100, 1]) + struct.pack("!I", 64500)
    return struct.pack("!IHHI", 1764028800, 13, 1, len(body)) + body


FILES = {
    "asn.csv": b'198.51.100.0,198.51.100.255,64496,"Example"\n2001:db8::,2001:db8::ffff,64497,X\n',
    "ours.txt": b"198.51.100.1/32 AS64499 # ours",
    "20251101.as-rel.txt": b"# clique: 1\n64500|64496|-1\n64500|64497|0\n",
    "org.txt": b"# format:org_id|changed|org_name|country|source\nA|1|Example|US|ARIN\n"
               b"# format:aut|changed|aut_name|org_id|opaque_id|source\n64496|1|X|A||ARIN\n",
    "ixs_202511.jsonl": b'{"ix_id": 1, "name": "IX", "prefixes": {"ipv4": ["198.51.100.0/24"], "ipv6": []}}\n',
}


class DataInfo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def info(self, *words):
        return subprocess.run([BINARY, "data", "info", *map(str, words)], capture_output=True, text=True, timeout=60,
                              check=False)

    def as_json(self, *words):
        done = self.info("--json", *words)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def test_each_kind_of_file_is_told_for_people(self):
        expected = {
            "asn.csv": ["address ranges to AS", "1 IPv4 prefixes, 1 IPv6 prefixes, 2 ASes"],
            "ours.txt": ["manual overrides", "1 records: 1 IPv4 prefixes, 1 ASes"],
            "20251101.as-rel.txt": ["AS relationships", "of 2025-11-01", "2 relationships, 3 ASes"],
            "org.txt": ["AS organisations", "1 organisations, 1 ASes"],
            "ixs_202511.jsonl": ["exchanges (CAIDA ixs)", "of 2025-11", "1 IPv4 prefixes, 1 exchanges"],
        }
        done = self.info(*[self.write(name, content) for name, content in FILES.items()])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name, words in expected.items():
            part = done.stdout.split(name)[1].split(str(self.folder))[0]
            for word in words:
                with self.subTest(name, word=word):
                    self.assertIn(word, part)

    def test_json_has_one_object_a_file(self):
        status, told = self.as_json(self.write("rib", gzip.compress(bz2.decompress(SAMPLE.read_bytes()))), SAMPLE)
        self.assertEqual(status, 0)
        self.assertEqual([one["format"] for one in told], ["mrt", "mrt"])
        self.assertEqual([one["packing"] for one in told], ["gzip", "bzip2"])
        for one in told:
            self.assertEqual((one["records"], one["skipped"], one["bad"], one["problems"]), (3, 1, 0, []))
            self.assertEqual(one["ipv4_prefixes"], 2)
            self.assertEqual(one["first_time"], "2014-01-12T16:00:00.000Z")
        self.assertEqual(told[1]["date"], "2014-01-12")

    def test_a_table_names_its_collector_and_peers(self):
        packed = self.write("rib.bz2", bz2.compress(mrt_peers() + bz2.decompress(SAMPLE.read_bytes())))
        done = self.info(packed)
        self.assertIn("collector 192.0.2.1, 1 peers, 2014-01-12T16:00:00.000Z", done.stdout.replace(
            "2025-11-25T00:00:00.000Z to ", ""))
        _, told = self.as_json(packed)
        self.assertEqual((told[0]["collector"], told[0]["peers"]), ("192.0.2.1", 1))

    def test_bad_records_are_told_with_their_lines_and_only_strict_minds(self):
        path = self.write("pfx2as.txt", b"198.51.100.0\t24\t64496\n198.51.100.0\t33\t64496\n203.0.113.0\t24\t0\n")
        done = self.info(path)
        self.assertEqual(done.returncode, 0)
        self.assertIn("2 of them are bad:", done.stdout)
        self.assertIn(f"{path}:2: the length of '198.51.100.0/33' must be 0 to 32", done.stdout)
        self.assertIn(f"{path}:3: AS 0 names no network", done.stdout)
        self.assertEqual(self.info("--strict", path).returncode, 1)
        status, told = self.as_json("--strict", path)
        self.assertEqual(status, 1)
        self.assertEqual([problem["line"] for problem in told[0]["problems"]], [2, 3])
        self.assertEqual(self.info("--strict", self.write("good.csv", FILES["asn.csv"])).returncode, 0)

    def test_a_cut_file_is_not_complete(self):
        status, told = self.as_json(self.write("asn.csv.gz", gzip.compress(FILES["asn.csv"])[:-3]))
        self.assertEqual(status, 0)
        self.assertEqual((told[0]["complete"], told[0]["bad"], told[0]["ipv4_prefixes"]), (False, 1, 1))
        status, told = self.as_json(self.write("rib", bz2.decompress(SAMPLE.read_bytes())[:-1]))
        self.assertEqual((told[0]["complete"], told[0]["problems"][0]["offset"]), (False, 118))

    def test_what_cannot_be_used_exits_with_1_and_the_others_are_told(self):
        good = self.write("asn.csv", FILES["asn.csv"])
        for path, why in [(self.write("letter.txt", b"Dear Sir,\n"), "in no format that is known here"),
                          (self.folder / "none.csv", "does not exist"), (self.folder, "not a regular file"),
                          (self.write("bogon.csv", b"10.0.0.0,10.0.0.255,64496,X\n"), "holds nothing usable")]:
            with self.subTest(why):
                done = self.info(path, good)
                self.assertEqual(done.returncode, 1)
                self.assertIn(why, done.stderr)
                self.assertIn("2 ASes", done.stdout)
                status, told = self.as_json(path, good)
                self.assertEqual((status, len(told)), (1, 2))
                self.assertIn(why, told[0]["error"])

    def test_usage(self):
        self.assertEqual(self.info().returncode, 2)
        done = self.info("--help")
        self.assertEqual(done.returncode, 0)
        for word in ["Example: isthmus data info", "MRT TABLE_DUMP_V2", "--strict", "PeeringDB"]:
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
