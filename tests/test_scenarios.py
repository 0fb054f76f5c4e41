"""The shipped scenarios, and what single levers and events do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import simpy
from engine_runs import run_one
from identities import TOLERANCE, identities

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_lookup import find_scenario
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import check_history
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

DRAWS, START, END = 300, 2025, 2040
Arrays = dict[str, np.ndarray]
Run = Callable[..., Arrays]
SHIPPED = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))


def shipped(name: str, model: Model) -> Scenario:
    return model.scenario_reader().read(find_scenario(name))


@pytest.fixture(scope="module")
def run(posterior: Posterior, shipped_model: Model) -> Run:
    def project(
        levers: dict[str, LeverPath] | None = None,
        events: tuple[ScenarioEvent, ...] = (),
        *,
        is_baseline: bool = False,
        end: int = END,
        streams: RandomStreams | None = None,
        ceiling: bool = True,
        priors: Mapping[str, object] | None = None,
    ) -> Arrays:
        single = dict(shipped_model.parameters.single)
        replaced = dict(priors or {})
        if not ceiling:  # Japan's demand for workers binds in some draws and breaks monotony
            replaced["labour_demand_ceiling"] = {"fixed": 1e9}
        for name, prior in replaced.items():
            other = Distribution.model_validate(prior)
            single[name] = single[name].model_copy(update={"prior": other})
        inputs = ScenarioInputs(single, levers or {}, tuple(sorted(events)))
        root = None if is_baseline else ScenarioInputs(single, {}, ())
        streams = streams or RandomStreams(7, 0, DRAWS)
        return run_one(posterior, START, end, inputs, root, shipped_model.couplings, streams)

    return project


@pytest.fixture(scope="module")
def base(run: Run) -> Arrays:
    return run(is_baseline=True)


def lever(operation: str, amount: float, start: int) -> LeverPath:
    return LeverPath.model_validate({"path": "step", "from": start, operation: amount})


def test_these_scenarios_are_shipped() -> None:
    assert set(SHIPPED) == {
        "agreement_use",
        "ageing_japan",
        "base",
        "china_plus_one",
        "combined",
        "demand_shock",
        "green_transition",
        "labour_growth",
        "labour_stall",
        "maritime_tension",
        "north_south_railway",
        "oda_expansion",
        "oda_floor",
        "oda_freeze",
        "osa_framework",
        "political_setback",
        "weak_yen",
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenario_is_read_and_told(name: str, shipped_model: Model) -> None:
    scenario = shipped(name, shipped_model)
    assert scenario.narrative
    assert scenario.sources
    assert scenario.chain[0] == "base"
    assert (scenario.baseline is None) == (name == "base")


@pytest.mark.invariants
def test_disbursed_never_exceeds_committed(run: Run, base: Arrays) -> None:
    moved = run({"oda_commitments": lever("multiply", 3.0, 2027)})
    extra_loans = (moved["oda_loans"] - base["oda_loans"]).cumsum(axis=0)
    extra_grants = (
        (moved["oda_commitments"] - moved["oda_loans"])
        - (base["oda_commitments"] - base["oda_loans"])
    ).cumsum(axis=0)
    extra_paid = (moved["oda_disbursements"] - base["oda_disbursements"]).cumsum(axis=0)
    assert (extra_paid >= -1e-9).all()
    assert (extra_paid <= extra_loans + extra_grants + 1e-9).all()


def test_effect_by_hand(run: Run, base: Arrays) -> None:
    """A doubled yen moves exports by its elasticity, the same year, in every draw.

    Two fifths of trade are invoiced in yen in the middle draw, and of Japan's imports two thirds of
    that, 0.65: their price in dollars falls one for one, and volumes of the rest by a fifth.
    """
    moved = run({"macro_jpy_per_usd": lever("multiply", 2.0, 2030)})
    year = 2030 - START
    streams = RandomStreams(7, 0, DRAWS)
    own = -0.2 + 0.15 * streams.normal("link.yen_to_exports", group="assumed")
    odds = np.exp(
        np.log(2.0 / 3.0) + 0.5 * streams.normal("coefficient.yen_invoicing", group="assumed")
    )
    elasticity = own - (1.0 - 0.2) * 0.65 * odds / (1.0 + odds)
    expected = base["trade_exports"][year] * 2.0**elasticity
    assert moved["trade_exports"][year] == pytest.approx(expected, rel=1e-12)


def test_investment_follows_infrastructure_after_two_years(run: Run, base: Arrays) -> None:
    moved = run({"oda_commitments": lever("multiply", 2.0, 2027)})
    score = RandomStreams(7, 0, DRAWS).normal(
        "link.oda_infrastructure_to_investment", group="assumed"
    )
    year = 2035 - START
    lagged = moved["oda_infrastructure"][year - 2] / base["oda_infrastructure"][year - 2]
    expected = base["investment_flow"][year] * lagged ** (0.1 + 0.1 * score)
    assert moved["investment_flow"][year] == pytest.approx(expected, rel=1e-12)


@pytest.mark.invariants
def test_simpy_events_do_not_depend_on_draws(
    run: Run, monkeypatch: pytest.MonkeyPatch, shipped_model: Model
) -> None:
    counts = []
    step = simpy.Environment.step

    def counted(self: simpy.Environment) -> None:
        counts[-1] += 1
        step(self)

    monkeypatch.setattr(simpy.Environment, "step", counted)
    scenario = shipped("combined", shipped_model)
    for draws in (1, 50, 2_000):
        counts.append(0)
        run(dict(scenario.levers), scenario.events, streams=RandomStreams(7, 0, draws))
    assert counts[0] > 0
    assert len(set(counts)) == 1


def event(day: date, kind: str, **amounts: float | str) -> ScenarioEvent:
    return ScenarioEvent(day, kind, tuple(sorted(amounts.items())))


@pytest.mark.parametrize(
    "happens",
    [
        event(date(2028, 2, 1), "loan_pledge", amount=300.0),
        event(date(2028, 2, 1), "oda_freeze", years=2.0),
    ],
    ids=lambda x: x.type,
)
def test_event_at_the_end_of_a_fiscal_year(run: Run, base: Arrays, happens: ScenarioEvent) -> None:
    """The amounts of the fiscal year move; nothing that a calendar year counts moves before."""
    moved = run({}, (happens,))
    before = 2028 - START
    changed = {n for n in base if moved[n][:before].tobytes() != base[n][:before].tobytes()}
    assert changed == {"oda_commitments", "oda_loans"}
    lends = base["oda_loans"][before - 1] > 0.0  # a year without loans has none to freeze
    lends |= happens.type == "loan_pledge"
    assert lends.mean() > 0.8
    assert ((moved["oda_loans"] != base["oda_loans"])[before - 1] == lends).all()
    later = moved["oda_cumulative_loans"] != base["oda_cumulative_loans"]
    assert later[before][lends].all()


def test_freeze_from_april_spares_the_fiscal_year_before(run: Run, base: Arrays) -> None:
    moved = run({}, (event(date(2028, 4, 1), "oda_freeze", years=2.0),))
    loans, first = base["oda_loans"], 2028 - START
    assert (moved["oda_loans"][:first] == loans[:first]).all()
    left = loans[first : first + 3] * [[0.0], [0.0], [1.0]]
    np.testing.assert_allclose(moved["oda_loans"][first : first + 3], left, atol=1e-9)


def test_a_freeze_puts_off_the_loans_that_a_scenario_names(run: Run) -> None:
    """They are agreed on the day that it ends, the vessels with them, whatever their dates."""

    def lent(pledged: date, ordered: date) -> Arrays:
        order = {"count": 2.0, "purse": "loan", "series": "new"}
        freeze = event(date(2028, 4, 1), "oda_freeze", years=2.0)
        pledge = event(pledged, "loan_pledge", amount=300.0)
        return run({}, (freeze, pledge, event(ordered, "vessel_order", **order)))

    within, after = lent(date(2028, 4, 1), date(2029, 5, 1)), lent(*[date(2030, 4, 1)] * 2)
    assert (within["oda_loans"][2028 - START] == 0.0).all()
    assert (within["oda_loans"][2030 - START] >= 300.0).all()
    assert [name for name in within if within[name].tobytes() != after[name].tobytes()] == []


def test_pledge_of_the_first_months_is_not_lost(run: Run, base: Arrays) -> None:
    moved = run({}, (event(date(2026, 2, 1), "loan_pledge", amount=300.0),))
    more = moved["oda_cumulative_loans"] - base["oda_cumulative_loans"]
    rate = base["macro_jpy_per_usd"][2026 - START]
    assert (more[0] == 0.0).all()
    assert more[-1] == pytest.approx(300.0 / rate, rel=1e-9)


def test_loans_are_agreed_then_wait_then_are_paid(run: Run, shipped_model: Model) -> None:
    a = run(
        {"oda_commitments": lever("multiply", 2.0, 2028)},
        (event(date(2030, 6, 1), "oda_freeze", years=1.25),),
    )
    grants = a["oda_commitments"] - a["oda_loans"]
    lent = (a["oda_disbursements"] - 0.5 * grants)[1:] - 0.5 * grants[:-1]
    cancelled = shipped_model.parameters.single["oda_cancelled_share"]
    score = RandomStreams(7, 0, DRAWS).normal(
        "parameter.oda_cancelled_share", group=cancelled.grade
    )
    agreed = np.diff(a["oda_cumulative_loans"], axis=0) * a["macro_jpy_per_usd"][1:]
    gained = (1.0 - cancelled.prior.transform(score)) * agreed - lent
    scale = a["oda_undisbursed"][1:]
    assert (np.abs(np.diff(a["oda_undisbursed"], axis=0) - gained) < 1e-9 * scale).all()


def test_commitments_do_not_fall_below_zero(run: Run) -> None:
    moved = run({"oda_commitments": lever("add", -500.0, 2027)})
    assert (moved["oda_commitments"] >= 0.0).all()
    assert (moved["oda_disbursements"] >= 0.0).all()


def test_first_grant_of_a_scenario_lets_others_follow(run: Run, base: Arrays) -> None:
    moved = run({}, (event(date(2026, 10, 1), "osa_grant", amount=0.5),))
    before, after = base["security_osa_grants"], moved["security_osa_grants"]
    assert (after >= before).all()
    year = 2028 - START
    assert (after[year] > 0.0).mean() > (before[year] > 0.0).mean() + 0.1


def test_vessels_of_an_order_have_their_own_luck(run: Run, base: Arrays) -> None:
    """Two orders find slots of the yards free, once what is on order today is built."""
    purse = {"purse": "grant", "series": "new"}
    early = event(date(2045, 5, 1), "vessel_order", count=1.0, **purse)
    late = event(date(2045, 6, 1), "vessel_order", count=1.0, **purse)
    both, first, second, none = (
        run({}, orders, end=2075)["security_vessels"]
        for orders in ((early, late), (early,), (late,), ())
    )
    assert (both - first == second - none).all()


def test_workers_remit_through_the_year(run: Run, base: Arrays) -> None:
    moved = run({"labour_skilled_intake": lever("multiply", 2.0, 2027)})
    ratio = [0.5 * (a["labour_stock"][1:] + a["labour_stock"][:-1]) for a in (moved, base)]
    sent = moved["labour_remittances"][1:] / base["labour_remittances"][1:]
    assert sent == pytest.approx(ratio[0] / ratio[1], rel=1e-12)


@pytest.mark.invariants
def test_share_among_foreign_workers_never_passes_a_hundred(run: Run) -> None:
    fading = {"labour_others_growth_mean": {"normal": {"mean": -2.0, "sd": 0.3}}}
    share = run(priors=fading)["labour_foreign_share"]
    assert (share <= 100.0).all()
    assert (share[-1] == 100.0).any()  # the others are less than rounding


def test_people_are_conserved_when_few_are_left(run: Run) -> None:
    stop = {
        f"labour_{kind}_intake": lever("multiply", 0.0, 2026)
        for kind in ("trainee", "skilled", "engineer")
    }
    for identity in identities(run(stop, end=2070)):
        assert identity.residual <= TOLERANCE, identity.name


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ("oda_disbursement_shape: {lognormal: {median: 2.6, sigma: 0.1}}", "one fixed number"),
        ("energy_projects: {fixed: 0}", "one fixed number"),
        ("common_loading_trade: {fixed: 1.5}", "one fixed number"),
        ("oda_cancelled_share: {fixed: 2}", "is a share"),
        ("security_vessel_lead: {normal: {mean: 1, sd: 1}}", "cannot be negative"),
    ],
)
def test_misplaced_priors_are_refused(
    prior: str, message: str, shipped_model: Model, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yml"
    text = f"name: mine\ntitle: Mine\nextends: base\nparameters:\n  {prior}\n"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        shipped_model.scenario_reader().read(file)


def test_levers_within_history_are_refused(shipped_model: Model) -> None:
    scenario = replace(
        shipped("oda_expansion", shipped_model),
        levers={"oda_commitments": lever("multiply", 2.0, 2025)},
    )
    with pytest.raises(InputError, match="figures reach to 2025"):
        check_history(scenario, shipped_model)


def test_grant_of_a_scenario_is_given_in_full(run: Run, base: Arrays) -> None:
    """What the year's luck brings besides has to fit under the rest of the ceiling."""
    moved = run({}, (event(date(2030, 10, 1), "osa_grant", amount=2.5),))
    ceiling = RandomStreams(7, 0, DRAWS).normal("parameter.security_osa_ceiling", group="assumed")
    allowed = np.maximum(3.0 * np.exp(0.3 * ceiling), 2.5)
    grants, year = moved["security_osa_grants"], 2030 - START
    assert (grants[year] >= 2.5).all()
    assert (grants[year] <= allowed * (1.0 + 1e-12)).all()
    assert (grants[year] > 2.5).any()
    before = base["security_osa_grants"][year]
    expected = np.minimum(before, allowed - 2.5)
    begun = before > 0.0
    assert grants[year][begun] - 2.5 == pytest.approx(expected[begun], abs=1e-12)


