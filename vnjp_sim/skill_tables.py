"""Tables for a terminal: forecasts of later figures, scores of the model and of the baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table

from vnjp_sim.registry import Registry
from vnjp_sim.tables import number

if TYPE_CHECKING:
    from vnjp_sim.scoring import Forecast
    from vnjp_sim.scoring.scores import Difference, Pooled


def forecast_table(forecasts: Sequence[Forecast], registry: Registry) -> Table:
    """Return what was forecast of each later figure, and the CRPS of model and last value."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("known", no_wrap=True)
    table.add_column("figure", overflow="fold", min_width=18)
    table.add_column("period", no_wrap=True)
    table.add_column("printed", justify="right", no_wrap=True)
    table.add_column(escape("median [80 %]"), justify="right", no_wrap=True)
    for method in ("model", "naive"):
        table.add_column(method, justify="right", no_wrap=True)
    origin = None
    for forecast in forecasts:
        if origin is not None and forecast.origin != origin:
            table.add_section()
        indicator = registry.indicators[forecast.figure.indicators[0]]
        crps = {one.method: one.crps for one in forecast.scored}
        middle, low, high = (
            number(value, indicator.decimals)
            for value in (forecast.median, forecast.low, forecast.high)
        )
        table.add_row(
            "" if forecast.origin == origin else str(forecast.origin),
            indicator.label,
            forecast.figure.period.text,
            forecast.figure.printed,
            escape(f"{middle} [{low}, {high}]"),
            f"{crps['model']:.3f}",
            f"{crps['naive']:.3f}",
        )
        origin = forecast.origin
    return table


def score_table(
    title: str, pooled: Mapping[str, Pooled], differences: Sequence[Difference]
) -> Table:
    """Return the pooled scores of every method, and how sure the model's advantage is."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False, title=title)
    table.title_justify = "left"
    table.add_column("method", no_wrap=True)
    for column in ("cases", "CRPS", "MASE", "interval", "50 %", "80 %", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column(escape("model's CRPS less its [95 %]"), justify="right", no_wrap=True)
    gaps = {gap.other: gap for gap in differences}
    for method, scores in pooled.items():
        gap = gaps.get(method)
        told = "" if gap is None else f"{gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"
        table.add_row(
            method,
            str(scores.cases),
            f"{scores.crps:.3f}",
            f"{scores.mase:.2f}",
            f"{scores.interval_score:.2f}",
            *(f"{100.0 * scores.coverage[level]:.0f} %" for level in (0.5, 0.8, 0.95)),
            escape(told),
        )
    return table
