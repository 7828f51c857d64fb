# shellcheck shell=bash
# The second half of docker_test.sh, which sources it: the profile `fleet` of deploy/compose.yaml with a real engine, in a
# network namespace without a way out. Programs of others come from Debian under the names of the upstream images, which
# need a registry; Grafana, which Debian does not have, stays away.
compose() {
    DOCKER_HOST=unix://$work/docker.sock ISTHMUS_SECRETS_DIR=$work/secrets ISTHMUS_CONFIG_DIR=./docker/loopback \
        docker-compose --project-name fleet -f "$root/deploy/compose.yaml" --profile fleet "$@"
}

# NAME PROGRAM FOLDER: an image of that name that starts the program and has a folder for nobody to write to.
stand_in() {
    printf 'FROM debian-programs\nRUN install -d -o 65534 -g 65534 %s\nENTRYPOINT ["%s"]\n' "$3" "$2" |
        docker build --network host --quiet --tag "$1" - >/dev/null || fail "stand-in for $1"
}
make_images() {
    printf 'FROM %s\nRUN apt-get update && apt-get install -y --no-install-recommends nats-server prometheus prometheus-alertmanager wget\n' \
        "$base" | docker build --network host --tag debian-programs - >"$work/build.log" 2>&1 ||
        { tail -20 "$work/build.log" >&2; fail "Debian's programs"; }
    stand_in "$(sed -n 's/^ARG BROKER=//p' "$root/deploy/docker/broker.Dockerfile")" nats-server /unused
    stand_in "$(sed -n 's/^ *image: \(prom\/prometheus:.*\)/\1/p' "$root/deploy/compose.yaml")" prometheus /prometheus
    stand_in "$(sed -n 's/^ *image: \(prom\/alertmanager:.*\)/\1/p' "$root/deploy/compose.yaml")" prometheus-alertmanager /alertmanager
    docker build --network host --quiet --tag isthmus-broker:0.1.0 -f "$root/deploy/docker/broker.Dockerfile" "$root/deploy/docker" \
        >/dev/null || fail "broker.Dockerfile"
    docker tag isthmus:test isthmus:0.1.0
}
make_secrets() {
    ISTHMUS_SECRETS_DIR=$work/secrets "$root/deploy/docker/make-secrets.sh" >/dev/null || fail "make-secrets.sh"
    # Debian's nats-server 2.9 does not know this key yet.
    sed -i '/^ *sync_interval/d' "$work"/secrets/broker-*/nats-server.conf
}

services="broker-1 broker-2 broker-3 core-1 core-2 agent-1 agent-2 agent-3 prometheus-fleet alertmanager"
health() { inspect "fleet_$1_1" '{{.State.Health.Status}}'; }
all_healthy() { for service in $services; do [ "$(health "$service")" = healthy ] || return 1; done; }
from_inside() { nsenter --net="/run/netns/$namespace" curl -sf --max-time 3 "$1"; }
core_sees() { from_inside "http://127.0.0.1:$1/metrics" | grep -qx "isthmus_target_state{target=\"$2\",state=\"up\"} 1"; }
all_scraped() { [ "$(from_inside 'http://127.0.0.1:9090/api/v1/query?query=count(up==1)' | grep -o '"6"')" = '"6"' ]; }

make_images
stop_engine
ip netns add "isthmus-docker-$$"
namespace=isthmus-docker-$$
ip -n "$namespace" link set lo up
start_engine nsenter --net="/run/netns/$namespace" || fail "the engine does not start again"
make_secrets
# shellcheck disable=SC2086  # a list of words
compose up --no-build --detach assign $services >"$work/compose.log" 2>&1 || { tail -20 "$work/compose.log" >&2; fail "compose up"; }
wait_for "$health_limit" "the fleet is healthy" all_healthy
[ "$(inspect fleet_assign_1 '{{.State.ExitCode}}')" = 0 ] || fail "assign: exit status $(inspect fleet_assign_1 '{{.State.ExitCode}}')"
wait_for "$health_limit" "the first core sees its target" core_sees 10176 first
wait_for "$health_limit" "the second core sees its target" core_sees 10186 second
wait_for "$health_limit" "Prometheus scrapes cores, agents and Alertmanager" all_scraped
say "fleet healthy, targets up, all scraped"

for service in $services; do
    pid=$(inspect "fleet_${service}_1" '{{.State.Pid}}')
    bound=0000000000000000
    case "$service" in agent-*) bound=0000000000002000 ;; esac
    [ "$(status_of Uid)" != 0 ] || fail "$service runs as root"
    [ "$(status_of CapBnd)" = "$bound" ] || fail "$service: CapBnd is $(status_of CapBnd)"
    ! touch "/proc/$pid/root/x" 2>/dev/null || fail "$service: the root is writable"
done

# The engine starts again what dies.
kill -9 "$(inspect fleet_broker-2_1 '{{.State.Pid}}')"
is_back() { [ "$(inspect fleet_broker-2_1 '{{.RestartCount}}')" = 1 ] && [ "$(health broker-2)" = healthy ]; }
wait_for "$health_limit" "a broker that died is back" is_back
say "a broker died and is back"

compose stop >"$work/compose.log" 2>&1 || fail "compose stop"
for service in core-1 core-2 agent-1 agent-2 agent-3; do
    [ "$(inspect "fleet_${service}_1" '{{.State.ExitCode}}')" = 0 ] || fail "$service: exit status $(inspect "fleet_${service}_1" '{{.State.ExitCode}}')"
done
