"""From evidence to a bank of joint posterior draws.

:func:`calibrate` runs every group of the plan, averages the growth forms by posterior weight, and
resamples a bank of fixed size; :class:`Posterior` is what the engine and the reader get.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import Layout
from vnjp_sim.calibration.gates import NO_DRAW, gate_error
from vnjp_sim.calibration.importance import LOG_LIKELIHOOD, WeightedSample, resampled, sample
from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import Plan, first_years_of, make_plan
from vnjp_sim.calibration.planning import Planned
from vnjp_sim.calibration.posteriors import (
    LOG,
    LOG_ODDS,
    GrowthPosterior,
    LastFigure,
    LawPosterior,
    RevertingPosterior,
    joined,
    named,
)
from vnjp_sim.calibration.precision import QuantileError, least_certain
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.number_text import count_text, draws_text, fixed
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.growth import FORMS

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]

BANK_SIZE = 16_384
SAMPLE_SIZE = 65_536
SMALL_SAMPLE = 4_096
WEIGHINGS = 40 * SAMPLE_SIZE
"""A draw is weighed by every figure: with more than forty a batch has fewer draws, and batches
follow each other until enough of them count."""
SEED = 20_250_427
"""Calibration has its own seed; the run's seed does not change the posterior."""

GATE_PARETO_K = 0.7
GATE_EFFECTIVE = 1_000.0
GATE_QUANTILE_ERROR = 0.05
"""Of the Monte Carlo error of a 5, 50 or 95 % point, as a part of the 90 % interval."""
HEAVIEST = 0.001
"""Batches follow each other until no draw has more than this part of all weight."""

LEARNT_SHRINKAGE = 0.1
LEARNT_SHIFT = 0.25


@dataclass(frozen=True)
class ParameterSummary:
    """Prior against posterior of one parameter; `learnt` if the figures moved or narrowed it.

    `kept` is the part of the prior's variance that the posterior keeps, on the scale on which the
    prior is normal, at most one.
    """

    group: str
    name: str
    prior: str
    unit: str
    grade: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    kept: float

    @property
    def learnt(self) -> bool:
        """Whether the posterior is at least 10 % narrower, or moved by a quarter of a spread."""
        if self.prior_sd == 0.0:
            return False
        shrinkage = 1.0 - self.sd / self.prior_sd
        shift = abs(self.mean - self.prior_mean) / self.prior_sd
        return shrinkage > LEARNT_SHRINKAGE or shift > LEARNT_SHIFT


@dataclass(frozen=True)
class GroupDiagnostics:
    """How well a group's posterior was reached, and what its figures allowed.

    `effective` and `pareto_k` are the worst over the growth forms that weigh at least 1 %.
    `quantile_error` is the Monte Carlo error of the least certain 5, 50 or 95 % point, as a part of
    the 90 % interval, and `quantile_of` says of which quantity.
    """

    name: str
    figures: int
    effective: float
    pareto_k: float
    form_weights: Mapping[str, float]
    status: Mapping[str, str]
    quantile_error: float = 0.0
    quantile_of: str = ""

    @property
    def impossible(self) -> bool:
        """Whether no draw explains the group's figures, so that it has no posterior."""
        return self.effective == 0.0

    @property
    def faults(self) -> list[str]:
        """What is outside the gates, in words."""
        if self.impossible:
            return [NO_DRAW]
        faults = []
        if not self.pareto_k <= GATE_PARETO_K:
            faults.append(f"Pareto k is {fixed(self.pareto_k, 2)}, above {GATE_PARETO_K}")
        if not self.effective >= GATE_EFFECTIVE:
            faults.append(
                f"the effective sample size is {fixed(self.effective, 0)}, below "
                f"{fixed(GATE_EFFECTIVE, 0)}"
            )
        if not self.quantile_error <= GATE_QUANTILE_ERROR:
            faults.append(
                f"the Monte Carlo error of a quantile of {self.quantile_of} is "
                f"{fixed(100.0 * self.quantile_error, 1)} % of its 90 % interval, above "
                f"{fixed(100.0 * GATE_QUANTILE_ERROR, 0)} %"
            )
        return faults


