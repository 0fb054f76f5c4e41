"""A session and variants in one batch give the numbers of runs on their own, to the bit."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from engine_runs import run_one
from numpy.typing import NDArray

import vnjp_sim as vj
from vnjp_sim.analysis.coalitions import all_coalitions
from vnjp_sim.analysis.players import players_of, sub_scenario
from vnjp_sim.analysis.uncertainty_budget import GROUPS
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation import projector as projector_module
from vnjp_sim.simulation.layout import layout_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summaries import summarise
from vnjp_sim.simulation.variants import Variant

pytestmark = pytest.mark.invariants

Arrays = dict[str, NDArray[np.float64]]

SHIPPED = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
OPTIONS = Options(draws=40, end=2034)


def same(left: Arrays, right: Arrays) -> None:
    assert left.keys() == right.keys()
    assert [name for name in left if left[name].tobytes() != right[name].tobytes()] == []


@pytest.fixture(scope="module")
def scenarios(shipped_model: Model) -> dict[str, Scenario]:
    return {name: prepare_scenario(name, shipped_model, OPTIONS) for name in SHIPPED}


@pytest.fixture(scope="module")
def projector(posterior: Posterior, shipped_model: Model) -> Projector:
    return Projector(posterior, shipped_model, OPTIONS)


@pytest.fixture(scope="module")
def alone(posterior: Posterior, shipped_model: Model) -> Callable[..., Arrays]:
    """Return one variant run by itself, whatever rows it would share with others."""

    def run(variant: Variant) -> Arrays:
        couplings, cut = shipped_model.couplings, variant.cut
        streams = RandomStreams(OPTIONS.seed, 0, OPTIONS.draws, variant.group_seeds)
        inputs, reference = variant.inputs, variant.reference
        return run_one(posterior, 2025, 2034, inputs, reference, couplings, streams, cut=cut)

    return run


def test_a_batch_of_many_has_the_bytes_of_batches_of_one(
    projector: Projector, scenarios: dict[str, Scenario], alone: Callable[..., Arrays]
) -> None:
    """All shipped scenarios; one without each link, and with other seeds of each group."""
    whole = projector.variant(scenarios["combined"])
    variants = [projector.variant(scenario) for scenario in scenarios.values()]
    variants += [replace(whole, cut=frozenset({n})) for n in projector.model.links.links]

    variants += [replace(whole, group_seeds={group: 5}) for group in GROUPS]
    projected = projector.project(projector.batch(variants, 2025, 2034))
    for place, variant in enumerate(variants):
        same(projected.of(place), alone(variant))


def test_rows_are_made_only_where_something_differs(
    projector: Projector, scenarios: dict[str, Scenario]
) -> None:
    """Of the 512 parts of nine levers and events, what each of these reaches is known before."""
    scenario = scenarios["combined"]
    players = players_of(scenario, projector.model.instruments)
    reference = projector.variant(scenario).reference
    members = all_coalitions(len(players)).members
    parts = (sub_scenario(scenario, [players[i] for i in chosen]) for chosen in members)
    variants = [Variant(projector.inputs(part), reference) for part in parts]
    model = projector.model
    layout = layout_of(
        variants, model.couplings, projector.posterior.course, projector.posterior.arrays.keys()
    )
    rows = {name: len(own) for name, own in layout.recorded_rows.items()}
    assert len(variants) == 512
    assert (rows["macro_vn_gdp"], rows["energy_investment"], rows["people_students"]) == (1, 1, 1)
    assert rows["people_learners"] == 64  # labour, and by way of specialists aid
    assert rows["oda_commitments"] == rows["oda_infrastructure"] == 4  # its lever, an order
    assert rows["labour_stock"] == 16  # four levers
    assert (
        rows["security_osa_grants"] == rows["security_vessels"] == 8
    )  # a lever, a grant, an order
    assert rows["trade_exports"] == 64  # aid and labour, through links
    assert rows["index_partnership"] == 512  # everything


def test_a_part_of_the_indicators_is_the_same_part(
    projector: Projector, scenarios: dict[str, Scenario], alone: Callable[..., Arrays]
) -> None:
    variant = projector.variant(scenarios["oda_expansion"])
    names = ["trade_imports", "oda_loans"]
    projected = projector.project(projector.batch([variant], 2025, 2034, names))
    everything = alone(variant)
    same(projected.of(), {name: everything[name] for name in names})
    sectors = {row.sector.__name__ for row in projected.layout.rows}
    assert {"Trade", "Oda"} <= sectors
    assert not {"Institutions", "Fleet", "Composite", "Firms"} & sectors


def test_parts_that_fit_in_memory_are_all_parts(
    projector: Projector, scenarios: dict[str, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = [projector.variant(scenario) for scenario in scenarios.values()]
    batch = projector.batch(variants, 2025, 2034, ["trade_exports", "labour_stock"])
    whole = projector.project(batch)
    monkeypatch.setattr(projector_module, "LARGEST_AT_ONCE", 4 * 10 * 40 * 8)
    met = []
    for places, part in projector.parts(batch):
        assert places[0] == 0
        for number, place in enumerate(places):
            same(part.of(number), whole.of(place))
        met += places[1:]
    assert met == list(range(1, len(variants)))
    names = [name for part in projector.parts_by_indicator(batch) for name in part.rows]
    assert names == ["trade_exports", "labour_stock"]


# ---------------------------------------------------------------------- the session


@pytest.fixture(scope="module")
def session(calibrated_out: Path) -> vj.Session:
    return vj.Session(draws=40, horizon=(2025, 2034), out=calibrated_out)


def moved(factor: float) -> Scenario:
    path = vj.ramp(2026, 2030, multiply=factor)
    return vj.scenario("base").named("moved").with_lever("oda_commitments", path)


def test_a_session_answers_as_the_functions_do(session: vj.Session, own_out: Path) -> None:
    """Also the second time, when what it keeps answers; and it writes nothing."""
    options = {"draws": 40, "horizon": (2025, 2034), "out": own_out}
    runs = vj.run(["base", "labour_growth"], **options)  # type: ignore[arg-type]
    before = sorted(session.request.out.rglob("*"))
    for _ in range(2):
        xr.testing.assert_identical(session.run(["base", "labour_growth"]), runs)
    scenario = moved(1.5)
    fresh = vj.Session(**options).run(scenario)  # type: ignore[arg-type]
    xr.testing.assert_identical(session.run(scenario), fresh)
    table = session.summaries(["base", scenario], ["oda_loans", "trade_imports"])
    for (name, indicator), rows in table.groupby(["scenario", "indicator"]):
        own = (fresh if name == "moved" else runs.sel(scenario="base"))[str(indicator)]
        draws = own.to_numpy().reshape(10, 40)
        np.testing.assert_allclose(rows["mean"], draws.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(rows["p50"], np.median(draws, axis=1), rtol=1e-12)
    shares = session.attribute("labour_growth", ["trade_exports"]).table("trade_exports", 2034)
    theirs = vj.attribute("labour_growth", ["trade_exports"], **options)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(shares, theirs.table("trade_exports", 2034))
    losses = session.link_losses("labour_growth", ["trade_exports"])
    pd.testing.assert_frame_equal(
        losses,
        vj.link_losses("labour_growth", ["trade_exports"], **options),  # type: ignore[arg-type]
    )
    compared = session.compare("labour_growth").effects()
    xr.testing.assert_identical(compared, vj.compare(runs).effects())
    assert sorted(session.request.out.rglob("*")) == before


def test_a_later_year_and_calls_from_several_threads(session: vj.Session) -> None:
    factors = np.linspace(0.5, 3.0, 8)
    single = [session.run(moved(factor)) for factor in factors]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda factor: session.run(moved(factor)), factors))
    for one, other in zip(single, together, strict=True):
        xr.testing.assert_identical(one, other)
    longer = vj.Session(draws=40, horizon=(2025, 2045), out=session.request.out)
    years = longer.run(moved(2.0)).sel(year=slice(2025, 2034))
    again = session.run(moved(2.0))
    for name in again.data_vars:
        np.testing.assert_array_equal(years[name], again[name])


def test_what_is_kept_between_questions_has_a_limit(
    session: vj.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = vj.Session(draws=40, horizon=(2025, 2034), out=session.request.out)
    first = fresh.run(moved(1.5))
    numbers = fresh.projector.memory.numbers
    monkeypatch.setattr(projector_module, "MOST_NUMBERS", numbers.a_draw)
    for factor in np.linspace(0.5, 3.0, 8):
        fresh.run(moved(factor))
        assert fresh.projector.memory.numbers.a_draw < 1.2 * projector_module.MOST_NUMBERS
    assert fresh.projector.memory.numbers is not numbers
    xr.testing.assert_identical(fresh.run(moved(1.5)), first)


def test_faults_are_those_of_the_functions(session: vj.Session) -> None:
    with pytest.raises(vj.InputError, match="did you mean 'base'"):
        session.run("bsae")
    with pytest.raises(vj.InputError, match="did you mean 'trade_turnover'"):
        session.summaries("base", ["trade_turnovr"])
    with pytest.raises(vj.InputError, match="nothing to compare"):
        session.compare("base")
    with pytest.raises(TypeError, match="takes no 'draw'"):
        vj.Session(draw=1_000)  # type: ignore[call-arg]


def test_a_session_stores_on_request(session: vj.Session, own_out: Path) -> None:
    mine = vj.Session(draws=40, out=own_out)
    (folder,) = mine.store("oda_freeze")
    assert (folder / "projection.nc").is_file()
    assert mine.history("trade_turnover").draws.sizes["draw"] == 40


def test_runs_stored_together_are_those_stored_alone(
    session: vj.Session, own_out: Path, tmp_path: Path
) -> None:
    # scenarios share rows, whose summaries are made once
    names = ["base", "oda_expansion", "osa_framework"]
    (tmp_path / "calibration").symlink_to(own_out / "calibration")
    options = {"draws": session.request.draws, "out": tmp_path, "horizon": "2025:2031"}
    together = vj.Session(**options).stored(names)
    for result in together:
        table = (result.folder / "indicators.csv").read_text(encoding="utf-8")
        arrays = result.projection(session.model.registry).arrays
        direct = summarise(arrays, 2025)
        assert result.summaries == direct
        assert [float(row["mean"]) for row in csv.DictReader(table.splitlines())] == [
            summary.mean for summary in direct
        ]
    again = vj.Session(**options).stored(names)  # read from the files
    assert [result.summaries for result in again] == [result.summaries for result in together]
