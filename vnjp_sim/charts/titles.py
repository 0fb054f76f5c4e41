"""Findings as titles: what the draws of a chart say, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effect_words import finding, futures_words, sign_words
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import (
    MEANINGS,
    NOT_EXAMINED,
    PRIOR_DRIVEN,
    SET,
    TOO_FEW,
    UNEXAMINED,
)
from vnjp_sim.charts.quantities import Quantity, Row, errors_of
from vnjp_sim.charts.theme import scenario_label
from vnjp_sim.inputs.number_text import alike

if TYPE_CHECKING:
    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

MEAN = "mean "
CAUTIONS = (PRIOR_DRIVEN, SET, TOO_FEW)
"""Marks that a chart tells beside its title; what the sign is worth stands in the title itself."""
WAYS = ("rise", "fall")
SURE, LIKELY = 0.95, 2 / 3
"""Part of the draws from which a rise or fall is told without, and with, its chance."""


FAR = 0.25
"""What the largest median must be above both ends of a projection to be told, as a part of them."""


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
    number = middle_text(last, shown, draws.shape[1])
    some = float((draws[-1] != 0).mean())
    if shown.middle == "mean":
        often = "" if some >= SURE else f"; some in {futures_words(some, draws.shape[1])}"
        amount = shown.amount(number.removeprefix(MEAN))
        return f"{shown.label}: {amount} on average in {last['year']}{often}"
    amount = shown.amount(number) if draws[-1].any() else "none"
    reached = f"{shown.label}: {amount} in {last['year']}"
    if len(rows) == 1:
        return reached
    before = middle_text(rows[0], shown, draws.shape[1]) if draws[0].any() else "none"
    told = _against(before, number, draws, rows[0]["year"])
    return f"{reached}, {told}{_between(rows, shown, draws.shape[1])}"


def middle_text(row: Row, shown: Quantity, draws: int) -> str:
    """Return the median of a row as a number, or its mean, called so."""
    if shown.middle == "mean":
        places = 1 if shown.whole else max(1, shown.decimals)
        return f"{MEAN}{alike([row['mean']], places)[0]}"
    if row["p50"] == 0.0:
        return "0"
    return shown.texts([row["p50"]], [errors_of(row, draws)["p50"]])[0]


def _between(rows: Sequence[Row], shown: Quantity, draws: int) -> str:
    """Return the largest median and its years, if it is far above those of both ends."""
    values = [row["p50"] for row in rows]
    largest, ends = max(values), max(values[0], values[-1])
    if largest <= ends + max(FAR * abs(ends), 1.0 if shown.whole else 0.0):
        return ""
    at = values.index(largest)
    until = next((i for i in range(at, len(values)) if values[i] != largest), len(values)) - 1
    first, last = rows[at]["year"], rows[until]["year"]
    when = f"in {first}" if first == last else f"from {first} to {last}"
    return f"; {middle_text(rows[at], shown, draws)} {when}"


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
        return f"{way} from {before} in {year} in {futures_words(chance, draws.shape[1])}"
    return f"against {before} in {year}; it may rise or fall"


def effect_title(effects: Sequence[Effect], model: Model, *, relative: bool = False) -> str:
    """Return the finding on the largest sure effect, else the largest; `relative` in per cent."""
    first = max(effects, key=lambda e: (e.sure, abs(e.mean)))
    if not relative:
        return finding(first, model.registry)
    label = model.registry.indicators[first.indicator].label
    middle = first.mean if first.by_chance else first.quantiles[2]
    size = alike([100.0 * middle], 1, signed=True)[0]
    unsure = f"; {sign_words(first)}" if first.unsure else ""
    return f"{label}: {size} % in {first.year} with {scenario_label(first.scenario)}{unsure}"


def cautions(effects: Sequence[Effect], *, several: bool) -> str:
    """Return what effects rest on, in the words of the tables; empty if nothing is to be said.

    `several` names the scenarios of which it is true.
    """
    told = []
    for mark in CAUTIONS:
        names = [scenario_label(effect.scenario) for effect in effects if effect.mark == mark]
        if names:
            words = MEANINGS[mark][:1].upper() + MEANINGS[mark][1:]
            told.append(f"{words}: {', '.join(names)}" if several else words)
    return ". ".join(told)


def unexamined(effects: Sequence[Effect]) -> list[str]:
    """Return the sentence on effects of which it is not known what they rest on."""
    return [UNEXAMINED] if any(effect.mark == NOT_EXAMINED for effect in effects) else []


def sector_title(name: str, ends: Sequence[tuple[FloatArray, FloatArray]], year: int) -> str:
    """Return how many indicators of a sector rise or fall, from first and last draws of each."""
    counts = {(sure, way): 0 for sure in ("almost certainly", "probably") for way in WAYS}
    for first, last in ends:
        rise, fall = float((last > first).mean()), float((last < first).mean())
        chance, way = max((rise, WAYS[0]), (fall, WAYS[1]))
        if chance >= LIKELY:
            counts["almost certainly" if chance >= SURE else "probably", way] += 1
    parts = [
        f"{count} {sure} {way}{'s' if count == 1 else ''}"
        for (sure, way), count in counts.items()
        if count
    ]
    if not parts:
        return f"{name}: {len(ends)} indicators, none with a clear rise or fall by {year}"
    told = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return f"{name}: of {len(ends)} indicators, {told} by {year}"
