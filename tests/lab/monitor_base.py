"""What tests of isthmus monitor on a line of four routers share: the lab, a configuration, the process and its answers."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))
from observer import target_states, vantage_states  # noqa: E402,F401
from processes import Processes, QuickstartError, free_port, http_get, wait_until  # noqa: E402

BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
LAB = ROOT / "deploy" / "lab" / "lab"
NAME = f"monitor{os.getpid()}"
PREFIXES = ('192.0.2.0,192.0.2.255,64500,"Line"\n198.51.100.0,198.51.100.255,64511,"Host"\n'
            '2001:db8::,2001:db8:3:ffff:ffff:ffff:ffff:ffff,64500,"Line"\n'
            '2001:db8:5::,2001:db8:5:ffff:ffff:ffff:ffff:ffff,64511,"Host"\n')
# Prefix, addresses that answer, and a control.
IPV4 = ("198.51.100.0/24", "198.51.100.10, 198.51.100.11", "192.0.2.1")
IPV6 = ('"2001:db8:5::/48"', '"2001:db8:5::10"', '"2001:db8::1"')


def lab(*words):
    subprocess.run([LAB, *words], check=True, stdout=subprocess.DEVNULL)


class LineCase(unittest.TestCase):
    """A line of four routers for all of its tests, and for each a folder and the processes that it starts."""

    @classmethod
    def setUpClass(cls):
        lab("up", "line", "--name", NAME)
        cls.addClassCleanup(lab, "down", "--name", NAME)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.processes = Processes(str(self.folder))
        self.addCleanup(self.processes.__exit__)
        self.write_prefixes(PREFIXES)

    def write_prefixes(self, text):
        (self.folder / "prefixes.csv").write_text(text, encoding="utf-8")

    def until(self, condition, what, seconds=30):
        wait_until(condition, seconds, what, self.processes.check)


class MonitorCase(LineCase):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.write_config("first")
        lab("event", "reset", "--lab", NAME)

    def write_config(self, target, extra="", where=IPV4, protocols=("icmp", "udp"), rotate=False):
        prefix, addresses, control = where
        (self.folder / "isthmus.yaml").write_text(f"""\
vantages: [{{name: vp, asn: 64496, netns: {NAME}.vp}}]
targets:
  - {{name: {target}, asn: 64511, prefixes: [{prefix}], addresses: [{addresses}]}}
controls: [{control}]
probing:
  rate_limit: 200
  router_limit: 100
  ping: {{interval: 300ms, timeout: 200ms, protocol: {protocols[0]}, rotate: {str(rotate).lower()}}}
  trace: {{interval: 500ms, flows: 2, timeout: 200ms, attempts: 1, protocol: {protocols[1]}}}
ip2as: {{prefixes: [prefixes.csv]}}
exporter: {{listen: "127.0.0.1:{self.port}"}}
store: {{path: isthmus.db}}
{extra}""", encoding="utf-8")

    def start(self, **environment):
        process = self.processes.start("isthmus", [BINARY, "monitor", "--config", self.folder / "isthmus.yaml"], **environment)
        self.until(lambda: http_get(self.url + "/-/ready")[0] == 200, "ready")
        return process

    def state(self, target="first"):
        return target_states(self.url).get(target, {}).get("state")

    def metric(self, name):
        """Value of a series without labels, or with exactly those given in `name`."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", http_get(self.url + "/metrics")[1], re.M)
        return float(found.group(1)) if found else None

    def log(self):
        return (self.folder / "isthmus.log").read_text(encoding="utf-8")

    def events(self, *words):
        done = subprocess.run([BINARY, "events", "--store", self.folder / "isthmus.db", *words], capture_output=True,
                              text=True, check=True)
        return [line.split()[2] for line in done.stdout.splitlines()]

    def wait_for_baseline(self):
        def learned():
            target = target_states(self.url).get("first", {})
            return target.get("state") == "up" and not any(block["learning"] for block in target["blocks"])
        self.until(learned, "the baseline")


def main(tools):
    """Runs the calling script's tests, or those that the command line names, or exits with 77 and the reason why they cannot run here."""
    if os.geteuid() != 0:
        print("skipped: needs root for network namespaces")
        sys.exit(77)
    for tool in tools:
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    try:
        unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
    except QuickstartError as error:
        sys.exit(str(error))
