"""The reading of `parameters/<sector>.yml` of a models folder over the shipped files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, Place
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.models_folder import tables
from vnjp_sim.inputs.parameters import AnyLaw, GrowthLaw, Law, Parameter, Parameters
from vnjp_sim.inputs.schema import Checked, Id, check
from vnjp_sim.inputs.strict_yaml import read_yaml


class SectorParameters(Checked):
    """One file of `models/parameters/`."""

    sector: Id
    laws: dict[Id, Law] = {}
    parameters: dict[Id, Parameter] = {}


def read_parameters(models: Path) -> Parameters:
    """Read every file of `parameters/` of a models folder; raises InputError with all their faults.

    A law or parameter of an own file replaces the shipped one of its name, whatever its file.
    """
    refusals = Refusals()
    own = _read_files(tables(models, "parameters")[0], refusals)
    shipped = _read_files(tables(shipped_folder("models"), "parameters")[1], refusals)
    refusals.raise_if_any()
    laws = {**shipped.laws, **own.laws}
    single = {**shipped.single, **own.single}
    return Parameters(
        {name: _pooled(law, single) for name, law in laws.items()},
        single,
        {**shipped.sector_of, **own.sector_of},
        {**shipped.places, **own.places},
    )


def _read_files(files: Sequence[Path], refusals: Refusals) -> Parameters:
    """Return what files of parameters give, not yet pooled; add to `refusals` what is wrong."""
    laws: dict[str, AnyLaw] = {}
    single: dict[str, Parameter] = {}
    sector_of: dict[str, str] = {}
    places: dict[str, Place] = {}
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
    return Parameters(laws, single, sector_of, places)


POOLED = ("initial_growth", "long_run_growth", "half_life")


def _pooled(law: AnyLaw, single: Mapping[str, Parameter]) -> AnyLaw:
    """Fill what a growth law leaves out from the pooled priors."""
    if not isinstance(law, GrowthLaw):
        return law
    missing = [part for part in POOLED if getattr(law, part) is None]
    return law.model_copy(update={part: single[f"pooled_{part}"] for part in missing})
