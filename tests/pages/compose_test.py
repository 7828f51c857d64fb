#!/usr/bin/python3
"""deploy/compose.yaml and the secrets that it asks for, without an engine: who may do what, and that nothing is missing."""
import hashlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.dont_write_bytecode = True
import compose_file  # noqa: E402
from compose_file import ROOT  # noqa: E402

SCRIPT = compose_file.FOLDER / "docker" / "make-secrets.sh"
NKEY = compose_file.FOLDER / "docker" / "nkey.sh"
PAGES = {"alertmanager", "grafana"}
PROFILES = {
    "standalone": {"isthmus", "prometheus"} | PAGES,
    "fleet": {"broker-1", "broker-2", "broker-3", "assign", "core-1", "core-2", "agent-1", "agent-2", "agent-3",
              "prometheus-fleet"} | PAGES}
PROBERS = {"isthmus", "agent-1", "agent-2", "agent-3"}
# Made by others, from keys that others made.
KNOWN_KEYS = {
    "SUAGY32E5LIJDU2QFL567IVB7EAL7XIEJFNLUNFCTPWM24TJ32QGQYPUIY": "UDEWJVDPC4LBPPPTYADIXPZIDJVM362GO4UMEPR75HLCWZ2AX77LISSV",
    "SUADC53RMD5FIO4FI3ALTUPREPJT52JGANWBOECGC3CMUE7SHZYERMVV7Y": "UBWJLPZIWR26UUAGEZH5RTFWRL44MFRZWBNK6THINSURZ53B6UOGBSRV"}
# Where routes and leaf nodes could get in without authentication: fixed from these on.
BROKER_FIXED = {(2, 11): 16, (2, 12): 7, (2, 14): 0}


def output(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60, **options).stdout


def setUpModule():
    """The script's first run, of which each class gets a copy."""
    ComposeCase.first = pathlib.Path(tempfile.mkdtemp())
    unittest.addModuleCleanup(shutil.rmtree, ComposeCase.first)
    ComposeCase.said = output(SCRIPT, env={**os.environ, "ISTHMUS_SECRETS_DIR": str(ComposeCase.first)})


class ComposeCase(unittest.TestCase):
    first = said = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.secrets = cls.folder / "secrets"
        shutil.copytree(ComposeCase.first, cls.secrets)
        cls.environment = {**os.environ, "ISTHMUS_SECRETS_DIR": str(cls.secrets), "ISTHMUS_CONFIG_DIR": "./docker/loopback"}
        cls.document = compose_file.read(**cls.environment)

    def each(self):
        for name, service in self.document["services"].items():
            with self.subTest(service=name):
                yield name, service


