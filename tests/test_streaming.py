"""Exact quantiles of draws that are not kept: the same as those of draws that are."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import PAGE
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.simulation import streaming
from vnjp_sim.simulation.engine import Block
from vnjp_sim.simulation.ensemble import Batch
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.streaming import streamed_summaries
from vnjp_sim.simulation.summaries import Summary, summarise
from vnjp_sim.simulation.variants import Variant
from vnjp_sim.simulation.workforce import Threads
from vnjp_sim.storage.block_files import BlockFiles

FloatArray = NDArray[np.float64]

pytestmark = pytest.mark.invariants

YEARS = (2030, 2031)
BLOCK = 2 * PAGE
DRAWS = 2 * BLOCK + 1_001
"""Three blocks, the last a short one."""


def made(kind: str, draws: int) -> FloatArray:
    """Return draws, (draw,), of a kind that is hard on bins."""
    rng = np.random.default_rng(len(kind))
    uniform = rng.random(draws)
    values = {
        "smooth": lambda: rng.lognormal(3.0, 0.4, draws),
        "constant": lambda: np.full(draws, 0.1),
        "counts": lambda: rng.poisson(2.0, draws).astype(float),
        "ties": lambda: np.where(uniform < 0.6, 1.0, rng.normal(1.0, 1e-9, draws)),
        "both signs of zero": lambda: np.where(uniform < 0.5, -0.0, 0.0),
        "extremes": lambda: np.where(uniform < 0.3, -1e300, np.where(uniform < 0.7, 5e-324, 1e300)),
        "neighbours": lambda: 1.0 + np.floor(uniform * 4) * np.spacing(1.0),
        "first block unlike the others": lambda: np.where(
            np.arange(draws) < BLOCK, uniform, 50.0 + rng.normal(0.0, 1.0, draws)
        ),
        "rising": lambda: np.arange(draws, dtype=float),
    }
    return np.asarray(values[kind]())


KINDS = (
    "smooth",
    "constant",
    "counts",
    "ties",
    "both signs of zero",
    "extremes",
    "neighbours",
    "first block unlike the others",
    "rising",
)


class Stub:
    """A posterior that knows no series."""

    arrays: dict[str, FloatArray] = {}


@pytest.fixture
def streamed(
    shipped_model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[Summary, ...]]:
    """Summaries of made draws, (year, draw) by the name of their kind, streamed block by block."""

    def summaries(arrays: dict[str, FloatArray], **sizes: Any) -> tuple[Summary, ...]:
        def rows(_posterior: object, block: Block) -> dict[str, FloatArray]:
            part = slice(block.streams.start, block.streams.start + block.streams.size)
            return {name: array[None, :, part].copy() for name, array in arrays.items()}

        monkeypatch.setattr(streaming, "rows_of_block", rows)
        draws = next(iter(arrays.values())).shape[1]
        variants = (Variant(ScenarioInputs(shipped_model.parameters.single)),)
        batch = Batch(variants, *YEARS, draws, 7, shipped_model.couplings)
        layout = MadeLayout(tuple(arrays))
        monkeypatch.setattr(Batch, "layout", lambda *_: layout)
        kept = BlockFiles(tmp_path / "kept")
        kept.folder.mkdir()
        workers = sizes.pop("workers", 1)
        for name, size in sizes.items():
            monkeypatch.setattr(streaming, name, size)
        (one,) = streamed_summaries(Stub(), batch, Threads(workers), kept)  # type: ignore[arg-type]
        return one

    return summaries


class MadeLayout:
    """One row of each kind."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.recorded = dict.fromkeys(names, (0,))
        self.recorded_rows = dict.fromkeys(names, (None,))


@pytest.mark.parametrize(
    ("draws", "sizes"),
    [
        (DRAWS, {}),
        (DRAWS, {"BLOCKS_A_TASK": 1, "workers": 3, "COLLECTED_AT_MOST": 20_000}),
        (DRAWS, {"COLLECTED_AT_MOST": 0}),
        (300, {}),
        (3, {}),
        (1, {}),
    ],
)
def test_streamed_quantiles_are_the_direct_ones_to_the_last_bit(
    streamed: Callable[..., tuple[Summary, ...]], draws: int, sizes: dict[str, Any]
) -> None:
    arrays = {kind: np.stack([made(kind, draws)] * 2) for kind in KINDS}
    with np.errstate(over="ignore", invalid="ignore"):
        direct = summarise(arrays, YEARS[0])
    for mine, theirs in zip(streamed(arrays, **sizes), direct, strict=True):
        assert (mine.indicator, mine.year) == (theirs.indicator, theirs.year)
        assert list(map(repr, mine.quantiles)) == list(map(repr, theirs.quantiles)), mine.indicator
        assert len(mine.quantiles) == len(QUANTILES)
        if mine.indicator != "extremes":
            assert mine.mean == pytest.approx(theirs.mean, rel=1e-12)
            assert mine.sd == pytest.approx(theirs.sd, rel=1e-9, abs=1e-15, nan_ok=True)


def test_mean_and_spread_of_a_constant_are_exact(
    streamed: Callable[..., tuple[Summary, ...]],
) -> None:
    one = streamed({"constant": np.full((2, DRAWS), 0.1)})[0]
    assert (one.mean, one.sd) == (0.1, 0.0)
    assert not math.isnan(one.quantiles[0])
