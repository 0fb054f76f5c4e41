"""The projection file: netCDF-4 with CF-style attributes, one variable an indicator.

A netCDF-4 file is an HDF5 file whose dimensions are scales that its variables share. With some
ninety variables, h5netcdf and xarray take several times as long over them as the projection itself
takes to compute, so that both ways go through h5py; any netCDF reader opens the file. It is read
back as an xarray.Dataset with dims (scenario, year, draw).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.shown import ask
from vnjp_sim.foundation.vocabulary import DIMENSIONS, DRAW, LEVEL, MEASURE, SCENARIO, YEAR
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.pairing import MANIFEST, MANIFESTS, check_distinct, coordinates_of, packed
from vnjp_sim.storage.netcdf_files import NewVariables, new_hdf5

if TYPE_CHECKING:
    import h5py
    import xarray as xr

FloatArray = NDArray[np.float64]

CONVENTIONS = "CF-1.11"
TITLES = "documents"
"""The attribute with the titles of the sources: JSON by id in a file, text in memory."""
ALONG = "coordinates"
"""The attribute of CF that names the coordinates which are no dimensions."""


def write_projection(
    file: Path,
    scenario: str,
    start_year: int,
    arrays: Mapping[str, FloatArray],
    registry: Registry,
    attributes: Mapping[str, str],
) -> None:
    """Write (year, draw) arrays by indicator; raises OSError if the disk refuses.

    What `attributes` hold as `manifest` is written as coordinates of the scenario too, see
    :mod:`pairing`.
    """
    import h5py

    years, draws = next(iter(arrays.values())).shape
    coordinates = {
        SCENARIO: np.array([scenario], dtype=h5py.string_dtype()),
        YEAR: np.arange(start_year, start_year + years, dtype=np.int64),
        DRAW: np.arange(draws, dtype=np.int64),
    }
    with new_hdf5(file) as target:
        scales = []
        for number, (name, values) in enumerate(coordinates.items()):
            scale = target.create_dataset(name, data=values, track_order=True)
            scale.make_scale(name)
            scale.attrs["_Netcdf4Dimid"] = np.int32(number)
            scales.append(scale)
        own = coordinates_of(json.loads(attributes.get(MANIFEST, "{}")))
        for name, value in own.items():
            kind = h5py.string_dtype() if isinstance(value, str) else np.int64
            coordinate = target.create_dataset(name, data=np.array([value], dtype=kind))
            coordinate.dims[0].attach_scale(scales[0])
        variables = NewVariables(target, [scale.id for scale in scales])
        along = {ALONG: " ".join(own)} if own else {}
        for name, array in arrays.items():
            variables.add(name, array[None], {**indicator_attributes(name, registry), **along})
        for key, text in {"Conventions": CONVENTIONS, **attributes}.items():
            target.attrs[key] = text


@dataclass(frozen=True)
class Projection:
    """One scenario's projection as a file holds it.

    Attributes
    ----------
    scenario : str
        Its name.
    start : int
        The first year.
    arrays : Mapping[str, FloatArray]
        By indicator, (year, draw).
    variables : Mapping[str, Mapping[str, str]]
        The attributes of each.
    attributes : Mapping[str, str]
        Where it comes from, its manifest among them.
    """

    scenario: str
    start: int
    arrays: Mapping[str, FloatArray]
    variables: Mapping[str, Mapping[str, str]]
    attributes: Mapping[str, str]

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What it was made of; empty if unknown."""
        content: Mapping[str, Any] = json.loads(self.attributes.get(MANIFEST, "{}"))
        return content

    @cached_property
    def own(self) -> Mapping[str, str | int]:
        """The coordinates of its scenario, see :mod:`pairing`."""
        return coordinates_of(self.manifest)

    @property
    def shape(self) -> tuple[int, ...]:
        """The numbers of years and draws."""
        return next(iter(self.arrays.values())).shape


