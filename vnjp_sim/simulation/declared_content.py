"""The models folder against the code, both ways: nothing without a sector, no sector without it.

A lever, an event type, a law or a prior of the folder that no sector declares would do nothing; one
that a sector declares and the folder lacks would fail later, or silently. (Indicators are compared
where their registry is read, links where links are.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

from vnjp_sim.foundation.errors import Place, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import PACKAGE, display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.parameter_files import POOLED
from vnjp_sim.inputs.parameters import RELEASE_LAG, Parameters
from vnjp_sim.sectors import SECTORS, Sector
from vnjp_sim.sectors.base import Output

Declared = Mapping[str, type[Sector]]


def check_parameters(parameters: Parameters) -> Parameters:
    """Return the laws and priors of a models folder if they are those that the sectors declare.

    Raises
    ------
    InputError
        With file and line of what no sector declares, or of the sector that declares what no file
        says.
    """
    laws = {law.name: sector for sector in SECTORS for law in sector.laws}
    priors = _declared(lambda o: (*o.learnt, *o.priors, *o.course)) | {
        name: sector
        for sector in SECTORS
        for law in sector.laws
        for name in (*law.calibrated_with, *(set(law.common) & set(parameters.single)))
    }
    place = parameters.places.__getitem__
    Refusals(
        (
            *_undeclared("law", parameters.laws, laws, place),
            *_undeclared("prior", parameters.single, {*priors, *_shared_priors()}, place),
            *_missing("law", set(laws) - set(parameters.laws), laws),
            *_missing("prior", set(priors) - set(parameters.single), priors),
            *_other_kinds(parameters),
        )
    ).raise_if_any()
    return parameters


def check_instruments(folder: Path, instruments: Instruments) -> Instruments:
    """Return the levers and event types of a models folder if they are those that sectors declare.

    Raises
    ------
    InputError
        As `check_parameters`.
    """
    used = _declared(lambda o: (*o.set_by, *o.moved_by))
    levers, types = instruments.levers, instruments.event_types
    Refusals(
        (
            *_undeclared("lever", levers, used, _place_in(folder, "levers")),
            *_undeclared("event type", types, used, _place_in(folder, "event_types")),
            *_missing("lever or event type", set(used) - {*levers, *types}, used),
        )
    ).raise_if_any()
    return instruments


def _shared_priors() -> Iterator[str]:
    """Yield the priors that no sector alone has: of documents, and of all growth laws."""
    yield RELEASE_LAG
    yield from (f"pooled_{part}" for part in POOLED)
    for reliability in get_args(Document.model_fields["reliability"].annotation):
        yield f"document_error_{reliability}"


def _declared(names: Callable[[Output], Iterable[str]]) -> dict[str, type[Sector]]:
    return {name: s for s in SECTORS for output in s.gives for name in names(output)}


def _undeclared(
    word: str, names: Iterable[str], declared: Collection[str], place: Callable[[str], Place]
) -> Iterator[Refusal]:
    """Yield what a file says and no sector declares."""
    for name in sorted(set(names) - set(declared)):
        what = f"no sector declares the {word} '{name}', so that it would have no effect"
        yield Refusal(place(name), what, did_you_mean(name, declared))


def _place_in(folder: Path, section: str) -> Callable[[str], Place]:
    """Return where the entries of a file of one section stand."""
    return lambda name: read_models_yaml(folder, f"{section}.yml").place((section, name))


def _missing(word: str, names: Iterable[str], declared: Declared) -> Iterator[Refusal]:
    """Yield what a sector declares and no file says."""
    for name in sorted(names):
        what = f"declares the {word} '{name}', which no file of the models folder has"
        remedy = "add it there, or leave it out of the sector"
        yield Refusal(_place_in_code(declared[name], name), what, remedy)


def _other_kinds(parameters: Parameters) -> Iterator[Refusal]:
    """Yield the laws whose kind is another in the file than in the sector."""
    for law in (law for sector in SECTORS for law in sector.laws):
        read = parameters.laws.get(law.name)
        if read is not None and read.law != law.kind:
            what = f"law {law.name} is of the kind '{read.law}', but its sector steps '{law.kind}'"
            yield Refusal(parameters.places[law.name], what, f"write 'law: {law.kind}'")


def _place_in_code(sector: type[Sector], name: str) -> Place:
    """Return where a sector names something; its own first line if the name is put together."""
    file = Path(inspect.getsourcefile(sector) or PACKAGE)
    first = inspect.getsourcelines(sector)[1]
    text = file.read_text(encoding="utf-8").splitlines()
    named = [number for number, line in enumerate(text, 1) if f'"{name}"' in line]
    return Place(display_path(file), named[0] if named else first)
