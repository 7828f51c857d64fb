#!/usr/bin/env python3
"""Cuts the extracts in this folder out of the full prefix-to-AS data. README.md says which data they are of.

usage: extract.py NPM_PACKAGE_FOLDER PYASN_FOLDER

Keeps what belongs to the networks of the lab topology north-korea-2017: everything for the small ones, and for the
four large ones the big blocks only, which keeps the extract at a few hundred kilobytes.
"""

import csv
import gzip
import ipaddress
import pathlib
import sys

WHOLE = {680, 2497, 4657, 1239, 4837, 20485, 131279, 3333, 559, 29216, 3557, 7500}
LARGE = {7018, 2914, 174, 3356}
SMALLEST_LARGE = 2**13  # addresses
HERE = pathlib.Path(__file__).resolve().parent


def keep(asn, addresses, family):
    return asn in WHOLE or (asn in LARGE and (family == 6 or addresses >= SMALLEST_LARGE))


def extract_csv(source, destination):
    with open(source, encoding="utf-8", newline="") as rows, open(destination, "w", encoding="utf-8") as out:
        for line in rows:
            first, last, asn = next(csv.reader([line]))[:3]
            first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)
            if keep(int(asn), int(last) - int(first) + 1, first.version):
                out.write(line)


def extract_pyasn(source, destination, family):
    kept = []
    with gzip.open(source, "rt", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(";"):
                kept.append(line)
                continue
            prefix, asn = line.split("\t")
            if (":" in prefix) != (family == 6):
                continue
            network = ipaddress.ip_network(prefix)
            if keep(int(asn), network.num_addresses, family):
                kept.append(line)
    # No name and no time in the gzip header: the same input gives the same bytes.
    with open(destination, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        out.write("".join(kept).encode("ascii"))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    npm, pyasn = map(pathlib.Path, sys.argv[1:])
    extract_csv(npm / "asn-ipv4.csv", HERE / "asn-ipv4-extract.csv")
    extract_csv(npm / "asn-ipv6.csv", HERE / "asn-ipv6-extract.csv")
    extract_pyasn(pyasn / "ipasn_20140513.dat.gz", HERE / "ipasn-ipv4-extract.dat.gz", 4)
    extract_pyasn(pyasn / "ipasn6_20151101.dat.gz", HERE / "ipasn-ipv6-extract.dat.gz", 6)


if __name__ == "__main__":
    main()
