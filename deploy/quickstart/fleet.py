"""The story's isthmus as a fleet: a broker of three nodes, an agent for each vantage point and a core, in place of the one
process of `isthmus monitor`. Everything on the loopback interface; only probes leave from the namespaces."""
import json
import pathlib
import re
import subprocess
import os

from processes import QuickstartError, free_port, http_get, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODES = 3
PARTITIONS = 4
# What the agents allow: the story's own addresses, and the controls.
ALLOW = "175.45.176.0/22, 193.0.0.193/32, 192.36.148.17/32, 130.59.31.251/32, 202.12.27.33/32, 192.5.5.241/32"


def start_node(processes, folder, node):
    """One node of the cluster, with what it stored when it ran before."""
    processes.start(f"nats-{node}", ["nats-server", "-c", folder / f"nats-{node}.conf"])


def start_broker(processes, folder):
    """A cluster of nats-servers; the urls of its nodes, for clients and for looks at them."""
    clients, routes = [[free_port() for _ in range(NODES)] for _ in range(2)]
    monitors = [free_port() for _ in range(NODES)]
    for node in range(NODES):
        others = ", ".join(f"nats://127.0.0.1:{port}" for port in routes)
        (folder / f"nats-{node}.conf").write_text(f"""\
server_name: node-{node}
listen: 127.0.0.1:{clients[node]}
http: 127.0.0.1:{monitors[node]}
jetstream {{ store_dir: "{folder}/jetstream-{node}" }}
cluster {{ name: story, listen: 127.0.0.1:{routes[node]}, routes: [{others}] }}
""", encoding="utf-8")
        start_node(processes, folder, node)
    wait_until(lambda: all(has_leader(port) for port in monitors), 30, "the broker's nodes agree", processes.check)
    return [f"nats://127.0.0.1:{port}" for port in clients], [f"http://127.0.0.1:{port}" for port in monitors]


def has_leader(monitor):
    status, body = http_get(f"http://127.0.0.1:{monitor}/jsz")
    return status == 200 and bool(json.loads(body).get("meta_cluster", {}).get("leader"))


def core_config(config, servers, store):
    """The story's configuration with a section fleet, readable from any folder."""
    text = config.read_text(encoding="utf-8").replace("../../", f"{ROOT}/")
    text = re.sub(r"(?m)^store:.*$", f"store: {{path: {store}}}", text)
    return text + (f"fleet: {{servers: {json.dumps(servers)}, partition: 0-{PARTITIONS - 1} of {PARTITIONS}, "
                   f"replicas: {NODES}}}\n")


def agent_config(vantage, servers, folder, port):
    return f"""\
vantages: [{vantage}]
probing: {{allow: [{ALLOW}], rate_limit: 500, router_limit: 200}}
exporter: {{listen: "127.0.0.1:{port}"}}
fleet: {{servers: {json.dumps(servers)}, spool: {folder}}}
"""


def start(processes, arguments, ports, config):
    """Starts all of it and returns the core's url and the ports of the agents."""
    folder = pathlib.Path(processes.folder)
    environment = {"ISTHMUS_LAB": arguments.lab, "ISTHMUS_REQUIRE_NETNS": "1"}
    binary = arguments.build / "isthmus"
    servers, _ = start_broker(processes, folder)
    core = folder / "core.yaml"
    core.write_text(core_config(config, servers, folder / "isthmus.db"), encoding="utf-8")
    assigned = subprocess.run([binary, "assign", "--config", core], capture_output=True, text=True,
                              env={**os.environ, **environment}, check=False)
    if assigned.returncode != 0:
        raise QuickstartError(assigned.stderr.strip() or assigned.stdout.strip())
    agents = []
    for vantage in re.findall(r"(?m)^  - (\{name: \w+,.*netns.*\})$", config.read_text(encoding="utf-8")):
        name = re.search(r"name: (\w+)", vantage)[1]
        spool = folder / f"spool-{name}"
        spool.mkdir(mode=0o700)
        port = free_port()
        file = folder / f"agent-{name}.yaml"
        file.write_text(agent_config(vantage, servers, spool, port), encoding="utf-8")
        processes.start(f"agent-{name}", [binary, "agent", "--config", file], **environment)
        agents.append(port)
    processes.start("isthmus", [binary, "core", "--config", core, "--listen", f"127.0.0.1:{ports['isthmus']}"], **environment)
    url = f"http://127.0.0.1:{ports['isthmus']}"
    for each in [*(f"http://127.0.0.1:{port}" for port in agents), url]:
        wait_until(lambda ready=each: http_get(ready + "/-/ready")[0] == 200, 30, f"{each} ready", processes.check)
    return url, agents
