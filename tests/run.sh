#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test that this machine can run.
#
#   tests/run.sh                   everything, Release build in build/
#   tests/run.sh --preset asan     the same under AddressSanitizer and UBSan (build-asan/); or tsan (build-tsan/)
#   tests/run.sh --label unit      only one label: unit, scenario, arch, lab, fuzz, bench, browser
#   tests/run.sh --docker          builds the container image and runs it, too (a quarter of an hour more)
#   tests/run.sh --lint            clang-tidy over every source file as well (minutes)
#
# Lab tests need root (network namespaces, raw sockets, FRR); without it they are skipped and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
export ISTHMUS_REQUIRE_NETNS=1

preset=release
label=
lint=no
while [ $# -gt 0 ]; do
  case "$1" in
    -h|--help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --preset)  preset=${2:?--preset needs release, asan or tsan}; shift 2 ;;
    --label)   label=${2:?--label needs a name}; shift 2 ;;
    --docker)  export ISTHMUS_TEST_DOCKER=1; shift ;;
    --lint)    lint=yes; shift ;;
    *)         echo "tests/run.sh: unknown argument '$1' (see --help)" >&2; exit 2 ;;
  esac
done

deploy/install-dependencies.sh build test lab pages browser
[ "$(id -u)" -eq 0 ] || echo "not root: lab tests will be skipped (they make network namespaces); run as root for them"

started=$SECONDS
cmake --preset "$preset" > /dev/null
cmake --build --preset "$preset" -j "$(nproc)"
echo "built in $((SECONDS - started)) s"

if [ "$lint" = yes ]; then
  command -v clang-tidy > /dev/null || { echo "tests/run.sh: --lint needs clang-tidy: apt-get install clang-tidy" >&2; exit 1; }
  build=build; [ "$preset" = release ] || build=build-$preset
  git ls-files 'src/*.cpp' 'probes/*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option
fi

# Side by side; of those that send packets one at a time.
ctest --preset "$preset" ${label:+-L "$label"} --no-tests=error -j "$(nproc)"
