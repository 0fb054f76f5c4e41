"""Lists of the documentation that follow from the models folder and the package.

A page names them: ```` ```{listed} sectors ``` ```` writes the table of sectors.
"""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import Any

import house
from design_picture import floors
from page_text import code, escaped, table

from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.sectors import Sector, dependency_order
from vnjp_sim.simulation.model_data import Model, load_model

LAWS = {
    "growth": "a log level with a growth rate that changes, permanent and transitory shocks",
    "reverting": "returns to an equilibrium (Ornstein–Uhlenbeck)",
    "shares": "shares of a whole, whose log ratios revert",
    "percent": "a share in per cent, whose log odds revert",
    "accrual": "a number that only grows, by Poisson arrivals",
    "count": "Poisson events a year, with overdispersion",
}


@cache
def model() -> Model:
    """Return the shipped model."""
    return load_model()


def module_of(sector: type[Sector]) -> str:
    """Return the page of a sector, which is called as its module."""
    return sector.__module__.rpartition(".")[2]


def meaning_of(sector: type[Sector]) -> str:
    """Return the first sentence that the module of a sector says of itself."""
    text = inspect.cleandoc(sys.modules[sector.__module__].__doc__ or "").split("\n\n")[0]
    return " ".join(text.split())


def sectors() -> list[str]:
    """Return the entities: each module of sectors with its state variables."""
    by_module: dict[str, list[type[Sector]]] = {}
    for one in sorted(dependency_order(), key=lambda sector: sector.__module__):
        by_module.setdefault(module_of(one), []).append(one)
    rows = []
    for name, own in by_module.items():
        outputs = [output for sector in own for output in sector.outputs]
        kinds = Counter(model().registry.indicators[output].kind for output in outputs)
        counted = ", ".join(f"{count} {counted_as(kind, count)}" for kind, count in kinds.items())
        rows.append([f"[{name}](sectors/{name}.md)", escaped(meaning_of(own[0])), counted])
    return table(["entity", "what it holds", "indicators"], rows)


def counted_as(kind: str, count: int) -> str:
    """Return the word for so many indicators of a kind."""
    plural = {"stock": "stocks", "index": "indices", "flow": "flows"}
    return kind if count == 1 else plural.get(kind, f"{kind}s")


def order() -> list[str]:
    """Return the sectors in the order in which they are computed on 31 December."""
    names = [name for name, _ in groupby(map(module_of, dependency_order()))]
    return [" → ".join(f"[{name}](sectors/{name}.md)" for name in names)]


def laws() -> list[str]:
    """Return the kinds of laws, and how many series follow each."""
    counts: Counter[str] = Counter(law.law for law in model().parameters.laws.values())
    rows = [[kind, str(counts[kind]), text] for kind, text in LAWS.items() if counts[kind]]
    return table(["law", "series", "what it is"], rows)


def inputs() -> list[str]:
    """Return what is read from the models folder, and how much of it there is."""
    evidence, own = model().evidence, model()
    grades = Counter(parameter.grade for _, parameter in own.parameters.all_parameters())
    graded = ", ".join(f"{count} {grade}" for grade, count in sorted(grades.items()))
    rows = [
        ("documents", len(evidence.documents), "`documents.yml`; [data](#page-data)"),
        ("figures", len(evidence.observations), "`observations/*.csv`; [data](#page-data)"),
        ("of which calibrate", len(evidence.calibrating()), ""),
        ("dated events", len([e for e in evidence.events if not e.duplicate]), "`events.csv`"),
        ("priors", grades.total(), f"{graded}; [parameters](#page-parameters)"),
        ("links", len(own.links.links), "[links](#page-links)"),
        ("levers", len(own.instruments.levers), "[levers](#page-levers)"),
        ("event types", len(own.instruments.event_types), "[events](#page-levers)"),
        ("targets", len(own.targets), "compared with, never calibrated on"),
    ]
    return table(["input", "number", "where"], [[a, f"{b:,}", c] for a, b, c in rows])


def events() -> list[str]:
    """Return what may happen on a date, by the sector in which it acts."""
    by_sector: dict[str, list[str]] = {}
    for key, kind in own_events().items():
        by_sector.setdefault(kind.sector, []).append(code(key))
    names = sorted(by_sector, key=lambda name: SECTORS.index(name) if name in SECTORS else 99)
    return table(["sector", "event types"], [[name, ", ".join(by_sector[name])] for name in names])


def own_events() -> Mapping[str, Any]:
    """Return the event types of the shipped model."""
    return model().instruments.event_types


def rooms() -> list[str]:
    """Return the rooms of the package from the top floor down, with what each imports."""
    package = house.ROOT / house.PACKAGE
    below: dict[str, list[str]] = {}
    for above, room in sorted(house.arrows(package)):
        below.setdefault(above, []).append(room)
    shown = [room for floor in floors() for room in floor]
    rows = [[f"[{room}](#room-{room})", listed_rooms(below.get(room, ()))] for room in shown]
    return table(["room", "imports from"], rows)


def listed_rooms(names: Iterable[str]) -> str:
    """Return rooms from the higher to the lower floors."""
    ordered = sorted(names, key=lambda name: -house.FLOOR.get(name, 0))
    return ", ".join(name for name in ordered if not name.startswith("__")) or "—"


LISTS: Mapping[str, Callable[[], list[str]]] = {
    "sectors": sectors,
    "order": order,
    "laws": laws,
    "inputs": inputs,
    "events": events,
    "rooms": rooms,
}
"""The lists that a page may name."""
