"""What waits for an indicator: in which year each draw begins with it, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.analysis.findings import find
from vnjp_sim.analysis.players import players_of
from vnjp_sim.calibration import Posterior
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.report import Scope, contents_of, report_page
from vnjp_sim.report.changes import changes_of
from vnjp_sim.report.waiting import waiting_tables
from vnjp_sim.simulation.ensemble import project as project_blocks
from vnjp_sim.simulation.layout import Layout
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.recording import Recorder
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.triggers import Trigger
from vnjp_sim.simulation.variants import Choice, Mixture, Row, Variant, Watch
from vnjp_sim.tables.beginnings import saving_tables

Arrays = Mapping[str, np.ndarray]
START, END, FIRST = 2025, 2030, 2027
YEARS = range(START, END + 1)
LEVERS = {
    "oda_commitments": {"path": "ramp", "from": FIRST, "to": 2029, "multiply": 2.0},
    "labour_skilled_intake": {"path": "series", "multiply": {FIRST: 1.0, 2029: 1.5}},
}
EVENTS = (
    {"on": "2027-10-01", "type": "oda_freeze", "years": 1.5},
    {"on": "2028-08-31", "type": "vessel_order", "count": 1, "every": "18 months"},
)
TRADE = "trade_turnover"
REPORTED = Options(draws=300, start=START, end=END)


@pytest.fixture(scope="module")
def projector(posterior: Posterior, shipped_model: Model) -> Projector:
    return Projector(posterior, shipped_model, Options(draws=300))


def policy(when: str = "", *, chance: float = 1.0) -> Scenario:
    """Return levers and events that all wait for one thing, or for nothing."""
    more = {"when": when} if when else {}
    return vj.new_scenario(
        name="policy",
        horizon=(START, END),
        levers={lever: {**path, **more} for lever, path in LEVERS.items()},
        events=[{**EVENTS[0], **more, "chance": chance}, {**EVENTS[1], **more}],
    )


def project(projector: Projector, *scenarios: Scenario) -> list[Arrays]:
    variants = [projector.variant(scenario) for scenario in scenarios]
    projected = projector.project(projector.batch(variants, START, END))
    return [projected.of(place) for place in range(len(variants))]


def assert_same(one: Arrays, other: Arrays) -> None:
    assert [name for name in one if not np.array_equal(one[name], other[name])] == []


def test_what_always_waits_or_never_has_the_bytes_of_the_baseline_or_the_fixed(
    projector: Projector,
) -> None:
    """To the last bit, in every indicator, what happens by chance too."""
    always, never = (policy(f"{TRADE} {side} 0", chance=0.5) for side in ("above", "below"))
    base = vj.scenario("base").with_horizon(START, END)
    fixed = policy(chance=0.5)
    fixed, root, at_once, not_at_all = project(projector, fixed, base, always, never)
    assert_same(at_once, fixed)
    assert_same(not_at_all, root)
    assert_same(project(projector, always.variant("fixed"))[0], fixed)


def test_each_draw_takes_the_fixed_policy_of_the_year_after_it_saw_the_threshold(
    projector: Projector,
) -> None:
    """Beside the same policy written for each year, put together by hand from the values."""
    waiting = policy(f"{TRADE} above 55 from {FIRST}")
    written = [later(years) for years in range(END - FIRST + 1)]
    base = vj.scenario("base").with_horizon(START, END)
    mine, root, *fixed = project(projector, waiting, base, *written)
    ways, begun = [root, *fixed], np.zeros(300, int)
    for year in range(FIRST, END + 1):
        seen = np.choose(begun, [way[TRADE][year - 1 - START] for way in ways]) > 55.0
        begun[(begun == 0) & seen] = year - FIRST + 1
    assert len(set(begun)) == len(ways)
    for name, array in mine.items():
        expected = np.choose(begun, [way[name] for way in ways])
        assert np.array_equal(array, expected), name


def later(years: int) -> Scenario:
    """Return the policy written so many years later; what is beyond the horizon is left out."""
    ramp, path = LEVERS.values()
    series = {year + years: amount for year, amount in path["multiply"].items()}
    moved = {
        "oda_commitments": {**ramp, "from": ramp["from"] + years, "to": ramp["to"] + years},
        "labour_skilled_intake": {**path, "multiply": series},
    }
    days = (f"{2027 + years}-10-01", f"{2028 + years}-08-31")
    events = [{**event, "on": day} for event, day in zip(EVENTS, days, strict=True)]
    kept = [event for event in events if int(event["on"][:4]) <= END]
    return vj.new_scenario(name=f"later_{years}", horizon=(START, END), levers=moved, events=kept)


def test_two_draws_by_hand() -> None:
    """Trade of 48 and 52 in 2026, 51 and 49 in 2027; a policy that doubles aid of 100 below 50.

    Of 2026 the first draw is below: it begins in 2027, and stays although it is above in 2027. The
    second sees it in 2027, and begins in 2028.
    """
    aid, trade = (
        {2026: (100.0,) * 3, 2027: (100.0, 200.0, 100.0), 2028: (100.0, 200.0, 200.0)},
        {
            2026: np.array([48.0, 52.0]),
            2027: np.array([51.0, 49.0]),
            2028: np.array([60.0, 60.0]),
        },
    )
    variant = Variant(ScenarioInputs({}))
    rows = tuple(Row(type(vj), way, True, variant) for way in ("never", "2027", "2028"))  # type: ignore[arg-type]
    trigger = Trigger("trade below 50", "trade", "below", 50.0, 2027, 2028)
    choice = Choice("choice", variant, (), (Watch(trigger, rows, ()),))
    layout = Layout(rows, {}, {"aid": (0,)}, {"aid": (Mixture("mixture", choice, rows),)})
    recorded: list[list[float]] = []

    class TwoDraws:
        size = 2

        def uniform(self, name: str) -> np.ndarray:
            raise AssertionError(name)

    recorder = Recorder(
        layout,
        2026,
        lambda _, values: recorded.append(values["aid"][0].tolist()),
        lambda _: TwoDraws(),
    )
    for year, amounts in aid.items():
        recorder.write(year, [{"aid": np.full(2, x), "trade": trade[year]} for x in amounts])
    assert recorded == [[100.0, 100.0], [200.0, 100.0], [200.0, 200.0]]


def test_draws_are_the_same_in_other_blocks_and_by_threads(projector: Projector) -> None:
    waiting = policy(f"{TRADE} below 8 JPY tn")  # at each draw's rate
    batch = projector.batch([projector.variant(waiting)], START, END, ["oda_commitments"])
    one, two = (
        project_blocks(projector.posterior, batch, workers=workers, pages_a_block=pages).of()
        for workers, pages in ((1, 2), (2, 1))
    )
    assert_same(one, two)
    known = project(projector, waiting)[0]["oda_commitments"]
    assert np.array_equal(one["oda_commitments"][:, :300], known)


@pytest.fixture(scope="module")
def compared(own_out: Path) -> vj.Comparison:
    waiting = policy(f"{TRADE} below 50 from {FIRST}")
    return vj.compare([waiting, waiting.variant("fixed")], draws=300, out=own_out)


def test_shares_and_savings_are_those_of_the_draws(compared: vj.Comparison) -> None:
    runs = compared.runs.sel(scenario="policy")
    below = (runs[TRADE].sel(year=[2026, 2027, 2028, 2029]) < 50.0).cumsum("year") > 0
    table = compared.beginnings().query("name == 'oda_commitments'").set_index("year")["begun"]
    assert table.to_dict() == pytest.approx(
        dict(zip(range(FIRST, END + 1), below.mean("draw").to_numpy(), strict=True))
    )
    lever = next(one for one in compared.waiting if one.name == "oda_commitments")
    in_use = below.sum("year").to_numpy()
    assert np.array_equal(lever.in_use, in_use)
    assert lever.fixed_use == 4
    assert lever.middle == int(np.quantile(lever.first[lever.first > 0], 0.5, method="lower"))
    effect = compared.effects()["oda_commitments"]
    weights = 1.03 ** -(effect.year - START)
    sums = (effect * weights).sum("year").mean("draw")
    found = compared.savings(discount=0.03).set_index("indicator").loc["oda_commitments"]
    assert found["spent"] == pytest.approx(float(sums.sel(scenario="policy")))
    assert found["spent_fixed"] == pytest.approx(float(sums.sel(scenario="policy@fixed")))
    assert found["part"] == pytest.approx(1.0 - found["spent"] / found["spent_fixed"])
    with pytest.raises(vj.InputError, match="discount"):
        compared.savings(discount=2.0)


def test_words_say_what_is_waited_for_and_how_often_it_comes(
    compared: vj.Comparison, shipped_model: Model
) -> None:
    waiting = policy(f"{TRADE} below 50 from {FIRST}")
    share = f"{100 * compared.waiting[0].share(END):.0f} %"
    words = {
        c.what: c.size for c in changes_of(waiting, shipped_model.instruments, compared.waiting)
    }
    aid = words["New aid commitments"]
    assert aid.startswith(f"in {share} of futures (from 2027, median 2027) doubled, in even")
    assert aid.endswith("from the year after Trade turnover in goods is below 50.0 USD bn")
    assert "on 1 October of the year after Trade" in words["Stop of new loans"]
    labels = [player.label for player in players_of(waiting, shipped_model.instruments)]
    told = "phased in from 2027 to 2029, or later: the year after trade_turnover is below 50 USD bn"
    assert any(told in label for label in labels)
    assert any(told in line for line in compared.differences("policy"))


def test_commands_show_when_it_begins_and_what_it_saves(
    tmp_path: Path, own_out: Path, plain_terminal: None
) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(policy(f"{TRADE} below 50 from {FIRST}").to_yaml(), encoding="utf-8")
    words = ["--draws", "300", "--out", str(own_out)]
    status, out, _ = outcome(["compare", str(file), "--variants", "--effects-only", *words])
    assert status == 0
    for part in ("When it begins", "median year", "What waiting saves: policy beside policy@fixed"):
        assert part in out
    assert "When it begins" in outcome(["run", str(file), *words])[1]


def test_saved_is_the_difference_as_printed_beside_how_many_save_nothing(
    compared: vj.Comparison,
) -> None:
    (table,) = saving_tables(compared.saving(), compared.registry)
    assert table.rows
    for row, one in zip(table.rows, compared.saving(), strict=True):
        at_once, waiting, saved = (Decimal(cell.replace(",", "")) for cell in row.cells[2:5])
        assert at_once - waiting == saved
        assert row.cells[-1] == f"{100 * np.mean(one.change == one.fixed_change):.0f} %"


def test_a_notebook_tells_of_waiting_only_where_something_waits(compared: vj.Comparison) -> None:
    html = compared._repr_html_()
    assert "When it begins" in html
    assert "What waiting saves" in html
    fixed = compared.runs.sel(scenario=["base", "policy@fixed"])
    assert "When it begins" not in vj.compare(fixed)._repr_html_()


def test_a_report_has_the_tables_of_a_scenario_that_waits(
    shipped_model: Model, own_out: Path, tmp_path: Path, compared: vj.Comparison
) -> None:
    """What waiting saves is the same whether or not the scenario begun at once is compared."""
    file = tmp_path / "policy.yml"
    file.write_text(policy(f"{TRADE} below 50 from {FIRST}").to_yaml(), encoding="utf-8")
    findings = find([str(file), "osa_framework"], shipped_model, REPORTED, own_out, deep=False)
    begins, saves = waiting_tables(findings, "policy")
    assert begins.title == "When it begins"
    assert saves == saving_tables(compared.saving(), compared.registry)[0]
    assert waiting_tables(findings, "osa_framework") == []
    page = report_page(contents_of(findings, Scope(indicators=("oda_commitments",))))
    assert saves.title in page


@pytest.mark.parametrize(
    "when",
    [
        f"{TRADE} below 50",
        f"{TRADE} below 50,000 USD mn from 2026",
        {"indicator": TRADE, "below": 7, "unit": "JPY tn", "from": 2027},
        {"indicator": "labour_stock", "above": "0.7 million persons"},
    ],
    ids=str,
)
def test_every_form_leads_back_to_the_same_scenario(when: str | dict[str, object]) -> None:
    path = vj.ramp(2027, 2029, multiply=2.0, when=when)
    waiting = vj.scenario("base").with_lever("oda_commitments", path)
    waiting = waiting.with_event("oda_freeze", "2027-10-01", years=1.0, when=when)
    plain = vj.ramp(2027, 2029, multiply=2.0)
    other = vj.scenario("base").with_lever("oda_commitments", plain, when=when)
    assert other.levers == waiting.levers
    for form in (waiting.to_line(), waiting.to_text()):
        assert vj.scenario(form) == waiting
    space: dict[str, Scenario] = {}
    exec(waiting.to_python(), space)  # noqa: S102 - our own text
    assert space["scenario"] == waiting
    assert waiting.variants == ("fixed",)
    fixed = waiting.variant("fixed")
    assert not fixed.waits
    assert fixed.levers == {"oda_commitments": LeverPath.model_validate(plain.stated)}
    assert vj.scenario(fixed.to_text()) == fixed
