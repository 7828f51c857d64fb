#!/usr/bin/python3
"""Writes the seeds of the fuzz targets. Run it after changing one: tests/fuzz/make_seeds.py"""
import bz2
import gzip
import json
import pathlib
import struct

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
KEPT = ("finding_", "captured_")  # Not made here.


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ip(body, protocol=1, ttl=60, options=b"", source=(192, 0, 2, 9), destination=(192, 0, 2, 1)):
    """RFC 791 section 3.1."""
    ihl = 5 + len(options) // 4
    start = struct.pack("!BBHHHBB", 0x40 | ihl, 0, 4 * ihl + len(body), 7, 0, ttl, protocol)
    rest = bytes(source) + bytes(destination) + options
    return start + struct.pack("!H", checksum(start + b"\0\0" + rest)) + rest + body


US6 = bytes.fromhex("20010db8000200000000000000000002")
THEM6 = bytes.fromhex("20010db8000100000000000000000001")


def ip6(body, protocol=58, hops=60, extensions=b"", source=THEM6, destination=US6):
    """RFC 8200 section 3; `extensions` begin with the number of the next header, and `protocol` is that of the first."""
    return struct.pack("!IHBB", 0x600ABCDE, len(extensions + body), protocol, hops) + source + destination + extensions + body


def icmp(kind, code, rest, body):
    """RFC 792: type, code, checksum, four bytes by type, then the body."""
    whole = struct.pack("!BBH", kind, code, 0) + rest + body
    return struct.pack("!BBH", kind, code, checksum(whole)) + rest + body


def icmp6(kind, code, rest, body):
    """RFC 4443 section 2.3: the checksum covers a pseudo header."""
    whole = struct.pack("!BBH", kind, code, 0) + rest + body
    pseudo = THEM6 + US6 + struct.pack("!II", len(whole), 58)
    return struct.pack("!BBH", kind, code, checksum(pseudo + whole)) + rest + body


def tcp(flags, pseudo):
    """RFC 9293 section 3.1: an answer from port 443 with one option; `pseudo` is the pseudo header without the length."""
    segment = struct.pack("!HHIIBBHHH", 443, 50000, 1, 12346, 0x60, flags, 65535, 0, 0) + b"\2\4\5\xb4"
    whole = pseudo + struct.pack("!H", len(segment)) + segment
    return segment[:16] + struct.pack("!H", checksum(whole)) + segment[18:]


def labelled(quote, entries):
    """RFC 4884 section 7 and RFC 4950: 128 bytes of quote, an object that means nothing here, then the labels."""
    objects = struct.pack("!HBBI", 8, 2, 1, 7) + struct.pack(f"!HBB{len(entries)}I", 4 + 4 * len(entries), 1, 1, *entries)
    structure = struct.pack("!HH", 0x2000, checksum(b"\x20\0\0\0" + objects)) + objects
    return quote.ljust(128, b"\0") + structure


def decode_seeds():
    zero = b"\0" * 4
    udp = ip(struct.pack("!HHHH", 50000, 33434, 12, 0xBEEF) + b"isth", 17, 1)
    syn = ip(struct.pack("!HHIIIHH", 50000, 443, 12345, 0, 0x5002FFFF, 0, 0), 6, 1)
    echo = ip(icmp(8, 0, struct.pack("!HH", 5, 6), b"12345678"), 1, 1)
    labels = [0x12345A3F, 0xABCDEF01]
    pseudo = bytes([192, 0, 2, 9, 192, 0, 2, 1, 0, 6])
    seeds = {"echo_reply": ip(icmp(0, 0, struct.pack("!HH", 5, 6), b"12345678")),
             "expired_udp": ip(icmp(11, 0, zero, udp)), "expired_udp_options": ip(icmp(11, 0, zero, udp), options=zero),
             "expired_tcp": ip(icmp(11, 0, zero, syn[:28])), "expired_echo": ip(icmp(11, 0, zero, echo)),
             "expired_tcp_whole": ip(icmp(11, 0, zero, syn)),
             "expired_quote_options": ip(icmp(11, 0, zero, ip(echo[20:], 1, 1, b"\x94\x04\0\0"))),
             "port_unreachable": ip(icmp(3, 3, zero, udp)), "prohibited": ip(icmp(3, 13, zero, udp[:28])),
             "labels": ip(icmp(11, 0, b"\0\x20\0\0", labelled(udp, labels))),
             "labels_old": ip(icmp(11, 0, zero, labelled(udp, labels))),
             "labels_empty": ip(icmp(11, 0, b"\0\x20\0\0", labelled(udp, []))),
             "syn_ack": ip(tcp(0x12, pseudo), 6), "rst": ip(tcp(0x14, pseudo), 6)}
    return seeds | decode_seeds_v6(labels)


