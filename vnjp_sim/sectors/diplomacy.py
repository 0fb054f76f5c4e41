"""Diplomacy: visits by direction, documents signed at them, pairs of localities, the tier."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import CountState, GrowthState, Setting

FloatArray = NDArray[np.float64]

DIRECTIONS = ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan")


class Diplomacy(Sector):
    """Documents are signed at high-level visits; the tier stays where the last upgrade put it."""

    outputs: ClassVar[tuple[str, ...]] = (
        *DIRECTIONS,
        "diplomacy_visits",
        "diplomacy_documents",
        "diplomacy_local_accords",
        "diplomacy_tier",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.visits = [CountState(setting, n) for n in DIRECTIONS if setting.has(f"{n}.rate")]
        self.documents = (
            CountState(setting, "diplomacy_documents")
            if setting.has("diplomacy_documents.rate")
            else None
        )
        self.accords = (
            GrowthState(setting, "diplomacy_local_accords", 1.0)
            if setting.has("diplomacy_local_accords.path")
            else None
        )

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's visits and documents, the accords and the tier at its end."""
        del values
        result = {state.name: state.step(year) for state in self.visits}
        if len(result) == len(DIRECTIONS):
            visits = result[DIRECTIONS[0]] + result[DIRECTIONS[1]]
            result["diplomacy_visits"] = visits
            if self.documents is not None:
                result["diplomacy_documents"] = self.documents.step(year, visits)
        if self.accords is not None:
            result["diplomacy_local_accords"] = self.accords.step(year)
        if self.setting.has("diplomacy_tier.level"):
            result["diplomacy_tier"] = self.setting.value("diplomacy_tier.level")
        return result
