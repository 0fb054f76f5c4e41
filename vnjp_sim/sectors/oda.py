r"""Japanese official development assistance: from commitment to infrastructure.

Planned commitments C of a Japanese fiscal year revert (see :mod:`growth`); loans are a constant
share of them, grants the rest. Loans are few and large: with a probability of its own a fiscal year
has none, and its commitments are grants alone. Loans are agreed evenly over the fiscal year, of
which three quarters lie in the calendar year of its name; the loans of each of the two parts are a
cohort. Of it, the part

.. math:: G(u) = (1 - \kappa) / (1 + (m f / u)^b)

is disbursed u years after its middle: a log-logistic lag with median m, shape b, the delay factor f
of its fiscal year, and a part κ that is cancelled. Grants are paid out half in their year and half
in the next. Disbursements are gross; loans are repaid after grace (see :mod:`repayments`), and net
aid is what was paid out less what was repaid in the year. Of loans, what was paid out and not
repaid is the debt, in yen; dollars are those of the year's average rate. With that rate, disbursed
loans build infrastructure,

.. math:: K_t = (1 - \delta) K_{t-1} + D_t / e_t.

Cohorts before the first documented year grow at one rate, and all loans sum to the documented total
in dollars.

Amounts in JPY bn, infrastructure and the sum of loans in USD bn; what a scenario states in dollars
is taken at the rate of the calendar year that gives the fiscal year its name. A freeze stops new
loans for its time (see :mod:`freezes`); a pledge adds to the loans of the fiscal year of its date,
or of the end of the freeze that holds it, and is disbursed from then on. So does an order of patrol
vessels on a loan, which builds no infrastructure; one on a grant adds to the grants, see
:mod:`vessel_orders`.

What a scenario does to a fiscal year's commitments comes in this order: they fade by the factor
(Y / 100)^−ε with Vietnam's real output Y (2024 = 100) and the lever's elasticity ε; the lever on
commitments moves loans and grants alike; links act on loans; the levers on loans and on grants move
each by itself; freezes, pledges and vessels come last.
"""

from __future__ import annotations

from math import floor
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.central_course import BASE_INDEX, RATE
from vnjp_sim.sectors.cohorts import Cohorts, past_loans
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.freezes import FREEZE, LENGTH, SPREAD, STOPS, Freezes
from vnjp_sim.sectors.identities import calendar_year_loans, fiscal_parts, middles
from vnjp_sim.sectors.repayments import Repayments
from vnjp_sim.sectors.vessel_loans import VesselLoans
from vnjp_sim.sectors.vessel_orders import LOAN, VESSEL_PRICES, grants_of_year, orders_on

FloatArray = NDArray[np.float64]

COMMITMENTS, LOANS, GRANTS = "oda_commitments", "oda_loans", "oda_grants"
FADING, VIETNAM_OUTPUT = "oda_income_fading", "macro_vn_gdp"
DISBURSEMENTS = "oda_disbursements"
CUMULATIVE, IN_DOLLARS = "oda_cumulative_loans", "oda_commitments_usd"
LOAN_SHARE, CONVERSION = "oda_loan_share", "oda_conversion_error"
NO_LOANS = "oda_no_loan_chance"
FIRST_COHORT = 1993
"""Japan resumed yen loans to Vietnam at the end of 1992."""


