#!/usr/bin/python3
"""Writes what real kernels say as seeds: tests/fuzz/capture_seeds.py (as root)

Three network namespaces in a row, without a way out: a prober, a router, a host. Every answer that reaches the prober is
taken from a packet socket, as isthmus would see it; the first one of each kind becomes seeds/decode/captured_*. What the
router's kernel lists of its tables becomes seeds/netlink/captured_*.
"""
import contextlib
import ctypes
import os
import pathlib
import select
import socket
import struct
import subprocess
import time

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
PREFIX = f"isthmus-seeds-{os.getpid()}"
PROBER, ROUTER, HOST = (f"{PREFIX}-{name}" for name in ("prober", "router", "host"))
HOST4, HOST6 = "203.0.113.2", "2001:db8:2::2"
CLONE_NEWNET = 0x40000000
ETH_P_ALL, PACKET_OUTGOING = 0x0003, 4
PROBES_PER_TTL = 2


def ip(namespace, *arguments):
    subprocess.run(["ip", "-n", namespace, *arguments], check=True)


def sysctl(namespace, *settings):
    subprocess.run(["ip", "netns", "exec", namespace, "sysctl", "-qw", *settings], check=True)


def link(left, right, left_addresses, right_addresses):
    left_name, right_name = f"to-{right.rsplit('-', 1)[1]}", f"to-{left.rsplit('-', 1)[1]}"
    ip(left, "link", "add", left_name, "type", "veth", "peer", "name", right_name, "netns", right)
    for namespace, name, addresses in ((left, left_name, left_addresses), (right, right_name, right_addresses)):
        for address in addresses:
            ip(namespace, "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
        ip(namespace, "link", "set", name, "up")


@contextlib.contextmanager
def network():
    made = []
    try:
        for namespace in (PROBER, ROUTER, HOST):
            subprocess.run(["ip", "netns", "add", namespace], check=True)
            made.append(namespace)
            ip(namespace, "link", "set", "lo", "up")
            sysctl(namespace, "net.ipv6.icmp.ratelimit=0", "net.ipv4.icmp_ratelimit=0")
        sysctl(ROUTER, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        link(PROBER, ROUTER, ["198.51.100.1/24", "2001:db8:1::1/64"], ["198.51.100.2/24", "2001:db8:1::2/64"])
        link(ROUTER, HOST, ["203.0.113.1/24", "2001:db8:2::1/64"], [f"{HOST4}/24", f"{HOST6}/64"])
        ip(PROBER, "route", "add", "203.0.113.0/24", "via", "198.51.100.2")
        ip(PROBER, "route", "add", "2001:db8:2::/64", "via", "2001:db8:1::2")
        ip(HOST, "route", "add", "198.51.100.0/24", "via", "203.0.113.1")
        ip(HOST, "route", "add", "2001:db8:1::/64", "via", "2001:db8:2::1")
        ip(ROUTER, "route", "add", "prohibit", "203.0.113.77/32")
        ip(ROUTER, "route", "add", "prohibit", "2001:db8:2::77/128")
        yield
    finally:
        for namespace in made:
            subprocess.run(["ip", "netns", "delete", namespace], check=True)


@contextlib.contextmanager
def inside(namespace):
    """Sockets that are opened meanwhile belong to the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    home, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


def probe(family, kind, address, ttl):
    """Sends one probe with the kernel's own sockets; returns the socket, which must stay open for an answer."""
    v4 = family == socket.AF_INET
    icmp = socket.IPPROTO_ICMP if v4 else socket.IPPROTO_ICMPV6
    kinds = {"udp": (socket.SOCK_DGRAM, 0), "tcp-open": (socket.SOCK_STREAM, 0), "tcp-closed": (socket.SOCK_STREAM, 0),
             "echo": (socket.SOCK_RAW, icmp)}
    sender = socket.socket(family, *kinds[kind])
    sender.setblocking(False)
    sender.setsockopt(*((socket.IPPROTO_IP, socket.IP_TTL) if v4 else (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)), ttl)
    with contextlib.suppress(BlockingIOError, OSError):
        if kind == "udp":
            sender.sendto(b"isthmus probe", (address, 33434))
        elif kind == "echo":
            request = struct.pack("!BBHHH", 8 if v4 else 128, 0, 0, 7, 9) + b"isthmus!"
            total = sum(struct.unpack("!8H", request))
            total = (total & 0xFFFF) + (total >> 16)
            checksum = struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF)  # of ICMPv6 the kernel's affair
            sender.sendto(request[:2] + checksum + request[4:], (address, 0))
        else:
            sender.connect((address, 443 if kind == "tcp-open" else 444))
    return sender


def kind_of(packet):
    """A name for each kind of answer; nothing for what is none (neighbour discovery, our own packets)."""
    version = packet[0] >> 4
    header, protocol = (4 * (packet[0] & 15), packet[9]) if version == 4 else (40, packet[6])
    if protocol == 6:
        return f"v{version}_tcp_{packet[header + 13]:02x}"
    if protocol not in (1, 58) or (version == 6 and packet[header] > 129):
        return None
    name = f"v{version}_icmp_{packet[header]}_{packet[header + 1]}"
    if packet[header] in (0, 129):
        return name
    quote = packet[header + 8:]
    return f"{name}_quoting_{quote[9] if version == 4 else quote[6]}"


def answers(tap, seconds):
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and select.select([tap], [], [], left)[0]:
        frame, address = tap.recvfrom(65535)
        if address[2] != PACKET_OUTGOING and address[1] in (0x0800, 0x86DD):
            yield frame


def tables():
    """The kernel's answers to rtnetlink dumps (RFC 3549), by name."""
    getlink, getroute, getneigh, getrule = 18, 26, 30, 34
    request, dump = 0x001, 0x300
    for name, kind in (("links", getlink), ("routes", getroute), ("neighbours", getneigh), ("rules", getrule)):
        for version, family in (("", socket.AF_UNSPEC),) if kind == getlink else (("4", socket.AF_INET),
                                                                               ("6", socket.AF_INET6)):
            with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asker:
                asker.send(struct.pack("=IHHIIB3x", 20, kind, request | dump, 1, 0, family))
                yield name + version, asker.recv(65536)


def main():
    captured = {}
    listed = {}
    with network(), contextlib.ExitStack() as sockets:
        with inside(HOST):
            for family in (socket.AF_INET, socket.AF_INET6):
                sockets.enter_context(socket.create_server(("", 443), family=family))
        with inside(PROBER):
            tap = sockets.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)))
            for family, host, prohibited in ((socket.AF_INET, HOST4, "203.0.113.77"),
                                             (socket.AF_INET6, HOST6, "2001:db8:2::77")):
                for kind in ("udp", "tcp-open", "tcp-closed", "echo"):
                    for address, ttl in ((host, 1), (host, 8), (prohibited, 8)):
                        for _ in range(PROBES_PER_TTL):
                            sockets.enter_context(probe(family, kind, address, ttl))
                        for packet in answers(tap, 0.3):
                            if name := kind_of(packet):
                                captured.setdefault(name, packet)
        with inside(ROUTER):
            listed.update(tables())
    for target, seeds in (("decode", captured), ("netlink", listed)):
        (SEEDS / target).mkdir(exist_ok=True)
        for name, content in sorted(seeds.items()):
            (SEEDS / target / f"captured_{name}").write_bytes(content)
            print(f"{target}/captured_{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
