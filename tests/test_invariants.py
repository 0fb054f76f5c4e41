"""Random scenario files, run as a user runs them: what holds is checked on the files they write.

The full size (60 chains of files) runs with

    python -m pytest tests/test_invariants.py --full
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from identities import TOLERANCE, bounds, identities
from numpy.typing import NDArray
from random_scenarios import Content, chains, yaml_text, yaml_text_otherwise
from reach import (
    FISCAL,
    LEVERS,
    downstream,
    moved_by_event,
    moved_by_grants,
    moved_by_prior,
    moved_by_stops,
)

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.vocabulary import DIMENSIONS, QUANTILES
from vnjp_sim.inputs.links import Link, Links
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import COORDINATES
from vnjp_sim.simulation.pipeline import INDICATORS, PROJECTION, batch_of, run_scenario
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projection_file import read_projection
from vnjp_sim.simulation.request import Options
from vnjp_sim.storage.store import MANIFEST

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]

pytestmark = pytest.mark.invariants

SEED = 20_251
SMALL, FULL = 10, 60
MORE_DRAWS, MORE_YEARS = 50, 2
ATTRIBUTES = {
    "long_name": "label",
    "units": "unit",
    "kind": "kind",
    "sector": "sector",
    "price_basis": "price_basis",
    "description": "meaning",
    "counterpart": "counterpart",
}
"""By attribute of a variable, the key of `models/indicators.yml` that it repeats."""


class Case(NamedTuple):
    """A chain of scenario files, and how it is run and looked at.

    `cut` and `turned` are links that are taken away or act the other way round, `later` says from
    which year on what the scenario does is left out for comparison, `order` how the same files are
    written otherwise.
    """

    chain: list[Content]
    cut: set[str]
    turned: set[str]
    draws: int
    seed: int
    later: int
    order: int


def cases(model: Model) -> st.SearchStrategy[Case]:
    names = st.sampled_from(sorted(model.links.links))
    return st.builds(
        Case,
        chain=chains(model),
        cut=st.sets(names, max_size=4),
        turned=st.sets(names, max_size=2),
        draws=st.integers(64, 300),
        seed=st.integers(0, 2**63 - 1),
        later=st.integers(0, 20),
        order=st.integers(0, 2**32),
    )


@dataclass(frozen=True)
class Written:
    """One run: its files, and its (year, draw) arrays as they stand in the projection file."""

    scenario: Scenario
    options: Options
    folder: Path
    files: Mapping[str, bytes]
    arrays: Arrays


@dataclass
class Checks:
    """The checks of random files, with counts of what was compared.

    Attributes
    ----------
    shipped : the shipped model.
    posterior : its calibration, for what is compared in memory.
    out, folder : where runs are stored, and where the files of a case are kept.
    counts : of cases and of what was compared.
    met : how often each lever, event, prior and kind of path was met.
    worst : by identity, the largest relative residual.
    """

    shipped: Model
    posterior: Posterior
    out: Path
    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    worst: dict[str, float] = field(default_factory=dict)

    def check(self, case: Case) -> None:
        """Run a chain of files, and check what it writes."""
        self.counts["chains of files drawn"] += 1
        folder = self.folder / str(self.counts["chains of files drawn"])
        leaf = write_files(case, folder)
        sized = {name for file in case.chain for name in file["parameters"]}
        model = with_links(self.shipped, case.cut - sized, case.turned)
        options = Options(case.draws, case.seed)
        try:
            prepare_scenario(leaf, model, options)
        except InputError as error:
            # A lever or a prior may lower the ceiling of grants, a parent may move a part of a sum.
            words = ("security grants", "moves a part")
            if not all(any(w in fault.what for w in words) for fault in error.refusals):
                raise
            self.counts["refused: only the whole chain is at fault"] += 1
            return
        run = self.written(leaf, model, options)
        check_file(run, model)
        self.counts["numbers of indicators.csv computed anew"] += check_table(run, model)
        self.identities(run, model)
        again = self.written(folder / "again" / leaf.name, model, options)
        assert again.files == run.files
        self.counts["files written again with the same bytes"] += len(run.files)
        self.pair_with_baseline(run, leaf.parent, model)
        self.leave_out_what_is_later(run, case.later, model)
        self.extend(run, leaf, model)
        self.note_what_was_met(run.scenario)
        shutil.rmtree(folder)

    def written(self, file: Path, model: Model, options: Options) -> Written:
        """Run a scenario file, and take the run out of the store."""
        result = run_scenario(file, model, options, self.out)
        assert not result.reused
        folder = file.with_suffix(".results")
        shutil.move(result.folder, folder)
        files = {f.name: f.read_bytes() for f in sorted(folder.iterdir())}
        assert json.loads(files[MANIFEST])["run"] == result.folder.name
        with h5py.File(folder / PROJECTION) as stored:
            names = [name for name in stored if stored[name].ndim == len(DIMENSIONS)]
            arrays = {name: stored[name][0] for name in names}
        return Written(result.scenario, options, folder, files, arrays)

    def identities(self, run: Written, model: Model) -> None:
        """Check every identity and bound on the draws in the file."""
        acting = {event.type for event in run.scenario.events} | set(run.scenario.levers)
        for identity in identities(run.arrays, acting):
            residual = identity.residual
            assert residual <= TOLERANCE, identity.name
            self.worst[identity.name] = max(self.worst.get(identity.name, 0.0), residual)
            self.counts["cells of identities"] += identity.left.size
        for bound in bounds(run.arrays, model.registry):
            assert bound.holds.all(), bound.name
            self.counts["cells of bounds"] += bound.holds.size

    def pair_with_baseline(self, run: Written, folder: Path, model: Model) -> None:
        """Check that what no departure reaches is the baseline's file, draw by draw."""
        scenario, root = run.scenario, run.scenario.baseline
        if root is None:
            return
        file = folder / f"{root.name}.yml"
        if not file.exists():
            shutil.copy(shipped_folder("scenarios") / file.name, file)
        horizon = replace(run.options, start=scenario.start, end=scenario.end)
        base = self.written(file, model, horizon)
        starts = starts_of_differences(scenario, root, run.arrays, model.links.links)
        reached = downstream(starts, model.links.links)
        first = first_difference(scenario, root) - scenario.start
        rows = {
            name: max(first - (name in FISCAL), 0) if name in reached else None
            for name in run.arrays
        }
        same(run.arrays, base.arrays, rows)
        self.counts["series equal to the baseline's to the bit"] += len(rows) - len(reached)

    def leave_out_what_is_later(self, run: Written, later: int, model: Model) -> None:
        """Check that what begins in a year or later has not moved the years before."""
        scenario = run.scenario
        rows = later % (scenario.end - scenario.start + 2)
        year = scenario.start + rows
        earlier = replace(
            scenario,
            levers={n: p for n, p in scenario.levers.items() if p.first_year < year},
            events=tuple(e for e in scenario.events if e.on.year < year),
        )
        arrays = project(self.posterior, batch_of(earlier, model, run.options)).of()
        same(run.arrays, arrays, {n: max(rows - (n in FISCAL), 0) for n in arrays})
        self.counts["series equal before what is left out"] += len(arrays)

    def extend(self, run: Written, file: Path, model: Model) -> None:
        """Check that more draws and more years only extend what is in the file."""
        scenario, options = run.scenario, run.options
        end, draws = scenario.end + MORE_YEARS, options.draws + MORE_DRAWS
        more = replace(options, draws=draws, end=end)
        arrays = project(
            self.posterior, batch_of(prepare_scenario(file, model, more), model, more)
        ).of()
        fewer = {name: array[:, : options.draws] for name, array in arrays.items()}
        same(run.arrays, fewer, dict.fromkeys(fewer, scenario.end - scenario.start + 1))
        self.counts["series only extended by more draws and years"] += len(arrays)

    def note_what_was_met(self, scenario: Scenario) -> None:
        self.counts["chains of files accepted"] += 1
        self.counts[f"chains of {len(scenario.chain)} scenarios"] += 1
        self.met.update(scenario.levers.keys())
        self.met.update(f"{path.path} {path.operation}" for path in scenario.levers.values())
        self.met.update(event.type for event in scenario.events)
        self.met.update(scenario.parameters.keys())


