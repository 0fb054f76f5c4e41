"""The shared words: dimension names, ways of reporting, uses, periods and fiscal years.

Time is counted in decimal years: 2023.0 is the start of 2023, 2023.75 the end of September 2023.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from vnjp_sim.foundation.errors import BadValueError

Grade = Literal["empirical", "published", "assumed"]
"""How well a prior is supported: estimated here from a public panel by a script; printed in a cited
work; or judged, with reasons."""

DOCUMENTS, WITH_OFFICIAL = BASES = ("documents", "documents+official")
"""What evidence is based on: the documents alone, or the official series of the partnership too."""

SCENARIO = "scenario"
YEAR = "year"
DRAW = "draw"
DIMENSIONS = (SCENARIO, YEAR, DRAW)

MEASURE, BASELINE = "measure", "baseline"
"""Attributes that say what the values of a dataset are, and of which baseline effects are."""
LEVEL, DIFFERENCE, RATIO = "level", "difference", "ratio"
"""Measures: of projections, of scenario less baseline, of scenario over baseline less one."""

SECTORS = (
    "macro",
    "trade",
    "investment",
    "oda",
    "security",
    "labour",
    "people",
    "diplomacy",
    "technology",
    "education",
    "localities",
    "energy",
    "index",
)


WORDINGS = ("about", "nearly", "over", "at_least", "at_most")
ANNOUNCED = "announced"
"""How an official announcement for a period is reported; its wording may follow after a blank."""
REPORTED = (
    "exact",
    "rounded",
    *WORDINGS,
    "growth",
    "share",
    ANNOUNCED,
    *(f"{ANNOUNCED} {wording}" for wording in WORDINGS),
    "forecast",
    "pledge",
)
USES = ("calibrate", "check", "superseded", "disputed", "implausible")

QUANTILES: dict[str, float] = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}

FISCAL_YEAR_START = 0.25
FIRST_YEAR, LAST_YEAR = 1900, 2200

PeriodKind = Literal["year", "month", "months", "years", "fiscal"]

_YEAR = re.compile(r"(\d{4})\Z", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)
_MONTHS = re.compile(r"(\d{4})-(\d{2})/(\d{4})-(\d{2})\Z", re.ASCII)
_YEARS = re.compile(r"(\d{4})/(\d{4})\Z", re.ASCII)
_FISCAL = re.compile(r"FY(\d{4})\Z", re.ASCII)
_SPAN = re.compile(r"(\d{1,5}):(\d{1,5})\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


@dataclass(frozen=True)
class Period:
    """A period of a figure.

    Attributes
    ----------
    text : str
        As written: `2022`, `2023-09`, `2023-01/2023-07`, `2009/2020` or `FY2019`.
    kind : PeriodKind
        Which of these it is.
    start, end : float
        Its bounds in decimal years.
    """

    text: str
    kind: PeriodKind
    start: float
    end: float

    @property
    def year(self) -> int:
        """The calendar year (for a fiscal year: the year in which it begins) of its start."""
        return int(self.start)

    @property
    def last_year(self) -> int:
        """The calendar year that holds its last day."""
        return int(self.end - 1e-9)

    @property
    def months(self) -> tuple[int, int]:
        """First and last month, counted from 1 in the year of its start."""
        first = round((self.start - self.year) * 12) + 1
        last = round((self.end - self.year) * 12)
        return first, last

    @property
    def within_one_year(self) -> bool:
        """Whether it is a part of one calendar year, and not the whole."""
        return self.kind in ("month", "months") and self.year == self.last_year


def parse_period(text: str) -> Period:
    """Read a period; raises BadValueError."""
    if match := _YEAR.match(text):
        year = _year(match[1])
        return Period(text, "year", year, year + 1.0)
    if match := _FISCAL.match(text):
        start = _year(match[1]) + FISCAL_YEAR_START
        return Period(text, "fiscal", start, start + 1.0)
    if match := _MONTH.match(text):
        start = _month_start(match[1], match[2])
        return Period(text, "month", start, start + 1 / 12)
    if match := _MONTHS.match(text):
        start, end = _month_start(match[1], match[2]), _month_start(match[3], match[4]) + 1 / 12
        if end <= start:
            raise BadValueError(f"'{text}' ends before it begins", "write the earlier month first")
        return Period(text, "months", start, end)
    if match := _YEARS.match(text):
        first, last = _year(match[1]), _year(match[2])
        if last <= first:
            raise BadValueError(f"'{text}' ends before it begins", "write the earlier year first")
        return Period(text, "years", first, last + 1.0)
    raise BadValueError(
        f"'{text[:40]}' is not a period",
        "write one of the forms 2022, 2023-09, 2023-01/2023-07, 2009/2020, FY2019",
    )


def parse_span(text: str) -> tuple[int, int]:
    """Read a span of years such as 2025:2050; raises BadValueError."""
    match = _SPAN.match(text)
    if not match:
        raise BadValueError(f"'{text[:40]}' is not a span", "write it as 2025:2050")
    return int(match[1]), int(match[2])


def parse_day(text: str) -> date:
    """Read a day such as 2024-01-31, and in no other form; raises BadValueError."""
    if not _DAY.match(text):
        raise BadValueError(f"'{text[:40]}' is not a date", "write it as 2024-01-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValueError(f"'{text}' is not in the calendar", "write it as 2024-01-31") from None


def _year(text: str) -> float:
    year = int(text)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadValueError(f"{year} is out of range", f"give a year in {FIRST_YEAR}–{LAST_YEAR}")
    return float(year)


def _month_start(year: str, month: str) -> float:
    if not 1 <= int(month) <= 12:
        raise BadValueError(f"'{month}' is not a month", "write 01 to 12")
    return _year(year) + (int(month) - 1) / 12


def fiscal_year(day: date) -> int:
    """Return the Japanese fiscal year of a day: that of the calendar year in which it began."""
    return day.year if day.month >= 4 else day.year - 1
