"""Marks and legends: what was examined, what the scenario sets, what does not differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

import vnjp_sim as vj
from vnjp_sim.analysis.assumed_part import AssumedPriors, marks_of
from vnjp_sim.analysis.budget_features import ASSUMED
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.marks import (
    MEANINGS,
    NONE,
    NOT_EXAMINED,
    NOT_NOW,
    PRIOR_DRIVEN,
    SET,
    SIGNS,
    UNSURE,
    legend,
)
from vnjp_sim.cli import commands
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.sectors.declarations import outputs
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model, load_model

HORIZON = (2025, 2032)
LEVERS = {"multiply": 1.5, "add": 1.0, "set": 1.2}
EVENTS = {
    "loan_pledge": "amount: 200",
    "oda_freeze": "years: 2",
    "energy_project_start": "count: 3",
    "energy_finance": "amount: 1",
    "energy_list_extension": "count: 3, value: 4",
    "osa_grant": "amount: 1",
    "vessel_order": "count: 3",
    "summit": "to: 1",
    "trade_agreement": "",
    "exchange_rate_shock": "percent: 30",
    "demand_shock": "percent: 30, recovery: 1",
    "labour_agreement": "percent: 30, phase_in: 1",
    "labour_cap": "persons: 200000",
    "maritime_tension": "trade: 10, investment: 10, years: 3",
    "political_setback": "years: 3",
    "supply_chain_shift": "amount: 1, years: 3",
}


def compared(folder: Path, out: Path, controls: str) -> Comparison:
    file = folder / "mine.yml"
    file.write_text(f"name: mine\ntitle: Mine\nextends: base\n{controls}\n", encoding="utf-8")
    return vj.compare(file, draws=60, horizon=HORIZON, out=out)


def set_by(mover: str) -> list[str]:
    """Return the indicators that a lever or an event type states."""
    return [name for name, output in outputs().items() if mover in output.set_by]


@pytest.mark.slow
@pytest.mark.parametrize("lever", sorted(load_model().instruments.levers))
def test_what_a_lever_sets_differs_at_once_and_is_never_told_from_zero(
    lever: str, shipped_model: Model, calibrated_out: Path, tmp_path: Path
) -> None:
    known = shipped_model.instruments.levers[lever]
    operation = next(name for name in LEVERS if getattr(known, name) is not None)
    controls = f"levers:\n  {lever}: {{path: step, from: 2028, {operation}: {LEVERS[operation]}}}"
    found = compared(tmp_path, calibrated_out, controls)
    for name in set_by(lever):
        effects = found.summaries([name])
        marks = {e.mark for e in effects}
        assert marks == {NOT_NOW, SET}, name
        assert {e.mark for e in effects if e.year < 2028} == {NOT_NOW}


@pytest.mark.slow
@pytest.mark.parametrize("event", sorted(load_model().instruments.event_types))
def test_what_an_event_sets_differs(event: str, calibrated_out: Path, tmp_path: Path) -> None:
    fields = f", {EVENTS[event]}" if EVENTS[event] else ""
    found = compared(
        tmp_path, calibrated_out, f"events:\n  - {{on: 2028-07-01, type: {event}{fields}}}"
    )
    for name in set_by(event):
        marks = [e.mark for e in found.summaries([name])]
        assert next(mark for mark in marks if mark != NOT_NOW) == SET, name
        assert set(marks) <= {SET, NOT_NOW, UNSURE}, name  # what is left behind may go any way


def test_doubling_a_ceiling_sets_nothing_but_has_a_sure_sign(
    calibrated_out: Path, tmp_path: Path
) -> None:
    controls = "levers:\n  security_osa_budget: {path: step, from: 2027, multiply: 2}"
    found = compared(tmp_path, calibrated_out, controls)
    (effect,) = found.summaries(["security_osa_grants"], [2032])
    assert effect.quantiles[0] == 0.0
    assert effect.positive < 1.0
    assert effect.mark != SET
    assert effect.sure


@pytest.fixture(scope="module")
def runs(calibrated_out: Path) -> xr.Dataset:
    """Projections of a baseline and a scenario."""
    return vj.run(["base", "labour_growth"], draws=1_000, horizon=HORIZON, out=calibrated_out)


@pytest.fixture(scope="module")
def examined(calibrated_out: Path) -> Comparison:
    """The same projections by their names, with how much of each effect rests on assumptions."""
    asked = {"draws": 1_000, "horizon": HORIZON, "out": calibrated_out}
    return vj.compare("labour_growth", budgets=True, **asked)


def test_quick_and_thorough_comparisons_tell_the_same(
    runs: xr.Dataset, examined: Comparison, calibrated_out: Path
) -> None:
    asked = {"draws": 1_000, "horizon": HORIZON, "out": calibrated_out}
    quick = vj.compare("labour_growth", **asked)
    marks = quick.table(years=[2032])["mark"].tolist()
    assert {"", PRIOR_DRIVEN} <= set(marks)
    assert NOT_EXAMINED not in marks
    for other in (examined, vj.compare(runs, out=calibrated_out)):
        assert other.table(years=[2032])["mark"].tolist() == marks


def test_what_assumptions_explain_is_near_what_the_budget_says(examined: Comparison) -> None:
    """To a tenth or so: it is their first-order share, but for what bends more than a parabola."""
    budget = examined.budgets["labour_growth"]
    told = {e.indicator: e.mark for e in examined.summaries(years=[2032])}
    clear = {}
    for name, mark in told.items():
        share = float(budget.share(name, ASSUMED)[-1])
        if mark in {"", PRIOR_DRIVEN} and abs(share - 0.5) > 0.15:
            clear[name] = (mark == PRIOR_DRIVEN) == (share > 0.5)
    assert len(clear) > 10
    assert all(clear.values()), clear


@pytest.mark.parametrize(("part", "mark"), [(0.6, PRIOR_DRIVEN), (0.4, "")])
@pytest.mark.parametrize("bent", [False, True])
def test_known_parts_of_a_variance_are_found(
    part: float, mark: str, bent: bool, shipped_model: Model, calibrated_out: Path
) -> None:
    """Made of the score of one assumed prior, of another that is not, and of noise."""
    posterior, _ = posterior_of(shipped_model, calibrated_out)
    priors = AssumedPriors(posterior, shipped_model, 5, 2_000)
    streams = RandomStreams(5, 0, 2_000)
    single = shipped_model.parameters.single
    drawn = [n for n, p in single.items() if p.prior.fixed is None and n not in posterior.arrays]
    name = next(n for n in drawn if single[n].grade == "assumed")
    other = next(n for n in drawn if single[n].grade == "empirical")
    assumed = streams.normal(f"parameter.{name}", group="assumed")
    assumed = (assumed**2 - 1.0) / np.sqrt(2.0) if bent else assumed
    known = streams.normal(f"parameter.{other}", group="empirical")
    noise = streams.normal("noise", 2030)
    effect = np.sqrt(part) * assumed + np.sqrt((1.0 - part) / 2.0) * (known + noise)
    assert priors.parts([effect])[0] == pytest.approx(part, abs=0.06)
    assert marks_of(priors, 2_000, [effect], ()) == [mark]
    assert priors.parts([effect], [other])[0] == pytest.approx((1.0 + part) / 2.0, abs=0.06)
    assert priors.parts([effect], [name])[0] == priors.parts([effect])[0]
    assert np.isnan(priors.parts([np.ones(2_000)])[0])
    assert marks_of(priors, 500, [effect], ()) == [NOT_EXAMINED]


def test_budgets_of_given_projections_are_those_of_names(
    runs: xr.Dataset, examined: Comparison, calibrated_out: Path
) -> None:
    given = vj.compare(runs, budgets=True, out=calibrated_out)
    for name, shares in examined.budgets["labour_growth"].first_order.items():
        np.testing.assert_array_equal(given.budgets["labour_growth"].first_order[name], shares)
    marks = [c.table(years=[2032])["mark"].tolist() for c in (given, examined)]
    assert marks[0] == marks[1]


def test_a_legend_explains_what_appears_and_nothing_else() -> None:
    for mark, meaning in MEANINGS.items():
        told = legend([mark, ""])
        assert meaning in told
        assert [m for m in MEANINGS if MEANINGS[m] in told] == [mark]
        assert SIGNS[mark] in told
    assert legend([""]) == ""
    assert "not examined" in legend([NOT_EXAMINED])
    assert "by construction" in legend([NONE])
    assert "by construction" not in legend([NOT_NOW])


@pytest.mark.parametrize(
    ("arguments", "there", "absent"),
    [
        (
            ["oda_expansion", "--effects-only"],
            ["not examined", "What you set", "rises in"],
            ["†", "assumptions,"],
        ),
        (
            ["oda_expansion", "--effects-only", "--indicator", "oda_loans"],
            ["examined"],
            ["rises", "‡"],
        ),
        (
            ["demand_shock", "--effects-only", "--year", "2026"],
            ["No listed quantity differs from the baseline in these years"],
            ["has no effect by construction."],
        ),
    ],
)
def test_the_command_explains_what_it_shows(
    arguments: list[str], there: list[str], absent: list[str], calibrated_out: Path
) -> None:
    asked = ["compare", *arguments, "--draws", "200", "--out", str(calibrated_out)]
    done = CliRunner().invoke(commands, asked)
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    for text in there:
        assert text in words
    for text in absent:
        assert text not in words


def test_years_before_a_departure_are_no_proof_of_no_effect(calibrated_out: Path) -> None:
    runs = vj.run(["base", "demand_shock"], draws=40, out=calibrated_out)
    early = vj.compare(runs.sel(year=slice(2025, 2027)))
    assert set(early.table()["mark"]) == {NOT_NOW}
    whole = vj.compare(runs)
    assert {NONE, SET, NOT_NOW} <= set(whole.table()["mark"])


def test_what_rests_on_a_calibration_that_failed_its_gates_says_so(
    calibrated_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In run, compare and the report; computed and found stored; and nowhere else."""
    posterior, file = posterior_of(load_model(), calibrated_out)
    first, *others = posterior.groups
    failed = replace(posterior, groups=(replace(first, pareto_k=1.5), *others))
    note = f"The calibration failed its gates ({first.name}) and was kept on request."
    for kept, out in ((failed, tmp_path / "kept"), (posterior, tmp_path / "passed")):
        with monkeypatch.context() as patch:
            for module in ("simulation.pipeline", "analysis.findings"):
                patch.setattr(f"vnjp_sim.{module}.posterior_of", lambda *_, k=kept, **__: (k, file))
            page = tmp_path / f"{out.name}.html"
            for command in (
                ["run", "base"],
                ["run", "base"],
                ["compare", "oda_expansion"],
                ["report", "oda_expansion", "--to", str(page)],
            ):
                args = [*command, "--draws", "20", "--horizon", "2025:2027", "--out", str(out)]
                done = CliRunner().invoke(commands, args)
                assert done.exit_code == 0, done.output
                told = " ".join(done.output.split())
                assert (note in told) == (kept is failed) or command[0] == "report", command
            assert (note in page.read_text(encoding="utf-8")) == (kept is failed)
