"""An Excel workbook: scenarios, indicators, documents, every figure, every assumption.

Needs openpyxl, the extra `excel`. Text stays text: a cell that begins with =, +, - or @ is no
formula, neither when the workbook is opened nor when somebody edits the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.exchange.citation import citations, sources
from vnjp_sim.exchange.projections import PAST, Source, as_dataset, summaries_of
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.simulation.citing import document_item, text_of
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import manifests_of
from vnjp_sim.simulation.summaries import Summary
from vnjp_sim.storage.atomic import write_whole

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

STATISTICS = {"median": "p50", "5 %": "p05", "95 %": "p95"}
LONGEST_TITLE = 31
WIDEST = 60
NARROWEST = 8
INTERVALS = (
    "The median and the bounds of an interval that holds 90 % of the draws. Bounds of a sum are "
    "not sums of bounds, and medians of parts need not add up."
)
HEAD = ("indicator", "label", "unit", "statistic")
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

Cell = str | float | int | None


@dataclass(frozen=True)
class _Table:
    """One sheet: its title, header, rows, and the number format of each row's numbers."""

    title: str
    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    formats: Sequence[str] = ()
    frozen_columns: int = 1


@settled
def write_excel(
    source: Source,
    model: Model,
    file: str | Path,
    *,
    history: History | None = None,
    force: bool = False,
) -> Path:
    """Write a workbook; return the file.

    Sheets: `readme`; one a scenario (median, 5 % and 95 % of each indicator by year, numbers in
    full precision, shown with the indicator's decimals); `indicators`; `documents`; `sources`
    (every figure with document, line and place); `assumptions` (priors with grade and reference);
    `links`.

    Parameters
    ----------
    source : Source
        Projections with dims (scenario, year, draw), or folders of stored runs.
    model : Model
        Everything that the other sheets tell.
    history : History | None
        The past of indicators, see :func:`vnjp_sim.history`, to stand beside the scenarios under
        the name `history`.
    file, force
        The target, which ends in .xlsx, and whether it may be replaced.

    Raises
    ------
    InputError
        The file does not end in .xlsx; or see :func:`write_tidy`.
    EnvironmentFailureError
        openpyxl is not installed; or the disk or its permissions refuse.
    """
    target = Path(file)
    if target.suffix.lower() != ".xlsx":
        raise InputError.single(str(file), "is not a name of a workbook", "end it in .xlsx")
    try:
        from openpyxl import Workbook
    except ImportError:
        raise EnvironmentFailureError(
            "Excel workbooks need openpyxl; install it with: pip install 'vnjp-sim[excel]'"
        ) from None
    data = as_dataset(source, model.registry)
    summaries = summaries_of(data, model.registry, history)
    titles = _sheet_titles(summaries)
    tables = [
        _readme(model, manifests_of(data), dict(titles)),
        *(_scenario(titles[name], rows, model) for name, rows in summaries.items()),
        _indicators(model),
        _documents(model),
        _sources(model),
        _assumptions(model),
        _links(model),
    ]
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        _fill(book.create_sheet(table.title), table)
    book.properties.creator = "vnjp_sim " + version("vnjp-sim")
    book.properties.title = "Projections of Vietnam–Japan relations"
    return write_whole(target, book.save, force=force)


def _fill(sheet: Worksheet, table: _Table) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    bold, wrapped = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    for number, row in enumerate([table.header, *table.rows], start=1):
        for column, value in enumerate(row, start=1):
            if value is None:
                continue
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                cell.value = value
                cell.data_type = "s"
                cell.quotePrefix = value[:1] in ("=", "+", "-", "@", "\t", "\r")
                cell.alignment = wrapped
            else:
                cell.value = repr(value)  # openpyxl itself writes 16 digits, a float has 17
                cell.data_type = "n"
                if number > 1 and table.formats:
                    cell.number_format = table.formats[number - 2]
            if number == 1:
                cell.font = bold
    for column in range(1, len(table.header) + 1):
        width = _width([row[column - 1] for row in [table.header, *table.rows]])
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = sheet.cell(2, table.frozen_columns + 1)
    if table.rows:
        sheet.auto_filter.ref = sheet.dimensions


def _width(cells: Iterable[Cell]) -> float:
    longest = max((len(c) for c in cells if isinstance(c, str)), default=0)
    return min(max(longest + 2, NARROWEST), WIDEST)