def decode_seeds_v6(labels):
    zero = b"\0" * 4
    udp = ip6(struct.pack("!HHHH", 50000, 33434, 12, 0xBEEF) + b"isth", 17, 1, b"", US6, THEM6)
    syn = ip6(struct.pack("!HHIIIHH", 50000, 443, 12345, 0, 0x5002FFFF, 0, 0), 6, 1, b"", US6, THEM6)
    echo = ip6(icmp6(128, 0, struct.pack("!HH", 5, 6), b"12345678"), 58, 1, b"", US6, THEM6)
    hop_by_hop = b"\x3c\0\x01\x04" + zero  # padding, then destination options
    destination = b"%c\0\x01\x04" + zero
    fragment = b"\x3a\0\0\0" + zero  # the only one
    pseudo = THEM6 + US6 + b"\0\6"
    return {"v6_echo_reply": ip6(icmp6(129, 0, struct.pack("!HH", 5, 6), b"12345678")),
            "v6_expired_udp": ip6(icmp6(3, 0, zero, udp)), "v6_expired_tcp": ip6(icmp6(3, 0, zero, syn[:48])),
            "v6_expired_tcp_whole": ip6(icmp6(3, 0, zero, syn)), "v6_expired_echo": ip6(icmp6(3, 0, zero, echo)),
            "v6_port_unreachable": ip6(icmp6(1, 4, zero, udp)),
            "v6_too_big": ip6(icmp6(2, 0, struct.pack("!I", 1280), udp)),
            "v6_options": ip6(icmp6(3, 0, zero, udp), 0, 60, hop_by_hop + destination % 58),
            "v6_quote_options": ip6(icmp6(3, 0, zero, ip6(udp[40:], 0, 1, hop_by_hop + destination % 17, US6, THEM6))),
            "v6_whole_fragment": ip6(icmp6(3, 0, zero, udp), 44, 60, fragment),
            "v6_labels": ip6(icmp6(3, 0, b"\x10\0\0\0", labelled(udp, labels))),
            "v6_labels_old": ip6(icmp6(3, 0, zero, labelled(udp, labels))),
            "v6_syn_ack": ip6(tcp(0x12, pseudo), 6), "v6_rst": ip6(tcp(0x14, pseudo), 6)}


ANSWER, EXPIRED, CLOSED, PROHIBITED, NO_HOST, TOO_BIG, LABELLED, NO_ROUTE = range(8)
EIGHT_BYTES, CUT_SHORT, UNMENDED, ONE_FLIP = 0x08, 0x10, 0x20, 0x40


def forged(ago, shape, sender=0, left=1, flips=()):
    """A step of program.hpp: an answer to a probe; each flip is a place and what changes there."""
    flips = list(flips)
    return bytes([1, ago, shape + ONE_FLIP * len(flips), sender, left]) + b"".join(bytes(flip) for flip in flips)


def raw(packet):
    return bytes([0, len(packet)]) + packet


def passing(tens_of_ms):
    return bytes([2, tens_of_ms])


AGAIN = b"\3"


