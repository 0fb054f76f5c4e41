"""What is recorded of the rows of a batch, year after year: all draws, or what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.simulation.chances import Uniforms
from vnjp_sim.simulation.variants import Layout, Mixture, Row, Variant

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
        self.chosen: dict[Hashable, NDArray[np.intp]] = {}
        for name, rows in layout.recorded_rows.items():
            mixtures = [row for row in rows if isinstance(row, Mixture)]
            if mixtures:
                self.mixed[name] = rows
                outcomes = {row.key: _outcome(row, numbers_of(row.variant)) for row in mixtures}
                self.chosen.update(outcomes)
            self.places[name] = [self.place[id(row)] for row in rows if isinstance(row, Row)]

    def write(self, year: int, closed: Closed) -> None:
        """Take the values of a closed year."""
        if year < self.start_year:
            return
        mixed = self.mixed
        rows = {
            name: [closed[place][name] for place in places]
            if name not in mixed
            else [self._value(row, name, closed) for row in mixed[name]]
            for name, places in self.places.items()
        }
        self.record(year - self.start_year, rows)

    def _value(self, row: Row | Mixture, name: str, closed: Closed) -> FloatArray:
        """Return an indicator, (draw,): of a mixture, that of the row which each draw takes."""
        if isinstance(row, Row):
            return closed[self.place[id(row)]][name]
        chosen = self.chosen[row.key]
        result = np.empty(chosen.size)
        for number, one in enumerate(row.rows):
            here = chosen == number
            result[here] = closed[self.place[id(one)]][name][here]
        return result


def _outcome(mixture: Mixture, numbers: Uniforms) -> NDArray[np.intp]:
    """Return the number of the row that each draw takes of a mixture, (draw,)."""
    bits = [chance.comes_true(numbers).astype(np.intp) for chance in mixture.chances]
    return np.asarray(sum(true << place for place, true in enumerate(bits)))
