"""Tables for a terminal: a run, a calibration, the figures behind a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from vnjp_sim.evidence import Evidence, Observation
from vnjp_sim.levers import OPERATIONS, Instruments
from vnjp_sim.links import Links
from vnjp_sim.parameters import Parameter, Parameters, SharesLaw
from vnjp_sim.registry import Indicator, Registry
from vnjp_sim.sectors.index import QUANTITIES
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
MILESTONES = (2030, 2040)
THOUSAND = 1_000.0
SHOWN_IN_THOUSANDS = 10_000.0
HEDGES = {
    "about": "about ",
    "nearly": "nearly ",
    "over": "over ",
    "at_least": "≥ ",
    "at_most": "≤ ",
}


_SPLIT = ("trade_turnover", "trade_balance_ratio")
_RESIDENTS = ("labour_trainees", "labour_skilled", "labour_engineers")
_EXITS = ("labour_exit_trainees", "labour_exit_skilled", "labour_exit_engineers")
_FLOWS = (*_EXITS, "labour_conversion", "labour_conversion_later", "labour_engineers_abroad")
_COHORTS = (
    "oda_commitments",
    "oda_loan_share",
    "oda_disbursement_lag",
    "oda_disbursement_shape",
    "oda_delay_factor",
    "oda_cancelled_share",
)
_MACRO = ("macro_vn_growth_mean", "macro_vn_growth_shock")
_PRICES = ("macro_vn_dollar_prices_mean", "macro_vn_dollar_prices_shock")
PROJECTED_BY: dict[str, tuple[tuple[str, ...], str]] = {
    "trade_exports": (_SPLIT, "T e^r / (1 + e^r) of turnover T and log ratio r"),
    "trade_imports": (_SPLIT, "turnover less exports"),
    "trade_balance": (_SPLIT, "exports less imports"),
    "trade_cover_ratio": (_SPLIT, "exports over imports"),
    "trade_turnover_gdp": (("trade_turnover", *_MACRO, *_PRICES), "turnover over output"),
    "investment_stock": (("investment_flow",), "the last stock plus the flows since"),
    "investment_projects": (("investment_projects_new",), "the last count plus the new ones since"),
    "investment_capital_per_project": (
        ("investment_flow", "investment_projects_new"),
        "stock over projects",
    ),
    "oda_loans": (("oda_commitments", "oda_loan_share"), "a constant share of commitments"),
    "oda_cumulative_loans": (
        ("oda_commitments", "oda_loan_share", "macro_jpy_per_usd"),
        "the last sum plus the loans since, in dollars of each year",
    ),
    "oda_disbursements": (_COHORTS, "each year's loans paid out along their lag, and grants"),
    "oda_disbursements_usd": ((*_COHORTS, "macro_jpy_per_usd"), "disbursements at the year's rate"),
    "oda_undisbursed": (_COHORTS, "loans of all cohorts not yet paid out"),
    "oda_infrastructure": (
        (*_COHORTS, "oda_depreciation", "oda_past_rate", "macro_jpy_per_usd"),
        "disbursed loans in dollars less depreciation",
    ),
    "labour_stock": (_RESIDENTS, "the sum of workers by status"),
    "labour_intake": (
        (*_RESIDENTS, *_FLOWS, "labour_counted_share"),
        "entries from abroad that the course of the stocks takes, as far as they are counted",
    ),
    "labour_entries": ((*_RESIDENTS, *_FLOWS), "entries that the course of the stocks takes"),
    "labour_conversions": (
        (*_RESIDENTS, "labour_conversion", "labour_conversion_later"),
        "the part of new skilled workers who were trainees",
    ),
    "labour_returns": ((*_RESIDENTS, *_EXITS), "workers who leave at the exit rates"),
    "labour_remittances": (
        (*_RESIDENTS, "labour_remittance", "macro_jpy_per_usd"),
        "a yen amount a worker, in dollars of the year",
    ),
    "people_network": (
        (*_RESIDENTS, "people_students", "people_others"),
        "residents less half of the trainees",
    ),
    "diplomacy_agreements": ((), "agreements that a scenario brings into force"),
    "security_osa_grants": (
        (
            "security_osa_hazard",
            "security_osa_chance",
            "security_osa_size",
            "security_osa_size_spread",
            "security_osa_ceiling",
        ),
        "a scenario input: wait for a first grant, chance and size of later ones, a ceiling",
    ),
    "people_residents": (
        (*_RESIDENTS, "people_students", "people_others"),
        "the sum of workers, students and others",
    ),
    "people_others": (("people_others",), "its law; the figures of residents less the other parts"),
    "diplomacy_visits": (
        ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan"),
        "the sum of both directions",
    ),
    "diplomacy_tier": ((), "the last upgrade stays"),
    "security_vessels": (
        (
            "security_vessel_delay",
            "security_vessel_lead",
            "security_vessel_build",
            "security_vessel_life",
            "security_new_vessel_life",
        ),
        "vessels received, those on order after their delay, orders as yards allow, less retired",
    ),
    "energy_projects_started": (
        ("energy_projects", "energy_start_hazard"),
        "each listed project starts after a wait of its own",
    ),
    "energy_projects_completed": (
        ("energy_projects", "energy_start_hazard", "energy_building_time"),
        "each started project is completed after its building time",
    ),
    "energy_investment": (
        ("energy_start_hazard", "energy_list_value", "energy_building_time"),
        "the worth of the projects, spent evenly while they are built",
    ),
    "energy_japanese_finance": (
        ("energy_start_hazard", "energy_list_value", "energy_japanese_share"),
        "the part of the spending that comes from Japan",
    ),
    "macro_vn_gdp": (_MACRO, "grows by a mean of the draw and a shock of the year"),
    "macro_jp_gdp": (
        ("macro_jp_growth_mean", "macro_jp_growth_shock"),
        "grows by a mean of the draw and a shock of the year",
    ),
    "macro_vn_growth": (_MACRO, "a mean of the draw and a shock of the year"),
    "macro_vn_gdp_per_capita": (
        (*_MACRO, *_PRICES, "macro_vn_population_growth"),
        "output in dollars over a population that grows steadily",
    ),
    "labour_foreign_share": (
        (*_RESIDENTS, "labour_others_growth_mean", "labour_others_growth_shock"),
        "workers over workers and those of other countries, from the documented share",
    ),
    "macro_vn_gdp_usd": ((*_MACRO, *_PRICES), "the documented level, real growth, dollar prices"),
    "index_partnership": (("index_weight_spread",), "the mean of sector indices, weights drawn"),
    **{
        name: ((), f"the five-year mean of {x} on a log scale")
        for name, (x, _) in QUANTITIES.items()
    },
}
"""How indicators without a law of their own are projected: the laws and priors behind them."""


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
    years = _milestones(result)
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


def trace_table(observations: Sequence[Observation], evidence: Evidence) -> Table:
    """Return the figures behind an indicator: those that calibrate, then the others with why."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("period", "figure", "use", "where", "note"):
        table.add_column(column, overflow="fold")
    order = {"calibrate": 0}
    for o in sorted(observations, key=lambda o: (o.period.start, order.get(o.use, 1), o.key)):
        document = evidence.documents[o.document]
        lines = ", ".join(str(line) for line in o.lines)
        where = f"{o.document}, line {lines} — {o.place} ({document.published})"
        style = "" if o.use == "calibrate" else "dim"
        table.add_row(o.period.text, figure_text(o), o.use, where, o.note, style=style)
    return table