def prober_programs():
    """What any probe may be answered with, in every shape, in time and too late."""
    each = range(12)
    kinds = (EXPIRED, CLOSED, PROHIBITED, NO_HOST, TOO_BIG, LABELLED, NO_ROUTE)
    return {
        "answers": b"".join(forged(ago, ANSWER) for ago in each) + (passing(3) + forged(0, ANSWER)) * 20,
        "hops": b"".join(forged(ago, EXPIRED, 2 + ago) for ago in each)
        + b"".join(passing(2) + forged(ago % 2, EXPIRED, 20 + ago) for ago in range(24)),
        "errors": b"".join(forged(ago, kind, 2 + ago) for ago, kind in enumerate(kinds)) + passing(20)
        + b"".join(forged(len(kinds) - ago, kind, 2 + ago) for ago, kind in enumerate(kinds)),
        "closed": b"".join(forged(ago, CLOSED) for ago in each) + passing(255),
        "eight_bytes": b"".join(forged(ago, EXPIRED | EIGHT_BYTES, 2) for ago in each) + passing(40),
        "cut_short": b"".join(forged(ago, EXPIRED | CUT_SHORT, 4 * ago) for ago in each),
        "twice_and_late": forged(0, ANSWER) + AGAIN + forged(3, EXPIRED, 5) + AGAIN + passing(60) + forged(40, ANSWER)
        + forged(30, EXPIRED, 5) + AGAIN,
        "flipped": b"".join(forged(ago, EXPIRED, 7, 1, [(48 + ago, 0x10)]) + forged(ago, ANSWER, 0, 1, [(24 + ago, 1)])
                            for ago in each),
        "unmended": b"".join(forged(ago, kind | UNMENDED, 9, 1, [(2 + 9 * ago, 3), (50, 0xff)])
                             for kind in (ANSWER, EXPIRED) for ago in range(6)),
        "no_way_out": b"\4\1" + passing(40) + forged(0, EXPIRED, 3) + b"\4\0" + passing(60) + forged(0, ANSWER),
    }


def prober_seeds():
    """A choice of protocols and versions, then a program. Each protocol of traces meets each of pings once."""
    decode = decode_seeds()
    seeds = {"raw": b"\x20" + raw(decode["echo_reply"]) + raw(decode["v6_echo_reply"]) + raw(decode["syn_ack"])
             + raw(decode["v6_rst"]) + raw(decode["expired_udp"]) + raw(decode["v6_expired_udp"]),
             "silence": b"\x21" + passing(255) + passing(255)}
    for trace, ping in ((0, 0), (1, 1), (2, 2), (0, 2), (2, 1)):
        for version, name in ((0, "v4"), (1, "v6"), (2, "both")):
            if (version == 2) != (trace != ping):  # Both versions at once with protocols that differ.
                continue
            for program, steps in prober_programs().items():
                seeds[f"{program}_{name}_{trace}{ping}"] = bytes([version << 4 | ping << 2 | trace]) + steps
    return seeds


WAITING, SILENT, FAILED, DERIVED, TIME_EXCEEDED, ECHO_REPLY = range(1, 7)
UNREACHABLE, DESTINATION, NOBODY = 16, 0xFFFFFF, 0xFFFFFFFF
SURVEY_PATHS, SURVEY_TTLS = 8, 8  # As engines_target.cpp has them.


def cell(state, interface=DESTINATION, time=1500, attempt=0):
    return struct.pack("<II", time, interface | state << 24 | attempt << 29)


def path_state(back=0, forward=0, distance=0, split=0, gap=0, measuring=0, inherited=0, ended=0, expected=NOBODY):
    return struct.pack("<I8B", expected, back, forward, distance, split, gap, measuring, inherited, ended)


def saved_survey(rows, states, interfaces, phase=0, rounds=0, position=0):
    """Of saved.cpp what follows the fingerprint; a row is a cell by its TTL, for the first paths."""
    rows = rows + [{}] * (SURVEY_PATHS - len(rows))
    body = bytes(range(32)) + struct.pack("<QQBBBBQ", 40, 12, phase, rounds, SURVEY_TTLS, 0, position)
    body += struct.pack("<I", len(interfaces)) + b"".join(bytes([4]) + bytes(address) for address in interfaces)
    body += struct.pack("<I", len(rows))
    for row in rows:
        body += struct.pack("<Q", sum(1 << (ttl - 1) for ttl in row)) + b"".join(row[ttl] for ttl in sorted(row))
    body += struct.pack("<I", len(states)) + b"".join(states)
    return struct.pack(">H", len(body)) + body


