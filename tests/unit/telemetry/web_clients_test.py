#!/usr/bin/python3
"""The pages as real clients meet them: curl and Prometheus over TLS with a password, and ten thousand connections of
somebody who means no good. Speaks to sample_server on the loopback interface."""
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

SERVER = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"]) / "tests" / "sample_server"
# "open sesame", with the least cost.
HASH = "$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"
CONNECTIONS = 10_000
# What so many connections may cost the server: it keeps some hundred of them.
MOST_GROWTH_KB = 16 * 1024
PATIENCE = 60


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain for {PATIENCE} s: {what}")
        time.sleep(0.05)
    return found


class Clients(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def serve(self, *words):
        process = subprocess.Popen([SERVER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, timeout=PATIENCE)
        self.addCleanup(process.stdin.close)
        return process, urllib.parse.urlsplit(process.stdout.readline().strip())

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def make_certificate(self, name, host, days=2):
        self.openssl("req", "-newkey", "ed25519", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                     f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-copy_extensions", "copy",
                     "-out", f"{name}.pem", "-days", str(days))

    def make_authority(self):
        self.openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                     "-subj", "/CN=ca")

    def serve_tls(self, name, *words):
        return self.serve("--certificate", self.folder / f"{name}.pem", "--key", self.folder / f"{name}.key", *words)[1]

    def curl(self, url, *words):
        """Exit status, and the status of the answer."""
        done = subprocess.run(["curl", "-s", "-o", self.folder / "answer", "-w", "%{http_code}", "--max-time", str(PATIENCE),
                               "--noproxy", "*", *words, f"https://localhost:{url.port}/metrics"],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, int(done.stdout)

    def test_curl_trusts_what_can_be_trusted(self):
        self.make_authority()
        for name, host, days in (("server", "localhost", 2), ("expired", "localhost", -1), ("elsewhere", "monitor.example", 2)):
            self.make_certificate(name, host, days)
        distrusts = 60
        good = self.serve_tls("server")
        self.assertEqual(self.curl(good, "--cacert", "ca.pem"), (0, 200))
        self.assertIn("isthmus_target_state{", (self.folder / "answer").read_text(encoding="utf-8"))
        self.assertEqual(self.curl(good, "--cacert", "ca.pem", "--compressed"), (0, 200))
        self.assertIn("isthmus_target_state{", (self.folder / "answer").read_text(encoding="utf-8"))
        self.assertEqual(self.curl(good)[0], distrusts)
        for name in ("expired", "elsewhere"):
            self.assertEqual(self.curl(self.serve_tls(name), "--cacert", "ca.pem")[0], distrusts, name)
        asking = self.serve_tls("server", "--client-ca", self.folder / "ca.pem")
        self.assertNotEqual(self.curl(asking, "--cacert", "ca.pem")[0], 0)
        self.assertEqual(self.curl(asking, "--cacert", "ca.pem", "--cert", "elsewhere.pem", "--key", "elsewhere.key"), (0, 200))

    @unittest.skipUnless(shutil.which("prometheus"), "prometheus is not installed")
    def test_prometheus_scrapes_with_tls_and_a_password(self):
        self.make_authority()
        self.make_certificate("server", "monitor.example")
        url = self.serve_tls("server", "--user", "prometheus", HASH)
        (self.folder / "password").write_text("open sesame", encoding="utf-8")
        (self.folder / "wrong").write_text("open barley", encoding="utf-8")
        job = """
  - job_name: {name}
    scheme: https
    tls_config: {{ca_file: ca.pem, server_name: monitor.example}}
    basic_auth: {{username: prometheus, password_file: {password}}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]"""
        jobs = [job.format(name=name, password=password, port=url.port) for name, password in (("right", "password"), ("wrong", "wrong"))]
        (self.folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:" + "".join(jobs), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                                    f"--web.listen-address=127.0.0.1:{port}"], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, timeout=PATIENCE)
        self.addCleanup(process.terminate)

        def targets():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets", timeout=PATIENCE) as answer:
                    found = json.load(answer)["data"]["activeTargets"]
            except OSError:
                return None
            return {target["scrapePool"]: target for target in found if target["health"] != "unknown"}
        until(lambda: len(targets() or {}) == 2, "both jobs are scraped")
        until(lambda: targets()["right"]["health"] == "up", "the right password is let in")
        until(lambda: "401" in targets()["wrong"]["lastError"], "the wrong one is not")
        self.assertEqual(targets()["wrong"]["health"], "down")

    @staticmethod
    def status_of(process, name):
        text = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1))

    def test_ten_thousand_idle_connections_shut_nobody_out(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = CONNECTIONS + 100
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"this machine allows {hard} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        process, url = self.serve()
        scraper = http.client.HTTPConnection(url.hostname, url.port, timeout=PATIENCE)

        def scrape(connection):
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            return answer.status, len(answer.read())
        first = scrape(scraper)
        source = scraper.sock.getsockname()
        before = self.status_of(process, "VmRSS")
        idle = []
        for number in range(CONNECTIONS):
            connection = socket.create_connection((url.hostname, url.port), timeout=PATIENCE)
            if number % 2 == 0:
                connection.send(b"GET / HTTP/1.1\r\nX-Slow: ")
            idle.append(connection)
        try:
            self.assertEqual(scrape(scraper), first)
            self.assertEqual(scraper.sock.getsockname(), source, "the scraper had to connect anew")
            fresh = http.client.HTTPConnection(url.hostname, url.port, timeout=PATIENCE)
            fresh.request("GET", "/-/healthy")
            self.assertEqual(fresh.getresponse().read(), b"healthy\n")
            fresh.close()
            growth = self.status_of(process, "VmHWM") - before
            files = len(os.listdir(f"/proc/{process.pid}/fd"))
            print(f"{CONNECTIONS} connections: {growth} KiB more memory at most, {files} open files", file=sys.stderr)
            self.assertLess(growth, MOST_GROWTH_KB)
            self.assertLess(files, 300)
        finally:
            for connection in idle:
                connection.close()
            scraper.close()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
