"""Names that levers and event types had before, so that links of older versions still open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from vnjp_sim.inputs.levers import Instruments


def renamed(content: Any, instruments: Instruments, notes: list[str]) -> Any:
    """Return the content of a scenario with today's names, the same object where none is former.

    Parameters
    ----------
    content : Any
        As a scenario file says it; parents that are written out are renamed too.
    instruments : Instruments
        Whose `formerly` tell the names that levers and types of events had.
    notes : list of str
        Gets a sentence for each name that was changed.
    """
    if not isinstance(content, Mapping):
        return content
    levers, types = former(instruments.levers), former(instruments.event_types)
    if not (levers or types):
        return content
    return _renamed(content, levers, types, notes)


class Renamed(Protocol):
    """What may have had other names before."""

    @property
    def formerly(self) -> tuple[str, ...]:
        """Those names."""


def former(known: Mapping[str, Renamed]) -> dict[str, str]:
    """Return the names of today by former ones; none for a name that something else has now."""
    every = {old: name for name, one in known.items() for old in one.formerly}
    return {old: name for old, name in every.items() if old not in known}


def _renamed(
    content: Any, levers: Mapping[str, str], types: Mapping[str, str], notes: list[str]
) -> Any:
    if not isinstance(content, Mapping):
        return content
    result = dict(content)
    if isinstance(own := content.get("levers"), Mapping):
        result["levers"] = {_now(name, levers, notes): path for name, path in own.items()}
    if isinstance(events := content.get("events"), list):
        result["events"] = [
            {**event, "type": _now(event["type"], types, notes)}
            if isinstance(event, Mapping) and "type" in event
            else event
            for event in events
        ]
    if isinstance(gone := content.get("remove"), Mapping):
        known = {"levers": levers, "events": types}
        result["remove"] = {
            kind: [_now(name, known.get(kind, {}), notes) for name in names]
            if isinstance(names, list)
            else names
            for kind, names in gone.items()
        }
    parents = content.get("extends")
    if isinstance(parents, list):
        result["extends"] = [_renamed(parent, levers, types, notes) for parent in parents]
    elif isinstance(parents, Mapping):
        result["extends"] = _renamed(parents, levers, types, notes)
    return content if result == content else result


def _now(name: Any, former: Mapping[str, str], notes: list[str]) -> Any:
    if not isinstance(name, str) or name not in former:
        return name
    note = f"{name} is called {former[name]} now."
    if note not in notes:
        notes.append(note)
    return former[name]
