"""Which indicators a calibration lets the sectors give, without running either."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vnjp_sim.calibration.accruals import AccrualGroup
from vnjp_sim.calibration.counts import CountGroup
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.importance import Problem
from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import first_years_of, make_plan
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
    problems = _problems(evidence, parameters)
    first_years = _first_years(problems)
    names = {
        f"{name}.rate"
        for name, problem in problems.items()
        if isinstance(problem, CountGroup | AccrualGroup)
    }
    shared = {n for p in problems.values() if isinstance(p, Group) for n in p.extra}
    levels = documented_levels(evidence, 1, np.random.default_rng(0), first_years)
    return frozenset({*names, *shared, *first_years, *levels})


def _problems(evidence: Evidence, parameters: Parameters) -> dict[str, Problem]:
    groups = make_plan(evidence, parameters).groups
    return {planned.name: planned.build(planned.forms[0]) for planned in groups}


def _first_years(problems: Mapping[str, Problem]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, problem in problems.items():
        found |= first_years_of(name, problem)
    return found
