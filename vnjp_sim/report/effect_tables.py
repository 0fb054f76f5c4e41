"""The table of a brief of policies: effects beside each other, by year or by scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vnjp_sim.analysis.effect_words import (
    LEAST_PERCENT,
    cell_lines,
    effect_measure,
    scenario_words,
)
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import SIGNS, STILL, legend
from vnjp_sim.inputs.number_text import Measure
from vnjp_sim.report.brief import SmallTable
from vnjp_sim.report.words import label_of, percent_text
from vnjp_sim.tables.effects import SMALL

MOST_COLUMNS = 4
"""Scenarios that stand in columns; more of them stand in rows."""
MANY = 4
"""Scenarios from which on a brief says less of each."""
MOST_ROWS = 7
"""Indicators of one scenario."""
MOST_BESIDE = {2: 7, 3: 4, 4: 5}
"""Indicators of so many scenarios: the largest effect of each, and what several of them move."""
MOST_SCENARIOS = 10


def beside(findings: Findings, about: Sequence[str], moved: Sequence[str]) -> SmallTable:
    """Return the effects of one scenario by year, or of several beside each other.

    Parameters
    ----------
    findings : Findings
        What was found.
    about : Sequence[str]
        The indicators of the findings, which are the columns of many scenarios.
    moved : Sequence[str]
        The indicators that are moved, the most telling first.
    """
    order = list(findings.model.registry.indicators)
    scenarios = findings.comparison.scenarios
    most = MOST_BESIDE.get(len(scenarios), MOST_ROWS)
    rows = sorted(moved[:most], key=order.index)
    if len(scenarios) > MOST_COLUMNS:
        return _by_scenario(findings, about)
    return _by_year(findings, rows) if len(scenarios) == 1 else _by_indicator(findings, rows)


def _by_year(findings: Findings, names: Sequence[str]) -> SmallTable:
    comparison, years = findings.comparison, findings.years
    effects = {name: comparison.summaries([name], years) for name in names}
    percents = [percent_text(own[-1]).replace(" %", "") for own in effects.values()]
    rows = [
        [*_row(own, findings), part] for own, part in zip(effects.values(), percents, strict=True)
    ]
    columns = ["Effect on", "unit", *map(str, years), f"% of baseline {years[-1]}"]
    note = _note(effect for own in effects.values() for effect in own)
    if any("average" in part for part in percents):
        note = f"{note} Per cent on average: the mean effect over the mean baseline."
    return SmallTable("The effects in numbers", columns, rows, note, text=2)


def _by_indicator(findings: Findings, names: Sequence[str]) -> SmallTable:
    """Return a row an indicator, in the year that is told of: its findings say the one before."""
    comparison, year = findings.comparison, findings.year
    effects = [comparison.summaries([name], [year]) for name in names]
    rows = [_row(own, findings) for own in effects]
    columns = [f"Effect in {year} on", "unit", *map(scenario_words, comparison.scenarios)]
    note = _note(effect for own in effects for effect in own)
    return SmallTable("The policies beside each other", columns, rows, note, text=2)


def _by_scenario(findings: Findings, names: Sequence[str]) -> SmallTable:
    comparison, registry = findings.comparison, findings.model.registry
    years = findings.years
    effects = {name: comparison.summaries([name], years) for name in names}
    measures = {
        name: effect_measure(registry.indicators[name], registry, own)
        for name, own in effects.items()
    }
    columns = ["Scenario"]
    for name in names:
        columns.append(f"{label_of(name, registry)}, {measures[name].unit}, {years[-1]}")
        columns += [f"in {year}" for year in reversed(years[:-1])]
    rows = [
        [
            scenario_words(scenario),
            *(
                _cell(effect, measures[name], short=effect.year != years[-1])
                for name in names
                for effect in reversed(effects[name])
                if effect.scenario == scenario
            ),
        ]
        for scenario in comparison.scenarios[:MOST_SCENARIOS]
    ]
    note = _note(effect for own in effects.values() for effect in own)
    if len(comparison.scenarios) > len(rows):
        note = f"The first {len(rows)} of {len(comparison.scenarios)} scenarios. {note}"
    return SmallTable("The scenarios beside each other", columns, rows, note)


def _row(effects: Sequence[Effect], findings: Findings) -> list[str]:
    """Return the label and the unit of an indicator, and a cell an effect."""
    registry, name = findings.model.registry, effects[0].indicator
    measure = effect_measure(registry.indicators[name], registry, effects)
    return [label_of(name, registry), measure.unit, *(_cell(e, measure) for e in effects)]


def _cell(effect: Effect, measure: Measure, *, short: bool = False) -> str:
    """Return an effect in a cell; `short` without interval and chances."""
    if effect.negligible:
        return SMALL
    size, *sure = cell_lines(effect, measure)
    if short:
        size, sure = size.partition(" [")[0].partition(" on average")[0], []
    return SIGNS.get(effect.mark, "") + "\n".join([size, *sure])


def _note(effects: Iterable[Effect]) -> str:
    """Return how the cells are to be read."""
    effects = list(effects)
    marks = [effect.mark for effect in effects if effect.mark not in STILL]
    small = f"{SMALL}: {LEAST_PERCENT} % of the baseline. "
    least = f"{small[:1].upper()}{small[1:]}" if any(e.negligible for e in effects) else ""
    return f"Median [90 % interval], or mean and chances. {least}{legend(marks)}".rstrip()
