"""A table to fill in with own figures: header, one example that is no figure, what columns mean."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vnjp_sim.exchange.decimal_marks import DECIMALS, Decimal
from vnjp_sim.exchange.own_table import NEEDED
from vnjp_sim.exchange.workbook import Sheet, add_sheet, new_workbook
from vnjp_sim.foundation.argument_types import choice
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import REPORTED, USES
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.storage.atomic import write_whole

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = (*NEEDED, "reported", "step", "document", "place", "use", "note")
EXAMPLE = ("trade_turnover", "2024", "46.2", "USD bn", "exact", "0.1", "", "Table 3, p. 41", "", "")
MEANINGS = {
    "indicator": "Id or name of an indicator, see 'vnjp_sim list indicators'.",
    "period": "2024, FY2024 (Japanese fiscal year), 2024-03, 2024-01/2024-07 or 2009/2020.",
    "value": "The number as printed: its digits say how precise it is.",
    "unit": "The unit as the model names it, such as USD bn, persons or percent.",
    "reported": f"How the source words it; empty for exact. One of: {', '.join(REPORTED)}.",
    "step": "What the number is rounded to, where its digits do not say it; else empty.",
    "document": "Id of the source; empty if there is one only.",
    "place": "Where a reader finds it; empty if this file is the source.",
    "use": f"Empty for calibrate. One of: {', '.join(USES)}; others than calibrate need a note.",
    "note": "A remark, or why the figure is not used.",
}
LAST_ROW = 1_000
"""To which the lists of a workbook reach."""


@settled
def write_template(
    file: str | Path, model: Model, *, decimal: Decimal = "auto", force: bool = False
) -> Path:
    """Write a table to fill in with own figures; return the file.

    The example row begins with `#` and is passed over by the import. A workbook has lists to choose
    from, and sheets that tell what the columns, indicators and units are.

    Parameters
    ----------
    file : str | Path
        Ends in .csv or .xlsx.
    model : Model
        Its indicators and units.
    decimal : Decimal
        `comma` writes decimal commas, and semicolons between the cells of a CSV file.
    force : bool
        Whether the file may be replaced.

    Raises
    ------
    InputError
        The name has another ending, or the file exists.
    EnvironmentFailureError
        openpyxl is not installed; or the disk refuses.
    """
    comma = choice("decimal", decimal, DECIMALS) == "comma"
    target = Path(file)
    kind = target.suffix.lower()
    if kind == ".csv":
        return write_whole(target, lambda place: _write_csv(place, comma=comma), force=force)
    if kind == ".xlsx":
        return write_whole(
            target, lambda place: _write_workbook(place, model, comma=comma), force=force
        )
    raise InputError.single(str(file), "is no name of a table", "end it in .csv or .xlsx")


def _example(*, comma: bool) -> list[str]:
    numbers = {COLUMNS.index(column) for column in ("value", "step")}
    cells = [
        cell.replace(".", ",") if comma and place in numbers else cell
        for place, cell in enumerate(EXAMPLE)
    ]
    return [f"# {cells[0]}", *cells[1:]]


def _write_csv(file: Path, *, comma: bool) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:  # so that Excel sees UTF-8
        writer = csv.writer(stream, delimiter=";" if comma else ",", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerow(_example(comma=comma))


def _write_workbook(file: Path, model: Model, *, comma: bool) -> None:
    book = new_workbook("Own figures")
    figures = add_sheet(book, Sheet("figures", COLUMNS, [_example(comma=comma)]))
    figures.auto_filter.ref = None
    _grey(figures)
    registry = model.registry
    columns = [(name, "yes" if name in NEEDED else "no", MEANINGS[name]) for name in COLUMNS]
    add_sheet(book, Sheet("columns", ("column", "needed", "meaning"), columns))
    known = [(n, i.label, i.unit, i.meaning) for n, i in registry.indicators.items()]
    add_sheet(book, Sheet("indicators", ("indicator", "label", "unit", "meaning"), known))
    units = [(name, unit.label) for name, unit in registry.units.items()]
    add_sheet(book, Sheet("units", ("unit", "in words"), units))
    lists = {
        "indicator": f"indicators!$A$2:$A${1 + len(known)}",
        "unit": f"units!$A$2:$A${1 + len(units)}",
        "use": f'"{",".join(USES)}"',
    }
    for column, source in lists.items():
        _offer(figures, COLUMNS.index(column), source)
    book.save(file)


def _grey(sheet: Worksheet) -> None:
    """Show the example as one."""
    from openpyxl.styles import Font

    for cell in sheet[2]:
        cell.font = Font(italic=True, color="7F7F7F")
    for letter, width in _widths():
        sheet.column_dimensions[letter].width = width


def _widths() -> Iterator[tuple[str, float]]:
    from openpyxl.utils import get_column_letter

    wide = {"indicator": 34.0, "place": 28.0, "note": 40.0}
    for number, column in enumerate(COLUMNS, start=1):
        yield get_column_letter(number), wide.get(column, 14.0)


def _offer(sheet: Worksheet, column: int, source: str) -> None:
    """Let the cells of a column be chosen from a list; other content is let through too."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    choice = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
    sheet.add_data_validation(choice)
    letter = get_column_letter(column + 1)
    choice.add(f"{letter}2:{letter}{LAST_ROW}")
