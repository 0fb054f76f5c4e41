"""Amounts of money as people write them: `2 USD bn`, `500 JPY mn`, `2 USD bn at the rate of 2024`.

An amount in the currency of what it states is a number. One in the other currency is a number only
where it gives a rate; else it is converted in each draw at the yen's rate of the year, so that a
weak yen makes a dollar amount dear in yen, in the draws in which the yen is weak.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import BadValueError
from vnjp_sim.inputs.number_text import exact, grouped, short

FloatArray = NDArray[np.float64]

GUIDE_RATE = 150.0
"""Yen for a dollar at which an amount is told to readers, and held against a range."""

RATES = (10.0, 10_000.0)
"""Yen for a dollar that an amount may state; beyond these it is a slip."""
SCALES = {"mn": 1e-3, "bn": 1.0, "tn": 1e3}
"""In billions."""
FORM = (
    r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?) (USD|JPY) (mn|bn|tn)"
    r"(?: at the rate of (20[0-9]{2})| at ([1-9][0-9]*(?:\.[0-9]+)?) JPY per USD)?"
)
"""The form of an amount: number, currency, scale, and perhaps the rate."""
REMEDY = "write it as 2 USD bn: number, currency (USD or JPY), mn, bn or tn"

_FORM = re.compile(FORM)
_UNIT = re.compile(r"(USD|JPY) (mn|bn|tn)")


@dataclass(frozen=True)
class Money:
    """An amount in billions of a currency, USD or JPY.

    `year` names the published rate that it is converted at, `rate` states one in yen for a dollar;
    without both it is the rate of the draw and the year.
    """

    number: float
    currency: str
    year: int | None = None
    rate: float | None = None

    def in_other(self, rate: FloatArray | float) -> FloatArray | float:
        """Return it in billions of the other currency, at its own rate or else the given one."""
        used = rate if self.rate is None else self.rate
        return self.number * used if self.currency == "USD" else self.number / used


@lru_cache(maxsize=1024)
def money(text: str) -> Money:
    """Return the amount that a text states; raises BadValueError if it is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadValueError(f"needs a number or an amount of money, not '{text[:40]}'", REMEDY)
    number, currency, scale, year, rate = found.groups()
    billions = float(number) * SCALES[scale] if scale != "bn" else float(number)
    if not math.isfinite(billions):
        raise BadValueError(f"is too large an amount: '{text[:40]}'", "give a smaller one")
    stated = float(rate) if rate else None
    if stated is not None and not RATES[0] <= stated <= RATES[1]:
        span = f"give from {short(RATES[0])} to {short(RATES[1])}"
        raise BadValueError(f"{exact(stated)} JPY per USD is no rate of the yen", span)
    return Money(billions, currency, int(year) if year else None, stated)


def is_money(value: object) -> bool:
    """Whether a value of an event or a lever is an amount of money in words."""
    return isinstance(value, str) and _FORM.fullmatch(value) is not None


def needs_rate(value: object) -> bool:
    """Whether a value is money of the other currency that each draw converts at its own rate."""
    return isinstance(value, str) and is_money(value) and money(value).rate is None


def in_unit(text: str, unit: str, rates: Mapping[int, float]) -> float | str:
    """Return an amount as it is kept: a number of `unit`, or a text in the other currency.

    Parameters
    ----------
    text : str
        As a scenario writes it.
    unit : str
        Of what it states, such as "JPY bn".
    rates : Mapping[int, float]
        The published yen for a dollar by year.

    Raises
    ------
    BadValueError
        It is no amount, the unit is none of money, or no rate of its year is published.
    """
    amount, known = money(text), _UNIT.fullmatch(unit)
    if known is None:
        raise BadValueError(f"is money, but the unit is {unit}", f"give a number of {unit}")
    if known[1] == amount.currency:
        if amount.year is not None or amount.rate is not None:
            what = f"gives a rate, though {unit} needs none"
            raise BadValueError(what, "leave out what stands behind 'at'")
        return amount.number if known[2] == "bn" else amount.number / SCALES[known[2]]
    if known[2] != "bn":
        raise BadValueError(f"cannot be converted into {unit}", f"give a number of {unit}")
    rate = amount.rate
    if amount.year is not None:
        if amount.year not in rates:
            spans = f"{min(rates)} to {max(rates)}" if rates else "no year"
            what = f"no rate of {amount.year} is published: there are rates of {spans}"
            raise BadValueError(
                what, "give 'at 150 JPY per USD', or no rate for that of the year and draw"
            )
        rate = rates[amount.year]
    plain = f"{exact(amount.number)} {amount.currency} bn"
    return plain if rate is None else f"{plain} at {exact(rate)} JPY per USD"


def converted(value: float | str | Money, rate: FloatArray | float | None) -> FloatArray | float:
    """Return what :func:`in_unit` kept, in the unit of what it states, (draw,) or one number.

    `rate` is the yen's rate, (draw,); it is asked for where :func:`needs_rate` says so.
    """
    if isinstance(value, float | int):
        return value
    amount = money(value) if isinstance(value, str) else value
    if rate is None and amount.rate is None:
        raise ValueError(f"'{value}' needs the yen's rate")
    return amount.in_other(1.0 if rate is None else rate)


def at_guide(value: float | str) -> float:
    """Return what :func:`in_unit` kept as one number, at its own rate or the guide's."""
    return float(converted(value, GUIDE_RATE))


def money_text(value: str) -> str:
    """Return what :func:`in_unit` kept in both currencies, such as `2 USD bn, about JPY 300 bn`."""
    amount, other = money(value), {"USD": "JPY", "JPY": "USD"}
    said = f"{grouped(exact(amount.number))} {amount.currency} bn"
    number = short(at_guide(value))
    if amount.rate is None:
        rate = f"about {number} {other[amount.currency]} bn, at each year's rate"
    else:
        rate = f"{number} {other[amount.currency]} bn at {exact(amount.rate)} JPY per USD"
    return f"{said} [{rate}]"
