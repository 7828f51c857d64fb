"""Runs the scenes that engines.sh is asked for; see there."""
import argparse
import json
import os
import signal
import subprocess
import sys

import claims
import measure
import responder
import rtt
import table
import tools

SCENES = ("limits", "blackhole", "ping65k", "traceroute65k", "saving65k", "limited65k", "rtt", "memory")


class Lab:
    """Where the programs, the namespaces and the files are, and what this build of isthmus can do."""

    def __init__(self, arguments):
        self.near, self.far, self.build, self.folder = arguments.near, arguments.far, arguments.build, arguments.folder
        self.way, self.blocks = arguments.way, arguments.blocks
        self.counter = measure.Counter(self.near)

    def program(self, name):
        return os.path.join(self.build, "tests", name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def target_file(self, name, addresses):
        path = self.path(name + ".targets")
        if not os.path.exists(path):
            claims.write(addresses, path)
        return path

    def blocks_file(self, blocks):
        # Whichever order a tool takes them in, neighbours come together, as in an unsorted list they would not.
        step = 0x9e3779b1
        return self.target_file(f"blocks-{blocks}", (
            f"10.{b >> 8}.{b & 255}.1" for b in ((i * step) % 65_536 for i in range(65_536)) if b < blocks))

    def judged(self, tool, asked):
        claims.write(tool.claims(tool.output or self.path("stdout")), self.path("claims"))
        command = [self.program("survey_truth"), "--asked", asked, "--claims", self.path("claims")]
        command += ["--targets", tool.targets] if tool.targets else []
        result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        return json.loads(result.stdout)


def figures(run):
    return {"wall": run.wall, "rate": run.packets / run.wall if run.wall else None, "peak": run.peak_rate / 1000,
            "cpu": run.cpu * 1e6 / run.packets if run.packets else None, "cpu_seconds": run.cpu, "probes": run.packets,
            "memory": run.peak_kib / 1024}


def interleaved(lab, list_of_tools, runs, one):
    rows = {tool.name: [] for tool in list_of_tools}
    for number in range(runs):
        for tool in list_of_tools:
            print(f"run {number + 1} of {runs}: {tool.name}", file=sys.stderr, flush=True)
            for path in filter(None, (tool.output, lab.path("stdout"))):
                if os.path.exists(path):
                    os.remove(path)
            with measure.machine_to_oneself():
                rows[tool.name].append(one(tool))
    return rows


def measured(lab, tool):
    run = measure.measure(lab.near, lab.counter, tool.command, tool.seconds, lab.path("stdout"))
    # fping says 1 when a host stays silent; who had to be ended says so by the signal.
    if run.status not in (0, 1, -signal.SIGINT):
        with open(lab.path("stdout.err"), encoding="utf-8", errors="replace") as err:
            print(f"{tool.name}: exit status {run.status}: {err.read()[-500:]}", file=sys.stderr)
    return run


def limits(lab, runs, _):
    with measure.machine_to_oneself():
        subprocess.run([lab.program("io_limits"), "0.5", str(runs)], check=True, timeout=600)


def black_hole(lab, runs, chosen):
    def one(tool):
        with responder.swallowing(lab):
            return figures(measured(lab, tool))

    rows = interleaved(lab, chosen(tools.black_hole(lab)), runs, one)
    return table.table("Sending into a black hole (best half second)", [
        ("kpps", "peak", "{:.0f}"), ("CPU µs/packet", "cpu", "{:.2f}"), ("packets", "probes", "{:,.0f}"),
        ("RSS MB", "memory", "{:.0f}")], rows)


def answered(lab, tool, surroundings=()):
    asked = lab.path("asked.bin")
    with responder.answering(lab, "--record", asked, *tool.responder, surroundings=surroundings) as counters:
        run = measured(lab, tool)
    row = figures(run) | {"limited": counters["limited"]}
    if tool.claims is None:
        with open(lab.path("stdout"), encoding="utf-8") as out:
            row["wall"] = json.loads(out.readline())["seconds"]
        return row
    verdict = lab.judged(tool, asked)
    for kind in ("interfaces", "links", "hosts"):
        row[kind] = 100 * verdict[kind]["share"]
    return row | {"wrong": verdict["wrong_hops"] + verdict["strange"], "false": verdict["false_links"]}


def ping(lab, runs, chosen):
    everybody = lab.target_file("hosts", (f"10.0.{i >> 8}.{i & 255}" for i in range(65_536)))

    def one(tool):
        tool.targets = tool.targets or everybody
        return answered(lab, tool)

    rows = interleaved(lab, chosen(tools.ping(lab)), runs, one)
    return table.table("Ping of 65,536 hosts", [
        ("wall s", "wall", "{:.2f}"), ("packets", "probes", "{:,.0f}"), ("hosts found %", "hosts", "{:.3f}"),
        ("false hosts", "wrong", "{:.0f}"), ("CPU µs/packet", "cpu", "{:.2f}"), ("RSS MB", "memory", "{:.0f}")], rows)


TRACE_COLUMNS = [
    ("wall s", "wall", "{:.2f}"), ("packets", "probes", "{:,.0f}"), ("interfaces %", "interfaces", "{:.2f}"),
    ("links %", "links", "{:.2f}"), ("hosts %", "hosts", "{:.2f}"), ("wrong hops", "wrong", "{:.0f}"),
    ("false links", "false", "{:.0f}"), ("CPU µs/packet", "cpu", "{:.2f}"), ("CPU s", "cpu_seconds", "{:.2f}"),
    ("RSS MB", "memory", "{:.0f}")]


def traces(title, make_tools, columns=()):
    def scene(lab, runs, chosen):
        rows = interleaved(lab, chosen(make_tools(lab)), runs, lambda tool: answered(lab, tool, (responder.apart, responder.queueing)))
        return table.table(title.format(lab.blocks), [*TRACE_COLUMNS, *columns], rows)

    return scene


RTT_HOSTS, RTT_ROUNDS = 1000, 10


def round_trips(lab, runs, chosen):
    hosts = lab.target_file("rtt", (f"10.{i >> 8}.{i & 255}.1" for i in range(RTT_HOSTS)))
    readers = {
        "scamper -i 1, 1,000 pps": (["scamper", "-p", 1000, "-w", 0, "-c", f"ping -c {RTT_ROUNDS} -i 1", "-O", "json", "-o", "-", "-f", hosts],
                         rtt.scamper_times),
        "fping -p 1000": (["fping", "-C", RTT_ROUNDS, "-i", 1, "-p", 1000, "-q", "-f", hosts], rtt.fping_times),
    }
    for io in ("packet", "raw"):
        readers[f"isthmus, io {io}"] = (
            tools.ping_engine(lab, hosts, io, "--rounds", RTT_ROUNDS, "--interval", 1, "--prober", "--times", lab.path("times.out")),
            lambda _: rtt.plain_times(lab.path("times.out")))

    def one(tool):
        # Everybody answers, so that a silent host costs no tool its wait.
        with responder.answering(lab, "--silent-hosts", "0", surroundings=(responder.apart,)):
            capture = rtt.Capture(lambda command: measure.in_namespace(lab.near, command))
            run = measured(lab, tool)
            kernel = capture.kernel_times()
        return figures(run) | rtt.errors(readers[tool.name][1](lab.path("stdout")), kernel)

    list_of_tools = chosen([tools.Tool(name, command, seconds=30) for name, (command, _) in readers.items()])
    rows = interleaved(lab, list_of_tools, runs, one)
    return table.table(f"Round-trip times: {RTT_HOSTS:,} hosts, {RTT_ROUNDS} times, once a second (tool less kernel)", [
        ("pairs", "pairs", "{:.0f}"), ("kernel µs", "kernel", "{:.1f}"), ("error µs, median", "error50", "{:+.1f}"),
        ("error µs, p99", "error99", "{:.1f}"), ("CPU µs/packet", "cpu", "{:.1f}"), ("RSS MB", "memory", "{:.0f}")], rows)


def memory(lab, runs, chosen):
    small, large = 5_000, 50_000

    def commands(count):
        file = lab.target_file(f"memory-{count}", (f"10.{i >> 8}.{i & 255}.1" for i in range(count)))
        found = {
            "fping": ["fping", "-r", 0, "-i", 0, "-t", 50, "-q", "-f", file],
            "scamper ping": ["scamper", "-p", 10000, "-w", 0, "-c", "ping -c 1", "-O", "json", "-o", "/dev/null", "-f", file]}
        found["isthmus ping"] = tools.ping_engine(lab, file, "packet")
        found["isthmus survey"] = tools.survey_engine(lab, "", file, "all", "packet", "--rate", 100_000).command
        return found

    def one(tool):
        peaks = []
        for count in (small, large):
            tool.command = commands(count)[tool.name]
            with responder.answering(lab):
                peaks.append(measured(lab, tool).peak_kib)
        return {"small": peaks[0] / 1024, "large": peaks[1] / 1024, "each": (peaks[1] - peaks[0]) * 1024 / (large - small)}

    rows = interleaved(lab, chosen([tools.Tool(name, [], seconds=30) for name in commands(small)]), runs, one)
    return table.table("Memory", [(f"RSS MB, {small:,} targets", "small", "{:.1f}"), (f"RSS MB, {large:,} targets", "large", "{:.1f}"),
                                  ("bytes a target", "each", "{:.0f}")], rows)


RUN = {
    "limits": limits,
    "blackhole": black_hole,
    "ping65k": ping,
    "traceroute65k": traces("Traceroute of {:,} targets, up to 16 hops, all probes", tools.traceroute),
    "saving65k": traces("Traceroute of {:,} targets, up to 16 hops, saving probes", tools.saving),
    "limited65k": traces("Traceroute of {:,} targets, a tenth of the routers limited to 100 ICMP a second", tools.limited,
                         [("answers limited", "limited", "{:,.0f}")]),
    "rtt": round_trips,
    "memory": memory,
}


def main():
    parser = argparse.ArgumentParser(prog="engines.sh")
    for name in ("build", "near", "far", "folder"):
        parser.add_argument("--" + name, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--blocks", type=int, default=65_536, help="a power of two")
    parser.add_argument("--way", choices=("kernel", "socket"), default="kernel", help="how the responder answers")
    parser.add_argument("--nice", type=int, default=0, help="of tools and responder; below 0 on a machine with other work")
    parser.add_argument("--tools", default="", help="comma separated beginnings of names")
    parser.add_argument("scenes", nargs="*", metavar="scene", help=" ".join(SCENES))
    arguments = parser.parse_args()
    unknown = set(arguments.scenes) - set(SCENES)
    if unknown:
        parser.error(f"no such scene: {', '.join(sorted(unknown))}; one of {' '.join(SCENES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    os.setpriority(os.PRIO_PROCESS, 0, arguments.nice)
    lab = Lab(arguments)
    starts = tuple(filter(None, arguments.tools.split(",")))
    try:
        for scene in arguments.scenes or SCENES:
            text = RUN[scene](lab, arguments.runs, lambda found: [t for t in found if not starts or t.name.startswith(starts)])
            if text:
                print(text, flush=True)
    finally:
        lab.counter.close()


if __name__ == "__main__":
    main()
