"""From evidence to the bank: every group of the plan, its growth forms averaged and resampled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.diagnostics import GroupDiagnostics, ParameterSummary
from vnjp_sim.calibration.evaluation import Layout
from vnjp_sim.calibration.gates import gate_error
from vnjp_sim.calibration.importance import LOG_LIKELIHOOD, WeightedSample, resampled, sample
from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import Plan, first_years_of, make_plan
from vnjp_sim.calibration.planning import Planned
from vnjp_sim.calibration.posterior import Posterior
from vnjp_sim.calibration.posteriors import (
    GrowthPosterior,
    LastFigure,
    LawPosterior,
    RevertingPosterior,
    joined,
    named,
)
from vnjp_sim.calibration.precision import QuantileError, least_certain
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.sectors.growth import FORMS

BANK_SIZE = 16_384
SAMPLE_SIZE = 65_536
SMALL_SAMPLE = 4_096
WEIGHINGS = 40 * SAMPLE_SIZE
"""A draw is weighed by every figure: with more than forty a batch has fewer draws, and batches
follow each other until enough of them count."""
SEED = 20_250_427
"""Calibration has its own seed; the run's seed does not change the posterior."""
HEAVIEST = 0.001
"""Batches follow each other until no draw has more than this part of all weight."""


def calibrate(
    evidence: Evidence,
    parameters: Parameters,
    *,
    advance: Callable[[str], None] = lambda _name: None,
    sample_size: int = SAMPLE_SIZE,
    bank_size: int = BANK_SIZE,
    override_gates: bool = False,
) -> Posterior:
    """Calibrate every law that the evidence allows.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    parameters : Parameters
        The priors.
    advance : callable
        Called with the name of each group when it is done.
    sample_size, bank_size : int
        Weighted draws a growth form, and rows of the bank.
    override_gates : bool
        Keep a posterior whose diagnostics fail (the caller records that it did).

    Raises
    ------
    CalibrationGateError
        A group's effective sample size or Pareto k is outside its gate, or no draw explains its
        figures, which `override_gates` does not help.
    """
    plan = make_plan(evidence, parameters)
    first_years = first_years_of(plan.groups)
    laws: dict[str, LawPosterior] = {}
    arrays: dict[str, NDArray[np.generic]] = {}
    likelihoods: dict[str, NDArray[np.generic]] = {}
    diagnostics: list[GroupDiagnostics] = []
    for planned in plan.groups:
        result = calibrate_group(planned, sample_size, bank_size)
        laws.update(result.posteriors)
        arrays.update(result.arrays)
        if result.log_likelihood is not None:
            likelihoods[planned.name] = result.log_likelihood
        diagnostics.append(result.diagnostics)
        advance(planned.name)
    rng = _generator("levels")
    arrays.update(documented_levels(evidence, plan.course, bank_size, rng, first_years))
    failed = {d.name: d.faults for d in diagnostics if d.faults}
    impossible = any(d.impossible for d in diagnostics)
    if impossible or (failed and not override_gates):
        raise gate_error(failed, plan.groups, kept=not impossible)
    growth = {name: law for name, law in laws.items() if isinstance(law, GrowthPosterior)}
    reverting = {name: law for name, law in laws.items() if isinstance(law, RevertingPosterior)}
    return Posterior(
        arrays,
        first_years,
        plan.last_year,
        FORMS,
        {name: law.plateau for name, law in growth.items()},
        {name: law.origin for name, law in (growth | reverting).items()},
        tuple(diagnostics),
        tuple(_summaries(plan, parameters, arrays)),
        plan.missing,
        {name: scale for law, one in laws.items() for name, scale in one.named_scales(law).items()},
        plan.course,
        {one.law: one.time for one in laws.values() if isinstance(one, LastFigure)},
        likelihoods,
    )


@dataclass(frozen=True)
class GroupResult:
    """What the calibration of one group gives: rows of equal weight, none if it has no posterior.

    The posteriors are by law, stock or single number.
    """

    posteriors: Mapping[str, LawPosterior]
    diagnostics: GroupDiagnostics
    log_likelihood: NDArray[np.generic] | None = None

    @cached_property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays of the posteriors, sorted by the names under which they are stored."""
        return dict(sorted(named(self.posteriors).items()))


def calibrate_group(planned: Planned, sample_size: int, bank_size: int) -> GroupResult:
    """Calibrate one group: all its growth forms, averaged by their posterior weight."""
    size = min(sample_size, max(SMALL_SAMPLE, WEIGHINGS // max(len(planned.taken), 1)))
    groups = [planned.build(form) for form in planned.forms]
    samples = [
        sample(group, _generator(planned.name, form), size, heaviest=HEAVIEST)
        for form, group in zip(planned.forms, groups, strict=True)
    ]
    evidence = np.array([s.log_evidence for s in samples])
    possible = bool(np.isfinite(evidence.max()))
    weights = np.exp(evidence - evidence.max()) if possible else np.ones(evidence.size)
    weights /= weights.sum()
    heavy = [s for s, w in zip(samples, weights, strict=True) if w >= 0.01]
    sums = groups[0].sums if isinstance(groups[0], Layout) else {}
    error = least_certain(samples, bank_size, sums) if possible else QuantileError("", 0.0)
    posteriors = resampled_together(planned.name, samples, bank_size) if possible else {}
    return GroupResult(
        {law: own for law, own in posteriors.items() if law != LOG_LIKELIHOOD},
        GroupDiagnostics(
            planned.name,
            planned.figures,
            min(s.effective for s in heavy),
            max(s.pareto_k for s in heavy),
            dict(zip(planned.forms, map(float, weights), strict=True)),
            dict(planned.status),
            error.share,
            error.of,
        ),
        named(posteriors).get(LOG_LIKELIHOOD),
    )


def resampled_together(
    name: str, samples: list[WeightedSample], bank_size: int
) -> dict[str, LawPosterior]:
    """Resample the growth forms together into rows of equal weight, in random order."""
    rows = resampled(samples, bank_size, _generator(name, "bank"))
    everything = joined([one.posteriors for one in samples])
    return {law: posterior.take(rows) for law, posterior in everything.items()}


def _summaries(
    plan: Plan, parameters: Parameters, arrays: Mapping[str, NDArray[np.generic]]
) -> list[ParameterSummary]:
    scores = _generator("prior", "summary").standard_normal(200_000)
    owner = {law: planned.name for planned in plan.groups for law in planned.status}
    summaries = []
    for name, parameter in sorted(parameters.priors_of_posterior().items()):
        if name not in arrays or parameter.prior.fixed is not None:
            continue
        prior = parameter.prior.transform(scores)
        values = arrays[name].astype(np.float64)
        values = values[~np.isnan(values)]
        if values.size < 2:
            continue
        summaries.append(
            ParameterSummary(
                owner.get(name.rpartition(".")[0], ""),
                name,
                parameter.prior.text,
                parameter.unit,
                parameter.grade,
                float(prior.mean()),
                float(prior.std()),
                float(values.mean()),
                float(values.std()),
                min(float(parameter.prior.score(values).var()), 1.0),
            )
        )
    return summaries


def _generator(*names: str) -> np.random.Generator:
    digest = hashlib.sha256("/".join(names).encode()).digest()
    key = np.frombuffer(digest, np.uint32).tolist()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([SEED, *key])))
