"""A posterior of which some groups are calibrated anew, on fewer figures.

Groups are independent of each other and each has random numbers of its own, so that a posterior
with one group in place of another is the one that a calibration of everything would give, but for
what the groups have in common: the last year of history and the central course, which stay.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from vnjp_sim.calibration.calibrating import (
    BANK_SIZE,
    SAMPLE_SIZE,
    GroupResult,
    calibrate_group,
)
from vnjp_sim.calibration.plan import Plan, make_plan
from vnjp_sim.calibration.planning import Planned
from vnjp_sim.calibration.posterior import Posterior
from vnjp_sim.calibration.posteriors import GrowthPosterior, LastFigure, RevertingPosterior
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.parameters import Parameters

Key = tuple[str, ...]
"""What identifies a figure, see :attr:`Observation.key`."""
PROBE = (512, 64)
"""Sizes of a calibration that tells no more than which arrays a group has."""


@dataclass(frozen=True)
class Partial:
    """A calibration that can forget figures.

    Attributes
    ----------
    posterior : Posterior
        On all figures.
    evidence, parameters
        Evidence, Parameters
        What it was calibrated on.
    """

    posterior: Posterior
    evidence: Evidence
    parameters: Parameters

    @property
    def plan(self) -> Plan:
        """The plan of the whole calibration."""
        return make_plan(self.evidence, self.parameters)

    def arrays_of(self, group: Planned) -> tuple[str, ...]:
        """Return the names of the arrays of a group."""
        return tuple(calibrate_group(group, *PROBE).arrays)

    def without(
        self, group: Planned, figures: Collection[Key], base: Posterior
    ) -> Posterior | None:
        """Return `base` with a group calibrated without some figures; None if it cannot do so.

        It cannot where its laws have no level without them, or no draw explains the others.
        """
        left = tuple(o for o in self.evidence.observations if o.key not in figures)
        plan = make_plan(replace(self.evidence, observations=left), self.parameters)
        planned = next((own for own in plan.groups if own.name == group.name), None)
        if planned is None:
            return None
        planned = replace(planned, last_year=group.last_year)
        result = calibrate_group(planned, SAMPLE_SIZE, BANK_SIZE)
        if result.diagnostics.impossible:
            return None
        return _with_group(base, self.arrays_of(group), planned, result)


def _with_group(
    base: Posterior, former: Collection[str], planned: Planned, result: GroupResult
) -> Posterior:
    """Return a posterior with the result of a group in place of its `former` arrays."""
    laws = result.posteriors
    growth = {n: law for n, law in laws.items() if isinstance(law, GrowthPosterior)}
    placed = growth | {n: law for n, law in laws.items() if isinstance(law, RevertingPosterior)}
    scales = {n: s for law, one in laws.items() for n, s in one.named_scales(law).items()}
    last = {one.law: one.time for one in laws.values() if isinstance(one, LastFigure)}
    return replace(
        base,
        arrays={n: a for n, a in base.arrays.items() if n not in former} | result.arrays,
        first_years={**base.first_years, **planned.build(planned.forms[0]).first_years},
        plateaus={**base.plateaus, **{n: law.plateau for n, law in growth.items()}},
        origins={**base.origins, **{n: law.origin for n, law in placed.items()}},
        scales={**base.scales, **scales},
        last_figures={**base.last_figures, **last},
    )
