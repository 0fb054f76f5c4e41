"""The projection file: netCDF-4 with CF-style attributes, one variable an indicator.

Written through h5netcdf alone, since importing xarray takes as long as computing the projection;
read back as an xarray.Dataset with dims (scenario, year, draw).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.netcdf_files import new_netcdf
from vnjp_sim.registry import Registry
from vnjp_sim.vocabulary import DIMENSIONS, DRAW, SCENARIO, YEAR

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]


def write_projection(
    file: Path,
    scenario: str,
    start_year: int,
    arrays: Mapping[str, FloatArray],
    registry: Registry,
    attributes: Mapping[str, str],
) -> None:
    """Write (year, draw) arrays by indicator; raises OSError if the disk refuses."""
    import h5py

    years, draws = next(iter(arrays.values())).shape
    with new_netcdf(file) as target:
        target.dimensions = {SCENARIO: 1, YEAR: years, DRAW: draws}
        names = target.create_variable(SCENARIO, (SCENARIO,), h5py.string_dtype())
        names[...] = np.array([scenario], dtype=object)
        target.create_variable(
            YEAR, (YEAR,), data=np.arange(start_year, start_year + years, dtype=np.int64)
        )
        target.create_variable(DRAW, (DRAW,), data=np.arange(draws, dtype=np.int64))
        for name, array in arrays.items():
            variable = target.create_variable(name, DIMENSIONS, data=array[None])
            for key, text in indicator_attributes(name, registry).items():
                variable.attrs[key] = text
        for key, text in {"Conventions": "CF-1.11", **attributes}.items():
            target.attrs[key] = text


def read_projection(file: Path) -> xr.Dataset:
    """Return a projection file in memory, dims (scenario, year, draw)."""
    import xarray as xr

    with xr.open_dataset(file, engine="h5netcdf") as stored:
        loaded = stored.load()
    loaded[SCENARIO].encoding.clear()  # else a longer name would be cut when it is saved again
    return loaded


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
    }
