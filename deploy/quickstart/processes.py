"""Child processes of the quick start: started in order, watched, and ended by their own id in reverse order."""
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request


class QuickstartError(Exception):
    """Something a person has to mend; the text says how."""


def wait_until(condition, seconds, what, alive=None):
    """Polls `condition` until it is true; raises when `seconds` are over or when `alive` says the matter is lost."""
    deadline = time.monotonic() + seconds
    while not condition():
        if alive is not None:
            alive()
        if time.monotonic() > deadline:
            raise QuickstartError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.05)


def http_get(url, timeout=2.0):
    """(status, body), or (0, reason) while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def free_port():
    """A loopback TCP port that nobody holds now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def require_port(port, who):
    """Fails early and in words when somebody else already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise QuickstartError(f"port {port} for {who} is taken ({error.strerror}); stop what listens there "
                                  "or pass --free-ports") from error


class Processes:
    """Owns every daemon that it started. Use as a context manager: leaving it ends them all."""

    def __init__(self, folder):
        self.folder = folder
        self._running = []

    def start(self, name, command, **environment):
        log = open(os.path.join(self.folder, f"{name}.log"), "ab")
        try:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                       env={**os.environ, **environment}, start_new_session=True)
        except FileNotFoundError as error:
            raise QuickstartError(f"{command[0]} is not installed") from error
        finally:
            log.close()
        self._running.append((name, process))
        return process

    def running(self, name):
        """The daemon of that name."""
        return next(process for known, process in self._running if known == name)

    def take(self, name):
        """The same, from now on the caller's to end."""
        process = self.running(name)
        self._running.remove((name, process))
        return process

    def check(self):
        """Raises when a daemon has ended by itself, with the end of its log."""
        for name, process in self._running:
            if process.poll() is not None:
                with open(os.path.join(self.folder, f"{name}.log"), encoding="utf-8", errors="replace") as log:
                    tail = "".join(log.readlines()[-15:])
                raise QuickstartError(f"{name} ended with status {process.returncode}; the end of its log:\n{tail}")

    def stop(self, name):
        """Ends one daemon gracefully, then by force after ten seconds; returns its exit status."""
        for entry in self._running:
            if entry[0] == name:
                self._running.remove(entry)
                return self._end(entry[1])
        raise KeyError(name)

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self._running:
            self._end(self._running.pop()[1])
