"""A commented scenario file to start from."""

from __future__ import annotations

from pathlib import Path

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.scenario_lookup import find_parent
from vnjp_sim.inputs.schema import NAME_REMEDY, is_name
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
    if not is_name(name):
        raise InputError.single(name, "is not a name for a scenario", NAME_REMEDY)
    if (shipped_folder("scenarios") / f"{name}.yml").exists():
        raise InputError.single(name, "is the name of a shipped scenario", "choose another name")
    if not is_name(extends):
        remedy = "give the name of a scenario, such as base, whose file lies here or is shipped"
        raise InputError.single("--extends", f"'{extends[:80]}' is not a name", remedy)
    find_parent(extends, Path(), name)
    file = Path(f"{name}.yml")
    if file.exists():
        raise InputError.single(str(file), "exists already", "choose another name")
    text = TEMPLATE.format(name=name, extends=extends)

    def write(target: Path) -> None:
        target.write_text(text, encoding="utf-8")

    return write_whole(file, write)


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
# Each with exactly one of multiply, add, set, at_least, at_most.
levers:
  oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 1.5}}
  # labour_skilled_intake: {{path: series, multiply: {{2026: 1.1, 2030: 1.4}}}}

# Events have a date and a type; each type has its own fields. With a chance, the event happens in
# that share of the draws.
events:
  - {{on: 2027-10-01, type: vessel_order, count: 2, note: follow-on order}}
  # - {{on: 2028-04-01, type: oda_freeze, years: 1, chance: 0.2}}

# Further versions, asked for as {name}@high; `vnjp_sim compare {name}.yml --variants` shows all.
# variants:
#   high: {{levers: {{oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 2.0}}}}}}

# Replaces a prior that no figure bears on, in this scenario only.
# parameters:
#   oda_delay_factor: {{lognormal: {{median: 1.2, sigma: 0.2}}}}

# Removes what a parent sets: levers and parameters by name, events by type.
# remove: {{levers: [], parameters: [], events: []}}
"""
