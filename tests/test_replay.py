"""The same request gives the same bytes: more draws, more years, blocks, threads, new streams."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from subprocess import DEVNULL
from types import FrameType
from typing import Any

import numpy as np
import pytest
from engine_runs import BY_CHANCE, WRITTEN, run_one, with_links
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.array_memory import ArrayMemory
from vnjp_sim.foundation.packaged import PACKAGE, shipped_folder
from vnjp_sim.foundation.random_streams import PAGE, RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.couplings import coefficient
from vnjp_sim.sectors.identities import shares_from_log_ratios
from vnjp_sim.sectors.link_effects import Deviation, LinkEffects
from vnjp_sim.simulation import pipeline as runs
from vnjp_sim.simulation import projector
from vnjp_sim.simulation.ensemble import Batch, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import batch_of, run_scenario
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.progress import Progress
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]
Projection = Mapping[str, FloatArray]

pytestmark = pytest.mark.invariants

START, END = 2025, 2040


def asked(model: Model, draws: int, end: int = END, seed: int = 7) -> Batch:
    variants = (Variant(ScenarioInputs(model.parameters.single)),)
    return Batch(variants, START, end, draws, seed, with_links(model))


def same(left: Projection, right: Projection) -> None:
    assert left.keys() == right.keys()
    differ = [name for name in left if left[name].tobytes() != right[name].tobytes()]
    assert differ == []


def part(projection: Projection, years: int, draws: int) -> dict[str, FloatArray]:
    return {name: array[:years, :draws].copy() for name, array in projection.items()}


@pytest.fixture(scope="module")
def ten_thousand(shipped_model: Model, posterior: Posterior) -> Projection:
    return project(posterior, asked(shipped_model, 10_000)).of()


def test_thousand_draws_are_the_first_of_ten_thousand(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection
) -> None:
    few = project(posterior, asked(shipped_model, 1_000)).of()
    same(few, part(ten_thousand, END - START + 1, 1_000))


@pytest.mark.parametrize(
    "scenario", sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
)
def test_a_draw_has_the_same_digits_alone(
    shipped_model: Model, posterior: Posterior, scenario: str
) -> None:
    """Sums over short axes are the trap: numpy adds them in another order for one draw."""

    def projected(draws: int) -> Projection:
        options = Options(draws=draws, seed=7, end=2032)
        prepared = prepare_scenario(scenario, shipped_model, options)
        return project(posterior, batch_of(prepared, shipped_model, options)).of()

    many = projected(1_000)
    years = next(iter(many.values())).shape[0]
    for draws in (1, 2):
        same(projected(draws), part(many, years, draws))


@pytest.mark.parametrize("terms", [2, 7, 8, 9, 30])
def test_sums_over_short_axes_are_the_same_for_one_draw(terms: int) -> None:
    rng = np.random.default_rng(terms)
    values = rng.lognormal(0.0, 2.0, (terms, 100))
    lag = {"phase_in": terms}
    link = Link.model_validate(
        {
            "driver": "x",
            "response": "y",
            "form": "semi",
            "lag": lag,
            "prior": {"fixed": 0.01},
            "grade": "assumed",
            "reference": "made for the test",
        }
    )

    def acted(draws: int) -> FloatArray:
        deviation = Deviation(link, coefficient("one", link, RandomStreams(1, 0, draws)))
        for year in range(terms):
            deviation.record(2030 + year, values[year, :draws].copy(), np.zeros(draws))
        return LinkEffects((deviation,)).act("y", 2030 + terms - 1, np.full(draws, 3.0))

    assert acted(1)[0] == acted(100)[0]
    few = shares_from_log_ratios(np.log(values[:, :1].copy()))
    assert (few == shares_from_log_ratios(np.log(values))[:, :1]).all()


def test_later_end_only_extends(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection
) -> None:
    longer = project(posterior, asked(shipped_model, 1_000, 2050)).of()
    assert next(iter(longer.values())).shape == (26, 1_000)
    years = END - START + 1
    same(part(longer, years, 1_000), part(ten_thousand, years, 1_000))


WAYS = ("serial", "threads", "on disk")
WORKERS, PAGES = (1, 2, 7), (1, 2, 3)
MATRIX = [
    (way, workers, pages)
    for way in WAYS
    for workers in ((1,) if way == "serial" else WORKERS)
    for pages in PAGES
]
COVERING = [
    ("serial", 1, 3),
    ("threads", 2, 2),
    ("threads", 7, 1),
    ("on disk", 1, 2),
    ("on disk", 7, 3),
]
SMALL_PAGES, FULL_PAGES = 3, 9  # with 9 and some draws, 7 workers have enough blocks of a page
ENVIRONMENTS = [
    {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4242", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "2"},
    {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "2"},
    {"PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "1"},
]
"""Of fresh interpreters; the small size takes the first."""


def digest(folder: Path) -> str:
    """Return one hash of the names and bytes of a run's files."""
    found = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        found.update(f"{file.name} {file.stat().st_size}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def by_the_command_line(arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run scenarios in a fresh interpreter, from another folder and in another environment."""
    command = [sys.executable, "-m", "vnjp_sim", "run", *arguments]
    found = {"PYTHONPATH": str(PACKAGE.parent)}
    surroundings = os.environ | found | environment
    subprocess.run(command, env=surroundings, cwd=folder, check=True, stdin=DEVNULL, stdout=DEVNULL)


def test_every_way_of_computing_writes_the_same_bytes(
    shipped_model: Model,
    own_out: Path,
    pytestconfig: pytest.Config,
    sized: Callable[[int, int], int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    """Threads, blocks, draws in memory or in a file, and fresh interpreters elsewhere."""
    draws = sized(SMALL_PAGES, FULL_PAGES) * PAGE + 10
    full = pytestconfig.getoption("--full")
    hashes: dict[str, list[str]] = {}
    for way, workers, pages in MATRIX if full else COVERING:
        options = Options(draws, 7, START, START + 1, workers)
        monkeypatch.setattr(runs, "LARGEST_IN_MEMORY", 0 if way == "on disk" else 2**40)
        done: list[int] = []
        monkeypatch.setattr(projector, "project", partial(project, pages_a_block=pages))
        progress = Progress(projecting=done.append)
        result = run_scenario(WRITTEN, shipped_model, options, own_out, progress)
        assert not result.reused
        assert sum(done) == draws
        assert len(done) == -(-draws // (pages * PAGE))
        cell = f"{way}, {workers} workers, {pages} pages a block"
        hashes.setdefault(digest(result.folder), []).append(cell)
        shutil.rmtree(result.folder.parent)
        assert [file.name for file in own_out.iterdir()] == ["calibration"]
    for number, environment in enumerate(ENVIRONMENTS if full else ENVIRONMENTS[:1]):
        arguments = [WRITTEN, "--out", str(own_out), "--draws", str(draws), "--seed", "7"]
        arguments += ["--horizon", f"{START}:{START + 1}", "--workers", str(WORKERS[number % 3])]
        by_the_command_line(arguments, tmp_path, environment)
        (folder,) = (own_out / BY_CHANCE).iterdir()
        told = ", ".join(f"{name}={value}" for name, value in environment.items())
        hashes.setdefault(digest(folder), []).append(f"fresh interpreter, {told}")
        shutil.rmtree(folder.parent)
    figures = {
        "scenario": BY_CHANCE,
        "seed": 7,
        "draws": draws,
        "pages of draws": -(-draws // PAGE),
        "cells": sum(len(cells) for cells in hashes.values()),
        "hashes": len(hashes),
        "cells by hash": hashes,
    }
    prove("invariants_replay", figures)
    assert len(hashes) == 1, hashes


BYTES_OF_A_CALIBRATION = """
import hashlib
from vnjp_sim.calibration import calibrate
from vnjp_sim.simulation.model_data import load_model
model = load_model()
found = calibrate(model.evidence, model.parameters, sample_size=4_096, override_gates=True)
digest = hashlib.sha256()
for name, array in sorted(found.arrays.items()):
    digest.update(name.encode() + array.tobytes())
print(digest.hexdigest())
"""


def test_calibration_is_the_same_whatever_the_library_of_linear_algebra_does(
    tmp_path: Path,
) -> None:
    surroundings: list[dict[str, str]] = [
        {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem"},
        {"OPENBLAS_NUM_THREADS": "4", "OMP_NUM_THREADS": "4"},
    ]
    found = {
        subprocess.run(
            [sys.executable, "-c", BYTES_OF_A_CALIBRATION],
            env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)} | environment,
            cwd=tmp_path,
            check=True,
            stdin=DEVNULL,
            capture_output=True,
            text=True,
        ).stdout
        for environment in surroundings
    }
    assert len(found) == 1


def test_scenarios_run_together_are_those_run_alone(
    shipped_model: Model,
    own_out: Path,
    tmp_path: Path,
    sized: Callable[[int, int], int],
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    known = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
    names = known[: sized(2, len(known))]
    together = tmp_path / "together"
    together.mkdir()
    (together / "calibration").symlink_to(own_out / "calibration")
    arguments = [*names, "--draws", "200", "--seed", "7", "--out", str(together)]
    by_the_command_line(arguments, tmp_path, {})
    for name in reversed(names):
        alone = run_scenario(name, shipped_model, Options(200, 7), own_out).folder
        assert digest(alone) == digest(together / name / alone.name), name
    prove("invariants_together", {"scenarios": len(names), "differing": 0})


def test_another_seed_changes_the_luck_of_every_growing_series(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection
) -> None:
    other = project(posterior, asked(shipped_model, 1_000, seed=8)).of()
    for name in ("trade_turnover", "investment_stock", "people_residents", "oda_commitments"):
        assert np.mean(other[name] == ten_thousand[name][:, :1_000]) < 0.01, name


def test_new_stream_disturbs_no_other() -> None:
    names = ("trade_turnover.permanent", "trade_turnover.transitory", "macro_jp_growth")
    alone, crowded = RandomStreams(1, 0, 3_000), RandomStreams(1, 0, 3_000)
    first = {name: alone.normal(name, 2030) for name in names}
    for name in reversed(names):
        crowded.normal(f"new.{name}", 2030)
        crowded.uniform(name, 2030)
        np.testing.assert_array_equal(crowded.normal(name, 2030), first[name])


def test_streams_differ_by_name_year_kind_seed_and_page() -> None:
    streams = RandomStreams(1, 0, 2 * PAGE)
    base = streams.normal("a", 2030)
    others = [
        streams.normal("b", 2030),
        streams.normal("a", 2031),
        RandomStreams(2, 0, 2 * PAGE).normal("a", 2030),
        np.roll(base, PAGE),
    ]
    for other in others:
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.06
    uniform = streams.uniform("a", 2030)
    assert abs(np.corrcoef(base, uniform)[0, 1]) < 0.06
    assert uniform.min() >= 0.0
    assert uniform.max() < 1.0


class KeyAsSeed(ISeedSequence):
    """The hash of a stream's key, where numpy takes the words of a seed from."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        size = n_words * np.dtype(dtype).itemsize
        key = b"7|normal:a|2030|1"
        return np.frombuffer(hashlib.blake2b(key, digest_size=size).digest(), dtype)


def test_streams_are_those_of_a_generator_that_numpy_seeds() -> None:
    seeded = np.random.Generator(np.random.SFC64(KeyAsSeed()))  # type: ignore[arg-type]
    np.testing.assert_array_equal(
        RandomStreams(7, PAGE, 1_000).normal("a", 2030), seeded.standard_normal(1_000)
    )


def test_memory_is_given_once_until_it_is_given_back() -> None:
    first, second = ArrayMemory(), ArrayMemory()
    arrays = [memory.rows(3, 5_000) for memory in (first, second) for _ in range(300)]
    for number, array in enumerate(arrays):
        array[...] = number
    assert all((array == number).all() for number, array in enumerate(arrays))
    first.give_back()
    again = ArrayMemory().rows(3, 5_000)
    assert any(np.shares_memory(again, array) for array in arrays[:300])
    assert not any(np.shares_memory(again, array) for array in arrays[300:])
    assert ArrayMemory().rows(2, 2**21).shape == (2, 2**21)  # larger than a piece


def test_pages_do_not_depend_on_where_a_block_starts() -> None:
    whole = RandomStreams(5, 0, 3 * PAGE).uniform("a", 2026)
    np.testing.assert_array_equal(RandomStreams(5, PAGE, 2 * PAGE).uniform("a", 2026), whole[PAGE:])
    np.testing.assert_array_equal(
        RandomStreams(5, PAGE, 10).uniform("a", 2026), whole[PAGE : PAGE + 10]
    )


def test_block_starts_at_a_page() -> None:
    with pytest.raises(ValueError, match=f"multiple of {PAGE}"):
        RandomStreams(1, 100, 10)


def test_seed_of_one_group_changes_that_group_alone(
    shipped_model: Model, posterior: Posterior
) -> None:
    def run(**group_seeds: int) -> Projection:
        streams = RandomStreams(1, 0, 300, group_seeds)
        inputs = ScenarioInputs(shipped_model.parameters.single, {}, ())
        return run_one(posterior, START, END, inputs, None, with_links(shipped_model), streams)

    plain, calibrated, process = run(), run(calibrated=2), run(process=2)
    same(plain, run(calibrated=1, process=1, assumed=1, published=1))
    history = plain["trade_turnover"][0]
    assert not np.array_equal(calibrated["trade_turnover"][0], history)
    np.testing.assert_array_equal(process["trade_turnover"][0], history)
    assert not np.array_equal(process["trade_turnover"][1], plain["trade_turnover"][1])
    name = "energy_projects_started"
    np.testing.assert_array_equal(calibrated[name], plain[name])


def test_python_does_the_same_work_for_any_number_of_draws(
    shipped_model: Model, posterior: Posterior
) -> None:
    """Set-up included, no Python function is called more often because there are more draws.

    Counts alone are found 16,384 at a time, of all years together.
    """

    def calls(draws: int) -> Counter[str]:
        found: Counter[str] = Counter()

        def count(frame: FrameType, event: str, _argument: object) -> None:
            if event == "call":
                found[f"{frame.f_code.co_filename}:{frame.f_code.co_name}"] += 1

        ensemble = asked(shipped_model, draws)
        sys.setprofile(count)
        try:
            project(posterior, ensemble)
        finally:
            sys.setprofile(None)
        own = {name: n for name, n in found.items() if name.startswith(str(PACKAGE))}
        return +Counter({name: n for name, n in own.items() if not name.endswith("_poisson")})

    calls(10)  # what is imported late is there now
    assert calls(1_000) == calls(PAGE)
