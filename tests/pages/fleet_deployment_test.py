#!/usr/bin/python3
"""The profile `fleet` of deploy/compose.yaml for real, but for the engine: its secrets made, its brokers, cores and agents
started with its configuration and as unprivileged as it says, in a network namespace without a way out."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))
import compose_file  # noqa: E402
import containers  # noqa: E402
from nats_client import NatsClient  # noqa: E402
from processes import Processes, http_get, wait_until  # noqa: E402

BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
NATS = "/usr/sbin/nats-server"
INSIDE = "ISTHMUS_TEST_NAMESPACE"
NAMESPACE = os.environ.get(INSIDE, f"deployment{os.getpid()}")
BROKERS, CORES, AGENTS = (["broker-1", "broker-2", "broker-3"], ["core-1", "core-2"], ["agent-1", "agent-2", "agent-3"])
CLIENTS = [4222, 4223, 4224]
ROUTE, MONITORS = 6222, [8222, 8223, 8224]


class FleetDeployment(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.folder.chmod(0o755)
        cls.secrets = cls.folder / "secrets"
        cls.make_secrets()
        cls.processes = Processes(str(cls.folder))
        cls.addClassCleanup(cls.processes.__exit__)
        document = compose_file.read(ISTHMUS_CONFIG_DIR="./docker/loopback", ISTHMUS_SECRETS_DIR=str(cls.secrets))
        cls.services = document["services"]
        containers.build_image(cls.folder, BINARY)
        cls.engine = containers.Containers(cls.services, cls.folder, cls.processes, NAMESPACE)
        for broker in BROKERS:
            cls.engine.start(broker)
        cls.until(lambda: all(cls.healthy(broker) for broker in BROKERS), "the brokers are healthy")

    @classmethod
    def make_secrets(cls, *words, fine=True):
        done = subprocess.run([containers.DOCKER / "make-secrets.sh", *words], capture_output=True, text=True, check=False,
                              timeout=60, env={**os.environ, "ISTHMUS_SECRETS_DIR": str(cls.secrets)})
        if fine and done.returncode != 0:
            raise AssertionError(done.stderr)
        for config in cls.secrets.glob("broker-*/nats-server.conf"):
            cls.for_debian(config)
        return done

    @staticmethod
    def for_debian(config):
        """Debian's nats-server 2.9 does not know this key yet."""
        text = config.read_text(encoding="utf-8")
        config.chmod(0o644)
        config.write_text(re.sub(r"\n *sync_interval: always", "", text), encoding="utf-8")

    @classmethod
    def until(cls, condition, what):
        wait_until(condition, 60, what, cls.processes.check)

    @classmethod
    def healthy(cls, name):
        """What the service's health check asks, asked from here."""
        test = cls.services[name]["healthcheck"]["test"]
        url = test[-1] if "://" in test[-1] else "http://127.0.0.1:10176/-/healthy"
        return http_get(url)[0] == 200

    def metric(self, name, family, labels=""):
        """The sum of the series of a family whose labels contain `labels`."""
        health = self.services[name]["healthcheck"]["test"][-1]
        port = re.search(r":(\d+)/", health)[1] if "://" in health else "10176"
        text = http_get(f"http://127.0.0.1:{port}/metrics")[1]
        return sum(float(value) for found, value in re.findall(rf"^{family}((?:{{[^}}]*}})?) (\S+)$", text, re.M)
                   if labels in found)

    def streams(self, monitor=8222):
        accounts = json.loads(http_get(f"http://127.0.0.1:{monitor}/jsz?streams=true&config=true")[1])["account_details"]
        return {stream["name"]: stream for account in accounts for stream in account.get("stream_detail", [])}

    def seed(self, name):
        return (self.secrets / name / "nkey.seed").read_text(encoding="utf-8").strip()

    def key(self, name):
        return (self.secrets / name / "nkey.env").read_text(encoding="utf-8").strip().split("=")[1]

    def client(self, port=4222, key=None, seed=None):
        return NatsClient(port, self.secrets / "ca.pem", key, seed)

    def as_agent(self, name, port=4222):
        return self.client(port, self.key(name), self.seed(name))

    def reload_brokers(self):
        for broker in BROKERS:
            self.processes.running(broker).send_signal(signal.SIGHUP)

    def test_1_a_fleet_comes_up(self):
        done = self.engine.run("assign")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        streams = self.streams()
        self.assertEqual(sorted(streams), ["ISTHMUS", "KV_ISTHMUS_AGENTS", "KV_ISTHMUS_ASSIGNMENTS", "KV_ISTHMUS_PARTITIONS"])
        for name, stream in streams.items():
            self.assertEqual(stream["config"]["num_replicas"], 3, name)
            self.assertEqual(len(stream["cluster"]["replicas"]), 2, name)
        for name in CORES + AGENTS:
            self.engine.start(name)
        self.until(lambda: all(self.healthy(name) for name in CORES + AGENTS), "the fleet is healthy")
        # One target is in the partitions of each core.
        for core, target in (("core-1", "first"), ("core-2", "second")):
            series = f'{{target="{target}",state="up"}}'
            self.until(lambda: self.metric(core, "isthmus_target_state", series) == 1, f"{core} sees {target}")  # noqa: B023
            self.assertEqual(self.metric(core, "isthmus_vantage_state", 'state="valid"'), 3, core)
            self.assertEqual(self.metric(core, "isthmus_target_state", "first" if target == "second" else "second"), 0)

    def test_2_prometheus_finds_what_it_is_to_scrape(self):
        config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.fleet.yml").read_text(encoding="utf-8"))
        targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
        for job, number, family in (("isthmus", 2, "isthmus_core_connected"), ("isthmus-agent", 3, "isthmus_agent_connected")):
            self.assertEqual(len(targets[job]), number)
            for target in targets[job]:
                self.assertRegex(http_get(f"http://{target}/metrics")[1], rf"(?m)^{family}\S* 1$", target)

    def test_3_an_agent_speaks_for_itself_alone(self):
        with self.as_agent("agent-1", port=4223) as agent:
            self.assertIsNone(agent.refusal)
            self.assertIsNone(agent.publish("obs.v1.0.agent-1"))
            for subject in ("obs.v1.0.agent-2", "$KV.ISTHMUS_ASSIGNMENTS.agent-1", "$JS.API.STREAM.DELETE.ISTHMUS"):
                self.assertIn("Permissions Violation for Publish", agent.publish(subject) or "", subject)
            self.assertIn("Permissions Violation for Subscription", agent.subscribe("obs.v1.>") or "")
        with self.client() as stranger:
            self.assertIn("Authorization Violation", stranger.refusal)
        with self.client(key=self.key("agent-1"), seed=self.seed("agent-2")) as thief:
            self.assertIn("Authorization Violation", thief.refusal, "a public key is not enough")

    def test_4_nobody_else_is_taken_for_a_broker_or_for_one_of_its_nodes(self):
        other = self.folder / "other"
        subprocess.run([containers.DOCKER / "make-secrets.sh"], check=True, capture_output=True,
                       env={**os.environ, "ISTHMUS_SECRETS_DIR": str(other)})
        shutil.copytree(self.secrets / "agent-1", self.folder / "mistrustful")
        shutil.copy(other / "agent-1" / "ca.pem", self.folder / "mistrustful" / "ca.pem")
        self.processes.stop("agent-1")
        self.engine.start("agent-1", known_as="mistrustful", mounted={"/run/isthmus": self.folder / "mistrustful"})
        self.until(lambda: "signed by somebody else than fleet.ca" in self.engine.log("mistrustful"), "a wrong CA is refused")
        self.processes.stop("mistrustful")
        self.engine.start("agent-1")
        self.assertTrue(self.joins_the_cluster(self.secrets / "broker-2"))
        self.assertFalse(self.joins_the_cluster(None), "a certificate is asked for")
        self.assertFalse(self.joins_the_cluster(other / "broker-2"), "and has to be the fleet's own")
        with socket.create_connection(("localhost", CLIENTS[0]), timeout=5) as plain:
            lines = plain.makefile("rb")
            self.assertTrue(json.loads(lines.readline().split(b" ", 1)[1])["tls_required"])
            plain.sendall(b"CONNECT {}\r\nPING\r\n")
            self.assertNotIn(b"PONG", lines.read(), "nothing is said without TLS")

    def joins_the_cluster(self, identity):
        """Whether a broker talks to who connects to its route port with this folder's certificate."""
        context = ssl.create_default_context(cafile=self.secrets / "ca.pem")
        if identity:
            context.load_cert_chain(identity / "broker.pem", identity / "broker.key")
        with socket.create_connection(("localhost", ROUTE), timeout=5) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="localhost") as route:
                    return route.recv(4) == b"INFO"
            except (ssl.SSLError, ConnectionError):
                return False

    def test_5_agents_come_and_go_and_certificates_are_renewed_while_it_runs(self):
        own = self.folder / "tokyo.seed"
        key = subprocess.run([containers.DOCKER / "nkey.sh", own], check=True, capture_output=True, text=True).stdout.strip()

        def connected():
            return self.client(4224, key, own.read_text(encoding="utf-8").strip())

        def tokyo():
            with connected() as client:
                return client.refusal or client.publish("obs.v1.0.tokyo")

        def serial():
            with self.as_agent("agent-1") as client:
                return client.serial_number()
        self.assertIn("Authorization Violation", tokyo())
        before = serial()
        self.make_secrets("agent", "tokyo", key)
        self.reload_brokers()
        self.until(lambda: tokyo() is None, "the new agent is let in")
        self.assertEqual(serial(), before)
        with connected() as present:
            self.make_secrets("remove", "tokyo")
            self.make_secrets("renew")
            self.assertIsNone(present.publish("obs.v1.0.tokyo"))
            self.reload_brokers()
            self.until(lambda: present.publish("obs.v1.0.tokyo"), "it is shut out, though it is connected")
        self.assertIn("Authorization Violation", tokyo() or "")
        self.until(lambda: serial() != before, "the new certificate is shown")

    def test_6_a_broker_may_be_killed(self):
        leader = self.streams()["ISTHMUS"]["cluster"]["leader"]
        victim = self.processes.take(leader)
        victim.kill()
        victim.wait()
        left = next(port for broker, port in zip(BROKERS, MONITORS) if broker != leader)
        self.until(lambda: self.streams(left)["ISTHMUS"]["cluster"].get("leader") not in (None, "", leader), "another one leads")
        before = {core: self.metric(core, "isthmus_core_messages_total") for core in CORES}
        for core in CORES:
            self.until(lambda: self.metric(core, "isthmus_core_messages_total") > before[core], f"{core} goes on")  # noqa: B023
            self.assertEqual(self.metric(core, "isthmus_core_messages_missing_total"), 0)
        self.engine.start(leader)
        self.until(lambda: self.healthy(leader), "the one that was away has caught up")

    def test_7_sigterm_drains(self):
        for name in AGENTS + CORES + BROKERS:
            self.assertEqual(self.processes.stop(name), 1 if name in BROKERS else 0, name)
        for name in AGENTS:
            self.assertIn("event=stopped", self.engine.log(name))

    def test_8_the_other_profile_comes_up_alone(self):
        self.engine.start("isthmus")
        self.until(lambda: self.metric("isthmus", "isthmus_target_state", 'state="up"') == 1, "its target is up")
        self.assertEqual(self.processes.stop("isthmus"), 0)


def why_not():
    if os.geteuid() != 0:
        return "needs root for a network namespace"
    for file in (BINARY, pathlib.Path(NATS)):
        if not file.exists():
            return f"{file} is not there"
    missing = [tool for tool in ("unshare", "setpriv", "setcap", "openssl", "ip") if not shutil.which(tool)]
    return f"no {missing[0]}" if missing else None


def main():
    why = why_not()
    if why:
        print(f"skipped: {why}")
        sys.exit(77)
    # A namespace with nothing but its loopback interface; this program goes on inside of it.
    if INSIDE not in os.environ:
        try:
            subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
            subprocess.run(["ip", "-n", NAMESPACE, "link", "set", "lo", "up"], check=True)
            inside = subprocess.run(["ip", "netns", "exec", NAMESPACE, sys.executable, *sys.argv], check=False,
                                    env={**os.environ, INSIDE: NAMESPACE})
            sys.exit(inside.returncode)
        finally:
            subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)
    unittest.main(verbosity=2, failfast=True)


if __name__ == "__main__":
    main()