def write_files(case: Case, folder: Path) -> Path:
    """Write a chain of files, and below `again` the same otherwise; return the last file."""
    (folder / "again").mkdir(parents=True)
    rng = np.random.default_rng(case.order)
    for content in case.chain:
        file = f"{content['name']}.yml"
        text = yaml_text(content)
        note(f"{file}:\n{text}")
        (folder / file).write_text(text, encoding="utf-8")
        (folder / "again" / file).write_text(yaml_text_otherwise(content, rng), encoding="utf-8")
    return folder / file


def with_links(model: Model, cut: set[str], turned: set[str]) -> Model:
    """Return a model some of whose links are cut, or act the other way round."""
    changed = {}
    for name, link in model.links.links.items():
        prior = link.prior
        if name in turned and prior.normal is not None:
            other = prior.normal.model_copy(update={"mean": -prior.normal.mean})
            prior = prior.model_copy(update={"normal": other})
        if name not in cut:
            changed[name] = link.model_copy(update={"prior": prior})
    links = Links(changed, model.links.places, model.links.coefficients)
    return replace(model, links=links)


def check_file(run: Written, model: Model) -> None:
    """Check coordinates, units and attributes of the projection file against the registry."""
    scenario, options = run.scenario, run.options
    known = projected(model.folder / "indicators.yml")
    data = read_projection(run.folder / PROJECTION)
    assert set(data.data_vars) == set(known)
    assert set(data.coords) == {*DIMENSIONS, *COORDINATES}
    assert (data["seed"].item(), data["draws"].item()) == (options.seed, options.draws)
    assert data["scenario"].to_numpy().tolist() == [scenario.name]
    years = data["year"].to_numpy().tolist()
    assert years == list(range(scenario.start, scenario.end + 1))
    assert data["draw"].to_numpy().tolist() == list(range(options.draws))
    for name, variable in data.data_vars.items():
        assert variable.dims == DIMENSIONS
        assert variable.dtype == np.float64
        stated = {key: known[str(name)][origin] for key, origin in ATTRIBUTES.items()}
        stated["measure"] = "level"
        assert variable.attrs == stated, name
    assert data.attrs["title"] == scenario.title
    manifest = json.loads(str(data["manifest"].item()))
    stored = json.loads(run.files[MANIFEST])
    hashes = {n: sha256(b).hexdigest() for n, b in run.files.items() if n != MANIFEST}
    assert stored == {**manifest, "files": hashes}
    assert (manifest["draws"], manifest["seed"]) == (options.draws, options.seed)


