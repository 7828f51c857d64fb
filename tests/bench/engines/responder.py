"""The far end: the responder of known truth, or a hole."""
import contextlib
import json
import select
import subprocess

from measure import in_namespace


def read_line(process, seconds):
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if ready else ""
    if not line:
        raise RuntimeError(f"the responder says nothing (exit status {process.poll()})")
    return json.loads(line)


def quietly(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=20)


@contextlib.contextmanager
def polling(lab):
    """Answers of the kernel's way arrive only where the near end polls, which switching this on makes it do."""
    quietly(*in_namespace(lab.near, ["ethtool", "-K", "v0", "gro", "on"]))
    try:
        yield
    finally:
        quietly(*in_namespace(lab.near, ["ethtool", "-K", "v0", "gro", "off"]))


@contextlib.contextmanager
def apart(lab):
    """The answers are the work of another processor than the tool's."""
    def threaded(switch):
        if lab.way == "kernel":
            quietly(*in_namespace(lab.far, ["sh", "-c", f"echo {switch} > /sys/class/net/v1/threaded"]))

    threaded(1)
    try:
        yield
    finally:
        threaded(0)


@contextlib.contextmanager
def queueing(lab):
    """Who sends faster than the far end takes is held back, as by a network card. The way back has no such queue, so that
    this is for those who ask again what was lost."""
    quietly("tc", "-n", lab.near, "qdisc", "replace", "dev", "v0", "root", "pfifo")
    try:
        yield
    finally:
        quietly("tc", "-n", lab.near, "qdisc", "del", "dev", "v0", "root")


@contextlib.contextmanager
def answering(lab, *options, surroundings=()):
    """Runs the responder; yields a dictionary that holds its counters once the block is left."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(polling(lab))
        counters = stack.enter_context(responding(lab, *options))
        for surrounding in surroundings:
            stack.enter_context(surrounding(lab))
        yield counters


@contextlib.contextmanager
def responding(lab, *options):
    command = [lab.program("responder"), "--interface", "v1", "--way", lab.way, "--until-eof", *options]
    process = subprocess.Popen(in_namespace(lab.far, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    counters = {}
    try:
        read_line(process, 30)
        yield counters
        process.stdin.close()
        counters.update(read_line(process, 30))
        process.wait(timeout=30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def swallowing(lab):
    """Frames for another station end in the far end's kernel as soon as it has looked at their address."""
    def set_address(address):
        subprocess.run(["ip", "-n", lab.far, "link", "set", "v1", "address", address], check=True, timeout=20)

    set_address("02:69:73:74:68:03")
    try:
        yield {}
    finally:
        set_address("02:69:73:74:68:02")
