"""Simulation-based calibration of figures whose date or meaning is open, and of announcements.

Two stocks have a figure each of the first year; one of 2016 is of either; two of one document are
undated, so that they are of one of three half-years; one is announced. Truths are drawn here by
hand arithmetic from the words of :mod:`readings`, not by its functions. The size of every run
catches gross faults alone, the full one (`--full`) a spread that is a tenth off; three planted
misreadings are caught every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from made import figure, prior
from numpy.typing import NDArray
from test_sbc_ways import DRAWS, evenness, gathered, rank

from vnjp_sim.calibration.evaluation import OWN_ERROR, SHARED_ERROR
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.observation_model import sample_error
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.scoring.forecasts import draws_of

FloatArray = NDArray[np.float64]
Reading = Callable[[Group], Group]

pytestmark = [pytest.mark.calibration, pytest.mark.slow]

SMALL, FULL, PLANTED = 20, 1_000, 30
SEED, TESTS = 47, 13
FIRST, LAST = 2014, 2020
DOCUMENT_SD = {"one": 0.005, "other": 0.015}
LEVEL = {"stock": float(np.log(400.0)), "twin": float(np.log(300.0))}
LAG = prior(lognormal={"median": 0.45, "sigma": 0.35})
WRITTEN, HALF_YEARS = 2018.0 + 4.0 / 12.0, (2017.0, 2017.5, 2018.0)
SPAN, WEIGHT = "2017-01/2018-04", 0.5
BIAS, SPREAD = 0.03, 0.15
SPEC = GrowthLaw(
    law="growth",
    initial_growth=prior(normal={"mean": 0.25, "sd": 0.05}),
    long_run_growth=prior(normal={"mean": 0.15, "sd": 0.02}),
    half_life=prior(lognormal={"median": 5.0, "sigma": 0.5}),
    volatility=prior(lognormal={"median": 0.08, "sigma": 0.4}),
)
LAWS = [
    PathLaw(name, SPEC, False, 1.0, "damped", FIRST + 1.0, LAST - FIRST + 0.0, level)
    for name, level in LEVEL.items()
]
TIMES = sorted({*(year + 1.0 for year in range(FIRST, LAST + 1)), *HALF_YEARS})


def dataset(rng: np.random.Generator) -> tuple[dict[str, float], list[Observation]]:
    """Draw the truth of everything that is ranked, and the figures."""
    known: dict[str, float] = {}
    level: dict[str, dict[float, float]] = {}
    for law in LAWS:
        values = {n: p.prior.transform(rng.standard_normal(1)) for n, p in law.priors.items()}
        normals = rng.standard_normal((law.noise_rows(len(TIMES)), 1))
        normals[len(TIMES)] = 0.0  # the level at the origin has a flat prior
        path = np.exp(law.prior_path(values, TIMES, normals)[0][:, 0])
        level[law.name] = dict(zip(TIMES, path.tolist(), strict=True))
        known |= {f"{law.name}.{n}": float(value[0]) for n, value in values.items()}
        known[f"{law.name} in 2017"] = level[law.name][2018.0]
    known["stock in 2016"] = level["stock"][2017.0]
    known |= {"stock in 2020": level["stock"][2021.0], "twin in 2019": level["twin"][2020.0]}
    shared = {d: SHARED_ERROR * sd * rng.standard_normal() for d, sd in DOCUMENT_SD.items()}

    def printed(one: Observation, truth: float) -> Observation:
        own = OWN_ERROR * DOCUMENT_SD[one.document] * rng.standard_normal()
        seen = truth * float(np.exp(shared[one.document] + own))
        way = one.reported
        if way == "announced over":
            seen, way = seen * float(np.exp(BIAS + SPREAD * rng.standard_normal())), "over"
        value = seen - one.step * float(sample_error(way, rng, 1)[0])
        return replace(one, value=value, printed=repr(value))

    counted = WRITTEN - 0.45 * float(np.exp(0.35 * rng.standard_normal()))
    date = min(HALF_YEARS, key=lambda end: abs(end - counted))
    read = "stock" if rng.random() < WEIGHT else "twin"
    either = figure("stock", "2016", 1.0, 4.0, document="one", alternative="twin", weight=WEIGHT)
    figures = [
        *(
            printed(figure(name, "2014", 1.0, 4.0, document="one"), level[name][2015.0])
            for name in LEVEL
        ),
        printed(either, level[read][2017.0]),
        printed(figure("stock", SPAN, 1.0, 2.0, document="other"), level["stock"][date]),
        printed(figure("twin", SPAN, 1.0, 20.0, "about", document="other"), level["twin"][date]),
        printed(
            figure("twin", "2019", 1.0, 50.0, "announced over", document="other"),
            level["twin"][2020.0],
        ),
    ]
    return known, sorted(figures, key=lambda f: f.key)


def as_meant(group: Group) -> Group:
    return group


def ranks(number: int, seed: int, read: Reading = as_meant) -> dict[str, int]:
    """Return how many of the posterior draws lie below each truth, for one dataset."""
    rng = np.random.default_rng([seed, number])
    known, figures = dataset(rng)
    lags = dict.fromkeys(LEVEL, LAG)
    group = read(Group("made", LAWS, figures, DOCUMENT_SD, LAST, lags=lags))
    paths = {f"{name}.path" for name in LEVEL}
    names = [name for name in known if "." in name]
    drawn = draws_of([group], [*names, *paths], rng, DRAWS)
    for name in LEVEL:
        drawn[f"{name} in 2017"] = np.exp(drawn[f"{name}.path"][2017 - FIRST])
    drawn["stock in 2016"] = np.exp(drawn["stock.path"][2016 - FIRST])
    drawn["stock in 2020"] = np.exp(drawn["stock.path"][2020 - FIRST])
    drawn["twin in 2019"] = np.exp(drawn["twin.path"][2019 - FIRST])
    return {name: rank(drawn[name], value, rng) for name, value in known.items()}


def test_truths_rank_evenly_whatever_the_reading(
    sized: Callable[[int, int], int],
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    count = sized(SMALL, FULL)
    found = gathered(partial(ranks, seed=SEED), count, processes)
    assert len(found) == TESTS
    chances = {name: evenness(one) for name, one in found.items()}
    prove("sbc_readings", {"way": "readings", "datasets": count, "draws": DRAWS, "p": chances})
    assert min(chances.values()) > 0.01 / TESTS, chances


def announced_as_stated(group: Group) -> Group:
    stated = [replace(f, reported=f.wording) for f in group.figures]
    return replace(group, figures=stated)


def dated_by_publication(group: Group) -> Group:
    written = parse_period("2018-04")
    dated = [replace(f, period=written) if f.period.text == SPAN else f for f in group.figures]
    return replace(group, figures=dated)


def first_meaning_alone(group: Group) -> Group:
    return replace(group, figures=[replace(f, alternative="", weight=1.0) for f in group.figures])


BUGS = {
    "announced read as stated": (announced_as_stated, "twin in 2019"),
    "undated stocks dated by publication": (dated_by_publication, "stock in 2017"),
    "an alternative left out": (first_meaning_alone, "stock in 2016"),
}
"""What is read how, and the truth that then does not rank evenly."""


@pytest.mark.planted
@pytest.mark.parametrize("bug", list(BUGS))
def test_a_misreading_is_caught(
    bug: str, processes: int, prove: Callable[[str, Mapping[str, Any]], None]
) -> None:
    read, watched = BUGS[bug]
    found = gathered(partial(ranks, seed=SEED, read=read), PLANTED, processes)
    chance = evenness(found[watched])
    allowed = 0.01 / TESTS
    figures = {"bug": bug, "way": "readings", "datasets": PLANTED, "of": watched}
    prove(f"planted_{bug.replace(' ', '_')}", figures | {"allowed": allowed, "p": chance})
    assert chance < allowed, (watched, chance)