def saved_surveys():
    """By the survey's mode (0 saving, 1 all, 2 window): each phase, each kind of cell and state."""
    interfaces = [(192, 0, 2, n) for n in range(2, 8)]
    row = {1: cell(TIME_EXCEEDED, 0), 2: cell(SILENT), 3: cell(TIME_EXCEEDED, 1), 4: cell(WAITING), 5: cell(DERIVED),
           8: cell(UNREACHABLE + 3)}
    other = {3: cell(TIME_EXCEEDED, 2), 4: cell(TIME_EXCEEDED, 3, attempt=1), 5: cell(ECHO_REPLY), 6: cell(FAILED)}
    back, both = path_state(2, 0, 5, 5, ended=1), path_state(2, 6, 0, 5, 1, inherited=1)
    jumped, done = path_state(1, 7, 0, 5, expected=2), path_state(0, 0, 5, 5, ended=1)
    walking = [back, both, jumped, jumped, done, done, both, back]
    begun = [path_state(measuring=1), path_state()] + walking[:4] + [path_state(), path_state()]
    whole = [done] * SURVEY_PATHS
    everybody = len(walking) // 2
    unknown = [path_state(2, 0, 5, 5, expected=0x7FFFFFFF)] + walking[1:]
    late = [path_state(measuring=1), done] + walking[2:]
    return {
        "saved_begun": (0, saved_survey([row, other], begun, interfaces, position=everybody)),
        "saved_walking": (0, saved_survey([row, other, other], walking, interfaces, position=everybody)),
        "saved_settling": (0, saved_survey([row, other], whole, interfaces, 1, 1, everybody)),
        "saved_retrying": (0, saved_survey([row, other], whole, interfaces, 2, 1, everybody)),
        "saved_done": (0, saved_survey([row, other], whole, interfaces, 3, 2, everybody)),
        "saved_sweep": (1, saved_survey([row, other], [], interfaces, position=20)),
        "saved_sweep_settling": (1, saved_survey([row] * 8, [], interfaces, 1, 0, 64)),
        "saved_window": (2, saved_survey([row, other], begun, interfaces, position=everybody)),
        # What no survey saves.
        "finding_walk_without_end": (0, saved_survey([row, other], walking, interfaces, position=1)),
        "saved_too_late": (0, saved_survey([row, other], late, interfaces, position=everybody)),
        "finding_interface_twice": (0, saved_survey([row, other], walking, interfaces[:3] + 3 * interfaces[:1],
                                                      position=everybody)),
        "finding_unknown_interface": (0, saved_survey([row, other], unknown, interfaces, position=everybody)),
    }


def engines_seeds():
    """A choice of engine, protocol, version and way, a saved survey perhaps, then a program."""
    v6, multipath, resumes, limited = 0x04, 0x20, 0x40, 0x80
    hops = b"".join(forged(ago, EXPIRED, 2 + ago % 3) for ago in range(4)) + passing(1)
    far = forged(0, CLOSED, 0, 4) + forged(0, ANSWER)
    mixed = b"".join(forged(ago, kind, 3 + ago, 2) + passing(2) for ago, kind in enumerate(
        (LABELLED, PROHIBITED, TOO_BIG, NO_ROUTE, NO_HOST, EXPIRED | CUT_SHORT, EXPIRED | EIGHT_BYTES, CLOSED)))
    damaged = forged(0, EXPIRED, 5, 1, [(48, 1)]) + forged(0, ANSWER | UNMENDED, 0, 1, [(9, 1)]) + AGAIN + AGAIN
    late = passing(50) + forged(20, EXPIRED, 9) + forged(30, ANSWER) + AGAIN
    interrupted = hops + b"\4\0" + far + hops + b"\4\1\0\x60\1" + late + b"\4\3" + bytes([0, 90, 1, 0, 99, 4, 1, 0, 255])
    programs = {"hops": 4 * hops + 3 * far, "mixed": hops + far + mixed + late, "damaged": far + damaged + hops + late,
                "load": b"".join(forged(ago % 5, EXPIRED, 2 + ago) + (passing(1) if ago % 4 == 3 else b"")
                                 for ago in range(36)) + far}
    seeds = {}
    for protocol in range(3):
        for way in range(3):
            choice = protocol | (v6 if (protocol + way) % 2 else 0) | way << 3
            for name, program in programs.items():
                seeds[f"survey_{name}_{protocol}{way}"] = bytes([choice]) + program
                if way < 2:
                    paths = choice ^ v6 | multipath | (limited if name == "load" else 0)
                    seeds[f"paths_{name}_{protocol}{way}"] = bytes([paths]) + program
            seeds[f"survey_interrupted_{protocol}{way}"] = bytes([choice]) + interrupted
    seeds["paths_no_way_out"] = bytes([multipath]) + hops + b"\4\1" + passing(20) + b"\4\0" + hops
    for name, (way, saved) in saved_surveys().items():
        seeds[name] = bytes([resumes | way << 3]) + saved + hops + far + b"\4\0"
    return seeds


