#!/usr/bin/python3
"""Writes the seeds of the fuzz targets. Run it after changing one: tests/fuzz/make_seeds.py"""
import pathlib
import sys

sys.dont_write_bytecode = True

from seed_files import bzip2_seeds, http_seeds, json_seeds, mrt_seeds, netdata_seeds, prefixes_seeds  # noqa: E402
from seed_messages import fleet_seeds  # noqa: E402
from seed_packets import decode_seeds  # noqa: E402
from seed_programs import engines_seeds, prober_seeds  # noqa: E402

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
KEPT = ("finding_", "captured_")  # Not made here.


for target, seeds in {"decode": decode_seeds(), "prober": prober_seeds(), "engines": engines_seeds(),
                      "prefixes": prefixes_seeds(), "bzip2": bzip2_seeds(), "mrt": mrt_seeds(),
                      "netdata": netdata_seeds(), "json": json_seeds(), "http": http_seeds(), "fleet": fleet_seeds()}.items():
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in seeds and not old.name.startswith(KEPT):
            old.unlink()
    for name, content in seeds.items():
        (folder / name).write_bytes(content)
