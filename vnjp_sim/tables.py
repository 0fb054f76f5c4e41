"""Tables for a terminal: a run, a calibration, the figures behind a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from vnjp_sim.evidence import Evidence, Observation
from vnjp_sim.figure_uses import FigureUse, by_period
from vnjp_sim.levers import OPERATIONS, Instruments
from vnjp_sim.registry import Indicator, Registry
from vnjp_sim.summaries import milestones
from vnjp_sim.vocabulary import SECTORS

if TYPE_CHECKING:
    from vnjp_sim.calibration import GroupDiagnostics, ParameterSummary
    from vnjp_sim.runs import RunResult

HEADLINE = (
    "trade_turnover",
    "trade_exports",
    "trade_imports",
    "trade_balance",
    "trade_turnover_gdp",
    "investment_flow",
    "investment_stock",
    "investment_projects",
    "oda_commitments",
    "oda_cumulative_loans",
    "security_vessels",
    "security_exchanges",
    "labour_intake",
    "labour_trainees",
    "labour_skilled",
    "labour_engineers",
    "people_residents",
    "people_students",
    "people_learners",
    "people_visitors",
    "diplomacy_visits",
    "diplomacy_documents",
    "diplomacy_local_accords",
    "energy_projects_started",
    "energy_investment",
    "macro_vn_gdp_usd",
    "macro_jpy_per_usd",
)
THOUSAND = 1_000.0
SHOWN_IN_THOUSANDS = 10_000.0
HEDGES = {
    "about": "about ",
    "nearly": "nearly ",
    "over": "over ",
    "at_least": "≥ ",
    "at_most": "≤ ",
}


def number(value: float, decimals: int) -> str:
    """Format a number with thousands marks and the indicator's decimals."""
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def run_table(
    result: RunResult, registry: Registry, evidence: Evidence, *, everything: bool = False
) -> Table:
    """Return the closing table of a run: last figure, and projections for milestone years."""
    by_key = {(s.indicator, s.year): s for s in result.summaries}
    names = list(dict.fromkeys(s.indicator for s in result.summaries))
    shown = sorted(names, key=lambda n: SECTORS.index(registry.indicators[n].sector))
    if not everything:
        shown = [n for n in HEADLINE if n in names] or shown
    years = milestones(result.scenario.start, result.scenario.end)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("indicator", overflow="fold", min_width=14)
    table.add_column("unit", no_wrap=True)
    for title in ("last figure", *(f"{year} [90 %]" for year in years)):
        table.add_column(title, justify="right", no_wrap=True)
    sector = ""
    for name in shown:
        indicator = registry.indicators[name]
        if indicator.sector != sector and sector:
            table.add_section()
        sector = indicator.sector
        rows = [by_key[name, year].quantiles for year in years]
        last = last_figure(name, registry, evidence)
        table.add_row(indicator.label, *projection_cells(rows, indicator, last))
    return table


def projection_cells(
    rows: Sequence[Sequence[float]], indicator: Indicator, last: Observation | None
) -> list[str]:
    """Return the unit that an indicator is shown in, its last figure, and median and interval.

    `rows` are quantiles, one row a year, at the levels of :data:`vocabulary.QUANTILES`.
    """
    scale = THOUSAND if max(row[2] for row in rows) >= SHOWN_IN_THOUSANDS else 1.0
    unit = "thousand" if scale > 1 else indicator.unit
    decimals = max(indicator.decimals, 2) if scale > 1 else indicator.decimals
    told = _told(last, scale, decimals) if last else "—"
    return [unit, told, *(_interval(row, scale, decimals) for row in rows)]


def calibration_tables(
    groups: Sequence[GroupDiagnostics],
    parameters: Sequence[ParameterSummary],
    missing: Sequence[str],
) -> list[Table]:
    """Return the diagnostics of a calibration: groups, then prior against posterior."""
    return [_group_table(groups), _parameter_table(parameters), *_missing_table(missing)]


def instrument_tables(instruments: Instruments) -> list[Table]:
    """Return the levers, then the event types, that scenarios may use."""
    levers = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Levers")
    for column in ("lever", "unit", "may", "meaning"):
        levers.add_column(column, overflow="fold")
    for name, lever in sorted(instruments.levers.items()):
        ranges = [
            f"{operation} {allowed[0]:g} to {allowed[1]:g}"
            for operation in OPERATIONS
            if (allowed := getattr(lever, operation)) is not None
        ]
        unit = f"{lever.unit}, by fiscal year" if lever.fiscal else lever.unit
        levers.add_row(name, unit, "\n".join(ranges), lever.meaning)
    events = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Events")
    for column in ("type", "fields", "meaning"):
        events.add_column(column, overflow="fold")
    for name, kind in sorted(instruments.event_types.items()):
        fields = [
            f"{field}: {x.range[0]:g} to {x.range[1]:g} {x.unit}"
            for field, x in kind.fields.items()
        ]
        events.add_row(name, "\n".join(fields), kind.meaning)
    return [levers, events]


