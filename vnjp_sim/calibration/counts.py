r"""Counts: Poisson with lognormal overdispersion.

.. math:: n_y \sim \mathrm{Poisson}(\lambda E_y e^{s \epsilon_y - s^2 / 2}),

with independent standard normal shocks ε, rate λ, dispersion s and exposure E (years, or
occasions). The likelihood of a count integrates the shock by Gauss–Hermite quadrature around the
shock that suits the count best; a hedged count ("over 50") sums over the counts that it may stand
for.

Dated events count in the years that documents cover. A document tells of a part ρ of the events of
its years, so that the told ones have the exposure ρ; of several documents the most complete counts.
In the year of the latest document those told are known, and the law gives the rest of the year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import is_rate, sharpest_first
from vnjp_sim.calibration.observation_model import ONE_SIDED, error_density, two_sided
from vnjp_sim.calibration.planning import (
    ANOTHER_TELLS,
    LEVELS_ALONE,
    NO_WHOLE,
    NOT_YET,
    ONE_FORM,
    STATUS_COUNT,
    Planned,
    Selection,
)
from vnjp_sim.calibration.posteriors import CountPosterior
from vnjp_sim.inputs.events import Event
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import CountLaw

FloatArray = NDArray[np.float64]

NODES = 24
NEWTON_STEPS = 12
SINCE = "since_"
"""Begins the names of the years since which a recurring event takes place."""
MOST_CANDIDATES = 256
"""Whole numbers that a hedged count may stand for; of more some stand for their neighbours."""


@dataclass(frozen=True)
class Count:
    """One documented count: a period's name, value, exposure and how it was reported."""

    period: str
    value: float
    exposure: float
    rule: str = "rounded"
    step: float = 1.0

    def candidates(self) -> tuple[FloatArray, FloatArray]:
        """Return whole numbers and their weights.

        They are those that the count may stand for; for "at least", those that it excludes.
        """
        if self.rule in ONE_SIDED:
            end = np.ceil(self.value) if self.rule == "at_least" else np.floor(self.value) + 1.0
            return whole_numbers(0.0, end)
        width = 0.0 if self.rule == "rounded" and self.step <= 1 else 3.0 * self.step
        low = max(0.0, np.floor(self.value - width))
        counts, many = whole_numbers(low, np.ceil(self.value + width) + 1.0)
        weights = many * error_density(self.rule, (counts - self.value) / self.step)
        possible = weights > 0
        return counts[possible], weights[possible]


def whole_numbers(start: float, end: float) -> tuple[FloatArray, FloatArray]:
    """Return the whole numbers from `start` up to `end`, each with how many it stands for.

    Of very many only some are returned, farther apart the larger they are.
    """
    if end - start <= MOST_CANDIDATES:
        counts = np.arange(start, end)
        return counts, np.ones(counts.size)
    edges = np.unique(np.round(np.geomspace(start + 1.0, end + 1.0, MOST_CANDIDATES + 1))) - 1.0
    return np.floor(0.5 * (edges[:-1] + edges[1:] - 1.0)), np.diff(edges)


def plan_counts(selection: Selection, name: str, law: CountLaw) -> Planned | None:
    """Return the plan of a count law, of dated events or of figures; None without any."""
    figures = [] if law.events else _counted(selection, law)
    counts = _event_counts(selection, law) if law.events else _figure_counts(law, figures)
    if law.events:
        selection.pass_by(selection.of(name), "its law counts the dated events of the documents")
    if not counts:
        selection.missing.append(name)
        return None

    beside = _beside(selection, law) if law.events else {}

    def build(form: str, last_year: int) -> CountGroup:
        del form, last_year
        return CountGroup(name, law, counts, beside)

    return Planned(name, ONE_FORM, build, len(counts), {name: STATUS_COUNT}, tuple(figures))


def fits_a_count(figure: Observation) -> bool:
    """Whether a whole number fits what a figure says."""
    return not two_sided(figure) or _count_of(figure).candidates()[0].size > 0


def _event_counts(selection: Selection, law: CountLaw) -> list[Count]:
    shares: dict[int, float] = {}
    for window in law.coverage:
        if window.document in selection.evidence.documents:
            for year in range(window.years[0], window.years[1] + 1):
                shares[year] = max(shares.get(year, 0.0), window.share)
    dated = Counter(event.year for event in _dated(selection, law.events))
    return [Count(str(year), float(dated[year]), share) for year, share in sorted(shares.items())]


def _beside(selection: Selection, law: CountLaw) -> dict[str, float]:
    """Return what a law has beside its rate: recurring events, and those known of the last year."""
    recurring = _dated(selection, law.recurring)
    beside = {f"{SINCE}{i}": float(event.year) for i, event in enumerate(recurring)}
    if not selection.evidence.documents:
        return beside
    written = max(d.published_on for d in selection.evidence.documents.values())
    told = [e for e in _dated(selection, law.events) if e.year == written.year]
    covered = max(window.years[1] for window in law.coverage) if law.coverage else 0
    if told and written.year > covered:
        elapsed = (written.timetuple().tm_yday - 1) / 365.25
        beside |= {"known": len(told), "known_year": written.year, "rest": 1.0 - elapsed}
    return beside


