"""Mean, spread and quantiles over the draws: computed, written and read as a tidy table."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

SUMMARY_COLUMNS = (
    "scenario",
    "indicator",
    "label",
    "unit",
    "year",
    "mean",
    "sd",
    *QUANTILES,
)


MILESTONES = (2030, 2040)


@dataclass(frozen=True)
class Summary:
    """Mean, standard deviation and quantiles of one indicator in one year.

    NaN where the draws are too few for it, see :func:`quantiles`; one draw has no deviation.
    """

    indicator: str
    year: int
    mean: float
    sd: float
    quantiles: tuple[float, ...]


def milestones(start: int, end: int) -> list[int]:
    """Return the years that tables show of a horizon: 2030 and 2040, if within it, and the last."""
    inside = {year for year in MILESTONES if start <= year <= end} or {(start + end) // 2}
    return sorted({*inside, end})[-3:]


def summarise(arrays: Mapping[str, FloatArray], start: int) -> tuple[Summary, ...]:
    """Return mean, sd and quantiles of each indicator and year; arrays are (year, draw).

    Quantiles interpolate linearly between order statistics.
    """
    found: list[Summary] = []
    for name, array in arrays.items():
        ordered = np.sort(array, axis=1)
        levels = quantiles(ordered)
        rows = zip(
            ordered.mean(axis=1).tolist(),
            deviation(ordered).tolist(),
            levels.T.tolist(),
            strict=True,
        )
        found += [
            Summary(name, year, mean, spread, tuple(own))
            for year, (mean, spread, own) in enumerate(rows, start)
        ]
    return tuple(found)


def summary_table(
    arrays: Mapping[str, Mapping[str, FloatArray]], starts: Mapping[str, int], registry: Registry
) -> pd.DataFrame:
    """Return the tidy table of scenarios, its columns :data:`SUMMARY_COLUMNS`.

    Parameters
    ----------
    arrays : Mapping[str, Mapping[str, FloatArray]]
        By scenario and indicator, (year, draw).
    starts : Mapping[str, int]
        The first year by scenario.
    """
    import pandas as pd

    rows = [
        (scenario, s.indicator, known.label, known.unit, s.year, s.mean, s.sd, *s.quantiles)
        for scenario, own in arrays.items()
        for s in summarise(own, starts[scenario])
        for known in (registry.indicators[s.indicator],)
    ]
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def write_summaries(
    file: Path, summaries: Mapping[str, Sequence[Summary]], registry: Registry
) -> None:
    """Write the tidy table of scenarios, full precision; a cell without a number is empty."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(SUMMARY_COLUMNS)
        for scenario, rows in summaries.items():
            for s in rows:
                indicator = registry.indicators[s.indicator]
                numbers = [cell(value) for value in (s.mean, s.sd, *s.quantiles)]
                writer.writerow(
                    [scenario, s.indicator, indicator.label, indicator.unit, s.year, *numbers]
                )


def read_summaries(file: Path) -> tuple[Summary, ...]:
    """Read the tidy table of a run, as :func:`write_summaries` wrote it."""
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(_summary(row) for row in csv.DictReader(stream))


def _summary(row: Mapping[str, str]) -> Summary:
    mean, sd, *levels = (float(row[name] or "nan") for name in ("mean", "sd", *QUANTILES))
    return Summary(row["indicator"], int(row["year"]), mean, sd, tuple(levels))


def cell(value: float) -> float | str:
    """Return a number for a cell of a CSV file, where it gets all its digits; empty for NaN."""
    return "" if math.isnan(value) else value


def fewest_draws(level: float) -> int:
    """Return how many draws a quantile needs: one draw beyond it must be likely.

    20 for 5 % and 95 %, 4 for the quartiles, 1 for the median.
    """
    tail = min(level, 1.0 - level)
    return 1 if tail == 0.5 else math.ceil(round(1.0 / tail, 9))


def deviation(values: FloatArray) -> FloatArray:
    """Return the standard deviation along the draws, the last axis; NaN for a single draw."""
    spread: FloatArray = values.std(axis=-1)
    return np.full_like(spread, np.nan) if values.shape[-1] < 2 else spread


def quantiles(ordered: FloatArray) -> FloatArray:
    """Return (quantile, year) of values (year, draw) that are sorted along the draws.

    The levels are those of :data:`vocabulary.QUANTILES`, between order statistics by straight
    lines; NaN where there are fewer draws than :func:`fewest_draws`.
    """
    draws = ordered.shape[1]
    rows = []
    for level in QUANTILES.values():
        if draws < fewest_draws(level):
            rows.append(np.full(ordered.shape[0], np.nan))
            continue
        low, high, part = between(level, draws)
        rows.append(ordered[:, low] + part * (ordered[:, high] - ordered[:, low]))
    return np.stack(rows)


def between(level: float, draws: int) -> tuple[int, int, float]:
    """Return the two order statistics, from 0, that a quantile lies between, and how far."""
    position = level * (draws - 1)
    low = math.floor(position)
    return low, min(low + 1, draws - 1), position - low


def quantiles_of(values: FloatArray) -> tuple[float, ...]:
    """Return the quantiles of draws in any order, (draw,), at :data:`vocabulary.QUANTILES`."""
    return tuple(float(q) for q in quantiles(np.sort(values)[None])[:, 0])
