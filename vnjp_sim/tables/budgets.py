"""Tables for a terminal: where the uncertainty of effects comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vnjp_sim.analysis.budget_features import (
    ASSUMED,
    EMPIRICAL,
    FORM,
    PARAMETERS,
    PROCESS,
    PUBLISHED,
    REPORTING,
)
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.analysis.uncertainty_budget import INTERACTIONS, Budget
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.tables.text_table import Column, TextTable

SOURCES_SHOWN: Mapping[str, tuple[str, ...]] = {
    "assumptions": (ASSUMED,),
    "other priors": (EMPIRICAL, PUBLISHED),
    "figures": (REPORTING, FORM, PARAMETERS),
    "chance": (PROCESS,),
    "together": (INTERACTIONS,),
}
"""The columns, with the sources of a budget that each sums."""
BUDGET_NOTE = (
    "Uncertainty by source, in per cent of the variance: assumptions, priors from other countries "
    "or publications, what figures leave open, chance from year to year, and several together."
)


def budget_table(
    budget: Budget, effects: Sequence[Effect], year: int, registry: Registry
) -> TextTable:
    """Return where the uncertainty of effects in a year comes from, a row an indicator.

    Effects that are none, negligible, or vary in too few draws are left out.
    """
    columns = [Column(title, "number") for title in SOURCES_SHOWN]
    table = TextTable([Column(f"uncertainty of the effect in {year}"), *columns])
    for effect in effects:
        known = effect.indicator in budget.first_order and year in budget.years
        if effect.year != year or effect.mark in STILL or effect.negligible or not known:
            continue
        if budget.note(effect.indicator, year):
            continue
        place = budget.years.index(year)
        shares = [
            sum(float(budget.share(effect.indicator, source)[place]) for source in sources)
            for sources in SOURCES_SHOWN.values()
        ]
        cells = [fixed(100.0 * max(0.0, share), 0) for share in shares]
        table.add(registry.indicators[effect.indicator].label, *cells)
    return table
