#!/usr/bin/env python3
"""Makes the dashboards: deploy/grafana/dashboards/*.json are its output, and are what Grafana reads.

    generate.py            writes the files
    generate.py --check    exit 1 if they are not what it would write

What each dashboard asks stands in fleet.py, resilience.py, target.py and itself.py of the folder sources; how panels are
made in sources/panels.py.
"""
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(FOLDER / "sources"))
import fleet  # noqa: E402  (the folder is only on the path now)
import itself  # noqa: E402
import resilience  # noqa: E402
import target  # noqa: E402

DASHBOARDS = (fleet.DASHBOARD, resilience.DASHBOARD, target.DASHBOARD, itself.DASHBOARD)


def text_of(dashboard):
    return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def main():
    stale = []
    for dashboard in DASHBOARDS:
        path = FOLDER / "dashboards" / f"{dashboard['uid']}.json"
        if "--check" not in sys.argv:
            path.write_text(text_of(dashboard), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text_of(dashboard):
            stale.append(path.name)
    known = {f"{dashboard['uid']}.json" for dashboard in DASHBOARDS}
    stale += sorted(path.name for path in (FOLDER / "dashboards").glob("*.json") if path.name not in known)
    if stale:
        print(f"not what generate.py writes: {', '.join(stale)}; run deploy/grafana/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
