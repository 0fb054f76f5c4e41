"""What a report shows: built once from findings, drawn as still or as interactive pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vnjp_sim import charts
from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.effect_words import finding, label_in_sentence
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.given import narrowed
from vnjp_sim.analysis.marks import OPEN, STILL, legend
from vnjp_sim.analysis.target_probability import target_table
from vnjp_sim.charts.look import Options
from vnjp_sim.charts.theme import scenario_label
from vnjp_sim.report.brief import Brief
from vnjp_sim.report.changes import Change, changes_of
from vnjp_sim.report.effect_brief import effect_brief
from vnjp_sim.report.level_brief import level_brief
from vnjp_sim.report.pictures import Picture
from vnjp_sim.report.scope import WHOLE, Scope
from vnjp_sim.report.waiting import waiting_tables
from vnjp_sim.report.words import comparison_title, in_short, label_of, link_sentences
from vnjp_sim.tables.effects import effect_cells
from vnjp_sim.tables.runs import year_title
from vnjp_sim.tables.text_table import TextTable

EFFECT_FANS = 4
MOST_OPEN = 4
"""Chapters of scenarios that stand open below one another."""
SIZE: Options = {"width": 440, "height": 200}
"""Of a chart of the annex: two beside each other fill a page, one a telephone."""


@dataclass(frozen=True)
class Chapter:
    """What the report says of one scenario."""

    name: str
    title: str
    narrative: str
    sources: Sequence[str]
    changes: Sequence[Change]
    summary: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    pictures: Sequence[Picture]
    links: Sequence[str]
    legend: str
    waiting: Sequence[TextTable]


@dataclass(frozen=True)
class Annex:
    """What stands behind the brief: chapters of scenarios, the baseline, uncertainty, targets."""

    chapters: Sequence[Chapter]
    together: Sequence[Picture]
    baseline: Sequence[Picture]
    budgets: Sequence[Picture]
    targets: Picture | None
    graph: Picture

    @property
    def folded(self) -> bool:
        """Whether there are so many chapters that each is folded, to be opened by its heading."""
        return len(self.chapters) > MOST_OPEN

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All charts in the order of the annex."""
        own = [picture for chapter in self.chapters for picture in chapter.pictures]
        targets = [self.targets] if self.targets else []
        return (*own, *self.together, *self.baseline, *self.budgets, *targets, self.graph)


@dataclass(frozen=True)
class Contents:
    """What the pages show: built once, drawn as still or as interactive pictures.

    The annex is None where the brief alone was asked for.
    """

    findings: Findings
    scope: Scope
    title: str
    brief: Brief
    annex: Annex | None

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The charts that have files of their own: those of the annex, else those of the brief."""
        if self.annex is not None:
            return self.annex.pictures
        return tuple(finding.picture for finding in self.brief.findings if finding.picture)


def contents_of(findings: Findings, scope: Scope = WHOLE) -> Contents:
    """Return what there is to show of findings, as far as it is asked for.

    Raises
    ------
    InputError
        An indicator that was asked for is not projected.
    EnvironmentFailureError
        The extra `charts` is not installed.
    """
    findings = scope.of(findings)
    write = effect_brief if findings.comparison.scenarios else level_brief
    with charts.unchecked():
        return Contents(
            findings,
            scope,
            comparison_title(findings.comparison, _titles(findings)),
            write(findings, scope.indicators),
            None if scope.brief else annex_of(findings),
        )


def annex_of(findings: Findings) -> Annex:
    """Return what stands behind the brief."""
    return Annex(
        list(chapters(findings)),
        list(side_by_side(findings)),
        list(baseline_pictures(findings)),
        list(budget_pictures(findings)),
        target_picture(findings),
        Picture("graph", charts.causal_graph(findings.model), "The links of the model", wide=True),
    )


def chapters(findings: Findings) -> Iterator[Chapter]:
    """Yield what there is to say of each scenario."""
    comparison = findings.comparison
    years = findings.years
    for name in comparison.scenarios:
        known = findings.beside(name)
        effects = [
            e for e in comparison.summaries(findings.indicators, years) if e.scenario == name
        ]
        yield Chapter(
            name,
            comparison.title(name) or scenario_label(name),
            known.narrative if known else "",
            sources_of(findings, name),
            changes_of(known, findings.model.instruments, comparison.waiting) if known else [],
            in_short(findings, name),
            [c for year in years for c in (year_title(year, _intervals(effects)), "%")],
            list(_effect_rows(effects, findings, years)),
            list(_chapter_pictures(findings, name, effects)),
            link_sentences(findings.losses.get(name, ()), findings),
            legend(e.mark for e in effects),
            waiting_tables(findings, name),
        )


def sources_of(findings: Findings, scenario: str) -> Sequence[str]:
    """Return the sources that the file of a scenario names, as its run keeps them."""
    return tuple(findings.comparison.manifests.get(scenario, {}).get("rests_on", ()))


def _intervals(effects: Sequence[Effect]) -> bool:
    """Whether every effect has enough draws for its interval."""
    return all(math.isfinite(effect.quantiles[0]) for effect in effects)


def baseline_pictures(findings: Findings) -> Iterator[Picture]:
    """Yield the fans of the baseline with the documents' figures."""
    comparison, model = findings.comparison, findings.model
    for name in findings.asked or model.registry.report_fans:
        if name in comparison.runs:
            chart = charts.fan(
                comparison.runs, name, model, findings.posterior, comparison.baseline, **SIZE
            )
            yield Picture(f"baseline-{name}", chart, label_of(name, findings.model.registry))


