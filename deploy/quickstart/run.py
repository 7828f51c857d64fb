#!/usr/bin/python3
"""What quickstart.sh does once everything is built. See quickstart.sh --help."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fleet  # noqa: E402  (the folder is only on the path now)
import observer  # noqa: E402
import pages  # noqa: E402
from narrator import Narrator  # noqa: E402
from processes import Processes, QuickstartError, http_get, require_port, wait_until  # noqa: E402
from webhook import WebhookReceiver  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "deploy" / "lab" / "lab"
STORY_CONFIG = ROOT / "deploy" / "examples" / "north-korea-2017.yaml"
TARGET = "north-korea"

# After the published timeline: a blind vantage point (nobody is paged), then one block that nobody carries (a page).
EPILOGUE = [
    {"event": "vantage-cut-germany", "description": "the German vantage point loses its access link: blind, not an outage",
     "expect": [{"kind": "vantage_invalid", "vantage": "germany"}]},
    {"event": "vantage-restore-germany", "description": "and gets it back",
     "expect": [{"kind": "vantage_valid", "vantage": "germany"}]},
    {"event": "withdraw-176", "description": "the last route of 175.45.176.0/24 is withdrawn at all upstreams",
     "expect": [{"kind": "block_down", "blocks": ["175.45.176.0/24"]}, {"kind": "target_partial"}]},
    {"event": "announce-176", "description": "175.45.176.0/24 is announced to both upstreams",
     "expect": [{"kind": "block_up", "blocks": ["175.45.176.0/24"]}, {"kind": "target_up"},
                {"kind": "upstream_restored", "upstream_asn": 20485, "blocks": ["175.45.176.0/24"]},
                {"kind": "redundancy_restored", "blocks": ["175.45.176.0/24"]}]},
]


# Which alert each of them must have told before the next begins, and how long that may take.
ANNOUNCED = {
    "vantage-cut-germany": ("VantageIsolated", "firing"),
    "vantage-restore-germany": ("VantageIsolated", "resolved"),
    "withdraw-176": ("BlockDown", "firing"),
    "announce-176": ("BlockDown", "resolved"),
}
PAGE_SECONDS = 45


class Interrupted(Exception):
    """Ctrl-C or SIGTERM: leave, and clean up on the way."""


def parse_arguments():
    parser = argparse.ArgumentParser(prog="deploy/quickstart.sh", add_help=False)
    parser.add_argument("--for", dest="seconds", type=float)
    parser.add_argument("--config", type=pathlib.Path)
    parser.add_argument("--lab", default="quickstart")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--gap", type=float, default=8.0)
    parser.add_argument("--free-ports", action="store_true")
    parser.add_argument("--fleet", action="store_true")
    return parser.parse_args()


def lab(*words, check=True):
    result = subprocess.run([str(LAB), *words], capture_output=True, text=True, check=False)
    if check and result.returncode != 0:
        raise QuickstartError(f"lab {' '.join(words)}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


class Lab:
    """The pocket internet, up for the length of a with-block."""

    def __init__(self, name, narrator):
        self._name = name
        self._narrator = narrator

    def __enter__(self):
        started = time.time()
        lab("up", "north-korea-2017", "--name", self._name)
        self._narrator.step(f"the pocket internet is up after {time.time() - started:.1f} s, and has no way out")
        return self

    def __exit__(self, *_):
        lab("down", "--name", self._name, check=False)


def start_isthmus(processes, arguments, ports, config):
    environment = {"ISTHMUS_LAB": arguments.lab}
    if not arguments.config:
        environment["ISTHMUS_REQUIRE_NETNS"] = "1"
    binary = arguments.build / "isthmus"
    checked = subprocess.run([binary, "check", "--config", config], capture_output=True, text=True,
                             env={**os.environ, **environment}, check=False)
    if checked.returncode != 0:
        raise QuickstartError(checked.stderr.strip() or checked.stdout.strip())
    processes.start("isthmus", [binary, "monitor", "--config", config, "--listen", f"127.0.0.1:{ports['isthmus']}",
                                "--store", os.path.join(processes.folder, "isthmus.db")], **environment)
    url = f"http://127.0.0.1:{ports['isthmus']}"
    wait_until(lambda: http_get(url + "/-/ready")[0] == 200, 30, "isthmus ready", processes.check)
    return url


def wait_for_baseline(url, processes):
    """The story may begin once every block is up and its first upstream learned from every vantage point."""
    def learned():
        target = observer.target_states(url).get(TARGET)
        vantages = observer.vantage_states(url)
        return (target is not None and target["state"] == "up" and target["unknown_share"] == 0
                and not any(block["learning"] for block in target["blocks"]) and set(vantages.values()) == {"valid"})
    wait_until(learned, 60, "learning the undisturbed network", processes.check)


def play_timeline(arguments, narrator, processes):
    command = [str(LAB), "play", "--lab", arguments.lab, "--json", "--speed", "1e9",
               "--min-gap", str(arguments.gap), "--max-gap", str(arguments.gap)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as player:
        try:
            for line in player.stdout:
                narrator.cause(json.loads(line))
                processes.check()
        except BaseException:
            player.terminate()
            raise
        if player.wait() != 0:
            raise QuickstartError(f"lab play: {player.stderr.read().strip()}")
    wait_for_chapter(narrator, processes, arguments.gap)


def wait_for_chapter(narrator, processes, seconds):
    """The end of a chapter: its events are in, or their time is over (the summary then names what is missing)."""
    chapter = narrator.story.chapters[-1]
    try:
        wait_until(lambda: chapter.complete, seconds, chapter.name, processes.check)
    except QuickstartError:
        processes.check()


def play_epilogue(arguments, narrator, processes):
    for cause in EPILOGUE:
        narrator.cause(cause)
        lab("event", cause["event"], "--lab", arguments.lab)
        wait_for_chapter(narrator, processes, 2 * arguments.gap)
        wait_for_notifications(narrator, processes, PAGE_SECONDS)


def wait_for_notifications(narrator, processes, seconds):
    """The chapter's alerts have reached Alertmanager's receivers, so that none is taken for the next chapter's."""
    chapter = narrator.story.chapters[-1].name
    wanted = ANNOUNCED.get(chapter)
    try:
        if wanted:
            wait_until(lambda: (chapter, *wanted) in narrator.pages + narrator.warnings, seconds, "alert", processes.check)
    except QuickstartError:
        processes.check()


