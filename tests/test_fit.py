"""Figures against the posterior: tail probabilities by hand, and the shipped fit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.fit import fit_of, tail_probability
from vnjp_sim.calibration.observation_model import sample_truth
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.simulation.fit import Past, fits_of
from vnjp_sim.simulation.history import past_of
from vnjp_sim.simulation.model_data import Model

SIZE = 40_000


@pytest.fixture(scope="module")
def figure(shipped_model: Model) -> Observation:
    known = shipped_model.evidence.figures_of("trade_turnover", "2022")
    plain = next(f for f in known if f.use == "calibrate" and f.reported == "exact")
    return replace(plain, value=40.0, step=1.0)


def test_tail_of_a_rounded_figure(figure: Observation) -> None:
    """The truth is normal around 41 with spread 2; the printed figure adds a uniform of one."""
    rng = np.random.default_rng(1)
    truth = 41.0 + 2.0 * rng.standard_normal(SIZE)
    spread = np.sqrt(2.0**2 + 1.0 / 12.0)
    expected = 2.0 * NormalDist().cdf(-1.0 / spread)
    assert tail_probability(figure, truth, rng) == pytest.approx(expected, abs=0.015)


def test_tail_of_a_bound_is_the_chance_that_it_is_true(figure: Observation) -> None:
    rng = np.random.default_rng(2)
    truth = 38.0 + 4.0 * rng.random(SIZE)
    for reported, chance in (("at_least", 0.5), ("at_most", 0.5)):
        bound = replace(figure, reported=reported)
        assert tail_probability(bound, truth, rng) == pytest.approx(chance, abs=0.01)
    assert tail_probability(replace(figure, reported="at_least", value=43.0), truth, rng) == 0.0


@pytest.mark.parametrize("reported", ["exact", "about", "over", "nearly"])
def test_a_figure_fits_what_it_says_alone(figure: Observation, reported: str) -> None:
    """And one that is ten steps off does not."""
    rng = np.random.default_rng(3)
    own = replace(figure, reported=reported)
    truth = sample_truth(own, rng, SIZE)
    assert tail_probability(own, truth, rng) > 0.5
    assert fit_of(replace(own, value=50.0), truth, rng).tail < 0.001


def test_an_error_of_the_document_makes_a_figure_less_surprising(figure: Observation) -> None:
    rng = np.random.default_rng(4)
    truth = np.full(SIZE, 42.0)
    tails = [tail_probability(figure, truth, rng, sd) for sd in (0.0, 0.02, 0.1)]
    assert tails[0] == 0.0
    assert tails == sorted(tails)


def test_every_calibrating_figure_of_a_quantity_fits(
    posterior: Posterior, shipped_model: Model
) -> None:
    fits = fits_of(posterior, shipped_model)
    assert {fit.figure.use for fit in fits} == {"calibrate"}
    known = [fit for fit in fits if not np.isnan(fit.tail)]
    assert len(known) > 60
    assert [fit.tail for fit in known] == sorted(fit.tail for fit in known)
    assert min(fit.tail for fit in known) > 0.01
    assert all(fit.note for fit in fits if np.isnan(fit.tail))


def test_a_planted_figure_that_cannot_be_stands_first(
    posterior: Posterior, shipped_model: Model
) -> None:
    planted = shipped_model.evidence.figures_of("people_residents", "2025-04")
    wrong = replace(planted[0], value=900_000.0, printed="900000")
    fits = fits_of(posterior, shipped_model, [planted[0], wrong])
    assert fits[0].figure is wrong
    assert fits[0].tail < 0.001
    assert fits[1].tail > 0.05


def test_stocks_and_flows_within_a_year(posterior: Posterior, shipped_model: Model) -> None:
    """A stock lies between the ends of years, a quarter of a flow near a quarter of it."""
    names = ["investment_stock", "investment_flow"]
    past = Past(posterior, shipped_model, *past_of(posterior, shipped_model, names))
    rng = np.random.default_rng(5)
    (known,) = (
        f
        for f in shipped_model.evidence.figures_of("investment_stock", "2023-09")
        if f.use == "calibrate"
    )
    stock = past.truth(known, rng)
    assert isinstance(stock, np.ndarray)
    ends = [past.arrays["investment_stock"][year - past.first] for year in (2022, 2023)]
    assert stock == pytest.approx(ends[0] ** 0.25 * ends[1] ** 0.75, rel=1e-9)
    parts = [
        replace(known, indicators=("investment_flow",), period=parse_period(text))
        for text in ("2024", "2024-01/2024-03")
    ]
    whole, part = (past.truth(figure, rng) for figure in parts)
    assert isinstance(whole, np.ndarray)
    assert isinstance(part, np.ndarray)
    assert np.median(part / whole) == pytest.approx(0.25, abs=0.02)
    early = replace(known, period=parse_period("1995"))
    assert past.truth(early, rng) == "its law begins later"


def test_the_command_shows_the_fit(calibrated_out: Path) -> None:
    words = ["calibrate", "--fit", "--out", str(calibrated_out)]
    status, out, _ = outcome(words)
    assert status == 0
    assert "about 630,000 persons" in out
    _, out, _ = outcome([*words, "--json"])
    table = vj.Session(out=calibrated_out).fit()
    assert [row["tail"] for row in json.loads(out)][:5] == table["tail"].tolist()[:5]
