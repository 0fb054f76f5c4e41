"""Diplomacy: visits by direction, documents signed at them, agreements, localities, the tier.

Visits are counts whose expected number a scenario may steer; a summit of the scenario adds one in
its direction. Documents are signed at visits. Agreements count those that enter into force within
the horizon, pro rata by days in their first year. The tier rises with a calibrated hazard up to
the top, where it has been since 2023.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.identities import rest_of_year
from vnjp_sim.sectors.laws import CountState, GrowthState, SectorContext

FloatArray = NDArray[np.float64]

TOP_TIER = 4.0
DIRECTIONS = ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan")


class Diplomacy(Sector):
    """What the two governments do with each other."""

    outputs: ClassVar[tuple[str, ...]] = (
        *DIRECTIONS,
        "diplomacy_visits",
        "diplomacy_documents",
        "diplomacy_agreements",
        "diplomacy_local_accords",
        "diplomacy_tier",
    )

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return agreements, and what the calibration has of visits, documents, accords, tier."""
        del before
        names = [name for name in DIRECTIONS if f"{name}.rate" in known]
        if len(names) == len(DIRECTIONS):
            names.append("diplomacy_visits")
            names += [n for n in ("diplomacy_documents",) if f"{n}.rate" in known]
        names.append("diplomacy_agreements")
        names += [n for n in ("diplomacy_local_accords",) if f"{n}.path" in known]
        names += [n for n in ("diplomacy_tier",) if f"{n}.level" in known]
        return tuple(names)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.tier: FloatArray | None = None
        if context.has("diplomacy_tier.level"):
            self.tier = context.value("diplomacy_tier.level")
        self.visits = [CountState(context, n) for n in DIRECTIONS if context.has(f"{n}.rate")]
        self.documents = (
            CountState(context, "diplomacy_documents")
            if context.has("diplomacy_documents.rate")
            else None
        )
        self.accords = (
            GrowthState(context, "diplomacy_local_accords", 1.0)
            if context.has("diplomacy_local_accords.path")
            else None
        )

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's visits and documents, the accords and the tier at its end."""
        del values
        result = {state.name: self._visits(state, year) for state in self.visits}
        if len(result) == len(DIRECTIONS):
            visits = result[DIRECTIONS[0]] + result[DIRECTIONS[1]]
            result["diplomacy_visits"] = visits
            if self.documents is not None:
                result["diplomacy_documents"] = self.documents.step(year, visits)
        result["diplomacy_agreements"] = self._agreements(year)
        if self.accords is not None:
            result["diplomacy_local_accords"] = self.accords.step(year)
        if self.tier is not None:
            result["diplomacy_tier"] = self._upgraded(year)
        return result

    def _upgraded(self, year: int) -> FloatArray:
        """Return the tier at the end of `year`: upgrades by a calibrated hazard up to the top."""
        if self.tier is None or year <= self.context.last_history:
            return self.context.value("diplomacy_tier.level")
        chance = -np.expm1(-self.context.value("diplomacy_upgrade.rate"))
        upgrade = self.context.streams.uniform("diplomacy_tier.upgrade", year) < chance
        self.tier = np.minimum(self.tier + upgrade, TOP_TIER)
        return self.tier

    def _visits(self, state: CountState, year: int) -> FloatArray:
        """Return the visits of a year in one direction, summits of the scenario included."""
        controls = self.context.controls
        expected = np.ones(self.context.streams.size)
        if year > self.context.last_history:
            expected = controls.steer("diplomacy_visits", year, expected)
        direction = 1.0 + DIRECTIONS.index(state.name)
        summits = sum(
            event.on.year == year and event.amount("to") == direction
            for event in controls.of_type("summit")
        )
        return state.step(year, expected) + summits

    def _agreements(self, year: int) -> FloatArray:
        """Return the agreements in force in a year, (draw,), pro rata in their first."""
        count = 0.0
        for event in self.context.controls.of_type("trade_agreement"):
            if event.on.year < year:
                count += 1.0
            elif event.on.year == year:
                count += rest_of_year(event.on)
        return np.full(self.context.streams.size, count)
