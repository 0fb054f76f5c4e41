"""A chain of scenario files as one: what holds in the end, where it is stated, and what is wrong.

What a scenario removes or replaces of its parents is gone before anything is checked that depends
on more than one file: the horizon, and the ceilings of grants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vnjp_sim.foundation.errors import Fault, did_you_mean
from vnjp_sim.foundation.vocabulary import fiscal_year
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.parameters import Distribution
from vnjp_sim.inputs.scenario_file import (
    UNUSABLE,
    UNUSABLE_PATH,
    Event,
    Horizon,
    ScenarioFile,
    event_date,
)
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml

Chain = Sequence[tuple[ScenarioFile, StrictYaml]]
"""Contents with their documents, from the scenario to its root."""


@dataclass(frozen=True)
class Place:
    """Where something is stated; `own` says whether by the scenario itself, not by a parent."""

    document: StrictYaml
    path: KeyPath
    own: bool

    def fault(self, what: str, remedy: str, *below: str) -> Fault:
        """Return a fault there, or at a key below."""
        return self.document.fault((*self.path, *below), what, remedy)


@dataclass(frozen=True)
class Merged:
    """What a chain says in the end, each with its place."""

    horizon: tuple[Horizon, Place] | None
    levers: Mapping[str, tuple[LeverPath, Place]]
    events: Sequence[tuple[Event, Place]]
    parameters: Mapping[str, Distribution]


def merge(chain: Chain) -> Merged:
    """Merge a chain: a child replaces levers and parameters, adds events, and removes."""
    horizon: tuple[Horizon, Place] | None = None
    levers: dict[str, tuple[LeverPath, Place]] = {}
    events: list[tuple[Event, Place]] = []
    parameters: dict[str, Distribution] = {}
    for content, document in reversed(chain):
        own, drop = document is chain[0][1], content.remove
        levers = {n: lever for n, lever in levers.items() if n not in drop.levers}
        events = [event for event in events if event[0].get("type") not in drop.events]
        parameters = {n: d for n, d in parameters.items() if n not in drop.parameters}
        if content.horizon is not None:
            horizon = content.horizon, Place(document, ("horizon",), own)
        for name, path in content.levers.items():
            levers[name] = path, Place(document, ("levers", name), own)
        for index, event in enumerate(content.events):
            events.append((event, Place(document, ("events", index), own)))
        parameters |= content.parameters
    return Merged(horizon, levers, events, parameters)


def removal_faults(chain: Chain) -> Iterator[Fault]:
    """Yield what scenarios remove, though no parent has it."""
    inherited: dict[str, set[str]] = {"levers": set(), "parameters": set(), "events": set()}
    words = {"levers": "lever", "parameters": "parameter", "events": "event of the type"}
    for content, document in reversed(chain):
        own = {
            "levers": set(content.levers),
            "parameters": set(content.parameters),
            "events": {str(event.get("type")) for event in content.events},
        }
        for kind, names in inherited.items():
            dropped = getattr(content.remove, kind)
            for index, name in enumerate(dropped):
                if name not in names:
                    what = f"remove: no parent has the {words[kind]} '{name}'"
                    place = ("remove", kind, index)
                    yield document.fault(place, what, did_you_mean(name, names))
            inherited[kind] = (names - set(dropped)) | own[kind]


def horizon_faults(
    merged: Merged, start: int, end: int, name: str, *, asked: bool
) -> Iterator[Fault]:
    """Yield the levers and events outside a horizon.

    `name` is that of the scenario; `asked` says that the horizon comes of a request, not of a file.
    """

    def told(place: Place) -> tuple[str, str]:
        outside = f"outside the horizon{'' if place.own else f' of {name!r}'}"
        more = "" if place.own else f", or remove it in '{name}'"
        return outside, more + (", or ask for a horizon that holds it" if asked else "")

    for lever, (path, place) in merged.levers.items():
        if path is not UNUSABLE_PATH and not start <= path.first_year <= end:
            outside, more = told(place)
            what = f"lever '{lever}' begins in {path.first_year}, {outside}"
            yield place.fault(what, f"begin within {start} to {end}{more}")
    for event, place in merged.events:
        day = None if event is UNUSABLE else event_date(event)
        if day is not None and not start <= day.year <= end:
            outside, more = told(place)
            what = f"the event of {day} is {outside}"
            yield place.fault(what, f"give a date within {start} to {end}{more}", "on")


def grant_faults(merged: Merged, ceiling: Distribution) -> list[Fault]:
    """Return the security grants that pass the programme's ceiling of their fiscal year.

    `ceiling` is the prior of the ceiling, JPY bn; its median counts, as the lever steers it.
    """
    median = ceiling.transform(np.zeros(1))
    grants = [
        (fiscal_year(day), float(event["amount"]), place)
        for event, place in merged.events
        if event["type"] == "osa_grant" and (day := event_date(event)) is not None
    ]
    found = []
    for year in sorted({year for year, *_ in grants}):
        steered = merged.levers.get("security_osa_budget")
        allowed = float((median if steered is None else steered[0].apply(median, year))[0])
        total = sum(amount for other, amount, _ in grants if other == year)
        if total <= allowed * (1.0 + 1e-9):
            continue
        what = (
            f"security grants of fiscal {year} sum to JPY {exact(round(total, 9))} bn, above "
            f"the ceiling of about JPY {exact(round(allowed, 2))} bn"
        )
        remedy = "grant less, or raise the ceiling with the lever security_osa_budget"
        found += [
            place.fault(what, remedy, "amount") for other, _, place in grants if other == year
        ]
    return found
