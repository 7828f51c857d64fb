#!/usr/bin/python3
"""isthmus history on a store as isthmus keeps it. Sends no packet."""
import datetime
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import sys
import unittest

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
SCHEMA = (pathlib.Path(__file__).resolve().parents[3] / "src/store/schema.cpp").read_text(encoding="utf-8")
SECOND = 10**9
HOUR = 3600 * SECOND
CONFIG = """\
vantages: [{name: us, asn: 7018}]
targets: [{name: north-korea, asn: 131279, prefixes: [175.45.176.0/24]}]
controls: [198.51.100.1]
probing: {rate_limit: 10}
ip2as: {prefixes: [prefixes.csv]}
store: {path: history.db}
"""


def day_number(ago):
    return (datetime.datetime.now(datetime.timezone.utc).date() - datetime.date(1970, 1, 1)).days - ago


def upstreams(covered, **shares):
    """The upstreams of a day: {"AS4837": mean share}, the same for every estimand."""
    row = lambda share: [share * covered, share * covered / 2, covered, share, share]
    return json.dumps([[int(asn[2:]), row(share), row(share), row(share)] for asn, share in shares.items()])


class History(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "isthmus.yaml").write_text(CONFIG, encoding="utf-8")
        (self.folder / "prefixes.csv").write_text('219.158.0.0,219.158.255.255,4837,"CHINA UNICOM"\n', encoding="utf-8")
        self.store = sqlite3.connect(self.folder / "history.db")
        self.addCleanup(self.store.close)
        self.store.create_function("isthmus_block", 1, lambda address: address)
        steps = re.findall(r'R"sql\((.*?)\)sql"', SCHEMA, re.S)
        for step in steps:
            self.store.executescript(step)
        application = re.search(r"kApplicationId = (\w+)", SCHEMA).group(1)
        self.store.execute(f"PRAGMA application_id = {int(application, 0)}")
        self.store.execute(f"PRAGMA user_version = {len(steps)}")
        self.store.execute("INSERT INTO names VALUES (1, 'north-korea'), (2, 'us')")
        self.add_day("days", 3, "", (23 * HOUR, 0, HOUR, 0), AS4837=1)
        self.add_day("days", 1, "", (24 * HOUR, 0, 0, 0), AS4837=0.4, AS20485=0.6)
        self.add_day("days", 90, "", (24 * HOUR, 0, 0, 0), AS1=1)
        self.add_day("block_days", 1, "175.45.176.0/24", (12 * HOUR, 0, 12 * HOUR, 0), AS4837=1)
        now = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) * SECOND
        for age in (HOUR, 100 * HOUR):
            self.store.execute("INSERT INTO path_changes VALUES (NULL, ?, 1, '175.45.176.0/24', 2, '175.45.176.71', 5,"
                               " '7018 4837', '219.158.1.1', 4837, 'A', '7018 20485', '188.43.1.1', 20485, 'B')", [now - age])
        self.store.commit()

    def add_day(self, table, ago, block, states, **shares):
        self.store.execute(f"INSERT INTO {table} VALUES (?, 1, ?, ?, ?, ?, ?, 0, ?, '', 0)",
                           [day_number(ago), block, *states, upstreams(86400, **shares)])

    def history(self, *words, where=None):
        done = subprocess.run([BUILD / "isthmus", "history", "north-korea", *(where or ["--db", self.folder / "history.db"]),
                               *words], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def date(self, ago):
        return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day_number(ago))).isoformat()

    def test_thirty_days_are_a_table(self):
        lines = self.history().splitlines()
        self.assertRegex(lines[3], rf"^{self.date(3)} +95\.833 % +- +1h 00m +- +- +AS4837 100 % \(50-100\)$")
        self.assertEqual(lines[4], f"{self.date(2)}  nothing is stored of this day")
        self.assertRegex(lines[5], rf"^{self.date(1)} +100\.000 % .* AS20485 60 % \(30-100\), AS4837 40 % \(20-100\)$")
        self.assertNotIn("AS1 ", "\n".join(lines))
        self.assertIn("AS1 ", self.history("--since", "100d"))

    def test_a_configuration_names_the_store_and_the_networks(self):
        self.assertIn("AS4837 CHINA UNICOM 100 %", self.history(where=["--config", self.folder / "isthmus.yaml"]))

    def test_a_block_has_days_of_its_own(self):
        out = self.history("--block", "175.45.176.0/24")
        self.assertIn("50.000 %", out)
        self.assertNotIn(self.date(3), out)
        self.assertIn("Nothing is known", self.history("--block", "175.45.177.0/24"))

    def test_json_is_a_line_a_day(self):
        days = [json.loads(line) for line in self.history("--json").splitlines()]
        self.assertEqual([day["day"] for day in days], [self.date(3), self.date(1)])
        self.assertEqual(days[0]["seconds"], {"up": 82800, "degraded": 0, "down": 3600, "unknown": 0})
        self.assertAlmostEqual(days[1]["upstreams"][1]["share"]["flow"]["estimate"], 0.6)

    def test_paths_are_told_with_both_sides(self):
        out = self.history("--paths", "--since", "24h")
        self.assertEqual(out.count("before  AS7018 AS4837 by 219.158.1.1, upstream AS4837, confidence A\n"), 1)
        self.assertIn("after   AS7018 AS20485 by 188.43.1.1, upstream AS20485, confidence B\n", out)
        changes = [json.loads(line) for line in self.history("--paths", "--since", "30d", "--json").splitlines()]
        self.assertEqual(len(changes), 2)
        self.assertEqual(changes[0]["after"]["as_path"], [7018, 20485])

    def test_a_target_that_nobody_knows_has_no_history(self):
        done = subprocess.run([BUILD / "isthmus", "history", "atlantis", "--db", self.folder / "history.db"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("Nothing is known of atlantis", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
