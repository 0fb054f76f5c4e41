"""How projections answer to changes of scenarios, links and sectors: in every draw, to the bit.

All pairs of levers and events, and all places of a new sector, are looked at with

    python -m pytest tests/test_metamorphic.py --full
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np
import pytest
from engine_runs import run_one, with_links
from numpy.typing import NDArray
from reach import DIRECTIONS, ENERGY_FINANCE, EVENTS, LEVERS, downstream

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.vocabulary import DIMENSIONS
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors import SECTORS
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.couplings import coefficient
from vnjp_sim.sectors.declarations import laws
from vnjp_sim.sectors.link_effects import LEAST_LEFT
from vnjp_sim.simulation import layout as layouts
from vnjp_sim.simulation import model_data as models
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import PROJECTION, run_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]
Run = Callable[..., dict[str, FloatArray]]
Prove = Callable[[str, Mapping[str, Any]], None]
Departure = tuple[dict[str, LeverPath], tuple[ScenarioEvent, ...]]

pytestmark = pytest.mark.invariants

START, END, DRAWS, SEED, FIRST = 2025, 2035, 128, 11, 2026
AFTER_GRACE = frozenset({"oda_repayments"})
"""What moves ten years after the loans, beyond these years; its dollars move with the yen alone."""
NOTHING: Departure = ({}, ())


def lever(name: str, operation: str, amount: float, path: str = "step") -> Departure:
    content: dict[str, object] = {"path": path, operation: amount, "from": FIRST}
    if path == "series":
        content = {"path": path, operation: {str(FIRST): amount, str(FIRST + 4): amount}}
    elif path != "step":
        content["to"] = FIRST + 3
    return {name: LeverPath.model_validate(content)}, ()


def event(kind: str, **amounts: float | str) -> Departure:
    day = date(FIRST, 7, 1)
    return {}, (ScenarioEvent(day, kind, tuple(sorted(amounts.items()))),)


def demand_shock(percent: float, recovery: float) -> Departure:
    parts = ("trade", "investment", "visitors", "intake", "students")
    return event("demand_shock", recovery=recovery, **dict.fromkeys(parts, percent))


def together(*departures: Departure) -> Departure:
    levers = {name: path for given, _ in departures for name, path in given.items()}
    return levers, tuple(sorted(one for _, events in departures for one in events))


STRONG: dict[str, Departure] = {
    **{
        name: lever(name, "add", 4.0) if name.endswith("growth") else lever(name, "multiply", 3.0)
        for name in LEVERS
        if name not in ("oda_income_fading", "oda_corruption_rate")
    },
    "oda_income_fading": lever("oda_income_fading", "set", 1.0),
    "oda_corruption_rate": lever("oda_corruption_rate", "set", 1.0),
    "energy_project_start": event("energy_project_start", count=4.0),
    "energy_finance": event("energy_finance", amount=2.0),
    "energy_list_extension": event("energy_list_extension", count=9.0, value=20.0),
    "loan_pledge": event("loan_pledge", amount=900.0),
    "oda_freeze": event("oda_freeze", years=2.0),
    "osa_grant": event("osa_grant", amount=1.0),
    "vessel_order": event("vessel_order", count=8.0, purse="loan", series="new"),
    "summit": event("summit", to=1.0),
    "trade_agreement": event("trade_agreement"),
    "exchange_rate_shock": event("exchange_rate_shock", percent=40.0),
    "demand_shock": demand_shock(30.0, 2.0),
    "labour_agreement": event("labour_agreement", percent=300.0, phase_in=1.0),
    "labour_cap": event("labour_cap", persons=400_000.0),
    "maritime_tension": event("maritime_tension", trade=20.0, investment=30.0, years=12.0),
    "supply_chain_shift": event("supply_chain_shift", amount=2.0, years=4.0),
    "political_setback": event("political_setback", visits=100.0, years=12.0),
}
"""Of every lever and type of event, a departure that is felt by all that follows from it."""
STARTS = {**LEVERS, **EVENTS, "summit": (DIRECTIONS[1.0],)}


@pytest.fixture(scope="module")
def run(posterior: Posterior, shipped_model: Model) -> Run:
    def project(
        departure: Departure = NOTHING,
        *,
        links: Mapping[str, Link] | None = None,
        cut: Iterable[str] = (),
        is_baseline: bool = False,
        ceiling: bool = True,
    ) -> dict[str, FloatArray]:
        single = dict(shipped_model.parameters.single)
        if not ceiling:  # what all statuses share breaks monotony where it binds
            none = Distribution.model_validate({"fixed": 1e9})
            for name in ("labour_demand_ceiling", "labour_supply"):
                single[name] = single[name].model_copy(update={"prior": none})
        root = None if is_baseline else ScenarioInputs(single, {}, ())
        couplings = shipped_model.couplings
        if links is not None:
            couplings = with_links(shipped_model, links)
        streams = RandomStreams(SEED, 0, DRAWS)
        inputs = ScenarioInputs(single, *departure)
        without = frozenset(cut)
        return run_one(posterior, START, END, inputs, root, couplings, streams, cut=without)

    return project


@pytest.fixture(scope="module")
def base(run: Run) -> Arrays:
    return run(is_baseline=True)


@pytest.fixture(scope="module")
def strong(run: Run) -> dict[str, Arrays]:
    return {name: run(departure) for name, departure in STRONG.items()}


def differing(left: Arrays, right: Arrays) -> set[str]:
    """Return the series of the left that are not the same bytes on the right."""
    return {name for name in left if left[name].tobytes() != right[name].tobytes()}


def test_every_lever_and_event_is_looked_at(shipped_model: Model) -> None:
    known = shipped_model.instruments
    assert set(LEVERS) == set(known.levers)
    assert set(EVENTS) == set(known.event_types)
    assert set(STRONG) == set(LEVERS) | set(EVENTS)


def test_a_departure_moves_all_that_follows_from_it_and_nothing_else(
    strong: Mapping[str, Arrays], run: Run, base: Arrays, shipped_model: Model, prove: Prove
) -> None:
    """What is downstream by identities and links moves; all else is the baseline bit for bit."""
    same, apart = 0, run(links={}, is_baseline=True)
    for name, moved in strong.items():
        expected = downstream(STARTS[name], shipped_model.links.links, still=AFTER_GRACE)
        assert differing(base, moved) == expected, name
        same += len(base) - len(expected)
        rows = FIRST - START
        assert all(moved[one][:rows].tobytes() == base[one][:rows].tobytes() for one in base), name
        alone = run(STRONG[name], links={})
        expected = downstream(STARTS[name], {}, still=AFTER_GRACE)
        assert differing(apart, alone) == expected, name
        same += len(base) - len(expected)
    figures = {
        "levers": len(LEVERS),
        "types of events": len(EVENTS),
        "series": len(base),
        "draws": DRAWS,
        "years": END - START + 1,
        "series equal to the baseline's to the bit, with and without links": same,
        "series that should not have moved": 0,
    }
    prove("invariants_reach", figures)


def test_a_link_that_is_cut_carries_nothing(
    run: Run, base: Arrays, shipped_model: Model, posterior: Posterior
) -> None:
    links = shipped_model.links.links
    for name, link in links.items():
        departure = STRONG[DRIVEN_BY[link.driver]]
        without = {other: one for other, one in links.items() if other != name}
        moved, unmoved = run(departure, cut=[name]), base
        if link.driver in posterior.course:  # it acts in the baseline too
            unmoved = run(cut=[name], is_baseline=True)
        expected = downstream(STARTS[DRIVEN_BY[link.driver]], without, still=AFTER_GRACE)
        assert differing(unmoved, moved) == expected, name


SMALL_PAIRS, SMALL_PLACES = 15, 3


def test_departures_of_unrelated_series_do_not_feel_each_other(
    strong: Mapping[str, Arrays],
    run: Run,
    base: Arrays,
    shipped_model: Model,
    sized: Callable[[int, int], int],
    prove: Prove,
) -> None:
    """A series that follows from one of two departures alone is what that one makes of it."""
    links = shipped_model.links.links
    reached = {name: downstream(STARTS[name], links) for name in STRONG}
    pairs = list(combinations(STRONG, 2))
    order = np.random.default_rng(SEED).permutation(len(pairs))
    chosen = [pairs[place] for place in order[: sized(SMALL_PAIRS, len(pairs))]]
    compared, composites = 0, 0
    for one, other in chosen:
        both = run(together(STRONG[one], STRONG[other]))
        shared = reached[one] & reached[other]
        for name in base.keys() - shared:
            source = strong[one] if name in reached[one] else strong[other]
            expected = source if name in reached[one] | reached[other] else base
            assert both[name].tobytes() == expected[name].tobytes(), (one, other, name)
            compared += 1
        if shared == {"index_partnership"}:  # a geometric mean: effects add up in logarithms
            logs = [
                np.log(a["index_partnership"]) for a in (both, strong[one], strong[other], base)
            ]
            assert np.abs(logs[0] - logs[1] - logs[2] + logs[3]).max() < 1e-13, (one, other)
            composites += 1
    prove(
        "invariants_pairs",
        {
            "pairs": len(chosen),
            "seed": SEED,
            "series compared to the bit": compared,
            "pairs whose effects on the composite add up": composites,
        },
    )


@pytest.mark.parametrize("path", ["step", "ramp", "pulse", "series"])
def test_levers_that_do_nothing_change_nothing(
    path: str, run: Run, base: Arrays, shipped_model: Model
) -> None:
    known = shipped_model.instruments.levers
    for operation, amount in (("multiply", 1.0), ("add", 0.0)):
        names = [name for name in known if getattr(known[name], operation) is not None]
        idle = together(*(lever(name, operation, amount, path) for name in names))
        assert differing(base, run(idle)) == set(), operation


def test_a_lever_that_sets_a_quantity_gives_it(
    run: Run, base: Arrays, shipped_model: Model
) -> None:
    """Exactly in every draw; of a count what is expected, five errors of the mean apart at most."""
    known = shipped_model.instruments.levers
    names = [name for name in known if known[name].set is not None and name in base]
    assert {"oda_commitments", "security_exchanges", "macro_jpy_per_usd"} <= set(names)
    for name in names:
        moved = "people_student_entries" if name == "people_students" else name  # of a year
        amount = 1.3 * float(np.median(base[moved]))
        found = run(lever(name, "set", amount))[moved][FIRST - START :]
        if name in (*COUNTED, "diplomacy_visits"):
            assert abs(found.mean() - amount) < 5.0 * found.std() / np.sqrt(found.size), name
        else:
            assert found == pytest.approx(amount, rel=1e-9), name


IDLE = (
    event("energy_finance", amount=0.0),
    event("loan_pledge", amount=0.0),
    event("osa_grant", amount=0.0),
    event("exchange_rate_shock", percent=0.0),
    demand_shock(0.0, 1.0),
    event("labour_agreement", percent=0.0, phase_in=3.0),
    event("labour_cap", persons=5_000_000.0),
    event("supply_chain_shift", amount=0.0, years=2.0),
)


def test_events_of_nothing_change_nothing(run: Run, base: Arrays) -> None:
    for departure in IDLE:
        assert differing(base, run(departure)) == set(), departure[1][0].type
    assert differing(base, run()) == set()


def amounts(kind: str, field: str, *values: float, **others: float | str) -> list[Departure]:
    return [event(kind, **{field: value}, **others) for value in values]


def multiples(name: str, *values: float) -> list[Departure]:
    return [lever(name, "multiply", value) for value in values]


MONOTONE: list[tuple[list[Departure], str, int]] = [
    (multiples("oda_commitments", 0.8, 1.0, 1.5), "oda_infrastructure", 1),
    (multiples("oda_commitments", 0.0, 1.0, 3.0), "oda_disbursements", 1),
    (multiples("oda_delay", 0.5, 1.0, 2.0), "oda_undisbursed", 1),
    ([lever("oda_loans", "at_least", x) for x in (0.0, 50.0, 200.0)], "oda_cumulative_loans", 1),
    ([lever("oda_loans", "at_most", x) for x in (0.0, 50.0, 200.0)], "oda_cumulative_loans", 1),
    ([lever("oda_corruption_rate", "set", x) for x in (0, 0.3, 2)], "oda_cumulative_loans", -1),
    ([lever("oda_income_fading", "set", x) for x in (0, 0.5, 2)], "oda_commitments", -1),
    (multiples("energy_starts", 0.0, 1.0, 5.0), "energy_investment", 1),
    (amounts("energy_finance", "amount", 0.0, 1.0, 9.0), "energy_japanese_finance", 1),
    (amounts("energy_project_start", "count", 1.0, 3.0, 14.0), "energy_investment", 1),
    (multiples("security_osa_budget", 0.5, 1.0, 3.0), "security_osa_grants", 1),
    (multiples("security_exchanges", 0.0, 1.0, 4.0), "security_exchanges", 1),
    (multiples("investment_flow", 0.0, 1.0, 2.0), "investment_stock", 1),
    (multiples("trade_exports", 0.5, 1.0, 2.0), "trade_cover_ratio", 1),
    (multiples("trade_imports", 0.5, 1.0, 2.0), "trade_balance", -1),
    (multiples("macro_jpy_per_usd", 0.5, 1.0, 2.0), "oda_disbursements_usd", -1),
    (multiples("macro_jpy_per_usd", 0.5, 1.0, 2.0), "labour_remittances", -1),
    (
        [lever("macro_vn_growth", "add", value) for value in (-3.0, 0.0, 2.0)],
        "macro_vn_gdp_per_capita",
        1,
    ),
    ([lever("macro_jp_growth", "add", value) for value in (-3.0, 0.0, 2.0)], "macro_jp_gdp", 1),
    (multiples("people_visitors", 0.5, 1.0, 2.0), "people_visitors", 1),
    (multiples("diplomacy_visits", 0.0, 1.0, 3.0), "diplomacy_documents", 1),
    (multiples("labour_trainee_intake", 0.0, 1.0, 1.5), "labour_skill_development", 1),
    (multiples("labour_demand", 0.0, 1.0, 1.5), "labour_stock", 1),
    (multiples("labour_conversion_share", 0.5, 1.0, 1.5), "labour_skilled", 1),
    (multiples("labour_stay", 0.5, 1.0, 2.0), "labour_stock", 1),
    (multiples("people_students", 0.0, 1.0, 2.0), "labour_engineers", 1),
    (multiples("people_learners", 0.5, 1.0, 2.0), "people_learners", 1),
    (multiples("labour_skilled_intake", 0.0, 1.0, 2.0), "people_residents", 1),
    (multiples("labour_engineer_intake", 0.0, 1.0, 2.0), "labour_foreign_share", 1),
    (amounts("loan_pledge", "amount", 0.0, 100.0, 900.0), "oda_cumulative_loans", 1),
    (amounts("oda_freeze", "years", 0.25, 1.5, 4.0), "oda_cumulative_loans", -1),
    (amounts("osa_grant", "amount", 0.0, 1.0, 2.5), "security_osa_grants", 1),
    (
        amounts("vessel_order", "count", 1.0, 3.0, 12.0, purse="loan", series="new"),
        "security_vessels",
        1,
    ),
    (multiples("security_osa_budget", 0.5, 1.0, 3.0), "security_equipment", 1),
    (amounts("exchange_rate_shock", "percent", -50.0, 0.0, 80.0), "macro_jpy_per_usd", 1),
    *(
        ([demand_shock(percent, 2.0) for percent in (0.0, 30.0, 90.0)], name, -1)
        for name in ("trade_turnover", "people_visitors", "people_students", "labour_stock")
    ),
    ([demand_shock(50.0, years) for years in (0.5, 2.0, 6.0)], "investment_stock", -1),
    (
        amounts("supply_chain_shift", "amount", 0.0, 1.0, 5.0, years=4.0),
        "investment_projects",
        1,
    ),
    (amounts("supply_chain_shift", "years", 1.0, 2.5, 6.0, amount=1.0), "investment_stock", 1),
    (
        amounts("political_setback", "visits", 0.0, 50.0, 100.0, years=2.5),
        "diplomacy_documents",
        -1,
    ),
    (amounts("political_setback", "years", 1.0, 3.0, 6.0, visits=80.0), "diplomacy_visits", -1),
    (multiples("diplomacy_preference_use", 0.5, 1.0, 2.0), "diplomacy_preference_use", 1),
    (multiples("trade_exports_seafood", 0.0, 1.0, 5.0), "trade_turnover", 1),
    (multiples("trade_imports_steel", 0.0, 1.0, 5.0), "trade_balance", -1),
    (amounts("labour_agreement", "percent", -50.0, 0.0, 90.0, phase_in=2.0), "labour_stock", 1),
    (amounts("labour_agreement", "phase_in", 0.0, 2.0, 6.0, percent=50.0), "labour_stock", -1),
    (amounts("labour_cap", "persons", 2e5, 5e5, 9e5), "labour_stock", 1),
    (
        amounts("maritime_tension", "trade", 0.0, 20.0, 80.0, investment=10.0, years=3.0),
        "trade_turnover",
        -1,
    ),
    (
        amounts("maritime_tension", "years", 0.5, 3.0, 9.0, trade=10.0, investment=20.0),
        "investment_stock",
        -1,
    ),
]


@pytest.mark.parametrize(
    ("departures", "response", "sign"),
    MONOTONE,
    ids=[f"{next(iter(d[0][0]), '') or d[0][1][0].type}-{response}" for d, response, _ in MONOTONE],
)
def test_more_of_it_never_has_the_opposite_effect(
    departures: list[Departure], response: str, sign: int, run: Run
) -> None:
    """Without links, whose signs differ by draw."""
    capped = any(one.type == "labour_cap" for one in departures[0][1])
    answers = [run(one, links={}, ceiling=capped)[response] for one in departures]
    for less, more in pairwise(answers):
        assert (sign * (more - less) >= -1e-12 * np.abs(more)).all()
        assert (more != less).any()


DRIVEN_BY = {
    **dict.fromkeys(ENERGY_FINANCE, "energy_finance"),
    "oda_infrastructure": "oda_commitments",
    "oda_disbursements_usd": "oda_commitments",
    "investment_stock": "investment_flow",
    "macro_jpy_per_usd": "macro_jpy_per_usd",
    "macro_vn_gdp": "macro_vn_growth",
    "macro_vn_gdp_usd": "macro_vn_growth",
    "macro_jp_gdp": "macro_jp_growth",
    "security_vessels": "vessel_order",
    "security_equipment": "osa_grant",
    "diplomacy_visits": "diplomacy_visits",
    "diplomacy_agreements": "trade_agreement",
    "diplomacy_preference_use": "diplomacy_preference_use",
    "diplomacy_sea_tension": "maritime_tension",
    "diplomacy_setback": "political_setback",
    "people_network": "labour_skilled_intake",
    "labour_engineers": "labour_engineer_intake",
}
"""By driver of a link, the departure that moves it."""
COUNTED = ("security_exchanges", "security_ship_visits")
"""Responses that are counts: a link moves what is expected of them."""


def lagged(link: Link, deviation: FloatArray) -> FloatArray:
    """Return the lagged deviation E, (year, draw), by the table of forms; zero before FIRST."""
    years = len(deviation)
    weights = np.zeros(years)
    if link.lag.fixed is not None:
        weights[link.lag.fixed] = 1.0
    elif link.lag.phase_in is not None:
        weights[: link.lag.phase_in] = 1.0 / link.lag.phase_in
    else:
        assert link.lag.half_life is not None
        kept = 2.0 ** (-1.0 / link.lag.half_life)
        weights = kept ** np.arange(years) * (1.0 if link.form == "semi" else 1.0 - kept)
    return np.stack([weights[: row + 1][::-1] @ deviation[: row + 1] for row in range(years)])


def test_each_link_alone_has_its_size_and_sign(
    run: Run, shipped_model: Model, posterior: Posterior, prove: Prove
) -> None:
    """The response of every draw and year follows from the driver that was projected."""
    links, course = shipped_model.links.links, posterior.course
    free = run(cut=links, ceiling=False)
    worst, cells = 0.0, 0
    for name, link in shipped_model.links.links.items():
        others = links.keys() - {name}
        moved = run(STRONG[DRIVEN_BY[link.driver]], cut=others, ceiling=False)
        driver, before, known = moved[link.driver], free[link.driver], 0
        if link.driver in course:
            before = course.values(link.driver, START, END)[:, None]
            known = link.lag.fixed or 0  # departures before the first year are not at hand
        deviation = np.log(driver / before) if link.form == "elasticity" else driver - before
        size = coefficient(name, link, RandomStreams(SEED, 0, DRAWS))
        effect = size * lagged(link, deviation)
        carried = any(link.response in dict(law.carries) for law in laws().values())
        if link.driver in course and not carried:
            effect -= effect[0]  # what the driver did in the last year of history is in its figures
        response, unmoved = moved[link.response][known:], free[link.response][known:]
        effect = effect[known:]
        expected = (
            np.maximum(unmoved + effect, LEAST_LEFT * unmoved)
            if link.form == "added"
            else unmoved * np.exp(effect)
        )
        assert (np.sign(response - unmoved) * np.sign(effect) >= 0).all(), name
        assert (np.abs(effect) > 0).any(axis=0).mean() > 0.5, name
        if link.response in laws() and laws()[link.response].kind == "count":
            grown = response.mean() / unmoved.mean()  # the expected number is moved
            assert grown == pytest.approx(expected.mean() / unmoved.mean(), abs=0.1), name
            continue
        apart = np.abs(response - expected)  # a year without loans has none to compare with
        residual = float((apart / np.where(expected > 0.0, expected, 1.0)).max())
        assert residual < 1e-12, name
        worst, cells = max(worst, residual), cells + effect.size
    prove(
        "invariants_links",
        {
            "links": len(shipped_model.links.links),
            "cells (years × draws)": cells,
            "worst relative residual": worst,
        },
    )


class Newcomer(Sector):
    """A sector that nothing reads: it reads others, draws numbers of its own and has a date."""

    gives: ClassVar[tuple[Output, ...]] = (Output("newcomer_level", "", ("macro_jpy_per_usd",)),)
    bonus = 0.0

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        streams = self.context.streams
        shock = self.context.shock("trade_newcomer", year) + streams.normal("newcomer", year)
        arrived = streams.uniform("newcomer", year) + self.context.drawn("oda_delay_factor")
        return {
            "newcomer_level": self.bonus + values["macro_jpy_per_usd"] * np.exp(shock) + arrived
        }

    def processes(self) -> Iterator[tuple[date, Any]]:
        yield date(FIRST, 7, 1), self.happen

    def happen(self) -> None:
        self.bonus = 1e3


def use_sectors(monkeypatch: pytest.MonkeyPatch, chosen: tuple[type[Sector], ...]) -> None:
    """Let the engine run these sectors."""
    monkeypatch.setattr(layouts, "SECTORS", chosen)
    monkeypatch.setattr(models, "SECTORS", chosen)


BUSY = together(*(STRONG[name] for name in ("oda_commitments", "demand_shock", "vessel_order")))


def test_a_new_sector_disturbs_no_other(
    run: Run,
    base: Arrays,
    sized: Callable[[int, int], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy = run(BUSY)
    places = np.random.default_rng(SEED).permutation(len(SECTORS) + 1)
    for place in places[: sized(SMALL_PLACES, len(places))]:
        use_sectors(monkeypatch, (*SECTORS[:place], Newcomer, *SECTORS[place:]))
        for expected, found in ((base, run(is_baseline=True)), (busy, run(BUSY))):
            assert found.keys() - expected.keys() == {"newcomer_level"}
            assert differing(expected, found) == set()


def test_a_new_indicator_and_its_sector_leave_the_files_numbers(
    shipped_model: Model, own_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a models folder and the files that are written."""

    def stored(model: Model) -> dict[str, FloatArray]:
        folder = run_scenario("combined", model, Options(draws=100), own_out).folder
        with h5py.File(folder / PROJECTION) as file:
            return {name: file[name][0] for name in file if file[name].ndim == len(DIMENSIONS)}

    expected = stored(shipped_model)
    folder = tmp_path / "models"
    shutil.copytree(shipped_model.folder, folder)
    registry = folder / "indicators.yml"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.rstrip("\n") + NEW_INDICATOR, encoding="utf-8")
    use_sectors(monkeypatch, (Newcomer, *SECTORS))
    found = stored(load_model(folder))
    assert found.keys() - expected.keys() == {"newcomer_level"}
    assert differing(expected, found) == set()


