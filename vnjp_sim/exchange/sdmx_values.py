"""Values of an SDMX file: each observation's period, number, last digit and status.

Values are shifted by powers of ten in decimal, never in binary, so that they keep the digits that
were published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from vnjp_sim.exchange.series_map import (
    STATUSES,
    UNITS,
    WITHOUT_VALUE,
    WORST,
    Series,
    SeriesMap,
    severity,
)
from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.registry import Registry

VALUE, TIME, STATUS, FREQUENCY = "OBS_VALUE", "TIME_PERIOD", "OBS_STATUS", "FREQ"
MULTIPLIER, MEASURE, DECIMALS, ACTION = "UNIT_MULT", "UNIT_MEASURE", "DECIMALS", "ACTION"
YEAR_START, FLAG, UNIT = "REPORTING_YEAR_START_DAY", "OBS_FLAG", "UNIT"
NEEDED = (TIME, VALUE)
INSTEAD = {STATUS: FLAG, MEASURE: UNIT}
"""Columns that stand for others where these are missing: Eurostat's flags and units."""

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


@dataclass(frozen=True)
class Value:
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
        """The year that it belongs to, by the month with which years begin."""
        return (self.first - self.begins) // 12

    @property
    def last(self) -> int:
        """Its last month."""
        return self.first + self.months - 1


@dataclass
class Log:
    """What reading a file has to say: its faults, and what is left out of it, in words."""

    file: Path
    faults: Refusals = field(default_factory=Refusals)
    observations: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def fault(self, line: int, message: str, remedy: str) -> None:
        """Note a fault of the file, or of the map if the line is 0."""
        self.faults.append(Refusal(Place(display_path(self.file), line), message, remedy))

    def leave_out(self, kind: str) -> None:
        """Count an observation that is not read."""
        self.observations[kind] = self.observations.get(kind, 0) + 1

    def refuse(self) -> None:
        """Raise InputError if there are faults."""
        self.faults.raise_if_any()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was not read, in words."""
        counts = (f"{count} observations {kind}" for kind, count in self.observations.items())
        return (*counts, *self.notes)


@dataclass(frozen=True)
class ValueReader:
    """What turns the codes of an observation into a value; faults go to the log."""

    map: SeriesMap
    registry: Registry
    log: Log

    def read(self, line: int, codes: Mapping[str, str], series: Series) -> Value | None:
        """Return the value of an observation; None, with a note or a fault, if it has none."""
        status = self._status(codes.get(STATUS, ""))
        text = codes[VALUE]
        if status in WITHOUT_VALUE or text in ("", "NaN", ":"):
            self.log.leave_out("without a value")
            return None
        if status not in STATUSES and status not in self.map.statuses:
            remedy = "say what it means under 'statuses' of the map"
            self.log.fault(line, f"unknown {STATUS} '{status[:20]}'", remedy)
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
        return Value(*span, value, digit.scaleb(exponent), status, (line,))

    def _status(self, text: str) -> str:
        """Return the status, of several letters (Eurostat's "bp") the one that weighs most."""
        if not text or text in self.map.statuses:
            return text or "A"
        letters = text.upper() if text.islower() else text
        if len(letters) > 1 and set(letters) <= set(WORST):
            return min(letters, key=severity)
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
                    message = f"{FREQUENCY} is '{frequency[:10]}', but {TIME} '{text}'"
                    self.log.fault(line, message, "correct one of them")
                    return None
                first = int(match[1]) * 12 + (int(match[2] or 1) - 1) * months
                return first + begins, months, begins
        if span := _other_span(text, frequency):
            return span
        remedy = "write 2023, 2023-Q1 or 2023-01; a Japanese fiscal year as FY2023"
        self.log.fault(line, f"{TIME} '{text[:40]}' is not read", remedy)
        return None

    def _year_start(self, line: int, codes: Mapping[str, str]) -> int | None:
        """Return the month with which the reporting year begins, counted from January as 0."""
        text = codes.get(YEAR_START, "") or "--01-01"
        match = re.fullmatch(r"--(0[1-9]|1[0-2])-01", text, re.ASCII)
        if match is None:
            message = f"{YEAR_START} '{text[:20]}' is not the first day of a month"
            self.log.fault(line, message, "write --04-01 for a year that begins in April")
            return None
        return int(match[1]) - 1

    def _number(self, line: int, text: str) -> Decimal | None:
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and len(text) <= 40 and abs(number.adjusted()) <= 30:
            return number
        self.log.fault(line, f"{VALUE} '{text[:40]}' is not a number", "write it like 24250.5")
        return None

    def _digit(self, line: int, codes: Mapping[str, str], number: Decimal) -> Decimal | None:
        """Return the unit of the last digit, as DECIMALS says or as written."""
        text = codes.get(DECIMALS, "")
        if not text:
            exponent = number.as_tuple().exponent
            return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
        if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII):
            return Decimal(1).scaleb(-int(text))
        self.log.fault(
            line, f"{DECIMALS} '{text[:20]}' is not a number of decimals", "write 0 to 99"
        )
        return None

    def _exponent(self, line: int, codes: Mapping[str, str], series: Series) -> int | None:
        """Return the power of ten from the file's number to the indicator's unit."""
        text = codes.get(MULTIPLIER, "") or "0"
        if not re.fullmatch(r"-?[0-9]{1,2}", text, re.ASCII):
            self.log.fault(
                line, f"{MULTIPLIER} '{text[:20]}' is not a power of ten", "write 0, 3, 6, …"
            )
            return None
        target = self.registry.units[self.registry.indicators[series.indicator].unit]
        code = codes.get(MEASURE, "")
        if series.unit or code in self.map.units:
            unit = self.registry.units[series.unit or self.map.units[code]]
            dimension, power = unit.dimension, _power(unit.scale)
        elif code in UNITS:
            dimension, power = UNITS[code]
        else:
            message = f"unknown {MEASURE} '{code[:20]}'" if code else f"has no {MEASURE}"
            remedy = "give the code a unit under 'units' of the map, or the series a 'unit'"
            self.log.fault(line, message, remedy)
            return None
        if dimension != target.dimension:
            message = f"{MEASURE} '{code or series.unit}' does not measure {series.indicator}"
            self.log.fault(line, message, f"choose a series in {target.label}")
            return None
        return int(text) + power - _power(target.scale)


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


def _power(scale: float) -> int:
    return Decimal(repr(scale)).adjusted()
