#!/bin/bash
# Builds the image with a Docker engine of its own and runs it: unprivileged, read-only, with NET_RAW alone, on nothing
# but its own loopback; then the fleet of deploy/compose.yaml (docker_fleet.sh). Needs root and Debian 12 (docker.io,
# docker-compose, debootstrap); installs them when missing. Exit 77: no engine can be had here. The engine and all its
# files live in one folder and are gone afterwards.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
engine_limit=60 health_limit=90
engine_packages="docker.io docker-compose debootstrap"

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
say() { printf '%4ds %s\n' "$SECONDS" "$*"; }

# wait_for SECONDS WHAT COMMAND...
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2; shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "$what: not in time"
        sleep 0.2
    done
}

[ "${ISTHMUS_TEST_DOCKER:-0}" = 1 ] || skip "takes minutes: tests/run.sh --docker, or ISTHMUS_TEST_DOCKER=1"
[ "$(id -u)" -eq 0 ] || skip "a Docker engine needs root"

# shellcheck disable=SC2086  # a list of words
install_engine() {
    # Debian starts a service that it installs; this test wants the program only.
    local policy=/usr/sbin/policy-rc.d made=no status=0
    [ -e "$policy" ] || { made=yes; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; }
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $engine_packages; } \
        >/dev/null 2>&1 || status=$?
    [ "$made" = no ] || rm -f "$policy"
    return "$status"
}
if ! [ -x /usr/sbin/dockerd ] || ! [ -x /usr/bin/docker-compose ] || ! [ -x /usr/sbin/debootstrap ]; then
    grep -qx VERSION_CODENAME=bookworm /etc/os-release || skip "not all of $engine_packages, and this is not Debian 12"
    install_engine || skip "$engine_packages cannot be installed from this machine's mirror"
fi
# Debian's client: another in the PATH may be too new to speak to Debian's engine.
[ -x /usr/bin/docker ] || skip "no /usr/bin/docker"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/isthmus-docker.XXXXXX")
engine_pid='' namespace=''
docker() { /usr/bin/docker --host "unix://$work/docker.sock" "$@"; }
engine_answers() { docker version >/dev/null 2>&1; }
engine_runs() { kill -0 "$engine_pid" 2>/dev/null; }

# start_engine [PREFIX...]; 1: it does not run. No bridge and no packet filter rules, so that the machine's network is left as it is.
start_engine() {
    local deadline=$((SECONDS + engine_limit))
    "$@" /usr/sbin/dockerd --host "unix://$work/docker.sock" --data-root "$work/data" --exec-root "$work/exec" \
        --pidfile "$work/docker.pid" --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
        >"$work/dockerd.log" 2>&1 &
    engine_pid=$!
    until engine_answers; do
        if ! engine_runs || [ "$SECONDS" -ge "$deadline" ]; then
            tail -5 "$work/dockerd.log" >&2
            return 1
        fi
        sleep 0.2
    done
}
stop_engine() {
    kill "$engine_pid"
    wait "$engine_pid" || true
}

cleanup() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "$engine_pid" ] && engine_runs; then
        docker ps --all --quiet 2>/dev/null | xargs -r /usr/bin/docker --host "unix://$work/docker.sock" rm --force --volumes \
            >/dev/null 2>&1 || true
        stop_engine
    fi
    [ -z "$namespace" ] || ip netns del "$namespace" || status=1
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount || status=1
    rm -rf --one-file-system "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

start_engine || skip "dockerd does not run here"
say "engine $(docker version --format '{{.Server.Version}}')"

# The base image, under the tag that the Dockerfile names, from the mirror that this machine uses.
base=$(sed -n 's/^ARG BASE=//p' "$root/deploy/docker/Dockerfile")
[ -n "$base" ] || fail "the Dockerfile names no base"
# shellcheck disable=SC2016  # apt-get expands these
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^bookworm //p' | head -1)
[ -n "$mirror" ] || skip "this machine has no Debian 12 mirror to make a base image from"
debootstrap --variant=minbase bookworm "$work/base" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -5 "$work/debootstrap.log" >&2; skip "debootstrap cannot make a base image from this machine's mirror"; }
# Packages of the build come from where this machine's own come from, proxies and all.
rm -f "$work/base/etc/apt/sources.list"
for source in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
    if [ -e "$source" ] && grep -q bookworm "$source"; then cp "$source" "$work/base/etc/apt/sources.list.d/"; fi
