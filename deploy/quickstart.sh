#!/usr/bin/env bash
# isthmus in one command: installs what is missing from Debian 12, builds, raises the pocket internet, starts
# isthmus, Prometheus and Alertmanager, and plays the story of North Korea's second upstream with real packets.
#
#   sudo deploy/quickstart.sh                  the story, then runs on until Ctrl-C
#   sudo deploy/quickstart.sh --for 300        the same, for 300 seconds in all
#   sudo deploy/quickstart.sh --config FILE    monitors your own targets instead; no lab, no story
#   sudo deploy/quickstart.sh --fleet          the story with agents, a broker of three nodes and a core
#        deploy/quickstart.sh --help
#
#   --gap SECONDS   time between two causes of the story (default 8)
#   --lab NAME      name of the lab's namespaces (default quickstart)
#   --free-ports    any free ports instead of 10176, 10177, 9090 and 9093
#
# Needs root: it makes network namespaces and raw sockets. Everything it starts ends with it; nothing is left behind.
# The lab has no way out of this machine; ISTHMUS_REQUIRE_NETNS=1 keeps every probe inside it.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

own_targets=no
fleet=
for word in "$@"; do
  case "$word" in
    -h|--help) sed -n '2,17s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --config|--config=*) own_targets=yes ;;
    --fleet) fleet=fleet ;;
  esac
done
if [ "$(id -u)" -ne 0 ]; then
  echo "quickstart: needs root for network namespaces and raw sockets: sudo deploy/quickstart.sh $*" >&2
  exit 1
fi

wanted="build web pages"
[ "$own_targets" = yes ] || wanted="$wanted lab $fleet"
# shellcheck disable=SC2086  # the groups are words
"$root/deploy/install-dependencies.sh" $wanted

if [ ! -e "$root/build/CMakeCache.txt" ]; then
  cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DISTHMUS_BUILD_TESTS=OFF > /dev/null
fi
started=$SECONDS
echo "building isthmus (a first build takes a few minutes)"
cmake --build "$root/build" -j "$(nproc)" --target isthmus
echo "built in $((SECONDS - started)) s"

exec /usr/bin/python3 "$root/deploy/quickstart/run.py" "$@"
