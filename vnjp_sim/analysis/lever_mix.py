"""The cheapest settings of several levers that together give a goal a chance.

The levers are moved together over a grid, all over the same draws. Between its points the
indicator of each draw is taken as linear along each lever. For every setting of the others on a
fine mesh, the setting of the last lever that gives the chance is then a quantile of what the draws
need, so that the search is complete over the mesh; a chance over draws has no slope that a descent
could follow. The mix that is found is run once more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.crossings import setting_of_chance
from vnjp_sim.analysis.goals import Goal
from vnjp_sim.analysis.lever_range import LeverRange
from vnjp_sim.analysis.outcomes import outcomes
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.shown import Shown
from vnjp_sim.inputs.number_text import percent, percent_below, short
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector

FloatArray = NDArray[np.float64]

MOST_LEVERS = 3
POINTS = {2: 7, 3: 5}
"""Of each lever on the grid that is run, by the number of levers."""
MESH = {2: 121, 3: 25}
"""Settings of each lever but the last on the mesh that is searched."""


@dataclass(frozen=True, repr=False)
class Mix(Shown):
    """The cheapest settings for a chance.

    Attributes
    ----------
    chance : float
        The one that was asked.
    settings : Mapping[str, float]
        By lever; empty where no mix gives the chance.
    cost : float
        Of the settings, NaN where there are none.
    found : float
        The chance that a run with these settings gives; NaN where there are none.
    best : float
        The largest chance on the grid.
    alone : Mapping[str, tuple[float | None, float]]
        By lever, the setting that gives the chance while the others change nothing, and its cost;
        None and NaN where none does.
    """

    chance: float
    settings: Mapping[str, float]
    cost: float
    found: float
    best: float
    alone: Mapping[str, tuple[float | None, float]]

    @property
    def finding(self) -> str:
        """The mix in words, or that there is none and how near the best comes."""
        chance = percent(self.chance)
        if not self.settings:
            best = percent_below(self.best, self.chance)
            return f"No mix gives a chance of {chance}; the best of those run gives {best}"
        settings = ", ".join(f"{name} {short(x)}" for name, x in self.settings.items())
        return f"Cheapest for a chance of {chance}: {settings}, cost {short(self.cost)}"

    def __repr__(self) -> str:
        return f"<Mix: {self.finding}>"


def cheapest_mix(
    projector: Projector,
    scenario: Scenario,
    goal: Goal,
    levers: Sequence[LeverRange],
    chance: float,
) -> Mix:
    """Return the cheapest mix of levers.

    Raises
    ------
    InputError
        There are too many levers, or one has no cost.
    """
    if len(levers) > MOST_LEVERS:
        what = f"costs of {len(levers)} levers are too many to search"
        raise InputError.single("lever", what, f"give {MOST_LEVERS} or fewer")
    for lever in levers:
        if lever.cost is None:
            what = f"'{lever.lever}' has no cost, as others have"
            raise InputError.single("lever", what, "write cost and a number behind each, 0 if none")
    axes = [_grid(lever, POINTS[len(levers)]) for lever in levers]
    points = list(itertools.product(*axes))
    values = outcomes(
        projector, [_at(scenario, levers, point) for point in points], goal.indicator, goal.year
    )
    margins = goal.margins(values).reshape(*map(len, axes), -1)
    best = float((margins >= 0.0).mean(axis=-1).max())
    cost, settings = _cheapest(levers, axes, margins, chance)
    found = np.nan
    if settings:
        again = outcomes(projector, [_at(scenario, levers, settings)], goal.indicator, goal.year)
        found = float(goal.held(again).mean())
    alone = {
        lever.lever: _alone(place, levers, axes, margins, chance)
        for place, lever in enumerate(levers)
    }
    names = [lever.lever for lever in levers]
    return Mix(chance, dict(zip(names, settings, strict=False)), cost, found, best, alone)


def _at(scenario: Scenario, levers: Sequence[LeverRange], point: Sequence[float]) -> Scenario:
    """Return the scenario with a setting of each lever."""
    for lever, setting in zip(levers, point, strict=True):
        scenario = scenario.with_lever(lever.lever, lever.at(setting))
    return scenario


def _grid(lever: LeverRange, points: int) -> FloatArray:
    """Return the settings of a lever on the grid; no change is one if the range holds it."""
    low, high = lever.settings[0], lever.settings[-1]
    settings = np.linspace(low, high, points)
    inside = low <= lever.neutral <= high
    return np.unique(np.append(settings, lever.neutral)) if inside else settings


def _cheapest(
    levers: Sequence[LeverRange], axes: Sequence[FloatArray], margins: FloatArray, chance: float
) -> tuple[float, tuple[float, ...]]:
    """Return (cost, settings) of the cheapest mix, (NaN, ()) if none gives the chance.

    A second mesh, around the cheapest point of the first, makes its steps finer.
    """
    count = MESH[len(levers)]
    ends = [(float(axis[0]), float(axis[-1])) for axis in axes[:-1]]
    best: tuple[float, tuple[float, ...]] = (np.nan, ())
    for _ in range(2):
        meshes = [np.linspace(low, high, count) for low, high in ends]
        found = min(_candidates(levers, axes, meshes, margins, chance), default=best)
        best = found if not best[1] or found[0] < best[0] else best
        if not best[1]:
            break
        steps = [(high - low) / (count - 1) for low, high in ends]
        ends = [
            (max(low, setting - step), min(high, setting + step))
            for setting, step, (low, high) in zip(best[1], steps, ends, strict=False)
        ]
    return best


def _candidates(
    levers: Sequence[LeverRange],
    axes: Sequence[FloatArray],
    meshes: Sequence[FloatArray],
    margins: FloatArray,
    chance: float,
) -> Iterator[tuple[float, tuple[float, ...]]]:
    """Yield (cost, settings) of mixes that give a chance, the cheapest of each mesh point."""
    for first in meshes[0]:
        within = _along(axes[0], margins, float(first))
        for rest in itertools.product(*meshes[1:]):
            part = within
            for axis, setting in zip(axes[1:-1], rest, strict=True):
                part = _along(axis, part, float(setting))
            last = cheapest_setting(levers[-1], axes[-1], part, chance)
            if last is not None:
                chosen = (float(first), *map(float, rest), last)
                yield _cost(levers, chosen), chosen


def _along(axis: FloatArray, margins: FloatArray, setting: float) -> FloatArray:
    """Return margins at a setting of their first axis, straight lines between its points."""
    above = min(max(int(np.searchsorted(axis, setting)), 1), len(axis) - 1)
    part = (setting - axis[above - 1]) / (axis[above] - axis[above - 1])
    line: FloatArray = (1.0 - part) * margins[above - 1] + part * margins[above]
    return line


def cheapest_setting(
    lever: LeverRange, axis: FloatArray, margins: FloatArray, chance: float
) -> float | None:
    """Return the setting nearest to no change that gives a chance; None if none does.

    `margins` are (setting, draw).
    """
    held = (margins >= 0.0).mean(axis=1)
    rising = bool(held[-1] >= held[0])
    setting = setting_of_chance(axis, margins, chance, rising=rising)
    if setting is None:
        return None
    near = max(setting, lever.neutral) if rising else min(setting, lever.neutral)
    return float(np.clip(near, axis[0], axis[-1]))


def _alone(
    place: int,
    levers: Sequence[LeverRange],
    axes: Sequence[FloatArray],
    margins: FloatArray,
    chance: float,
) -> tuple[float | None, float]:
    """Return the setting of one lever alone that gives a chance, and its cost."""
    part = np.moveaxis(margins, place, -2)
    for other, lever in enumerate(levers):
        if other != place:
            part = _along(axes[other], part, float(np.clip(lever.neutral, *axes[other][[0, -1]])))
    setting = cheapest_setting(levers[place], axes[place], part, chance)
    cost = np.nan if setting is None else _cost([levers[place]], [setting])
    return setting, cost


def _cost(levers: Sequence[LeverRange], settings: Sequence[float]) -> float:
    """Return what settings cost: of each, its distance from no change times the lever's cost."""
    return sum(
        (lever.cost or 0.0) * abs(setting - lever.neutral)
        for lever, setting in zip(levers, settings, strict=True)
    )
