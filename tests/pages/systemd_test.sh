#!/bin/sh
# The service files: systemd accepts every line, and rates what is left open as low. Exit 77: no systemd-analyze.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

command -v systemd-analyze >/dev/null || { echo "skipped: no systemd-analyze (apt-get install systemd)"; exit 77; }

for unit in isthmus isthmus-agent isthmus-core; do
    # verify wants to see the program, which is not installed where tests run.
    sed 's|/usr/local/bin/isthmus|/bin/true|' "$root/deploy/systemd/$unit.service" >"$scratch/$unit.service"
    complaints=$(systemd-analyze verify "$scratch/$unit.service" 2>&1) || { echo "FAILED: $unit: $complaints" >&2; exit 1; }
    [ -z "$complaints" ] || { echo "FAILED: $unit: $complaints" >&2; exit 1; }

    # Exposure in tenths, of 100: a plain service has 96.
    systemd-analyze security --offline=yes --threshold=20 "$scratch/$unit.service" >"$scratch/report" ||
        { cat "$scratch/report" >&2; echo "FAILED: $unit: exposure above 2.0" >&2; exit 1; }
    tail -1 "$scratch/report"
done
