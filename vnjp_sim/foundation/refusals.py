"""The one collector of what is wrong with an input, so that a user mends it in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import ParamSpec, TypeVar

from vnjp_sim.foundation.errors import InputError, Place, Refusal

MAX_REFUSALS = 100
"""So many refusals of one file are shown; then it is not read on."""

Words = ParamSpec("Words")
Content = TypeVar("Content")


class Refusals(list[Refusal]):
    """The refusals of one reading, in the order in which they come up."""

    @property
    def full(self) -> bool:
        """Whether there are as many as are shown of one file."""
        return len(self) >= MAX_REFUSALS

    def take(self, refusals: Iterable[Refusal], most: int = MAX_REFUSALS) -> None:
        """Add the first of many refusals."""
        self.extend(islice(refusals, most))

    def result(
        self, reader: Callable[Words, Content], *words: Words.args, **more: Words.kwargs
    ) -> Content | None:
        """Return what a reader gives; None, with its refusals added, if it refuses."""
        try:
            return reader(*words, **more)
        except InputError as error:
            self.extend(error.refusals)
            return None

    def raise_if_any(self) -> None:
        """Raise InputError with all of them, if there are any."""
        if self:
            raise InputError(self)


def not_read_on(place: Place) -> Refusal:
    """Return the refusal that ends those of a file with too many."""
    what = f"has {MAX_REFUSALS} faults up to here and was not read on"
    return Refusal(place, what, "fix these first")
