#!/usr/bin/env bash
# Fuzzes one target, starting from its seeds: run_fuzzer.sh FUZZER SEED-FOLDER
# A crash leaves its reproducer beside the fuzzer and prints it. ISTHMUS_FUZZ_SECONDS explores at random for so long;
# without it the run always takes the same turns, 100,000 or as many as fit into ten seconds, so that a test is no lottery.
set -euo pipefail
fuzzer=${1:?which fuzzer}
seeds=${2:?which seeds}
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
options=(-max_total_time="${ISTHMUS_FUZZ_SECONDS:-10}" -max_len=4096 -timeout=10 -rss_limit_mb=1024
  -artifact_prefix="$fuzzer-" -print_final_stats=1)
[ -n "${ISTHMUS_FUZZ_SECONDS:-}" ] || options+=(-seed=1 -runs=100000)
[ ! -e "$seeds.dict" ] || options+=(-dict="$seeds.dict")
"$fuzzer" "${options[@]}" "$corpus" "$seeds"
