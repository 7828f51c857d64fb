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
from scripted_metrics import (ScriptedMetrics, block_state, events, failing_hop, sole_upstream,  # noqa: E402
                              state_since, target_sole_upstream, target_state, upstream_state, upstreams,
                              vantage_state, witnesses)
from webhook import WebhookReceiver  # noqa: E402

PAGE_BAR_SECONDS = 45   # what isthmus promises from cause to page; its own part takes some of it
DELIVERY_SECONDS = 30   # what the settings leave for scrape, evaluation, waiting and delivery

# The storm: AS64500 carries twenty targets of twenty blocks alone, and half of the blocks of a large one.
STORM_ASN, STORM_NAME = 64500, "Storm Transit"
STORM_TARGETS = {f"island-{t}": [f"10.{t}.{b}.0/24" for b in range(20)] for t in range(20)}
LARGE, LARGE_BLOCKS = "continent", [f"10.100.{b}.0/24" for b in range(200)]
STORM_OF_LARGE = LARGE_BLOCKS[:100]
STRANGER_BLOCK = LARGE_BLOCKS[150]   # hangs on somebody else


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
        """Alerting rules; a recording rule that fails is a fault as well."""
        groups = get_json(f"{self._prometheus}/api/v1/rules")["data"]["groups"]
        for rule in (rule for group in groups for rule in group["rules"] if rule["type"] == "recording"):
            assert rule["health"] != "err", f"{rule['name']}: {rule['lastError']}"
        return [rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"]

    def alerts(self, name, **labels):
        """What Alertmanager holds, suppressed or not."""
        return [alert for alert in get_json(f"{self._alertmanager}/api/v2/alerts")
                if alert["labels"]["alertname"] == name and labels.items() <= alert["labels"].items()]

    def post_alert(self, **labels):
        get_json(f"{self._alertmanager}/api/v2/alerts", [{"labels": labels, "annotations": {}}])

    def messages(self, receiver):
        """Every delivery, repeats and all."""
        return self._receiver.messages(receiver)

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
        assert labels.get("plane") in ("target", "upstream", "vantage", "fleet", "self"), f"{name}: plane {labels}"
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
    assert "Left: AS4837 China Unicom; lost: AS20485 TransTeleCom." in warning.annotations["description"], warning.annotations
    # It says all that the alert about the lost one says.
    lost, = chain.alerts("UpstreamLost", target="north-korea")
    redundancy, = chain.alerts("RedundancyLost", target="north-korea")
    assert lost["status"]["inhibitedBy"] == [redundancy["fingerprint"]], lost["status"]
    chain.assert_nothing_for("page")


def page_says_it_all(chain, page):
    """What somebody woken by it reads, as the receiver shows it: nothing has to be looked up."""
    text = pages.rendered(page.message)
    print("\n".join("    | " + line for line in text.splitlines()))
    for said in ("PAGE: north-korea is down", "State: down since 2017-10-01 10:47:00 +0000 UTC.",
                 "Blocks down: 1: 175.45.176.0/24.",
                 "Upstreams: AS20485 TransTeleCom (down), AS4837 China Unicom (carried what is dark).",
                 "First failing hop: hop 9 in AS131279 Star JV is not reached from frankfurt, the path ends behind "
                 "AS4837 China Unicom (blocks: 1)",
                 "Vantage points that get no answer: boston (blocks: 1), frankfurt (blocks: 1).",
                 f"Evidence   http://{page.labels['instance']}/#/target/north-korea",
                 f"Events     http://{page.labels['instance']}/api/v1/events?target=north-korea&kind=target_down&limit=1",
                 "Dashboard  http://127.0.0.1:3000/d/isthmus-target?var-target=north-korea",
                 "Runbook    https://github.com/isthmus-monitor/isthmus/blob/main/deploy/runbooks/TargetDown.md"):
        assert said in text, f"{said!r} is not in the page:\n{text}"


def an_outage_pages_though_a_vantage_point_is_blind(chain):
    cause = time.time()
    chain.metrics.change(target_state("north-korea", "down"), block_state("north-korea", "175.45.176.0/24", "down"),
                         state_since("north-korea", 1506854820), target_sole_upstream("north-korea", 4837, "China Unicom"),
                         upstream_state("north-korea", 4837, "China Unicom", "unknown"),
                         failing_hop("north-korea", "frankfurt", 9, 131279, "Star JV", 4837, "China Unicom", 1),
                         witnesses("north-korea", frankfurt=1, boston=1, tokyo=0), upstreams("bystander", 1))
    page = chain.expect("page", "TargetDown", since=cause, target="north-korea")
    assert page.received - cause < PAGE_BAR_SECONDS
    page_says_it_all(chain, page)
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


def storm_blocks():
    return [(target, block) for target, blocks in STORM_TARGETS.items() for block in blocks] + \
           [(LARGE, block) for block in STORM_OF_LARGE]


def storm_is_over_or_begins(state, targets, blocks):
    """All at one moment: the scrape sees none of it half done."""
    return [target_state(target, state) for target in targets] + [block_state(*block, state) for block in blocks]


def five_hundred_blocks_down_by_one_upstream_are_one_page(chain):
    blocks = storm_blocks()
    assert len(blocks) == 500
    chain.metrics.change(
        target_state(LARGE, "up"), *(target_sole_upstream(target, STORM_ASN, STORM_NAME) for target in STORM_TARGETS),
        *(sole_upstream(*block, STORM_ASN, STORM_NAME) for block in blocks),
        sole_upstream(LARGE, STRANGER_BLOCK, 64501, "Stranger"), block_state(LARGE, STRANGER_BLOCK, "up"),
        *storm_is_over_or_begins("up", STORM_TARGETS, blocks))
    chain.wait(lambda: chain.query(f'count(isthmus_block_sole_upstream{{upstream_asn="{STORM_ASN}"}}) == 500'), "a scrape")
    delivered_before, cause = len(chain.messages("page")), time.time()

    # Block follows block: the second half a scrape after the first. And somewhere a block of somebody else goes down.
    first, second = list(STORM_TARGETS)[:10], list(STORM_TARGETS)[10:]
    half = [(target, block) for target, block in blocks if target in first]
    chain.metrics.change(*storm_is_over_or_begins("down", first, half))
    chain.wait(lambda: chain.query('count(isthmus_target_state{state="down"} == 1) == 10'), "the first half to be scraped")
    chain.metrics.change(*storm_is_over_or_begins("down", second, blocks), target_state(LARGE, "degraded"),
                         block_state(LARGE, STRANGER_BLOCK, "down"))
    page = chain.expect("page", "UpstreamDown", since=cause, upstream_asn=str(STORM_ASN))
    assert page.received - cause < PAGE_BAR_SECONDS
    assert page.annotations["summary"].startswith(f"AS{STORM_ASN} "), page.annotations
    # The outage of the stranger is not drowned out.
    stranger = chain.expect("page", "BlockDown", since=cause, block=STRANGER_BLOCK)
    assert stranger.received - cause < PAGE_BAR_SECONDS
    upstream_down, = chain.alerts("UpstreamDown")

    def all_held_back():
        held = [alert for name in ("TargetDown", "BlockDown") for alert in chain.alerts(name, upstream_asn=str(STORM_ASN))]
        return len(held) == 20 + 100 and all(alert["status"]["inhibitedBy"] == [upstream_down["fingerprint"]]
                                             for alert in held)

    chain.wait(all_held_back, "20 targets and 100 blocks to be held back")

    # It ends as it came, in two halves, and is over once: what takes longer pages nobody.
    cause = time.time()
    chain.metrics.change(*storm_is_over_or_begins("up", second, blocks), *storm_is_over_or_begins("down", first, half))
    chain.wait(lambda: chain.query('count(isthmus_target_state{state="down"} == 1) == 10'), "one half to be back")
    chain.metrics.change(*storm_is_over_or_begins("up", first, half), block_state(LARGE, STRANGER_BLOCK, "up"),
                         target_state(LARGE, "up"))
    chain.expect("page", "UpstreamDown", "resolved", since=cause, upstream_asn=str(STORM_ASN))
    chain.expect("page", "BlockDown", "resolved", since=cause, block=STRANGER_BLOCK)
    chain.wait(lambda: not any(chain.alerts(name) for name in ("UpstreamDown", "TargetDown", "BlockDown")),
               "nothing left that could page")
    got = sorted((message["alerts"][0]["labels"]["alertname"], message["status"],
                  sum(alert["status"] == "firing" for alert in message["alerts"]))
                 for message in chain.messages("page")[delivered_before:])
    assert got == [("BlockDown", "firing", 1), ("BlockDown", "resolved", 0),
                   ("UpstreamDown", "firing", 1), ("UpstreamDown", "resolved", 0)], got


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
         five_hundred_blocks_down_by_one_upstream_are_one_page, a_new_upstream_is_told, every_alert_is_complete)


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
