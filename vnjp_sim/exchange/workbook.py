"""Sheets of Excel workbooks: headings, widths, number formats; text that stays text.

Needs openpyxl, the extra `excel`. A cell that begins with =, +, - or @ is no formula, neither when
the workbook is opened nor when somebody edits the cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.inputs.number_text import fixed

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FONT = "Calibri"
LINE = 15.0
"""Points of a line of text."""
LETTERS = 1.15
"""Letters of usual text to the width of a digit."""
BOLD = 0.8
"""Part of the letters that fit in bold."""
WIDEST = 60.0
NARROWEST = 9
ACROSS = 240.0
"""Widths of columns, in characters, that can be read on one sheet of paper."""
MARGIN = 0.4
"""At the left and right of a page, in inches."""
HEAD_COLOUR = "DCE6F0"
PERCENT = '0.0"\u202f%"'
CHANCE = "0%"


@dataclass(frozen=True)
class Shown:
    """A number and how its cell shows it.

    Attributes
    ----------
    value : float
        In full precision.
    format : str
        A number format of Excel.
    """

    value: float
    format: str


Cell = str | float | int | bool | date | Shown | None


@dataclass(frozen=True)
class Sheet:
    """One table on a sheet: its title, header and rows.

    Attributes
    ----------
    title : str
        At most 31 characters.
    header, rows
        Cells; those of `header` stay in view.
    frozen_columns : int
        How many columns stay in view.
    widest : float
        The most characters of a column; longer text takes several lines.
    """

    title: str
    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)
    frozen_columns: int = 1
    widest: float = WIDEST


def decimals_format(decimals: int, *, signed: bool = False) -> str:
    """Return the number format with so many decimals and thousands marks."""
    plain = "#,##0" + ("." + "0" * decimals if decimals else "")
    return f"+{plain};\u2212{plain};{plain}" if signed else plain


def new_workbook(title: str) -> Workbook:
    """Return a workbook without sheets.

    Raises
    ------
    EnvironmentFailureError
        openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise EnvironmentFailureError(
            'Excel workbooks need openpyxl; install it with: pip install "vnjp-sim[excel]"'
        ) from None
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "vnjp_sim " + version("vnjp-sim")
    book.properties.title = title
    return book


def add_sheet(book: Workbook, table: Sheet) -> Worksheet:
    """Add a table as a sheet: bold header that stays in view, filters, widths of its content."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(table.title)
    widths, looks = _widths(table), _Looks()
    for number, row in enumerate([table.header, *table.rows], start=1):
        cells = [put(sheet, number, column, value) for column, value in enumerate(row, start=1)]
        lines = _lines(row, widths if number > 1 else [BOLD * width for width in widths])
        if lines > 1:
            sheet.row_dimensions[number].height = LINE * lines
        for cell in filter(None, cells):
            looks.dress(cell, heading=number == 1, top=lines > 1)
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = sheet.cell(2, table.frozen_columns + 1)
    print_landscape(sheet, pages=math.ceil(sum(widths) / ACROSS))
    sheet.print_title_rows = "1:1"
    if sheet.page_setup.fitToWidth > 1:
        sheet.print_title_cols = f"A:{get_column_letter(table.frozen_columns)}"
    if table.rows:
        sheet.auto_filter.ref = sheet.dimensions
    return sheet


def print_landscape(sheet: Worksheet, *, pages: int = 1) -> None:
    """Let a sheet be printed across, as wide as so many pages, each with its name and number."""
    print_upright(sheet)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.page_setup.fitToWidth = pages


def print_upright(sheet: Worksheet) -> None:
    """Let a sheet be printed as wide as the paper, each page with its name and number."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = MARGIN
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "&P / &N"


def put(sheet: Worksheet, row: int, column: int, value: Cell) -> Any:
    """Write a value into a cell and return it; nothing for None and for what is no number."""
    number = value.value if isinstance(value, Shown) else value
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        return None
    cell = sheet.cell(row, column)
    if isinstance(number, bool | date):
        cell.value = number
        return cell
    if isinstance(number, str):
        cell.value = number
        cell.data_type = "s"
        cell.quotePrefix = number[:1] in ("=", "+", "-", "@", "\t", "\r")
        return cell
    cell.value = repr(number)  # openpyxl itself writes 16 digits, a float has 17
    cell.data_type = "n"
    if isinstance(value, Shown):
        cell.number_format = value.format
    return cell


class _Looks:
    """Dresses cells: each look is made once and copied, since to make one takes long."""

    def __init__(self) -> None:
        from openpyxl.styles import Alignment, Font, PatternFill

        self.bold = Font(name=FONT, size=11, bold=True)
        self.fill = PatternFill("solid", fgColor=HEAD_COLOUR)
        self.top = Alignment(vertical="top", wrap_text=True)
        self.made: dict[tuple[object, ...], Any] = {}

    def dress(self, cell: Any, *, heading: bool, top: bool) -> None:
        """Make a heading bold on a ground, and put text at the top of a row of several lines."""
        key = (heading, top, cell.number_format, cell.quotePrefix)
        if key in self.made:
            cell._style = copy(self.made[key])  # noqa: SLF001 - as openpyxl's manual has it
            return
        if heading:
            cell.font, cell.fill = self.bold, self.fill
        if heading or top:
            cell.alignment = self.top
        self.made[key] = copy(cell._style)  # noqa: SLF001


def _lines(row: Sequence[Cell], widths: Sequence[float]) -> int:
    """Return how many lines the longest text of a row takes."""
    texts = [(cell, width) for cell, width in zip(row, widths, strict=False) if cell is not None]
    return max([lines_of(str(c), w) for c, w in texts if isinstance(c, str)], default=1)


def lines_of(text: str, width: float) -> int:
    """Return how many lines a text takes in a column that is so many digits wide."""
    most = max(width * LETTERS, 1.0)
    return sum(max(1, math.ceil(len(line) / most)) for line in text.split("\n"))


def _widths(table: Sheet) -> list[float]:
    """Return the width of each column, in characters."""
    widths = []
    for column, head in enumerate(table.header):
        cells = [row[column] for row in table.rows if column < len(row)]
        longest = max([_shown_length(cell) for cell in cells], default=0)
        words = max((len(word) for word in str(head).split()), default=0)
        widths.append(float(min(max(longest + 2, words + 4, NARROWEST), table.widest)))
    return widths


def _shown_length(cell: Cell) -> int:
    """Return how many characters a cell takes."""
    if isinstance(cell, str):
        return max(map(len, cell.split("\n")))
    if isinstance(cell, Shown) and math.isfinite(cell.value):
        decimals = cell.format.partition(";")[0].count("0") - 1
        return len(fixed(cell.value, max(decimals, 0))) + 1
    return 10 if isinstance(cell, date) else 8 if cell is not None else 0
