"""From evidence to a bank of joint posterior draws.

:func:`calibrate` runs every group of the plan, averages the growth forms by posterior weight, and
resamples a bank of fixed size; :class:`Posterior` is what the engine and the reader get.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.gates import NO_DRAW, gate_error
from vnjp_sim.calibration.importance import WeightedSample, resampled, sample
from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import Plan, Planned, first_years_of, make_plan
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.number_text import draws_text, fixed
from vnjp_sim.inputs.parameters import Parameters
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

LEARNT_SHRINKAGE = 0.1
LEARNT_SHIFT = 0.25


@dataclass(frozen=True)
class ParameterSummary:
    """Prior against posterior of one parameter; `learnt` if the figures moved or narrowed it."""

    group: str
    name: str
    prior: str
    unit: str
    grade: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float

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
    """

    name: str
    figures: int
    effective: float
    pareto_k: float
    form_weights: Mapping[str, float]
    status: Mapping[str, str]

    @property
    def impossible(self) -> bool:
        """Whether no draw explains the group's figures, so that it has no posterior."""
        return self.effective == 0.0

    @property
    def faults(self) -> list[str]:
        """What is outside the gates, in words."""
        if self.impossible:
            return [NO_DRAW]
        found = []
        if not self.pareto_k <= GATE_PARETO_K:
            found.append(f"Pareto k is {fixed(self.pareto_k, 2)}, above {GATE_PARETO_K}")
        if not self.effective >= GATE_EFFECTIVE:
            found.append(
                f"the effective sample size is {fixed(self.effective, 0)}, below "
                f"{fixed(GATE_EFFECTIVE, 0)}"
            )
        return found


@dataclass(frozen=True, repr=False)
class Posterior:
    """A bank of joint posterior draws.

    Attributes
    ----------
    arrays : by name; the bank's rows on the last axis. `<law>.path` is (year, row).
    first_years : first year of each path; all paths end in `last_year`.
    last_year : last year of history.
    forms : names of the growth forms that `<law>.form` counts.
    groups, parameters : diagnostics.
    missing : laws and stocks that lack figures.
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

    @property
    def size(self) -> int:
        """The number of rows of the bank."""
        return int(next(iter(self.arrays.values())).shape[-1])

    @settled
    def history(self, law: str) -> xr.DataArray:
        """Return the calibrated history of a law or a stock, dims (year, draw), in its unit.

        A ratio stands as such, not as its logarithm; a share of firms in percent. Raises InputError
        if the calibration has no path of that name, or one of several parts.
        """
        import xarray as xr

        paths = {
            name.removesuffix(".path") for name in self.first_years if self.arrays[name].ndim == 2
        }
        if law not in paths:
            raise InputError.single(law, "has no calibrated history", did_you_mean(law, paths))
        path = np.asarray(self.arrays[f"{law}.path"], np.float64)
        if law in self.origins:
            path = np.exp(path)
        elif f"{law}.equilibrium" in self.arrays:
            path = 100.0 / (1.0 + np.exp(-path))
        first = self.first_years[f"{law}.path"]
        years = np.arange(first, first + path.shape[0])
        return xr.DataArray(path, {"year": years}, ("year", "draw"), law)

    def table(self) -> pd.DataFrame:
        """Return prior against posterior, one row a parameter.

        Columns: group, name, prior, unit, grade, prior_mean, prior_sd, mean, sd, learnt.
        """
        import pandas as pd

        return pd.DataFrame([{**asdict(p), "learnt": p.learnt} for p in self.parameters])

    def __repr__(self) -> str:
        learnt = sum(p.learnt for p in self.parameters)
        return (
            f"<Posterior: {draws_text(self.size)}, {len(self.groups)} groups, "
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
    evidence, parameters : what is known, and the priors.
    advance : called with the name of each group when it is done.
    sample_size, bank_size : weighted draws a growth form, and rows of the bank.
    override_gates : keep a posterior whose diagnostics fail (the caller records that it did).

    Raises
    ------
    CalibrationGateError
        A group's effective sample size or Pareto k is outside its gate, or no draw explains its
        figures, which `override_gates` does not help.
    """
    plan = make_plan(evidence, parameters)
    arrays: dict[str, NDArray[np.generic]] = {}
    first_years: dict[str, int] = {}
    plateaus: dict[str, float] = {}
    origins: dict[str, float] = {}
    diagnostics: list[GroupDiagnostics] = []
    for planned in plan.groups:
        result = _calibrate_group(planned, sample_size, bank_size)
        arrays.update(result.arrays)
        first_years.update(result.first_years)
        plateaus.update(result.plateaus)
        origins.update(result.origins)
        diagnostics.append(result.diagnostics)
        advance(planned.name)
    arrays.update(documented_levels(evidence, bank_size, _generator("levels"), first_years))
    failed = {d.name: d.faults for d in diagnostics if d.faults}
    impossible = any(d.impossible for d in diagnostics)
    if impossible or (failed and not override_gates):
        raise gate_error(failed, plan.groups, kept=not impossible)
    return Posterior(
        arrays,
        first_years,
        plan.last_year,
        FORMS,
        plateaus,
        origins,
        tuple(diagnostics),
        tuple(_summaries(plan, parameters, arrays)),
        plan.missing,
    )


