"""SDMX-CSV in: observations of a statistical office as rows of `models/observations`.

A *series map* says which series is which indicator. Values are shifted by powers of ten in
decimal, never in binary, so that they keep the digits that were published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from vnjp_sim.arguments import settled
from vnjp_sim.checked import Checked, Id, Name, Phrase, Text, check
from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.evidence import OBSERVATION_COLUMNS, Row, numbered_rows
from vnjp_sim.exchange.documents import NewDocument
from vnjp_sim.registry import Registry
from vnjp_sim.shipped import display_path
from vnjp_sim.strict_yaml import read_text, read_yaml

MAX_BYTES = 64 << 20
Combine = Literal["sum", "last", "mean", "none"]

VALUE, TIME, STATUS, FREQUENCY = "OBS_VALUE", "TIME_PERIOD", "OBS_STATUS", "FREQ"
MULTIPLIER, MEASURE, DECIMALS, ACTION = "UNIT_MULT", "UNIT_MEASURE", "DECIMALS", "ACTION"
NEEDED = (TIME, VALUE)
BY_KIND: Mapping[str, Combine] = {"flow": "sum", "count": "sum", "stock": "last"}
"""How months become years unless the map says; other kinds are taken as they are."""

_TIMES = (
    ("A", 12, re.compile(r"([0-9]{4})(?:-A1)?()\Z", re.ASCII)),
    ("S", 6, re.compile(r"([0-9]{4})-?[SH]([12])\Z", re.ASCII)),
    ("Q", 3, re.compile(r"([0-9]{4})-?Q([1-4])\Z", re.ASCII)),
    ("M", 1, re.compile(r"([0-9]{4})-?M?(0[1-9]|1[0-2])\Z", re.ASCII)),
)
"""Frequency, months of a period, and how the period is written."""

UNITS = {
    "USD": ("currency_usd", 0),
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
    """One observation: months counted from year 0, value and last digit in the target's unit."""

    first: int
    months: int
    value: Decimal
    digit: Decimal
    status: str
    lines: tuple[int, ...]

    @property
    def year(self) -> int:
        return self.first // 12

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
    faults: list[Fault] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def read(self) -> SdmxRows:
        self._check_map()
        if self.faults:
            raise InputError(self.faults)
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
        if self.faults:
            raise InputError(self.faults)
        told_out = tuple(f"{count} {what}" for what, count in self.left_out.items())
        return SdmxRows(tuple(rows), told_out)

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
        name = display_path(self.file)
        text = read_text(self.file, MAX_BYTES)
        head = text.partition("\n")[0]
        delimiter = ";" if head.count(";") > head.count(",") else ","
        lines = numbered_rows(text, name, self.faults, delimiter)
        _, header = next(lines, (1, []))
        # "REF_AREA: Reference area" is a column with its label, as are its cells
        columns = [cell.partition(":")[0].strip().upper() for cell in header]
        missing = [column for column in NEEDED if column not in columns]
        missing += sorted(
            {key for series in self.map.series for key in series.where} - set(columns)
        )
        if missing:
            what = f"has no column {', '.join(missing)}"
            self._fault(1, what, "save it as SDMX-CSV, and name columns in the map as it does")
            return
        labelled = {c for c, cell in zip(columns, header, strict=True) if ": " in cell}
        for line, cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                what = f"has {len(cells)} cells where the header has {len(columns)}"
                self._fault(line, what, "quote cells that hold the separator")
                continue
            codes = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
            for column in labelled:
                codes[column] = codes[column].partition(": ")[0]
            if codes.get(ACTION, "I") == "D":
                self._leave_out("of the action 'delete'")
            else:
                yield line, codes

    def _series_of(self, line: int, codes: Mapping[str, str]) -> int | None:
        fits = [
            index
            for index, series in enumerate(self.map.series)
            if all(codes[key] == code for key, code in series.where.items())
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
        status = codes.get(STATUS, "") or "A"
        text = codes[VALUE]
        if status in WITHOUT_VALUE or text in ("", "NaN"):
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

    def _span(self, line: int, codes: Mapping[str, str]) -> tuple[int, int] | None:
        """Return first month and number of months."""
        text, frequency = codes[TIME], codes.get(FREQUENCY, "")
        for name, months, pattern in _TIMES:
            if match := pattern.match(text):
                if frequency and frequency != name:
                    what = f"{FREQUENCY} is '{frequency[:10]}', but {TIME} '{text}'"
                    self._fault(line, what, "mend one of them")
                    return None
                return int(match[1]) * 12 + (int(match[2] or 1) - 1) * months, months
        self._fault(line, f"{TIME} '{text[:40]}' is not read", "write 2023, 2023-Q1 or 2023-01")
        return None

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
        self.faults.append(Fault(display_path(self.file), line, 0, what, remedy))


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
    return _Value(parts[0].first, months, total, rounded, status, lines)


def _severity(status: str) -> int:
    return WORST.index(status) if status in WORST else -1


def _period(value: _Value, stock: bool) -> str:
    if value.months == 12 or (stock and value.last % 12 == 11):
        return f"{value.year:04d}"
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
