"""The fit table: figures against the posterior predictive of what they measure.

What a figure measures comes from the history of its indicator, which has a value a year: a stock
between two ends of years lies on the straight line of its logarithm; one before the first end of a
year follows the growth of its law, or of the next year; one of which the date is not given is taken
at the end of a half-year of its span, by its release lag. A figure with an alternative measures
either, each with its chance. A flow of a part of a year is that part by a season of its own, drawn
anew: its predictive is wider than what the calibration itself makes of the figure.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.figures import indicators_of, round_fraction
from vnjp_sim.calibration.fit import Fit, fit_of
from vnjp_sim.calibration.observation_model import rule, sample_error, two_sided
from vnjp_sim.calibration.planning import Selection
from vnjp_sim.calibration.readings import dates_drawn
from vnjp_sim.calibration.seasons import Season
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.vocabulary import Period, parse_period
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw, RevertingLaw
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.sectors.oda import CONVERSION
from vnjp_sim.simulation.figure_uses import by_period, figure_uses
from vnjp_sim.simulation.history import past_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import DEFAULT_DRAWS, DEFAULT_SEED

FloatArray = NDArray[np.float64]

MONTHLY = 100.0
"""Concentration of the months' shares where a law has no season of its own."""
NOT_PROJECTED = "no law projects it"
BEFORE = "its law begins later"
AS_IT_IS = "taken as it is"
OF_OCCASIONS = "counted at single visits"
IN_DOLLARS = {"oda_commitments_usd": "oda_commitments", "oda_loans_usd": "oda_loans"}
"""Amounts in dollars, of which the model has the yen."""
ALSO_IN_DOLLARS = {**IN_DOLLARS, "security_vessel_grant_usd": "security_vessel_grant"}
"""Amounts in dollars that a document may print in yen too."""
RATE = "macro_jpy_per_usd"

COLUMNS = (
    *("indicator", "period", "figure", "reported", "use", "document"),
    *("median", "low", "high", "unit", "tail", "note"),
)


def fit_records(fits: Sequence[Fit], registry: Registry) -> list[dict[str, Any]]:
    """Return fits as records, with the keys of :data:`COLUMNS`."""
    records = []
    for fit in fits:
        figure = fit.figure
        numbers = (fit.median, fit.low, fit.high, unit_of(figure, registry), fit.tail, fit.note)
        words = ("+".join(figure.indicators), figure.period.text, figure_text(figure))
        further = (figure.reported, figure.use, figure.document)
        records.append(dict(zip(COLUMNS, (*words, *further, *numbers), strict=True)))
    return records


def unit_of(figure: Observation, registry: Registry) -> str:
    """Return the unit of what a figure measures."""
    rate = figure.reported in ("growth", "share")
    return "percent" if rate else registry.indicators[figure.indicators[0]].unit


def fits_of(
    posterior: Posterior, model: Model, figures: Sequence[Observation] | None = None
) -> list[Fit]:
    """Return the fit of figures, by default of those that calibrate, the worst first."""
    uses = [use for use in figure_uses(model) if use.used]
    chosen = [use.figure for use in sorted(uses, key=by_period)] if figures is None else figures
    spread = Selection(model.evidence, model.parameters).document_sd
    fits: list[Fit] = []
    for figure, truth, rng in truths_of(posterior, model, chosen):
        if isinstance(truth, str):
            fits.append(Fit(figure, note=truth))
        else:
            fits.append(fit_of(figure, truth, rng, spread[figure.document]))
    return sorted(fits, key=lambda fit: (np.isnan(fit.tail), fit.tail))


