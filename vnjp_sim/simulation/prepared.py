"""A scenario read and checked, before anything is computed: its years, its figures, its loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vnjp_sim.foundation.errors import CalibrationGateError, Place, Refusal
from vnjp_sim.foundation.random_streams import PAGE, RandomStreams
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.links import replaced_links
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_lookup import scenario_source
from vnjp_sim.inputs.scenario_reader import ScenarioReader
from vnjp_sim.sectors.link_stability import documented_sizes, unstable_loops
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options

CHECKED_AT_ONCE = 128 * PAGE
"""Draws whose loops are checked at a time."""


def prepare_scenario(
    request: str | Path, model: Model, options: Options, reader: ScenarioReader | None = None
) -> Scenario:
    """Read a scenario, with the horizon that the options ask for, and check all that can be known.

    Every command and function that takes a scenario reads it here, `validate` too: what is refused
    after this depends on the draws. Where several scenarios are asked for, one `reader` of the
    model reads the files that they have in common once.

    Raises
    ------
    InputError
        The scenario cannot be read, is outside its horizon, or reaches into history.
    CalibrationGateError
        See :func:`check_stability`.
    """
    reader = reader or model.scenario_reader()
    scenario = reader.read(scenario_source(str(request)), options.start, options.end)
    check_history(scenario, model)
    check_stability(model, options)
    for one in (scenario, scenario.baseline):
        if one is not None and replaced_links(model.links.links, one.parameters):
            check_stability(model, options, one.parameters)
    return scenario


def check_history(scenario: Scenario, model: Model) -> None:
    """Refuse a horizon, levers or events that reach into history, also those of the baseline.

    Raises InputError with each at its place.
    """
    last_year = model.last_year
    refusals = Refusals()
    if scenario.start < last_year:
        what = f"the horizon starts in {scenario.start}, but the figures reach to {last_year}"
        remedy = f"start in {last_year} or later, or read fewer documents with --as-of"
        refusals.append(Refusal(_place(scenario, "horizon", ""), what, remedy))
    for one in (scenario, scenario.baseline):
        for place, what, year in _begun(one) if one else ():
            if year <= last_year:
                message = f"{what} in {year}, but the figures reach to {last_year}"
                remedy = f"begin in {last_year + 1} or later"
                refusals.append(Refusal(place, message, remedy))
    refusals.raise_if_any()


def _begun(scenario: Scenario) -> Iterator[tuple[Place, str, int]]:
    """Yield (place, what begins, year) of each lever and event."""
    for name, path in scenario.levers.items():
        yield _place(scenario, "lever", name), f"lever '{name}' begins", path.first_year
    for index, event in enumerate(scenario.events):
        yield _place(scenario, "event", index), f"the {event.type} happens", event.on.year


def _place(scenario: Scenario, kind: str, key: str | int) -> Place:
    return scenario.places.get((kind, key), Place(scenario.file))


def check_stability(
    model: Model, options: Options, sizes: Mapping[str, Distribution] | None = None
) -> None:
    """Check that links which feed back on each other die out in every draw of a run.

    `sizes` are those that a scenario replaces, by the name of the link or coefficient.

    Raises
    ------
    CalibrationGateError
        The spectral radius of a loop is not below one in some draw.
    """
    links = model.links.links
    links = {**links, **replaced_links(links, sizes or {})}
    known = documented_sizes(model.registry, model.evidence)
    for start in range(0, options.draws, CHECKED_AT_ONCE):
        size = min(CHECKED_AT_ONCE, options.draws - start)
        streams = RandomStreams(options.seed, start, size)
        for loop in unstable_loops(links, known, streams):
            raise CalibrationGateError(f"{loop.text}; {loop.remedy}")
