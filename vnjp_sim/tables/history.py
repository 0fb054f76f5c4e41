"""The past of an indicator for a terminal: quantiles by year, and the documented figures."""

from __future__ import annotations

import math

from vnjp_sim.foundation.vocabulary import DRAW, QUANTILES
from vnjp_sim.inputs.number_text import NOTHING, measure_of
from vnjp_sim.simulation.history import History
from vnjp_sim.tables.text_table import Column, TextTable


def history_table(past: History, name: str) -> TextTable:
    """Return median, 90 % interval and figures of an indicator by year."""
    registry = past.model.registry
    rows = past.table()
    rows = rows[rows["indicator"] == name]
    quantiles = [tuple(map(float, row)) for row in rows[list(QUANTILES)].to_numpy()]
    known = [row[2] for row in quantiles if math.isfinite(row[2])]
    measure = measure_of(registry.indicators[name], registry.units, known or [0.0])
    title = f"{measure.unit} [90\u00a0%]" if measure.unit else "median [90\u00a0%]"
    table = TextTable([Column("year", "number"), Column(title, "number"), Column("documents")])
    draws = past.draws.sizes[DRAW]
    for year, row, figures in zip(rows["year"], quantiles, rows["figures"], strict=True):
        shown = measure.interval(row, draws) if math.isfinite(row[2]) else NOTHING
        table.add(str(year), shown, figures)
    return table


def history_lines(past: History, name: str) -> list[str]:
    """Return what is to be said of an indicator's past above its table."""
    known = past.model.registry.indicators[name]
    lines = [known.meaning, f"Official counterpart: {known.counterpart}"]
    begins = past.begins(name)
    if begins is not None:
        lines.append(f"History: {past.basis(name)}.")
        if begins > past.years[0]:
            lines.append(f"It begins in {begins}, as the laws behind it do.")
    elif known.not_projected:
        lines.append(f"Figures alone; not projected: {known.not_projected}")
    else:
        lines.append("Figures alone: no law behind it has enough of them.")
    return lines
