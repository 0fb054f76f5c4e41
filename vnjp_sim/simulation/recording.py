"""What is recorded of the rows of a batch, year after year: all draws, or what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.simulation.chances import Uniforms
from vnjp_sim.simulation.layout import Layout
from vnjp_sim.simulation.triggers import NEVER
from vnjp_sim.simulation.variants import Choice, Mixture, Row, Variant

FloatArray = NDArray[np.float64]
Closed = Sequence[Mapping[str, FloatArray]]
"""What each row of the layout gave in a year, by indicator, (draw,)."""
Record = Callable[[int, Mapping[str, Sequence[FloatArray]]], None]
"""Takes the rows of all recorded indicators, (draw,) each, in a year, in the order of the layout.

The year counts from the first recorded one. The arrays are for reading alone, and only then."""
Allocate = Callable[[str, int], FloatArray]
"""Gives the array, (year, draw), in which a row of an indicator is recorded."""


def into_arrays(layout: Layout, allocate: Allocate) -> Record:
    """Return what writes all rows into arrays."""
    arrays = [
        allocate(name, number)
        for name, rows in layout.recorded_rows.items()
        for number in range(len(rows))
    ]

    def record(place: int, rows: Mapping[str, Sequence[FloatArray]]) -> None:
        for array, value in zip(arrays, chain.from_iterable(rows.values()), strict=True):
            array[place] = value

    return record


class Recorder:
    """Finds the rows of the recorded indicators in what the sectors gave.

    Parameters
    ----------
    layout : Layout
        The rows of the batch.
    start_year : int
        The first recorded year.
    record : Record
        Takes the rows of each year.
    numbers_of : Callable[[Variant], Uniforms]
        Gives the random numbers of a variant, which decide what happens by chance.
    """

    def __init__(
        self,
        layout: Layout,
        start_year: int,
        record: Record,
        numbers_of: Callable[[Variant], Uniforms],
    ) -> None:
        self.start_year = start_year
        self.record = record
        self.place = {id(row): index for index, row in enumerate(layout.rows)}
        self.places: dict[str, list[int]] = {}  # of rows without chances
        self.mixed: dict[str, Sequence[Row | Mixture]] = {}
        self.taken: dict[Hashable, _Taken] = {}
        self.outcomes: dict[int, tuple[int, ...]] = {}
        for name, rows in layout.recorded_rows.items():
            self.places[name] = [self.place[id(row)] for row in rows if isinstance(row, Row)]
            mixtures = [row for row in rows if isinstance(row, Mixture)]
            if mixtures:
                self.mixed[name] = rows
            for row in mixtures:
                self.outcomes[id(row)] = tuple(self.place[id(one)] for one in row.rows)
                if row.choice.key not in self.taken:
                    numbers = numbers_of(row.choice.variant)
                    self.taken[row.choice.key] = _Taken(row.choice, numbers, self.place)

    def write(self, year: int, closed: Closed) -> None:
        """Take the values of a closed year."""
        if year >= self.start_year:
            mixed = self.mixed
            rows = {
                name: [closed[place][name] for place in places]
                if name not in mixed
                else [self._value(row, name, closed) for row in mixed[name]]
                for name, places in self.places.items()
            }
            self.record(year - self.start_year, rows)
        for taken in self.taken.values():
            taken.judge(year, closed)

    def _value(self, row: Row | Mixture, name: str, closed: Closed) -> FloatArray:
        """Return an indicator, (draw,): of a mixture, that of the row which each draw takes."""
        if isinstance(row, Row):
            return closed[self.place[id(row)]][name]
        return self.taken[row.choice.key].value(self.outcomes[id(row)], name, closed)


class _Taken:
    """Which outcome of a variant each draw takes, year after year.

    Parameters
    ----------
    choice : Choice
        What decides.
    numbers : Uniforms
        Those of the variant.
    place : Mapping[int, int]
        The place of each row among the closed ones, by its identity.
    """

    def __init__(self, choice: Choice, numbers: Uniforms, place: Mapping[int, int]) -> None:
        self.number: NDArray[np.intp] = np.zeros(numbers.size, np.intp)
        for bit, chance in enumerate(choice.chances):
            self.number += chance.comes_true(numbers).astype(np.intp) << bit
        self.watches = []
        self.parts: dict[tuple[int, ...], list[tuple[int, NDArray[np.bool_]]]] = {}
        step = 1 << len(choice.chances)
        for watch in choice.watches:
            rows, rates = (tuple(place[id(row)] for row in of) for of in (watch.rows, watch.rates))
            self.watches.append((watch.trigger, step, rows, rates))
            step *= watch.trigger.ways

    def value(self, places: tuple[int, ...], name: str, closed: Closed) -> FloatArray:
        """Return an indicator, (draw,), from the places of its rows in each outcome."""
        if places not in self.parts:
            taken = np.asarray(places)[self.number]
            self.parts[places] = [(int(one), taken == one) for one in np.unique(taken)]
        parts = self.parts[places]
        if len(parts) == 1:
            return closed[parts[0][0]][name]
        result = np.empty(self.number.size)
        for place, here in parts:
            result[here] = closed[place][name][here]
        return result

    def judge(self, year: int, closed: Closed) -> None:
        """Let triggers fire for the year after a closed one, by the values of that."""
        fired = np.zeros_like(self.number)
        for trigger, step, rows, rates in self.watches:
            if trigger.first <= year + 1 <= trigger.last:
                rate = self.value(rates, RATE, closed) if rates else None
                holds = trigger.holds(self.value(rows, trigger.indicator, closed), rate)
                waiting = self.number // step % trigger.ways == NEVER
                fired[holds & waiting] += step * trigger.way(year + 1)
        if fired.any():
            self.number += fired
            self.parts.clear()
