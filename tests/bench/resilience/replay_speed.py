#!/usr/bin/python3
"""How fast `isthmus replay` plays a day of 1,000 blocks from ten vantage points: a Markdown table row.

tests/bench/resilience/replay_speed.py [HOURS] [BLOCKS] [VANTAGES] [FLOWS]; a day is 17 GB in $TMPDIR, fewer hours less.
Needs `isthmus` and `replay_archive` in $ISTHMUS_BUILD_DIR (build).
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", "build"))
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of_threads(pid, known):
    """Updates processor seconds by thread; what has ended keeps its last figure."""
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        try:
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        known[int(task.name)] = (int(fields[11]) + int(fields[12])) / TICKS


def play(command, folder):
    """What it took: wall seconds, and processor seconds by thread in the order in which they began."""
    threads = {}
    begun = time.monotonic()
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err, \
            subprocess.Popen(command, stdout=out, stderr=err) as process:
        while process.poll() is None:
            cpu_of_threads(process.pid, threads)
            time.sleep(0.05)
    if process.returncode != 0:
        sys.exit((folder / "err").read_text())
    return time.monotonic() - begun, [threads[tid] for tid in sorted(threads)]


def main():
    hours, blocks, vantages, flows = [int(word) for word in sys.argv[1:]] + [1, 1000, 10, 2][len(sys.argv) - 1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([BUILD / "tests/replay_archive", folder, *map(str, (hours, blocks, vantages, flows))], check=True)
        archive = folder / "observations.json"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        took, (core, reading, ordering) = play([BUILD / "isthmus", "replay", "--config", folder / "isthmus.yaml",
                                                "--observations", archive, "--json"], folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        lines = (folder / "out").read_bytes().splitlines()
        used = (folder / "err").read_text().rsplit("isthmus: ", 1)[-1].split(" observations")[0]
        assert json.loads(lines[-1])["kind"] == "snapshot"
        print("| hours | blocks | vantage points | flows | MB | observations | events | s | load | processor s "
              "| of it core, reading, ordering | MiB |")
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        print(f"| {hours} | {blocks} | {vantages} | {flows} | {archive.stat().st_size // 1_000_000} | {used} "
              f"| {len(lines) - 1} | {took:.1f} | {os.getloadavg()[0]:.1f} | {spent:.1f} "
              f"| {core:.1f}, {reading:.1f}, {ordering:.1f} | {after.ru_maxrss // 1024} |")


if __name__ == "__main__":
    main()
