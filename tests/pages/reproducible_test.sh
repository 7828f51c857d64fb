#!/bin/bash
# Builds the program twice, in two folders, as the image does, without a cache: bit by bit the same. With the name of
# another target, that one and what it consists of. Takes two full builds: only when ISTHMUS_TEST_DOCKER=1.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
target=${1:-isthmus}
[ "${ISTHMUS_TEST_DOCKER:-0}" = 1 ] || { echo "skipped: takes minutes: tests/run.sh --docker, or ISTHMUS_TEST_DOCKER=1"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/var/tmp}/isthmus-twice.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Of different length: a path that slips in also moves what comes after it.
folders=("$work/one" "$work/another-folder/deeper")
for folder in "${folders[@]}"; do
    mkdir -p "$folder"
    (cd "$root" && git ls-files CMakeLists.txt CMakePresets.json cmake include probes src | tar c -T -) | tar x -C "$folder"
    (cd "$folder" && cmake --preset image && CCACHE_DISABLE=1 cmake --build build --target "$target") >"$work/log" 2>&1 ||
        { tail -20 "$work/log" >&2; echo "FAILED: the build" >&2; exit 1; }
done

# The program, or the objects and libraries of a part.
products() { (cd "$1/build" && find . \( -name isthmus -o -name '*.o' -o -name '*.a' \) -type f -print0 | sort -z | xargs -0 sha256sum); }
for number in 0 1; do products "${folders[$number]}" >"$work/$number"; done
[ -s "$work/0" ] || { echo "FAILED: nothing was built" >&2; exit 1; }
diff "$work/0" "$work/1" || { echo "FAILED: these differ between two folders" >&2; exit 1; }
echo "ok: $(wc -l <"$work/0") files are the same, bit by bit"
