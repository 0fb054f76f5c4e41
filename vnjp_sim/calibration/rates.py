"""The yen's rate in history: what is published, or the level that its prior states."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import Draws, Known
from vnjp_sim.calibration.path_conditioning import log_density_of
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.inputs.parameters import RevertingLaw
from vnjp_sim.sectors.central_course import RATE, CentralCourse

FloatArray = NDArray[np.float64]


def published_from(spec: RevertingLaw, course: CentralCourse, first: int) -> int:
    """Return the year from which the rate's path must go, `first` or earlier."""
    if RATE in course.published:
        return min(first, course.last_published(RATE))
    return min(first, spec.level_year or first)


def by_published_rates(course: CentralCourse, draws: Draws, law: PathLaw, known: Known) -> None:
    """Fix the rate where it is published: its logarithm is the same in every draw.

    A calendar year has its own rate, at 0.5; a fiscal year, at 0.75, three quarters of its own year
    and a quarter of the next. The published rates say nothing of the law's parameters, whose priors
    rest on them already: their density is taken out again.
    """
    for time in draws.layout.times[law.name]:
        rate = published_rate(course, time)
        if rate is not None:
            known[time] = np.full(draws.size, rate)
    times = sorted(known)
    if times:
        anchors = np.stack([known[time] for time in times])
        density = log_density_of(law, draws.values[law.name], times, anchors)
        draws.log_weight = draws.log_weight - density


def published_rate(course: CentralCourse, time: float) -> float | None:
    """Return the log rate at a time of the law's axis; None where it is not published."""
    year = int(time)
    later = time - year - 0.5
    if year + (later > 0.0) > course.last_published(RATE):
        return None
    own, following = (float(np.log(course.value(RATE, y))) for y in (year, year + 1))
    return own + later * (following - own)


def by_given_level(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition a law on the level that its prior gives for a year, where no rate is known."""
    spec = law.spec
    if not known and isinstance(spec, RevertingLaw) and spec.level is not None:
        assert spec.level_year is not None  # noqa: S101 - a level comes with its year
        if spec.level_year + 0.5 in draws.layout.times[law.name]:  # not after the history's end
            score = draws.rng.standard_normal(draws.size)
            known[spec.level_year + 0.5] = np.log(spec.level.prior.transform(score))
