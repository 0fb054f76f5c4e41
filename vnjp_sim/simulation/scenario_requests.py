"""Which scenarios are meant: a list of names and files, and the baseline that they go with.

One name is one scenario in all that is run, compared or written together, baselines included, so
that results by name cannot be mixed up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from vnjp_sim.foundation.argument_types import is_written_out
from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_file import AT
from vnjp_sim.inputs.scenario_lookup import scenario_source
from vnjp_sim.inputs.scenario_reader import ScenarioReader
from vnjp_sim.inputs.schema import NAME
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import check_history, prepare_scenario
from vnjp_sim.simulation.request import Options

Request = str | Path
WITH_VARIANTS = f"{AT}*"
"""How a request ends that is of a scenario with all its variants."""


def distinct_scenarios(
    requests: Iterable[Request],
    model: Model,
    options: Options,
    reader: ScenarioReader | None = None,
) -> dict[str, Scenario]:
    """Return the scenarios of requests by name, in their order; the same one asked twice is one.

    A request that ends in @* is of a scenario with all its variants.

    Raises
    ------
    InputError
        With the faults of all requests; or two scenarios, or their baselines, have one name.
    CalibrationGateError
        See :func:`vnjp_sim.simulation.prepared.check_stability`.
    """
    reader = reader or model.scenario_reader()
    scenarios: dict[str, Scenario] = {}
    refusals = Refusals()
    each = [refusals.result(_expanded, str(request), reader) or () for request in requests]
    for request in dict.fromkeys(one for several in each for one in several):
        scenario = refusals.result(prepare_scenario, request, model, options, reader)
        if scenario is None:
            continue
        first = scenarios.setdefault(scenario.name, scenario)
        if (first.content, first.title) != (scenario.content, scenario.title):
            what = f"the scenario '{scenario.name}' is given twice: {first.file}, {scenario.file}"
            remedy = "give one of them another name, or leave it out"
            refusals.append(Refusal(Place(request), what, remedy))
    refusals.raise_if_any()
    roots: dict[str, tuple[Scenario, str]] = {
        name: (scenario, scenario.file) for name, scenario in scenarios.items()
    }
    for scenario in scenarios.values():
        root = scenario.baseline
        if root is not None:
            _check_same(root, *roots.setdefault(root.name, (root, scenario.file)), scenario.file)
    return scenarios


def _expanded(request: str, reader: ScenarioReader) -> tuple[str, ...]:
    """Return a request, or those that one with @* stands for; raises InputError."""
    if is_written_out(request) or not request.endswith(WITH_VARIANTS):
        return (request,)
    name = request.removesuffix(WITH_VARIANTS)
    requests = reader.with_variants(name)
    if len(requests) == 1:
        raise InputError.single(name, "has no variants", f"leave '{WITH_VARIANTS}' out")
    return requests


def _check_same(root: Scenario, other: Scenario, other_of: str, child: str) -> None:
    """Refuse two baselines of one name that do not steer alike; raises InputError."""
    if _steered(root) == _steered(other):
        return
    if other_of == other.file:
        what = f"departs from {root.file}, but '{root.name}' was requested as {other.file}"
        remedy = f"name the file {root.file} instead, or leave '{root.name}' out"
    else:
        what = f"departs from {root.file}, but {other_of} from {other.file} of the same name"
        remedy = "ask for the two apart, or give one of the baselines another name"
    raise InputError.single(child, what, remedy)


def chosen_baseline(
    baseline: Request,
    scenarios: Mapping[str, Scenario],
    model: Model,
    options: Options,
    reader: ScenarioReader | None = None,
) -> Scenario:
    """Return the scenario that a user names to compare others with.

    A name is that of one of the scenarios, of a baseline of theirs, of a file beside one of theirs,
    or of a shipped scenario.

    Raises
    ------
    InputError
        There is none, or there are two that are not the same.
    """
    reader = reader or model.scenario_reader()
    name = str(baseline)
    if name in scenarios:
        return scenarios[name]
    roots = [s.baseline for s in scenarios.values() if s.baseline and s.baseline.name == name]
    files = [] if roots else _beside(scenarios, name)
    try:
        scenario_source(name)
        files.append(name)
    except InputError:
        if not roots and not files:
            raise
    candidates = [*roots, *(prepare_scenario(file, model, options, reader) for file in files)]
    for other in candidates[1:]:
        if _steered(other) != _steered(candidates[0]):
            what = f"is {candidates[0].file}, and also {other.file}"
            raise InputError.single(name, what, "give the file that is meant")
    return candidates[0]


def beside_others(baseline: Scenario, start: int, end: int, model: Model) -> Scenario:
    """Return a baseline over the years of the scenarios that are compared with it.

    What it does after the last of these years is not reached. Raises InputError if the years reach
    into history.
    """
    longer = replace(baseline, start=start, end=end)
    root = longer.baseline
    if root is not None:
        longer = replace(longer, baseline=replace(root, start=start, end=end))
    check_history(longer, model)
    return longer


def _steered(scenario: Scenario) -> object:
    """Return what makes the numbers of a root, whatever its years."""
    content = dict(scenario.content)
    content.pop("horizon")
    if scenario.baseline is not None:
        content["baseline"] = _steered(scenario.baseline)
    return content


def _beside(scenarios: Mapping[str, Scenario], name: str) -> list[str]:
    """Return the files of a bare name that lie beside scenarios; a path names its own place."""
    if re.fullmatch(NAME, name) is None:
        return []
    files = {Path(s.file).with_name(f"{name}.yml") for s in scenarios.values()}
    return [str(file) for file in sorted(files) if file.is_file()]
