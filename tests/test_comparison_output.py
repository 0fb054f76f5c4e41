"""What a comparison prints: variants beside each other, policies under stress, assumptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import outcome

from vnjp_sim.simulation.manifests import REASONS, manifest_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options

SAID = {"why": "The pledge of 2023.", "reference": "press_2023 line 3", "grade": "published"}
MINE = f"""\
name: mine
title: Mine
extends: base
levers:
  oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 2.0, {
    ", ".join(f"{key}: {value}" for key, value in SAID.items())
}}}
events:
  - {{on: 2028-04-01, type: oda_freeze, years: 2, chance: 0.3, why: A hard case.}}
variants:
  low: {{levers: {{oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 1.5}}}}}}
"""
SHORT = ("--draws", "60", "--horizon", "2025:2032", "--year", "2032")
AID = "oda_disbursements"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario with reasons and a variant, in the current folder; a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("mine.yml").write_text(MINE, encoding="utf-8")
    return Path("mine.yml")


def printed(*words: str | Path) -> str:
    status, out, err = outcome([*map(str, words)])
    assert (status, err) == (0, "")
    return out


def told(*words: str | Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(printed(*words, "--effects-only", "--json"))
    return content


def test_variants_stand_beside_each_other(mine: Path, calibrated_out: Path) -> None:
    text = printed("compare", mine, "--variants", *SHORT, "--out", calibrated_out)
    assert max(map(len, text.split("\n"))) <= 80
    lines = text.splitlines()
    place = lines.index("ODA disbursements, gross, JPY bn")
    rows = [line.split()[0] for line in lines[place + 1 : place + 5] if line.startswith("  mine")]
    assert rows == ["mine", "mine@low"]
    assert text.count("effect on") == 1
    assert text.count("What the scenario assumes") == 1
    assert "The pledge of 2023. (press_2023 line 3; published)" in " ".join(text.split())


def test_what_is_set_stands_apart_from_what_follows(mine: Path, calibrated_out: Path) -> None:
    """Both years side by side at 80 columns; what hardly moves is told in a sentence."""
    few = ("--draws", "100", "--out", calibrated_out)
    text = printed("compare", "osa_framework@vessels", *few)
    assert max(map(len, text.split("\n"))) <= 80
    assert text.count("effect on") == 1
    order = ("You changed", "lever security_osa_budget", "What you set", "Defence exchanges of")
    order += (
        "What follows",
        "Patrol vessels from",
        "Sets of security",
        "Changed by less than a thousandth: Trade",
    )
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "Defence exchanges + 1 from 2027" in text  # a contribution, by its label
    assert "on average" in text
    effects = text[: text.index("contribution")]
    assert not [words for words in ("0.00 [", "[0.00, 0.00]", "≈", "‡") if words in effects]


def test_only_what_was_asked_for_is_told(mine: Path, calibrated_out: Path) -> None:
    """Contributions are to it, and targets on it; unasked, to a quantity before an index."""
    few = ("--draws", "60", "--horizon", "2025:2032", "--out", calibrated_out)
    text = printed("compare", mine, *few, "--indicator", "ODA disbursements, gross")
    assert "ODA disbursements, gross 2032, JPY bn" in " ".join(text.split())
    assert "Index" not in text
    assert "target" not in text
    whole = " ".join(printed("compare", mine, *few).split())
    assert "Index of the partnership 2032" not in whole
    assert "Index of the partnership: weighted geometric mean of the sector indices" in whole
    assert (
        "Of the targets, the chance of" in whole or "Of the other targets, the chance of" in whole
    )


def test_wanted_intakes_are_set_but_workers_sent_follow(
    calibrated_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    text = printed("compare", "labour_growth", "--draws", "100", "--out", calibrated_out)
    assert "What you set" not in text
    assert "Workers sent" in text


def test_assumptions_are_told_to_machines(mine: Path, calibrated_out: Path) -> None:
    content = told("compare", mine, f"{mine}@low", *SHORT, "--out", calibrated_out)
    central, low = content["scenarios"]
    lever, freeze = central["assumptions"]
    size = {"name": "oda_commitments", "size": "× 2, phased in from 2026 to 2030"}
    assert lever == {**size, **SAID}
    assert (freeze["name"], freeze["why"], freeze["grade"]) == ("oda_freeze", "A hard case.", "")
    assert low["assumptions"] == [freeze]  # its lever says nothing of its own size
    assert {effect["scenario"] for effect in content["effects"]} == {"mine", "mine@low"}


def test_a_run_keeps_reasons_where_there_are_any(
    mine: Path, shipped_model: Model, calibrated_out: Path
) -> None:
    known, bare = (prepare_scenario(str(s), shipped_model, Options()) for s in (mine, "base"))
    kept = manifest_of(known, shipped_model, Options())[REASONS]
    assert kept == {"levers": {"oda_commitments": SAID}, "events": [{"why": "A hard case."}]}
    assert REASONS not in manifest_of(bare, shipped_model, Options())
    few = ("--draws", "60", "--horizon", "2025:2032", "--out", calibrated_out)
    (run,) = json.loads(printed("run", mine, *few, "--json"))
    asked = told("compare", mine, *SHORT, "--out", calibrated_out)["scenarios"]
    mine.unlink()
    stored = told("compare", run["folder"], "--year", "2032", "--out", calibrated_out)["scenarios"]
    assert stored == asked
    assert stored[0]["assumptions"] == run["assumptions"]


def test_a_policy_under_stress_is_compared_with_the_stress(
    mine: Path, calibrated_out: Path
) -> None:
    few = (*SHORT, "--indicator", "trade_turnover", "--indicator", AID, "--out", calibrated_out)
    under = told("compare", mine, "--under", "demand_shock", "--under", "weak_yen", *few)
    worlds = {(one["scenario"], one["baseline"]) for one in under["scenarios"]}
    names = [f"mine_under_{stress}" for stress in ("demand_shock", "weak_yen")]
    assert worlds == {("mine", "base"), (names[0], "demand_shock"), (names[1], "weak_yen")}
    both = f"{{extends: [{MINE_ON_A_LINE}, weak_yen], name: mine_under_weak_yen, title: T}}"
    alone = told("compare", mine, *few)["effects"]
    longhand = told("compare", both, "--baseline", "weak_yen", *few)["effects"]
    effects = under["effects"]
    assert [e for e in effects if e["scenario"] == "mine"] == alone
    assert [e for e in effects if e["scenario"] == "mine_under_weak_yen"] == longhand


def test_a_policy_under_stress_is_printed_beside_itself(mine: Path, calibrated_out: Path) -> None:
    few = (*SHORT, "--indicator", AID, "--out", calibrated_out)
    text = printed("compare", mine, "--under", "maritime_tension", "--under", "demand_shock", *few)
    assert max(map(len, text.split("\n"))) <= 80
    rows = [line.strip().partition("  ")[0] for line in text.splitlines()]
    place = rows.index("ODA disbursements, gross, JPY bn")
    wanted = ["in base", "in maritime_tension", "in demand_shock"]
    assert [row for row in rows[place + 1 : place + 7] if row.startswith("in ")] == wanted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("oda_freeze", "--under", "oda_freeze"), "oda_freeze: is the stress itself; name a"),
        (("oda_freeze", "--under", "weak_yne"), "did you mean 'weak_yen'?"),
        (("mine.yml", "--under", "oda_expansion"), "'oda_commitments' differs between"),
        (("oda_freeze", "--under", "weak_yen", "--report"), "--report: has no effect with --under"),
    ],
)
def test_what_cannot_stand_under_stress_is_refused(
    mine: Path, words: tuple[str, ...], message: str
) -> None:
    Path("mine.yml").write_text(MINE.replace("multiply: 2.0", "multiply: 1.7"), encoding="utf-8")
    status, _, err = outcome(["compare", *words])
    assert status == 2
    assert message in err


MINE_ON_A_LINE = (
    "{name: mine, title: Mine, extends: base, levers: {oda_commitments: "
    "{path: ramp, from: 2026, to: 2030, multiply: 2.0}}, events: "
    "[{on: 2028-04-01, type: oda_freeze, years: 2, chance: 0.3}]}"
)
