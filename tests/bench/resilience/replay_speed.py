#!/usr/bin/python3
"""How fast `isthmus replay` plays a day of 1,000 blocks from ten vantage points: a Markdown table row.

tests/bench/resilience/replay_speed.py [HOURS] [BLOCKS] [VANTAGES] [FLOWS]; a day is 20 GB in $TMPDIR, fewer hours less.
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


def cpu():
    """Of all children, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    hours, blocks, vantages, flows = [int(word) for word in sys.argv[1:]] + [1, 1000, 10, 2][len(sys.argv) - 1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([BUILD / "tests/replay_archive", folder, *map(str, (hours, blocks, vantages, flows))], check=True)
        archive = folder / "observations.json"
        spent, begun = cpu(), time.monotonic()
        done = subprocess.run([BUILD / "isthmus", "replay", "--config", folder / "isthmus.yaml", "--observations", archive,
                               "--json"], capture_output=True, check=True)
        took = time.monotonic() - begun
        spent = cpu() - spent
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = done.stdout.splitlines()
        used = done.stderr.decode().rsplit("isthmus: ", 1)[-1].split(" observations")[0]
        assert json.loads(lines[-1])["kind"] == "snapshot"
        print("| hours | blocks | vantage points | flows | MB | observations | events | s | processor s | s a day | MiB |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        print(f"| {hours} | {blocks} | {vantages} | {flows} | {archive.stat().st_size // 1_000_000} | {used} "
              f"| {len(lines) - 1} | {took:.1f} | {spent:.1f} | {took * 24 / hours:.0f} | {usage.ru_maxrss // 1024} |")


if __name__ == "__main__":
    main()
