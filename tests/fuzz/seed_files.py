"""Seeds that are files or requests: network data, archives, JSON, HTTP."""
import bz2
import gzip
import json
import struct

from seed_packets import US6


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
