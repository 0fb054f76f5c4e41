"""Simulation-based calibration of groups as they are shipped: their plan, figures and sampler.

:func:`make_plan` makes the groups of residents and of aid, those whose figures and laws are most
entangled. Parameters, paths and the readings of open figures are drawn from the priors; every
figure of the group is then printed anew, by its own rule, from what the draw says; the group is
calibrated on these by the importance sampler; and the truth ranks evenly among posterior draws. The
level of each law is flat in the shipped groups; here it is normal with :data:`LEVEL_SD` around its
guess, in the truth as in the group, so that truths can be drawn.

The mean and the variance of the normal scores of ranks are tested, which say of a posterior that
it is shifted, too narrow or too wide. The power is the chance that a shift of a single quantity, a
part of its posterior's standard deviation, is found while the chance of any false alarm is 1 %:

=========== ======== ============== ========= =============== ============
size        datasets a fifth        a half    three quarters  the whole
=========== ======== ============== ========= =============== ============
every run   16       0.1 %          4 %       21 %            58 %
``--full``  1,000    99 %           100 %     100 %           100 %
=========== ======== ============== ========= =============== ============

A fault that moves several quantities is found more often than this.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from test_sbc_ways import DRAWS, evenness, gathered, power, rank

from vnjp_sim.calibration import importance, paths
from vnjp_sim.calibration.diagnostics import GATE_PARETO_K
from vnjp_sim.calibration.evaluation import OWN_ERROR, Draws, Question
from vnjp_sim.calibration.groups import Group, draw_path
from vnjp_sim.calibration.measures import total, truth, value_at
from vnjp_sim.calibration.observation_model import (
    ANNOUNCED_BIAS,
    ANNOUNCED_SD,
    ONE_SIDED,
    rule,
    sample_error,
)
from vnjp_sim.calibration.oda import SPREAD_OF_PAYMENTS
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.readings import drawn_readings, open_times
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.sectors.oda import (
    COMMITMENTS,
    CONVERSION,
    DISBURSEMENTS,
    IN_DOLLARS,
    LOAN_SHARE,
    LOANS,
)
from vnjp_sim.sectors.people import OTHERS
from vnjp_sim.simulation.model_data import load_model

FloatArray = NDArray[np.float64]
Numbers = dict[str, float]
Seen = Mapping[tuple[str, ...], float]

pytestmark = [pytest.mark.calibration, pytest.mark.slow]

SMALL, FULL = 16, 1_000
TESTS = {"residents": 36, "oda": 11}
"""Quantities whose ranks are tested."""
SEED = 61
SAMPLE, ENOUGH, ROUNDS, BATCHES = 2_048, 200.0, 3, 10
LEAST_EFFECTIVE = 100.0
"""Datasets that the sampler at this size would refuse, as the gates do, are drawn anew: that
depends on the figures alone, so that truths still rank evenly."""
LEVEL_SD = 0.3
LEAST_STEPS = 3.0
"""A figure of fewer rounding units would not have been printed in them."""
LEVEL_OF_OTHERS = 100_000.0
WATCHED: Mapping[str, tuple[str, ...]] = {
    "residents": ("people_residents", "labour_stock", "people_students", OTHERS, "labour_intake"),
    "oda": (COMMITMENTS, LOANS),
}
"""Indicators whose values in :data:`YEARS` are ranked, beside all parameters of the group."""
YEARS = {"residents": ("2022", "2024"), "oda": ("FY2019", "FY2023")}


@lru_cache
def shipped(name: str) -> Group:
    """Return a group as it is planned, its levels no longer flat."""
    model = load_model()
    plan = make_plan(model.evidence, model.parameters)
    (planned,) = (group for group in plan.groups if group.name == name)
    group = planned.build("damped")
    assert isinstance(group, Group)
    guesses = {OTHERS: float(np.log(LEVEL_OF_OTHERS))}
    placed = [replace(law, guess=guesses.get(law.name, law.guess)) for law in group.in_order]
    questions = (
        Question((indicator,), parse_period(year))
        for indicator in WATCHED[name]
        for year in YEARS[name]
    )
    return replace(group, in_order=placed).asking(*questions)


def simulated(group: Group, rng: np.random.Generator) -> tuple[Numbers, list[Observation]] | None:
    """Draw the truth of everything that is ranked, and the figures; None if none is printed."""
    (reading,) = drawn_readings(group.figures, group.lags, rng, 1)
    dates = group.dates | open_times(group.figures, group.lags)
    read = replace(group, figures=reading, lags={}, dates=dates)
    draws = read.start(rng.standard_normal((group.dimension, 1)), rng)
    draws.used = set(range(len(reading)))  # none conditions: all is drawn from the priors
    for law in read.laws.values():
        draw_path(draws, law)
    for stock in read.accumulations:
        draws.bases[stock.stock] = np.array([read.base_of(stock.stock).value])
    if group.name == "oda" and not draws.occurs(LOANS, 2023)[0]:
        return None  # nothing would have been announced
    pairs = zip(group.figures, reading, strict=True)
    seen = {figure.key: seen_of(draws, as_read, rng) for figure, as_read in pairs}
    for figure in group.figures:
        if figure.indicators == (IN_DOLLARS,):
            seen[figure.key] = converted(group, draws, figure, seen)
    figures = [printed(figure, seen[figure.key], rng) for figure in group.figures]
    if min(f.value / f.step for f in figures) < LEAST_STEPS:
        return None
    known = {f"{law}.{n}": v[0] for law, own in draws.values.items() for n, v in own.items()}
    known |= {name: value[0] for name, value in draws.extra.items() if name != CONVERSION}
    known |= {f"asked.{i}": value[0] for i, value in enumerate(asked(draws, group.name))}
    return {name: float(value) for name, value in known.items()}, figures


def asked(draws: Draws, name: str) -> list[FloatArray]:
    """Return the watched indicators in each year."""
    periods = [parse_period(year) for year in YEARS[name]]
    return [total(draws, (indicator,), p) for indicator in WATCHED[name] for p in periods]


def seen_of(draws: Draws, figure: Observation, rng: np.random.Generator) -> float:
    """Return what a document sees of a figure: the truth with the errors of document and figure."""
    own = OWN_ERROR * draws.layout.document_sd[figure.document] * rng.standard_normal()
    if figure.indicators == (DISBURSEMENTS,):
        error = draws.document_error[figure.document][0]
        return float(payments(draws, rng) * np.exp(own + error))
    return float(truth(draws, figure)[0] * np.exp(own))


def payments(draws: Draws, rng: np.random.Generator) -> float:
    """Draw a year's disbursements, from the words of :mod:`calibration.oda`."""
    law = draws.values[COMMITMENTS]
    chance = draws.layout.hurdles[LOANS].prior.transform(np.zeros(1))[0]
    centre = law["equilibrium"][0] + np.log(1.0 - draws.extra[LOAN_SHARE][0] * chance)
    spread = SPREAD_OF_PAYMENTS * law["spread"][0]
    return float(np.exp(centre + spread * rng.standard_normal()))


