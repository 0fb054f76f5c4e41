"""The aid group: commitments by Japanese fiscal year, the yen's rate, loans and their sum.

The rate is the published one of the year, as far as it is published. Loans are a constant share of
planned commitments, but some fiscal years have none; the chance of that is a prior alone, and each
year's figures weigh whether it has. The dollar sum of loans grows at the year's rate. A fiscal
year's loans are spread evenly over its twelve months. An amount that a document gives in yen and in
dollars says at which rate it was converted: that of some day near the fiscal year, so the rate of
the year up to a log error of its own.

Disbursements are no law of the group. A figure that may be of them is weighed, where it is read so,
by what the law of commitments says of a weighted mean of many cohorts: a log level around its
equilibrium, with the part :data:`SPREAD_OF_PAYMENTS` of its spread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.conditioning import by_growth, by_levels, by_shares, drawn_level
from vnjp_sim.calibration.evaluation import Accumulation, Draws, Known, Layout, Method, Step
from vnjp_sim.calibration.figures import indicators_of, levels_of, periods_of, sharpest_first
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.measures import parts_of_years, share_of_year, value_at
from vnjp_sim.calibration.observation_model import sample_truth, two_sided
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.planning import (
    LEVELS_ALONE,
    NO_LEVEL,
    NO_SUM,
    STATUS_PRIOR,
    STATUS_REVERTING,
    WHOLE_YEARS,
    Planned,
    Selection,
    of_whole_years,
)
from vnjp_sim.calibration.posteriors import LawPosterior, RevertingPosterior, StockPosterior
from vnjp_sim.calibration.rates import by_given_level, by_published_rates, published_from
from vnjp_sim.calibration.stocks import by_dated_stocks
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.central_course import RATE, CentralCourse
from vnjp_sim.sectors.oda import (
    COMMITMENTS,
    CONVERSION,
    CUMULATIVE,
    DISBURSEMENTS,
    IN_DOLLARS,
    LOAN_SHARE,
    LOANS,
    NO_LOANS,
)

FloatArray = NDArray[np.float64]

MILLIONS_PER_BILLION = 1_000.0
SPREAD_OF_PAYMENTS = 0.6
"""Standard deviation of a year's payments, of that of commitments: they are a mean of commitments
over the prior medians of lag (4.5 years, shape 2.6) and half-life (1.5 years)."""
NONE = 1e-9
"""What stands for no loans, of planned loans: figures are read on the log scale."""


def plan_oda(selection: Selection) -> Planned | None:
    """Return the plan of the aid group; None without its laws."""
    parameters = selection.parameters
    if not {COMMITMENTS, RATE} <= set(parameters.laws):
        return None
    figures = selection.only(
        selection.of(COMMITMENTS, LOANS, CUMULATIVE, RATE, IN_DOLLARS, DISBURSEMENTS),
        lambda f: {RATE, IN_DOLLARS}.isdisjoint(f.indicators) or of_whole_years(f),
        WHOLE_YEARS,
    )
    figures = selection.only(
        figures, lambda f: RATE not in f.indicators or len(f.indicators) == 1, NO_SUM
    )
    figures = selection.only(
        figures,
        lambda f: DISBURSEMENTS not in indicators_of(f) or bool(levels_of([f], DISBURSEMENTS)),
        LEVELS_ALONE,
    )
    cumulative = levels_of(figures, CUMULATIVE)
    if not cumulative:
        figures = selection.only(figures, lambda f: CUMULATIVE not in indicators_of(f), NO_LEVEL)
        selection.missing.append(CUMULATIVE)
    own = {COMMITMENTS: {COMMITMENTS, LOANS}, RATE: {RATE, IN_DOLLARS}}
    status = {
        law: STATUS_REVERTING if any(set(f.indicators) <= names for f in figures) else STATUS_PRIOR
        for law, names in own.items()
    }
    rate_spec = parameters.reverting(RATE)
    rate = {RATE: rate_steps(selection.course)}
    method = replace(ODA_METHOD, of_law={**ODA_METHOD.of_law, **rate})

    def build(form: str, last_year: int) -> Group:
        del form
        # loans of a calendar year begin with those of the fiscal year before
        starts = [p.year - (CUMULATIVE in indicators_of(f)) for f in figures for p in periods_of(f)]
        first = min(starts, default=last_year)
        first = min(first, last_year, published_from(rate_spec, selection.course, first))
        commitments = parameters.reverting(COMMITMENTS)
        return OdaGroup(
            "oda",
            [
                PathLaw(COMMITMENTS, commitments, True, 0.75, origin=first),
                PathLaw(RATE, rate_spec, True, 0.5, origin=first),
            ],
            figures,
            selection.document_sd,
            last_year,
            accumulations=[Accumulation(CUMULATIVE, COMMITMENTS)] if cumulative else [],
            extra={n: parameters.single[n] for n in (LOAN_SHARE, CONVERSION)},
            hurdles={LOANS: parameters.single[NO_LOANS]},
            method=method,
        )

    return Planned("oda", ("damped",), build, len(figures), status, tuple(figures))


@dataclass(frozen=True)
class OdaGroup(Group):
    """The aid group: it keeps what was committed and lent, not what was planned."""

    @property
    def first_years(self) -> dict[str, int]:
        """The first year of each path that is kept, by its stored name."""
        years = super().first_years
        return years | {f"{LOANS}.path": years[f"{COMMITMENTS}.path"]}

    def keep(self, draws: Draws) -> dict[str, LawPosterior]:
        """Return what the posterior keeps of each law, stock and single number."""
        kept = super().keep(draws)
        times = self.laws[COMMITMENTS].history_times(self.last_year)
        committed = np.stack([committed_at(draws, time) for time in times])
        loans = np.stack(
            [np.where(draws.occurs(LOANS, int(t)), loans_at(draws, t), 0.0) for t in times]
        )
        law = kept[COMMITMENTS]
        assert isinstance(law, RevertingPosterior)  # noqa: S101 - by the kind of the law
        return kept | {
            COMMITMENTS: replace(law, path=np.log(committed)),
            LOANS: StockPosterior(loans),
        }


def loans_at(draws: Draws, time: float) -> FloatArray:
    """Return the loans of the fiscal year at a time, (draw,), JPY bn; a trace where it has none."""
    occurs = np.where(draws.occurs(LOANS, int(time)), 1.0, NONE)
    return draws.extra[LOAN_SHARE] * occurs * value_at(draws, COMMITMENTS, time)


def committed_at(draws: Draws, time: float) -> FloatArray:
    """Return the loans and grants of the fiscal year at a time, (draw,), JPY bn."""
    return committed_part(draws, time) * value_at(draws, COMMITMENTS, time)


def committed_part(draws: Draws, time: float) -> FloatArray:
    """Return what was made of planned commitments, (draw,): grants alone without loans."""
    occurs = np.where(draws.occurs(LOANS, int(time)), 1.0, NONE)
    return 1.0 - draws.extra[LOAN_SHARE] * (1.0 - occurs)


def by_commitments(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition planned commitments on what was committed, the sharpest figure of each year."""
    for figure in sharpest_first(levels_of(draws.open, law.name)):
        time = law.time_of(figure.period)
        if time is not None and time not in known:
            planned = drawn_level(draws, figure) / committed_part(draws, time)
            known[time] = np.log(planned)


