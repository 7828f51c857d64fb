"""Seeds that are programs (program.hpp): what a prober or an engine is answered with, and what a survey had saved."""
import struct

from seed_packets import decode_seeds

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
