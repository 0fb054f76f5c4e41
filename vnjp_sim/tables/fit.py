"""The fit table for a terminal: figures against the posterior predictive of what they measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vnjp_sim.calibration.fit import Fit
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.number_text import NOTHING, alike, fixed
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.figure_uses import counted
from vnjp_sim.simulation.fit import unit_of
from vnjp_sim.tables.text_table import Column, TextTable

FITS = "Figures against what the calibration says of them"
CHECKS = "Figures that do not calibrate, against what the calibration says of them"


def check_table(fits: Sequence[Fit], registry: Registry) -> TextTable:
    """Return the table of figures that do not calibrate, of quantities that the model has."""
    return fit_table([fit for fit in fits if not math.isnan(fit.tail)], registry, CHECKS)


def unchecked_lines(fits: Sequence[Fit]) -> list[str]:
    """Return in words of which figures the calibration says nothing, by the reason."""
    by_reason: dict[str, list[Fit]] = {}
    for fit in fits:
        if math.isnan(fit.tail):
            by_reason.setdefault(fit.note, []).append(fit)
    return [
        f"not checked, since {why}: {counted(len(some))} of "
        + ", ".join(sorted({_measured(fit.figure) for fit in some}))
        for why, some in by_reason.items()
    ]


def fit_table(fits: Sequence[Fit], registry: Registry, title: str = FITS) -> TextTable:
    """Return the table of fits, in their order."""
    columns = [
        Column("indicator"),
        Column("period"),
        Column("figure"),
        Column("calibrated [90\u00a0%]", "number"),
        Column("tail", "number"),
    ]
    table = TextTable(columns, title)
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


def _measured(figure: Observation) -> str:
    names = "+".join(figure.indicators)
    return f"{names} as a share of {figure.of}" if figure.of else names
