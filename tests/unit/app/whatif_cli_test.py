#!/usr/bin/python3
"""`isthmus whatif` as a user meets it: archives or a running monitor in, who would go dark out. Sends no probe."""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
TRACES = pathlib.Path("tests/data/traces")
TAILS = TRACES / "north-korea-tails.json"
PREFIXES = ["--ip2as", "tests/data/ip2as/ipasn-ipv4-extract.dat.gz", "--ip2as", "tests/data/ip2as/asn-ipv4-extract.csv"]
ARCHIVE = ["--traces", TAILS, *PREFIXES, "--as-rel", TRACES / "as-rel.txt"]
UNICOM, TTK = 4837, 20485
BLOCK_UNICOM, BLOCK_TTK = "175.45.176.0/24", "175.45.177.0/24"


def whatif(*words):
    done = subprocess.run([BUILD / "isthmus", "whatif", *map(str, words)], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def fates(text):
    answer = json.loads(text)
    return {block["block"]: block["fate"] for target in answer["targets"] for block in target["blocks"]}


class Archives(unittest.TestCase):
    def ask(self, fail):
        status, out, err = whatif("--fail", fail, *ARCHIVE, "--json")
        self.assertEqual(status, 0, err)
        return out

    def test_each_provider_takes_its_own_block_down_and_leaves_the_other(self):
        self.assertEqual(fates(self.ask("AS4837")), {BLOCK_UNICOM: "dark", BLOCK_TTK: "unaffected"})
        self.assertEqual(fates(self.ask("20485")), {BLOCK_UNICOM: "unaffected", BLOCK_TTK: "dark"})

    def test_both_together_leave_nothing(self):
        answer = json.loads(self.ask("AS4837,AS20485"))
        self.assertEqual([as_["asn"] for as_ in answer["fail"]["ases"]], [UNICOM, TTK])
        target = answer["targets"][0]
        self.assertEqual(target["blocks_by_fate"]["dark"], 2)
        self.assertEqual(target["min_cut_as"], {"before": 2, "after": 0})
        self.assertEqual((target["units"]["kept"], target["carried_by"]), (0, []))

    def test_the_document_has_the_keys_that_scripts_rely_on(self):
        answer = json.loads(self.ask("AS4837"))
        self.assertEqual(list(answer), ["time", "fail", "targets"])
        self.assertEqual(answer["time"], "2017-10-01T09:39:46.000Z")
        target = answer["targets"][0]
        self.assertEqual(list(target), ["target", "blocks_by_fate", "min_cut_as", "units", "carried_by", "blocks"])
        self.assertEqual(list(target["blocks"][0]), ["block", "fate", "min_cut_as", "units", "carried_by"])
        self.assertEqual(target["min_cut_as"], {"before": 2, "after": 1})
        self.assertEqual([(as_["asn"], as_["share"]) for as_ in target["carried_by"]], [(TTK, 1)])

    def test_a_router_fails_by_its_address(self):
        self.assertEqual(fates(self.ask("219.158.3.2")), {BLOCK_UNICOM: "dark", BLOCK_TTK: "unaffected"})

    def test_the_table_names_fates_and_carriers_within_120_columns(self):
        status, out, err = whatif("--fail", "AS4837", *ARCHIVE)
        self.assertEqual(status, 0, err)
        self.assertTrue(out.startswith("If AS4837 "), out)
        self.assertIn("2 blocks: 1 dark, 1 unaffected", out)
        rows = {line.split()[0]: line for line in out.splitlines() if line.startswith("175.")}
        self.assertIn("1 -> 0", rows[BLOCK_UNICOM])
        self.assertIn("AS20485", rows[BLOCK_TTK])
        self.assertLess(out.index(BLOCK_UNICOM), out.index(BLOCK_TTK))
        self.assertIn("a backup that never carried a probe is not seen", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 120)

    def test_a_block_whose_ways_are_not_known_is_not_saved(self):
        # Without relationships nobody can say whose the last routers are.
        with tempfile.TemporaryDirectory() as folder:
            halves = pathlib.Path(folder) / "as-rel.txt"
            halves.write_text("4837|131279|-1\n", encoding="utf-8")
            status, out, err = whatif("--fail", "AS4837", "--traces", TAILS, *PREFIXES, "--as-rel", halves, "--json")
        self.assertEqual(status, 0, err)
        self.assertEqual(fates(out), {BLOCK_UNICOM: "dark", BLOCK_TTK: "not_known"})

    def test_what_nobody_saw_is_told_with_what_there_is(self):
        for fail, parts in [("AS77", ["AS77", "AS4837", "AS20485"]), ("AS131279", ["AS131279", "itself"]),
                            ("192.0.2.1", ["192.0.2.1"]), ("AS4837,AS77", ["AS77"])]:
            with self.subTest(fail):
                status, out, err = whatif("--fail", fail, *ARCHIVE)
                self.assertEqual((status, out), (1, ""))
                for part in parts:
                    self.assertIn(part, err)

    def test_targets_can_be_named(self):
        status, out, err = whatif("--fail", "AS20485", *ARCHIVE, "--target", f"star=AS131279:{BLOCK_TTK}", "--json")
        self.assertEqual(status, 0, err)
        self.assertEqual(fates(out), {BLOCK_TTK: "dark"})
        self.assertEqual(whatif("--fail", "AS20485", *ARCHIVE, "--target", "star")[0], 1)

    def test_an_archive_that_cannot_be_read_fails(self):
        status, out, err = whatif("--fail", "AS4837", "--traces", "missing.json", TAILS, *ARCHIVE[2:], "--json")
        self.assertEqual(status, 1)
        self.assertIn("missing.json", err)
        self.assertEqual(len(fates(out)), 2)

    def test_usage_errors_exit_with_2(self):
        for words in ([], ["--fail"], ["--fail", "unicom"], ["--fail", "AS4837,"], ["--fail", "AS4837", "--traces", TAILS],
                      ["--fail", "AS4837", *PREFIXES], ["--fail", "AS4837", *ARCHIVE, "--url", "http://127.0.0.1:9"],
                      ["--fail", "AS4837", *ARCHIVE, "--json", "--all"]):
            with self.subTest(words):
                self.assertEqual(whatif(*words)[0], 2)


class Monitor(unittest.TestCase):
    """A stand-in that answers what it is told to; the real one is asked in tests/lab."""

    def setUp(self):
        self.asked, self.answer = [], (200, "{}")
        case = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                case.asked.append(self.path)
                status, body = case.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def test_the_answer_is_shown_like_that_of_archives(self):
        self.answer = (200, whatif("--fail", "AS4837", *ARCHIVE, "--json")[1])
        for form in ([], ["--json"]):
            with self.subTest(form):
                asked = whatif("--fail", "4837", "--url", self.url + "/", *form)
                self.assertEqual(asked, (0, whatif("--fail", "AS4837", *ARCHIVE, *form)[1], ""))
        self.assertEqual(self.asked[0], "/api/v1/whatif?fail=AS4837")

    def test_any_name_of_a_target_can_be_asked_for(self):
        self.answer = (400, "look for target a&b c: there is none of this name\n")
        status, out, err = whatif("--fail", "AS4837,20485", "--url", self.url, "--target", "a&b c")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err, "isthmus: look for target a&b c: there is none of this name\n")
        self.assertEqual(self.asked, ["/api/v1/whatif?fail=AS4837%2CAS20485&target=a%26b%20c"])

    def test_who_is_no_monitor_is_told_from_one(self):
        for answer, part in [((200, "<html>hello</html>"), "an isthmus monitor?"), ((503, "starting"), "starting"),
                             ((404, "not found"), "404")]:
            with self.subTest(answer):
                self.answer = answer
                status, out, err = whatif("--fail", "AS4837", "--url", self.url)
                self.assertEqual((status, out), (1, ""))
                self.assertIn(part, err)

    def test_nobody_there_says_what_to_do(self):
        status, _, err = whatif("--fail", "AS4837", "--url", "http://127.0.0.1:9")
        self.assertEqual(status, 1)
        self.assertIn("--url", err)
        self.assertIn("--traces", err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
