#!/usr/bin/env python3
"""What a fleet carries and costs, on one machine: made-up agents, a real nats-server, real cores.

    tests/bench/fleet/run.py                     20,000 observations a second, one core and two
    tests/bench/fleet/run.py --only steady       200 agents x 1,000 blocks, 30 rounds of a minute each

Prints a table; see README.md beside it.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))
from processes import Processes, free_port, http_get, wait_until  # noqa: E402

BUILD = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build"))
TARGETS, BLOCKS = 8, 125
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


class Fleet:
    """A broker and cores; agents come with load()."""

    def __init__(self, folder, agents, partitions):
        self.folder = pathlib.Path(folder)
        self.processes = Processes(folder)
        self.port, self.monitoring = free_port(), free_port()
        (self.folder / "nats.conf").write_text(
            f"listen: 127.0.0.1:{self.port}\nhttp: 127.0.0.1:{self.monitoring}\nmax_payload: 1MB\njetstream {{ store_dir: {folder}/jetstream }}\n", encoding="utf-8")
        (self.folder / "prefixes.csv").write_text('11.0.0.0,11.255.255.255,64511,"Target"\n', encoding="utf-8")
        self.broker = self.processes.start("nats", ["nats-server", "-c", self.folder / "nats.conf"])
        wait_until(lambda: "Server is ready" in self.log("nats"), 10, "the broker", self.processes.check)
        self.agents = agents
        self.cores = [self.core(i, part) for i, part in enumerate(partitions)]

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def stored_bytes(self):
        """Of the stream, as the broker counts them."""
        accounts = json.loads(http_get(f"http://127.0.0.1:{self.monitoring}/jsz?streams=true")[1])["account_details"]
        return sum(stream["state"]["bytes"] for account in accounts for stream in account["stream_detail"]
                   if stream["name"] == "ISTHMUS")

    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def core(self, number, partition):
        port = free_port()
        vantages = ", ".join(f"{{name: vp-{a}, asn: {64512 + a % 1000}}}" for a in range(self.agents))
        targets = "\n".join(f"  - {{name: target-{t}, asn: 64511, prefixes: [{', '.join(f'11.{t}.{b}.0/24' for b in range(BLOCKS))}]}}"
                            for t in range(TARGETS))
        config = self.folder / f"core-{number}.yaml"
        config.write_text(f"""\
