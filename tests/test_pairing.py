"""Datasets that were cut, joined, reordered or reduced are compared rightly, or refused."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import vnjp_sim as vj
from vnjp_sim import exchange
from vnjp_sim.analysis.from_runs import comparison_of
from vnjp_sim.analysis.marks import UNPROVEN
from vnjp_sim.analysis.target_probability import achievements
from vnjp_sim.charts import effect_fan
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.targets import read_targets
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import COORDINATES, manifests_of
from vnjp_sim.simulation.projection_checks import check_projections
from vnjp_sim.simulation.projection_file import read_projection, write_projection

DRAWS, OTHER_SEED = 60, 8
ASKED = "oda_expansion"
LOOKED_AT = "oda_disbursements"
SHUFFLED = np.random.default_rng(0).permutation(DRAWS)

Change = Callable[[xr.Dataset], object]


@pytest.fixture(scope="module")
def runs(calibrated_out: Path) -> xr.Dataset:
    return vj.run(["base", ASKED], draws=DRAWS, out=calibrated_out)


@pytest.fixture(scope="module")
def others(calibrated_out: Path) -> xr.Dataset:
    """The same scenarios of another seed."""
    return vj.run(["base", ASKED], draws=DRAWS, seed=OTHER_SEED, out=calibrated_out)


def median(data: object, model: Model) -> float:
    """Return the median effect in the last year, as the comparison gives it."""
    found = comparison_of(data, model.registry)
    (effect,) = found.summaries([LOOKED_AT], [found.years[-1]])
    return effect.quantiles[2]


def known_median(runs: xr.Dataset) -> float:
    values = runs[LOOKED_AT].transpose("scenario", "year", "draw").to_numpy()
    return float(np.median(values[1, -1] - values[0, -1]))


def joined(first: xr.Dataset, second: xr.Dataset, way: str) -> xr.Dataset:
    """Return the baseline of one set of runs beside the scenario of another."""
    one, two = first.sel(scenario=["base"]), second.sel(scenario=[ASKED])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        if way == "concat":
            return xr.concat([one, two], "scenario", combine_attrs="override")
        if way == "backwards":
            return xr.concat([two, one], "scenario", combine_attrs="drop")
        if way == "scalars":
            return xr.concat([one.isel(scenario=0), two.isel(scenario=0)], "scenario")
        if way == "merge":
            return xr.merge([one, two])
        return one.combine_first(two)


@pytest.mark.parametrize("way", ["concat", "backwards", "scalars", "merge", "combine_first"])
def test_joined_runs_are_compared_only_if_they_are_paired(
    runs: xr.Dataset, others: xr.Dataset, shipped_model: Model, way: str
) -> None:
    assert median(joined(runs, runs, way), shipped_model) == known_median(runs)
    with pytest.raises(InputError, match=r"not paired with base: seed|not shown to share"):
        median(joined(runs, others, way), shipped_model)


def test_what_pairs_runs_survives_where_attributes_do_not(
    runs: xr.Dataset, others: xr.Dataset, shipped_model: Model
) -> None:
    both = joined(runs, others, "concat").drop_vars("manifest").drop_attrs()
    assert both["seed"].to_numpy().tolist() == [20_251, OTHER_SEED]
    with pytest.raises(InputError, match="not paired with base: seed 8 and 20251"):
        median(both, shipped_model)
    back = joined(runs, runs, "backwards")
    assert comparison_of(back, shipped_model.registry).baseline == "base"
    assert comparison_of(back, shipped_model.registry).differences(ASKED)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.transpose("draw", "year", "scenario"),
        lambda data: data.isel(draw=SHUFFLED),
        lambda data: data.sortby("draw", ascending=False),
        lambda data: data.sortby("year", ascending=False),
        lambda data: data.isel(scenario=[1, 0]),
        lambda data: data.sel(year=2040),
        lambda data: data.sel(year=[2030, 2040]),
        lambda data: data[LOOKED_AT],
        lambda data: data[[LOOKED_AT, "trade_turnover"]],
        lambda data: data.assign_coords(year=data["year"].astype(float)),
        lambda data: data.reindex(year=range(2020, 2041)),
        lambda data: xr.concat(
            [data.isel(scenario=[0]), data.isel(scenario=[1], draw=SHUFFLED)],
            "scenario",
            join="outer",
        ),
    ],
)
def test_what_is_cut_or_reordered_gives_the_same_effect(
    runs: xr.Dataset, shipped_model: Model, change: Change
) -> None:
    assert median(change(runs), shipped_model) == known_median(runs)


def with_hole(data: xr.Dataset) -> xr.Dataset:
    return data.where((data["draw"] != 7) | (data["year"] != 2033))


def with_sorted_draws(data: xr.Dataset) -> xr.Dataset:
    return data.map(lambda array: array.copy(data=np.sort(array.to_numpy(), axis=-1)))


REFUSED: list[tuple[Change, str]] = [
    (lambda data: data.mean("draw"), "no dimension 'draw'"),
    (lambda data: data.quantile([0.1, 0.9], "draw"), "no dimension 'draw'"),
    (lambda data: data.mean("year"), "no dimension 'year'"),
    (lambda data: data.mean("scenario"), "no dimension 'scenario'"),
    (lambda data: data.stack(both=("scenario", "draw")), "no dimension"),
    (lambda data: data.expand_dims(case=[1, 2]), "has the dimensions"),
    (lambda data: data.isel(scenario=slice(0)), "has no scenario left"),
    (lambda data: data.sel(year=[]), "has no year left"),
    (lambda data: data.isel(scenario=[0, 1, 0]), "'base' appears twice"),
    (lambda data: data.sel(year=[2030, 2030]), "the year 2030 appears 2 times"),
    (lambda data: data.reindex(scenario=["base", "absent"]), "'absent' has no values at all"),
    (with_hole, r"no value in 1 of 60 draws of 'base' in 2033"),
    (lambda data: data.reindex(draw=range(DRAWS + 5)), "no value in 5 of 65 draws"),
    (lambda data: data * np.inf, "has no value"),
    (lambda data: data.astype(str), "holds no numbers"),
    (lambda data: data.assign_coords(year=data["year"].astype("datetime64[Y]")), "years"),
    (lambda data: data[LOOKED_AT].to_dataframe(), "DataFrame is not a dataset"),
    (lambda data: None, "NoneType is not a dataset"),
    (lambda data: data.assign(mine=data[LOOKED_AT]), "'mine' is not an indicator"),
    (
        lambda data: data.assign({LOOKED_AT: data[LOOKED_AT].assign_attrs(units="JPY mn")}),
        "is in JPY mn, not in JPY bn",
    ),
    (lambda data: data.diff("year"), "so that it is not a level"),
    (lambda data: -data, "so that it is not a level"),
    (
        lambda data: data.rename(trade_exports="trade_imports", trade_imports="trade_exports"),
        "'trade_(im|ex)ports' holds 'trade_(im|ex)ports'",
    ),
]
REFUSED_IF_DRAWS_MATTER: list[tuple[Change, str]] = [
    (with_sorted_draws, "are sorted, so that they cannot be paired"),
    (lambda data: data.drop_vars("draw"), "no coordinate 'draw'"),
    (lambda data: data.coarsen(draw=10).mean(), "draws are not whole numbers"),
    (lambda data: data.isel(draw=[*range(DRAWS), 0]), "some draws appear twice"),
    (
        lambda data: xr.concat(
            [data.isel(scenario=[0]), data.isel(scenario=[1], draw=SHUFFLED)],
            "scenario",
            join="override",
        ),
        "before its first change",
    ),
    (
        lambda data: data.drop_vars([*COORDINATES]).drop_attrs(),
        "do not say which scenario is the baseline",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED + REFUSED_IF_DRAWS_MATTER)
def test_what_is_no_pair_of_projections_is_refused(
    runs: xr.Dataset, shipped_model: Model, change: Change, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        median(change(runs), shipped_model)


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_nothing_else_takes_what_a_comparison_refuses(
    runs: xr.Dataset, shipped_model: Model, tmp_path: Path, change: Change, message: str
) -> None:
    data = change(runs)
    targets = read_targets(shipped_model.folder, shipped_model.registry, shipped_model.evidence)
    with pytest.raises(InputError, match=message):
        achievements(data, targets, shipped_model.registry)  # type: ignore[arg-type]
    writers = (exchange.write_tidy, exchange.write_iamc, exchange.write_netcdf)
    for write in writers:
        file = tmp_path / f"{write.__name__}.out"
        with pytest.raises(InputError, match=f"{message}|is not a list"):
            write(data, shipped_model, file)  # type: ignore[operator]
        assert not file.exists()


def test_draws_of_several_runs_are_refused(
    runs: xr.Dataset, others: xr.Dataset, shipped_model: Model
) -> None:
    longer = others.assign_coords(draw=others["draw"] + DRAWS)
    both = xr.concat([runs, longer], "draw", coords="different", compat="equals")
    with pytest.raises(InputError, match="differs within a scenario: draws of several runs"):
        median(both, shipped_model)


def test_runs_without_proof_are_compared_only_on_request_and_marked(
    runs: xr.Dataset, shipped_model: Model
) -> None:
    bare = runs.drop_vars([*COORDINATES]).drop_attrs()
    with pytest.raises(InputError, match="not shown to share random numbers"):
        vj.compare(bare, "base")
    found = vj.compare(bare, "base", unproven=True)
    assert set(found.table(years=[2040])["mark"]) == {UNPROVEN}
    assert UNPROVEN in repr(found)
    assert UNPROVEN in found.overview(2040, [LOOKED_AT]).to_string()
    for given, words in ((found, "are not shown to"), (vj.compare(runs), "share parameters and")):
        for effects in (given, given.effects(), given.effects(relative=True)):
            chart = effect_fan(effects, LOOKED_AT, shipped_model)
            assert words in json.dumps(chart.to_dict())
    with pytest.raises(InputError, match="budgets need the content"):
        vj.compare(bare, "base", unproven=True, budgets=True)


def test_unpaired_runs_are_refused_on_request_too(
    runs: xr.Dataset, others: xr.Dataset, shipped_model: Model
) -> None:
    with pytest.raises(InputError, match="not paired"):
        comparison_of(joined(runs, others, "concat"), shipped_model.registry, unproven=True)


def test_a_scenario_run_against_another_baseline_is_refused(
    runs: xr.Dataset, shipped_model: Model
) -> None:
    texts = [json.loads(text) for text in runs["manifest"].to_numpy()]
    texts[1]["scenario"]["baseline"]["levers"] = {
        "trade_exports": {"path": "step", "from": 2027, "multiply": 1.1}
    }
    changed = runs.assign_coords(manifest=("scenario", [json.dumps(text) for text in texts]))
    with pytest.raises(InputError, match="was run against another 'base'"):
        median(changed, shipped_model)


def test_a_file_of_the_first_version_gets_its_coordinates(
    runs: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    import h5py

    part = runs.isel(scenario=[1])
    manifest = str(part["manifest"].to_numpy()[0])
    file = tmp_path / "projection.nc"
    arrays = {LOOKED_AT: part[LOOKED_AT].to_numpy()[0]}
    attributes = {"manifest": manifest}
    write_projection(file, ASKED, 2025, arrays, shipped_model.registry, attributes)
    new = read_projection(file)
    with h5py.File(file, "r+") as stored:
        for name in COORDINATES:
            del stored[name]
        del stored[LOOKED_AT].attrs["coordinates"]
        del stored[LOOKED_AT].attrs["measure"]
    xr.testing.assert_identical(read_projection(file), new)
    assert set(COORDINATES) <= set(new.coords)


def test_old_datasets_count_as_paired_by_what_they_share(
    runs: xr.Dataset, others: xr.Dataset, shipped_model: Model
) -> None:
    old, stranger = (data.drop_vars([*COORDINATES]) for data in (runs, others))
    assert median(old, shipped_model) == known_median(runs)
    mixed = joined(old, stranger, "concat")
    assert mixed.attrs["manifests"] is old.attrs["manifests"]
    text = json.dumps(manifests_of(runs))  # as version 0.1.0 has it
    assert median(old.assign_attrs(manifests=text), shipped_model) == known_median(runs)
    assert "as_of" not in f"{old}{old._repr_html_()}", "JSON is not shown openly"
    with pytest.raises(InputError, match="not shown to share random numbers"):
        median(mixed, shipped_model)


def test_two_files_of_one_name_are_refused_before_they_run(
    calibrated_out: Path, tmp_path: Path
) -> None:
    files = [tmp_path / "first.yml", tmp_path / "second.yml"]
    for factor, file in enumerate(files, start=2):
        file.write_text(
            "name: one_name\ntitle: Exports\nextends: base\n"
            f"levers:\n  trade_exports: {{path: step, from: 2027, multiply: {factor}}}\n"
        )
    for run in (vj.run, vj.compare):
        with pytest.raises(InputError, match="'one_name' is given twice"):
            run(files, draws=5, out=calibrated_out)  # type: ignore[operator]
    assert not (calibrated_out / "one_name").exists()
    for same in (["base", "base"], ["base", str(shipped_folder("scenarios") / "base.yml")]):
        assert vj.run(same, draws=5, out=calibrated_out).sizes["scenario"] == 1
    with pytest.raises(InputError, match="is an empty list"):
        vj.run([], draws=5, out=calibrated_out)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"draws": 10}, "draws: 10 was requested, but the projections have 60"),
        ({"seed": 1}, "seed: 1 was requested, but the projections have 20251"),
        ({"horizon": "2025:2030"}, "the projections cover 2025 to 2040"),
        ({"as_of": "2024-01-01"}, "as_of: 2024-01-01 was requested, but the projections have none"),
        ({"models": "no_such_folder"}, "no such folder"),
    ],
)
def test_no_argument_is_ignored_beside_projections(
    runs: xr.Dataset, keywords: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        vj.compare(runs, **keywords)  # type: ignore[arg-type]


def test_arguments_that_agree_with_projections_are_taken(runs: xr.Dataset) -> None:
    found = vj.compare(runs, draws=DRAWS, seed=20_251, horizon=(2025, 2040))
    assert found.scenarios == (ASKED,)


def test_whole_projections_are_passed_on_as_they_are(
    runs: xr.Dataset, shipped_model: Model
) -> None:
    xr.testing.assert_identical(check_projections(runs, shipped_model.registry), runs)
