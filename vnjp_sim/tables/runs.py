"""Tables for a terminal: a run, a calibration, the figures behind a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.figure_text import HEDGES, figure_text
from vnjp_sim.inputs.levers import OPERATIONS, EventField, Instruments
from vnjp_sim.inputs.number_text import (
    NOTHING,
    TOO_FEW,
    Measure,
    draws_text,
    exact,
    fixed,
    grouped,
    measure_of,
    minus,
    significant,
)
from vnjp_sim.inputs.observations import Observation, last_digit
from vnjp_sim.inputs.registry import Indicator, Registry
from vnjp_sim.simulation.figure_uses import FigureUse, by_period
from vnjp_sim.simulation.summaries import milestones
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.calibration import GroupDiagnostics, ParameterSummary
    from vnjp_sim.simulation.pipeline import RunResult

SETTING = "macro"
"""The sector in which the partnership lives; a short table ends with it."""
SMALLEST = 9
"""Decimals of a parameter at most."""


def run_table(
    result: RunResult, registry: Registry, evidence: Evidence, *, everything: bool = False
) -> TextTable:
    """Return the closing table of a run: last figure, and projections for milestone years."""
    by_key = {(s.indicator, s.year): s for s in result.summaries}
    names = list(dict.fromkeys(s.indicator for s in result.summaries))
    shown = sorted(names, key=lambda n: SECTORS.index(registry.indicators[n].sector))
    if not everything:
        shown = _headlines(registry, names) or shown
    years = milestones(result.scenario.start, result.scenario.end)
    draws = int(result.manifest["draws"])
    known = all(math.isfinite(by_key[n, y].quantiles[0]) for n in shown for y in years)
    table = TextTable(
        [
            Column("indicator"),
            Column("unit"),
            Column("last figure", "number", "last figure"),
            *(Column(year_title(year, known), "number", str(year)) for year in years),
        ]
    )
    sector = ""
    for name in shown:
        indicator = registry.indicators[name]
        rows = [by_key[name, year].quantiles for year in years]
        last = last_figure(name, registry, evidence)
        cells = projection_cells(rows, indicator, registry, last, draws)
        table.add(indicator.label, *cells, apart=indicator.sector != sector)
        sector = indicator.sector
    return table


def _headlines(registry: Registry, names: Sequence[str]) -> list[str]:
    """Return which of the names stand in a short table: by sector, the setting last."""
    sectors = sorted(SECTORS, key=lambda sector: (sector == SETTING, SECTORS.index(sector)))
    shown = [name for name in registry.headlines if name in names]
    return sorted(shown, key=lambda name: sectors.index(registry.indicators[name].sector))


def year_title(year: int, intervals: bool) -> str:
    """Return the title of a column of a year, with what its brackets hold."""
    return f"{year} [90\u00a0%]" if intervals else str(year)


def interval_note(quantiles: Sequence[Sequence[float]], draws: int) -> str:
    """Return what is to be said of intervals that are missing; empty if none is."""
    missing = any(math.isnan(row[0]) and not math.isnan(row[2]) for row in quantiles)
    return f"Medians only: {TOO_FEW} ({draws_text(draws)})." if missing else ""


def projection_cells(
    rows: Sequence[Sequence[float]],
    indicator: Indicator,
    registry: Registry,
    last: Observation | None,
    draws: int,
) -> list[str]:
    """Return the unit that an indicator is shown in, its last figure, and median and interval.

    `rows` are quantiles over so many draws, one row a year, at the levels of
    :data:`vocabulary.QUANTILES`.
    """
    measure = measure_of(indicator, registry.units, (row[2] for row in rows))
    last_text = _last_text(last, indicator, measure) if last else NOTHING
    return [measure.unit, last_text, *(measure.interval(row, draws) for row in rows)]


def calibration_tables(
    groups: Sequence[GroupDiagnostics],
    parameters: Sequence[ParameterSummary],
    missing: Sequence[str],
) -> list[TextTable]:
    """Return the diagnostics of a calibration: groups, then prior against posterior."""
    return [_group_table(groups), _parameter_table(parameters), *_missing_table(missing)]


def lever_table(instruments: Instruments) -> TextTable:
    """Return the levers that scenarios may use."""
    columns = [Column(title) for title in ("lever", "unit", "may", "meaning")]
    levers = TextTable(columns, "Levers")
    for name, lever in sorted(instruments.levers.items()):
        ranges = [
            f"{operation} {_range(allowed)}"
            for operation in OPERATIONS
            if (allowed := getattr(lever, operation)) is not None
        ]
        unit = f"{lever.unit}, by fiscal year" if lever.fiscal else lever.unit
        levers.add(name, unit, "\n".join(ranges), lever.meaning)
    return levers


def event_table(instruments: Instruments) -> TextTable:
    """Return the event types that scenarios may use."""
    events = TextTable([Column(title) for title in ("type", "fields", "meaning")], "Events")
    for name, kind in sorted(instruments.event_types.items()):
        fields = [
            f"{field}: {_range(x.range)} {x.unit}{_without(x)}" for field, x in kind.fields.items()
        ]
        fields += [f"{choice}: {' or '.join(x.options)}" for choice, x in kind.choices.items()]
        events.add(name, "\n".join(fields), kind.meaning)
    return events


def _without(field: EventField) -> str:
    """Return what holds of a field that an event does not give."""
    if field.default is not None:
        return f" ({grouped(exact(field.default))} if not given)"
    return "" if field.needed else f" (instead of {', '.join(field.stands_for)})"


def _range(ends: Sequence[float]) -> str:
    return f"{grouped(exact(ends[0]))} to {grouped(exact(ends[1]))}"


def trace_table(uses: Iterable[FigureUse], evidence: Evidence) -> TextTable:
    """Return the figures behind an indicator: those that calibrate, then the others with why."""
    table = TextTable([Column(t) for t in ("period", "figure", "use", "where", "note")])
    for use in sorted(uses, key=by_period):
        o = use.figure
        lines = ", ".join(str(line) for line in o.lines)
        named = f"{o.document}, line {lines}" if lines else o.document
        document = evidence.documents.get(o.document)
        day = document.published_words if document else evidence.published_on(o)
        where = f"{named} — {o.place} ({day})"
        style = "" if use.used else "dim"
        reasons = [use.text] if use.used or use.unused else []
        note = "; ".join([*reasons, *([o.note] if o.note else [])])
        table.add(o.period.text, figure_text(o), o.use, where, note, style=style)
    return table


def last_figure(name: str, registry: Registry, evidence: Evidence) -> Observation | None:
    """Return the latest figure that calibrates: of a whole year, or a stock's at its date."""
    whole = registry.indicators[name].kind == "stock"
    figures = [
        o
        for o in evidence.observations
        if o.indicators == (name,)
        and o.use == "calibrate"
        and o.wording not in ("growth", "share", "at_most", "at_least")
        and not o.announced
        and (whole or o.period.kind in ("year", "fiscal"))
    ]
    return max(figures, key=lambda o: (o.period.end, o.key), default=None)


