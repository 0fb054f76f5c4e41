"""Random scenario files, run as a user runs them: what holds is checked on the files they write.

The full size (300 chains of files) runs with

    python -m pytest tests/test_invariants.py --full
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from identities import TOLERANCE, bounds, identities
from numpy.typing import NDArray
from random_scenarios import Content, chains, yaml_text, yaml_text_otherwise
from reach import FISCAL, LEVERS, downstream, moved_by_event, moved_by_prior

from vnjp_sim.errors import InputError
from vnjp_sim.links import Links
from vnjp_sim.model import Model
from vnjp_sim.runs import (
    INDICATORS,
    PROJECTION,
    Options,
    ensemble_of,
    posterior_of,
    prepare_scenario,
    project,
    run_scenario,
)
from vnjp_sim.scenario import Scenario
from vnjp_sim.shipped import shipped_folder
from vnjp_sim.store import MANIFEST
from vnjp_sim.vocabulary import DIMENSIONS, QUANTILES

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]
Prove = Callable[[str, Mapping[str, Any]], None]

pytestmark = pytest.mark.invariants

SEED = 20_251
SMALL, FULL = 12, 300
TOLD = {"long_name": "label", "units": "unit", "description": "meaning"}
"""By attribute of a variable, the key of the registry that it repeats, where the name differs."""


@dataclass(frozen=True)
class Written:
    """One run: its files, and its (year, draw) arrays as they stand in the projection file."""

    scenario: Scenario
    run: str
    folder: Path
    files: Mapping[str, bytes]
    arrays: Arrays


@pytest.fixture(scope="module")
def out(calibrated_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder of this module's own, with the calibration."""
    folder = tmp_path_factory.mktemp("out")
    (folder / "calibration").symlink_to(calibrated_out / "calibration")
    return folder


def written(file: Path, model: Model, options: Options, out: Path) -> Written:
    """Run a scenario file, and take the run out of the store."""
    result = run_scenario(file, model, options, out)
    assert not result.reused
    folder = file.with_suffix(".results")
    shutil.move(result.folder, folder)
    files = {f.name: f.read_bytes() for f in sorted(folder.iterdir())}
    with h5py.File(folder / PROJECTION) as stored:
        names = [name for name in stored if name not in DIMENSIONS]
        arrays = {name: stored[name][0] for name in names}
    return Written(result.scenario, result.folder.name, folder, files, arrays)


def check_file(run: Written, model: Model, options: Options) -> None:
    """Check coordinates, units and attributes of the projection file against the registry."""
    scenario = run.scenario
    told = yaml.safe_load((model.folder / "indicators.yml").read_text(encoding="utf-8"))
    expected = [n for n, i in told["indicators"].items() if not i.get("not_projected")]
    with xr.open_dataset(run.folder / PROJECTION, engine="h5netcdf") as data:
        assert sorted(data.data_vars) == sorted(expected)
        assert data["scenario"].values.tolist() == [scenario.name]
        assert data["year"].values.tolist() == list(range(scenario.start, scenario.end + 1))
        assert data["draw"].values.tolist() == list(range(options.draws))
        for name, variable in data.data_vars.items():
            assert variable.dims == DIMENSIONS
            assert variable.dtype == np.float64
            kept = ("kind", "sector", "price_basis")
            keys = TOLD | {key: key for key in kept}
            stands = {key: told["indicators"][name][origin] for key, origin in keys.items()}
            assert dict(variable.attrs) == stands, name
        assert data.attrs["title"] == scenario.title
        manifest = json.loads(data.attrs["manifest"])
    assert manifest == json.loads(run.files[MANIFEST])
    assert (manifest["run"], manifest["draws"], manifest["seed"]) == (
        run.run,
        options.draws,
        options.seed,
    )


def check_table(run: Written, model: Model) -> int:
    """Check the table against the draws of the projection file; return its number of numbers."""
    table = pd.read_csv(run.folder / INDICATORS)
    assert set(table["scenario"]) == {run.scenario.name}
    years = range(run.scenario.start, run.scenario.end + 1)
    rows = [(name, year) for name in model.registry.indicators if name in run.arrays for year in years]
    assert list(zip(table["indicator"], table["year"], strict=True)) == rows
    for name, part in table.groupby("indicator", sort=False):
        indicator, draws = model.registry.indicators[str(name)], run.arrays[str(name)]
        assert set(part["label"]) == {indicator.label}
        assert set(part["unit"]) == {indicator.unit}
        gross = np.abs(draws).max(axis=1)
        stated = {
            "mean": draws.mean(axis=1),
            "sd": draws.std(axis=1),
            **{key: np.quantile(draws, level, axis=1) for key, level in QUANTILES.items()},
        }
        for key, value in stated.items():
            assert (np.abs(part[key].to_numpy() - value) <= TOLERANCE * gross).all(), (name, key)
    levels = table[list(QUANTILES)].to_numpy()
    assert (np.diff(levels, axis=1) >= 0.0).all()
    return len(table) * (len(QUANTILES) + 2)


def same(
    left: Arrays, right: Arrays, until: Callable[[str], int | None], draws: int | None = None
) -> int:
    """Check that series are the same bytes up to a row; return how many series were compared."""
    assert left.keys() == right.keys()
    for name in left:
        rows = until(name)
        a, b = left[name][:rows, :draws], right[name][:rows, :draws]
        assert a.tobytes() == b.tobytes(), name
    return len(left)


