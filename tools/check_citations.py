#!/usr/bin/env python3
"""Check every cited figure against the line that is said to print it.

``check_citations.py DIR`` reads the sources in ``models/documents.yml``, finds
their texts in ``DIR`` and verifies each row of ``models/observations/*.csv``
and ``models/events.csv``: the text is the one whose SHA-256 sum is recorded,
the cited lines exist, and the figure (of an event: its date and its value) is
printed on them. Numbers are read in the language of the document, with scale
words, number words and dates. Lines with digits that no row cites are listed
for information, and so are the blocks of text that no row of the register in
``models/coverage.yml`` cites; only failures make the exit status 1.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

MODELS = Path(__file__).resolve().parent.parent / "models"

PERCENT, ORDINAL, FOLD, WORD, PLAIN = "percent", "ordinal", "fold", "word", "plain"

NUMBERS = {
    "en": re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"),
    "ru": re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d+(?:,\d+)?"),
    "vi": re.compile(r"\d{1,3}(?:\.\d{3})+(?!\d)|\d+(?:,\d+)?"),
}
GROUPING = {"en": ",", "ru": " \u00a0\u2009\u202f", "vi": "."}

SCALES = {
    "en": {"billion": 10**9, "bn": 10**9, "million": 10**6, "mn": 10**6, "thousand": 10**3},
    "ru": {"млрд": 10**9, "млн": 10**6, "тыс": 10**3},
    "vi": {"tỷ": 10**9, "tỉ": 10**9, "triệu": 10**6, "nghìn": 10**3, "ngàn": 10**3},
}

WORDS: dict[str, list[tuple[str, int, str]]] = {
    "en": [
        (r"\bfirst\b", 1, ORDINAL),
        (r"\bsecond\b", 2, ORDINAL),
        (r"\bthird\b", 3, ORDINAL),
        (r"\bfourth\b", 4, ORDINAL),
        (r"\bfifth\b", 5, ORDINAL),
        (r"\bsixth\b", 6, ORDINAL),
        (
            r"(?<!second)(?<!third)(?<!fourth)(?<!fifth)(?<!sixth)[ -](?:largest|leading)\b",
            1,
            ORDINAL,
        ),
        (r"\btwice\b|\btwo\b", 2, WORD),
        (r"\bthree\b", 3, WORD),
        (r"\bfour\b", 4, WORD),
        (r"\bfive\b", 5, WORD),
        (r"\bsix\b", 6, WORD),
        (r"\btwo-fold\b|\btwofold\b|\bdoubled\b", 2, FOLD),
        (r"\bsix-fold\b|\bsixfold\b", 6, FOLD),
        (r"\bten-fold\b|\btenfold\b", 10, FOLD),
        (r"\bquarter\b", 25, PERCENT),
        (r"\bhalf\b", 50, PERCENT),
        (r"\bsurplus\b", 0, WORD),
    ],
    "ru": [
        (r"\bперв(?:ый|ая|ое|ым|ой)\b|\bкрупнейш(?:ий|ая|ее|им|ей)\b", 1, ORDINAL),
        (r"\bвтор(?:ой|ая|ое|ым|ого)\b", 2, ORDINAL),
        (r"\bтреть(?:е|я|им|ей)\b|\bтретий\b", 3, ORDINAL),
        (r"\bчетв[её]рт(?:ый|ая|ое|ым|ой)\b", 4, ORDINAL),
        (r"\bпят(?:ый|ая|ое|ым|ой)\b", 5, ORDINAL),
        (r"\bшест(?:ой|ая|ое|ым)\b", 6, ORDINAL),
        (r"\bдв(?:а|е|ух)\b", 2, WORD),
        (r"\bтри\b|\bтр[её]х\b", 3, WORD),
        (r"\bчетыре\b|\bчетыр[её]х\b", 4, WORD),
        (r"\bпять\b|\bпяти\b|\bпятью\b", 5, WORD),
        (r"\bшесть\b|\bшести\b|\bшестью\b", 6, WORD),
        (r"\bвдвое", 2, FOLD),
        (r"\bвтрое", 3, FOLD),
        (r"\bчетверт(?:и|ь)\b", 25, PERCENT),
        (r"\bполовин[аыу]\b", 50, PERCENT),
        (r"\bпрофицит", 0, WORD),
    ],
    "vi": [
        (r"\bđầu tiên\b|\bthứ nhất\b|\blớn nhất\b", 1, ORDINAL),
        (r"\bthứ hai\b", 2, ORDINAL),
        (r"\bthứ ba\b", 3, ORDINAL),
        (r"\bthứ tư\b", 4, ORDINAL),
        (r"\bthứ năm\b", 5, ORDINAL),
        (r"\bthứ sáu\b", 6, ORDINAL),
        (r"(?<!thứ )\bhai\b", 2, WORD),
        (r"(?<!thứ )\bba\b", 3, WORD),
        (r"(?<!thứ )\bbốn\b", 4, WORD),
        (r"\bgấp đôi\b", 2, FOLD),
        (r"\bmột phần tư\b", 25, PERCENT),
        (r"\bmột nửa\b", 50, PERCENT),
    ],
}
FOLD_SIGN = {"en": r"(?:-fold|fold|times)\b", "ru": r"раз\b|раза\b", "vi": r"lần\b"}
PERCENT_SIGN = {"en": r"%|percent\b|per cent\b", "ru": r"%|процент", "vi": r"%|phần trăm\b"}

MONTHS = [
    r"january|январ\w*",
    r"february|феврал\w*",
    r"march|март\w*",
    r"april|апрел\w*",
    r"may|ма[йея]",
    r"june|июн\w*",
    r"july|июл\w*",
    r"august|август\w*",
    r"september|сентябр\w*",
    r"october|октябр\w*",
    r"november|ноябр\w*",
    r"december|декабр\w*",
]


class CitationError(ValueError):
    """A row or source that cannot be verified."""


@dataclass(frozen=True)
class Figure:
    """A number as printed: its value with the scale word applied, and its mark."""

    value: Decimal
    mark: str = PLAIN


@dataclass(frozen=True)
class Unit:
    """A unit of the registry: its dimension and its size in the base unit."""

    dimension: str
    scale: Decimal


@dataclass(frozen=True)
class Source:
    """A document of ``documents.yml`` with its text in lines, or what is wrong with it."""

    name: str
    file: str
    language: str
    lines: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table with the place where it stands."""

    place: str
    cells: dict[str, str]


