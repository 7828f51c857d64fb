#!/usr/bin/python3
"""isthmus monitor on a line of four routers: every protocol, reload, restart, broken files, a locked store, missing rights.

Real packets, so it needs root. Exit 77: cannot run here.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request

from monitor_base import BINARY, IPV4, IPV6, NAME, PREFIXES, MonitorCase, lab, main, target_states


class Monitor(MonitorCase):
    def test_reload_is_all_or_nothing_and_keeps_counters(self):
        process = self.start()
        self.wait_for_baseline()
        sent = self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}')
        self.assertGreater(sent, 0)
        self.write_config("second", "colour: red")
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 0, "the refusal")
        self.assertEqual(self.state("first"), "up")
        self.assertIn("colour", self.log())
        self.write_config("second")
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 1, "the reload")
        self.until(lambda: self.state("second") == "up" and self.state("first") is None, "the new target")
        self.assertGreaterEqual(self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}'), sent)

    def discovery(self, figure):
        return self.metric(f'isthmus_discovery_{figure}{{source="{self.folder}/targets/*.yaml"}}')

    def test_targets_of_files_come_and_go_and_mistakes_change_nothing(self):
        self.write_config("first", 'targets_from: {files: ["targets/*.yaml"]}\n')
        lists = self.folder / "targets"
        lists.mkdir()
        (lists / "a.yaml").write_text("[]\n", encoding="utf-8")
        self.start()
        self.wait_for_baseline()
        pings = 'isthmus_ping_probes_total{vantage="vp",target="first"}'
        sent = self.metric(pings)
        self.assertGreater(sent, 0)
        listed = "- {name: listed, asn: 64500, prefixes: [203.0.113.0/24]}\n"
        # Somebody is editing the configuration file, and has not said that it is ready.
        (self.folder / "isthmus.yaml").write_text("half a fi", encoding="utf-8")
        (lists / "a.yaml").write_text(listed.replace("/24", "/33"), encoding="utf-8")
        self.until(lambda: self.discovery("failing") == 1, "the refusal")
        self.assertEqual(self.discovery("failures_total"), 1)
        self.assertIn(f"{lists}/a.yaml:1:41: ", self.log())
        self.assertEqual((self.state("first"), self.state("listed")), ("up", None))
        (lists / "b.yaml").write_text(listed, encoding="utf-8")
        (lists / "a.yaml").unlink()
        self.until(lambda: self.state("listed") is not None, "the listed target")
        self.assertEqual((self.discovery("targets"), self.discovery("failing")), (1, 0))
        self.assertGreaterEqual(self.metric(pings), sent)
        self.assertEqual(self.metric("isthmus_config_last_reload_successful"), 1)
        (lists / "b.yaml").write_text("[]\n", encoding="utf-8")
        self.until(lambda: self.state("listed") is None, "the end of it")
        self.assertEqual(self.state("first"), "up")

    def test_a_reload_over_http_is_all_or_nothing_too(self):
        def write(target, extra=""):
            self.write_config(target, extra)
            path = self.folder / "isthmus.yaml"
            path.write_text(path.read_text(encoding="utf-8").replace('"}\nstore', '", reload_endpoint: true}\nstore'),
                            encoding="utf-8")

        def reload():
            request = urllib.request.Request(self.url + "/-/reload", method="POST")
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refused:
                return refused.code, refused.read().decode()

        write("first")
        self.start()
        self.wait_for_baseline()
        sent = self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}')
        write("second", "colour: red")
        status, said = reload()
        self.assertEqual(status, 500)
        self.assertIn("isthmus.yaml:13:1: unknown key 'colour'", said)
        self.assertEqual((self.state("first"), self.state("second")), ("up", None))
        write("second")
        self.assertEqual(reload()[0], 200)
        self.until(lambda: self.state("second") == "up" and self.state("first") is None, "the new target")
        self.assertGreaterEqual(self.metric('isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}'), sent)

    def check_that_it_sees(self, where, ping, trace):
        self.write_config("first", where=where, protocols=(ping, trace))
        self.start()
        self.wait_for_baseline()
        self.assertEqual([b["block"] for b in target_states(self.url)["first"]["blocks"]], [where[0].strip('"')])
        for name in (f'isthmus_probes_sent_total{{vantage="vp",engine="ping",protocol="{ping}"}}',
                     f'isthmus_probes_sent_total{{vantage="vp",engine="traceroute",protocol="{trace}"}}',
                     'isthmus_upstream_state{target="first",upstream_asn="64500",upstream_name="Line",state="up"}'):
            self.assertGreater(self.metric(name) or 0, 0, name)
        self.assertEqual(self.metric('isthmus_target_upstreams{target="first"}'), 1)
        # It is the path that it sees, and not whatever comes in.
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage")

    def test_it_sees_over_ipv6(self):
        self.check_that_it_sees(IPV6, "icmp", "udp")

    def test_it_sees_over_tcp(self):
        self.check_that_it_sees(IPV4, "tcp", "tcp")

    def test_it_sees_over_tcp_and_ipv6(self):
        self.check_that_it_sees(IPV6, "tcp", "tcp")

    def test_it_sees_with_pings_over_udp(self):
        self.check_that_it_sees(IPV6, "udp", "icmp")

    def test_rounds_that_ask_one_address_find_an_outage_and_its_end(self):
        self.write_config("first", rotate=True)
        self.start()
        self.wait_for_baseline()
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage")
        lab("event", "reset", "--lab", NAME)
        self.until(lambda: self.state() == "up", "its end")
        self.assertEqual(self.events(), ["block_down", "target_down", "block_up", "target_up"])

    def test_a_broken_prefix_file_leaves_the_previous_data_in_use(self):
        process = self.start()
        self.wait_for_baseline()
        before = self.metric("isthmus_ip2as_prefixes")
        for broken, why in (("not a prefix file\n", "prefixes.csv:1: is in no format"),
                            (PREFIXES[:-5], f"prefixes.csv:{PREFIXES.count(chr(10))}: the last line has no line end")):
            self.write_prefixes(broken)
            process.send_signal(signal.SIGHUP)
            self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 0, "the refusal")
            self.assertIn(why, self.log())
            self.assertEqual(self.metric("isthmus_ip2as_prefixes"), before)
            self.assertEqual(self.metric('isthmus_target_upstreams{target="first"}'), 1)
            self.write_prefixes(PREFIXES)
            process.send_signal(signal.SIGHUP)
            self.until(lambda: self.metric("isthmus_config_last_reload_successful") == 1, "the mended file")

    def test_a_bad_line_of_a_prefix_file_is_told_and_the_rest_is_used(self):
        process = self.start()
        self.wait_for_baseline()
        before = self.metric("isthmus_ip2as_prefixes")
        self.write_prefixes("203.0.113.0,203.0.113.255,64511,New\n" + PREFIXES + "\x00\x01\x02 not text\n")
        process.send_signal(signal.SIGHUP)
        self.until(lambda: self.metric("isthmus_ip2as_prefixes") == before + 1, "the new prefix")
        self.assertIn(f"prefixes.csv:{PREFIXES.count(chr(10)) + 2}: holds binary data", self.log())

    def test_a_running_monitor_answers_what_if(self):
        self.start()
        self.wait_for_baseline()
        self.until(lambda: self.metric('isthmus_target_min_cut{target="first",level="as"}') == 1, "the one way")
        self.assertEqual(self.metric('isthmus_target_chokepoint{target="first",asn="64500",name="Line"}'), 1)
        self.assertEqual(self.metric('isthmus_target_as_hegemony_ratio{target="first",asn="64500",name="Line"}'), 1)
        router = target_states(self.url)["first"]["router_chokepoints"][0]["address"]
        for failing in ("AS64500", router):
            with self.subTest(failing):
                asked = subprocess.run([BINARY, "whatif", "--fail", failing, "--url", self.url, "--json"],
                                       capture_output=True, text=True, check=True)
                target = json.loads(asked.stdout)["targets"][0]
                self.assertEqual((target["target"], [block["fate"] for block in target["blocks"]]), ("first", ["dark"]))
        refused = subprocess.run([BINARY, "whatif", "--fail", "AS77", "--url", self.url], capture_output=True, text=True,
                                 check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("AS64500 Line", refused.stderr)

    def test_a_restart_repeats_nothing_and_forgets_nothing(self):
        self.start()
        self.wait_for_baseline()
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage")
        self.assertEqual(self.processes.stop("isthmus"), 0)
        told = self.events()
        self.assertEqual(told, ["block_down", "target_down"])
        explained = subprocess.run([BINARY, "explain", "1", "--config", self.folder / "isthmus.yaml"], capture_output=True,
                                   text=True, check=True)
        self.assertTrue(explained.stdout.startswith("Event 1: block_down"), explained.stdout)
        self.start()
        self.until(lambda: self.state() == "down", "the outage after the restart")
        lab("event", "mend", "--lab", NAME)
        self.until(lambda: self.state() == "up", "the end of the outage")
        self.assertEqual(self.processes.stop("isthmus"), 0)
        self.assertEqual(self.events(), told + ["block_up", "target_up"])

    def test_a_locked_store_stops_nothing_and_is_caught_up(self):
        self.start()
        self.wait_for_baseline()
        lock = sqlite3.connect(self.folder / "isthmus.db", isolation_level=None)
        self.addCleanup(lock.close)
        lock.execute("BEGIN EXCLUSIVE")
        lab("event", "cut", "--lab", NAME)
        self.until(lambda: self.state() == "down", "the outage in spite of the lock")
        self.until(lambda: self.metric("isthmus_store_failures_total") > 0, "the failure as a metric")
        self.assertIn("store_failed", self.log())
        lock.execute("ROLLBACK")
        self.until(lambda: self.events() == ["block_down", "target_down"], "the events, written after all")

    def test_without_rights_it_says_which_one_and_how(self):
        # Everything but the rights is there: a folder and files that anybody may read.
        os.chmod(self.folder, 0o755)
        shutil.copy(BINARY, self.folder / "isthmus")
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
                               "--inh-caps=-all", self.folder / "isthmus", "ping", "198.51.100.10", "--netns", f"{NAME}.vp"],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "CAP_(NET_RAW|SYS_ADMIN)")
        self.assertRegex(done.stderr, "setcap|AmbientCapabilities|cap-add|root")


if __name__ == "__main__":
    main(("ip", "setpriv"))
