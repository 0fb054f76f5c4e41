r"""Security: exchanges of the armed forces, visits of ships, and cooperation as a whole.

Exchanges and ship visits are counts. Dialogues that the documents say are kept up have one exchange
each a year besides: a year is expected to bring the rate of the law and the number R of these. A
lever and links act on what is expected, E = rate + R. At the share f of it that is left, each
recurring dialogue takes place with the chance f, and the law has f times its rate; beyond it the
law adds what recurring dialogues cannot give, since they come once a year. Vessels and equipment
from Japan raise both counts a little by links, see `links.yml`.

The cooperation that the index measures adds unlike things by weights of judgement, in exchanges a
year: exchanges and port calls one each, vessels and sets of equipment in service less. It does not
count grants beside what they buy. Nothing here has an economic effect; what vessels cost is charged
to aid, see :mod:`vessel_orders`.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.laws import CountState

FloatArray = NDArray[np.float64]

EXCHANGES, SHIP_VISITS = COUNTS = ("security_exchanges", "security_ship_visits")
COOPERATION = "security_cooperation"


class SecurityCounts(Sector):
    """Exchanges of the armed forces and visits of ships in a year."""

    laws: ClassVar[tuple[Law, ...]] = tuple(Law(name, "count") for name in COUNTS)
    gives: ClassVar[tuple[Output, ...]] = (
        Output(EXCHANGES, laws=(EXCHANGES,), responses=(EXCHANGES,), set_by=(EXCHANGES,)),
        Output(SHIP_VISITS, laws=(SHIP_VISITS,), responses=(SHIP_VISITS,)),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.states = [self.count(name) for name in COUNTS if self.is_calibrated(name)]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's counts."""
        del values
        return {state.name: self._counted(state, year) for state in self.states}

    def _counted(self, state: CountState, year: int) -> FloatArray:
        """Return the counts of a year, (draw,): those of the law, and recurring ones."""
        name, recurring = state.name, state.recurring(year)
        rate = self.context.value(f"{name}.rate")
        share = self._share(name, year, rate + recurring)
        if share is None:
            return state.step(year) + recurring
        held = np.zeros(share.size)
        for number in range(recurring):
            held += self.context.streams.uniform(f"{name}.recurring_{number}", year) < share
        further = recurring * np.maximum(share - 1.0, 0.0) / rate
        return state.step(year, share + further) + held

    def _share(self, name: str, year: int, expected: FloatArray) -> FloatArray | None:
        """Return what a lever and links leave of the expected number, (draw,); None if all."""
        if year <= self.context.last_history:
            return None
        controls = self.context.controls
        steered = controls.steer(name, year, expected)
        moved = controls.act(name, year, steered)
        return None if moved is expected else np.maximum(moved, 0.0) / expected


class Cooperation(Sector):
    """Exchanges, port calls, vessels and equipment in one number."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            COOPERATION,
            "exchanges and port calls, vessels and equipment at their weights",
            (EXCHANGES, SHIP_VISITS, "security_vessels", "security_equipment"),
            priors=("security_vessel_weight", "security_equipment_weight"),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.vessel = context.drawn("security_vessel_weight")
        self.equipment = context.drawn("security_equipment_weight")

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the cooperation of `year`, in exchanges."""
        del year
        parts = self.gives[0].parents
        if any(name not in values for name in parts):
            return {}
        exchanges, visits, vessels, equipment = (values[name] for name in parts)
        armed = self.vessel * vessels + self.equipment * equipment
        return {COOPERATION: exchanges + visits + armed}
