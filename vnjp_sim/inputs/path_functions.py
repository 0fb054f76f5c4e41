"""Paths of levers made in Python: the four forms that scenario files have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import OPERATIONS
from vnjp_sim.inputs.python_content import document_of
from vnjp_sim.inputs.reasons import Grade, Reason
from vnjp_sim.inputs.schema import check

ByYear = Mapping[int, float | str]
Amount = float | str | ByYear | None
When = str | Mapping[str, Any]


@settled
def step(
    first: int,
    last: int | None = None,
    *,
    multiply: float | None = None,
    add: float | str | None = None,
    set: float | str | None = None,  # noqa: A002 - as scenario files call it
    at_least: float | str | None = None,
    at_most: float | str | None = None,
    when: When = "",
    why: str = "",
    reference: str = "",
    grade: Grade | None = None,
) -> LeverPath:
    """Return a path that acts in full from one year on, or to a last year.

    Parameters
    ----------
    first, last : int
        The years; without `last` it stays.
    multiply, add, set, at_least, at_most : float | str
        What is done to the lever; exactly one. All but `multiply` are in its unit, or money such
        as "2 USD bn", which each draw converts at its own rate of the year.
    when : str | Mapping[str, Any]
        What it waits for in each draw, such as "labour_stock below 700 thousand persons from 2027",
        or {"indicator": "labour_stock", "below": 700_000, "from": 2027}. The path begins the year
        after that holds; the years above are those of the earliest beginning.
    why : str
        Why the amount is what it is, in one sentence.
    reference : str
        Lines of a document, a published source, or "Judgement".
    grade : str | None
        `published` or `assumed`.

    Raises
    ------
    InputError
        The years are out of order, or not exactly one amount is given.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> weaker = vj.step(2027, multiply=1.1)
    >>> weak_yen = vj.scenario("base").with_lever("macro_jpy_per_usd", weaker)
    """
    return _path(
        "step",
        {"from": first, "to": last},
        (multiply, add, set, at_least, at_most),
        when,
        Reason(why, reference, grade or ""),
    )


@settled
def ramp(
    first: int,
    last: int,
    *,
    multiply: float | None = None,
    add: float | str | None = None,
    set: float | str | None = None,  # noqa: A002
    at_least: float | str | None = None,
    at_most: float | str | None = None,
    when: When = "",
    why: str = "",
    reference: str = "",
    grade: Grade | None = None,
) -> LeverPath:
    """Return a path that rises evenly from its first year, is full in its last, and stays.

    Parameters
    ----------
    first, last : int
        The years.
    multiply, add, set, at_least, at_most, when, why, reference, grade
        As for :func:`step`.

    Raises
    ------
    InputError
        As for :func:`step`.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> doubled = vj.ramp(2026, 2030, multiply=2.0)  # × 1.2 in 2026, × 2 from 2030 on
    >>> more_aid = vj.scenario("base").with_lever("oda_commitments", doubled)
    """
    return _path(
        "ramp",
        {"from": first, "to": last},
        (multiply, add, set, at_least, at_most),
        when,
        Reason(why, reference, grade or ""),
    )


@settled
def pulse(
    first: int,
    last: int,
    *,
    multiply: float | None = None,
    add: float | str | None = None,
    set: float | str | None = None,  # noqa: A002
    at_least: float | str | None = None,
    at_most: float | str | None = None,
    when: When = "",
    why: str = "",
    reference: str = "",
    grade: Grade | None = None,
) -> LeverPath:
    """Return a path that acts in full from its first to its last year alone.

    Parameters
    ----------
    first, last : int
        The years.
    multiply, add, set, at_least, at_most, when, why, reference, grade
        As for :func:`step`.

    Raises
    ------
    InputError
        As for :func:`step`.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> fewer = vj.pulse(2028, 2029, multiply=0.6)
    >>> bad_years = vj.scenario("base").with_lever("people_visitors", fewer)
    """
    return _path(
        "pulse",
        {"from": first, "to": last},
        (multiply, add, set, at_least, at_most),
        when,
        Reason(why, reference, grade or ""),
    )


@settled
def series(
    *,
    multiply: ByYear | None = None,
    add: ByYear | None = None,
    set: ByYear | None = None,  # noqa: A002
    at_least: ByYear | None = None,
    at_most: ByYear | None = None,
    when: When = "",
    why: str = "",
    reference: str = "",
    grade: Grade | None = None,
) -> LeverPath:
    """Return a path of numbers by year: straight lines in between, the last one stays.

    Parameters
    ----------
    multiply, add, set, at_least, at_most : Mapping[int, float | str]
        Numbers by year, such as {2026: 1.0, 2030: 2.5}; exactly one of the five.
    when, why, reference, grade
        As for :func:`step`.

    Raises
    ------
    InputError
        A key is no year, or not exactly one is given.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> more = vj.series(add={2026: 0, 2027: 20_000, 2030: 40_000})
    >>> intake = vj.scenario("base").with_lever("labour_trainee_intake", more)
    """
    reason = Reason(why, reference, grade or "")
    return _path("series", {}, (multiply, add, set, at_least, at_most), when, reason)


def _path(
    form: str,
    years: Mapping[str, int | None],
    amounts: Sequence[Amount],
    when: When,
    reason: Reason,
) -> LeverPath:
    by_name: dict[str, Amount] = dict(zip(OPERATIONS, amounts, strict=True))
    content = {"path": form, **years, **by_name, "when": when or None, **reason.content}
    return check(LeverPath, document_of(form, content))
