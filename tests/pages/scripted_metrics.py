"""An HTTP server that plays isthmus: serves the metrics of the contract with the values that a test sets."""
import http.server
import threading

TARGET_STATES = ("up", "degraded", "down", "unknown")
VANTAGE_STATES = ("valid", "invalid", "unknown")


def series(metric, /, **labels):
    inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{metric}{{{inside}}}" if inside else metric


class ScriptedMetrics:
    """Thread-safe. A group of settings made in one `change` is never seen half done by a scrape."""

    def __init__(self):
        self._lock = threading.Lock()
        self._values = {}
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = owner.text().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def text(self):
        with self._lock:
            return "".join(f"{name} {value}\n" for name, value in self._values.items())

    def change(self, *groups):
        """Each group is a mapping of series to values, as the functions below make them."""
        with self._lock:
            for group in groups:
                self._values.update(group)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def target_state(target, state):
    return {series("isthmus_target_state", target=target, state=name): int(name == state) for name in TARGET_STATES}


def block_state(target, block, state):
    return {series("isthmus_block_state", target=target, block=block, state=name): int(name == state)
            for name in TARGET_STATES}


def upstreams(target, count):
    return {series("isthmus_target_upstreams", target=target): count}


def upstream_state(target, asn, name, state):
    return {series("isthmus_upstream_state", target=target, upstream_asn=asn, upstream_name=name, state=other):
            int(other == state) for other in TARGET_STATES}


def vantage_state(vantage, state):
    return {series("isthmus_vantage_state", vantage=vantage, state=name): int(name == state)
            for name in VANTAGE_STATES}


def events(target, kind, count):
    return {series("isthmus_events_total", target=target, kind=kind): count}


def sole_upstream(target, block, asn, name):
    return {series("isthmus_block_sole_upstream", target=target, block=block, upstream_asn=asn, upstream_name=name): 1}


def target_sole_upstream(target, asn, name):
    return {series("isthmus_target_sole_upstream", target=target, upstream_asn=asn, upstream_name=name): 1}


def failing_hop(target, vantage, ttl, asn, name, last_asn, last_name, blocks):
    return {series("isthmus_target_failing_hop_blocks", target=target, vantage=vantage, ttl=ttl, asn=asn, name=name,
                   last_asn=last_asn, last_name=last_name): blocks}


def witnesses(target, **blocks_down):
    """Vantage point -> blocks of the target that it gets no answer from."""
    return {series("isthmus_vantage_blocks_down", vantage=vantage, target=target): blocks
            for vantage, blocks in blocks_down.items()}


def state_since(target, timestamp):
    return {series("isthmus_target_state_since_timestamp_seconds", target=target): timestamp}
