r"""Workers: all Vietnamese workers in Japan by the official definition, and their share.

Employers report every foreigner whom they employ, whatever the status of residence. With the three
statuses of work S, students E and other residents O (families, permanent residents, smaller
statuses),

.. math:: W_t = S_t + p E_t + q O_t,

where p is what employers report for each student, a little more or less than one, since a student
with two jobs is reported twice and one without a job never; and q is the part of other residents
who work. W is a consequence of the laws of residents: no figure bears on p and q.

The share s of Vietnamese among all foreign workers has a documented level of one year, all statuses
in both: workers of other countries are (100 − s) / s for each Vietnamese then, and grow at a rate
of their own, faster at first: by what the years of catching up add, which halves in some years.
Persons; percent.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.growth import reversion
from vnjp_sim.sectors.identities import carried_back
from vnjp_sim.sectors.labour import FOREIGN_SHARE, STOCK
from vnjp_sim.sectors.people import OTHERS
from vnjp_sim.sectors.students import STUDENTS
from vnjp_sim.sectors.worker_flows import WORKERS

FloatArray = NDArray[np.float64]

ALL_WORKERS = "labour_workers_all"
SHARE_YEAR = f"{FOREIGN_SHARE}.level_year"
PARTS = (*WORKERS, STUDENTS, OTHERS)
"""The laws of residents, of whom all workers are a part."""


class Workers(Sector):
    """All Vietnamese workers, and their share among all foreign workers."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            ALL_WORKERS,
            "workers of the three statuses, students and other residents who work",
            (STOCK, STUDENTS, OTHERS),
            priors=("labour_student_workers", "labour_other_workers"),
        ),
        Output(
            FOREIGN_SHARE,
            "all workers over them and those of other countries, from the documented share",
            (ALL_WORKERS,),
            priors=(
                "labour_others_growth_mean",
                "labour_others_growth_excess",
                "labour_others_growth_half_life",
                "labour_others_growth_shock",
                "common_loading_labour",
            ),
            levels=(FOREIGN_SHARE,),
            needs=(f"{FOREIGN_SHARE}.level",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.students = context.drawn("labour_student_workers")
        self.residents = context.drawn("labour_other_workers")
        self.others: FloatArray | None = None
        if context.has(f"{FOREIGN_SHARE}.level", *(f"{name}.path" for name in PARTS)):
            self._begin_others()

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return all workers at the end of `year`, and their share."""
        if any(name not in values for name in (STOCK, STUDENTS, OTHERS)):
            return {}
        workers = self._all(values[STOCK], values[STUDENTS], values[OTHERS])
        if self.others is None:
            return {ALL_WORKERS: workers}
        others = self._others(year)
        return {ALL_WORKERS: workers, FOREIGN_SHARE: 100.0 * (workers / (workers + others))}

    def _all(self, stock: FloatArray, students: FloatArray, others: FloatArray) -> FloatArray:
        return stock + self.students * students + self.residents * others

    def _begin_others(self) -> None:
        """Take workers of other countries from the documented share and the workers of its year.

        They grow from then to the year before the first; the share's year is one of history.
        """
        context = self.context
        self.others_mean = context.drawn("labour_others_growth_mean")
        self.others_excess = context.drawn("labour_others_growth_excess")
        self.others_half_life = context.drawn("labour_others_growth_half_life")
        self.others_spread = context.drawn("labour_others_growth_shock")
        self.others_year = int(context.value(SHARE_YEAR)[0])
        trainees, skilled, engineers, students, others = map(self._documented, PARTS)
        workers = self._all(trainees + skilled + engineers, students, others)
        share = context.value(f"{FOREIGN_SHARE}.level")
        self.others = workers * (100.0 - share) / share
        for year in range(self.others_year + 1, context.first_year):
            self.others = self.others * self._growth(year)

    def _documented(self, law: str) -> FloatArray:
        """Return a calibrated stock at the end of the year of the share, (draw,)."""
        path = self.context.history(law, self.others_year)
        return np.full(self.context.streams.size, np.nan) if path is None else np.exp(path)

    def _others(self, year: int) -> FloatArray:
        """Return workers of other countries at the end of `year`, (draw,)."""
        assert self.others is not None  # noqa: S101 - asked of a documented share alone
        if year <= self.others_year:
            return carried_back(self.others, self.others_year, year, self._growth)
        self.others = self.others * self._growth(year)
        return self.others

    def _growth(self, year: int) -> FloatArray:
        """Return by what factor workers of other countries grow in a year, (draw,)."""
        rate = self.others_mean + self.others_spread * self.context.shock(
            "labour_others_growth", year
        )
        if year > self.others_year:
            since = year - self.others_year - 1
            rate = rate + self.others_excess * reversion(self.others_half_life, since)
        growth: FloatArray = np.exp(rate)
        return growth
