"""The models folder against the code, both ways: nothing without a sector, no sector without it.

A lever, an event type, a law or a prior of the folder that no sector declares would do nothing; one
that a sector declares and the folder lacks would fail later, or silently. (Indicators are compared
where their registry is read, links where links are.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

from vnjp_sim.foundation.errors import Place, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import PACKAGE, display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.parameter_files import POOLED
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.sectors import SECTORS, Sector
from vnjp_sim.sectors.base import Output

Declared = Mapping[str, type[Sector]]


def check_declared(folder: Path, parameters: Parameters, instruments: Instruments) -> None:
    """Refuse a models folder that says more, or less, than the sectors declare.

    Raises
    ------
    InputError
        With file and line of what no sector declares, or of the sector that declares what no file
        says.
    """
    used = _declared(lambda o: (*o.set_by, *o.moved_by))
    priors = _declared(lambda o: (*o.learnt, *o.priors)) | {
        name: sector
        for sector in SECTORS
        for law in sector.laws
        for name in (*law.calibrated_with, *(set(law.common) & set(parameters.single)))
    }
    laws = {law.name: sector for sector in SECTORS for law in sector.laws}
    levers, types = instruments.levers, instruments.event_types
    known_priors = {*priors, *_shared_priors()}
    refusals = Refusals(
        (
            *_strange("lever", set(levers) - set(used), used, folder / "levers.yml", "levers"),
            *_strange(
                "event type",
                set(types) - set(used),
                used,
                folder / "event_types.yml",
                "event_types",
            ),
            *_missing("lever or event type", set(used) - {*levers, *types}, used),
            *_missing("law", set(laws) - set(parameters.laws), laws),
            *_missing("prior", set(priors) - set(parameters.single), priors),
            *_other_kinds(parameters),
        )
    )
    for word, names, known in (
        ("law", set(parameters.laws) - set(laws), laws),
        ("prior", set(parameters.single) - known_priors, known_priors),
    ):
        for name in sorted(names):
            what = f"no sector declares the {word} '{name}', so that it would have no effect"
            remedy = did_you_mean(name, known)
            refusals.append(Refusal(parameters.places[name], what, remedy))
    refusals.raise_if_any()


def _shared_priors() -> Iterator[str]:
    """Yield the priors that no sector alone has: of documents' errors, and of all growth laws."""
    yield from (f"pooled_{part}" for part in POOLED)
    for reliability in get_args(Document.model_fields["reliability"].annotation):
        yield f"document_error_{reliability}"


def _declared(names: Callable[[Output], Iterable[str]]) -> dict[str, type[Sector]]:
    return {name: s for s in SECTORS for output in s.gives for name in names(output)}


def _strange(
    word: str, names: Iterable[str], known: Iterable[str], file: Path, section: str
) -> Iterator[Refusal]:
    """Yield what a file says and no sector declares."""
    for name in sorted(names):
        document = read_models_yaml(file.parent, file.name)
        what = f"no sector declares the {word} '{name}', so that it would have no effect"
        yield document.refusal((section, name), what, did_you_mean(name, known))


def _missing(word: str, names: Iterable[str], declared: Declared) -> Iterator[Refusal]:
    """Yield what a sector declares and no file says."""
    for name in sorted(names):
        what = f"declares the {word} '{name}', which no file of the models folder has"
        remedy = "add it there, or leave it out of the sector"
        yield Refusal(_place_in_code(declared[name], name), what, remedy)


def _other_kinds(parameters: Parameters) -> Iterator[Refusal]:
    """Yield the laws whose kind is another in the file than in the sector."""
    for law in (law for sector in SECTORS for law in sector.laws):
        told = parameters.laws.get(law.name)
        if told is not None and told.law != law.kind:
            what = f"law {law.name} is of the kind '{told.law}', but its sector steps '{law.kind}'"
            yield Refusal(parameters.places[law.name], what, f"write 'law: {law.kind}'")


def _place_in_code(sector: type[Sector], name: str) -> Place:
    """Return where a sector names something; its own first line if the name is put together."""
    file = Path(inspect.getsourcefile(sector) or PACKAGE)
    first = inspect.getsourcelines(sector)[1]
    text = file.read_text(encoding="utf-8").splitlines()
    named = [number for number, line in enumerate(text, 1) if f'"{name}"' in line]
    return Place(display_path(file), named[0] if named else first)
