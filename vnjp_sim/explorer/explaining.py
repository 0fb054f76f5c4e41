"""Why an effect is what it is: what each departure adds, which links carry it, what decides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.attribution import Attribution, attribute_effects
from vnjp_sim.analysis.bases import Inputs, inputs_of
from vnjp_sim.analysis.effect_routes import Route, routes_of
from vnjp_sim.analysis.effect_words import amount_words, effect_measure, median_and_mean
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.factors import Factor, factors_of
from vnjp_sim.analysis.given_data import shares
from vnjp_sim.analysis.link_losses import LinkLoss, cut_links
from vnjp_sim.analysis.marks import PRIOR_DRIVEN, SET, STILL
from vnjp_sim.analysis.uncertainty_budget import FEWEST_DRAWS, FEWEST_MOVED, ROUNDING, moved, scaled
from vnjp_sim.charts.live import contributions_spec
from vnjp_sim.charts.quantities import compact
from vnjp_sim.explorer.content import CarriedBy, Explanation, Newer, Picture, Row, Table, go_on
from vnjp_sim.explorer.futures import Futures, Pair, watching
from vnjp_sim.explorer.movers import reaches, untouched
from vnjp_sim.explorer.pictures import NOTHING
from vnjp_sim.explorer.routes import routes_words
from vnjp_sim.explorer.state import State
from vnjp_sim.inputs.links import FORM_NAMES, Link
from vnjp_sim.inputs.number_text import Measure, percent
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.report.changes import Change, changes_of
from vnjp_sim.report.words import listed
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.projector import Projector

FloatArray = NDArray[np.float64]
Made = TypeVar("Made")

KEPT = 32
MOST_NAMED = 3
LEAST_SHARE = 0.03
"""A prior that explains less of the variance is not named."""
APART = "The two scenarios have different baselines, so that no part of the difference can be told."
STEADY = "It hardly varies between futures."
DIRECT = "No link carries it: what was changed moves it directly."


@dataclass(frozen=True)
class Compared:
    """Two scenarios of one baseline, and the effect that is to be explained."""

    state: State
    pair: Pair
    effect: Effect
    model: Model

    @property
    def scenario(self) -> Scenario:
        """The scenario, with a baseline even if it is one itself."""
        own = self.pair.scenario
        return own if own.baseline is not None else replace(own, baseline=own)

    @property
    def against(self) -> Scenario | None:
        """What it is compared with; None for its baseline."""
        other = self.pair.other
        return None if other == self.scenario.baseline else other

    @property
    def one_root(self) -> bool:
        """Whether both depart from the same baseline."""
        other = self.pair.other
        roots = [self.scenario.baseline, other.baseline or other]
        return len({str(root and _steered(root)) for root in roots}) == 1

    @property
    def changes(self) -> list[Change]:
        """What differs between the two, in the order of players."""
        both = replace(self.scenario, baseline=self.pair.other)
        return changes_of(both, self.model.instruments)

    @property
    def measure(self) -> Measure:
        """What the effect is told in."""
        registry = self.model.registry
        return effect_measure(registry.indicators[self.state.indicator], registry, [self.effect])


@dataclass(frozen=True)
class Part:
    """What one change adds to the mean difference, in the unit of the indicator, and in words."""

    player: str
    change: Change
    mean: float
    low: float
    high: float
    told: str
    between: str

    @property
    def seen(self) -> bool:
        """Whether it is more than zero in the digits that are told."""
        return bool(self.told.strip("0.,+−"))


def _parts(compared: Compared, contributed: Attribution) -> list[Part]:
    """Return what each change adds, the largest first."""
    state, measure = compared.state, compared.measure
    found = []
    every = contributed.contributions_in(state.indicator, state.year)
    for one, change in zip(every, compared.changes, strict=True):
        inside = one.p05 <= one.mean <= one.p95
        ends = [measure.text(value) for value in (one.p05, one.p95) if inside]
        told = measure.text(one.mean, one.error, signed=True)
        found.append(Part(one.player, change, one.mean, one.p05, one.p95, told, " to ".join(ends)))
    return sorted(found, key=lambda part: -abs(part.mean))


class Explaining:
    """Explains states, apart from what answers them, so that neither waits for the other.

    Parameters
    ----------
    futures : Futures
        Its own: two threads may not share one.
    """

    def __init__(self, futures: Futures) -> None:
        self.futures = futures
        self._lock = RLock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def explain(self, state: State, pair: Pair, newer: Newer) -> Explanation:
        """Return why the effect of a state is what it is; raises InputError and Stale."""
        if pair.compared is None:
            return Explanation(state, None, (), (NOTHING,), "")
        (effect,) = pair.compared.summaries([state.indicator], [state.year])
        compared = Compared(state, pair, effect, self.futures.states.model)
        if not compared.one_root:
            return Explanation(state, None, (), (APART,), "")
        if not reaches(pair, state):
            return Explanation(state, None, (), (untouched(pair, state, compared.model),), "")
        with self._lock:
            go_on(newer)
            watched = watching(self.futures.projector(state), newer)
            parts = _parts(compared, self._attributed(compared, watched))
            losses = self._losses(compared, watched)
            go_on(newer)
            routes = self._routes(compared, watched, losses)
            go_on(newer)
            decides = self._decides(compared)
        links = tuple(_carried(loss, compared) for loss in losses if round(abs(loss.lost), 2))
        return Explanation(
            state,
            _contributions(compared, parts) if any(part.seen for part in parts) else None,
            links,
            _words(compared, parts, links),
            decides,
            median_and_mean(effect, compared.measure),
            routes_words(_in_order(routes, parts), compared.model),
        )

    def _attributed(self, compared: Compared, projector: Projector) -> Attribution:
        key = ("parts", *_key(compared), compared.state.indicator)
        names = [compared.state.indicator]
        return self._once(
            key,
            lambda: attribute_effects(
                projector, compared.scenario, names, against=compared.against
            ),
        )

    def _losses(self, compared: Compared, projector: Projector) -> list[LinkLoss]:
        """Return what is lost without each link, the most first."""
        state = compared.state
        key = ("links", *_key(compared), state.indicator, state.year)
        asked = ([state.indicator], [state.year], compared.against)
        losses = self._once(key, lambda: cut_links(projector, compared.scenario, *asked))
        return sorted(losses, key=lambda loss: -abs(loss.lost))

    def _routes(
        self, compared: Compared, projector: Projector, losses: Sequence[LinkLoss]
    ) -> tuple[Route, ...]:
        state = compared.state
        key = ("routes", *_key(compared), state.indicator, state.year)
        asked = (state.indicator, state.year, losses, compared.against)
        return self._once(key, lambda: routes_of(projector, compared.scenario, *asked))

    def _decides(self, compared: Compared) -> str:
        """Return what the size of the effect rests on, in a sentence or two."""
        state, effect = compared.state, compared.effect
        told = {
            PRIOR_DRIVEN: "It rests mostly on assumptions.",
            SET: "The scenario itself sets it.",
        }.get(effect.mark, "")
        if state.draws < FEWEST_DRAWS:
            return "What decides is examined with 1,000 draws or more."
        difference = _difference(compared)
        if effect.mark in STILL:
            return ""
        if difference is None:
            return f"{STEADY} {told}".rstrip()
        factors, inputs = self._inputs(compared)
        first, error, _ = shares(inputs, difference)
        found = sorted(zip(first[:, 0], error[:, 0], factors, strict=True), key=lambda x: -x[0])
        leading = [
            f"{percent(float(share))} {'comes ' * (not i)}from {factor.label}{_graded(factor)}"
            for i, (share, off, factor) in enumerate(found[:MOST_NAMED])
            if share > max(2.0 * off, LEAST_SHARE)
        ]
        if not leading:
            text = f"No single prior decides how large the difference in {state.year} is."
        else:
            text = f"Of the variance of the difference in {state.year}, {listed(leading)}."
        return f"{text} {told}".rstrip()

    def _inputs(self, compared: Compared) -> tuple[list[Factor], Inputs]:
        state, replaced = compared.state, compared.scenario.parameters
        key = ("bases", state.seed, state.draws, str(replaced))

        def made() -> tuple[list[Factor], Inputs]:
            every = factors_of(self.futures.projector(state), replaced)
            priors = [factor for factor in every if factor.kind != "figure"]
            drawn = [factor.drawn for factor in priors]
            return priors, inputs_of(drawn, [factor.scores for factor in priors])

        return self._once(key, made)

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made before under a key, or make it."""
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        found: Made = self._kept[key]
        return found