def prefixes_seeds():
    pyasn = b"1.0.0.0/24\t13335\n175.45.176.0/22\t131279\n"
    packed = gzip.compress(pyasn, mtime=0)
    return {"packed": packed, "packed_twice": packed + gzip.compress(b"", mtime=0) + gzip.compress(pyasn[18:], mtime=0),
            "packed_cut_off": packed[:-9], "packed_bomb": gzip.compress(bytes(1 << 20), mtime=0),
            "csv": b'1.0.0.0,1.0.0.255,13335,"Cloud, ""flare"""\n175.45.176.0,175.45.179.255,131279,Ryugyong-dong\n',
            "csv6": b"2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64500,six\n",
            "all_v4": b"\xef\xbb\xbf0.0.0.0,255.255.255.255,4837,all\r\n",
            "pyasn": b"; a comment\n1.0.0.0/24\t13335\n175.45.176.0/22\t131279\n2a00::/12\t64500\n",
            "not_utf8": b"8.8.8.0,8.8.8.255,15169,\"\xff\xc3\xa9\"\n",
            "pfx2as": b"1.0.0.0\t24\t13335_1,2\n175.45.176.0\t22\t131279\n8.8.8.0\t25\t1\n2001:db8::\t32\t1.10\n",
            "overrides": b"# ours\n8.8.8.8/32 AS64500 # a router\n2a00::/64 64501", "packed_bzip2": bz2.compress(pyasn)}


def mrt_record(subtype, body, kind=13):
    """RFC 6396 section 2."""
    return struct.pack("!IHHI", 1764028800, kind, subtype, len(body)) + body


def mrt_attribute(kind, value, flags=0x40):
    return struct.pack("!BBB", flags, kind, len(value)) + value


def mrt_path(*asns, segment=2):
    return struct.pack(f"!BB{len(asns)}I", segment, len(asns), *asns)


def mrt_rib(subtype, prefix, paths, between=b"", extra=b""):
    """RFC 6396 section 4.3.2; `between` stands before each attribute length: a path id (RFC 8050)."""
    body = struct.pack("!I", 1) + extra + prefix + struct.pack("!H", len(paths))
    for peer, path in enumerate(paths):
        attributes = mrt_attribute(1, b"\0") + mrt_attribute(2, path)
        body += struct.pack("!HI", peer, 1764020000) + between + struct.pack("!H", len(attributes)) + attributes
    return mrt_record(subtype, body)


def mrt_seeds():
    peers = mrt_record(1, bytes([192, 0, 2, 1]) + struct.pack("!H4sH", 4, b"view", 2) + bytes([2, 10, 0, 0, 1, 198, 51, 100, 1])
                       + struct.pack("!I", 70000) + bytes([1, 10, 0, 0, 2]) + US6 + struct.pack("!H", 3000))
    v4, v6 = bytes([24, 198, 51, 100]), bytes([32, 0x20, 1, 0xd, 0xb8])
    one, two = mrt_path(1, 64496), mrt_path(2, 3, 64497)
    wide = mrt_attribute(2, struct.pack("!BBHH", 2, 2, 1, 23456)) + mrt_attribute(17, mrt_path(1, 131279), 0xC0)
    entry = struct.pack("!HIH", 0, 0, len(wide)) + wide
    return {"table": peers + mrt_rib(2, v4, [one, two]) + mrt_rib(4, v6, [two]),
            "additional": peers + mrt_rib(8, v4, [one, one, two], b"\0\0\0\7") + mrt_rib(10, v6, [two], b"\0\0\0\1")
            + mrt_rib(12, v4, [one], b"\0\0\0\1", b"\0\1\1"),
            "generic": mrt_rib(6, v6, [one], b"", b"\0\2\1") + mrt_rib(6, v4, [two], b"", b"\0\1\2"),
            "sets": peers + mrt_rib(2, v4, [one + mrt_path(64499, 64498, segment=1), b"", mrt_path(64512, segment=3),
                                            mrt_path(1, 0), mrt_path()]),
            "narrow": mrt_record(2, struct.pack("!I", 1) + v4 + struct.pack("!H", 1) + entry),
            "odd": mrt_record(3, b"?") + mrt_record(7, b"") + mrt_record(99, b"x") + mrt_record(4, b"up", 16)
            + mrt_record(2, struct.pack("!I", 1) + bytes([33]) + v4[1:] + b"\0\0") + mrt_rib(2, bytes([8, 10]), [one])}


