"""deploy/compose.yaml as an engine would understand it: anchors merged, variables put in, one profile chosen."""
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy"
FILE = FOLDER / "compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def fill_in(value, variables):
    """`value` with its ${VARIABLES} replaced; a KeyError where one has to be set and is not."""
    if isinstance(value, dict):
        return {key: fill_in(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill_in(inner, variables) for inner in value]
    if not isinstance(value, str):
        return value

    def replacement(match):
        name, operator, word = match.groups()
        if variables.get(name):
            return variables[name]
        if operator == "-":
            return word
        raise KeyError(name)
    return VARIABLE.sub(replacement, value)


def read(**variables):
    return fill_in(yaml.safe_load(FILE.read_text(encoding="utf-8")), variables)


def services(document, profile):
    """The services of a profile by name."""
    return {name: service for name, service in document["services"].items() if profile in service["profiles"]}


def mounts(service):
    """(source, where, read-only) of each volume; a source without a slash is a named volume."""
    for volume in service.get("volumes", []):
        source, where, *mode = volume.split(":")
        yield source, where, mode == ["ro"]


def on_this_machine(path):
    """A path of the file as an engine finds it: relative ones begin beside compose.yaml."""
    return FOLDER / path
