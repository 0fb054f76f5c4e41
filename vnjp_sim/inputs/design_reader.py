"""Checks designs of sweeps against a model, each fault at its line."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from vnjp_sim.foundation.errors import (
    BadValueError,
    InputError,
    Refusal,
    closest,
    did_you_mean,
)
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import DRAW, YEAR
from vnjp_sim.inputs.design import MAX_POINTS, POINT, QUANTILE, Design, DesignFile
from vnjp_sim.inputs.design_axes import (
    KINDS,
    MAX_STEPS,
    Axis,
    EventAxis,
    Kind,
    LeverAxis,
    ParameterAxis,
    Values,
)
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.levers import OPERATIONS, EventType, Instruments
from vnjp_sim.inputs.money import in_unit, is_money
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_checks import file_refusals
from vnjp_sim.inputs.scenario_file import ScenarioFile
from vnjp_sim.inputs.schema import check, unknown_key
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml


class DesignReader:
    """Checks designs against a model.

    Parameters
    ----------
    parameters, instruments, replaceable
        See :class:`vnjp_sim.inputs.scenario_reader.ScenarioReader`.
    indicators : collection of str
        Those of the registry.
    """

    def __init__(
        self,
        parameters: Parameters,
        instruments: Instruments,
        replaceable: Mapping[str, Distribution],
        indicators: Collection[str],
    ) -> None:
        self.parameters, self.instruments = parameters, instruments
        self.replaceable, self.indicators = replaceable, indicators

    def design(self, content: DesignFile, document: StrictYaml, scenario: Scenario) -> Design:
        """Return a design over a scenario.

        Raises
        ------
        InputError
            With all faults of the file.
        """
        refusals = Refusals()
        for index, name in enumerate(content.indicators):
            if name not in self.indicators:
                remedy = did_you_mean(name, self.indicators)
                place = ("indicators", index)
                refusals.append(document.refusal(place, f"unknown indicator '{name}'", remedy))
        axes = []
        for index in range(len(content.axes)):
            axis = refusals.result(self._axis, document, index, scenario)
            if axis is not None:
                axes.append(axis)
        refusals.extend([*_twice(axes, document)] or self._name_refusals(axes, document))
        axes = _whole_events(axes, scenario, self.instruments)
        for axis in axes:
            refusals.take(self._faults(axis, document))
        refusals.extend(_method_refusals(content, axes, document))
        refusals.raise_if_any()
        design = Design(content, document, tuple(axes))
        if design.count > MAX_POINTS:
            what = f"the grid has {fixed(design.count, 0)} points, more than {fixed(MAX_POINTS, 0)}"
            remedy = "give fewer values or steps, or sample the axes with method: sobol"
            raise InputError([document.refusal(("axes",), what, remedy)])
        return design

    def _axis(self, document: StrictYaml, index: int, scenario: Scenario) -> Axis:
        """Return one axis; raises InputError."""
        place: KeyPath = ("axes", index)
        part = _part(document, place)
        given = part.content
        kind = next((kind for kind in KINDS if kind in given), None)
        if kind is None:
            near = next((key for key in given if closest(key, KINDS)), None)
            if near is not None:
                raise InputError([part.refusal((near,), *unknown_key(near, KINDS))])
            what = "the axis names nothing to vary"
            raise InputError([part.refusal((), what, "give it a lever, an event or a parameter")])
        readers = {"lever": self._lever, "event": self._event, "parameter": self._parameter}
        return readers[kind](part, place, scenario)

    def _lever(self, part: StrictYaml, place: KeyPath, _scenario: Scenario) -> Axis:
        given = check(LeverAxis, part)
        number = next(name for name in OPERATIONS if getattr(given, name) is not None)
        lever = self.instruments.levers.get(given.lever)
        years = {"from": given.start, "to": given.to}
        beside: dict[str, Any] = {"path": given.path} | {
            k: year for k, year in years.items() if year is not None
        }
        if given.when:
            beside["when"] = self._settled(given.when, given.start)
        unit = "1" if lever is None or number == "multiply" else lever.unit
        name = given.name or f"{given.lever}_{number}"
        varying = getattr(given, number)
        about = _Stated("lever", given.lever, number, beside, "", unit, place, number)
        return about.axis(name, varying, given.steps)

    def _settled(self, when: str, year: int | None) -> str:
        """Return what a lever waits for, settled where it can be; else told with the axis."""
        with suppress(BadValueError):
            return self.instruments.settled(when, year or 0)
        return when

    def _event(self, part: StrictYaml, place: KeyPath, _scenario: Scenario) -> Axis:
        given = check(EventAxis, part)
        number = next(name for name, x in given.fields.items() if not isinstance(x, float | str))
        beside = {name: x for name, x in given.fields.items() if name != number}
        kind = self.instruments.event_types.get(given.event)
        field = None if kind is None else kind.fields.get(number)
        varying, steps = given.fields[number], given.steps
        if field is not None and field.whole and not isinstance(varying, Values):
            low, high = (math.ceil(varying[0]), math.floor(varying[1]))
            if steps is not None or not 0 <= high - low < MAX_STEPS:
                what = f"'{number}' takes whole numbers alone"
                remedy = f"write {number}: {{values: [{low}, {high}]}}, with all that are meant"
                raise InputError([part.refusal(("steps",) if steps else (number,), what, remedy)])
            varying = Values(values=tuple(map(float, range(low, high + 1))))
        name = given.name or f"{given.event}_{number}"
        unit = "1" if field is None else field.unit
        fixed_part = {"type": given.event, "on": given.on, **beside}
        about = _Stated("event", given.event, number, fixed_part, "", unit, place, number)
        return about.axis(name, varying, steps)

    def _parameter(self, part: StrictYaml, place: KeyPath, scenario: Scenario) -> Axis:
        given = check(ParameterAxis, part)
        stated = "fixed" if given.fixed is not None else "median"
        known = self.parameters.single.get(given.parameter)
        usual = self.replaceable.get(given.parameter)
        prior = scenario.parameters.get(given.parameter, usual)
        form, number, beside = "", "fixed", {}
        if stated == "median" and prior is not None:
            if prior.fixed is not None:
                what = f"'{given.parameter}' is {prior.text} and has no median"
                raise InputError([part.refusal(("median",), what, "vary 'fixed' instead")])
            ((form, numbers),) = prior.model_dump(exclude_none=True).items()
            number = "mean" if "mean" in numbers else "median"
            beside = {key: value for key, value in numbers.items() if key != number}
        unit = "1" if known is None else known.unit
        name = given.name or f"{given.parameter}_{stated}"
        about = _Stated("parameter", given.parameter, number, beside, form, unit, place, stated)
        return about.axis(name, getattr(given, stated), given.steps)

    def _faults(self, axis: Axis, document: StrictYaml) -> Iterator[Refusal]:
        """Yield what a scenario with the ends of an axis would be refused for."""
        for value in axis.values or (axis.low, axis.high):
            stated = _as_scenario(axis, value, document)
            try:
                content = check(ScenarioFile, stated)
            except InputError as error:
                yield from error.refusals
                return
            yield from file_refusals(
                content, stated, self.parameters, self.instruments, self.replaceable
            )

    def _name_refusals(self, axes: Sequence[Axis], document: StrictYaml) -> Iterator[Refusal]:
        taken = {POINT, QUANTILE, YEAR, DRAW, *self.indicators}
        for axis in axes:
            if axis.name in taken:
                what = f"the name '{axis.name}' of the axis is taken"
                remedy = "give the axis another with 'name'"
                yield document.refusal((*axis.place, "name"), what, remedy)
            taken.add(axis.name)


@dataclass(frozen=True)
class _Stated:
    """What is known of an axis before its values are; see :class:`Axis`."""

    kind: Kind
    target: str
    number: str
    fixed: Mapping[str, Any]
    form: str
    unit: str
    place: KeyPath
    stated: str

    def axis(self, name: str, varying: Any, steps: int | None) -> Axis:
        values = varying.values if isinstance(varying, Values) else ()
        low, high = (min(values), max(values)) if values else varying
        return Axis(name=name, low=low, high=high, values=values, steps=steps or 0, **vars(self))


def _part(document: StrictYaml, path: KeyPath) -> StrictYaml:
    """Return one axis of a document as a document; places stay those of the file."""
    content: Any = document.content
    for step in path:
        content = content[step]
    depth = len(path)
    below = {p[depth:]: at for p, at in document.places.items() if p[:depth] == path}
    return StrictYaml(document.file, content, below)


def _as_scenario(axis: Axis, value: float, document: StrictYaml) -> StrictYaml:
    """Return a scenario file with an axis alone, at a value; places are those of the design."""
    inside: Any = axis.content(value)
    held = [inside] if axis.kind == "event" else {axis.target: inside}
    content = {"name": "point", "title": "A point", axis.home[0]: held}
    below = _part(document, axis.place).places
    places = {(*axis.home, *path): at for path, at in below.items()}
    places[axis.home] = below[(axis.kind,)]
    places[(*axis.home, "type")] = below[(axis.kind,)]
    inner = (axis.form, axis.number) if axis.form else (axis.number,)
    places[(*axis.home, *inner)] = below[(axis.stated,)]
    return StrictYaml(document.file, content, places)


def _whole_events(axes: Sequence[Axis], scenario: Scenario, instruments: Instruments) -> list[Axis]:
    """Return axes whose events have all fields and choices.

    What an axis does not give comes from the scenario's event of that type and day, or from other
    axes over the same event; a field that stands for others takes their place, and a choice that
    nobody makes is the default.
    """
    types, rates = instruments.event_types, instruments.rates
    own = {(e.type, e.on.isoformat()): dict(e.amounts) for e in scenario.events}
    given: dict[tuple[str, str], dict[str, Any]] = {}
    events = [axis for axis in axes if axis.kind == "event"]
    for axis in events:
        event = axis.target, str(axis.fixed["on"])
        kind = types.get(axis.target)
        fields = kind.fields if kind else {}
        usual = {name: choice.default for name, choice in kind.choices.items()} if kind else {}
        replaced = fields[axis.number].stands_for if axis.number in fields else ()
        known = {name: x for name, x in own.get(event, usual).items() if name not in replaced}
        given.setdefault(event, known).update(axis.fixed)
    for axis in events:
        given[axis.target, str(axis.fixed["on"])].setdefault(axis.number, axis.low)
    whole = []
    for axis in axes:
        if axis.kind == "event":
            fields = dict(given[axis.target, str(axis.fixed["on"])])
            fields.pop(axis.number, None)
            fields |= _kept(fields, types.get(axis.target), rates)
            axis = replace(axis, fixed=fields)  # noqa: PLW2901 - the axis itself, made whole
        whole.append(axis)
    return whole


def _kept(
    fields: Mapping[str, Any], kind: EventType | None, rates: Mapping[int, float]
) -> dict[str, Any]:
    """Return the money among the fields of an event as it is kept, where it can be."""
    known = {} if kind is None else kind.fields
    money = {n: x for n, x in fields.items() if n in known and is_money(x)}
    kept = {}
    for name, amount in money.items():
        with suppress(BadValueError):  # told with the axis
            kept[name] = in_unit(amount, known[name].unit, rates)
    return kept


def _twice(axes: Sequence[Axis], document: StrictYaml) -> Iterator[Refusal]:
    """Yield axes that state what another one states; their events not made whole yet."""
    known: set[tuple[str, ...]] = set()
    for axis in axes:
        for key in axis.keys:
            if key in known:
                what = f"two axes state {' of '.join(reversed(key))}"
                yield document.refusal((*axis.place, axis.kind), what, "keep one of them")
        known |= set(axis.keys)


def _method_refusals(
    content: DesignFile, axes: Sequence[Axis], document: StrictYaml
) -> Iterator[Refusal]:
    """Yield what a method lacks, or does not take."""
    if content.method == "grid":
        for key in ("points", "seed"):
            if getattr(content, key) is not None:
                remedy = "leave it out, or choose method: latin_hypercube or sobol"
                yield document.refusal((key,), f"a grid takes no '{key}'", remedy)
    elif content.points is None:
        what = f"method: {content.method} needs 'points'"
        yield document.refusal(("method",), what, "say how many, such as points: 64")
    elif content.method == "sobol" and content.points & (content.points - 1):
        near = 1 << (content.points.bit_length() - 1)
        what = f"a Sobol sequence of {content.points} points is not balanced"
        more = f" or {2 * near}" if 2 * near <= MAX_POINTS else ""
        yield document.refusal(("points",), what, f"give a power of two, {near}{more}")
    for axis in axes:
        needs = content.method == "grid" and not axis.values
        if needs and not axis.steps:
            what = f"the range of '{axis.name}' has no 'steps', which a grid needs"
            remedy = f"say how many values, such as steps: 5, or write {axis.stated}: {{values: …}}"
            yield document.refusal((*axis.place, axis.stated), what, remedy)
        elif axis.steps and not needs:
            what = "'steps' has no effect here"
            yield document.refusal((*axis.place, "steps"), what, "leave it out")
