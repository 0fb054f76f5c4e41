"""Lists of indicators and years that a caller asks for, held against those that there are."""

from __future__ import annotations

from collections.abc import Sequence

from vnjp_sim.foundation.arguments import texts, wholes
from vnjp_sim.foundation.errors import InputError, Place, Refusal, did_you_mean


def names_asked(asked: object, known: Sequence[str], what: str = "no such indicator") -> list[str]:
    """Return the names that were asked for, each once; all known ones for None.

    Raises InputError for an unknown name, for what is no list of names, and for an empty one.
    """
    if asked is None:
        return list(known)
    names = texts("indicators", asked)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(Refusal(Place(n), what, did_you_mean(n, known)) for n in unknown)
    return list(names)


def years_asked(asked: object, known: Sequence[int], where: str = "the runs") -> list[int]:
    """Return the years that were asked for, each once; all known ones for None.

    Raises InputError for another year, for what is no list of years, and for an empty one.
    """
    if asked is None:
        return list(known)
    years = wholes("years", asked)
    remedy = f"choose from {known[0]} to {known[-1]}"
    outside = [year for year in years if year not in known]
    if outside:
        raise InputError(Refusal(Place(str(y)), f"is outside {where}", remedy) for y in outside)
    return list(years)
