"""The sheets of a workbook that hold tables: effects, projections, sources, assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10, nan
from pathlib import Path
from typing import TYPE_CHECKING

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import effect_sentence
from vnjp_sim.analysis.marks import NOT_EXAMINED
from vnjp_sim.analysis.target_probability import TargetProbability
from vnjp_sim.analysis.uncertainty_budget import SOURCES, Budget
from vnjp_sim.exchange.workbook import CHANCE, PERCENT, Cell, Sheet, Shown, decimals_format
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.registry import Indicator
from vnjp_sim.simulation.citing import DAMAGED, document_item, text_of
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.summaries import Summary, milestones

if TYPE_CHECKING:
    import pandas as pd

MOST_DECIMALS = 6
WIDE = 130.0
"""Of a column with a sentence in each row."""
STATISTICS = {"median": "p50", "5 %": "p05", "95 %": "p95"}
HEAD = ("indicator", "label", "unit", "statistic")
EFFECT_HEAD = (
    "scenario",
    "indicator",
    "label",
    "unit",
    "year",
    "mean",
    "median",
    "5 %",
    "95 %",
    "median in % of the baseline",
    "rises in",
    "falls in",
    "in words",
    "to be read with care",
)
FIGURE_COLUMNS = (
    "indicator",
    "period",
    "value",
    "as printed",
    "unit",
    "reported",
    "base period",
    "share of",
    "use",
    "document",
    "title",
    "line",
    "place",
    "note",
    "row",
)


def effects_sheet(comparison: Comparison) -> Sheet:
    """Return every effect that is not zero in all draws, by scenario, indicator and year."""
    registry = comparison.registry
    rows: list[list[Cell]] = []
    for effect in comparison.summaries():
        if effect.positive == effect.negative == 0.0:
            continue
        indicator = registry.indicators[effect.indicator]
        low, _, middle, _, high = effect.quantiles
        shape = _effect_format(indicator, effect.mean)
        numbers = [Shown(value, shape) for value in (effect.mean, middle, low, high)]
        relative = effect.relative[2] if effect.relative else nan
        rows.append(
            [
                effect.scenario,
                effect.indicator,
                indicator.label,
                indicator.unit,
                effect.year,
                *numbers,
                Shown(relative, PERCENT),
                Shown(effect.positive, CHANCE),
                Shown(effect.negative, CHANCE),
                effect_sentence(effect, registry),
                "" if effect.mark == NOT_EXAMINED else effect.mark,
            ]
        )
    return Sheet("effects", EFFECT_HEAD, rows, frozen_columns=3, widest=WIDE)


def _effect_format(indicator: Indicator, size: float) -> str:
    """Return the format of an effect of some size: two figures, and the indicator's decimals."""
    needed = 1 - floor(log10(abs(size))) if size else 0
    return decimals_format(max(indicator.decimals, min(needed, MOST_DECIMALS)), signed=True)


def projections_sheet(by_scenario: Mapping[str, Sequence[Summary]], model: Model) -> Sheet:
    """Return median and 90 % interval by scenario and indicator, a column a year."""
    years = sorted({s.year for rows in by_scenario.values() for s in rows})
    rows: list[list[Cell]] = []
    for scenario, summaries in by_scenario.items():
        rows += [[scenario, *row] for row in _by_year(summaries, years, model)]
    return Sheet("projections", ("scenario", *HEAD, *years), rows, frozen_columns=5)


def table_sheet(title: str, table: pd.DataFrame) -> Sheet:
    """Return a table as it is, a cell without a number empty."""
    records = table.itertuples(index=False, name=None)
    rows = [[None if cell != cell else cell for cell in row] for row in records]  # noqa: PLR0124
    return Sheet(title, tuple(map(str, table.columns)), rows)


def history_sheet(history: History) -> Sheet:
    """Return the past of each indicator, a column a year, and what it rests on."""
    summaries = history.summaries()
    years = sorted({s.year for s in summaries})
    rows = [
        [*row[:4], history.basis(str(row[0])), *row[4:]]
        for row in _by_year(summaries, years, history.model)
    ]
    return Sheet("history", (*HEAD, "rests on", *years), rows, frozen_columns=4)


def _by_year(
    summaries: Sequence[Summary], years: Sequence[int], model: Model
) -> Iterator[list[Cell]]:
    """Yield a row an indicator and statistic."""
    place = {name: list(QUANTILES).index(level) for name, level in STATISTICS.items()}
    by_key = {(s.indicator, s.year): s for s in summaries}
    for indicator in dict.fromkeys(s.indicator for s in summaries):
        known = model.registry.indicators[indicator]
        shape = decimals_format(known.decimals)
        for statistic, at in place.items():
            of_years = [by_key.get((indicator, year)) for year in years]
            levels = [nan if s is None else s.quantiles[at] for s in of_years]
            numbers = [Shown(level, shape) for level in levels]
            yield [indicator, known.label, known.unit, statistic, *numbers]


