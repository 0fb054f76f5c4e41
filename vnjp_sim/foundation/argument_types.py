"""What each type of argument may be given as; what cannot be taken is refused by its name.

A number is whole if it has no fraction, whatever its type: 2000, numpy.int64(2000), 2000.0; text
and truth values are no numbers. A list is anything that has an order (list, tuple, generator,
array, Index, Series); one text stands for a list of one, and a set is refused: it has no order. A
day is text such as "2024-01-31", a date, or a date with a time, of which the day counts. A place is
text or a path. Each function takes the name of an argument and its value; what cannot be taken
raises InputError with that name.
"""

from __future__ import annotations

import math
import operator
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.errors import BadValueError, InputError, did_you_mean
from vnjp_sim.foundation.vocabulary import BASES, parse_day, parse_span

LONGEST_SHOWN = 60
LONGEST_PART = 255
"""Bytes of a name of a file or folder, on all usual disks."""
SPAN_REMEDY = 'give (2025, 2050) or "2025:2050"'
PACKED = "vnjp1~"
"""How a scenario begins that is packed as URL-safe text, in the first form of such text."""
CLUSTER = re.compile(r"local|[a-z]+://[^\s/]\S*|[\w.-]+:\d+", re.ASCII)
CALENDAR_UNITS = ("Y", "M", "W", "generic")
"""Units of numpy.datetime64 that are no days."""


def whole(name: str, value: object) -> int:
    """Return a number without a fraction as an int."""
    plain: Any = value
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        plain = value.item()
    if isinstance(plain, str | bytes):
        raise _refused(name, value, "is text", "write the number without quotes")
    if not isinstance(plain, bool):
        with suppress(TypeError):
            plain = operator.index(plain)
        with suppress(ArithmeticError, ValueError):  # beyond floats, or a signalling NaN
            real = isinstance(plain, Real | Decimal) and math.isfinite(plain)
            if real and plain == plain // 1:
                return int(plain)
    raise _refused(name, value, "is not a whole number", "give one, such as 2030")


def number(name: str, value: object) -> float:
    """Return a number as a float."""
    plain: Any = value
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        plain = value.item()
    if isinstance(plain, Real | Decimal) and not isinstance(plain, bool):
        with suppress(ArithmeticError, ValueError):  # too large, or a signalling NaN
            return float(plain)
    raise _refused(name, value, "is not a number", "give one, such as 0.3")


def waited(name: str, value: object) -> object:
    """Return what a lever or event waits for, text or a mapping; a year as an int."""
    if isinstance(value, str):
        return text(name, value)
    return value if isinstance(value, Mapping) else whole(name, value)


def flag(name: str, value: object) -> bool:
    """Return a truth value as a bool."""
    if isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}:
        return bool(value)
    raise _refused(name, value, "is neither True nor False", "give one of them")


def choice(name: str, value: object, known: Sequence[str]) -> str:
    """Return one of the known words."""
    if isinstance(value, str) and value in known:
        return str(value)
    raise _refused(name, value, "is not known", did_you_mean(str(value), known))


def text(name: str, value: object) -> str:
    """Return a text, such as the name of an indicator."""
    if not isinstance(value, str):
        raise _refused(name, value, "is not text", "give one name as text")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _refused(name, value, "holds an incomplete character", "write the whole text")
    return str(value)


def place(name: str, value: object) -> Path:
    """Return a path of a file or folder."""
    return Path(_place_text(name, value))


def scenario(name: str, value: object) -> str:
    """Return what a scenario is asked by: a name, the text of a path, or the scenario itself.

    The last is written out on one line, as a Scenario says it.
    """
    if _is_scenario(value):
        return str(value.to_line())  # type: ignore[attr-defined]
    if isinstance(value, str) and is_written_out(value):
        return text(name, value)
    return _place_text(name, value)


def is_written_out(request: str) -> bool:
    """Whether a text is a scenario itself, as YAML on one line or packed, and no name or path."""
    return request.startswith((PACKED, "{"))


def _is_scenario(value: object) -> bool:
    return "vnjp_sim.Scenario" in _kinds(value)


def cluster(name: str, value: object) -> str:
    """Return `local`, or the address of a scheduler."""
    if isinstance(value, str) and CLUSTER.fullmatch(value):
        return str(value)
    remedy = 'give "local", or the address of a dask scheduler, such as tcp://10.0.0.5:8786'
    raise _refused(name, value, "is no cluster", remedy)


def listed(name: str, value: object) -> list[Any]:
    """Return what has an order as a list of one or more."""
    if isinstance(value, str | os.PathLike):
        return [value]
    if isinstance(value, AbstractSet):
        raise _refused(name, value, "has no order", "give a list")
    if (
        isinstance(value, bytes | Mapping)
        or not isinstance(value, Iterable)
        or getattr(value, "ndim", 1) != 1
    ):
        raise _refused(name, value, "is not a list", "give a list, such as [first, second]")
    items = list(value)
    if not items:
        raise InputError.single(name, "is an empty list", "name one or more")
    return items


