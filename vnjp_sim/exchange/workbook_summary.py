"""The first sheet of a workbook: question, findings, what is where, how to cite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import effect_sentence
from vnjp_sim.analysis.main_effects import main_effects
from vnjp_sim.analysis.marks import NOT_EXAMINED, UNEXAMINED
from vnjp_sim.exchange.citation import citations, sources
from vnjp_sim.exchange.workbook import (
    FONT,
    HEAD_COLOUR,
    LINE,
    lines_of,
    print_upright,
    put,
)
from vnjp_sim.inputs.number_text import draws_text, exact, measure_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.summaries import Summary, milestones

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SUMMARY = "summary"
MOST_FINDINGS = 4
MOST_LEVELS = 8
SETTING = "macro"
"""The sector of the two economies, in which the partnership lives."""
WIDTHS = (26.0, 104.0)
INTERVALS = (
    "An interval holds 90 % of the draws: one future in twenty lies below it, one above. Bounds of "
    "a sum are not sums of bounds, and medians of parts need not add up. An effect is the "
    "difference from the baseline within each draw."
)
CONTENTS = {
    "charts": "Charts, to be copied and edited.",
    "effects": "Every effect by scenario, indicator and year, with chances and in words.",
    "projections": "Median and 90 % interval of each indicator and year, by scenario.",
    "history": "The past, as the figures and the laws have it.",
    "contributions": "What each lever and event of a scenario contributes to its main effects.",
    "targets": "How likely the targets of the documents are to be met.",
    "changes": "By what each scenario departs from the baseline, and why by so much.",
    "indicators": "What each indicator measures.",
    "documents": "The sources, and how far they can be relied on.",
    "sources": "Every figure with document, line and place, also those not used.",
    "assumptions": "Every prior with its unit, grade and reference.",
    "links": "Every effect of one sector on another.",
    "chart data": "The numbers of the charts.",
}


@dataclass(frozen=True)
class Told:
    """What a workbook is of.

    Attributes
    ----------
    model : Model
        Indicators and documents.
    manifests : Mapping[str, Mapping[str, Any]]
        What each run was made of, by scenario.
    summaries : Mapping[str, Sequence[Summary]]
        Of the levels, by scenario.
    comparison : Comparison | None
        The effects, if the runs have a baseline.
    sheets : Sequence[str]
        The titles of the other sheets.
    """

    model: Model
    manifests: Mapping[str, Mapping[str, Any]]
    summaries: Mapping[str, Sequence[Summary]]
    comparison: Comparison | None
    sheets: Sequence[str] = field(default_factory=list)

    def title_of(self, scenario: str) -> str:
        """Return the title of a scenario, its name if it has none."""
        return str(self.manifests.get(scenario, {}).get("title") or scenario)


def add_summary(book: Workbook, told: Told) -> None:
    """Add the summary as the first sheet."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(SUMMARY, 0)
    sheet.sheet_view.showGridLines = False
    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    print_upright(sheet)
    row = _title(sheet, told)
    for heading, lines in _sections(told):
        row = _section(sheet, row + 1, heading, lines)
    _runs(sheet, row + 1, told)


def _title(sheet: Worksheet, told: Told) -> int:
    """Write title and question; return the next row."""
    from openpyxl.styles import Alignment, Font

    compared = told.comparison.scenarios if told.comparison else ()
    names = list(compared or told.summaries)
    title = told.title_of(names[0])
    if len(names) > 1:
        what = "compared with the baseline" if compared else "of Vietnam–Japan relations"
        title = f"{len(names)} scenarios {what}"
    put(sheet, 1, 1, title).font = Font(name=FONT, size=16, bold=True)
    cell = put(sheet, 2, 1, _question(told))
    cell.font = Font(name=FONT, size=11, italic=True, color="595959")
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=len(WIDTHS))
    sheet.row_dimensions[1].height = 24.0
    sheet.row_dimensions[2].height = LINE * lines_of(str(cell.value), sum(WIDTHS))
    return 3


def _question(told: Told) -> str:
    """Return the question that the workbook answers."""
    years = sorted({s.year for rows in told.summaries.values() for s in rows})
    until = f"from {years[0]} to {years[-1]}" if years else ""
    if told.comparison is None:
        return f"How do Vietnam–Japan relations develop {until}, and how sure is it?"
    baseline = told.title_of(told.comparison.baseline)
    return f"What follows {until}, compared with “{baseline}”?"


