"""The table of a brief of policies: effects beside each other, by year or by scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vnjp_sim.analysis.effect_words import (
    cell_lines,
    effect_measure,
    relative_text,
    scenario_words,
)
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import SIGNS, STILL, legend
from vnjp_sim.inputs.number_text import Measure
from vnjp_sim.report.brief import SmallTable
from vnjp_sim.report.words import label_of

MOST_COLUMNS = 4
"""Scenarios that stand in columns; more of them stand in rows."""
MOST_ROWS = 7
MOST_SCENARIOS = 12


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
    rows = sorted(moved[:MOST_ROWS], key=order.index)
    scenarios = findings.comparison.scenarios
    if len(scenarios) > MOST_COLUMNS:
        return _by_scenario(findings, about)
    return _by_year(findings, rows) if len(scenarios) == 1 else _by_indicator(findings, rows)


def _by_year(findings: Findings, names: Sequence[str]) -> SmallTable:
    comparison, years = findings.comparison, findings.years
    effects = {name: comparison.summaries([name], years) for name in names}
    rows = [[*_row(own, findings), relative_text(own[-1])] for own in effects.values()]
    columns = ["Effect on", "unit", *map(str, years), f"% of baseline {years[-1]}"]
    note = _note(effect for own in effects.values() for effect in own)
    return SmallTable("The effects in numbers", columns, rows, note, text=2)


def _by_indicator(findings: Findings, names: Sequence[str]) -> SmallTable:
    comparison, year = findings.comparison, findings.comparison.years[-1]
    effects = {name: comparison.summaries([name], [year]) for name in names}
    rows = [_row(own, findings) for own in effects.values()]
    columns = [f"Effect on, in {year}", "unit", *map(scenario_words, comparison.scenarios)]
    note = _note(effect for own in effects.values() for effect in own)
    return SmallTable("The policies beside each other", columns, rows, note, text=2)


def _by_scenario(findings: Findings, names: Sequence[str]) -> SmallTable:
    comparison, registry = findings.comparison, findings.model.registry
    year = comparison.years[-1]
    effects = {name: comparison.summaries([name], [year]) for name in names}
    measures = {
        name: effect_measure(registry.indicators[name], registry, own)
        for name, own in effects.items()
    }
    columns = [f"In {year}", *(f"{label_of(n, registry)}, {measures[n].unit}" for n in names)]
    rows = [
        [scenario_words(scenario), *(_cell(effects[n][place], measures[n]) for n in names)]
        for place, scenario in enumerate(comparison.scenarios[:MOST_SCENARIOS])
    ]
    note = _note(effect for own in effects.values() for effect in own)
    return SmallTable("The scenarios beside each other", columns, rows, note)


def _row(effects: Sequence[Effect], findings: Findings) -> list[str]:
    """Return the label and the unit of an indicator, and a cell an effect."""
    registry, name = findings.model.registry, effects[0].indicator
    measure = effect_measure(registry.indicators[name], registry, effects)
    return [label_of(name, registry), measure.unit, *(_cell(e, measure) for e in effects)]


def _cell(effect: Effect, measure: Measure) -> str:
    return SIGNS.get(effect.mark, "") + "\n".join(cell_lines(effect, measure))


def _note(effects: Iterable[Effect]) -> str:
    marks = [effect.mark for effect in effects if effect.mark not in STILL]
    return f"Median [90 % interval], or mean and chances. {legend(marks)}".rstrip()