def _key(compared: Compared) -> tuple[Hashable, ...]:
    state, pair = compared.state, compared.pair
    return (pair.scenario.to_line(), pair.other.to_line(), state.seed, state.draws)


def _steered(scenario: Scenario) -> dict[str, Any]:
    return {key: scenario.content[key] for key in ("levers", "events", "parameters")}


def _difference(compared: Compared) -> FloatArray | None:
    """Return the difference as its variance is taken, (1, draw); None if it hardly varies."""
    state, pair, registry = compared.state, compared.pair, compared.model.registry
    place = pair.years.index(state.year)
    own, other = (pair.levels(state.indicator, other=which)[[place]] for which in (False, True))
    sides = [scaled(state.indicator, np.array(side), registry) for side in (own, other)]
    difference: FloatArray = sides[0] - sides[1]
    rounding = ROUNDING * float(np.abs(sides[0]).mean())
    varies = difference.std() > rounding and moved(difference, rounding)[0] >= FEWEST_MOVED
    return difference if varies else None


def _graded(factor: Factor) -> str:
    return f" ({factor.grade})" if factor.grade else ""


def _contributions(compared: Compared, parts: Sequence[Part]) -> Picture:
    """Return what each change adds to the mean difference, the largest first."""
    measure, state = compared.measure, compared.state
    rows: list[Row] = [
        {
            "place": f"{place:03d}",
            "label": part.change.what,
            "size": part.change.size,
            "mean": compact(part.mean * measure.factor),
            "low": None if np.isnan(part.low) else compact(part.low * measure.factor),
            "high": None if np.isnan(part.high) else compact(part.high * measure.factor),
            "told": part.told,
            "between": part.between,
        }
        for place, part in enumerate(parts)
        if part.seen
    ]
    cells = ((f"{p.change.what}: {p.change.size}", p.told, p.between) for p in parts)
    label = compared.model.registry.indicators[state.indicator].label
    whole = amount_words(measure, measure.text(compared.effect.mean, signed=True))
    return Picture(
        "contributions",
        contributions_spec(),
        {"rows": rows},
        f"What each change adds to the mean difference in {state.year}, {measure.words}",
        f"{label}. The parts add up to {whole}, the mean difference; thin lines hold 90 % of "
        "futures.",
        Table(("Change", f"Adds, {measure.words}", "90 % of futures"), tuple(cells)),
    )