@dataclass(frozen=True, repr=False)
class Posterior:
    """The posterior sample: joint draws of all parameters with their histories, equally likely.

    Attributes
    ----------
    arrays : mapping
        By name; the draws on the last axis. `<law>.path` is (year, draw). A parameter is NaN
        in the draws whose growth form does not use it.
    first_years : mapping
        First year of each path; all paths end in `last_year`.
    last_year : int
        Last year of history.
    forms : tuple of str
        Names of the growth forms that `<law>.form` counts.
    plateaus, origins : mapping
        By law, see :class:`~vnjp_sim.calibration.posteriors.GrowthPosterior`.
    groups, parameters : tuple
        Diagnostics.
    missing : tuple of str
        Laws and stocks that lack figures.
    scales : mapping
        The scale of each array of a law, by name.
    course : CentralCourse
        What the macro indicators depart from.
    last_figures : mapping
        When each law or stock has its last figure, a decimal year.
    log_likelihood : mapping
        By group, (row,), how likely its figures are under the laws with the row's parameters, up
        to a constant.
    """

    arrays: Mapping[str, NDArray[np.generic]]
    first_years: Mapping[str, int]
    last_year: int
    forms: tuple[str, ...]
    plateaus: Mapping[str, float]
    origins: Mapping[str, float]
    groups: tuple[GroupDiagnostics, ...]
    parameters: tuple[ParameterSummary, ...]
    missing: tuple[str, ...]
    scales: Mapping[str, str] = field(default_factory=dict)
    course: CentralCourse = field(default_factory=CentralCourse)
    last_figures: Mapping[str, float] = field(default_factory=dict)
    log_likelihood: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of rows of the bank."""
        return int(next(iter(self.arrays.values())).shape[-1])

    @settled
    def path(self, law: str) -> xr.DataArray:
        """Return the calibrated path of a law or a stock, dims (year, draw), in its unit.

        The draws are the rows of the bank. A ratio stands as such, not as its logarithm; a share of
        firms in percent. What follows from paths by identities has :func:`vnjp_sim.history`. Raises
        InputError if the calibration has no path of that name, or one of several parts.
        """
        import xarray as xr

        paths = {
            name.removesuffix(".path") for name in self.first_years if self.arrays[name].ndim == 2
        }
        if law not in paths:
            raise InputError.single(law, "has no calibrated path", did_you_mean(law, paths))
        path = np.asarray(self.arrays[f"{law}.path"], np.float64)
        scale = self.scales.get(f"{law}.path")
        if scale == LOG:
            path = np.exp(path)
        elif scale == LOG_ODDS:
            path = 100.0 / (1.0 + np.exp(-path))
        first = self.first_years[f"{law}.path"]
        years = np.arange(first, first + path.shape[0])
        return xr.DataArray(path, {"year": years}, ("year", "draw"), law)

    def log_prior(self, parameters: Parameters) -> dict[str, FloatArray]:
        """Return the log density of each parameter's prior, (row,), up to a constant, by its name.

        It is that of the prior's normal score, with mean zero under the prior; zero in the rows
        whose growth form does not use the parameter, so that scaling a prior favours no form.
        """
        priors = parameters.priors_of_posterior()
        densities = {}
        for one in self.parameters:
            scores = priors[one.name].prior.score(np.asarray(self.arrays[one.name], np.float64))
            densities[one.name] = np.nan_to_num(0.5 - 0.5 * scores**2)
        return densities

    def table(self) -> pd.DataFrame:
        """Return prior against posterior, one row a parameter.

        Columns: group, name, prior, unit, grade, prior_mean, prior_sd, mean, sd, kept, learnt.
        """
        import pandas as pd

        return pd.DataFrame([{**asdict(p), "learnt": p.learnt} for p in self.parameters])

    def __repr__(self) -> str:
        learnt = sum(p.learnt for p in self.parameters)
        return (
            f"<Posterior: {draws_text(self.size)}, {count_text(len(self.groups), 'group')}, "
            f"{learnt} of {len(self.parameters)} parameters learnt, history to {self.last_year}>"
        )


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
    evidence, parameters
        Evidence, Parameters
        What is known, and the priors.
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
