#!/usr/bin/env bash
# Installs what isthmus needs from Debian 12's own packages, and only what is missing.
#
#   deploy/install-dependencies.sh build          compiler, CMake and libraries
#   deploy/install-dependencies.sh lab            the pocket internet: iproute2, nftables, FRR
#   deploy/install-dependencies.sh pages          Prometheus and Alertmanager
#   deploy/install-dependencies.sh fleet          a broker
#   deploy/install-dependencies.sh web            Node and npm, which build the web page; without them it is a plain one
#   deploy/install-dependencies.sh browser        the same and Chromium, for the tests of the web page
#   deploy/install-dependencies.sh test           GoogleTest, Google Benchmark, linters, scamper's tools, shells, a terminal
#   deploy/install-dependencies.sh bench          the peers and tools of tests/bench/engines.sh
#   deploy/install-dependencies.sh build lab ...  several at once
#   deploy/install-dependencies.sh --print build  prints the missing packages and installs nothing
set -euo pipefail

# Node may have come from elsewhere; Debian's would only stand in its way.
node_and_npm() {
  command -v node > /dev/null && command -v npm > /dev/null || echo "nodejs npm"
}

packages_of() {
  case "$1" in
    build) echo "g++ cmake ninja-build ccache pkg-config ca-certificates libtins-dev libpcap-dev libboost1.81-dev libyaml-cpp-dev" \
                "libcli11-dev libfmt-dev libspdlog-dev libsqlite3-dev libssl-dev zlib1g-dev libbz2-dev libsimdjson-dev libcap-dev libmaxminddb-dev protobuf-compiler libprotobuf-dev libnats-dev" ;;
    lab)   echo "iproute2 ethtool nftables frr python3 python3-yaml procps" ;;
    pages) echo "prometheus prometheus-alertmanager curl python3" ;;
    fleet) echo "nats-server" ;;
    web)   node_and_npm ;;
    browser) echo "chromium $(node_and_npm)" ;;
    test)  echo "nats-server openssl libcap2-bin libgtest-dev libgmock-dev libbenchmark-dev prometheus-cpp-dev python3 python3-yaml python3-jsonschema curl prometheus clang-format scamper python3-pyte zsh fish man-db groff-base mandoc" ;;
    bench) echo "scamper zmap masscan fping mtr-tiny iproute2 ethtool python3 clang libbpf-dev" ;;
    *)     echo "install-dependencies: unknown group '$1'; one of: build, lab, pages, fleet, web, browser, test, bench" >&2; exit 2 ;;
  esac
}

print_only=no
groups=()
for word in "$@"; do
  case "$word" in
    -h|--help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --print)   print_only=yes ;;
    *)         packages_of "$word" > /dev/null; groups+=("$word") ;;
  esac
done
[ ${#groups[@]} -gt 0 ] || { echo "install-dependencies: say which group: build, lab, pages, fleet, web, browser, test, bench (see --help)" >&2; exit 2; }

missing=()
for group in "${groups[@]}"; do
  for package in $(packages_of "$group"); do
    [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$print_only" = yes ]; then printf '%s\n' "${missing[@]}"; exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || {
    echo "install-dependencies: not root and no sudo; run as root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing from Debian: ${missing[*]}"
# Debian starts a freshly installed daemon; here they are only ever started by the scripts that need them.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" > /dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
