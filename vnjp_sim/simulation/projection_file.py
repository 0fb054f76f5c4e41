"""The projection file: netCDF-4 with CF-style attributes, one variable an indicator.

A netCDF-4 file is an HDF5 file whose dimensions are scales that its variables share. With some
ninety variables, h5netcdf and xarray take several times as long over them as the projection itself
takes to compute, so that both ways go through h5py; any netCDF reader opens the file. It is read
back as an xarray.Dataset with dims (scenario, year, draw).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import DIMENSIONS, DRAW, LEVEL, MEASURE, SCENARIO, YEAR
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.pairing import MANIFEST, coordinates_of
from vnjp_sim.storage.netcdf_files import new_hdf5

if TYPE_CHECKING:
    import h5py
    import xarray as xr

FloatArray = NDArray[np.float64]

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
        for name, array in arrays.items():
            variable = target.create_dataset(name, data=array[None], track_order=True)
            for dimension, scale in zip(variable.dims, scales, strict=True):
                dimension.attach_scale(scale)
            for key, text in indicator_attributes(name, registry).items():
                variable.attrs[key] = text
            if own:
                variable.attrs[ALONG] = " ".join(own)
        for key, text in {"Conventions": "CF-1.11", **attributes}.items():
            target.attrs[key] = text


def read_projection(file: Path) -> xr.Dataset:
    """Return a projection file in memory, dims (scenario, year, draw).

    A file of version 0.1.0 gets the coordinates of its scenario from the attribute `manifest`, and
    its variables the attribute `measure`.
    """
    import h5py
    import xarray as xr

    with h5py.File(file, "r") as stored:
        own = coordinates_of(json.loads(stored.attrs.get(MANIFEST, "{}")))
        coordinates = {
            SCENARIO: np.array(stored[SCENARIO].asstr()[...], dtype=str),
            YEAR: stored[YEAR][...],
            DRAW: stored[DRAW][...],
            **{name: (SCENARIO, np.array([value])) for name, value in own.items()},
        }
        variables = {
            name: (DIMENSIONS, variable[...], {MEASURE: LEVEL} | _attributes(variable))
            for name, variable in stored.items()
            if name not in coordinates
        }
        return xr.Dataset(variables, coordinates, _attributes(stored))


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
        MEASURE: LEVEL,
    }