def by_loans(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition planned commitments on levels of loans, a share of them; such a year has loans."""
    for figure in sharpest_first(levels_of(draws.open, LOANS)):
        time = law.time_of(figure.period)
        if time in draws.layout.times[law.name] and time not in known:
            level = draws.true_level(figure)
            known[time] = np.log(level / draws.extra[LOAN_SHARE])
            draws.require(draws.occurs(LOANS, int(time)))
            draws.use(figure, np.log(level) + draws.error(figure))


def by_payments(draws: Draws, law: PathLaw, known: Known) -> None:
    """Weigh what commitments revert to by figures of disbursements."""
    del known
    values = draws.values[law.name]
    chance = draws.layout.hurdles[LOANS].prior.transform(np.zeros(1))
    years_without = np.log(1.0 - draws.extra[LOAN_SHARE] * chance)
    for figure in levels_of(draws.open, DISBURSEMENTS):
        level = draws.true_level(figure)
        spread = SPREAD_OF_PAYMENTS * values["spread"]
        apart = np.log(level) - values["equilibrium"] - years_without
        draws.log_weight += normal_log_density(apart, spread)
        draws.use(figure, np.log(level) + draws.error(figure))


def by_conversions(draws: Draws, law: PathLaw, known: Known) -> None:
    """Hold amounts given in both currencies against the rate (commitments are drawn before).

    An amount says at which rate it was converted. Where the rate of the time is not known it
    conditions the rate, up to the error of a conversion; else it weighs the draw by that error.
    """
    for figure in draws.open:
        if figure.indicators != (IN_DOLLARS,) or not two_sided(figure):
            continue
        time = law.time_of(figure.period)
        if time is None or time not in draws.layout.times[COMMITMENTS]:
            continue
        dollars = draws.true_level(figure) / MILLIONS_PER_BILLION
        implied = np.log(_yen_of(draws, figure, time) / dollars)
        if time in known:
            error = implied - known[time]
            draws.log_weight += normal_log_density(error, draws.extra[CONVERSION])
        else:
            score = draws.rng.standard_normal(draws.size)
            known[time] = implied + draws.extra[CONVERSION] * score
        draws.use(figure, np.log(dollars) + draws.error(figure))


def _yen_of(draws: Draws, figure: Observation, time: float) -> FloatArray:
    """Return the yen, (draw,), of an amount in dollars: as printed beside it, else committed."""
    for pair in levels_of(draws.layout.figures, COMMITMENTS, DISBURSEMENTS):
        if (pair.period, pair.document) == (figure.period, figure.document):
            return sample_truth(pair, draws.rng, draws.size)
    return committed_at(draws, time)


def normal_log_density(error: FloatArray, sd: FloatArray) -> FloatArray:
    """Return the log density, (draw,), of normal errors."""
    result: FloatArray = -0.5 * (error / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
    return result


def _times_of_conversions(layout: Layout, law: PathLaw) -> set[float]:
    """Return the times at which amounts in dollars say something of the rate."""
    own = [f for f in layout.figures if law.name == RATE and f.indicators == (IN_DOLLARS,)]
    located = [law.time_of(period) for figure in own for period in periods_of(figure)]
    return {time for time in located if time is not None}


def _loans(draws: Draws, period: Period) -> FloatArray:
    return _over(draws, period, loans_at)


def _committed(draws: Draws, period: Period) -> FloatArray:
    return _over(draws, period, committed_at)


def _over(draws: Draws, period: Period, at: Callable[[Draws, float], FloatArray]) -> FloatArray:
    """Return an amount of fiscal years over a period, (draw,), part-years by the season."""
    if period.kind == "fiscal":
        return at(draws, period.start + 0.5)
    result = np.zeros(draws.size)
    for year, begin, end in parts_of_years(period.start, period.end):
        share = share_of_year(draws, COMMITMENTS, year, begin, end)
        result = result + share * at(draws, year + 0.75)
    return result


def _in_dollars(draws: Draws, period: Period) -> FloatArray:
    rate = value_at(draws, RATE, period.start + 0.5)
    return MILLIONS_PER_BILLION * _committed(draws, period) / rate


def gained_loans(
    draws: Draws, stock: Accumulation, year: int, start: float, end: float
) -> FloatArray:
    """Return the dollars (bn) of loans, (draw,), between two fractions of a year."""
    del stock
    before = max(min(end, 0.25) - start, 0.0)
    after = max(end - max(start, 0.25), 0.0)
    yen = before * loans_at(draws, year - 0.25) + after * loans_at(draws, year + 0.75)
    return yen / value_at(draws, RATE, year + 0.5)


STEPS = (by_levels, by_shares, by_growth)


def rate_steps(course: CentralCourse) -> tuple[Step, ...]:
    """Return how the rate is conditioned: published rates first, then figures, then amounts."""
    return (partial(by_published_rates, course), *STEPS, by_given_level, by_conversions)


ODA_METHOD = Method(
    # stocks do not condition flows: loans of a calendar year mix two fiscal years, and their rate
    steps=STEPS,
    of_law={COMMITMENTS: (by_commitments, by_loans, by_payments)},
    afterwards=(by_dated_stocks,),
    measures={COMMITMENTS: _committed, LOANS: _loans, IN_DOLLARS: _in_dollars},
    gain=gained_loans,
    askable=frozenset((LOANS, IN_DOLLARS)),
    further_times=_times_of_conversions,
)
