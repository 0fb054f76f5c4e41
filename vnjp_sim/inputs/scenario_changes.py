"""What a scenario leaves out: dropped from what its file says, or removed from its parents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from vnjp_sim.foundation.errors import InputError, did_you_mean

Draft = dict[str, Any]
"""What the file of a scenario is to say, in plain values."""


def without_named(
    draft: Draft, inherited: Collection[str], scenario: str, kind: str, name: str
) -> Draft:
    """Return a draft without a lever or a replaced prior; raises InputError if there is none.

    Parameters
    ----------
    draft : Draft
        What the file says; it is not changed.
    inherited : Collection[str]
        What the parents have of this kind.
    scenario : str
        The name of the scenario, for the message.
    kind : str
        `levers` or `parameters`.
    name : str
        What is left out.
    """
    own = draft.get(kind, {})
    inherited = {each for each in inherited if each not in _removed(draft, kind)}
    if name not in {*own, *inherited}:
        remedy = did_you_mean(name, {*own, *inherited})
        what = f"has no {kind.removesuffix('s')} '{name}' to leave out"
        raise InputError.single(scenario, what, remedy)
    changed = {**draft, kind: {key: value for key, value in own.items() if key != name}}
    return _removing(changed, kind, name) if name in inherited else changed


def without_events(
    draft: Draft,
    inherited: Sequence[Mapping[str, Any]],
    scenario: str,
    type: str,  # noqa: A002 - as scenario files call it
    on: str | date | None,
) -> Draft:
    """Return a draft without the events of a type, of one day or of all; raises InputError if none.

    Parameters are those of :func:`without_named`; `inherited` are the events of the parents.
    """

    def meant(event: Mapping[str, Any]) -> bool:
        return event["type"] == type and (on is None or event["on"] == str(on))

    own = draft.get("events", [])
    inherited = [each for each in inherited if each["type"] not in _removed(draft, "events")]
    known = {f"{event['type']}" for event in (*own, *inherited)}
    if not any(map(meant, [*own, *inherited])):
        day = "" if on is None else f" on {on}"
        remedy = did_you_mean(type, known) if type not in known else "check the day"
        raise InputError.single(scenario, f"has no event '{type}'{day}", remedy)
    left = [event for event in own if not meant(event)]
    if not any(map(meant, inherited)):
        return {**draft, "events": left}
    # a file removes all events of a type: those of other days come back
    kept = [event for event in inherited if event["type"] == type and not meant(event)]
    return _removing({**draft, "events": [*kept, *left]}, "events", type)


def _removed(draft: Draft, kind: str) -> Collection[str]:
    removed: Collection[str] = draft.get("remove", {}).get(kind, ())
    return removed


def _removing(draft: Draft, kind: str, name: str) -> Draft:
    """Return a draft that also drops a name of its parents."""
    removed = {**draft.get("remove", {}), kind: [*_removed(draft, kind), name]}
    return {**draft, "remove": removed}