def bzip2_seeds():
    prefixes = prefixes_seeds()
    repeated = prefixes["pyasn"] * 40
    runs = b"".join(bytes([65 + n % 3]) * n for n in (1, 3, 4, 5, 6, 255, 258, 259, 260, 261, 600))
    return {"text": bz2.compress(prefixes["csv"]), "repeated": bz2.compress(repeated, 1), "runs": bz2.compress(runs),
            "empty": bz2.compress(b""), "twice": bz2.compress(b"a") + bz2.compress(b"") + bz2.compress(b"bb", 1),
            "trailed": bz2.compress(b"x") + b"rest", "bytes": bz2.compress(bytes(range(256)) * 2),
            "bomb": bz2.compress(bytes(1 << 20))}


def netdata_seeds():
    """Each kind of data, small."""
    peeringdb = {"ix": {"data": [{"id": 4, "name": "I\u00e9X", "status": "ok"}], "meta": {"generated": 1764028800.5}},
                 "ixlan": {"data": [{"id": 11, "ix_id": 4}]},
                 "ixpfx": {"data": [{"ixlan_id": 11, "prefix": "198.51.100.0/24", "status": "ok"}]},
                 "netixlan": {"data": [{"ixlan_id": 11, "asn": 64496, "ipaddr4": "198.51.100.7", "ipaddr6": None}]}}
    ixs = b'{"ix_id": 1, "name": "IX", "prefixes": {"ipv4": ["198.51.100.0/24"], "ipv6": ["2001:db8::/64"]}}\n'
    return {"delegation": b"2|ripencc|20251125|3|19830705|20251124|+0100\nripencc|*|ipv4|*|1|summary\n"
            b"ripencc|DE|asn|64500|2|20100101|allocated|h\nripencc|DE|ipv4|203.0.113.0|256|20100101|allocated|h\n"
            b"ripencc|DE|ipv6|2001:db8::|32||assigned|h|e-stats\n",
            "as_rel": b"# clique: 1\n64500|64496|-1\n64500|64497|0|bgp\n64496|64500|-1\n64496|1|-1\n1|64500|-1\n",
            "cones": b"64500 64500 64496 64497\n64496 64496\n1 64500\n",
            "as2org": b"# format:org_id|changed|org_name|country|source\nA|1|Example, Inc.|US|ARIN\n"
            b"# format:aut|changed|aut_name|org_id|opaque_id|source\n64496|1|X|A|o|ARIN\n64500|1|Y|A||ARIN\n",
            "as2org_old": b"64496|1|X|A|ARIN\nA|1|Example|US|ARIN\n",
            "as2org_json": b'{"organizationId":"A","name":"N","type":"Organization"}\n'
            b'{"asn":"64496","organizationId":"A","type":"ASN"}\n',
            "peeringdb": json.dumps(peeringdb).encode(), "ixs": b"# CAIDA\n" + ixs,
            "ix_asns": b'{"asn": 64496, "ix_id": 1, "ipv4": ["198.51.100.7"], "ipv6": ["2001:db8::7"]}\n',
            "mmdb": mmdb(), "mmdb_packed": gzip.compress(mmdb(), mtime=0), "mrt": mrt_seeds()["table"],
            "mrt_packed": bz2.compress(mrt_seeds()["table"]), "pfx2as": b"198.51.100.0\t24\t64496_64497,64500\n",
            "overrides": b"198.51.100.0/24 AS64496 # ours"}