def starts_of_differences(scenario: Scenario, root: Scenario, series: Arrays) -> list[tuple[str, ...]]:
    """Return the series that each difference between two scenarios moves at first."""
    moved = [
        LEVERS[name]
        for name in {*scenario.levers, *root.levers}
        if scenario.levers.get(name) != root.levers.get(name)
    ]
    ours, theirs = Counter(scenario.events), Counter(root.events)
    moved += [moved_by_event(event) for event in {*(ours - theirs), *(theirs - ours)}]
    moved += [
        moved_by_prior(name, series)
        for name in {*scenario.parameters, *root.parameters}
        if scenario.parameters.get(name) != root.parameters.get(name)
    ]
    return moved


def before(scenario: Scenario, year: int) -> Scenario:
    """Return a scenario without what begins in a year or later."""
    return replace(
        scenario,
        levers={n: p for n, p in scenario.levers.items() if p.first_year < year},
        events=tuple(e for e in scenario.events if e.on.year < year),
    )


@st.composite
def links_cut_or_turned(draw: st.DrawFn, model: Model) -> Model:
    """Draw a model some of whose links are cut or act the other way round."""
    known = model.links.links
    cut = draw(st.sets(st.sampled_from(sorted(known)), max_size=4))
    turned = draw(st.sets(st.sampled_from(sorted(known)), max_size=2))
    changed = {}
    for name, link in known.items():
        if name in cut:
            continue
        prior = link.prior
        if name in turned and prior.normal is not None:
            other = prior.normal.model_copy(update={"mean": -prior.normal.mean})
            prior = prior.model_copy(update={"normal": other})
        changed[name] = link.model_copy(update={"prior": prior})
    return replace(model, links=Links(changed, model.links.not_modelled, model.links.places))


def test_random_scenario_files(
    shipped_model: Model,
    out: Path,
    tmp_path: Path,
    sized: Callable[[int, int], int],
    prove: Prove,
) -> None:
    posterior, _ = posterior_of(shipped_model, out)
    done: Counter[str] = Counter()
    worst: dict[str, float] = {}
    kinds: Counter[str] = Counter()

    def check(chain: list[Content], model: Model, data: st.DataObject) -> None:
        folder = tmp_path / str(done["tried"])
        done["tried"] += 1
        (folder / "again").mkdir(parents=True)
        random = Random(data.draw(st.integers(0, 2**32)))
        options = Options(
            draws=data.draw(st.integers(64, 300)), seed=data.draw(st.integers(0, 2**63 - 1))
        )
        later = data.draw(st.integers(0, 20))
        for content in chain:
            text = yaml_text(content)
            note(text)
            (folder / f"{content['name']}.yml").write_text(text, encoding="utf-8")
            other = yaml_text_otherwise(content, random)
            (folder / "again" / f"{content['name']}.yml").write_text(other, encoding="utf-8")
        leaf = folder / "leaf.yml"
        try:
            prepare_scenario(leaf, model, options)
        except InputError as error:  # a lever or a prior may lower the ceiling of grants
            assert all("security grants" in fault.what for fault in error.faults), error
            done["refused"] += 1
            return
        run = written(leaf, model, options, out)
        scenario, arrays = run.scenario, run.arrays
        years = scenario.end - scenario.start + 1

        check_file(run, model, options)
        done["numbers of tables recomputed"] += check_table(run, model)
        for identity in identities(arrays, {event.type for event in scenario.events}):
            worst[identity.name] = max(worst.get(identity.name, 0.0), identity.residual)
            assert identity.residual <= TOLERANCE, identity.name
            done["cells of identities"] += identity.left.size
        for bound in bounds(arrays, model.registry):
            assert bound.holds.all(), bound.name
            done["cells of bounds"] += bound.holds.size

        again = written(folder / "again" / "leaf.yml", model, options, out)
        assert (again.run, again.files) == (run.run, run.files)
        done["runs with the same bytes"] += 1

        if scenario.baseline is not None:
            file = folder / "root.yml"
            horizon = replace(options, start=scenario.start, end=scenario.end)
            if not file.exists():
                shutil.copy(shipped_folder("scenarios") / "base.yml", file)
            base = written(file, model, horizon, out)
            starts = starts_of_differences(scenario, scenario.baseline, arrays)
            reached = downstream({name for group in starts for name in group}, model.links.links)
            same(arrays, base.arrays, lambda name: 0 if name in reached else None)
            done["series equal to the baseline's"] += len(arrays.keys() - reached)

        year = scenario.start + later % (years + 1)
        earlier = project(posterior, ensemble_of(before(scenario, year), model, options))
        rows = year - scenario.start
        done["series equal before a year"] += same(
            arrays, earlier, lambda name: max(rows - (name in FISCAL), 0)
        )

        more = replace(options, draws=options.draws + 50, end=scenario.end + 2)
        longer = project(posterior, ensemble_of(prepare_scenario(leaf, model, more), model, more))
        done["series only extended"] += same(
            arrays, longer, lambda _name: years, options.draws
        )

        kinds.update(scenario.levers.keys())
        kinds.update(f"{path.path} {path.operation}" for path in scenario.levers.values())
        kinds.update(event.type for event in scenario.events)
        kinds.update(scenario.parameters.keys())
        done[f"chains of {len(scenario.chain)}"] += 1
        done["accepted"] += 1
        shutil.rmtree(folder)

    @seed(SEED)
    @settings(
        max_examples=sized(SMALL, FULL),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(chains(shipped_model), links_cut_or_turned(shipped_model), st.data())
    def run_all(chain: list[Content], model: Model, data: st.DataObject) -> None:
        check(chain, model, data)

    run_all()
    figures = {"seed": SEED, **done, "kinds met": len(kinds)}
    print(figures, dict(kinds), worst)
    prove("invariants_files", figures | {"worst relative residual": worst})
