"""Simulation-based calibration over every way of reporting, alone and mixed.

Parameters, path and figures are drawn from the priors and the rules; the truth then ranks evenly
among posterior draws (S. Talts et al., Validating Bayesian inference algorithms with
simulation-based calibration, 2018; M. Modrák et al., Bayesian Analysis, 2023, on the log
likelihood as a quantity to rank). Ranked are every parameter, the log likelihood of the figures,
and forecasts of one and of five years. The full size (1,000 datasets a way) runs with

    python -m pytest tests/test_sbc_ways.py --full --processes 2
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from made import figure, prior
from numpy.typing import NDArray
from scipy import stats

from vnjp_sim.calibration.evaluation import OWN_ERROR, SHARED_ERROR, Draws, Question
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.measures import truth
from vnjp_sim.calibration.observation_model import log_likelihood, sample_error
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.posteriors import LawPosterior, ValuePosterior
from vnjp_sim.calibration.seasons import DEGREES
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.scoring.forecasts import draws_of

FloatArray = NDArray[np.float64]
Reading = Callable[[list[Observation]], list[Observation]]

pytestmark = [pytest.mark.calibration, pytest.mark.slow]

SMALL, FULL = 20, 1_000
DRAWS = 127
BINS = 16
FIRST, LAST, END = 2014, 2020, 2025
YEARS = range(FIRST, END + 1)
KAPPA, LEVEL, SHARE = 60.0, float(np.log(40.0)), 0.3
DOCUMENT_SD = {"one": 0.005, "other": 0.015}

WAYS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "rounded": (("2014", "rounded", ""), ("2016", "rounded", ""), ("2020", "rounded", "")),
    "exact": (("2015", "exact", ""), ("2016", "exact", ""), ("2019", "exact", "")),
    "about": (("2014", "about", ""), ("2017", "about", ""), ("2020", "about", "")),
    "over": (("2014", "over", ""), ("2017", "over", ""), ("2020", "over", "")),
    "nearly": (("2014", "nearly", ""), ("2017", "nearly", ""), ("2020", "nearly", "")),
    "bounds": (("2014", "rounded", ""), ("2017", "bound", ""), ("2019", "bound", "")),
    "growth": (
        ("2014", "rounded", ""),
        ("2017", "growth", "2014"),
        ("2020", "growth", "2017"),
        ("2018", "growth", "2017"),
    ),
    "share": (
        ("2014", "rounded", ""),
        ("2018", "whole", ""),
        ("2018", "share", "whole"),
    ),
    "part_year": (("2015", "rounded", ""), ("2019-01/2019-06", "rounded", "")),
    "fiscal_year": (
        ("2014", "rounded", ""),
        ("FY2016", "about", ""),
        ("2017", "rounded", ""),
        ("FY2018", "rounded", ""),
        ("FY2020", "rounded", ""),
    ),
    "conflict": (("2014", "rounded", ""), ("2019", "rounded", ""), ("2019", "over", "")),
    "mixed": (
        ("2014", "about", ""),
        ("2015", "growth", "2014"),
        ("2016", "over", ""),
        ("2017", "bound", ""),
        ("2018", "nearly", ""),
        ("2019", "rounded", ""),
        ("2019", "about", ""),
        ("2020-01/2020-09", "rounded", ""),
    ),
    "mixed_with_share": (
        ("2014", "over", ""),
        ("2016", "whole", ""),
        ("2016", "share", "whole"),
        ("2015", "growth", "2014"),
        ("2018", "nearly", ""),
        ("2020", "bound", ""),
    ),
}
"""The figures of each dataset: period, way, and the base of a growth rate or whole of a share.

`whole` is a rounded figure of the whole that shares are of."""
STEPS = {"exact": 0.1, "rounded": 1.0, "about": 2.0, "over": 5.0, "nearly": 5.0}
STEPS_OF_RATES = {"growth": 1.0, "share": 5.0}


SPEC = GrowthLaw(
    law="growth",
    initial_growth=prior(normal={"mean": 0.05, "sd": 0.05}),
    long_run_growth=prior(normal={"mean": 0.02, "sd": 0.015}),
    half_life=prior(lognormal={"median": 5.0, "sigma": 0.5}),
    volatility=prior(lognormal={"median": 0.10, "sigma": 0.4}),
    transitory=prior(lognormal={"median": 0.15, "sigma": 0.3}),
    season=prior(fixed=KAPPA),
)
WHOLE = SPEC.model_copy(
    update={"transitory": None, "volatility": prior(lognormal={"median": 0.08, "sigma": 0.3})}
)


@dataclass(frozen=True)
class Watched(Group):
    """A group that also keeps the log likelihood of the figures as they were meant."""

    meant: Sequence[Observation] = ()

    def keep(self, draws: Draws) -> dict[str, LawPosterior]:
        kept = super().keep(draws)
        for document in DOCUMENT_SD.keys() - draws.document_error.keys():
            error = SHARED_ERROR * DOCUMENT_SD[document] * draws.rng.standard_normal(draws.size)
            draws.document_error[document] = error
        likelihood = sum((told(f, truth(draws, f)) for f in self.meant), np.zeros(draws.size))
        return kept | {"of_figures": ValuePosterior(likelihood)}


def told(figure: Observation, truth: FloatArray) -> FloatArray:
    """The log likelihood of a figure given its truth and its document's error."""
    own = 0.0 if figure.reported in ("growth", "share") else OWN_ERROR
    return log_likelihood(figure, truth, own * DOCUMENT_SD[figure.document])