def trace_table(uses: Iterable[FigureUse], evidence: Evidence) -> Table:
    """Return the figures behind an indicator: those that calibrate, then the others with why."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("period", "figure", "use", "where", "note"):
        table.add_column(column, overflow="fold")
    for use in sorted(uses, key=by_period):
        o = use.figure
        document = evidence.documents[o.document]
        lines = ", ".join(str(line) for line in o.lines)
        where = f"{o.document}, line {lines} — {o.place} ({document.published})"
        style = "" if use.used else "dim"
        told = f"{o.use}: {use.text}" if use.used or use.unused else o.use
        table.add_row(o.period.text, figure_text(o), told, where, o.note, style=style)
    return table


def figure_text(o: Observation) -> str:
    """Return a figure as it was reported, in words."""
    unit = o.unit
    if o.reported == "growth" and o.base_period is not None:
        return f"{o.printed} % growth on {o.base_period.text}"
    if o.reported == "share":
        return f"{o.printed} % of {o.of}"
    prefix = HEDGES.get(o.reported, "")
    suffix = f" ({o.reported})" if o.reported in ("forecast", "pledge") else ""
    parts = "" if len(o.indicators) == 1 else f" for {' + '.join(o.indicators)}"
    return f"{prefix}{_grouped(o.printed)} {unit}{suffix}{parts}"


def last_figure(name: str, registry: Registry, evidence: Evidence) -> Observation | None:
    """Return the latest figure that calibrates: of a whole year, or a stock's at its date."""
    whole = registry.indicators[name].kind == "stock"
    figures = [
        o
        for o in evidence.observations
        if o.indicators == (name,)
        and o.use == "calibrate"
        and o.reported not in ("growth", "share", "at_most", "at_least")
        and (whole or o.period.kind in ("year", "fiscal"))
    ]
    return max(figures, key=lambda o: (o.period.end, o.key), default=None)


def _interval(quantiles: Sequence[float], scale: float, decimals: int) -> str:
    low, middle, high = (short(quantiles[i] / scale, decimals) for i in (0, 2, 4))
    return f"{middle} [{low}, {high}]"


def short(value: float, decimals: int) -> str:
    """Format a number to three figures, and no more decimals than the indicator has."""
    if value == 0:
        return number(value, decimals)
    magnitude = math.floor(math.log10(abs(value)))
    return number(round(value, 2 - magnitude), min(decimals, max(0, 2 - magnitude)))


def _told(o: Observation, scale: float, decimals: int) -> str:
    when = o.period.text if o.period.kind == "fiscal" else str(o.period.last_year)
    figure = short(o.value / scale, decimals) if scale > 1 else _grouped(o.printed)
    return f"{HEDGES.get(o.reported, '')}{figure} ({when})"


def _grouped(printed: str) -> str:
    whole, dot, rest = printed.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _group_table(groups: Sequence[GroupDiagnostics]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="How well each posterior was reached")
    table.add_column("group")
    for column in ("figures", "effective", "Pareto k"):
        table.add_column(column, justify="right")
    table.add_column("laws: what their figures allow; weights of the growth forms")
    for group in groups:
        told = "; ".join(f"{law}: {status}" for law, status in group.status.items())
        if len(group.form_weights) > 1:
            weights = ", ".join(f"{n} {w:.2f}" for n, w in group.form_weights.items())
            told += f" ({weights})"
        faults = Text(f"{group.pareto_k:.2f}", style="red" if group.faults else "")
        table.add_row(group.name, str(group.figures), f"{group.effective:,.0f}", faults, told)
    return table


def _parameter_table(parameters: Sequence[ParameterSummary]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Prior against posterior")
    table.add_column("law and parameter", no_wrap=True)
    table.add_column("prior", no_wrap=True)
    table.add_column("mean ± sd before", justify="right", no_wrap=True)
    table.add_column("and after", justify="right", no_wrap=True)
    table.add_column("learnt", no_wrap=True)
    last = "none yet"
    for p in sorted(parameters, key=lambda p: ("." not in p.name, p.name)):
        law, _, part = p.name.rpartition(".")
        if law != last:
            table.add_row(law or "single parameters", style="bold")
        table.add_row(
            f"  {part}",
            p.prior,
            f"{p.prior_mean:.3g} ± {p.prior_sd:.2g}",
            f"{p.mean:.3g} ± {p.sd:.2g}",
            "yes" if p.learnt else "no",
        )
        last = law
    return table


def _missing_table(missing: Sequence[str]) -> list[Table]:
    if not missing:
        return []
    table = Table(box=None, pad_edge=False)
    table.add_column("not calibrated: no figure")
    table.add_row(", ".join(missing))
    return [table]
