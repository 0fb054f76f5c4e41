"""Tables for a terminal: effects of scenarios, contributions to them, targets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import cell_lines, effect_measure, relative_text
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import SIGNS, STILL, UNSURE
from vnjp_sim.analysis.target_probability import TargetProbability
from vnjp_sim.inputs.number_text import (
    NOTHING,
    Measure,
    chance_text,
    mean_error,
    significant,
)
from vnjp_sim.inputs.registry import Indicator, Registry
from vnjp_sim.tables.runs import year_title
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.attribution import Attribution


NOTHING_DIFFERS = "No listed quantity differs from the baseline in these years."


def effect_table(
    comparison: Comparison, scenario: str, effects: Sequence[Effect], years: Sequence[int]
) -> TextTable:
    """Return the effects of one scenario: median and 90 % interval, and in percent of baseline.

    Indicators without any effect in these years are left out.
    """
    mine = {(e.indicator, e.year): e for e in effects if e.scenario == scenario}
    table = _year_table(mine.values(), years)
    sector = ""
    for name in dict.fromkeys(indicator for indicator, _ in mine):
        row = [mine[name, year] for year in years]
        if all(effect.mark in STILL for effect in row):
            continue
        indicator = comparison.registry.indicators[name]
        unit, cells = effect_cells(row, indicator, comparison.registry)
        apart = indicator.sector != sector
        table.add(indicator.label, unit, *cells, style=_style(row), apart=apart)
        sector = indicator.sector
    return table


def beside_table(
    beside: Mapping[str, Sequence[Effect]], registry: Registry, years: Sequence[int]
) -> TextTable:
    """Return several sets of effects beside each other, by indicator: a row a set.

    Indicators without any effect in these years are left out.

    Parameters
    ----------
    beside : Mapping[str, Sequence[Effect]]
        The effects on the same indicators, by what the rows are called.
    """
    found = {
        title: {(e.indicator, e.year): e for e in effects} for title, effects in beside.items()
    }
    every = [effect for effects in found.values() for effect in effects.values()]
    table = _year_table(every, years, unit=False)
    for name in dict.fromkeys(effect.indicator for effect in every):
        rows = {title: [mine[name, year] for year in years] for title, mine in found.items()}
        together = [effect for row in rows.values() for effect in row]
        if all(effect.mark in STILL for effect in together):
            continue
        indicator = registry.indicators[name]
        measure = effect_measure(indicator, registry, together)
        table.add_across(f"{indicator.label}, {measure.unit}")
        for title, row in rows.items():
            cells = [cell for effect in row for cell in _cells(effect, measure)]
            table.add(f"\u00a0\u00a0{title}", *cells, style=_style(row))
    return table


def _year_table(effects: Iterable[Effect], years: Sequence[int], *, unit: bool = True) -> TextTable:
    """Return a table without rows: what is affected, then effect and percent in each year."""
    known = all(math.isfinite(effect.quantiles[0]) for effect in effects)
    numbers = [
        column
        for year in years
        for column in (
            Column(year_title(year, known), "number", str(year)),
            Column("%", "number", str(year)),
        )
    ]
    return TextTable([Column("effect on"), *([Column("unit")] if unit else []), *numbers])


def _style(row: Sequence[Effect]) -> str:
    return "dim" if all(effect.mark == UNSURE for effect in row) else ""


def contribution_table(
    attribution: Attribution, name: str, year: int, registry: Registry
) -> TextTable:
    """Return what each player contributes to the mean effect on an indicator in a year."""
    indicator = registry.indicators[name]
    rows = attribution.contributions_in(name, year)
    at = attribution.years.index(year)
    effects = attribution.total[name][at]
    total, beyond = float(effects.mean()), float(attribution.interaction(name)[at].mean())
    shown = (total, *(x for row in rows for x in (row.mean, row.solo)))
    measure = effect_measure(indicator, registry, shown)
    known = all(math.isfinite(row.p05) for row in rows)
    table = TextTable(
        [
            Column(f"{indicator.label} {year}, {measure.unit}"),
            Column("contribution", "number", "contribution"),
            *([Column("[90\u00a0%]", "number", "interval")] if known else []),
            Column("alone", "number", "alone"),
        ]
    )
    draws = effects.size
    for row in rows:
        off = max(row.error, mean_error(row.p05, row.p95, draws) if known else 0.0)
        mean = measure.text(row.mean, off, signed=True)
        if row.error:
            mean += f" ± {significant(row.error * measure.factor, measure.decimals, figures=1)}"
        ends = f"[{measure.text(row.p05, 2 * off)}, {measure.text(row.p95, 2 * off)}]"
        alone = measure.text(row.solo, off, signed=True)
        table.add(row.label, mean, *([ends] if known else []), alone)
    off = float(effects.std()) / math.sqrt(draws)
    blank = [""] * known
    own = measure.text(total - beyond, off, signed=True)
    table.add("mean effect", measure.text(total, off, signed=True), *blank, own, apart=True)
    table.add("of which interaction", measure.text(beyond, off, signed=True), *blank, "")
    return table


def target_table(probabilities: Sequence[TargetProbability]) -> TextTable:
    """Return the probability of each target by scenario, or why there is none."""
    names = list(dict.fromkeys(a.scenario for a in probabilities))
    columns = [Column("target"), Column("by", "whole")]
    table = TextTable([*columns, *(Column(name, "number", name) for name in names)])
    for title, by, *chances in target_rows(probabilities):
        table.add(title, by, *chances)
    return table


def target_rows(probabilities: Sequence[TargetProbability]) -> list[list[str]]:
    """Return a row a target: its title, its date, and its chance in each scenario."""
    rows: dict[str, list[str]] = {}
    for a in probabilities:
        title = f"{a.target.title} ({a.note})" if a.note else a.target.title
        chance = NOTHING if a.probability is None else chance_text(a.probability, a.draws)
        rows.setdefault(a.target.id, [title, a.target.by]).append(chance)
    return list(rows.values())


def effect_cells(
    row: Sequence[Effect], indicator: Indicator, registry: Registry
) -> tuple[str, list[str]]:
    """Return the unit that a row of effects is shown in, and two cells an effect.

    The first cell holds median and interval, the second the median in percent of the baseline.
    """
    measure = effect_measure(indicator, registry, row)
    return measure.unit, [cell for effect in row for cell in _cells(effect, measure)]


def _cells(effect: Effect, measure: Measure) -> tuple[str, str]:
    """Return the effect with its mark, and its median in percent of the baseline."""
    sign = SIGNS.get(effect.mark, "")
    return sign + "\n".join(cell_lines(effect, measure)), relative_text(effect)
