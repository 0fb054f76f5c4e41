"""The residents group: workers by status, students and others, and the intake that they imply."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.groups import Group, State
from vnjp_sim.calibration.observation_model import sharpness, two_sided
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.sectors.labour import WORKERS, flows_of_course

FloatArray = NDArray[np.float64]

INTAKE, COUNTED = "labour_intake", "labour_counted_share"


class ResidentsGroup(Group):
    """A figure of the workers sent pins the share in which entries are counted as sent."""

    def _times(self, law: PathLaw) -> list[float]:
        times = set(super()._times(law))
        if law.name in WORKERS:
            for figure in self.figures:
                if INTAKE in figure.indicators:
                    for period in (figure.period, figure.base_period):
                        times |= {period.start, period.end} if period else set()
        return sorted(times)

    def pin_shares(self, state: State) -> None:
        """Pin the counted share by the sharpest figure of the intake."""
        figures = [f for f in self._open(state) if f.indicators == (INTAKE,) and two_sided(f)]
        figures = [f for f in figures if f.reported not in ("growth", "share")]
        prior = self.extra.get(COUNTED)
        if figures and prior is not None and prior.prior.lognormal is not None:
            figure = min(figures, key=lambda f: (sharpness(f), f.key))
            level = self.true_level(state, figure)
            share = level / self.entries(state, figure.period.year)
            sigma = prior.prior.lognormal.sigma
            score = np.log(share / prior.prior.lognormal.median) / sigma
            state.log_weight = state.log_weight + (
                -0.5 * score**2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
            )
            state.extra[COUNTED] = share
            self.use(state, figure, np.log(level) + self.error(state, figure))
        super().pin_shares(state)

    def measure(self, state: State, name: str, period: Period) -> FloatArray:
        """Return an indicator of the group over a period, (draw,); workers sent in whole years."""
        if name != INTAKE:
            return super().measure(state, name, period)
        return state.extra[COUNTED] * self.entries(state, period.year)

    def entries(self, state: State, year: int) -> FloatArray:
        """Return the entries from abroad of a year, (draw,), all statuses."""
        before = {n: self.value_at(state, n, float(year)) for n in WORKERS}
        after = {n: self.value_at(state, n, year + 1.0) for n in WORKERS}
        rates = {n: state.extra[n.replace("labour_", "labour_exit_")] for n in WORKERS}
        flows = flows_of_course(
            before,
            after,
            rates,
            state.extra["labour_conversion"],
            state.extra["labour_engineers_abroad"],
        )
        return flows.abroad[0] + flows.abroad[1] + flows.abroad[2]
