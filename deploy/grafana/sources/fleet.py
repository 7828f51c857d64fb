"""Fleet: is every eye open?"""
from panels import (GREEN, NO_YES, ORANGE, RED, TEXT, VANTAGE_STATES, YES_NO, bars, by_word, dashboard, query, row, series, stat,
                    timeline)

VANTAGE = '{job=~"$job",vantage=~"$vantage"}'
PAIR = '{job=~"$job",vantage=~"$vantage",target=~"$target"}'
AGENT = '{job=~"$job",vantage=~"$vantage"}'

OVERVIEW = [
    row("Is every eye open?"),
    stat("Vantage points that can see", "Only valid ones vote. An outage takes the word of two.",
         [query('sum(isthmus_vantage_state{job=~"$job",state="valid"})', "valid", instant=True)],
         steps=(RED, (2, GREEN)), no_value="none"),
    stat("Vantage points by state", "Unknown: not judged yet, or its control addresses do not tell.",
         [query(f"sum by (state) (isthmus_vantage_state{VANTAGE})", "{{state}}", instant=True)], overrides=by_word(),
         color="fixed"),
    stat("Targets by state", "As the valid vantage points see them.",
         [query('sum by (state) (isthmus_target_state{job=~"$job",target=~"$target"})', "{{state}}", instant=True)],
         overrides=by_word(), color="fixed"),
    stat("Alerts firing", "Each has a runbook.",
         [query('count by (alertname) (ALERTS{alertstate="firing",plane=~".+",alertname!="Watchdog"})', "{{alertname}}",
                instant=True)], steps=(ORANGE,), no_value="none"),
    timeline("Each vantage point", "Judged by its control addresses, which have nothing to do with any target.",
             [query(f"vantage:isthmus_vantage_state:code{VANTAGE}", "{{vantage}}")], VANTAGE_STATES),
    series("Control addresses that answer", "Below half a vantage point is taken for blind.",
           [query(f"isthmus_vantage_controls_answering{VANTAGE} / isthmus_vantage_controls{VANTAGE}", "{{vantage}}")],
           width=8, unit="percentunit", least=0, most=1, steps=(RED, (0.5, GREEN))),
    series("Since the last observation", "VantageSilent fires after five minutes.",
           [query(f"time() - isthmus_vantage_last_observation_timestamp_seconds{VANTAGE}", "{{vantage}}")], width=8, unit="s",
           steps=(TEXT, (300, RED))),
    series("Probes sent", "Pings and traces, a second. A line that falls to 0 is an eye that is shut.",
           [query(f"vantage:isthmus_probes_sent:rate5m{VANTAGE}", "{{vantage}}")], width=8, unit="pps", least=0),
    bars("Blocks that get no answer, by vantage point", "Who agrees on an outage, and who does not.",
         [query(f"isthmus_vantage_blocks_down{PAIR}", "{{vantage}}: {{target}}", instant=True)], steps=(GREEN, (1, RED))),
    series("Echo probes without an answer", "The unanswered part, of five minutes.",
           [query(f"vantage_target:isthmus_ping_loss:ratio_rate5m{PAIR}", "{{vantage}}: {{target}}")], unit="percentunit",
           least=0, most=1),
]

AGENTS = [
    row("Agents of a fleet"),
    timeline("Connected to the broker", "Without it an agent probes on, and keeps what it observes on disk.",
             [query('isthmus_agent_connected{job=~"$job"}', "{{instance}}")], YES_NO, width=12,
             no_value="no agent is scraped"),
    timeline("In trouble", "Something that its page and its log name, with the mend.",
             [query(f"isthmus_agent_problem{AGENT}", "{{vantage}}")], NO_YES, width=12, no_value="no agent is scraped"),
    series("Batches that wait on disk", "Grows while the broker does not confirm.",
           [query(f"isthmus_agent_spool_batches{AGENT}", "{{vantage}}")], width=8, least=0, no_value="no agent is scraped"),
    series("Clock ahead of the broker's", "Beyond a second AgentClockOffset fires.",
           [query(f"isthmus_agent_clock_offset_seconds{AGENT}", "{{vantage}}")], width=8, unit="s",
           no_value="no agent is scraped"),
    series("Targets that are probed", "After the agent's own limits.",
           [query(f"isthmus_agent_assignment_targets{AGENT}", "{{vantage}}"),
            query(f"isthmus_agent_assignment_refusals{AGENT}", "{{vantage}}: refused")], width=8, least=0,
           no_value="no agent is scraped"),
]

DASHBOARD = dashboard("isthmus-fleet", "Fleet", "Is every eye open? Vantage points, their agents, and who agrees.",
                      [OVERVIEW, AGENTS])
