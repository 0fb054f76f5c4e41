"""The reading of `models/parameters/<sector>.yml`, held against what the model knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, Place, Refusal, closest, did_you_mean
from vnjp_sim.foundation.packaged import display_path, shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.parameters import AnyLaw, GrowthLaw, Law, Parameter, Parameters
from vnjp_sim.inputs.schema import Checked, Id, check
from vnjp_sim.inputs.strict_yaml import read_yaml


class SectorParameters(Checked):
    """One file of `models/parameters/`."""

    sector: Id
    laws: dict[Id, Law] = {}
    parameters: dict[Id, Parameter] = {}


def read_parameters(models: Path) -> Parameters:
    """Read every file of `models/parameters/`; raises InputError with all their faults."""
    folder = models / "parameters"
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise InputError.single(display_path(folder), "holds no YAML file", "check --models")
    laws: dict[str, AnyLaw] = {}
    single: dict[str, Parameter] = {}
    sector_of: dict[str, str] = {}
    places: dict[str, Place] = {}
    refusals = Refusals()
    for file in files:
        try:
            document = read_yaml(file)
            content = check(SectorParameters, document)
        except InputError as error:
            refusals += error.refusals
            continue
        if content.sector != file.stem:
            what = f"the sector is '{content.sector}', but the file {file.name}"
            refusals.append(document.refusal(("sector",), what, f"write 'sector: {file.stem}'"))
        for section, names in (("laws", content.laws), ("parameters", content.parameters)):
            for name in names:
                if name in sector_of:
                    what = f"'{name}' is already given in the file of {sector_of[name]}"
                    refusals.append(document.refusal((section, name), what, "keep one of them"))
                sector_of[name] = content.sector
                places[name] = document.place((section, name))
        laws.update(content.laws)
        single.update(content.parameters)
    known = _shipped(folder)
    if not refusals:
        refusals += _absent(display_path(folder), laws, single, known)
    refusals.take(_unknown(laws, single, places, known))
    refusals.raise_if_any()
    pooled = {name: _pooled(law, single) for name, law in laws.items()}
    return Parameters(pooled, single, sector_of, places)


POOLED = ("initial_growth", "long_run_growth", "half_life")


def _absent(
    place: str,
    laws: Mapping[str, AnyLaw],
    single: Mapping[str, Parameter],
    known: Mapping[str, SectorParameters],
) -> Iterator[Refusal]:
    """Yield what the model needs and no file gives; misspelt names are told elsewhere."""
    for part in POOLED:
        growth = [n for n, law in laws.items() if isinstance(law, GrowthLaw)]
        without = [n for n in growth if getattr(laws[n], part) is None]
        if without and f"pooled_{part}" not in single:
            what = f"no file gives pooled_{part}, and {without[0]} has no {part}"
            remedy = f"give pooled_{part}, or {part} in every growth law"
            yield Refusal(Place(place), what, remedy)
    strange = set(single) - {name for content in known.values() for name in content.parameters}
    for file, content in known.items():
        for name in content.parameters:
            if name in single or name.startswith("pooled_") or closest(name, strange):
                continue
            what = f"no file gives {name}, which the model needs"
            yield Refusal(Place(place), what, f"copy it from {file} of the shipped models")


def _unknown(
    laws: Mapping[str, AnyLaw],
    single: Mapping[str, Parameter],
    places: Mapping[str, Place],
    known: Mapping[str, SectorParameters],
) -> Iterator[Refusal]:
    """Yield the laws and parameters that no part of the model follows, or follows otherwise."""
    if not known:
        return
    kinds = {name: law.law for content in known.values() for name, law in content.laws.items()}
    numbers = {name for content in known.values() for name in content.parameters}
    for name, law in laws.items():
        if name not in kinds:
            what = f"no part of the model follows the law '{name}'"
            yield Refusal(places[name], what, did_you_mean(name, kinds))
        elif law.law != kinds[name]:
            what = f"'{name}' is a {law.law} law"
            yield Refusal(places[name], what, f"write 'law: {kinds[name]}'")
    for name in sorted(set(single) - numbers):
        what = f"no part of the model reads the parameter '{name}'"
        yield Refusal(places[name], what, did_you_mean(name, numbers))


def _shipped(folder: Path) -> dict[str, SectorParameters]:
    """Return the shipped files by name, which say what the model knows; none for themselves."""
    shipped = shipped_folder("models") / "parameters"
    if folder.samefile(shipped):
        return {}
    return {f.name: check(SectorParameters, read_yaml(f)) for f in sorted(shipped.glob("*.yml"))}


def _pooled(law: AnyLaw, single: Mapping[str, Parameter]) -> AnyLaw:
    """Fill what a growth law leaves out from the pooled priors."""
    if not isinstance(law, GrowthLaw):
        return law
    missing = [part for part in POOLED if getattr(law, part) is None]
    return law.model_copy(update={part: single[f"pooled_{part}"] for part in missing})
