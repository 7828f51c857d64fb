"""Seeds that are messages of a fleet (include/isthmus/fleet), in protobuf."""
import struct


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
