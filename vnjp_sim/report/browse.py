"""What the controls of a report show: every indicator and year of its scenarios, settled here.

Each sentence, each cell and each unit is made here, so that the page shows what tables and briefs
do; it draws bands and reads shares off ranked draws, and formats no number but the one typed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effect_words import cell_lines, effect_measure, scenario_words
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import SIGNS, STILL, legend
from vnjp_sim.charts.forms import words_of_form
from vnjp_sim.charts.look import Look
from vnjp_sim.charts.quantities import (
    CELLS,
    FAN,
    RARE,
    STEPS,
    Quantity,
    compact,
    levels_of,
    quantity,
)
from vnjp_sim.charts.theme import scenario_colours, scenario_label
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.number_text import Measure, measure_of
from vnjp_sim.report.browse_words import (
    around,
    difference_sentence,
    level_sentence,
    levels_in,
    levels_sentence,
    percent_cell,
    percent_ends,
    percent_sentence,
    share_words,
)
from vnjp_sim.report.level_brief import figures_sentence
from vnjp_sim.report.shares import Ranks, ranked, ranks_of
from vnjp_sim.report.words import sector_words
from vnjp_sim.simulation.summaries import fewest_draws

FloatArray = NDArray[np.float64]
View = dict[str, Any]

PER_CENT = Measure("percent", "per cent of the baseline", 1.0, 1)
WITHOUT_PER_CENT = (
    "There is no table and no picture in per cent: in some draws the baseline is zero or negative, "
    "and nothing is a part of that. The difference has both."
)
LOOK = Look()


def browsing(findings: Findings, about: Sequence[str], asked: Sequence[str]) -> dict[str, Any]:
    """Return what the controls of a report show, as it is packed into the page.

    Parameters
    ----------
    findings : Findings
        Of the report.
    about : Sequence[str]
        What the brief is about; the first of them is shown at first.
    asked : Sequence[str]
        The indicators to choose from; all that were projected if empty.
    """
    comparison, registry = findings.comparison, findings.model.registry
    projected = comparison.projections.arrays
    names = [name for name in registry.indicators if name in (asked or projected)]
    levels = {name: _Level(name, findings) for name in names}
    colours = scenario_colours([comparison.baseline, *comparison.scenarios])
    ranks = kept_ranks(findings)
    return {
        "draws": comparison.draws,
        "years": list(comparison.years),
        "year": findings.year,
        "bands": [b for b in LOOK.bands if comparison.draws >= fewest_draws(levels_of(b)[0])],
        "ranks": [int(ranks[0]), *np.diff(ranks).tolist()],
        "shares": share_words(comparison.draws),
        "baseline": [scenario_label(comparison.baseline), colours[comparison.baseline]],
        "base": comparison.baseline,
        "runs": {
            name: str(comparison.manifests.get(name, {}).get("run", ""))
            for name in (comparison.baseline, *comparison.scenarios)
        },
        "scenarios": [[n, scenario_words(n), colours[n]] for n in comparison.scenarios],
        "sectors": _sectors(names, findings),
        "first": next((name for name in about if name in names), names[0]),
        "levels": {name: level.view for name, level in levels.items()},
        "effects": _effects(levels, findings),
    }


def kept_ranks(findings: Findings) -> Ranks:
    """Return the ranks of the draws of a year that the page keeps."""
    return ranks_of(findings.comparison.draws, len(findings.comparison.scenarios))


def _sectors(names: Sequence[str], findings: Findings) -> list[list[Any]]:
    """Return the indicators with their labels, by sector in words."""
    known = findings.model.registry.indicators
    found = []
    for sector in SECTORS:
        own = [[name, known[name].label] for name in names if known[name].sector == sector]
        if own:
            words = sector_words(sector)
            found.append([words[:1].upper() + words[1:], own])
    return found


@dataclass(frozen=True)
class _Level:
    """The levels of an indicator: those of the baseline and, in the same unit, of scenarios."""

    name: str
    findings: Findings

    def values(self, scenario: str) -> FloatArray:
        """Return the draws of a scenario, (year, draw)."""
        return self.findings.comparison.projections.of(scenario, self.name)

    def levels(self, scenario: str) -> list[Effect]:
        """Return the level of each year in a scenario, summarised."""
        return levels_in(self.findings.comparison.years, self.values(scenario))

    @cached_property
    def usual(self) -> list[Effect]:
        """The levels of the baseline."""
        return self.levels(self.findings.comparison.baseline)

    @cached_property
    def measure(self) -> Measure:
        """What levels are shown in, as in the tables of a run."""
        registry = self.findings.model.registry
        medians = [one.quantiles[2] for one in self.usual if one.year in self.findings.years]
        return measure_of(registry.indicators[self.name], registry.units, medians)

    @property
    def label(self) -> str:
        """What the indicator is called."""
        return self.findings.model.registry.indicators[self.name].label

    @property
    def view(self) -> View:
        """The levels of the baseline, and how levels are drawn."""
        comparison, measure = self.findings.comparison, self.measure
        every = [self.values(s) for s in comparison.projections.scenarios]
        shown = quantity(self.name, self.findings.model, every)
        shown = replace(shown, form=RARE if shown.form == CELLS else shown.form)
        return {
            **_axis(measure, shown, comparison.draws),
            "own": self.shown(comparison.baseline, self.usual),
            "say": [level_sentence(self.label, one, measure) for one in self.usual],
            "stands": figures_sentence(self.name, self.findings),
        }

    def shown(self, scenario: str, levels: Sequence[Effect]) -> View:
        """Return ranked draws, means, and cells of a table of a scenario's levels."""
        cells = [self.measure.interval(one.quantiles, one.draws) for one in levels]
        means = [compact(one.mean) for one in levels]
        return {
            "draws": ranked(self.values(scenario), kept_ranks(self.findings)),
            "means": means,
            "cells": cells,
        }

    def beside(self, scenario: str, *, moved: bool) -> View:
        """Return the levels of a scenario beside those of the baseline."""
        levels = self.levels(scenario) if moved else self.usual
        pairs = zip(levels, self.usual, strict=True)
        say = [levels_sentence(self.label, *pair, self.measure, scenario) for pair in pairs]
        return {"say": say, **({"own": self.shown(scenario, levels)} if moved else {})}


