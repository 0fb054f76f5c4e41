r"""Attribution: what each part of a scenario contributes to its effects.

The players are the levers, events and replaced priors by which a scenario departs from its
baseline. With v(S) the outcome, draw by draw, of the scenario that takes over only the players S,
the contribution of player i is its Shapley value

.. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!}\,(v(S \cup i) - v(S)),

the mean over all orders in which the players can be added of what i adds (Shapley 1953). The
contributions of a draw sum to its effect v(N) − v(∅); so do their means, never their medians. Up to
:data:`EXACT_PLAYERS` players every sub-scenario is run; beyond, orders are drawn at random, each
with its reverse, and the contributions have a sampling error though their sum stays exact.

A player's solo effect is v({i}) − v(∅); the interaction is what the effect has beyond the sum of
solo effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.game import ROUNDING, Game, Outcomes
from vnjp_sim.analysis.players import Player, players_of
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options
from vnjp_sim.simulation.summaries import quantiles_of

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

EXACT_PLAYERS = 9
SAMPLED_ORDERS = 32
INTERACTION = "interaction"


@dataclass(frozen=True)
class Contribution:
    """What one player contributes to the effect on an indicator in a year.

    `mean`, `p05` and `p95` are over the draws, NaN where these are too few for it; `solo` is the
    mean effect of the player alone; `error` is the standard error of `mean` from the sampled
    orders.
    """

    player: str
    label: str
    mean: float
    p05: float
    p95: float
    solo: float
    error: float


@dataclass(frozen=True, repr=False)
class Attribution:
    """What each player contributes to the effects of a scenario, draw by draw.

    Attributes
    ----------
    scenario : str
        Its name.
    players : tuple[Player, ...]
        In the order of the first axis.
    years : tuple[int, ...]
        Of the scenario.
    contributions, solo : Outcomes
        By indicator, (player, year, draw).
    total : Outcomes
        By indicator, (year, draw), scenario less baseline.
    error : Outcomes
        By indicator, (player, year), standard error of the mean contribution over the sampled
        orders; zero where every sub-scenario was run.
    exact : bool
        Whether every sub-scenario was run.
    """

    scenario: str
    players: tuple[Player, ...]
    years: tuple[int, ...]
    contributions: Outcomes
    solo: Outcomes
    total: Outcomes
    error: Outcomes
    exact: bool

    @settled
    def interaction(self, indicator: str) -> FloatArray:
        """Return what the effect has beyond the sum of solo effects, (year, draw).

        Raises InputError for an indicator that is not there.
        """
        self._check(indicator)
        result: FloatArray = self.total[indicator] - self.solo[indicator].sum(axis=0)
        return result

    @settled
    def contributions_in(self, indicator: str, year: int) -> tuple[Contribution, ...]:
        """Return what each player contributes to the mean effect on an indicator in a year.

        Raises InputError for an indicator or a year that is not there.
        """
        (indicator,) = names_asked([indicator], list(self.total), "has no attribution here")
        (year,) = years_asked([year], self.years, "the scenario")
        place = self.years.index(year)
        rows = []
        for index, player in enumerate(self.players):
            values = self.contributions[indicator][index, place]
            low, *_, high = quantiles_of(values)
            solo = float(self.solo[indicator][index, place].mean())
            error = float(self.error[indicator][index, place])
            rows.append(
                Contribution(
                    player.name,
                    player.label,
                    float(values.mean()),
                    low,
                    high,
                    solo,
                    error,
                )
            )
        return tuple(rows)

    @settled
    def table(self, indicator: str, year: int) -> pd.DataFrame:
        """Return :meth:`contributions_in` as a table; its means sum to the mean effect.

        Its last columns, scenario, indicator and year, say what it is of.
        """
        import pandas as pd

        of = {"scenario": self.scenario, "indicator": indicator, "year": int(year)}
        return pd.DataFrame([asdict(c) | of for c in self.contributions_in(indicator, year)])

    def _check(self, indicator: str) -> None:
        if indicator not in self.total:
            remedy = did_you_mean(indicator, self.total)
            raise InputError.single(indicator, "has no attribution here", remedy)

    def __repr__(self) -> str:
        draws = next(iter(self.total.values())).shape[1]
        basis = "every sub-scenario run" if self.exact else "orders sampled"
        return (
            f"<Attribution of {self.scenario}: {len(self.players)} players, {basis}; "
            f"{len(self.total)} indicators, {self.years[0]}–{self.years[-1]}, {draws_text(draws)}>"
        )


def attribute_effects(
    posterior: Posterior,
    scenario: Scenario,
    model: Model,
    options: Options,
    indicators: Sequence[str] | None = None,
    *,
    exact_players: int = EXACT_PLAYERS,
    orders: int = SAMPLED_ORDERS,
) -> Attribution:
    """Return what each player of a scenario contributes to its effects.

    Parameters
    ----------
    posterior : Posterior
        The bank of the model.
    scenario : Scenario
        With its horizon, see :func:`vnjp_sim.simulation.prepared.prepare_scenario`.
    indicators : Sequence[str] | None
        All by default; name few for many draws, since each keeps an array (player, year,
        draw).
    exact_players : int
        Up to this number of players every sub-scenario is run.
    orders : int
        Else, how many orders are drawn, an even number.

    Raises
    ------
    InputError
        The scenario has no players, or an indicator is not projected.
    """
    players = players_of(scenario)
    if indicators is not None:
        indicators = names_asked(indicators, list(model.registry.indicators), "is not projected")
    game = Game(posterior, scenario, model, options, players, indicators)
    exact = len(players) <= exact_players
    contributions: Outcomes
    error: Outcomes
    nothing = game.outcome(frozenset())
    whole = {n: v - nothing[n] for n, v in game.outcome(frozenset(range(len(players)))).items()}
    solo = _stacked([_less(game.outcome(frozenset({i})), nothing) for i in range(len(players))])
    if exact:
        contributions = _exact(game, nothing, whole, solo)
        error = {name: np.zeros(values.shape[:2]) for name, values in contributions.items()}
    else:
        contributions, error = _sampled(game, nothing, whole, orders)
    years = tuple(range(scenario.start, scenario.end + 1))
    return Attribution(scenario.name, players, years, contributions, solo, whole, error, exact)


def _exact(game: Game, nothing: Outcomes, whole: Outcomes, solo: Outcomes) -> Outcomes:
    """Return Shapley values, (player, year, draw), from all sub-scenarios."""
    count = len(game.players)
    everyone = frozenset(range(count))
    shares = {name: np.zeros((count, *effect.shape)) for name, effect in whole.items()}
    for chosen in _subsets(count):
        size = len(chosen)
        if size == 1:
            effects: Outcomes = {n: v[next(iter(chosen))] for n, v in solo.items()}
        elif chosen == everyone:
            effects = whole
        else:
            effects = _less(game.outcome(chosen), nothing)
        gain = factorial(size - 1) * factorial(count - size) / factorial(count)
        loss = 0.0
        if size < count:
            loss = factorial(size) * factorial(count - size - 1) / factorial(count)
        for name, effect in effects.items():
            for index in range(count):
                shares[name][index] += (gain if index in chosen else -loss) * effect
    for values in shares.values():
        values[np.abs(values) < ROUNDING * np.abs(values).max()] = 0.0
    return shares


def _subsets(count: int) -> Iterator[frozenset[int]]:
    for size in range(1, count + 1):
        yield from map(frozenset, combinations(range(count), size))


def _sampled(
    game: Game, nothing: Outcomes, whole: Outcomes, orders: int
) -> tuple[Outcomes, Outcomes]:
    """Return Shapley values from random orders, and the standard errors of their means."""
    count = len(game.players)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(game.options.seed)))
    shares = {name: np.zeros((count, *effect.shape)) for name, effect in whole.items()}
    pairs: dict[str, list[FloatArray]] = {name: [] for name in whole}
    for _ in range(orders // 2):
        order = rng.permutation(count)
        gains = {name: np.zeros_like(values) for name, values in shares.items()}
        for direction in (order, order[::-1]):
            before: Outcomes = {name: np.zeros_like(effect) for name, effect in whole.items()}
            for position, index in enumerate(direction):
                chosen = frozenset(map(int, direction[: position + 1]))
                effects = whole if len(chosen) == count else _less(game.outcome(chosen), nothing)
                for name, effect in effects.items():
                    gains[name][index] += 0.5 * (effect - before[name])
                before = effects
        for name, gain in gains.items():
            shares[name] += gain / (orders // 2)
            pairs[name].append(gain.mean(axis=2))
    error = {
        name: np.std(np.stack(means), axis=0, ddof=1) / np.sqrt(len(means))
        for name, means in pairs.items()
    }
    return shares, error


def _less(outcome: Outcomes, nothing: Outcomes) -> dict[str, FloatArray]:
    return {name: values - nothing[name] for name, values in outcome.items()}


def _stacked(outcomes: Sequence[Outcomes]) -> dict[str, FloatArray]:
    return {name: np.stack([outcome[name] for outcome in outcomes]) for name in outcomes[0]}
