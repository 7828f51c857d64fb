"""Round-trip times as a tool tells them, against the kernel's timestamps of the same packets on the near interface."""
import collections
import json
import os
import select
import socket
import statistics
import struct
import subprocess
import sys

SO_TIMESTAMPNS = 35
PACKET_OUTGOING = 4


def capture():
    """Inside the namespace: prints one line an echo packet until standard input ends."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE if hasattr(socket, "SO_RCVBUFFORCE") else 33, 64 << 20)
    packets.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    packets.bind(("v0", 3))
    seen = []
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([packets, sys.stdin], [], [])
        if packets in readable:
            frame, control, _, address = packets.recvmsg(128, 128)
            if frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] in (0, 8):
                seconds, nanoseconds = struct.unpack("qq", control[0][2])
                outgoing = address[2] == PACKET_OUTGOING
                peer = frame[30:34] if outgoing else frame[26:30]
                seen.append((outgoing, peer, frame[38:42], seconds * 1_000_000_000 + nanoseconds))
        elif sys.stdin in readable:
            break
    for outgoing, peer, identity, nanoseconds in seen:
        print(int(outgoing), socket.inet_ntoa(peer), identity.hex(), nanoseconds)


class Capture:
    def __init__(self, in_near):
        command = in_near([sys.executable, os.path.abspath(__file__), "capture"])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("cannot capture on the near interface")

    def kernel_times(self):
        """Ends the capture; address -> round-trip times in microseconds, in order of sending."""
        out, _ = self.process.communicate(timeout=60)
        sent, times = {}, collections.defaultdict(list)
        for line in out.splitlines():
            outgoing, peer, identity, stamp = line.split()
            if outgoing == "1":
                sent[peer, identity] = int(stamp)
                times[peer].append([int(stamp), None])
            elif (peer, identity) in sent:
                entry = next((e for e in times[peer] if e[0] == sent[peer, identity]), None)
                if entry is not None and entry[1] is None:
                    entry[1] = (int(stamp) - entry[0]) / 1000
        return {peer: [rtt for _, rtt in sorted(entries, key=lambda e: e[0])] for peer, entries in times.items()}


def fping_times(path):
    """`fping -C`: 'address : 0.05 - 0.04', milliseconds, on standard error."""
    times = {}
    with open(path + ".err", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            address, _, values = line.partition(" : ")
            if values and "," not in values:
                times[address.strip()] = [None if v == "-" else float(v) * 1000 for v in values.split()]
    return times


def scamper_times(path):
    times = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            record = json.loads(line) if line.startswith("{") else {}
            if record.get("type") == "ping":
                values = [None] * int(record["ping_sent"])
                for response in record.get("responses", ()):
                    values[int(response["seq"])] = float(response["rtt"]) * 1000
                times[record["dst"]] = values
    return times


def plain_times(path):
    """Lines of an address and its times in microseconds, '-' for none."""
    times = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            address, *values = line.split()
            times[address] = [None if v == "-" else float(v) for v in values]
    return times


def errors(tool, kernel):
    """Median of the kernel's times, and median and 99th percentile of the tool's distance from them, in microseconds."""
    differences, base = [], []
    for address, values in tool.items():
        for value, true in zip(values, kernel.get(address, ())):
            if value is not None and true is not None:
                differences.append(value - true)
                base.append(true)
    if len(differences) < 2:
        return {"pairs": len(differences)}
    cut = statistics.quantiles([abs(d) for d in differences], n=100)
    return {"pairs": len(differences), "kernel": statistics.median(base), "error50": statistics.median(differences),
            "error99": cut[98]}


if __name__ == "__main__" and sys.argv[1:] == ["capture"]:
    capture()