def law_lines(name: str, parameters: Parameters, links: Links, reason: str = "") -> list[str]:
    """Return how an indicator is projected, the priors behind it, and the links that act on it.

    `reason` is why it is not projected, if it is not.
    """
    if reason:
        return [f"Not projected: {reason}"]
    laws, told = PROJECTED_BY.get(name, ((name,), ""))
    for law_name, law in parameters.laws.items():
        if isinstance(law, SharesLaw) and name in (*law.groups, law.rest):
            laws, told = (law_name,), f"a share of {law.whole}"
    lines = [f"Projected: {told}."] if told else []
    for behind in laws:
        lines += _prior_lines(behind, parameters)
    for link_name, link in sorted(links.links.items()):
        if link.response == name:
            lines.append(
                f"Link {link_name}: {link.driver}, {link.form}, {link.lag.text}, "
                f"{link.prior.text}, {link.grade}"
            )
    return lines or ["Not projected: documented only."]


def _prior_lines(name: str, parameters: Parameters) -> list[str]:
    if name in parameters.single:
        return [f"  {name}: {_prior_text(parameters.single[name])}"]
    law = parameters.laws.get(name)
    if law is None:
        return []
    source = f"models/parameters/{parameters.sector_of[name]}.yml"
    parts = [(part, getattr(law, part)) for part in type(law).model_fields]
    return [f"{name}: a law of the kind '{law.law}' ({source})"] + [
        f"  {part}: {_prior_text(value)}" for part, value in parts if isinstance(value, Parameter)
    ]


def _prior_text(parameter: Parameter) -> str:
    reference = " ".join(parameter.reference.split())
    return f"{parameter.prior.text} {parameter.unit} — {parameter.grade}: {reference}"


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


def _milestones(result: RunResult) -> list[int]:
    start, end = result.scenario.start, result.scenario.end
    inside = {year for year in MILESTONES if start <= year <= end} or {(start + end) // 2}
    return sorted({*inside, end})[-3:]


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
