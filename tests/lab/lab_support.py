"""What the cases of the pocket internet share: names, waiting, and packets sent inside a lab's namespaces."""

import contextlib
import json
import os
import pathlib
import select
import socket
import struct
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
LAB_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "lab"
sys.path.insert(0, str(LAB_FOLDER))

from pocket import labs, netns, requirements, topology  # noqa: E402  (the path has to be set first)
from pocket.errors import LabError  # noqa: E402

BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", LAB_FOLDER.parents[1] / "build")) / "isthmus"
STORY = "north-korea-2017"
BLOCKS = [f"175.45.{third}.0/24" for third in (176, 177, 178, 179)]
VANTAGES = ["vp-us", "vp-germany", "vp-japan", "vp-singapore"]
UNICOM, TTK = [4837], [20485]
# BGP's own convergence after an event, with room for a machine that is busy with a build.
CONVERGE_SECONDS = 15


def run_or_skip(topology_name: str) -> None:
    """Runs the cases of the script that calls it, or says why this machine cannot and exits with 77."""
    why = None if BINARY.exists() else f"{BINARY} is not built"
    if why is None:
        try:
            requirements.check(topology.load(topology_name))
        except LabError as error:
            why = str(error)
    if why:
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)


def unique(suffix: str) -> str:
    return f"test{os.getpid()}-{suffix}"


def wait_until(condition, what: str, seconds: float = CONVERGE_SECONDS) -> float:
    """Seconds until condition() was true."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


def lab_command(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(LAB_FOLDER / "lab"), *words], capture_output=True, text=True, check=False, timeout=120)


def traces_of(name: str) -> list:
    """Everything a lab of that name has on this machine: namespaces, files, processes."""
    found = netns.existing(name) + ([str(labs.ROOT / name)] if (labs.ROOT / name).exists() else [])
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"{labs.ROOT / name}/" in process.read_bytes().decode(errors="replace"):
                found.append(str(process))
    return found


def host_links() -> list:
    return sorted(link["ifname"] for link in json.loads(netns.run(["ip", "-json", "link", "show"])))


def udp_probe(namespace: str, target: str, ttl: int, port: int = 33434, source_port: int = 0, seconds: float = 0.5):
    """Sends one UDP probe inside a lab namespace; the address that answered with an ICMP error, or None."""
    def probe():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_IP, 11, 1)   # IP_RECVERR
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            sock.bind(("0.0.0.0", source_port))
            sock.sendto(b"isthmus lab test", (target, port))
            waiting = select.poll()
            waiting.register(sock, 0)                   # POLLERR is always reported
            if not waiting.poll(seconds * 1000):
                return None
            _, ancillary, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
            # struct sock_extended_err is 16 bytes; the offender's sockaddr_in follows, its address at offset 4.
            return socket.inet_ntoa(ancillary[0][2][20:24])
    return netns.inside(namespace, probe)


def pings(namespace: str, target: str, seconds: float = 2.0) -> bool:
    """One ICMP echo (RFC 792) by the kernel's ping socket, inside a lab namespace."""
    def ping():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
            sock.settimeout(seconds)
            try:
                sock.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, 1) + b"isthmus", (target, 0))
                return sock.recv(512)[0] == 0
            except (TimeoutError, OSError):
                return False
    return netns.inside(namespace, ping)
