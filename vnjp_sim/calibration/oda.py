"""The aid group: commitments by Japanese fiscal year, the yen's rate, loans and their sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.groups import Accumulation, Group, State
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.parameters import RevertingLaw
from vnjp_sim.vocabulary import Period

FloatArray = NDArray[np.float64]

COMMITMENTS, RATE = "oda_commitments", "macro_jpy_per_usd"
LOANS, CUMULATIVE = "oda_loans", "oda_cumulative_loans"
LOAN_SHARE = "oda_loan_share"


class OdaGroup(Group):
    """Loans are a constant share of commitments; their dollar sum grows at the year's rate.

    A fiscal year's loans are spread evenly over its twelve months.
    """

    def anchors(self, state: State, law: PathLaw) -> dict[float, FloatArray]:
        """Return what pins a law; the exchange rate's given level counts as a figure."""
        found = super().anchors(state, law)
        spec = law.spec
        if isinstance(spec, RevertingLaw) and spec.level is not None:
            assert spec.level_year is not None  # noqa: S101 - a level comes with its year
            score = state.rng.standard_normal(state.size)
            found[spec.level_year + 0.5] = np.log(spec.level.prior.transform(score))
        return found

    def measure(self, state: State, name: str, period: Period) -> FloatArray:
        """Return commitments, loans or their sum over a period, (draw,)."""
        if name == LOANS:
            return state.extra[LOAN_SHARE] * super().measure(state, COMMITMENTS, period)
        return super().measure(state, name, period)

    def increment(
        self, state: State, stock: Accumulation, year: int, start: float, end: float
    ) -> FloatArray:
        """Return the dollars (bn) of loans, (draw,), between two fractions of a year."""
        del stock
        before = max(min(end, 0.25) - start, 0.0)
        after = max(end - max(start, 0.25), 0.0)
        yen = before * self._fiscal(state, year - 1) + after * self._fiscal(state, year)
        rate: FloatArray = np.exp(state.paths[RATE].value[self.times[RATE].index(year + 0.5)])
        return state.extra[LOAN_SHARE] * yen / rate

    def _fiscal(self, state: State, year: int) -> FloatArray:
        return self.value_at(state, COMMITMENTS, year + 0.75)
