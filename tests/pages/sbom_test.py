#!/usr/bin/python3
"""The bill of materials that deploy/docker/sbom.sh makes at the image's build, made of this machine instead."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
# What CycloneDX 1.5 demands of every component, and the types that it knows.
TYPES = {"application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
         "firmware", "file", "machine-learning-model", "data"}


def bill(**variables):
    environment = {name: value for name, value in os.environ.items() if name not in ("REVISION", "SOURCE_DATE_EPOCH")}
    return subprocess.run([ROOT / "deploy/docker/sbom.sh", BINARY], check=True, capture_output=True, text=True,
                          env={**environment, **variables}, timeout=60).stdout


class BillOfMaterials(unittest.TestCase):
    def test_it_names_the_program_and_every_package_and_nothing_else(self):
        document = json.loads(bill(REVISION="0123abc", SOURCE_DATE_EPOCH="1506849471"))
        self.assertEqual((document["bomFormat"], document["specVersion"], document["version"]), ("CycloneDX", "1.5", 1))
        self.assertEqual(document["metadata"]["timestamp"], "2017-10-01T09:17:51Z")
        program, system, *packages = document["components"]
        self.assertEqual(f"isthmus {program['version']}",
                         subprocess.run([BINARY, "--version"], check=True, capture_output=True, text=True).stdout.strip())
        self.assertEqual(program["hashes"], [{"alg": "SHA-256", "content": hashlib.sha256(BINARY.read_bytes()).hexdigest()}])
        self.assertEqual(program["properties"], [{"name": "isthmus:revision", "value": "0123abc"}])
        self.assertEqual(system["type"], "operating-system")
        installed = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Package}|${Version}\n"], check=True,
                                   capture_output=True, text=True).stdout
        self.assertEqual(sorted((package["name"], package["version"]) for package in packages),
                         sorted(tuple(line.split("|")[1:]) for line in installed.splitlines() if line.startswith("ii")))

    def test_it_is_what_the_format_demands(self):
        document = json.loads(bill())
        components = [document["metadata"]["component"], *document["components"]]
        for component in components:
            self.assertIn(component["type"], TYPES)
            self.assertTrue(component["name"] and component["version"])
            if component["type"] == "library":
                self.assertRegex(component["purl"], r"^pkg:deb/debian/[a-z0-9.%B-]+@[\w.~%-]+\?arch=\w+&distro=[\w.-]+"
                                                    r"(&upstream=[\w.%-]+%40[\w.~%-]+)?$")
        self.assertEqual(len({component["bom-ref"] for component in components}), len(components))
        self.assertNotIn("timestamp", document["metadata"], "none is made up")

    def test_the_same_image_gives_the_same_bytes(self):
        self.assertEqual(bill(), bill())

    def test_the_image_has_it(self):
        dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
        final = dockerfile[dockerfile.rindex("\nFROM "):]
        self.assertRegex(final, r"COPY --from=sbom \S+ /usr/share/doc/isthmus/sbom.cdx.json")
        self.assertFalse(re.search("apt-get|dpkg", final), "what comes after it would not be in it")


if __name__ == "__main__":
    if not BINARY.exists() or not shutil.which("dpkg-query"):
        print(f"skipped: needs {BINARY} and dpkg-query")
        sys.exit(77)
    unittest.main(verbosity=2)
