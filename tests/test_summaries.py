"""Quantiles, deviations and chances: none that the draws are too few for."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

import vnjp_sim as vj
from vnjp_sim import exchange
from vnjp_sim.analysis.effects import effect_of
from vnjp_sim.analysis.marks import TOO_FEW
from vnjp_sim.analysis.target_probability import chance_interval
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.summaries import (
    fewest_draws,
    quantiles,
    quantiles_of,
    read_summaries,
    summarise,
    write_summaries,
)

KNOWN = {1: ["p50"], 3: ["p50"], 4: ["p25", "p50", "p75"], 19: ["p25", "p50", "p75"]}
ENOUGH = 20


def test_a_quantile_needs_a_draw_beyond_it() -> None:
    needed = {name: fewest_draws(level) for name, level in QUANTILES.items()}
    assert needed == {"p05": 20, "p25": 4, "p50": 1, "p75": 4, "p95": 20}


@pytest.mark.parametrize("draws", [1, 2, 3, 4, 5, 19, 20, 21, 500])
def test_quantiles_are_those_of_numpy_where_there_are_enough_draws(draws: int) -> None:
    values = np.random.default_rng(draws).normal(size=(3, draws))
    found = dict(zip(QUANTILES, quantiles(np.sort(values)), strict=True))
    for name, level in QUANTILES.items():
        if draws >= fewest_draws(level):
            np.testing.assert_allclose(found[name], np.quantile(values, level, axis=1))
        else:
            assert np.isnan(found[name]).all()


@pytest.mark.parametrize(("draws", "known"), KNOWN.items())
def test_a_table_without_numbers_is_written_and_read(
    draws: int, known: list[str], shipped_model: Model, tmp_path: Path
) -> None:
    arrays = {"trade_turnover": np.random.default_rng(1).normal(50.0, 5.0, (2, draws))}
    summaries = summarise(arrays, 2025)
    file = tmp_path / "indicators.csv"
    write_summaries(file, {"s": summaries}, shipped_model.registry)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        assert [name for name in QUANTILES if row[name]] == known
        assert (row["sd"] != "") == (draws > 1)
    for ours, read in zip(summaries, read_summaries(file), strict=True):
        np.testing.assert_array_equal(ours.quantiles, read.quantiles)
        np.testing.assert_array_equal([ours.mean, ours.sd], [read.mean, read.sd])


@pytest.mark.parametrize("draws", [1, 5, ENOUGH - 1, ENOUGH, 400])
def test_no_sign_is_sure_from_few_draws(draws: int) -> None:
    found = effect_of("s", "i", 2030, np.full(draws, 3.0), np.full(draws, 2.0), never=False)
    assert found.mark == ("" if draws >= ENOUGH else TOO_FEW)
    assert found.sure == (draws >= ENOUGH)
    assert found.draws == draws
    assert math.isnan(found.quantiles[0]) == (draws < ENOUGH)
    assert found.relative is not None
    assert math.isnan(found.relative[0]) == (draws < ENOUGH)
    assert found.quantiles[2] == 1.0


@pytest.mark.parametrize("draws", [1, 10, 1_000])
@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_a_chance_has_an_interval_even_if_all_draws_agree(chance: float, draws: int) -> None:
    low, high = chance_interval(chance, draws)
    assert 0.0 <= low <= chance <= high <= 1.0
    assert high - low > 1.0 / draws / 2.0
    if draws == 1_000:  # the normal approximation holds
        half = 1.645 * math.sqrt(chance * (1.0 - chance) / draws)
        assert high - low == pytest.approx(2.0 * half, abs=0.003)


def test_intervals_of_chances_hold_the_truth_nine_times_of_ten() -> None:
    rng = np.random.default_rng(3)
    for truth in (0.1, 0.5, 0.8):
        counts = rng.binomial(50, truth, 4_000)
        held = [low <= truth <= high for low, high in (chance_interval(c / 50, 50) for c in counts)]
        assert np.mean(held) == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize("draws", [1, 5, 19])
def test_few_draws_give_no_intervals_anywhere(
    draws: int, calibrated_out: Path, shipped_model: Model, tmp_path: Path
) -> None:
    runs = vj.run(["base", "oda_expansion"], draws=draws, out=calibrated_out)
    table = vj.compare(runs).table(["oda_disbursements", "trade_turnover"], [2040])
    assert table[["p05", "p95", "relative_p05", "relative_p95"]].isna().to_numpy().all()
    assert table[["p50", "relative_p50"]].notna().to_numpy().all()
    chances = vj.target_probabilities(runs).dropna(subset="probability")
    assert (chances["high"] - chances["low"] > 1.0 / (draws + 3)).all()
    assert set(chances["draws"]) == {draws}
    causes = vj.attribute("labour_growth", ["labour_stock"], draws=draws, out=calibrated_out)
    assert causes.table("labour_stock", 2040)[["p05", "p95"]].isna().to_numpy().all()
    iamc = exchange.write_iamc(runs, shipped_model, tmp_path / "few.csv").read_text("utf-8")
    assert "|5.0th Percentile" not in iamc
    assert ("|25.0th Percentile" in iamc) == (draws >= 4)
    assert ",nan" not in iamc
    tidy = exchange.write_tidy(runs, shipped_model, tmp_path / "tidy.csv").read_text("utf-8")
    assert ",nan" not in tidy


def test_more_draws_are_all_unchanged() -> None:
    values = np.random.default_rng(5).normal(size=ENOUGH)
    assert quantiles_of(values) == pytest.approx(np.quantile(values, list(QUANTILES.values())))


def test_json_of_few_draws_holds_no_nan(calibrated_out: Path) -> None:
    from click.testing import CliRunner

    from vnjp_sim.cli import commands

    asked = ["compare", "oda_expansion", "--draws", "1", "--json", "--year", "2040"]
    done = CliRunner().invoke(commands, [*asked, "--out", str(calibrated_out)])
    assert done.exit_code == 0, done.output

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    effects = json.loads(done.stdout, parse_constant=refuse)["effects"]
    assert {effect["quantiles"][0] for effect in effects} == {None}
    assert TOO_FEW in {effect["mark"] for effect in effects}
