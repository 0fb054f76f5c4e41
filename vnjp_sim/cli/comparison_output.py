"""What a comparison prints: effects, variants beside each other, assumptions; or that as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vnjp_sim.cli.console import say_folded, show

if TYPE_CHECKING:
    from rich.console import Console

    from vnjp_sim.analysis.attribution import Attribution
    from vnjp_sim.analysis.beginnings import Beginning
    from vnjp_sim.analysis.comparison import Comparison
    from vnjp_sim.analysis.effects import Effect
    from vnjp_sim.analysis.findings import Findings
    from vnjp_sim.analysis.under_stress import UnderStress
    from vnjp_sim.inputs.reasons import Assumption
    from vnjp_sim.tables.text_table import TextTable

CHANGED = "You changed"
INDEX = "index"
"""The sector of indicators that average others."""
MOST_CONTRIBUTIONS = 3
"""Indicators of those asked for to which contributions are shown."""
ASSUMES = "What the scenario assumes"


def comparison_content(
    scenarios: Iterable[tuple[str, Comparison]], effects: Iterable[Effect]
) -> dict[str, Any]:
    """Return what a comparison says, for JSON: of each scenario in its comparison, and effects."""
    return {
        "scenarios": [
            {
                "scenario": name,
                "title": comparison.title(name),
                "baseline": comparison.baseline,
                "differences": list(comparison.differences(name)),
                "assumptions": [one.content for one in comparison.assumptions(name)],
                **waiting_content([one for one in comparison.waiting if one.scenario == name]),
            }
            for name, comparison in scenarios
        ],
        "effects": [asdict(effect) for effect in effects],
    }


def waiting_content(beginnings: Sequence[Beginning]) -> dict[str, Any]:
    """Return when what waits begins, for JSON; nothing where nothing waits."""
    each = [
        {
            "kind": one.kind,
            "name": one.name,
            "when": one.when.text,
            "begun": {year: one.share(year) for year in one.years},
            "median_year": one.middle,
            "years_in_use": float(one.in_use.mean()),
            "years_in_use_fixed": one.fixed_use,
        }
        for one in beginnings
    ]
    return {"beginnings": each} if each else {}


def show_comparison(console: Console, findings: Findings, years: Sequence[int]) -> None:
    """Print effects, contributions and assumptions of each scenario, and the targets."""
    from vnjp_sim.analysis.marks import SET
    from vnjp_sim.simulation.manifests import gates_note

    comparison = findings.comparison
    effects = comparison.summaries(findings.indicators, years)
    families = [list(names) for _, names in groupby(comparison.scenarios, _family)]
    for names in families:
        _show_family(console, findings, names, effects, years)
    beside = {name for names in families if len(names) > 1 for name in names}
    _show_legend(
        console,
        [e for e in effects if e.mark != SET or e.scenario in beside],
        comparison,
        "Effects: scenario minus baseline in the same draw.",
    )
    if failed := gates_note(comparison.manifests.values()):
        show(console, failed)
    _show_targets(console, findings)


def _show_targets(console: Console, findings: Findings) -> None:
    """Print the targets whose chance moves, and what is to be said of the others.

    Where indicators were asked for, all targets on them and no others.
    """
    from vnjp_sim.tables.effects import moved_targets, target_table

    chances, asked = findings.achievements, findings.asked
    shown, rest = moved_targets(chances, findings.comparison.baseline)
    if asked:
        shown, rest = [one for one in chances if one.target.indicator in asked], ""
    how = (
        "Probability of meeting each target ± its Monte Carlo standard error; where no draw or "
        "every draw meets it, a bound with 95 % confidence. "
    )
    if shown:
        show(console, target_table(shown))
    if shown or rest:
        console.print((how if shown else "") + rest)


def show_under_stress(
    console: Console,
    comparison: Comparison,
    under: UnderStress,
    indicators: Sequence[str],
    years: Sequence[int],
) -> None:
    """Print what each policy changes in the world of the baseline and in that of each stress."""
    from vnjp_sim.simulation.manifests import gates_note
    from vnjp_sim.tables.effects import beside_table

    shown: list[Effect] = []
    for name in under.stresses:
        _show_heading(console, comparison, name)
    for name in under.policies:
        _show_heading(console, comparison, name)
        effects = under.effects(comparison, name, indicators, years)
        _show_table(console, partial(beside_table, effects, comparison.registry, years))
        shown += [effect for several in effects.values() for effect in several]
    every = [*under.policies, *under.stresses]
    show_assumptions(console, [one for name in every for one in comparison.assumptions(name)])
    what = (
        f"Effects: in {comparison.baseline} scenario minus baseline in the same draw, in others "
        "both together minus that one alone."
    )
    _show_legend(console, shown, comparison, what)
    if failed := gates_note(comparison.manifests.values()):
        show(console, failed)


def _family(name: str) -> str:
    """Return the scenario that a variant is of, or itself."""
    from vnjp_sim.inputs.scenario_file import AT

    return name.partition(AT)[0]


def _show_family(
    console: Console,
    findings: Findings,
    names: Sequence[str],
    effects: Sequence[Effect],
    years: Sequence[int],
) -> None:
    """Print a scenario, with its variants beside it; contributions are those of the first."""
    from vnjp_sim.tables.effects import (
        beside_table,
        contribution_table,
        effect_table,
        set_elsewhere,
        small_effects,
    )

    comparison = findings.comparison
    for name in names:
        _show_heading(console, comparison, name)
    if len(names) == 1:
        _show_table(console, partial(effect_table, comparison, names[0], effects, years))
        if small := small_effects(comparison, names[0], effects, years):
            say_folded(console, small)
            console.print()
    else:
        beside = {name: [e for e in effects if e.scenario == name] for name in names}
        _show_table(console, partial(beside_table, beside, comparison.registry, years))
    listed = [effect.indicator for effect in effects]
    for name in names:
        if elsewhere := set_elsewhere(comparison, name, listed, years):
            say_folded(console, elsewhere if len(names) == 1 else f"{name}: {elsewhere}")
            console.print()
    for name in names:
        _show_budget(console, comparison, [e for e in effects if e.scenario == name], years[-1])
    show_waiting(console, findings, names, years)
    attribution = findings.attributions.get(names[0])
    if attribution is not None and len(attribution.players) > 1:
        for moved in _attributed(findings, attribution, years[-1]):
            parts = contribution_table(attribution, moved, years[-1], comparison.registry)
            show(console, parts)
    show_assumptions(console, [one for name in names for one in comparison.assumptions(name)])


def show_waiting(
    console: Console, findings: Findings, names: Sequence[str], years: Sequence[int]
) -> None:
    """Print when what waits in some scenarios begins, and what waiting saves where that is seen."""
    from vnjp_sim.tables.beginnings import SAVING_NOTE, beginning_table, saving_tables

    comparison = findings.comparison
    waiting = [one for one in comparison.waiting if one.scenario in names]
    if not waiting:
        return
    registry, instruments = comparison.registry, findings.model.instruments
    show(console, beginning_table(waiting, years, registry, instruments))
    savings = [one for one in comparison.saving() if one.scenario in names]
    for table in saving_tables(savings, registry):
        show(console, table)
    if savings:
        console.print(f"{SAVING_NOTE}\n")


def _attributed(findings: Findings, attribution: Attribution, year: int) -> list[str]:
    """Return to what contributions are shown: the first that were asked for, else a quantity."""
    from vnjp_sim.analysis.attribution import widest_effect

    if findings.asked:
        return [name for name in findings.asked if name in attribution.total][:MOST_CONTRIBUTIONS]
    widest = widest_effect(attribution, year)
    return [] if widest is None else [widest]


def _show_budget(
    console: Console, comparison: Comparison, effects: Sequence[Effect], year: int
) -> None:
    """Print where the uncertainty of a scenario's effects comes from, if that was asked."""
    from vnjp_sim.tables.budgets import BUDGET_NOTE, budget_table

    budget = comparison.budgets.get(effects[0].scenario)
    table = budget_table(budget, effects, year, comparison.registry) if budget else None
    if table is not None and table.rows:
        show(console, table)
        console.print(f"{BUDGET_NOTE}\n")


