"""Questions of decisions in Python: each function asks a session of its own, as in :mod:`api`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from vnjp_sim.analysis.discovery import Discovery
from vnjp_sim.analysis.lookup import Lookup
from vnjp_sim.analysis.reach import Reach
from vnjp_sim.analysis.regret import Regret
from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.session import Named, Session
from vnjp_sim.simulation.request import Asked, takes_options


@takes_options
@settled
def reach(
    target: str,
    lever: str | Sequence[str],
    scenario: Named = "base",
    *,
    chance: float = 0.8,
    points: int = 7,
    **options: Unpack[Asked],
) -> Reach:
    """Return the chance of a target along a lever, and the setting that each future needs.

    Parameters
    ----------
    target : str
        "labour_stock>=700000 in 2030", with a unit behind the number if it is another than the
        indicator's; or the id of a target of the models folder.
    lever : str | Sequence[str]
        "labour_skilled_intake", with an operation and its range, a path and its years, and a cost
        if wanted: "labour_skilled_intake multiply 1:3 ramp 2026:2030 cost 2". By default over the
        whole range that the lever allows, phased in over five years. Several levers are moved one
        at a time, and together if they have costs.
    scenario : Named
        What the levers are moved in; its own path of a lever is replaced.
    chance : float
        The chance to aim at, from 0 to 1.
    points : int
        How many settings of each lever are run.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`.

    Returns
    -------
    vnjp_sim.analysis.reach.Reach
        `table()` for the chance at each setting; of each of its `curves`, `needed` for the setting
        that each draw needs, `never` for the share of draws that no setting reaches,
        `setting_for(0.8)` for the setting that gives a chance; `mix` for the cheapest mix.

    Raises
    ------
    InputError
        The target, a lever or the scenario cannot be used.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> target = "labour_stock>=700 thousand persons in 2030"
    >>> reach = vj.reach(target, "labour_skilled_intake multiply 1:3", draws=500)
    >>> chances = reach.table()[["setting", "chance"]]
    >>> setting = reach.curves[0].setting_for(0.1)  # None where no setting gives the chance
    """
    session = Session(**options)
    return session.reach(target, lever, scenario, chance=chance, points=points)


@takes_options
@settled
def regret(
    policies: Named | Sequence[Named],
    measure: str,
    year: int,
    *,
    under: Named | Sequence[Named] | None = None,
    target: str | None = None,
    least: bool = False,
    costs: Mapping[str, float] | None = None,
    **options: Unpack[Asked],
) -> Regret:
    """Return what is regretted of each policy over many futures, draws in one or more worlds.

    Parameters
    ----------
    policies : Named | Sequence[Named]
        Scenarios of one baseline, which is weighed too.
    measure : str
        The indicator that the policies are to raise.
    year : int
        In which it counts.
    under : Named | Sequence[Named] | None
        Stress scenarios, each another world beside that of the baseline.
    target : str | None
        What satisfies, as for :func:`reach`.
    least : bool
        Whether the measure is to be lowered.
    costs : Mapping[str, float] | None
        What policies cost, in the unit of the measure.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`.

    Returns
    -------
    vnjp_sim.analysis.regret.Regret
        `table()` for one row a policy and world; `regrets` for every draw.

    Raises
    ------
    InputError
        A scenario, the measure, year, target or a cost cannot be used; or a policy and a stress
        steer one lever differently.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> policies = ["oda_expansion", "labour_growth"]
    >>> weighed = vj.regret(policies, "trade_turnover", 2035, under="weak_yen", draws=500)
    >>> table = weighed.table()
    """
    more: Any = {"under": under, "target": target, "least": least, "costs": costs}
    return Session(**options).regret(policies, measure, year, **more)


@takes_options
@settled
def sensitivity(
    indicators: Sequence[str] | None = None,
    scenario: Named = "base",
    *,
    of_effects: bool = False,
    **options: Unpack[Asked],
) -> Sensitivities:
    """Return which priors and figures the variance of projections comes from, year by year.

    Parameters
    ----------
    indicators : Sequence[str] | None
        All by default.
    scenario : Named
        Whose levels.
    of_effects : bool
        The variance of the differences from the baseline, not of the levels.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`; 10,000 draws find shares of one per cent.

    Returns
    -------
    vnjp_sim.analysis.sensitivities.Sensitivities
        `table()` for first-order and total shares of every prior, growth form and figure, by
        indicator and year.

    Raises
    ------
    InputError
        Fewer than 1,000 or more than 50,000 draws, an unknown indicator, or effects of a baseline.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> shares = vj.sensitivity(["labour_stock"], draws=1_000)
    >>> five = shares.table("labour_stock", 2035, top=5)
    """
    return Session(**options).sensitivity(indicators, scenario, of_effects=of_effects)


@takes_options
@settled
def lookup(
    indicator: str,
    year: int,
    scenario: Named = "base",
    *,
    when: int | None = None,
    error: float = 0.02,
    of_effects: bool = False,
    **options: Unpack[Asked],
) -> Lookup:
    """Return which figure, or which prior, would narrow an answer most if it were known.

    Parameters
    ----------
    indicator : str
        The answer that is to be narrowed.
    year : int
        Of the answer.
    scenario : Named
        Whose level, or effect.
    when : int | None
        The year of the figures to come; the second of the horizon by default.
    error : float
        The standard error with which these are reported, as a part of them.
    of_effects : bool
        The answer is the difference from the baseline, not the level.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`.

    Returns
    -------
    vnjp_sim.analysis.lookup.Lookup
        `table()` for what narrows it most: figures to come of official series, the numbers behind
        the documents' figures, priors.

    Raises
    ------
    InputError
        Fewer than 1,000 or more than 50,000 draws; an indicator, a year or the error cannot be
        used; effects of a baseline; or the answer does not vary.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> found = vj.lookup("oda_disbursements", 2030, draws=1_000)
    >>> first = found.table().iloc[0]
    """
    more: Any = {"when": when, "error": error, "of_effects": of_effects}
    return Session(**options).lookup(indicator, year, scenario, **more)


@takes_options
@settled
def discover(
    target: str,
    scenario: Named = "base",
    *,
    reached: bool = False,
    conditions: int = 3,
    **options: Unpack[Asked],
) -> Discovery:
    """Return what has to be true for a target to be missed: at most three conditions.

    Parameters
    ----------
    target : str
        As for :func:`reach`.
    scenario : Named
        Whose futures are searched.
    reached : bool
        What has to be true for it to be reached, instead.
    conditions : int
        How many at most.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`.

    Returns
    -------
    vnjp_sim.analysis.discovery.Discovery
        `table()` for the conditions, in what part of the futures they hold, how often the target is
        missed there, and which part of all misses that is, in draws that the search did not see.

    Raises
    ------
    InputError
        The target or scenario cannot be used, every draw misses or reaches the target, or there are
        fewer than 1,000 or more than 50,000 draws.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> found = vj.discover("labour_stock>=700 thousand persons in 2035", draws=1_000)
    >>> conditions = found.table()
    """
    session = Session(**options)
    return session.discover(target, scenario, reached=reached, conditions=conditions)
