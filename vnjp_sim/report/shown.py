"""What the tables of `compare` show beside the runs: stored with a comparison, and read again.

The budgets of the effects, and the contributions to the one effect that is shown of each scenario.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.attribution import Attribution, widest_effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.players import players_of
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.scenario import Scenario

FloatArray = NDArray[np.float64]

ATTRIBUTION = ("contributions", "solo", "total", "error")
BUDGET = ("first_order", "error", "total", "variance")
"""The fields that hold an array an indicator."""


def write_shown(file: Path, findings: Findings) -> None:
    """Write the arrays to one file; equal findings give equal bytes."""
    arrays: dict[str, Any] = dict(_arrays(findings))
    with file.open("wb") as stream:
        np.savez(stream, **arrays)


def with_shown(findings: Findings, file: Path) -> Findings:
    """Return shallow findings with what :func:`write_shown` wrote of the same findings."""
    with np.load(file) as stored:
        arrays = {tuple(key.split("/")): stored[key] for key in stored.files}
    attributions, budgets = {}, {}
    for name in findings.scenarios:
        scenario = findings.beside(name)
        if scenario and ("attribution", name, "exact") in arrays:
            run = str(findings.comparison.manifests.get(name, {}).get("run", ""))
            attributions[name] = _attribution(scenario, findings.model.instruments, arrays, run)
        if ("budget", name, "years") in arrays:
            budgets[name] = _budget(name, arrays)
    comparison = replace(findings.comparison, budgets=budgets)
    return replace(findings, comparison=comparison, attributions=attributions)


def _arrays(findings: Findings) -> Iterator[tuple[str, NDArray[np.generic]]]:
    for name, attribution in findings.attributions.items():
        yield f"attribution/{name}/exact", np.array(attribution.exact)
        shown = [*list(attribution.total)[:1], widest_effect(attribution, attribution.years[-1])]
        for field in ATTRIBUTION:
            for indicator in dict.fromkeys(filter(None, shown)):
                values = getattr(attribution, field)[indicator]
                yield f"attribution/{name}/{field}/{indicator}", values
    for name, budget in findings.comparison.budgets.items():
        yield f"budget/{name}/years", np.array(budget.years)
        for field in BUDGET:
            for indicator, values in getattr(budget, field).items():
                yield f"budget/{name}/{field}/{indicator}", values


Stored = Mapping[tuple[str, ...], FloatArray]


def _attribution(
    scenario: Scenario, instruments: Instruments, arrays: Stored, run: str
) -> Attribution:
    parts = {field: _part(("attribution", scenario.name, field), arrays) for field in ATTRIBUTION}
    return Attribution(
        scenario=scenario.name,
        players=players_of(scenario, instruments),
        years=tuple(range(scenario.start, scenario.end + 1)),
        exact=bool(arrays["attribution", scenario.name, "exact"]),
        units={},
        run=run,
        **parts,
    )


def _budget(name: str, arrays: Stored) -> Budget:
    parts = {field: _part(("budget", name, field), arrays) for field in BUDGET}
    years = tuple(int(year) for year in arrays["budget", name, "years"])
    first, error, total, variance = (parts[field] for field in BUDGET)
    return Budget(years, first, error, total, variance, True, name)


def _part(place: tuple[str, ...], arrays: Stored) -> dict[str, FloatArray]:
    return {key[-1]: values for key, values in arrays.items() if key[:-1] == place}
