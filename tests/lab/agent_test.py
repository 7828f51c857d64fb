#!/usr/bin/python3
"""isthmus agent as a process between a broker and the line of four routers: assigned, cut off, killed, and misused."""
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
from monitor_base import BINARY, NAME, PREFIXES, Processes, free_port, http_get, lab, main, wait_until  # noqa: E402
from lab_support import netns  # noqa: E402

BROKER = "/usr/sbin/nats-server"
TARGET = "{name: first, asn: 64511, prefixes: [198.51.100.0/24], addresses: [198.51.100.10, 198.51.100.11]}"
VICTIM = "{name: victim, asn: 64511, prefixes: [203.0.113.0/24], addresses: [203.0.113.1]}"


class Agent:
    """One agent's folder, file, process and figures."""

    def __init__(self, case, name):
        self.case, self.name, self.port = case, name, free_port()
        self.folder = case.folder / name
        (self.folder / "spool").mkdir(parents=True)
        (self.folder / "agent.yaml").write_text(f"""\
vantages: [{{name: vp, asn: 64496, netns: {NAME}.vp}}]
probing: {{allow: [198.51.100.0/24, 192.0.2.0/24], rate_limit: 100, router_limit: 50}}
exporter: {{listen: "127.0.0.1:{self.port}"}}
fleet: {{servers: ["nats://127.0.0.1:{case.broker_port}"], spool: spool}}
""", encoding="utf-8")

    def start(self):
        self.process = self.case.processes.start(
            self.name, [BINARY, "agent", "--config", self.folder / "agent.yaml"])
        self.case.until(lambda: http_get(f"http://127.0.0.1:{self.port}/-/ready")[0] == 200, "the agent is ready")
        return self

    def metric(self, name):
        """The sum of the series of a family."""
        text = http_get(f"http://127.0.0.1:{self.port}/metrics")[1]
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))

    def log(self):
        return (self.case.folder / f"{self.name}.log").read_text(encoding="utf-8")


class AgentCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab("up", "line", "--name", NAME)
        cls.addClassCleanup(lab, "down", "--name", NAME)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.processes = Processes(str(self.folder))
        self.addCleanup(self.processes.__exit__)
        self.broker_port, self.monitoring_port = free_port(), free_port()
        (self.folder / "prefixes.csv").write_text(PREFIXES, encoding="utf-8")
        self.start_broker()

    def start_broker(self):
        self.processes.start("broker", [BROKER, "-a", "127.0.0.1", "-p", str(self.broker_port), "-m",
                                        str(self.monitoring_port), "-js", "-sd", self.folder / "jetstream"])
        self.until(lambda: http_get(self.monitoring("/healthz"))[0] == 200, "the broker is ready")

    def monitoring(self, path):
        return f"http://127.0.0.1:{self.monitoring_port}{path}"

    def stored(self):
        """Messages in the stream of observations."""
        accounts = json.loads(http_get(self.monitoring("/jsz?streams=true"))[1]).get("account_details", [])
        return sum(stream["state"]["messages"] for account in accounts for stream in account.get("stream_detail", [])
                   if stream["name"] == "ISTHMUS")

    def assign(self, targets, rate=100, router=50):
        (self.folder / "fleet.yaml").write_text(f"""\
vantages: [{{name: vp, asn: 64496}}]
targets: [{targets}]
controls: [192.0.2.1]
probing:
  rate_limit: {rate}
  router_limit: {router}
  ping: {{interval: 300ms, timeout: 200ms}}
  trace: {{interval: 500ms, flows: 2, timeout: 200ms, attempts: 1}}
ip2as: {{prefixes: [prefixes.csv]}}
fleet: {{servers: ["nats://127.0.0.1:{self.broker_port}"], partition: 0-1 of 2}}
""", encoding="utf-8")
        done = subprocess.run([BINARY, "assign", "--config", self.folder / "fleet.yaml", "--json"], capture_output=True,
                              text=True, check=False, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def until(self, condition, what):
        wait_until(condition, 30, what, self.processes.check)

    def grows(self, what, figure):
        before = figure()
        self.until(lambda: figure() > before, f"{what} grows beyond {before}")

    def test_it_probes_what_it_is_assigned_through_every_trouble(self):
        agent = Agent(self, "agent").start()
        self.until(lambda: "`isthmus assign` creates it" in agent.log(), "a broker that nobody has set up is named")
        self.assertEqual(self.assign(TARGET)["outcome"], "created")
        self.until(lambda: self.stored() > 3, "observations are in the stream")
        self.assertEqual(self.assign(TARGET)["outcome"], "unchanged")
        self.assertEqual(self.assign(TARGET.replace(", 198.51.100.11", ""))["serial"], 2)
        self.until(lambda: agent.metric("isthmus_agent_assignment_serial") == 2, "the change without a restart")

        with self.subTest("killed, it comes back under its name at once"):
            agent.process.kill()
            agent.process.wait()
            self.processes.stop("agent")
            began = time.monotonic()
            agent.start()
            self.until(lambda: agent.metric("isthmus_agent_name_held") == 1, "the name is its own again")
            self.assertLess(time.monotonic() - began, 8, "it waited for its own former claim")
            self.grows("the stream", self.stored)

        with self.subTest("without the broker it goes on, also after a restart, and loses nothing"):
            self.processes.stop("broker")
            self.until(lambda: agent.metric("isthmus_agent_connected") == 0, "the broker is missed")
            self.grows("the spool", lambda: agent.metric("isthmus_agent_spool_batches"))
            self.assertEqual(self.processes.stop("agent"), 0)
            agent.start()
            self.until(lambda: agent.metric("isthmus_agent_probing") == 1, "it probes what it was assigned")
            self.grows("the spool", lambda: agent.metric("isthmus_agent_spool_batches"))
            self.assertIn("cannot be reached at present", agent.log())
            waiting = agent.metric("isthmus_agent_spool_batches")
            self.start_broker()
            self.until(lambda: agent.metric("isthmus_agent_batches_arrived_total") >= waiting, "what waited arrives")
            self.assertEqual(agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)

        with self.subTest("at the end it sends what it has and gives its name back"):
            self.assertEqual(self.processes.stop("agent"), 0)
            self.assertIn("event=stopped", agent.log())
            other = Agent(self, "other").start()
            self.until(lambda: other.metric("isthmus_agent_name_held") == 1, "the next one has it")
            self.assertNotIn("event=name_taken", other.log())

    def test_a_hostile_centre_gets_no_packet_to_where_the_agent_may_not(self):
        agent = Agent(self, "agent").start()
        self.assign(f"{TARGET}, {VICTIM}", rate=100000, router=1000)
        self.until(lambda: agent.metric("isthmus_agent_probes_sent_total") > 10, "it probes what it may")
        self.assertEqual(agent.metric("isthmus_agent_assignment_refusals"), 3)
        self.assertIn("target victim is left out: 203.0.113.0/24 is outside probing.allow", agent.log())
        seen = netns.inside(f"{NAME}.vp", lambda: destinations(1.5))
        self.assertIn("198.51.100.10", seen)
        self.assertEqual([address for address in seen if address.startswith("203.0.113.")], [])
        self.assertLessEqual(sum(seen.values()), 100 * 1.5 * 1.5, "its own rate limit holds")

    def test_of_two_under_one_name_the_second_waits_and_says_for_whom(self):
        first = Agent(self, "first").start()
        self.assign(TARGET)
        self.until(lambda: first.metric("isthmus_agent_probing") == 1, "the first one probes")
        second = Agent(self, "second").start()
        self.until(lambda: second.metric("isthmus_agent_name_taken") == 1, "the second is refused")
        self.until(lambda: f"event=name_taken vantage=vp host={socket.gethostname()}" in second.log(), "loudly")
        self.assertEqual(second.metric("isthmus_agent_probes_sent_total"), 0)
        self.processes.stop("first")
        self.until(lambda: second.metric("isthmus_agent_batches_arrived_total") > 0, "then it takes over")

    def test_other_limits_hold_after_a_hangup(self):
        agent = Agent(self, "agent").start()
        self.assign(TARGET)
        self.until(lambda: agent.metric("isthmus_agent_probing") == 1, "it probes")
        path = agent.folder / "agent.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("198.51.100.0/24, ", ""), encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        self.until(lambda: agent.metric("isthmus_agent_probing") == 0, "it may not any more")
        path.write_text("nonsense", encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        self.until(lambda: agent.metric("isthmus_config_last_reload_successful") == 0, "a bad file is no file")
        self.assertEqual(agent.metric("isthmus_agent_assignment_refusals"), 1)


def destinations(seconds):
    """Address -> IPv4 packets that leave this namespace for it."""
    seen = {}
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003)) as sniffer:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            sniffer.settimeout(left)
            try:
                packet, where = sniffer.recvfrom(2048)
            except TimeoutError:
                break
            if where[2] == socket.PACKET_OUTGOING and packet[0] >> 4 == 4:
                address = socket.inet_ntoa(packet[16:20])
                seen[address] = seen.get(address, 0) + 1
    return seen


if __name__ == "__main__":
    main(["ip", BROKER])