FaultFinder = Callable[[Row, Source, dict[str, Unit]], str]


def main(arguments: list[str] | None = None) -> int:
    """Run the check from the command line.

    Parameters
    ----------
    arguments
        Command-line arguments; those of the process if omitted.

    Returns
    -------
    int
        1 if any row fails, otherwise 0.
    """
    options = _parser().parse_args(arguments)
    try:
        return check(options.directory, options.models)
    except CitationError as error:
        print(f"check_citations: {error}", file=sys.stderr)
        return 1


def check(directory: Path, models: Path = MODELS) -> int:
    """Verify all rows, print the failures, what nothing cites, and a summary.

    Parameters
    ----------
    directory
        Folder that holds the texts of the documents.
    models
        Folder with ``documents.yml``, ``indicators.yml``, ``coverage.yml``, ``observations`` and
        ``events.csv``.

    Returns
    -------
    int
        1 if any document or row fails, otherwise 0.
    """
    sources = read_sources(models / "documents.yml", directory)
    units = read_units(models / "indicators.yml")
    observations = [
        row for path in sorted((models / "observations").glob("*.csv")) for row in read_rows(path)
    ]
    events = list(read_rows(models / "events.csv"))
    failures = [
        f"documents.yml: {source.name}: {source.fault}"
        for source in sources.values()
        if source.fault
    ]
    failures += _failures(observations, sources, units, observation_fault)
    failures += _failures(events, sources, units, event_fault)
    for failure in failures:
        print(failure)
    uncited = list(uncited_lines(sources.values(), [*observations, *events]))
    register = _read_yaml(models / "coverage.yml")["coverage"]
    blocks = list(uncovered_blocks(sources.values(), register.values()))
    for line in (*uncited, *blocks):
        print(line)
    print(
        f"{len(observations)} observations, {len(events)} events: {len(failures)} failures; "
        f"{len(uncited)} lines with digits that no row cites; {len(register)} rows of the "
        f"register, {len(blocks)} blocks of text that none of them cites"
    )
    return 1 if failures else 0


def observation_fault(row: Row, source: Source, units: dict[str, Unit]) -> str:
    """Say why an observation is not confirmed by its cited lines, or return an empty text."""
    text = cited_text(row, source)
    return figure_fault(row, text, source.language, units)


def event_fault(row: Row, source: Source, units: dict[str, Unit]) -> str:
    """Say why an event's date or value is not confirmed, or return an empty text.

    A value in the unit ``index`` is a position on the registry's own scale, which no
    document prints; only the date of such an event is checked.
    """
    text = cited_text(row, source)
    date = row.cells["date"]
    if not prints_date(date, text):
        return f"date {date} is not printed on line {row.cells['line']}: {_shorten(text)}"
    if not row.cells["value"] or row.cells["unit"] == "index":
        return ""
    return figure_fault(row, text, source.language, units)


