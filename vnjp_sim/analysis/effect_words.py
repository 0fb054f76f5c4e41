"""Effects in words: the one wording for tables, charts, reports and notebooks.

A quantity that varies without steps has a median and an interval that holds 90 % of the draws. One
that is often exactly zero, or a small number of things, has a mean and chances, since its median
says little. The sign is given by the part of the draws in which the quantity rises or falls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import NONE, PRIOR_DRIVEN, SET, STILL, TOO_FEW, UNSURE
from vnjp_sim.inputs.number_text import (
    BARE,
    FIGURES,
    Measure,
    chance_error,
    fixed,
    measure_of,
    places_of,
    quantile_errors,
    significant,
)
from vnjp_sim.inputs.registry import Indicator, Registry

MOST_DECIMALS = 6
FIGURES_OF_SMALL = 2
"""Significant figures that the middle of a small effect gets."""
COUNTED = frozenset(
    "count persons projects vessels sets firms pairs documents visits doses provinces".split()  # noqa: SIM905
)
"""Dimensions of things of which there are more or fewer, where others are higher or lower."""
UNIT_OF_DIFFERENCE = {"percent": "percentage points", "rank": "places", **BARE}
CAPITALS = {
    **{name: name.upper() for name in ("asean", "fta", "gdp", "jica", "oda", "osa")},
    **{name: name.title() for name in ("china", "japan", "vietnam")},
}
IN_MILLIONS = {"JPY bn": "JPY mn", "USD bn": "USD mn"}
RARE = 0.005
"""A chance below this is told only if it is the only one."""
UNDER = "under "
LEAST_PERCENT = "<\u00a00.1"
SMALL_MONEY = 0.1
"""What is less than this in billions is shown in millions."""

_MONEY = re.compile(r"([A-Z]{3})( mn| bn| tn)?")
_NAME = re.compile(r"Vietnam|Japan|Official Security|[A-Z0-9]{2}")


def cell_lines(effect: Effect, measure: Measure) -> list[str]:
    """Return an effect for a cell of a table, in one or two lines: its size, then how sure it is.

    The second line is left out where every draw, or nearly every one, has the same sign. Marks are
    not in it, see :data:`vnjp_sim.analysis.marks.SIGNS`.

    Parameters
    ----------
    measure : Measure
        Of the row, see :func:`effect_measure`.
    """
    if effect.mark in STILL:
        return ["0"]
    if effect.by_chance:
        mean = mean_number(effect, measure, signed=True)
        if _fixed(effect):
            return [mean, "in every draw"]
        return [f"{mean} on average", *_chances(effect, short=True)]
    size = _interval(effect, measure)
    return [size, sign_words(effect, short=True)] if effect.unsure else [size]


def effect_sentence(effect: Effect, registry: Registry) -> str:
    """Return an effect as a sentence: what, when, by how much, how sure, what it rests on."""
    indicator = registry.indicators[effect.indicator]
    begin = f"{indicator.label} in {effect.year}"
    if effect.mark in STILL:
        return f"{begin}: {'no effect by construction' if effect.mark == NONE else 'no effect'}."
    measure = effect_measure(indicator, registry, [effect])
    up = _up(effect)
    if effect.by_chance:
        number = mean_number(effect, measure)
        text = f"{_amount(measure, number, indicator, effect)} {_more(up, indicator, registry)}"
        text += " in every draw" if _fixed(effect) else f" on average; {chances(effect)}"
    else:
        number = _number(measure, abs(effect.quantiles[2]), effect)
        text = f"{_amount(measure, number, indicator, effect)} {_more(up, indicator, registry)}"
        asides = [_ends(effect, measure, up=up), _percent(effect)]
        if any(asides):
            text += f" ({'; '.join(filter(None, asides))})"
        text += f"; {sign_words(effect)}"
    return f"{begin}: {text}{_rest(effect)}."


def finding(effect: Effect, registry: Registry, subject: str = "") -> str:
    """Return an effect as a title: "ODA expansion raises ODA disbursements by JPY 69 bn in 2040 …".

    Parameters
    ----------
    subject : str
        What causes it, such as "Doubling aid"; by default the name of the scenario in words.
    """
    indicator = registry.indicators[effect.indicator]
    who, what = subject or scenario_words(effect.scenario), label_in_sentence(indicator.label)
    if effect.mark in STILL:
        return f"{who} leaves {what} as it is in {effect.year}"
    measure = effect_measure(indicator, registry, [effect])
    up = _up(effect)
    by_chance = effect.by_chance
    number = (
        mean_number(effect, measure)
        if by_chance
        else _number(measure, abs(effect.quantiles[2]), effect)
    )
    amount = _amount(measure, number, indicator, effect)
    does = "raise" if up else "lower"
    text = f"{who} {f'may {does}' if effect.unsure else f'{does}s'} {what} by {amount}"
    if by_chance:
        if _fixed(effect):
            return f"{text} in {effect.year}, in every draw"
        return f"{text} on average in {effect.year}; {chances(effect)}"
    ends = _ends(effect, measure, up=up)
    text += f" in {effect.year}{f' ({ends})' if ends else ''}"
    return f"{text}; {sign_words(effect)}" if effect.unsure or effect.mark == TOO_FEW else text


def sign_words(effect: Effect, *, short: bool = False) -> str:
    """Return in how many draws an effect has its sign: "the sign is uncertain: rises in 94 %".

    `short` leaves out that the sign is uncertain.
    """
    if effect.mark == TOO_FEW:
        return TOO_FEW
    up = effect.positive >= effect.negative
    chance = effect.positive if up else effect.negative
    where = "in every draw" if chance >= 1.0 else f"in {part_words(chance, effect.draws)}"
    text = f"{'rises' if up else 'falls'} {where}"
    return f"{UNSURE}: {text}" if effect.unsure and not short else text


def chances(effect: Effect, *, short: bool = False) -> str:
    """Return in how many futures there is some effect, more first: "some more in 4 of 10 futures".

    Of whole numbers "at least one more". `short` leaves out the word futures.
    """
    return ", ".join(_chances(effect, short=short))


def median_and_mean(effect: Effect, measure: Measure) -> str:
    """Return that the parts of an effect add up to its mean, where a sentence tells the median.

    Empty where the sentence tells the mean, or where both are told by one number.
    """
    if effect.mark in STILL or effect.by_chance:
        return ""
    middle = _number(measure, effect.quantiles[2], effect, signed=True)
    mean = measure.text(effect.mean, signed=True)
    if middle == mean:
        return ""
    told = (amount_words(measure, number) for number in (middle, mean))
    return "Median {}, mean {}; the parts add up to the mean.".format(*told)


def _chances(effect: Effect, *, short: bool = False) -> list[str]:
    """Return the chances of more and of less; one below a half per cent only if it is alone."""
    sides = (
        (effect.positive, "at least one more", "some more"),
        (effect.negative, "at least one fewer", "some less"),
    )
    least = RARE if max(effect.positive, effect.negative) > RARE else 0.0
    told = [
        f"{one if effect.whole and not short else any_} in {futures_words(chance, effect.draws)}"
        for chance, one, any_ in sides
        if chance > least
    ]
    if short:
        return [text.replace(" of futures", "").replace(" futures", "") for text in told]
    return told


def futures_words(chance: float, draws: int) -> str:
    """Return a chance as a number of futures: "4 of 10 futures"; near 0 and 1 in per cent."""
    if chance >= 1.0:
        return "every draw"
    tenths = round(10.0 * chance)
    if 0.05 <= chance < 0.95 and 0 < tenths < 10:
        return f"{tenths} of 10 futures"
    return f"{part_words(chance, draws)} of futures"


def part_words(chance: float, draws: int) -> str:
    """Return a part of the draws in per cent, to its Monte Carlo error; never as 0 or all."""
    places = min(0, places_of(100.0 * chance_error(chance, draws))) if draws else 0
    shown = round(100.0 * chance, places)
    step = 10.0**-places
    if chance < 1.0 and shown >= 100.0:
        return f"over {fixed(100.0 - step, 0)} %"
    if chance > 0.0 and shown <= 0.0:
        return f"under {fixed(step, 0)} %"
    return f"{fixed(shown, 0)} %"


def effect_measure(
    indicator: Indicator, registry: Registry, effects: Iterable[Effect] | Iterable[float]
) -> Measure:
    """Return what effects on an indicator, or such values, are shown in, whole if all are."""
    values = [
        value for one in effects for value in (_values(one) if isinstance(one, Effect) else (one,))
    ]
    whole = all(float(value).is_integer() for value in values if math.isfinite(value))
    decimals = 0 if whole and indicator.decimals == 0 else max(indicator.decimals, 2)
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if indicator.unit in IN_MILLIONS and 0.0 < largest < SMALL_MONEY:
        unit = IN_MILLIONS[indicator.unit]
        return Measure(unit, registry.units[unit].label, 1_000.0, decimals)
    return measure_of(indicator, registry.units, values, decimals=decimals)


def _values(effect: Effect) -> tuple[float, ...]:
    return (effect.mean,) if effect.by_chance else effect.quantiles


def amount_words(measure: Measure, number: str) -> str:
    """Return a number with its unit as it is read: "JPY 69 bn", "153 thousand persons"."""
    return with_unit(UNIT_OF_DIFFERENCE.get(measure.unit, measure.unit), number)


def with_unit(unit: str, number: str) -> str:
    """Return a number, or several, with a unit: a currency stands before it, others behind."""
    if match := _MONEY.fullmatch(unit):
        before, number = re.split(r"(?=[0-9])", number, maxsplit=1)
        return f"{before}{match[1]} {number}{match[2] or ''}"
    return f"{number} {'%' if unit == 'percent' else unit}".rstrip()


def scenario_words(name: str) -> str:
    """Return the name of a scenario as words: `oda_expansion` is "ODA expansion".

    Its variant stands in brackets: "ODA expansion (high)".
    """
    scenario, at, variant = name.partition("@")
    text = " ".join(CAPITALS.get(word, word) for word in scenario.split("_"))
    text = text[:1].upper() + text[1:]
    return f"{text} ({variant.replace('_', ' ')})" if at else text


def scenario_in_sentence(name: str) -> str:
    """Return the name of a scenario as it stands within a sentence."""
    return "the baseline" if name == "base" else scenario_words(name)


def _up(effect: Effect) -> bool:
    """Whether the middle of an effect is above zero."""
    middle = effect.mean if effect.by_chance else effect.quantiles[2]
    return middle > 0.0 or (middle == 0.0 and effect.positive >= effect.negative)


def _fixed(effect: Effect) -> bool:
    """Whether an effect is the same in every draw."""
    return not effect.sd > 0.0


def _more(up: bool, indicator: Indicator, registry: Registry) -> str:
    if registry.units[indicator.unit].dimension in COUNTED:
        return "more" if up else "fewer"
    return "higher" if up else "lower"


def _amount(measure: Measure, number: str, indicator: Indicator, effect: Effect) -> str:
    """Return a number with its unit, which a few things do not need: the label names them."""
    things = effect.whole and effect.by_chance and indicator.unit not in ("persons", "index")
    return number if things else amount_words(measure, number)


def mean_number(effect: Effect, measure: Measure, *, signed: bool = False) -> str:
    """Return the mean over the draws to its Monte Carlo error, its size alone unless `signed`."""
    sd = 0.0 if math.isnan(effect.sd) else effect.sd
    error = sd / math.sqrt(effect.draws) if effect.draws else 0.0
    value = effect.mean if signed else abs(effect.mean)
    decimals, figures = measure.decimals, FIGURES_OF_SMALL
    if effect.whole and measure.factor == 1.0:
        decimals, figures = 0 if _fixed(effect) else 1, 1
    value, error = value * measure.factor, error * measure.factor
    return _enough(value, _places(value, decimals, figures), error, signed=signed)


def _number(measure: Measure, value: float, effect: Effect, *, signed: bool = False) -> str:
    """Return the median of an effect, or of its size, with enough digits."""
    error = quantile_errors(effect.quantiles, effect.draws)[2] * measure.factor
    places = _places_of_quantiles(effect, measure)
    return _enough(value * measure.factor, places, error, signed=signed)


def _places_of_quantiles(effect: Effect, measure: Measure) -> int:
    """Return how many decimals the quantiles of an effect have; whole numbers have none.

    Enough for two figures of the median, if it is not much smaller than the ends.
    """
    if effect.whole and measure.factor == 1.0:
        return 0
    low, middle, high = (effect.quantiles[i] * measure.factor for i in (0, 2, 4))
    places = _places(middle, measure.decimals)
    largest = 0.0 if math.isnan(low) else max(abs(low), abs(high))
    if largest == 0.0:
        return places
    return min(places, max(measure.decimals, FIGURES - 1 - math.floor(math.log10(largest))))


def _enough(value: float, places: int, error: float, *, signed: bool = False) -> str:
    """Return a number to so many decimals; one that is too small to be seen by its bound."""
    text = significant(value, places, error, signed=signed)
    if not value or text.strip("0.,"):
        return text
    places = min(places, places_of(error))
    return f"{UNDER}{fixed(10.0**-places, max(0, places))}"


def _places(value: float, decimals: int, figures: int = FIGURES_OF_SMALL) -> int:
    """Return how many decimals give a value so many figures, at least those of its row."""
    if value == 0.0:
        return decimals
    needed = figures - 1 - math.floor(math.log10(abs(value)))
    return min(MOST_DECIMALS, max(decimals, needed))


def _interval(effect: Effect, measure: Measure) -> str:
    """Return median and interval of 90 %, with a sign before the median."""
    ends = _ends_text(effect.quantiles, effect, measure)
    text = _number(measure, effect.quantiles[2], effect, signed=True)
    return f"{text} [{', '.join(ends)}]" if ends else text


def _ends(effect: Effect, measure: Measure, *, up: bool) -> str:
    """Return what nine draws of ten lie between, counted in the direction of the effect."""
    quantiles = effect.quantiles if up else tuple(-q for q in reversed(effect.quantiles))
    ends = _ends_text(quantiles, effect, measure)
    return f"90\u00a0%: {ends[0]} to {ends[1]}" if ends else ""


def _ends_text(quantiles: tuple[float, ...], effect: Effect, measure: Measure) -> list[str]:
    """Return both ends of the interval; none if draws are few, or where both are as the median."""
    if math.isnan(quantiles[0]):
        return []
    places = _places_of_quantiles(effect, measure)
    errors = quantile_errors(quantiles, effect.draws)
    low, middle, high = (
        significant(quantiles[i] * measure.factor, places, errors[i] * measure.factor)
        for i in (0, 2, 4)
    )
    return [] if low == middle == high else [low, high]


def _percent(effect: Effect) -> str:
    """Return the median in per cent of the baseline; empty where that may be zero."""
    text = relative_text(effect)
    return f"{text} %" if text else ""


def relative_text(effect: Effect) -> str:
    """Return the median in per cent of the baseline as a number; empty where it has none."""
    if effect.relative is None or effect.by_chance:
        return ""
    error = quantile_errors(effect.relative, effect.draws)[2]
    text = significant(effect.relative[2], 1, error, signed=True)
    return text if text.strip("0.") or not effect.relative[2] else LEAST_PERCENT


def _rest(effect: Effect) -> str:
    """Return what else is to be known of an effect, behind the others."""
    if effect.mark == SET:
        return "; set by the scenario itself"
    return f"; {PRIOR_DRIVEN}" if effect.mark == PRIOR_DRIVEN else ""


def label_in_sentence(label: str, *, last: bool = False) -> str:
    """Return a label within a sentence: without a capital unless it begins with a name.

    A comma closes a label that holds one, unless it is what stands `last`.
    """
    text = label if _NAME.match(label) else label[:1].lower() + label[1:]
    text = f"the {text}" if label.startswith("Index") else text
    return f"{text}," if ", " in text and not last else text