done
{ grep -ls '^ *Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/* || true; } |
    xargs -r -I{} cp {} "$work/base/etc/apt/apt.conf.d/"
tar -C "$work/base" --one-file-system -c . | docker import - "$base" >/dev/null
rm -rf --one-file-system "$work/base"
say "base image $base"

# A registry of npm may be out of reach of the container; the page of a build without it is a plain one.
DOCKER_BUILDKIT=1 docker build --network host --build-arg WEB=AUTO --progress plain --tag isthmus:test -f "$root/deploy/docker/Dockerfile" "$root" \
    >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; fail "docker build"; }
size_of() { docker image inspect --format '{{.Size}}' "$1"; }
added=$((($(size_of isthmus:test) - $(size_of "$base")) / 1000000))
say "image built: $added MB on top of the base"
[ "$added" -lt 60 ] || fail "the image adds $added MB to its base"
docker run --rm --network none --entrypoint cat isthmus:test /usr/share/doc/isthmus/sbom.cdx.json | python3 -m json.tool >/dev/null ||
    fail "no bill of materials in the image"

inspect() { docker inspect --format "$2" "$1"; }
[ "$(inspect isthmus:test '{{.Config.User}}')" = 10176:10176 ] || fail "the image's user is not 10176:10176"

# Docker makes containers from it that have no network but loopback, so probes cannot leave. The machine's
# own namespace is what ISTHMUS_REQUIRE_NETNS guards; within the container it would see a nameless one.
run() {
    docker run --read-only --network none --cap-drop ALL --env ISTHMUS_REQUIRE_NETNS=0 \
        --volume "$root/deploy/docker/loopback:/etc/isthmus:ro" "$@"
}
monitor=(isthmus:test monitor --config /etc/isthmus/isthmus.yaml)

run --detach --name isthmus --cap-add NET_RAW "${monitor[@]}" >/dev/null
is_healthy() {
    [ "$(inspect isthmus '{{.State.Running}}')" = true ] ||
        { docker logs isthmus >&2; fail "the container ended with status $(inspect isthmus '{{.State.ExitCode}}')"; }
    [ "$(inspect isthmus '{{.State.Health.Status}}')" = healthy ]
}
wait_for "$health_limit" "healthy" is_healthy
say "healthy"
docker exec isthmus isthmus healthcheck --url http://127.0.0.1:10176/metrics || fail "no metrics"
! docker exec isthmus isthmus healthcheck --url http://127.0.0.1:1/ 2>/dev/null || fail "healthcheck finds health at a closed port"

pid=$(inspect isthmus '{{.State.Pid}}')
status_of() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$pid/status"; }
[ "$(status_of Uid)" = 10176 ] || fail "runs as user $(status_of Uid)"
for set in CapBnd CapPrm; do
    [ "$(status_of "$set")" = 0000000000002000 ] || fail "$set is $(status_of "$set"), not NET_RAW alone"
done
! docker exec isthmus sh -c 'echo >/usr/local/bin/x' 2>/dev/null || fail "the root is writable"
docker exec isthmus test -s /var/lib/isthmus/isthmus.db || fail "no store in the volume"

# Seen from its own network namespace: real replies to real probes.
metrics() { nsenter --net="/proc/$pid/ns/net" curl -sf --max-time 3 http://127.0.0.1:10176/metrics; }
sees_the_target() { metrics | grep -qx 'isthmus_target_state{target="loopback",state="up"} 1'; }
wait_for "$health_limit" "target up" sees_the_target
say "target up, vantage point: $(metrics | sed -n 's/^isthmus_vantage_state{.*state="\(.*\)"} 1$/\1/p')"

docker stop --time 20 isthmus >/dev/null
[ "$(inspect isthmus '{{.State.ExitCode}}')" = 0 ] || fail "docker stop: exit status $(inspect isthmus '{{.State.ExitCode}}')"

# Where NET_RAW is not granted, or made useless, the program starts nevertheless and says what is missing.
has_ended() { [ "$(inspect "$1" '{{.State.Running}}')" = false ]; }
says_what_is_missing() {
    local status
    run --detach --name powerless "${@:2}" >/dev/null || fail "$1: the program cannot be started"
    wait_for 30 "$1: end" has_ended powerless
    status=$(inspect powerless '{{.State.ExitCode}}')
    docker logs powerless >"$work/output" 2>&1
    if [ "$status" != 1 ] || ! grep -q CAP_NET_RAW "$work/output"; then
        cat "$work/output" >&2
        fail "$1: exit status $status"
    fi
    docker rm --volumes powerless >/dev/null
}
says_what_is_missing "without NET_RAW" "${monitor[@]}"
says_what_is_missing "with no-new-privileges" --cap-add NET_RAW --security-opt no-new-privileges:true "${monitor[@]}"

# shellcheck source=tests/pages/docker_fleet.sh
. "$root/tests/pages/docker_fleet.sh"
say "ok"
