#!/usr/bin/python3
"""The pocket internet does what it says: it comes up closed, tells the truth, and leaves nothing behind.

Real namespaces, real FRR, real packets; every packet stays inside the namespaces made here. Needs root, iproute2,
nftables and frr; exits with 77 (skipped) where one is missing. Labs are named after the process id, so that a lab which
somebody else has up is not disturbed.
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True

from lab_support import STORY, unique  # noqa: E402  (it also makes `pocket` importable)
from lab_small_cases import Closedness, CommandLine, SmallLabs  # noqa: E402,F401
from lab_story_cases import Story, Truths  # noqa: E402,F401
from pocket import netns, requirements, topology  # noqa: E402
from pocket.errors import LabError  # noqa: E402


def reason_to_skip():
    try:
        requirements.check(topology.load(STORY))
        probe = unique("probe")
        netns.run(["ip", "netns", "add", probe])
        netns.run(["ip", "netns", "delete", probe])
    except LabError as error:
        return str(error)
    return None


if __name__ == "__main__":
    if why := reason_to_skip():
        print(f"skipped: {why}")
        sys.exit(77)
    os.environ["ISTHMUS_REQUIRE_NETNS"] = "1"
    unittest.main(verbosity=2)
