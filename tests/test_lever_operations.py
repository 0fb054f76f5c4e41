"""What levers and ceilings leave of a quantity, where `set` and caps are given: draw by draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options

DRAWS, LAST = 64, 2035
TRAINEES_ALONE = (
    "labour_skilled_intake: {path: step, from: 2027, set: 0},"
    " labour_engineer_intake: {path: step, from: 2027, set: 0}"
)
OPENED = "events: [{on: 2027-01-01, type: labour_agreement, percent: 200, phase_in: 0}]"
STEP = "levers: {%s: {path: step, from: 2027, %s}}"
SCENARIOS = {
    "base": "",
    "opened": f"levers: {{{TRAINEES_ALONE}}}, {OPENED}",
    "capped": (
        "levers: {labour_trainee_intake: {path: step, from: 2027, at_most: 20000},"
        f" {TRAINEES_ALONE}}}, {OPENED}"
    ),
    "supply": STEP % ("labour_supply", "at_most: 40000"),
    "trainees": "events: [{on: 2027-01-01, type: labour_cap, persons: 90000, status: trainee}]",
    "investment_flow": STEP % ("investment_flow", "set: 5"),
    "trade_exports": STEP % ("trade_exports", "set: 50"),
    "trade_imports_steel": STEP % ("trade_imports_steel", "set: 3"),
    "people_student_entries": STEP % ("people_students", "set: 30000"),
    "people_learners": STEP % ("people_learners", "set: 250000"),
    "people_visitors": STEP % ("people_visitors", "set: 2000000"),
    "diplomacy_visits": STEP % ("diplomacy_visits", "set: 0"),
    "many_visits": STEP % ("diplomacy_visits", "set: 60"),
    "diplomacy_agreements": "events: [{on: 2027-01-01, type: trade_agreement, size: 0.5}]",
    "none": "events: [{on: 2027-01-01, type: trade_agreement, size: 0}]",
}
STATED = {
    "investment_flow": 5.0,
    "trade_exports": 50.0,
    "trade_imports_steel": 3.0,
    "people_student_entries": 30_000.0,
    "people_learners": 250_000.0,
    "people_visitors": 2_000_000.0,
    "diplomacy_visits": 0.0,
    "diplomacy_agreements": 0.5,
}
"""By scenario and indicator of one name, what every draw has from 2027 on."""

Arrays = Mapping[str, NDArray[np.float64]]


@pytest.fixture(scope="module")
def runs(posterior: Posterior, shipped_model: Model) -> dict[str, Arrays]:
    """Every scenario above over the same draws, (year, draw) from 2027 on."""
    projector = Projector(posterior, shipped_model, Options(draws=DRAWS))
    lines = (f"{{extends: base{', ' if said else ''}{said}}}" for said in SCENARIOS.values())
    scenarios = [prepare_scenario(line, shipped_model, Options()) for line in lines]
    names = [
        *STATED,
        "labour_entries",
        "labour_graduates",
        "labour_trainees",
        "labour_skill_development",
        "labour_skilled",
        "investment_projects_new",
    ]
    batch = projector.batch(map(projector.variant, scenarios), 2027, LAST, names)
    projected = projector.project(batch)
    return {name: dict(projected.of(place)) for place, name in enumerate(SCENARIOS)}


@pytest.mark.parametrize("name", STATED)
def test_what_is_set_is_so_in_every_draw(name: str, runs: dict[str, Arrays]) -> None:
    np.testing.assert_allclose(runs[name][name], STATED[name], rtol=1e-12)
    assert (runs["base"][name] != STATED[name]).any()


def test_projects_move_in_proportion_to_the_flow(runs: dict[str, Arrays]) -> None:
    moved, base = runs["investment_flow"], runs["base"]
    share = moved["investment_projects_new"][0] / base["investment_projects_new"][0]
    np.testing.assert_allclose(share, 5.0 / base["investment_flow"][0], rtol=1e-12)


def test_expected_visits_are_those_that_are_set(runs: dict[str, Arrays]) -> None:
    assert runs["many_visits"]["diplomacy_visits"].mean() == pytest.approx(60.0, rel=0.05)


def from_abroad(arrays: Arrays) -> NDArray[np.float64]:
    entries: NDArray[np.float64] = arrays["labour_entries"] - arrays["labour_graduates"]
    return entries


def test_caps_on_entries_hold_whatever_raises_demand(runs: dict[str, Arrays]) -> None:
    assert from_abroad(runs["opened"]).min() > 20_000.0
    assert from_abroad(runs["capped"]).max() <= 20_000.0 * (1 + 1e-9)
    assert from_abroad(runs["capped"]).min() > 10_000.0
    assert from_abroad(runs["base"]).max() > 40_000.0
    assert from_abroad(runs["supply"]).max() <= 40_000.0 * (1 + 1e-9)


def test_a_ceiling_on_a_status_leaves_the_others_alone(runs: dict[str, Arrays]) -> None:
    both = [
        runs[name]["labour_trainees"] + runs[name]["labour_skill_development"]
        for name in ("base", "trainees")
    ]
    assert both[0][-1].min() > 90_000.0
    assert both[1][-1].max() <= 90_000.0 * (1 + 1e-9)
    assert (runs["trainees"]["labour_skilled"][0] >= runs["base"]["labour_skilled"][0]).all()


def test_an_agreement_without_size_changes_nothing(runs: dict[str, Arrays]) -> None:
    for name in ("trade_exports", "diplomacy_agreements"):
        assert runs["none"][name].tobytes() == runs["base"][name].tobytes()
