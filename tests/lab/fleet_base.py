"""What tests of a fleet on a line of four routers share: the lab, a broker, an agent's files and figures, and a whole fleet
that has learned what is normal."""
import collections
import json
import re
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from lab_support import netns  # noqa: E402
from monitor_base import BINARY, NAME, LineCase, free_port, http_get, lab  # noqa: E402
from observer import target_states, vantage_states  # noqa: E402

BROKER = "/usr/sbin/nats-server"
TARGET = "{name: first, asn: 64511, prefixes: [198.51.100.0/24], addresses: [198.51.100.10, 198.51.100.11]}"
# Once the cause of a trouble has ended, all must be seen to be well within this.
RECOVERY_SECONDS = 10


def series_sum(text, name):
    """The sum of the series of a family in a page of metrics; nothing when there are none."""
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M)
    return sum(float(value) for value in found) if found else None


class Agent:
    """One agent's folder, file, process and figures. With `site` it lives in that network namespace."""

    def __init__(self, case, name, vantage="vp", site=None, way=None):
        self.case, self.name, self.site, self.port = case, name, site, free_port()
        self.folder = case.folder / name
        (self.folder / "spool").mkdir(parents=True)
        (self.folder / "agent.yaml").write_text(f"""\
vantages: [{{name: {vantage}, asn: 64496, netns: {NAME}.vp}}]
probing: {{allow: [198.51.100.0/24, 192.0.2.0/24], rate_limit: 100, router_limit: 50}}
exporter: {{listen: "127.0.0.1:{self.port}"}}
fleet: {json.dumps({**(way or case.way()), "spool": "spool"})}
""", encoding="utf-8")

    def launch(self):
        enter = ["nsenter", f"--net=/run/netns/{self.site}"] if self.site else []
        self.process = self.case.processes.start(
            self.name, [*enter, BINARY, "agent", "--config", self.folder / "agent.yaml"])
        return self

    def start(self):
        self.launch()
        self.case.until(lambda: self.page("/-/ready")[0] == 200, "the agent is ready")
        return self

    def page(self, path):
        def get():
            return http_get(f"http://127.0.0.1:{self.port}{path}")
        return netns.inside(self.site, get) if self.site else get()

    def metric(self, name):
        """The sum of the series of a family."""
        return series_sum(self.page("/metrics")[1], name) or 0

    def log(self):
        return (self.case.folder / f"{self.name}.log").read_text(encoding="utf-8")


class FleetCase(LineCase):
    VANTAGES = ("vp",)

    def setUp(self):
        super().setUp()
        self.broker_port, self.monitoring_port = free_port(), free_port()
        self.start_broker()

    def start_broker(self):
        self.launch_broker("-a", "127.0.0.1", "-p", str(self.broker_port), "-m", str(self.monitoring_port), "-js", "-sd",
                           self.folder / "jetstream")

    def launch_broker(self, *options):
        self.processes.start("broker", [BROKER, *options])
        self.until(lambda: http_get(self.monitoring("/healthz"))[0] == 200, "the broker is ready")

    def way(self):
        """How the broker is reached, as the section `fleet` says it."""
        return {"servers": [f"nats://127.0.0.1:{self.broker_port}"]}

    def monitoring(self, path):
        return f"http://127.0.0.1:{self.monitoring_port}{path}"

    def stored(self):
        """Messages in the stream of observations."""
        accounts = json.loads(http_get(self.monitoring("/jsz?streams=true"))[1]).get("account_details", [])
        return sum(stream["state"]["messages"] for account in accounts for stream in account.get("stream_detail", [])
                   if stream["name"] == "ISTHMUS")

    def write_config(self, targets, rate=100, router=50, interval="300ms", fleet=None, name="fleet"):
        path = self.folder / f"{name}.yaml"
        path.write_text(f"""\
vantages: [{", ".join(f"{{name: {vantage}, asn: 64496}}" for vantage in self.VANTAGES)}]
targets: [{targets}]
controls: [192.0.2.1]
probing:
  rate_limit: {rate}
  router_limit: {router}
  ping: {{interval: {interval}, timeout: 200ms}}
  trace: {{interval: 500ms, flows: 2, timeout: 200ms, attempts: 1}}
ip2as: {{prefixes: [prefixes.csv]}}
fleet: {json.dumps({**self.way(), "partition": "0-1 of 2", **(fleet or {})})}
""", encoding="utf-8")
        return path

    def assign(self, targets, **settings):
        path = self.write_config(targets, **settings)
        done = subprocess.run([BINARY, "assign", "--config", path, "--json"], capture_output=True, text=True, check=False,
                              timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout.splitlines()[0])

    def grows(self, what, figure):
        before = figure()
        self.until(lambda: figure() > before, f"{what} grows beyond {before}")

    def kill(self, name):
        process = self.processes.take(name)
        process.kill()
        process.wait(10)