@cache
def projected(file: Path) -> dict[str, dict[str, str]]:
    """Return what the registry's file says of each projected indicator."""
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {n: i for n, i in told["indicators"].items() if not i.get("not_projected")}


def check_table(run: Written, model: Model) -> int:
    """Check the table against the draws of the projection file; return its number of numbers."""
    table = pd.read_csv(run.folder / INDICATORS)
    years = range(run.scenario.start, run.scenario.end + 1)
    names = [name for name in model.registry.indicators if name in run.arrays]
    rows = [(run.scenario.name, name, year) for name in names for year in years]
    keys = (table["scenario"], table["indicator"], table["year"])
    assert list(zip(*keys, strict=True)) == rows
    for name, part in table.groupby("indicator", sort=False):
        indicator, draws = model.registry.indicators[str(name)], run.arrays[str(name)]
        assert set(part["label"]) == {indicator.label}
        assert set(part["unit"]) == {indicator.unit}
        gross = np.abs(draws).max(axis=1)
        expected = {
            "mean": draws.mean(axis=1),
            "sd": draws.std(axis=1),
            **{key: np.quantile(draws, level, axis=1) for key, level in QUANTILES.items()},
        }
        for key, value in expected.items():
            assert (np.abs(part[key].to_numpy() - value) <= TOLERANCE * gross).all(), (name, key)
    assert (np.diff(table[list(QUANTILES)].to_numpy(), axis=1) >= 0.0).all()
    return len(rows) * (len(QUANTILES) + 2)