def _sections(told: Told) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield headings, each with lines of a label and a text."""
    if told.comparison is not None:
        for name in told.comparison.scenarios:
            yield f"Findings: {told.title_of(name)}", list(_findings(told.comparison, name))
    else:
        yield "Findings", list(_levels(told))
    yield "In this workbook", [(name, CONTENTS[name]) for name in told.sheets]
    cited = citations(told.manifests)
    cite = [("" if number else "how to cite", text) for number, text in enumerate(cited)]
    day = told.model.as_of.isoformat() if told.model.as_of else "no limit"
    yield (
        "How to read and cite",
        [
            ("how to read", INTERVALS),
            *cite,
            ("source", sources(told.manifests, told.model)),
            ("licence of the data", "CC BY 4.0"),
            ("documents published before", day),
            ("evidence", told.model.evidence.basis),
            ("made by", "vnjp_sim " + version("vnjp-sim")),
        ],
    )


def _findings(comparison: Comparison, scenario: str) -> Iterator[tuple[str, str]]:
    """Yield what a scenario changes itself and what follows in the last year, as sentences."""
    main = main_effects(comparison, scenario, comparison.years[-1])
    for label, effects in (("what you set", main.changed), ("what follows", main.follows)):
        for number, effect in enumerate(effects[:MOST_FINDINGS]):
            yield "" if number else label, effect_sentence(effect, comparison.registry)
    if any(effect.mark == NOT_EXAMINED for effect in main.follows):
        yield "not examined", UNEXAMINED
    if not main.follows:
        yield "what follows", "No headline indicator moves by a thousandth or more."


def _levels(told: Told) -> Iterator[tuple[str, str]]:
    """Yield where headline indicators stand in the milestone years, as sentences."""
    registry = told.model.registry
    for scenario, rows in told.summaries.items():
        known = {(s.indicator, s.year): s for s in rows}
        years = sorted({s.year for s in rows})
        if not years:
            continue
        draws = int(told.manifests.get(scenario, {}).get("draws", 0))
        names = [
            name
            for name in registry.headlines
            if (name, years[-1]) in known and registry.indicators[name].sector != SETTING
        ]
        names = (names or list(dict.fromkeys(s.indicator for s in rows)))[:MOST_LEVELS]
        for number, name in enumerate(names):
            own = [known[name, y] for y in milestones(years[0], years[-1])[-2:]]
            values = [q for s in own for q in s.quantiles]
            measure = measure_of(registry.indicators[name], registry.units, values)
            parts = [f"{measure.interval(s.quantiles, draws)} in {s.year}" for s in own]
            what = f"{registry.indicators[name].label}, {measure.unit}"
            yield "" if number else scenario, f"{what}: {', '.join(parts)}"


def _section(sheet: Worksheet, row: int, heading: str, lines: Sequence[tuple[str, str]]) -> int:
    """Write a heading and its lines; return the next row. Names of sheets lead to them."""
    from openpyxl.styles import Alignment, Font, PatternFill

    for column, text in ((1, heading), (2, None)):
        cell = put(sheet, row, column, text) or sheet.cell(row, column)
        cell.font = Font(name=FONT, size=12, bold=True)
        cell.fill = PatternFill("solid", fgColor=HEAD_COLOUR)
    for label, text in lines:
        row += 1
        first = put(sheet, row, 1, label or None)
        if first is not None:
            first.font = Font(name=FONT, color="595959")
            first.alignment = Alignment(vertical="top", wrap_text=True)
            if label in CONTENTS:
                first.hyperlink = f"#'{label}'!A1"
                first.font = Font(name=FONT, color="0563C1", underline="single")
        put(sheet, row, 2, text).alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[row].height = LINE * max(
            lines_of(text, WIDTHS[1]), lines_of(label, WIDTHS[0])
        )
    return row + 1


def _runs(sheet: Worksheet, row: int, told: Told) -> None:
    """Write which runs the numbers are of."""
    lines = []
    for name in told.summaries:
        manifest = told.manifests.get(name, {})
        known = [manifest.get(key, "unknown") for key in ("draws", "seed", "run")]
        draws = draws_text(known[0]) if isinstance(known[0], int) else "draws unknown"
        seed = exact(known[1]) if isinstance(known[1], int) else known[1]
        lines.append((name, f"{told.title_of(name)}: {draws}, seed {seed}, run {known[2]}"))
    _section(sheet, row, "Runs", lines)