def _sheet_titles(scenarios: Iterable[str]) -> dict[str, str]:
    """Return a sheet title for each scenario: at most 31 characters, and no two alike."""
    titles: dict[str, str] = {}
    taken = {"readme", "indicators", "documents", "sources", "assumptions", "links"}
    for name in scenarios:
        title, count = name[:LONGEST_TITLE], 1
        while title.casefold() in taken:
            count += 1
            ending = f"_{count}"
            title = name[: LONGEST_TITLE - len(ending)] + ending
        taken.add(title.casefold())
        titles[name] = title
    return titles


def _readme(
    model: Model, manifests: Mapping[str, Mapping[str, Any]], titles: dict[str, str]
) -> _Table:
    rows: list[list[Cell]] = [
        ["made by", "vnjp_sim " + version("vnjp-sim")],
        ["content", "Projections of Vietnam–Japan relations, with all figures and assumptions."],
        ["how to read", INTERVALS],
        ["documents published before", model.as_of.isoformat() if model.as_of else "no limit"],
        ["evidence", model.evidence.basis],
        ["licence of the data", "CC BY 4.0"],
        ["source", sources(manifests, model)],
    ]
    rows += [["cite as", citation] for citation in citations(manifests)]
    if PAST in titles:
        rows.append([f"sheet {titles.pop(PAST)}", "The past, as the figures and the laws have it."])
    for name, title in titles.items():
        manifest = manifests.get(name, {})
        rows.append(
            [f"sheet {title}", f"Scenario {name}: {manifest.get('title', '')}".rstrip(": ")]
        )
        if manifest:
            known = [manifest.get(key, "unknown") for key in ("draws", "seed", "run")]
            parts = (f"{known[0]} draws", f"seed {known[1]}", f"run {known[2]}")
            rows.append([f"run of {name}", ", ".join(parts)])
    rows += [
        ["sheet indicators", "What each indicator measures."],
        ["sheet documents", "The sources, and how far they can be relied on."],
        ["sheet sources", "Every figure with document, line and place, also those not used."],
        ["sheet assumptions", "Every prior with its unit, grade and reference."],
        ["sheet links", "Every effect of one sector on another."],
    ]
    return _Table("readme", ("item", "value"), rows)


def _scenario(title: str, summaries: Sequence[Summary], model: Model) -> _Table:
    years = sorted({s.year for s in summaries})
    place = {name: list(QUANTILES).index(level) for name, level in STATISTICS.items()}
    by_key = {(s.indicator, s.year): s for s in summaries}
    rows: list[list[Cell]] = []
    formats = []
    for indicator in dict.fromkeys(s.indicator for s in summaries):
        known = model.registry.indicators[indicator]
        for statistic in STATISTICS:
            of_years = [by_key.get((indicator, year)) for year in years]
            levels = [nan if s is None else s.quantiles[place[statistic]] for s in of_years]
            numbers: list[Cell] = [None if isnan(level) else level for level in levels]
            rows.append([indicator, known.label, known.unit, statistic, *numbers])
            formats.append("#,##0" + ("." + "0" * known.decimals if known.decimals else ""))
    return _Table(title, [*HEAD, *years], rows, formats, frozen_columns=len(HEAD))


def _indicators(model: Model) -> _Table:
    header = ("indicator", "label", "unit", "unit in words", "kind", "sector", "price basis")
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
    return _Table("indicators", (*header, "IAMC variable", "meaning", "official counterpart"), rows)


def _documents(model: Model) -> _Table:
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
    return _Table("documents", (*header, "SHA-256 of the text", "reference"), rows)


def _sources(model: Model) -> _Table:
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
    return _Table("sources", FIGURE_COLUMNS, rows, frozen_columns=2)


def _assumptions(model: Model) -> _Table:
    header = ("parameter", "prior", "unit", "grade", "reference")
    rows = [
        [name, p.prior.text, p.unit, p.grade, _line(p.reference)]
        for name, p in (*model.parameters.all_parameters(), *model.links.coefficients.items())
    ]
    return _Table("assumptions", header, rows)


def _links(model: Model) -> _Table:
    header = ("link", "driver", "response", "form", "lag", "prior", "grade", "reference")
    return _Table("links", header, list(_link_rows(model)))


def _link_rows(model: Model) -> Iterator[list[Cell]]:
    for name, x in sorted(model.links.links.items()):
        yield [
            name,
            x.driver,
            x.response,
            x.form,
            x.lag.text,
            x.text,
            x.graded,
            _line(x.reference),
        ]


def _line(text: str) -> str:
    return " ".join(text.split())
