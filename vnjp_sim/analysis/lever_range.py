"""A lever with the settings that are tried: what is done to it, along which path, at what cost.

It is stated in words, of which only the first is needed: "labour_skilled_intake multiply 1:3 ramp
2026:2030 cost 2". What is left out follows from what the models folder allows of the lever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import BadValueError, InputError, did_you_mean
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import OPERATIONS, Lever, Operation
from vnjp_sim.inputs.number_text import exact, short
from vnjp_sim.inputs.stated_number import stated_number
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

PLACE = "lever"
FORM = 'write "labour_skilled_intake multiply 1:3 ramp 2026:2030"'
PATHS = ("step", "ramp", "pulse")
PHASE = 5
"""Years over which a lever is phased in, if nothing else is said: as in the shipped scenarios."""
BELOW = 2
"""Of the settings of a range that holds no change, so many are below it, fewer than above."""
MOST_POINTS = 200


@dataclass(frozen=True)
class LeverRange:
    """A lever, and the settings that are tried.

    Attributes
    ----------
    lever : str
        Its id.
    operation : Operation
        What is done to it.
    path : str
        One of :data:`PATHS`.
    first, last : int
        The years of the path; the last is None for a step that stays.
    settings : FloatArray
        (setting,) rising.
    unit : str
        Of the settings; empty for factors.
    cost : float | None
        Of a setting that is one more than :attr:`neutral`, or one less; None if none is given.
    label : str
        What readers call it; its id if empty.
    """

    lever: str
    operation: Operation
    path: str
    first: int
    last: int | None
    settings: FloatArray
    unit: str
    cost: float | None = None
    label: str = ""

    @property
    def neutral(self) -> float:
        """The setting that changes nothing; of a number that is set, the least that is tried."""
        usual = {"multiply": 1.0, "add": 0.0}.get(self.operation)
        if usual is None:
            return float(self.settings[-1 if self.operation == "at_most" else 0])
        return usual

    @property
    def title(self) -> str:
        """What readers call it."""
        return self.label or self.lever

    def at(self, setting: float) -> LeverPath:
        """Return the path with a setting."""
        years: dict[str, Any] = {"from": self.first}
        if self.last is not None:
            years["to"] = self.last
        content = {"path": self.path, **years, self.operation: float(setting)}
        return LeverPath.model_validate(content)

    def setting_text(self, setting: float) -> str:
        """Return a setting in three figures, such as "× 1.67"."""
        sign = {"multiply": "× ", "add": "+" if setting >= 0 else ""}.get(self.operation, "")
        return f"{sign}{short(setting)}" + (f" {self.unit}" if self.unit else "")

    @property
    def text(self) -> str:
        """What is tried, in words."""
        done = {"multiply": "times", "add": "plus"}.get(self.operation, self.operation)
        span = f"{short(self.settings[0])} to {short(self.settings[-1])}"
        behind = f" {self.unit}" if self.unit else ""
        years = {
            "ramp": f"phased in from {self.first} to {self.last}",
            "step": f"from {self.first}" + (f" to {self.last}" if self.last else ""),
            "pulse": f"from {self.first} to {self.last}",
        }[self.path]
        return f"{self.title} {done.replace('_', ' ')} {span}{behind}, {years}"


def lever_range(words: str, model: Model, year: int, points: int) -> LeverRange:
    """Return the lever and settings that words state.

    Parameters
    ----------
    words : str
        `LEVER [OPERATION [LOW:HIGH]] [step|ramp|pulse FROM[:TO]] [cost NUMBER]`. By default the
        first operation that the lever allows over its whole range, phased in over five years from
        the first that figures do not reach, or up to the `year`.
    year : int
        That of the goal.
    points : int
        How many settings.

    Raises
    ------
    InputError
        A word cannot be read, or the lever does not allow it.
    """
    if not 2 <= points <= MOST_POINTS:
        what = f"{points} settings make no curve"
        raise InputError.single("points", what, f"give 2 to {MOST_POINTS}")
    first, *others = words.split() or [""]
    lever = id_asked(first, list(model.instruments.levers), "no such lever")
    known = model.instruments.levers[lever]
    said = _said(others, known, lever)
    operation = said.get("operation") or _first_allowed(known)
    low, high = said.get("range") or getattr(known, operation)
    _check_range(lever, operation, (low, high), known)
    begin = model.last_year + 1
    path = said.get("path", "ramp")
    default = (begin, min(max(year, begin), begin + PHASE - 1) if path != "step" else None)
    years = said.get("years", default)
    _check_years(path, years, begin, year)
    whole = "range" not in said
    settings = _settings(operation, low, high, points, whole=whole)
    unit = "" if operation == "multiply" else known.unit
    cost = said.get("cost")
    return LeverRange(lever, operation, path, years[0], years[1], settings, unit, cost, known.label)


def _said(words: list[str], known: Lever, lever: str) -> dict[str, Any]:
    """Return what words say, by kind; raises InputError."""
    said: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        kind = "operation" if word in OPERATIONS else "path" if word in PATHS else word
        if kind in said:
            what = f"'{word}' is a second {kind} of '{lever}'"
            raise InputError.single(PLACE, what, f"give one {kind}")
        if word in OPERATIONS:
            said["operation"] = word
            if getattr(known, word) is None:
                allowed = ", ".join(o for o in OPERATIONS if getattr(known, o) is not None)
                raise InputError.single(PLACE, f"'{lever}' does not allow '{word}'", allowed)
            if left and re.match(r"[-+−.0-9]", left[0]):
                said["range"] = _two_numbers(left.pop(0))
        elif word in PATHS:
            said["path"] = word
            said["years"] = _years(word, left.pop(0) if left else "")
        elif word == "cost":
            said["cost"] = _number(left.pop(0) if left else "")
            if said["cost"] < 0.0:
                raise InputError.single(PLACE, "a cost below zero", "give zero or more")
        else:
            remedy = did_you_mean(word, (*OPERATIONS, *PATHS, "cost"))
            raise InputError.single(PLACE, f"'{word}' says nothing of a lever", f"{remedy}; {FORM}")
    return said


def _number(word: str) -> float:
    try:
        return stated_number(word)
    except BadValueError as error:
        raise InputError.single(PLACE, error.what, error.remedy) from None


def _two_numbers(word: str) -> tuple[float, float]:
    low, colon, high = word.partition(":")
    if not colon:
        raise InputError.single(PLACE, f"'{word}' is no range", "write it as 1:3")
    ends = (_number(low), _number(high))
    if ends[1] <= ends[0]:
        raise InputError.single(PLACE, f"the range {word} is empty", "write the lower end first")
    return ends


def _years(path: str, word: str) -> tuple[int, int | None]:
    match = re.fullmatch(r"(20[0-9]{2})(?::(20[0-9]{2}))?", word, re.ASCII)
    if match is None or (match[2] is None and path != "step"):
        form = f"{path} 2026:2030" if path != "step" else "step 2026, or step 2026:2030"
        raise InputError.single(PLACE, f"'{path} {word}' gives no years".rstrip(), f"write {form}")
    return int(match[1]), int(match[2]) if match[2] else None


def _first_allowed(lever: Lever) -> Operation:
    allowed = (o for o in get_args(Operation) if getattr(lever, o) is not None)
    operation: Operation = next(allowed)
    return operation


def _check_range(lever: str, operation: str, ends: tuple[float, float], known: Lever) -> None:
    low, high = getattr(known, operation)
    if ends[0] < low or ends[1] > high:
        what = f"{operation} {exact(ends[0])} to {exact(ends[1])} is beyond what '{lever}' allows"
        raise InputError.single(PLACE, what, f"stay within {exact(low)} to {exact(high)}")


def _check_years(path: str, years: tuple[int, int | None], begin: int, year: int) -> None:
    first, last = years
    if first < begin:
        what = f"the {path} begins in {first}, but the figures reach to {begin - 1}"
        raise InputError.single(PLACE, what, f"begin in {begin} or later")
    if last is not None and last < first:
        raise InputError.single(PLACE, f"the {path} ends in {last}, before {first}", "swap them")
    if year < begin:
        what = f"no lever moves {year}: the figures reach to {begin - 1}"
        raise InputError.single(PLACE, what, f"choose a target of {begin} or later")
    if first > year:
        what = f"the {path} begins in {first}, after the year of the goal, {year}"
        raise InputError.single(PLACE, what, f"begin in {year} or before")


def _settings(operation: str, low: float, high: float, points: int, *, whole: bool) -> FloatArray:
    """Return the settings, (setting,), evenly spaced.

    Over the whole range of a lever, no change is one of them, and of a factor those above it grow
    in equal proportion, since such ranges reach far.
    """
    neutral = {"multiply": 1.0, "add": 0.0}.get(operation)
    if not whole or neutral is None or not low < neutral < high or points <= BELOW + 1:
        return np.linspace(low, high, points)
    below = np.linspace(low, neutral, BELOW + 1)
    above = np.linspace(neutral, high, points - BELOW)
    if operation == "multiply":
        above = np.geomspace(neutral, high, points - BELOW)
        above[-1] = high
    return np.concatenate([below, above[1:]])