def observation(period: str, way: str, other: str, document: str) -> Observation:
    return figure(
        "whole" if way == "whole" else "flow",
        period,
        1.0,
        STEPS.get(way, 1.0),
        "rounded" if way == "whole" else way,
        other if way == "growth" else "",
        of=other if way == "share" else "",
        document=document,
    )


def laws_of(way: str) -> list[PathLaw]:
    origin, plateau = FIRST + 0.5, float(LAST - FIRST)
    flow = PathLaw("flow", SPEC, True, 0.5, "damped", origin, plateau, LEVEL)
    if all(told_as != "share" for _, told_as, _ in WAYS[way]):
        return [flow]
    guess = LEVEL - float(np.log(SHARE))
    return [PathLaw("whole", WHOLE, True, 0.5, "damped", origin, plateau, guess), flow]


def dataset(way: str, rng: np.random.Generator) -> tuple[dict[str, float], list[Observation]]:
    """Draw the truth of everything that is ranked, and the figures."""
    known: dict[str, float] = {}
    path: dict[str, dict[float, float]] = {}
    times = sorted({y + 0.5 for y in YEARS} | {middle(p) for p, _, _ in WAYS[way]})
    for law in laws_of(way):
        values = {n: p.prior.transform(rng.standard_normal(1)) for n, p in law.priors.items()}
        normals = rng.standard_normal((law.noise_rows(len(times)), 1))
        normals[len(times)] = 0.0  # the level at the origin has a flat prior
        drawn = law.prior_path(values, times, normals)[0][:, 0]
        path[law.name] = dict(zip(times, np.exp(drawn).tolist(), strict=True))
        known |= {f"{law.name}.{n}": float(value[0]) for n, value in values.items()}
    flow = path["flow"]
    known |= {"one_year": flow[LAST + 1.5], "five_years": flow[END + 0.5]}
    documents = list(rng.choice(list(DOCUMENT_SD), len(WAYS[way])))
    shared = {d: SHARED_ERROR * sd * rng.standard_normal() for d, sd in DOCUMENT_SD.items()}
    likelihood = 0.0
    figures = []
    for (period, as_told, other), document in zip(WAYS[way], documents, strict=True):
        figure = observation(period, as_told, other, str(document))
        truth = path[figure.indicators[0]][middle(period)]
        if as_told == "growth":
            truth = 100.0 * (truth / flow[middle(other)] - 1.0)
        elif as_told == "share":
            truth = 100.0 * truth / path["whole"][middle(period)]
        elif figure.period.within_one_year:
            truth *= season_share(figure.period.end - figure.period.year, rng)
        if as_told not in ("growth", "share"):
            truth *= float(np.exp(shared[figure.document]))
        figure = printed(figure, truth, rng)
        likelihood += float(told(figure, np.array([truth]))[0])
        figures.append(figure)
    known["of_figures"] = likelihood
    return known, sorted(figures, key=lambda f: f.key)


def middle(period: str) -> float:
    """Return the middle of the year, calendar or fiscal, that holds a period."""
    read = parse_period(period)
    return read.start + 0.5 if read.kind == "fiscal" else read.year + 0.5


def season_share(fraction: float, rng: np.random.Generator) -> float:
    spread = np.sqrt(fraction * (1.0 - fraction) / (KAPPA + 1.0))
    while True:
        share = fraction + spread * rng.standard_t(DEGREES)
        if 0.0 < share < 1.0:
            return float(share)


def printed(figure: Observation, truth: float, rng: np.random.Generator) -> Observation:
    """Print a truth by the rule of the figure; a bound is the same whatever the truth."""
    if figure.reported in ("growth", "share"):
        step = STEPS_OF_RATES[figure.reported]
        value = truth - step * float(sample_error("rounded", rng, 1)[0])
        return replace(figure, value=value, step=step, printed=repr(value))
    seen = truth * float(np.exp(OWN_ERROR * DOCUMENT_SD[figure.document] * rng.standard_normal()))
    if figure.reported == "bound":
        value = float(np.exp(LEVEL)) * 1.1
        side = "at_least" if seen >= value else "at_most"
        return replace(figure, reported=side, value=value, printed=repr(value))
    rule = "rounded" if figure.reported == "exact" else figure.reported
    value = seen - figure.step * float(sample_error(rule, rng, 1)[0])
    return replace(figure, value=value, printed=repr(value))