def _effects(levels: Mapping[str, _Level], findings: Findings) -> dict[str, dict[str, View]]:
    """Return what each scenario does to each indicator."""
    comparison = findings.comparison
    every: dict[str, dict[str, list[Effect]]] = {s: {} for s in comparison.scenarios}
    for effect in comparison.summaries():
        if effect.indicator in levels:
            every[effect.scenario].setdefault(effect.indicator, []).append(effect)
    return {
        scenario: {name: _effect(effects, levels[name]) for name, effects in own.items()}
        for scenario, own in every.items()
    }


def _effect(effects: Sequence[Effect], level: _Level) -> View:
    """Return the effects of a scenario on an indicator: levels, differences and per cent."""
    findings, scenario = level.findings, effects[0].scenario
    registry = findings.model.registry
    moved = any(effect.mark not in STILL for effect in effects)
    shown: View = {
        "level": level.beside(scenario, moved=moved),
        "difference": {"say": [difference_sentence(e, registry) for e in effects]},
        "percent": {"say": [percent_sentence(e, registry) for e in effects]},
    }
    if moved:
        own, base = level.values(scenario), level.values(findings.comparison.baseline)
        shown["difference"] |= _differences(effects, own - base, findings)
        shown["percent"] |= _percents(effects, own, base, kept_ranks(findings))
    return shown


def _differences(effects: Sequence[Effect], values: FloatArray, findings: Findings) -> View:
    registry = findings.model.registry
    indicator = registry.indicators[effects[0].indicator]
    shown = [effect for effect in effects if effect.year in findings.years]
    measure = effect_measure(indicator, registry, shown)
    cells = [SIGNS.get(e.mark, "") + "\n".join(cell_lines(e, measure)) for e in effects]
    return {
        **_axis(measure, _form(effects, measure), effects[0].draws),
        "own": {
            "draws": ranked(values, kept_ranks(findings)),
            "means": [compact(e.mean) for e in effects],
            "cells": cells,
        },
        "note": legend(e.mark for e in effects if e.mark not in STILL),
    }


def _percents(effects: Sequence[Effect], own: FloatArray, base: FloatArray, ranks: Ranks) -> View:
    shown: View = {"draws": [], "means": [], "cells": []}
    short = [percent_cell(effect) for effect in effects]
    for effect, middle, row, usual in zip(effects, short, own, base, strict=True):
        ends = None if effect.by_chance or effect.mark in STILL else percent_ends(effect)
        shown["cells"].append(f"{middle} [{ends[0]}, {ends[1]}]" if ends else middle)
        known = effect.relative is not None
        ratio = 100.0 * (row / usual - 1.0)[None] if known else None
        shown["draws"].append(None if ratio is None else ranked(ratio, ranks)[0])
        some = effect.level > 0.0 and not effect.signed
        shown["means"].append(compact(100.0 * effect.mean / effect.level) if some else None)
    if not any(shown["draws"]):
        return {"short": short, "note": WITHOUT_PER_CENT}
    axis = _axis(PER_CENT, _form(effects, PER_CENT), effects[0].draws)
    return {**axis, "own": shown, "short": short}


def _form(effects: Sequence[Effect], measure: Measure) -> Quantity:
    """Return how effects are drawn: with their mean in steps where chances describe them."""
    telling = next((e for e in reversed(effects) if e.mark not in STILL), effects[-1])
    form = RARE if telling.by_chance else STEPS if telling.whole else FAN
    return Quantity(
        "", "", measure.words, measure.factor, measure.decimals, False, True, False, form
    )


def _axis(measure: Measure, shown: Quantity, draws: int) -> View:
    """Return what numbers are shown in, and how they are drawn."""
    before, behind = around(measure)
    return {
        "unit": measure.words,
        "factor": measure.factor,
        "before": before,
        "behind": behind,
        "zero": shown.zero,
        "step": shown.form != FAN,
        "mean": shown.middle == "mean",
        "drawn": words_of_form(shown, draws, LOOK),
    }
