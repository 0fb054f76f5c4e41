"""Simulation-based calibration: truths drawn from the prior rank evenly among posterior draws.

The group has every kind of conditioning figure of a single series: levels, a rate of growth, flows
of parts of years, the base of a stock, levels of it that tell a flow or a revision, and a bound
that only weighs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from made import figure, prior
from numpy.typing import NDArray
from scipy import stats
from test_sbc_ways import DRAWS, TESTS, TESTS_OF_STOCKS, evenness, gathered, rank

from vnjp_sim.calibration.evaluation import Accumulation
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.seasons import DEGREES
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.scoring.forecasts import draws_of

FloatArray = NDArray[np.float64]

pytestmark = [pytest.mark.calibration, pytest.mark.slow]

SMALL, FULL = 40, 1_000
SEED = 31
KAPPA, DOCUMENT_SD = 30.0, 0.005
BASE, GUESS = 70.0, float(np.log(5.0))
YEARS = (2016, 2017, 2018, 2019, 2020)
STOCK = {
    "exits": prior(logit_normal={"median": 0.02, "sigma": 0.7}),
    "revisions": prior(lognormal={"median": 0.02, "sigma": 0.4}),
}
OF_LAW = ("initial_growth", "long_run_growth", "volatility", "transitory")
RANKED = (*OF_LAW, *STOCK, "flow", "stock")


LAW = PathLaw(
    "flow",
    GrowthLaw(
        law="growth",
        initial_growth=prior(normal={"mean": 0.06, "sd": 0.08}),
        long_run_growth=prior(normal={"mean": 0.02, "sd": 0.015}),
        half_life=prior(lognormal={"median": 5.0, "sigma": 0.5}),
        volatility=prior(lognormal={"median": 0.10, "sigma": 0.4}),
        transitory=prior(lognormal={"median": 0.20, "sigma": 0.3}),
        season=prior(fixed=KAPPA),
    ),
    True,
    0.5,
    "damped",
    2016.5,
    4.0,
    GUESS,
)


def shares_of(rng: np.random.Generator, fractions: tuple[float, ...]) -> list[float] | None:
    """Draw a year's cumulative shares from the bridge; None if they do not increase."""
    at, share, found = 0.0, 0.0, []
    concentration = (KAPPA + 1.0) * rng.gamma(0.5 * DEGREES, 2.0 / DEGREES)
    for fraction in fractions:
        mean = share + (1.0 - share) * (fraction - at) / (1.0 - at)
        variance = (fraction - at) * (1.0 - fraction) / (1.0 - at) / concentration
        before, share, at = share, mean + np.sqrt(variance) * rng.standard_normal(), fraction
        if not before < share < 1.0:
            return None
        found.append(float(share))
    return found


