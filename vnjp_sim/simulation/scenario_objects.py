"""Scenarios made in Python, checked against a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from vnjp_sim.foundation import argument_types
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_lookup import scenario_source
from vnjp_sim.simulation.model_data import load_model

Parent = str | Mapping[str, Any] | Scenario
Events = Sequence[Mapping[str, str | float | date]]


@settled
def scenario(
    scenario: str | PathLike[str] | Scenario, *, models: str | Path | None = None
) -> Scenario:
    """Return a scenario, to look at or to make others from.

    Parameters
    ----------
    scenario : str | PathLike[str] | Scenario
        Name of a shipped scenario, path of a file, URL-safe text, a scenario written out on one
        line, or another one.
    models
        A models folder of one's own, whose levers, event types and parameters hold.

    Raises
    ------
    InputError
        With all faults of the scenario.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> vj.scenario("oda_expansion").title
    'Japan doubles its new aid commitments to Vietnam by 2030'
    """
    assert isinstance(scenario, str)  # noqa: S101 - settled
    return load_model(models).scenario_reader().read(scenario_source(scenario))


@settled
def new_scenario(
    extends: str | Mapping[str, Any] | Scenario | Sequence[Parent] | None = "base",
    *,
    name: str | None = None,
    title: str | None = None,
    narrative: str | None = None,
    sources: Sequence[str] | None = None,
    horizon: tuple[int, int] | str | None = None,
    levers: Mapping[str, LeverPath | Mapping[str, Any]] | None = None,
    events: Events | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    remove: Mapping[str, Sequence[str]] | None = None,
    variants: Mapping[str, Mapping[str, Any]] | None = None,
    models: str | Path | None = None,
) -> Scenario:
    """Return a scenario of what a file would say, checked once as a whole.

    Parameters
    ----------
    extends : str | Mapping[str, Any] | Scenario | Sequence | None
        The parent: name of a shipped scenario, a scenario, or the content of its file; a list for
        several; None for a scenario without parent, which needs name, title and horizon.
    name, title : str | None
        By default made of the parent's name and a digest of the content.
    narrative, sources
        For readers.
    horizon
        First and last year, (2025, 2050) or "2025:2050"; None for the parent's.
    levers : Mapping[str, LeverPath | Mapping[str, Any]] | None
        Paths by lever, as :func:`vnjp_sim.ramp` and the like make them.
    events : Events | None
        Each as {"on": "2027-10-01", "type": "vessel_order", "count": 2}.
    parameters : Mapping[str, Mapping[str, Any]] | None
        Priors by parameter, each as {"fixed": 3.0}.
    remove : Mapping[str, Sequence[str]] | None
        What to drop of the parents: lists of `levers`, `events` (types) and `parameters`.
    variants : Mapping[str, Mapping[str, Any]] | None
        Further versions by name, each with its departures: `levers`, `events`, `parameters`,
        `remove`.
    models
        As for :func:`scenario`.

    Raises
    ------
    InputError
        With all faults of the content.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> pledge = {"on": "2027-10-01", "type": "loan_pledge", "amount": "2 USD bn"}
    >>> railway = vj.new_scenario(name="railway", events=[pledge])
    """
    years = None if horizon is None else argument_types.span("horizon", horizon)
    reader = load_model(models).scenario_reader()
    if isinstance(levers, Mapping):
        levers = {reader.lever(lever): path for lever, path in levers.items()}
    content = {
        "name": name,
        "title": title,
        "extends": _extended(extends),
        "narrative": narrative,
        "sources": sources,
        "horizon": {"start": years[0], "end": years[1]} if years else None,
        "levers": levers,
        "events": events,
        "parameters": parameters,
        "remove": remove,
        "variants": variants,
    }
    return reader.build(content)


def _extended(parents: Parent | Sequence[Parent] | None) -> Any:
    """Return what a file would say of the parents of a scenario."""
    if isinstance(parents, Scenario):
        return parents.stated
    if isinstance(parents, list | tuple):
        return [_extended(parent) for parent in parents]
    return parents
