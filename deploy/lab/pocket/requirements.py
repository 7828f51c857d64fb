"""What a machine must have before a lab can be raised, and what to do about what it lacks."""

import os
import pwd
import shutil

from . import frr
from .errors import LabError


def check_root():
    if os.geteuid() != 0:
        raise LabError("making namespaces needs root: run it with sudo, or inside a container that has CAP_SYS_ADMIN "
                       "and CAP_NET_ADMIN")


def check(topology):
    """Raises LabError naming everything that is missing, at once."""
    check_root()
    packages = [] if shutil.which("ip") else ["iproute2"]
    if any(n.silent for n in topology.nodes.values()) and not shutil.which("nft"):
        packages.append("nftables")
    if topology.routing == "bgp" and not _frr_is_there():
        packages.append("frr")
    if packages:
        raise LabError(f"missing: {', '.join(packages)}; install with 'apt-get install {' '.join(packages)}'")


def _frr_is_there() -> bool:
    try:
        pwd.getpwnam("frr")
    except KeyError:
        return False
    return all((frr.BINARIES / d).exists() for d in frr.DAEMONS) and shutil.which("vtysh") is not None
