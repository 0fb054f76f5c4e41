"""Tables for a terminal: effects of scenarios, contributions to them, targets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import (
    LEAST_PERCENT,
    amount_words,
    cell_lines,
    effect_measure,
    relative_text,
)
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import SET, SIGNS, STILL, UNSURE
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
SET_DIRECTLY = "What you set"
FOLLOWS = "What follows"
LONGEST_UNIT = 8
MOVED = 0.01
"""By how much the chance of a target moves at least, to be shown."""
SMALL = "small"
"""Of an effect beside larger ones that is less than a thousandth of the baseline."""


def effect_table(
    comparison: Comparison,
    scenario: str,
    effects: Sequence[Effect],
    years: Sequence[int],
    *,
    compact: bool = False,
) -> TextTable:
    """Return the effects of one scenario: what it sets by itself, and what follows.

    Indicators without any effect in these years are left out, and so are those of which
    :func:`small_effects` tells. If `compact`, a year has one column, which also holds the per cent
    of the baseline.
    """
    registry = comparison.registry
    rows = _rows([effect for effect in effects if effect.scenario == scenario], years)
    table = _year_table([e for row in rows for e in row], years, compact=compact)
    own = [row for row in rows if _is_set(row)]
    others = [row for row in rows if row not in own and not _small(row)]
    for title, some in ((SET_DIRECTLY, own), (FOLLOWS, others)):
        if own and some:
            table.add_across(title, style="bold")
        sector = ""
        for row in some:
            indicator = registry.indicators[row[0].indicator]
            measure = effect_measure(indicator, registry, row)
            cells = [cell for effect in row for cell in _cells(effect, measure, compact=compact)]
            apart = sector not in {"", indicator.sector}
            table.add(
                indicator.label, _folded(measure.unit), *cells, style=_style(row), apart=apart
            )
            sector = indicator.sector
    return table


def _is_set(row: Sequence[Effect]) -> bool:
    """Whether the scenario sets an indicator in all years in which it moves it."""
    marks = {effect.mark for effect in row}
    return SET in marks and UNSURE not in marks


def _folded(unit: str) -> str:
    """Return a unit in two lines if it is long, so that its column is narrow."""
    return unit.replace(" ", "\n", 1) if len(unit) > LONGEST_UNIT else unit


def small_effects(
    comparison: Comparison, scenario: str, effects: Sequence[Effect], years: Sequence[int]
) -> str:
    """Return a sentence on what changes by less than a thousandth of the baseline; else empty."""
    registry, told = comparison.registry, []
    for row in _rows([effect for effect in effects if effect.scenario == scenario], years):
        if _small(row):
            largest = max(row, key=lambda effect: effect.size)
            indicator = registry.indicators[largest.indicator]
            measure = effect_measure(indicator, registry, [largest])
            size = amount_words(measure, cell_lines(largest, measure)[0].partition(" ")[0])
            told.append(f"{indicator.label} ({size} in {largest.year})")
    return f"Changed by less than a thousandth: {'; '.join(told)}." if told else ""


def set_elsewhere(
    comparison: Comparison, scenario: str, names: Sequence[str], years: Sequence[int]
) -> str:
    """Return a sentence on what a scenario sets, but not in these years; else empty.

    Of the indicators that are named; of all, if it sets none of those.
    """
    registry, told = comparison.registry, []
    stated = [n for n in comparison.projections.arrays if n in comparison.stated[scenario]]
    chosen = [name for name in stated if name in names] or stated
    for row in _whole_rows(comparison, scenario, chosen):
        if any(effect.year in years and effect.mark not in STILL for effect in row):
            continue
        largest = max(row, key=lambda effect: effect.size)
        indicator = registry.indicators[largest.indicator]
        measure = effect_measure(indicator, registry, [largest])
        size = amount_words(measure, cell_lines(largest, measure)[0].partition(" ")[0])
        last = max(effect.year for effect in row if effect.mark not in STILL)
        until = f"; last in {last}" if last != largest.year else ""
        told.append(f"{indicator.label} (largest: {size} in {largest.year}{until})")
    return f"You also set, in other years: {'; '.join(told)}." if told else ""


def _whole_rows(
    comparison: Comparison, scenario: str, names: Sequence[str]
) -> Iterable[list[Effect]]:
    """Return the effects of a scenario in all years by indicator, without those that have none."""
    if not names:
        return []
    effects = [e for e in comparison.summaries(names) if e.scenario == scenario]
    return _rows(effects, comparison.years)


def _rows(effects: Iterable[Effect], years: Sequence[int]) -> list[list[Effect]]:
    """Return the effects in some years by indicator, without those that have none."""
    mine = {(e.indicator, e.year): e for e in effects}
    rows = [[mine[name, year] for year in years] for name in dict.fromkeys(n for n, _ in mine)]
    return [row for row in rows if any(effect.mark not in STILL for effect in row)]


def _small(row: Sequence[Effect]) -> bool:
    """Whether effects that the scenario does not set itself are small in every year."""
    return all(e.mark != SET and (e.mark in STILL or e.negligible) for e in row)


def beside_table(
    beside: Mapping[str, Sequence[Effect]],
    registry: Registry,
    years: Sequence[int],
    *,
    compact: bool = False,
) -> TextTable:
    """Return several sets of effects beside each other, by indicator: a row a set.

    Indicators without any effect in these years are left out, or with small ones in all sets.

    Parameters
    ----------
    beside : Mapping[str, Sequence[Effect]]
        The effects on the same indicators, by what the rows are called.
    """
    found = {
        title: {(e.indicator, e.year): e for e in effects} for title, effects in beside.items()
    }
    every = [effect for effects in found.values() for effect in effects.values()]
    table = _year_table(every, years, unit=False, compact=compact)
    for name in dict.fromkeys(effect.indicator for effect in every):
        rows = {title: [mine[name, year] for year in years] for title, mine in found.items()}
        together = [effect for row in rows.values() for effect in row]
        if _small(together):
            continue
        indicator = registry.indicators[name]
        measure = effect_measure(indicator, registry, together)
        table.add_across(f"{indicator.label}, {measure.unit}")
        for title, row in rows.items():
            cells = [
                cell
                for effect in row
                for cell in _cells(effect, measure, compact=compact, signs=True)
            ]
            table.add(f"\u00a0\u00a0{title}", *cells, style=_style(row))
    return table


def _year_table(
    effects: Iterable[Effect], years: Sequence[int], *, unit: bool = True, compact: bool
) -> TextTable:
    """Return a table without rows: what is affected, then effect and percent in each year."""
    known = all(math.isfinite(effect.quantiles[0]) for effect in effects)
    numbers = [
        column
        for year in years
        for column in (
            Column(year_title(year, known), "number", str(year)),
            *([] if compact else [Column("%", "number", str(year))]),
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
        low, high = (measure.text(end, 2 * off) for end in (row.p05, row.p95))
        ends = f"[{low}, {high}]" if (low, high) != (mean, mean) else ""
        alone = measure.text(row.solo, off, signed=True)
        table.add(row.label, mean, *([ends] if known else []), alone)
    off = float(effects.std()) / math.sqrt(draws)
    blank = [""] * known
    own = measure.text(total - beyond, off, signed=True)
    table.add("mean effect", measure.text(total, off, signed=True), *blank, own, apart=True)
    table.add("of which interaction", measure.text(beyond, off, signed=True), *blank, "")
    return table


def moved_targets(
    probabilities: Sequence[TargetProbability], baseline: str
) -> tuple[list[TargetProbability], str]:
    """Return the targets whose chance a scenario moves by a point, and a sentence on the others."""
    rows: dict[str, list[TargetProbability]] = {}
    for one in probabilities:
        rows.setdefault(one.target.id, []).append(one)
    moved = [row for row in rows.values() if _moves(row, baseline)]
    known = sum(any(one.probability is not None for one in row) for row in rows.values())
    still, over = known - len(moved), len(rows) - known
    parts = [f"the chance of {still} moves by less than a percentage point"] if still else []
    parts += [f"{over} cannot be judged in these years"] if over else []
    rest = f"Of the {'other ' if moved else ''}targets, {' and '.join(parts)}." if parts else ""
    return [one for row in moved for one in row], rest


def _moves(row: Sequence[TargetProbability], baseline: str) -> bool:
    """Whether the chance of a target differs by a point or more from the baseline's."""
    chances = {one.scenario: one.probability for one in row if one.probability is not None}
    usual = chances.get(baseline)
    return usual is not None and any(abs(c - usual) >= MOVED for c in chances.values())


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

    The first cell holds the effect, the second its median in percent of the baseline.
    """
    measure = effect_measure(indicator, registry, row)
    return measure.unit, [c for effect in row for c in _cells(effect, measure, signs=True)]


def _cells(
    effect: Effect, measure: Measure, *, compact: bool = False, signs: bool = False
) -> tuple[str, ...]:
    """Return the effect with its mark, and its median in percent, in two cells or in one.

    What the scenario sets by itself has a mark only with `signs`.
    """
    sign = "" if effect.mark == SET and not signs else SIGNS.get(effect.mark, "")
    if effect.negligible:
        return (f"{SMALL}\n{LEAST_PERCENT} %",) if compact else (SMALL, LEAST_PERCENT)
    size, *sure = cell_lines(effect, measure)
    part = relative_text(effect)
    if not compact:
        return sign + "\n".join([size, *sure]), part
    aside = ", ".join([f"{part} %", *sure]) if part else "\n".join(sure)
    return ("\n".join(filter(None, (sign + size, aside))),)
