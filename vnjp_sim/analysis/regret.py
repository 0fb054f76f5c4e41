"""Policies that are weighed over many futures: which is best how often, and how much is regretted.

A future is a draw in a world: that of the baseline, or one that a stress scenario makes. The regret
of a policy in a future is what the best of the policies gives there less what the policy gives, in
the unit of the measure, each less its cost (Savage 1951, Journal of the American Statistical
Association 46). Doing nothing is one of the policies. A policy satisfies in a future where the
target is held. Worlds count alike: they are no forecasts and have no probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.goals import Goal, check_year, goal_of
from vnjp_sim.analysis.outcomes import outcomes
from vnjp_sim.analysis.shown_decisions import ShownRegret
from vnjp_sim.analysis.under_stress import under_stress
from vnjp_sim.foundation.argument_types import number
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import Measure, draws_text, measure_of
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.scenario_requests import distinct_scenarios

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

ROUNDING = 1e-9
"""Regret below this part of the size of the measure is rounding: the policies are alike."""
ALL = "all worlds"


@dataclass(frozen=True)
class Verdict:
    """What a policy does over some futures.

    Attributes
    ----------
    policy, world : str
        The world is :data:`ALL` for all of them together.
    best : float
        The share of the futures in which it is best; of several that are alike, each counts in
        part.
    alone_best : float
        The share in which it is better than all others.
    mean, high, most : float
        Its regret: the mean, what 95 % of the futures stay below, and that of the worst draw.
    satisfies : float | None
        The share of the futures that hold the target; None without one.
    """

    policy: str
    world: str
    best: float
    alone_best: float
    mean: float
    high: float
    most: float
    satisfies: float | None


@dataclass(frozen=True, repr=False)
class Regret(ShownRegret):
    """What :func:`vnjp_sim.regret` finds.

    Attributes
    ----------
    indicator, year : str, int
        The measure.
    policies, worlds : tuple[str, ...]
        The first of each is the baseline.
    outcomes : FloatArray
        (world, policy, draw) the measure.
    regrets : FloatArray
        (world, policy, draw) what is regretted, zero of the best.
    costs : Mapping[str, float]
        By policy, in the unit of the measure.
    goal : Goal | None
        The target that satisfies.
    held : NDArray[np.bool_] | None
        (world, policy, draw) whether it is held.
    label, measure : str, Measure
        How the measure is shown.
    unit : str
        Of the measure.
    """

    indicator: str
    year: int
    policies: tuple[str, ...]
    worlds: tuple[str, ...]
    outcomes: FloatArray
    regrets: FloatArray
    costs: Mapping[str, float]
    goal: Goal | None
    held: NDArray[np.bool_] | None
    label: str
    measure: Measure
    unit: str = ""

    @property
    def draws(self) -> int:
        """How many draws each world has."""
        return int(self.outcomes.shape[2])

    def verdicts(self) -> Iterator[Verdict]:
        """Yield what each policy does over all worlds, then in each."""
        parts: list[tuple[str, slice]] = [(ALL, slice(None))]
        if len(self.worlds) > 1:
            parts += [(world, slice(i, i + 1)) for i, world in enumerate(self.worlds)]
        best = self.regrets == 0.0
        shared = best / best.sum(axis=1, keepdims=True)
        for world, part in parts:
            for place, policy in enumerate(self.policies):
                regret = self.regrets[part, place]
                alone = best[part, place] & (best[part].sum(axis=1) == 1)
                yield Verdict(
                    policy,
                    world,
                    float(shared[part, place].mean()),
                    float(alone.mean()),
                    float(regret.mean()),
                    float(np.quantile(regret, 0.95)),
                    float(regret.max()),
                    None if self.held is None else float(self.held[part, place].mean()),
                )

    def table(self) -> pd.DataFrame:
        """Return the verdicts.

        Returns
        -------
        pandas.DataFrame
            Columns world, policy, best, alone_best, mean, high, most, satisfies, unit (of mean,
            high and most).
        """
        import pandas as pd

        columns = ["world", "policy", "best", "alone_best", "mean", "high", "most", "satisfies"]
        table = pd.DataFrame([vars(verdict) for verdict in self.verdicts()])[columns]
        return table.assign(unit=self.unit)

    def __repr__(self) -> str:
        worlds = f", {len(self.worlds)} worlds" if len(self.worlds) > 1 else ""
        return f"<Regret over {self.label} in {self.year}{worlds}: {self.finding}>"

    @cached_property
    def best_most(self) -> tuple[str, ...]:
        """The policies that are best most often; more than one where draws do not tell."""
        best = self.regrets == 0.0
        return self._leading((best / best.sum(axis=1, keepdims=True)).mean(axis=0))

    @cached_property
    def least_regretted(self) -> tuple[str, ...]:
        """The policies with the least mean regret; more than one where draws do not tell."""
        return self._leading(-self.regrets.mean(axis=0))

    def _leading(self, values: FloatArray) -> tuple[str, ...]:
        """Return the policies with the largest mean of values, (policy, draw).

        And those whose mean differs from it by less than twice the standard error of the difference
        within a draw. A draw is one in all worlds.
        """
        behind = values[values.mean(axis=1).argmax()] - values
        if self.draws == 1:  # which tells of no difference how sure it is
            return self.policies
        errors = behind.std(axis=1, ddof=1) / np.sqrt(self.draws)
        near = behind.mean(axis=1) <= 2.0 * errors
        return tuple(name for name, one in zip(self.policies, near, strict=True) if one)

    @property
    def finding(self) -> str:
        """Which policy is best most often, and which is regretted least, in words."""
        return self.told(str)

    def told(self, named: Callable[[str], str]) -> str:
        """Return :attr:`finding` with other names of the policies than their ids."""
        best = [named(name) for name in self.best_most]
        least = [named(name) for name in self.least_regretted]
        if best == least:
            if len(best) == 1:
                return f"{best[0]} is best most often and regretted least"
            return f"{listed(best)} are alike, as far as {draws_text(self.draws)} tell"
        first, second = (f"{listed(x)} {'is' if len(x) == 1 else 'are'}" for x in (best, least))
        told = f"{first} best most often; {second} regretted least on average"
        safest = self.policies[int(self.regrets.max(axis=(0, 2)).argmin())]
        return told if least == [named(safest)] else f"{told}, {named(safest)} at most"


def listed(names: Sequence[str]) -> str:
    """Return names in a row, the last after "and"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def regrets_of(outcomes: FloatArray, costs: FloatArray, *, least: bool) -> FloatArray:
    """Return what is regretted, (world, policy, draw), from what policies give and cost.

    Parameters
    ----------
    outcomes : FloatArray
        (world, policy, draw).
    costs : FloatArray
        (policy,).
    least : bool
        Whether less is better.
    """
    gains = (-outcomes if least else outcomes) - costs[:, None]
    regrets = gains.max(axis=1, keepdims=True) - gains
    size = np.abs(outcomes).mean(axis=(1, 2), keepdims=True)
    return np.where(regrets <= ROUNDING * size, 0.0, regrets)