def _show_table(console: Console, table_of: Callable[..., TextTable]) -> None:
    """Print a table of effects: with fewer columns where its years do not stand side by side."""
    from vnjp_sim.tables.effects import NOTHING_DIFFERS

    table = table_of()
    if not table.beside(console.width):
        table = table_of(compact=True)
    show(console, table if table.rows else f"  {NOTHING_DIFFERS}")


def _show_heading(console: Console, comparison: Comparison, name: str) -> None:
    title = comparison.title(name)
    console.print(f"{name}: {title}" if title else name, style="bold")
    lines = comparison.differences(name)
    if lines:
        console.print(CHANGED)
    for line in lines:
        say_folded(console, f"  {line}")
    if lines:
        console.print()


def show_assumptions(console: Console, assumptions: Iterable[Assumption]) -> None:
    """Print why levers and events have their sizes, each once."""
    each = dict.fromkeys(assumptions)
    if not each:
        return
    console.print(ASSUMES, style="bold")
    for one in each:
        say_folded(console, f"  {one.text}")
    console.print()


def _show_legend(
    console: Console, effects: Sequence[Effect], comparison: Comparison, what: str
) -> None:
    """Print how the numbers of effects are to be read, and what the indices among them are."""
    from vnjp_sim.analysis.marks import STILL, legend
    from vnjp_sim.tables.runs import interval_note

    missing = interval_note([effect.quantiles for effect in effects], comparison.draws)
    marks = legend(effect.mark for effect in effects)
    how = "Median and 90 % interval; mean and chances of what is often zero and of small counts."
    text = f"{what} {missing or how} Percentages are of the baseline. {marks}"
    console.print(text)
    moved = dict.fromkeys(effect.indicator for effect in effects if effect.mark not in STILL)
    for known in (comparison.registry.indicators[name] for name in moved):
        if known.sector == INDEX:
            say_folded(console, f"{known.label}: {known.meaning[:1].lower()}{known.meaning[1:]}")
