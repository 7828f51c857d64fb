"""The life of a lab: up, found again by its name, down."""

import json
import pathlib
import re
import shutil
import time

from . import build, closed, frr, netns, requirements, topology as topologies
from .errors import LabError, UsageError
from .fib import Fib

ROOT = pathlib.Path("/run/isthmus-lab")
CONVERGENCE_SECONDS = 60


class Lab:
    """A lab that is up. Holds no resource: the kernel and the run directory do."""

    def __init__(self, name: str):
        self.name = name
        self.run_dir = ROOT / name
        try:
            record = json.loads((self.run_dir / "lab.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LabError(f"lab '{name}' is not up; raise it with 'lab up {name}' ({error})") from error
        self.topology = topologies.load(record["topology"])

    def namespace(self, node: str) -> str:
        return build.namespace(self.name, node)


def names() -> list:
    return sorted(p.name for p in ROOT.iterdir() if p.is_dir()) if ROOT.is_dir() else []


def find(name: str | None) -> Lab:
    """The lab of that name, or the only one."""
    if name is not None:
        return Lab(name)
    there = names()
    if not there:
        raise LabError("no lab is up; raise one with 'lab up north-korea-2017'")
    if len(there) > 1:
        raise UsageError(f"several labs are up ({', '.join(there)}): say which with --lab NAME")
    return Lab(there[0])


def up(topology_name: str, name: str | None = None) -> tuple:
    """Raises a lab and returns (Lab, seconds by stage). Leaves nothing behind when it fails."""
    topology = topologies.load(topology_name)
    name = name or topology.name
    if not topologies.NAME.fullmatch(name):
        raise UsageError(f"lab name '{name}': use small letters, digits and '-', at most 40")
    requirements.check(topology)
    run_dir = ROOT / name
    if netns.existing(name) and not run_dir.exists():
        raise LabError(f"namespaces called {name}.* are left without a lab; 'lab down --name {name}' removes them")
    ROOT.mkdir(exist_ok=True)
    try:
        run_dir.mkdir()
    except FileExistsError:
        raise LabError(f"lab '{name}' is already up; 'lab down --name {name}' ends it, --name raises a second one") from None
    try:
        return _raise(name, run_dir, topology, topology_name)
    except BaseException:
        down(name)
        raise


def _raise(name: str, run_dir: pathlib.Path, topology, topology_name: str) -> tuple:
    source = str(pathlib.Path(topology_name).resolve()) if topology_name.endswith(".yaml") else topology_name
    (run_dir / "lab.json").write_text(json.dumps({"topology": source}), encoding="utf-8")
    seconds, began = {}, time.monotonic()

    def stage(label: str):
        nonlocal began
        seconds[label], began = round(time.monotonic() - began, 3), time.monotonic()

    build.raise_network(name, topology)
    stage("network")
    if topology.routing == "bgp":
        frr.start(name, run_dir, topology)
        stage("daemons")
    lab = Lab(name)
    await_reachable(lab)
    stage("convergence")
    closed.assert_closed(name)
    stage("closedness")
    return lab, seconds


def unreachable(lab: Lab) -> list:
    """'vantage -> address' for each pair of the start state that the forwarding tables do not connect."""
    fib = Fib(lab.name, lab.topology)
    return [f"{v.name} -> {a}" for v in lab.topology.vantages() for a in lab.topology.hosts() if not fib.reaches(v.name, a)]


def await_reachable(lab: Lab, limit: float = CONVERGENCE_SECONDS):
    deadline = time.monotonic() + limit
    while missing := unreachable(lab):
        if time.monotonic() > deadline:
            raise LabError(f"routing did not converge within {limit:.0f} s; without a route: {', '.join(missing[:5])}")
        time.sleep(0.1)


def down(name: str) -> list:
    """Ends a lab, whatever state it is in; returns the processes that somebody else still runs in it."""
    if not re.fullmatch(topologies.NAME, name):
        raise UsageError(f"'{name}' is no lab name")
    run_dir = ROOT / name
    frr.stop(run_dir)
    strangers = build.remove_network(name)
    shutil.rmtree(run_dir, ignore_errors=True)
    for folder in (ROOT, frr.CRASH_LOGS):
        try:
            folder.rmdir()
        except OSError:
            pass  # another lab, or another FRR, still uses it
    return strangers
