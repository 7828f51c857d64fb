"""Target: what is the matter with one network, and how does isthmus know?"""
from panels import (GREEN, ORANGE, RED, STATES, TEXT, dashboard, heatmap, links_to_evidence, query, row, series, stat, table, timeline,
                    variable)
from resilience import upstream_code

TARGET = 'job=~"$job",target=~"$target"'
PAIR = f'{TARGET},vantage=~"$vantage"'

STATE = [
    row("State"),
    stat("State", "Down takes the word of two vantage points, and of two thirds of the valid ones.",
         [query(f"target:isthmus_target_state:code{{{TARGET}}}", "{{target}}", instant=True)], names=STATES,
         links=links_to_evidence(), colour_of="background"),
    stat("In this state for", "Time in which isthmus did not run does not count.",
         [query(f"time() - isthmus_target_state_since_timestamp_seconds{{{TARGET}}}", "{{target}}", instant=True)], unit="s"),
    stat("Blocks by state", "Of /24 and /48.",
         [query(f"sum by (state) (target_state:isthmus_block_state:sum{{{TARGET}}})", "{{state}}", instant=True)]),
    stat("Upstreams", "That carry at least one block now.",
         [query(f"isthmus_target_upstreams{{{TARGET}}}", "{{target}}", instant=True)], steps=(RED, (1, ORANGE), (2, GREEN))),
    timeline("State of the target", "Click a state for its evidence.",
             [query(f"target:isthmus_target_state:code{{{TARGET}}}", "{{target}}")], STATES, height=5, links=links_to_evidence()),
    timeline("State of each block", "Unknown is no state of the block: nobody can tell.",
             [query(f"block:isthmus_block_state:code{{{TARGET}}}", "{{block}}")], STATES, height=8, links=links_to_evidence()),
    timeline("Each upstream", "Up: carries all that it ever did; degraded: some of it, or with losses; down: nothing.",
             [query(upstream_code(), "{{target}}: AS{{upstream_asn}} {{upstream_name}}")], STATES,
             links=links_to_evidence()),
]

EVIDENCE = [
    row("Evidence"),
    table("Where paths end", "Of blocks that are down: the first hop that is not reached any more. Its address is in the event.",
          f"isthmus_target_failing_hop_blocks{{{TARGET}}}",
          {"target": "Target", "vantage": "From", "ttl": "Hop", "asn": "AS", "name": "Network", "last_asn": "Behind AS",
           "last_name": "Behind network", "Value": "Blocks"}, no_value="nothing is down"),
    series("Blocks that get no answer, by vantage point", "Who agrees on an outage, and who does not.",
           [query(f"isthmus_vantage_blocks_down{{{PAIR}}}", "{{vantage}}")], least=0, decimals=0),
    series("Reachability of each block", "What all valid vantage points together believe.",
           [query(f"isthmus_block_reachability_probability{{{TARGET}}}", "{{block}}")], unit="percentunit", least=0, most=1),
    series("Events", "By kind; the annotations lead to their evidence.",
           [query(f"sum by (kind) (increase(isthmus_events_total{{{TARGET}}}[$__rate_interval])) > 0", "{{kind}}")], bars=True,
           stack=True, no_value="none", links=links_to_evidence()),
]


def rtts(metric, labels):
    return f"sum by (le) (increase({metric}_bucket{{{labels}}}[$__rate_interval]))"


RTT = [
    row("Round-trip times by vantage point"),
    heatmap("From $vantage", "How many answers took how long. A level that moves is a path that moved.",
            rtts("isthmus_ping_rtt_seconds", PAIR), width=6, repeat="vantage"),
    row("Round-trip times by upstream"),
    heatmap("By AS$upstream", "Of pings whose way was known, from the vantage points chosen.",
            rtts("isthmus_upstream_rtt_seconds", f'{PAIR},upstream_asn=~"$upstream"'), width=6, repeat="upstream"),
    row("Round-trip time and loss"),
    series("Median round trip by upstream", "Of five minutes.",
           [query(f'histogram_quantile(0.5, sum by (upstream_asn, le) (rate(isthmus_upstream_rtt_seconds_bucket{{{PAIR},'
                  'upstream_asn=~"$upstream"}[5m])))', "AS{{upstream_asn}}")], width=8, unit="s", least=0),
    series("Round trip by vantage point", "Median and 95th percentile of five minutes.",
           [query(f"vantage_target:isthmus_ping_rtt_seconds:p50_5m{{{PAIR}}}", "{{vantage}}"),
            query(f"vantage_target:isthmus_ping_rtt_seconds:p95_5m{{{PAIR}}}", "{{vantage}} 95 %")], width=8, unit="s", least=0),
    series("Echo probes without an answer", "The unanswered part, of five minutes.",
           [query(f"vantage_target:isthmus_ping_loss:ratio_rate5m{{{PAIR}}}", "{{vantage}}")], width=8, unit="percentunit",
           least=0, most=1, steps=(TEXT, (0.5, RED))),
]

DASHBOARD = dashboard("isthmus-target", "Target", "State, evidence, events and round-trip times of one network.",
                      [STATE, EVIDENCE, RTT],
                      [variable("upstream", "Upstream", f"isthmus_upstream_state{{{TARGET}}}", "upstream_asn")],
                      [("Evidence", "http://127.0.0.1:10176/#/target/${target}"),
                       ("Events", "http://127.0.0.1:10176/api/v1/events?target=${target}")])
