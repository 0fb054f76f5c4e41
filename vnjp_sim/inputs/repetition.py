"""Events that come again: `every: 2 years until 2034`, `every: 6 months`."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from vnjp_sim.foundation.errors import BadValueError

FORM = r"(?:([1-9][0-9]?) )?(year|month)s?(?: until (20[0-9]{2}))?"
REMEDY = "write it as 2 years until 2034, or 6 months; without 'until' to the horizon's end"
_FORM = re.compile(FORM)


@dataclass(frozen=True)
class Repetition:
    """How often an event comes, and its last year, None for that of the horizon."""

    months: int
    until: int | None

    def text(self, last: int) -> str:
        """Return it as it is written, with its last year, that of the horizon if it has none."""
        count, unit = (self.months, "month") if self.months % 12 else (self.months // 12, "year")
        number = f"{unit}" if count == 1 else f"{count} {unit}s"
        return f"{number} until {last if self.until is None else self.until}"

    def days(self, first: date, last: int) -> Iterator[date]:
        """Yield the days from the first one to the end of a year, or of its own last one.

        A day that a month does not have is its last one.
        """
        end = last if self.until is None else min(last, self.until)
        months = first.year * 12 + first.month - 1
        while months // 12 <= end:
            year, month = divmod(months, 12)
            yield date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
            months += self.months


@lru_cache(maxsize=256)
def repetition(text: str) -> Repetition:
    """Return what `every` says; raises BadValueError if it cannot be read."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadValueError(f"'every' cannot be '{text[:40]}'", REMEDY)
    number, unit, until = found.groups()
    months = int(number or 1) * (12 if unit == "year" else 1)
    return Repetition(months, int(until) if until else None)
