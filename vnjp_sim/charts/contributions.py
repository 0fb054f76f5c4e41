"""What each player of a scenario adds to one effect: bars that each begin where the last ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.effect_words import cell_lines, effect_measure
from vnjp_sim.analysis.effects import effect_of
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.charts.frame import chart_of, keyed, label_axis
from vnjp_sim.charts.given import check_columns, check_indicator, check_of, scenario_in
from vnjp_sim.charts.letters import text_width
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import Quantity, Row, compact, quantity, ticks
from vnjp_sim.charts.theme import INK, NEGATIVE, NEUTRAL, POSITIVE, altair, lines, scenario_label
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import alike

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from vnjp_sim.simulation.model_data import Model

COLUMNS = ("player", "label", "mean", "p05", "p95")
INTERACTION = "interaction"
LABEL_ROOM, LABEL_SIZE, LABEL_PADDING, NUMBER_GAP = 200, 12, 10, 7


@takes_look
@settled
def waterfall(
    contributions: Attribution | pd.DataFrame,
    indicator: str,
    year: int,
    model: Model,
    *,
    look: Look,
) -> alt.VConcatChart:
    """Return what each player of a scenario adds to the mean effect on an indicator.

    Parameters
    ----------
    contributions : Attribution | pd.DataFrame
        An attribution, or its table; or columns `player`, `label`, `mean`, `p05`,
        `p95`, in the unit of the indicator, rows in the order in which they are drawn. A row of the
        player `interaction` is what the others do together. The total is the sum of the means. Of
        `indicator` and `year`, where there are such columns, a table must be the one that is asked;
        a column `scenario` names it.
    indicator : str
        Id in the registry.
    year : int
        Of the effect.
    model : Model
        What the models folder says.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; there are no years and bands here.

    Raises
    ------
    InputError
        The indicator is unknown, or the table lacks a column or all rows, or is of something else.
    EnvironmentFailureError
        Altair is not installed.
    """
    indicator = check_indicator(indicator, model.registry.labels)
    attribution = contributions if isinstance(contributions, Attribution) else None
    if isinstance(contributions, Attribution):
        contributions = contributions.table(indicator, year)
    _check(contributions, indicator, year)
    scenario = scenario_in(contributions)
    sums = contributions["mean"].to_numpy(np.float64).cumsum()
    shown = quantity(indicator, model, [sums[None, :]])
    bars = bars_of(contributions[contributions["mean"] != 0.0], shown, model)
    none = contributions["mean"] == 0.0
    still = [_worded(str(label), model) for label in contributions["label"][none]]
    whose = scenario_label(scenario) if scenario else "scenario"
    what = f"mean contribution to {whose} less baseline in {year}"
    thin = " Thin lines: 90 % of draws" if any("low" in bar for bar in bars) else ""
    notes = ["Each bar begins where the one above ends; the last is their sum, the mean effect."]
    if attribution:
        notes += _median(attribution, indicator, year, model)
    if still:
        notes.append(f"Adds nothing: {'; '.join(still)}.")
    words = Words(
        _title(bars, shown, year, scenario),
        f"{shown.label}: {what}, {shown.unit}.{thin}",
        notes,
        source_of({scenario: {"run": attribution.run}} if attribution else None, model),
    )
    return finish(_drawn(bars, look), words, look)


def _median(attribution: Attribution, indicator: str, year: int, model: Model) -> list[str]:
    """Return the sentence on the median of the whole effect, where tables tell that."""
    place = attribution.years.index(year)
    draws = attribution.total[indicator][place]
    effect = effect_of(
        attribution.scenario, indicator, year, draws, np.zeros_like(draws), not draws.any()
    )
    if effect.by_chance or effect.mark in STILL:
        return []
    known = model.registry.indicators[indicator]
    measure = effect_measure(known, model.registry, [effect])
    return [f"Median effect, as in tables: {cell_lines(effect, measure)[0]} {measure.unit}."]


def _title(bars: Sequence[Row], shown: Quantity, year: int, scenario: str) -> str:
    """Return the finding: what adds most to the mean effect."""
    *parts, total = bars
    largest = max(parts, key=lambda bar: abs(bar["to"] - bar["from"]))
    if largest["to"] == largest["from"]:
        return f"{shown.label}: nothing moves it in {year}"
    whole = shown.amount(total["text"])
    name = largest["label"].replace("\n", " ").partition(":")[0]
    of = f" of {scenario_label(scenario)}" if scenario else ""
    begin = f"{shown.label}: mean effect{of} {whole} in {year}"
    return f"{begin}, of which {largest['text']} from “{name}”"


def _check(contributions: pd.DataFrame, indicator: str, year: int) -> None:
    """Raise InputError if the table is not whole, or of another indicator or year."""
    check_columns(contributions, COLUMNS, "contributions")
    check_of(contributions, {"indicator": indicator, "year": year})
    if contributions["mean"].isna().any():
        raise InputError.single("chart", "some contributions have no mean", "leave them out")


def bars_of(contributions: pd.DataFrame, shown: Quantity, model: Model) -> list[Row]:
    """Return a row a bar, that of the total last: its ends, its interval, its colour, its words."""
    bars = _steps(contributions, shown, model)
    means = alike([bar["to"] - bar["from"] for bar in bars], shown.decimals + 1, signed=True)
    for place, (bar, mean) in enumerate(zip(bars, means, strict=True)):
        bar["key"] = keyed(place, bar["label"])
        bar["text"] = mean
        bar["edge"] = max(bar[name] for name in ("from", "to", "high") if name in bar)
    return bars


def _steps(contributions: pd.DataFrame, shown: Quantity, model: Model) -> list[Row]:
    """Return a row a bar: where it begins and ends, its interval, its colour; then the total."""
    rows: list[Row] = []
    begin = 0.0
    for entry in contributions.to_dict("records"):
        mean = float(entry["mean"]) * shown.factor
        row: Row = {
            "player": str(entry["player"]),
            "label": "\n".join(lines(_worded(str(entry["label"]), model), LABEL_ROOM, 13)),
            "from": compact(begin),
            "to": compact(begin + mean),
            "colour": POSITIVE if mean >= 0 else NEGATIVE,
            "interval": "not given",
        }
        if entry["player"] == INTERACTION:
            row["colour"] = NEUTRAL
        low, high = (float(entry[name]) * shown.factor for name in ("p05", "p95"))
        if np.isfinite(low) and np.isfinite(high):
            row["interval"] = " to ".join(alike([low, high], shown.decimals + 1, signed=True))
            row |= {"low": compact(begin + low), "high": compact(begin + high)}
        rows.append(row)
        begin += mean
    total = {"player": "total", "label": "Total", "from": 0.0, "to": compact(begin)}
    return [*rows, {**total, "colour": INK, "interval": "not given"}]


def _worded(label: str, model: Model) -> str:
    """Return the label of a player with words for the id that it begins with."""
    label = label.replace("× ", "×\u00a0")
    name, _, rest = label.partition(" ")
    if "_" in name or name in model.registry.indicators:
        known = model.registry.indicators.get(name)
        name = known.label if known else scenario_label(name)
        return f"{name}: {rest}" if rest else name
    return label


def _drawn(bars: list[Row], look: Look) -> Any:
    """Return the layers: the zero line, links between bars, bars, intervals, numbers."""
    alt = altair()
    x, reach = _horizontal(bars)
    axis = label_axis(LABEL_ROOM + 30, labelFontSize=LABEL_SIZE, labelPadding=LABEL_PADDING)
    y = alt.Y("key:N", sort=None, title=None, axis=axis)
    colour = alt.Color("colour:N", scale=None)
    tips = [
        alt.Tooltip("label:N", title="player"),
        alt.Tooltip("text:N", title="mean"),
        alt.Tooltip("interval:N", title="90 % of draws"),
    ]
    links = [
        {"key": bar["key"], "next": after["key"], "x": bar["to"]} for bar, after in pairwise(bars)
    ]
    base = chart_of(bars).encode(y=y)
    zero = chart_of([{"x": 0.0}]).mark_rule(color=INK, opacity=0.75)
    dashed = chart_of(links).mark_rule(color=NEUTRAL, strokeDash=[2, 2])
    intervals = chart_of([bar for bar in bars if "low" in bar]).mark_rule(
        color=INK, strokeWidth=1.3, opacity=0.8
    )
    numbers = base.mark_text(
        align="left",
        baseline="middle",
        dx=NUMBER_GAP,
        fontSize=LABEL_SIZE,
        fontWeight="bold",
        color=INK,
    )
    return alt.layer(
        zero.encode(x=x("x")),
        dashed.encode(x=x("x"), y=y, y2=alt.Y2("next:N")),
        base.mark_bar(height=20, opacity=0.9).encode(
            x=x("from"), x2="to", color=colour, tooltip=tips
        ),
        intervals.encode(x=x("low"), x2="high", y=y),
        numbers.encode(x=x("edge"), text="text:N"),
        width=_width(bars, reach, look),
        height=look.height_or(sum(22 + 14 * (bar["label"].count("\n") + 1) for bar in bars)),
    )


def _width(bars: list[Row], reach: tuple[float, float], look: Look) -> int:
    """Return the width of the plane that labels and numbers leave, for an axis of a reach."""
    labels = [text_width(line, LABEL_SIZE) for bar in bars for line in bar["label"].split("\n")]
    room = look.inner_width - max(labels) - LABEL_PADDING
    low, high = reach
    widths = [room]
    for bar in bars:
        part = (bar["edge"] - low) / (high - low)
        number = NUMBER_GAP + text_width(bar["text"], LABEL_SIZE, bold=True)
        widths.append((room - number) / max(part, 0.1))
    return max(90, round(min(widths)))


def _horizontal(bars: list[Row]) -> tuple[Callable[[str], Any], tuple[float, float]]:
    """Return what encodes a field on the horizontal axis, and the ends of that axis.

    They hold all ends of the bars.
    """
    alt = altair()
    ends = [bar[name] for bar in bars for name in ("from", "to", "low", "high") if name in bar]
    marks, number_format = ticks(min(ends), max(ends), zero=True, count=6)
    scale = alt.Scale(domain=[marks[0], marks[-1]], nice=False)
    axis = alt.Axis(values=marks, format=number_format, title=None, domain=False, ticks=False)
    return lambda field: alt.X(f"{field}:Q", scale=scale, axis=axis), (marks[0], marks[-1])