def read_run(file: Path, registry: Registry | None = None) -> Projection:
    """Return a projection file in memory.

    Parameters
    ----------
    registry : Registry | None
        That of the run, where it is known: quicker than to read the attributes of each variable.
        In a file of version 0.1.0 these lack `measure`, which is added.
    """
    import h5py

    with h5py.File(file, "r") as stored:
        held = [name for name, variable in stored.items() if variable.ndim == len(DIMENSIONS)]
        return Projection(
            str(stored[SCENARIO].asstr()[0]),
            int(stored[YEAR][0]),
            {name: stored[name][0] for name in held},
            {
                name: {MEASURE: LEVEL} | _attributes(stored[name])
                if registry is None
                else indicator_attributes(name, registry)
                for name in held
            },
            _attributes(stored),
        )


def read_projection(file: Path) -> xr.Dataset:
    """Return a projection file as a dataset, dims (scenario, year, draw)."""
    return dataset_of([read_run(file)])


def dataset_of(parts: Sequence[Projection]) -> xr.Dataset:
    """Return projections of the same indicators and draws, dims (scenario, year, draw).

    Years that a scenario lacks are NaN. Attributes that all have in common stay.
    """
    import xarray as xr

    ask("register")
    first = min(part.start for part in parts)
    end = max(part.start + part.shape[0] for part in parts)
    shape = (len(parts), end - first, parts[0].shape[1])
    variables = {}
    for name in parts[0].arrays:
        values = np.empty(shape)
        for row, part in zip(values, parts, strict=True):
            years = part.shape[0]
            begin = part.start - first
            row[:begin] = row[begin + years :] = np.nan
            row[begin : begin + years] = part.arrays[name]
        variables[name] = (DIMENSIONS, values, _common([part.variables[name] for part in parts]))
    coordinates = {
        SCENARIO: np.array([part.scenario for part in parts], dtype=str),
        YEAR: np.arange(first, end, dtype=np.int64),
        DRAW: np.arange(shape[2], dtype=np.int64),
        **{n: (SCENARIO, np.array([part.own[n] for part in parts])) for n in parts[0].own},
    }
    attributes = _common([part.attributes for part in parts])
    attributes.pop(MANIFEST, None)  # which stands in the coordinates of each scenario
    if TITLES in attributes:
        attributes[TITLES] = "; ".join(sorted(json.loads(attributes[TITLES]).values()))
    return xr.Dataset(variables, coordinates, attributes)


def gather(parts: Sequence[Projection]) -> xr.Dataset:
    """Return projections of single scenarios as one, dims (scenario, year, draw).

    Years that a scenario lacks are NaN. What each run was made of stands in coordinates of the
    scenarios, see :mod:`pairing`; the attribute `manifests` holds the manifests by scenario too,
    packed, since some ways of joining lose coordinates. Attributes that all have in common stay.

    Raises
    ------
    InputError
        Two of them have the same scenario.
    """
    names = [part.scenario for part in parts]
    check_distinct(names, ["projection"] * len(names))
    if len({(part.shape[1], *part.arrays, *part.own) for part in parts}) == 1:
        whole = dataset_of(parts)
    else:
        import xarray as xr

        whole = xr.concat(
            [dataset_of([part]) for part in parts],
            "scenario",
            data_vars="all",
            join="outer",
            combine_attrs="drop_conflicts",
        )
    manifests = {part.scenario: part.manifest for part in parts if part.manifest}
    whole.attrs[MANIFESTS] = packed(manifests)
    return whole


def _common(attributes: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the attributes that do not conflict."""
    merged: dict[str, str] = {}
    for own in attributes:
        merged |= own
    return {k: v for k, v in merged.items() if all(own.get(k, v) == v for own in attributes)}


def _attributes(stored: h5py.Group | h5py.Dataset) -> dict[str, str]:
    """Return the attributes that are text, which those of HDF5 and netCDF themselves are not."""
    return {k: v for k, v in stored.attrs.items() if isinstance(v, str) and k != ALONG}


def indicator_attributes(name: str, registry: Registry) -> dict[str, str]:
    """Return the attributes of an indicator's variable."""
    indicator = registry.indicators[name]
    return {
        "long_name": indicator.label,
        "units": indicator.unit,
        "kind": indicator.kind,
        "sector": indicator.sector,
        "price_basis": indicator.price_basis,
        "description": indicator.meaning,
        "counterpart": indicator.counterpart,
        MEASURE: LEVEL,
    }
