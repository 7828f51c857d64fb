#!/usr/bin/python3
"""isthmus monitor with TLS and a password: its own commands reach it, certificates are renewed by SIGHUP and broken ones
kept out, and connections by the thousand do not disturb its probing.

Real packets, so it needs root. Exit 77: cannot run here.
"""
import resource
import signal
import socket
import subprocess
import time

from monitor_base import BINARY, MonitorCase, http_get, main

# "open sesame"
HASH = "$2y$10$abcdefghijklmnopqrstuu4SuEsu2LsUrAYUpWQHLMMc4GV5pZTxK"
CONNECTIONS = 10_000
LAG = 'isthmus_pacing_lag_seconds{vantage="vp"}'
SENT = 'isthmus_probes_sent_total{vantage="vp",engine="ping",protocol="icmp"}'


class Web(MonitorCase):
    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def make_certificate(self, name):
        self.openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                     "-days", "2", "-subj", "/CN=monitor.example", "-addext", "subjectAltName=DNS:monitor.example")

    def write_web(self, certificate, key):
        (self.folder / "web.yaml").write_text(
            f"tls_server_config: {{cert_file: {certificate}.pem, key_file: {key}.key}}\n"
            f"basic_auth_users: {{health: '{HASH}'}}\n", encoding="utf-8")

    def healthcheck(self, authority, password="password", path="/-/ready"):
        return subprocess.run([BINARY, "healthcheck", "--url", f"https://127.0.0.1:{self.port}{path}", "--ca",
                               self.folder / f"{authority}.pem", "--server-name", "monitor.example", "--user", "health",
                               "--password-file", self.folder / password], capture_output=True, text=True, check=False)

    def logged(self, text):
        self.until(lambda: text in self.log(), f"'{text}' is logged")

    def test_certificates_are_renewed_and_broken_ones_kept_out(self):
        for name in ("first", "second"):
            self.make_certificate(name)
        for name, text in (("password", "open sesame\n"), ("wrong", "open barley")):
            (self.folder / name).write_text(text, encoding="utf-8")
        self.write_web("first", "first")
        config = self.folder / "isthmus.yaml"
        text = config.read_text(encoding="utf-8")
        listen = f'listen: "127.0.0.1:{self.port}"'
        config.write_text(text.replace(listen, listen + ", web_config: web.yaml"), encoding="utf-8")
        process = self.processes.start("isthmus", [BINARY, "monitor", "--config", config])
        self.until(lambda: self.healthcheck("first").returncode == 0, "ready, over TLS and with a password")
        self.assertIn("certificate", self.healthcheck("second").stderr)
        self.assertIn("answers 401", self.healthcheck("first", "wrong").stderr)

        self.write_web("second", "first")
        process.send_signal(signal.SIGHUP)
        self.logged("event=config_reload_failed")
        self.assertIn("key values mismatch", self.log())
        self.assertEqual(self.healthcheck("first").returncode, 0, "the old certificate is kept")
        check = subprocess.run([BINARY, "check", "--config", config], capture_output=True, text=True, check=False)
        self.assertEqual(check.returncode, 1)
        self.assertIn("key values mismatch", check.stderr)

        self.write_web("second", "second")
        process.send_signal(signal.SIGHUP)
        self.logged("event=config_reloaded")
        self.assertEqual(self.healthcheck("second").returncode, 0, "the new one is shown")
        self.assertEqual(self.processes.stop("isthmus"), 0)

    def test_ten_thousand_connections_do_not_disturb_probing(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(CONNECTIONS + 200, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.start()
        self.wait_for_baseline()

        def next_count(least):
            """When so many pings are first told of, and how many there are: they are told of in reports, once a second."""
            self.until(lambda: self.metric(SENT) >= least, "pings are counted")
            return time.monotonic(), self.metric(SENT)

        def rate():
            """Pings a second over 30 of them, from report to report, and the lag of the latest."""
            began, first = next_count(self.metric(SENT) + 1)
            ended, last = next_count(first + 30)
            return (last - first) / (ended - began), self.metric(LAG)
        quiet, quiet_lag = rate()
        connections = []
        try:
            for _ in range(min(CONNECTIONS, hard - 200)):
                connections.append(socket.create_connection(("127.0.0.1", self.port), timeout=30))
            busy, busy_lag = rate()
        finally:
            for connection in connections:
                connection.close()
        print(f"pings/s {quiet:.2f} -> {busy:.2f}, lag {quiet_lag * 1000:.1f} -> {busy_lag * 1000:.1f} ms with "
              f"{len(connections)} connections")
        # A ping every 300 ms to each of three addresses; those that are late are fewer.
        self.assertGreater(busy, 0.8 * quiet)
        self.assertEqual(http_get(self.url + "/-/healthy")[0], 200)
        self.assertEqual(self.state(), "up")
        self.assertEqual(self.processes.stop("isthmus"), 0)


if __name__ == "__main__":
    main(["openssl"])
