"""What holds in every draw of a projection, and that it continues the calibrated laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from engine_runs import run_one, with_links
from identities import REGISTERED, TOLERANCE, bounds, identities
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior, calibrate_group
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.foundation.random_streams import Group, Kind, RandomStreams
from vnjp_sim.sectors.growth import GrowthParameters, mean_path
from vnjp_sim.sectors.identities import (
    calendar_year_loans,
    shares_from_log_ratios,
    split_turnover,
)
from vnjp_sim.sectors.worker_flows import WORKERS
from vnjp_sim.simulation.block_numbers import first_engine_year
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

FloatArray = NDArray[np.float64]
Projection = Mapping[str, FloatArray]

END, DRAWS = 2040, 500
MANY_DRAWS = 8_192

pytestmark = pytest.mark.invariants


def ran(model: Model, posterior: Posterior, draws: int, end: int = END) -> dict[str, FloatArray]:
    streams = RandomStreams(3, 0, draws)
    inputs = ScenarioInputs(model.parameters.single, {}, ())
    first = first_engine_year(posterior)
    return run_one(posterior, first, end, inputs, None, with_links(model), streams)


@pytest.fixture(scope="module")
def posterior(posterior: Posterior) -> Posterior:
    """The full calibration, which is stored."""
    return posterior


@pytest.fixture(scope="module")
def projection(shipped_model: Model, posterior: Posterior) -> Projection:
    return ran(shipped_model, posterior, DRAWS)


@pytest.fixture(scope="module")
def join(posterior: Posterior) -> int:
    """The row of the last year of history."""
    return posterior.last_year - first_engine_year(posterior)


def test_identities_hold_from_the_end_of_history(
    projection: Projection, shipped_model: Model, join: int
) -> None:
    arrays = {name: array[join:] for name, array in projection.items()}
    for identity in identities(arrays):
        assert identity.residual <= TOLERANCE, identity.name
    for bound in bounds(arrays, shipped_model.registry):
        assert bound.holds.all(), bound.name


@pytest.mark.parametrize(("stock", "flow"), REGISTERED.items())
def test_stocks_lose_exits_and_are_revised_as_their_draw_says(
    projection: Projection, posterior: Posterior, join: int, stock: str, flow: str
) -> None:
    """Power: exits of the flow instead of the stock, or none, shift the mean by half a spread."""
    uniform = RandomStreams(3, 0, DRAWS).uniform("calibration.row", group="calibrated")
    rows = (uniform * posterior.size).astype(int)
    rate, spread = (
        posterior.arrays[f"investment_{name}"][rows] for name in ("exit_rate", "revision_spread")
    )
    left = (projection[stock][1:] - projection[flow][1:]) / projection[stock][:-1]
    for shocks in ((left - 1.0 + rate) / spread)[join:]:
        assert abs(shocks.mean()) < 4.0 / np.sqrt(DRAWS)
        assert shocks.std() == pytest.approx(1.0, abs=4.0 / np.sqrt(2.0 * DRAWS))
        assert abs(np.corrcoef(shocks, rate)[0, 1]) < 4.0 / np.sqrt(DRAWS)


def test_infrastructure_decays_at_the_rate_of_its_draw(
    projection: Projection, shipped_model: Model, join: int
) -> None:
    """The identity of one rate a draw holds for a rate of nought too."""
    streams = RandomStreams(3, 0, DRAWS)
    score = streams.normal("parameter.oda_depreciation", group="assumed")
    rate = shipped_model.parameters.single["oda_depreciation"].prior.transform(score)
    grants = projection["oda_commitments"] - projection["oda_loans"]
    lent = projection["oda_disbursements"][1:] - 0.5 * (grants[1:] + grants[:-1])
    stock = projection["oda_infrastructure"]
    left = (stock[1:] - lent / projection["macro_jpy_per_usd"][1:]) / stock[:-1]
    expected = np.broadcast_to(1.0 - rate, left[join:].shape)
    np.testing.assert_allclose(left[join:], expected, rtol=1e-9)


def growing(posterior: Posterior, projection: Projection) -> list[str]:
    """Return the growth laws whose quantities are never zero, as trainees are in the end."""
    laws = {name.removesuffix(".volatility") for name in posterior.arrays if "volatility" in name}
    return sorted(name for name in laws & projection.keys() if (projection[name] > 0.0).all())


def test_medians_do_not_jump_at_the_join(
    projection: Projection, posterior: Posterior, join: int
) -> None:
    names = growing(posterior, projection)
    assert len(names) > 8
    for name in names:
        logs = np.log(projection[name])
        step = np.median(logs[join + 1]) - np.median(logs[join])
        after = np.median(logs[join + 2]) - np.median(logs[join + 1])
        shocks = (logs[join + 1] - logs[join]).std() + (logs[join + 2] - logs[join + 1]).std()
        assert abs(step - after) < 4.0 * 1.25 * shocks / np.sqrt(DRAWS), name


def test_bands_widen_with_the_horizon(
    projection: Projection, posterior: Posterior, join: int
) -> None:
    for name in [*growing(posterior, projection), "investment_stock", "people_residents"]:
        low, high = np.quantile(np.log(projection[name]), [0.05, 0.95], axis=1)
        width = (high - low)[[join + 1, join + 5, join + 10, join + 15]]
        assert np.all(np.diff(width) > 0), name


class Still(RandomStreams):
    """Luck without shocks."""

    def fill(
        self,
        kind: Kind,
        name: str,
        years: Sequence[int],
        out: FloatArray,
        group: Group = "process",
    ) -> None:
        super().fill(kind, name, years, out, group)
        if kind == "normal":
            out *= 0.0


def test_without_shocks_each_law_follows_its_mean_path(
    shipped_model: Model, posterior: Posterior, join: int
) -> None:
    streams = Still(3, 0, DRAWS)
    first = first_engine_year(posterior)
    inputs = ScenarioInputs(shipped_model.parameters.single, {}, ())
    still = run_one(posterior, first, END, inputs, None, with_links(shipped_model), streams)
    rows = (streams.uniform("calibration.row", group="calibrated") * posterior.size).astype(int)
    checked = []
    for planned in make_plan(shipped_model.evidence, shipped_model.parameters).groups:
        laws = getattr(planned.build(planned.forms[0]), "laws", {})
        for name, law in laws.items():
            if name not in growing(posterior, still) or name in WORKERS:
                continue
            own = {n: posterior.arrays.get(f"{name}.{n}", np.ones(posterior.size)) for n in OWN}
            mean = GrowthParameters(
                posterior.arrays[f"{name}.form"].astype(np.int8), *own.values(), law.plateau
            ).take(rows)
            start = posterior.last_year + law.offset - law.origin
            for years in (1, 2, END - posterior.last_year):
                growth = mean_path(mean, start + years) - mean_path(mean, start)
                expected = posterior.arrays[f"{name}.permanent"][rows] + growth
                if f"{name}.departure" in posterior.arrays:
                    departure = posterior.arrays[f"{name}.departure"][rows]
                    half_life = posterior.arrays[f"{name}.departure_half_life"][rows]
                    expected -= departure * (1.0 - 0.5 ** (years / half_life))
                if law.followed is not None:
                    course, last = posterior.course, posterior.last_year
                    ends = (course.value(law.followed.indicator, last + n) for n in (years, 0))
                    expected += np.log(np.divide(*ends))
                ours = np.log(still[name][join + years])
                np.testing.assert_allclose(ours, expected, atol=1e-10, err_msg=name)
            checked.append(name)
    follow = {name for name in WORKERS if name in growing(posterior, still)}  # from entries
    assert sorted([*checked, *follow]) == growing(posterior, still)


OWN = ("initial_growth", "long_run_growth", "half_life", "slowdown")
CONTINUED = {
    "trade": ("trade_turnover", "trade_balance_ratio"),
    "oda": ("oda_commitments", "macro_jpy_per_usd"),
    "investment": ("investment_flow", "investment_stock"),
    "people_learners": ("people_learners",),
    "people_visitors": ("people_visitors",),
}
YEARS_ON = 4


@pytest.fixture(scope="module")
def longer_history(shipped_model: Model, posterior: Posterior) -> dict[str, FloatArray]:
    """The last year of each path when the calibration itself draws some years more."""
    plan = make_plan(shipped_model.evidence, shipped_model.parameters)
    last_year = posterior.last_year + YEARS_ON
    groups = [replace(g, last_year=last_year) for g in plan.groups if g.name in CONTINUED]
    found = {}
    for group in groups:
        arrays = calibrate_group(group, 16_384, 16_384).arrays
        found |= {n.removesuffix(".path"): a[-1] for n, a in arrays.items() if n.endswith(".path")}
    return found


@pytest.fixture(scope="module")
def four_years_on(shipped_model: Model, posterior: Posterior) -> dict[str, FloatArray]:
    """The last year of the engine, less the growth of its own that trade has in a draw."""
    found = ran(shipped_model, posterior, MANY_DRAWS, posterior.last_year + YEARS_ON)
    last = {name: array[-1] for name, array in found.items()}
    own = shipped_model.parameters.single["trade_turnover_own_growth"]  # the engine's alone
    score = RandomStreams(3, 0, MANY_DRAWS).normal(
        "parameter.trade_turnover_own_growth", group=own.grade
    )
    last["trade_turnover"] = last["trade_turnover"] * np.exp(-YEARS_ON * own.prior.transform(score))
    return last | {"trade_balance_ratio": np.log(last["trade_cover_ratio"])}


@pytest.mark.calibration
@pytest.mark.parametrize("name", [name for names in CONTINUED.values() for name in names])
def test_engine_continues_the_law_where_the_bank_ends(
    longer_history: dict[str, FloatArray], four_years_on: dict[str, FloatArray], name: str
) -> None:
    drawn, continued = longer_history[name], four_years_on[name]
    if name == "investment_stock":
        drawn = np.log(drawn)
    if name != "trade_balance_ratio":
        continued = np.log(continued)
    spread = drawn.std()
    # both sides stand for about 4,000 independent draws
    assert continued.mean() == pytest.approx(drawn.mean(), abs=4.0 * spread * np.sqrt(2 / 4_000))
    assert continued.std() == pytest.approx(spread, rel=0.08)


def test_splitting_turnover_by_hand() -> None:
    exports, imports = split_turnover(np.array([30.0]), np.array([np.log(2.0)]))
    assert exports[0] == pytest.approx(20.0)
    assert imports[0] == pytest.approx(10.0)


def test_shares_by_hand() -> None:
    shares = shares_from_log_ratios(np.log(np.array([[2.0], [5.0]])))
    np.testing.assert_allclose(shares[:, 0], [0.25, 0.625, 0.125])


def test_calendar_year_holds_a_quarter_of_the_fiscal_year_before() -> None:
    assert calendar_year_loans(np.array([100.0]), np.array([40.0])).tolist() == [55.0]
