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

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.coalitions import (
    Coalitions,
    RowWeights,
    all_coalitions,
    sampled_coalitions,
)
from vnjp_sim.analysis.players import Player, players_of, sub_scenario
from vnjp_sim.analysis.shown import ShownAttribution
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import count_text, draws_text
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.manifests import manifest_of
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.summaries import quantiles_of
from vnjp_sim.simulation.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Outcomes = Mapping[str, FloatArray]

EXACT_PLAYERS = 10
SAMPLED_ORDERS = 32
INTERACTION = "interaction"
INDICES = "index_"
"""How the ids of indicators begin that average others."""
ROUNDING = 1e-13
"""What is smaller than this part of the largest is rounding error: zero."""
AT_ONCE = 1_000_000
"""Outcomes, of coalitions and draws, that are weighed at a time: 8 MB."""


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
class Attribution(ShownAttribution):
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
    units : Mapping[str, str]
        Of the indicators; empty where they are not known.
    run : str
        The hash of the run of the scenario with these draws; empty if unknown.
    """

    scenario: str
    players: tuple[Player, ...]
    years: tuple[int, ...]
    contributions: Outcomes
    solo: Outcomes
    total: Outcomes
    error: Outcomes
    exact: bool
    units: Mapping[str, str] = field(default_factory=dict)
    run: str = ""

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

        Its last columns, scenario, indicator, year and unit, say what it is of.
        """
        import pandas as pd

        unit = self.units.get(indicator, "")
        of = {"scenario": self.scenario, "indicator": indicator, "year": int(year), "unit": unit}
        return pd.DataFrame([asdict(c) | of for c in self.contributions_in(indicator, year)])

    def _check(self, indicator: str) -> None:
        if indicator not in self.total:
            remedy = did_you_mean(indicator, self.total)
            raise InputError.single(indicator, "has no attribution here", remedy)

    def __repr__(self) -> str:
        draws = next(iter(self.total.values())).shape[1]
        basis = "every sub-scenario run" if self.exact else "orders sampled"
        indicators = count_text(len(self.total), "indicator")
        return (
            f"<Attribution of {self.scenario}: {count_text(len(self.players), 'player')}, {basis}; "
            f"{indicators}, {self.years[0]}–{self.years[-1]}, {draws_text(draws)}>"
        )


def widest_effect(attribution: Attribution, year: int) -> str | None:
    """Return the indicator to which most players contribute in a year, the first of several.

    A quantity comes before an index. None where no indicator is attributed.
    """
    place = attribution.years.index(year)

    def contributing(indicator: str) -> int:
        means = np.abs(attribution.contributions[indicator][:, place].mean(axis=1))
        return int((means > ROUNDING * means.max()).sum())

    quantities = [name for name in attribution.total if not name.startswith(INDICES)]
    return max(quantities or attribution.total, key=contributing, default=None)


def attribute_effects(
    projector: Projector,
    scenario: Scenario,
    indicators: Sequence[str] | None = None,
    *,
    against: Scenario | None = None,
    exact_players: int = EXACT_PLAYERS,
    orders: int = SAMPLED_ORDERS,
) -> Attribution:
    """Return what each player of a scenario contributes to its effects.

    Parameters
    ----------
    projector : Projector
        The model at the size and seed of the ensemble.
    scenario : Scenario
        With its horizon, see :func:`vnjp_sim.simulation.prepared.prepare_scenario`.
    indicators : Sequence[str] | None
        All by default; name few for many draws, since each keeps an array (player, year,
        draw).
    against : Scenario | None
        What the effects are measured against, over the same years: another scenario of the same
        baseline. By default the baseline itself.
    exact_players : int
        Up to this number of players every sub-scenario is run.
    orders : int
        Else, how many orders are drawn, an even number.

    Raises
    ------
    InputError
        The scenario has no players, or an indicator is not projected.
    """
    reference = projector.variant(scenario).reference
    if against is not None:
        scenario = replace(scenario, baseline=against)
    players = players_of(scenario, projector.model.instruments)
    known = projector.model.registry.labels
    if indicators is not None:
        indicators = names_asked(indicators, known, "is not projected")
    count = len(players)
    coalitions = (
        all_coalitions(count)
        if count <= exact_players
        else sampled_coalitions(count, orders, projector.options.seed)
    )
    parts = (sub_scenario(scenario, [players[i] for i in m]) for m in coalitions.members)
    variants = [Variant(projector.inputs(part), reference) for part in parts]
    batch = projector.batch(variants, scenario.start, scenario.end, indicators)
    recorded = batch.layout(projector.posterior).recorded
    shares = {name: Shares(coalitions, batch.years, batch.draws) for name in recorded}
    for places, part in projector.parts_at_work(batch):
        row_of = part.layout(projector.posterior).recorded
        weights = {
            name: coalitions.of_rows(np.array(row_of[name]), np.array(places)) for name in shares
        }

        def take(
            draws: slice,
            year: int,
            rows: Mapping[str, Sequence[FloatArray]],
            weights: Mapping[str, RowWeights] = weights,
        ) -> None:
            for name, outcomes in rows.items():
                shares[name].add(weights[name], draws, year, outcomes)

        projector.pass_through(part, take)
    return Attribution(
        scenario.name,
        players,
        tuple(range(scenario.start, scenario.end + 1)),
        {name: part.contributions() for name, part in shares.items()},
        {name: part.solo() for name, part in shares.items()},
        {name: part.total() for name, part in shares.items()},
        {name: part.error() for name, part in shares.items()},
        coalitions.exact,
        {name: projector.model.registry.indicators[name].unit for name in shares},
        manifest_of(scenario, projector.model, projector.options)["run"],
    )


