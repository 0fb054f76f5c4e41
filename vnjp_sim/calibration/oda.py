"""The aid group: commitments by Japanese fiscal year, the yen's rate, loans and their sum.

An amount that a document gives in yen and in dollars tells the rate at which it was converted:
that of some day near the fiscal year, so the rate of the year up to a log error of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.groups import Accumulation, Group, State
from vnjp_sim.calibration.observation_model import two_sided
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import RevertingLaw

FloatArray = NDArray[np.float64]

COMMITMENTS, RATE = "oda_commitments", "macro_jpy_per_usd"
LOANS, CUMULATIVE = "oda_loans", "oda_cumulative_loans"
LOAN_SHARE = "oda_loan_share"
IN_DOLLARS = "oda_commitments_usd"
CONVERSION = "oda_conversion_error"
MILLIONS_PER_BILLION = 1_000.0


class OdaGroup(Group):
    """Loans are a constant share of commitments; their dollar sum grows at the year's rate.

    A fiscal year's loans are spread evenly over its twelve months.
    """

    @property
    def measured(self) -> frozenset[str]:
        """The indicators that a draw of the group says something of."""
        return super().measured | {LOANS, IN_DOLLARS}

    def of_law(self, law: PathLaw) -> list[Observation]:
        """Return the figures of a law; amounts in dollars belong to the rate."""
        extra = [f for f in self.figures if law.name == RATE and f.indicators == (IN_DOLLARS,)]
        return super().of_law(law) + extra

    def anchors(self, state: State, law: PathLaw) -> dict[float, FloatArray]:
        """Return what pins a law; the exchange rate's given level counts as a figure."""
        found = super().anchors(state, law)
        spec = law.spec
        if isinstance(spec, RevertingLaw) and spec.level is not None:
            assert spec.level_year is not None  # noqa: S101 - a level comes with its year
            if spec.level_year + 0.5 in self.times[law.name]:  # not after the history's end
                score = state.rng.standard_normal(state.size)
                found[spec.level_year + 0.5] = np.log(spec.level.prior.transform(score))
        if law.name == RATE:
            self._pin_conversions(state, law, found)
        return found

    def _pin_conversions(self, state: State, law: PathLaw, found: dict[float, FloatArray]) -> None:
        """Pin the rate by amounts given in both currencies (commitments are drawn before)."""
        for figure in self._open(state):
            if figure.indicators != (IN_DOLLARS,) or not two_sided(figure):
                continue
            time = self.time_of(law, figure.period)
            if time is None or time in found or time not in self.times[COMMITMENTS]:
                continue
            dollars = self.true_level(state, figure) / MILLIONS_PER_BILLION
            error = state.extra[CONVERSION] * state.rng.standard_normal(state.size)
            yen = self.value_at(state, COMMITMENTS, time)
            found[time] = np.log(yen / dollars) + error
            self.use(state, figure, np.log(dollars) + self.error(state, figure))

    def measure(self, state: State, name: str, period: Period) -> FloatArray:
        """Return commitments, loans or their sum over a period, (draw,)."""
        if name == LOANS:
            return state.extra[LOAN_SHARE] * super().measure(state, COMMITMENTS, period)
        if name == IN_DOLLARS:
            rate = self.value_at(state, RATE, period.start + 0.5)
            yen = super().measure(state, COMMITMENTS, period)
            return MILLIONS_PER_BILLION * yen / rate
        return super().measure(state, name, period)

    def _pin_flows(self, state: State, law: PathLaw, found: dict[float, FloatArray]) -> None:
        """Pin nothing: loans of a calendar year mix two fiscal years, and their rate."""

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