def _in_order(routes: Sequence[Route], parts: Sequence[Part]) -> list[Route]:
    """Return the ways of what adds anything that is seen, in the order of what it adds."""
    places = {part.player: place for place, part in enumerate(parts) if part.seen}
    found = [route for route in routes if route.player.name in places]
    return sorted(found, key=lambda route: places[route.player.name])


def _carried(loss: LinkLoss, compared: Compared) -> CarriedBy:
    link = compared.model.links.links[loss.link]
    part = loss.lost
    if part > 1.0:
        told = "without it the effect has the other sign"
    elif part < 0.0:
        told = f"without it the effect is {percent(-part)} larger"
    else:
        told = f"without it {percent(part)} of the mean effect is lost"
    return CarriedBy(loss.link, _ends(link, compared.model), told, link.graded, link.reference)


def _ends(link: Link, model: Model) -> str:
    labels = model.registry.labels
    driver, response = (labels.get(end, end) for end in (link.driver, link.response))
    return f"{driver} → {response} ({FORM_NAMES[link.form]}, {link.lag.text})"


def _words(
    compared: Compared, parts: Sequence[Part], links: Sequence[CarriedBy]
) -> tuple[str, ...]:
    """Return what changed and why, in sentences, what adds most first."""
    told = []
    for part in parts:
        change = part.change
        if part.seen:
            text = f"{change.what}, {change.size}: {amount_words(compared.measure, part.told)}."
            reason = f"{change.why} ({change.source})" if change.source else change.why
            told.append(f"{text} {reason}".rstrip())
    for some, words in ((True, "Adds next to nothing here"), (False, "Adds nothing here")):
        names = [p.change.what for p in parts if not p.seen and bool(p.mean) is some]
        if names:
            told.append(f"{words}: {'; '.join(names)}.")
    if not links and compared.effect.mark not in STILL:
        told.append(DIRECT)
    return tuple(told)
