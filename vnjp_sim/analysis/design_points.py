"""The points of a sweep: their values along the axes, and the scenario that each one is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import Refusal
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.design import Design
from vnjp_sim.inputs.design_axes import Axis
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_chain_checks import horizon_refusals, merged_refusals
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_file import Event
from vnjp_sim.inputs.scenario_merge import Merged, Stated
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import check_history

FloatArray = NDArray[np.float64]


def point_values(design: Design) -> FloatArray:
    """Return the values of each point along each axis, (point, axis).

    In a grid the last axis changes fastest. A Latin hypercube, and a scrambled Sobol sequence, are
    those of scipy.stats.qmc for the seed.
    """
    if design.content.method == "grid":
        return np.array(list(itertools.product(*(axis.grid() for axis in design.axes))), float)
    from scipy.stats import qmc

    sampler = qmc.Sobol if design.content.method == "sobol" else qmc.LatinHypercube
    parts = sampler(len(design.axes), seed=design.content.seed or 0).random(design.count)
    along = [
        [axis.at(float(part)) for part in column]
        for axis, column in zip(design.axes, parts.T, strict=True)
    ]
    return np.array(along).T


def point_scenario(
    design: Design, scenario: Scenario, number: int, values: Sequence[float]
) -> Scenario:
    """Return a point as a scenario that extends the one which is swept."""
    levers, parameters = dict(scenario.levers), dict(scenario.parameters)
    events: dict[tuple[str, str], dict[str, Any]] = {}
    pairs = list(zip(design.axes, map(float, values), strict=True))
    for axis, value in pairs:
        if axis.kind == "lever":
            levers[axis.target] = LeverPath.model_validate(axis.content(value))
        elif axis.kind == "parameter":
            parameters[axis.target] = Distribution.model_validate(axis.content(value))
        else:
            events.setdefault(_event(axis), {}).update(axis.content(value))
    for axis, value in pairs:  # the other axes of an event hold only a first value of this number
        if axis.kind == "event":
            events[_event(axis)][axis.number] = value
    kept = [event for event in scenario.events if (event.type, str(event.on)) not in events]
    own = {(event.type, str(event.on)): event for event in scenario.events}
    varied = [_as_often(_scenario_event(content), own.get(key)) for key, content in events.items()]
    return replace(
        scenario,
        name=f"point_{number}",
        title=f"{design.content.title}, point {number}",
        levers=dict(sorted(levers.items())),
        events=tuple(sorted([*kept, *varied])),
        parameters=parameters,
        chain=(*scenario.chain, f"point_{number}"),
        file=f"{design.document.file}, point {number}",
        baseline=scenario.baseline or scenario,
        places={},
    )


def check_points(
    design: Design, scenario: Scenario, points: Sequence[Scenario], model: Model
) -> None:
    """Refuse points that no scenario file may state; raises InputError at the axes.

    What an axis states alone was checked when the design was read.
    """
    refusals = Refusals()
    first = _merged(design, points[0])
    refusals.take(horizon_refusals(first, scenario.start, scenario.end, scenario.name, asked=False))
    refusals.raise_if_any()
    places = dict(scenario.places)
    places |= {("lever", name): stated.place() for name, stated in first.levers.items()}
    places |= {("event", i): stated.place("on") for i, stated in enumerate(first.events)}
    check_history(replace(points[0], places=places), model)
    for number, point in enumerate(points):
        for refusal in merged_refusals(
            _merged(design, point), model.parameters, model.instruments, scenario.end
        ):
            what = f"point {number}: {refusal.what}"
            refusals.append(Refusal(refusal.place, what, refusal.remedy))
        refusals.raise_if_any()


def _merged(design: Design, point: Scenario) -> Merged:
    """Return what a point does, each with the place of its axis, or of the scenario's name."""
    by_lever = {axis.target: axis.place for axis in design.axes if axis.kind == "lever"}
    by_event = {_event(axis): axis.place for axis in design.axes if axis.kind == "event"}
    document, swept = design.document, ("scenario",)
    levers = {
        name: Stated(path, document, by_lever.get(name, swept), own=name in by_lever)
        for name, path in point.levers.items()
    }
    events = []
    for event in point.events:
        key = event.type, str(event.on)
        content: Event = {"type": event.type, "on": str(event.on), **dict(event.amounts)}
        content |= {"every": event.every} if event.every else {}
        content |= {"when": event.when} if event.when else {}
        events.append(Stated(content, document, by_event.get(key, swept), own=key in by_event))
    return Merged(None, levers, events, point.parameters)


def _event(axis: Axis) -> tuple[str, str]:
    return axis.target, str(axis.fixed["on"])


def _as_often(event: ScenarioEvent, own: ScenarioEvent | None) -> ScenarioEvent:
    """Return an event with the chance of the scenario's own one, as often, and as it waits."""
    if own is None:
        return event
    return replace(event, chance=own.chance, every=own.every, when=own.when)


def _scenario_event(content: dict[str, Any]) -> ScenarioEvent:
    stated = {k: x for k, x in content.items() if k not in ("type", "on")}
    amounts = sorted((k, x if isinstance(x, str) else float(x)) for k, x in stated.items())
    return ScenarioEvent(parse_day(content["on"]), content["type"], tuple(amounts))
