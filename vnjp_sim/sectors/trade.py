"""Trade in goods: turnover, exports and imports by the identity, product groups as shares.

The law gives turnover T and r = log(X / M); links, levers and demand shocks act on exports X and
imports M, turnover is their sum, and product groups are shares of each. A demand shock takes a part
of both away on its date; what is lost comes back with its half-life.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.demand import share_after_demand_shocks, share_after_tension
from vnjp_sim.sectors.identities import split_turnover
from vnjp_sim.sectors.laws import GrowthState, RevertingState, SectorContext, SharesState

FloatArray = NDArray[np.float64]

EXPORT_GROUPS = ("textiles", "vehicles", "machinery", "wood", "seafood")
IMPORT_GROUPS = ("electronics", "machinery", "steel", "plastics", "fabrics")
GROUPS = {"exports": EXPORT_GROUPS, "imports": IMPORT_GROUPS}


class Trade(Sector):
    """Turnover T and r = log(X / M) follow their laws; X + M = T and the groups sum to each."""

    inputs: ClassVar[tuple[str, ...]] = ("macro_vn_gdp_usd",)
    responses: ClassVar[tuple[str, ...]] = ("trade_exports", "trade_imports")
    outputs: ClassVar[tuple[str, ...]] = (
        "trade_turnover",
        "trade_exports",
        "trade_imports",
        "trade_balance",
        "trade_cover_ratio",
        "trade_turnover_gdp",
        *(f"trade_exports_{group}" for group in (*EXPORT_GROUPS, "other")),
        *(f"trade_imports_{group}" for group in (*IMPORT_GROUPS, "other")),
    )

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return trade, its ratio to output if that is known, and the groups of each side."""
        if not {"trade_turnover.path", "trade_balance_ratio.path"} <= set(known):
            return ()
        missing = [] if "macro_vn_gdp_usd" in before else ["trade_turnover_gdp"]
        for side, groups in GROUPS.items():
            if f"trade_{side}_groups.path" not in known:
                missing += [f"trade_{side}_{group}" for group in (*groups, "other")]
        return tuple(name for name in cls.outputs if name not in missing)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.calibrated = context.has("trade_turnover.path", "trade_balance_ratio.path")
        if not self.calibrated:
            return
        self.turnover = GrowthState(context, "trade_turnover", 0.5)
        self.ratio = RevertingState(context, "trade_balance_ratio")
        self.shares = {
            side: SharesState(
                context, f"trade_{side}_groups", tuple(f"trade_{side}_{g}" for g in groups)
            )
            for side, groups in GROUPS.items()
            if context.has(f"trade_{side}_groups.path")
        }

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's trade."""
        if not self.calibrated:
            return {}
        exports, imports = split_turnover(self.turnover.step(year), self.ratio.step(year))
        exports = self._steered("trade_exports", year, exports)
        imports = self._steered("trade_imports", year, imports)
        turnover = exports + imports
        result = {
            "trade_turnover": turnover,
            "trade_exports": exports,
            "trade_imports": imports,
            "trade_balance": exports - imports,
            "trade_cover_ratio": exports / imports,
        }
        if "macro_vn_gdp_usd" in values:
            result["trade_turnover_gdp"] = 100.0 * turnover / values["macro_vn_gdp_usd"]
        for side, state in self.shares.items():
            whole = result[f"trade_{side}"]
            names = [*state.groups, f"trade_{side}_other"]
            for name, share in zip(names, state.step(year), strict=True):
                result[name] = whole * share
        return result

    def _steered(self, name: str, year: int, value: FloatArray) -> FloatArray:
        """Return exports or imports with links, levers and demand shocks."""
        if year <= self.context.last_history:
            return value
        controls = self.context.controls
        value = controls.steer(name, year, controls.act(name, year, value))
        tension = share_after_tension(controls.of_type("maritime_tension"), "trade", year)
        return value * (tension * share_after_demand_shocks(controls.of_type("demand_shock"), year))
