"""Plays a scenario's archive through the real `isthmus replay`, and compares what it says with the truth."""
import dataclasses
import datetime
import json
import os
import pathlib
import subprocess

BUILD = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", "build"))
SCENARIOS = pathlib.Path(__file__).resolve().parent
STORIES = ("replay-2014", "replay-2017", "replay-2025")


@dataclasses.dataclass
class Score:
    wanted: int = 0
    found: int = 0
    late: list = dataclasses.field(default_factory=list)
    missing: list = dataclasses.field(default_factory=list)
    extra: list = dataclasses.field(default_factory=list)
    slowest: float = 0  # Rounds from a cause to one of its events, where that is not longer by nature.

    def flaws(self):
        return [f"late: {what}" for what in self.late] + [f"missing: {what}" for what in self.missing] + [
            f"extra: {what}" for what in self.extra]


def make_archive(story, seed, folder):
    subprocess.run([BUILD / "tests/scenario_archive", SCENARIOS / f"{story}.scenario", str(seed), folder], check=True,
                   timeout=120)


def replay(folder, *words, files=("pings.json", "traces.json")):
    command = [BUILD / "isthmus", "replay", "--config", folder / "isthmus.yaml", *map(str, words), "--observations",
               *(folder / file for file in files)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def key_of(event):
    """As the scenario's `expect` spells it."""
    parts = [event["kind"], event["block"], event["upstream_asn"], event["vantage"]]
    return " ".join(str(part) for part in parts if part is not None)


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def judge(truth, events):
    """Each event belongs to the latest cause before it that expects it and still waits for it."""
    score = Score()
    causes = [dict(cause, at=seconds(cause["time"]), waiting=list(cause["expected"])) for cause in truth["causes"]]
    bar = 2 * truth["ping_interval"] + 5
    score.wanted = sum(len(cause["expected"]) for cause in causes)
    for event in events:
        at, key = seconds(event["time"]), key_of(event)
        begun = [cause for cause in causes if cause["at"] <= at and key in cause["waiting"]]
        if not begun:
            score.extra.append(f"{event['time']} {key}: {event['evidence']['summary']}")
            continue
        cause = begun[-1]
        cause["waiting"].remove(key)
        took = at - cause["at"]
        if cause["within"] <= bar:
            score.slowest = max(score.slowest, took / truth["ping_interval"])
        if took > cause["within"]:
            score.late.append(f"{key} {took / truth['ping_interval']:.2f} rounds after {cause['time']} {cause['title']}")
        else:
            score.found += 1
    for cause in causes:
        score.missing += [f"{key} of {cause['time']} {cause['title']}" for key in cause["waiting"]]
    return score


def score_of(folder):
    done = replay(folder, "--json")
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["kind"] == "snapshot", lines[-1]
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return judge(truth, lines[:-1])
