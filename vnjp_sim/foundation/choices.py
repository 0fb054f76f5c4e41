"""Names and years that a caller asks for, held against those that there are."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from vnjp_sim.foundation.argument_types import texts, wholes
from vnjp_sim.foundation.errors import FEW, InputError, Place, Refusal, closest, did_you_mean
from vnjp_sim.foundation.refusals import Refusals

Known: TypeAlias = Collection[str] | Mapping[str, str]
"""The ids that there are, or their labels by id."""

SHORTEST = 3
"""Characters of a beginning; fewer are more likely a slip."""

_JOINTS = re.compile(r"[\s_\-\u2010-\u2014]+")


def id_meant(word: str, known: Known) -> str | None:
    """Return the id that a word means, None if it means none.

    A word means an id that it is, else the one whose id or label it is but for capitals, blanks,
    hyphens and underscores, else the only one whose id or label begins so; a beginning has three
    characters or more. A word with blanks at its ends means none but what is written so.

    Raises
    ------
    InputError
        It means several.
    """
    if word in known:
        return word
    plain = _plain(word)
    if not plain or word != word.strip():
        return None
    labels = known if isinstance(known, Mapping) else {}
    ways = {name: (_plain(name), _plain(labels.get(name, name))) for name in known}
    for fits in (str.__eq__, str.startswith) if len(plain) >= SHORTEST else (str.__eq__,):
        found = [name for name, own in ways.items() if any(fits(way, plain) for way in own)]
        if len(found) > 1:
            raise InputError.single(
                word, _several(found, labels), "write more of the one that is meant"
            )
        if found:
            return found[0]
    return None


def write_id(word: str, known: Mapping[str, str]) -> str:
    """Return the remedy for a word in a file that is no id: the id of its label, or the nearest."""
    if " " in word or closest(word, known) is None:
        try:
            meant = id_meant(word, known)
        except InputError as error:
            return f"'{word}' {error.refusals[0].what}"
        if meant is not None:
            return f"the id is {meant}; write that"
    return did_you_mean(word, known)


def id_asked(word: str, known: Known, what: str = "no such indicator") -> str:
    """Return the id that a word means; raises InputError if it means none or several."""
    name = id_meant(word, known)
    if name is None:
        raise InputError.single(word, what, did_you_mean(word, known))
    return name


def names_asked(asked: object, known: Known, what: str = "no such indicator") -> list[str]:
    """Return the ids that were asked for, each once; all known ones for None.

    Raises InputError for a word that means none or several, for what is no list of names, and for
    an empty one.
    """
    if asked is None:
        return list(known)
    refusals = Refusals()
    names = [refusals.result(id_asked, name, known, what) for name in texts("indicators", asked)]
    refusals.raise_if_any()
    return [name for name in dict.fromkeys(names) if name is not None]


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


def _plain(text: str) -> str:
    """Return a text as it is compared: without capitals, its words divided by single blanks."""
    return _JOINTS.sub(" ", text).strip().casefold()


def _several(found: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return what a word may mean: ids, each with its label if it has one of its own."""
    more = f" and {len(found) - FEW} more" if len(found) > FEW else ""
    named = [f"{n} ({labels[n]})" if labels.get(n, n) != n else n for n in sorted(found)[:FEW]]
    return f"may mean {', '.join(named)}{more}"
