"""Counts what is in the stream of a fleet by the agents' own numbers, without any of isthmus: a few words of NATS' protocol
and as much of protobuf as an envelope needs. https://docs.nats.io/reference/reference-protocols/nats-protocol"""
import base64
import collections
import json
import socket
import sqlite3
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from protobuf_fields import fields  # noqa: E402

INBOX = "_INBOX.audit"
ASKED_AT_ONCE = 200
# Fields of batch.proto.
VANTAGE, BOOT, FIRST, ITEMS, PARTITION = 2, 3, 4, 7, 8


def envelope(batch):
    """((partition, vantage, boot), number of the first item, items) of a batch."""
    seen = {FIRST: 0, PARTITION: 0}
    items = 0
    for number, value in fields(batch):
        items += number == ITEMS
        seen[number] = value
    return (seen[PARTITION], seen[VANTAGE].decode(), seen[BOOT]), seen[FIRST], items


def connect(server, ca):
    """To a broker, by TLS where it says who has signed its certificate."""
    where = urlsplit(server)
    connection = socket.create_connection((where.hostname, where.port), timeout=10)
    if ca is None:
        return connection
    # The broker speaks first, before the handshake; its line ends where it waits for us.
    while b"\n" not in connection.recv(4096):
        pass
    return ssl.create_default_context(cafile=ca).wrap_socket(connection, server_hostname=where.hostname)


def batches(server, ca, stream="ISTHMUS"):
    """The bodies of all messages of the stream, oldest first."""
    with connect(server, ca) as connection, connection.makefile("rwb") as wire:
        def ask(subject, *requests):
            for request in requests:
                body = json.dumps(request).encode()
                wire.write(f"PUB {subject} {INBOX} {len(body)}\r\n".encode() + body + b"\r\n")
            wire.flush()
            for _ in requests:
                words = wire.readline().split()
                while words[0] != b"MSG":
                    if words[0] == b"PING":
                        wire.write(b"PONG\r\n")
                        wire.flush()
                    words = wire.readline().split()
                body = wire.read(int(words[-1]) + 2)
                yield json.loads(body)

        wire.write(f'CONNECT {{"verbose": false, "name": "audit"}}\r\nSUB {INBOX} 1\r\n'.encode())
        state = next(ask(f"$JS.API.STREAM.INFO.{stream}", {}))["state"]
        sequences = range(state["first_seq"], state["last_seq"] + 1)
        for start in range(0, len(sequences), ASKED_AT_ONCE):
            some = [{"seq": sequence} for sequence in sequences[start:start + ASKED_AT_ONCE]]
            for answer in ask(f"$JS.API.STREAM.MSG.GET.{stream}", *some):
                yield base64.b64decode(answer["message"]["data"])


class Audit:
    """What each start of each agent has put into each partition."""

    def __init__(self, servers, ca=None):
        self.numbers = collections.defaultdict(set)
        self.repeated = 0
        for batch in batches(servers[0], ca):
            key, first, items = envelope(batch)
            fresh = set(range(first, first + items)) - self.numbers[key]
            self.repeated += items - len(fresh)
            self.numbers[key] |= fresh

    @property
    def distinct(self):
        return sum(len(numbers) for numbers in self.numbers.values())

    @property
    def missing(self):
        """Numbers below the largest one of the same start that are nowhere in the stream."""
        return sum(max(numbers) + 1 - len(numbers) for numbers in self.numbers.values() if numbers)

    def ends(self):
        return {key: max(numbers) + 1 for key, numbers in self.numbers.items()}


def taken_in(store):
    """(partition, vantage, boot) -> number of the next message that a core's store is waiting for."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT partition, vantage, boot, next FROM stream_marks").fetchall()
    return {(partition, vantage, boot): end for partition, vantage, boot, end in rows}
