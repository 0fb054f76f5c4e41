"""Japanese official development assistance: commitments by fiscal year and the sum of loans."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.identities import calendar_year_loans
from vnjp_sim.sectors.laws import RevertingState, Setting

FloatArray = NDArray[np.float64]


class Oda(Sector):
    """Commitments revert; loans are a constant share; their dollar sum grows at the year's rate.

    The value of a year is that of the Japanese fiscal year that begins in it.
    """

    inputs: ClassVar[tuple[str, ...]] = ("macro_jpy_per_usd",)
    outputs: ClassVar[tuple[str, ...]] = ("oda_commitments", "oda_loans", "oda_cumulative_loans")

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.calibrated = setting.has("oda_commitments.path")
        if not self.calibrated:
            return
        self.law = RevertingState(setting, "oda_commitments")
        self.loan_share = setting.value("oda_loan_share")
        self.before: FloatArray | None = None
        self.level: FloatArray | None = None
        if setting.has("oda_cumulative_loans.path"):
            self.level = setting.last("oda_cumulative_loans")

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the fiscal year's commitments and loans, and the sum of loans at year's end."""
        if not self.calibrated:
            return {}
        commitments = np.exp(self.law.step(year))
        loans = self.loan_share * commitments
        result = {"oda_commitments": commitments, "oda_loans": loans}
        if self.level is not None:
            result["oda_cumulative_loans"] = self._sum(year, loans, values)
        self.before = loans
        return result

    def _sum(self, year: int, loans: FloatArray, values: Values) -> FloatArray:
        known = self.setting.history("oda_cumulative_loans", year)
        if known is not None:
            return known
        if year <= self.setting.last_history or self.level is None or self.before is None:
            return np.full_like(loans, np.nan)
        dollars = calendar_year_loans(self.before, loans) / values["macro_jpy_per_usd"]
        self.level = self.level + dollars
        return self.level
