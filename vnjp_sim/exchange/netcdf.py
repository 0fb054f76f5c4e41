"""netCDF-4 of several scenarios with all draws, attributes in the manner of the CF conventions."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.exchange.citation import citations
from vnjp_sim.exchange.projections import Source, effects_or_levels
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.vocabulary import DRAW, SCENARIO, YEAR
from vnjp_sim.simulation.citing import evidence_items, texts_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import manifests_of
from vnjp_sim.simulation.projection_file import indicator_attributes
from vnjp_sim.storage.atomic import check_ending, write_whole
from vnjp_sim.storage.netcdf_files import new_netcdf

CONVENTIONS = "CF-1.11"
TITLES = {False: "Projections", True: "Effects on projections"}
COMMENT = (
    "Draw i has the same parameters and shocks in every scenario, so that an effect is a "
    "difference within a draw. Units are those of the registry; UDUNITS knows no currencies, "
    "persons and the like."
)


@settled
def write_netcdf(source: Source, model: Model, file: str | Path, *, force: bool = False) -> Path:
    """Write scenarios with all their draws to one netCDF-4 file; return it.

    One variable an indicator, float64, dims (scenario, year, draw), with `long_name`, `units`,
    `kind`, `sector`, `price_basis`, `description`, `counterpart` and `measure`; NaN where a
    scenario lacks a year. Of a comparison the effects are written: scenario less baseline.
    Coordinates of the scenarios say what each was run with, see :mod:`vnjp_sim.simulation.pairing`.
    Global attributes: title, institution, source, history (without time, so that equal input gives
    equal content), references, citation, license, comment, `manifests` (JSON).

    Parameters
    ----------
    source : Source
        A comparison; projections with dims (scenario, year, draw); or folders of stored runs.
    model : Model
        Labels, units and documents.
    file, force
        The target, and whether it may be replaced.

    Raises
    ------
    InputError, EnvironmentFailureError
        See :func:`vnjp_sim.storage.atomic.write_whole`.
    """
    from xarray.backends import H5NetCDFStore

    check_ending(Path(file), ".nc")
    compared = isinstance(source, Comparison)
    data = effects_or_levels(source, model.registry).copy()
    manifests = manifests_of(data)
    of_effects = data.attrs if compared else {}
    for name in map(str, data.data_vars):
        data[name].attrs = indicator_attributes(name, model.registry) | of_effects
    for name in map(str, data.coords):
        if data[name].dtype.kind == "U":
            data[name] = data[name].astype(object)
    data[SCENARIO].attrs = {"long_name": "scenario"}
    data[YEAR].attrs = {"long_name": "calendar year", "units": "1"}
    if DRAW in data.coords:
        data[DRAW].attrs = {"long_name": "draw of parameters and shocks", "units": "1"}
    scenarios = [str(name) for name in data[SCENARIO].values]
    data.attrs = {
        "Conventions": CONVENTIONS,
        "title": f"{TITLES[compared]} of Vietnam–Japan relations: {', '.join(scenarios)}",
        "institution": "vnjp_sim contributors",
        "source": "vnjp_sim " + version("vnjp-sim"),
        "history": "vnjp_sim run; vnjp_sim export --format netcdf",
        "references": "\n".join(texts_of(evidence_items(model))),
        "citation": "\n".join(citations(manifests)),
        "license": "CC-BY-4.0",
        "comment": COMMENT,
        **of_effects,
    }
    if manifests:
        data.attrs["manifests"] = json.dumps(manifests, sort_keys=True, ensure_ascii=False)
    for variable in data.variables.values():
        variable.encoding = {}
    encoding = {
        str(name): {"zlib": True, "complevel": 4, "shuffle": True} for name in data.data_vars
    }

    def write(target: Path) -> None:
        with new_netcdf(target) as opened:
            data.dump_to_store(H5NetCDFStore(opened, mode="a"), encoding=encoding)

    return write_whole(Path(file), write, force=force)
