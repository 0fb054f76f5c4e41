"""Tables for a terminal: when what waits in a scenario begins, and what waiting saves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnjp_sim.analysis.beginnings import Beginning, Saving, waited_words
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.number_text import chance_text, fixed, measure_of, percent
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.tables.text_table import Column, TextTable

BEGINS = "When it begins"
SAVES = "What waiting saves"


def beginning_table(
    beginnings: Sequence[Beginning],
    years: Sequence[int],
    registry: Registry,
    instruments: Instruments,
) -> TextTable:
    """Return in how many futures what waits has begun by some years, and how long it is in use."""
    columns = [Column("begins"), Column("the year after")]
    columns += [Column(f"by {year}", "number") for year in years]
    columns += [Column("median year", "number"), Column("years in use", "number")]
    table = TextTable(columns, title=BEGINS)
    for one in beginnings:
        shares = [chance_text(one.share(year), one.first.size) for year in years]
        middle = "—" if one.middle is None else str(one.middle)
        use = f"{fixed(float(np.mean(one.in_use)), 1)} of {one.fixed_use}"
        wait = waited_words(one.when, registry)
        table.add(instruments.label(one.name), wait, *shares, middle, use)
    return table


def saving_table(savings: Sequence[Saving], registry: Registry) -> TextTable:
    """Return what is spent beyond the baseline at once and with waiting, and what that saves."""
    first = savings[0]
    columns = [Column("beyond the baseline"), Column("unit", "whole")]
    columns += [Column(title, "number") for title in ("at once", "waiting", "saved [90 %]", "%")]
    span = f"{first.years[0]} to {first.years[1]}"
    table = TextTable(columns, title=f"{SAVES}: {first.scenario} beside {first.fixed}, {span}")
    for one in savings:
        entry = registry.indicators[one.indicator]
        sums = [float(np.mean(x)) for x in (one.fixed_change, one.change, one.saved)]
        ends = [float(x) for x in np.quantile(one.saved, [0.05, 0.95])]
        measure = measure_of(entry, registry.units, [*sums, *ends])
        at_once, waiting, saved = (measure.text(x) for x in sums)
        low, high = (measure.text(x) for x in ends)
        part = "—" if np.isnan(one.part) else percent(one.part).removesuffix(" %")
        table.add(entry.label, measure.unit, at_once, waiting, f"{saved} [{low}, {high}]", part)
    return table
