"""What follows from what: the series that a lever, an event or a replaced prior may move.

Stated by hand, apart from the links, so that the sectors' own code is not asked about itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from identities import GROUPS, STATUSES

from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.index import QUANTITIES

LABOUR = (
    "labour_intake",
    "labour_entries",
    *STATUSES,
    "labour_stock",
    "labour_conversions",
    "labour_returns",
)
"""One supply and one ceiling bind all entries, so that each status moves the others."""
STUDENTS = ("people_students", "people_student_entries", "people_student_exits")

LENT = (
    "oda_commitments",
    "oda_cumulative_loans",
    "oda_disbursements",
    "oda_undisbursed",
    "oda_repayments",
    "oda_debt",
)
"""What moves with loans; those for vessels, marked by ~, build no infrastructure."""
ON_LOAN = ("security_vessels", "security_vessel_loans", "oda_loans~")
ON_AID_GRANT = ("security_vessels", "security_vessel_grants", "oda_grants")
ON_SECURITY_GRANT = (
    "security_vessels",
    "security_osa_vessels",
    "security_osa_vessel_cost",
    "security_equipment_bought",
    "security_osa_unspent",
)
PURSES = {"loan": ON_LOAN, "grant": ON_AID_GRANT, "osa": ON_SECURITY_GRANT}
"""What an order of vessels moves, by who pays."""
STOPPING = {
    "oda_freeze",
    "oda_corruption_rate",
    "oda_corruption_stop",
    "oda_corruption_stop_spread",
}
SIDES: dict[str, tuple[str, ...]] = {
    side: (side, *(f"{side}_{group}" for group in (*groups, "other")))
    for side, groups in GROUPS.items()
}
"""Exports and imports with all their product groups."""

ENERGY_FINANCE = (
    "energy_japanese_finance",
    "energy_japanese_spending",
    "energy_registered_investment",
    "energy_yen_loans",
)

LEVERS: dict[str, tuple[str, ...]] = {
    "oda_commitments": ("oda_grants", "oda_loans"),
    "oda_loans": ("oda_loans",),
    "oda_grants": ("oda_grants",),
    "oda_income_fading": ("oda_grants", "oda_loans"),
    "oda_corruption_rate": ("oda_loans",),
    "energy_starts": ("energy_projects_started",),
    "oda_delay": ("oda_disbursements", "oda_undisbursed", "oda_infrastructure", "oda_debt"),
    "security_osa_budget": ("security_osa_grants",),
    "security_exchanges": ("security_exchanges",),
    "investment_flow": ("investment_flow",),
    **SIDES,
    **{
        f"{side}_{group}": (side, f"{side}_{group}")
        for side, groups in GROUPS.items()
        for group in groups
    },
    "macro_jpy_per_usd": ("macro_jpy_per_usd",),
    "macro_vn_growth": ("macro_vn_growth",),
    "macro_jp_growth": ("macro_jp_gdp",),
    "people_visitors": ("people_visitors",),
    "people_learners": ("people_learners",),
    "people_students": STUDENTS,
    "diplomacy_visits": ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan"),
    "diplomacy_preference_use": ("diplomacy_preference_use",),
    "labour_trainee_intake": LABOUR,
    "labour_skilled_intake": LABOUR,
    "labour_engineer_intake": LABOUR,
    "labour_demand": LABOUR,
    "labour_supply": LABOUR,
    "labour_conversion_share": LABOUR,
    "labour_stay": LABOUR,
}
EVENTS: dict[str, tuple[str, ...]] = {
    "loan_pledge": ("oda_loans",),
    "oda_freeze": ("oda_loans",),
    "energy_project_start": ("energy_projects_started",),
    "energy_finance": ENERGY_FINANCE,
    "energy_list_extension": ("energy_projects_started",),
    "osa_grant": ("security_osa_grants",),
    "vessel_order": ON_LOAN,
    "summit": ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan"),
    "trade_agreement": ("diplomacy_agreements",),
    "exchange_rate_shock": ("macro_jpy_per_usd",),
    "demand_shock": (
        *SIDES["trade_exports"],
        *SIDES["trade_imports"],
        "investment_flow",
        "people_visitors",
        *STUDENTS,
        *LABOUR,
    ),
    "labour_agreement": LABOUR,
    "labour_cap": LABOUR,
    "maritime_tension": (
        *SIDES["trade_exports"],
        *SIDES["trade_imports"],
        "investment_flow",
        "diplomacy_sea_tension",
    ),
    "supply_chain_shift": ("investment_flow",),
    "political_setback": (
        "diplomacy_visits_to_vietnam",
        "diplomacy_visits_to_japan",
        "diplomacy_setback",
    ),
}
DIRECTIONS = {1.0: "diplomacy_visits_to_vietnam", 2.0: "diplomacy_visits_to_japan"}
FISCAL = frozenset(
    {
        "oda_commitments",
        "oda_grants",
        "oda_loans",
        "security_osa_grants",
        "security_vessel_loans",
        "security_vessel_grants",
        "security_vessel_cost",
        "security_osa_vessels",
        "security_osa_vessel_cost",
        "security_osa_unspent",
        "security_equipment_bought",
    }
)
"""Series by Japanese fiscal year: an event of January to March belongs to the year before."""

MARKS = "+~"
"""Behind the name of a series: only a part of what follows from it does."""
FOLLOWS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(GROUPS, ("trade_turnover", "trade_balance", "trade_cover_ratio")),
    "trade_turnover": ("trade_turnover_gdp",),
    "macro_vn_growth": ("macro_vn_gdp", "macro_vn_gdp_usd"),
    "macro_vn_gdp_usd": ("macro_vn_gdp_per_capita", "trade_turnover_gdp"),
    "macro_jpy_per_usd": (
        "oda_cumulative_loans",
        "oda_disbursements_usd",
        "oda_repayments_usd",
        "oda_net_usd",
        "oda_debt_usd",
        "oda_infrastructure",
        "labour_remittances",
    ),
    "oda_grants": ("oda_commitments", "oda_disbursements"),
    "oda_loans": (*LENT, "oda_infrastructure"),
    "oda_loans~": LENT,
    "security_osa_grants": ("security_equipment_bought", "security_osa_unspent"),
    "security_osa_vessels": ("security_vessels",),
    "security_osa_vessel_cost": ("security_vessel_cost",),
    "security_vessel_loans": ("security_vessel_cost",),
    "security_vessel_grants": ("security_vessel_cost",),
    "security_equipment_bought": ("security_equipment",),
    "security_vessels": ("security_cooperation",),
    "security_equipment": ("security_cooperation",),
    "security_exchanges": ("security_cooperation",),
    "security_ship_visits": ("security_cooperation",),
    "oda_commitments": ("oda_disbursements",),
    "oda_disbursements": ("oda_disbursements_usd", "oda_net"),
    "oda_repayments": ("oda_net", "oda_repayments_usd"),
    "oda_net": ("oda_net_usd",),
    "oda_debt": ("oda_debt_usd",),
    "energy_projects_started": (
        "energy_projects_completed",
        "energy_investment",
        *ENERGY_FINANCE,
    ),
    "investment_flow": ("investment_stock", "investment_projects_new"),
    "investment_flow+": ("investment_stock",),
    "investment_projects_new": ("investment_projects",),
    "investment_stock": ("investment_capital_per_project", "investment_net_flow"),
    "investment_projects": ("investment_capital_per_project",),
    "labour_intake": LABOUR,
    "labour_stock": ("labour_remittances", "labour_workers_all", "people_residents"),
    "labour_workers_all": ("labour_foreign_share",),
    "labour_trainees": ("people_network",),
    "labour_skill_development": ("people_network",),
    "people_student_entries": STUDENTS,
    "people_students": ("labour_workers_all", "people_residents"),
    "people_student_exits": (*LABOUR, "labour_graduates"),
    "people_others": ("labour_workers_all", "people_residents"),
    "people_residents": ("people_network",),
    "diplomacy_visits_to_vietnam": ("diplomacy_visits",),
    "diplomacy_visits_to_japan": ("diplomacy_visits",),
    "diplomacy_visits": ("diplomacy_documents",),
}


def moved_by_event(event: ScenarioEvent) -> tuple[str, ...]:
    """Return the series that an event moves at first."""
    if event.type == "vessel_order":
        return PURSES[event.choice("purse")]
    return (DIRECTIONS[event.amount("to")],) if event.type == "summit" else EVENTS[event.type]


def moved_by_grants(events: Iterable[ScenarioEvent]) -> tuple[str, ...]:
    """Return the series that security grants move besides, where vessels are ordered on them."""
    return ON_SECURITY_GRANT if _orders_on("osa", events) else ()


def moved_by_stops(changed: Iterable[str], events: Iterable[ScenarioEvent]) -> tuple[str, ...]:
    """Return the series that stops of loans move besides, where vessels are ordered on loans.

    `changed` are the levers, priors and types of events that differ.
    """
    return ON_LOAN if STOPPING & set(changed) and _orders_on("loan", events) else ()


def _orders_on(purse: str, events: Iterable[ScenarioEvent]) -> bool:
    orders = (event for event in events if event.type == "vessel_order")
    return any(one.choice("purse") == purse for one in orders)


def moved_by_prior(name: str, series: Iterable[str], links: Mapping[str, Link]) -> tuple[str, ...]:
    """Return the series that a replaced prior may move at first: at most those of its sector.

    The size of a link moves its response.
    """
    acting = [one for other, one in links.items() if name == other or name in one.shared]
    if acting:
        return tuple(s for one in acting for s in SIDES.get(one.response, (one.response,)))
    sector = name.removeprefix("common_loading_").partition("_")[0]
    return tuple(one for one in series if one.partition("_")[0] == sector)


def downstream(
    starts: Iterable[str], links: Mapping[str, Link], still: Iterable[str] = ()
) -> frozenset[str]:
    """Return what some series reach by identities, links and indices, themselves included.

    What a link adds to the flow of investment leaves the number of projects. Series that stay
    `still` are not reached, and nothing is reached through them.
    """
    indices = {quantity: name for name, quantity in QUANTITIES.items()}
    reached: set[str] = set()
    unmoved = frozenset(still)
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in reached or name in unmoved:
            continue
        reached.add(name)
        waiting += FOLLOWS.get(name, ())
        for link in (one for one in links.values() if one.driver == name.rstrip(MARKS)):
            part = link.form == "added" and f"{link.response}+" in FOLLOWS
            moved = SIDES.get(link.response, (link.response,))
            waiting += (f"{link.response}+",) if part else moved
        if (quantity := name.rstrip(MARKS)) in indices:
            waiting += [indices[quantity], "index_partnership"]
    return frozenset(name.rstrip(MARKS) for name in reached)