class Compose(ComposeCase):
    def test_profiles_hold_what_they_promise(self):
        for profile, names in PROFILES.items():
            self.assertEqual(set(compose_file.services(self.document, profile)), names, profile)

    def test_no_service_may_do_more_than_it_must(self):
        for name, service in self.each():
            self.assertRegex(service["user"], r"^[1-9]\d*:\d+$")
            self.assertIs(service["read_only"], True)
            self.assertEqual(service["cap_drop"], ["ALL"])
            # The capability of a file is the one way to NET_RAW, and no-new-privileges would close it.
            self.assertEqual(service.get("cap_add", []), ["NET_RAW"] if name in PROBERS else [])
            self.assertEqual(service.get("security_opt", []), [] if name in PROBERS else ["no-new-privileges:true"])
            self.assertFalse({"privileged", "devices", "ports", "pid", "ipc", "userns_mode"} & set(service))

    def test_every_service_is_bounded_watched_and_given_time_to_end(self):
        for name, service in self.each():
            self.assertRegex(str(service["mem_limit"]), r"^\d+[mg]$")
            self.assertLessEqual(service["cpus"], 1)
            self.assertLessEqual(service["pids_limit"], 256)
            self.assertGreaterEqual(int(service["stop_grace_period"].rstrip("s")), 20)
            self.assertIn("max-size", service["logging"]["options"])
            if name == "assign":
                self.assertEqual(service["restart"], "on-failure")
            else:
                self.assertEqual(service["restart"], "unless-stopped")
                self.assertEqual(service["healthcheck"]["test"][0], "CMD")

    def test_health_is_asked_where_each_listens_and_nobody_twice(self):
        for profile in PROFILES:
            ports = []
            for name, service in compose_file.services(self.document, profile).items():
                test = service["healthcheck"].get("test", [""])
                if name != "assign":
                    ports.append(re.search(r":(\d+)/", test[-1])[1] if "://" in test[-1] else "10176")
            self.assertEqual(len(set(ports)), len(ports), ports)
        for number in "123":
            agent = yaml.safe_load((compose_file.FOLDER / f"docker/loopback/agent-{number}.yaml").read_text(encoding="utf-8"))
            self.assertIn(agent["exporter"]["listen"], self.document["services"][f"agent-{number}"]["healthcheck"]["test"][-1])
            self.assertEqual(agent["vantages"][0]["name"], f"agent-{number}")

    def test_everything_mounted_is_there_and_only_volumes_can_be_written(self):
        for _, service in self.each():
            for source, where, read_only in compose_file.mounts(service):
                if "/" in source:
                    self.assertTrue(read_only, where)
                    self.assertTrue(any(compose_file.on_this_machine(source).iterdir()), source)
                else:
                    self.assertIn(source, self.document["volumes"])
            if "env_file" in service:
                self.assertTrue(pathlib.Path(service["env_file"]).is_file())
        for secret in self.document["secrets"].values():
            self.assertTrue(pathlib.Path(secret["file"]).is_file())

    def test_every_partition_has_one_core(self):
        taken = []
        for core in ("core-1", "core-2"):
            first, last, number = map(int, re.fullmatch(r"(\d+)-(\d+) of (\d+)", self.partition(core)).groups())
            taken += range(first, last + 1)
            self.assertEqual(number, 8)
        self.assertEqual(taken, list(range(8)))

    def partition(self, name):
        return self.document["services"][name]["environment"]["ISTHMUS_PARTITION"]

    def test_images_are_pinned_and_the_broker_is_none_of_the_broken_ones(self):
        for _, service in self.each():
            self.assertRegex(service["image"], r":v?\d+\.\d+\.\d+$")
            if "build" in service:
                self.assertTrue(compose_file.on_this_machine(service["build"]["context"])
                                .joinpath(service["build"]["dockerfile"]).is_file())
        dockerfile = (compose_file.FOLDER / "docker/broker.Dockerfile").read_text(encoding="utf-8")
        major, minor, patch = map(int, re.search(r"ARG BROKER=nats:(\d+)\.(\d+)\.(\d+)-alpine\n", dockerfile).groups())
        self.assertGreaterEqual(patch, BROKER_FIXED[major, minor])
        self.assertIn(f"USER {self.document['services']['broker-1']['user']}\n", dockerfile)

    def test_prometheus_differs_between_profiles_only_in_what_it_scrapes(self):
        alone, fleet = (yaml.safe_load((ROOT / "deploy/prometheus" / name).read_text(encoding="utf-8"))
                        for name in ("prometheus.yml", "prometheus.fleet.yml"))
        jobs_alone, jobs_of_fleet = ({job["job_name"]: job.pop("static_configs") for job in document["scrape_configs"]}
                                     for document in (alone, fleet))
        self.assertEqual(alone, fleet)
        differ = {name for name in jobs_alone if jobs_alone[name] != jobs_of_fleet[name]}
        self.assertEqual(differ, {"isthmus", "isthmus-agent"})

    def test_no_password_is_anybodys_default(self):
        for _, service in self.each():
            for name, value in service.get("environment", {}).items():
                if re.search("PASSWORD|SECRET|TOKEN", name):
                    self.assertTrue(name.endswith("__FILE") and value.startswith("/run/secrets/"), name)
        other = self.folder / "other"
        output(SCRIPT, env={**os.environ, "ISTHMUS_SECRETS_DIR": str(other)})
        for secret in ("grafana_admin_password", "ca.key", "broker-1/broker.key", "agent-1/nkey.seed", "core-1/nkey.seed"):
            self.assertNotEqual((self.secrets / secret).read_bytes(), (other / secret).read_bytes(), secret)

    def test_neither_git_nor_the_build_sees_a_secret(self):
        self.assertEqual(output("git", "-C", ROOT, "ls-files", "deploy/docker/secrets"), "")
        output("git", "-C", ROOT, "check-ignore", "deploy/docker/secrets/ca.key")
        seen = (compose_file.FOLDER / "docker/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        self.assertEqual([line for line in seen if line and not line.startswith(("#", "!"))], ["*"])
        self.assertFalse([line for line in seen if line.startswith("!deploy/docker/secrets") or line in ("!.", "!deploy")])

    def test_a_real_client_reads_it_likewise(self):
        client = next((words for words in (["docker", "compose"], ["docker-compose"]) if self.is_there(words)), None)
        if not client:
            self.skipTest("no docker compose and no docker-compose here")
        for profile, names in PROFILES.items():
            listed = output(*client, "-f", compose_file.FILE, "--profile", profile, "config", "--services", env=self.environment)
            self.assertLessEqual(names, set(listed.split()), "version 1 lists those of every profile")

    @staticmethod
    def is_there(client):
        return shutil.which(client[0]) and subprocess.run([*client, "version"], capture_output=True, check=False).returncode == 0


class Secrets(ComposeCase):
    def setUp(self):
        shutil.rmtree(self.secrets)
        shutil.copytree(ComposeCase.first, self.secrets)

    def digest(self):
        return {path: hashlib.sha256(path.read_bytes()).digest() for path in self.secrets.rglob("*") if path.is_file()}

    def change(self, *words):
        return output(SCRIPT, *words, env=self.environment)

    def test_what_is_there_is_kept(self):
        before = self.digest()
        self.assertNotIn("made:", self.change())
        self.assertEqual(self.digest(), before)

    def test_nobody_but_the_owner_gets_in_and_the_authority_is_for_nobody(self):
        self.assertEqual(stat.S_IMODE(self.secrets.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((self.secrets / "ca.key").stat().st_mode), 0o400)
        mounted = [source for service in self.document["services"].values() for source, *_ in compose_file.mounts(service)]
        self.assertNotIn(str(self.secrets), mounted)
        for path in self.secrets.rglob("*"):
            self.assertFalse(stat.S_IMODE(path.stat().st_mode) & 0o022, path)

    def test_brokers_have_certificates_of_the_authority_in_their_names_for_a_year(self):
        for number in "123":
            certificate = self.secrets / f"broker-{number}" / "broker.pem"
            output("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost",
                   "-CAfile", self.secrets / "ca.pem", certificate)
            output("openssl", "x509", "-in", certificate, "-noout", "-checkend", str(364 * 86400))
        self.assertRegex(self.said, r"broker-3/broker.pem for DNS:localhost,IP:127.0.0.1, valid until \w{3} +\d+ ")
        self.assertRegex(self.change("status"), r"(?m)^ca.pem valid until \w{3} +\d+ .* 20\d\d GMT$")

    def test_a_month_before_one_runs_out_status_fails(self):
        for days, told in [(31, False), (29, True)]:
            output("openssl", "req", "-x509", "-newkey", "ed25519", "-noenc", "-subj", "/CN=b", "-days", str(days), "-keyout",
                   self.folder / "b.key", "-out", self.folder / "b.pem")
            shutil.copyfile(self.folder / "b.pem", self.secrets / "broker-2" / "new.pem")
            (self.secrets / "broker-2" / "new.pem").replace(self.secrets / "broker-2" / "broker.pem")
            done = subprocess.run([SCRIPT, "status"], capture_output=True, text=True, check=False, env=self.environment)
            self.assertEqual(done.returncode, int(told), done.stdout)
            self.assertEqual(re.findall(r"(?m)^(\S+) .*RENEW IT$", done.stdout), ["broker-2/broker.pem"] * told)

    def test_keys_are_those_that_nats_understands(self):
        for seed, key in KNOWN_KEYS.items():
            file = self.folder / "known.seed"
            file.write_text(seed + "\n", encoding="utf-8")
            self.assertEqual(output(NKEY, file), key + "\n")
            file.write_text(seed[:-1] + "Z\n", encoding="utf-8")
            self.assertNotEqual(subprocess.run([NKEY, file], capture_output=True, check=False).returncode, 0, "a slip is seen")
        keys = re.findall(r"\{nkey: (U[A-Z2-7]{55})", (self.secrets / "broker-1/users.conf").read_text(encoding="utf-8"))
        self.assertEqual(len(set(keys)), 6, "three agents, two cores, assign")

    def test_a_new_authority_reaches_everybody(self):
        for name in ("ca.pem", "ca.key"):
            (self.secrets / name).unlink()
        self.change("renew")
        new = (self.secrets / "ca.pem").read_bytes()
        self.assertNotEqual(new, (ComposeCase.first / "ca.pem").read_bytes())
        copies = list(self.secrets.glob("*/ca.pem"))
        self.assertEqual(len(copies), 9)
        for copy in copies:
            self.assertEqual(copy.read_bytes(), new, copy.parent.name)
        output("openssl", "verify", "-CAfile", self.secrets / "ca.pem", self.secrets / "broker-2/broker.pem")

    def test_a_key_is_changed_by_taking_the_seed_away(self):
        def key(name):
            return (self.secrets / name / "nkey.env").read_text(encoding="utf-8").strip().split("=")[1]
        before = {name: key(name) for name in ("agent-3", "core-2", "agent-1")}
        for name in ("agent-3", "core-2"):
            (self.secrets / name / "nkey.seed").unlink()
        self.change()
        users = (self.secrets / "broker-1/users.conf").read_text(encoding="utf-8")
        for name in before:
            self.assertIn(key(name), users)
            self.assertEqual(before[name] in users, name == "agent-1", name)

    def test_an_agent_that_moved_or_left_stays_so(self):
        key = KNOWN_KEYS[min(KNOWN_KEYS)]
        self.change("agent", "agent-1", key)
        self.change("remove", "agent-2")
        self.change()
        users = (self.secrets / "broker-2/users.conf").read_text(encoding="utf-8")
        self.assertEqual(users.count(key), 1)
        self.assertEqual(re.findall(r"_INBOX\.(\S+)\.>", users), ["agent-1", "agent-3"])
        self.assertTrue((self.secrets / "agent-2/nkey.env").is_file(), "without it compose.yaml could not be read")

    def test_an_agent_is_permitted_what_the_example_says(self):
        example = (ROOT / "deploy/examples/nats-server.conf").read_text(encoding="utf-8")
        wanted = re.findall(r'"[^"]+"', example[example.index("PUBLIC_KEY_OF_FRANKFURT"):].replace("frankfurt", "agent-2"))
        users = (self.secrets / "broker-3/users.conf").read_text(encoding="utf-8").split("{nkey: ")
        key = (self.secrets / "agent-2/nkey.env").read_text(encoding="utf-8").strip().split("=")[1]
        self.assertEqual(re.findall(r'"[^"]+"', next(user for user in users if user.startswith(key))), wanted)

    def test_other_machines_are_let_in_by_name_only(self):
        for address in ("192.0.2.1", "2001:db8::1"):
            refused = subprocess.run([SCRIPT, "brokers", address], env=self.environment, capture_output=True, check=False)
            self.assertEqual(refused.returncode, 1, address)
        self.change("brokers", "broker1", "b.example.net", "c.example.net")
        config = (self.secrets / "broker-2/nats-server.conf").read_text(encoding="utf-8")
        self.assertIn('listen: "0.0.0.0:4223"', config)
        self.assertIn('"nats-route://c.example.net:6224"', config)
        output("openssl", "verify", "-verify_hostname", "b.example.net", "-CAfile", self.secrets / "ca.pem",
               self.secrets / "broker-2/broker.pem")


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("skipped: no openssl")
        sys.exit(77)
    unittest.main(verbosity=2)
