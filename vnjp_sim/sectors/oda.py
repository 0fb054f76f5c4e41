r"""Japanese official development assistance: from commitment to infrastructure.

Commitments C of a Japanese fiscal year revert (see :mod:`growth`); loans are a constant share of
them, grants the rest. A year's loans are a cohort. Of a cohort, the part

.. math:: G(u) = (1 - \kappa) / (1 + (m f / u)^b)

is disbursed u years after the middle of its fiscal year: a log-logistic lag with median m, shape b,
the delay factor f of the cohort, and a part κ that is cancelled. Grants are paid out half in their
year and half in the next. With the yen's rate of the year, disbursed loans build infrastructure,

.. math:: K_t = (1 - \delta) K_{t-1} + D_t / e_t.

Cohorts before the first documented year are one constant amount a year, such that all loans sum to
the documented total in dollars.

Amounts in JPY bn, infrastructure and the sum of loans in USD bn. A freeze stops new loans for its
time; a pledge adds to the loans of the fiscal year of its date.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.identities import calendar_year_loans, fiscal_overlap, fiscal_year
from vnjp_sim.sectors.laws import RevertingState, Setting

FloatArray = NDArray[np.float64]

FIRST_COHORT = 1993
"""Japan resumed yen loans to Vietnam at the end of 1992."""
MIDDLE_OF_FISCAL_YEAR = 0.75


class Oda(Sector):
    """Commitments, loans and what becomes of each year's cohort."""

    inputs: ClassVar[tuple[str, ...]] = ("macro_jpy_per_usd",)
    outputs: ClassVar[tuple[str, ...]] = (
        "oda_commitments",
        "oda_loans",
        "oda_cumulative_loans",
        "oda_disbursements",
        "oda_disbursements_usd",
        "oda_undisbursed",
        "oda_infrastructure",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.calibrated = setting.has("oda_commitments.path", "oda_cumulative_loans.path")
        if not self.calibrated:
            return
        self.law = RevertingState(setting, "oda_commitments")
        self.loan_share = setting.value("oda_loan_share")
        self.level = setting.last("oda_cumulative_loans")
        self.lag = setting.drawn("oda_disbursement_lag")
        self.shape = float(setting.drawn("oda_disbursement_shape")[0])
        self.kept = 1.0 - setting.drawn("oda_cancelled_share")
        self.decay = setting.drawn("oda_depreciation")
        self.delay_sd = setting.drawn("oda_delay_spread")
        self.delay_centre = setting.drawn("oda_delay_factor")
        self.cohorts: list[Cohort] = []
        self.grants_before = np.zeros(setting.luck.size)
        self.infrastructure = self._past()

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the fiscal year's commitments, the calendar year's disbursements and stocks."""
        if not self.calibrated:
            return {}
        commitments = self._commitments(year)
        loans = self.loan_share * commitments
        if year > self.setting.last_history:
            loans, commitments = self._with_events(year, loans, commitments)
        rate = values["macro_jpy_per_usd"]
        result = {"oda_commitments": commitments, "oda_loans": loans}
        result["oda_cumulative_loans"] = self._sum(year, loans, rate)
        self.cohorts.append(self._cohort(year, loans))
        lent = self._disburse(year)
        grants = commitments - loans
        paid = lent + 0.5 * (grants + self.grants_before)
        self.grants_before = grants
        self.infrastructure = (1.0 - self.decay) * self.infrastructure + lent / rate
        return result | {
            "oda_disbursements": paid,
            "oda_disbursements_usd": paid / rate,
            "oda_undisbursed": self._undisbursed(),
            "oda_infrastructure": self.infrastructure,
        }

    def _commitments(self, year: int) -> FloatArray:
        commitments = np.exp(self.law.step(year))
        if year <= self.setting.last_history:
            return commitments
        return self.setting.steering.steer("oda_commitments", year, commitments)

    def _with_events(
        self, year: int, loans: FloatArray, commitments: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return loans and commitments of a fiscal year after freezes and pledges."""
        grants = commitments - loans
        steering = self.setting.steering
        for event in steering.of_type("oda_freeze"):
            loans = loans * (1.0 - fiscal_overlap(year, event.on, event.amount("years")))
        for event in steering.of_type("loan_pledge"):
            if fiscal_year(event.on) == year:
                loans = loans + event.amount("amount")
        return loans, grants + loans

    def _sum(self, year: int, loans: FloatArray, rate: FloatArray) -> FloatArray:
        known = self.setting.history("oda_cumulative_loans", year)
        if known is not None:
            return known
        if year <= self.setting.last_history:
            return np.full_like(loans, np.nan)
        self.level = self.level + calendar_year_loans(self.cohorts[-1].loans, loans) / rate
        return self.level

    def _cohort(self, year: int, loans: FloatArray) -> Cohort:
        score = self.setting.luck.normal("oda_cohort.delay", year)
        delay = self.delay_centre * np.exp(self.delay_sd * score)
        delay = self.setting.steering.steer("oda_delay", year, delay)
        return Cohort(year, loans, (self.lag * delay) ** self.shape)

    def _disburse(self, year: int) -> FloatArray:
        """Return what all cohorts disburse in a calendar year, (draw,)."""
        total = np.zeros(self.setting.luck.size)
        for cohort in self.cohorts:
            part = disbursed_part(year + 1.0 - cohort.middle, cohort.scale, self.shape)
            total += cohort.loans * (part - cohort.part)
            cohort.part = part
        return self.kept * total

    def _undisbursed(self) -> FloatArray:
        waiting = np.zeros(self.setting.luck.size)
        for cohort in self.cohorts:
            waiting += cohort.loans * (1.0 - cohort.part)
        return self.kept * waiting

    def _past(self) -> FloatArray:
        """Set up the cohorts before the first engine year; return infrastructure at its start."""
        setting = self.setting
        rate = setting.drawn("oda_past_rate")
        first = setting.first_years["oda_commitments.path"]
        known = {
            year: self.loan_share * np.exp(path)
            for year in range(first, setting.last_history + 1)
            if (path := setting.history("oda_commitments", year)) is not None
        }
        rest = setting.last("oda_cumulative_loans") * rate - sum(known.values())
        old = np.maximum(rest, 0.0) / (first - FIRST_COHORT)
        for year in range(FIRST_COHORT, setting.first_year):
            loans = known.get(year, old)
            scale = self.lag**self.shape if year < first else self._cohort(year, loans).scale
            self.cohorts.append(Cohort(year, loans, scale))
        stock = np.zeros(setting.luck.size)
        for year in range(FIRST_COHORT, setting.first_year):
            stock = (1.0 - self.decay) * stock + self._disburse(year) / rate
        return stock


class Cohort:
    """The loans of one fiscal year and the part of them disbursed so far."""

    def __init__(self, year: int, loans: FloatArray, scale: FloatArray) -> None:
        self.middle = year + MIDDLE_OF_FISCAL_YEAR
        self.loans = loans
        self.scale = scale
        self.part: FloatArray | float = 0.0


def disbursed_part(elapsed: float, scale: FloatArray, shape: float) -> FloatArray:
    """Return the part of a cohort that is disbursed `elapsed` years after its middle, (draw,).

    `scale` is (median lag × delay factor) to the power `shape`.
    """
    if elapsed <= 0.0:
        return np.zeros_like(scale)
    result: FloatArray = 1.0 / (1.0 + scale * elapsed**-shape)
    return result