def test_grants_may_grow_with_their_ceiling(shipped_model: Model, tmp_path: Path) -> None:
    text = (
        "name: mine\ntitle: Mine\nextends: base\n"
        "levers:\n  security_osa_budget: {{path: step, from: 2026, set: {ceiling}}}\n"
        "events:\n  - {{on: 2027-05-01, type: osa_grant, amount: 8}}\n"
    )
    file = tmp_path / "mine.yml"
    file.write_text(text.format(ceiling=8), encoding="utf-8")
    shipped_model.scenario_reader().read(file)
    file.write_text(text.format(ceiling=7.9), encoding="utf-8")
    with pytest.raises(InputError, match="fiscal 2027 sum to JPY 8 bn, above the programme"):
        shipped_model.scenario_reader().read(file)


@pytest.mark.parametrize("name", SHIPPED)
def test_variant_says_itself_what_it_does(name: str, shipped_model: Model) -> None:
    scenario = shipped(name, shipped_model)
    for variant in map(scenario.variant, scenario.variants):
        assert variant.narrative != scenario.narrative, variant.name
        assert not variant.title.startswith(scenario.title), variant.name
    if name == "oda_expansion":
        told = [scenario.variant(v).narrative for v in ("low", "high")]
        assert "one and a half times the baseline" in told[0]
        assert "three times the baseline" in told[1]
