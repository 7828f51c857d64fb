"""isthmus itself: does it run, keep up, remember, and get its pages out?"""
from panels import GREEN, ORANGE, RED, TEXT, YES_NO, dashboard, heatmap, query, row, series, stat, timeline

JOB = '{job=~"$job"}'
VANTAGE = '{job=~"$job",vantage=~"$vantage"}'
RATE = "[$__rate_interval]"

PROCESS = [
    row("Does it run?"),
    stat("Version", "Of each process that is scraped.", [query(f"isthmus_build_info{JOB}", "{{instance}} {{version}}", instant=True)],
         text="name"),
    stat("Answers", "Prometheus reaches it.", [query(f"up{JOB}", "{{instance}}", instant=True)], names=YES_NO),
    stat("Age of what it shows", "IsthmusStalled pages after two minutes.",
         [query(f"time() - isthmus_snapshot_timestamp_seconds{JOB}", "{{instance}}", instant=True)], unit="s",
         steps=(GREEN, (30, ORANGE), (60, RED))),
    stat("Configuration accepted", "No: the one before is still in use.",
         [query(f"isthmus_config_last_reload_successful{JOB}", "{{instance}}", instant=True)], names=YES_NO),
    series("Scrape", "Seconds that a scrape takes.", [query(f"scrape_duration_seconds{JOB}", "{{instance}}")], width=8, unit="s",
           least=0),
    series("Series", "That a scrape brings.", [query(f"scrape_samples_scraped{JOB}", "{{instance}}")], width=8, least=0),
    series("Prefixes", "In the prefix-to-AS data in use.", [query(f"isthmus_ip2as_prefixes{JOB}", "{{instance}}")], width=8, least=0),
]

PROBES = [
    row("Does it keep up?"),
    series("Probes sent", "By engine and protocol.",
           [query(f"sum by (vantage, engine, protocol) (rate(isthmus_probes_sent_total{VANTAGE}{RATE}))",
                  "{{vantage}} {{engine}} {{protocol}}")], unit="pps", least=0),
    series("Behind its schedule", "Grows when the rate limit is too low for what is to be probed.",
           [query(f"isthmus_pacing_lag_seconds{VANTAGE}", "{{vantage}}")], unit="s", least=0, steps=(TEXT, (30, RED))),
    series("Replies thrown away", "Forged, late, malformed or somebody else's.",
           [query(f"sum by (vantage, reason) (rate(isthmus_replies_invalid_total{VANTAGE}{RATE}))", "{{vantage}} {{reason}}")],
           width=8, unit="pps", least=0),
    series("Lost here", "Packets by the kernel, observations on the way to the core, messages of the core. All should be 0.",
           [query(f"rate(isthmus_receive_drops_total{VANTAGE}{RATE})", "{{vantage}}: packets"),
            query(f"rate(isthmus_observations_dropped_total{VANTAGE}{RATE})", "{{vantage}}: observations"),
            query(f"rate(isthmus_messages_dropped_total{JOB}{RATE})", "{{instance}}: messages")], width=8, least=0),
    series("Not sent, not taken in", "By the kernel's refusal or the deny list; by the core, with its reason.",
           [query(f"rate(isthmus_send_failures_total{VANTAGE}{RATE})", "{{vantage}}: send failures"),
            query(f"rate(isthmus_probes_denied_total{VANTAGE}{RATE})", "{{vantage}}: denied"),
            query(f"rate(isthmus_observations_rejected_total{JOB}{RATE})", "rejected: {{reason}}")], width=8, least=0),
]

STORE = [
    row("Does it remember, and do its pages get out?"),
    series("Store", "Failed reads and writes, events that wait, events that are lost.",
           [query(f"increase(isthmus_store_failures_total{JOB}{RATE})", "{{instance}}: failures"),
            query(f"isthmus_store_backlog_events{JOB}", "{{instance}}: events that wait"),
            query(f"isthmus_store_events_lost_total{JOB}", "{{instance}}: events lost")], width=8, least=0),
    series("Messages of Alertmanager", "Sent and failed, by the kind of receiver.",
           [query('sum by (integration) (rate(alertmanager_notifications_total{integration="webhook"}[5m]))', "{{integration}}"),
            query('sum by (integration) (rate(alertmanager_notifications_failed_total{integration="webhook"}[5m]))',
                  "{{integration}}: failed")], width=8, least=0, unit="ops"),
    timeline("Watchdog", "Fires as long as Prometheus evaluates; the receiver deadman must hear it.",
             [query('ALERTS{alertname="Watchdog"}', "Watchdog")], {1: ("fires", GREEN)}, width=8, height=8,
             no_value="no page would get out"),
]

STREAM = [
    row("The stream of a fleet"),
    timeline("Core connected to the broker", "Without it nobody is watching.",
             [query(f"isthmus_core_connected{JOB}", "{{instance}}")], YES_NO, width=12, no_value="no core is scraped"),
    series("Batches that wait in the stream", "CoreLagging fires when they are also old.",
           [query(f"isthmus_core_partition_pending_batches{JOB}", "partition {{partition}}")], least=0, height=6,
           no_value="no core is scraped"),
    heatmap("From observed to known", "Rounds of waiting for answers, the agent's spool, the broker, the core.",
            f"sum by (le) (increase(isthmus_core_observation_delay_seconds_bucket{JOB}{RATE}))"),
    series("Messages of agents", "Taken in, missing and rejected.",
           [query(f"sum by (instance) (rate(isthmus_core_messages_total{JOB}{RATE}))", "taken in"),
            query(f"sum by (instance) (rate(isthmus_core_messages_missing_total{JOB}{RATE}))", "missing"),
            query(f"sum by (reason) (rate(isthmus_core_batches_rejected_total{JOB}{RATE}))", "batches rejected: {{reason}}")],
           least=0, unit="ops", no_value="no core is scraped"),
    series("Batches of agents", "Confirmed by the broker, refused, unanswered.",
           [query(f"rate(isthmus_agent_batches_arrived_total{VANTAGE}{RATE})", "{{vantage}}: confirmed"),
            query(f"rate(isthmus_agent_batches_refused_total{VANTAGE}{RATE})", "{{vantage}}: refused"),
            query(f"rate(isthmus_agent_batches_unanswered_total{VANTAGE}{RATE})", "{{vantage}}: unanswered")], least=0, unit="ops",
           no_value="no agent is scraped"),
    series("Dropped from agents' spools", "What was observed and is lost.",
           [query(f"increase(isthmus_agent_spool_dropped_batches_total{VANTAGE}{RATE})", "{{vantage}}")], least=0,
           no_value="no agent is scraped"),
]

DASHBOARD = dashboard("isthmus-self", "isthmus itself", "Does it run, keep up, remember, and get its pages out?",
                      [PROCESS, PROBES, STORE, STREAM])