def same(left: Arrays, right: Arrays, rows: Mapping[str, int | None]) -> None:
    """Check that series are the same bytes in their first rows, in all if None."""
    assert left.keys() == right.keys() == rows.keys()
    for name, until in rows.items():
        assert left[name][:until].tobytes() == right[name][:until].tobytes(), name


def moved_by_rate(scenario: Scenario) -> Iterator[str]:
    """Yield the series that a scenario moves by amounts which the yen's rate converts."""
    for name, path in scenario.levers.items():
        yield from LEVERS[name] if path.needs_rate else ()
    for event in scenario.events:
        yield from moved_by_event(event) if event.needs_rate else ()


def starts_of_differences(
    scenario: Scenario, root: Scenario, series: Arrays, links: Mapping[str, Link]
) -> set[str]:
    """Return the series that the differences between two scenarios move at first."""
    levers = {
        name
        for name in {*scenario.levers, *root.levers}
        if scenario.levers.get(name) != root.levers.get(name)
    }
    priors = {
        name
        for name in {*scenario.parameters, *root.parameters}
        if scenario.parameters.get(name) != root.parameters.get(name)
    }
    moved = {one for name in levers for one in LEVERS[name]}
    events = different_events(scenario, root)
    for event in events:
        moved |= set(moved_by_event(event))
    for name in priors:
        moved |= set(moved_by_prior(name, series, links))
    changed = {*levers, *priors, *(event.type for event in events)}
    moved |= set(moved_by_stops(changed, (*scenario.events, *root.events)))
    if "macro_jpy_per_usd" in moved:
        moved |= set(moved_by_rate(scenario)) | set(moved_by_rate(root))
    if "security_osa_grants" in moved:
        moved |= set(moved_by_grants((*scenario.events, *root.events)))
    return moved


def different_events(scenario: Scenario, root: Scenario) -> set[ScenarioEvent]:
    ours, theirs = Counter(scenario.events), Counter(root.events)
    return {*(ours - theirs), *(theirs - ours)}


def first_difference(scenario: Scenario, root: Scenario) -> int:
    """Return the first year in which two scenarios may differ; a prior counts from the start."""
    if scenario.parameters != root.parameters:
        return scenario.start
    years = [event.on.year for event in different_events(scenario, root)]
    for name in {*scenario.levers, *root.levers}:
        ours, theirs = scenario.levers.get(name), root.levers.get(name)
        if ours != theirs:
            years += [path.first_year for path in (ours, theirs) if path is not None]
    return min(years, default=scenario.end + 1)


def test_random_scenario_files_keep_every_invariant(
    shipped_model: Model,
    posterior: Posterior,
    own_out: Path,
    tmp_path: Path,
    sized: Callable[[int, int], int],
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    checks = Checks(shipped_model, posterior, own_out, tmp_path)
    examples = sized(SMALL, FULL)

    @seed(SEED)
    @settings(
        max_examples=examples,
        # A failing chain is told as it was drawn: to shrink it takes minutes of runs.
        phases=[Phase.generate] if examples == SMALL else [Phase.generate, Phase.shrink],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(shipped_model))
    def check(case: Case) -> None:
        checks.check(case)

    check()
    instruments = shipped_model.instruments
    figures = {
        "seed": SEED,
        **checks.counts,
        "identities": len(checks.worst),
        "worst relative residual of any identity": max(checks.worst.values()),
        "worst relative residual by identity": checks.worst,
        "levers met": len(instruments.levers.keys() & checks.met.keys()),
        "types of events met": len(instruments.event_types.keys() & checks.met.keys()),
        "times met": checks.met,
        "failures": 0,
    }
    prove("invariants_files", figures)
