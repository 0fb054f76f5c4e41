"""The projection file: what h5py writes, other readers of netCDF find."""

from __future__ import annotations

import json
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray as xr

from vnjp_sim.foundation.vocabulary import DIMENSIONS
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import COORDINATES, PAIRED_BY
from vnjp_sim.simulation.projection_file import (
    indicator_attributes,
    read_projection,
    write_projection,
)

NAMES = ("trade_turnover", "oda_commitments", "index_partnership")
MANIFEST = {
    **dict.fromkeys(PAIRED_BY, "x"),
    "draws": 40,
    "seed": 7,
    "chain": ["base", "osa_and_rail"],
}
ATTRIBUTES = {"title": "Thương mại và viện trợ", "manifest": json.dumps(MANIFEST)}


@pytest.fixture
def file(shipped_model: Model, tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=(3, 40)) for name in NAMES}
    file = tmp_path / "projection.nc"
    write_projection(file, "osa_and_rail", 2025, arrays, shipped_model.registry, ATTRIBUTES)
    return file


def test_xarray_finds_what_was_written(file: Path, shipped_model: Model) -> None:
    ours = read_projection(file)
    with xr.open_dataset(file, engine="h5netcdf") as theirs:
        stated = theirs.load()
        assert json.loads(stated.attrs.pop("manifest")) == MANIFEST
        assert json.loads(str(ours["manifest"].item())) == MANIFEST
        xr.testing.assert_identical(ours, stated)
    assert tuple(ours.data_vars) == NAMES
    assert ours.attrs == {"Conventions": "CF-1.11", "title": ATTRIBUTES["title"]}
    for name in NAMES:
        assert ours[name].dims == DIMENSIONS
        assert ours[name].attrs == indicator_attributes(name, shipped_model.registry)
    assert ours["scenario"].to_numpy().tolist() == ["osa_and_rail"]
    assert ours["year"].to_numpy().tolist() == [2025, 2026, 2027]
    assert ours["draw"].to_numpy().tolist() == list(range(40))
    assert set(ours.coords) == {*DIMENSIONS, *COORDINATES}
    assert (ours["seed"].item(), ours["draws"].item()) == (7, 40)
    assert ours["baseline"].item() == "base"
    assert json.loads(ours["manifest"].item()) == MANIFEST


def test_dimensions_are_those_of_netcdf(file: Path) -> None:
    with h5netcdf.File(file, "r") as opened:
        assert {name: len(d) for name, d in opened.dimensions.items()} == {
            "scenario": 1,
            "year": 3,
            "draw": 40,
        }
        assert all(opened.variables[name].dimensions == DIMENSIONS for name in NAMES)


def test_what_was_read_can_be_saved_again(file: Path, tmp_path: Path) -> None:
    ours = read_projection(file)
    longer = ours.assign_coords(scenario=["a_name_longer_than_before"])
    both = xr.concat([ours, longer], "scenario")
    both.to_netcdf(tmp_path / "both.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "both.nc", engine="h5netcdf") as again:
        xr.testing.assert_identical(again.load(), both)


def test_same_arrays_give_the_same_bytes(file: Path, shipped_model: Model, tmp_path: Path) -> None:
    arrays = {name: variable.to_numpy()[0] for name, variable in read_projection(file).items()}
    again = tmp_path / "again.nc"
    registry = shipped_model.registry
    write_projection(again, "osa_and_rail", 2025, arrays, registry, ATTRIBUTES)
    assert again.read_bytes() == file.read_bytes()
