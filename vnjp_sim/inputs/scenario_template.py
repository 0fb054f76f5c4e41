"""A commented scenario file to start from: an empty one, or a copy of another."""

from __future__ import annotations

import re
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.packaged import PROGRAM, kind_of, shipped_folder
from vnjp_sim.inputs.scenario_file import AT, ScenarioFile, parent_name, statement_of
from vnjp_sim.inputs.scenario_forms import as_yaml
from vnjp_sim.inputs.scenario_lookup import (
    examples,
    find_parent,
    find_scenario,
    full_name,
    shipped_titles,
)
from vnjp_sim.inputs.schema import NAME_REMEDY, check, is_name
from vnjp_sim.inputs.strict_yaml import MAX_BYTES, parse_yaml, read_yaml
from vnjp_sim.inputs.text_file import read_text
from vnjp_sim.storage.atomic import write_whole


def write_template(name: str, extends: str) -> Path:
    """Write `name`.yml into the current folder and return it.

    Raises
    ------
    InputError
        The name is not fit for a scenario, or the file exists.
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    file = _new_file(name)
    if not is_name(extends):
        remedy = "give the name of a scenario, such as base, whose file lies here or is shipped"
        raise InputError.single("--extends", f"'{extends[:80]}' is not a name", remedy)
    find_parent(extends, Path(), name)
    return _written(file, TEMPLATE.format(name=name, extends=extends))


def write_copy(name: str, source: str) -> Path:
    """Write what another scenario says as `name`.yml into the current folder and return it.

    Comments of the other file stay. `source` is the name of an example or of a shipped scenario,
    one of its variants, or a file.

    Raises
    ------
    InputError
        As :func:`write_template`; or there is no such source, or it cannot stand here.
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    file = _new_file(name)
    scenario, at, variant = source.rpartition(AT)
    scenario, variant = (scenario, variant) if at else (source, "")
    origin = _origin(scenario)
    content = check(ScenarioFile, read_yaml(origin))
    if variant and variant not in content.variants:
        what, known = f"'{content.name}' has no variant '{variant}'", content.variants
        remedy = did_you_mean(variant, known) if known else f"leave '{AT}{variant}' out"
        raise InputError.single("--from", what, remedy)
    if content.extends is None:
        what = f"'{content.name}' is a baseline, in which there is nothing to change"
        raise InputError.single(
            "--from", what, f"write {PROGRAM} new {name} --extends {content.name}"
        )
    if variant:
        text = as_yaml(statement_of(content.variant(variant)) | {"name": name})
    else:
        text = _renamed(read_text(origin, MAX_BYTES), content.name, name)
    for parent in (content.name,) if variant else map(parent_name, content.parents):
        find_parent(parent.partition(AT)[0], Path(), name)
    return _written(file, COPIED.format(name=name, source=source) + _marked(text))


def _new_file(name: str) -> Path:
    """Return the file of a new scenario in the current folder; raises InputError."""
    if not is_name(name):
        raise InputError.single(name, "is not a name for a scenario", NAME_REMEDY)
    if (shipped_folder("scenarios") / f"{name}.yml").exists():
        raise InputError.single(name, "is the name of a shipped scenario", "choose another name")
    file = Path(f"{name}.yml")
    if file.exists():
        raise InputError.single(str(file), "exists already", "choose another name")
    return file


def _written(file: Path, text: str) -> Path:
    def write(target: Path) -> None:
        target.write_text(text, encoding="utf-8")

    return write_whole(file, write)


def _origin(source: str) -> Path:
    """Return the file that is copied; raises InputError."""
    known = examples()
    if source in known:
        return known[source]
    try:
        return find_scenario(full_name(source))
    except InputError:
        if kind_of(Path(source)) != "absent" or Path(source).suffix:
            raise
        remedy = did_you_mean(source, {*known, *shipped_titles()})
        raise InputError.single("--from", f"no scenario '{source[:80]}'", remedy) from None


def _renamed(text: str, old: str, name: str) -> str:
    """Return the text of a scenario file under another name, in what its comments say too."""
    named = re.sub(rf"(?m)^name:[ \t]*['\"]?{old}['\"]?(?=[ \t]*(?:#|$))", f"name: {name}", text)
    lines = []
    for line in named.splitlines():
        said, mark, comment = line.partition("#")
        lines.append(said + mark + re.sub(rf"\b{old}\b", name, comment))
    return "\n".join(lines) + "\n"


def _marked(text: str) -> str:
    """Return the text of a scenario file with a comment above what is to be adapted in a copy."""
    lines = text.splitlines()
    places = parse_yaml(text, COPY).places
    found: dict[int, list[str]] = {}
    for path, (row, _) in places.items():
        if path and path[-1] in ADAPTED and "parameters" not in path[:-1]:
            found.setdefault(row, []).append(str(path[-1]))
    marked = []
    for number, line in enumerate(lines, start=1):
        if number in found:
            indent = line[: len(line) - len(line.lstrip())]
            marked.append(f"{indent}# adapt this: {', '.join(found[number])}")
        marked.append(line)
    return "\n".join(marked) + "\n"


ADAPTED = ("title", "narrative", "sources", "variants", "why", "reference")
"""Keys that tell of a scenario what holds no longer when its numbers are changed."""
COPY = "copy"
COPIED = """\
# A copy of {source}, yours to change. `vnjp_sim validate {name}.yml` checks it, and
# `vnjp_sim compare {name}.yml` shows what it does. Below "adapt this", words are still those of
# the original: change them with the numbers.
"""

TEMPLATE = """\
# State only what differs from the parent. `vnjp_sim levers` lists levers and events, `vnjp_sim
# validate {name}.yml` explains every error.
name: {name}
title: What this scenario is about, in one line
extends: {extends}
narrative: >-
  What happens and why, in a few sentences.
sources:
  - document and lines, or your own reasoning

# Paths: step (from, perhaps to), ramp (from, to), pulse (from, to), series (numbers by year).
# Each with exactly one of multiply, add, set, at_least, at_most: a number in the lever's unit, or
# money such as 2 USD bn, which each draw converts at its own rate of the year.
levers:
  oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 1.5}}
  # labour_skilled_intake: {{path: series, multiply: {{2026: 1.1, 2030: 1.4}}}}
  # With when, it begins in each draw the year after this holds, 2027 at the earliest:
  # oda_grants: {{path: step, from: 2027, multiply: 1.5, when: oda_commitments below 60 JPY bn}}

# Events have a date and a type; each type has its own fields. With a chance, the event happens in
# that share of the draws.
events:
  - {{on: 2027-10-01, type: vessel_order, count: 2, note: follow-on order}}
  # - {{on: 2028-04-01, type: oda_freeze, years: 1, chance: 0.2}}
  # - {{on: 2026-11-15, type: summit, to: 1, every: 2 years until 2036}}
  # - {{on: 2028-10-01, type: loan_pledge, amount: 2 USD bn}}

# Further versions, asked for as {name}@high; `vnjp_sim compare {name}.yml --variants` shows all.
# variants:
#   high: {{levers: {{oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 2.0}}}}}}

# Replaces a prior that no figure bears on, or the size of a link, in this scenario only.
# parameters:
#   oda_delay_factor: {{lognormal: {{median: 1.2, sigma: 0.2}}}}

# Removes what a parent sets: levers and parameters by name, events by type.
# remove: {{levers: [], parameters: [], events: []}}
"""
