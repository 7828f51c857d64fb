#!/usr/bin/env python3
"""How true are the round-trip times? Pings 1,000 addresses every second and compares what each tool says with the
kernel's time stamps of the same packets on the wire, isthmus and its peers one after the other on one machine.

    sudo tests/bench/rtt.py --isthmus build/isthmus [--addresses 1000] [--count 10] [--runs 1]

Two network namespaces of its own, a veth pair between them and no way out: nothing leaves the machine. Prints a table;
exits 77 where it cannot run, 1 when isthmus misses a bound given by --median, --p99 (microseconds) or --cpu
(microseconds a probe).
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

FIRST = (10 << 24) + (77 << 16) + (4 << 8)  # 10.77.4.0/22, an address of the host at the far end each


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Lab:
    """A vantage point and a host that has a /22 of addresses."""

    def __init__(self) -> None:
        self.near, self.far = (f"isthmus-rtt-{os.getpid()}-{role}" for role in ("vp", "host"))

    def __enter__(self) -> "Lab":
        for name in (self.near, self.far):
            run("ip", "netns", "add", name)
        run("ip", "-n", self.near, "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", self.far)
        for name, device, address in ((self.near, "v0", "10.77.0.1/30"), (self.far, "v1", "10.77.0.2/30")):
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "address", "add", address, "dev", device)
            run("ip", "-n", name, "link", "set", device, "up")
        run("ip", "-n", self.near, "route", "add", "10.77.4.0/22", "via", "10.77.0.2")
        run("ip", "-n", self.far, "route", "add", "local", "10.77.4.0/22", "dev", "lo")
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.near, self.far):
            subprocess.run(["ip", "netns", "del", name], check=False)

    def inside(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.near, *command]


class Capture:
    """What crosses the vantage point's interface, with the kernel's stamps."""

    def __init__(self, lab: Lab, file: Path) -> None:
        self.file = file
        self.process = subprocess.Popen(
            lab.inside("tcpdump", "-i", "v0", "-s", "64", "-B", "32768", "--time-stamp-precision=nano", "-U", "-w",
                       str(file), "icmp"), stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                return
        raise SystemExit("tcpdump does not start")

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=30)[1]


def kernel_times(file: Path) -> dict[str, list[float | None]]:
    """By address, in the order of the requests: microseconds between request and reply, None without a reply."""
    data = file.read_bytes()
    assert struct.unpack_from("<I", data)[0] == 0xA1B23C4D, "not a capture in nanoseconds"
    requests: dict[str, list[int]] = {}
    where: dict[tuple[str, int, bytes], int] = {}
    times: dict[str, list[float | None]] = {}
    at = 24
    while at + 16 <= len(data):
        seconds, nanoseconds, size, _ = struct.unpack_from("<IIII", data, at)
        packet = data[at + 16 + 14:at + 16 + size]
        at += 16 + size
        stamp = seconds * 10**9 + nanoseconds
        echo = packet[20:]
        if echo[0] == 8:
            address = ".".join(map(str, packet[16:20]))
            # Tools begin anew with the same numbers; id, sequence and the first bytes behind tell their packets apart.
            key = (address, struct.unpack_from("!I", echo, 4)[0], echo[8:24])
            where[key] = len(requests.setdefault(address, []))
            requests[address].append(stamp)
            times.setdefault(address, []).append(None)
        elif echo[0] == 0:
            address = ".".join(map(str, packet[12:16]))
            index = where.get((address, struct.unpack_from("!I", echo, 4)[0], echo[8:24]))
            if index is not None:
                times[address][index] = (stamp - requests[address][index]) / 1000
    return times


def isthmus(options: argparse.Namespace, lab: Lab, targets: list[str], _: Path) -> tuple[list[str], dict]:
    command = [options.isthmus, "ping", "--netns", lab.near, "--count", str(options.count), "--interval", "1s", "--rate",
               str(4 * options.addresses), "--json", *targets]
    return command, {"ISTHMUS_REQUIRE_NETNS": "1"}


def read_isthmus(out: str, _: str) -> dict[str, list[float | None]]:
    said = {}
    for line in out.splitlines():
        result = json.loads(line)
        said[result["dst_addr"]] = [r["rtt"] * 1000 if "rtt" in r else None for r in result["result"]]
    return said


def scamper(options: argparse.Namespace, lab: Lab, _: list[str], file: Path) -> tuple[list[str], dict]:
    # One second between the probes of an address; the limit on packets a second must not hold them back.
    return lab.inside("scamper", "-p", "10000", "-w", str(options.addresses), "-O", "json", "-o", str(file) + ".json",
                      "-c", f"ping -c {options.count} -i 1", "-f", str(file)), {}


def read_scamper(_: str, file: str) -> dict[str, list[float | None]]:
    said = {}
    for line in Path(file + ".json").read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        if result.get("type") != "ping":
            continue
        times: list[float | None] = [None] * result["ping_sent"]
        for response in result["responses"]:
            times[response["seq"]] = response["rtt"] * 1000
        said[result["dst"]] = times
    return said


def fping(options: argparse.Namespace, lab: Lab, _: list[str], file: Path) -> tuple[list[str], dict]:
    return lab.inside("fping", "-q", "-C", str(options.count), "-i", "1", "-p", "1000", "-f", str(file)), {}


def read_fping(out: str, _: str) -> dict[str, list[float | None]]:
    said = {}
    for line in out.splitlines():
        match = re.fullmatch(r"(\S+)\s+: (.*)", line)
        if match:
            said[match[1]] = [None if word == "-" else float(word) * 1000 for word in match[2].split()]
    return said


TOOLS = {"isthmus": (isthmus, read_isthmus), "scamper": (scamper, read_scamper), "fping": (fping, read_fping)}


def measure(tool: str, options: argparse.Namespace, lab: Lab, folder: Path) -> dict[str, float]:
    targets = [".".join(str(FIRST + 1 + i >> shift & 255) for shift in (24, 16, 8, 0)) for i in range(options.addresses)]
    file = folder / f"{tool}-targets"
    file.write_text("".join(f"{t}\n" for t in targets), encoding="utf-8")
    prepare, read = TOOLS[tool]
    capture = Capture(lab, folder / f"{tool}.pcap")
    command, environment = prepare(options, lab, targets, file)
    with open(folder / f"{tool}.out", "w+", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment})
        _, _, usage = os.wait4(process.pid, 0)
        out.seek(0)
        said = read(out.read(), str(file))
    dropped = re.search(r"(\d+) packets? dropped by kernel", capture.stop())
    truth = kernel_times(capture.file)
    errors, rtts, sent = [], [], 0
    for address, kernel in truth.items():
        sent += len(kernel)
        for true, told in zip(kernel, said.get(address, [])):
            if true is not None and told is not None:
                errors.append(told - true)
                rtts.append(true)
    if not errors:
        raise SystemExit(f"{tool} measured nothing; it said:\n" + (folder / f"{tool}.out").read_text()[:500])
    errors.sort()
    absolute = sorted(map(abs, errors))
    return {
        "probes": sent, "compared": len(errors), "median": statistics.median(errors),
        "p99": absolute[int(len(absolute) * 0.99)], "worst": absolute[-1], "rtt": statistics.median(rtts),
        "cpu": (usage.ru_utime + usage.ru_stime) * 1e6 / sent, "rss": usage.ru_maxrss / 1024,
        "lost": int(dropped[1]) if dropped else 0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isthmus", default="build/isthmus")
    parser.add_argument("--addresses", type=int, default=1000)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--tools", default="isthmus,scamper,fping")
    for bound in ("median", "p99", "cpu"):
        parser.add_argument(f"--{bound}", type=float)
    options = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("tcpdump") or not shutil.which("ip"):
        print("needs root, iproute2 and tcpdump")
        return 77
    tools = [t for t in options.tools.split(",") if t == "isthmus" or shutil.which(t)]
    results: dict[str, list[dict[str, float]]] = {tool: [] for tool in tools}
    with Lab() as lab, tempfile.TemporaryDirectory() as folder:
        for _ in range(options.runs):
            for tool in tools:
                results[tool].append(measure(tool, options, lab, Path(folder)))
    print(f"{'tool':8} {'probes':>7} {'compared':>8} {'rtt us':>8} {'error us: median':>16} {'p99':>7} {'worst':>8} "
          f"{'CPU us/probe':>12} {'MB':>5} {'capture lost':>12}")
    medians = {}
    for tool, rows in results.items():
        m = medians[tool] = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        print(f"{tool:8} {m['probes']:7.0f} {m['compared']:8.0f} {m['rtt']:8.2f} {m['median']:+16.2f} {m['p99']:7.2f} "
              f"{m['worst']:8.1f} {m['cpu']:12.1f} {m['rss']:5.0f} {m['lost']:12.0f}")
    missed = [b for b in ("median", "p99", "cpu")
              if getattr(options, b) is not None and abs(medians["isthmus"][b]) > getattr(options, b)]
    for bound in missed:
        print(f"isthmus misses the bound for {bound}: {medians['isthmus'][bound]:.2f} > {getattr(options, bound)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
