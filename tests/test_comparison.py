"""Comparison: effects against a reading of the stored draws, pairing, words, targets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import vnjp_sim as vj
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effects import effect_of
from vnjp_sim.analysis.findings import find
from vnjp_sim.analysis.from_runs import comparison_of, comparison_of_parts
from vnjp_sim.analysis.marks import NONE, NOT_EXAMINED, SET, TOO_FEW, UNSURE
from vnjp_sim.analysis.target_probability import ABSENT, BEFORE, achievements, year_of
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario_differences import input_differences
from vnjp_sim.inputs.targets import Target, read_targets
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import MANIFEST
from vnjp_sim.simulation.projection_file import Projection, gather
from vnjp_sim.simulation.request import Options

ASKED = ["oda_expansion", "osa_framework"]


@pytest.fixture(scope="module")
def compared(calibrated_out: Path) -> Comparison:
    return vj.compare(ASKED, draws=300, out=calibrated_out)


def test_the_baseline_comes_along(compared: Comparison) -> None:
    assert compared.baseline == "base"
    assert compared.scenarios == tuple(ASKED)
    assert compared.years == tuple(range(2025, 2041))


def test_comparison_is_that_of_its_dataset(compared: Comparison, calibrated_out: Path) -> None:
    # of names, the draws stay plain arrays; of a dataset, everything in it is checked
    runs = vj.run(["base", *ASKED], draws=300, out=calibrated_out)
    given = comparison_of(runs, compared.registry)
    assert given.summaries() == compared.summaries()
    assert given.manifests == compared.manifests
    xr.testing.assert_identical(given.runs, compared.runs)
    stored = vj.compare(ASKED, draws=300, out=calibrated_out)  # and is the same where it is read
    assert stored.summaries() == compared.summaries()
    xr.testing.assert_identical(stored.runs, compared.runs)


def test_runs_of_different_years_are_compared_in_those_that_all_have(
    shipped_model: Model, calibrated_out: Path
) -> None:
    base = vj.run("base", draws=40, out=calibrated_out)
    short = vj.run("oda_expansion", draws=40, horizon="2025:2032", out=calibrated_out)
    parts = [_part(base), _part(short)]
    found = comparison_of_parts(parts, shipped_model.registry, "base")
    given = comparison_of(gather(parts), shipped_model.registry)
    assert found.years == given.years == tuple(range(2025, 2033))
    assert found.summaries() == given.summaries()
    xr.testing.assert_identical(found.runs, given.runs)


def _part(runs: xr.Dataset) -> Projection:
    """Return the projection of the one scenario of a dataset."""
    manifest = json.dumps(json.loads(str(runs[MANIFEST].item())), sort_keys=True)
    return Projection(
        str(runs.scenario.item()),
        int(runs.year[0]),
        {str(name): array.to_numpy()[0] for name, array in runs.data_vars.items()},
        {str(name): array.attrs for name, array in runs.data_vars.items()},
        {MANIFEST: manifest},
    )


@pytest.mark.parametrize("other", [{"seed": 7}, {"draws": 41}])
def test_parts_that_are_not_paired_are_refused(
    other: dict[str, int], shipped_model: Model, calibrated_out: Path
) -> None:
    options = {"draws": 40, "out": calibrated_out}
    parts = [_part(vj.run("base", **options)), _part(vj.run("oda_expansion", **options | other))]
    with pytest.raises(InputError, match=next(iter(other))):
        comparison_of_parts(parts, shipped_model.registry, "base")


def test_effects_are_differences_draw_by_draw(compared: Comparison) -> None:
    runs = compared.runs
    effects = compared.effects()
    values = runs.oda_disbursements.sel(scenario="oda_expansion").to_numpy()
    base = runs.oda_disbursements.sel(scenario="base").to_numpy()
    np.testing.assert_array_equal(
        effects.oda_disbursements.sel(scenario="oda_expansion"), values - base
    )
    assert effects.oda_disbursements.attrs["units"] == "JPY bn"
    relative = compared.effects(relative=True)
    np.testing.assert_allclose(
        relative.oda_disbursements.sel(scenario="oda_expansion"), values / base - 1.0
    )
    assert "trade_balance" not in relative
    row = compared.table(["oda_disbursements"], [2040]).iloc[0]
    difference = (values - base)[-1]
    assert row["mean"] == pytest.approx(difference.mean())
    assert row["p05"] == pytest.approx(np.quantile(difference, 0.05))
    assert row["relative_p50"] == pytest.approx(100 * np.median(values[-1] / base[-1] - 1))
    assert row["positive"] == 1.0


def test_marks_tell_what_is_not_there(compared: Comparison) -> None:
    marks = {(e.scenario, e.indicator): e.mark for e in compared.summaries(years=[2040])}
    assert marks["oda_expansion", "security_vessels"] == NONE
    assert marks["osa_framework", "labour_stock"] == NONE
    assert marks["osa_framework", "security_vessels"] == NOT_EXAMINED
    assert marks["oda_expansion", "oda_commitments"] == SET
    assert marks["oda_expansion", "oda_disbursements"] == NOT_EXAMINED
    assert marks["oda_expansion", "investment_flow"] == UNSURE


@pytest.mark.parametrize(
    ("difference", "mark"),
    [
        ([1.0] * 20, ""),
        ([1.0] * 19 + [-1.0], UNSURE),
        ([1.0] * 20 + [0.0] * 80, ""),
        ([1.0] * 19 + [0.0] * 81, TOO_FEW),
        ([-1.0] * 20, ""),
        ([1.0, -1.0] * 10, UNSURE),
    ],
)
def test_when_a_sign_is_sure(difference: list[float], mark: str) -> None:
    base = np.ones(len(difference))
    found = effect_of("s", "i", 2030, base + np.array(difference), base, never=False)
    assert found.mark == mark


def test_inputs_are_told_in_words(compared: Comparison) -> None:
    assert compared.differences("oda_expansion") == (
        "lever oda_commitments: × 2, phased in from 2026 to 2030",
    )
    told = compared.differences("osa_framework")
    order = "event vessel_order on 2027-10-01 (count 2, purse osa, series used)"
    assert any(line.startswith(order) for line in told)
    assert len(told) == 4
    back = compared.differences("oda_expansion", "osa_framework")
    assert "without the event osa_grant on 2026-10-01 (amount 1)" in back
    assert (
        "lever security_osa_budget: not used (baseline: × 2, phased in from 2026 to 2030)" in back
    )


def test_changed_inputs_are_told_as_instead() -> None:
    def content(by: float, sigma: float) -> dict[str, object]:
        return {
            "levers": {"oda_delay": {"path": "step", "from": 2028, "multiply": by}},
            "events": [],
            "parameters": {"oda_delay_factor": {"lognormal": {"median": 1.0, "sigma": sigma}}},
        }

    first, second = input_differences(content(1.4, 0.2), content(1.2, 0.1))
    assert first == "lever oda_delay: × 1.4 from 2028 instead of × 1.2 from 2028"
    assert second.startswith("parameter oda_delay_factor: ")
    assert " instead of " in second


def test_stored_runs_and_datasets_compare_alike(compared: Comparison, calibrated_out: Path) -> None:
    given = vj.compare(vj.run(["base", "oda_expansion"], draws=300, out=calibrated_out))
    folder = calibrated_out / "oda_expansion" / compared.manifests["oda_expansion"]["run"]
    stored = vj.compare(folder, out=calibrated_out)
    for other in (stored, given):
        assert other.scenarios == ("oda_expansion",)
        xr.testing.assert_identical(
            other.effects().oda_disbursements,
            compared.effects().oda_disbursements.sel(scenario=["oda_expansion"]),
        )


def test_unpaired_runs_are_refused(calibrated_out: Path) -> None:
    first = vj.run("base", draws=50, out=calibrated_out)
    second = vj.run("oda_expansion", draws=50, seed=8, out=calibrated_out)
    both = xr.concat([first, second], "scenario", combine_attrs="drop")
    with pytest.raises(InputError, match="not paired with base: seed 8 and 20251"):
        vj.compare(both)


def test_what_cannot_be_compared_is_told(compared: Comparison, calibrated_out: Path) -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        vj.compare("base", draws=50, out=calibrated_out)
    with pytest.raises(InputError, match="not among the runs"):
        comparison_of(compared.runs, compared.registry, "bas")
    with pytest.raises(InputError, match="trade_turnover"):
        compared.table(["trade_turnovr"])
    with pytest.raises(InputError, match="2025 to 2040"):
        compared.table(years=[1999])
    folder = calibrated_out / "oda_expansion" / compared.manifests["oda_expansion"]["run"]
    twice = vj.compare([folder, "oda_expansion"], out=calibrated_out)
    assert twice.scenarios == ("oda_expansion",)


def test_horizons_meet_in_the_years_that_all_have(calibrated_out: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.yml"
    longer.write_text(
        "name: longer\ntitle: More aid for longer\nextends: base\n"
        "horizon: {start: 2025, end: 2045}\n"
        "levers:\n  oda_commitments: {path: step, from: 2027, multiply: 1.5}\n"
    )
    found = vj.compare(["oda_expansion", longer], draws=50, out=calibrated_out)
    assert found.years == tuple(range(2025, 2041))
    assert found.scenarios == ("oda_expansion", "longer")
    assert not found.effects().oda_disbursements.isnull().any()


def test_targets_are_met_by_the_part_of_draws_that_hold_them(
    compared: Comparison, shipped_model: Model
) -> None:
    targets = read_targets(shipped_model.folder, shipped_model.registry, shipped_model.evidence)
    past = {"id": "past", "indicator": "oda_loans", "by": "2024-03-31"}
    dated: Target = targets[0].model_copy(update=past)
    found = {
        (a.target.id, a.scenario): a
        for a in achievements(compared.runs, (*targets, dated), shipped_model.registry)
    }
    cover = compared.runs.trade_cover_ratio.sel(scenario="base", year=2030).to_numpy()
    floor = found["balanced_trade_floor", "base"]
    assert floor.probability == pytest.approx(np.mean(cover >= 0.9))
    assert found["balanced_trade_ceiling", "base"].probability == pytest.approx(
        np.mean(cover <= 1.1)
    )
    assert found["past", "base"].note == BEFORE
    assert found["new_loans_2023", "base"].note == ABSENT
    assert found["new_loans_2023", "base"].probability is None
    table = vj.target_probabilities(compared.runs)
    assert len(table) == sum(target != "past" for target, _ in found)


@pytest.mark.parametrize(
    ("by", "year"), [("2030-12-31", 2030), ("2024-03-31", 2023), ("2030-06-30", 2029)]
)
def test_the_year_that_counts_has_ended(by: str, year: int, shipped_model: Model) -> None:
    targets = read_targets(shipped_model.folder, shipped_model.registry, shipped_model.evidence)
    dated: Target = targets[0].model_copy(update={"by": by})
    assert year_of(dated) == year


def test_findings_agree_with_the_comparison(
    compared: Comparison, shipped_model: Model, calibrated_out: Path
) -> None:
    found = find(ASKED, shipped_model, Options(draws=300), calibrated_out)
    assert found.levels is None
    assert set(found.attributions) == set(ASKED)
    for name, attribution in found.attributions.items():
        for indicator, total in attribution.total.items():
            effect = compared.effects()[indicator].sel(scenario=name).to_numpy()
            np.testing.assert_array_equal(total, effect)
