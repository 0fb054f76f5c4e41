"""The fit table for a terminal: figures against the posterior predictive of what they measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vnjp_sim.calibration.fit import Fit
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.number_text import NOTHING, alike, fixed
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.fit import unit_of
from vnjp_sim.tables.text_table import Column, TextTable


def fit_table(fits: Sequence[Fit], registry: Registry) -> TextTable:
    """Return the table of fits, in their order."""
    columns = [
        Column("indicator"),
        Column("period"),
        Column("figure"),
        Column("calibrated [90\u00a0%]", "number"),
        Column("tail", "number"),
    ]
    table = TextTable(columns, "Figures against what the calibration says of them")
    for fit in fits:
        figure = fit.figure
        known = not math.isnan(fit.tail)
        numbers = alike([fit.median, fit.low, fit.high]) if known else []
        shown = f"{numbers[0]} [{numbers[1]}, {numbers[2]}]" if known else fit.note
        if known and unit_of(figure, registry) != figure.unit:
            shown += f" {unit_of(figure, registry)}"
        table.add(
            " + ".join(figure.indicators),
            figure.period.text,
            figure_text(figure),
            shown,
            fixed(fit.tail, 3) if known else NOTHING,
            style="" if known else "dim",
        )
    return table
