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

Links are told apart by cutting: how much of the effect is lost without one link. Such losses do not
sum to the effect, since links act one after another and multiply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.inputs.parameters import Distribution
from vnjp_sim.inputs.scenario import Scenario, ScenarioEvent
from vnjp_sim.simulation.ensemble import Ensemble, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options, ensemble_of, inputs_of
from vnjp_sim.simulation.summaries import quantiles_of

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Outcomes = Mapping[str, FloatArray]

EXACT_PLAYERS = 9
SAMPLED_ORDERS = 32
ROUNDING = 1e-13
"""Contributions that are smaller than this part of the largest are rounding error: zero."""
INTERACTION = "interaction"


@dataclass(frozen=True)
class Player:
    """One thing by which a scenario departs from its baseline.

    `lever` and `parameter` are None where the scenario drops what its baseline has; `event` is what
    it adds, or drops if `dropped`.
    """

    name: str
    label: str
    kind: Literal["lever", "event", "parameter"]
    lever: LeverPath | None = None
    event: ScenarioEvent | None = None
    parameter: Distribution | None = None
    dropped: bool = False


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
    scenario : its name.
    players : in the order of the first axis.
    years : of the scenario.
    contributions, solo : by indicator, (player, year, draw).
    total : by indicator, (year, draw), scenario less baseline.
    error : by indicator, (player, year), standard error of the mean contribution over the sampled
        orders; zero where every sub-scenario was run.
    exact : whether every sub-scenario was run.
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
        row = self.years.index(year)
        found = []
        for index, player in enumerate(self.players):
            values = self.contributions[indicator][index, row]
            low, *_, high = quantiles_of(values)
            solo = float(self.solo[indicator][index, row].mean())
            error = float(self.error[indicator][index, row])
            found.append(
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
        return tuple(found)

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
        told = "every sub-scenario run" if self.exact else "orders sampled"
        return (
            f"<Attribution of {self.scenario}: {len(self.players)} players, {told}; "
            f"{len(self.total)} indicators, {self.years[0]}–{self.years[-1]}, {draws_text(draws)}>"
        )


@dataclass(frozen=True)
class LinkLoss:
    """How much of a scenario's mean effect is lost when one link is cut.

    `effect` and `without` are mean effects in the unit of the indicator.
    """

    link: str
    indicator: str
    year: int
    effect: float
    without: float

    @property
    def lost(self) -> float:
        """The part of the effect that is lost: 1 if nothing is left; NaN of no effect."""
        return 1.0 - self.without / self.effect if self.effect else float("nan")


def players_of(scenario: Scenario) -> tuple[Player, ...]:
    """Return what a scenario departs by from its baseline, levers first, then events, parameters.

    Raises InputError if it is a baseline, or departs by nothing.
    """
    baseline = scenario.baseline
    if baseline is None:
        raise InputError.single(scenario.name, "is a baseline: nothing to attribute", "drop it")
    found = [
        Player(f"lever {name}", _lever_label(name, path), "lever", lever=path)
        for name in sorted({*scenario.levers, *baseline.levers})
        if (path := scenario.levers.get(name)) != baseline.levers.get(name)
    ]
    mine, theirs = Counter(scenario.events), Counter(baseline.events)
    found += [_event_player(event, dropped=False) for event in sorted((mine - theirs).elements())]
    found += [_event_player(event, dropped=True) for event in sorted((theirs - mine).elements())]
    found += [
        Player(f"parameter {name}", _prior_label(name, prior), "parameter", parameter=prior)
        for name in sorted({*scenario.parameters, *baseline.parameters})
        if (prior := scenario.parameters.get(name)) != baseline.parameters.get(name)
    ]
    if not found:
        raise InputError.single(scenario.name, "departs by nothing from its baseline", "drop it")
    return tuple(_numbered(found))


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
    posterior : the bank of the model.
    scenario : with its horizon, see :func:`vnjp_sim.simulation.prepared.prepare_scenario`.
    indicators : all by default; name few for many draws, since each keeps an array (player, year,
        draw).
    exact_players : up to this number of players every sub-scenario is run.
    orders : else, how many orders are drawn, an even number.

    Raises
    ------
    InputError
        The scenario has no players, or an indicator is not projected.
    """
    players = players_of(scenario)
    if indicators is not None:
        indicators = names_asked(indicators, list(model.registry.indicators), "is not projected")
    game = _Game(posterior, scenario, model, options, players, indicators)
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


def cut_links(
    posterior: Posterior,
    scenario: Scenario,
    model: Model,
    options: Options,
    indicators: Sequence[str] | None,
    years: Sequence[int],
) -> tuple[LinkLoss, ...]:
    """Return how much of a scenario's mean effects is lost without each link that carries any.

    What a link carries less of than rounding is left out. Raises InputError if the scenario is a
    baseline, or an indicator or a year is not projected, or none is named.
    """
    players_of(scenario)
    indicators = names_asked(
        [] if indicators is None else indicators,
        list(model.registry.indicators),
        "is not projected",
    )
    years = years_asked(years, range(scenario.start, scenario.end + 1), "the scenario")
    ensemble = ensemble_of(scenario, model, options)
    drivers = {link.driver for link in ensemble.links.values()}
    game = _Game(posterior, scenario, model, options, (), sorted({*indicators, *drivers}))
    nothing, whole = game.outcome(frozenset()), game.kept(ensemble)
    rows = [year - scenario.start for year in years]
    found = []
    for cut, link in ensemble.links.items():
        if np.array_equal(whole[link.driver], nothing[link.driver]):
            continue  # the scenario does not move what drives it
        links = {name: other for name, other in ensemble.links.items() if name != cut}
        left = game.kept(replace(ensemble, links=links))
        for name in indicators:
            effects, without = (
                (outcome[name] - nothing[name])[rows].mean(axis=1) for outcome in (whole, left)
            )
            least = ROUNDING * np.abs(nothing[name])[rows].mean(axis=1)
            found += [
                LinkLoss(cut, name, year, float(effect), float(rest))
                for year, effect, rest, little in zip(years, effects, without, least, strict=True)
                if abs(effect) > little and abs(effect - rest) > little
            ]
    return tuple(found)


@dataclass(frozen=True)
class _Game:
    """Outcomes of sub-scenarios, all with the same luck."""

    posterior: Posterior
    scenario: Scenario
    model: Model
    options: Options
    players: tuple[Player, ...]
    indicators: Sequence[str] | None

    def outcome(self, chosen: frozenset[int]) -> dict[str, FloatArray]:
        """Return (year, draw) by indicator for the sub-scenario that takes over some players."""
        taken = [self.players[index] for index in sorted(chosen)]
        inputs = inputs_of(sub_scenario(self.scenario, taken), self.model)
        ensemble = ensemble_of(self.scenario, self.model, self.options)
        if not taken:
            ensemble = replace(ensemble, baseline=None)
        return self.kept(replace(ensemble, inputs=inputs))

    def kept(self, ensemble: Ensemble) -> dict[str, FloatArray]:
        """Return the arrays of the indicators that were asked for."""
        arrays = project(self.posterior, ensemble, workers=self.options.workers)
        for name in self.indicators or ():
            if name not in arrays:
                raise InputError.single(name, "is not projected", did_you_mean(name, arrays))
        return {name: arrays[name] for name in self.indicators or arrays}


def sub_scenario(scenario: Scenario, players: Sequence[Player]) -> Scenario:
    """Return the baseline of a scenario with some of its players taken over."""
    assert scenario.baseline is not None  # noqa: S101 - a scenario with players has one
    levers, parameters = dict(scenario.baseline.levers), dict(scenario.baseline.parameters)
    events = list(scenario.baseline.events)
    for player in players:
        name = player.name.partition(" ")[2]
        if player.kind == "lever":
            _put(levers, name, player.lever)
        elif player.kind == "parameter":
            _put(parameters, name, player.parameter)
        elif player.event is not None and player.dropped:
            events.remove(player.event)
        elif player.event is not None:
            events.append(player.event)
    return replace(scenario, levers=levers, events=tuple(sorted(events)), parameters=parameters)


def _put(names: dict[str, Any], name: str, value: object | None) -> None:
    if value is None:
        names.pop(name, None)
    else:
        names[name] = value


def _exact(game: _Game, nothing: Outcomes, whole: Outcomes, solo: Outcomes) -> Outcomes:
    """Return Shapley values, (player, year, draw), from all sub-scenarios."""
    count = len(game.players)
    everyone = frozenset(range(count))
    found = {name: np.zeros((count, *effect.shape)) for name, effect in whole.items()}
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
                found[name][index] += (gain if index in chosen else -loss) * effect
    for values in found.values():
        values[np.abs(values) < ROUNDING * np.abs(values).max()] = 0.0
    return found


def _subsets(count: int) -> Iterator[frozenset[int]]:
    for size in range(1, count + 1):
        yield from map(frozenset, combinations(range(count), size))


def _sampled(
    game: _Game, nothing: Outcomes, whole: Outcomes, orders: int
) -> tuple[Outcomes, Outcomes]:
    """Return Shapley values from random orders, and the standard errors of their means."""
    count = len(game.players)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(game.options.seed)))
    found = {name: np.zeros((count, *effect.shape)) for name, effect in whole.items()}
    pairs: dict[str, list[FloatArray]] = {name: [] for name in whole}
    for _ in range(orders // 2):
        order = rng.permutation(count)
        gains = {name: np.zeros_like(values) for name, values in found.items()}
        for direction in (order, order[::-1]):
            before: Outcomes = {name: np.zeros_like(effect) for name, effect in whole.items()}
            for position, index in enumerate(direction):
                chosen = frozenset(map(int, direction[: position + 1]))
                effects = whole if len(chosen) == count else _less(game.outcome(chosen), nothing)
                for name, effect in effects.items():
                    gains[name][index] += 0.5 * (effect - before[name])
                before = effects
        for name, gain in gains.items():
            found[name] += gain / (orders // 2)
            pairs[name].append(gain.mean(axis=2))
    error = {
        name: np.std(np.stack(means), axis=0, ddof=1) / np.sqrt(len(means))
        for name, means in pairs.items()
    }
    return found, error


def _less(outcome: Outcomes, nothing: Outcomes) -> dict[str, FloatArray]:
    return {name: values - nothing[name] for name, values in outcome.items()}


def _stacked(outcomes: Sequence[Outcomes]) -> dict[str, FloatArray]:
    return {name: np.stack([outcome[name] for outcome in outcomes]) for name in outcomes[0]}


def _event_player(event: ScenarioEvent, *, dropped: bool) -> Player:
    prefix = "without " if dropped else ""
    name, label = f"{prefix}event {event.type} {event.on}", f"{prefix}{event.text}"
    return Player(name, label, "event", event=event, dropped=dropped)


def _lever_label(name: str, path: LeverPath | None) -> str:
    return f"{name} {path.text}" if path is not None else f"{name} not steered"


def _prior_label(name: str, prior: Distribution | None) -> str:
    return f"{name} {prior.text}" if prior is not None else f"{name} as in the model"


def _numbered(players: Sequence[Player]) -> list[Player]:
    """Return the players with a number behind names that come twice."""
    names = [player.name for player in players]
    return [
        replace(p, name=f"{p.name} #{names[:i].count(p.name) + 1}")
        if names.count(p.name) > 1
        else p
        for i, p in enumerate(players)
    ]
