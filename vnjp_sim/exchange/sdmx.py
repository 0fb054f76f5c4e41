"""SDMX-CSV in: observations of a statistical office as rows of `models/observations`.

A *series map* says which series is which indicator. Values are shifted by powers of ten in
decimal, never in binary, so that they keep the digits that were published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from vnjp_sim.exchange.documents import NewDocument
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import Place, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.csv_rows import Row, numbered_rows
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, Name, Phrase, Text, check
from vnjp_sim.inputs.strict_yaml import read_yaml
from vnjp_sim.inputs.text_file import read_text

MAX_BYTES = 64 << 20
Combine = Literal["sum", "last", "mean", "none"]

VALUE, TIME, STATUS, FREQUENCY = "OBS_VALUE", "TIME_PERIOD", "OBS_STATUS", "FREQ"
MULTIPLIER, MEASURE, DECIMALS, ACTION = "UNIT_MULT", "UNIT_MEASURE", "DECIMALS", "ACTION"
YEAR_START, FLAG, UNIT = "REPORTING_YEAR_START_DAY", "OBS_FLAG", "UNIT"
NEEDED = (TIME, VALUE)
INSTEAD = {STATUS: FLAG, MEASURE: UNIT}
"""Columns that stand for others where these are missing: Eurostat's flags and units."""
BY_KIND: Mapping[str, Combine] = {"flow": "sum", "count": "sum", "stock": "last"}
"""How months become years unless the map says; other kinds are taken as they are."""

