"""The table of a sweep for a terminal: what the first points are, and what becomes of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vnjp_sim.foundation.vocabulary import YEAR
from vnjp_sim.inputs.design import POINT, QUANTILE
from vnjp_sim.inputs.number_text import exact, fixed, grouped, measure_of
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    import xarray as xr

    from vnjp_sim.inputs.design import Design

SHOWN_POINTS, SHOWN_INDICATORS = 8, 4
SAME = 1e-9
"""Points that differ by a smaller part do not differ."""


def sweep_table(sweep: xr.Dataset, design: Design, registry: Registry) -> TextTable:
    """Return the first points with the medians of headline indicators in the last year.

    Of the headlines, those that differ most between points, in parts of their mean.
    """
    medians = _medians(sweep)
    names = _shown(medians, design, registry)
    year = int(sweep[YEAR][-1])
    measures = {
        name: measure_of(registry.indicators[name], registry.units, medians[name].to_numpy())
        for name in names
    }
    columns = [Column(POINT, "number"), *(Column(axis.name, "number") for axis in design.axes)]
    for name in names:
        title = f"{registry.indicators[name].label}, {measures[name].unit}"
        columns.append(Column(title, "number", name))
    table = TextTable(columns, f"Medians in {year}")
    for point in range(min(SHOWN_POINTS, sweep.sizes[POINT])):
        values = [float(sweep[axis.name][point]) for axis in design.axes]
        shown = [measures[name].text(float(medians[name][point])) for name in names]
        table.add(str(point), *map(_short, values), *shown)
    return table


def _short(value: float) -> str:
    """Return the value of an axis in four digits, without zeros behind them."""
    digits = 3 - math.floor(math.log10(abs(value))) if value else 0
    return grouped(exact(round(value, digits)))


def rest_of_points(sweep: xr.Dataset) -> str:
    """Return in words how many points a table leaves out; empty if none."""
    more = sweep.sizes[POINT] - SHOWN_POINTS
    return f"and {fixed(more, 0)} more point{'' if more == 1 else 's'}" if more > 0 else ""


def _medians(sweep: xr.Dataset) -> xr.Dataset:
    """Return the medians of the last year, (point,)."""
    last = sweep.isel({YEAR: -1})
    return last.sel({QUANTILE: "p50"}) if QUANTILE in sweep.dims else last.median("draw")


def _shown(medians: xr.Dataset, design: Design, registry: Registry) -> list[str]:
    """Return the indicators of a table, in the order of the registry."""
    asked = [str(name) for name in design.content.indicators]
    names = asked or [name for name in registry.headlines if name in medians]
    spread = {}
    for name in names:
        values = medians[name].to_numpy()
        spread[name] = float(values.max() - values.min()) / max(abs(float(values.mean())), 1e-300)
    moved = [name for name in names if spread[name] > SAME] or names
    chosen = sorted(moved, key=lambda name: -spread[name])[:SHOWN_INDICATORS]
    return [name for name in registry.indicators if name in chosen]
