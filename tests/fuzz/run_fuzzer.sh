#!/usr/bin/env bash
# Fuzzes one target, starting from its seeds: run_fuzzer.sh FUZZER SEED-FOLDER
# For 60 seconds, always from the same random seed; or at random for ISTHMUS_FUZZ_SECONDS. What new inputs reach is kept
# in ISTHMUS_FUZZ_CORPUS if that is a folder. A crash leaves its reproducer beside the fuzzer and prints it.
set -euo pipefail
fuzzer=${1:?which fuzzer}
seeds=${2:?which seeds}
corpus=${ISTHMUS_FUZZ_CORPUS:-}
if [ -z "$corpus" ]; then
  corpus=$(mktemp -d)
  trap 'rm -rf "$corpus"' EXIT
fi
options=(-max_len=4096 -timeout=10 -rss_limit_mb=1024 -artifact_prefix="$fuzzer-" -print_final_stats=1)
[ -n "${ISTHMUS_FUZZ_SECONDS:-}" ] || options+=(-seed=1)
dictionary=$(dirname "$seeds")/$(basename "$seeds").dict
[ ! -e "$dictionary" ] || options+=(-dict="$dictionary")
end=$((SECONDS + ${ISTHMUS_FUZZ_SECONDS:-60}))

# libFuzzer ends an input after 10 seconds by the clock, and exits with 70. On a machine that stood still meanwhile that is
# no finding: alone, each of those inputs has 10 seconds of CPU.
machine_stood_still() {
  local input
  for input in "$fuzzer"-timeout-*; do
    (ulimit -t 10 && "$fuzzer" "$input") || return 1
    rm "$input"
  done
}

fuzz() {
  local left status
  while left=$((end - SECONDS)) && [ "$left" -gt 0 ]; do
    "$fuzzer" -max_total_time="$left" "${options[@]}" "$corpus" "$seeds" && return 0 || status=$?
    [ "$status" -eq 70 ] && machine_stood_still || return "$status"
  done
}

TIMEFORMAT="$(basename "$fuzzer"): %U s of CPU in %R s"
time fuzz
