"""Tables for a terminal: when what waits in a scenario begins, and what waiting saves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnjp_sim.analysis.beginnings import Beginning, Saving, waited_words
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.number_text import (
    Measure,
    alike,
    chance_text,
    common_places,
    fixed,
    measure_of,
    percent,
    quantile_errors,
)
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.summaries import quantiles_of
from vnjp_sim.tables.text_table import Column, TextTable

BEGINS = "When it begins"
SAVES = "What waiting saves"
SAVING_NOTE = (
    "Sums over all years; at once, waiting and saved are means over the futures. Half of the "
    "futures save no more than the median; those that begin at once save nothing."
)


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
    several = len({one.scenario for one in beginnings}) > 1
    for place, one in enumerate(beginnings):
        if several and (place == 0 or one.scenario != beginnings[place - 1].scenario):
            table.add_across(one.scenario)
        shares = [chance_text(one.share(year), one.first.size) for year in years]
        middle = "—" if one.middle is None else str(one.middle)
        use = f"{fixed(float(np.mean(one.in_use)), 1)} of {one.fixed_use}"
        wait = waited_words(one.when, registry)
        table.add(instruments.label(one.name), wait, *shares, middle, use)
    return table


def saving_tables(savings: Sequence[Saving], registry: Registry) -> list[TextTable]:
    """Return what is spent beyond the baseline at once and with waiting, and what that saves.

    A table a scenario. Means are rounded alike, so that they subtract.
    """
    tables: dict[tuple[str, str], TextTable] = {}
    for one in savings:
        entry = registry.indicators[one.indicator]
        means = [float(np.mean(x)) for x in (one.fixed_change, one.change)]
        measure = measure_of(entry, registry.units, [*means, *quantiles_of(one.saved)])
        part = "—" if np.isnan(one.part) else percent(one.part).removesuffix(" %")
        table = tables.setdefault((one.scenario, one.fixed), _saving_table(one))
        amounts = _subtracted(means, measure, one)
        table.add(
            entry.label, measure.unit, *amounts, part, _median(one, measure), percent(one.nothing)
        )
    return list(tables.values())


def _saving_table(one: Saving) -> TextTable:
    columns = [Column("beyond the baseline"), Column("unit", "whole")]
    titles = ("at once", "waiting", "saved", "%", "median saved [90\u00a0%]", "nothing saved")
    columns += [Column(title, "number") for title in titles]
    span = f"{one.years[0]} to {one.years[1]}"
    return TextTable(columns, title=f"{SAVES}: {one.scenario} beside {one.fixed}, {span}")


def _subtracted(means: Sequence[float], measure: Measure, one: Saving) -> list[str]:
    """Return two means and their difference as printed, to the digits that the draws support."""
    root = np.sqrt(one.saved.size) / measure.factor
    errors = [float(np.std(x) / root) for x in (one.fixed_change, one.change)]
    scaled = [mean * measure.factor for mean in means]
    places = common_places(scaled, measure.decimals, errors)
    at_once, waiting = (round(mean, places) for mean in scaled)
    return [fixed(x, max(0, places)) for x in (at_once, waiting, at_once - waiting)]


def _median(one: Saving, measure: Measure) -> str:
    """Return the median of what is saved, with its interval unless the draws are too few."""
    found = quantiles_of(one.saved)
    error = quantile_errors(found, one.saved.size)[2] * measure.factor
    values = [found[i] * measure.factor for i in (2, 0, -1)]
    middle, low, high = alike(values, measure.decimals, [error])
    return middle if np.isnan(found[0]) else f"{middle} [{low}, {high}]"