def dataset(rng: np.random.Generator) -> tuple[dict[str, float], list[Observation]] | None:
    """Draw parameters, path, seasons and figures; None where a season is impossible."""
    values = {n: p.prior.transform(rng.standard_normal(1)) for n, p in LAW.priors.items()}
    normals = rng.standard_normal((LAW.noise_rows(len(YEARS)), 1))
    normals[len(YEARS)] = 0.0
    path = LAW.prior_path(values, [year + 0.5 for year in YEARS], normals)[0][:, 0]
    flow = dict(zip(YEARS, np.exp(path).tolist(), strict=True))
    shares, early = shares_of(rng, (0.25, 0.75)), shares_of(rng, (0.25,))
    if shares is None or early is None:
        return None
    shared = np.sqrt(0.5) * DOCUMENT_SD * rng.standard_normal()

    def told(truth: float) -> float:
        own = np.sqrt(0.5) * DOCUMENT_SD * rng.standard_normal()
        return float(truth * np.exp(shared + own))

    def rounded(value: float, step: float) -> float:
        return float(round(value / step) * step)

    drawn = {name: p.prior.transform(rng.standard_normal(1)) for name, p in STOCK.items()}
    exits, revisions = (float(value[0]) for value in drawn.values())
    bound = "at_least" if told(flow[2019]) >= 5.5 else "at_most"
    about = rounded(told(flow[2017]) + 0.05 * rng.standard_normal(), 0.1)
    quarters = early[0] * flow[2020] / (shares[0] * flow[2019])
    # within a year the stock of its beginning is what ends and is revised
    revised = revisions * np.sqrt((0.75, 0.25)) * rng.standard_normal(2)
    september = BASE * (1.0 - 0.75 * exits + revised[0]) + shares[1] * flow[2019]
    end_2019 = BASE * (1.0 - exits + revised.sum()) + flow[2019]
    start, rest = (revisions * np.sqrt(part) * rng.standard_normal() for part in (0.25, 0.75))
    march = end_2019 * (1.0 - 0.25 * exits + start) + early[0] * flow[2020]
    end_2020 = end_2019 * (1.0 - exits + start + rest) + flow[2020]
    figures = [
        figure("flow", "2016", rounded(told(flow[2016]), 0.1), 0.1),
        figure("flow", "2017", about, 0.1, "about"),
        figure(
            "flow", "2018", rounded(100 * (flow[2018] / flow[2017] - 1), 1.0), 1.0, "growth", "2017"
        ),
        figure("flow", "2019", 5.5, 0.5, bound),
        figure("flow", "2020-01/2020-03", rounded(told(early[0] * flow[2020]), 0.01), 0.01),
        figure(
            "flow",
            "2020-01/2020-03",
            rounded(100 * (quarters - 1), 0.1),
            0.1,
            "growth",
            "2019-01/2019-03",
        ),
        figure("stock", "2018", rounded(told(BASE), 0.1), 0.1),
        figure("stock", "2019-09", rounded(told(september), 0.1), 0.1),
        figure("stock", "2020-03", rounded(told(march), 0.1), 0.1),
    ]
    known = {name: float(value[0]) for name, value in values.items()}
    known |= {"exits": exits, "revisions": revisions}
    return known | {"flow": float(path[-1]), "stock": float(end_2020)}, figures


def ranks(number: int, seed: int) -> dict[str, int]:
    """Return how many of the posterior draws lie below each truth, for one dataset."""
    rng = np.random.default_rng([seed, number])
    made = dataset(rng)
    while made is None or min(f.value for f in made[1] if f.reported != "growth") <= 0.1:
        made = dataset(rng)
    known, figures = made
    group = Group(
        "made",
        [LAW],
        figures,
        {"made": DOCUMENT_SD},
        2020,
        accumulations=[Accumulation("stock", "flow", *STOCK)],
        extra=STOCK,
    )
    paths = {n: f"{n}.path" for n in ("flow", "stock")} | {n: n for n in STOCK}
    keys = {n: paths.get(n, f"flow.{n}") for n in RANKED}
    drawn = draws_of([group], list(keys.values()), rng, DRAWS)
    return {n: rank(np.atleast_2d(drawn[key])[-1], known[n], rng) for n, key in keys.items()}


def test_truths_rank_evenly_among_posterior_draws(
    sized: Callable[[int, int], int],
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    count = sized(SMALL, FULL)
    found = gathered(partial(ranks, seed=SEED), count, processes)
    assert len(found) == TESTS_OF_STOCKS
    chances = {name: evenness(one) for name, one in found.items()}
    figures = {"way": "stocks of flows", "datasets": count, "draws": DRAWS, "tests": TESTS}
    prove("sbc_stocks", figures | {"p": chances})
    assert min(chances.values()) > 0.01 / TESTS, chances
    chance = np.mean(extreme(np.arange(DRAWS + 1)))
    most = stats.binom.isf(0.01 / len(found), count, chance)
    assert {name: n for name, one in found.items() if (n := np.sum(extreme(one))) > most} == {}


def extreme(below: Sequence[int] | NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return which ranks are in the outer tenth."""
    return np.asarray(np.abs(2 * np.asarray(below) - DRAWS) > 0.9 * DRAWS)
