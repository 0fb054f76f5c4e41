"""Everything that a models folder says, read and checked together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.evidence import Evidence, read_evidence
from vnjp_sim.levers import Instruments, read_instruments
from vnjp_sim.links import Ends, Links, read_links
from vnjp_sim.parameters import CountLaw, Parameters, SharesLaw, read_parameters
from vnjp_sim.registry import Registry, read_registry
from vnjp_sim.sectors import SECTORS
from vnjp_sim.sectors.transmissions import TRANSMISSIONS
from vnjp_sim.shipped import display_path, shipped_folder
from vnjp_sim.stability import documented_sizes, growing_loops
from vnjp_sim.streams import Luck

STABILITY_SEED = 20_251
STABILITY_DRAWS = 4_096
"""Draws of the links' priors in which loops must die out when a models folder is read."""


@dataclass(frozen=True, repr=False)
class Model:
    """Everything that a models folder says, as of a day."""

    folder: Path
    registry: Registry
    evidence: Evidence
    parameters: Parameters
    instruments: Instruments
    links: Links
    as_of: date | None

    def __repr__(self) -> str:
        counts = {
            "documents": len(self.evidence.documents),
            "figures": len(self.evidence.observations),
            "indicators": len(self.registry.indicators),
            "laws": len(self.parameters.laws),
            "links": len(self.links.links),
            "levers": len(self.instruments.levers),
        }
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        day = f", as of {self.as_of}" if self.as_of else ""
        return f"<Model: {told}{day}>"


def load_model(models: str | Path | None = None, as_of: date | None = None) -> Model:
    """Read a models folder, the shipped one by default.

    Raises InputError with every fault of every file.
    """
    folder = Path(models) if models else shipped_folder("models")
    if not folder.is_dir():
        raise InputError.single(display_path(folder), "is no folder", "check --models")
    registry = read_registry(folder, {name for sector in SECTORS for name in sector.outputs})
    faults: list[Fault] = []
    parameters = instruments = links = None
    try:
        parameters = read_parameters(folder)
    except InputError as error:
        faults += error.faults
    try:
        instruments = read_instruments(folder)
    except InputError as error:
        faults += error.faults
    try:
        links = read_links(folder, registry, _ends())
    except InputError as error:
        faults += error.faults
    try:
        evidence = read_evidence(folder, registry)
    except InputError as error:
        faults += error.faults
    if faults or parameters is None or instruments is None or links is None:
        raise InputError(faults)
    _check_references(registry, evidence, parameters, folder)
    _check_loops(registry, evidence, links)
    return Model(folder, registry, evidence.as_of(as_of), parameters, instruments, links, as_of)


def _check_references(
    registry: Registry, evidence: Evidence, parameters: Parameters, folder: Path
) -> None:
    """Refuse laws that name indicators, documents or events which do not exist."""
    kinds = {event.type for event in evidence.events}
    faults = []
    for name, law in parameters.laws.items():
        wanted: list[tuple[str, str, Iterable[str]]] = []
        if isinstance(law, SharesLaw):
            groups = (law.whole, *law.groups, law.rest)
            wanted += [("indicator", group, registry.indicators) for group in groups]
        elif isinstance(law, CountLaw):
            wanted += [("indicator", figure, registry.indicators) for figure in law.figures]
            wanted += [("event type", event, kinds) for event in law.events]
            if law.coverage is not None:
                wanted.append(("document", law.coverage_document, evidence.documents))
        file = display_path(folder / "parameters" / f"{parameters.sector_of[name]}.yml")
        faults += [
            Fault(
                file,
                0,
                0,
                f"law {name} names the unknown {what} '{word}'",
                did_you_mean(word, known),
            )
            for what, word, known in wanted
            if word not in set(known)
        ]
    if faults:
        raise InputError(faults)


def _ends() -> tuple[Ends, ...]:
    return tuple(
        Ends(s.__name__.lower(), s.inputs, s.outputs, s.responses, s.scaled) for s in SECTORS
    )


def _check_loops(registry: Registry, evidence: Evidence, links: Links) -> None:
    """Refuse links that feed back on each other and grow without end in a draw of their priors."""
    luck = Luck(STABILITY_SEED, 0, STABILITY_DRAWS)
    sizes = documented_sizes(registry, evidence)
    faults = [
        replace(links.places[loop.links[0]], what=loop.text, remedy=loop.remedy)
        for loop in growing_loops(links.links, sizes, TRANSMISSIONS, luck)
    ]
    if faults:
        raise InputError(faults)
