"""Tables for a terminal: forecasts of later figures, scores of the model and of the baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vnjp_sim.inputs.number_text import fixed, grouped, percent, significant
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.scoring import Forecast
    from vnjp_sim.scoring.scores import Difference, Pooled


def forecast_table(forecasts: Sequence[Forecast], registry: Registry) -> TextTable:
    """Return what was forecast of each later figure, and the CRPS of model and last value."""
    table = TextTable(
        [
            Column("known", "whole"),
            Column("figure"),
            Column("period", "whole"),
            Column("unit"),
            Column("printed", "number", "figure"),
            Column("median [80\u00a0%]", "number", "forecast"),
            *(Column(method, "number", "scores") for method in ("model", "naive")),
        ]
    )
    origin = None
    for forecast in forecasts:
        indicator = registry.indicators[forecast.figure.indicators[0]]
        crps = {one.method: one.crps for one in forecast.scored}
        middle, low, high = (
            significant(value, indicator.decimals)
            for value in (forecast.median, forecast.low, forecast.high)
        )
        figure = forecast.figure
        own = "" if figure.unit == indicator.unit else f" {figure.unit}"
        table.add(
            "" if forecast.origin == origin else str(forecast.origin),
            indicator.label,
            figure.period.text,
            indicator.unit,
            f"{grouped(figure.printed)}{own}",
            f"{middle} [{low}, {high}]",
            fixed(crps["model"], 3),
            fixed(crps["naive"], 3),
            apart=forecast.origin != origin,
        )
        origin = forecast.origin
    return table


def score_table(
    title: str, pooled: Mapping[str, Pooled], differences: Sequence[Difference]
) -> TextTable:
    """Return the pooled scores of every method, and how sure the model's advantage is."""
    scores = ("cases", "CRPS", "MASE", "interval")
    table = TextTable(
        [
            Column("method"),
            *(Column(column, "number", "scores") for column in scores),
            *(Column(f"{level}\u00a0%", "number", "coverage") for level in (50, 80, 95)),
            Column("model's CRPS minus the method's [95\u00a0%]", "number", "gap"),
        ],
        title,
    )
    gaps = {gap.other: gap for gap in differences}
    for method, scored in pooled.items():
        gap = gaps.get(method)
        interval = ""
        if gap is not None:
            mean, low, high = (fixed(x, 3, signed=True) for x in (gap.mean, gap.low, gap.high))
            interval = f"{mean} [{low}, {high}]"
        table.add(
            method,
            str(scored.cases),
            fixed(scored.crps, 3),
            fixed(scored.mase, 2),
            fixed(scored.interval_score, 2),
            *(percent(scored.coverage[level]) for level in (0.5, 0.8, 0.95)),
            interval,
        )
    return table
