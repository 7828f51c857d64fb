"""Starts Prometheus and Alertmanager from the project's own configuration, moved to other ports when asked, and shows a
page as its receiver does."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from processes import QuickstartError, free_port, http_get, wait_until

DEPLOY = pathlib.Path(__file__).resolve().parents[1]

TEMPLATE = DEPLOY / "alertmanager" / "isthmus.tmpl"

# Ports that the configuration files name.
DEFAULT_PORTS = {"isthmus": 10176, "webhook": 10177, "prometheus": 9090, "alertmanager": 9093}


def choose_ports(free):
    return {name: free_port() for name in DEFAULT_PORTS} if free else dict(DEFAULT_PORTS)


def _copy_with_ports(source, destination, ports):
    text = source.read_text(encoding="utf-8")
    for name, port in DEFAULT_PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{{{name}}}")
    for name, port in ports.items():
        text = text.replace(f"127.0.0.1:{{{name}}}", f"127.0.0.1:{port}")
    destination.write_text(text, encoding="utf-8")


def _scrape_agents(config, agents):
    text = config.read_text(encoding="utf-8")
    nobody = "targets: []"
    if text.count(nobody) != 1:
        raise QuickstartError(f"prometheus.quickstart.yml does not have one '{nobody}' for the agents of a fleet")
    config.write_text(text.replace(nobody, f"targets: {json.dumps([f'127.0.0.1:{port}' for port in agents])}"),
                      encoding="utf-8")


def start(processes, ports, agents=()):
    """Both servers on loopback, data in the run's own folder; returns when both are ready. `agents`: ports of agents that
    are scraped as well."""
    folder = pathlib.Path(processes.folder)
    config = folder / "pages"
    config.mkdir()
    shutil.copytree(DEPLOY / "prometheus" / "rules", config / "rules")
    _copy_with_ports(DEPLOY / "prometheus" / "prometheus.quickstart.yml", config / "prometheus.yml", ports)
    _scrape_agents(config / "prometheus.yml", agents)
    _copy_with_ports(DEPLOY / "alertmanager" / "alertmanager.quickstart.yml", config / "alertmanager.yml", ports)
    shutil.copy(TEMPLATE, config)
    processes.start("alertmanager", [
        find("prometheus-alertmanager", "alertmanager"), f"--config.file={config / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager-data'}", "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{ports['alertmanager']}"])
    processes.start("prometheus", [
        find("prometheus"), f"--config.file={config / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus-data'}", "--storage.tsdb.retention.time=1d",
        f"--web.listen-address=127.0.0.1:{ports['prometheus']}"])
    for name in ("prometheus", "alertmanager"):
        url = f"http://127.0.0.1:{ports[name]}/-/ready"
        wait_until(lambda url=url: http_get(url)[0] == 200, 30, f"{name} ready", processes.check)


def rendered(message):
    """The text of a delivered message, made by Alertmanager's own engine from the project's template."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as data:
        json.dump(message, data)
        data.flush()
        done = subprocess.run(
            [find("amtool"), "template", "render", f"--template.glob={TEMPLATE}", "--template.type=text",
             '--template.text={{ template "isthmus.title" . }}\n\n{{ template "isthmus.text" . }}',
             f"--template.data={data.name}"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise QuickstartError(f"amtool template render: {done.stderr.strip()}")
    return done.stdout.strip()


def find(*names):
    """Debian calls Alertmanager prometheus-alertmanager, upstream does not."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    return os.path.join("/usr/bin", names[0])
