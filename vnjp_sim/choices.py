"""Lists of indicators and years that a caller asks for, settled once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real

from vnjp_sim.errors import Fault, InputError, did_you_mean


def names_asked(asked: object, known: Sequence[str], what: str = "no such indicator") -> list[str]:
    """Return the names that were asked for, each once; all known ones for None.

    Raises InputError for an unknown name, for what is no list of names, and for an empty one.
    """
    if asked is None:
        return list(known)
    names = [asked] if isinstance(asked, str) else _listed(asked, "indicators")
    faults = [
        Fault(str(name), 0, 0, what, did_you_mean(str(name), known))
        for name in names
        if not isinstance(name, str) or name not in known
    ]
    if faults:
        raise InputError(faults)
    return list(dict.fromkeys(map(str, names)))


def years_asked(asked: object, known: Sequence[int], where: str = "the runs") -> list[int]:
    """Return the years that were asked for, each once; all known ones for None.

    Raises InputError for another year, for what is no list of years, and for an empty one.
    """
    if asked is None:
        return list(known)
    years = [asked] if isinstance(asked, Real) else _listed(asked, "years")
    remedy = f"choose from {known[0]} to {known[-1]}"
    faults = [
        Fault(str(year), 0, 0, f"is outside {where}", remedy)
        for year in years
        if not _is_whole(year) or int(str(year)) not in known
    ]
    if faults:
        raise InputError(faults)
    return list(dict.fromkeys(int(str(year)) for year in years))


def _is_whole(year: object) -> bool:
    return isinstance(year, Integral) and not isinstance(year, bool)


def _listed(asked: object, noun: str) -> list[object]:
    """Return the items of a list; raises InputError if there are none."""
    if not isinstance(asked, Iterable) or isinstance(asked, str):
        raise InputError.single(noun, f"{asked!r} is no list of {noun}", "name one or more")
    items = list(asked)
    if not items:
        raise InputError.single(noun, "none is named", "name one or more")
    return items