def figure_fault(row: Row, text: str, language: str, units: dict[str, Unit]) -> str:
    """Say why a row's value is not among the figures of a text, or return an empty text."""
    value, unit = row.cells["value"], row.cells["unit"]
    if unit not in units:
        return f"unit {unit!r} is not in indicators.yml"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return f"value {value!r} is not a number"
    is_growth = row.cells.get("reported") == "growth"
    if prints_value(number, units[unit], figures(text, language), is_growth=is_growth):
        return ""
    return f"{value} {unit} is not printed on line {row.cells['line']}: {_shorten(text)}"


def prints_value(
    number: Decimal, unit: Unit, printed: Iterable[Figure], *, is_growth: bool = False
) -> bool:
    """Tell whether one of the printed figures states a value in a unit.

    Parameters
    ----------
    number
        The recorded value.
    unit
        Its unit; money is compared in the base unit, so scale words must agree.
    printed
        The figures of the cited text.
    is_growth
        Whether the value is a growth rate, which may be printed as a multiple:
        sixfold is a growth of 500 percent.
    """
    size = number * unit.scale if unit.dimension.startswith("currency") else number
    for figure in printed:
        if is_growth and figure.mark == FOLD:
            if (figure.value - 1) * 100 == number:
                return True
        elif unit.dimension == "ratio":
            if figure.mark == PERCENT and figure.value == number:
                return True
        elif figure.mark in (PLAIN, ORDINAL, WORD) and figure.value == size:
            return True
    return False


def figures(text: str, language: str) -> list[Figure]:
    """List the numbers that a text prints, in digits or in words.

    Parameters
    ----------
    text
        The cited text.
    language
        ``en``, ``ru`` or ``vi``: decides the decimal mark, the grouping and the words.

    Returns
    -------
    list of Figure
        One entry a number; a number before a scale word counts only with the scale applied.
    """
    return [*_digit_figures(text, language), *_word_figures(text, language)]


def prints_date(date: str, text: str) -> bool:
    """Tell whether a text prints a date ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

    A month that is written out may stand apart from its year, unless another year follows
    it; a month in digits counts only with the year written behind it. Month names are read
    in every language, since a text may carry an abstract in a second one.
    """
    year, *rest = (int(part) for part in date.split("-"))
    wanted = tuple(rest)
    if year not in {int(match) for match in re.findall(r"(?<!\d)\d{4}(?!\d)", text)}:
        return False
    if not wanted:
        return True
    dates = {*_numeric_dates(text, year), *_named_dates(text, year)}
    return any(printed[: len(wanted)] == wanted for printed in dates)


def cited_text(row: Row, source: Source) -> str:
    """Join the cited lines in the order in which they are cited.

    Raises
    ------
    CitationError
        If a cited line is not a number or the text has no such line.
    """
    return " ".join(
        source.lines[number - 1].strip() for number in line_numbers(row, len(source.lines))
    )


def line_numbers(row: Row, count: int) -> list[int]:
    """Read the 1-based line numbers that a row cites.

    Raises
    ------
    CitationError
        If an entry is not a number between 1 and `count`.
    """
    numbers = []
    for part in row.cells["line"].split(";"):
        if not part.strip().isdecimal() or not 1 <= int(part) <= count:
            raise CitationError(f"line {part!r} is not one of the {count} lines of the text")
        numbers.append(int(part))
    return numbers


def uncited_lines(sources: Iterable[Source], rows: Iterable[Row]) -> Iterator[str]:
    """Yield each line with digits that no row cites, as ``file:line: text``."""
    cited: dict[str, set[int]] = {}
    for row in rows:
        parts = (part.strip() for part in row.cells["line"].split(";"))
        cited.setdefault(row.cells["document"], set()).update(
            int(part) for part in parts if part.isdecimal()
        )
    for source in sources:
        for number, line in enumerate(source.lines, start=1):
            if re.search(r"\d", line) and number not in cited.get(source.name, set()):
                yield f"{source.file}:{number}: {line.strip()}"


def uncovered_blocks(
    sources: Iterable[Source], register: Iterable[dict[str, Any]]
) -> Iterator[str]:
    """Yield each run of written lines that no row of the register cites, as ``file:3-8: text``.

    Blank lines neither begin a run nor break one; a cited line does.
    """
    cited: dict[str, set[int]] = {}
    for row in register:
        for name, lines in row["lines"].items():
            for part in lines.split(";"):
                first, _, last = part.partition("-")
                cited.setdefault(name, set()).update(range(int(first), int(last or first) + 1))
    for source in sources:
        known = cited.get(source.name, set())
        written = [(n, line) for n, line in enumerate(source.lines, start=1) if line.strip()]
        for is_cited, run in groupby(written, key=lambda pair: pair[0] in known):
            if not is_cited:
                (first, text), *rest = run
                last = rest[-1][0] if rest else first
                yield f"{source.file}:{first}-{last}: {_shorten(text.strip())}"