_TIMES = (
    ("A", 12, re.compile(r"([0-9]{4})(?:-A1)?()\Z", re.ASCII)),
    ("S", 6, re.compile(r"([0-9]{4})-?[SH]([12])\Z", re.ASCII)),
    ("Q", 3, re.compile(r"([0-9]{4})-?Q([1-4])\Z", re.ASCII)),
    ("M", 1, re.compile(r"([0-9]{4})-?M?(0[1-9]|1[0-2])\Z", re.ASCII)),
)
"""Frequency, months of a period, and how the period is written."""
REPORTING = re.compile(r"[0-9]{4}-(A1|[SQ][1-4]|M[0-9]{2})\Z", re.ASCII)
"""Periods of the reporting year, which may begin on another day than the calendar's."""
_RANGE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-01)?(?:T00:00:00)?/P(1Y|[1-9][0-9]?M)\Z", re.ASCII)
_FISCAL = re.compile(r"FY ?([0-9]{4})\Z", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-[0-3][0-9]\Z", re.ASCII)

UNITS = {
    "USD": ("currency_usd", 0),
    "USD_EXC": ("currency_usd", 0),
    "THS_USD": ("currency_usd", 3),
    "MIO_USD": ("currency_usd", 6),
    "MIO_JPY": ("currency_jpy", 6),
    "JPY": ("currency_jpy", 0),
    "PS": ("persons", 0),
    "PERSONS": ("persons", 0),
    "PC": ("ratio", -2),
    "PT": ("ratio", -2),
}
"""Codes of UNIT_MEASURE that need no entry in the map: dimension and power of ten."""


class StatusRule(Checked):
    """What a figure of one OBS_STATUS is taken for.

    `percent` widens the rounding step to that share of the value: a provisional figure of many
    digits is not known to its last one.
    """

    reported: Literal["exact", "rounded", "about", "forecast"] = "exact"
    use: Literal["calibrate", "check", "disputed"] = "calibrate"
    percent: float = Field(default=0.0, ge=0.0, le=50.0)
    meaning: Text = ""


def _rule(
    meaning: str, reported: Any = "exact", use: Any = "calibrate", percent: float = 0.0
) -> StatusRule:
    return StatusRule(reported=reported, use=use, percent=percent, meaning=meaning)


STATUSES: Mapping[str, StatusRule] = {
    "A": _rule("normal value"),
    "B": _rule("break in the series: earlier figures may measure something else"),
    "D": _rule("definition differs", use="check"),
    "E": _rule("estimated value", "about", percent=2.0),
    "F": _rule("forecast value", "forecast", "check"),
    "G": _rule("experimental value", "about", percent=5.0),
    "I": _rule("imputed value", "about", percent=5.0),
    "J": _rule("derogation"),
    "N": _rule("not significant", use="check"),
    "P": _rule("provisional value", "about", percent=1.0),
    "S": _rule("strike and other special events"),
    "U": _rule("low reliability", "about", percent=5.0),
    "V": _rule("unvalidated value", "about", percent=2.0),
    "W": _rule("includes data from another category", use="check"),
}
"""By code of the SDMX code list CL_OBS_STATUS; the percentages are judgements."""

WITHOUT_VALUE = {"H", "K", "L", "M", "O", "Q"}
"""Missing for one reason or another."""

WORST = ("F", "U", "I", "G", "E", "V", "P", "N", "D", "W", "B", "S", "J", "A")


class Series(Checked):
    """Which observations are which indicator.

    `where` gives the code of each dimension that singles the series out. `unit` is for files
    without UNIT_MEASURE. `combine` says how months and quarters become years: their sum (flows,
    by default), the last one (stocks, by default), the mean, or none.
    """

    indicator: Id
    where: dict[Id, Id] = Field(min_length=1)
    unit: Phrase = ""
    combine: Combine | None = None
    place: Text = ""


class SeriesMap(Checked):
    """The map from the series of an SDMX file to indicators.

    `document` cites a known document, or one of `documents`; `units` adds codes of UNIT_MEASURE
    (or replaces them) by units of the registry; `statuses` replaces what a code of OBS_STATUS
    means.
    """

    document: Id = ""
    documents: dict[Name, NewDocument] = {}
    series: Annotated[tuple[Series, ...], Field(strict=False, min_length=1)]
    units: dict[Id, Phrase] = {}
    statuses: dict[Id, StatusRule] = {}


@settled
def read_series_map(file: Path) -> SeriesMap:
    """Read a series map; raises InputError with all its faults."""
    return check(SeriesMap, read_yaml(file))


@dataclass(frozen=True)
class SdmxRows:
    """Rows as of `models/observations`, and what was left out, in words."""

    rows: tuple[Row, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Value:
    """One observation: months counted from year 0, value and last digit in the target's unit.

    `begins` is the month with which its year begins, counted from January as 0.
    """

    first: int
    months: int
    begins: int
    value: Decimal
    digit: Decimal
    status: str
    lines: tuple[int, ...]

    @property
    def year(self) -> int:
        return (self.first - self.begins) // 12

    @property
    def last(self) -> int:
        return self.first + self.months - 1


def read_sdmx(file: Path, series_map: SeriesMap, registry: Registry) -> SdmxRows:
    """Read an SDMX-CSV file (version 1.0 or 2.0, comma or semicolon) by a series map.

    Raises
    ------
    InputError
        With every fault of file and map.
    """
    return _Reader(file, series_map, registry).read()


@dataclass
class _Reader:
    file: Path
    map: SeriesMap
    registry: Registry
    faults: Refusals = field(default_factory=Refusals)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def read(self) -> SdmxRows:
        self._check_map()
        self.faults.raise_if_any()
        found: list[list[_Value]] = [[] for _ in self.map.series]
        for line, codes in self._records():
            index = self._series_of(line, codes)
            if index is not None:
                value = self._value(line, codes, self.map.series[index])
                if value is not None:
                    found[index].append(value)
        rows: list[Row] = []
        for series, values in zip(self.map.series, found, strict=True):
            if not values and not self.faults:
                told = ", ".join(f"{k}={v}" for k, v in series.where.items())
                what = f"no observation of {series.indicator} where {told}"
                self._fault(0, what, "check the codes of the series")
            rows += self._rows(series, sorted(values, key=lambda v: (v.first, v.months)))
        self.faults.raise_if_any()
        told_out = [f"{count} {what}" for what, count in self.left_out.items()]
        return SdmxRows(tuple(rows), (*told_out, *self.notes))

    # ------------------------------------------------------------------ the map

    def _check_map(self) -> None:
        for series in self.map.series:
            known = self.registry.indicators
            if series.indicator not in known:
                remedy = did_you_mean(series.indicator, known)
                self._fault(0, f"unknown indicator '{series.indicator}' in the map", remedy)
        for unit in {*self.map.units.values(), *(s.unit for s in self.map.series if s.unit)}:
            if unit not in self.registry.units:
                remedy = did_you_mean(unit, self.registry.units)
                self._fault(0, f"unknown unit '{unit}' in the map", remedy)

    # ------------------------------------------------------------------ the file

    def _records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield line and codes by column of each observation."""
        text = read_text(self.file, MAX_BYTES)
        head = text.partition("\n")[0]
        delimiter = ";" if head.count(";") > head.count(",") else ","
        lines = numbered_rows(text, display_path(self.file), self.faults, delimiter)
        _, header = next(lines, (1, []))
        places = self._columns(header)
        if self.faults:
            return
        labelled = [column for column, place in places.items() if ":" in header[place]]
        for line, cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                what = f"has {len(cells)} cells where the header has {len(header)}"
                self._fault(line, what, "quote cells that hold the separator")
                continue
            codes = {column: cells[place].strip() for column, place in places.items()}
            for column in labelled:
                codes[column] = codes[column].partition(": ")[0]
            for column, other in INSTEAD.items():
                if column not in codes and other in codes:
                    codes[column] = codes[other]
            if codes.get(ACTION, "I") == "D":
                self._leave_out("of the action 'delete'")
            else:
                yield line, codes

    def _columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return the place of each column by its id; faults if one lacks, or stands there twice.

        "REF_AREA: Reference area" is a column with its label, as are its cells. Labels may also
        stand in columns of their own beside the codes, as in MEASURE,Measure: an id is written in
        one case, a label is not.
        """
        names = [re.sub(r"\[.*\]\Z", "", cell.partition(":")[0].strip()) for cell in header]
        asked = {key.upper() for series in self.map.series for key in series.where}
        known = {*NEEDED, *INSTEAD, *INSTEAD.values(), FREQUENCY, MULTIPLIER, DECIMALS, ACTION}
        found: dict[str, int] = {}
        for name in dict.fromkeys(name.upper() for name in names):
            several = [place for place, other in enumerate(names) if other.upper() == name]
            ids = [place for place in several if names[place] == name]
            ids = ids or [place for place in several if names[place] == name.lower()]
            if len(several) > 1 and len(ids) != 1 and name in asked | known:
                self._fault(1, f"has the column {name[:40]} twice", "delete one of the two")
            found[name] = (ids or several)[0]
        if missing := [name for name in (*NEEDED, *sorted(asked)) if name not in found]:
            what = f"has no column {', '.join(missing)}"
            self._fault(1, what, "save it as SDMX-CSV, and name columns in the map as it does")
        if "SCALE" in found and MULTIPLIER not in found:
            self.notes.append(f"the column SCALE, as only {MULTIPLIER} scales values")
        return found

    def _series_of(self, line: int, codes: Mapping[str, str]) -> int | None:
        fits = [
            index
            for index, series in enumerate(self.map.series)
            if all(codes[key.upper()] == code for key, code in series.where.items())
        ]
        if not fits:
            self._leave_out("of series that the map does not name")
            return None
        if len(fits) > 1:
            names = " and ".join(self.map.series[i].indicator for i in fits)
            self._fault(line, f"fits the series of {names}", "give 'where' more dimensions")
            return None
        return fits[0]

    def _value(self, line: int, codes: Mapping[str, str], series: Series) -> _Value | None:
        status = self._status(codes.get(STATUS, ""))
        text = codes[VALUE]
        if status in WITHOUT_VALUE or text in ("", "NaN", ":"):
            self._leave_out("without a value")
            return None
        if status not in STATUSES and status not in self.map.statuses:
            remedy = "say what it means under 'statuses' of the map"
            self._fault(line, f"unknown {STATUS} '{status[:20]}'", remedy)
            return None
        span = self._span(line, codes)
        number = self._number(line, text)
        exponent = self._exponent(line, codes, series)
        if span is None or number is None or exponent is None:
            return None
        digit = self._digit(line, codes, number)
        if digit is None:
            return None
        value = number.scaleb(exponent)
        return _Value(*span, value, digit.scaleb(exponent), status, (line,))

    def _status(self, text: str) -> str:
        """Return the status, of several letters (Eurostat's "bp") the one that weighs most."""
        if not text or text in self.map.statuses:
            return text or "A"
        letters = text.upper() if text.islower() else text
        if len(letters) > 1 and set(letters) <= set(WORST):
            return min(letters, key=_severity)
        return letters

    def _span(self, line: int, codes: Mapping[str, str]) -> tuple[int, int, int] | None:
        """Return first month, number of months, and the month with which the year begins."""
        text, frequency = codes[TIME], codes.get(FREQUENCY, "")
        begins = self._year_start(line, codes) if REPORTING.match(text) else 0
        if begins is None:
            return None
        for name, months, pattern in _TIMES:
            if match := pattern.match(text):
                if frequency and frequency != name and frequency in "ASQMWD":
                    what = f"{FREQUENCY} is '{frequency[:10]}', but {TIME} '{text}'"
                    self._fault(line, what, "mend one of them")
                    return None
                first = int(match[1]) * 12 + (int(match[2] or 1) - 1) * months
                return first + begins, months, begins
        if span := _other_span(text, frequency):
            return span
        remedy = "write 2023, 2023-Q1 or 2023-01; a Japanese fiscal year as FY2023"
        self._fault(line, f"{TIME} '{text[:40]}' is not read", remedy)
        return None

    def _year_start(self, line: int, codes: Mapping[str, str]) -> int | None:
        """Return the month with which the reporting year begins, counted from January as 0."""
        told = codes.get(YEAR_START, "") or "--01-01"
        match = re.fullmatch(r"--(0[1-9]|1[0-2])-01", told, re.ASCII)
        if match is None:
            what = f"{YEAR_START} '{told[:20]}' is not the first day of a month"
            self._fault(line, what, "write --04-01 for a year that begins in April")
            return None
        return int(match[1]) - 1

    def _number(self, line: int, text: str) -> Decimal | None:
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and len(text) <= 40 and abs(number.adjusted()) <= 30:
            return number
        self._fault(line, f"{VALUE} '{text[:40]}' is not a number", "write it like 24250.5")
        return None

    def _digit(self, line: int, codes: Mapping[str, str], number: Decimal) -> Decimal | None:
        """Return the unit of the last digit, as DECIMALS says or as written."""
        told = codes.get(DECIMALS, "")
        if not told:
            exponent = number.as_tuple().exponent
            return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
        if re.fullmatch(r"[0-9]{1,2}", told, re.ASCII):
            return Decimal(1).scaleb(-int(told))
        self._fault(line, f"{DECIMALS} '{told[:20]}' is no number of decimals", "write 0 to 99")
        return None

    def _exponent(self, line: int, codes: Mapping[str, str], series: Series) -> int | None:
        """Return the power of ten from the file's number to the indicator's unit."""
        told = codes.get(MULTIPLIER, "") or "0"
        if not re.fullmatch(r"-?[0-9]{1,2}", told, re.ASCII):
            self._fault(line, f"{MULTIPLIER} '{told[:20]}' is no power of ten", "write 0, 3, 6, …")
            return None
        target = self.registry.units[self.registry.indicators[series.indicator].unit]
        code = codes.get(MEASURE, "")
        if series.unit or code in self.map.units:
            unit = self.registry.units[series.unit or self.map.units[code]]
            dimension, power = unit.dimension, _power(unit.scale)
        elif code in UNITS:
            dimension, power = UNITS[code]
        else:
            what = f"unknown {MEASURE} '{code[:20]}'" if code else f"has no {MEASURE}"
            remedy = "give the code a unit under 'units' of the map, or the series a 'unit'"
            self._fault(line, what, remedy)
            return None
        if dimension != target.dimension:
            what = f"{MEASURE} '{code or series.unit}' does not measure {series.indicator}"
            self._fault(line, what, f"choose a series in {target.label}")
            return None
        return int(told) + power - _power(target.scale)

    # ------------------------------------------------------------------ rows

    def _rows(self, series: Series, values: Sequence[_Value]) -> Iterator[Row]:
        if not self._distinct(series, values):
            return
        kind = self.registry.indicators[series.indicator].kind
        combine: str = series.combine or BY_KIND.get(kind, "none")
        stock = kind == "stock"
        by_year: dict[int, list[_Value]] = {}
        for value in values:
            by_year.setdefault(value.year, []).append(value)
        for parts in by_year.values():
            if parts[0].months == 12 or combine == "none":
                yield from (self._row(series, part, "", stock) for part in parts)
            elif combine == "last":
                yield self._row(series, parts[-1], "", stock)
            elif any(a.last + 1 != b.first for a, b in pairwise(parts)):
                what = f"{series.indicator} lacks a part of {parts[0].year}"
                remedy = "add it, leave the year out, or set 'combine: none'"
                self._fault(parts[-1].lines[0], what, remedy)
            elif combine == "mean" and sum(p.months for p in parts) < 12:
                self._leave_out("in years that are not complete")
            else:
                told = f"{'Sum' if combine == 'sum' else 'Mean'} of {len(parts)} periods."
                yield self._row(series, _combined(parts, combine), told, stock)

    def _distinct(self, series: Series, values: Sequence[_Value]) -> bool:
        """Whether no period comes twice, in one frequency or two."""
        for one, other in pairwise(values):
            if other.first <= one.last:
                lines = f"line {one.lines[0]}"
                what = f"gives {series.indicator} for a period that {lines} covers"
                remedy = "narrow 'where', by FREQ or another dimension"
                self._fault(other.lines[0], what, remedy)
                return False
        return True

    def _row(self, series: Series, value: _Value, told: str, stock: bool) -> Row:
        rule = self.map.statuses.get(value.status) or STATUSES[value.status]
        step = value.digit
        if rule.percent:
            wide = abs(value.value) * Decimal(str(rule.percent)) / 100
            if wide > step:
                step = Decimal(1).scaleb(wide.adjusted()) * (wide.scaleb(-wide.adjusted()) // 1)
        notes = [told]
        if value.status != "A" or rule.use != "calibrate":
            notes.append(f"OBS_STATUS {value.status}: {rule.meaning or 'as the map says'}.")
        key = ".".join(series.where.values())
        cells = dict.fromkeys(OBSERVATION_COLUMNS, "") | {
            "indicator": series.indicator,
            "period": _period(value, stock),
            "value": _plain(value.value),
            "unit": self.registry.indicators[series.indicator].unit,
            "reported": rule.reported,
            "step": _plain(step),
            "document": self.map.document,
            "line": ";".join(map(str, value.lines)),
            "place": series.place or f"Series {key}",
            "use": rule.use,
            "note": " ".join(note for note in notes if note),
        }
        return Row(display_path(self.file), value.lines[0], cells)

    def _leave_out(self, what: str) -> None:
        told = f"observations {what}"
        self.left_out[told] = self.left_out.get(told, 0) + 1

    def _fault(self, line: int, what: str, remedy: str) -> None:
        self.faults.append(Refusal(Place(display_path(self.file), line), what, remedy))


def _other_span(text: str, frequency: str) -> tuple[int, int, int] | None:
    """Return the span of a time range, a fiscal year, or a date within a longer period."""
    if match := _FISCAL.match(text):
        return int(match[1]) * 12 + 3, 12, 3
    if match := _RANGE.match(text):
        months = 12 if match[3] == "1Y" else int(match[3][:-1])
        first = int(match[2]) - 1
        if first < 12 and months in (1, 3, 6, 12):
            return int(match[1]) * 12 + first, months, first if months == 12 else 0
    lengths = {name: months for name, months, _ in _TIMES}
    if (match := _DATE.match(text)) and frequency in lengths and 1 <= int(match[2]) <= 12:
        months = lengths[frequency]
        return int(match[1]) * 12 + (int(match[2]) - 1) // months * months, months, 0
    return None


def _combined(parts: Sequence[_Value], combine: str) -> _Value:
    """Return the sum or mean of periods that follow each other.

    Rounding errors of n parts are independent: the sum is known to √n of their last digit.
    """
    total = sum((part.value for part in parts), Decimal(0))
    digit = max(part.digit for part in parts) * Decimal(len(parts)).sqrt()
    if combine == "mean":
        total, digit = total / len(parts), digit / len(parts)
    rounded = digit.quantize(Decimal(1).scaleb(digit.adjusted() - 1))
    if combine == "mean":
        total = total.quantize(Decimal(1).scaleb(rounded.adjusted() - 2))
    status = min((part.status for part in parts), key=_severity)
    lines = tuple(line for part in parts for line in part.lines)
    months = sum(part.months for part in parts)
    return replace(parts[0], months=months, value=total, digit=rounded, status=status, lines=lines)


def _severity(status: str) -> int:
    return WORST.index(status) if status in WORST else -1


def _period(value: _Value, stock: bool) -> str:
    if value.months == 12 and value.first % 12 == 3 and not stock:
        return f"FY{value.year:04d}"
    if value.last % 12 == 11 and (stock or value.months == 12):
        return f"{value.last // 12:04d}"
    if stock:
        return _month(value.last)
    return f"{_month(value.first)}/{_month(value.last)}"


def _month(months: int) -> str:
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _power(scale: float) -> int:
    return Decimal(repr(scale)).adjusted()


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text if number else text.lstrip("-")
