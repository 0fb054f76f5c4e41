"""The table of which priors and figures the variance of an indicator comes from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vnjp_sim.analysis.factors import MEANINGS
from vnjp_sim.inputs.number_text import NOTHING, draws_text, fixed, percent
from vnjp_sim.simulation.summaries import milestones
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.sensitivities import Sensitivities

COUNT = 12
"""Rows that are shown, if nothing else is asked."""


def sensitivity_table(found: Sensitivities, indicator: str, count: int = COUNT) -> TextTable:
    """Return the leading factors with their shares in milestone years; no rows if none leads."""
    years = milestones(found.years[0], found.years[-1])
    columns = [Column("prior or figure"), Column("kind", "whole"), Column("kept", "number")]
    columns += [Column(str(year), "number", "share of the variance") for year in years]
    columns.append(Column(f"total {years[-1]}", "number", "share of the variance"))
    label = found.labels.get(indicator, indicator)
    table = TextTable(columns, f"Effect on: {label}" if found.of_effects else label)
    for place in found.places(indicator, count, years):
        factor = found.factors[place]
        shares = [found.first[indicator][place, found.years.index(year)] for year in years]
        total = found.total[indicator][place, found.years.index(years[-1])]
        kind = f"{factor.kind}, {factor.grade}" if factor.grade else factor.kind
        cells = [NOTHING if math.isnan(x) else percent(max(0.0, x)) for x in (*shares, total)]
        kept = NOTHING if math.isnan(factor.kept) else percent(factor.kept)
        table.add(factor.name, kind, kept, *cells)
    return table


def sensitivity_lines(found: Sensitivities) -> Iterator[str]:
    """Yield how the shares are to be read."""
    yield (
        "Kept: the part of a calibrated parameter's prior variance that the figures leave. So far "
        "it is still the prior, of the grade that is shown; the rest is what the figures say."
    )
    errors = np.concatenate([part.ravel() for part in found.error.values()])
    largest = 100.0 * float(np.nanmax(errors, initial=0.0))
    kinds = "; ".join(f"{kind}: {meaning}" for kind, meaning in MEANINGS.items())
    yield f"{kinds[:1].upper()}{kinds[1:]}."
    for name, shares in found.first.items():
        if np.isnan(shares).all():
            yield f"{found.labels.get(name, name)} does not vary in these years: it has no shares."
    yield f"Standard error of a share: at most {fixed(largest, 1)} % ({draws_text(found.draws)})."
    yield (
        "What is left is chance from year to year. Shares of what figures tie together "
        "overlap, so that the sum may exceed 100 %."
    )
