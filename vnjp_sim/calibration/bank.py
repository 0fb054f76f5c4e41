"""The posterior on disk: one netCDF file that ArviZ opens, with what it came from.

Groups of the file: `posterior` with dimensions (chain, draw, …), `prior` with as many draws of the
same parameters from their priors, `log_prior` by parameter and `log_likelihood` by group of laws.
Each variable of the posterior has its `units` and its `scale` among its attributes. Diagnostics and
hashes stand in the attributes as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.calibrating import BANK_SIZE, SAMPLE_SIZE, SEED
from vnjp_sim.calibration.diagnostics import GroupDiagnostics, ParameterSummary
from vnjp_sim.calibration.posterior import Posterior
from vnjp_sim.calibration.posteriors import LINEAR
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.sectors.central_course import CentralCourse, central_course
from vnjp_sim.storage.netcdf_files import new_netcdf
from vnjp_sim.storage.sources import source_hash
from vnjp_sim.storage.store import check_run, write_run
from vnjp_sim.storage.user_cache import CALIBRATION

ROOMS = ("calibration", "foundation", "inputs", "sectors", "storage")
"""The rooms that calibrate: the posterior depends on these, and on no room above them."""
FILE = "posterior.nc"
MEASURED_PARTS = ("path", "permanent", "level", "last_figure")
"""The parts of a law's posterior, and of a documented level, that are in an indicator's unit."""
FORMAT = 5


def calibration_hash(
    evidence: Evidence, parameters: Parameters, sample_size: int = SAMPLE_SIZE
) -> str:
    """Return the hash of everything that the posterior depends on.

    Content, not files: the order of rows and the names of files do not count.
    """
    content = {
        "format": FORMAT,
        "documents": {name: (d.published, d.reliability) for name, d in evidence.sources.items()},
        "observations": [(*o.key, o.use) for o in evidence.observations],
        "events": [(e.date, e.type, e.value, e.duplicate) for e in evidence.events],
        "laws": {n: law.model_dump(mode="json") for n, law in parameters.laws.items()},
        "course": central_course(evidence, parameters).content,
        "single": {n: p.model_dump(mode="json") for n, p in parameters.single.items()},
        "sizes": (BANK_SIZE, sample_size, SEED),
        "sources": source_hash(ROOMS),
        "libraries": {name: version(name) for name in ("numpy", "scipy", "arviz-stats")},
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_posterior(
    posterior: Posterior,
    parameters: Parameters,
    registry: Registry,
    out: Path,
    manifest: Mapping[str, Any],
) -> Path:
    """Write the posterior below `out`, whole or not at all; return the file.

    The manifest's `calibration` names its folder; parameters and registry give the units.

    Raises
    ------
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    from xarray.backends import H5NetCDFStore

    attributes = {
        "manifest": json.dumps(dict(manifest), sort_keys=True),
        "structure": json.dumps(_structure(posterior), sort_keys=True),
        "created_by": "vnjp_sim",
    }
    attributes_of = variable_attributes(posterior, parameters, registry)
    groups = {
        "posterior": _dataset(posterior, attributes_of),
        "prior": _prior_dataset(posterior, parameters),
        "log_prior": _densities(posterior.log_prior(parameters)),
        "log_likelihood": _densities(posterior.log_likelihood),
    }

    def write(file: Path) -> None:
        with new_netcdf(file) as target:
            for name, dataset in groups.items():
                dataset.dump_to_store(H5NetCDFStore(target, group=name, mode="a"))
            target.attrs.update(attributes)

    folder, _ = write_run(out, CALIBRATION, str(manifest["calibration"]), {FILE: write}, manifest)
    return folder / FILE


