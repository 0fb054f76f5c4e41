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
"""One ceiling binds the entries of every status, so that each status moves the others."""

LEVERS: dict[str, tuple[str, ...]] = {
    "oda_commitments": ("oda_commitments", "oda_loans", "oda_disbursements"),
    "oda_delay": ("oda_disbursements", "oda_undisbursed", "oda_infrastructure"),
    "security_osa_budget": ("security_osa_grants",),
    "security_exchanges": ("security_exchanges",),
    "investment_flow": ("investment_flow",),
    "trade_exports": ("trade_exports",),
    "trade_imports": ("trade_imports",),
    "macro_jpy_per_usd": ("macro_jpy_per_usd",),
    "macro_vn_growth": ("macro_vn_growth",),
    "macro_jp_growth": ("macro_jp_gdp",),
    "people_visitors": ("people_visitors",),
    "diplomacy_visits": ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan"),
    "labour_trainee_intake": LABOUR,
    "labour_skilled_intake": LABOUR,
    "labour_engineer_intake": LABOUR,
}
EVENTS: dict[str, tuple[str, ...]] = {
    "loan_pledge": ("oda_commitments", "oda_loans"),
    "oda_freeze": ("oda_commitments", "oda_loans"),
    "osa_grant": ("security_osa_grants",),
    "vessel_order": ("security_vessels",),
    "summit": ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan"),
    "trade_agreement": ("diplomacy_agreements",),
    "exchange_rate_shock": ("macro_jpy_per_usd",),
    "demand_shock": (
        "trade_exports",
        "trade_imports",
        "investment_flow",
        "people_visitors",
        *LABOUR,
    ),
    "labour_agreement": LABOUR,
    "labour_cap": LABOUR,
    "maritime_tension": ("trade_exports", "trade_imports", "investment_flow"),
}
DIRECTIONS = {1.0: "diplomacy_visits_to_vietnam", 2.0: "diplomacy_visits_to_japan"}
FISCAL = frozenset({"oda_commitments", "oda_loans", "security_osa_grants"})
"""Series by Japanese fiscal year: an event of January to March belongs to the year before."""

FOLLOWS: dict[str, tuple[str, ...]] = {
    **{
        side: (
            "trade_turnover",
            "trade_balance",
            "trade_cover_ratio",
            *(f"{side}_{group}" for group in (*groups, "other")),
        )
        for side, groups in GROUPS.items()
    },
    "trade_turnover": ("trade_turnover_gdp",),
    "macro_vn_growth": ("macro_vn_gdp", "macro_vn_gdp_usd"),
    "macro_vn_gdp_usd": ("macro_vn_gdp_per_capita", "trade_turnover_gdp"),
    "macro_jpy_per_usd": (
        "oda_cumulative_loans",
        "oda_disbursements_usd",
        "oda_infrastructure",
        "labour_remittances",
    ),
    "oda_loans": (
        "oda_cumulative_loans",
        "oda_disbursements",
        "oda_undisbursed",
        "oda_infrastructure",
        "oda_repayments",
    ),
    "oda_disbursements": ("oda_disbursements_usd", "oda_net"),
    "oda_repayments": ("oda_net",),
    "investment_flow": ("investment_stock", "investment_projects_new"),
    "investment_projects_new": ("investment_projects",),
    "investment_stock": ("investment_capital_per_project", "investment_net_flow"),
    "investment_projects": ("investment_capital_per_project",),
    "labour_intake": LABOUR,
    "labour_stock": ("labour_remittances", "labour_workers_all", "people_residents"),
    "labour_workers_all": ("labour_foreign_share",),
    "labour_trainees": ("people_network",),
    "people_residents": ("people_network",),
    "diplomacy_visits_to_vietnam": ("diplomacy_visits",),
    "diplomacy_visits_to_japan": ("diplomacy_visits",),
    "diplomacy_visits": ("diplomacy_documents",),
}


def moved_by_event(event: ScenarioEvent) -> tuple[str, ...]:
    """Return the series that an event moves at first."""
    return (DIRECTIONS[event.amount("to")],) if event.type == "summit" else EVENTS[event.type]


def moved_by_prior(name: str, series: Iterable[str]) -> tuple[str, ...]:
    """Return the series that a replaced prior may move at first: at most those of its sector."""
    sector = name.removeprefix("common_loading_").partition("_")[0]
    return tuple(one for one in series if one.partition("_")[0] == sector)


def downstream(starts: Iterable[str], links: Mapping[str, Link]) -> frozenset[str]:
    """Return what some series reach by identities, links and indices, themselves included."""
    indices = {quantity: name for name, quantity in QUANTITIES.items()}
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += FOLLOWS.get(name, ())
        waiting += [link.response for link in links.values() if link.driver == name]
        if name in indices:
            waiting += [indices[name], "index_partnership"]
    return frozenset(reached)
