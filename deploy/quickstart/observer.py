"""Follows a running isthmus: polls its events, hears Alertmanager's pages, and tells a narrator about both."""
import json
import threading
import time

from processes import http_get


class Observer:
    """Polls /api/v1/events from a thread of its own. `events` and `first_page_after` may be asked from any thread."""

    def __init__(self, base_url, on_event, interval=0.1):
        self._url = base_url
        self._on_event = on_event
        self._interval = interval
        self._after = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def poll(self):
        status, body = http_get(f"{self._url}/api/v1/events?after_id={self._after}&limit=1000")
        if status != 200:
            return
        now = time.time()
        for event in sorted(json.loads(body)["events"], key=lambda e: e["id"]):
            self._after = max(self._after, event["id"])
            self._on_event(event, now)

    def _run(self):
        while not self._stop.wait(self._interval):
            self.poll()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def target_states(base_url):
    """Name -> the API's object of every target; empty while isthmus does not answer."""
    status, body = http_get(f"{base_url}/api/v1/targets")
    return {target["target"]: target for target in json.loads(body)["targets"]} if status == 200 else {}


def vantage_states(base_url):
    status, body = http_get(f"{base_url}/api/v1/vantages")
    return {vantage["vantage"]: vantage["state"] for vantage in json.loads(body)["vantages"]} if status == 200 else {}
