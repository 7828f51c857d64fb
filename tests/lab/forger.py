#!/usr/bin/python3
"""Answers every probe that comes in with a lie, until its standard input ends; then prints how many it told.

For tests/lab/forgery_test.py, inside a network namespace without a way out: forger.py LIE.
"""
import random
import select
import socket
import struct
import sys

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
ICMP, TCP, UDP = 1, 6, 17


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(source, destination, protocol, body):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), random.getrandbits(16), 0, 61, protocol, 0, source,
                         destination)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body


def icmp(kind, code, rest):
    return struct.pack("!BBH", kind, code, checksum(struct.pack("!BBH", kind, code, 0) + rest)) + rest


def tcp(source, destination, probe, flags):
    ports = probe[22:24] + probe[20:22]
    body = ports + struct.pack("!IIBBHHH", random.getrandbits(32), random.getrandbits(32), 0x50, flags, 65535, 0, 0)
    pseudo = source + destination + struct.pack("!BBH", 0, TCP, len(body))
    return ip(source, destination, TCP, body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:])


def flipped(data, at):
    """One bit at a random place of a 16-bit field is another."""
    field = int.from_bytes(data[at:at + 2], "big") ^ (1 << random.randrange(16))
    return data[:at] + field.to_bytes(2, "big") + data[at + 2:]


def lie_about(probe, lie):
    """The packets that answer a probe: whole, with headers."""
    us, claimed, protocol = probe[12:16], probe[16:20], probe[9]
    quote = probe[:8] + b"\1" + probe[9:28]
    is_echo = protocol == ICMP and probe[20] == 8
    echo_body = probe[24:]
    if lie == "echo-wrong-payload" and is_echo:
        return [ip(claimed, us, ICMP, icmp(0, 0, echo_body[:-2] + random.randbytes(2)))]
    if lie == "echo-no-payload" and is_echo:
        return [ip(claimed, us, ICMP, icmp(0, 0, echo_body[:4]))]
    if lie == "echo-from-elsewhere" and is_echo:
        return [ip(bytes([192, 0, 2, random.randrange(1, 255)]), us, ICMP, icmp(0, 0, echo_body))]
    if lie in ("echo-as-sent", "echo-twice") and is_echo:
        return [ip(claimed, us, ICMP, icmp(0, 0, echo_body))] * (2 if lie == "echo-twice" else 1)
    if lie == "unreachable-as-sent":
        return [ip(claimed, us, ICMP, icmp(3, 1, b"\0" * 4 + quote))]
    if lie == "everything-is-closed-here":
        # True quotes, to every probe for whomever, in this box's own name.
        return [ip(socket.inet_aton("192.0.2.1"), us, ICMP, icmp(3, 3, b"\0" * 4 + quote))]
    if lie == "unreachable-wrong-id":
        # Both of the fields that depend on the key: one alone is what a translator changes, and leaves the other half.
        return [ip(claimed, us, ICMP, icmp(3, 1, b"\0" * 4 + flipped(flipped(quote, 4), 22 if is_echo else 26)))]
    if lie == "unreachable-wrong-checksum":
        return [ip(claimed, us, ICMP, icmp(3, 1, b"\0" * 4 + flipped(flipped(quote, 22), 26)))]
    if lie == "empty-quote":
        return [ip(claimed, us, ICMP, icmp(3, 1, b"\0" * 4 + quote[:random.randrange(28)]))]
    if protocol == TCP and lie in ("syn-ack-wrong-number", "rst-wrong-number"):
        return [tcp(claimed, us, probe, 0x12 if lie == "syn-ack-wrong-number" else 0x14)]
    return []


def main():
    lie = sys.argv[1]
    seen = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    print("ready", flush=True)
    told = 0
    while True:
        ready, _, _ = select.select([seen, sys.stdin], [], [])
        if sys.stdin in ready:
            break
        probe, (_, _, kind, _, _) = seen.recvfrom(65535)
        # Only what comes from the vantage point: answers on their way back are no probes.
        if kind == PACKET_OUTGOING or len(probe) < 28 or socket.inet_ntoa(probe[16:20]).startswith("192.0.2."):
            continue
        for packet in lie_about(probe, lie):
            out.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
            told += 1
    print(told)


if __name__ == "__main__":
    main()