def mmdb():
    """MaxMind DB file format 2.0: one network, 198.51.100.0/24 of AS 64496, in a tree of IPv4 with records of 24 bits."""
    def text(value):
        return bytes([2 << 5 | len(value)]) + value

    def number(value, kind, size):
        return bytes([kind << 5 | size]) + value.to_bytes(size, "big")

    bits = "".join(f"{byte:08b}" for byte in (198, 51, 100))
    tree = b""
    for depth, bit in enumerate(bits):
        way = (depth + 1 if depth < 23 else 24 + 16).to_bytes(3, "big")
        tree += (24).to_bytes(3, "big") + way if bit == "1" else way + (24).to_bytes(3, "big")
    data = bytes([7 << 5 | 2]) + bytes([2 << 5 | 24]) + b"autonomous_system_number" + number(64496, 6, 2)
    data += bytes([2 << 5 | 29, 1]) + b"autonomous_system_organization" + text(b"Example")
    metadata = bytes([7 << 5 | 8]) + text(b"node_count") + number(24, 6, 1) + text(b"record_size") + number(24, 5, 1)
    metadata += text(b"ip_version") + number(4, 5, 1) + text(b"database_type") + text(b"T")
    metadata += text(b"languages") + bytes([0, 4]) + bytes([2 << 5 | 27]) + b"binary_format_major_version" + number(2, 5, 1)
    metadata += bytes([2 << 5 | 27]) + b"binary_format_minor_version" + number(0, 5, 0)
    metadata += text(b"build_epoch") + bytes([4, 2]) + (1700000000).to_bytes(4, "big")
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata


def json_seeds():
    trace = {"fw": 5080, "type": "traceroute", "af": 4, "dst_addr": "192.0.2.9", "src_addr": "192.0.2.1", "proto": "UDP",
             "paris_id": 3, "timestamp": 1506848871, "endtime": 1506848873, "prb_id": 7, "result": [
                 {"hop": 1, "result": [{"from": "192.0.2.2", "ttl": 64, "size": 28, "rtt": 1.25, "ittl": 1}, {"x": "*"}]},
                 {"hop": 2, "result": [{"from": "192.0.2.9", "rtt": 9.5, "err": "H", "dup": 2}, {"rtt": 2, "late": 1}]},
                 {"hop": 3, "result": [{"error": "sendto failed: x", "errno": 101}]}, {"hop": 255, "error": "x"}]}
    own = {**trace, "vantage": "vp", "isthmus": {"target": "t", "stop": "reached", "started_ns": 1506848871000000001,
                                                 "ended_ns": 1506848872000000001}}
    own["result"] = [{"hop": 1, "result": [{"from": "2001:db8::9", "ttl": 60, "size": 60, "rtt": 0.5, "icmp_type": 1,
                                            "icmp_code": 4, "kind": "unreachable", "err": "p"}]}]
    evidence = {"summary": "one \u2192 two", "vantages": ["a", "b"], "traces": [own]}
    event = {"id": 12, "time": "2017-10-01T09:07:51.000Z", "kind": "upstream_lost", "target": "t",
             "block": "175.45.176.0/24", "upstream_asn": 20485, "vantage": None, "before": "up", "after": "down",
             "evidence": evidence}
    named = {"trace": trace, "trace_own": own, "evidence": evidence, "event": event}
    return {name: json.dumps(value, separators=(",", ":")).encode() for name, value in named.items()}


def http_seeds():
    query = "/api/v1/events?"
    since = query + "since=2017-10-01T09:07:51Z&until=2017-10-02T00:00:00.5%2B00:00&kind=block_down&target=a%20b"
    requests = {
        "page": "GET /", "metrics": "GET /metrics", "healthy": "HEAD /-/healthy", "ready": "GET /-/ready",
        "reload": "POST /-/reload", "reload_get": "GET /-/reload", "delete": "DELETE /", "nowhere": "GET /index.html?a=b#c",
        "targets": "GET /api/v1/targets?target=peninsula", "upstreams": "GET /api/v1/upstreams?target=x+y",
        "paths": "GET /api/v1/paths", "vantages": "GET /api/v1/vantages?target=x", "events": "GET " + since,
        "events_after": f"GET {query}after_id=18446744073709551615&limit=7", "limit_0": f"GET {query}limit=0",
        "limit_large": f"GET {query}limit=1001", "twice": f"GET {query}limit=1&limit=1",
        "cut_off": f"GET {query}target=%4", "no_hex": f"GET {query}target=%4z&&",
        "bytes": f"GET {query}target=%00%ff%0d%0a", "names": f"GET {query}=&x&&=y&%3d=%26",
        "leap": f"GET {query}since=2016-12-31t23:59:60.999999999-23:59",
        "early": f"GET {query}since=0001-01-01T00:00:00Z", "late": f"GET {query}until=9999-12-31T23:59:59Z",
        "stream": "GET /api/v1/stream?last_event_id=7", "explain": "GET /api/v1/explain?event=7",
        "badge": "GET /badge/penin%73ula.svg", "embed": "GET /embed/peninsula"}
    return {name: text.encode() for name, text in requests.items()}


