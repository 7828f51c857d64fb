#!/usr/bin/python3
"""The command line as a user meets it: help with examples, exit codes, errors that say what to do. Sends no packet."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
COMMANDS = ["monitor", "agent", "core", "assign", "check", "ping", "trace", "map", "data", "infer", "replay", "whatif", "status", "events",
            "history", "explain", "healthcheck", "completion"]
GOOD = """\
vantages:
  - {name: here, asn: 64496}
targets:
  - {name: example, asn: 64500, prefixes: [192.0.2.0/24], addresses: [192.0.2.1]}
controls: [198.51.100.1]
probing: {rate_limit: 10}
ip2as: {prefixes: [prefixes.csv]}
"""
BAD = """\
vantages:
  - {name: twice, asn: 64496}
  - {name: twice, asn: 64497, netns: no-such-namespace}
targets:
  - {name: example, asn: 64500, prefixes: [192.0.2.0/33], colour: red}
probing: {rate_limit: 0}
ip2as: {prefixes: [missing.csv]}
"""


AGENT = """\
vantages: [{name: here, asn: 64496}]
probing: {allow: [192.0.2.0/24], rate_limit: 10, deny: [deny.txt]}
fleet: {servers: ["tls://broker.example.net:4222"], spool: spool}
"""


def isthmus(*words):
    return subprocess.run([BUILD / "isthmus", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "prefixes.csv").write_text('192.0.2.0,192.0.2.255,64500,"Example"\n', encoding="utf-8")

    def config(self, text):
        path = self.folder / "isthmus.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def test_help_lists_exactly_the_commands_that_are_there(self):
        done = isthmus("--help")
        self.assertEqual(done.returncode, 0)
        listed = [line.split()[0] for line in done.stdout.split("Subcommands:")[1].splitlines()
                  if line.startswith("  ") and line[2] != " "]
        self.assertEqual(sorted(listed), sorted(COMMANDS))

    def test_every_command_has_help_with_an_example(self):
        for command in COMMANDS:
            with self.subTest(command):
                done = isthmus(command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertIn(f"Example: isthmus {command}", done.stdout)

    def test_help_fits_eighty_columns_and_says_what_every_option_takes(self):
        for words in [[], *([command] for command in COMMANDS), ["data", "info"]]:
            with self.subTest(words):
                lines = isthmus(*words, "--help").stdout.splitlines()
                self.assertEqual([line for line in lines if len(line) > 80], [])
                self.assertEqual([line for line in lines if re.search(r"^ +--?[a-z].* TEXT\b", line)], [])

    def test_whoever_mistypes_is_told_what_is_there(self):
        for words, said in [(["pign", "192.0.2.1"], "isthmus: there is no command 'pign'; did you mean ping?"),
                            ([], "isthmus: say which command\nisthmus --help tells the commands"),
                            (["ping", "192.0.2.1", "--cuont", "3"], "isthmus ping: there is no option --cuont; did you mean --count?"),
                            (["trace", "192.0.2.1", "--flow=3"], "isthmus trace: there is no option --flow; did you mean --flows?"),
                            (["healthcheck", "now"], "isthmus healthcheck: 'now' is one word too many"),
                            (["data", "inf"], "isthmus data: there is no command 'inf'; did you mean info?"),
                            (["ping", "192.0.2.1", "--protocol", "sctp"], "--protocol: sctp not in {icmp,tcp,udp}"),
                            (["monitor"], "isthmus monitor: --config is required\nisthmus monitor --help tells every option"),
                            (["ping"], "isthmus ping: a target, or --file, is required"),
                            (["events"], "one of --config, --store, --url, or --follow, is required"),
                            (["trace", "192.0.2.1", "192.0.2.2", "--live"], "follow one target")]:
            with self.subTest(words):
                done = isthmus(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(said, done.stderr)

    def test_without_permission_it_says_how_to_get_it(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give permissions up")
        namespace = f"cli{os.getpid()}"
        subprocess.run(["ip", "netns", "add", namespace], check=True, timeout=10)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", namespace], check=True, timeout=10)
        subprocess.run(["ip", "-n", namespace, "link", "set", "lo", "up"], check=True, timeout=10)
        for words in [["ping", "127.0.0.1", "--count", "1"], ["trace", "127.0.0.1"]]:
            with self.subTest(words[0]):
                done = subprocess.run(["ip", "netns", "exec", namespace, "setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all",
                                       BUILD / "isthmus", *words], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("setcap cap_net_raw+p", done.stderr)

    def test_every_command_that_reads_a_configuration_names_all_its_problems(self):
        path = self.config(BAD)
        for words in [["monitor"], ["core"], ["assign"], ["events"], ["history", "example"], ["explain", "1"],
                      ["replay", "--observations", path], ["ping", "192.0.2.1", "--vantage", "twice"],
                      ["trace", "192.0.2.1", "--vantage", "twice"], ["map", "192.0.2.1", "--vantage", "twice"]]:
            with self.subTest(words[0]):
                done = isthmus(*words, "--config", path)
                self.assertEqual(done.returncode, 1)
                for line, word in [(3, "twice"), (5, "192.0.2.0/33"), (5, "colour"), (6, "rate_limit"), (7, "missing.csv")]:
                    self.assertRegex(done.stderr, rf"(?m)^{re.escape(str(path))}:{line}:\d+: .*{re.escape(word)}")

    def test_usage_errors_exit_with_2(self):
        for words in [[], ["nonsense"], ["monitor"], ["agent"], ["assign"], ["ping"], ["map"], ["infer"], ["whatif"], ["whatif", "--fail", "unicom"],
                      ["events"], ["history"], ["history", "x"], ["explain"], ["explain", "x", "--config", "x"],
                      ["trace", "192.0.2.1", "--flows", "0"],
                      ["check", "--config", "x", "--nonsense"]]:
            with self.subTest(words):
                self.assertEqual(isthmus(*words).returncode, 2)

    def test_check_accepts_a_good_file_and_says_what_is_in_it(self):
        done = isthmus("check", "--config", self.config(GOOD))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 vantage point(s), 1 target(s) with 1 block(s)", done.stdout)

    def test_check_says_what_is_probed_and_warns_of_a_rate_that_cannot_do_it(self):
        done = isthmus("check", "--config", self.config(GOOD))
        self.assertIn("probing: pings every address every 10s, traces 6 flows to each block every 1m", done.stdout)
        large = GOOD.replace("192.0.2.0/24]", "192.0.2.0/24, 10.0.0.0/12]")
        done = isthmus("check", "--config", self.config(large))
        self.assertEqual(done.returncode, 0)
        self.assertIn("probing: quiet: pings one address of each block every 10m", done.stdout)
        self.assertIn("at least 12 packets a second from each vantage point, and probing.rate_limit is 10", done.stderr)
        done = isthmus("check", "--config", self.config(large.replace("rate_limit: 10", "rate_limit: 14")))
        self.assertEqual(done.stderr, "")

    def test_check_names_every_problem_at_once_with_its_place(self):
        path = self.config(BAD)
        done = isthmus("check", "--config", path)
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        for line, word in [(3, "twice"), (3, "no-such-namespace"), (5, "192.0.2.0/33"), (5, "colour"), (6, "rate_limit"),
                           (7, "missing.csv")]:
            with self.subTest(word):
                self.assertTrue(any(l.startswith(f"{path}:{line}:") and word in l for l in lines), done.stderr)
        as_json = [json.loads(line) for line in isthmus("check", "--config", path, "--json").stdout.splitlines()]
        self.assertEqual(len(as_json), len(lines))

    def test_check_names_the_bad_lines_of_a_prefix_file_and_uses_the_rest(self):
        (self.folder / "prefixes.csv").write_text('192.0.2.0,192.0.2.255,64500,"Example"\n\x00\x01binary\n',
                                                  encoding="utf-8")
        done = isthmus("check", "--config", self.config(GOOD))
        self.assertEqual(done.returncode, 0)
        self.assertIn("1 of 2 records are bad and not used, the first:", done.stderr)
        self.assertIn("prefixes.csv:2: holds binary data", done.stderr)
        self.assertIn("1 prefixes to AS", done.stdout)

    def test_check_refuses_data_that_holds_nothing_usable(self):
        (self.folder / "prefixes.csv").write_text("Dear Sir,\n", encoding="utf-8")
        done = isthmus("check", "--config", self.config(GOOD))
        self.assertEqual(done.returncode, 1)
        self.assertIn("prefixes.csv:1: is in no format that is known here", done.stderr)

    def test_check_reads_every_kind_of_data(self):
        kinds = {"registry": "ripencc|DE|asn|64502|1|20100101|allocated|h\nripencc|DE|ipv4|198.51.100.0|256||assigned|h\n",
                 "overrides": "192.0.2.1/32 AS64503 # ours\n", "as_rel": "64500|64501|-1\n",
                 "as2org": "64500|1|X|A|ARIN\n", "cones": "64500 64500 64501\n",
                 "ixp": '{"ix_id": 1, "prefixes": {"ipv4": ["203.0.113.0/24"]}}\n'}
        for kind, text in kinds.items():
            (self.folder / kind).write_text(text, encoding="utf-8")
        lists = "".join(f", {kind}: [{kind}]" for kind in kinds)
        done = isthmus("check", "--config", self.config(GOOD.replace("[prefixes.csv]", "[prefixes.csv]" + lists)))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        swapped = GOOD.replace("[prefixes.csv]", "[prefixes.csv], cones: as_rel")
        done = isthmus("check", "--config", self.config(swapped))
        self.assertEqual(done.returncode, 1)
        self.assertIn("as_rel:1: is in the format as-rel, which does not belong here", done.stderr)

    def test_check_says_what_an_agent_may_do(self):
        (self.folder / "deny.txt").write_text("192.0.2.128/25\n", encoding="utf-8")
        (self.folder / "spool").mkdir()
        done = isthmus("check", "--agent", "--config", self.config(AGENT))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 vantage point(s), broker tls://broker.example.net:4222\nmay probe 192.0.2.0/24 without 1 denied "
                      "prefix(es); at most 10 packets/s a vantage point, 1 replies/s of one router", done.stdout)
        path = self.config(AGENT.replace("tls://", "nats://"))
        done = isthmus("check", "--agent", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:3:19: fleet.servers[0] 'nats://broker.example.net:4222' would be spoken to without "
                      "encryption; use tls://", done.stderr)
        self.assertEqual(len(isthmus("check", "--agent", "--json", "--config", path).stdout.splitlines()), 1)

    def test_the_example_of_an_agent_is_a_good_one(self):
        for name in ["deny.txt", "ca.pem", "frankfurt.creds"]:
            (self.folder / name).touch()
        (self.folder / "spool").mkdir()
        example = pathlib.Path(__file__).resolve().parents[3] / "deploy" / "examples" / "agent.yaml"
        done = isthmus("check", "--agent", "--config", self.config(example.read_text(encoding="utf-8")))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_an_agent_starts_nothing_with_a_bad_file(self):
        path = self.config(GOOD)
        done = isthmus("agent", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:3:1: unknown key 'targets' in an agent's file", done.stderr)

    def test_assigning_needs_a_fleet_and_a_broker(self):
        done = isthmus("assign", "--config", self.config(GOOD))
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no section fleet; add fleet: {servers:", done.stderr)
        done = isthmus("assign", "--config", self.config(GOOD + 'fleet: {servers: ["tls://broker"], nkey: x}\n'))
        self.assertEqual(done.returncode, 1)
        self.assertIn("fleet.nkey is no public key of a user", done.stderr)

    def test_monitor_starts_nothing_with_a_bad_file(self):
        done = isthmus("monitor", "--config", self.config(BAD))
        self.assertEqual(done.returncode, 1)
        self.assertIn("colour", done.stderr)
        self.assertFalse((self.folder / "isthmus.db").exists())

    def test_probing_is_refused_outside_a_namespace_when_demanded(self):
        self.assertEqual(os.environ.get("ISTHMUS_REQUIRE_NETNS"), "1")
        for words in [["ping", "127.0.0.1", "--count", "1"], ["trace", "127.0.0.1"], ["map", "127.0.0.1"],
                      ["monitor", "--config", self.config(GOOD)]]:
            with self.subTest(words[0]):
                done = isthmus(*words)
                self.assertEqual(done.returncode, 1)
                self.assertIn("ISTHMUS_REQUIRE_NETNS", done.stderr)

    def test_a_denied_address_is_not_probed(self):
        (self.folder / "deny.txt").write_text("192.0.2.0/24\n", encoding="utf-8")
        done = isthmus("ping", "192.0.2.1", "--deny", self.folder / "deny.txt")
        self.assertEqual(done.returncode, 1)
        self.assertIn("deny list", done.stderr)

    def test_a_deny_file_that_cannot_be_read_stops_the_start(self):
        done = isthmus("ping", "192.0.2.1", "--deny", self.folder / "missing.txt")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing.txt", done.stderr)

    def test_healthcheck_fails_when_nobody_listens(self):
        done = isthmus("healthcheck", "--url", "http://127.0.0.1:9/-/healthy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("127.0.0.1:9", done.stderr)

    def test_events_of_a_missing_store_say_so(self):
        done = isthmus("events", "--store", self.folder / "none.db")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.db", done.stderr)

    def test_history_of_a_missing_store_says_so(self):
        done = isthmus("history", "example", "--db", self.folder / "none.db")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.db", done.stderr)

    def test_history_names_what_it_cannot_read(self):
        for words, part in [(["--since", "yesterday"], "--since"), (["--since", "90000d"], "ten years"),
                            (["--block", "192.0.2.1/24"], "--block")]:
            with self.subTest(part):
                done = isthmus("history", "example", "--db", self.folder / "none.db", *words)
                self.assertEqual(done.returncode, 1)
                self.assertIn(part, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