def regret_over(
    projector: Projector,
    policies: Sequence[str],
    measure: str,
    year: int,
    *,
    under: Sequence[str] | None = None,
    target: str | None = None,
    least: bool = False,
    costs: Mapping[str, float] | None = None,
) -> Regret:
    """Return how policies do over futures; see :func:`vnjp_sim.regret`.

    Raises
    ------
    InputError
        A policy, stress, measure, target or cost cannot be used.
    """
    model = projector.model
    indicator = id_asked(measure, model.registry.labels)
    worlds = _worlds(projector, policies, under or ())
    names = tuple(next(iter(worlds.values())))
    every = [scenario for world in worlds.values() for scenario in world.values()]
    check_year(year, every[0], "year")
    values = outcomes(projector, every, indicator, year)
    shape = (len(worlds), len(names), -1)
    goal = held = None
    if target is not None:
        goal = goal_of(target, model, every[0])
        own = (goal.indicator, goal.year) == (indicator, year)
        reached = values if own else outcomes(projector, every, goal.indicator, goal.year)
        held = goal.held(reached).reshape(shape)
    entry, units = model.registry.indicators[indicator], model.registry.units
    paid = _costs(costs, names)
    outcome = values.reshape(shape)
    regrets = regrets_of(outcome, np.array([paid.get(n, 0.0) for n in names]), least=least)
    high = float(np.quantile(regrets, 0.95, axis=2).max())
    shown = measure_of(entry, units, [high])
    texts = (entry.label, shown, entry.unit)
    return Regret(indicator, year, names, tuple(worlds), outcome, regrets, paid, goal, held, *texts)


def _worlds(
    projector: Projector, policies: Sequence[str], stresses: Sequence[str]
) -> dict[str, dict[str, Scenario]]:
    """Return each policy in each world, the baseline and its world first; raises InputError."""
    model, options = projector.model, projector.options
    if stresses:
        pairs = under_stress(policies, stresses, model, options)
        mild, hard, together = pairs.policies, pairs.stresses, pairs.together
    else:
        mild, hard, together = distinct_scenarios(policies, model, options), {}, {}
    every = (*mild.values(), *hard.values())
    roots = {(one.baseline or one).name: one.baseline or one for one in every}
    if len(roots) > 1:
        what = f"the scenarios depart from {' and '.join(sorted(roots))}"
        raise InputError.single("policies", what, "choose scenarios of one baseline")
    (base,) = roots.values()
    mild = {name: one for name, one in mild.items() if name != base.name}
    if not mild:
        raise InputError.single(base.name, "is the baseline", "name a policy to weigh against it")
    worlds = {base.name: {base.name: base, **mild}}
    for stress, scenario in hard.items():
        own = {name: together[name, stress] for name in mild}
        worlds[stress] = {base.name: scenario, **own}
    return worlds


def _costs(costs: Mapping[str, float] | None, policies: Sequence[str]) -> dict[str, float]:
    """Return what policies cost; raises InputError for what is no cost of theirs."""
    if costs is None:
        return {}
    if not isinstance(costs, Mapping):
        what = "are no numbers by policy"
        raise InputError.single("costs", what, 'give them as {"oda_expansion": 2.5}')
    known = {}
    for name, cost in costs.items():
        if name not in policies:
            remedy = did_you_mean(str(name), policies)
            raise InputError.single("costs", f"'{name}' is no policy", remedy)
        known[str(name)] = number("costs", cost)
        if not np.isfinite(known[name]):
            raise InputError.single("costs", f"'{name}' has no finite cost", "give a number")
    return known