vantages: [{vantages}]
targets:
{targets}
controls: [192.0.2.1]
probing: {{rate_limit: 1000, quiet: false, ping: {{interval: 60s}}, trace: {{interval: 1h}}}}
ip2as: {{prefixes: [prefixes.csv]}}
exporter: {{listen: "127.0.0.1:{port}"}}
store: {{path: core-{number}.db}}
fleet: {{servers: ["{self.url()}"], partition: {partition} of 8}}
""", encoding="utf-8")
        process = self.processes.start(f"core-{number}", [BUILD / "isthmus", "core", "--config", config])
        return {"process": process, "url": f"http://127.0.0.1:{port}", "partition": partition}

    def load(self, rate, seconds, *more):
        command = [BUILD / "tests" / "fleet_load", "--url", self.url(), "--folder", self.folder, "--agents", self.agents,
                   "--targets", TARGETS, "--blocks", BLOCKS, "--rate", rate, "--seconds", seconds, *more]
        return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)

    @staticmethod
    def finish(load):
        out, _ = load.communicate()
        result = json.loads(out)
        if load.returncode != 0:
            print(f"  something was lost: {result}", file=sys.stderr)
        return result

    def wait_until_read(self, expected):
        def taken():
            return sum(sum(series(core["url"], "isthmus_core_messages_total").values()) for core in self.cores)
        wait_until(lambda: taken() >= expected, 60, "the cores have read everything", self.processes.check)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.processes.__exit__()


def series(url, name):
    """Values by their labels, as Prometheus writes them."""
    text = http_get(url + "/metrics")[1]
    return {labels: float(value) for labels, value in re.findall(rf"^{name}({{[^}}]*}})? (\S+)$", text, re.M)}


def delays(cores):
    """Seconds below which 50, 95 and 99 % of the observations were known, as far as buckets tell."""
    buckets = {}
    for core in cores:
        for labels, count in series(core["url"], "isthmus_core_observation_delay_seconds_bucket").items():
            bound = float(re.search(r'le="([^"]+)"', labels)[1].replace("+Inf", "inf"))
            buckets[bound] = buckets.get(bound, 0) + count
    total = buckets.get(float("inf"), 0)
    return {q: min((b for b, count in sorted(buckets.items()) if count >= q / 100 * total), default=float("inf")) for q in (50, 95, 99)}


def throughput(rate, seconds, partitions):
    """The same load on cores that share the partitions like that."""
    with tempfile.TemporaryDirectory() as folder, Fleet(folder, 20, partitions) as fleet:
        idle = fleet.finish(fleet.load(0, 10, "--idle"))
        before = [cpu_seconds(core["process"].pid) for core in fleet.cores]
        broker_before, bytes_before = cpu_seconds(fleet.broker.pid), fleet.stored_bytes()
        load = fleet.finish(fleet.load(rate, seconds))
        fleet.wait_until_read(load["observations"])
        used = [cpu_seconds(core["process"].pid) - b for core, b in zip(fleet.cores, before)]
        idle_share = idle["cpu_seconds"] / idle["seconds"] * load["seconds"]
        return {"rate": load["observations"] / load["seconds"],
                "agent us": 1e6 * (load["cpu_seconds"] - idle_share) / load["observations"],
                "core us": 1e6 * sum(used) / load["observations"],
                "cores' load": [u / load["seconds"] for u in used],
                "broker us": 1e6 * (cpu_seconds(fleet.broker.pid) - broker_before) / load["observations"],
                "stream bytes": (fleet.stored_bytes() - bytes_before) / load["observations"],
                "delays": delays(fleet.cores), "dropped": load["dropped"],
                "missing": sum(sum(series(c["url"], "isthmus_core_messages_missing_total").values()) for c in fleet.cores),
                "core MiB": [memory_mib(core["process"].pid) for core in fleet.cores]}


def steady(agents, minutes, faster):
    """So many agents that ping 1,000 blocks a minute each; rounds pass `faster` than minutes."""
    rate = agents * TARGETS * BLOCKS / 60 * faster
    with tempfile.TemporaryDirectory() as folder, Fleet(folder, agents, ["0-7"]) as fleet:
        load = fleet.load(rate, minutes * 60 / faster)
        lag, memory = [], []
        while load.poll() is None:
            time.sleep(5)
            pending = series(fleet.cores[0]["url"], "isthmus_core_partition_pending_batches")
            lag.append(sum(pending.values()))
            memory.append(memory_mib(fleet.cores[0]["process"].pid))
        done = fleet.finish(load)
        fleet.wait_until_read(done["observations"])
        third = max(1, len(memory) // 3)
        return {"observations": done["observations"], "rate": done["observations"] / done["seconds"], "dropped": done["dropped"],
                "pending median": statistics.median(lag), "pending worst": max(lag), "delays": delays(fleet.cores),
                "MiB first third": statistics.median(memory[:third]), "MiB last third": statistics.median(memory[-third:])}


def show(name, result):
    print(name)
    for key, value in result.items():
        if isinstance(value, list):
            value = ", ".join(f"{v:.4f}" for v in value)
        elif isinstance(value, float):
            value = f"{value:.2f}"
        print(f"  {key}: {value}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=20_000, help="observations a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--only", choices=["throughput", "steady"])
    parser.add_argument("--minutes", type=float, default=30, help="of steady, each a round")
    parser.add_argument("--faster", type=float, default=6, help="rounds of steady pass in a minute")
    options = parser.parse_args()
    if shutil.which("nats-server") is None:
        sys.exit("nats-server is not installed; deploy/install-dependencies.sh does that")
    if options.only != "steady":
        show("one core", throughput(options.rate, options.seconds, ["0-7"]))
        show("two cores", throughput(options.rate, options.seconds, ["0-3", "4-7"]))
    if options.only != "throughput":
        show("steady", steady(200, options.minutes, options.faster))


if __name__ == "__main__":
    main()
