"""When a part of a scenario begins: `when: labour_stock below 700 thousand persons from 2027`.

A lever or event with `when` waits in each draw for an indicator. It begins in the first year whose
year before saw the indicator below, or above, the threshold; from then on it does what it says,
whatever the indicator does. Its own years are those that hold if it begins as early as it may; a
draw that begins so many years later has all of them so many years later, and one that never does
has none of it. So the scenario without `when` is the same policy, begun at once in every draw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from vnjp_sim.foundation.choices import write_id
from vnjp_sim.foundation.errors import BadValueError, did_you_mean
from vnjp_sim.inputs.money import in_unit, is_money
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import unknown_key
from vnjp_sim.inputs.stated_number import NUMBER, stated_number

Side = Literal["below", "above"]
SIDES: tuple[Side, ...] = ("below", "above")
KEYS = ("indicator", *SIDES, "unit", "from")
REMEDY = "write {indicator: labour_stock, below: 700 thousand persons, from: 2027}"

_FORM = re.compile(
    rf"(\S+) (below|above) ({NUMBER})( .+?)??"
    r"(?: from (20[0-9]{2}))?"
)


@dataclass(frozen=True)
class When:
    """What a lever or event waits for.

    Attributes
    ----------
    indicator : str
        Its id.
    side : str
        On which side of the threshold it has to be, below or above it.
    number : float
        The threshold.
    unit : str
        Of the number, such as "USD bn at 150 JPY per USD"; that of the indicator if empty.
    first : int | None
        The first year in which it may begin; that of the lever's path or of the event if None.
    """

    indicator: str
    side: Side
    number: float
    unit: str = ""
    first: int | None = None

    @property
    def text(self) -> str:
        """As a scenario states it, on one line."""
        parts = (self.indicator, self.side, exact(self.number), self.unit)
        since = "" if self.first is None else f"from {self.first}"
        return " ".join(filter(None, (*parts, since)))

    @property
    def words(self) -> str:
        """What has to hold, such as "labour_stock is below 700,000 persons"."""
        unit = "" if self.unit in ("count", "ratio") else self.unit
        told = " ".join(filter(None, (grouped(exact(self.number)), unit)))
        return f"{self.indicator} is {self.side} {told}"

    def since(self, year: int) -> str:
        """Return when what is written for a year begins, such as "the year after … is below …"."""
        first = year if self.first is None else self.first
        wait = "the year" if first == year else f"{year - first + 1} years"
        return f"{wait} after {self.words}"

    def settled(self, registry: Registry, rates: Mapping[int, float], year: int) -> When:
        """Return it in the unit of its indicator, and with its first year.

        Money of the other currency stays in billions of that, unless it has a rate.

        Parameters
        ----------
        rates : Mapping[int, float]
            The published yen for a dollar by year.
        year : int
            The first year of the lever's path, or that of the event.

        Raises
        ------
        BadValueError
            The indicator or the unit cannot be used.
        """
        own = _unit_of(self.indicator, registry)
        first = year if self.first is None else self.first
        stated = f"{exact(self.number)} {self.unit}"
        if self.unit and is_money(stated) and own != self.unit:
            held = in_unit(stated, own, rates)
            if isinstance(held, str):
                amount, _, unit = held.partition(" ")
                return replace(self, number=float(amount), unit=unit, first=first)
            return replace(self, number=held, unit=own, first=first)
        number = self.number * registry.multiplier(self.unit, own)
        return replace(self, number=number, unit=own, first=first)

    def threshold(self, registry: Registry) -> float | str:
        """Return the threshold of a settled one: a number in the indicator's unit, or money."""
        if self.unit == registry.indicators[self.indicator].unit:
            return self.number
        return f"{exact(self.number)} {self.unit}"


def _unit_of(indicator: str, registry: Registry) -> str:
    """Return the unit of an indicator that can be waited for; raises BadValueError."""
    known = registry.indicators.get(indicator)
    if known is None:
        projected = {n: i.label for n, i in registry.indicators.items() if not i.not_projected}
        what = f"waits for the unknown indicator '{indicator}'"
        raise BadValueError(what, write_id(indicator, projected))
    if known.not_projected:
        what = f"waits for '{indicator}', which is not projected: {known.not_projected}".rstrip(".")
        raise BadValueError(what, "wait for an indicator that `vnjp_sim list indicators` projects")
    return known.unit


@lru_cache(maxsize=1024)
def when_of(text: str) -> When:
    """Return what a text waits for; raises BadValueError if it cannot be read."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadValueError(f"cannot be the text '{text[:60]}'", REMEDY)
    indicator, side, number, unit, first = found.groups()
    known: Side = "below" if side == "below" else "above"
    plain = stated_number(number)
    return When(indicator, known, plain, (unit or "").strip(), int(first) if first else None)


def when_text(given: Any) -> Any:
    """Return what `when` says, a mapping or a text, as one text; raises BadValueError."""
    if isinstance(given, str):
        return when_of(given).text
    if not isinstance(given, Mapping):
        raise BadValueError("says nothing that can be waited for", REMEDY)
    for key in given:
        if key not in KEYS:
            raise BadValueError("has an " + unknown_key(str(key), KEYS)[0], did_you_mean(key, KEYS))
    sides = [side for side in SIDES if side in given]
    if len(sides) != 1 or not isinstance(given.get("indicator"), str):
        raise BadValueError("needs an indicator, and one of below and above", REMEDY)
    amount, since, unit = given[sides[0]], given.get("from"), given.get("unit")
    number = exact(amount) if _is_number(amount) else amount
    if not isinstance(number, str) or not isinstance(unit, str | None):
        raise BadValueError(f"'{sides[0]}' needs a number, with its unit or without", REMEDY)
    if since is not None and (isinstance(since, bool) or not isinstance(since, int)):
        raise BadValueError("'from' is no year", REMEDY)
    year = "" if since is None else f"from {since}"
    parts = (given["indicator"], sides[0], number, unit or "", year)
    return when_of(" ".join(filter(None, parts))).text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


THRESHOLD = {
    "type": ["number", "string"],
    "description": "In the unit of the indicator, or with a unit, such as 5 USD bn.",
}
WHEN_SCHEMA: dict[str, Any] = {
    "description": "What it waits for: it begins in the year after the indicator is below, or "
    "above, the number, in each draw.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["indicator"],
            "oneOf": [{"required": [side]} for side in SIDES],
            "properties": {
                "indicator": {"type": "string", "description": "Its id."},
                **dict.fromkeys(SIDES, THRESHOLD),
                "unit": {"type": "string", "description": "Of the number."},
                "from": {"type": "integer", "description": "The first year that it may begin in."},
            },
            "additionalProperties": False,
        },
    ],
}
"""What editors know of what a lever or event waits for."""
WhenText = Annotated[str, BeforeValidator(when_text), WithJsonSchema(WHEN_SCHEMA)]
"""What a lever or event waits for, as text."""
