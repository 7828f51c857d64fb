"""A program on a pseudo-terminal, and what stands on its screen: pyte, a VT100 in Python, reads what it writes."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte


class TerminalProgram:
    """Started at once; close() ends and reaps it whatever happened."""

    def __init__(self, words, rows=24, columns=80, environment=None):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status = None
        environment = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"],
                       "ISTHMUS_REQUIRE_NETNS": "1", **(environment or {})}
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                for number in (signal.SIGTSTP, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
                    signal.signal(number, signal.SIG_DFL)  # whatever the one who runs the tests has ignored
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execvpe(str(words[0]), [str(word) for word in words], environment)
            finally:
                os._exit(127)
        # As the shell left it: what the program must give back.
        self.modes_before = termios.tcgetattr(self.master)

    def read(self, seconds):
        """Takes in what is written within so long; False once the program has closed the terminal."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: nobody has it open any more
            return False
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def expect(self, condition, what, seconds=20):
        """Reads until condition(text of the screen) holds."""
        end = time.monotonic() + seconds
        while not condition(self.text()):
            if time.monotonic() > end or not self.read(0.1):
                raise AssertionError(f"not seen: {what}\n{self.text()}")
        return self.text()

    def expect_written(self, text, what, seconds=20):
        """Reads until the text was written, wherever it may stand by now."""
        return self.expect(lambda _: text.encode() in self.raw, what, seconds)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds=20):
        """Its exit status, negative for a signal."""
        end = time.monotonic() + seconds
        while self.status is None:
            while self.read(0):
                if not select.select([self.master], [], [], 0)[0]:
                    break
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise AssertionError(f"still running\n{self.text()}")
            else:
                self.read(0.05)
        while self.read(0.05) and select.select([self.master], [], [], 0)[0]:
            pass
        return self.status

    def modes(self):
        return termios.tcgetattr(self.master)

    def after_view(self):
        """What was written after the last alternate screen was left."""
        return self.raw.rsplit(b"\x1b[?1049l", 1)[-1].decode(errors="replace").replace("\r\n", "\n")

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL
        os.close(self.master)

