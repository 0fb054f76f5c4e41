r"""Trade in goods: turnover, exports and imports by the identity, product groups as shares.

The law gives turnover T, along the central course of Vietnam's output in dollars, and
r = log(X / M). Links, levers and shocks act on exports X and imports M as wholes. A product group g
has a share w of what they leave, and its lever multiplies it by f. What a group gains or loses is
new to its whole and changes no other group,

.. math::
    X' = X \left(1 + \sum_g w_g (f_g - 1)\right), \qquad X'_g = f_g w_g X,

so that the groups still sum to exports, and exports and imports to turnover. A demand shock takes a
part of both away on its date; what is lost comes back with its half-life.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_after_demand_shocks, share_while_it_lasts, times
from vnjp_sim.sectors.identities import split_turnover

FloatArray = NDArray[np.float64]

EXPORT_GROUPS = ("textiles", "vehicles", "machinery", "wood", "seafood")
IMPORT_GROUPS = ("electronics", "machinery", "steel", "plastics", "fabrics")
GROUPS = {"exports": EXPORT_GROUPS, "imports": IMPORT_GROUPS}
TURNOVER, RATIO = "trade_turnover", "trade_balance_ratio"
ALL_GROUPS = {
    side: tuple(f"trade_{side}_{group}" for group in (*groups, "other"))
    for side, groups in GROUPS.items()
}
SIDES = EXPORTS, IMPORTS = "trade_exports", "trade_imports"
BALANCE, COVER = "trade_balance", "trade_cover_ratio"
MEASURED = (TURNOVER, EXPORTS, IMPORTS, BALANCE, COVER)
SEASON_OF_RATIO = "trade_balance_season"
OWN_GROWTH = "trade_turnover_own_growth"


def _groups(side: str) -> tuple[str, ...]:
    """Return the product groups of exports or imports that have a lever, all but the rest."""
    return tuple(f"trade_{side}_{group}" for group in GROUPS[side])


def _side(side: str, text: str) -> Output:
    """Return exports or imports, on which the same bears."""
    return Output(
        f"trade_{side}",
        text,
        laws=(TURNOVER, RATIO),
        priors=(OWN_GROWTH,),
        responses=(f"trade_{side}",),
        set_by=(f"trade_{side}", "demand_shock", "maritime_tension"),
        moved_by=_groups(side),
    )


def _group(side: str, name: str) -> Output:
    """Return a product group, which the levers of other groups spare."""
    levers = _groups(side)
    return Output(
        name,
        f"a share of trade_{side}, then what its lever makes of it",
        (f"trade_{side}",),
        laws=(f"trade_{side}_groups",),
        set_by=(name,) if name in levers else (),
        spared_by=levers,
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
                parts=_groups(side),
            )
            for side in GROUPS
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
            _group(side, f"trade_{side}_{group}")
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
        exports, groups = self._divided("exports", year, self._steered(EXPORTS, year, exports))
        imports, others = self._divided("imports", year, self._steered(IMPORTS, year, imports))
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
        return result | groups | others

    def _divided(
        self, side: str, year: int, whole: FloatArray
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return exports or imports and their product groups, with what levers do to groups.

        `whole` is that of the year before any lever of a group, (draw,) in USD bn.
        """
        if side not in self.shares:
            return whole, {}
        names, shares = ALL_GROUPS[side], self.shares[side].step(year)
        total, groups = whole, dict(zip(names, whole * shares, strict=True))
        if year <= self.context.last_history:
            return total, groups
        for name in names:
            if name not in self.context.controls.levers:
                continue
            usual = groups[name]
            groups[name] = self.context.controls.steer(name, year, usual)
            total = total + (groups[name] - usual)
        return total, groups

    def _steered(self, name: str, year: int, value: FloatArray) -> FloatArray:
        """Return exports or imports with links, levers and demand shocks."""
        controls = self.context.controls
        value = controls.act(name, year, value)
        if year <= self.context.last_history:
            return value
        value = controls.steer(name, year, value)
        tension = share_while_it_lasts(controls.of_type("maritime_tension"), "trade", year)
        shocks = controls.of_type("demand_shock")
        return times(value, tension * share_after_demand_shocks(shocks, "trade", year))
