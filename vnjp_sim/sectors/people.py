"""Labour and people: Vietnamese in Japan by status, learners of Japanese, Japanese visitors."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import GrowthState, Setting

FloatArray = NDArray[np.float64]

WORKERS = ("labour_trainees", "labour_skilled", "labour_engineers")


class Labour(Sector):
    """Workers by status and the yearly intake, each by its own law; the stock is their sum."""

    outputs: ClassVar[tuple[str, ...]] = ("labour_intake", *WORKERS, "labour_stock")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.laws = {n: GrowthState(setting, n, 1.0) for n in WORKERS if setting.has(f"{n}.path")}
        self.intake = (
            GrowthState(setting, "labour_intake", 0.5)
            if setting.has("labour_intake.path")
            else None
        )

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's intake and the workers at its end."""
        del values
        result = {name: law.step(year) for name, law in self.laws.items()}
        if len(self.laws) == len(WORKERS):
            result["labour_stock"] = sum_of(result, WORKERS)
        if self.intake is not None:
            result["labour_intake"] = self.intake.step(year)
        return result


class People(Sector):
    """Residents are workers, students and others: the identity holds in every draw."""

    inputs: ClassVar[tuple[str, ...]] = ("labour_stock",)
    outputs: ClassVar[tuple[str, ...]] = (
        "people_residents",
        "people_students",
        "people_others",
        "people_learners",
        "people_visitors",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        offsets = {
            "people_students": 1.0,
            "people_others": 1.0,
            "people_learners": 1.0,
            "people_visitors": 0.5,
        }
        self.laws = {
            name: GrowthState(setting, name, offset)
            for name, offset in offsets.items()
            if setting.has(f"{name}.path")
        }

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's residents, learners and visitors."""
        result = {name: law.step(year) for name, law in self.laws.items()}
        parts = ("labour_stock", "people_students", "people_others")
        known = result | dict(values)
        if all(part in known for part in parts):
            result["people_residents"] = sum_of(known, parts)
        return result


def sum_of(values: Values, names: tuple[str, ...]) -> FloatArray:
    """Return the sum of the named values, (draw,)."""
    total = np.zeros_like(values[names[0]])
    for name in names:
        total = total + values[name]
    return total