def read_sources(path: Path, directory: Path) -> dict[str, Source]:
    """Read ``documents.yml`` and the texts it names.

    A missing or altered text is recorded as the source's fault, not raised.
    """
    entries = _read_yaml(path)["documents"]
    return {name: _read_source(name, entry, directory) for name, entry in entries.items()}


def read_units(path: Path) -> dict[str, Unit]:
    """Read the units of ``indicators.yml``."""
    entries = _read_yaml(path)["units"]
    return {
        name: Unit(str(entry["dimension"]), Decimal(str(entry["scale"])))
        for name, entry in entries.items()
    }


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a table, each with its file and line.

    Raises
    ------
    CitationError
        If the file is missing or a row has another number of cells than the header.
    """
    if not path.is_file():
        raise CitationError(f"{path} does not exist")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader)
        for cells in reader:
            place = f"{path.name}:{reader.line_num}"
            if len(cells) != len(header):
                raise CitationError(
                    f"{place}: {len(cells)} cells where the header has {len(header)}"
                )
            yield Row(place, dict(zip(header, cells, strict=True)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Check every cited figure against the line that prints it."
    )
    parser.add_argument(
        "directory", type=Path, metavar="DIR", help="folder that holds the texts of the documents"
    )
    parser.add_argument(
        "--models", type=Path, default=MODELS, help="folder with documents.yml and the tables"
    )
    return parser


def _failures(
    rows: Iterable[Row], sources: dict[str, Source], units: dict[str, Unit], fault_of: FaultFinder
) -> list[str]:
    failures = []
    for row in rows:
        fault = _row_fault(row, sources, units, fault_of)
        if fault:
            failures.append(f"{row.place}: {fault}")
    return failures


def _row_fault(
    row: Row, sources: dict[str, Source], units: dict[str, Unit], fault_of: FaultFinder
) -> str:
    name = row.cells["document"]
    if name not in sources:
        return f"document {name!r} is not in documents.yml"
    source = sources[name]
    if not source.lines:
        return f"the text of {name} is not available"
    try:
        return fault_of(row, source, units)
    except CitationError as error:
        return str(error)


def _read_yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CitationError(f"{path} does not exist")
    content: dict[str, Any] = YAML(typ="safe").load(path)
    return content


def _read_source(name: str, entry: dict[str, str], directory: Path) -> Source:
    path = directory / entry["file"]
    if not path.is_file():
        return Source(name, entry["file"], entry["language"], (), f"{path} does not exist")
    content = path.read_bytes()
    digest, recorded = hashlib.sha256(content).hexdigest(), entry["sha256"]
    fault = "" if digest == recorded else f"SHA-256 is {digest}, recorded is {recorded}"
    lines = tuple(content.decode("utf-8").removesuffix("\n").split("\n"))
    return Source(name, entry["file"], entry["language"], lines, fault)


def _digit_figures(text: str, language: str) -> Iterator[Figure]:
    for match in NUMBERS[language].finditer(text):
        digits = match.group().translate({ord(mark): None for mark in GROUPING[language]})
        value = Decimal(digits.replace(",", "."))
        rest = text[match.end() :].lstrip().lower()
        if re.match(PERCENT_SIGN[language], rest):
            yield Figure(value, PERCENT)
        elif re.match(FOLD_SIGN[language], rest):
            yield Figure(value, FOLD)
        else:
            yield Figure(value * _scale(rest, language))


def _scale(rest: str, language: str) -> int:
    for word, scale in SCALES[language].items():
        if re.match(rf"{word}\b", rest):
            return scale
    return 1


def _word_figures(text: str, language: str) -> Iterator[Figure]:
    for pattern, value, mark in WORDS[language]:
        if re.search(pattern, text.lower()):
            yield Figure(Decimal(value), mark)


def _numeric_dates(text: str, year: int) -> Iterator[tuple[int, ...]]:
    for day, month, printed_year in re.findall(
        r"(?<![\d/])(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})(?!\d)", text
    ):
        if int(printed_year) == year:
            yield (int(month), int(day)) if day else (int(month),)
    for day, month, printed_year in re.findall(
        r"(?<!\d)(\d{1,2})/(\d{1,2})-\d{1,2}/\d{1,2}/(\d{4})(?!\d)", text
    ):
        if int(printed_year) == year:
            yield (int(month), int(day))


def _named_dates(text: str, year: int) -> Iterator[tuple[int, ...]]:
    for month, names in enumerate(MONTHS, start=1):
        pattern = (
            rf"(?:(?<!\d)(\d{{1,2}}) )?\b(?:{names})\b(?: (\d{{1,2}})(?!\d))?(?:,? (\d{{4}}))?"
        )
        for before, after, printed_year in re.findall(pattern, text.lower()):
            if not printed_year or int(printed_year) == year:
                yield (month, int(before or after)) if before or after else (month,)


def _shorten(text: str, width: int = 120) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


if __name__ == "__main__":
    sys.exit(main())