@dataclass(frozen=True)
class _GroupResult:
    arrays: dict[str, NDArray[np.generic]]
    first_years: dict[str, int]
    plateaus: dict[str, float]
    origins: dict[str, float]
    diagnostics: GroupDiagnostics


def _calibrate_group(planned: Planned, sample_size: int, bank_size: int) -> _GroupResult:
    samples: list[WeightedSample] = []
    first_years: dict[str, int] = {}
    plateaus: dict[str, float] = {}
    origins: dict[str, float] = {}
    size = min(sample_size, max(SMALL_SAMPLE, WEIGHINGS // max(len(planned.taken), 1)))
    for form in planned.forms:
        problem = planned.build(form)
        samples.append(sample(problem, _generator(planned.name, form), size))
        for law in getattr(problem, "laws", {}).values():
            plateaus[law.name], origins[law.name] = law.plateau, law.origin
        first_years |= first_years_of(planned.name, problem)
    evidence = np.array([s.log_evidence for s in samples])
    possible = bool(np.isfinite(evidence.max()))
    weights = np.exp(evidence - evidence.max()) if possible else np.ones(evidence.size)
    weights /= weights.sum()
    heavy = [s for s, w in zip(samples, weights, strict=True) if w >= 0.01]
    arrays = _bank(planned, samples, bank_size) if possible else {}
    return _GroupResult(
        arrays,
        first_years,
        plateaus,
        origins,
        GroupDiagnostics(
            planned.name,
            planned.figures,
            min(s.effective for s in heavy),
            max(s.pareto_k for s in heavy),
            dict(zip(planned.forms, map(float, weights), strict=True)),
            dict(planned.status),
        ),
    )


def _bank(
    planned: Planned, samples: list[WeightedSample], bank_size: int
) -> dict[str, NDArray[np.generic]]:
    """Resample the growth forms together into rows of equal weight, in random order."""
    rng = _generator(planned.name, "bank")
    rows = resampled(samples, bank_size, rng)
    bounds = np.cumsum([0, *(s.log_weight.size for s in samples)])
    names = sorted({name for s in samples for name in s.kept})
    bank: dict[str, NDArray[np.generic]] = {}
    for name in names:
        shape = next(s.kept[name].shape for s in samples if name in s.kept)
        array = np.ones((*shape[:-1], bank_size))
        for index, one in enumerate(samples):
            mine = (rows >= bounds[index]) & (rows < bounds[index + 1])
            if name in one.kept:
                array[..., mine] = one.kept[name][..., rows[mine] - bounds[index]]
        bank[name] = array
    form = np.searchsorted(bounds[1:], rows, side="right")
    for law in planned.status:
        if f"{law}.initial_growth" in bank:
            indices = np.array([FORMS.index(name) for name in planned.forms], np.int8)
            bank[f"{law}.form"] = indices[form]
    return bank


def _summaries(
    plan: Plan, parameters: Parameters, arrays: Mapping[str, NDArray[np.generic]]
) -> list[ParameterSummary]:
    scores = _generator("prior", "summary").standard_normal(200_000)
    owner = {law: planned.name for planned in plan.groups for law in planned.status}
    found = []
    for name, parameter in parameters.all_parameters():
        law = name.rsplit(".", 1)[0]
        if name not in arrays or parameter.prior.fixed is not None:
            continue
        prior = parameter.prior.transform(scores)
        values = arrays[name].astype(np.float64)
        if name.endswith((".half_life", ".slowdown")) and f"{law}.form" in arrays:
            logistic = arrays[f"{law}.form"] == FORMS.index("logistic")
            used = logistic if name.endswith(".slowdown") else ~logistic
            values = values[used]
        if values.size < 2:
            continue
        found.append(
            ParameterSummary(
                owner.get(law, owner.get(name, "")),
                name,
                parameter.prior.text,
                parameter.unit,
                parameter.grade,
                float(prior.mean()),
                float(prior.std()),
                float(values.mean()),
                float(values.std()),
            )
        )
    return found


def _generator(*names: str) -> np.random.Generator:
    digest = hashlib.sha256("/".join(names).encode()).digest()
    key = np.frombuffer(digest, np.uint32).tolist()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([SEED, *key])))
