#!/usr/bin/env python3
"""The dashboards: sound JSON, nothing overlapping, and every query answers from a real Prometheus that scrapes the
metrics of the contract, so that a misspelt metric or label shows. Exit 77: Prometheus is not installed."""
import json
import pathlib
import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))

import pages  # noqa: E402
from processes import Processes, QuickstartError, wait_until  # noqa: E402
from scripted_metrics import (ScriptedMetrics, block_state, events, series, target_state,  # noqa: E402
                              upstream_state, upstreams, vantage_state)

DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
ANSWER_SECONDS = 30
GRAFANA_VARIABLES = {"__rate_interval": "1m", "__interval": "15s", "__range": "5m"}


def leaf_panels(dashboard):
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", [])


def check_structure(dashboard):
    assert re.fullmatch(r"[a-z0-9-]{1,40}", dashboard["uid"]), "a stable uid that fits in an address"
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert {"datasource", "target", "vantage"} <= variables, variables
    identifiers = [panel["id"] for panel in dashboard["panels"]]
    assert len(identifiers) == len(set(identifiers)), "two panels of one id"
    taken = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, f"{panel['title']} is wider than the page"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies over {taken[x, y]}"
                taken[x, y] = panel["title"]
    for panel in leaf_panels(dashboard):
        assert panel["description"], f"{panel['title']} does not say what it shows"
        for source in (panel["datasource"], *(target["datasource"] for target in panel["targets"])):
            assert source["uid"] == "${datasource}", f"{panel['title']} is tied to one data source"


def expressions(dashboard):
    """(where, PromQL) of panels, annotations and variables."""
    for panel in leaf_panels(dashboard):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:
            yield f"annotation {annotation['name']}", annotation["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"])
            yield f"variable {variable['name']}", f'count by ({selector[2]}) ({selector[1]})'


def with_variables(expression, dashboard):
    values = dict(GRAFANA_VARIABLES)
    for variable in dashboard["templating"]["list"]:
        values[variable["name"]] = variable["current"].get("value", ".*") if variable["type"] == "custom" else ".*"
    return re.sub(r"\$(\w+)", lambda match: values[match[1]], expression)


def contract(tick):
    """Every metric that a dashboard may ask for; counters grow with `tick`."""
    ping = {"vantage": "tokyo", "target": "north-korea"}
    page = {series("isthmus_build_info", version="0", revision="r"): 1,
            series("isthmus_block_reachability_probability", target="north-korea", block="175.45.176.0/24"): 0.9,
            series("isthmus_target_unknown_share_ratio", target="north-korea"): 0.1,
            series("isthmus_target_effective_upstreams", target="north-korea"): 1.9,
            series("isthmus_ping_probes_total", **ping): 4 * tick,
            series("isthmus_ping_replies_total", **ping): 3 * tick,
            series("isthmus_ping_rtt_seconds_bucket", **ping, le="0.1"): 2 * tick,
            series("isthmus_ping_rtt_seconds_bucket", **ping, le="+Inf"): 3 * tick,
            series("isthmus_vantage_last_observation_timestamp_seconds", vantage="tokyo"): tick,
            series("isthmus_probes_sent_total", vantage="tokyo", engine="ping", protocol="icmp"): 4 * tick,
            series("isthmus_replies_invalid_total", vantage="tokyo", reason="bad_tag"): tick}
    for estimand in ("vantage", "address", "flow"):
        for bound in ("", "_low", "_high"):
            page[series(f"isthmus_upstream_share{bound}_ratio", target="north-korea", upstream_asn=4837,
                        estimand=estimand)] = 0.5
    return (page, target_state("north-korea", "up"), upstreams("north-korea", 2), vantage_state("tokyo", "valid"),
            block_state("north-korea", "175.45.176.0/24", "up"), events("north-korea", "upstream_appeared", tick),
            events("north-korea", "target_down", tick), upstream_state("north-korea", 4837, "China Unicom", "up"))


def answers(prometheus, expression):
    try:
        url = f"{prometheus}/api/v1/query?query={urllib.request.quote(expression)}"
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(json.load(reply)["data"]["result"])
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{expression}\n{error.read().decode()}") from error


def check_queries(dashboard, prometheus, metrics, processes):
    waiting = {(where, with_variables(expression, dashboard)) for where, expression in expressions(dashboard)}
    total = len(waiting)
    tick = 0

    def all_answer():
        nonlocal tick
        tick += 1
        metrics.change(*contract(tick))
        waiting.difference_update([query for query in waiting if answers(prometheus, query[1])])
        return not waiting

    try:
        wait_until(all_answer, ANSWER_SECONDS, "an answer to every query", processes.check)
    except QuickstartError as error:
        raise AssertionError("no answer to " + "\n".join(f"{where}: {query}" for where, query in waiting)) from error
    return total


def main():
    assert DASHBOARDS, "no dashboard"
    for tool in ("prometheus", "prometheus-alertmanager"):
        if not shutil.which(tool):
            print(f"skipped: no {tool} (apt-get install prometheus prometheus-alertmanager)")
            return 77
    with tempfile.TemporaryDirectory(prefix="isthmus-dashboard-") as folder, ScriptedMetrics() as metrics, \
            Processes(folder) as processes:
        ports = {**pages.choose_ports(free=True), "isthmus": metrics.port}
        pages.start(processes, ports)
        for path in DASHBOARDS:
            dashboard = json.loads(path.read_text(encoding="utf-8"))
            check_structure(dashboard)
            count = check_queries(dashboard, f"http://127.0.0.1:{ports['prometheus']}", metrics, processes)
            print(f"ok: {path.name}: {count} queries answer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
