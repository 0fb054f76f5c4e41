"""The files of a sweep: netCDF-4 with dims (point, year, quantile or draw), and a table of points.

They are put together from the files of its chunks one after another, so that a sweep may be larger
than memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import DRAW, YEAR
from vnjp_sim.inputs.design import CELLS, POINT, QUANTILE, Design
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projection_file import indicator_attributes
from vnjp_sim.storage.netcdf_files import new_hdf5

if TYPE_CHECKING:
    import h5py
    import xarray as xr

FloatArray = NDArray[np.float64]
Chunk = Mapping[str, FloatArray]
"""By indicator, (point, year, quantile or draw)."""


def write_sweep(
    file: Path,
    design: Design,
    scenario: Scenario,
    points: FloatArray,
    chunks: Iterable[tuple[int, Chunk]],
    registry: Registry,
    attributes: Mapping[str, str],
) -> None:
    """Write a sweep; raises OSError if the disk refuses.

    Parameters
    ----------
    points : FloatArray
        (point, axis) the values of each point.
    chunks : iterable of (int, Chunk)
        First point and values of each chunk.
    """
    import h5py

    with new_hdf5(file) as target:
        for key, text in {"Conventions": "CF-1.11", **attributes}.items():
            target.attrs[key] = text
        scales: list[h5py.Dataset] = []
        for first, chunk in chunks:
            if not scales:
                kept = next(iter(chunk.values())).shape[2]
                last: NDArray[np.generic] = np.arange(kept)
                if design.content.keep == "quantiles":
                    last = np.array(CELLS, dtype=h5py.string_dtype())
                name = QUANTILE if design.content.keep == "quantiles" else DRAW
                years = np.arange(scenario.start, scenario.end + 1)
                dimensions = {POINT: np.arange(len(points)), YEAR: years, name: last}
                scales = _write_coordinates(target, dimensions, design, points)
            for name, values in chunk.items():
                if name not in target:
                    _new_variable(target, name, scales, design, registry)
                target[name][first : first + len(values)] = values


def _write_coordinates(
    target: h5py.File,
    dimensions: Mapping[str, NDArray[np.generic]],
    design: Design,
    points: FloatArray,
) -> list[h5py.Dataset]:
    """Write the dimensions, and the value of each axis along the points."""
    scales = []
    for number, (name, values) in enumerate(dimensions.items()):
        scale = target.create_dataset(name, data=values, track_order=True)
        scale.make_scale(name)
        scale.attrs["_Netcdf4Dimid"] = np.int32(number)
        scales.append(scale)
    for axis, values in zip(design.axes, points.T, strict=True):
        coordinate = target.create_dataset(axis.name, data=np.ascontiguousarray(values))
        coordinate.dims[0].attach_scale(scales[0])
        coordinate.attrs["long_name"], coordinate.attrs["units"] = axis.text, axis.unit
    return scales


def _new_variable(
    target: h5py.File,
    name: str,
    scales: list[h5py.Dataset],
    design: Design,
    registry: Registry,
) -> None:
    shape = tuple(scale.shape[0] for scale in scales)
    variable = target.create_dataset(name, shape, np.float64, track_order=True)
    for dimension, scale in zip(variable.dims, scales, strict=True):
        dimension.attach_scale(scale)
    for key, text in indicator_attributes(name, registry).items():
        variable.attrs[key] = text
    variable.attrs["coordinates"] = " ".join(axis.name for axis in design.axes)


def write_points(file: Path, design: Design, points: FloatArray) -> None:
    """Write the values of each point along each axis as CSV, full precision."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([POINT, *(axis.name for axis in design.axes)])
        writer.writerows([i, *map(repr, row)] for i, row in enumerate(points.tolist()))


def read_sweep(file: Path) -> xr.Dataset:
    """Return a sweep in memory, dims (point, year, quantile or draw)."""
    import xarray as xr

    return xr.load_dataset(file, engine="h5netcdf")


def cube_of(sweep: xr.Dataset) -> xr.Dataset:
    """Return a sweep over a grid with one dimension an axis instead of `point`."""
    axes = [str(name) for name in sweep.coords if name != POINT and sweep[name].dims == (POINT,)]
    if len(axes) == 1:
        return sweep.swap_dims({POINT: axes[0]}).drop_vars(POINT)
    cube = sweep.drop_vars(POINT).set_index(point=axes).unstack(POINT).transpose(*axes, ...)
    for name in axes:
        cube[name].attrs = sweep[name].attrs
    return cube
