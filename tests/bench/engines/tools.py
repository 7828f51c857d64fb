"""The commands of isthmus and of its peers. Every function returns tools by name for one kind of scene."""
import dataclasses
from collections.abc import Callable

import claims

GATEWAY = "02:69:73:74:68:02"
ENDLESS = 10_000_000  # packets a second that no machine reaches


@dataclasses.dataclass
class Tool:
    name: str
    command: list
    claims: Callable = None     # reads the tool's output
    output: str = None          # file that it writes; standard output when not named
    seconds: float = 60.0       # it is ended after that
    targets: str = None         # file of what it was given, where that is less than the scene's
    responder: tuple = ()       # further options of the responder


def zmap(threads, *more):
    return ["zmap", "-C", "/dev/null", "-b", "/dev/null", "-M", "icmp_echoscan", "-i", "v0", "-S", "192.168.7.2", "-G", GATEWAY,
            "-T", threads, "-r", ENDLESS, "-c", 1, "-q", "-v", 0, "--disable-syslog", *more]


def masscan(*more):
    return ["masscan", "--ping", "--adapter", "v0", "--adapter-ip", "192.168.7.2", "--router-mac", GATEWAY, "--rate",
            ENDLESS, "--wait", 1, *more]


def ping_engine(lab, targets, io, *more):
    """The engine behind `isthmus ping` and `isthmus monitor`."""
    return [lab.program("ping_engine"), "--io", io, *more, targets]


def survey_engine(lab, name, targets, mode, io, *more, **options):
    """The engine of `isthmus map` without its command line, which can say which hop it saw on which path."""
    output = lab.path("survey.claims")
    return Tool(name, [lab.program("survey_engine"), "--claims", output, "--mode", mode, "--io", io, *more, targets],
                claims.as_they_are, output, **options)


def black_hole(lab):
    few = lab.target_file("few", (f"10.{i >> 8}.{i & 255}.1" for i in range(60_000)))
    tools = [
        Tool("limit: packet socket", [lab.program("survey_limit"), "--interface", "v0", "--send-only"], seconds=20),
        Tool("limit: AF_XDP", [lab.program("survey_limit"), "--interface", "v0", "--send-only", "--xdp"], seconds=20),
        Tool("zmap -T1", zmap(1, "-n", 1_500_000, "-o", "/dev/null", "10.0.0.0/8"), seconds=8),
        Tool("zmap -T2", zmap(2, "-n", 1_500_000, "-o", "/dev/null", "10.0.0.0/8"), seconds=8),
        Tool("masscan", masscan("10.0.0.0/8", "-oL", "/dev/null"), seconds=3),
        Tool("fping", ["fping", "-r", 0, "-i", 0, "-t", 50, "-q", "-f", few], seconds=20),
        Tool("scamper ping", ["scamper", "-p", 10000, "-w", 0, "-c", "ping -c 1", "-O", "json", "-o", "/dev/null", "-f", few],
             seconds=3),
    ]
    everybody = lab.blocks_file(65_536)
    for io in ("packet", "xdp"):
        tools.insert(1, Tool(f"isthmus, io {io}", ping_engine(lab, everybody, io, "--rounds", 16, "--interval", 0.001, "--timeout", 0.1),
                             seconds=20))
    return tools


def ping(lab):
    # All hosts of a /16, which every tool can be given in its own way.
    all_hosts = lab.target_file("hosts", (f"10.0.{i >> 8}.{i & 255}" for i in range(65_536)))
    few = lab.target_file("some-hosts", (f"10.0.{i >> 8}.{i & 255}" for i in range(60_000)))
    tools = [
        Tool("zmap -T1, waits 1 s", zmap(1, "-o", "-", "10.0.0.0/16"), claims.plain_addresses),
        Tool("zmap -T2, waits 1 s", zmap(2, "-o", "-", "10.0.0.0/16"), claims.plain_addresses),
        Tool("masscan", masscan("10.0.0.0/16", "-oL", lab.path("masscan.out")), claims.masscan_list, lab.path("masscan.out"),
             seconds=12),
        Tool("fping, 60,000, waits 500 ms", ["fping", "-r", 0, "-i", 0, "-t", 500, "-a", "-f", few], claims.plain_addresses, targets=few),
        Tool("scamper ping, 10,000 pps", ["scamper", "-p", 10000, "-w", 0, "-c", "ping -c 1", "-O", "json", "-o", "-", "-f", all_hosts],
             claims.scamper_pings),
    ]
    for io in ("packet", "xdp"):
        tools.insert(0, Tool(f"isthmus, io {io}, waits 500 ms", ping_engine(lab, all_hosts, io, "--timeout", 0.5, "--hosts", lab.path("hosts.out")),
                             claims.plain_addresses, lab.path("hosts.out")))
    return tools


def scamper_trace(lab, name, rate, blocks, **more):
    targets = lab.blocks_file(blocks)
    output = lab.path("scamper.json")
    return Tool(f"scamper, {rate:,} pps, {blocks:,} targets" + name, [
        "scamper", "-p", rate, "-w", 0, "-c", "trace -P icmp-paris -m 16 -q 1 -w 1", "-O", "json", "-o", output, "-f", targets],
        claims.scamper_traces, output, targets=targets, seconds=58, **more)


def traceroute(lab, *responder):
    limit = Tool("limit: packet socket", [lab.program("survey_limit"), "--interface", "v0", "--blocks", lab.blocks],
                 responder=responder)
    tools = [limit, scamper_trace(lab, "", 10000, min(lab.blocks, 8_192), responder=responder)]
    for io in ("packet", "xdp"):
        tools.insert(1, survey_engine(lab, f"isthmus, io {io}", lab.blocks_file(lab.blocks), "all", io, "--rate", ENDLESS,
                                      responder=responder))
    return tools


def saving(lab):
    return [survey_engine(lab, "isthmus, saving, 200,000 pps", lab.blocks_file(lab.blocks), "saving", "packet",
                          "--rate", 200_000)]


def limited(lab):
    options = ("--limited-routers", "10")
    tools = [scamper_trace(lab, "", 10000, min(lab.blocks, 8_192), responder=options)]
    for mode in ("saving", "all"):
        tools.insert(0, survey_engine(lab, f"isthmus, {mode}, 100,000 pps", lab.blocks_file(lab.blocks), mode, "packet",
                                      "--rate", 100_000, responder=options))
    return tools
