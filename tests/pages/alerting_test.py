#!/usr/bin/env python3
"""Real Prometheus and Alertmanager, with the quick start's settings, against scripted metrics and a webhook receiver.

Tells the story of an outage and asserts who hears of what: the page, the warnings, what is held back and what is not.
Everything listens on loopback. Exit 77: Prometheus or Alertmanager is not installed.
"""
import json
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "quickstart"))

import pages  # noqa: E402
from processes import Processes, wait_until  # noqa: E402
from scripted_metrics import (ScriptedMetrics, block_state, events, target_state, upstream_state,  # noqa: E402
                              upstreams, vantage_state)
from webhook import WebhookReceiver  # noqa: E402

PAGE_BAR_SECONDS = 45   # what isthmus promises from cause to page; its own part takes some of it
DELIVERY_SECONDS = 30   # what the settings leave for scrape, evaluation, waiting and delivery


def get_json(url, body=None):
    request = urllib.request.Request(url, headers={"Content-Type": "application/json"},
                                     data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Chain:
    """The running chain, and questions to it."""

    def __init__(self, processes, ports, metrics, receiver):
        self._processes = processes
        self._prometheus = f"http://127.0.0.1:{ports['prometheus']}"
        self._alertmanager = f"http://127.0.0.1:{ports['alertmanager']}"
        self.metrics = metrics
        self._receiver = receiver

    def delivered(self, receiver, name, status, since=0.0, **labels):
        """The first matching notification, or None."""
        for note in self._receiver.notifications():
            if (note.receiver, note.name, note.status) == (receiver, name, status) and note.received >= since \
                    and labels.items() <= note.labels.items():
                return note
        return None

    def expect(self, receiver, name, status="firing", since=0.0, **labels):
        """Waits for the delivery, says how long it took, and returns it."""
        self.wait(lambda: self.delivered(receiver, name, status, since, **labels),
                  f"{name} {labels} {status} at {receiver}")
        note = self.delivered(receiver, name, status, since, **labels)
        print(f"  {name} {status} at {receiver} after {note.received - since:.1f} s" if since
              else f"  {name} {status} at {receiver}")
        return note

    def wait(self, condition, what):
        wait_until(condition, DELIVERY_SECONDS, what, self._processes.check)

    def query(self, expression):
        answer = get_json(f"{self._prometheus}/api/v1/query?query={urllib.request.quote(expression)}")
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["data"]["result"]]

    def rules(self):
        groups = get_json(f"{self._prometheus}/api/v1/rules?type=alert")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def alerts(self, name, **labels):
        """What Alertmanager holds, suppressed or not."""
        return [alert for alert in get_json(f"{self._alertmanager}/api/v2/alerts")
                if alert["labels"]["alertname"] == name and labels.items() <= alert["labels"].items()]

    def post_alert(self, **labels):
        get_json(f"{self._alertmanager}/api/v2/alerts", [{"labels": labels, "annotations": {}}])

    def assert_nothing_for(self, receiver):
        """Alertmanager says at once where an alert will go, so no waiting is needed to know that nothing comes."""
        bound = [alert["labels"] for alert in get_json(f"{self._alertmanager}/api/v2/alerts")
                 if receiver in [entry["name"] for entry in alert["receivers"]]]
        assert not bound, f"bound for {receiver}: {bound}"
        got = [note.labels for note in self._receiver.notifications() if note.receiver == receiver]
        assert not got, f"{receiver} got {got}"


def quiet_beginning(chain):
    chain.metrics.change(
        target_state("north-korea", "up"), upstreams("north-korea", 2), events("north-korea", "upstream_appeared", 0),
        block_state("north-korea", "175.45.176.0/24", "up"),
        upstream_state("north-korea", 4837, "China Unicom", "up"),
        upstream_state("north-korea", 20485, "TransTeleCom", "up"),
        target_state("bystander", "up"), upstreams("bystander", 2), events("bystander", "upstream_appeared", 0),
        vantage_state("frankfurt", "valid"), vantage_state("tokyo", "valid"))
    chain.wait(lambda: len(chain.query("target:isthmus_target_upstreams:max7d == 2")) == 2, "first scrape and evaluation")


def every_alert_is_complete(chain):
    for rule in chain.rules():
        name, labels, annotations = rule["name"], rule["labels"], rule["annotations"]
        assert labels.get("severity") in ("critical", "warning", "none"), f"{name}: severity {labels}"
        assert labels.get("plane") in ("target", "upstream", "vantage", "self"), f"{name}: plane {labels}"
        for key in ("summary", "description", "runbook_url", "dashboard_url"):
            assert annotations.get(key), f"{name} has no {key}"
        assert annotations["runbook_url"].endswith(f"/deploy/runbooks/{name}.md"), f"{name}: {annotations['runbook_url']}"
        assert rule["health"] == "ok", f"{name}: {rule.get('lastError')}"


def watchdog_reaches_the_deadman(chain):
    chain.expect("deadman", "Watchdog")
    chain.assert_nothing_for("page")
    chain.assert_nothing_for("notify")