def _last_text(o: Observation, indicator: Indicator, measure: Measure) -> str:
    """Return a figure in the unit that an indicator is shown in, with every digit printed."""
    when = o.period.text if o.period.kind == "fiscal" else str(o.period.last_year)
    if o.unit == indicator.unit and measure.factor == 1.0:
        figure = grouped(o.printed)
    else:
        printed = float(o.printed)
        factor = o.value / printed * measure.factor if printed else 1.0
        step = last_digit(o.printed) * abs(factor)
        figure = fixed(printed * factor, max(0, math.ceil(-math.log10(step) - 1e-9)))
    return f"{HEDGES.get(o.wording, '')}{figure} ({when})"


def _group_table(groups: Sequence[GroupDiagnostics]) -> TextTable:
    table = TextTable(
        [
            Column("group"),
            *(
                Column(title, "number")
                for title in ("figures", "effective sample size", "Pareto k", "quantile error")
            ),
            Column("form of each law; weights of averaged growth forms"),
        ],
        "Calibration diagnostics by group",
    )
    for group in groups:
        laws = "; ".join(f"{law}: {status}" for law, status in group.status.items())
        if len(group.form_weights) > 1:
            weights = ", ".join(f"{n} {fixed(w, 2)}" for n, w in group.form_weights.items())
            laws += f" ({weights})"
        numbers = (
            str(group.figures),
            fixed(group.effective, 0),
            fixed(group.pareto_k, 2),
            f"{fixed(100.0 * group.quantile_error, 1)} %",
        )
        table.add(group.name, *numbers, laws, style="red" if group.faults else "")
    return table


def _parameter_table(parameters: Sequence[ParameterSummary]) -> TextTable:
    table = TextTable(
        [
            Column("law and parameter"),
            Column("prior"),
            Column("prior mean ± sd", "number"),
            Column("posterior mean ± sd", "number"),
            Column("learnt", "whole"),
        ],
        "Prior and posterior",
    )
    last = "none yet"
    for p in sorted(parameters, key=lambda p: ("." not in p.name, p.name)):
        law, _, part = p.name.rpartition(".")
        if law != last:
            table.add(law or "single parameters", "", "", "", "", style="bold")
        table.add(
            f"\u00a0\u00a0{part}",
            minus(p.prior),
            _spread(p.prior_mean, p.prior_sd),
            _spread(p.mean, p.sd),
            "yes" if p.learnt else "no",
        )
        last = law
    return table


def _spread(mean: float, sd: float) -> str:
    """Return a mean with its standard deviation, as many digits as the spread gives sense to."""
    return f"{significant(mean, SMALLEST, sd / 10)} ± {significant(sd, SMALLEST, figures=2)}"


def _missing_table(missing: Sequence[str]) -> list[TextTable]:
    if not missing:
        return []
    table = TextTable([Column("not calibrated, since no figure is available")])
    table.add(", ".join(missing))
    return [table]