class Shares:
    """What the players contribute to one indicator, as the outcomes of coalitions come in.

    Parameters
    ----------
    coalitions : Coalitions
        All that come in.
    years, draws : int
        Of the outcomes.
    """

    def __init__(self, coalitions: Coalitions, years: int, draws: int) -> None:
        self.coalitions = coalitions
        self.players = coalitions.weights.shape[1]
        self.sums = np.zeros((self.players, years, draws))
        alone = [m for m in coalitions.members if len(m) in (1, self.players)]
        self.single = {members: np.zeros((years, draws)) for members in alone}
        self.pair_sums: dict[int, FloatArray] = {}

    def add(self, weights: RowWeights, draws: slice, year: int, rows: Sequence[FloatArray]) -> None:
        """Take the outcomes of some coalitions in a year, for a block of draws.

        Parameters
        ----------
        weights : RowWeights
            What each of the rows counts.
        draws : slice
            The draws of the block.
        year : int
            Counted from the first.
        rows : sequence of FloatArray
            (draw,) each, the distinct outcomes.
        """
        if len(rows) == 1:
            return
        base = rows[weights.empty]
        size = max(AT_ONCE // len(rows), 1)
        for start in range(0, base.size, size):
            some = slice(start, start + size)
            effects = np.array([row[some] for row in rows])
            effects -= base[some]
            here = slice(draws.start + start, draws.start + start + effects.shape[1])
            self.sums[:, year, here] += weights.of_players @ effects
            for members, row in weights.alone:
                self.single[members][year, here] = effects[row]
            if not self.coalitions.exact:
                sums = self.pair_sums.setdefault(draws.start, self._no_pairs())
                sums[..., year] += np.tensordot(weights.of_pairs, effects.sum(axis=1), (1, 0))

    def _no_pairs(self) -> FloatArray:
        return np.zeros((len(self.coalitions.pairs), *self.sums.shape[:2]))

    def contributions(self) -> FloatArray:
        """Return Shapley values, (player, year, draw)."""
        values = self.sums
        values[np.abs(values) < ROUNDING * np.abs(values).max()] = 0.0
        return values

    def solo(self) -> FloatArray:
        """Return the effect of each player alone, (player, year, draw)."""
        return np.stack([self.single[(player,)] for player in range(self.players)])

    def total(self) -> FloatArray:
        """Return the effect of all players, (year, draw)."""
        return self.single[tuple(range(self.players))]

    def error(self) -> FloatArray:
        """Return the standard error of the mean values over sampled orders, (player, year)."""
        if self.coalitions.exact:
            return np.zeros(self.sums.shape[:2])
        sums = (self.pair_sums[start] for start in sorted(self.pair_sums))
        means = sum(sums, self._no_pairs()) / self.sums.shape[2]
        spread: FloatArray = means.std(axis=0, ddof=1)
        return np.asarray(spread / np.sqrt(len(means)))
