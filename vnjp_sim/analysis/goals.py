"""Goals that a decision is asked about: an indicator at least, or at most, so much in a year.

A goal is stated in words, "labour_stock>=700000 in 2030", or is a target of the models folder, by
its id.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.target_probability import year_of
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import BadValueError, InputError, did_you_mean
from vnjp_sim.inputs.number_text import MINUS, Measure, as_written, exact, grouped, measure_of
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.stated_number import NUMBER, stated_number
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

PLACE = "target"
"""How errors name the argument and the option."""
FORM = 'write "labour_stock>=700000 in 2030"'

_STATED = re.compile(
    r"\s*(?P<indicator>[^<>=≤≥]+?)\s*(?P<sign>>=|<=|≥|≤)\s*"
    rf"(?P<number>{NUMBER})\s*(?P<unit>.*?)\s+in\s+"
    r"(?P<year>[12][0-9]{3})\s*\Z",
    re.ASCII,
)


@dataclass(frozen=True)
class Goal:
    """What is to be reached.

    Attributes
    ----------
    indicator : str
        Its id.
    year : int
        Of the projection.
    low, high : float
        The bounds, in the unit of the indicator; infinite where there is none.
    measure : Measure
        What numbers of the indicator are shown in.
    label, unit : str
        Of the indicator.
    """

    indicator: str
    year: int
    low: float
    high: float
    measure: Measure
    label: str
    unit: str = ""

    @property
    def text(self) -> str:
        """The goal in words."""
        bounds = [
            f"at {word} {self._stated(bound)}"
            for word, bound in (("least", self.low), ("most", self.high))
            if np.isfinite(bound)
        ]
        return f"{self.label} {' and '.join(bounds)} in {self.year}"

    def _stated(self, bound: float) -> str:
        """Return a bound with its unit and every digit that it was stated with."""
        shown, number = self.measure.text(bound), bound * self.measure.factor
        if not math.isclose(float(shown.replace(",", "").replace(MINUS, "-")), number):
            shown = grouped(exact(as_written(number)))
        return f"{shown} {self.measure.behind}".rstrip()

    @property
    def bound(self) -> float:
        """The bound that is drawn: the lower one if there is one."""
        return self.low if np.isfinite(self.low) else self.high

    def margins(self, values: FloatArray) -> FloatArray:
        """Return by how much values, any shape, hold the goal; below zero where they miss it."""
        return np.minimum(values - self.low, self.high - values)

    def held(self, values: FloatArray) -> NDArray[np.bool_]:
        """Return where values, any shape, hold the goal."""
        held: NDArray[np.bool_] = (values >= self.low) & (values <= self.high)
        return held


def goal_of(words: str, model: Model, scenario: Scenario) -> Goal:
    """Return the goal that words state.

    Parameters
    ----------
    words : str
        `INDICATOR >= NUMBER [UNIT] in YEAR`, or `<=`; or the id of a target.
    scenario : Scenario
        The year must be among its years.

    Raises
    ------
    InputError
        The words state no goal, or the indicator, unit or year cannot be used.
    """
    goal = _of_target(words, model) or _stated(words, model)
    if goal.indicator in model.registry.indicators:
        reason = model.registry.indicators[goal.indicator].not_projected
        if reason:
            what = f"'{goal.indicator}' is not projected: {reason}"
            raise InputError.single(PLACE, what, "choose an indicator that is")
    check_year(goal.year, scenario, PLACE)
    return goal


def check_year(year: int, scenario: Scenario, place: str) -> None:
    """Check that a year is among those of a scenario; raises InputError."""
    if not scenario.start <= year <= scenario.end:
        what = f"{year} is outside {scenario.start} to {scenario.end}"
        raise InputError.single(
            place, what, "choose a year of the horizon, or ask for a longer one"
        )


def _of_target(words: str, model: Model) -> Goal | None:
    """Return the goal of a target of the models folder; None if none has this id."""
    target = next((t for t in model.targets if t.id == words.strip()), None)
    if target is None:
        return None
    unit = model.registry.indicators[target.indicator].unit
    if model.registry.converts(target.unit, unit):
        what = f"'{target.id}' is in {target.unit}, while its indicator is in {unit}"
        raise InputError.single(PLACE, what, f"state it in {unit}: {FORM}")
    factor = model.registry.factor(target.unit, unit)
    low, high = target.value * factor, np.inf
    if target.sense == "at_most":
        low, high = -np.inf, low
    elif target.upper is not None:
        high = target.upper * factor
    return _goal(model, target.indicator, year_of(target), low, high)


def _stated(words: str, model: Model) -> Goal:
    match = _STATED.match(words)
    if match is None:
        ids = [target.id for target in model.targets]
        near = did_you_mean(words, ids)
        remedy = near if near.startswith("did") and "=" not in words else f"{FORM}, or a target"
        raise InputError.single(PLACE, f"'{words}' states no goal", remedy)
    registry = model.registry
    indicator = id_asked(match["indicator"], registry.labels)
    try:
        number = stated_number(match["number"])
        bound = number * registry.multiplier(match["unit"], registry.indicators[indicator].unit)
    except BadValueError as error:
        raise InputError.single(PLACE, error.what, error.remedy) from None
    least = match["sign"] in (">=", "≥")
    ends = (bound, np.inf) if least else (-np.inf, bound)
    return _goal(model, indicator, int(match["year"]), *ends)


def _goal(model: Model, indicator: str, year: int, low: float, high: float) -> Goal:
    entry = model.registry.indicators[indicator]
    finite = [bound for bound in (low, high) if np.isfinite(bound)]
    measure = measure_of(entry, model.registry.units, finite)
    return Goal(indicator, year, low, high, measure, entry.label, entry.unit)
