"""The command line of `lab`."""

import argparse
import json
import os
import sys

from . import closed, events, labs, play, requirements, status, topology as topologies
from .errors import LabError, UsageError


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="lab", formatter_class=argparse.RawDescriptionHelpFormatter,
                                  description="The pocket internet: namespaces, veth pairs and BGP routers on this machine, closed "
                                              "to the outside.", epilog="example: sudo deploy/lab/lab up north-korea-2017")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, run, text, example):
        sub = commands.add_parser(name, help=text, description=text, epilog=f"example: {example}")
        sub.set_defaults(run=run)
        return sub

    up = command("up", _up, "raise a lab and wait until its routing has converged", "lab up line --name test-1")
    up.add_argument("topology", metavar="TOPOLOGY", help=f"one of {', '.join(topologies.available())}, or a .yaml file")
    up.add_argument("--name", help="name of the lab (default: that of the topology)")
    event = command("event", _event, "apply one event", "lab event ttk-up")
    event.add_argument("event", metavar="NAME", help="see 'lab events'")
    listing = command("events", _events, "list the events of a topology", "lab events north-korea-2017")
    listing.add_argument("topology", nargs="?", metavar="TOPOLOGY", help="default: that of the lab which is up")
    show = command("status", _status, "vantage points, targets and which upstream carries each block", "lab status --json")
    check = command("check", _check, "assert again that the lab is closed", "lab check --lab north-korea-2017")
    story = command("play", _play, "play the timeline, compressed", "lab play --speed 60 --min-gap 20 --max-gap 60")
    story.add_argument("--speed", type=_positive, default=60.0, help="divide every gap by this (default 60: an hour a minute)")
    story.add_argument("--min-gap", type=_positive, default=10.0, metavar="S", help="shortest gap in seconds (default 10)")
    story.add_argument("--max-gap", type=_positive, default=120.0, metavar="S", help="longest gap in seconds (default 120)")
    story.add_argument("--rounds", type=_count, default=1, metavar="N", help="tell it N times, with a reset between (default 1)")
    execute = command("exec", _exec, "run a command in a node's namespace", "lab exec kp-core vtysh -c 'show ip bgp'")
    for sub in (event, listing, show, check, story, execute):
        sub.add_argument("--lab", metavar="NAME", help="which lab, if several are up")
    for sub in (show, story):
        sub.add_argument("--json", action="store_true", help="for machines")
    execute.add_argument("node", metavar="NODE")
    execute.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD", help="the command and its arguments")
    down = command("down", _down, "end a lab; works in whatever state it is", "lab down --all")
    which = down.add_mutually_exclusive_group()
    which.add_argument("--name", help="name of the lab (default: the only one that is up)")
    which.add_argument("--all", action="store_true", help="every lab of this machine")
    return top


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _up(arguments):
    lab, seconds = labs.up(arguments.topology, arguments.name)
    stages = ", ".join(f"{stage} {s:.1f}" for stage, s in seconds.items())
    print(f"lab {lab.name} is up: {len(lab.topology.nodes)} namespaces, closed, in {sum(seconds.values()):.1f} s ({stages})")


def _event(arguments):
    requirements.check_root()
    lab = labs.find(arguments.lab)
    seconds = events.apply(lab, arguments.event)
    print(f"{arguments.event}: {lab.topology.events[arguments.event]['describe']} ({seconds:.2f} s)")


def _events(arguments):
    topology = topologies.load(arguments.topology) if arguments.topology else labs.find(arguments.lab).topology
    for name, event in topology.events.items():
        print(f"{name:<26} {event['describe']}")


def _status(arguments):
    requirements.check_root()
    lab = labs.find(arguments.lab)
    closed.assert_closed(lab.name)
    found = status.status(lab)
    print(json.dumps(found) if arguments.json else status.as_text(found))


def _check(arguments):
    requirements.check_root()
    lab = labs.find(arguments.lab)
    closed.assert_closed(lab.name)
    print(f"lab {lab.name} is closed")


def _play(arguments):
    requirements.check_root()
    if arguments.max_gap < arguments.min_gap:
        raise UsageError("--max-gap is less than --min-gap")
    pace = (arguments.speed, arguments.min_gap, arguments.max_gap)
    for record in play.play(labs.find(arguments.lab), pace, arguments.rounds):
        print(json.dumps(record) if arguments.json else _told(record), flush=True)


def _told(record: dict) -> str:
    published = f"{record['published'][:19]}Z" if record["published"] else "-"
    about = "" if record["published_exactly"] or not record["published"] else " (minute chosen)"
    return (f"{record['time']}  [{record['round']}:{record['entry']}/{record['entries']}] {published}{about}  "
            f"{record['event']}: {record['description']}")


def _exec(arguments):
    requirements.check_root()
    lab = labs.find(arguments.lab)
    node = arguments.node.removeprefix(f"{lab.name}.")
    if node not in lab.topology.nodes:
        raise UsageError(f"no node '{node}' in {lab.name}; there are {', '.join(lab.topology.nodes)}")
    if not arguments.words:
        raise UsageError("which command? e.g. lab exec NODE ip route")
    # vtysh finds the daemons of a router by this; a command that is not vtysh does not mind.
    words = arguments.words
    if words[0] == "vtysh":
        words = ["vtysh", "--vty_socket", str(lab.run_dir / node), *words[1:]]
    os.execvp("ip", ["ip", "netns", "exec", lab.namespace(node), *words])


def _down(arguments):
    requirements.check_root()
    if not arguments.all and not arguments.name and not labs.names():
        print("no lab is up")
        return
    for name in labs.names() if arguments.all else [arguments.name or _only_one()]:
        strangers = labs.down(name)
        print(f"lab {name} is down")
        if strangers:
            print(f"lab: still running inside, now cut off: process {', '.join(strangers)}", file=sys.stderr)


def _only_one() -> str:
    if len(labs.names()) > 1:
        raise UsageError(f"several labs are up ({', '.join(labs.names())}): say which with --name NAME, or --all")
    return labs.names()[0]


def main() -> int:
    arguments = parser().parse_args()
    try:
        arguments.run(arguments)
        return 0
    except (LabError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except UsageError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 1
