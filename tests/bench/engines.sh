#!/usr/bin/env bash
# Runs isthmus and the engines that Debian packages side by side, against a responder of known truth, in network
# namespaces of its own that have no way out, and prints one Markdown table a scene. Needs root; see probes/README.md.
#
#   tests/bench/engines.sh                            every scene, 5 runs each
#   tests/bench/engines.sh --runs 3 blackhole rtt     only these scenes
#   tests/bench/engines.sh --blocks 8192 ...          fewer /24s than 65,536 in the traceroute scenes
#   tests/bench/engines.sh --tools isthmus,limit ...  only tools whose names start so
#   tests/bench/engines.sh --nice -15 ...             ahead of whatever else the machine does
#   tests/bench/engines.sh --build DIR                where isthmus and the bench programs were built (default build)
#
# Scenes: limits blackhole ping65k traceroute65k saving65k limited65k rtt memory. The machine's other work shows in every
# figure: compare within one table only. Runs are interleaved; the lock keeps two benches apart.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export ISTHMUS_REQUIRE_NETNS=1

build=$root/build
arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h|--help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --build)   build=${2:?--build needs a folder}; shift 2 ;;
    *)         arguments+=("$1"); shift ;;
  esac
done
[ "$(id -u)" -eq 0 ] || { echo "engines.sh: needs root: it makes network namespaces and opens raw sockets" >&2; exit 77; }
"$root/deploy/install-dependencies.sh" bench
[ -f "$build/CMakeCache.txt" ] || { echo "engines.sh: $build is no build folder; run cmake first, or name the folder with --build" >&2; exit 2; }
cmake --build "$build" -j "$(nproc)" --target responder survey_limit survey_truth survey_engine ping_engine io_limits > /dev/null

near=isthmus-bench-near-$$
far=isthmus-bench-far-$$
folder=$(mktemp -d)
runner=
cleanup() {
  # The runner ends what it started itself; deleting the namespaces takes their links along.
  [ -z "$runner" ] || kill -TERM "$runner" 2> /dev/null || true
  [ -z "$runner" ] || wait "$runner" 2> /dev/null || true
  ip netns del "$near" 2> /dev/null || true
  ip netns del "$far" 2> /dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ip netns add "$near"
ip netns add "$far"
for namespace in "$near" "$far"; do
  ip netns exec "$namespace" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1
done
# One queue each way, so that the responder sees one packet after the other.
ip -n "$near" link add v0 address 02:69:73:74:68:01 numtxqueues 1 numrxqueues 1 type veth \
  peer name v1 address 02:69:73:74:68:02 numtxqueues 1 numrxqueues 1 netns "$far"
ip -n "$near" link set lo up
ip -n "$near" address add 192.168.7.2/30 dev v0
# Checksums in full: a quoted packet shows what would have crossed a real wire.
ip netns exec "$near" ethtool -K v0 tx off gro off > /dev/null
ip netns exec "$far" ethtool -K v1 tx off > /dev/null
ip -n "$near" link set v0 up
ip -n "$far" link set v1 up
ip -n "$near" neighbour replace 192.168.7.1 lladdr 02:69:73:74:68:02 dev v0 nud permanent
ip -n "$near" route add default via 192.168.7.1

python3 "$root/tests/bench/engines/run.py" --build "$build" --near "$near" --far "$far" --folder "$folder" "${arguments[@]}" &
runner=$!
status=0
wait "$runner" || status=$?
runner=
exit "$status"
