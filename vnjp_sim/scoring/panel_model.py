"""The shipped trade law for a country of the panel: calibrated by its plan and sampler, then ahead.

The law follows the country's own output: published up to the origin, and from there on growth as
pooled from other countries. As in the engine, the output of a draw departs from that course by
lasting growth of its own and by a shock a year, and trade follows these departures; the law's own
volatility is that of trade beyond output. Calendar years are moved, for the central course
begins in 1990.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.importance import WeightedSample, resampled, sample
from vnjp_sim.calibration.planning import Selection
from vnjp_sim.calibration.trade import plan_trade
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import CrisisYears, Parameters
from vnjp_sim.scoring.forecasts import QUICK_ROUNDS
from vnjp_sim.scoring.panel_priors import Growing, OtherCountries
from vnjp_sim.sectors.central_course import FIRST, LAST, CentralCourse
from vnjp_sim.sectors.growth import GrowthParameters, MeanSteps, Reversion, reversion
from vnjp_sim.sectors.identities import split_turnover
from vnjp_sim.sectors.trade import RATIO, TURNOVER

FloatArray = NDArray[np.float64]

DRAWS, SAMPLE, ENOUGH = 1_000, 1_024, 500.0
LAST_KNOWN = 2030
"""The calendar year that stands for the origin."""
OUTPUT_ELASTICITY = 0.9
"""Of trade in a departure of output from its course: between those of the shipped links."""
DOCUMENT = Document(
    file="panel.txt",
    sha256="0" * 64,
    title="A country's figures",
    language="en",
    kind="panel",
    published="2020-01-01",
    reliability="high",
    reliability_reason="The table itself.",
)


@dataclass(frozen=True)
class Output:
    """A country's GDP in current USD up to the origin, (year,), NaN where it is not known."""

    origin: int
    first: int
    levels: FloatArray

    def course(self, growth: float) -> CentralCourse:
        """Return its central course, years moved, with even growth after the origin and before."""
        years = np.arange(FIRST, LAST + 1) - LAST_KNOWN + self.origin
        known = np.isfinite(self.levels)
        at = self.first + np.flatnonzero(known)
        logs = np.interp(years, at, np.log(self.levels[known]))
        logs += growth * (np.maximum(years - self.origin, 0) + np.minimum(years - at[0], 0))
        return CentralCourse({FOLLOWED: tuple(np.exp(logs).tolist())})


FOLLOWED = "macro_vn_gdp_usd"
KEPT = {
    TURNOVER: (
        "path",
        "departure",
        "departure_half_life",
        "volatility",
        "form",
        "initial_growth",
        "long_run_growth",
        "half_life",
        "slowdown",
    ),
    RATIO: ("path", "equilibrium", "spread", "half_life"),
}
"""What is read of the posterior, by law."""


def model_forecast(
    parameters: Parameters,
    figures: Sequence[Observation],
    output: Output,
    others: OtherCountries,
    share: float,
    ahead: Sequence[int],
    rng: np.random.Generator,
) -> FloatArray:
    """Return draws of log levels of turnover, exports, imports, (quantity, year, draw)."""
    known = calibrated(parameters, figures, output, others, rng)
    crises = parameters.growth(TURNOVER).crisis_years
    turnover = _turnover(known, crises, others.output, share, max(ahead), rng)
    law = Reversion(
        known[f"{RATIO}.equilibrium"], known[f"{RATIO}.spread"], known[f"{RATIO}.half_life"]
    )
    ratio = law.path(known[f"{RATIO}.path"][-1], rng.standard_normal(turnover.shape))
    exports, imports = split_turnover(np.exp(turnover), ratio)
    levels: FloatArray = np.stack([turnover, np.log(exports), np.log(imports)])
    return levels[:, np.array(ahead) - 1]


def calibrated(
    parameters: Parameters,
    figures: Sequence[Observation],
    output: Output,
    others: OtherCountries,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Return posterior draws of both trade laws by the shipped plan and sampler, by stored name."""
    moved = [_moved(figure, output.origin) for figure in figures]
    selection = Selection(Evidence({"panel": DOCUMENT}, tuple(moved), ()), parameters)
    selection.course = output.course(others.output.growth.centre)
    planned = plan_trade(selection)
    if planned is None:
        raise ValueError("a case has no figures of trade")
    planned = replace(planned, last_year=LAST_KNOWN)
    problems = [planned.build(form) for form in planned.forms]
    samples = [sample(problem, rng, SAMPLE, ENOUGH, QUICK_ROUNDS) for problem in problems]
    rows = resampled(samples, DRAWS, rng)
    law = next(p for p in problems if isinstance(p, Group)).laws[TURNOVER]
    arrays = {
        name: np.concatenate([_kept(one, name) for one in samples], axis=-1)[..., rows]
        for name in (f"{law}.{field}" for law, fields in KEPT.items() for field in fields)
    }
    arrays["elapsed"] = np.array([LAST_KNOWN + law.offset - law.origin])
    arrays["plateau"] = np.array([law.plateau])
    return arrays


def _kept(drawn: WeightedSample, name: str) -> FloatArray:
    """Return what a growth form keeps, (…, draw); NaN for a parameter that it does not use."""
    if name in drawn.kept:
        return drawn.kept[name].astype(np.float64)
    return np.full(drawn.log_weight.size, np.nan)


def _moved(figure: Observation, origin: int) -> Observation:
    year = figure.period.year - origin + LAST_KNOWN
    return replace(figure, period=parse_period(str(year)))


def _turnover(
    known: dict[str, FloatArray],
    crises: CrisisYears | None,
    output: Growing,
    share: float,
    years: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return log turnover of the years after the origin, (year, draw)."""

    def value(field: str) -> FloatArray:
        return known[f"{TURNOVER}.{field}"]

    parameters = GrowthParameters(
        value("form").astype(np.int8),
        value("initial_growth"),
        value("long_run_growth"),
        value("half_life"),
        value("slowdown"),
        float(known["plateau"][0]),
    )
    steps = MeanSteps(parameters, float(known["elapsed"][0]), years)
    year_of_output = output.volatility(share).centre
    shocks = value("volatility") * rng.standard_normal((years, DRAWS))
    if crises is not None:
        in_crisis = rng.random(shocks.shape) < crises.share
        shocks *= np.where(in_crisis, crises.times * crises.ordinary, crises.ordinary)
    left, departure = reversion(value("departure_half_life"), 1.0), value("departure")
    course = known[f"{TURNOVER}.path"][-1] - departure
    lasting = output.growth.spread * rng.standard_normal(DRAWS)
    beyond = np.zeros(DRAWS)
    levels = np.empty((years, DRAWS))
    for level, shock in zip(levels, shocks, strict=True):
        beyond = beyond + lasting + year_of_output * rng.standard_normal(DRAWS)
        departure = left * departure + shock
        course = course + steps.next() + output.growth.centre
        np.add(course + departure, OUTPUT_ELASTICITY * beyond, out=level)
    return levels
