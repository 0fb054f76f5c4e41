"""The brief of a baseline: where it leads, how fast, on which figures, and what is least known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim import charts
from vnjp_sim.analysis.effect_words import amount_words, futures_words, with_unit
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.number_text import (
    Measure,
    chance_text,
    count_text,
    fixed,
    grouped,
    measure_of,
    percent,
    quantile_errors,
    significant,
)
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.report.brief import FINDINGS, HEIGHT, WIDTH, Brief, KeyFinding, SmallTable
from vnjp_sim.report.pictures import Picture
from vnjp_sim.report.words import amount_text, data_sentence, decided_by, label_of, unexamined
from vnjp_sim.simulation.figure_uses import figure_uses
from vnjp_sim.simulation.summaries import fewest_draws, quantiles_of
from vnjp_sim.tables.runs import SETTING, last_figure, projection_cells

FloatArray = NDArray[np.float64]

MOST_ROWS = 9
MOST_RATIOS = 2
MOST_TARGETS = 5
STEADY = 1.05
"""What changes by less than this factor is called about the same."""
TIMES_FROM = 1.5
"""From this factor on growth is told as times, below in per cent."""


def level_brief(findings: Findings, indicators: Sequence[str] = ()) -> Brief:
    """Return the brief of a baseline alone.

    Parameters
    ----------
    findings : Findings
        Deep, so that the sources of the uncertainty are known.
    indicators : Sequence[str]
        What the findings are about; by default the first that a report draws, the surest to change,
        and the most uncertain.
    """
    first, last = findings.comparison.years[0], findings.year
    chosen = list(indicators[:FINDINGS]) or _chosen(findings)
    widest = None if indicators else _widest(findings)
    return Brief(
        question=(
            f"Where does the partnership lead between {first} and {last} without new policies or "
            "shocks, and how sure is that?"
        ),
        answer=_answer(chosen, widest, findings),
        about=chosen,
        policies=[],
        findings=[_finding(name, name == widest, findings) for name in chosen],
        beyond=[],
        tables=[_levels(chosen, findings), *_targets(findings)],
        rests_on=[*_decides(findings), data_sentence(findings)],
    )


def _chosen(findings: Findings) -> list[str]:
    """Return what findings are about: the main level, the surest to change, the most uncertain."""
    drawn = [n for n in findings.model.registry.report_fans if n in findings.comparison.runs]
    drawn = drawn or findings.indicators
    widest = _widest(findings)
    main = drawn[:1]
    surest = sorted(
        (name for name in drawn[1:] if name != widest), key=lambda name: -_sureness(name, findings)
    )
    order = [*main, *surest[:1], *([widest] if widest else []), *surest]
    return list(dict.fromkeys(order))[:FINDINGS]


def _values(name: str, findings: Findings) -> FloatArray:
    """Return the projection of an indicator up to the year told of, (year, draw)."""
    comparison = findings.comparison
    values: FloatArray = comparison.projections.of(comparison.baseline, name)
    return values[: comparison.years.index(findings.year) + 1]


def _sureness(name: str, findings: Findings) -> float:
    """Return how large the change of an indicator is against its spread; 0 if it may be zero."""
    ratio = _ratio(name, findings)
    if ratio is None:
        return 0.0
    logs = np.log(ratio)
    spread = float(logs.std())
    return abs(float(np.median(logs))) / spread if spread else 0.0


def _ratio(name: str, findings: Findings) -> FloatArray | None:
    """Return the last year over the first, (draw,); None where a value is not positive."""
    values = _values(name, findings)
    if len(values) < 2 or not bool((values[[0, -1]] > 0.0).all()):
        return None
    ratio: FloatArray = values[-1] / values[0]
    return ratio


def _widest(findings: Findings) -> str | None:
    """Return the headline quantity whose 90 % interval is widest for its size in the last year."""
    known = findings.model.registry.indicators
    widths = {}
    for name in findings.indicators:
        if known[name].kind in ("count", "index", "rank"):
            continue
        low, high = np.quantile(_values(name, findings)[-1], [0.05, 0.95])
        if low > 0.0:
            widths[name] = high / low
    return max(widths, key=lambda name: widths[name]) if widths else None


def _answer(chosen: Sequence[str], widest: str | None, findings: Findings) -> list[str]:
    """Return in two lines where the main quantity leads, and what is least known."""
    registry, year = findings.model.registry, findings.year
    first = chosen[0]
    middle = f"{_amount(first, findings)} in {year} in the middle draw"
    lines = [f"{label_of(first, registry)}: {middle}{_growth_aside(first, findings)}."]
    if widest is not None:
        low, high = np.quantile(_values(widest, findings)[-1], [0.05, 0.95])
        lines.append(
            f"Least is known of {label_of(widest, registry)}: the ends of the 90 % interval "
            f"differ by a factor of {significant(high / low, 0, figures=2)}."
        )
    return lines


def _measure(name: str, findings: Findings) -> tuple[Measure, tuple[float, ...]]:
    """Return what the last year of an indicator is shown in, and its quantiles."""
    registry = findings.model.registry
    quantiles = quantiles_of(_values(name, findings)[-1])
    measure = measure_of(registry.indicators[name], registry.units, quantiles[2:3])
    return measure, quantiles


def _amount(name: str, findings: Findings) -> str:
    measure, quantiles = _measure(name, findings)
    return amount_words(measure, measure.median(quantiles, findings.comparison.draws))


def _growth_aside(name: str, findings: Findings) -> str:
    ratio = _ratio(name, findings)
    if ratio is None:
        return ""
    return f", {ratio_words(float(np.median(ratio)), findings.comparison.years[0])}"


def ratio_words(ratio: float, first: int) -> str:
    """Return a ratio to a first year in words: "2.4 times 2025", "up 20 % on 2025"."""
    if ratio >= TIMES_FROM:
        return f"{significant(ratio, 1)} times {first}"
    if 1.0 / STEADY < ratio < STEADY:
        return f"about as in {first}"
    change = percent(abs(ratio - 1.0))
    return f"{'up' if ratio > 1.0 else 'down'} {change} on {first}"


def _finding(name: str, widest: bool, findings: Findings) -> KeyFinding:
    """Return where an indicator leads, how fast, how likely, and on which figures."""
    comparison = findings.comparison
    measure, quantiles = _measure(name, findings)
    label, year = label_of(name, findings.model.registry), findings.year
    start = "Most uncertain – " if widest else ""
    title = f"{start}{label}: {_amount(name, findings)} in {year}{_growth_aside(name, findings)}"
    sentences = []
    ends = measure.ends(quantiles, comparison.draws)
    if ends and ends[0] != ends[1]:
        between = amount_text(f"{ends[0]} and {ends[1]}", measure)
        sentences.append(f"Nine draws of ten lie between {between}.")
    sentences += [*_pace(name, findings), *_chances(name, findings), *_why(name, findings)]
    sentences.append(figures_sentence(name, findings))
    chart = charts.fan(
        comparison.runs,
        name,
        findings.model,
        findings.posterior,
        comparison.baseline,
        title=label,
        width=WIDTH,
        height=HEIGHT,
    )
    return KeyFinding(f"{title}.", sentences, Picture(f"brief-{name}", chart, label, small=True))


def _pace(name: str, findings: Findings) -> Iterator[str]:
    """Yield the growth a year."""
    ratio, years = _ratio(name, findings), (findings.comparison.years[0], findings.year)
    if ratio is None or findings.model.registry.indicators[name].kind in ("rate", "rank", "count"):
        return
    rates = quantiles_of(100.0 * (ratio ** (1.0 / (years[-1] - years[0])) - 1.0))
    errors = quantile_errors(rates, findings.comparison.draws)
    shown = [significant(rates[i], 1, errors[i], signed=True) for i in (2, 0, 4)]
    if not math.isnan(rates[0]):
        yield f"Growth from {years[0]}: {shown[0]} % a year (90 %: {shown[1]} to {shown[2]})."


def _chances(name: str, findings: Findings) -> Iterator[str]:
    """Yield how likely it doubles, and how likely it ends below where it begins."""
    ratio = _ratio(name, findings)
    if ratio is None:
        return
    first, draws = findings.comparison.years[0], findings.comparison.draws
    doubled, fallen = float((ratio >= 2.0).mean()), float((ratio < 1.0).mean())
    parts = []
    if doubled > 0.0:
        parts.append(f"at least doubles in {futures_words(doubled, draws)}")
    if fallen > 0.0:
        parts.append(f"ends below {first} in {futures_words(fallen, draws)}")
    if parts:
        yield f"It {' and '.join(parts)}."


def _why(name: str, findings: Findings) -> Iterator[str]:
    """Yield where its uncertainty comes from."""
    budget, year = findings.levels, findings.year
    if budget is not None and name in budget.first_order:
        text = decided_by(budget, name, year)
        if text:
            yield f"The uncertainty comes mainly from {text}."


def _used(name: str, findings: Findings) -> list[Observation]:
    """Return the figures of an indicator that calibrate, the oldest first."""
    model = findings.model
    uses = figure_uses(model, model.evidence.figures_of(name))
    return sorted((u.figure for u in uses if u.used), key=lambda o: o.period.start)


def figures_sentence(name: str, findings: Findings) -> str:
    """Return on which figures an indicator stands."""
    used = _used(name, findings)
    if not used:
        return "No figure of its own stands behind it: it follows from other quantities."
    last = used[-1]
    printed = grouped(last.printed)
    amount = with_unit(last.unit, printed)
    words = figure_text(last).replace(f"{printed} {last.unit}", amount)
    told = f"{last.period.text}: {words} ({last.document})"
    if len(used) == 1:
        return f"It stands on one figure, of {told}."
    return f"It stands on {count_text(len(used), 'figure')}, the last of {told}."


def _levels(chosen: Sequence[str], findings: Findings) -> SmallTable:
    """Return the main levels in numbers."""
    comparison, model = findings.comparison, findings.model
    registry = model.registry
    drawn = [n for n in registry.report_fans if n in comparison.runs]
    rates = [n for n in registry.headlines if registry.indicators[n].kind == "rate"]
    rates.sort(key=lambda name: registry.indicators[name].sector == SETTING)
    ratios = [n for n in rates if n in comparison.runs][:MOST_RATIOS]
    names = list(dict.fromkeys([*chosen, *ratios, *drawn]))[:MOST_ROWS]
    rows = []
    for name in sorted(names, key=list(registry.indicators).index):
        values = _values(name, findings)
        levels = [quantiles_of(values[comparison.years.index(year)]) for year in findings.years]
        last = last_figure(name, registry, model.evidence)
        indicator = registry.indicators[name]
        cells = projection_cells(levels, indicator, registry, last, comparison.draws)
        rows.append([indicator.label, *cells, _span(_used(name, findings))])
    columns = ["Level", "unit", "last figure", *map(str, findings.years), "figures used"]
    known = comparison.draws >= fewest_draws(0.05)
    note = "Median [90 % interval]." if known else "Medians."
    return SmallTable("The levels in numbers", columns, rows, note, text=2)


def _span(used: Sequence[Observation]) -> str:
    """Return how many figures there are, and of which years."""
    if not used:
        return "derived"
    years = [o.period.year if o.period.kind == "fiscal" else o.period.last_year for o in used]
    span = f"{min(years)}–{max(years)}" if len(set(years)) > 1 else str(years[0])
    return f"{fixed(len(used), 0)} ({span})"


def _targets(findings: Findings) -> Iterator[SmallTable]:
    """Yield the chances of the documents' targets."""
    base = findings.comparison.baseline
    known = [a for a in findings.achievements if a.probability is not None and a.scenario == base]
    rows = [
        [a.target.title, a.target.by[:4], chance_text(a.probability or 0.0, a.draws)]
        for a in known[:MOST_TARGETS]
    ]
    if rows:
        note = "Targets of the documents, which neither calibration nor projection uses."
        yield SmallTable("The chance of targets", ["Target", "by end of", "chance"], rows, note)


def _decides(findings: Findings) -> Iterator[str]:
    """Yield what the bands rest on."""
    model = findings.model
    priors = (*model.parameters.all_parameters(), *model.links.coefficients.items())
    grades = [prior.grade for _, prior in priors]
    assumed = sum(grade == "assumed" for grade in grades)
    yield (
        f"{fixed(assumed, 0)} of {fixed(len(grades), 0)} priors are judgements (grade assumed); "
        "since the figures are few, the width of every band depends on the priors of volatility "
        "and of long-run growth."
    )
    if findings.levels is None:
        yield unexamined("Where the uncertainty comes from", findings)
