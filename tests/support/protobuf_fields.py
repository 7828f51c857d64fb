"""Protobuf messages without their schema, for tests that count what went over the wire without a line of isthmus."""


def fields(bytes_):
    """(number, value) of each field of a protobuf message: an int, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = bytes_[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(bytes_):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        length = {1: 8, 5: 4}.get(key & 7) or varint()
        value = bytes_[at:at + length]
        at += length
        yield key >> 3, value if key & 7 == 2 else int.from_bytes(value, "little")
