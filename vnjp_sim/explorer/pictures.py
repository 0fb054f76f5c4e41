"""Pictures of effects: rows, words and tables of the paired difference by year."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effect_words import (
    amount_words,
    chances,
    effect_measure,
    mean_number,
    part_words,
    sign_words,
)
from vnjp_sim.analysis.effects import Effect, effects_by_year
from vnjp_sim.analysis.marks import MEANINGS, STILL
from vnjp_sim.charts.letters import lines_within
from vnjp_sim.charts.live import chance_spec, effect_spec, panels_spec
from vnjp_sim.charts.quantities import compact
from vnjp_sim.charts.theme import NO_BREAK
from vnjp_sim.explorer.content import Picture, Row, Table
from vnjp_sim.explorer.futures import Pair
from vnjp_sim.explorer.state import State
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.number_text import Measure, alike, draws_text, quantile_errors
from vnjp_sim.inputs.registry import Indicator, Registry

FloatArray = NDArray[np.float64]

PERCENT = Measure("percent", "per cent of the comparison", 1.0, 1)
"""What a ratio is shown in; its values are per cent."""
LABEL_WIDTH = 172
"""Of the words above a panel, in pixels: no wider than the narrowest panel of the page."""
MOST_DECIMALS = 3
NOTHING = "Nothing differs yet: choose a scenario or move a lever."
WITHOUT_PER_CENT = (
    "Not in per cent: in some futures the comparison is zero or negative, and nothing is a part of "
    "that."
)
READING = "Line: {middle}; bands: 50 % and 90 % of {draws}, each paired with itself."


def effects_of(pair: Pair, indicator: str) -> list[Effect]:
    """Return the effects on an indicator by year, without marks of what they rest on."""
    own, other = pair.levels(indicator), pair.levels(indicator, other=True)
    return effects_by_year(pair.scenario.name, indicator, pair.years, own, other)


def effect_picture(effects: Sequence[Effect], state: State, registry: Registry) -> Picture:
    """Return the fan of the paired difference, in its unit or in per cent."""
    indicator = registry.indicators[state.indicator]
    shown = Shown(effects, indicator, registry, percent=state.view == "percent")
    rows = [shown.row(effect) for effect in effects]
    stepped = shown.stepped
    middle = "mean" if shown.by_mean else "median"
    text = READING.format(middle=middle, draws=draws_text(effects[0].draws))
    if state.view == "percent" and not shown.percent:
        text = f"{WITHOUT_PER_CENT} {text}"
    return Picture(
        f"effect{' stepped' * stepped}",
        effect_spec(stepped=stepped),
        {"rows": rows, "at": [row for row in rows if row["year"] == state.year]},
        f"{indicator.label}: difference, {shown.measure.words}",
        text,
        Table(
            ("Year", f"Difference, {shown.measure.words}", "90 % of futures", "Sign"),
            tuple(
                (str(e.year), row["told"], row["between"] or "–", _sign(e))
                for e, row in zip(effects, rows, strict=True)
            ),
        ),
    )


def chance_picture(effects: Sequence[Effect], state: State, registry: Registry) -> Picture:
    """Return in what share of the futures the difference is positive, and negative, by year."""
    rows: list[Row] = [
        {
            "year": e.year,
            "x": e.year,
            "up": compact(100.0 * e.positive),
            "down_from": compact(100.0 - 100.0 * e.negative),
            "hundred": 100.0,
            "told": part_words(e.positive, e.draws) if e.positive else "0 %",
            "other": part_words(e.negative, e.draws) if e.negative else "0 %",
        }
        for e in effects
    ]
    return Picture(
        "chance",
        chance_spec(),
        {"rows": rows, "at": [row for row in rows if row["year"] == state.year]},
        f"{registry.indicators[state.indicator].label}: chance that it is higher",
        "Blue, from below: share of futures in which it is higher. Orange, from above: lower.",
        Table(
            ("Year", "Higher in", "Lower in"),
            tuple((str(row["year"]), row["told"], row["other"]) for row in rows),
        ),
    )


def sector_picture(pair: Pair, state: State, registry: Registry) -> Picture:
    """Return small pictures of the effects on the indicators of the sector that is shown."""
    sector = registry.indicators[state.indicator].sector
    names = [
        name
        for name, known in registry.indicators.items()
        if known.sector == sector and name in pair.own.arrays and not known.context
    ]
    moved = [n for n in names if not np.array_equal(pair.levels(n), pair.levels(n, other=True))]
    rows: list[Row] = []
    cells: list[tuple[str, ...]] = []
    most = 0
    for order, name in enumerate(moved):
        indicator = registry.indicators[name]
        effects = effects_of(pair, name)
        shown = Shown(effects, indicator, registry, percent=state.view == "percent")
        chosen = effects[state.year - pair.years[0]]
        head = f"none in {state.year}" if chosen.mark in STILL else shown.size(chosen)
        middle, start, ends = head.partition("(")
        told = middle + start + ends.replace(" ", NO_BREAK)
        heading = [*lines_within(indicator.label, LABEL_WIDTH), *lines_within(told, LABEL_WIDTH)]
        most, panel = max(most, len(heading)), "|".join(heading)
        rows += [shown.row(effect) | {"panel": panel, "order": order} for effect in effects]
        cells.append((indicator.label, head, sureness(chosen)))
    still = [registry.indicators[name].label for name in names if name not in moved]
    words = f"Numbers: {state.year}, with 90 % of futures in brackets."
    if not moved:
        words = f"None of them differs. {NOTHING}" if pair.compared is None else "None differs."
    elif still:
        words += f" No effect: {'; '.join(still)}."
    return Picture(
        f"sector {most}",
        panels_spec(lines=most),
        {"rows": rows},
        f"Other effects in the sector, {state.year}",
        words,
        Table(("Indicator", f"Difference in {state.year}", "How sure"), tuple(cells)),
    )


def _sign(effect: Effect) -> str:
    return "no difference" if effect.mark in STILL else sign_words(effect, short=True)


def sureness(effect: Effect) -> str:
    """Return how sure an effect is, and what else is to be known of it."""
    if effect.mark in STILL:
        return "none in this year"
    told = chances(effect) if effect.by_chance else sign_words(effect)
    return f"{told}; {MEANINGS[effect.mark]}" if effect.mark in MEANINGS else told


class Shown:
    """How effects on an indicator are drawn and told: unit, middle, steps.

    In per cent only where the comparison is positive in every draw and year.
    """

    def __init__(
        self, effects: Sequence[Effect], indicator: Indicator, registry: Registry, *, percent: bool
    ) -> None:
        telling = max(effects, key=lambda e: abs(e.mean))
        self.percent = percent and all(e.relative is not None for e in effects)
        self.by_mean = telling.by_chance and not self.percent and telling.mark not in STILL
        self.stepped = self.by_mean or (all(e.whole for e in effects) and not self.percent)
        self.measure = PERCENT if self.percent else effect_measure(indicator, registry, effects)

    def row(self, effect: Effect) -> Row:
        """Return the row of a year: its place, quantiles and words."""
        quantiles = effect.relative if self.percent else effect.quantiles
        assert quantiles is not None  # noqa: S101 - seen to before
        factor = self.measure.factor
        row: Row = {"year": effect.year, "x": effect.year}
        row |= {
            name: None if math.isnan(value) else compact(value * factor)
            for name, value in zip(QUANTILES, quantiles, strict=True)
        }
        row["middle"] = compact(effect.mean * factor) if self.by_mean else row["p50"]
        row |= {"told": self._told(effect, quantiles), "between": self._between(effect, quantiles)}
        row["chance"] = part_words(effect.positive, effect.draws) if effect.positive else "0 %"
        return row

    def size(self, effect: Effect) -> str:
        """Return the effect with its unit and what 90 % of futures lie between.

        Of what is often zero: the mean, and in how many futures there is some.
        """
        row = self.row(effect)
        told = row["told"] if self.percent else amount_words(self.measure, row["told"])
        if self.by_mean and effect.by_chance:
            return f"{told} on average; {chances(effect, short=True)}"
        return f"{told} ({row['between']})" if row["between"] else str(told)

    def _told(self, effect: Effect, quantiles: Sequence[float]) -> str:
        if not (effect.positive or effect.negative):
            return "0"
        if self.percent:
            return f"{_per_cent(quantiles, effect.draws, signed=True)[1]} %"
        if self.by_mean:
            return mean_number(effect, self.measure, signed=True)
        return self.measure.median(quantiles, effect.draws, signed=True)

    def _between(self, effect: Effect, quantiles: Sequence[float]) -> str:
        if math.isnan(quantiles[0]) or not (effect.positive or effect.negative):
            return ""
        if self.by_mean and (effect.by_chance or not within(effect.mean, quantiles)):
            return ""
        if self.percent:
            low, _, high = _per_cent(quantiles, effect.draws)
            return f"{low} to {high} %"
        ends = self.measure.ends(quantiles, effect.draws)
        return "" if ends is None else " to ".join(ends)


def within(middle: float, quantiles: Sequence[float]) -> bool:
    """Whether a mean is not outside its own interval, as it can be of what is often zero."""
    return quantiles[0] <= middle <= quantiles[-1]


def _per_cent(quantiles: Sequence[float], draws: int, *, signed: bool = False) -> list[str]:
    """Return the low end, the median and the high end of a ratio, in equal decimals."""
    errors = quantile_errors(quantiles, draws)
    places = [i for i in (0, 2, -1) if not math.isnan(quantiles[i])]
    told = alike(
        [quantiles[i] for i in places], MOST_DECIMALS, [errors[i] for i in places], signed=signed
    )
    return told if len(told) > 1 else ["", *told, ""]
