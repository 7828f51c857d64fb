#!/usr/bin/python3
"""Reads every include of the project and fails on one that goes against the house's directions.

The table below is the one place where they are written down; README.md, "guide to the folders", tells why.
"""
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# module -> modules it may include directly. base is for everybody; everybody may include itself.
ALLOWED = {
    "base": set(),
    "model": set(),
    "config": {"model"},
    "wire": {"model"},
    "schedule": {"model"},
    "ip2as": {"model"},
    "net": {"wire", "model"},
    "probes": {"wire", "schedule", "model"},
    "inference": {"ip2as", "model"},
    "resilience": {"inference", "ip2as", "model"},
    "formats": {"model", "resilience"},
    "sqlite": {"model"},
    "store": {"model", "resilience", "formats", "sqlite"},
    "fleet": {"model", "resilience", "sqlite"},
    "telemetry": {"model", "resilience", "formats"},
}
ALLOWED["app"] = set(ALLOWED)

# external header -> modules that may see it.
FENCES = [
    (re.compile(r"^yaml-cpp/"), {"config"}),
    (re.compile(r"^prometheus/"), set()),
    (re.compile(r"^tins/"), {"wire", "net", "probes"}),
    (re.compile(r"^boost/(asio|beast)"), {"net", "fleet", "telemetry", "app"}),
    (re.compile(r"^sqlite3\.h$"), {"sqlite"}),
    (re.compile(r"^google/protobuf/"), {"fleet"}),
    (re.compile(r"^nats/"), {"fleet"}),
    (re.compile(r"^simdjson\.h$"), {"formats"}),
    (re.compile(r"^maxminddb\.h$"), {"ip2as"}),
    (re.compile(r"^(CLI/|spdlog/)"), {"app"}),
]

# Headers that cost seconds to compile must not reach other modules through a public header.
HEAVY_IN_PUBLIC = re.compile(r"^(tins/|yaml-cpp/|boost/(asio|beast|json)|prometheus/|sqlite3\.h$|simdjson\.h$|CLI/|spdlog/)")

# Modules that take time and bytes as arguments: no clock, no sleep, no socket, no stream of their own.
PURE = {"base", "model", "wire", "schedule", "inference", "resilience", "probes"}
IMPURE = re.compile(
    r"(?:(?:system|steady|high_resolution)_clock::now|\bsleep_(?:for|until)\b|\bclock_gettime\b|\bgettimeofday\b"
    r"|\bstd::(?:cout|cerr|ofstream|ifstream|thread|jthread)\b|\bsocket\()")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def module_of(path):
    """Which room a source file or an include path stands in, or None."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[:2] == ("include", "isthmus") and len(parts) > 3:
        return parts[2]
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[0] == "probes" and len(parts) > 1:
        return "probes"
    return None


def module_of_include(include, root):
    if include.startswith("isthmus/"):
        return module_of("include/" + include)
    for base in ("", "src/"):
        if (root / (base + include)).is_file():
            return module_of(base + include)
    return None


def violations(root):
    found = []
    files = [p for folder in ("include", "src", "probes") for p in sorted((root / folder).rglob("*"))
             if p.suffix in {".hpp", ".cpp", ".h"}]
    for path in files:
        name = path.relative_to(root).as_posix()
        module = module_of(name)
        text = path.read_text(encoding="utf-8")
        if module not in ALLOWED:
            found.append(f"{name}: stands in no known module")
            continue
        for include in INCLUDE.findall(text):
            found += check_include(name, module, include, root)
        code = COMMENT.sub("", text)
        if module in PURE and IMPURE.search(code):
            found.append(f"{name}: {IMPURE.search(code).group(0)} in a module without I/O; take it as an argument")
    return found


def check_include(name, module, include, root):
    found = []
    other = module_of_include(include, root)
    if other and other not in {module, "base"} and other not in ALLOWED[module]:
        found.append(f"{name}: {module} may not include {include} ({other})")
    for pattern, modules in FENCES:
        if pattern.match(include) and module not in modules:
            found.append(f"{name}: {include} is fenced to {', '.join(sorted(modules))}")
    if name.startswith("include/") and HEAVY_IN_PUBLIC.match(include):
        found.append(f"{name}: heavy header {include} in a public header")
    return found


class Dependencies(unittest.TestCase):
    def test_the_house_has_no_stray_include(self):
        self.assertEqual(violations(ROOT), [])

    def test_every_module_is_in_the_table(self):
        rooms = {p.name for p in (ROOT / "src").iterdir() if p.is_dir()} | {"probes"}
        self.assertEqual(rooms, set(ALLOWED))

    def test_the_table_has_no_cycle(self):
        order, left = [], dict(ALLOWED)
        while left:
            free = [m for m, needs in left.items() if needs - {m} <= set(order)]
            self.assertTrue(free, f"cycle among {sorted(left)}")
            order += free
            for m in free:
                del left[m]

    def test_a_stray_include_is_found(self):
        cases = {
            "src/model/a.cpp": '#include "isthmus/wire/b.hpp"',
            "src/config/a.cpp": "#include <tins/tins.h>",
            "src/inference/a.cpp": "auto t = std::chrono::steady_clock::now();",
            "include/isthmus/net/a.hpp": "#include <boost/asio.hpp>",
            "src/attic/a.cpp": "",
        }
        for name, text in cases.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True)
                path.write_text(text + "\n", encoding="utf-8")
                self.assertEqual(len(violations(pathlib.Path(folder))), 1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
