"""What has to be true for a target to be missed, or reached: at most a few conditions.

Conditions are bounds on priors and parameters, and on the setting in the year of the target: the
macroeconomic indicators, which drive the partnership and are hardly driven by it. They are found by
:mod:`prim` in one half of the draws; what is told of them comes from the other half, so that it is
not flattered by the search. Only what bears on the target at all is searched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.bases import inputs_of
from vnjp_sim.analysis.conditions import Condition, condition_text
from vnjp_sim.analysis.factors import Factor, factors_of
from vnjp_sim.analysis.given_data import shares
from vnjp_sim.analysis.goals import Goal, goal_of
from vnjp_sim.analysis.prim import Box, best_box
from vnjp_sim.analysis.regret import listed
from vnjp_sim.analysis.shown_decisions import ShownDiscovery
from vnjp_sim.analysis.uncertainty_budget import FEWEST_MOVED
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import chance_text, draws_text, fixed, percent
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SETTING = "macro"
"""The sector whose indicators are the setting."""
FEWEST_DRAWS = 1_000
MOST_DRAWS = 50_000
MOST_CONDITIONS = 3
SEARCHED = 20
"""Inputs that are searched at most, those with the largest shares in whether the target is held:
the search would find bounds in noise, too."""


@dataclass(frozen=True)
class Step:
    """What holds with the first so many conditions, in draws that the search did not see.

    Attributes
    ----------
    conditions : int
        How many.
    mass : float
        The part of the draws in which they hold.
    density : float
        The chance of the outcome there.
    coverage : float
        The part of the outcome that is there.
    draws : int
        How many draws the density is of.
    """

    conditions: int
    mass: float
    density: float
    coverage: float
    draws: int


@dataclass(frozen=True, repr=False)
class Discovery(ShownDiscovery):
    """What :func:`vnjp_sim.discover` finds.

    Attributes
    ----------
    goal : Goal
        The target.
    reached : bool
        Whether the outcome that is explained is that it is reached; else that it is missed.
    scenario : str
        Of which the draws are.
    conditions : tuple[Condition, ...]
        The most telling first.
    steps : tuple[Step, ...]
        With no condition, with the first, with the first two, and so on.
    searched : int
        How many inputs bear on the target.
    """

    goal: Goal
    reached: bool
    scenario: str
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    searched: int

    def table(self) -> pd.DataFrame:
        """Return the conditions, in the order in which they are added.

        Returns
        -------
        pandas.DataFrame
            Columns name, label, kind, unit, low, high, share (of draws in which it holds alone),
            mass, density, coverage (with those above it).
        """
        import pandas as pd

        columns = ["name", "label", "kind", "unit", "low", "high", "share"]
        columns += ["mass", "density", "coverage"]
        rows = [
            {**vars(condition), **vars(step)}
            for condition, step in zip(self.conditions, self.steps[1:], strict=True)
        ]
        return pd.DataFrame(rows, columns=columns)

    @property
    def outcome(self) -> str:
        """What is explained: "reached" or "missed"."""
        return "reached" if self.reached else "missed"

    @property
    def finding(self) -> str:
        """Where the target is reached, or missed, in words."""
        return self.told()

    def told(self, *, labelled: bool = False) -> str:
        """Return the finding, with the names of priors and parameters or with their labels."""
        if not self.conditions:
            return (
                "No condition on priors, parameters or the setting tells: whether it is "
                f"{self.outcome} is left to chance from year to year"
            )
        last = self.steps[-1]
        year = self.goal.year
        where = listed([condition_text(one, year, labelled=labelled) for one in self.conditions])
        return (
            f"Where {where}, in {percent(last.mass)} of the futures, it is {self.outcome} in "
            f"{chance_text(last.density, last.draws)}; that is {percent(last.coverage)} of all in "
            f"which it is {self.outcome}"
        )

    def __repr__(self) -> str:
        return f"<Discovery of {self.goal.text}: {self.finding}>"


def discovery_of(
    projector: Projector,
    scenario: Scenario,
    target: str,
    *,
    reached: bool = False,
    conditions: int = MOST_CONDITIONS,
) -> Discovery:
    """Return what has to be true; see :func:`vnjp_sim.discover`.

    Raises
    ------
    InputError
        The target cannot be used, is reached or missed in all draws but a few, or there are too few
        or too many draws or conditions.
    """
    draws = projector.options.draws
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        what = f"{draws} cannot be searched"
        raise InputError.single("draws", what, f"ask for {FEWEST_DRAWS} to {MOST_DRAWS}")
    if not 1 <= conditions <= MOST_CONDITIONS:
        what = f"{conditions} conditions cannot be looked for"
        raise InputError.single("conditions", what, f"give 1 to {MOST_CONDITIONS}")
    goal = goal_of(target, projector.model, scenario)
    batch = projector.batch([projector.variant(scenario)], scenario.start, goal.year)
    projected = projector.project(batch).of(0)
    held = goal.held(projected[goal.indicator][-1])
    if held.all() or not held.any():
        what = f"is {'reached' if held[0] else 'missed'} in every draw"
        raise InputError.single("target", what, "choose one that some draws reach and some miss")
    rare = min(np.count_nonzero(held), np.count_nonzero(~held))
    if rare < FEWEST_MOVED:
        done = "reached" if held.mean() < 0.5 else "missed"
        what = f"is {done} in {draws_text(int(rare))} of {fixed(draws, 0)} only: too few to search"
        raise InputError.single("target", what, "ask for more draws, or a target that is closer")
    yes = held if reached else ~held
    known = [one for one in factors_of(projector, scenario.parameters) if _usable(one)]
    known += _setting(projector, projected, goal)
    search = np.arange(draws) % 2 == 0
    known = _bearing(known, yes, search)
    inputs = np.stack([one.drawn for one in known]) if known else np.empty((0, draws))
    box = Box(np.empty(0), np.empty(0))
    if known:
        box = best_box(inputs[:, search], yes[search], conditions)
    order = _order(box, inputs[:, search], yes[search])
    steps = _steps(box, order, inputs[:, ~search], yes[~search])
    told = tuple(_condition(known[place], box, place) for place in order)
    return Discovery(goal, reached, scenario.name, told, steps, len(known))


def _usable(factor: Factor) -> bool:
    """Whether a bound on a factor can be told: no figure, and used by every draw."""
    return factor.kind in ("prior", "calibrated") and not bool(np.isnan(factor.drawn).any())


def _setting(projector: Projector, projected: Mapping[str, FloatArray], goal: Goal) -> list[Factor]:
    """Return the macroeconomic indicators in the year of the goal, but for its own."""
    indicators = projector.model.registry.indicators
    return [
        Factor(name, "setting", "", values[-1], indicators[name].unit, indicators[name].label)
        for name, values in projected.items()
        if indicators[name].sector == SETTING and name != goal.indicator and np.ptp(values[-1]) > 0
    ]


def _bearing(factors: Sequence[Factor], yes: BoolArray, search: BoolArray) -> list[Factor]:
    """Return the factors that bear on an outcome in the draws of the search, the leading ones."""
    outcome = yes[None, search].astype(np.float64)
    if not factors or not np.ptp(outcome) > 0.0:
        return []
    first, errors, _ = shares(inputs_of([one.drawn[search] for one in factors]), outcome)
    order = np.argsort(-first[:, 0], kind="stable")[:SEARCHED]
    return [factors[i] for i in order if first[i, 0] > 3.0 * errors[i, 0]]


def _order(box: Box, inputs: FloatArray, yes: BoolArray) -> list[int]:
    """Return the inputs that a box bounds, in the order in which they raise the chance most."""
    within, order, left = np.ones(yes.size, bool), [], list(box.bounded)
    alone = {place: _only(box, place).holds(inputs) for place in left}
    while left:
        place = max(left, key=lambda one: _density(within & alone[one], yes))
        left.remove(place)
        order.append(place)
        within = within & alone[place]
    return order


def _steps(box: Box, order: Sequence[int], inputs: FloatArray, yes: BoolArray) -> tuple[Step, ...]:
    """Return what holds with no bound of a box, with the first, with the first two, and so on."""
    within = np.ones(yes.size, bool)
    steps = [_step(within, yes, 0)]
    for number, place in enumerate(order, start=1):
        within = within & _only(box, place).holds(inputs)
        steps.append(_step(within, yes, number))
    return tuple(steps)


def _only(box: Box, place: int) -> Box:
    """Return the box that bounds one input alone."""
    low, high = np.full_like(box.low, -np.inf), np.full_like(box.high, np.inf)
    low[place], high[place] = box.low[place], box.high[place]
    return Box(low, high)


def _density(within: BoolArray, outcome: BoolArray) -> float:
    return float(outcome[within].mean()) if within.any() else 0.0


def _step(within: BoolArray, outcome: BoolArray, conditions: int) -> Step:
    inside = int(np.count_nonzero(within))
    coverage = float(within[outcome].mean()) if outcome.any() else np.nan
    density = _density(within, outcome)
    return Step(conditions, float(within.mean()), density, coverage, inside)


def _condition(factor: Factor, box: Box, place: int) -> Condition:
    low, high = float(box.low[place]), float(box.high[place])
    drawn = factor.drawn
    five, middle, most = np.quantile(drawn, (0.05, 0.5, 0.95)).tolist()
    return Condition(
        factor.name,
        factor.kind,
        factor.unit,
        factor.label or factor.name,
        low if np.isfinite(low) else None,
        high if np.isfinite(high) else None,
        float(np.mean((drawn >= low) & (drawn <= high))),
        float(np.mean(drawn < low)),
        (five, middle, most),
    )
