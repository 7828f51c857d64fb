#!/usr/bin/env python3
"""The dashboards' files: they are what generate.py writes, nothing lies over anything, and they meet Grafana's published
schema. What they ask is put to real Prometheus servers by tests/lab/story_test.py and fleet_test.py, which scrape the lab.
Exit 77: no Node to check the schema with; everything else has been checked then."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import dashboards  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = pathlib.Path(__file__).resolve().parent / "schema"
BUILD = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build"))


def check_structure(name, dashboard):
    assert dashboard["uid"] + ".json" == name, "the file has the name of the uid, which links and alerts use"
    assert re.fullmatch(r"[a-z0-9-]{1,40}", dashboard["uid"]), "a stable uid that fits in an address"
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert {"datasource", "target", "vantage"} <= variables, variables
    identifiers = [panel["id"] for panel in dashboard["panels"]]
    assert len(identifiers) == len(set(identifiers)), "two panels of one id"
    taken = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, f"{panel['title']} is wider than the page"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies over {taken[x, y]}"
                taken[x, y] = panel["title"]
    for panel in dashboards.leaf_panels(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["description"], f"{panel['title']} does not say what it shows"
        assert defaults["unit"] and defaults["noValue"], f"{panel['title']} has no unit, or no word for nothing"
        for source in (panel["datasource"], *(target["datasource"] for target in panel["targets"])):
            assert source["uid"] == "${datasource}", f"{panel['title']} is tied to one data source"


def check_links(found):
    """What alerts and dashboards link to is there."""
    uids = {dashboard["uid"] for dashboard in found.values()}
    for rules in (ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"):
        for uid in re.findall(r"/d/([\w-]+)", rules.read_text(encoding="utf-8")):
            assert uid in uids, f"{rules.name} links to the dashboard {uid}, which is not there"


def install():
    """Grafana's types and the compiler, as the lock file says, once for each build folder. None: the registry is out of reach."""
    folder = BUILD / "dashboard-schema"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (SCHEMA / "package-lock.json").read_text(encoding="utf-8")
    done = folder / "installed"
    if not done.exists() or done.read_text(encoding="utf-8") != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(SCHEMA / name, folder)
        made = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder, capture_output=True,
                              text=True, check=False)
        if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT", made.stderr):
            return None
        assert made.returncode == 0, f"npm ci: {made.stderr}"
        done.write_text(lock, encoding="utf-8")
    return folder


def schema_complaints(node, found):
    """What Grafana's types have to say about dashboards: text, empty when nothing."""
    with tempfile.TemporaryDirectory(dir=node) as name:
        folder = pathlib.Path(name)
        shutil.copy(SCHEMA / "dashboard.ts", folder)
        for file, dashboard in found.items():
            (folder / f"{pathlib.Path(file).stem}.ts").write_text(
                "import type { Dashboard } from './dashboard';\n"
                f"export const dashboard: Dashboard = {json.dumps(dashboard, indent=1)};\n", encoding="utf-8")
        checked = subprocess.run(
            [node / "node_modules" / ".bin" / "tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module",
             "esnext", "--moduleResolution", "node10", *sorted(folder.glob("*.ts"))],
            capture_output=True, text=True, check=False)
        assert (checked.returncode == 0) == (not checked.stdout), f"tsc: {checked.returncode}: {checked.stdout}{checked.stderr}"
        return checked.stdout


def with_a_misspelling(dashboard):
    """A copy in which a panel has an option of a name that Grafana does not know."""
    wrong = json.loads(json.dumps(dashboard))
    dashboards.leaf_panels(wrong)[0]["options"]["graphMood"] = "none"
    return wrong


def main():
    found = dashboards.files()
    subprocess.run([sys.executable, ROOT / "deploy" / "grafana" / "generate.py", "--check"], check=True)
    for name, dashboard in found.items():
        check_structure(name, dashboard)
    check_links(found)
    if not shutil.which("npm"):
        print("skipped: no npm to check Grafana's schema with (Node 18 or newer)")
        return 77
    node = install()
    if node is None:
        print("skipped: the npm registry is out of reach, and Grafana's schema is not here yet")
        return 77
    # In the same run a dashboard with one wrong name, so that silence means something.
    wrong = next(iter(found.values()))
    complaints = schema_complaints(node, {**found, "wrong.json": with_a_misspelling(wrong)}).splitlines()
    unexpected = [line for line in complaints if not re.search(r"wrong\.ts\(", line) and not line.startswith(" ")]
    assert not unexpected, "\n".join(unexpected)
    assert any("wrong.ts(" in line and "graphMood" in line for line in complaints), f"no complaint about it: {complaints}"
    print(f"ok: {len(found)} dashboards, {sum(len(dashboards.questions(d)) for d in found.values())} questions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