class WholeFleet(FleetCase):
    """Agents, a broker and a core that knows what is normal; each trouble's recovery is timed."""
    FLEET: dict = {}

    def setUp(self):
        super().setUp()
        self.start_agents()
        # Silence of three rounds is told; where one round is shorter than a restart takes, every restart would be.
        self.assign(TARGET, interval="2s", fleet=self.FLEET)
        self.core_port = free_port()
        self.url = f"http://127.0.0.1:{self.core_port}"
        self.recoveries = collections.defaultdict(list)
        lab("event", "reset", "--lab", NAME)
        self.start_core()
        self.until(lambda: http_get(self.url + "/-/ready")[0] == 200, "the core is ready")
        self.until(self.learned, "the baseline")

    def start_agents(self):
        self.agent = Agent(self, "agent").start()

    def start_core(self, name="core", port=None, config="fleet"):
        return self.processes.start(name, [BINARY, "core", "--config", self.folder / f"{config}.yaml", "--listen",
                                           f"127.0.0.1:{port or self.core_port}", "--store", self.folder / f"{name}.db"])

    def target(self, url=None):
        return target_states(url or self.url).get("first", {})

    def learned(self):
        target = self.target()
        return target.get("state") == "up" and not any(block["learning"] for block in target["blocks"])

    def core_metric(self, name):
        return series_sum(http_get(self.url + "/metrics")[1], name)

    def log_time(self):
        """When the broker had the latest batch that the core has read, of the partition that hears of everything."""
        return self.core_metric('isthmus_core_partition_log_timestamp_seconds{partition="0"}') or 0

    def is_current(self, since):
        """Knows that all is well by what was sent after that moment."""
        return (self.target().get("state") == "up" and set(vantage_states(self.url).values()) == {"valid"}
                and self.log_time() > since)

    def events(self, name="core"):
        done = subprocess.run([BINARY, "events", "--store", self.folder / f"{name}.db"], capture_output=True, text=True, check=True)
        return [line.split()[2] for line in done.stdout.splitlines()]

    def recovered(self, trouble, condition=None):
        """From now on, as the cause has just ended, until the core knows the present again."""
        began = time.time()
        self.until(lambda: (condition or self.is_current)(began), f"recovery after {trouble}")
        self.recoveries[trouble].append(time.time() - began)

    @staticmethod
    def print_times(what, seconds):
        print(f"{what:52} median {statistics.median(seconds):5.1f} s  worst {max(seconds):5.1f} s  n {len(seconds)}",
              file=sys.stderr)

    def report_recoveries(self, longest=RECOVERY_SECONDS):
        for trouble, seconds in self.recoveries.items():
            self.print_times(trouble, seconds)
            self.assertLess(max(seconds), longest, trouble)


def options(module, known):
    """Takes `--times 20` and the like off the command line, into the globals of a script."""
    for name in known:
        option = f"--{name.lower()}"
        if option in sys.argv:
            at = sys.argv.index(option)
            module[name] = int(sys.argv[at + 1])
            del sys.argv[at:at + 2]