def contributions_sheet(
    attributions: Mapping[str, Attribution], model: Model, years: Sequence[int] = ()
) -> Sheet:
    """Return what each part of a scenario contributes to its effects, by default in two years."""
    head = ("scenario", "indicator", "label", "unit", "year", "part", "mean contribution")
    rows: list[list[Cell]] = []
    for scenario, attribution in attributions.items():
        shown = years or milestones(attribution.years[0], attribution.years[-1])[-2:]
        for name in attribution.total:
            known = model.registry.indicators[name]
            for year in shown:
                for part in attribution.contributions_in(name, year):
                    shape = _effect_format(known, part.mean)
                    values = (part.mean, part.p05, part.p95, part.solo)
                    numbers = [Shown(value, shape) for value in values]
                    rows.append(
                        [scenario, name, known.label, known.unit, year, part.label, *numbers]
                    )
    return Sheet("contributions", (*head, "5 %", "95 %", "alone"), rows, frozen_columns=3)


def shares_sheet(budget: Budget, model: Model) -> Sheet:
    """Return which part of the variance of each indicator comes from where, by year."""
    head: list[Cell] = ["indicator", "label", "of", "source", *budget.years]
    of = "effect" if budget.of_effects else "level"
    rows: list[list[Cell]] = [
        [
            name,
            _label(model, name),
            of,
            source,
            *(Shown(float(x), CHANCE) for x in budget.share(name, source)),
        ]
        for name in budget.first_order
        for source in SOURCES
    ]
    return Sheet("uncertainty", head, rows, frozen_columns=4)


def targets_sheet(probabilities: Sequence[TargetProbability], model: Model) -> Sheet:
    """Return the chance of each target by scenario."""
    head = ("target", "indicator", "by", "scenario", "chance", "5 %", "95 %", "why there is none")
    rows: list[list[Cell]] = [
        [
            a.target.title,
            _label(model, a.target.indicator),
            a.target.by,
            a.scenario,
            *(None if x is None else Shown(x, CHANCE) for x in (a.probability, a.low, a.high)),
            a.note,
        ]
        for a in probabilities
    ]
    return Sheet("targets", head, rows)


def _label(model: Model, name: str) -> str:
    known = model.registry.indicators.get(name)
    return known.label if known else name


def changes_sheet(comparison: Comparison) -> Sheet:
    """Return by what each scenario departs from the baseline, and why by so much."""
    head = ("scenario", "what changes", "why by so much", "reference", "grade")
    rows: list[list[Cell]] = []
    for scenario in comparison.scenarios:
        if _damaged(comparison, scenario):
            continue
        reasons = list(comparison.assumptions(scenario))
        for words in comparison.differences(scenario):
            said = next((a for a in reasons if a.name in words and a.size in words), None)
            reason = (said.reason.why, said.reason.reference, said.reason.grade) if said else ()
            rows.append([scenario, words, *reason])
    return Sheet("changes", head, rows)


def _damaged(comparison: Comparison, scenario: str) -> bool:
    """Whether the manifests of a scenario and its baseline do not say what they were made of."""
    try:
        comparison.differences(scenario)
    except DAMAGED:
        return True
    return False


def indicators_sheet(model: Model) -> Sheet:
    """Return what each indicator measures."""
    header = ("indicator", "label", "unit", "unit in words", "kind", "sector", "price basis")
    further = ("IAMC variable", "meaning", "official counterpart")
    rows = [
        [
            name,
            known.label,
            known.unit,
            model.registry.units[known.unit].label,
            known.kind,
            known.sector,
            known.price_basis,
            known.iamc,
            known.meaning,
            known.counterpart,
        ]
        for name, known in model.registry.indicators.items()
    ]
    return Sheet("indicators", (*header, *further), rows)


def documents_sheet(model: Model) -> Sheet:
    """Return the sources and how far they can be relied on."""
    header = ("document", "title", "kind", "language", "published", "reliability", "reason")
    rows = [
        [
            name,
            d.title,
            d.kind,
            d.language,
            d.published,
            d.reliability,
            d.reliability_reason,
            d.sha256,
            text_of(document_item(name, d)),
        ]
        for name, d in model.evidence.documents.items()
    ]
    return Sheet("documents", (*header, "SHA-256 of the text", "reference"), rows)


def sources_sheet(model: Model) -> Sheet:
    """Return every figure with document, line and place, also those not used."""
    rows: list[list[Cell]] = [
        [
            "+".join(o.indicators),
            o.period.text,
            float(o.printed),
            o.printed,
            o.unit,
            o.reported,
            o.base_period.text if o.base_period else "",
            o.of,
            o.use,
            o.document,
            model.evidence.sources[o.document].title,
            ";".join(map(str, o.lines)),
            o.place,
            o.note,
            f"{Path(o.file).name}:{o.row}",
        ]
        for o in model.evidence.observations
    ]
    return Sheet("sources", FIGURE_COLUMNS, rows, frozen_columns=2)


def assumptions_sheet(model: Model) -> Sheet:
    """Return every prior with its unit, grade and reference."""
    header = ("parameter", "prior", "unit", "grade", "reference")
    rows = [
        [name, p.prior.text, p.unit, p.grade, _line(p.reference)]
        for name, p in (*model.parameters.all_parameters(), *model.links.coefficients.items())
    ]
    return Sheet("assumptions", header, rows)


def links_sheet(model: Model) -> Sheet:
    """Return every effect of one sector on another."""
    header = ("link", "driver", "response", "form", "lag", "prior", "grade", "reference")
    rows = [
        [name, x.driver, x.response, x.form, x.lag.text, x.text, x.graded, _line(x.reference)]
        for name, x in sorted(model.links.links.items())
    ]
    return Sheet("links", header, rows)


def _line(text: str) -> str:
    return " ".join(text.split())
