"""Tables for a terminal: effects of scenarios, contributions to them, targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from vnjp_sim.achievement import Achievement
from vnjp_sim.comparison import Comparison, Effect
from vnjp_sim.marks import NOT_NOW, SIGNS, STILL, UNSURE
from vnjp_sim.registry import Indicator
from vnjp_sim.tables import SHOWN_IN_THOUSANDS, THOUSAND, number, short

if TYPE_CHECKING:
    from vnjp_sim.attribution import Attribution


NOTHING_DIFFERS = "No listed quantity differs from the baseline in these years."


def effect_table(
    comparison: Comparison, scenario: str, effects: Sequence[Effect], years: Sequence[int]
) -> Table:
    """Return the effects of one scenario: median and 90 % interval, and in percent of baseline.

    Indicators without any effect in these years are left out.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("effect on", overflow="fold", min_width=14)
    table.add_column("unit", no_wrap=True)
    for year in years:
        table.add_column(f"{year} [90 %]", justify="right", no_wrap=True)
        table.add_column("%", justify="right", no_wrap=True)
    mine = {(e.indicator, e.year): e for e in effects if e.scenario == scenario}
    sector = ""
    for name in dict.fromkeys(indicator for indicator, _ in mine):
        row = [mine[name, year] for year in years]
        if all(effect.mark in STILL for effect in row):
            continue
        indicator = comparison.registry.indicators[name]
        if indicator.sector != sector and sector:
            table.add_section()
        sector = indicator.sector
        unit, cells = effect_cells(row, indicator)
        dim = all(effect.mark == UNSURE for effect in row)
        table.add_row(indicator.label, unit, *cells, style="dim" if dim else "")
    return table


def contribution_table(
    attribution: Attribution, indicator: Indicator, name: str, year: int
) -> Table:
    """Return what each player contributes to the mean effect on an indicator in a year."""
    from rich.markup import escape

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column(f"{indicator.label} {year}, {indicator.unit}", overflow="fold")
    for column in ("contribution", "[90 %]", "alone"):
        table.add_column(escape(column), justify="right", no_wrap=True)
    decimals = max(indicator.decimals, 2)
    for row in attribution.contributions_in(name, year):
        ends = [] if math.isnan(row.p05) else [short(q, decimals) for q in (row.p05, row.p95)]
        error = f" ± {short(row.error, decimals)}" if row.error else ""
        table.add_row(
            row.label,
            signed(row.mean, decimals) + error,
            f"[{', '.join(ends)}]" if ends else "",
            signed(row.solo, decimals),
        )
    table.add_section()
    at = attribution.years.index(year)
    total = float(attribution.total[name][at].mean())
    beyond = float(attribution.interaction(name)[at].mean())
    table.add_row("mean effect", signed(total, decimals), "", signed(total - beyond, decimals))
    table.add_row("of which interaction", signed(beyond, decimals), "", "")
    return table


def target_table(found: Sequence[Achievement]) -> Table:
    """Return the probability of each target by scenario, or why there is none."""
    names = list(dict.fromkeys(a.scenario for a in found))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("target", overflow="fold")
    table.add_column("by", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    by_target: dict[str, list[Achievement]] = {}
    for one in found:
        by_target.setdefault(one.target.id, []).append(one)
    for row in by_target.values():
        target = row[0].target
        if row[0].note:
            table.add_row(f"{target.title} ({row[0].note})", target.by, *("—" for _ in row))
        else:
            chances = [f"{100 * (a.probability or 0.0):.0f} %" for a in row]
            table.add_row(target.title, target.by, *chances)
    return table


def signed(value: float, decimals: int) -> str:
    """Format a number to three figures with its sign."""
    text = short(abs(value), decimals)
    zero = number(0.0, decimals) == text or float(text.replace(",", "")) == 0.0
    return text if zero else f"{'+' if value > 0 else '−'}{text}"


def effect_cells(row: Sequence[Effect], indicator: Indicator) -> tuple[str, list[str]]:
    """Return the unit that a row of effects is shown in, and two cells an effect.

    The first cell holds median and interval, the second the median in percent of the baseline.
    """
    largest = max(abs(q) for effect in row for q in effect.quantiles if not math.isnan(q))
    scale = THOUSAND if largest >= SHOWN_IN_THOUSANDS else 1.0
    unit = "thousand" if scale > 1 else indicator.unit
    return unit, [cell for effect in row for cell in _cells(effect, indicator, scale)]


def _cells(effect: Effect, indicator: Indicator, scale: float) -> tuple[str, str]:
    """Return the effect with its interval, and its median in percent of the baseline."""
    decimals = max(indicator.decimals, 2)
    low, _, middle, _, high = (q / scale for q in effect.quantiles)
    if low == high == 0.0 or effect.mark == NOT_NOW:
        return "0", ""
    ends = [] if math.isnan(low) else [short(q, decimals).replace("-", "−") for q in (low, high)]
    told = f" [{', '.join(ends)}]" if ends else ""
    mark = SIGNS.get(effect.mark, "")
    relative = "" if effect.relative is None else f"{signed(effect.relative[2], 1)}"
    return f"{mark}{signed(middle, decimals)}{told}", relative