def proto(*fields):
    """A message of Protocol Buffers: fields as (number, value), by the kind of the value: int, bytes, or float."""
    def varint(value):
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])
    message = b""
    for number, value in fields:
        if isinstance(value, bytes):
            message += varint(number << 3 | 2) + varint(len(value)) + value
        elif isinstance(value, float):
            message += varint(number << 3 | 1) + struct.pack("<d", value)
        elif isinstance(value, Fixed):
            message += varint(number << 3 | 1) + struct.pack("<Q", value)
        else:
            message += varint(number << 3) + varint(value)
    return message


class Fixed(int):
    """An integer of eight bytes."""


def fleet_seeds():
    second, address, net6 = 10**9, bytes([192, 0, 2, 1]), bytes.fromhex("20010db8") + bytes(12)
    target = proto((1, b"example"), (2, bytes([192, 0, 2, 0, 24])), (2, net6 + b"\x20"), (3, address), (4, 12.5))
    pings = proto((1, 10 * second), (2, second), (3, 0), (4, 0), (5, 1))
    traces = proto((1, 3600 * second), (2, second), (3, 1), (5, 6), (6, 2), (7, 32), (8, 5), (9, 60 * second))
    assignment = proto((1, 1), (2, b"frankfurt"), (3, 7), (4, Fixed(1506848871 * second)), (5, b"ISTHMUS"), (6, 8), (7, target),
                       (7, proto((1, b"other"), (2, bytes([203, 0, 113, 0, 25])))), (8, bytes([198, 51, 100, 200])), (8, net6),
                       (9, 200), (10, 3), (11, 1), (12, pings), (13, traces))
    reply = proto((1, proto((1, address), (2, 0), (5, 5000000), (6, 60), (7, 1), (8, 56), (10, 7), (11, b"\0\1\2\3"))))
    series = proto((1, 0), (2, address), (3, address), (6, proto((1, 4), (2, reply))), (6, proto((1, 6), (2, proto((2, 1))))))
    trace = proto((1, 0), (2, address), (3, address), (4, 1), (5, 3), (6, 2), (7, 8), (8, 1),
                  (10, proto((1, 1), (2, reply), (3, 4))), (10, proto((1, 2), (2, proto((3, 101))))))
    report = proto((1, 2), (2, proto((1, b"ping"), (2, 0), (3, 9))), (4, 1), (8, 5), (9, b"no route"))
    items = [proto((1, series)), proto((2, trace)), proto((3, report))]
    batch = proto((1, 1), (2, b"frankfurt"), (3, Fixed(5)), (4, 6), (5, Fixed(1506848871 * second)), (6, b"example"),
                  *[(7, item) for item in items], (8, 3))
    block = bytes([192, 0, 2, 0, 24])
    when = Fixed(1506848871 * second)
    known = proto((1, block), (2, 1), (3, when), (4, 1), (5, 1), (6, 2), (7, proto((1, 4837), (3, when), (4, when))),
                  (8, proto((1, 0), (2, address), (3, 0.5))), (9, proto((1, address), (2, when), (3, 2.5), (4, 1))))
    handover = proto((1, 1), (2, 3), (3, b"host"), (4, when), (5, 4711), (6, when), (7, proto((1, b"tokyo"), (2, Fixed(5)), (3, 9))),
                     (8, b"tokyo"), (9, proto((1, b"example"), (2, 2), (3, when), (4, 1), (5, known), (6, proto((1, 6), (2, 1))))),
                     (10, proto((1, b"tokyo"), (2, 1), (3, when), (4, proto((1, 11), (2, 1))))))
    return {"handover": handover, "assignment": assignment, "batch": batch, "empty": b"",
            "claim": proto((1, 1), (2, b"0123"), (3, Fixed(5)), (4, b"host"), (5, b"1.0"), (6, Fixed(1506848871 * second))),
            "retrace": proto((1, 1), (2, proto((1, b"example"), (2, address), (3, 1)))),
            "ping": proto((1, 1), (3, proto((1, b"example"), (2, block), (3, address)))),
            "advice": proto((1, 1), (4, proto((1, b"example"), (2, address), (3, 5), (4, net6)))),
            "schema": proto((1, 2))}


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
