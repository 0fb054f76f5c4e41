"""What there is to ask for: indicators, scenarios, levers, events, documents, by kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from vnjp_sim.foundation.packaged import display_path, shipped_folder
from vnjp_sim.inputs.levers import OPERATIONS, Instruments
from vnjp_sim.inputs.scenario_file import AT
from vnjp_sim.inputs.scenario_lookup import examples
from vnjp_sim.inputs.strict_yaml import MAX_BYTES
from vnjp_sim.inputs.text_file import read_text
from vnjp_sim.simulation.citing import evidence_items, text_of
from vnjp_sim.simulation.model_data import Model

Entry = dict[str, Any]

ALSO_CALLED = {
    "diplomacy": "foreign policy relations summit",
    "education": "study abroad pupils",
    "energy": "electricity climate power",
    "investment": "fdi foreign direct investment capital companies",
    "labour": "migration migrants foreign workers guest workers labor jobs",
    "macro": "economy gdp exchange rate currency",
    "oda": "aid development assistance loans grants",
    "people": "tourism tourists migration diaspora exchange",
    "security": "defence defense military maritime coast guard",
    "trade": "exports imports commerce goods",
}
"""What readers call a sector, beside the words that its entries say."""


def catalogue(model: Model, kind: str, words: Sequence[str] = ()) -> list[Entry]:
    """Return the entries of a kind that hold all the words, whatever their capitals.

    Parameters
    ----------
    model : Model
        What the models folder says.
    kind : str
        One of :data:`KINDS`.
    words : Sequence[str]
        Looked for in everything that an entry says and in what readers call its sectors, those of
        its levers and events; all entries if none.
    """
    sought = [word.casefold() for word in words]
    return [
        entry
        for entry in KINDS[kind](model)
        if all(word in text for text in [_said(entry, model)] for word in sought)
    ]


def instruments_with(model: Model, words: Sequence[str]) -> Instruments:
    """Return the levers and event types of a model that hold all the words."""
    known = model.instruments
    levers = {str(entry["id"]) for entry in catalogue(model, "levers", words)}
    types = {str(entry["id"]) for entry in catalogue(model, "events", words)}
    return replace(
        known,
        levers={name: lever for name, lever in known.levers.items() if name in levers},
        event_types={name: each for name, each in known.event_types.items() if name in types},
    )


def _said(entry: Entry, model: Model) -> str:
    said = [value for key, value in entry.items() if key != "extends"]  # most extend base
    also = [ALSO_CALLED.get(sector, "") for sector in _sectors(entry, model.instruments)]
    return json.dumps([said, also], ensure_ascii=False).casefold()


def _sectors(entry: Entry, known: Instruments) -> set[str]:
    """Return the sectors of an entry: its own, and those of its levers and events."""
    levers = [name for name in (entry["id"], *entry.get("levers", ())) if name in known.levers]
    events = [known.event_types[name].sector for name in entry.get("events", ())]
    return {entry.get("sector", ""), *events, *(name.partition("_")[0] for name in levers)}


def _indicators(model: Model) -> Iterator[Entry]:
    for name, known in model.registry.indicators.items():
        yield {
            "id": name,
            "label": known.label,
            "unit": known.unit,
            "kind": known.kind,
            "sector": known.sector,
            "projected": not known.not_projected,
            "meaning": known.meaning,
            "counterpart": known.counterpart,
            "iamc": known.iamc,
        }


def _scenarios(model: Model) -> Iterator[Entry]:
    reader = model.scenario_reader()
    for file in sorted(shipped_folder("scenarios").glob("*.yml")):
        scenario = reader.read(file)
        yield {
            "id": scenario.name,
            "title": scenario.title,
            "variants": [f"{scenario.name}{AT}{name}" for name in scenario.variants],
            "extends": scenario.chain[-2] if len(scenario.chain) > 1 else "",
            "years": f"{scenario.start}:{scenario.end}",
            "levers": list(scenario.levers),
            "events": list(dict.fromkeys(event.type for event in scenario.events)),
            "narrative": " ".join(scenario.narrative.split()),
            "notes": [event.note for event in scenario.events if event.note],
        }


def _examples(model: Model) -> Iterator[Entry]:
    for name, file in examples().items():
        text = read_text(file, MAX_BYTES)
        shows = " ".join(line.lstrip("# ") for line in takewhile(_is_comment, text.splitlines()))
        yield {
            "id": name,
            "title": model.scenario_reader().read(file).title,
            "shows": shows.partition(". ")[0].rstrip(".") + ".",
            "file": display_path(file),
        }


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _levers(model: Model) -> Iterator[Entry]:
    for name, lever in sorted(model.instruments.levers.items()):
        allowed = {operation: getattr(lever, operation) for operation in OPERATIONS}
        yield {
            "id": name,
            "label": lever.label,
            "unit": lever.unit,
            "fiscal": lever.fiscal,
            **{key: list(ends) if ends is not None else None for key, ends in allowed.items()},
            "meaning": lever.meaning,
        }


def _events(model: Model) -> Iterator[Entry]:
    for name, known in sorted(model.instruments.event_types.items()):
        yield {
            "id": name,
            "label": known.label,
            "sector": known.sector,
            "fields": {field: each.model_dump() for field, each in known.fields.items()},
            "choices": {choice: list(each.options) for choice, each in known.choices.items()},
            "meaning": " ".join(known.meaning.split()),
        }


def _documents(model: Model) -> Iterator[Entry]:
    used = [o.document for o in model.evidence.observations]
    sources = {**model.evidence.sources, **model.evidence.official.cited}
    for item in evidence_items(model):
        source = sources[item["id"]]
        document = model.evidence.documents.get(item["id"])
        yield {
            "id": item["id"],
            "title": source.title,
            "kind": document.kind if document else "official data set",
            "published": source.published,
            "figures": used.count(item["id"]),
            "reference": text_of(item),
        }


KINDS: Mapping[str, Callable[[Model], Iterator[Entry]]] = {
    "indicators": _indicators,
    "scenarios": _scenarios,
    "examples": _examples,
    "levers": _levers,
    "events": _events,
    "documents": _documents,
}
"""What can be listed."""
