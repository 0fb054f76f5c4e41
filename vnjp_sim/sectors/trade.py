"""Trade in goods: turnover, exports and imports by the identity, product groups as shares.

The law gives turnover T, along the central course of Vietnam's output in dollars, and
r = log(X / M); links, levers and demand shocks act on exports X and imports M, turnover is their
sum, and product groups are shares of each. A demand shock takes a part
of both away on its date; what is lost comes back with its half-life.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks, share_after_tension
from vnjp_sim.sectors.identities import split_turnover

FloatArray = NDArray[np.float64]

EXPORT_GROUPS = ("textiles", "vehicles", "machinery", "wood", "seafood")
IMPORT_GROUPS = ("electronics", "machinery", "steel", "plastics", "fabrics")
GROUPS = {"exports": EXPORT_GROUPS, "imports": IMPORT_GROUPS}
TURNOVER, RATIO = "trade_turnover", "trade_balance_ratio"
SIDES = EXPORTS, IMPORTS = "trade_exports", "trade_imports"
BALANCE, COVER = "trade_balance", "trade_cover_ratio"
MEASURED = (TURNOVER, EXPORTS, IMPORTS, BALANCE, COVER)
SEASON_OF_RATIO = "trade_balance_season"
OWN_GROWTH = "trade_turnover_own_growth"


def _side(side: str, text: str) -> Output:
    """Return exports or imports, on which the same bears."""
    return Output(
        f"trade_{side}",
        text,
        laws=(TURNOVER, RATIO),
        priors=(OWN_GROWTH,),
        responses=(f"trade_{side}",),
        set_by=(f"trade_{side}", "demand_shock", "maritime_tension"),
    )


class Trade(Sector):
    """Turnover T and r = log(X / M) follow their laws; X + M = T and the groups sum to each."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            TURNOVER,
            flow=True,
            group="trade",
            carries=tuple((side, 0.5) for side in SIDES),
            own_growth=OWN_GROWTH,
        ),
        Law(
            RATIO,
            "reverting",
            flow=True,
            group="trade",
            calibrated_with=(SEASON_OF_RATIO,),
            carries=((EXPORTS, 1.0), (IMPORTS, -1.0)),
        ),
        *(
            Law(
                f"trade_{side}_groups",
                "shares",
                parts=tuple(f"trade_{side}_{group}" for group in groups),
            )
            for side, groups in GROUPS.items()
        ),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            TURNOVER,
            "exports plus imports",
            SIDES,
            is_sum=True,
        ),
        _side("exports", "T e^r / (1 + e^r) with turnover T and log ratio r"),
        _side("imports", "T / (1 + e^r) with turnover T and log ratio r"),
        Output(BALANCE, "exports less imports", SIDES),
        Output(COVER, "exports over imports", SIDES),
        Output("trade_turnover_gdp", "turnover over output", (TURNOVER, "macro_vn_gdp_usd")),
        *(
            Output(
                f"trade_{side}_{group}",
                f"a share of trade_{side}",
                (f"trade_{side}",),
                laws=(f"trade_{side}_groups",),
            )
            for side, groups in GROUPS.items()
            for group in (*groups, "other")
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.calibrated = self.is_calibrated(TURNOVER, RATIO)
        if not self.calibrated:
            return
        self.turnover, self.ratio = self.state(TURNOVER), self.state(RATIO)
        self.shares = {
            side: self.state(f"trade_{side}_groups")
            for side in GROUPS
            if self.is_calibrated(f"trade_{side}_groups")
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
            names = [f"trade_{side}_{group}" for group in (*GROUPS[side], "other")]
            for name, share in zip(names, state.step(year), strict=True):
                result[name] = whole * share
        return result

    def _steered(self, name: str, year: int, value: FloatArray) -> FloatArray:
        """Return exports or imports with links, levers and demand shocks."""
        controls = self.context.controls
        value = controls.act(name, year, value)
        if year <= self.context.last_history:
            return value
        value = controls.steer(name, year, value)
        tension = share_after_tension(controls.of_type("maritime_tension"), "trade", year)
        return value * (tension * share_after_demand_shocks(controls.of_type("demand_shock"), year))
