"""Documented levels: what a newer or older figure of one quantity makes of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from own_folders import Years, baseline, own_model, relevelled

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.levels import documented_fleet
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.planning import NOT_IN_COURSE
from vnjp_sim.calibration.projected import (
    calibrated_names,
    no_longer_projected,
    projected,
)
from vnjp_sim.exchange.own_figures import Mode
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.sectors import dependency_order, given_by
from vnjp_sim.sectors.vessels import Fleet, Order, Plan, Promise, Span, fleet
from vnjp_sim.simulation.figure_uses import figure_uses, unused_by_reason
from vnjp_sim.simulation.model_data import Model

Own = Callable[..., tuple[Model, Posterior, Years]]

FIRST, SECOND = Promise(2014.5, 6), Promise(2020.5, 6)
OF_2015 = Span(2015.0, 2016.0, 6)
PLAN = Plan(2025, 6, 2024.0)


def counted(year: int, number: int) -> Span:
    return Span(float(year), year + 1.0, number)


def second(number: int) -> tuple[Order, ...]:
    return (Order(number, 2020.5, 2025),) if number else ()


@pytest.mark.parametrize(
    ("counts", "used", "later", "orders", "reach"),
    [
        ([OF_2015], 6, (), second(6), 2016.0),
        ([OF_2015, counted(2023, 6)], 6, (), second(6), 2024.0),
        ([OF_2015, counted(2023, 7)], 6, ((2023.5, 1),), second(5), 2024.0),
        ([OF_2015, counted(2024, 8)], 6, ((2024.5, 2),), second(4), 2025.0),
        ([counted(2024, 8)], 6, ((2024.5, 2),), second(4), 2025.0),
        ([OF_2015, counted(2024, 10)], 6, ((2024.5, 4),), second(2), 2025.0),
        ([OF_2015, counted(2025, 12)], 6, ((2025.5, 6),), (), 2026.0),
        ([OF_2015, counted(2025, 14)], 6, ((2025.5, 8),), (), 2026.0),
        ([OF_2015, counted(2024, 5)], 5, (), second(6), 2025.0),
        (
            [OF_2015, counted(2023, 7), counted(2024, 9)],
            6,
            ((2023.5, 1), (2024.5, 2)),
            second(3),
            2025.0,
        ),
        ([OF_2015, counted(2023, 8), counted(2024, 7)], 5, ((2023.5, 2),), second(4), 2025.0),
    ],
)
def test_what_came_is_no_longer_on_order(
    counts: list[Span],
    used: int,
    later: tuple[tuple[float, int], ...],
    orders: tuple[Order, ...],
    reach: float,
) -> None:
    expected = Fleet(used, tuple(Promise(*one) for one in later), orders, reach)
    assert fleet([SECOND, FIRST], counts, [], [PLAN]) == expected


@pytest.mark.parametrize(
    ("promises", "deliveries", "plans", "later", "orders"),
    [
        # three of the second series handed over in 2024: three are left
        ([FIRST, SECOND], [counted(2024, 3)], [PLAN], ((2024.5, 3),), second(3)),
        # those before the count are in it
        ([FIRST, SECOND], [Span(2015.0, 2015.5, 2)], [PLAN], (), second(6)),
        # a third promise takes nothing from the second, and the older plan says nothing of it
        (
            [FIRST, SECOND, Promise(2024.5, 4)],
            [],
            [PLAN],
            (),
            (*second(6), Order(4, 2024.5, None)),
        ),
        ([FIRST, SECOND], [], [], (), (Order(6, 2020.5, None),)),
        # a newer plan replaces the older one; what it leaves out keeps that
        ([FIRST, SECOND], [], [PLAN, Plan(2027, 6, 2026.5)], (), (Order(6, 2020.5, 2027),)),
        (
            [FIRST, SECOND],
            [],
            [PLAN, Plan(2027, 2, 2026.5)],
            (),
            (Order(4, 2020.5, 2025), Order(2, 2020.5, 2027)),
        ),
        ([FIRST], [], [PLAN], (), ()),
        ([], [], [PLAN], (), ()),
    ],
)
def test_orders_are_what_was_promised_less_what_came(
    promises: list[Promise],
    deliveries: list[Span],
    plans: list[Plan],
    later: tuple[tuple[float, int], ...],
    orders: tuple[Order, ...],
) -> None:
    found = fleet(promises, [OF_2015], deliveries, plans)
    assert (found.used, found.later, found.orders) == (
        6,
        tuple(Promise(*one) for one in later),
        orders,
    )


@pytest.fixture(scope="module")
def own(
    tmp_path_factory: pytest.TempPathFactory, shipped_model: Model, posterior: Posterior
) -> Own:
    """A model with own figures of levels, its posterior, and its baseline to 2045."""

    @lru_cache
    def made(*rows: str, mode: Mode = "add") -> tuple[Model, Posterior, Years]:
        model = own_model(Path(tmp_path_factory.mktemp("own")), rows, mode)
        new = relevelled(posterior, shipped_model, model)
        return model, new, baseline(model, new, 2045)

    return made


@pytest.mark.parametrize(
    ("rows", "mode", "at", "most"),
    [
        (["security_vessels,2023,7,vessels"], "add", (2023, 7), 12),
        (["security_vessels,2024,8,vessels"], "add", (2024, 8), 12),
        (["security_vessels,2024,8,vessels"], "instead", (2024, 8), 12),
        (["security_vessels,2024,10,vessels"], "add", (2024, 10), 12),
        (["security_vessels,2025,14,vessels"], "add", (2025, 14), 14),
        (["security_vessels,2024,5,vessels"], "add", (2024, 5), 11),
        (["security_vessels,2025,6,vessels"], "add", (2025, 6), 12),
        (["security_vessels_promised,2024,4,vessels"], "add", (2024, 6), 16),
        (["security_vessels_delivered,2024,2,vessels"], "add", (2024, 8), 12),
    ],
)
def test_a_newer_count_of_vessels_leaves_the_rest_on_order(
    own: Own, rows: Sequence[str], mode: Mode, at: tuple[int, int], most: int
) -> None:
    model, _, years = own(*rows, mode=mode)
    vessels = documented_fleet(model.evidence)
    assert vessels is not None
    on_order = sum(order.number for order in vessels.orders)
    assert on_order == most - at[1]
    assert (years("security_vessels", at[0]) == at[1]).all()
    assert years("security_vessels", 2032).max() == most
    assert (years("security_vessels", 2026) >= 5).all()
    assert (years("security_vessels", 2028) > at[1]).mean() > 0.9 if on_order else True


def test_a_plan_of_the_past_is_late_not_gone(shipped_model: Model, posterior: Posterior) -> None:
    name = "security_vessels.planned_year"
    early = np.full_like(posterior.arrays[name], 2020)
    years = baseline(
        shipped_model, replace(posterior, arrays={**posterior.arrays, name: early}), 2030
    )
    assert (years("security_vessels", 2023) > 6).mean() > 0.9
    assert (years("security_vessels", 2028) == 12).mean() > 0.9
    counted = {name: early, "security_vessels.counted": np.full(early.shape, 2026.0)}
    late = baseline(shipped_model, replace(posterior, arrays={**posterior.arrays, **counted}), 2030)
    assert (late("security_vessels", 2025) == 6).all()
    assert (late("security_vessels", 2029) > 6).mean() > 0.9


def test_a_figure_of_the_year_after_the_published_series_is_met(
    own: Own, shipped_model: Model
) -> None:
    model, posterior, years = own(
        "macro_vn_gdp_usd,2025,514,USD bn", "macro_vn_growth,2025,8.02,percent"
    )
    assert (years("macro_vn_gdp_usd", 2025) == 514.0).all()
    assert (years("macro_vn_growth", 2025) == 8.02).all()
    assert years("macro_vn_gdp_usd", 2026).std() > 0.0
    forecast = np.log(511.059 / 484.726)
    assert posterior.course.growth("macro_vn_gdp_usd", 2026) == pytest.approx(forecast, abs=1e-12)
    people = years("macro_vn_population", 2025)
    assert years("macro_vn_gdp_per_capita", 2025) == pytest.approx(514e3 / people)
    assert no_longer_projected(shipped_model.evidence, model.evidence, model.parameters) == ()


def test_a_figure_of_a_published_year_stands_beside_the_series(own: Own) -> None:
    model, _, years = own(
        "macro_vn_gdp_usd,2023,430,USD bn", "macro_vn_gdp_per_capita,2024,4700,USD"
    )
    assert (years("macro_vn_gdp_usd", 2023) == 433.008).all()
    reasons = unused_by_reason(figure_uses(model))
    assert {f.indicators[0] for f in reasons[NOT_IN_COURSE]} == {
        "macro_vn_gdp_usd",
        "macro_vn_gdp_per_capita",
    }


def test_output_of_a_part_of_a_year_is_no_level(own: Own, shipped_model: Model) -> None:
    model, _, _ = own("macro_vn_gdp_usd,2025-01/2025-06,215,USD bn")
    taken = make_plan(model.evidence, model.parameters).levels
    assert "2025-01/2025-06" not in {f.period.text for f in taken}


@pytest.mark.parametrize("year", [2021, 2023, 2024, 2025])
def test_a_share_of_foreign_workers_is_met_in_its_year(own: Own, year: int) -> None:
    _, _, years = own(f"labour_foreign_share,{year},21,percent", mode="instead")
    for later in range(max(year, years.first), 2030):
        share = years("labour_foreign_share", later)
        assert np.isfinite(share).all()
        if later == year:
            assert share == pytest.approx(21.0, abs=0.501)


def test_a_level_later_than_all_history_is_no_level_of_its_last_year(own: Own) -> None:
    _, posterior, years = own("security_vessels,2026,9,vessels")
    assert posterior.last_year == 2025
    assert (years("security_vessels", 2025) == 6).all()
    assert (years("security_vessels", 2026) == 9).all()
    assert own("labour_foreign_share,2026,25,percent")[1].last_year == 2026


def test_more_vessels_than_can_be_followed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"own\.csv:2: .* at most 200 vessels"):
        own_model(tmp_path, ["security_vessels,2024,100000000,vessels"])


def test_a_share_from_before_the_stocks_is_not_projected(own: Own, shipped_model: Model) -> None:
    model, _, years = own("labour_foreign_share,2005,5,percent", mode="instead")
    assert "labour_foreign_share" not in years.arrays
    lost = no_longer_projected(shipped_model.evidence, model.evidence, model.parameters)
    assert lost == ("labour_foreign_share",)
    taken = make_plan(model.evidence, model.parameters).levels
    assert "labour_foreign_share" not in {f.indicators[0] for f in taken}
    shipped = make_plan(shipped_model.evidence, shipped_model.parameters).levels
    assert "labour_foreign_share" in {f.indicators[0] for f in shipped}


def test_the_energy_list_is_agreed_once(own: Own) -> None:
    _, posterior, _ = own("energy_projects_listed,2026-03,14,projects")
    assert set(posterior.arrays["energy_list.agreed"]) == {2025 + 4 / 12}


def test_indices_are_100_in_their_base_year(own: Own) -> None:
    _, _, years = own("macro_vn_gdp_usd,2025,514,USD bn")
    for name in ("macro_vn_gdp", "macro_jp_gdp"):
        assert (years(name, 2024) == 100.0).all()
    grown = years("macro_vn_gdp", 2024) / years("macro_vn_gdp", 2023)
    assert grown == pytest.approx(1.0 + years("macro_vn_growth", 2024) / 100.0, rel=1e-12)


def test_what_is_projected_is_known_without_calibrating(
    own: Own, shipped_model: Model, posterior: Posterior
) -> None:
    cases = [(shipped_model, posterior)]
    cases += [own("macro_vn_gdp_usd,2025,514,USD bn")[:2]]
    for model, calibrated in cases:
        names = calibrated_names(model.evidence, model.parameters)
        assert names <= calibrated.arrays.keys()
        given = given_by(dependency_order(), calibrated.arrays)
        expected = {name for part in given.values() for name in part}
        assert projected(model.evidence, model.parameters) == expected
    given_names = {i for i, x in shipped_model.registry.indicators.items() if not x.not_projected}
    assert projected(shipped_model.evidence, shipped_model.parameters) == given_names
