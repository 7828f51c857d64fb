"""Network namespaces: entering one, and driving iproute2 in batches.

All changes go through `ip -batch`: one process per namespace instead of one per command is what keeps `up` fast.
"""

import concurrent.futures
import ctypes
import json
import os
import pathlib
import subprocess
import threading

from .errors import LabError

NAMES = pathlib.Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def inside(namespace: str, work):
    """Runs work() in the namespace, on a thread of its own that ends with it.

    A namespace belongs to a thread, not to the process; children started by that thread inherit it. So nothing has
    to be put back afterwards, and no other thread ever sees the namespace.
    """
    outcome: list = [None, None]

    def enter_and_work():
        try:
            fd = os.open(NAMES / namespace, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(fd, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"cannot enter namespace {namespace}")
            finally:
                os.close(fd)
            outcome[0] = work()
        except BaseException as error:  # handed to the caller's thread below
            outcome[1] = error

    thread = threading.Thread(target=enter_and_work)
    thread.start()
    thread.join()
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]


def each(work, items, workers: int = 4):
    """work(item) for all items, a few at a time; the first failure is raised after all have ended."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(work, item) for item in items]
    return [f.result() for f in futures]


def run(command: list, text: str | None = None) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def batch(lines: list, namespace: str | None = None):
    """Runs `ip` commands, given without the leading 'ip', stopping at the first failure."""
    if lines:
        text = "\n".join(lines) + "\n"
        if namespace is None:
            run(["ip", "-batch", "-"], text)
        else:
            inside(namespace, lambda: run(["ip", "-batch", "-"], text))


def ip_json(namespace: str, *arguments: str):
    """The output of `ip -json ARGUMENTS` inside the namespace."""
    output = inside(namespace, lambda: run(["ip", "-json", *arguments]))
    return json.loads(output or "[]")


def set_sysctls(namespace: str, settings: dict):
    """Writes kernel settings of one namespace. A key ending in '?' may be missing on this kernel."""
    def write():
        for key, value in settings.items():
            path = pathlib.Path("/proc/sys") / key.rstrip("?").replace(".", "/")
            if key.endswith("?") and not path.exists():
                continue
            path.write_text(str(value), encoding="ascii")
    inside(namespace, write)


def existing(lab: str) -> list:
    """The lab's namespaces that are there now, whoever made them."""
    return sorted(p.name for p in NAMES.glob(f"{lab}.*")) if NAMES.is_dir() else []


def processes(namespace: str) -> list:
    """Ids of the processes whose main thread is in the namespace."""
    try:
        return [int(p) for p in run(["ip", "netns", "pids", namespace]).split()]
    except LabError:
        return []
