"""Adaptive importance sampling in the space of standard normal scores.

Every parameter is a transform of a standard normal score, so the prior is N(0, I). Some rounds
find where the posterior lies, the first from the prior, each later one from a defensive mixture
of the prior and a Student t around the posterior of the round before. The last mixture then gives
batches until their effective sample size is enough. Weights are Pareto-smoothed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.matrices import cholesky, forward, product
from vnjp_sim.calibration.posteriors import Array, Posteriors, ValuePosterior, joined, named

FloatArray = NDArray[np.float64]

LOG_LIKELIHOOD = "log_likelihood"
"""Under this name a sample keeps the log weight of each draw relative to its prior."""
DEFENSIVE_SHARE = 0.3
STUDENT_DF = 5.0
INFLATION = 1.15
ADAPTIVE_ROUNDS = 5
ADAPTIVE_SIZE = 4_096
ENOUGH_EFFECTIVE = 4_000.0
MAX_BATCHES = 20
HOPELESS = 0.05
TRIED = 3
"""After so many batches they end too if all together would hardly reach this part of enough."""


class Problem(Protocol):
    """A posterior: how many scores it has, and log weights for given scores."""

    @property
    def dimension(self) -> int:
        """The number of scores."""
        ...

    @property
    def first_years(self) -> Mapping[str, int]:
        """The first year of each path that it keeps, by its stored name."""
        ...

    @property
    def other_names(self) -> frozenset[str]:
        """What else it keeps that sectors ask for: rates and single numbers, by stored names."""
        ...

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, Posteriors]:
        """Return log weights, (draw,), relative to the prior of the scores, and what to keep.

        `scores` is (score, draw).
        """
        ...


@dataclass(frozen=True)
class WeightedSample:
    """A weighted sample of a posterior.

    Attributes
    ----------
    log_weight : FloatArray
        (draw,)
        Unnormalised, relative to the target.
    posteriors : mapping
        What is known of each law, by its name.
    log_evidence : float
        Log of the mean weight, the marginal likelihood of the figures.
    pareto_k : float
        Shape of the tail of the weights; above 0.7 they cannot be trusted.
    effective : float
        Effective sample size of the smoothed weights.
    """

    log_weight: FloatArray
    posteriors: Posteriors
    log_evidence: float
    pareto_k: float
    effective: float

    @cached_property
    def kept(self) -> dict[str, Array]:
        """The arrays of the posteriors, by the names under which they are stored."""
        return named(self.posteriors)


def sample(
    problem: Problem,
    rng: np.random.Generator,
    size: int,
    enough: float = ENOUGH_EFFECTIVE,
    rounds: int = ADAPTIVE_ROUNDS,
    heaviest: float = 1.0,
) -> WeightedSample:
    """Draw a weighted sample: batches of `size` until their effective sample size is `enough`.

    No draw may then have more than the part `heaviest` of all weight. The batches end earlier
    where the first ones show that it cannot be reached, as where no draw explains the figures: the
    diagnostics then tell.

    The proposal of the batches adapts in so many `rounds`; with fewer it suits the posterior less.
    """
    proposal = _adapt(problem, rng, max(size // 4, min(size, ADAPTIVE_SIZE)), rounds)
    log_weights: list[FloatArray] = []
    batches: list[Posteriors] = []
    for _ in range(MAX_BATCHES):
        scores = proposal.draw(rng, size)
        log_likelihood, kept = _evaluate(problem, scores, rng)
        log_weights.append(log_likelihood + _standard_normal(scores) - proposal.log_density(scores))
        batches.append({**kept, LOG_LIKELIHOOD: ValuePosterior(log_likelihood)})
        log_weight = np.concatenate(log_weights)
        effective = _effective(log_weight)
        if effective >= enough and _heaviest(log_weight) <= heaviest:
            break
        if _hopeless(effective, enough, len(batches)):
            break
    return _summarise(log_weight, joined(batches))


def _hopeless(effective: float, enough: float, batches: int) -> bool:
    """Whether no draw has any weight, or further batches would not give enough of them."""
    expected = effective * MAX_BATCHES / batches
    return effective == 0.0 or (batches >= TRIED and expected < HOPELESS * enough)


def _adapt(problem: Problem, rng: np.random.Generator, size: int, rounds: int) -> _Mixture:
    scores = rng.standard_normal((problem.dimension, size))
    log_weight, _ = _evaluate(problem, scores, rng)
    proposal = _fit(scores, log_weight)
    for _ in range(rounds - 1):
        scores = proposal.draw(rng, size)
        log_weight, _ = _evaluate(problem, scores, rng)
        log_weight = log_weight + _standard_normal(scores) - proposal.log_density(scores)
        proposal = _fit(scores, log_weight)
    return proposal


def _evaluate(
    problem: Problem, scores: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, Posteriors]:
    """Evaluate; scores so far out that numbers overflow have no weight."""
    with np.errstate(all="ignore"):
        log_weight, kept = problem.evaluate(scores, rng)
    return np.where(np.isnan(log_weight), -np.inf, log_weight), kept


def _effective(log_weight: FloatArray) -> float:
    highest = log_weight.max()
    if not np.isfinite(highest):
        return 0.0
    weight = np.exp(log_weight - highest)
    return float(weight.sum() ** 2 / (weight**2).sum())


def _heaviest(log_weight: FloatArray) -> float:
    """Return the part of all weight that the heaviest draw has."""
    return float(1.0 / np.exp(log_weight - log_weight.max()).sum())


@dataclass(frozen=True)
class _Mixture:
    mean: FloatArray
    factor: FloatArray

    @cached_property
    def unfactor(self) -> FloatArray:
        """The inverse of the factor."""
        return forward(self.factor[:, :, None], np.eye(self.mean.size))

    def draw(self, rng: np.random.Generator, size: int) -> FloatArray:
        dimension = self.mean.size
        plain = rng.standard_normal((dimension, size))
        scale = np.sqrt(STUDENT_DF / rng.chisquare(STUDENT_DF, size))
        student = self.mean[:, None] + product(self.factor, plain) * scale
        return np.where(rng.random(size) < DEFENSIVE_SHARE, plain, student)

    def log_density(self, scores: FloatArray) -> FloatArray:
        from scipy.special import gammaln

        d, df = self.mean.size, STUDENT_DF
        scaled = product(self.unfactor, scores - self.mean[:, None])
        squared = (scaled**2).sum(axis=0)
        constant = gammaln((df + d) / 2) - gammaln(df / 2) - d / 2 * np.log(df * np.pi)
        student = (
            constant
            - np.log(np.diagonal(self.factor)).sum()
            - (df + d) / 2 * np.log1p(squared / df)
        )
        result: FloatArray = np.logaddexp(
            np.log(DEFENSIVE_SHARE) + _standard_normal(scores), np.log1p(-DEFENSIVE_SHARE) + student
        )
        return result


def _standard_normal(scores: FloatArray) -> FloatArray:
    result: FloatArray = -0.5 * (scores**2).sum(axis=0) - 0.5 * scores.shape[0] * np.log(2 * np.pi)
    return result


def _fit(scores: FloatArray, log_weight: FloatArray) -> _Mixture:
    """Fit the Student part to the first round, tempered until the weights spread enough."""
    finite = np.isfinite(log_weight)
    dimension = scores.shape[0]
    if finite.sum() < 2 * dimension + 10:
        return _Mixture(np.zeros(dimension), np.eye(dimension))
    scores, log_weight = scores[:, finite], log_weight[finite]
    power = 1.0
    while True:
        weight = np.exp(power * (log_weight - log_weight.max()))
        weight /= weight.sum()
        if 1.0 / (weight**2).sum() >= 10.0 * dimension + 50.0 or power < 0.01:
            break
        power *= 0.8
    mean = (scores * weight).sum(axis=1)
    centred = scores - mean[:, None]
    covariance = product(centred * weight, centred.T) + 1e-4 * np.eye(dimension)
    return _Mixture(mean, INFLATION * np.tril(cholesky(covariance[:, :, None])[:, :, 0]))


def joint_weight(samples: Sequence[WeightedSample]) -> FloatArray:
    """Return the weights of samples joined end to end, (draw,); their sum is one.

    The samples are the growth forms of one problem, and each weighs by its evidence: the mean of
    its weights, so that a form which took more batches does not count for more.
    """
    log_weight = np.concatenate([s.log_weight - np.log(s.log_weight.size) for s in samples])
    weight = np.exp(log_weight - log_weight.max())
    result: FloatArray = weight / weight.sum()
    return result


def resampled(
    samples: Sequence[WeightedSample], count: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return `count` equally likely rows of samples joined end to end, in random order."""
    weight = joint_weight(samples)
    cumulative = np.cumsum(weight)
    points = (np.arange(count) + rng.random()) / count
    rows = np.searchsorted(cumulative, points, side="right").clip(max=weight.size - 1)
    rng.shuffle(rows)
    return rows


def _summarise(log_weight: FloatArray, kept: Posteriors) -> WeightedSample:
    from arviz_stats.base import array_stats

    finite = np.isfinite(log_weight)
    highest = log_weight[finite].max() if finite.any() else 0.0
    scaled = np.where(finite, np.exp(np.clip(log_weight - highest, -745.0, 0.0)), 0.0)
    evidence = highest + np.log(scaled.mean()) if finite.any() else -np.inf
    if finite.sum() < 100:
        return WeightedSample(log_weight, kept, float(evidence), np.inf, 0.0)
    if np.ptp(log_weight[finite]) < 1e-9:
        return WeightedSample(log_weight, kept, float(evidence), -np.inf, float(finite.sum()))
    with np.errstate(all="ignore"):  # overflows on the way to zero weights, tails of equal ones
        smoothed, pareto_k = array_stats.psislw(highest - log_weight[finite])  # negated weights
    full = np.full(log_weight.shape, -np.inf)
    full[finite] = smoothed + evidence + np.log(log_weight.size)
    weight = np.exp(smoothed - np.max(smoothed))
    effective = weight.sum() ** 2 / (weight**2).sum()
    return WeightedSample(full, kept, float(evidence), float(pareto_k), float(effective))
