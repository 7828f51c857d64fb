#!/usr/bin/env bash
# Fuzzes several targets in three rounds at most, at least twice as many at a time as there are processors:
# run_all.sh FOLDER-OF-FUZZERS SEED-FOLDER=TARGET...
# Prints the whole output of those that fail, and a line of each.
set -euo pipefail
fuzzers=${1:?where the fuzzers are}
shift
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
here=$(dirname "$(readlink -f "$0")")
export fuzzers logs here

run_one() {
  local target=${1#*=} seeds=${1%%=*}
  "$here/run_fuzzer.sh" "$fuzzers/fuzz_$target" "$here/seeds/$seeds" > "$logs/$target" 2>&1 && status=0 || status=$?
  [ "$status" -eq 0 ] || { echo "fuzz_$target failed:"; cat "$logs/$target"; }
  grep -E "s of CPU in" "$logs/$target" || true
  grep -E "stat::number_of_executed_units" "$logs/$target" || true
  return "$status"
}
export -f run_one
third=$((($# + 2) / 3)) by_processors=$(($(nproc) * 2))
printf '%s\0' "$@" | xargs -0 -P "$((third > by_processors ? third : by_processors))" -I{} bash -c 'run_one "$1"' _ {}