def _dated(selection: Selection, types: Sequence[str]) -> list[Event]:
    return [e for e in selection.evidence.events if e.type in types and not e.duplicate]


def _counted(selection: Selection, law: CountLaw) -> list[Observation]:
    """Return the figures that count: of each period the total, or its parts, each once."""
    if not law.figures:
        return []
    figures = [f for f in selection.figures if set(f.indicators) <= set(law.figures)]
    figures = selection.only(figures, lambda f: not is_rate(f), LEVELS_ALONE)
    figures = selection.only(figures, lambda f: not f.announced, NOT_YET)
    figures = selection.only(figures, fits_a_count, NO_WHOLE)
    counted: dict[tuple[str, str], Observation] = {}
    for figure in sharpest_first(figures):
        counted.setdefault((figure.period.text, "+".join(figure.indicators)), figure)
    totals = {period for period, names in counted if names == law.figures[0]}
    chosen = [
        f
        for (period, names), f in counted.items()
        if period not in totals or names == law.figures[0]
    ]
    return selection.only(figures, lambda f: f in chosen, ANOTHER_TELLS)


def _figure_counts(law: CountLaw, figures: Sequence[Observation]) -> list[Count]:
    counts: dict[str, Count] = {}
    for figure in figures:
        text = figure.period.text
        before = counts.get(text)
        value = figure.value + (before.value if before else 0.0)
        occasions = float(law.occasions.get(text, 1))
        counts[text] = replace(_count_of(figure), value=value, exposure=occasions)
    return [counts[text] for text in sorted(counts)]


def _count_of(figure: Observation) -> Count:
    rule = "rounded" if figure.reported == "exact" else figure.reported
    return Count(figure.period.text, figure.value, 1.0, rule, figure.step)


class CountGroup:
    """The posterior of a count law's rate and dispersion."""

    dimension = 2
    first_years: ClassVar[dict[str, int]] = {}

    def __init__(
        self,
        name: str,
        law: CountLaw,
        counts: Sequence[Count],
        beside: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.beside = beside
        self.law = law
        self.counts = tuple(counts)
        self.other_names = frozenset((f"{name}.rate",))

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, CountPosterior]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        del rng
        rate = self.law.rate.prior.transform(scores[0])
        dispersion = self.law.dispersion.prior.transform(scores[1])
        log_weight = np.zeros(scores.shape[1])
        alike = Counter((c.value, c.exposure, c.rule, c.step) for c in self.counts)
        for (value, exposure, rule, step), times in sorted(alike.items()):
            count = Count("", value, exposure, rule, step)
            log_weight = log_weight + times * count_log_likelihood(count, rate, dispersion)
        return log_weight, {
            self.name: CountPosterior(
                rate, dispersion, {n: np.full(rate.shape, v) for n, v in self.beside.items()}
            )
        }


def count_log_likelihood(count: Count, rate: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Return the log probability, (draw,), of a documented count."""
    mean = rate * count.exposure
    values, chances = count.candidates()
    total = np.zeros(rate.shape)
    for value, chance in zip(values, chances, strict=True):
        total = total + chance * _probability(value, mean, dispersion)
    if count.rule == "at_least":
        total = np.maximum(1.0 - total, 0.0)
    with np.errstate(divide="ignore"):
        result: FloatArray = np.log(total)
    return result


def _probability(value: float, mean: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Return the probability, (draw,), of a whole number, the year's shock integrated out.

    The log of the integrand is concave; Newton's method finds its top from the right side.
    """
    from scipy.special import gammaln

    centre = np.log(mean) - 0.5 * dispersion**2
    shock = np.maximum((np.log(value) - centre) / dispersion, 0.0) if value > 0 else 0.0 * mean
    for _ in range(NEWTON_STEPS):
        intensity = np.exp(centre + dispersion * shock)
        slope = dispersion * (value - intensity) - shock
        shock = shock + slope / (dispersion**2 * intensity + 1.0)
    width = 1.0 / np.sqrt(dispersion**2 * np.exp(centre + dispersion * shock) + 1.0)
    total = np.zeros(mean.shape)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    for node, weight in zip(nodes, weights, strict=True):
        at = shock + width * node
        log_mean = centre + dispersion * at
        exponent = value * log_mean - np.exp(log_mean) - 0.5 * (at**2 - node**2)
        total = total + weight * np.exp(exponent - gammaln(value + 1.0))
    result: FloatArray = total * width / np.sqrt(2.0 * np.pi)
    return result
