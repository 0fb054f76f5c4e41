"""Patrol vessels in the documents: what was promised, what has come, what is on order.

Counts of vessels in service, deliveries and promises are figures of different years. Vessels that
have come are those of the largest count, and what was delivered beside; they fill the promises from
the oldest on, and what is left of these is on order. The first promise is the series of used
vessels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

VESSELS = "security_vessels"
PROMISED, DELIVERED = f"{VESSELS}_promised", f"{VESSELS}_delivered"
SUFFIXES = ("", *(f"_{number}" for number in range(2, 100)))
"""What tells the names of several arrivals, or orders, apart."""
USED_SERIES_RECEIVED = 2015.5
USED_SERIES_COUNTED = 2016.0
"""When the used series had come: to here the figures reach if no later one says more."""


class Span(NamedTuple):
    """A number of vessels, and the period that it belongs to in decimal years."""

    start: float
    end: float
    number: int

    @property
    def middle(self) -> float:
        """The middle of the period."""
        return 0.5 * (self.start + self.end)


class Promise(NamedTuple):
    """Vessels promised at a time; the same of an order, for those that have not come."""

    time: float
    number: int


class Plan(NamedTuple):
    """Vessels whose delivery is planned for a year, by a document of a time."""

    year: int
    number: int
    made: float


class Order(NamedTuple):
    """Vessels on order: promised at a time, planned for a year or for none."""

    number: int
    promised: float
    planned: int | None


class Fleet(NamedTuple):
    """What the figures say of the vessels.

    Attributes
    ----------
    used : int
        Vessels of the used series in service.
    later : tuple[Promise, ...]
        Newer vessels in service, by the time at which they came.
    orders : tuple[Order, ...]
        Vessels that have not come.
    counted : float
        The time to which the figures reach, in decimal years.
    """

    used: int
    later: tuple[Promise, ...]
    orders: tuple[Order, ...]
    counted: float


def fleet(
    promises: Sequence[Promise],
    counts: Sequence[Span],
    deliveries: Sequence[Span],
    plans: Sequence[Plan] = (),
) -> Fleet:
    """Return the fleet of figures, at least one of them a count.

    Of the vessels that have come and are counted no more the oldest have left. What a count has
    beyond all promises has come too.
    """
    came, service = _received(counts, deliveries)
    total = sum(number for _, number in came)
    first = min(promises).number if promises else total
    used, left = min(first, total), total - service
    later = _without(came, used + max(left - used, 0))
    ends = [span.end for span in (*counts, *deliveries)]
    return Fleet(max(used - left, 0), later, tuple(_on_order(promises, total, plans)), max(ends))


def _received(counts: Iterable[Span], deliveries: Iterable[Span]) -> tuple[list[Promise], int]:
    """Return what came, by time, and the vessels in service at the end of the figures."""
    came: list[Promise] = []
    total = service = 0
    spans = [(span.end, 0, span) for span in deliveries] + [(span.end, 1, span) for span in counts]
    for _, is_count, span in sorted(spans):
        new = max(span.number - total, 0) if is_count else span.number
        service = span.number if is_count else service + new
        total += new
        if new:
            came.append(Promise(span.middle, new))
    return sorted(came), service


def _without(came: Sequence[Promise], number: int) -> tuple[Promise, ...]:
    """Return what came without the first vessels, so many."""
    rest = []
    for time, count in came:
        taken = min(number, count)
        number -= taken
        if count > taken:
            rest.append(Promise(time, count - taken))
    return tuple(rest)


def _on_order(promises: Sequence[Promise], came: int, plans: Sequence[Plan]) -> Iterable[Order]:
    """Yield what is left of the promises, planned parts first.

    A plan is about the newest promises that its document can know of; newer plans replace older
    ones that they leave nothing.
    """
    left = dict(_without(sorted(promises), came))
    planned: list[Order] = []
    for plan in sorted(plans, key=lambda plan: (-plan.made, plan.year)):
        number = plan.number
        for time in sorted((t for t in left if t <= plan.made), reverse=True):
            taken = min(number, left[time])
            left[time] -= taken
            number -= taken
            if taken:
                planned.append(Order(taken, time, plan.year))
    yield from sorted(planned, key=lambda order: (order.planned, order.promised))
    yield from (Order(number, time, None) for time, number in sorted(left.items()) if number)
