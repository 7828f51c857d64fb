"""Prints the story to a terminal: causes, what isthmus said about them, and whom Alertmanager told."""
import statistics
import sys
import textwrap
import threading
import time

import pages
import story as truth

_STYLES = {"cause": "1;36", "event": "0", "page": "1;31", "notify": "33", "resolved": "32", "bad": "1;31", "dim": "2"}


class Narrator:
    """Thread-safe: events, notifications and causes arrive from different threads."""

    def __init__(self, out=sys.stdout):
        self._out = out
        self._colour = out.isatty()
        self._lock = threading.RLock()
        self._started = time.time()
        self._cause_at = None
        self._shown = None       # the message that was printed last
        self._outage = None      # (name, time) of the latest cause that somebody should be paged for
        self.story = truth.Story()
        self.page_delays = []    # seconds from the cause to the page
        self.pages = []          # (chapter name or None, alert name, status)
        self.warnings = []

    def say(self, text, style="0"):
        with self._lock:
            self._out.write(f"\x1b[{_STYLES.get(style, style)}m{text}\x1b[0m\n" if self._colour else text + "\n")
            self._out.flush()

    def step(self, text):
        self.say(f"[{time.time() - self._started:6.1f} s] {text}")

    def cause(self, line):
        with self._lock:
            now = time.time()
            self._cause_at = now
            if any(item["kind"] == "block_down" for item in line.get("expect", [])):
                self._outage = (line["event"], now)
            published = line.get("published") or ""
            self.say(f"\n{published:24} {line['event']}: {line.get('description', '')}", "cause")
            return self.story.begin(line, now)

    def event(self, event, now):
        with self._lock:
            expected = self.story.take(event, now)
            note = "" if expected or expected is None else "   (not in the script)"
            since = f"+{now - self._cause_at:5.1f} s" if self._cause_at else " " * 8
            self.say(f"   {since}  {event['kind']:20} {truth.phrase(event)}{note}", "event")

    def notification(self, notification):
        if notification.receiver == "deadman":
            return
        # Several alerts may come in one message, which is one page.
        is_news = notification.is_page and notification.status == "firing" and notification.message is not self._shown
        page = pages.rendered(notification.message) if is_news else ""
        with self._lock:
            self._shown = notification.message
            chapter = self.story.chapters[-1].name if self.story.chapters else None
            since = notification.received - self._cause_at if self._cause_at else None
            resolved = notification.status == "resolved"
            if notification.is_page and not resolved and self._outage:
                # The next cause may already be under way when the page of an outage is delivered.
                chapter, since = self._outage[0], notification.received - self._outage[1]
            entry = (chapter, notification.name, notification.status)
            (self.pages if notification.is_page else self.warnings).append(entry)
            if notification.is_page and not resolved and since is not None:
                self.page_delays.append(since)
            word = "resolved" if resolved else "PAGE" if notification.is_page else "warning"
            style = "resolved" if resolved else "page" if notification.is_page else "notify"
            text = notification.annotations.get("summary", notification.name)
            prefix = f"   +{since:5.1f} s  " if since is not None else "   "
            self.say(f"{prefix}{word:20} {notification.name}: {text}", style)
            if page:
                self.say(textwrap.indent(page, " " * 13 + "| ", lambda line: True), style)

    def summary(self):
        with self._lock:
            self.say("\nSeconds from cause to event (median, worst, how many):", "cause")
            for kind, delays in sorted(self.story.delays().items()):
                self.say(f"   {kind:20} {statistics.median(delays):5.1f} {max(delays):5.1f} {len(delays):4}")
            if self.page_delays:
                self.say(f"   {'page delivered':20} {statistics.median(self.page_delays):5.1f} "
                         f"{max(self.page_delays):5.1f} {len(self.page_delays):4}")
            for name, key in self.story.missing():
                self.say(f"   MISSING after {name}: {key.kind} {key.block or ''}", "bad")
            for event in self.story.unexpected():
                self.say(f"   NOT IN THE SCRIPT: {event['kind']} {event.get('block') or ''}", "bad")
            if not self.story.missing() and not self.story.unexpected():
                self.say("   Every change was found, and nothing was said that did not happen.", "resolved")
