"""What a response moves: outputs that follow when a link, a lever or a shock moves a response.

Impulse responses of log deviations, as the sectors give them in the baseline around 2030: shares of
a sum, stocks that a flow feeds, and the index over five years. They serve the check that loops of
links die out (see :mod:`stability`), nothing else; a test compares them with the engine.
"""

from __future__ import annotations

from vnjp_sim.sectors.link_stability import Transmission
from vnjp_sim.sectors.trade import EXPORT_GROUPS, IMPORT_GROUPS

T = Transmission

TRANSMISSIONS: tuple[Transmission, ...] = (
    *(T("trade_exports", f"trade_exports_{group}", 1.0) for group in (*EXPORT_GROUPS, "other")),
    T("trade_exports", "trade_exports", 1.0),
    T("trade_exports", "trade_turnover", 0.51),
    T("trade_exports", "trade_turnover_gdp", 0.51),
    T("trade_exports", "trade_balance", 1.0),
    T("trade_exports", "trade_cover_ratio", 1.0),
    T("trade_exports", "index_trade", 0.10, 0.10, 0.75),
    T("trade_exports", "index_partnership", 0.012, 0.012, 0.75),
    *(T("trade_imports", f"trade_imports_{group}", 1.0) for group in (*IMPORT_GROUPS, "other")),
    T("trade_imports", "trade_imports", 1.0),
    T("trade_imports", "trade_turnover", 0.49),
    T("trade_imports", "trade_turnover_gdp", 0.49),
    T("trade_imports", "trade_balance", -1.0),
    T("trade_imports", "trade_cover_ratio", -1.0),
    T("trade_imports", "index_trade", 0.10, 0.10, 0.75),
    T("trade_imports", "index_partnership", 0.012, 0.012, 0.75),
    T("investment_flow", "investment_flow", 1.0),
    T("investment_flow", "investment_stock", 0.05, 0.047, 0.95),
    T("investment_flow", "investment_projects_new", 1.0),
    T("investment_flow", "investment_projects", 0.045, 0.043, 0.955),
    T("investment_flow", "investment_capital_per_project", 0.006, 0.004, 0.80),
    T("investment_flow", "index_investment", 0.19, 0.18, 0.75),
    T("investment_flow", "index_partnership", 0.021, 0.020, 0.75),
    T("people_visitors", "people_visitors", 1.0),
    T("labour_intake", "labour_intake", 1.0),
    T("labour_intake", "labour_entries", 0.90),
    T("labour_intake", "labour_trainees", 0.30, 0.21, 0.70),
    T("labour_intake", "labour_skilled", 0.064, 0.120, 0.87),
    T("labour_intake", "labour_engineers", 0.094, 0.074, 0.79),
    T("labour_intake", "labour_stock", 0.185, 0.144, 0.79),
    T("labour_intake", "labour_conversions", 0.0, 0.30, 0.70),
    T("labour_intake", "labour_returns", 0.0, 0.184, 0.79),
    T("labour_intake", "labour_remittances", 0.095, 0.164, 0.79),
    T("labour_intake", "labour_foreign_share", 0.134, 0.104, 0.79),
    T("labour_intake", "people_residents", 0.128, 0.100, 0.79),
    T("labour_intake", "people_network", 0.095, 0.080, 0.82),
    T("labour_intake", "index_labour", 0.039, 0.091, 0.93),
    T("labour_intake", "index_people", 0.028, 0.063, 0.93),
    T("labour_intake", "index_partnership", 0.008, 0.018, 0.93),
)
