#!/usr/bin/env bash
# Runs a test of the web page with the packages that the build installed: with_node.sh FILE, or --unit for those of the parts
# that need no server. Exit 77: this build has no web page, so there is nothing to test.
set -euo pipefail
folder=${ISTHMUS_WEB_FOLDER:?says where the build put the page}
if [ ! -x "${ISTHMUS_NODE:-}" ] || [ ! -e "$folder/built" ]; then
  echo "skipped: this build has no web page; install Node 18 and npm (deploy/install-dependencies.sh web) and build again"
  exit 77
fi
[ "$1" != --unit ] || { cd "$folder"; export TZ=Asia/Pyongyang; "$ISTHMUS_NODE" node_modules/typescript/bin/tsc --noEmit; set -- node_modules/vitest/vitest.mjs run --pool=threads --no-isolate; }
exec "$ISTHMUS_NODE" "$@"
