"""The chance of a goal along a lever, and the setting that each future needs.

All settings run over the same draws, so that each draw is one future seen under every setting. The
setting that a future needs is where its margin from the goal, a straight line between neighbouring
settings, first reaches zero, going from the end of the range where fewer futures hold the goal to
the other end. A future that holds the goal from the first setting on needs no more than that one;
one that misses it everywhere is reached by no setting of the range. A future that loses the goal
again at a larger setting is counted; in it the setting is the first that serves.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.crossings import needed_settings, setting_of_chance
from vnjp_sim.analysis.goals import Goal, goal_of
from vnjp_sim.analysis.lever_mix import Mix, cheapest_mix
from vnjp_sim.analysis.lever_range import LeverRange, lever_range
from vnjp_sim.analysis.outcomes import outcomes
from vnjp_sim.analysis.shown_decisions import ShownReach
from vnjp_sim.analysis.target_probability import chance_interval
from vnjp_sim.foundation.argument_types import number
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.shown import Shown
from vnjp_sim.inputs.number_text import chance_error, percent, percent_below
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.prepared import check_history
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.summaries import quantiles_of

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

CHANCES = (0.5, 0.8, 0.9)
"""The chances for which a setting is looked for, beside the one that is asked."""
CLOSE = 0.005
"""A run with the setting for a chance gives it so closely, or another setting is looked for."""
ROUNDS = 8
"""How often, at most: where the chance jumps at a setting, no setting gives what lies between."""


@dataclass(frozen=True)
class Needed:
    """The setting for a chance of the goal, and the chance that the model gives with it.

    `setting` is None where no setting of the range gives the chance; `first` says that the first
    setting gives it already. `found` is of the same draws.
    """

    chance: float
    setting: float | None
    first: bool
    found: float


@dataclass(frozen=True, repr=False)
class Curve(Shown):
    """A goal along one lever.

    Attributes
    ----------
    goal, lever
        Goal, LeverRange
        What was asked.
    settings : FloatArray
        (setting,) rising: those that were asked, and those that were found for some chances.
    outcomes : FloatArray
        (setting, draw) the indicator in the year of the goal.
    settings_for : tuple[Needed, ...]
        The settings for some chances, verified by a run with each.
    replaces : bool
        Whether the scenario moves the lever itself, which the settings replace.
    """

    goal: Goal
    lever: LeverRange
    settings: FloatArray
    outcomes: FloatArray
    settings_for: tuple[Needed, ...] = ()
    replaces: bool = False

    @property
    def draws(self) -> int:
        """How many futures there are."""
        return int(self.outcomes.shape[1])

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """Whether a future holds the goal at a setting, (setting, draw)."""
        return self.goal.held(self.outcomes)

    @property
    def chances(self) -> FloatArray:
        """The chance of the goal at each setting, (setting,)."""
        return np.asarray(self.held.mean(axis=1))

    @property
    def rises(self) -> bool:
        """Whether the goal is more likely at the end of the range than at its beginning.

        Where it is as likely, whether it is missed by less, or exceeded by more, on average.
        """
        first, last = (
            (float(self.chances[place]), float(self.goal.margins(self.outcomes[place]).mean()))
            for place in (0, -1)
        )
        return last >= first

    @cached_property
    def needed(self) -> FloatArray:
        """The setting that each future needs, (draw,).

        Infinite, in the direction in which the chance rises, where no setting serves.
        """
        return needed_settings(self.settings, self.goal.margins(self.outcomes), rising=self.rises)

    @property
    def never(self) -> float:
        """The share of the futures that no setting reaches."""
        return float(np.mean(~self.held.any(axis=0)))

    @property
    def moves(self) -> bool:
        """Whether the lever changes the indicator in any future."""
        return bool((self.outcomes != self.outcomes[0]).any())

    @property
    def always(self) -> float:
        """The share of the futures that hold the goal at every setting."""
        return float(np.mean(self.held.all(axis=0)))

    @property
    def lost_again(self) -> float:
        """The share of the futures that a setting reaches and a further one loses."""
        along = self.held if self.rises else self.held[::-1]
        return float(np.mean((along[:-1] & ~along[1:]).any(axis=0)))

    def setting_for(self, chance: float) -> float | None:
        """Return the setting with which the goal has a chance.

        Returns
        -------
        float | None
            None, with a warning, where no setting of the range gives the chance.

        Raises
        ------
        InputError
            The chance is not between 0 and 1.
        """
        chance = check_chance(chance)
        setting = _setting_for(self, chance)
        if setting is None:
            warnings.warn(f"{self.shortfall(chance)}: returned is None", stacklevel=2)
        return setting

    @property
    def best(self) -> tuple[float, float]:
        """The setting with the largest chance, and that chance."""
        place = int(np.argmax(self.chances))
        return float(self.settings[place]), float(self.chances[place])

    def shortfall(self, chance: float) -> str:
        """Return in words that no setting gives a chance, and how near the best one comes."""
        setting, best = self.best
        none = f"No setting of “{self.lever.title}” gives a chance of {percent(chance)}"
        if not self.moves:
            return f"{none}: it does not move the target"
        if best == 0.0:
            return f"{none}: none serves in any draw"
        shown = self.lever.setting_text(setting)
        return f"{none}; the best, {shown}, gives {percent_below(best, chance)}"

    def finding(self, chance: float) -> str:
        """Return which setting gives a chance, in words; one of those in :attr:`settings_for`."""
        needed = next(one for one in self.settings_for if one.chance == chance)
        if needed.setting is None:
            return self.shortfall(chance)
        setting = self.lever.setting_text(needed.setting)
        said = "is there already with" if needed.first else "needs"
        return f"A chance of {percent(chance)} {said} “{self.lever.title}” at {setting}"

    def __repr__(self) -> str:
        said = [self.finding(one.chance) for one in self.settings_for if one.setting is not None]
        said = said or [self.shortfall(one.chance) for one in self.settings_for[:1]]
        what = said[-1] if said else self.lever.text
        return f"<Curve of {self.goal.text}: {what}>"

    def table(self) -> pd.DataFrame:
        """Return the chance along the lever.

        Returns
        -------
        pandas.DataFrame
            Columns lever, operation, setting, chance, error (Monte Carlo standard error), low and
            high (its 90 % interval), p05, p50, p95 (of the indicator), indicator, year, unit (of
            the indicator).
        """
        import pandas as pd

        rows = []
        for setting, chance, values in zip(self.settings, self.chances, self.outcomes, strict=True):
            low, high = chance_interval(float(chance), self.draws)
            p05, _, p50, _, p95 = quantiles_of(values)
            rows.append(
                {
                    "lever": self.lever.lever,
                    "operation": self.lever.operation,
                    "setting": float(setting),
                    "chance": float(chance),
                    "error": chance_error(float(chance), self.draws),
                    "low": low,
                    "high": high,
                    "p05": float(p05),
                    "p50": float(p50),
                    "p95": float(p95),
                    "indicator": self.goal.indicator,
                    "year": self.goal.year,
                    "unit": self.goal.unit,
                }
            )
        return pd.DataFrame(rows)


@dataclass(frozen=True, repr=False)
class Reach(ShownReach):
    """What :func:`vnjp_sim.reach` finds.

    Attributes
    ----------
    goal : Goal
        What is to be reached.
    scenario : str
        What the levers are moved in.
    curves : tuple[Curve, ...]
        One a lever, the others as the scenario has them.
    mix : Mix | None
        The cheapest mix of several levers; None for one, or without costs.
    chance : float
        The one that was asked for.
    """

    goal: Goal
    scenario: str
    curves: tuple[Curve, ...]
    mix: Mix | None = None
    chance: float = 0.8

    @property
    def finding(self) -> str:
        """What the levers can do for the goal, in words."""
        if len(self.curves) == 1:
            return self.curves[0].finding(self.chance)
        best = max(self.curves, key=lambda curve: curve.best[1])
        most = percent_below(best.best[1], self.chance)
        return f"“{best.lever.title}” carries furthest: a chance of {most} at most"

    def table(self) -> pd.DataFrame:
        """Return the chance along each lever, see :meth:`Curve.table`."""
        import pandas as pd

        return pd.concat([curve.table() for curve in self.curves], ignore_index=True)

    def __repr__(self) -> str:
        return f"<Reach of {self.goal.text}: {self.finding}>"


def _setting_for(curve: Curve, chance: float) -> float | None:
    margins = curve.goal.margins(curve.outcomes)
    return setting_of_chance(curve.settings, margins, chance, rising=curve.rises)


def check_chance(chance: object) -> float:
    """Return a chance to aim at; raises InputError for what is none."""
    asked = number("chance", chance)
    if not 0.0 < asked < 1.0:
        raise InputError.single("chance", f"{asked} is no chance to aim at", "give 0.8 for 80 %")
    return asked


def reach_of(
    projector: Projector,
    scenario: Scenario,
    target: str,
    levers: Sequence[str],
    *,
    chance: float = 0.8,
    points: int = 7,
) -> Reach:
    """Return the chance of a goal along levers; see :func:`vnjp_sim.reach`.

    Raises
    ------
    InputError
        The goal or a lever cannot be used.
    """
    chance = check_chance(chance)
    model = projector.model
    goal = goal_of(target, model, scenario)
    ranges = [lever_range(words, model, goal.year, points) for words in levers]
    names = [one.lever for one in ranges]
    for name in names:
        if names.count(name) > 1:
            raise InputError.single("lever", f"'{name}' is given twice", "give each lever once")
    curves = tuple(_curve(projector, scenario, goal, one, chance) for one in ranges)
    with_costs = len(ranges) > 1 and any(one.cost is not None for one in ranges)
    mix = cheapest_mix(projector, scenario, goal, ranges, chance) if with_costs else None
    return Reach(goal, scenario.name, curves, mix, chance)


def _curve(
    projector: Projector, scenario: Scenario, goal: Goal, lever: LeverRange, chance: float
) -> Curve:
    """Return the goal along a lever; the settings for some chances are run, too, and mended.

    What lies between two settings is not quite on a straight line. The settings that are found
    join those that are run until a run with each gives its chance.
    """
    ran: dict[float, FloatArray] = {}

    def run(settings: Iterable[float]) -> None:
        new = [one for one in settings if one not in ran]
        if new:
            scenarios = [scenario.with_lever(lever.lever, lever.at(one)) for one in new]
            check_history(scenarios[0], projector.model)
            values = outcomes(projector, scenarios, goal.indicator, goal.year)
            ran.update(zip(new, values, strict=True))

    def through(settings: Iterable[float]) -> Curve:
        run(settings)
        places = np.array(sorted(settings))
        values = np.stack([ran[place] for place in places])
        return Curve(goal, lever, places, values, replaces=lever.lever in scenario.levers)

    asked = sorted({*CHANCES, chance})
    curve = through([float(one) for one in lever.settings])
    close = max(CLOSE, 1.0 / curve.draws)
    found = [_setting_for(curve, one) for one in asked]
    for _ in range(ROUNDS):
        curve = through({*curve.settings.tolist(), *(s for s in found if s is not None)})
        found = [_setting_for(curve, one) for one in asked]
        run(s for s in found if s is not None)
        pairs = [(one, s) for one, s in zip(asked, found, strict=True) if s is not None]
        if all(abs(goal.held(ran[s]).mean() - one) <= close for one, s in pairs):
            break
    edge = curve.settings[0 if curve.rises else -1]
    needed = []
    for one, s in zip(asked, found, strict=True):
        short = s is not None and goal.held(ran[s]).mean() < one - close
        place = _next_enough(curve, s, one) if short and s is not None else s
        reached = np.nan if place is None else float(goal.held(ran[place]).mean())
        needed.append(Needed(one, place, bool(place == edge), reached))
    return replace(curve, settings_for=tuple(needed))


def _next_enough(curve: Curve, setting: float, chance: float) -> float:
    """Return the setting that was run next to one, going on, and gives a chance; else this one."""
    enough = curve.settings[curve.chances >= chance]
    further = enough[enough > setting] if curve.rises else enough[enough < setting]
    return float(further[0 if curve.rises else -1]) if further.size else setting
