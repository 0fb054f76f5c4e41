"""The indicators that calibration knows by name: the one place where they are typed in."""

from __future__ import annotations

from dataclasses import dataclass

from vnjp_sim.sectors.labour import WORKERS


@dataclass(frozen=True)
class Accumulation:
    """A stock that is a base plus the flows of a law."""

    stock: str
    flow: str


@dataclass(frozen=True)
class Series:
    """A group of growth laws that stand apart from the special groups."""

    name: str
    flows: tuple[str, ...] = ()
    stocks: tuple[str, ...] = ()
    accumulations: tuple[Accumulation, ...] = ()


SERIES = (
    Series(
        "investment",
        flows=("investment_flow",),
        accumulations=(Accumulation("investment_stock", "investment_flow"),),
    ),
    Series(
        "investment_projects",
        flows=("investment_projects_new",),
        accumulations=(Accumulation("investment_projects", "investment_projects_new"),),
    ),
    *(
        Series(name, flows=(name,)) if flow else Series(name, stocks=(name,))
        for name, flow in (
            ("people_learners", False),
            ("people_visitors", True),
            ("diplomacy_local_accords", False),
            ("investment_park_firms", False),
            ("investment_vn_projects", False),
            ("investment_vn_capital", False),
            ("people_japanese_specialists", False),
        )
    ),
)

# trade
TURNOVER, RATIO = "trade_turnover", "trade_balance_ratio"
EXPORTS, IMPORTS = "trade_exports", "trade_imports"
BALANCE, COVER = "trade_balance", "trade_cover_ratio"
MEASURED = (TURNOVER, EXPORTS, IMPORTS, BALANCE, COVER)
SEASON_OF_RATIO = "trade_balance_season"

# aid
COMMITMENTS, RATE = "oda_commitments", "macro_jpy_per_usd"
LOANS, CUMULATIVE = "oda_loans", "oda_cumulative_loans"
IN_DOLLARS = "oda_commitments_usd"
LOAN_SHARE, CONVERSION = "oda_loan_share", "oda_conversion_error"

# residents and workers
RESIDENTS, OTHERS, STUDENTS = "people_residents", "people_others", "people_students"
STOCK_OF_WORKERS, INTAKE = "labour_stock", "labour_intake"
COUNTED = "labour_counted_share"
CONVERTED, FROM_ABROAD = "labour_conversion", "labour_engineers_abroad"
EXITS = {name: name.replace("labour_", "labour_exit_") for name in WORKERS}
FLOWS_OF_WORKERS = (*EXITS.values(), CONVERTED, FROM_ABROAD, COUNTED)
RESIDENT_PARTS = (*WORKERS, STUDENTS, OTHERS)
RESIDENT_SUMS = {RESIDENTS: RESIDENT_PARTS, STOCK_OF_WORKERS: WORKERS}

# documented levels
OUTPUT, PER_HEAD = "macro_vn_gdp_usd", "macro_vn_gdp_per_capita"
FOREIGN_SHARE = "labour_foreign_share"
VESSELS = "security_vessels"
PROMISED, DELIVERED = f"{VESSELS}_promised", f"{VESSELS}_delivered"
LISTED_PROJECTS = "energy_projects_listed"
