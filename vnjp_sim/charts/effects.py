"""What scenarios change: effects over time, and what each player adds to one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.charts.frame import (
    Frame,
    band_layers,
    bands_of,
    data,
    frame,
    hover_layer,
    label_layer,
    zero_layer,
)
from vnjp_sim.charts.quantities import (
    Quantity,
    Row,
    check_indicator,
    check_of,
    compact,
    draws_of,
    effects_given,
    errors_of,
    quantile_rows,
    quantity,
    scenarios_of,
    ticks,
    years_of,
)
from vnjp_sim.charts.theme import (
    COLUMNS,
    INK,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    WIDTH,
    Words,
    altair,
    finish,
    lines,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import BASELINE, RATIO
from vnjp_sim.inputs.number_text import alike, fixed
from vnjp_sim.simulation.pairing import PAIRING, SHOWN

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

CONTRIBUTION_COLUMNS = ("player", "label", "mean", "p05", "p95")
INTERACTION = "interaction"
HOVER = (("p95", "95 %"), ("p50", "median"), ("p05", "5 %"))
BAR_STEP = 34
EFFECT_HEIGHT = 190
LABEL_ROOM = 58
KEY_LENGTH = 3
"""Digits before a label that keep equal labels apart."""


@settled
def effect_fan(
    effects: Comparison | xr.Dataset,
    indicator: str,
    model: Model,
    relative: bool | None = None,
) -> alt.VConcatChart:
    """Return the effect of each scenario on an indicator, one panel a scenario.

    Parameters
    ----------
    effects : a comparison; or what its method `effects` gives, dims (scenario, year, draw), whose
        attributes say whether these are differences or ratios, of which baseline, and whether
        their runs share their draws.
    indicator : id in the registry.
    model : what the models folder says.
    relative : of a comparison, whether to show the ratio to the baseline less one, in per cent;
        data know it themselves, and are refused if they are something else.

    Raises
    ------
    InputError
        The indicator is unknown, the data are no effects, or they are not measured as asked.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    check_indicator(indicator, model.registry.indicators)
    effects, measure = effects_given(effects, indicator, model, relative)
    proven = effects[indicator].attrs.get(PAIRING) == SHOWN
    relative = measure == RATIO
    names = scenarios_of(effects)
    draws = {name: draws_of(effects, indicator, name) for name in names}
    shown = _relative(indicator, model) if relative else quantity(indicator, model, draws.values())
    rows = {name: quantile_rows(draws[name], years_of(effects), shown) for name in names}
    columns = min(len(names), COLUMNS)
    width = round(WIDTH / columns) - LABEL_ROOM
    everything = [row for own in rows.values() for row in own]
    fractional = Quantity(**{**vars(shown), "zero": True, "whole": False})
    plane = frame(
        fractional,
        everything,
        width=width if columns > 1 else WIDTH,
        height=EFFECT_HEIGHT if columns > 1 else 300,
        count=5,
        suffix=" %" if relative else "",
    )
    colours = scenario_colours(names)
    count = next(iter(draws.values())).shape[1]
    panels = [
        _effect_panel(
            plane,
            rows[name],
            name,
            colours[name],
            draws=count,
            relative=relative,
            still=not draws[name].any(),
            titled=columns > 1,
        )
        for name in names
    ]
    unit = "per cent of the baseline" if relative else shown.unit
    against = scenario_label(str(effects[indicator].attrs[BASELINE])).lower()
    subtitle = f"Scenario less {against}, {unit}. {bands_of(count)}"
    share = "share parameters and luck" if proven else "are not shown to share their draws"
    caption = [
        f"Differences draw by draw ({fixed(count, 0)}): scenario and {against} {share}.",
        "Labels: median of the last year.",
    ]
    of = scenario_label(names[0]) if columns == 1 else "the scenarios"
    title = f"{shown.label} – effect of {of}"
    body = alt.concat(*panels, columns=columns, spacing={"row": 20, "column": 20})
    return finish(body, Words(title, subtitle, caption))