def idle(arguments, narrator, processes, started):
    narrator.step("running until Ctrl-C" if arguments.seconds is None else f"running for {arguments.seconds:.0f} s in all")
    while arguments.seconds is None or time.time() - started < arguments.seconds:
        processes.check()
        time.sleep(0.2)


def announce(narrator, ports):
    narrator.say(f"\n   page          http://127.0.0.1:{ports['isthmus']}/\n"
                 f"   metrics       http://127.0.0.1:{ports['isthmus']}/metrics\n"
                 f"   Prometheus    http://127.0.0.1:{ports['prometheus']}/alerts\n"
                 f"   Alertmanager  http://127.0.0.1:{ports['alertmanager']}/\n")


def run(arguments, narrator, at_end=lambda ports: None):
    """`at_end` is called when the story has been told and everything still runs."""
    started = time.time()
    ports = pages.choose_ports(arguments.free_ports)
    for name, port in ports.items():
        require_port(port, name)
    folder = tempfile.mkdtemp(prefix="isthmus-quickstart-")
    try:
        with WebhookReceiver(ports["webhook"], narrator.notification), Processes(folder) as processes:
            if arguments.config:
                url = start_isthmus(processes, arguments, ports, arguments.config)
                pages.start(processes, ports)
                announce(narrator, ports)
                with observer.Observer(url, narrator.event):
                    idle(arguments, narrator, processes, started)
            else:
                with Lab(arguments.lab, narrator):
                    tell_story(arguments, narrator, processes, ports, started, at_end)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell_story(arguments, narrator, processes, ports, started, at_end):
    agents = []
    if arguments.fleet:
        url, agents = fleet.start(processes, arguments, ports, STORY_CONFIG)
        narrator.step("four agents of a fleet probe 175.45.176.0/22; a core reads what they put into the stream")
    else:
        url = start_isthmus(processes, arguments, ports, STORY_CONFIG)
        narrator.step("isthmus monitor probes 175.45.176.0/22 from four vantage points")
    pages.start(processes, ports, agents)
    narrator.step("Prometheus and Alertmanager are ready")
    announce(narrator, ports)
    with observer.Observer(url, narrator.event):
        wait_for_baseline(url, processes)
        upstreams = ", ".join(f"AS{u['asn']} {u['name']}" for u in observer.target_states(url)[TARGET]["upstreams"])
        narrator.step(f"learned: North Korea hangs on one land bridge, {upstreams}")
        play_timeline(arguments, narrator, processes)
        play_epilogue(arguments, narrator, processes)
        narrator.summary()
        at_end(ports)
        idle(arguments, narrator, processes, started)


def main():
    arguments = parse_arguments()
    narrator = Narrator()

    def leave(*_):
        # A second signal must not interrupt the cleaning up.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Interrupted

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    try:
        run(arguments, narrator)
    except Interrupted:
        narrator.say("\nstopping; nothing is left behind", "dim")
    except QuickstartError as error:
        narrator.say(f"\nquick start: {error}", "bad")
        return 1
    if narrator.story.missing() or narrator.story.unexpected():
        return 1 if not arguments.config else 0
    return 0


if __name__ == "__main__":
    threading.current_thread().name = "quickstart"
    sys.exit(main())