def truths_of(
    posterior: Posterior,
    model: Model,
    figures: Sequence[Observation],
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> Iterator[tuple[Observation, FloatArray | str, np.random.Generator]]:
    """Yield each figure, what it measures, (draw,), or why nothing does, and its random numbers."""
    names = {name for figure in figures for name in indicators_of(figure)}
    names |= {RATE, *IN_DOLLARS.values()}
    past = Past(posterior, model, *past_of(posterior, model, names, draws, seed), seed)
    for figure in figures:
        rng = np.random.default_rng(zlib.crc32("/".join(figure.key).encode()))
        yield figure, past.truth(figure, rng), rng


def checks_of(posterior: Posterior, model: Model) -> list[Fit]:
    """Return the fit of every figure that does not calibrate, the worst first."""
    figures = [o for o in model.evidence.observations if o.use != "calibrate"]
    return fits_of(posterior, model, figures)


@dataclass(frozen=True)
class Past:
    """The history of indicators, of which figures say something.

    Attributes
    ----------
    posterior, model
        Posterior, Model
        What the history follows from; without a posterior no stock is carried back before `first`.
    first : int
        The first year.
    arrays : Mapping[str, FloatArray]
        By indicator, (year, draw).
    seed : int
        Of the draws.
    """

    posterior: Posterior | None
    model: Model
    first: int
    arrays: Mapping[str, FloatArray]
    seed: int = DEFAULT_SEED

    def truth(self, figure: Observation, rng: np.random.Generator) -> FloatArray | str:
        """Return what a figure measures, (draw,), in its own unit; a reason if nothing does."""
        if figure.alternative:
            names = (figure.indicators, (figure.alternative,))
            plain = [replace(figure, indicators=n, alternative="", weight=1.0) for n in names]
            readings = [self.truth(one, rng) for one in plain]
            for reading in readings:
                if isinstance(reading, str):
                    return reading
            return np.where(rng.random(self.draws) < figure.weight, *readings)
        if (pair := self._pair(figure)) is not None:
            return self._converted(figure, pair, rng)
        parts = [self._over(name, figure.period, rng) for name in figure.indicators]
        if figure.reported == "growth" and figure.base_period is not None:
            parts += [self._over(name, figure.base_period, rng) for name in figure.indicators]
        if figure.reported == "share":
            parts.append(self._over(figure.of, figure.period, rng))
        values: list[FloatArray] = []
        for part in parts:
            if isinstance(part, str):
                return part
            values.append(part)
        count = len(figure.indicators)
        whole = np.sum(values[:count], axis=0)
        if figure.reported in ("growth", "share"):
            base = np.sum(values[count:], axis=0)
            return np.asarray(100.0 * (whole / base - (figure.reported == "growth")))
        return np.asarray(whole)

    def _pair(self, figure: Observation) -> Observation | None:
        """Return the figure that gives an amount in dollars in yen, of the same year or the last.

        The two say at what rate the amount was converted, whatever it is.
        """
        yen = ALSO_IN_DOLLARS.get(figure.indicators[0], "")
        beside = [o for o in self.model.evidence.observations if o.indicators == (yen,)]
        own = [o for o in beside if 0 <= figure.period.year - o.period.year <= 1 and two_sided(o)]
        return max(own, key=lambda o: (o.document == figure.document, o.period.end), default=None)

    def _converted(
        self, figure: Observation, pair: Observation, rng: np.random.Generator
    ) -> FloatArray | str:
        """Return dollars (mn), (draw,), of yen as printed, at a rate of some day near the year."""
        rate = self._over(RATE, parse_period(str(figure.period.year)), rng)
        if isinstance(rate, str):
            return rate
        error = self.model.parameters.single[CONVERSION].prior.transform(np.zeros(1))[0]
        yen = pair.value + pair.step * sample_error(rule(pair), rng, self.draws)
        return np.asarray(1_000.0 * yen / rate * np.exp(error * rng.standard_normal(self.draws)))

    def _over(self, name: str, period: Period, rng: np.random.Generator) -> FloatArray | str:
        """Return an indicator over a period, or at its end, (draw,), or why there is none."""
        if name in IN_DOLLARS:
            yen, rate = (self._over(n, period, rng) for n in (IN_DOLLARS[name], RATE))
            known = not isinstance(yen, str) and not isinstance(rate, str)
            return 1_000.0 * yen / rate if known else NOT_PROJECTED  # type: ignore[operator]
        if name not in self.arrays:
            return NOT_PROJECTED if name in self.model.registry.indicators else AS_IT_IS
        kind = self.model.registry.indicators[name].kind
        law = self.model.parameters.laws.get(name)
        if getattr(law, "occasions", None):
            return OF_OCCASIONS
        if kind == "stock":
            value = self._stock(name, self._date(name, period, rng), rng)
        elif kind == "flow":
            value = self._flow(name, period, rng)
        else:
            value = self._year(name, period.year)
        return BEFORE if np.isnan(value).any() else value

    def _year(self, name: str, year: int) -> FloatArray:
        """Return the value of a year, (draw,), NaN outside history."""
        array = self.arrays[name]
        inside = self.first <= year < self.first + len(array)
        return array[year - self.first] if inside else np.full(array.shape[1], np.nan)

    def _date(self, name: str, period: Period, rng: np.random.Generator) -> FloatArray:
        """Return the dates of a stock, (draw,), in decimal years."""
        if period.kind != "months":
            return np.full(self.draws, period.end)
        selection = Selection(self.model.evidence, self.model.parameters)
        return dates_drawn(period, selection.release_lags(name)[name], rng, self.draws)

    def _stock(self, name: str, date: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return a stock at dates of each draw, (draw,)."""
        value = np.full(self.draws, np.nan)
        for year in np.unique(np.ceil(date - 1e-9).astype(int) - 1):
            here = np.ceil(date - 1e-9) - 1 == year
            after, before = self._year(name, year), self._year(name, year - 1)
            left = year + 1.0 - date
            if np.isnan(before).any():
                moved = self._carried(name, year, left, rng)
            else:
                with np.errstate(divide="ignore", invalid="ignore"):
                    moved = after * (before / after) ** left
                moved = np.where(after > 0.0, moved, after + (before - after) * left)
            value = np.where(here, moved, value)
        return value

    def _carried(
        self, name: str, year: int, left: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Return a stock of the first end of a year as it was some part of a year before."""
        if self.posterior is None:
            return np.full(self.draws, np.nan)
        arrays, after = self.posterior.arrays, self._year(name, year)
        if f"{name}.initial_growth" in arrays:
            growth = np.asarray(arrays[f"{name}.initial_growth"], np.float64)
            growth = growth[self._rows(self.posterior.size)]
            return np.asarray(after * np.exp(-growth * left))
        if f"{name}.rate" in arrays:
            rate = np.asarray(arrays[f"{name}.rate"], np.float64)
            rate = rate[self._rows(self.posterior.size)]
            return np.asarray(after - rng.poisson(rate * np.maximum(left, 0.0)))
        return np.asarray(after * (after / self._year(name, year + 1)) ** left)

    def _flow(self, name: str, period: Period, rng: np.random.Generator) -> FloatArray:
        """Return a flow over a period, (draw,), parts of years by the season."""
        if period.kind == "fiscal":
            return self._year(name, period.year)
        total = np.zeros(self.draws)
        for year in range(period.year, period.last_year + 1):
            begin, end = max(period.start - year, 0.0), min(period.end - year, 1.0)
            whole = begin <= 0.0 and end >= 1.0
            share = 1.0 if whole else self._share(name, begin, end, rng)
            total = total + share * self._year(name, year)
        return total

    def _share(self, name: str, begin: float, end: float, rng: np.random.Generator) -> FloatArray:
        """Return the part of a year's flow between two fractions of the year, (draw,)."""
        law = self.model.parameters.laws.get(name)
        season = law.season if isinstance(law, GrowthLaw | RevertingLaw) else None
        level = MONTHLY if season is None else season.prior.transform(np.zeros(1))[0]
        drawn = Season(np.full(self.draws, level))
        before = drawn.share(round_fraction(begin), rng)
        return drawn.share(round_fraction(end), rng) - before

    @property
    def draws(self) -> int:
        """The number of draws."""
        return int(next(iter(self.arrays.values())).shape[1])

    def _rows(self, size: int) -> NDArray[np.intp]:
        """Return the rows of a bank of some size that the draws have."""
        return RandomStreams(self.seed, 0, self.draws).rows(size)
