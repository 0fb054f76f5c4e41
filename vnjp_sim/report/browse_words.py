"""What the controls of a report say of a scenario, an indicator and a year, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effect_words import (
    amount_words,
    effect_sentence,
    finding,
    futures_words,
    part_words,
    scenario_words,
)
from vnjp_sim.analysis.effects import Effect, effects_by_year
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.inputs.number_text import NOTHING, Measure, quantile_errors, significant
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.report.effect_findings import sureness
from vnjp_sim.report.words import amount_text, percent_text

FloatArray = NDArray[np.float64]

WHOLE_PERCENT = 101


def share_words(draws: int) -> list[str]:
    """Return how shares of so many draws are told: of 0 to 100 per cent, then of none and of all.

    A share that rounds to none or to all, but is not, is told as "under" or "over".
    """
    least = 0.5 / max(draws, WHOLE_PERCENT)
    parts = [min(max(k / 100, least), 1.0 - least) for k in range(WHOLE_PERCENT)]
    told = [f"{part_words(part, draws)} of draws" for part in parts]
    return [*told, "no draw", "every draw"]


def levels_in(years: Sequence[int], values: FloatArray) -> list[Effect]:
    """Return levels in years, (year, draw), summarised as effects on nothing."""
    return effects_by_year("", "", years, values, np.zeros_like(values), never=False)


def level_amount(level: Effect, measure: Measure, *, by_chance: bool) -> str:
    """Return a level with its unit: median and 90 %, or mean and chances."""
    if level.mark in STILL or (by_chance and not level.sd > 0.0):
        return f"{amount_words(measure, measure.text(level.mean))} in every draw"
    if by_chance:
        shown, off = (x * measure.factor for x in (level.mean, level.sd / math.sqrt(level.draws)))
        mean = amount_words(measure, significant(shown, max(1, measure.decimals), off))
        chance = futures_words(level.positive + level.negative, level.draws)
        return f"{mean} on average; {'at least one' if level.whole else 'some'} in {chance}"
    middle = amount_words(measure, measure.median(level.quantiles, level.draws))
    ends = measure.ends(level.quantiles, level.draws)
    if ends is None or ends[0] == ends[1]:
        return middle
    return f"{middle} (90\u00a0%: {ends[0]} to {ends[1]})"


def level_sentence(label: str, level: Effect, measure: Measure) -> str:
    """Return the level of a year in a sentence."""
    amount = level_amount(level, measure, by_chance=level.by_chance)
    return f"{label} in {level.year}: {amount}."


def levels_sentence(label: str, own: Effect, usual: Effect, measure: Measure, scenario: str) -> str:
    """Return the levels of a year in a scenario and in the baseline, both told alike."""
    by_chance = own.by_chance or usual.by_chance
    other = level_amount(usual, measure, by_chance=by_chance)
    one = other if own is usual else level_amount(own, measure, by_chance=by_chance)
    begin, who = f"{label} in {own.year}", scenario_words(scenario)
    if one == other:
        return f"{begin}, with {who} as in the baseline: {one}."
    return f"{begin} with {who}: {one}. In the baseline: {other}."


def difference_sentence(effect: Effect, registry: Registry) -> str:
    """Return an effect in two sentences: by how much, then how sure it is and what it rests on."""
    return " ".join([f"{finding(effect, registry)}.", *sureness(effect)])


def percent_sentence(effect: Effect, registry: Registry) -> str:
    """Return an effect in per cent of the baseline, in a sentence."""
    if effect.mark in STILL:
        return effect_sentence(effect, registry)
    label, who = registry.indicators[effect.indicator].label, scenario_words(effect.scenario)
    begin = f"{label} in {effect.year} with {who}"
    if not percent_text(effect):
        return f"{begin}: no per cent, since the baseline may be negative or is zero."
    ends = percent_ends(effect)
    aside = f" (90\u00a0%: {ends[0]} to {ends[1]})" if ends and not effect.by_chance else ""
    middle = "" if effect.by_chance or effect.relative is None else " in the middle draw"
    return f"{begin}: {percent_text(effect)}{aside} against the baseline{middle}."


def percent_ends(effect: Effect) -> tuple[str, str] | None:
    """Return the ends of the 90 % interval in per cent of the baseline; None if there is none."""
    if effect.relative is None or math.isnan(effect.relative[0]):
        return None
    errors = quantile_errors(effect.relative, effect.draws)
    low, high = (significant(effect.relative[i], 1, errors[i], signed=True) for i in (0, -1))
    return None if low == high else (low, high)


def percent_cell(effect: Effect) -> str:
    """Return an effect in per cent of the baseline for a cell of a table."""
    if effect.mark in STILL:
        return "0"
    return percent_text(effect) or NOTHING


def around(measure: Measure) -> tuple[str, str]:
    """Return what stands before and behind a number with its unit: ("USD ", " bn")."""
    if measure.unit == "percent":
        return "", "\u00a0%"
    before, _, behind = amount_text("0", measure).partition("0")
    return before, behind
