"""Runs services of deploy/compose.yaml where there is no container engine: each as a process with the root, the user, the
mounts, the capabilities, the environment and the command that the file gives it, in the network namespace of the caller.
What an engine adds and this does not: namespaces of its own for processes, and the limits of memory and processors."""
import os
import pathlib
import re
import shlex
import subprocess

import compose_file

DOCKER = compose_file.FOLDER / "docker"
PROGRAMS = {"isthmus": "/image/isthmus", "isthmus-broker": "/usr/sbin/nats-server"}


def build_image(folder, binary):
    """What the Dockerfile copies and sets: the program with its file capability."""
    image = folder / "image"
    image.mkdir(mode=0o755)
    subprocess.run(["install", "-m", "755", binary, image / "isthmus"], check=True)
    capability = re.search(r"setcap (\S+)", (DOCKER / "Dockerfile").read_text(encoding="utf-8"))[1]
    subprocess.run(["setcap", capability, image / "isthmus"], check=True)


class Containers:
    """Containers whose roots and named volumes are in `folder`, with the `processes` that they become."""

    def __init__(self, services, folder, processes, namespace):
        self.services, self.folder, self.processes, self.namespace = services, folder, processes, namespace

    def start(self, name, **changes):
        """Starts a service, or one like it: changes are of its mounts {where: source} and environment."""
        return self.processes.start(changes.get("known_as", name), self.command(name, **changes))

    def run(self, name):
        return subprocess.run(self.command(name), capture_output=True, text=True, check=False, timeout=60)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def command(self, name, known_as=None, mounted=None, environment=None):
        service = self.services[name]
        root = self.folder / f"root-{known_as or name}"
        root.mkdir(exist_ok=True)
        lines = ["set -e", f"cd {shlex.quote(str(root))}", *self._root(), *self._volumes(service, mounted or {})]
        if service["read_only"]:
            lines.append("mount -o remount,ro .")
        lines.append(f"exec chroot . {shlex.join(self._program(service, environment or {}))}")
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(lines)]

    def _root(self):
        """A system to run on, with nothing of this machine's but its programs."""
        yield 'mount -t tmpfs -o mode=755 none . && cd "$PWD"'
        yield "mkdir usr proc dev etc run run/netns image"
        yield "ln -s usr/bin usr/lib usr/lib64 usr/sbin ."
        yield "mount --rbind /proc proc; mount --rbind /dev dev"
        # The safety gate of isthmus looks for the name of the namespace that it is in.
        for file in ("/etc/hosts", "/etc/nsswitch.conf", f"/run/netns/{self.namespace}"):
            yield f"touch .{file}; mount --bind {file} .{file}"
        yield from self._bind("/usr", "/usr", True)
        yield from self._bind(self.folder / "image", "/image", True)

    @staticmethod
    def _bind(source, where, read_only):
        yield f"mkdir -p .{where}; mount --bind {shlex.quote(str(source))} .{where}"
        if read_only:
            yield f"mount -o remount,ro,bind .{where}"

    def _volumes(self, service, mounted):
        for where in service.get("tmpfs", []):
            yield f"mkdir -p .{where}; mount -t tmpfs none .{where}"
        for source, where, read_only in compose_file.mounts(service):
            path = pathlib.Path(mounted.get(where) or compose_file.on_this_machine(source))
            if "/" not in source:
                path = self._named_volume(source, service["user"])
            yield from self._bind(path, where, read_only)

    def _named_volume(self, name, user):
        """Belongs to whom the image's folder at its place belongs to."""
        path = self.folder / "volumes" / name
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, *map(int, user.split(":")))
        return path

    @staticmethod
    def _program(service, environment):
        """As Docker starts an unprivileged user: no capability, but what may be gained is bounded by cap_add."""
        user, group = service["user"].split(":")
        bound = "".join(f",+{name.lower()}" for name in service.get("cap_add", []))
        words = ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", f"--bounding-set=-all{bound}",
                 "--inh-caps=-all", "--ambient-caps=-all"]
        if "no-new-privileges:true" in service.get("security_opt", []):
            words.append("--no-new-privs")
        variables = {"PATH": "/usr/bin", "ISTHMUS_REQUIRE_NETNS": "1", "ASAN_OPTIONS": "detect_leaks=0"}
        if "env_file" in service:
            for line in pathlib.Path(service["env_file"]).read_text(encoding="utf-8").splitlines():
                variables.update([line.split("=", 1)])
        variables.update(service.get("environment", {}))
        variables.update(environment)
        program = PROGRAMS[service["image"].split(":")[0]]
        return ["env", "-i", *(f"{key}={value}" for key, value in variables.items()), *words, program, *service["command"]]
