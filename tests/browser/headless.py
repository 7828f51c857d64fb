"""One headless Chromium, driven by the DevTools protocol over a pipe: no port is opened, nothing but Python is needed."""
import base64
import json
import os
import select
import signal
import subprocess
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
         "--remote-debugging-pipe"]


class BrowserError(Exception):
    """Chromium refused a command or fell silent."""


class Page:
    """A browser with one tab, started by `prefix` (e.g. ip netns exec). A context manager: leaving it ends the browser.

    `requests` holds the address of everything the tab asked for, `complaints` every error and warning of its console.
    """

    def __init__(self, folder, prefix=()):
        self.requests, self.complaints = [], []
        self._loads, self._number, self._unread = 0, 0, b""
        self._log = folder / "chromium.log"
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        # Chromium reads commands from file descriptor 3 and writes answers to 4.
        command = ["bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash", *prefix, "chromium", *FLAGS,
                   f"--user-data-dir={folder / 'profile'}", "about:blank"]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True,
                                             env={**os.environ, "HOME": str(folder)})
        os.close(to_browser)
        os.close(from_browser)
        self._session = None

    def __enter__(self):
        try:
            tabs = self._call("Target.getTargets")["targetInfos"]
            tab = next(t["targetId"] for t in tabs if t["type"] == "page")
            self._session = self._call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Log", "Runtime"):
                self._call(f"{domain}.enable")
            self.requests.clear()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self._call("Browser.close", seconds=5)
            self._process.wait(10)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, signal.SIGKILL)  # A session of its own: only what this object started.
            self._process.wait(10)
        os.close(self._to)
        os.close(self._from)

    def look(self, width, height, scheme):
        """From now on a screen of that size (a phone's when narrow) with that colour scheme."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                   mobile=width < 500)
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url, seconds=30):
        loads = self._loads
        answer = self._call("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")
        deadline = time.monotonic() + seconds
        while self._loads == loads:
            self._receive(deadline)

    def evaluate(self, script):
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def screenshot(self, path):
        """The whole page, also what lies below the screen's edge."""
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method, seconds=30, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session and not method.startswith(("Browser.", "Target.")):
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _receive(self, deadline):
        """The next message, events noted on the way."""
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self._from, 1 << 16) if ready else b""
            if not data:
                tail = self._log.read_text(errors="replace")[-2000:]
                raise BrowserError(f"chromium {'fell silent' if not ready else 'ended'}: {tail}")
            self._unread += data
        raw, self._unread = self._unread.split(b"\0", 1)
        message = json.loads(raw)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, event, about):
        if event == "Page.loadEventFired":
            self._loads += 1
        elif event == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif event == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")
        elif event == "Runtime.consoleAPICalled":
            self.complaints.append(str(about["args"]))
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(about["exceptionDetails"]))
