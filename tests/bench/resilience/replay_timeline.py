#!/usr/bin/python3
"""How well the core tells three days that people remember, over many seeds: a Markdown table.

tests/bench/resilience/replay_timeline.py [SEEDS]; needs `isthmus` and `scenario_archive` in $ISTHMUS_BUILD_DIR (build).
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scenario"))
import replay_score  # pylint: disable=wrong-import-position


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print("| story | seeds | transitions | in time | late | missing | extra | slowest, rounds |")
    print("|---|---|---|---|---|---|---|---|")
    flaws = []
    for story in replay_score.STORIES:
        scores = []
        for seed in range(1, seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                replay_score.make_archive(story, seed, folder)
                scores.append(replay_score.score_of(pathlib.Path(folder)))
            flaws += [f"{story}, seed {seed}: {flaw}" for flaw in scores[-1].flaws()]
        counts = [sum(s.wanted for s in scores), sum(s.found for s in scores), sum(len(s.late) for s in scores),
                  sum(len(s.missing) for s in scores), sum(len(s.extra) for s in scores)]
        print(f"| `{story}` | {seeds} | " + " | ".join(map(str, counts)) + f" | {max(s.slowest for s in scores):.2f} |",
              flush=True)
    print("\n".join(flaws), file=sys.stderr)
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
