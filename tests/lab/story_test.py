#!/usr/bin/python3
"""The whole story with real packets, real BGP, real Prometheus and Alertmanager, against the truth of the timeline.

One play by default; `story_test.py --times 10` for the figures of the README. `--fleet` tells it with a broker of three
nodes, an agent for each vantage point and a core in place of one process. Needs root. Exit 77: cannot run here.
"""
import argparse
import collections
import io
import os
import pathlib
import shutil
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))
sys.path.insert(0, str(ROOT / "tests" / "pages"))
import dashboards  # noqa: E402
import run  # noqa: E402
from narrator import Narrator  # noqa: E402

# Two ping intervals of deploy/examples/north-korea-2017.yaml plus three seconds of BGP's own convergence.
EVENT_BAR_SECONDS = 2 * 2 + 3
PAGE_BAR_SECONDS = 45
# Raised on purpose only once the condition has lasted three ping intervals; not part of the bar.
SETTLING = {"target_partial": 3 * 2}


def skip_reason(fleet):
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for tool in ("ip", "nft", "prometheus", "vtysh") + (("nats-server",) if fleet else ()):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    return None


def play(build, number, fleet):
    """One play; returns its narrator, and what the dashboards asked and nothing of the story answered."""
    out = io.StringIO()
    narrator = Narrator(out)
    arguments = argparse.Namespace(seconds=0, config=None, lab=f"story{os.getpid()}", build=build, gap=8.0, free_ports=True,
                                   fleet=fleet)
    began, silent = time.time(), []

    def ask_dashboards(ports):
        silent.extend(dashboards.unanswered(f"http://127.0.0.1:{ports['prometheus']}", began, time.time(), of_a_fleet=False))

    try:
        run.run(arguments, narrator, ask_dashboards)
    finally:
        print(f"--- play {number} ---\n{out.getvalue()}", flush=True)
    return narrator, silent


def faults(narrator):
    """What a reviewer would object to, in words; empty when the play was right."""
    found = [f"missing after {chapter}: {key}" for chapter, key in narrator.story.missing()]
    found += [f"not in the script: {event}" for event in narrator.story.unexpected()]
    for kind, delays in narrator.story.delays().items():
        bar = EVENT_BAR_SECONDS + SETTLING.get(kind, 0)
        found += [f"{kind} took {seconds:.1f} s, more than {bar} s" for seconds in delays if seconds > bar]
    found += [f"a page took {seconds:.1f} s" for seconds in narrator.page_delays if seconds > PAGE_BAR_SECONDS]
    pages, warnings = set(narrator.pages), set(narrator.warnings)
    paged = {chapter for chapter, _, status in pages if status == "firing"}
    for chapter, alert, where, said in [
            ("vantage-cut-germany", "VantageIsolated", warnings, "firing"),
            ("vantage-restore-germany", "VantageIsolated", warnings, "resolved"),
            ("withdraw-176", "BlockDown", pages, "firing"),
            ("announce-176", "BlockDown", pages, "resolved")]:
        if (chapter, alert, said) not in where:
            found.append(f"{alert} ({said}) was not delivered after {chapter}")
    for name, collected in (("TargetDown", pages), ("RedundancyLost", warnings), ("UpstreamAppeared", warnings)):
        if not any(alert == name and status == "firing" for _, alert, status in collected):
            found.append(f"{name} never reached its receiver")
    if paged - {"unicom-withdraw-all", "withdraw-176"}:
        found.append(f"somebody was paged for {paged}")
    found += [f"{alert} paged for {chapter}" for chapter, alert, status in narrator.pages
              if status == "firing" and (alert == "TargetDown") != (chapter == "unicom-withdraw-all")]
    return found


def table(narrators):
    delays = collections.defaultdict(list)
    for narrator in narrators:
        for kind, seconds in narrator.story.delays().items():
            delays[kind] += seconds
        delays["page delivered"] += narrator.page_delays
    print(f"{'cause to':22} {'median':>7} {'worst':>7} {'n':>5}")
    for kind, seconds in sorted(delays.items()):
        if seconds:
            print(f"{kind:22} {statistics.median(seconds):6.1f}s {max(seconds):6.1f}s {len(seconds):5}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")))
    parser.add_argument("--fleet", action="store_true")
    arguments = parser.parse_args()
    reason = skip_reason(arguments.fleet)
    if reason:
        print(f"skipped: {reason}")
        return 77
    narrators, bad = [], []
    for number in range(1, arguments.times + 1):
        narrator, silent = play(arguments.build, number, arguments.fleet)
        narrators.append(narrator)
        bad += [f"play {number}: {fault}" for fault in faults(narrator) + silent]
    table(narrators)
    for fault in bad:
        print(fault)
    print(f"{len(narrators)} plays, {len(bad)} faults")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
