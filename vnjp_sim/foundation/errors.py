"""Every error that the package raises on purpose, with the exit status of the command line.

A :class:`Fault` is one thing wrong at one place: the file, the line, what is wrong, and the
remedy. An :class:`InputError` carries all the faults of one reading, so that a user mends them in
one go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile

FEW = 12
LONGEST = 400
MAX_FAULTS = 100
"""So many faults of one file are told; then it is not read on."""


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of an input: where, what, and the remedy."""

    file: str
    line: int
    column: int
    what: str
    remedy: str

    def __str__(self) -> str:
        place = printable(self.file) or "''"
        if self.line:
            place += f":{self.line}"
        if self.column:
            place += f":{self.column}"
        told = [printable(part) for part in (self.what, self.remedy) if part]
        return f"{place}: {'; '.join(told)}"


class VnjpSimError(Exception):
    """The root of the package's own errors; by itself a defect of ours (exit status 1)."""

    exit_status = 1


class InputError(VnjpSimError):
    """Bad input: a file, a value or a request that cannot be used (exit status 2)."""

    exit_status = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__(self.faults)  # what it is made again from, in another process

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))

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
    near = closest(word, choices)
    if near is not None:
        return f"did you mean '{near}'?"
    if len(choices) <= FEW:
        return "choose one of: " + ", ".join(choices) if choices else "leave it out"
    like = _close(word, choices, FEW // 2, 0.3) or choices[: FEW // 2]
    return f"choose one of {len(choices)}, such as: " + ", ".join(like)


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word of which another is a likely misspelling, None if there is none."""
    choices = sorted(known)
    near = _close(word, choices, 1, 0.6) or [c for c in choices if _one_slip(word, c)]
    return near[0] if near else None


def _one_slip(word: str, known: str) -> bool:
    """Whether one letter is left out, put in or changed, or two neighbours are swapped."""
    start = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(word, known, strict=False)))
    a, b = word[start:], known[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _close(word: str, choices: list[str], count: int, cutoff: float) -> list[str]:
    folded = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word[:LONGEST].casefold(), folded, count, cutoff)
    return [folded[choice] for choice in near]


def printable(text: str) -> str:
    """Return text on one line of bearable length, with escapes for what cannot be printed."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
