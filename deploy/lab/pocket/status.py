"""What a lab looks like now, for eyes and for machines."""

from .fib import Fib, upstreams
from .labs import Lab


def status(lab: Lab) -> dict:
    topology = lab.topology
    fib = Fib(lab.name, topology)
    return {
        "lab": lab.name,
        "topology": topology.name,
        "run_dir": str(lab.run_dir),
        "vantages": [_vantage(lab, v, fib) for v in topology.vantages()],
        "targets": [{**target, "truth": _truth(topology, fib, target)} for target in topology.targets],
        "controls": list(topology.controls),
        "nodes": [{"name": n.name, "netns": lab.namespace(n.name), "role": n.role, "asn": n.asn, "silent": n.silent,
                   "icmp_limited": n.icmp_limited, "bgp": topology.speaks_bgp(n.name),
                   "addresses": [str(a) for a in topology.addresses(n.name)]} for n in topology.nodes.values()],
    }


def _vantage(lab: Lab, vantage, fib: Fib) -> dict:
    controls = lab.topology.controls
    seen = sum(fib.reaches(vantage.name, c) for c in controls)
    return {"name": vantage.name, "netns": lab.namespace(vantage.name), "asn": vantage.asn,
            "source": str(lab.topology.addresses(vantage.name)[0]), "controls_reachable": seen}


def _truth(topology, fib: Fib, target: dict) -> list:
    """Which upstreams carry each block now, by the forwarding tables."""
    blocks = []
    for block in target["blocks"]:
        by_vantage = upstreams(topology, fib, target, block)
        blocks.append({"block": block, "upstreams": sorted({u for found in by_vantage.values() for u in found}),
                       "by_vantage": by_vantage})
    return blocks


def as_text(found: dict) -> str:
    lines = [f"lab {found['lab']} ({found['topology']}), closed, {len(found['nodes'])} namespaces"]
    lines += ["", "vantage points:"]
    for v in found["vantages"]:
        lines.append(f"  {v['name']:<14} AS{v['asn'] or '-':<7} {v['source']:<16} netns {v['netns']}, "
                     f"{v['controls_reachable']}/{len(found['controls'])} controls reachable")
    for target in found["targets"]:
        lines += ["", f"{target['name']}: upstream by vantage point"]
        lines += [f"  {b['block']:<18} " + "  ".join(f"{v}:{'/'.join(map(str, u)) or 'none'}"
                                                     for v, u in b["by_vantage"].items()) for b in target["truth"]]
    lines += ["", "controls: " + ", ".join(found["controls"])]
    return "\n".join(lines)