@settled
def waterfall(
    contributions: Attribution | pd.DataFrame, indicator: str, year: int, model: Model
) -> alt.VConcatChart:
    """Return what each player of a scenario adds to the mean effect on an indicator.

    Parameters
    ----------
    contributions : an attribution, or its table; or columns `player`, `label`, `mean`, `p05`,
        `p95`, in the unit of the indicator, rows in the order in which they are drawn. A row of the
        player `interaction` is what the others do together. The total is the sum of the means. Of
        `indicator` and `year`, where there are such columns, a table must be the one that is asked.
    indicator : id in the registry.
    year : of the effect.
    model : what the models folder says.

    Raises
    ------
    InputError
        The indicator is unknown, or the table lacks a column or all rows, or is of something else.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    check_indicator(indicator, model.registry.indicators)
    if isinstance(contributions, Attribution):
        contributions = contributions.table(indicator, year)
    missing = [name for name in CONTRIBUTION_COLUMNS if name not in contributions.columns]
    if missing or contributions.empty:
        what = f"the contributions lack {', '.join(missing) or 'rows'}"
        raise InputError.single(
            "chart", what, "give the columns " + ", ".join(CONTRIBUTION_COLUMNS)
        )
    check_of(contributions, {"indicator": indicator, "year": year})
    if contributions["mean"].isna().any():
        raise InputError.single("chart", "some contributions have no mean", "leave them out")
    reached = contributions["mean"].to_numpy(np.float64).cumsum()
    shown = quantity(indicator, model, [reached[None, :]])
    rows = _steps(contributions, shown)
    reach = [row[name] for row in rows for name in ("from", "to", "low", "high") if name in row]
    marks, number_format = ticks(min(reach), max(reach), zero=True, count=6)
    texts = alike([row["to"] - row["from"] for row in rows], shown.decimals + 1, signed=True)
    for place, (row, text) in enumerate(zip(rows, texts, strict=True)):
        row["key"] = f"{place:0{KEY_LENGTH}d}{row['label']}"
        row["text"] = text
        row["edge"] = max(row[name] for name in ("from", "to", "high") if name in row)
    x_scale = alt.Scale(domain=[marks[0], marks[-1]], nice=False)
    x_axis = alt.Axis(values=marks, format=number_format, title=None, domain=False, ticks=False)

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=x_scale, axis=x_axis)

    y = alt.Y(
        "key:N",
        sort=None,
        title=None,
        axis=alt.Axis(
            domain=False,
            ticks=False,
            labelExpr=f"split(slice(datum.label, {KEY_LENGTH}), '\\n')",
            labelLimit=260,
            labelColor=INK,
            labelFontSize=12,
            labelPadding=10,
        ),
    )
    base = alt.Chart(data(rows)).encode(y=y)
    links = [
        {"key": row["key"], "next": after["key"], "x": row["to"]} for row, after in pairwise(rows)
    ]
    tips = [
        alt.Tooltip("label:N", title="player"),
        alt.Tooltip("text:N", title="mean"),
        alt.Tooltip("interval:N", title="90 % of draws"),
    ]
    colour = alt.Color("colour:N", scale=None)
    layers = [
        alt.Chart(data([{"x": 0.0}])).mark_rule(color=INK, opacity=0.75).encode(x=x("x")),
        alt.Chart(data(links))
        .mark_rule(color=NEUTRAL, strokeDash=[2, 2])
        .encode(x=x("x"), y=y, y2=alt.Y2("next:N")),
        base.mark_bar(height=20, opacity=0.9).encode(
            x=x("from"), x2="to", color=colour, tooltip=tips
        ),
        alt.Chart(data([row for row in rows if "low" in row]))
        .mark_rule(color=INK, strokeWidth=1.3, opacity=0.8)
        .encode(x=x("low"), x2="high", y=y),
        base.mark_text(
            align="left", baseline="middle", dx=7, fontSize=12, fontWeight="bold", color=INK
        ).encode(x=x("edge"), text="text:N"),
    ]
    words = Words(
        f"{shown.label} – what moves it in {year}",
        f"Mean contribution to scenario less baseline, {shown.unit}."
        + (" Thin lines: 90 % of draws" if any("low" in row for row in rows) else ""),
        ["Each bar begins where the one above ends; the last is their sum."],
    )
    body = alt.layer(*layers).properties(width=440, height=BAR_STEP * len(rows))
    return finish(body, words)


def _relative(indicator: str, model: Model) -> Quantity:
    """Return how to show a ratio less one of an indicator: in per cent."""
    kind = model.registry.indicators[indicator].kind
    label = model.registry.indicators[indicator].label
    return Quantity(indicator, label, "percent", 100.0, 1, kind == "stock", True, False)


def _effect_panel(
    plane: Frame,
    rows: list[Row],
    name: str,
    colour: str,
    *,
    draws: int,
    relative: bool,
    still: bool,
    titled: bool,
) -> Any:
    alt = altair()
    error = errors_of(rows[-1], draws)["p50"]
    text = alike([rows[-1]["p50"]], 2, [error], signed=True)[0] + (" %" if relative else "")
    if still:
        text = "no effect"
    label = {"x": rows[-1]["x"], "y": rows[-1]["p50"], "text": text, "colour": colour}
    layers = [
        *zero_layer(plane, always=True),
        *band_layers(plane, rows, colour),
        label_layer(plane, [label], size=12, bold=True),
        hover_layer(plane, rows, HOVER, ",.3~g"),
    ]
    chart = alt.layer(*layers).properties(width=plane.width, height=plane.height)
    if not titled:
        return chart
    heading = alt.TitleParams(
        lines(scenario_label(name), plane.width, 12),
        fontSize=12,
        color=colour,
        offset=6,
        anchor="start",
        frame="group",
    )
    return chart.properties(title=heading)


def _steps(contributions: pd.DataFrame, shown: Quantity) -> list[Row]:
    """Return a row a bar: where it begins and ends, its interval, its colour; then the total."""
    rows: list[Row] = []
    begin = 0.0
    for entry in contributions.to_dict("records"):
        mean = float(entry["mean"]) * shown.factor
        row: Row = {
            "player": str(entry["player"]),
            "label": "\n".join(lines(str(entry["label"]), 200, 12)),
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
