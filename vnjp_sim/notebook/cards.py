"""What a notebook shows of each kind of object: a few rows that say most, and how to get more."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

from vnjp_sim.analysis.attribution import Attribution, widest_effect
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import finding, scenario_in_sentence, scenario_words
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.main_effects import headline_names, main_effects
from vnjp_sim.analysis.marks import SET, STILL, legend
from vnjp_sim.analysis.uncertainty_budget import SOURCES, Budget
from vnjp_sim.foundation.vocabulary import DRAW, YEAR
from vnjp_sim.inputs.number_text import NOTHING, count_text, draws_text, exact, measure_of, percent
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_differences import input_differences
from vnjp_sim.notebook.accessor import Runs
from vnjp_sim.notebook.markup import Card, listed
from vnjp_sim.notebook.models import model_of
from vnjp_sim.session import Session
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pairing import manifests_of, scenario_names
from vnjp_sim.simulation.summaries import milestones, quantiles_of
from vnjp_sim.simulation.traced import Trace
from vnjp_sim.tables.beginnings import SAVING_NOTE, beginning_table, saving_tables
from vnjp_sim.tables.effects import contribution_table, effect_table, set_elsewhere
from vnjp_sim.tables.runs import SETTING, projection_cells, year_title
from vnjp_sim.tables.text_table import Column, TextTable

MOST_SCENARIOS, MOST_ROWS, MOST_INDICATORS = 3, 8, 4
EXAMPLE = "trade_turnover"


@singledispatch
def card_of(shown: object) -> Card:
    """Return what is told of an object."""
    return Card(repr(shown))


def identity(manifests: Mapping[str, Mapping[str, Any]]) -> str:
    """Return which runs something is of, as far as it is known."""
    if not manifests:
        return ""
    first = next(iter(manifests.values()))
    runs = listed(f"{name} {own.get('run', '')}".strip() for name, own in manifests.items())
    known = [draws_text(int(first["draws"]))] if "draws" in first else []
    known += [f"seed {exact(first['seed'])}"] if "seed" in first else []
    version = first.get("versions", {}).get("vnjp-sim")
    known += [f"vnjp_sim {version}"] if version else []
    return f"Runs: {'; '.join([runs, *known])}."


@card_of.register(Comparison)
def _comparison(shown: Comparison) -> Card:
    years = milestones(shown.years[0], shown.years[-1])[-2:]
    titles = [shown.title(name) or scenario_words(name) for name in shown.scenarios]
    card = Card(
        titles[0] if len(titles) == 1 else f"{len(titles)} scenarios compared",
        f"Effects, compared with {shown.baseline}: median and 90 % interval over the draws, or "
        "mean and chances where an effect is often zero.",
    )
    marks: set[str] = set()
    most = MOST_ROWS if len(titles) == 1 else MOST_ROWS // 2
    for name, title in zip(shown.scenarios[:MOST_SCENARIOS], titles, strict=False):
        main = main_effects(shown, name, years[-1])
        if main.follows and len(titles) == 1:
            card.lead = f"{finding(main.follows[0], shown.registry, subject='This')}."
        some = [*main.changed[:most], *main.follows[:most]]
        rows = shown_rows(shown, name, some, years)
        marks |= {effect.mark for effect in rows}
        table = effect_table(shown, name, rows, years, compact=True)
        table.title = title if len(titles) > 1 else ""
        card.tables.append(table)
        card.notes += _left_out(shown, name, len(some), years)
    if len(titles) > MOST_SCENARIOS:
        card.notes.append(f"Not shown: {listed(shown.scenarios[MOST_SCENARIOS:], 12)}.")
    _add_waiting(card, shown, years)
    words = legend(marks - {SET})  # what is set stands under a heading of its own
    card.notes += [words] if words else []
    card.identity = identity(shown.manifests)
    card.further = (".table()", f".plot('{EXAMPLE}')", f"['{EXAMPLE}']", ".to_excel('book.xlsx')")
    return card


def _add_waiting(card: Card, shown: Comparison, years: Sequence[int]) -> None:
    """Add when what waits begins, and what that saves where the same at once stands beside."""
    waiting = [one for one in shown.waiting if one.scenario in shown.scenarios[:MOST_SCENARIOS]]
    if not waiting:
        return
    model, names = load_model(), {one.scenario for one in waiting}
    card.tables.append(beginning_table(waiting, years, shown.registry, model.instruments))
    if savings := [one for one in shown.saving() if one.scenario in names]:
        card.tables += saving_tables(savings, shown.registry)
        card.notes.append(SAVING_NOTE)


def _left_out(shown: Comparison, name: str, few: int, years: Sequence[int]) -> list[str]:
    """Return sentences on what the table of a scenario does not show."""
    who = f"{name}: " if len(shown.scenarios) > 1 else ""
    elsewhere = set_elsewhere(shown, name, headline_names(shown), years)
    last = shown.summaries(years=years[-1:])
    moved = sum(e.scenario == name and e.mark not in STILL for e in last)
    what = f"the main {few} of {count_text(moved, 'indicator')} that it moves in {years[-1]}"
    selection = f"Shown are {what}; .overview({years[-1]}) has all." if moved > few else ""
    return [f"{who}{line}" for line in (elsewhere, selection) if line]


def shown_rows(
    comparison: Comparison, scenario: str, effects: Sequence[Effect], years: Sequence[int]
) -> list[Effect]:
    """Return the effects of a scenario on the indicators of some effects, in all of the years."""
    if not effects:
        return []
    names = [effect.indicator for effect in effects]
    return [e for e in comparison.summaries(names, years) if e.scenario == scenario]


@card_of.register(Attribution)
def _attribution(shown: Attribution) -> Card:
    year = shown.years[-1]
    registry = load_model().registry
    known = [name for name in shown.total if name in registry.indicators]
    first = widest_effect(shown, year)
    names = [n for n in dict.fromkeys([first, *known]) if n in known][:MOST_INDICATORS]
    card = Card(
        f"What contributes to the effects of {scenario_words(shown.scenario)}",
        "Mean contribution of each part (Shapley values, which sum to the mean effect), interval "
        "of 90 % of the draws, and the mean effect of the part alone.",
        tables=[contribution_table(shown, name, year, registry) for name in names],
    )
    if len(shown.total) > len(names):
        card.notes.append(f"Shown: {len(names)} of {count_text(len(shown.total), 'indicator')}.")
    if not shown.exact:
        card.notes.append("Orders of the parts were sampled; ± is the error of that.")
    example = names[0] if names else EXAMPLE
    card.further = (f".table('{example}', {year})", f".plot('{example}')", ".to_excel('book.xlsx')")
    return card


@card_of.register(Budget)
def _budget(shown: Budget) -> Card:
    year = shown.years[-1]
    labels = load_model().registry.labels
    names = list(shown.first_order)[:MOST_INDICATORS]
    columns = [Column("source"), *(Column(labels.get(n, n), "number", n) for n in names)]
    table = TextTable(columns, f"Share of the variance in {year}")
    for source in SOURCES:
        shares = [float(shown.share(name, source)[-1]) for name in names]
        texts = [percent(share) if math.isfinite(share) else NOTHING for share in shares]
        table.add(source, *texts)
    of = "effects" if shown.of_effects else "levels"
    whose = f" of {scenario_in_sentence(shown.scenario)}" if shown.scenario else ""
    card = Card(f"Where the uncertainty of {of}{whose} comes from", tables=[table])
    card.notes += [
        f"{labels.get(name, name)}: {note}." for name in names if (note := shown.note(name, year))
    ]
    if len(shown.first_order) > len(names):
        card.notes.append(
            f"Shown: {len(names)} of {count_text(len(shown.first_order), 'indicator')}."
        )
    card.further = (f".table('{names[0]}')", f".plot('{names[0]}')", ".to_excel('book.xlsx')")
    return card


@card_of.register(History)
def _history(shown: History) -> Card:
    registry, draws = shown.model.registry, shown.draws.sizes[DRAW]
    columns = [Column("indicator"), Column("unit"), Column("from", "number")]
    columns += [Column("last median [90\u00a0%]", "number"), Column("rests on")]
    table = TextTable(columns)
    names = sorted(shown.indicators, key=lambda name: not registry.indicators[name].headline)
    for name in names[: 2 * MOST_ROWS]:
        own = [s for s in shown.summaries() if s.indicator == name]
        known = registry.indicators[name]
        begins = shown.begins(name)
        if begins is None or not own:
            table.add(known.label, known.unit, NOTHING, NOTHING, "figures alone")
            continue
        last = own[-1]
        measure = measure_of(known, registry.units, last.quantiles)
        text = f"{measure.interval(last.quantiles, draws)} ({last.year})"
        table.add(known.label, measure.unit, str(begins), text, shown.basis(name))
    years = f"{shown.years[0]}–{shown.years[-1]}"
    card = Card("The past of the partnership", f"{years}, {draws_text(draws)}.", tables=[table])
    if len(names) > len(table.rows):
        card.notes.append(f"Shown: {len(table.rows)} of {count_text(len(names), 'indicator')}.")
    card.further = (".table()", f"['{names[0]}']", ".draws", ".to_excel('history.xlsx')")
    return card


@card_of.register(Scenario)
def _scenario(shown: Scenario) -> Card:
    table = TextTable([Column("what it changes"), Column("why by so much"), Column("grade")])
    reasons = shown.assumptions
    for words in _departures(shown):
        said = next((a for a in reasons if a.name in words and a.size in words), None)
        why = [part for part in (said.reason.why, said.reason.reference) if part] if said else []
        table.add(words, "\n".join(why), said.reason.grade if said else "")
    under = " → ".join(shown.chain) + f", {shown.start}–{shown.end}"
    card = Card(shown.title or scenario_words(shown.name), under, tables=[table])
    card.notes += [shown.narrative.strip()] if shown.narrative.strip() else []
    if shown.variants:
        card.notes.append(f"Variants: {listed(f'{shown.name}@{v}' for v in shown.variants)}.")
    card.further = (".with_lever(…)", ".to_yaml()", "vj.compare(scenario)")
    return card


def _departures(scenario: Scenario) -> tuple[str, ...]:
    """Return in words what a scenario changes, compared with its baseline if it has one."""
    empty: dict[str, Any] = {"levers": {}, "events": [], "parameters": {}}
    base = scenario.baseline.content if scenario.baseline else empty
    own, other = (json.loads(json.dumps(content)) for content in (scenario.content, base))
    return input_differences(own, other, [event.note for event in scenario.events])


@card_of.register(Model)
def _model(shown: Model) -> Card:
    columns = [Column("document"), Column("published"), Column("reliability"), Column("title")]
    table = TextTable([*columns, Column("figures", "number")], "Documents")
    figures = [o.document for o in shown.evidence.observations]
    for name, d in shown.evidence.documents.items():
        count = exact(figures.count(name))
        table.add(name, d.published_words, d.reliability, d.title, count)
    parts = {
        "indicator": shown.registry.indicators,
        "law": shown.parameters.laws,
        "link": shown.links.links,
        "lever": shown.instruments.levers,
        "target": shown.targets,
    }
    under = ", ".join(count_text(len(items), name) for name, items in parts.items())
    if shown.as_of:
        under += f"; documents published before {shown.as_of}"
    card = Card("A model of Vietnam–Japan relations", f"{under}.", tables=[table])
    card.further = (f"['{EXAMPLE}']", ".plot()", f"vj.trace('{EXAMPLE}')")
    return card


@card_of.register(Trace)
def _trace(shown: Trace) -> Card:
    columns = ("period", "printed", "unit", "use", "document", "place", "note")
    table = TextTable([Column("figure" if name == "printed" else name) for name in columns])
    for row in shown[list(columns)].itertuples(index=False):
        table.add(*map(str, row))
    said = shown.said
    notes = [line.replace("  ", "\u00a0\u00a0") for line in (*said.about[1:], *said.after)]
    return Card(said.title, said.about[0], tables=[table], notes=notes)


@card_of.register(Session)
def _session(shown: Session) -> Card:
    request = shown.request
    asked = TextTable([Column("asked with"), Column("")])
    asked.add("draws", draws_text(request.draws))
    asked.add("seed", exact(request.seed))
    asked.add("years", "–".join(map(str, request.horizon)) if request.horizon else "the scenario's")
    asked.add("evidence", shown.model.evidence.basis)
    if request.as_of:
        asked.add("documents published before", str(request.as_of))
    card = Card("A session", "One model, calibration and set of draws in memory.", tables=[asked])
    card.further = (
        ".summaries('base')",
        ".compare('oda_expansion')",
        "['oda_expansion']",
        ".run('base')",
    )
    return card


@card_of.register(Runs)
def _runs(shown: Runs) -> Card:
    manifests = manifests_of(shown.data)
    registry = model_of(manifests).registry
    scenarios = scenario_names(shown.data)
    every = [int(year) for year in shown.data[YEAR].to_numpy()]
    years = milestones(every[0], every[-1])[-2:]
    draws = shown.data.sizes.get(DRAW, 0)
    count = count_text(len(shown.indicators), "indicator")
    card = Card(
        "Projections of Vietnam–Japan relations",
        f"{listed(scenarios)}, {every[0]}–{every[-1]}, {count}; "
        "median and 90 % interval over the draws.",
    )
    for scenario in scenarios[:MOST_SCENARIOS]:
        title = str(manifests.get(scenario, {}).get("title", scenario))
        columns = [Column("indicator"), Column("unit")]
        columns += [Column(year_title(year, True), "number") for year in years]
        table = TextTable(columns, title)
        for name in registry_rows(shown.indicators, registry):
            values = shown.values(name, scenario)
            rows = [quantiles_of(values[every.index(year)]) for year in years]
            known = registry.indicators[name]
            unit, _, *cells = projection_cells(rows, known, registry, None, draws)
            table.add(known.label, unit, *cells)
        card.tables.append(table)
    card.identity = identity(manifests)
    card.further = (".table()", f".plot('{EXAMPLE}')", ".compare()", ".to_excel('book.xlsx')")
    return card


def registry_rows(names: Sequence[str], registry: Registry, most: int = MOST_ROWS) -> list[str]:
    """Return the headline indicators among names, without the two economies; all if none is."""
    known = registry.indicators
    shown = [n for n in registry.headlines if n in names and known[n].sector != SETTING]
    return (shown or list(names))[:most]
