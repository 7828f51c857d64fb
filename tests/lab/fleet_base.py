"""What tests of a fleet on a line of four routers share: the lab, a broker, an agent's files and figures."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from monitor_base import BINARY, NAME, PREFIXES, Processes, free_port, http_get, lab, wait_until  # noqa: E402

BROKER = "/usr/sbin/nats-server"
TARGET = "{name: first, asn: 64511, prefixes: [198.51.100.0/24], addresses: [198.51.100.10, 198.51.100.11]}"


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


class FleetCase(unittest.TestCase):
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

    def assign(self, targets, rate=100, router=50, interval="300ms"):
        (self.folder / "fleet.yaml").write_text(f"""\
vantages: [{{name: vp, asn: 64496}}]
targets: [{targets}]
controls: [192.0.2.1]
probing:
  rate_limit: {rate}
  router_limit: {router}
  ping: {{interval: {interval}, timeout: 200ms}}
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
