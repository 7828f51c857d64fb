"""Seeds that are packets, as make_seeds.py writes them; and how a packet is put together."""
import struct


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
