#!/bin/sh
# Checks the files that make pages without starting anything: syntax, rule tests, routes, and that each alert has
# a firing and a quiet case and a runbook. Exit 77: Prometheus' tools are not installed.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
prometheus=$root/deploy/prometheus
alertmanager=$root/deploy/alertmanager
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for tool in promtool amtool; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool (apt-get install prometheus prometheus-alertmanager)"; exit 77; }
done

fail() { echo "FAILED: $*" >&2; exit 1; }

for config in "$prometheus"/*.yml; do promtool check config "$config" || fail "$config"; done
for config in "$alertmanager"/*.yml; do amtool check-config "$config" || fail "$config"; done
promtool check rules "$prometheus"/rules/*.yml || fail "promtool check rules"
promtool test rules "$prometheus"/tests/*.test.yml || fail "promtool test rules"

# The quick start's files are the calm ones at another pace: without comments and durations they are the same.
without_pace() { sed -E -e '/^ *#/d' -e '/^ *$/d' -e 's/^( *(scrape|evaluation|group|repeat)_(interval|timeout|wait):) .*/\1/' "$1"; }
for pair in "$prometheus/prometheus" "$alertmanager/alertmanager"; do
    without_pace "$pair.yml" >"$scratch/calm"
    without_pace "$pair.quickstart.yml" >"$scratch/quick"
    diff "$scratch/calm" "$scratch/quick" || fail "$pair.quickstart.yml differs from $pair.yml by more than its pace"
done

# RECEIVER LABEL=VALUE...: where the routes send an alert with these labels.
expect_route() {
    want=$1; shift
    for config in "$alertmanager"/*.yml; do
        got=$(amtool config routes test --config.file="$config" "$@" 2>"$scratch/stderr") || cat "$scratch/stderr" >&2
        [ "$got" = "$want" ] || fail "$config: $* goes to '$got', not to '$want'"
    done
}
expect_route deadman alertname=Watchdog severity=none plane=self
expect_route page alertname=TargetDown severity=critical plane=target target=north-korea
expect_route page alertname=BlockDown severity=critical plane=target target=north-korea block=175.45.176.0/24
expect_route page alertname=IsthmusDown severity=critical plane=self
expect_route page alertname=UpstreamDown severity=critical plane=upstream upstream_asn=4837
expect_route page alertname=FleetQuorumLost severity=critical plane=fleet
expect_route page alertname=CoreDisconnected severity=critical plane=self
expect_route notify alertname=RedundancyLost severity=warning plane=upstream target=north-korea
expect_route notify alertname=UpstreamAppeared severity=warning plane=upstream target=north-korea
expect_route notify alertname=VantageIsolated severity=warning plane=vantage vantage=tokyo
expect_route notify alertname=AgentClockOffset severity=warning plane=fleet vantage=tokyo
expect_route notify alertname=SomethingNew

# A rule test lists, under the alert's name, either what it expects or the empty list.
awk '
    $1 == "-" && $2 == "alertname:" { name = $3 }
    $1 == "exp_alerts:" { if ($2 == "[]") print name, "quiet"; else print name, "firing" }
' "$prometheus"/tests/*.test.yml | sort -u >"$scratch/cases"
alerts=$(sed -n 's/^ *- alert: *//p' "$prometheus"/rules/*.alerts.yml)
[ -n "$alerts" ] || fail "no alert found"
for alert in $alerts; do
    for kind in firing quiet; do
        grep -qx "$alert $kind" "$scratch/cases" || fail "$alert has no $kind case in $prometheus/tests"
    done
    [ -s "$root/deploy/runbooks/$alert.md" ] || fail "$alert has no page in deploy/runbooks"
done
for page in "$root"/deploy/runbooks/*.md; do
    name=$(basename "$page" .md)
    [ "$name" = README ] || echo "$alerts" | grep -qx "$name" || fail "$page: no alert of that name"
done

# What a page tells somebody to type is what isthmus knows. CONFIG, NAME, ADDRESS and the like stand for values.
isthmus=${ISTHMUS_BUILD_DIR:-$root/build}/isthmus
[ -x "$isthmus" ] || fail "no $isthmus to ask what it knows: build it first"
sed -n '/^```sh$/,/^```$/p' "$root"/deploy/runbooks/*.md | sed -E 's/ +#.*//' | tr ';' '\n' | sed 's/^ *//' | grep '^isthmus ' |
    sort -u >"$scratch/commands"
[ -s "$scratch/commands" ] || fail "no command found in the runbooks"
while read -r _ command words; do
    "$isthmus" "$command" --help >"$scratch/help" || fail "a runbook says: isthmus $command $words"
    for word in $words; do
        case $word in
            --*) grep -qE "(^|[ ,])$word([ ,]|\$)" "$scratch/help" || fail "isthmus $command knows no $word, which a runbook says" ;;
        esac
    done
    case $words in
        *--kind*)
            kind=$(echo "$words" | sed -E 's/.*--kind +([a-z_]+).*/\1/')
            grep -q "\"$kind\"" "$root/src/model/event.cpp" || fail "there is no event of kind $kind, which a runbook says" ;;
    esac
done <"$scratch/commands"

# Rules and dashboards ask for no metric that isthmus does not export.
grep -ohE '"isthmus_[a-z0-9_]+"' "$root"/src/telemetry/*.cpp | tr -d '"' | sort -u >"$scratch/exported"
cat "$prometheus"/rules/*.yml "$root"/deploy/grafana/dashboards/*.json | sed 's/[a-z_]*:isthmus_[a-z0-9_:]*//g' |
    grep -oE '\bisthmus_[a-z0-9_]+' | sed -E 's/^(isthmus_[a-z_]+_seconds)_bucket$/\1/' | sort -u >"$scratch/asked"
[ -s "$scratch/exported" ] || fail "no metrics found in src/telemetry"
[ -s "$scratch/asked" ] || fail "no metrics found in the rules"
unknown=$(comm -13 "$scratch/exported" "$scratch/asked")
[ -z "$unknown" ] || fail "not exported: $unknown"

# Credentials come from files beside the configuration, never from within it.
if grep -nE '(password|token|secret|api_key|routing_key|service_key)[a-z_]*: *[^ ]' "$alertmanager"/*.yml "$prometheus"/*.yml |
    grep -v '_file:'; then
    fail "a credential in a committed file"
fi
echo "ok: $(echo "$alerts" | wc -l) alerts"