def side_by_side(findings: Findings) -> Iterator[Picture]:
    """Yield overlays of what more than one scenario moves."""
    comparison, model = findings.comparison, findings.model
    effects = comparison.summaries(findings.indicators, [findings.year])
    for name in findings.indicators:
        moving = [e for e in effects if e.indicator == name and e.mark not in OPEN]
        if len(moving) > 1:
            chart = charts.overlay(comparison, name, model)
            label = label_of(name, findings.model.registry)
            yield Picture(f"overlay-{name}", chart, label, wide=True)


def budget_pictures(findings: Findings) -> Iterator[Picture]:
    """Yield the budgets of the baseline's levels."""
    if findings.levels is None:
        return
    for name in findings.asked or findings.model.registry.report_budgets:
        if name in findings.levels.first_order:
            chart = charts.budget(findings.levels, name, findings.model, **SIZE)
            yield Picture(f"budget-{name}", chart, label_of(name, findings.model.registry))


def target_picture(findings: Findings) -> Picture | None:
    """Return the chart of the targets; None where none can be checked."""
    if all(a.probability is None for a in findings.achievements):
        return None
    table = target_table(findings.achievements)
    return Picture("targets", charts.targets(table, findings.model), "Targets", wide=True)


def _chapter_pictures(
    findings: Findings, name: str, effects: Sequence[Effect]
) -> Iterator[Picture]:
    """Yield the pictures of a scenario: its surest effects, their causes, their uncertainty."""
    moved = [e for e in effects if e.year == findings.year and e.mark not in OPEN]
    moved.sort(key=_shown_first)
    yield from _effect_fans(findings, name, moved[:EFFECT_FANS])
    yield from _causes(findings, name)
    if moved:
        yield from _effect_budget(findings, name, moved[0].indicator)


def _effect_fans(findings: Findings, name: str, effects: Sequence[Effect]) -> Iterator[Picture]:
    shown = narrowed(findings.comparison, [name], [effect.indicator for effect in effects])
    for effect in effects:
        told = None if findings.chosen is None else finding(effect, findings.model.registry)
        chart = charts.effect_fan(shown, effect.indicator, findings.model, title=told, **SIZE)
        label = label_of(effect.indicator, findings.model.registry)
        title = f"Effect on {label_in_sentence(label, last=True)}"
        yield Picture(f"{name}-effect-{effect.indicator}", chart, title)


def _causes(findings: Findings, name: str) -> Iterator[Picture]:
    attribution, year = findings.attributions.get(name), findings.year
    if attribution is None or len(attribution.players) < 2:
        return
    moved = [name for name in findings.asked if np.any(attribution.total.get(name, 0.0))]
    for indicator in moved if findings.asked else _shared(attribution):
        chart = charts.waterfall(attribution, indicator, year, findings.model, width=SIZE["width"])
        title = f"Contributions to {label_of(indicator, findings.model.registry)}"
        yield Picture(f"{name}-causes-{indicator}", chart, title)


def _effect_budget(findings: Findings, name: str, indicator: str) -> Iterator[Picture]:
    budget = findings.comparison.budgets.get(name)
    if budget is not None and np.isfinite(budget.first_order[indicator]).any():
        chart = charts.budget(budget, indicator, findings.model, **SIZE)
        label = label_of(indicator, findings.model.registry)
        title = f"Uncertainty of the effect on {label_in_sentence(label, last=True)}"
        yield Picture(f"{name}-budget", chart, title)


def _shown_first(effect: Effect) -> tuple[bool, float]:
    """Return what effects sort by: the surest first, indices after what they are made of."""
    spread = 0.0 if np.isnan(effect.sd) else effect.sd
    certainty = abs(effect.mean) / (spread or abs(effect.mean) or 1.0)
    return effect.indicator.startswith("index_"), -certainty


def _shared(attribution: Attribution) -> list[str]:
    """Return the first two indicators to which more than one player contributes, else the first."""
    last = len(attribution.years) - 1
    shared = [
        name
        for name, values in attribution.contributions.items()
        if np.count_nonzero(values[:, last].any(axis=1)) > 1
    ]
    shared.sort(key=lambda name: name.startswith("index_"))
    return shared[:2] or list(attribution.total)[:1]


def _effect_rows(
    effects: Sequence[Effect], findings: Findings, years: Sequence[int]
) -> Iterator[list[str]]:
    by_key = {(e.indicator, e.year): e for e in effects}
    for name in dict.fromkeys(e.indicator for e in effects):
        row = [by_key[name, year] for year in years]
        if all(e.mark in STILL for e in row):
            continue
        indicator = findings.model.registry.indicators[name]
        unit, cells = effect_cells(row, indicator, findings.model.registry)
        yield [indicator.label, unit, *cells]


def _titles(findings: Findings) -> list[str]:
    return [
        findings.comparison.title(name) or scenario_label(name)
        for name in findings.comparison.scenarios
    ]
