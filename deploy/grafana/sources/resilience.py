"""Resilience: who hangs on one upstream, and what would cut it off?"""
from panels import (GREEN, ORANGE, RED, STATES, TEXT, bars, choice, dashboard, links_to_evidence, query, row, series, stat, table,
                    timeline)

TARGET = 'job=~"$job",target=~"$target"'


def upstream_code():
    parts = [f'max by (instance, target, upstream_asn, upstream_name) (isthmus_upstream_state{{{TARGET},state="{state}"}}) * {code}'
             for state, code in (("up", 1), ("degraded", 2), ("down", 3))]
    return " + ".join(parts)


def share(bound, legend):
    return query(f'isthmus_upstream_share{bound}_ratio{{{TARGET},estimand="$estimand"}}', legend)


# The band between the ends of the interval, under the line of the estimate.
BAND = [{"matcher": {"id": "byRegexp", "options": "/ (low|high)$/"},
         "properties": [{"id": "custom.lineWidth", "value": 0}, {"id": "custom.fillOpacity", "value": 8},
                        {"id": "custom.hideFrom", "value": {"legend": True, "tooltip": False, "viz": False}}]}]

ALONE = [
    row("Who hangs on one upstream?"),
    stat("Targets on one upstream", "One failure from dark.",
         [query(f"count(isthmus_target_upstreams{{{TARGET}}} == 1) or vector(0)", "targets", instant=True)],
         steps=(GREEN, (1, ORANGE))),
    stat("Blocks on one upstream", "Blocks that one upstream alone carries, or did when they went dark.",
         [query(f"count(isthmus_block_sole_upstream{{{TARGET}}}) or vector(0)", "blocks", instant=True)],
         steps=(GREEN, (1, ORANGE))),
    stat("Blocks that one network cuts off", "Be it an upstream or a network behind it.",
         [query(f"sum(isthmus_target_blocks_on_one_as{{{TARGET}}})", "blocks", instant=True)], steps=(GREEN, (1, ORANGE))),
    stat("Least min cut", "The least number of networks whose loss separates a target from all vantage points.",
         [query(f'min(isthmus_target_min_cut{{{TARGET},level="as"}} > 0)', "networks", instant=True)],
         steps=(RED, (2, GREEN)), no_value="not known"),
    table("Targets that one upstream carries alone", "And which one that is.", f"isthmus_target_sole_upstream{{{TARGET}}}",
          {"target": "Target", "upstream_asn": "AS", "upstream_name": "Name"}, no_value="none"),
    bars("Blocks that hang on each upstream alone", "What goes dark with it.",
         [query(f"sum by (upstream_asn, upstream_name) (isthmus_block_sole_upstream{{{TARGET}}})",
                "AS{{upstream_asn}} {{upstream_name}}", instant=True)], steps=(ORANGE,), no_value="none"),
]

OVER_TIME = [
    row("Over time"),
    series("Upstreams", "That carry at least one block now, and the most within seven days.",
           [query(f"isthmus_target_upstreams{{{TARGET}}}", "{{target}}"),
            query(f"target:isthmus_target_upstreams:max7d{{{TARGET}}}", "{{target}}: most in 7 days")], least=0, decimals=0,
           links=links_to_evidence()),
    series("Effective upstreams", "As many equally used upstreams would have the same diversity: 1 / sum of squared shares.",
           [query(f"isthmus_target_effective_upstreams{{{TARGET}}}", "{{target}}")], width=6, least=0),
    series("Share without a known upstream", "Never spread over the others.",
           [query(f"isthmus_target_unknown_share_ratio{{{TARGET}}}", "{{target}}")], width=6, unit="percentunit", least=0, most=1),
    series("Share of each upstream, by $estimand, with its 95 % interval",
           "Of pairs of vantage AS and block, of addresses, or of flows; never of traffic.",
           [share("", "{{target}}: AS{{upstream_asn}}"), share("_low", "{{target}}: AS{{upstream_asn}} low"),
            share("_high", "{{target}}: AS{{upstream_asn}} high")], width=24, height=9, unit="percentunit", least=0, most=1,
           overrides=BAND),
    timeline("Each upstream", "Up: carries all that it ever did; degraded: some of it, or with losses; down: nothing.",
             [query(upstream_code(), "{{target}}: AS{{upstream_asn}} {{upstream_name}}")], STATES,
             links=links_to_evidence()),
]

CUTS = [
    row("What would cut it off?"),
    series("Min cut", "Networks, or routers, whose loss separates all vantage points from the target; 0: not known.",
           [query(f'isthmus_target_min_cut{{{TARGET},level=~"as|router"}}', "{{target}}: {{level}}"),
            query(f'isthmus_target_min_cut_low{{{TARGET},level="router"}}', "{{target}}: router, at worst")], least=0, decimals=0),
    series("Disjoint paths", "Of the ways in use, how many share no network, or no router; 0: not known.",
           [query(f"isthmus_target_disjoint_paths{{{TARGET}}}", "{{target}}: {{level}}")], least=0, decimals=0),
    table("Chokepoints", "Networks whose loss would cut off every block; nearest to the target first, at most five.",
          f"isthmus_target_chokepoint{{{TARGET}}}", {"target": "Target", "asn": "AS", "name": "Name"},
          no_value="none, or not known"),
    bars("AS hegemony", "Part of the ways to the target that a network is on, the five highest.",
         [query(f"isthmus_target_as_hegemony_ratio{{{TARGET}}}", "{{target}}: AS{{asn}} {{name}}", instant=True)],
         unit="percentunit", least=0, most=1, steps=(TEXT, (0.5, ORANGE), (1, RED))),
    timeline("Upstreams that lose packets", "Far more than they usually do, while the target still answers.",
             [query(f"isthmus_upstream_strained{{{TARGET}}}", "{{target}}: AS{{upstream_asn}} {{upstream_name}}")],
             {0: ("as usual", GREEN), 1: ("strained", RED)}, width=12),
    timeline("Upstreams that are expected", "As expected_upstreams lists them.",
             [query(f"isthmus_upstream_expected{{{TARGET}}}", "{{target}}: AS{{upstream_asn}} {{upstream_name}}")],
             {0: ("not expected", ORANGE), 1: ("expected", GREEN)}, width=12, no_value="no target has such a list"),
]

DASHBOARD = dashboard("isthmus-resilience", "Resilience",
                      "Who hangs on one upstream, how the shares move, and what would cut a target off.",
                      [ALONE, OVER_TIME, CUTS], [choice("estimand", "Share of", ["vantage", "address", "flow"])])
