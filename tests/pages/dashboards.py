"""The dashboards as tests read them: their files, and what each of them asks of a Prometheus."""
import json
import pathlib
import re
import urllib.error
import urllib.parse
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"
# What Grafana puts in by itself, at the pace of the quick start.
GRAFANA_VARIABLES = {"__rate_interval": "1m", "__interval": "5s", "__range": "5m"}
# Only agents, and the core that reads what they send, export these.
OF_A_FLEET = re.compile(r"\bisthmus_(agent|core)_")


def files():
    found = sorted(FOLDER.glob("*.json"))
    assert found, f"no dashboard in {FOLDER}"
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in found}


def leaf_panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def questions(dashboard):
    """(where, PromQL) of every query of every panel, annotation and variable, with the variables put in."""
    asked = [(f"{panel['title']} {target['refId']}", target["expr"])
             for panel in leaf_panels(dashboard) for target in panel["targets"]]
    asked += [(f"annotation {annotation['name']}", annotation["expr"])
              for annotation in dashboard["annotations"]["list"] if "expr" in annotation]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            asked.append((f"variable {variable['name']}", f"count by ({label}) ({selector})"))
    return [(where, with_variables(expression, dashboard)) for where, expression in asked]


def with_variables(expression, dashboard):
    values = dict(GRAFANA_VARIABLES)
    for variable in dashboard["templating"]["list"]:
        values[variable["name"]] = variable["current"]["value"] if variable["type"] == "custom" else ".*"
    return re.sub(r"\$(\w+)", lambda match: values[match[1]], expression)


def ask(prometheus, expression, start, end):
    """The series that answer at any time from start to end, every two seconds. An error of Prometheus raises."""
    query = urllib.parse.urlencode({"query": expression, "start": start, "end": end, "step": 2})
    try:
        with urllib.request.urlopen(f"{prometheus}/api/v1/query_range?{query}", timeout=20) as answer:
            return json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{expression}\n{error.read().decode()}") from error


def unanswered(prometheus, start, end, of_a_fleet):
    """What got no answer, in words: among the questions that only a fleet answers, or among all the others."""
    silent, total = [], 0
    for name, dashboard in files().items():
        for where, expression in questions(dashboard):
            if bool(OF_A_FLEET.search(expression)) != of_a_fleet:
                continue
            total += 1
            if not ask(prometheus, expression, start, end):
                silent.append(f"{name}: {where}: no answer to {expression}")
    assert total, "no question asked"
    return silent
