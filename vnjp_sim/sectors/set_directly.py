"""What a lever or an event sets by itself: the indicators that it moves before any link does.

An effect there says what the scenario asks for, not what the model finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FLOWS_OF_DEMAND = (
    "trade_exports",
    "trade_imports",
    "investment_flow",
    "labour_intake",
    "people_visitors",
)

BY_LEVER: dict[str, tuple[str, ...]] = {
    "oda_commitments": ("oda_commitments",),
    "oda_delay": (),
    "security_osa_budget": ("security_osa_grants",),
    "security_exchanges": ("security_exchanges",),
    "investment_flow": ("investment_flow",),
    "trade_exports": ("trade_exports",),
    "trade_imports": ("trade_imports",),
    "macro_jpy_per_usd": ("macro_jpy_per_usd",),
    "macro_vn_growth": ("macro_vn_growth", "macro_vn_gdp"),
    "macro_jp_growth": ("macro_jp_gdp",),
    "people_visitors": ("people_visitors",),
    "diplomacy_visits": ("diplomacy_visits",),
    "labour_trainee_intake": ("labour_intake",),
    "labour_skilled_intake": ("labour_intake",),
    "labour_engineer_intake": ("labour_intake",),
}
BY_EVENT: dict[str, tuple[str, ...]] = {
    "loan_pledge": ("oda_loans",),
    "oda_freeze": ("oda_loans",),
    "osa_grant": ("security_osa_grants",),
    "vessel_order": ("security_vessels",),
    "summit": ("diplomacy_visits",),
    "trade_agreement": ("diplomacy_agreements",),
    "exchange_rate_shock": ("macro_jpy_per_usd",),
    "demand_shock": FLOWS_OF_DEMAND,
    "labour_agreement": ("labour_intake",),
    "labour_cap": ("labour_stock",),
    "maritime_tension": ("trade_exports", "trade_imports", "investment_flow"),
}


def set_by(scenario: Mapping[str, Any], other: Mapping[str, Any]) -> frozenset[str]:
    """Return the indicators that a scenario sets by itself otherwise than another does.

    Both are as in the manifest of a run.
    """
    levers = {*scenario["levers"], *other["levers"]}
    moved = [n for n in levers if scenario["levers"].get(n) != other["levers"].get(n)]
    mine, theirs = (
        {(day, kind, str(amounts)) for day, kind, amounts in content["events"]}
        for content in (scenario, other)
    )
    found = [name for lever in moved for name in BY_LEVER.get(lever, ())]
    found += [name for _, kind, _ in mine ^ theirs for name in BY_EVENT.get(kind, ())]
    return frozenset(found)
