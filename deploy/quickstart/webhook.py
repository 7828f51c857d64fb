"""A tiny webhook receiver for Alertmanager: keeps every message and tells a callback about each alert that is news."""
import http.server
import json
import threading
import time


class Notification:
    """One alert of one delivery; `message` is the whole of it."""

    def __init__(self, receiver, alert, received, message):
        self.message = message
        self.receiver = receiver
        self.received = received
        self.status = alert["status"]
        self.labels = alert["labels"]
        self.annotations = alert["annotations"]
        self.fingerprint = (alert.get("fingerprint"), alert["status"], alert["startsAt"])

    @property
    def name(self):
        return self.labels.get("alertname", "?")

    @property
    def is_page(self):
        return self.receiver == "page"


class WebhookReceiver:
    """Listens on loopback; the URL's path names the receiver, e.g. /page. Thread-safe; use as a context manager."""

    def __init__(self, port=0, on_notification=lambda notification: None):
        self._lock = threading.Lock()
        self._seen = set()
        self._all = []
        self._messages = []
        self._on_notification = on_notification
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = min(int(self.headers.get("Content-Length", 0)), 8 << 20)
                owner._take(self.path.strip("/"), json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _take(self, receiver, message):
        now = time.time()
        with self._lock:
            self._messages.append((receiver, message))
        for alert in message["alerts"]:
            notification = Notification(receiver, alert, now, message)
            with self._lock:
                # Alertmanager repeats a group whole whenever one alert of it changes.
                key = (receiver, notification.fingerprint)
                if key in self._seen:
                    continue
                self._seen.add(key)
                self._all.append(notification)
            self._on_notification(notification)

    def messages(self, receiver):
        """Every delivery to the receiver, repeats and all, in order."""
        with self._lock:
            return [message for name, message in self._messages if name == receiver]

    def notifications(self):
        with self._lock:
            return list(self._all)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