def texts(name: str, value: object) -> tuple[str, ...]:
    """Return names, each once."""
    return tuple(dict.fromkeys(text(name, item) for item in listed(name, value)))


def scenarios(name: str, value: object) -> tuple[str, ...]:
    """Return what scenarios are asked by, each once."""
    items = [value] if _is_scenario(value) else listed(name, value)
    return tuple(dict.fromkeys(scenario(name, item) for item in items))


def wholes(name: str, value: object) -> tuple[int, ...]:
    """Return whole numbers, each once; one number stands for a list of one."""
    items = listed(name, value) if isinstance(value, Iterable) and _has_items(value) else [value]
    return tuple(dict.fromkeys(whole(name, item) for item in items))


def day(name: str, value: object) -> date:
    """Return a day."""
    if isinstance(value, str):
        try:
            return parse_day(str(value))
        except BadValueError as error:
            raise InputError.single(name, error.what, error.remedy) from None
    moment: object = value
    if type(value).__name__ == "datetime64":
        moment = _day_of_numpy(value)
    if isinstance(moment, date) and moment == moment:  # noqa: PLR0124 - NaT is a date unlike itself
        return date(moment.year, moment.month, moment.day)
    raise _refused(name, value, "is not a date", 'write it as "2024-01-31"')


def span(name: str, value: object) -> tuple[int, int]:
    """Return the first and last year of a horizon."""
    if isinstance(value, str):
        try:
            return parse_span(value)
        except BadValueError as error:
            raise InputError.single(name, error.what, error.remedy) from None
    try:
        first, last = (whole(name, year) for year in listed(name, value))
    except (InputError, ValueError):
        raise _refused(name, value, "is not a span of years", SPAN_REMEDY) from None
    return first, last


def basis(name: str, value: object) -> str:
    """Return what figures are from: the documents, or the documents and official series."""
    if not isinstance(value, str) or value not in BASES:
        raise _refused(name, value, "is no basis of evidence", did_you_mean(str(value), BASES))
    return str(value)


def period(name: str, value: object) -> str:
    """Return a period as text; a number is a year."""
    return value if isinstance(value, str) else str(whole(name, value))


def is_dataset(value: object) -> bool:
    """Return whether something is an xarray.Dataset; without loading xarray."""
    return "xarray.Dataset" in _kinds(value)


def of_kind(remedy: str, *kinds: str) -> Callable[[str, object], Any]:
    """Return a rule that takes objects of some classes alone, by the names of package and class.

    By name, so that the rule loads no library: without it, no object of the class can be there.
    """

    def taken(name: str, value: object) -> object:
        if not _kinds(value).intersection(kinds):
            wanted = " or ".join(kind.partition(".")[2] for kind in kinds)
            raise _refused(name, value, f"is not a {wanted}", remedy)
        return value

    return taken


def documents(name: str, value: object) -> object:
    """Return new documents by id, or the path of a file with them."""
    if not isinstance(value, Mapping):
        return place(name, value)
    rule = of_kind("give a vnjp_sim.exchange.NewDocument by its id", "vnjp_sim.NewDocument")
    return {text(name, key): rule(name, document) for key, document in value.items()}


def attributions(name: str, value: object) -> object:
    """Return attributions by the name of their scenario."""
    if not isinstance(value, Mapping):
        raise _refused(name, value, "is no mapping", "give them by the name of the scenario")
    rule = of_kind("give what vnjp_sim.attribute() returns", "vnjp_sim.Attribution")
    return {text(name, key): rule(name, attribution) for key, attribution in value.items()}


def _kinds(value: object) -> set[str]:
    return {f"{c.__module__.partition('.')[0]}.{c.__name__}" for c in type(value).__mro__}


def _place_text(name: str, value: object) -> str:
    place = os.fspath(value) if isinstance(value, str | os.PathLike) else value
    if not isinstance(place, str):
        raise _refused(name, value, "is neither a name nor a path", "give text or a Path")
    if not place.strip() or "\0" in place:
        raise _refused(name, value, "names nothing", "give a name or a path")
    try:
        parts = [os.fsencode(part) for part in Path(place).parts]
    except UnicodeEncodeError:
        raise _refused(name, value, "cannot name a file", "give a name or a path") from None
    if any(len(part) > LONGEST_PART for part in parts):
        raise _refused(name, value, "is longer than a path can be", "check the path")
    return str(place)


def _has_items(value: object) -> bool:
    return not isinstance(value, str | bytes) and getattr(value, "ndim", 1) != 0


def _day_of_numpy(value: Any) -> object:
    """Return the day of a numpy.datetime64; what is none, such as NaT or a month, as it is."""
    import numpy as np

    if np.datetime_data(value)[0] in CALENDAR_UNITS:
        return value
    return value.astype("datetime64[D]").item()


def _refused(name: str, value: object, what: str, remedy: str) -> InputError:
    shown = " ".join(repr(value).split())
    if len(shown) > LONGEST_SHOWN:
        shown = f"{shown[:LONGEST_SHOWN]} …"
    return InputError.single(name, f"{shown} {what}", remedy)
