"""How well a calibration went: the gates of each group, and prior against posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vnjp_sim.calibration.gates import NO_DRAW
from vnjp_sim.inputs.number_text import fixed

GATE_PARETO_K = 0.7
GATE_EFFECTIVE = 1_000.0
GATE_QUANTILE_ERROR = 0.05
"""Of the Monte Carlo error of a 5, 50 or 95 % point, as a part of the 90 % interval."""
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
