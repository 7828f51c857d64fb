#!/usr/bin/python3
"""`isthmus explain` as a person meets it at 3 a.m.: one event of the log, its traces before and after. Sends no packet."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import jsonschema

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
DATA = pathlib.Path("tests/data").resolve()
SCHEMA = pathlib.Path("src/store/schema.cpp").read_text(encoding="utf-8")
CONFIG = f"""\
vantages:
  - {{name: us, asn: 7018}}
targets:
  - {{name: north-korea, asn: 131279, prefixes: [175.45.176.0/22], addresses: [175.45.176.71]}}
controls: [198.51.100.1]
probing: {{rate_limit: 10}}
ip2as: {{prefixes: [{DATA}/ip2as/asn-ipv4-extract.csv], as_rel: [{DATA}/traces/as-rel.txt]}}
store: {{path: isthmus.db}}
"""
UNICOM = ["12.0.1.1", "219.158.3.1", "219.158.3.2", "175.45.176.71"]
TTK = ["12.0.1.1", "188.43.225.1", "188.43.225.153", "175.45.176.71"]


def trace(hops, time):
    """A result of RIPE Atlas with a vantage point's name."""
    return {"fw": 5080, "type": "traceroute", "af": 4, "dst_addr": hops[-1], "src_addr": "12.0.1.77", "proto": "UDP",
            "paris_id": 3, "timestamp": time, "endtime": time + 1, "vantage": "us",
            "result": [{"hop": ttl, "result": [{"from": hop, "ttl": 60, "size": 56, "rtt": 10.0 * ttl}]}
                       for ttl, hop in enumerate(hops, 1)]}


class Explain(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "isthmus.yaml").write_text(CONFIG, encoding="utf-8")
        self.make_store()

    def make_store(self):
        """A log as isthmus keeps it, with two events."""
        store = sqlite3.connect(self.folder / "isthmus.db")
        store.create_function("isthmus_block", 1, lambda address: address.rsplit(".", 1)[0] + ".0/24")
        steps = re.findall(r'R"sql\((.*?)\)sql"', SCHEMA, re.S)
        for step in steps:
            store.executescript(step)
        application = re.search(r"kApplicationId = (\w+)", SCHEMA).group(1)
        store.execute(f"PRAGMA application_id = {int(application, 0)}")
        store.execute(f"PRAGMA user_version = {len(steps)}")
        lost = {"summary": "AS20485 no longer carries 175.45.176.0/24, as seen from us.", "vantages": ["us"],
                "traces": [trace(TTK, 1506850000), trace(UNICOM, 1506850060)]}
        down = {"summary": "1 of 1 vantage points that can see get no answers any more.", "vantages": ["us"], "traces": []}
        for row in [(1, "upstream_lost", 20485, "4837,20485", "4837", lost), (2, "block_down", 0, "up", "down", down)]:
            store.execute("INSERT INTO events VALUES (?, 1506850061000000000, ?, 'north-korea', '175.45.176.0/24', ?, '', ?, ?, ?)",
                          [*row[:-1], json.dumps(row[-1])])
        store.commit()
        store.close()

    def explain(self, event, *words):
        done = subprocess.run([BUILD / "isthmus", "explain", str(event), "--config", self.folder / "isthmus.yaml", *words],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_before_and_after_stand_side_by_side(self):
        status, out, err = self.explain(1)
        self.assertEqual(status, 0, err)
        self.assertTrue(out.startswith("Event 1: upstream_lost at 2017-10-01T09:27:41.000Z\n"), out)
        before, after = out.index("Before: "), out.index("After: ")
        self.assertTrue(before < out.index("AS20485 Joint Stock Company TransTeleCom: confidence A") < after, out)
        self.assertGreater(out.index("AS4837 CHINA UNICOM China169 Backbone: confidence A"), after, out)
        rows = [line for line in out.splitlines() if re.match(r" +\d+ \d+\.", line)]
        self.assertEqual([" <> " in row for row in rows], [False, True, True, False], out)
        self.assertIn("188.43.225.153", rows[2].split(" <> ")[0])
        self.assertIn("219.158.3.2", rows[2].split(" <> ")[1])
        self.assertLessEqual(max(map(len, out.splitlines())), 120)

    def test_a_machine_reads_the_same(self):
        status, out, err = self.explain(1, "--json")
        self.assertEqual(status, 0, err)
        document = json.loads(out)
        schemas = json.loads(pathlib.Path("src/telemetry/openapi.json").read_text(encoding="utf-8"))["components"]
        jsonschema.Draft202012Validator({"$ref": "#/components/schemas/Explanation", "components": schemas}).validate(document)
        self.assertEqual((document["event"]["id"], document["event"]["kind"]), (1, "upstream_lost"))
        change, = document["changes"]
        self.assertEqual((change["vantage"], change["destination"], change["flow"]), ("us", "175.45.176.71", 3))
        for side, upstream, hops in (("before", 20485, TTK), ("after", 4837, UNICOM)):
            conclusion = change[side]["conclusion"]
            self.assertEqual((conclusion["upstream_asn"], conclusion["confidence"], conclusion["rule"]), (upstream, "A", "adjacent"))
            self.assertEqual([hop["address"] for hop in change[side]["hops"]], hops)
        self.assertEqual(json.loads(self.explain(2, "--json")[1])["changes"], [])

    def test_an_event_that_rests_on_pings_says_so(self):
        status, out, err = self.explain(2)
        self.assertEqual(status, 0, err)
        self.assertIn("rests on pings", out)

    def test_an_event_that_is_not_there_is_told(self):
        status, out, err = self.explain(3)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("no event 3", err)
        self.assertIn("isthmus events", err)

    def test_a_bad_configuration_is_told(self):
        (self.folder / "isthmus.yaml").write_text("colour: red\n", encoding="utf-8")
        status, _, err = self.explain(1)
        self.assertEqual(status, 1)
        self.assertIn("isthmus.yaml:1", err)

    def test_damaged_network_data_are_told(self):
        for name in ("asn-ipv4-extract.csv", "as-rel.txt"):
            with self.subTest(name):
                text = re.sub(r"[^\[ ]*" + name, "missing.csv", CONFIG)
                (self.folder / "isthmus.yaml").write_text(text, encoding="utf-8")
                status, _, err = self.explain(1)
                self.assertEqual(status, 1)
                self.assertIn("missing.csv", err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
