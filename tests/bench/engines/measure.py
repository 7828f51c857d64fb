"""Runs one process in a namespace and measures it: wall time, processor time, peak memory, and what crossed the wire."""
import contextlib
import dataclasses
import fcntl
import os
import select
import signal
import subprocess
import threading
import time

LOCK = "/tmp/isthmus-bench.lock"
SAMPLE_SECONDS = 0.05  # more often would take time from what is measured


@dataclasses.dataclass
class Run:
    wall: float = 0.0
    cpu: float = 0.0
    peak_kib: int = 0
    packets: int = 0           # that left the near end
    peak_rate: float = 0.0     # best half second, packets a second
    status: int = 0
    output: str = ""


@contextlib.contextmanager
def machine_to_oneself():
    """No other bench measures meanwhile."""
    with open(LOCK, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def in_namespace(namespace, command):
    return ["ip", "netns", "exec", namespace, *map(str, command)]


class Watch(threading.Thread):
    """Samples the near end's packet counter and a process' peak memory until told to stop."""

    def __init__(self, counter, pid):
        super().__init__(daemon=True)
        self.counter, self.pid = counter, pid
        self.samples, self.peak_kib = [], 0
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(SAMPLE_SECONDS):
            self.sample()

    def sample(self):
        self.samples.append((time.monotonic(), self.counter.read()))
        # Not ru_maxrss: after vfork and exec that one includes the parent's.
        with contextlib.suppress(OSError):
            with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        self.peak_kib = max(self.peak_kib, int(line.split()[1]))

    def best_rate(self, window=0.5):
        best, first = 0.0, 0
        for now, count in self.samples:
            while now - self.samples[first][0] > window:
                first += 1
            then, before = self.samples[max(first - 1, 0)]
            if now - then >= window:
                best = max(best, (count - before) / (now - then))
        return best


class Counter:
    """The packet counter of the near end, read from outside through a process that does nothing but stand inside."""

    def __init__(self, namespace):
        self.holder = subprocess.Popen(in_namespace(namespace, ["cat"]), stdin=subprocess.PIPE)
        self.fd = None
        deadline = time.monotonic() + 10
        wanted = os.stat(f"/run/netns/{namespace}").st_ino
        while os.stat(f"/proc/{self.holder.pid}/ns/net").st_ino != wanted:
            if time.monotonic() > deadline:
                raise RuntimeError(f"cannot enter {namespace}")
            time.sleep(0.01)
        self.fd = os.open(f"/proc/{self.holder.pid}/net/dev", os.O_RDONLY)

    def read(self):
        for line in os.pread(self.fd, 4096, 0).decode("ascii").splitlines():
            if line.strip().startswith("v0:"):
                return int(line.split(":")[1].split()[9])
        raise RuntimeError("the near end is gone")

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.holder.stdin.close()
        self.holder.wait(timeout=10)


def end(process, patience=2.0):
    """Asks a process that has not ended to do so, then makes it."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        process.send_signal(number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return
            time.sleep(0.01)


def measure(namespace, counter, command, seconds, stdout):
    """Runs `command` for at most `seconds`; its standard output goes to the file `stdout`."""
    run = Run()
    with open(stdout, "wb") as out, open(stdout + ".err", "wb") as err:
        before = counter.read()
        started = time.monotonic()
        # Some write files of their own where they stand.
        process = subprocess.Popen(in_namespace(namespace, command), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   cwd=os.path.dirname(stdout))
        ended = os.pidfd_open(process.pid)  # readable once it has ended
        watch = Watch(counter, process.pid)
        watch.start()
        try:
            select.select([ended], [], [], seconds)
            run.wall = time.monotonic() - started
            end(process)
        finally:
            os.close(ended)
            watch.done.set()
            watch.join()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    run.status = process.returncode
    run.cpu = usage.ru_utime + usage.ru_stime
    run.packets = counter.read() - before
    run.peak_kib = watch.peak_kib
    # Who is done sooner than that has no best half second.
    run.peak_rate = watch.best_rate() or run.packets / run.wall
    run.output = stdout
    return run
