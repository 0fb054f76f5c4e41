"""Paths of levers made in Python: the four forms that scenario files have."""

from __future__ import annotations

from collections.abc import Mapping

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.python_content import document_of
from vnjp_sim.inputs.schema import check

ByYear = Mapping[int, float]
Amount = float | ByYear | None


@settled
def step(
    first: int,
    last: int | None = None,
    *,
    multiply: float | None = None,
    add: float | None = None,
    set: float | None = None,  # noqa: A002 - as scenario files call it
) -> LeverPath:
    """Return a path that acts in full from one year on, or to a last year.

    Parameters
    ----------
    first, last : int
        The years; without `last` it stays.
    multiply, add, set : float
        What is done to the lever; exactly one. `add` and `set` are in its unit.

    Raises
    ------
    InputError
        The years are out of order, or not exactly one amount is given.
    """
    return _path("step", {"from": first, "to": last}, multiply, add, set)


@settled
def ramp(
    first: int,
    last: int,
    *,
    multiply: float | None = None,
    add: float | None = None,
    set: float | None = None,  # noqa: A002
) -> LeverPath:
    """Return a path that rises evenly from its first year, is full in its last, and stays.

    Parameters
    ----------
    first, last : int
        The years.
    multiply, add, set : float
        As for :func:`step`.

    Raises
    ------
    InputError
        As for :func:`step`.
    """
    return _path("ramp", {"from": first, "to": last}, multiply, add, set)


@settled
def pulse(
    first: int,
    last: int,
    *,
    multiply: float | None = None,
    add: float | None = None,
    set: float | None = None,  # noqa: A002
) -> LeverPath:
    """Return a path that acts in full from its first to its last year alone.

    Parameters
    ----------
    first, last : int
        The years.
    multiply, add, set : float
        As for :func:`step`.

    Raises
    ------
    InputError
        As for :func:`step`.
    """
    return _path("pulse", {"from": first, "to": last}, multiply, add, set)


def series(
    *,
    multiply: ByYear | None = None,
    add: ByYear | None = None,
    set: ByYear | None = None,  # noqa: A002
) -> LeverPath:
    """Return a path of numbers by year: straight lines in between, the last one stays.

    Parameters
    ----------
    multiply, add, set : Mapping[int, float]
        Numbers by year, such as {2026: 1.0, 2030: 2.5}; exactly one of the three.

    Raises
    ------
    InputError
        A key is no year, or not exactly one is given.
    """
    return _path("series", {}, multiply, add, set)


def _path(
    form: str, years: Mapping[str, int | None], multiply: Amount, add: Amount, to: Amount
) -> LeverPath:
    content = {"path": form, **years, "multiply": multiply, "add": add, "set": to}
    return check(LeverPath, document_of(form, content))
