"""Every error that the package raises on purpose, with the exit status of the command line.

A :class:`Fault` is one thing wrong at one place: the file, the line, what is wrong, and the
remedy. An :class:`InputError` carries all the faults of one reading, so that a user mends them in
one go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of an input: where, what, and the remedy."""

    file: str
    line: int
    column: int
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}"
        if self.column:
            place += f":{self.column}"
        return f"{place}: {self.what}; {self.remedy}" if self.remedy else f"{place}: {self.what}"


class VnjpSimError(Exception):
    """The root of the package's own errors; by itself a defect of ours (exit status 1)."""

    exit_status = 1


class InputError(VnjpSimError):
    """Bad input: a file, a value or a request that cannot be used (exit status 2)."""

    exit_status = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))

    @classmethod
    def single(
        cls, file: str, what: str, remedy: str = "", line: int = 0, column: int = 0
    ) -> InputError:
        """Return an error with one fault."""
        return cls([Fault(file, line, column, what, remedy)])


class CalibrationGateError(VnjpSimError):
    """A diagnostic of the calibration is outside its gate (exit status 3)."""

    exit_status = 3


class EnvironmentFailureError(VnjpSimError):
    """The machine refused: disk, permissions, a worker (exit status 4)."""

    exit_status = 4


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known word, or the known words if few."""
    choices = sorted(known)
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    if len(choices) <= 12:
        return "choose one of: " + ", ".join(choices)
    return "no known name is near it"