def load_posterior(file: Path) -> Posterior:
    """Read a posterior that :func:`save_posterior` wrote.

    Raises
    ------
    EnvironmentFailureError
        It is damaged, see :func:`vnjp_sim.storage.store.check_run`.
    """
    import h5py

    check_run(file.parent)
    with h5py.File(file, "r") as source:
        structure = json.loads(source.attrs["structure"])
        group = source["posterior"]
        arrays = {name: _bank_array(group[name][...]) for name in structure["arrays"]}
        likelihoods = source["log_likelihood"]
        densities = {name: likelihoods[name][0] for name in structure["log_likelihood"]}
    return Posterior(
        arrays,
        structure["first_years"],
        structure["last_year"],
        tuple(structure["forms"]),
        structure["plateaus"],
        structure["origins"],
        tuple(GroupDiagnostics(**item) for item in structure["groups"]),
        tuple(ParameterSummary(**item) for item in structure["parameters"]),
        tuple(structure["missing"]),
        structure["scales"],
        CentralCourse(**structure["course"]),
        structure["last_figures"],
        densities,
    )


def _structure(posterior: Posterior) -> dict[str, Any]:
    return {
        "arrays": sorted(posterior.arrays),
        "first_years": dict(posterior.first_years),
        "last_year": posterior.last_year,
        "forms": list(posterior.forms),
        "plateaus": dict(posterior.plateaus),
        "origins": dict(posterior.origins),
        "groups": [asdict(item) for item in posterior.groups],
        "parameters": [asdict(item) for item in posterior.parameters],
        "missing": list(posterior.missing),
        "scales": dict(posterior.scales),
        "course": posterior.course.content,
        "last_figures": dict(posterior.last_figures),
        "log_likelihood": sorted(posterior.log_likelihood),
    }


def variable_attributes(
    posterior: Posterior, parameters: Parameters, registry: Registry
) -> dict[str, dict[str, str]]:
    """Return units and scale of each array of a posterior, by name.

    Of a logarithm the units are those of the quantity that it is taken of; what is neither a
    parameter nor of an indicator is a pure number, with the units 1.
    """
    units = {name: parameter.unit for name, parameter in parameters.all_parameters()}
    indicators = registry.indicators
    attributes = {}
    for name in posterior.arrays:
        law, _, part = name.rpartition(".")
        if name not in units and law in indicators and part in MEASURED_PARTS:
            units[name] = indicators[law].unit
        attributes[name] = {
            "units": units.get(name, "1"),
            "scale": posterior.scales.get(name, LINEAR),
        }
    return attributes


def _dataset(posterior: Posterior, attributes: Mapping[str, Mapping[str, str]]) -> Any:
    """Return the bank as (chain, draw, …), paths with a dimension of years of their own."""
    import xarray as xr

    variables = {}
    coordinates: dict[str, Any] = {}
    for name, array in sorted(posterior.arrays.items()):
        extra = []
        if array.ndim >= 2:
            first = posterior.first_years[name]
            dimension = f"{name}_year"
            coordinates[dimension] = np.arange(first, first + array.shape[-2])
            extra = [dimension]
        if array.ndim == 3:
            extra = [f"{name}_group", *extra]
        moved = np.moveaxis(array, -1, 0)[None]
        dimensions = ("chain", "draw", *extra)
        variables[name] = (dimensions, np.ascontiguousarray(moved), attributes[name])
    return xr.Dataset(variables, coords=coordinates)


def _prior_dataset(posterior: Posterior, parameters: Parameters) -> Any:
    import xarray as xr

    rng = np.random.Generator(np.random.SFC64(SEED))
    variables = {}
    for name, parameter in parameters.all_parameters():
        if name in posterior.arrays:
            scores = rng.standard_normal((1, posterior.size))
            variables[name] = (("chain", "draw"), parameter.prior.transform(scores))
    return xr.Dataset(variables)


def _densities(densities: Mapping[str, NDArray[np.generic]]) -> Any:
    """Return log densities as (chain, draw), by the names of parameters or groups."""
    import xarray as xr

    return xr.Dataset({name: (("chain", "draw"), x[None]) for name, x in sorted(densities.items())})


def _bank_array(stored: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.ascontiguousarray(np.moveaxis(stored[0], 0, -1))
