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
options=(-max_total_time="${ISTHMUS_FUZZ_SECONDS:-60}" -max_len=4096 -timeout=10 -rss_limit_mb=1024
  -artifact_prefix="$fuzzer-" -print_final_stats=1)
[ -n "${ISTHMUS_FUZZ_SECONDS:-}" ] || options+=(-seed=1)
dictionary=$(dirname "$seeds")/$(basename "$seeds").dict
[ ! -e "$dictionary" ] || options+=(-dict="$dictionary")
TIMEFORMAT="$(basename "$fuzzer"): %U s of CPU in %R s"
time "$fuzzer" "${options[@]}" "$corpus" "$seeds"
