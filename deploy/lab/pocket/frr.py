"""FRR's zebra and bgpd, one pair per router namespace, each with sockets, pid files and configuration of its own.

Nothing here uses FRR's system-wide paths or services: a machine that runs FRR for a living is not disturbed, and two
labs do not see each other.
"""

import os
import pathlib
import pwd
import shutil
import signal
import time

from . import build, netns
from .errors import LabError
from .topology import Topology

BINARIES = pathlib.Path("/usr/lib/frr")
DAEMONS = ("zebra", "bgpd")
CRASH_LOGS = pathlib.Path("/var/tmp/frr")
# Every failure of a lab link shows as loss of carrier at both ends, on which bgpd acts at once. The hold time catches
# nothing more, and on a starved machine a short one would tear sessions down that nobody cut.
KEEPALIVE, HOLD = 5, 15


def configuration(topology: Topology, name: str) -> str:
    """bgpd's configuration for one router, from the topology alone."""
    node = topology.nodes[name]
    neighbours = [(own.address(4), far) for own, far in topology.ends(name) if topology.speaks_bgp(far.node)]
    lines = [f"hostname {name}", "log file bgpd.log warnings", "bgp route-map delay-timer 0",
             f"bgp as-path access-list exports permit {node.exports or '.*'}"]
    for far in dict.fromkeys(far.node for _, far in neighbours if far.node in node.prefers):
        lines += [f"route-map from-{far} permit 10", f" set local-preference {node.prefers[far]}", "exit"]
    lines += [f"router bgp {node.asn}", f" bgp router-id {topology.addresses(name)[0]}",
              " no bgp ebgp-requires-policy", " no bgp network import-check", " bgp bestpath compare-routerid",
              " coalesce-time 0"]
    inner = []
    for own, far in neighbours:
        peer, external = far.address(4), topology.nodes[far.node].asn != node.asn
        lines += [f" neighbor {peer} remote-as {topology.nodes[far.node].asn}", f" neighbor {peer} description {far.node}",
                  f" neighbor {peer} update-source {own}", f" neighbor {peer} advertisement-interval 0",
                  f" neighbor {peer} timers {KEEPALIVE} {HOLD}", f" neighbor {peer} timers connect 1"]
        inner.append(f"  neighbor {peer} filter-list exports out" if external else f"  neighbor {peer} next-hop-self")
        if far.node in node.prefers:
            inner.append(f"  neighbor {peer} route-map from-{far.node} in")
    inner += [f"  network {prefix}" for prefix in node.announces]
    lines += [" address-family ipv4 unicast", *inner, "  maximum-paths 2", " exit-address-family", "exit"]
    return "\n".join(lines) + "\n"


def router_folder(run_dir: pathlib.Path, name: str) -> pathlib.Path:
    return run_dir / name


def start(lab: str, run_dir: pathlib.Path, topology: Topology):
    """Starts both daemons of every router; returns when all of them answer on their sockets."""
    routers = [n for n in topology.nodes if topology.speaks_bgp(n)]
    netns.each(lambda name: _start_router(lab, router_folder(run_dir, name), topology, name), routers)


def _start_router(lab: str, own: pathlib.Path, topology: Topology, name: str):
    own.mkdir()
    (own / "zebra.conf").write_text(f"hostname {name}\n", encoding="utf-8")
    (own / "bgpd.conf").write_text(configuration(topology, name).replace("bgpd.log", f"{own}/bgpd.log"), encoding="utf-8")
    user = pwd.getpwnam("frr")
    for path in (own, *own.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    for daemon in DAEMONS:
        # -P 0: no TCP terminal. --vty_socket is where vtysh finds the daemon.
        command = [str(BINARIES / daemon), "--daemon", "--config_file", f"{own}/{daemon}.conf", "--pid_file",
                   f"{own}/{daemon}.pid", "--socket", f"{own}/zserv.api", "--vty_socket", str(own), "--vty_port", "0"]
        netns.inside(build.namespace(lab, name), lambda c=command: netns.run(c))
        _await(own / f"{daemon}.vty", f"{daemon} of {name}; its log is in {own}")


def _await(path: pathlib.Path, what: str, seconds: float = 20):
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise LabError(f"{what} did not start within {seconds:.0f} s")
        time.sleep(0.02)


def originate(lab: str, run_dir: pathlib.Path, topology: Topology, name: str, wanted: dict):
    """Makes a router announce (True) or no longer announce (False) each prefix; says only what has to change.

    FRR takes a `no network` for what is not there as an error and drops the commands after it, so the difference
    to what it runs now is worked out first.
    """
    def vtysh(*commands):
        base = ["vtysh", "--vty_socket", str(router_folder(run_dir, name)), "-d", "bgpd"]
        return netns.run(base + [word for c in commands for word in ("-c", c)])

    def change():
        lines = vtysh("show running-config").splitlines()
        present = {line.split()[1] for line in lines if line.startswith("  network ")}
        changes = [f"{'' if want else 'no '}network {p}" for p, want in wanted.items() if want != (p in present)]
        if changes:
            refusal = vtysh("configure terminal", f"router bgp {topology.nodes[name].asn}",
                            "address-family ipv4 unicast", *changes).strip()
            if refusal:
                raise LabError(f"{name}: FRR refused {'; '.join(changes)}: {refusal}")

    netns.inside(build.namespace(lab, name), change)


def stop(run_dir: pathlib.Path, seconds: float = 5):
    """Ends the lab's daemons, found by their pid files and by nothing else."""
    recorded = {pid for path in run_dir.glob("*/*.pid") if (pid := _recorded(path))}
    running = {pid for pid in recorded if _is_ours(pid, run_dir)}
    for pid in running:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while any(_alive(pid) for pid in running) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in filter(_alive, running):
        _signal(pid, signal.SIGKILL)
    for pid in (p for p in recorded if p in running or not _alive(p)):
        for folder in crash_logs(pid):
            shutil.rmtree(folder, ignore_errors=True)


def crash_logs(pid: int) -> list:
    """Folders that a daemon leaves when it does not end by itself. They are named after the process it was forked
    from, but hold a file named after its main thread."""
    return [path.parent for path in CRASH_LOGS.glob(f"*/logbuf.{pid}")]


def _recorded(path: pathlib.Path):
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _is_ours(pid: int, run_dir: pathlib.Path) -> bool:
    """True if the process of that id is a daemon of this lab: ids are reused."""
    try:
        return f"{run_dir}/" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False


def _signal(pid: int, number: int):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _alive(pid: int) -> bool:
    """A zombie that waits for its parent has ended: it holds no namespace and no file."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
