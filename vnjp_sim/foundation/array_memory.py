"""Memory for the many arrays of a block of draws, which the next block uses again.

Memory that is new comes page by page from the system, which fills it with zeros first: this takes
longer than most of what is written there.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

PIECE = 2**21
"""Numbers in a piece of memory: 16 MB."""
PIECES_KEPT = 12
"""So many pieces are kept by each thread."""


THRESHOLD = 3 * 2**20
"""Numbers, 25 MB: below the largest threshold of the C library of Linux, 32 MB."""

np.empty(THRESHOLD)
"""Given back at once. The C library gives freed memory back to the system beyond a threshold, which
begins at an eighth of a megabyte and rises to the largest piece that has been given back."""


class _Spare(threading.local):
    """Pieces that a thread has for the next block."""

    def __init__(self) -> None:
        self.pieces: list[FloatArray] = []


_SPARE = _Spare()


class ArrayMemory:
    """Rows of draws from few pieces of memory.

    Attributes
    ----------
    given : int
        How many numbers it has given out.
    """

    def __init__(self) -> None:
        self.given = 0
        self._pieces: list[FloatArray] = []
        self._left = np.empty(0)

    def rows(self, count: int, size: int) -> FloatArray:
        """Return a new array, (row, draw), of any content."""
        needed = count * size
        self.given += needed
        if needed > PIECE:
            return np.empty((count, size))
        if needed > self._left.size:
            self._left = _SPARE.pieces.pop() if _SPARE.pieces else np.empty(PIECE)
            self._pieces.append(self._left)
        taken, self._left = self._left[:needed], self._left[needed:]
        return taken.reshape(count, size)

    def row(self, size: int) -> FloatArray:
        """Return a new array, (draw,), of any content."""
        return self.rows(1, size).reshape(size)

    def give_back(self) -> None:
        """Give all memory to the next block of the thread; nothing may read or write it then."""
        _SPARE.pieces = [*_SPARE.pieces, *self._pieces][:PIECES_KEPT]
        self.given, self._pieces, self._left = 0, [], np.empty(0)
