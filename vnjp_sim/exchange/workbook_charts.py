"""Native charts of a workbook: fans of headline indicators with their past, and of effects.

A fan is two stacked areas, the lower of which is not filled, with lines over them. The numbers of
each chart stand on the sheet `chart data`, so that they can be edited and charts copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import label_in_sentence, scenario_words
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.main_effects import main_effects
from vnjp_sim.exchange.workbook import (
    ACROSS,
    HEAD_COLOUR,
    Shown,
    decimals_format,
    print_landscape,
    put,
)
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.summaries import Summary

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.chart import AreaChart, LineChart
    from openpyxl.worksheet.worksheet import Worksheet

DATA = "chart data"
MOST_CHARTS = 12
MOST_EFFECTS = 6
"""Charts of effects, by scenario."""
MOST_LINES = 3
"""Scenarios in one chart, beside the baseline."""
WIDTH, HEIGHT = 14.8, 8.5
"""Of a chart, in centimetres."""
ROWS, COLUMNS = 18, 9
"""Cells that a chart takes."""
SCALE = 68
"""Per cent at which charts are printed."""
NUMBER = 13
"""Width of a column of numbers, in characters."""
BAND, PAST, BASE = "BFD3E6", "7F7F7F", "1F4E79"
LINES = ("C0504D", "2E8B57", "8064A2")

Line = tuple[str, str, Mapping[int, float]]
"""Name, colour and values by year."""


@dataclass(frozen=True)
class Fan:
    """The numbers of one chart.

    Attributes
    ----------
    title : str
        What is shown, and its unit.
    years : Sequence[int]
        Each in its row.
    low, high : Mapping[int, float]
        Ends of the interval that holds 90 % of the draws; empty if there is none.
    lines : Sequence[Line]
        Drawn over the interval.
    decimals : int
        Of the numbers.
    of : str
        What the interval is of, as it follows that word.
    """

    title: str
    years: Sequence[int]
    low: Mapping[int, float]
    high: Mapping[int, float]
    lines: Sequence[Line]
    decimals: int
    of: str


def level_fans(
    by_scenario: Mapping[str, Sequence[Summary]],
    past: Sequence[Summary],
    registry: Registry,
    baseline: str,
    names: Sequence[str],
) -> Iterator[Fan]:
    """Yield charts of indicators: past and interval of the baseline, medians of the scenarios."""
    others = [name for name in by_scenario if name != baseline]
    shown = others if len(others) <= MOST_LINES else []
    for name in names:
        known = registry.indicators[name]
        before = {s.year: s for s in past if s.indicator == name}
        after = {s.year: s for s in by_scenario[baseline] if s.indicator == name}
        if not after:
            continue
        every = {**before, **after}
        lines: list[Line] = []
        if before:
            lines.append(("history, median", PAST, {y: s.quantiles[2] for y, s in before.items()}))
        lines.append((f"{baseline}, median", BASE, {y: s.quantiles[2] for y, s in after.items()}))
        for scenario, colour in zip(shown, LINES, strict=False):
            own = [s for s in by_scenario[scenario] if s.indicator == name]
            lines.append((f"{scenario}, median", colour, {s.year: s.quantiles[2] for s in own}))
        yield Fan(
            f"{known.label}, {known.unit}",
            sorted(every),
            {year: s.quantiles[0] for year, s in every.items()},
            {year: s.quantiles[-1] for year, s in every.items()},
            lines,
            known.decimals,
            f", {baseline}",
        )


def effect_fans(comparison: Comparison) -> Iterator[Fan]:
    """Yield charts of the main effects of each scenario, with their interval."""
    for scenario in comparison.scenarios:
        main = main_effects(comparison, scenario, comparison.years[-1])
        names = [effect.indicator for effect in (*main.changed, *main.follows)][:MOST_EFFECTS]
        for name in names:
            effects = [e for e in comparison.summaries([name]) if e.scenario == scenario]
            yield _effect_fan(effects, comparison.registry)


def _effect_fan(effects: Sequence[Effect], registry: Registry) -> Fan:
    first = effects[0]
    known = registry.indicators[first.indicator]
    counts = effects[-1].by_chance
    word = "mean" if counts else "median"
    middle = {e.year: e.mean if counts else e.quantiles[2] for e in effects}
    label = label_in_sentence(known.label, last=True)
    return Fan(
        f"{scenario_words(first.scenario)}: effect on {label}, {known.unit}",
        [e.year for e in effects],
        {e.year: e.quantiles[0] for e in effects},
        {e.year: e.quantiles[-1] for e in effects},
        [(word, BASE, middle)],
        max(known.decimals, 2),
        "",
    )


def add_charts(book: Workbook, levels: Sequence[Fan], effects: Sequence[Fan]) -> None:
    """Add a sheet of charts, effects first, and one with their numbers."""
    charts, data = book.create_sheet("charts"), book.create_sheet(DATA)
    charts.sheet_view.showGridLines = False
    charts.sheet_format.defaultColWidth = 9.14
    _print_charts(charts)
    row, first = 1, 1
    for heading, fans in (("Effects", effects), ("Levels", levels)):
        if not fans:
            continue
        _heading(charts, row, heading)
        for number, fan in enumerate(fans):
            chart = _chart(data, fan, first)
            first += 4 + len(fan.lines)
            at = charts.cell(row + 1 + (number // 2) * ROWS, 1 + (number % 2) * COLUMNS)
            charts.add_chart(chart, at.coordinate)
        for line in range(2, (len(fans) + 1) // 2, 2):
            _break_above(charts, row + 1 + line * ROWS)
        row += 2 + (len(fans) + 1) // 2 * ROWS
        _break_above(charts, row)
    data.freeze_panes = "A3"
    print_landscape(data, pages=math.ceil(NUMBER * (first - 1) / ACROSS))
    data.print_title_rows = "1:2"


def _print_charts(sheet: Worksheet) -> None:
    """Let four charts be printed on a page: breaks hold where the scale is given, not the width."""
    print_landscape(sheet)
    sheet.sheet_properties.pageSetUpPr.fitToPage = False
    sheet.page_setup.scale = SCALE


def _break_above(sheet: Worksheet, row: int) -> None:
    from openpyxl.worksheet.pagebreak import Break

    sheet.row_breaks.append(Break(id=row - 1))


def _heading(sheet: Worksheet, row: int, text: str) -> None:
    from openpyxl.styles import Font

    put(sheet, row, 1, text).font = Font(name="Calibri", size=14, bold=True)


def _chart(data: Worksheet, fan: Fan, first: int) -> Any:
    """Write the numbers of a chart beside those before, and return the chart."""
    from openpyxl.chart import AreaChart, LineChart, Reference

    _write(data, fan, first)
    last = 2 + len(fan.years)
    years = Reference(data, min_col=first, min_row=3, max_row=last)

    def columns(begin: int, count: int) -> Reference:
        return Reference(data, min_col=begin, max_col=begin + count - 1, min_row=2, max_row=last)

    banded = bool(fan.low) and all(
        math.isfinite(fan.low[y]) and math.isfinite(fan.high[y]) for y in fan.low
    )
    lines = LineChart()
    lines.add_data(columns(first + 3, len(fan.lines)), titles_from_data=True)
    lines.set_categories(years)
    _style_lines(lines, fan)
    chart: Any = lines
    if banded:
        area = AreaChart(grouping="stacked")
        area.add_data(columns(first + 1, 2), titles_from_data=True)
        area.set_categories(years)
        _style_band(area, f"90 % interval{fan.of}")
        area += lines
        chart = area
    _style(chart, fan, hidden=banded)
    return chart


def _write(data: Worksheet, fan: Fan, first: int) -> None:
    """Write year, lower end, width of the interval, and the lines, in columns from `first` on."""
    from openpyxl.styles import Font, PatternFill

    names = [
        "year",
        "5 %",
        f"width of the 90 % interval{fan.of}",
        *(name for name, _, _ in fan.lines),
    ]
    put(data, 1, first, fan.title).font = Font(name="Calibri", bold=True)
    for column, name in enumerate(names, start=first):
        cell = put(data, 2, column, name)
        cell.fill = PatternFill("solid", fgColor=HEAD_COLOUR)
        cell.font = Font(name="Calibri", bold=True)
    shape = decimals_format(fan.decimals)
    for row, year in enumerate(fan.years, start=3):
        put(data, row, first, year)
        values = [fan.low.get(year), _width(fan, year)]
        values += [own.get(year) for _, _, own in fan.lines]
        for column, value in enumerate(values, start=first + 1):
            put(data, row, column, None if value is None else Shown(value, shape))


def _width(fan: Fan, year: int) -> float | None:
    return fan.high[year] - fan.low[year] if year in fan.low else None


def _style_band(area: AreaChart, title: str) -> None:
    from openpyxl.chart.series import SeriesLabel

    lower, width = area.series
    width.tx = SeriesLabel(v=title)  # the numbers are its width, the area is the interval
    lower.graphicalProperties.noFill = True
    width.graphicalProperties.solidFill = BAND
    for series in (lower, width):
        series.graphicalProperties.line.noFill = True


def _style_lines(chart: LineChart, fan: Fan) -> None:
    for series, (_, colour, _) in zip(chart.series, fan.lines, strict=True):
        series.smooth = False
        series.marker.symbol = "none"
        series.graphicalProperties.line.solidFill = colour
        series.graphicalProperties.line.width = 22_000


def _style(chart: Any, fan: Fan, *, hidden: bool) -> None:
    """Set title, axes and legend; the lower area has no entry in it."""
    from openpyxl.chart.legend import LegendEntry

    chart.width, chart.height = WIDTH, HEIGHT
    chart.legend.position = "b"
    if hidden:
        chart.legend.legendEntry = [LegendEntry(idx=0, delete=True)]
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.tickLblSkip = 5 if len(fan.years) > 12 else 2
    chart.x_axis.tickMarkSkip = chart.x_axis.tickLblSkip
    chart.x_axis.number_format = "0"
    chart.x_axis.txPr = _upright()
    largest = max(map(abs, [*fan.high.values(), *fan.low.values()]), default=0.0)
    whole = not math.isfinite(largest) or largest >= 10
    chart.y_axis.number_format = decimals_format(0 if whole else 1 if largest >= 1 else 2)
    chart.y_axis.majorGridlines.spPr = _grey_lines()
    _small_title(chart, fan.title)


def _upright() -> Any:
    """Return years that stand upright: not every program leaves labels out where many are."""
    from openpyxl.chart.text import RichText
    from openpyxl.drawing.text import (
        CharacterProperties,
        Paragraph,
        ParagraphProperties,
        RichTextProperties,
    )

    small = ParagraphProperties(defRPr=CharacterProperties(sz=800))
    return RichText(RichTextProperties(rot=-5_400_000, vert="horz"), p=[Paragraph(pPr=small)])


def _grey_lines() -> Any:
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    return GraphicalProperties(ln=LineProperties(solidFill="D9D9D9", w=6_350))


def _small_title(chart: Any, text: str) -> None:
    """Set the title in 11 points, which fits the labels of indicators on two lines."""
    from openpyxl.chart.text import RichText, Text
    from openpyxl.chart.title import Title
    from openpyxl.drawing.text import (
        CharacterProperties,
        Paragraph,
        ParagraphProperties,
        RegularTextRun,
    )

    small = CharacterProperties(sz=1100, b=True)
    run = RegularTextRun(rPr=small, t=text)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=small), r=[run])
    chart.title = Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)
