"""Which indicators a calibration lets the sectors give, without running either."""

from __future__ import annotations

import numpy as np

from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.sectors import dependency_order, given_by


def no_longer_projected(
    before: Evidence, after: Evidence, parameters: Parameters
) -> tuple[str, ...]:
    """Return the indicators that are projected with some evidence, but not with other, sorted."""
    lost = projected(before, parameters) - projected(after, parameters)
    return tuple(sorted(lost))


def projected(evidence: Evidence, parameters: Parameters) -> frozenset[str]:
    """Return the indicators that are projected with some evidence."""
    given = given_by(dependency_order(), calibrated_names(evidence, parameters))
    return frozenset(name for names in given.values() for name in names)


def calibrated_names(evidence: Evidence, parameters: Parameters) -> frozenset[str]:
    """Return the names of paths, rates, levels and shared parameters that a calibration holds."""
    plan = make_plan(evidence, parameters)
    problems = [planned.build(planned.forms[0]) for planned in plan.groups]
    first_years = {name: year for one in problems for name, year in one.first_years.items()}
    names = {name for one in problems for name in one.other_names}
    levels = documented_levels(evidence, plan.course, 1, np.random.default_rng(0), first_years)
    return frozenset({*names, *first_years, *levels})
