"""What the calibrated model says of a period that its figures do not reach: draws by its laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import Question
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.importance import Problem, WeightedSample, resampled, sample
from vnjp_sim.calibration.planning import forms_of, place_law
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw

FloatArray = NDArray[np.float64]

QUICK_SAMPLE = 1_024
QUICK_ENOUGH = 500.0
QUICK_ROUNDS = 2
"""Size of a batch, the effective sample size that is enough, and the rounds in which the sampler
adapts, for one series of many."""
CAREFUL_SAMPLE = 8_192
"""Size of a batch where the quick ones do not reach half of what is enough."""


def draws_of(
    problems: Sequence[Problem],
    names: Sequence[str],
    rng: np.random.Generator,
    draws: int,
    size: int = QUICK_SAMPLE,
    enough: float = QUICK_ENOUGH,
) -> dict[str, FloatArray]:
    """Return equally likely posterior draws of what the problems keep, (…, draw), by name.

    The problems are the growth forms of one group, averaged by their posterior weight.
    """
    samples = [_sample(problem, rng, size, enough) for problem in problems]
    rows = resampled(samples, draws, rng)
    return {
        name: np.concatenate([s.kept[name] for s in samples], axis=-1)[..., rows] for name in names
    }


def _sample(problem: Problem, rng: np.random.Generator, size: int, enough: float) -> WeightedSample:
    if size < CAREFUL_SAMPLE:
        drawn = sample(problem, rng, size, enough, QUICK_ROUNDS)
        if drawn.effective >= 0.5 * enough:
            return drawn
    return sample(problem, rng, max(size, CAREFUL_SAMPLE), enough)


def series_groups(
    name: str,
    spec: GrowthLaw,
    flow: bool,
    figures: Sequence[Observation],
    document_sd: Mapping[str, float],
    years: Sequence[int],
) -> list[Group]:
    """Return the groups, one a growth form, of a single series that is asked about `years`."""
    last_year = max(figure.period.last_year for figure in figures)
    groups = []
    for form in forms_of(figures):
        law = place_law(name, spec, figures, flow, form)
        group = Group(name, [law], figures, document_sd, last_year)
        questions = (Question((name,), parse_period(str(year))) for year in years)
        groups.append(group.asking(*questions))
    return groups
