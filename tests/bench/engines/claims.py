"""What each tool says it found, as the lines that survey_truth judges: 'destination trace ttl address', or a host."""
import json
import re

ADDRESS = re.compile(r"^\d+\.\d+\.\d+\.\d+$")


def records(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # The last line of a run that was ended.


def scamper_traces(path):
    for record in records(path):
        if record.get("type") == "trace":
            for hop in record.get("hops", ()):
                yield f"{record['dst']} 0 {hop['probe_ttl']} {hop['addr']}"


def as_they_are(path):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            yield line.rstrip("\n")


def scamper_pings(path):
    for record in records(path):
        if record.get("type") == "ping" and record.get("responses"):
            yield record["dst"]


def plain_addresses(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            word = line.split()[0] if line.split() else ""
            if ADDRESS.match(word):
                yield word


def masscan_list(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            words = line.split()
            # Its last line may be half a line: it is ended, for it does not end by itself.
            if len(words) == 5 and words[0] == "open":
                yield words[3]


def write(claims, path):
    with open(path, "w", encoding="ascii") as out:
        for claim in claims:
            out.write(claim + "\n")
