#!/usr/bin/python3
"""`isthmus status` and `isthmus events --follow` against an HTTP server that answers as isthmus does. Sends no probe."""
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest
import urllib.parse

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
NOW = "2017-10-01T09:39:46.000Z"


def target(name, state, **more):
    share = {"estimate": 1, "low": 0.2, "high": 1}
    return {"target": name, "state": state, "since": "2017-10-01T09:07:51.000Z", "min_cut_as": 1, "unknown_share": 0,
            "upstreams": [{"asn": 4837, "name": "CHINA UNICOM", "state": "up", "share": {"vantage": share}}],
            "blocks": [{"block": "175.45.176.0/24", "state": state}], **more}


def event(number, kind="block_down", name="north-korea"):
    return {"id": number, "time": NOW, "kind": kind, "target": name, "block": None, "upstream_asn": None, "vantage": None,
            "before": "up", "after": "down", "evidence": {"summary": f"summary {number}", "vantages": [], "traces": []}}


class Monitor:
    """As far as the two commands ask. It can go away, and come back at the same place."""

    def __init__(self):
        self.targets, self.events, self.asked, self.port = [], [], [], 0

    def start(self):
        monitor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                address = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(address.query))
                monitor.asked.append(self.path)
                answer = monitor.answer(address.path, query)
                body = json.dumps(answer).encode() if answer is not None else b"starting: no snapshot yet\n"
                self.send_response(200 if answer is not None else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, query):
        if self.targets is None:
            return None
        if path == "/api/v1/targets":
            return {"time": NOW, "targets": [t for t in self.targets if query.get("target") in (None, t["target"])]}
        if path == "/api/v1/vantages":
            return {"time": NOW, "vantages": [{"vantage": "germany", "state": "invalid", "since": NOW, "controls": 3,
                                               "controls_answering": 0, "reason": "0 of 3 control addresses answer"}]}
        found = [e for e in self.events if query.get("kind") in (None, e["kind"])
                 and query.get("target") in (None, e["target"]) and e["id"] > int(query.get("after_id", 0))]
        limit = int(query["limit"])
        return {"events": found[:limit] if "after_id" in query else found[-limit:]}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def isthmus(*words):
    done = subprocess.run([BUILD / "isthmus", *words], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


class Commands(unittest.TestCase):
    def setUp(self):
        self.monitor = Monitor()
        self.monitor.start()
        self.addCleanup(lambda: self.monitor.stop())


class Status(Commands):
    def test_all_up_is_0_and_anything_else_1(self):
        self.monitor.targets = [target("north-korea", "up"), target("tonga", "up")]
        status, out, err = isthmus("status", "--url", self.monitor.url)
        self.assertEqual((status, err), (0, ""), out)
        self.assertTrue(out.startswith(f"2 up; as of {NOW}\n"), out)
        for state in ("degraded", "down", "unknown"):
            self.monitor.targets[1]["state"] = state
            self.assertEqual(isthmus("status", "--url", self.monitor.url)[0], 1, state)

    def test_the_worst_stands_first_within_eighty_columns(self):
        self.monitor.targets = [target("well", "up"), target("dark", "down", upstreams=[], unknown_share=1, min_cut_as=None)]
        out = isthmus("status", "--url", self.monitor.url + "/")[1]
        rows = out.splitlines()
        self.assertRegex(rows[3], r"^dark +down +31m 55s +0/1 +- 100 % unknown$")
        self.assertRegex(rows[4], r"^well +up +31m 55s +1/1 +1 100 % AS4837 CHINA UNICOM$")
        self.assertIn("germany              invalid", out)
        self.assertIn("0 of 3 control", out)
        self.assertLessEqual(max(map(len, rows)), 80)

    def test_json_is_what_the_api_says(self):
        self.monitor.targets = [target("well", "up"), target("dark", "down")]
        status, out, _ = isthmus("status", "--url", self.monitor.url, "--json", "--target", "well")
        self.assertEqual(status, 0)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual([t["target"] for t in first["targets"]], ["well"])
        self.assertEqual(second["vantages"][0]["vantage"], "germany")

    def test_what_cannot_be_asked_says_what_to_do(self):
        self.monitor.targets = [target("well", "up")]
        status, _, err = isthmus("status", "--url", self.monitor.url, "--target", "none")
        self.assertEqual(status, 1)
        self.assertIn("there is no target 'none'", err)
        self.monitor.targets = None
        self.assertIn("starting: no snapshot yet", isthmus("status", "--url", self.monitor.url)[2])
        status, _, err = isthmus("status", "--url", "http://127.0.0.1:9")
        self.assertEqual(status, 1)
        self.assertIn("say with --url where isthmus monitor or core listens", err)


class Follow(Commands):
    def follow(self, *words):
        process = subprocess.Popen([BUILD / "isthmus", "events", "--follow", "--url", self.monitor.url, *words],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)

    def test_it_tells_each_event_once_across_a_restart_and_ends_with_0(self):
        self.monitor.events = [event(number) for number in range(1, 21)]
        process = self.follow("--json")
        first = [json.loads(process.stdout.readline())["id"] for _ in range(10)]
        self.assertEqual(first, list(range(11, 21)), "the latest ten to begin with")
        self.monitor.events.append(event(21))
        self.assertEqual(json.loads(process.stdout.readline())["id"], 21)
        self.monitor.stop()
        self.assertIn("trying again every second", process.stderr.readline())
        self.monitor.events.append(event(22, "block_up"))
        self.monitor.start()
        self.assertEqual(process.stderr.readline(), "isthmus: it answers again\n")
        self.assertEqual(json.loads(process.stdout.readline())["evidence"]["summary"], "summary 22")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=10), 0)

    def test_filters_are_asked_for_and_lines_are_for_people(self):
        self.monitor.events = [event(1, "block_down", "other"), event(2)]
        process = self.follow("--target", "north-korea", "--kind", "block_down")
        line = process.stdout.readline()
        self.assertIn("block_down", line)
        self.assertIn("summary 2", line)
        self.assertTrue(any("kind=block%5Fdown" in asked or "kind=block_down" in asked for asked in self.monitor.asked))

    def test_a_wrong_place_is_told_at_once(self):
        status, _, err = isthmus("events", "--follow", "--url", "http://127.0.0.1:9")
        self.assertEqual(status, 1)
        self.assertIn("127.0.0.1:9", err)
        self.assertEqual(isthmus("events", "--kind", "nonsense", "--follow")[0], 2)

    def test_a_running_isthmus_can_be_asked_once(self):
        self.monitor.events = [event(1), event(2)]
        status, out, err = isthmus("events", "--url", self.monitor.url, "--limit", "1")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(len(out.splitlines()), 1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
