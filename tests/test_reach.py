"""The chance of a goal along a lever: closed forms, futures that no setting reaches, mixes, faults.

Where a lever multiplies the indicator itself, the setting that a draw needs is the goal over what
the draw has without the lever; where two levers add to it, the cheapest mix is known by hand. Both
are exact in every draw, so that any slip of the search fails.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import chart_data
import numpy as np
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.analysis.crossings import needed_settings, setting_of_chance
from vnjp_sim.analysis.lever_mix import Mix
from vnjp_sim.inputs.number_text import percent_below
from vnjp_sim.tables.decisions import mix_table, reach_lines, reach_table

GOAL = "oda_commitments>=150 in 2030"
DRAWS = 200


@pytest.fixture(scope="module")
def session(own_out: Path) -> vj.Session:
    return vj.Session(draws=DRAWS, out=own_out)


def test_first_crossing_of_rising_falling_and_other_margins() -> None:
    settings = np.array([0.0, 1.0, 3.0])
    margins = np.array([[-1.0, 1.0, -3.0, -1.0], [1.0, 2.0, -2.0, 1.0], [2.0, 3.0, -1.0, -2.0]])
    up = needed_settings(settings, margins, rising=True)
    assert up.tolist() == [0.5, 0.0, np.inf, 0.5]
    down = needed_settings(settings, margins, rising=False)
    assert down.tolist() == [3.0, 3.0, -np.inf, pytest.approx(1 + 2 / 3)]
    assert setting_of_chance(settings, margins, 0.75, rising=True) == 0.5
    assert setting_of_chance(settings, margins, 0.76, rising=True) is None


def test_the_setting_for_a_chance_is_the_first_of_a_fine_mesh_that_gives_it() -> None:
    """Margins that rise and fall: what a further setting loses again is not counted beyond it."""
    rng = np.random.default_rng(9)
    settings, mesh = np.linspace(0.0, 4.0, 5), np.linspace(0.0, 4.0, 4_001)
    hump = -np.abs(settings[:, None] - rng.uniform(0.5, 3.5, 60)) + 0.7
    for margins in (hump, rng.standard_normal((5, 3)), rng.standard_normal((5, 1))):
        lines = [np.interp(mesh, settings, margins[:, draw]) for draw in range(margins.shape[1])]
        chances = np.mean(np.array(lines) >= 0.0, axis=0)
        for chance, rising in itertools.product((0.2, 0.34, 0.5), (True, False)):
            found = setting_of_chance(settings, margins, chance, rising=rising)
            served = mesh[chances >= chance]
            if not served.size:
                assert found is None
            else:
                assert found == pytest.approx(served.min() if rising else served.max(), abs=0.002)


def test_a_lever_that_harms_is_gone_through_downwards_where_chances_are_equal() -> None:
    curve = chart_data.make_reach().curves[0]
    for bound, never in ((1e6, 1.0), (-1e6, 0.0)):
        held = replace(curve, goal=replace(curve.goal, low=bound), outcomes=curve.outcomes[::-1])
        assert not held.rises
        assert held.never == never


def test_setting_of_each_draw_is_the_goal_over_what_it_has(session: vj.Session) -> None:
    base = session.run("base")["oda_commitments"].sel(scenario="base", year=2030).to_numpy()
    curve = session.reach(GOAL, "oda_commitments multiply 1:3", points=3).curves[0]
    exact = 150.0 / base
    reached = exact <= 3.0
    np.testing.assert_allclose(curve.needed[reached], np.maximum(exact, 1.0)[reached], rtol=1e-9)
    assert curve.never == pytest.approx(np.mean(~reached))
    assert curve.always == pytest.approx(np.mean(exact <= 1.0))
    assert curve.chances[-1] == pytest.approx(np.mean(reached))
    half = next(needed for needed in curve.settings_for if needed.chance == 0.5)
    assert half.setting == pytest.approx(np.sort(exact)[DRAWS // 2 - 1], rel=1e-9)
    assert half.found == pytest.approx(0.5, abs=1 / DRAWS)
    assert next(n for n in curve.settings_for if n.chance == 0.9).setting is None


def test_a_goal_from_above_is_gone_through_downwards(session: vj.Session) -> None:
    curve = session.reach("labour_stock<=600 thousand persons in 2030", "labour_demand").curves[0]
    assert not curve.rises
    assert np.all(np.diff(curve.chances) <= 0.0)
    for needed in curve.settings_for:
        assert needed.found == pytest.approx(needed.chance, abs=0.01)


def test_cheapest_mix_fills_the_cheaper_lever_first(session: vj.Session) -> None:
    base = session.run("base")["oda_commitments"].sel(scenario="base", year=2030).to_numpy()
    gap = np.sort(150.0 - base)[int(0.8 * DRAWS) - 1]
    levers = ["oda_loans add 0:200 step 2026 cost 2", "oda_grants add 0:20 step 2026 cost 1"]
    mix = session.reach(GOAL, levers, chance=0.8).mix
    assert mix is not None
    assert mix.settings["oda_grants"] == pytest.approx(20.0, rel=2e-3)
    assert mix.settings["oda_loans"] == pytest.approx(gap - 20.0, rel=2e-3)
    assert mix.cost == pytest.approx(2 * (gap - 20.0) + 20.0, rel=2e-3)
    assert mix.found == pytest.approx(0.8, abs=0.01)
    assert mix.alone["oda_loans"][0] == pytest.approx(gap, rel=1e-6)
    assert mix.alone["oda_grants"] == (None, pytest.approx(np.nan, nan_ok=True))


def test_a_chance_that_is_just_missed_is_not_rounded_up_to_the_goal() -> None:
    found = chart_data.make_reach()
    curve = found.curves[0]
    with pytest.warns(UserWarning, match=r"a chance of 80 %; the best, × 2, gives 79.7 %"):
        assert curve.setting_for(0.8) is None
    with pytest.raises(vj.InputError, match=r"give 0.8 for 80 %"):
        curve.setting_for(80)
    mix = Mix(0.8, {}, np.nan, np.nan, 0.7965, {"labour_stay": (None, np.nan)})
    title = " ".join(charts.reach(found).to_dict()["title"]["text"])
    for told in (repr(found), repr(curve), repr(mix), title, next(reach_lines(curve))):
        assert "79.7 %" in told.replace("\u00a0", " ")
    table = mix_table(found, mix)
    assert (
        table.title.replace("\u00a0", " ")
        == "No mix gives a chance of 80 %; the best of those run gives 79.7 %"
    )
    assert table.rows[0].cells[-1] == f"at most {percent_below(0.7965, 0.8)}"
    assert all("79.7" in shown._repr_html_() for shown in (found, curve, mix))
    assert [percent_below(x, 0.8)[:-2] for x in (0.5, 0.79996, 0.8)] == ["50", "79.996", "80"]


def test_goal_may_be_a_target_of_the_models_folder(session: vj.Session) -> None:
    found = session.reach("balanced_trade_floor", "trade_exports multiply 1:2", "weak_yen")
    assert (found.goal.indicator, found.goal.low, found.goal.year) == (
        "trade_cover_ratio",
        0.9,
        2030,
    )
    table = vj.target_probabilities(session.run("weak_yen")).set_index("target")
    known = table["probability"]["balanced_trade_floor"]
    assert found.curves[0].chances[0] == pytest.approx(known)


@pytest.mark.parametrize(
    ("target", "lever", "options", "said"),
    [
        ("labour_stock>700000", "labour_supply", {}, "states no goal"),
        ("labour_stok>=7 in 2030", "labour_supply", {}, "did you mean 'labour_stock'?"),
        ("labour_stock>=7 USD bn in 2030", "labour_supply", {}, "cannot be read as 'persons'"),
        ("labour_stock>=7 in 2060", "labour_supply", {}, "outside 2025 to 2040"),
        (GOAL, "oda_comitments", {}, "did you mean 'oda_commitments'?"),
        (GOAL, "oda_commitments multiply 1:60", {}, "stay within 0 to 10"),
        (GOAL, "oda_commitments multiply 3:1", {}, "lower end first"),
        (GOAL, "oda_commitments ramp", {}, "write ramp 2026:2030"),
        (GOAL, "oda_commitments step 2020", {}, "begin in 2026 or later"),
        (GOAL, "oda_commitments step 2035", {}, "after the year of the goal"),
        (GOAL, "labour_stay add 0:1", {}, "does not allow 'add'"),
        (GOAL, "oda_commitments twice", {}, "says nothing of a lever"),
        (GOAL, "", {}, "no such lever"),
        (GOAL, "oda_loans", {"points": 1}, "make no curve"),
        (GOAL, "oda_loans", {"chance": 80}, "give 0.8 for 80 %"),
        (GOAL, ["oda_loans cost 1", "oda_grants"], {}, "has no cost"),
        ("labour_stock>=0,7 million persons in 2030", "labour_supply", {}, "write 0.7"),
        ("labour_stock>=7,00,000 in 2030", "labour_supply", {}, "is no number"),
        ("labour_stock>=700.000 in 2030", "labour_supply", {}, "may mean 700000 or 700"),
        ("labour_stock>=1e400 in 2030", "labour_supply", {}, "no finite number"),
        ("trade_turnover>=80 billion in 2030", "oda_loans", {}, "write the number in USD bn"),
        ("labour_stock>=7 in 2025", "labour_supply", {}, "choose a target of 2026 or later"),
        (GOAL, "oda_commitments multiply 1:1,5", {}, "write 1.5"),
        (GOAL, "oda_commitments multiply 1:3 add", {}, "a second operation"),
        (GOAL, "oda_commitments step 2026 ramp 2026:2030", {}, "a second path"),
        (GOAL, "oda_commitments cost 1 cost 2", {}, "a second cost"),
    ],
)
def test_what_cannot_be_asked(
    target: str, lever: str, options: dict[str, object], said: str, session: vj.Session
) -> None:
    with pytest.raises(vj.InputError) as told:
        session.reach(target, lever, **options)  # type: ignore[arg-type]
    assert said in str(told.value)
    assert all(refusal.remedy for refusal in told.value.refusals)


def test_a_lever_that_is_replaced_or_moves_nothing_is_told(session: vj.Session) -> None:
    """And a single draw has no interval."""
    (own,) = session.reach(GOAL, "oda_commitments multiply 1:3", "oda_expansion", points=2).curves
    (base,) = session.reach(GOAL, "oda_commitments multiply 1:3", points=2).curves
    assert np.array_equal(own.outcomes, base.outcomes)
    assert [one.replaces for one in (own, base)] == [True, False]
    assert next(reach_lines(own)).startswith("The settings take the place")
    (still,) = session.reach(GOAL, "people_visitors", points=2).curves
    assert "It does not move the target" in next(reach_lines(still))
    assert "does not move the target" in still.shortfall(0.999)
    alone = replace(base, outcomes=base.outcomes[:, :1])
    assert all("[" not in row.cells[-1] for row in reach_table(alone).rows)
    assert np.isnan(alone.table()["p05"]).all()


def test_where_the_chance_jumps_a_setting_that_gives_enough_is_told(session: vj.Session) -> None:
    """A ceiling below the goal holds it in every draw, one above it in no further one."""
    goal = "oda_commitments<=100 in 2033"
    (curve,) = session.reach(goal, "oda_commitments at_most").curves
    least = curve.chances[-1]
    assert 0.5 < least < 0.8
    for one in curve.settings_for[1:]:
        assert (one.setting, one.found) == (pytest.approx(100.0, abs=1.0), 1.0)
    assert curve.goal.text.endswith("at most 100 JPY bn in 2033")
    odd = session.reach("labour_stock>=712345 in 2030", "labour_supply", points=2).goal
    assert "at least 712.345 thousand persons" in odd.text


@pytest.mark.usefixtures("plain_terminal")
def test_command_prints_and_draws_what_python_gives(
    own_out: Path, session: vj.Session, tmp_path: Path
) -> None:
    words = ["reach", "--target", GOAL, "--lever", "oda_commitments multiply 1:3"]
    words += ["--points", "3", "--draws", str(DRAWS), "--out", str(own_out)]
    chart = tmp_path / "reach.svg"
    status, text, error = outcome([*words, "--chart", str(chart)])
    assert (status, error) == (0, "")
    assert "For a chance of 90 %: no setting of the range is enough; the best, × 3, gives" in text
    assert "futures no setting of the range reaches it" in text
    assert "No setting of “New aid commitments” gives" in chart.read_text(encoding="utf-8")
    assert outcome([*words, "--chart", str(chart)])[0] == 2  # the file exists
    status, text, error = outcome([*words, "--json"])
    assert (status, error) == (0, "")
    curve = json.loads(text)["curves"][0]
    expected = session.reach(GOAL, "oda_commitments multiply 1:3", points=3).table()
    assert [point["chance"] for point in curve["points"]] == expected["chance"].tolist()
