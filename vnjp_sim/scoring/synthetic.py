"""Made-up series in the regime of the documents: three to eight uneven, rounded, bounded figures.

`own` draws parameters, path and figures from the model's priors and its own rules of reporting, so
that the posterior is exact and its intervals must cover. The others hold what the model does not:

* `break`: growth that switches between a fast and a slow regime, and one jump of the level;
* `walk`: growth that follows an AR(2), with volatility that moves and Student shocks.

Their figures are printed as people print: `over` is the number rounded down, `nearly` up. The size
of a year's shocks is drawn from the prior of the law that the series is given.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import OWN_ERROR, SHARED_ERROR
from vnjp_sim.calibration.observation_model import ABOUT_SD, sample_error
from vnjp_sim.calibration.planning import forms_of, place_law
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw, Parameters
from vnjp_sim.inputs.registry import Registry

FloatArray = NDArray[np.float64]

GENERATORS = ("own", "break", "walk")
LEADS = (1, 3, 5)
DOCUMENTS = {"first": 0.005, "second": 0.002}
FIRST_YEAR, LAST_YEARS = 2000, (2012, 2022)
FEWEST, MOST = 3, 8
WAYS = {"rounded": 0.45, "about": 0.15, "over": 0.12, "nearly": 0.08, "growth": 0.10, "bound": 0.10}

REGIMES, STAY, JUMP_SD = (0.10, -0.01), 0.85, 0.15
WALK_MEAN, WALK_SD, WALK_AR = 0.05, 0.04, (0.5, -0.2)
MOVING_LEFT, MOVING_SD, STUDENT_DF, BURN_IN = 0.9, 0.25, 4.0, 20


@dataclass(frozen=True)
class SeriesLaw:
    """A growth law that series are given: of which indicator, and whether that is a flow."""

    name: str
    spec: GrowthLaw
    flow: bool


@dataclass(frozen=True)
class Series:
    """A made-up series: its law, its figures, and the log levels to come in `years`."""

    name: str
    law: SeriesLaw
    figures: tuple[Observation, ...]
    years: tuple[int, ...]
    truth: FloatArray

    @property
    def figures_end(self) -> int:
        """The last year that a figure tells of."""
        return max(figure.period.year for figure in self.figures)


def growth_laws(parameters: Parameters, registry: Registry) -> tuple[SeriesLaw, ...]:
    """Return the laws that series can be given: every growth law of an indicator, by name."""
    return tuple(
        SeriesLaw(name, law, registry.indicators[name].kind == "flow")
        for name, law in sorted(parameters.laws.items())
        if isinstance(law, GrowthLaw) and name in registry.indicators
    )


def make_series(generator: str, number: int, seed: int, laws: Sequence[SeriesLaw]) -> Series:
    """Draw one series; the same seed and number give the same series, whatever others are drawn."""
    rng = np.random.default_rng([seed, zlib.crc32(generator.encode()), number])
    law = laws[int(rng.integers(len(laws)))]
    sketch = _schedule(rng, law.name)
    last = max(f.period.year for f in sketch)
    years = tuple(last + lead for lead in LEADS)
    level = float(np.log(10.0) * rng.uniform(1.0, 4.0))
    first = min(f.period.year for f in sketch)
    if generator == "own":
        path = _own_path(rng, law, sketch, range(first, years[-1] + 1), level)
    else:
        path = level + _foreign_path(rng, generator, law.spec, years[-1] + 1 - first)
    truth = dict(zip(range(first, years[-1] + 1), path.tolist(), strict=True))
    figures = _print_figures(rng, sketch, truth, level, exact=generator == "own")
    future = np.array([truth[year] for year in years])
    return Series(f"{generator} {number}", law, figures, years, future)


def _schedule(rng: np.random.Generator, law: str) -> list[Observation]:
    """Draw when a series is reported and how, without values; growth is against a level."""
    count = int(rng.integers(FEWEST, MOST + 1))
    last = int(rng.integers(LAST_YEARS[0], LAST_YEARS[1] + 1))
    span = int(rng.integers(max(count - 1, 4), last - FIRST_YEAR + 1))
    between = rng.choice(np.arange(last - span + 1, last), count - 2, replace=False)
    years = sorted([last - span, *map(int, between), last])
    ways = rng.choice(list(WAYS), count, p=list(WAYS.values()))
    documents = rng.choice(list(DOCUMENTS), count)
    figures: list[Observation] = []
    for place, (year, way, document) in enumerate(zip(years, ways, documents, strict=True)):
        reported = "rounded" if place == 0 or (place == 1 and way == "bound") else str(way)
        levels = [f.period.text for f in figures if f.reported not in ("growth", "bound")]
        base = levels[int(rng.integers(len(levels)))] if reported == "growth" else ""
        figures.append(_sketched(law, str(year), reported, base, str(document)))
    return figures


def _sketched(law: str, period: str, reported: str, base: str, document: str) -> Observation:
    return Observation(
        indicators=(law,),
        period=parse_period(period),
        value=1.0,
        step=1.0,
        printed="",
        unit="units",
        reported=reported,
        base_period=parse_period(base) if base else None,
        of="",
        document=document,
        lines=(1,),
        place="made up",
        use="calibrate",
        note="",
        file="synthetic",
        row=1,
    )


def _own_path(
    rng: np.random.Generator,
    given: SeriesLaw,
    sketch: list[Observation],
    years: range,
    level: float,
) -> FloatArray:
    """Draw log levels of `years` from the priors; each growth form is as likely as the others."""
    forms = forms_of(sketch)
    form = forms[int(rng.integers(len(forms)))]
    law = place_law(given.name, given.spec, sketch, given.flow, form)
    law = replace(law, guess=level)
    values = {n: p.prior.transform(rng.standard_normal(1)) for n, p in law.priors.items()}
    times = [year + law.offset for year in years]
    normals = rng.standard_normal((law.noise_rows(len(times)), 1))
    normals[len(times)] = 0.0  # the level at the origin has a flat prior
    return law.prior_path(values, times, normals)[0][:, 0]


def _foreign_path(
    rng: np.random.Generator, generator: str, spec: GrowthLaw, count: int
) -> FloatArray:
    """Draw `count` yearly log levels, from about zero, of a law that the model lacks."""
    volatility = float(spec.volatility.prior.transform(rng.standard_normal(1))[0])
    steps = {"break": _switching, "walk": _moving}[generator](rng, volatility, count)
    path = np.cumsum(steps)
    if spec.transitory is not None:
        passing = spec.transitory.prior.transform(rng.standard_normal(1))
        path = path + passing * rng.standard_normal(count)
    result: FloatArray = path
    return result


def _switching(rng: np.random.Generator, volatility: float, count: int) -> FloatArray:
    state = int(rng.integers(2))
    steps = np.empty(count)
    for year in range(count):
        state = state if rng.random() < STAY else 1 - state
        steps[year] = REGIMES[state] + volatility * rng.standard_normal()
    steps[int(rng.integers(count))] += JUMP_SD * rng.standard_normal()
    return steps


def _moving(rng: np.random.Generator, volatility: float, count: int) -> FloatArray:
    mean = WALK_MEAN + WALK_SD * rng.standard_normal()
    unit = np.sqrt((STUDENT_DF - 2.0) / STUDENT_DF)
    state, before, last = 0.0, 0.0, 0.0
    steps = np.empty(count + BURN_IN)
    for year in range(steps.size):
        state = MOVING_LEFT * state + MOVING_SD * rng.standard_normal()
        shock = volatility * np.exp(state) * unit * rng.standard_t(STUDENT_DF)
        before, last = last, WALK_AR[0] * last + WALK_AR[1] * before + shock
        steps[year] = mean + last
    return steps[BURN_IN:]


def _print_figures(
    rng: np.random.Generator,
    sketch: list[Observation],
    truth: Mapping[int, float],
    level: float,
    *,
    exact: bool,
) -> tuple[Observation, ...]:
    """Print the figures of a path of log levels by year.

    Rounding units and bounds depend on what was printed before, never on the truth, as the
    likelihood assumes.
    """
    shared = {d: SHARED_ERROR * sd * rng.standard_normal() for d, sd in DOCUMENTS.items()}
    printed = float(np.exp(level))
    figures = []
    for sketched in sketch:
        own = OWN_ERROR * DOCUMENTS[sketched.document] * rng.standard_normal()
        number = float(np.exp(truth[sketched.period.year] + shared[sketched.document] + own))
        if sketched.reported == "growth":
            assert sketched.base_period is not None  # noqa: S101 - the schedule gave one
            change = truth[sketched.period.year] - truth[sketched.base_period.year]
            rate = _printed(rng, "rounded", 100.0 * float(np.expm1(change)), 1.0, exact)
            figures.append(_filled(sketched, rate, 1.0))
        elif sketched.reported == "bound":
            bound = float(f"{printed * 1.05:.1e}")
            side = "at_least" if number >= bound else "at_most"
            figures.append(_filled(replace(sketched, reported=side), bound, 0.1 * bound))
        else:
            digits = int(rng.integers(1, 3)) if sketched.reported == "rounded" else 1
            step = 10.0 ** (np.floor(np.log10(printed)) - digits)
            value = _printed(rng, sketched.reported, number, step, exact)
            if value <= step:  # it fell so far that the unit has become too coarse
                step = 10.0 ** (np.floor(np.log10(number)) - digits)
                value = _printed(rng, sketched.reported, number, step, exact)
            printed = value
            figures.append(_filled(sketched, value, float(step)))
    return tuple(sorted(figures, key=lambda f: f.key))


def _filled(sketched: Observation, value: float, step: float) -> Observation:
    return replace(sketched, value=value, step=step, printed=repr(value))


def _printed(rng: np.random.Generator, way: str, number: float, step: float, exact: bool) -> float:
    """Print a number by the generative rule itself, or on the grid of the rounding unit."""
    if exact:
        return float(number - step * sample_error(way, rng, 1)[0])
    if way == "about":
        number = number + ABOUT_SD * step * rng.standard_normal()
    whole = {"over": np.floor, "nearly": np.ceil}.get(way, np.round)
    return float(whole(number / step) * step)