class Oda(Sector):
    """Commitments, loans and what becomes of each year's cohort."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            COMMITMENTS,
            "reverting",
            flow=True,
            stock=CUMULATIVE,
            group="oda",
            calibrated_with=(CONVERSION,),
        ),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            COMMITMENTS,
            "loans plus grants",
            (LOANS, GRANTS),
            is_sum=True,
            set_by=(COMMITMENTS,),
        ),
        Output(
            LOANS,
            "a constant share of planned commitments, none in some years",
            (VIETNAM_OUTPUT,),
            laws=(COMMITMENTS,),
            learnt=(LOAN_SHARE,),
            priors=(NO_LOANS, LENGTH, SPREAD, *VESSEL_PRICES),
            needs=(f"{CUMULATIVE}.path", f"{LOANS}.path"),
            responses=(LOANS,),
            set_by=(LOANS, "loan_pledge", FREEZE),
            moved_by=(COMMITMENTS, FADING, STOPS, "vessel_order"),
        ),
        Output(
            GRANTS,
            "the rest of planned commitments, and vessels on grants",
            (VIETNAM_OUTPUT,),
            laws=(COMMITMENTS,),
            learnt=(LOAN_SHARE,),
            priors=VESSEL_PRICES,
            needs=(f"{CUMULATIVE}.path", f"{LOANS}.path"),
            set_by=(GRANTS,),
            moved_by=(COMMITMENTS, FADING, "vessel_order"),
        ),
        Output(
            CUMULATIVE,
            "the last sum plus the loans since, in dollars of each year",
            (LOANS, "macro_jpy_per_usd"),
        ),
        Output(
            "oda_disbursements",
            "each year's loans paid out along their lag, and grants",
            (LOANS, COMMITMENTS, "oda_undisbursed"),
        ),
        Output(
            "oda_disbursements_usd",
            "disbursements at the year's rate",
            ("oda_disbursements", "macro_jpy_per_usd"),
        ),
        Output(
            "oda_undisbursed",
            "loans of all cohorts not yet paid out",
            (LOANS,),
            laws=(
                COMMITMENTS,
                "macro_jpy_per_usd",
            ),  # past loans at past rates
            priors=(
                "oda_disbursement_lag",
                "oda_disbursement_shape",
                "oda_delay_factor",
                "oda_delay_spread",
                "oda_cancelled_share",
                "oda_past_rate",
                "oda_past_growth",
            ),
            moved_by=("oda_delay",),
        ),
        Output(
            "oda_repayments",
            "equal parts of each year's loans after grace",
            (LOANS,),
            laws=(COMMITMENTS, "macro_jpy_per_usd"),
            priors=(
                "oda_grace",
                "oda_term",
                "oda_preferential_term",
                "oda_preferential_share",
                "oda_cancelled_share",
                "oda_past_rate",
                "oda_past_growth",
            ),
        ),
        Output(
            "oda_net",
            "disbursements less repayments",
            ("oda_disbursements", "oda_repayments"),
        ),
        Output(
            "oda_repayments_usd",
            "repayments at the year's rate",
            ("oda_repayments", "macro_jpy_per_usd"),
        ),
        Output(
            "oda_net_usd",
            "net aid at the year's rate",
            ("oda_net", "macro_jpy_per_usd"),
        ),
        Output(
            "oda_debt",
            "loans of all cohorts paid out and not yet repaid",
            (LOANS, "oda_undisbursed", "oda_repayments"),
        ),
        Output(
            "oda_debt_usd",
            "outstanding loans at the year's rate",
            ("oda_debt", "macro_jpy_per_usd"),
        ),
        Output(
            "oda_infrastructure",
            "disbursed loans in dollars, but for vessels, less depreciation",
            (LOANS, "oda_undisbursed", "macro_jpy_per_usd"),
            priors=("oda_depreciation",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        stock = f"{self.laws[0].stock}.path"
        self.calibrated = self.is_calibrated("oda_commitments") and stock in self.held
        if not self.calibrated:
            return
        self.opened = max(context.first_year, context.first_years["oda_commitments.path"])
        self.law = self.state(COMMITMENTS)
        self.loan_share = context.value("oda_loan_share")
        self.level = context.last("oda_cumulative_loans")
        self.lag = context.drawn("oda_disbursement_lag")
        self.shape = float(context.drawn("oda_disbursement_shape")[0])
        self.kept = 1.0 - context.drawn("oda_cancelled_share")
        self.decay = context.drawn("oda_depreciation")
        self.delay_sd = context.drawn("oda_delay_spread")
        self.delay_centre = context.drawn("oda_delay_factor")
        years = range(FIRST_COHORT, context.block.last_year + 1)
        memory = context.block.memory.rows(len(years), context.streams.size)
        self.cohorts = Cohorts(self.shape, years, memory)
        ordered = orders_on(context, LOAN)
        self.vessels = VesselLoans(context, self.shape, years) if ordered else None
        self.no_loans = context.drawn(NO_LOANS)
        self.freezes = Freezes(context)
        grace, term, preferential = (
            float(context.drawn(f"oda_{name}")[0])
            for name in ("grace", "term", "preferential_term")
        )
        share = context.drawn("oda_preferential_share")
        self.repayments = Repayments(grace, term, preferential, share)
        self.early = np.zeros(context.streams.size)  # agreed in January to March of the coming year
        self.grants_before = np.zeros(context.streams.size)
        self.waiting = np.zeros(context.streams.size)
        self.debt = np.zeros(context.streams.size)
        self.infrastructure = self._past()

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the fiscal year's commitments, the calendar year's disbursements and stocks."""
        if not self.calibrated:
            return {}
        if year < self.opened:
            return {name: np.full(self.context.streams.size, np.nan) for name in self.outputs}
        planned, grants = self._commitments(year, values[VIETNAM_OUTPUT])
        grants = grants + grants_of_year(self.context, year)
        rate = values["macro_jpy_per_usd"]
        new = self._agree(year, planned)
        if self.vessels is not None:
            early, late = self.vessels.agree(year, self._scale(year), self.freezes)
            new = [new[0] + early, new[1] + late]
        loans = new[0] + new[1]
        result = {COMMITMENTS: loans + grants, LOANS: loans, GRANTS: grants}
        result["oda_cumulative_loans"] = self._sum(year, self.early + new[0], rate)
        self.early = new[1]
        lent = self._disburse(year)
        paid = lent + 0.5 * (grants + self.grants_before)
        self.grants_before = grants
        self.debt = self.debt + lent
        self.infrastructure = (1.0 - self.decay) * self.infrastructure + lent / rate
        waiting = self.waiting
        if self.vessels is not None:
            vessels = self.vessels.close(year)
            paid = paid + self.kept * vessels.paid
            self.debt = self.debt + self.kept * vessels.paid
            waiting = waiting + vessels.waiting
            self.repayments.loans[year] += self.kept * vessels.agreed
        repaid = self.repayments.due(year)
        self.debt = self.debt - repaid
        return result | {
            "oda_disbursements": paid,
            "oda_repayments": repaid,
            "oda_net": paid - repaid,
            "oda_debt": self.debt,
            "oda_disbursements_usd": paid / rate,
            "oda_repayments_usd": repaid / rate,
            "oda_net_usd": (paid - repaid) / rate,
            "oda_debt_usd": self.debt / rate,
            "oda_undisbursed": self.kept * waiting,
            "oda_infrastructure": self.infrastructure,
        }

    def _commitments(self, year: int, output: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return planned loans and grants of a fiscal year, (draw,) each.

        The lever acts on planned commitments, and on loans as the year has them: a multiple of no
        loans is none, but what a scenario adds, sets or makes the least is lent.
        """
        commitments = np.exp(self.law.step(year))
        known = self.context.history(LOANS, year)
        if known is not None:
            return known, commitments - known
        controls = self.context.controls
        if FADING in controls.levers:
            fading = controls.steer(FADING, year, np.zeros_like(commitments))
            commitments = commitments * (output / BASE_INDEX) ** -fading
        occurs = self.context.streams.uniform("oda_loans.occur", year) >= self.no_loans
        loans = self._steered(COMMITMENTS, year, np.where(occurs, commitments, 0.0))
        loans = controls.act(LOANS, year, self.loan_share * loans)
        grants = (1.0 - self.loan_share) * self._steered(COMMITMENTS, year, commitments)
        return self._steered(LOANS, year, loans), self._steered(GRANTS, year, grants)

    def _steered(self, lever: str, year: int, amount: FloatArray) -> FloatArray:
        return np.maximum(self.context.controls.steer(lever, year, amount), 0.0)

    def _agree(self, year: int, planned: FloatArray) -> list[FloatArray]:
        """Add a fiscal year's loans to the cohorts; return those of its two parts, (draw,) each.

        Freezes stop loans while they last; a pledge is a cohort of the date when it is agreed.
        """
        scale = self._scale(year)
        spans = fiscal_parts(year)
        parts = [
            (self.freezes.stated_part(low, high) * share, 0.5 * (low + high))
            for share, low, high in spans
        ]
        agreed = [share * planned for share, _ in parts]
        left = [self.freezes.random_part(low, high) for _, low, high in spans]
        if all(part is None for part in left):
            self.cohorts.add(scale, (planned, parts))
        else:  # where loans are stopped at random, each part is a cohort of its own
            open_parts = [np.ones_like(planned) if part is None else part for part in left]
            agreed = [x * loans for x, loans in zip(open_parts, agreed, strict=True)]
            stopped = np.any([part < 1.0 for part in open_parts], axis=0)
            alone = (
                (np.where(stopped, x * planned, 0.0), [part])
                for x, part in zip(open_parts, parts, strict=True)
            )
            self.cohorts.add(scale, (np.where(stopped, 0.0, planned), parts), *alone)
        for event in self.context.controls.of_type("loan_pledge"):
            for day, here in self.freezes.signed(event.on, year):
                pledged = here * self.context.controls.money(event, "amount", year)
                self.cohorts.add(scale, (pledged, [(1.0, day)]))
                late = floor(day) > year
                agreed[late] = agreed[late] + pledged
        return agreed

    def _sum(self, year: int, loans: FloatArray, rate: FloatArray) -> FloatArray:
        """Return the dollars (bn) lent up to a year's end, given the loans of the calendar year."""
        known = self.context.history("oda_cumulative_loans", year)
        if known is not None:
            return known
        if year <= self.context.last_history:
            return np.full_like(loans, np.nan)
        self.level = self.level + loans / rate
        return self.level

    def _scale(self, year: int) -> FloatArray:
        """Return the scale of the lag of a fiscal year's loans, (draw,)."""
        score = self.context.streams.normal("oda_cohort.delay", year)
        delay = self.delay_centre * np.exp(self.delay_sd * score)
        delay = self.context.controls.steer("oda_delay", year, delay)
        return (self.lag * delay) ** self.shape

    def _disburse(self, year: int) -> FloatArray:
        """Return what all cohorts disburse in a calendar year, (draw,), and note what is agreed.

        It is what waited before, and what has been agreed since, less what waits now.
        """
        waiting = self.cohorts.waiting(year)
        new = np.zeros_like(waiting)
        for share, loans in self.cohorts.agreed(year):
            new += share * loans
        agreed = self.waiting + new
        self.waiting = waiting
        self.repayments.loans[year] = self.kept * new
        return self.kept * (agreed - waiting)

    def _past(self) -> FloatArray:
        """Set up the cohorts before the sector opens, and the debt; return infrastructure then."""
        context = self.context
        past_rate = context.drawn("oda_past_rate")
        first = context.first_years["oda_commitments.path"]
        known = {
            year: loans
            for year in range(first, context.last_history + 1)
            if (loans := context.history(LOANS, year)) is not None
        }
        rates = {year: self._past_rate(year, past_rate) for year in known}
        recent = sum(
            calendar_year_loans(known.get(year - 1, np.zeros_like(loans)), loans) / rates[year]
            for year, loans in known.items()
        )
        rest = context.last("oda_cumulative_loans") - recent
        old = past_loans(
            past_rate * np.maximum(rest, 0.0),
            context.drawn("oda_past_growth"),
            range(FIRST_COHORT, first),
        )
        stock = np.zeros(context.streams.size)
        undocumented = range(FIRST_COHORT, min(first, self.opened))
        past = ((old[year], middles(year)) for year in undocumented)
        self.cohorts.add(self.lag**self.shape, *past)
        for year in range(FIRST_COHORT, self.opened):
            loans = known[year] if year >= first else old[year]
            if year >= first:
                self.cohorts.add(self._scale(year), (loans, middles(year)))
            self.early = 0.25 * loans
            rate = self._past_rate(year, past_rate)
            lent = self._disburse(year)
            stock = (1.0 - self.decay) * stock + lent / rate
            self.debt = self.debt + lent - self.repayments.due(year)
        return stock

    def _past_rate(self, year: int, otherwise: FloatArray) -> FloatArray:
        """Return the yen's rate of a past year, (draw,): published or calibrated, if either is."""
        course = self.context.course
        if year <= course.last_published(RATE):
            return np.full_like(otherwise, course.value(RATE, year))
        known = self.context.history(RATE, year)
        return otherwise if known is None else np.exp(known)
