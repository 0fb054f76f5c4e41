"""Findings as titles: what the draws of a chart say, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effects import effect_of
from vnjp_sim.charts.quantities import CELLS, RARE, Quantity, Row, errors_of
from vnjp_sim.charts.theme import scenario_label
from vnjp_sim.inputs.number_text import alike, fixed, percent

FloatArray = NDArray[np.float64]

SURE, LIKELY = 0.95, 2 / 3
"""Part of the draws from which a rise or fall is told without, and with, its chance."""


def level_title(shown: Quantity, rows: Sequence[Row], draws: FloatArray) -> str:
    """Return what a projection says of its last year, against its first.

    Parameters
    ----------
    shown : Quantity
        The indicator.
    rows : Sequence[Row]
        Of the years drawn.
    draws : FloatArray
        Of the first and of the last of these years, (2, draw).
    """
    last = rows[-1]
    if not draws.any():
        return f"{shown.label}: none in any draw to {last['year']}"
    if shown.form in (CELLS, RARE):
        return f"{shown.label}: {often_zero(shown, last, draws[-1])} in {last['year']}"
    value, before = (
        shown.texts([row["p50"]], [errors_of(row, draws.shape[1])["p50"]])[0]
        for row in (last, rows[0])
    )
    reached = f"{shown.label}: {with_unit(value, shown)} in {last['year']}"
    if len(rows) == 1:
        return reached
    return f"{reached}, {_against(before, value, draws, rows[0]['year'])}"


def _against(before: str, value: str, draws: FloatArray, year: int) -> str:
    """Return how the last year stands against the first, with the chance of it."""
    if before == value:
        return f"as in {year}"
    if draws.shape[1] == 1:
        return f"{'up' if draws[-1, 0] > draws[0, 0] else 'down'} from {before} in {year}"
    rise, fall = float((draws[-1] > draws[0]).mean()), float((draws[-1] < draws[0]).mean())
    way, chance = ("up", rise) if rise >= fall else ("down", fall)
    if chance >= SURE:
        return f"{way} from {before} in {year}"
    if chance >= LIKELY:
        return f"{way} from {before} in {year} with a chance of {percent(chance)}"
    return f"against {before} in {year}; it may rise or fall"


def often_zero(shown: Quantity, row: Row, draws: FloatArray) -> str:
    """Return the mean and the chance of any of what is often zero."""
    places = 1 if shown.whole else shown.decimals
    mean = with_unit(fixed(row["mean"], places), shown)
    some = float((draws != 0).mean())
    if some >= SURE:
        return f"{mean} on average"
    return f"some in {futures(some)}, {mean} on average"


def futures(chance: float) -> str:
    """Return a chance as so many of ten futures, or of a hundred if it is near none or all."""
    for whole in (10, 100, 1000):
        held = round(chance * whole)
        if 0 < held < whole:
            return f"{held} of {whole:,} futures"
    return "no future" if chance < 0.5 else "all futures"


def with_unit(number: str, shown: Quantity) -> str:
    """Return a number with its unit in words."""
    bare = shown.unit in ("number", "ratio") or not shown.unit
    return number if bare else f"{number} {shown.unit}"


def effect_title(shown: Quantity, effects: Mapping[str, FloatArray], year: int) -> str:
    """Return the largest sure effect of a year; or that none is sure.

    Parameters
    ----------
    shown : Quantity
        The indicator.
    effects : Mapping[str, FloatArray]
        Differences by scenario, (year, draw), of which the last year counts.
    year : int
        The last year.
    """
    found = {
        name: effect_of(name, shown.name, year, own[-1] * shown.factor, 0.0 * own[-1], False)
        for name, own in effects.items()
    }
    sure = sorted((e for e in found.values() if e.sure), key=lambda e: -abs(e.mean))
    if not sure:
        return f"{shown.label}: none surely moved in {year}"
    first = sure[0]
    value = first.mean if shown.middle == "mean" else first.quantiles[2]
    number = with_unit(alike([value], 2, signed=True)[0], shown)
    return f"{shown.label}: {number} in {year} with {scenario_label(first.scenario)}"


def sector_title(name: str, ends: Sequence[tuple[FloatArray, FloatArray]], year: int) -> str:
    """Return how many indicators of a sector surely rise or fall, from first and last draws."""
    rising = sum(float((last > first).mean()) >= SURE for first, last in ends)
    falling = sum(float((last < first).mean()) >= SURE for first, last in ends)
    parts = [
        f"{count} nearly surely {verb}"
        for count, verb in ((rising, "rise"), (falling, "fall"))
        if count
    ]
    told = " and ".join(parts) if parts else "none surely rises or falls"
    noun = "indicator" if len(ends) == 1 else "indicators"
    return f"{name}: of {len(ends)} {noun}, {told} by {year}"


def target_title(chances: dict[str, dict[str, float]], first: str) -> str:
    """Return how many targets a scenario rather meets than misses; chances by target, scenario."""
    known: list[Any] = [own[first] for own in chances.values() if first in own]
    likely = sum(chance > 0.5 for chance in known)
    noun = "target" if len(known) == 1 else "targets"
    return f"{likely} of {len(known)} {noun} more likely met than missed"