NEW_INDICATOR = """
  newcomer_level:
    label: A series made for a test
    unit: index
    kind: index
    sector: energy
    sign: any
    decimals: 1
    price_basis: none
    iamc: Made for a test
    meaning: Nothing.
    counterpart: "none: made for a test"
"""


@pytest.mark.parametrize("removed", SECTORS, ids=lambda sector: sector.__name__)
def test_a_sector_that_is_taken_away_leaves_those_that_do_not_read_it(
    removed: type[Sector], run: Run, monkeypatch: pytest.MonkeyPatch, shipped_model: Model
) -> None:
    gone = {removed}
    while True:
        lost = {name for sector in gone for name in sector.outputs}
        more = {sector for sector in SECTORS if lost & set(sector.inputs)}
        if more <= gone:
            break
        gone |= more
    links = {
        name: link
        for name, link in shipped_model.links.links.items()
        if not {link.driver, link.response} & lost
    }
    expected = run(BUSY, links=links)
    use_sectors(monkeypatch, tuple(sector for sector in SECTORS if sector not in gone))
    found = run(BUSY, links=links)
    assert found.keys() == expected.keys() - lost
    assert differing(found, expected) == set()


@pytest.mark.calibration
def test_a_law_that_is_taken_away_leaves_the_calibration_of_others(
    shipped_model: Model, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("--full"):
        pytest.skip("calibrates four times; runs with --full")
    evidence, parameters = shipped_model.evidence, shipped_model.parameters
    whole = calibrate(evidence, parameters, sample_size=1_024, override_gates=True).arrays
    for name in ("people_learners", "investment_parks", "security_ship_visits"):
        laws = {law: content for law, content in parameters.laws.items() if law != name}
        fewer = replace(parameters, laws=laws)
        rest = calibrate(evidence, fewer, sample_size=1_024, override_gates=True).arrays
        lost = whole.keys() - rest.keys()
        assert lost
        assert all(one.startswith(name) for one in lost)
        assert all(rest[one].tobytes() == whole[one].tobytes() for one in rest), name
