"""Regret over futures: by hand, against a comparison, under costs and stresses; faults."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import chart_data
import numpy as np
import openpyxl
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.analysis.regret import regrets_of

CUT = (
    "{name: cut, title: Less aid, extends: base, "
    "levers: {oda_commitments: {path: step, from: 2026, multiply: 0.5}}}"
)
POLICIES = ["oda_expansion", "labour_growth"]


@pytest.fixture(scope="module")
def session(own_out: Path) -> vj.Session:
    return vj.Session(draws=300, out=own_out)


def test_regret_by_hand() -> None:
    outcomes = np.array([[[1.0, 4.0], [3.0, 4.0]]])  # one world, two policies, two draws
    nothing = np.zeros(2)
    assert regrets_of(outcomes, nothing, least=False).tolist() == [[[2.0, 0.0], [0.0, 0.0]]]
    assert regrets_of(outcomes, nothing, least=True).tolist() == [[[0.0, 0.0], [2.0, 0.0]]]
    dear = np.array([0.0, 2.5])
    assert regrets_of(outcomes, dear, least=False).tolist() == [[[0.0, 0.0], [0.5, 2.5]]]


def test_a_cost_is_worth_it_in_as_many_futures_as_the_effect_exceeds_it(
    session: vj.Session,
) -> None:
    runs = session.run(["base", "labour_growth"])["trade_turnover"].sel(year=2035)
    effect = (runs.sel(scenario="labour_growth") - runs.sel(scenario="base")).to_numpy()
    cost = float(np.quantile(effect, 0.4))
    found = session.regret("labour_growth", "trade_turnover", 2035, costs={"labour_growth": cost})
    table = found.table().set_index("policy")
    assert table["best"]["labour_growth"] == pytest.approx(np.mean(effect > cost), abs=1e-9)
    regretted = np.maximum(effect - cost, 0.0)
    assert table["mean"]["base"] == pytest.approx(regretted.mean())
    assert table["high"]["base"] == pytest.approx(np.quantile(regretted, 0.95))
    assert table["most"]["base"] == pytest.approx(regretted.max())


def test_worlds_are_policies_with_the_stress_and_without(session: vj.Session) -> None:
    goal = "trade_turnover>=80 in 2035"
    found = session.regret(POLICIES, "trade_turnover", 2035, under="weak_yen", target=goal)
    assert found.worlds == ("base", "weak_yen")
    assert found.policies == ("base", *POLICIES)
    runs = session.run(["base", "weak_yen", "oda_expansion"])["trade_turnover"].sel(year=2035)
    np.testing.assert_array_equal(found.outcomes[0, 0], runs.sel(scenario="base"))
    np.testing.assert_array_equal(found.outcomes[1, 0], runs.sel(scenario="weak_yen"))
    np.testing.assert_array_equal(found.outcomes[0, 1], runs.sel(scenario="oda_expansion"))
    table = found.table()
    every = table[table["world"] == "all worlds"].set_index("policy")
    each = table[table["world"] != "all worlds"]
    held = each.groupby("policy")["satisfies"].mean()
    assert every["satisfies"]["base"] == pytest.approx(held["base"])
    assert every["best"].sum() == pytest.approx(1.0)
    assert "best" in json.dumps(charts.regret(found).to_dict())


def test_answers_are_shown_and_written_like_other_objects(tmp_path: Path) -> None:
    found = chart_data.make_regret()
    answers = {
        "reach": chart_data.make_reach(),
        "regret": found,
        "sensitivity": chart_data.make_sensitivities(),
        "lookup": chart_data.make_lookup(),
        "discovery": chart_data.make_discovery(),
    }
    for name, answer in answers.items():
        assert answer.plot().to_dict() == getattr(charts, name)(answer).to_dict()
        file = answer.to_excel(tmp_path / f"{name}.xlsx")
        sheet = openpyxl.load_workbook(file)[name]
        assert sheet.max_row == len(answer.table()) + 1
        assert answer.finding in repr(answer) if name != "sensitivity" else "40 %" in repr(answer)
    assert set(found.table()["unit"]) == {"USD bn"}
    assert set(answers["reach"].table()["unit"]) == {"persons"}
    assert "labour_growth is best most often" in repr(found)
    assert "labour_growth is best most often" in found._repr_html_()


def test_a_difference_that_draws_do_not_tell_names_both() -> None:
    """Gains of equal mean over few draws, and of a mean that is larger by six standard errors."""
    found = chart_data.make_regret()
    gains = np.random.default_rng(8).standard_normal((1, len(found.policies), 400))
    for gap, expected in ((0.0, found.policies), (0.6, found.policies[-1:])):
        gains[0, -1] += gap
        regrets = regrets_of(gains, np.zeros(len(found.policies)), least=False)
        told = replace(found, outcomes=gains, regrets=regrets)
        assert told.least_regretted == expected
        assert told.best_most == expected
    one = replace(told, outcomes=gains[:, :, :1], regrets=regrets[:, :, :1])
    assert one.best_most == one.least_regretted == one.policies  # one draw tells nothing


def test_policies_that_are_alike_share(session: vj.Session) -> None:
    table = session.regret("osa_framework", "labour_stock", 2030).table()
    assert table["best"].tolist() == [0.5, 0.5]
    assert table["alone_best"].tolist() == [0.0, 0.0]
    assert table["most"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("policies", "measure", "year", "more", "said"),
    [
        ("oda_expansion", "trade_turnovr", 2030, {}, "did you mean"),
        ("oda_expansion", "trade_turnover", 2060, {}, "outside 2025 to 2040"),
        ("base", "trade_turnover", 2030, {}, "is the baseline"),
        ("oda_expansion", "trade_turnover", 2030, {"under": "oda_expansion"}, "stress itself"),
        ("oda_expansion", "trade_turnover", 2030, {"costs": {"oda": 1}}, "is no policy"),
        ("oda_expansion", "trade_turnover", 2030, {"costs": [1]}, "no numbers by policy"),
        ("oda_expansion", "trade_turnover", 2030, {"under": CUT}, "oda_commitments"),
    ],
)
def test_what_cannot_be_weighed(
    policies: str, measure: str, year: int, more: dict[str, object], said: str, session: vj.Session
) -> None:
    with pytest.raises(vj.InputError) as told:
        session.regret(policies, measure, year, **more)  # type: ignore[arg-type]
    assert said in str(told.value)
    assert all(refusal.remedy for refusal in told.value.refusals)


@pytest.mark.usefixtures("plain_terminal")
def test_command_prints_what_python_gives(own_out: Path, session: vj.Session) -> None:
    words = ["regret", *POLICIES, "--measure", "trade_turnover", "--year", "2035"]
    words += ["--cost", "labour_growth=0.3", "--draws", "300", "--out", str(own_out)]
    status, text, error = outcome(words)
    assert (status, error) == (0, "")
    assert "Best most often: labour_growth" in text
    for more in ("labour_growth=2", "oda_expansion=1,5", "oda_expansion=1_5"):
        status, _, error = outcome([*words, "--cost", more])
        assert (status, "two costs" in error or "is no cost" in error) == (2, True)
    status, text, error = outcome([*words, "--json"])
    assert (status, error) == (0, "")
    found = session.regret(POLICIES, "trade_turnover", 2035, costs={"labour_growth": 0.3})
    assert json.loads(text)["policies"][0]["mean"] == found.table()["mean"][0]
    assert outcome([*words, "--cost", "labour_growth"])[0] == 2
