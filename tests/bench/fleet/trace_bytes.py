#!/usr/bin/python3
"""How many bytes a trace takes on the stream: a real agent traces over a chain of kernel routers, each in a network namespace
of its own and none with a way out, and what a real broker has stored is read back. Needs root and nats-server.

  tests/bench/fleet/trace_bytes.py [HOPS]        10 unless given; ISTHMUS_BUILD_DIR as everywhere
"""
import base64
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))
sys.path.insert(0, str(ROOT / "tests" / "support"))
from processes import Processes, free_port, http_get, wait_until  # noqa: E402
from protobuf_fields import fields  # noqa: E402

BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
NAME = f"chain{os.getpid()}"
TRACES = 20
# Fields of batch.proto.
BATCH_ITEMS, ITEM_TRACE, TRACE_HOPS = 7, 2, 10


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Chain:
    """Namespaces 0 to `hops`, each joined to the next; 0 probes, the last one is the target."""

    def __init__(self, hops):
        self.hops, self.made = hops, []

    def __enter__(self):
        for number in range(self.hops + 1):
            ip("netns", "add", self.name(number))
            self.made.append(number)
            ip("-n", self.name(number), "link", "set", "lo", "up")
            for setting in ("ip_forward=1", "icmp_ratelimit=0", "icmp_msgs_per_sec=100000"):
                subprocess.run(["ip", "netns", "exec", self.name(number), "sysctl", "-qw", f"net.ipv4.{setting}"], check=False)
        for number in range(self.hops):
            self._join(number)
        return self

    def _join(self, number):
        near, far = self.name(number), self.name(number + 1)
        ip("-n", near, "link", "add", "right", "type", "veth", "peer", "name", "left", "netns", far)
        for name, end, address in ((near, "right", f"10.176.{number}.1/24"), (far, "left", f"10.176.{number}.2/24")):
            ip("-n", name, "addr", "add", address, "dev", end)
            ip("-n", name, "link", "set", end, "up")
        ip("-n", near, "route", "add", "default", "via", f"10.176.{number}.2")
        for before in range(number):
            ip("-n", far, "route", "add", f"10.176.{before}.0/24", "via", f"10.176.{number}.1")

    @staticmethod
    def name(number):
        return f"{NAME}.{number}"

    def __exit__(self, *_):
        for number in self.made:
            ip("netns", "del", self.name(number))


def traces_in(batch):
    """(bytes, hops) of each trace, with the tag and length that it has in its batch."""
    for number, item in fields(batch):
        if number != BATCH_ITEMS:
            continue
        for kind, trace in fields(item):
            if kind == ITEM_TRACE:
                prefix = 1 + (1 if len(item) < 128 else 2)
                yield prefix + len(item), sum(1 for field, _ in fields(trace) if field == TRACE_HOPS)


def stored(port, sequence):
    """(bytes of the headers, the batch) of one message of the stream."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        lines = connection.makefile("rb")
        request = json.dumps({"seq": sequence})
        connection.sendall(f"CONNECT {{}}\r\nSUB answer 1\r\nPUB $JS.API.STREAM.MSG.GET.ISTHMUS answer {len(request)}\r\n"
                           f"{request}\r\n".encode())
        for line in lines:
            if line.startswith(b"MSG"):
                message = json.loads(lines.read(int(line.split()[-1])))["message"]
                return len(base64.b64decode(message.get("hdrs", ""))), base64.b64decode(message["data"])


class Fleet:
    def __init__(self, folder, hops, processes):
        self.folder, self.hops, self.processes = folder, hops, processes
        self.port, self.monitor = free_port(), free_port()

    def start(self):
        target = f"10.176.{self.hops - 1}.2"
        self.processes.start("broker", ["/usr/sbin/nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-m",
                                        str(self.monitor), "-js", "-sd", self.folder / "jetstream"])
        wait_until(lambda: http_get(f"http://127.0.0.1:{self.monitor}/healthz")[0] == 200, 30, "the broker is ready")
        (self.folder / "spool").mkdir(mode=0o700)
        (self.folder / "prefixes.csv").write_text("198.51.100.0,198.51.100.255,64511,Host\n", encoding="utf-8")
        servers = f'servers: ["nats://127.0.0.1:{self.port}"]'
        (self.folder / "agent.yaml").write_text(f"""\
vantages: [{{name: frankfurt, asn: 64496, netns: {NAME}.0}}]
probing: {{allow: [10.176.0.0/16], rate_limit: 1000, router_limit: 1000}}
exporter: {{listen: "127.0.0.1:{free_port()}"}}
fleet: {{{servers}, spool: spool}}
""", encoding="utf-8")
        (self.folder / "fleet.yaml").write_text(f"""\
vantages: [{{name: frankfurt, asn: 64496}}]
targets: [{{name: north-korea, asn: 64511, prefixes: [{target.rsplit(".", 1)[0]}.0/24], addresses: [{target}]}}]
controls: [10.176.0.2]
probing:
  rate_limit: 1000
  router_limit: 1000
  ping: {{interval: 1s}}
  trace: {{interval: 1s, flows: 1, attempts: 1, timeout: 500ms}}
ip2as: {{prefixes: [prefixes.csv]}}
fleet: {{{servers}, partition: 0 of 1}}
""", encoding="utf-8")
        subprocess.run([BINARY, "assign", "--config", self.folder / "fleet.yaml"], check=True, timeout=60)
        self.processes.start("agent", [BINARY, "agent", "--config", self.folder / "agent.yaml"])

    def state(self):
        accounts = json.loads(http_get(f"http://127.0.0.1:{self.monitor}/jsz?streams=true")[1])["account_details"]
        return next(stream["state"] for account in accounts for stream in account["stream_detail"] if stream["name"] == "ISTHMUS")

    def traces(self):
        return [trace for sequence in range(1, self.state()["messages"] + 1) for trace in traces_in(stored(self.port, sequence)[1])
                if trace[1] == self.hops]


def main():
    hops = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        with Chain(hops), Processes(str(folder)) as processes:
            fleet = Fleet(folder, hops, processes)
            fleet.start()
            wait_until(lambda: len(fleet.traces()) >= TRACES, 120, f"{TRACES} traces of {hops} hops", processes.check)
            sizes = [size for size, _ in fleet.traces()]
            state = fleet.state()
            messages = [stored(fleet.port, sequence) for sequence in range(1, state["messages"] + 1)]
        beside = (state["bytes"] - sum(len(batch) for _, batch in messages)) / len(messages)
        print(f"a trace of {hops} hops, one answer each: {statistics.median(sizes):.0f} bytes (median of {len(sizes)}, "
              f"{min(sizes)} to {max(sizes)})")
        print(f"beside the batch of a message: {beside:.0f} bytes at the broker, subject and number included ({len(messages)} messages)")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    os.environ["ISTHMUS_REQUIRE_NETNS"] = "1"
    main()
