"""Every error that the package raises on purpose, with the exit status of the command line.

A :class:`Refusal` says of one thing in an input what is wrong, what to do, and where it stands. An
:class:`InputError` carries all refusals of one reading, so that a user mends them in one go;
:class:`vnjp_sim.foundation.refusals.Refusals` gathers them.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import takewhile
from typing import Any

FEW = 12
LONGEST = 400
ARGUMENTS = {
    **{f"--{name.replace('_', '-')}": f"{name}=" for name in (
        "as_of", "baseline", "decimal", "draws", "evidence", "extends", "horizon", "mode", "models",
        "out",
    )},
    "--document": "documents=",
    "--force": "force=True",
    "--record": "folder=",
    "--from": "source=",
    "--override-gates": "override_gates=True",
}  # fmt: skip
"""What Python has for the options of the command line that messages name."""
CHOSEN = ("instead", "point", "comma")
"""Words that messages name behind an option as its value."""

_OPTION = re.compile(
    rf"'?vnjp_sim [a-z][^;,']*'?"
    rf"|(?<![\w-])({'|'.join(ARGUMENTS)})(?![\w-])(?: ({'|'.join(CHOSEN)})\b)?"
)
"""A whole command, which Python leaves as it is; or an option, and its value if it is named."""


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in an input.

    Attributes
    ----------
    file : str
        The file, argument or option, as messages show it.
    line, column : int
        Both from 1; 0 where there is none.
    key : tuple of str or int
        The keys and item numbers that lead to it in a YAML file, or the column of a table. Two
        refusals that differ by it alone are one.
    """

    file: str
    line: int = 0
    column: int = 0
    key: tuple[str | int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        numbers = [str(number) for number in (self.line, self.column) if number]
        return ":".join([printable(self.file) or "''", *numbers])


@dataclass(frozen=True, order=True)
class Refusal:
    """One thing wrong with an input: the place, what is wrong there, and the remedy."""

    place: Place
    what: str
    remedy: str

    def __str__(self) -> str:
        return in_python(self.typed)

    @property
    def typed(self) -> str:
        """What is wrong, for the command line: its options as a user types them."""
        message = "; ".join(printable(part) for part in (self.what, self.remedy) if part)
        return f"{self.place}: {message}"

    def as_json(self) -> dict[str, Any]:
        """Return it as machines read it."""
        place = self.place
        return {
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "key": list(place.key),
            "what": self.what,
            "remedy": self.remedy,
        }


class VnjpSimError(Exception):
    """The root of the package's own errors; by itself a defect of ours (exit status 1).

    Messages name options as the command line has them; their text, for Python, has arguments.
    """

    exit_status = 1

    def __str__(self) -> str:
        return in_python(self.typed)

    @property
    def typed(self) -> str:
        """The message for the command line: options as a user types them."""
        return super().__str__()

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the message alone, unless the defect is ours."""
        if self.exit_status == VnjpSimError.exit_status:
            return traceback.format_exception(self)
        first, *others = str(self).splitlines() or [""]
        return [f"{type(self).__name__}: {first}", *others]


class InputError(VnjpSimError):
    """Bad input: a file, a value or a request that cannot be used (exit status 2)."""

    exit_status = 2

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(sorted(set(refusals)))
        super().__init__(self.refusals)  # what it is made again from, in another process

    @property
    def typed(self) -> str:
        """Every refusal on its line, options as a user types them."""
        return "\n".join(refusal.typed for refusal in self.refusals)

    @classmethod
    def single(
        cls, file: str, what: str, remedy: str = "", line: int = 0, column: int = 0
    ) -> InputError:
        """Return an error with one refusal."""
        return cls([Refusal(Place(file, line, column), what, remedy)])


class BadValueError(ValueError):
    """A value that cannot be taken, before it is known where it stands."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy

    def __str__(self) -> str:
        return f"{self.what} — {self.remedy}"


class CalibrationGateError(VnjpSimError):
    """A diagnostic of the calibration is outside its gate (exit status 3)."""

    exit_status = 3


class EnvironmentFailureError(VnjpSimError):
    """The machine refused: disk, permissions, a worker (exit status 4)."""

    exit_status = 4


def in_python(message: str) -> str:
    """Return a message with the arguments of Python in place of options: force=True for --force."""
    return _OPTION.sub(_argument, message)


def _argument(found: re.Match[str]) -> str:
    option, value = found.groups()
    if option is None:
        return found[0]
    name = ARGUMENTS[option]
    if found.start() == 0:  # the place of a refusal
        return name.partition("=")[0]
    return f'{name}"{value}"' if value else name


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