def as_meant(figures: list[Observation]) -> list[Observation]:
    return figures


def ranks(number: int, way: str, seed: int, read: Reading = as_meant) -> dict[str, int]:
    """Return how many of the posterior draws lie below each truth, for one dataset.

    `read` is what the calibration makes of the figures.
    """
    rng = np.random.default_rng([seed, zlib.crc32(way.encode()), number])
    known, figures = dataset(way, rng)
    while min(f.value for f in figures if f.reported != "growth") <= 1.0:
        known, figures = dataset(way, rng)
    group: Group = Watched("made", laws_of(way), read(figures), DOCUMENT_SD, END, meant=figures)
    fiscal = [Question(f.indicators, f.period) for f in figures if f.period.kind == "fiscal"]
    if fiscal:  # a wrong reading must know their times too
        group = group.asking(*fiscal)
    first = group.laws["flow"].first_year
    names = [name for name in known if name not in ("one_year", "five_years")]
    drawn = draws_of([group], [*names, "flow.path"], rng, DRAWS)
    drawn["one_year"] = np.exp(drawn["flow.path"][LAST + 1 - first])
    drawn["five_years"] = np.exp(drawn["flow.path"][END - first])
    return {name: rank(drawn[name], value, rng) for name, value in known.items()}


def rank(draws: FloatArray, value: float, rng: np.random.Generator) -> int:
    """Return the rank of a value among draws; ties (a likelihood of bounds alone) fall by lot."""
    same = np.isclose(draws, value, rtol=1e-12, atol=1e-12)
    below = int(((draws < value) & ~same).sum())
    return below + int(rng.integers(int(same.sum()) + 1))


def all_ranks(
    way: str, count: int, processes: int, read: Reading = as_meant, seed: int = 1
) -> dict[str, list[int]]:
    return gathered(partial(ranks, way=way, seed=seed, read=read), count, processes)


def gathered(
    one: Callable[[int], dict[str, int]], count: int, processes: int
) -> dict[str, list[int]]:
    """Return the ranks that `one` gives for each dataset, by what is ranked."""
    found: Sequence[dict[str, int]]
    if processes == 1:
        found = [one(number) for number in range(count)]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(one, range(count), chunksize=8))
    return {name: [item[name] for item in found] for name in found[0]}


def evenness(found: Sequence[int]) -> float:
    """Return the p-value of even ranks: the least of three tests, times their number.

    Of the normal scores of the ranks the mean tells a shift, the variance a posterior that is too
    narrow or too wide; χ² over equal bins tells the rest where there are many datasets.
    """
    ranks = np.array(found)
    scores = stats.norm.ppf((ranks + 0.5) / (DRAWS + 1))
    narrow = float(stats.chi2(scores.size).cdf((scores**2).sum()))
    p_values = [
        2.0 * float(stats.norm.sf(abs(scores.sum()) / scores.size**0.5)),
        2.0 * min(narrow, 1.0 - narrow),
    ]
    if ranks.size >= 10 * BINS:
        counts = np.bincount(ranks * BINS // (DRAWS + 1), minlength=BINS)
        p_values.append(float(stats.chisquare(counts).pvalue))
    return min(1.0, len(p_values) * min(p_values))


def power(shift: float, datasets: int, tests: int) -> float:
    """Return the chance that :func:`evenness` finds a shift in one quantity among `tests`.

    The shift is a part of the posterior's standard deviation, and the chance of any false alarm
    1 %; of few datasets, where two tests share the quantity's part of it.
    """
    least = stats.norm.isf(0.01 / tests / 2.0 / 2.0)
    return float(stats.norm.sf(least - shift * datasets**0.5))


TESTS_OF_STOCKS = 8
TESTS = TESTS_OF_STOCKS + sum(
    sum(len(law.priors) for law in laws_of(way)) + len(("one_year", "five_years", "likelihood"))
    for way in WAYS
)
"""Quantities whose ranks are tested, those of `test_sbc` among them."""


@pytest.mark.parametrize("way", list(WAYS))
def test_truths_rank_evenly(
    way: str,
    sized: Callable[[int, int], int],
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    count = sized(SMALL, FULL)
    chances = {n: evenness(found) for n, found in all_ranks(way, count, processes).items()}
    figures = {"way": way, "datasets": count, "draws": DRAWS, "tests": TESTS, "p": chances}
    prove(f"sbc_{way}", figures)
    assert min(chances.values()) > 0.01 / TESTS, figures