def converted(group: Group, draws: Draws, figure: Observation, seen: Seen) -> float:
    """Return the dollars (mn) that a document makes of the yen that it prints beside them."""
    (yen,) = (
        seen[other.key]
        for other in group.figures
        if (other.period, other.document) == (figure.period, figure.document)
        and other.indicators in ((COMMITMENTS,), (DISBURSEMENTS,))
    )
    time = group.laws[RATE].time_of(figure.period)
    assert time is not None
    error = draws.extra[CONVERSION][0] * draws.rng.standard_normal()
    return float(1_000.0 * yen / value_at(draws, RATE, time)[0] * np.exp(error))


def printed(figure: Observation, seen: float, rng: np.random.Generator) -> Observation:
    """Print what is seen by the rule of the figure; a bound is the same whatever is seen."""
    if figure.wording in ONE_SIDED:
        return replace(figure, reported="at_least" if seen >= figure.value else "at_most")
    if figure.announced:
        seen *= float(np.exp(ANNOUNCED_BIAS + ANNOUNCED_SD * rng.standard_normal()))
    value = seen - figure.step * float(sample_error(rule(figure), rng, 1)[0])
    return replace(figure, value=value, printed=repr(value))


def ranks(number: int, name: str, seed: int, shift: float = 0.0) -> dict[str, int]:
    """Return how many of the posterior draws lie below each truth, for one dataset.

    The draws may be moved by a part of their standard deviation first, to plant a bias.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
    group = shipped(name)
    with (
        mock.patch.object(paths, "LEVEL_SD", LEVEL_SD),
        mock.patch.object(importance, "MAX_BATCHES", BATCHES),
    ):
        while True:
            made = simulated(group, rng)
            if made is None:
                continue
            known, figures = made
            calibrated = replace(group, figures=figures)
            drawn = importance.sample(calibrated, rng, SAMPLE, ENOUGH, ROUNDS)
            if drawn.effective >= LEAST_EFFECTIVE and drawn.pareto_k <= GATE_PARETO_K:
                break
    rows = importance.resampled([drawn], DRAWS, rng)
    kept = {n: drawn.kept[n][rows] for n in known}
    return {n: rank(x + shift * x.std(), known[n], rng) for n, x in kept.items()}


@pytest.mark.parametrize("name", list(WATCHED))
def test_truths_rank_evenly_in_a_shipped_group(
    name: str,
    sized: Callable[[int, int], int],
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    count = sized(SMALL, FULL)
    found = gathered(partial(ranks, name=name, seed=SEED), count, processes)
    p = {quantity: evenness(one) for quantity, one in found.items()}
    assert len(p) == TESTS[name]
    prove(f"sbc_group_{name}", {"way": name, "datasets": count, "draws": DRAWS, "p": p})
    assert min(p.values()) > 0.01 / len(p), sorted(p.items(), key=lambda item: item[1])[:5]


@pytest.mark.planted
def test_a_planted_shift_is_found_as_often_as_told() -> None:
    """Evenly ranked truths, all posteriors moved by a part of their spread."""
    rng = np.random.default_rng(3)
    least = 0.01 / TESTS["residents"]
    for shift in (0.5, 1.0):
        times = [
            evenness(shifted_ranks(rng.standard_normal(SMALL), shift)) < least for _ in range(200)
        ]
        told = power(shift, SMALL, TESTS["residents"])
        assert abs(np.mean(times) - told) < 4.0 * np.sqrt(told * (1.0 - told) / 200), shift


def shifted_ranks(truths: FloatArray, shift: float) -> list[int]:
    """Return ranks among draws of standard normal posteriors that are shifted."""
    return [int(DRAWS * stats.norm.cdf(truth - shift) + 0.5) for truth in truths]


def test_a_shifted_group_is_found() -> None:
    """All draws of the residents a whole spread too high are found in few datasets."""
    found = gathered(partial(ranks, name="residents", seed=SEED, shift=1.0), SMALL // 2, 1)
    assert min(map(evenness, found.values())) < 0.01 / TESTS["residents"]
