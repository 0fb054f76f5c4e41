"""What holds in every draw and year of every projection, stated once for all tests.

All functions take the (year, draw) arrays of a projection that begins with the last year of
history or later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.registry import Registry
from vnjp_sim.sectors.identities import calendar_year_loans
from vnjp_sim.sectors.index import QUANTITIES, YEARS_AVERAGED
from vnjp_sim.sectors.trade import EXPORT_GROUPS, IMPORT_GROUPS

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]

SCALES = {
    "index_trade": 1.0,
    "index_investment": 0.5,
    "index_oda": 10.0,
    "index_security": 2.0,
    "index_labour": 10_000.0,
    "index_people": 10_000.0,
    "index_diplomacy": 2.0,
    "index_energy": 5.0,
}
"""The scale of each sector index, in the unit of its quantity."""
TOLERANCE = 1e-12
YOUNG_PEOPLE = 1_400_000
"""Vietnamese who turn 18 in a year, about (United Nations, World Population Prospects 2024)."""

STATUSES = ("labour_trainees", "labour_skill_development", "labour_skilled", "labour_engineers")
GROUPS = {"trade_exports": EXPORT_GROUPS, "trade_imports": IMPORT_GROUPS}
SHARES = (
    "investment_expand_intent",
    "investment_profitable_firms",
    "investment_park_japanese_share",
    "labour_foreign_share",
)
WHOLE = (
    "security_exchanges",
    "security_ship_visits",
    "security_vessels",
    "security_osa_vessels",
    "security_equipment_bought",
    "security_equipment",
    "diplomacy_visits",
    "diplomacy_visits_to_vietnam",
    "diplomacy_visits_to_japan",
    "diplomacy_documents",
    "diplomacy_tier",
    "energy_projects_started",
    "energy_projects_completed",
    "investment_parks",
    "education_universities_upgraded",
    "people_associations",
)
REGISTERED = {
    "investment_stock": "investment_flow",
    "investment_projects": "investment_projects_new",
}
"""Stocks with exits and revisions, and the flows into them."""
NEVER_FALL = (
    "diplomacy_agreements",
    "diplomacy_tier",
    "energy_projects_started",
    "energy_projects_completed",
    "energy_investment",
    "energy_japanese_finance",
    "investment_parks",
    "education_universities_upgraded",
    "people_associations",
    "oda_cumulative_loans",
)


class Identity(NamedTuple):
    """Two arrays that are equal but for rounding, which is relative to `gross`."""

    name: str
    left: FloatArray
    right: FloatArray
    gross: FloatArray

    @property
    def residual(self) -> float:
        """The largest difference, relative to the gross quantity; NaN if anything is."""
        apart = np.abs(self.left - self.right)
        scale = np.where(apart == 0.0, 1.0, np.abs(self.gross))
        return float(np.divide(apart, scale).max(initial=0.0))


class Bound(NamedTuple):
    """What is true of every value."""

    name: str
    holds: NDArray[np.bool_]


def identities(a: Arrays, events: Collection[str] = ()) -> Iterator[Identity]:
    """Yield every identity; `events` are the types of events and the levers that act."""
    yield from _trade(a)
    yield from _investment(a)
    yield from _macro(a)
    yield from _oda(a, events)
    yield from _security(a)
    yield from _people(a)
    yield from _energy(a, events)
    yield from _others(a)


def bounds(a: Arrays, registry: Registry) -> Iterator[Bound]:
    """Yield what is finite, signed, whole, ordered or rising."""
    for name, array in a.items():
        yield Bound(f"{name} is finite", np.isfinite(array))
        sign = registry.indicators[name].sign
        if sign != "any":
            yield Bound(f"{name} is {sign}", array > 0 if sign == "positive" else array >= 0)
    for name in SHARES:
        yield Bound(f"{name} is a share", a[name] <= 100.0)
    for name in WHOLE:
        yield Bound(f"{name} is whole", a[name] == np.rint(a[name]))
    for name in NEVER_FALL:
        yield Bound(f"{name} never falls", np.diff(a[name], axis=0) >= 0.0)
    yield Bound("the tier is one of four", (a["diplomacy_tier"] >= 1) & (a["diplomacy_tier"] <= 4))
    yield Bound(
        "no document is signed without a visit",
        (a["diplomacy_documents"] == 0) | (a["diplomacy_visits"] > 0),
    )
    for low, high in (
        ("energy_projects_completed", "energy_projects_started"),
        ("energy_japanese_finance", "energy_investment"),
        ("oda_loans", "oda_commitments"),
    ):
        yield Bound(f"{low} is at most {high}", a[low] <= a[high] * (1.0 + TOLERANCE))
    yield Bound(
        "no more trainees convert than there were",
        a["labour_conversions"][1:]
        <= (a["labour_trainees"] + a["labour_skill_development"])[:-1] * (1.0 + TOLERANCE),
    )
    yield Bound(
        "graduates who take up work are students who leave",
        a["labour_graduates"][1:] <= a["people_student_exits"][1:],
    )
    yield Bound(
        "fewer go to work in Japan than turn 18 in Vietnam", a["labour_entries"] < YOUNG_PEOPLE
    )
    for stock, flow in REGISTERED.items():
        left = (a[stock][1:] - a[flow][1:]) / a[stock][:-1]
        yield Bound(f"{stock} neither ends nor doubles of itself", (left > 0.5) & (left < 1.5))
    indices = np.stack([a[name] for name in QUANTITIES])
    low, high = indices.min(axis=0), indices.max(axis=0)
    mean = a["index_partnership"]
    within = (mean >= low * (1.0 - TOLERANCE)) & (mean <= high * (1.0 + TOLERANCE))
    yield Bound("the composite lies among the indices of the sectors", within)
    yield from _loans_are_agreed_once(a)


def _trade(a: Arrays) -> Iterator[Identity]:
    exports, imports, turnover = a["trade_exports"], a["trade_imports"], a["trade_turnover"]
    yield _same("exports and imports are turnover", exports + imports, turnover)
    yield Identity("trade balance", exports - imports, a["trade_balance"], turnover)
    yield _same("cover ratio", exports / imports, a["trade_cover_ratio"])
    share = 100.0 * turnover / a["macro_vn_gdp_usd"]
    yield _same("turnover in per cent of output", share, a["trade_turnover_gdp"])
    for side, groups in GROUPS.items():
        total = _sum(a, *(f"{side}_{group}" for group in (*groups, "other")))
        yield _same(f"product groups are {side.partition('_')[2]}", total, a[side])


def _investment(a: Arrays) -> Iterator[Identity]:
    stock = a["investment_stock"]
    change = np.diff(stock, axis=0)
    yield Identity("net investment", change, a["investment_net_flow"][1:], stock[1:])
    mean = a["investment_capital_per_project"]
    yield _same("capital per project", mean * a["investment_projects"], 1e3 * a["investment_stock"])


def _macro(a: Arrays) -> Iterator[Identity]:
    output = a["macro_vn_gdp"]
    grown = output[:-1] * (1.0 + a["macro_vn_growth"][1:] / 100.0)
    yield _same("output grows at its rate", grown, output[1:])
    people = 1e3 * a["macro_vn_gdp_usd"] / a["macro_vn_gdp_per_capita"]
    yield _same("output per head", people, a["macro_vn_population"])


def _oda(a: Arrays, events: Collection[str]) -> Iterator[Identity]:
    rate, paid = a["macro_jpy_per_usd"], a["oda_disbursements"]
    yield _same("disbursements in dollars", a["oda_disbursements_usd"] * rate, paid)
    yield Identity("net aid", paid - a["oda_repayments"], a["oda_net"], paid + a["oda_repayments"])
    for name in ("repayments", "net", "debt"):
        yield _same(f"{name} in dollars", a[f"oda_{name}_usd"] * rate, a[f"oda_{name}"])
    agreed, lent = _agreed(a), _lent(a)
    owed = a["oda_debt"]
    gained = owed[1:] - owed[:-1] + a["oda_repayments"][1:]
    yield Identity("debt grows by what is lent less what is repaid", gained, lent, owed[1:] + lent)
    lending = a["oda_cumulative_loans"][1:] * rate[1:]
    loans = a["oda_loans"]
    yield _same(
        "commitments are loans and grants", _sum(a, "oda_loans", "oda_grants"), a["oda_commitments"]
    )
    stopped = {"loan_pledge", "oda_freeze", "oda_corruption_rate", "vessel_order"}
    if not stopped & set(events):
        expected = calendar_year_loans(loans[:-1], loans[1:])
        yield Identity("loans of calendar years", agreed, expected, lending)
    stock, waiting = a["oda_infrastructure"], a["oda_undisbursed"]
    if "vessel_order" not in events:  # vessels are no infrastructure
        left = stock[1:] - lent / rate[1:]
        yield _steady("infrastructure decays at one rate", left, stock[:-1], stock[1:])
    gained = waiting[1:] - waiting[:-1] + lent
    gross = waiting[1:] + waiting[:-1] + lent
    yield _steady("loans wait, are paid or are cancelled", gained, agreed, gross, lending)


def _security(a: Arrays) -> Iterator[Identity]:
    """Grants are what was bought and what is unspent; sets cost one price in a draw."""
    purses = ("security_vessel_loans", "security_vessel_grants", "security_osa_vessel_cost")
    yield _same("vessels are paid by three purses", _sum(a, *purses), a["security_vessel_cost"])
    grants = a["security_osa_grants"]
    vessels, unspent = a["security_osa_vessel_cost"], a["security_osa_unspent"]
    equipment = grants[1:] - vessels[1:] - np.diff(unspent, axis=0)
    gross = grants[1:] + unspent[1:] + unspent[:-1]
    sets = a["security_equipment_bought"][1:]
    yield _steady("what grants pay besides is sets at one price", equipment, sets, gross)


def _people(a: Arrays) -> Iterator[Identity]:
    workers = a["labour_stock"]
    yield _same("workers by status", _sum(a, *STATUSES), workers)
    entries, returns = a["labour_entries"][1:], a["labour_returns"][1:]
    gross = workers[1:] + entries + returns
    yield Identity("workers are conserved", np.diff(workers, axis=0), entries - returns, gross)
    mean = 0.5 * (workers[1:] + workers[:-1])
    yen = a["labour_remittances"][1:] * a["macro_jpy_per_usd"][1:]
    grown, before = yen[1:] * mean[:-1], yen[:-1] * mean[1:]
    yield _steady("what every worker remits in yen grows at one rate", grown, before)
    residents = a["people_residents"]
    parts = _sum(a, "labour_stock", "people_students", "people_others")
    yield _same("residents are workers, students and others", parts, residents)
    students, new, gone = (a[f"people_student{part}"] for part in ("s", "_entries", "_exits"))
    gross = students[1:] + new[1:] + gone[1:]
    yield Identity("students are conserved", np.diff(students, axis=0), (new - gone)[1:], gross)
    network = residents - 0.5 * (a["labour_trainees"] + a["labour_skill_development"])
    yield Identity("network", network, a["people_network"], residents)


def _energy(a: Arrays, events: Collection[str]) -> Iterator[Identity]:
    finance, spent = a["energy_japanese_finance"], a["energy_investment"]
    if "energy_finance" not in events:
        yield _steady("Japan finances one share of energy", finance, spent)
    paid = np.diff(finance, axis=0)
    gross = finance[1:] + finance[:-1]
    yield _steady("one share is not lent", a["energy_japanese_spending"][1:], paid, None, gross)


def _others(a: Arrays) -> Iterator[Identity]:
    both = _sum(a, "diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan")
    yield _same("visits of both directions", both, a["diplomacy_visits"])
    for name, quantity in QUANTITIES.items():
        years = a[quantity].shape[0] - YEARS_AVERAGED + 1
        if years > 1:
            recent = sum(a[quantity][lag : lag + years] for lag in range(YEARS_AVERAGED))
            level = 1.0 + np.asarray(recent) / YEARS_AVERAGED / SCALES[name]
            yield _steady(f"{name} follows five years", a[name][YEARS_AVERAGED - 1 :], level)


def _loans_are_agreed_once(a: Arrays) -> Iterator[Bound]:
    """Sums over calendar and fiscal years differ by a part of the first and last year at most."""
    loans = a["oda_loans"]
    agreed, promised = _agreed(a).cumsum(axis=0), loans[1:].cumsum(axis=0)
    slack = 1e-9 * a["oda_cumulative_loans"][1:] * a["macro_jpy_per_usd"][1:]
    enough = agreed >= promised - loans[1:] - slack
    yield Bound("no loan is lost", enough)
    yield Bound("no loan is agreed twice", agreed <= promised + loans[0] + slack)
    yield Bound("nothing is paid back to Japan", _lent(a) >= -slack)


def _agreed(a: Arrays) -> FloatArray:
    """Loans of each calendar year but the first, JPY bn."""
    grown: FloatArray = np.diff(a["oda_cumulative_loans"], axis=0)
    return grown * a["macro_jpy_per_usd"][1:]


def _lent(a: Arrays) -> FloatArray:
    """Loans disbursed in each year but the first, JPY bn: grants are paid in two halves."""
    grants = a["oda_commitments"] - a["oda_loans"]
    return a["oda_disbursements"][1:] - 0.5 * (grants[1:] + grants[:-1])


def _sum(a: Arrays, *names: str) -> FloatArray:
    return np.asarray(sum(a[name] for name in names))


def _same(name: str, left: FloatArray, right: FloatArray) -> Identity:
    return Identity(name, left, right, right)


def _steady(
    name: str,
    part: FloatArray,
    whole: FloatArray,
    gross: FloatArray | None = None,
    gross_whole: FloatArray | None = None,
) -> Identity:
    """Say that `part` is the same share of `whole` in every year of a draw."""
    size = np.abs(part if gross is None else gross)
    other = np.abs(whole if gross_whole is None else gross_whole)
    left, right = part[1:] * whole[:-1], part[:-1] * whole[1:]
    return Identity(name, left, right, size[1:] * other[:-1] + size[:-1] * other[1:])