def a_blind_vantage_point_is_told_and_not_paged(chain):
    cause = time.time()
    chain.metrics.change(vantage_state("tokyo", "invalid"))
    chain.expect("notify", "VantageIsolated", since=cause, vantage="tokyo")
    chain.assert_nothing_for("page")
    # It inhibits its own view and nobody else's.
    for vantage in ("tokyo", "frankfurt"):
        chain.post_alert(alertname="VantageSilent", plane="vantage", severity="warning", vantage=vantage)
    chain.wait(lambda: all(alert["status"]["state"] != "unprocessed" for alert in chain.alerts("VantageSilent")),
               "the two alerts to be processed")
    isolated, = chain.alerts("VantageIsolated", vantage="tokyo")
    silent, = chain.alerts("VantageSilent", vantage="tokyo")
    assert silent["status"]["inhibitedBy"] == [isolated["fingerprint"]], silent["status"]
    other, = chain.alerts("VantageSilent", vantage="frankfurt")
    assert other["status"]["state"] == "active", other["status"]


def a_lost_upstream_warns_and_does_not_page(chain):
    cause = time.time()
    chain.metrics.change(upstreams("north-korea", 1), upstream_state("north-korea", 20485, "TransTeleCom", "down"))
    warning = chain.expect("notify", "RedundancyLost", since=cause, target="north-korea")
    assert "AS4837 China Unicom" in warning.annotations["description"], warning.annotations
    assert "AS20485" not in warning.annotations["description"], warning.annotations
    chain.assert_nothing_for("page")


def an_outage_pages_though_a_vantage_point_is_blind(chain):
    cause = time.time()
    chain.metrics.change(target_state("north-korea", "down"), block_state("north-korea", "175.45.176.0/24", "down"),
                         upstreams("bystander", 1))
    page = chain.expect("page", "TargetDown", since=cause, target="north-korea")
    assert page.received - cause < PAGE_BAR_SECONDS
    assert "State now: down. Blocks down: 1. Upstreams: 1." in page.annotations["description"], page.annotations
    down, = chain.alerts("TargetDown", target="north-korea")
    held_back, = chain.alerts("RedundancyLost", target="north-korea")
    assert held_back["status"]["inhibitedBy"] == [down["fingerprint"]], held_back["status"]
    # The whole says it all: its block does not page for itself.
    assert not chain.alerts("BlockDown", target="north-korea")
    # The outage of one target drowns out no warning of another.
    chain.expect("notify", "RedundancyLost", since=cause, target="bystander")
    assert not chain.alerts("TargetDown", target="bystander")


def blindness_does_not_resolve_the_page_and_recovery_does(chain):
    chain.metrics.change(target_state("north-korea", "unknown"))
    chain.wait(lambda: chain.query('isthmus_target_state{target="north-korea",state="unknown"} == 1')
               and chain.query('ALERTS{alertname="TargetUnknown",alertstate="pending"}'),
               "an evaluation that saw the unknown state")
    assert chain.query('ALERTS{alertname="TargetDown",alertstate="firing",target="north-korea"}')
    assert not chain.delivered("page", "TargetDown", "resolved")
    cause = time.time()
    chain.metrics.change(target_state("north-korea", "up"), upstreams("north-korea", 2), upstreams("bystander", 2),
                         block_state("north-korea", "175.45.176.0/24", "up"), vantage_state("tokyo", "valid"),
                         upstream_state("north-korea", 20485, "TransTeleCom", "up"))
    chain.expect("page", "TargetDown", "resolved", since=cause, target="north-korea")
    chain.expect("notify", "RedundancyLost", "resolved", since=cause, target="bystander")
    chain.expect("notify", "VantageIsolated", "resolved", since=cause, vantage="tokyo")


def one_block_of_many_pages_by_its_own_name(chain):
    cause = time.time()
    chain.metrics.change(target_state("north-korea", "degraded"), block_state("north-korea", "175.45.176.0/24", "down"))
    page = chain.expect("page", "BlockDown", since=cause, target="north-korea", block="175.45.176.0/24")
    assert page.received - cause < PAGE_BAR_SECONDS
    assert not chain.alerts("TargetDown", target="north-korea")
    cause = time.time()
    chain.metrics.change(target_state("north-korea", "up"), block_state("north-korea", "175.45.176.0/24", "up"))
    chain.expect("page", "BlockDown", "resolved", since=cause, target="north-korea", block="175.45.176.0/24")


def a_new_upstream_is_told(chain):
    cause = time.time()
    chain.metrics.change(events("north-korea", "upstream_appeared", 1))
    news = chain.expect("notify", "UpstreamAppeared", since=cause, target="north-korea")
    assert "AS20485 TransTeleCom" in news.annotations["description"], news.annotations
    assert not chain.alerts("UpstreamAppeared", target="bystander")
    assert not chain.alerts("TargetDown")


STORY = (quiet_beginning, every_alert_is_complete, watchdog_reaches_the_deadman,
         a_blind_vantage_point_is_told_and_not_paged, a_lost_upstream_warns_and_does_not_page,
         an_outage_pages_though_a_vantage_point_is_blind, blindness_does_not_resolve_the_page_and_recovery_does,
         one_block_of_many_pages_by_its_own_name, a_new_upstream_is_told)


def main():
    for tool in ("prometheus", "prometheus-alertmanager"):
        if not shutil.which(tool):
            print(f"skipped: no {tool} (apt-get install prometheus prometheus-alertmanager)")
            return 77
    with tempfile.TemporaryDirectory(prefix="isthmus-alerting-") as folder, ScriptedMetrics() as metrics, \
            WebhookReceiver() as receiver, Processes(folder) as processes:
        ports = {**pages.choose_ports(free=True), "isthmus": metrics.port, "webhook": receiver.port}
        pages.start(processes, ports)
        chain = Chain(processes, ports, metrics, receiver)
        for chapter in STORY:
            print(chapter.__name__.replace("_", " "), flush=True)
            chapter(chain)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
