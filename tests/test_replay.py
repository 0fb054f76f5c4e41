"""The same request gives the same bytes: more draws, more years, blocks, threads, new streams."""

from __future__ import annotations

import errno
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.engine import Block, Course, run_block
from vnjp_sim.ensemble import Ensemble, Parallel, project
from vnjp_sim.errors import EnvironmentFailureError
from vnjp_sim.model import Model
from vnjp_sim.shipped import PACKAGE
from vnjp_sim.streams import PAGE, Luck

FloatArray = NDArray[np.float64]
Projection = Mapping[str, FloatArray]

pytestmark = pytest.mark.invariants

START, END = 2025, 2040


def asked(model: Model, draws: int, end: int = END, seed: int = 7) -> Ensemble:
    return Ensemble("base", START, end, draws, seed, Course(model.parameters.single, {}, ()))


def same(left: Projection, right: Projection) -> None:
    assert left.keys() == right.keys()
    differ = [name for name in left if left[name].tobytes() != right[name].tobytes()]
    assert differ == []


def part(projection: Projection, years: int, draws: int) -> dict[str, FloatArray]:
    return {name: array[:years, :draws].copy() for name, array in projection.items()}


@pytest.fixture(scope="module")
def ten_thousand(shipped_model: Model, posterior: Posterior) -> Projection:
    return project(posterior, asked(shipped_model, 10_000))


def test_thousand_draws_are_the_first_of_ten_thousand(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection
) -> None:
    few = project(posterior, asked(shipped_model, 1_000))
    same(few, part(ten_thousand, END - START + 1, 1_000))


def test_later_end_only_extends(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection
) -> None:
    longer = project(posterior, asked(shipped_model, 1_000, 2050))
    assert next(iter(longer.values())).shape == (26, 1_000)
    years = END - START + 1
    same(part(longer, years, 1_000), part(ten_thousand, years, 1_000))


@pytest.mark.parametrize(("pages", "workers"), [(1, 1), (1, 3), (2, 2), (3, 1)])
def test_blocks_and_threads_change_nothing(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection, pages: int, workers: int
) -> None:
    ensemble = asked(shipped_model, 10_000)
    same(project(posterior, ensemble, workers=workers, pages_a_block=pages), ten_thousand)


@pytest.fixture(scope="module")
def two_years(shipped_model: Model, posterior: Posterior) -> Projection:
    return project(posterior, asked(shipped_model, 3 * PAGE + 10, START + 1))


@pytest.mark.parametrize(
    ("parallel", "workers", "pages", "on_disk"),
    [
        ("threads", 1, 1, False),
        ("threads", 1, 3, True),
        ("threads", 2, 1, True),
        ("threads", 7, 1, False),
        ("processes", 1, 2, False),
        ("processes", 2, 1, True),
        ("processes", 7, 2, False),
    ],
)
def test_workers_change_nothing(
    shipped_model: Model,
    posterior: Posterior,
    two_years: Projection,
    tmp_path: Path,
    parallel: Parallel,
    workers: int,
    pages: int,
    on_disk: bool,
) -> None:
    done: list[int] = []
    again = project(
        posterior,
        asked(shipped_model, 3 * PAGE + 10, START + 1),
        workers=workers,
        parallel=parallel,
        pages_a_block=pages,
        scratch=tmp_path if on_disk else None,
        advance=done.append,
    )
    same(again, two_years)
    assert sum(done) == 3 * PAGE + 10
    assert list(tmp_path.iterdir()) == []


def test_scratch_file_without_space_is_told(
    shipped_model: Model, posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(EnvironmentFailureError, match=r"no space for 0\.0 GB of draws"):
        project(posterior, asked(shipped_model, 10), scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_seed_changes_the_luck_of_every_growing_series(
    shipped_model: Model, posterior: Posterior, ten_thousand: Projection
) -> None:
    other = project(posterior, asked(shipped_model, 1_000, seed=8))
    for name in ("trade_turnover", "investment_stock", "people_residents", "oda_commitments"):
        assert np.mean(other[name] == ten_thousand[name][:, :1_000]) < 0.01, name


def test_new_stream_disturbs_no_other() -> None:
    names = ("trade_turnover.permanent", "trade_turnover.transitory", "macro_jp_growth")
    alone, crowded = Luck(1, 0, 3_000), Luck(1, 0, 3_000)
    first = {name: alone.normal(name, 2030) for name in names}
    for name in reversed(names):
        crowded.normal(f"new.{name}", 2030)
        crowded.uniform(name, 2030)
        np.testing.assert_array_equal(crowded.normal(name, 2030), first[name])


def test_streams_differ_by_name_year_kind_seed_and_page() -> None:
    luck = Luck(1, 0, 2 * PAGE)
    base = luck.normal("a", 2030)
    others = [
        luck.normal("b", 2030),
        luck.normal("a", 2031),
        Luck(2, 0, 2 * PAGE).normal("a", 2030),
        np.roll(base, PAGE),
    ]
    for other in others:
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.06
    uniform = luck.uniform("a", 2030)
    assert abs(np.corrcoef(base, uniform)[0, 1]) < 0.06
    assert uniform.min() >= 0.0
    assert uniform.max() < 1.0


def test_pages_do_not_depend_on_where_a_block_starts() -> None:
    whole = Luck(5, 0, 3 * PAGE).uniform("a", 2026)
    np.testing.assert_array_equal(Luck(5, PAGE, 2 * PAGE).uniform("a", 2026), whole[PAGE:])
    np.testing.assert_array_equal(Luck(5, PAGE, 10).uniform("a", 2026), whole[PAGE : PAGE + 10])


def test_block_starts_at_a_page() -> None:
    with pytest.raises(ValueError, match=f"multiple of {PAGE}"):
        Luck(1, 100, 10)


def test_seed_of_one_group_changes_that_group_alone(
    shipped_model: Model, posterior: Posterior
) -> None:
    def run(**group_seeds: int) -> Projection:
        luck = Luck(1, 0, 300, group_seeds)
        course = Course(shipped_model.parameters.single, {}, ())
        return run_block(posterior, Block(START, END, course, None, {}, luck))

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
    """Set-up included, no Python function is called more often because there are more draws."""

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
        return +Counter({name: n for name, n in found.items() if name.startswith(str(PACKAGE))})

    calls(10)  # what is imported late is there now
    assert calls(1_000) == calls(PAGE)
