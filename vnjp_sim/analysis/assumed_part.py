r"""Which part of an effect's variance assumptions explain, from the draws alone, without a run.

Every prior by judgement has a normal score z in each draw. For independent scores, the variance of
Y that one explains by a straight and by a bent line is :math:`\mathrm{corr}(Y, z)^2 +
\mathrm{corr}(Y, z^2)^2`: the first two terms of its Hermite expansion, and nearly all of its
first-order share of the variance (Sobol'). Of n draws, either term is too large by 1/n, which is
taken off. Of a prior that figures bear on, its part is that of the variance that the figures leave
(see :mod:`budget_features`). Positive quantities are taken in logarithms, as budgets are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.budget_features import normal_scores
from vnjp_sim.analysis.effects import MOSTLY
from vnjp_sim.analysis.marks import NOT_EXAMINED, PRIOR_DRIVEN
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.sectors.index import QUANTITIES
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]
Scores = NDArray[np.float32]

FEWEST_DRAWS = 1_000
"""Of fewer, what so many priors explain by chance is too large."""
ROUNDING = 1e-9
"""A spread below this part of the largest value is rounding: none."""
AT_ONCE = 256
"""Effects whose parts are computed together."""


@dataclass(frozen=True)
class AssumedPriors:
    """The priors by judgement of a model, in each draw of an ensemble.

    Attributes
    ----------
    posterior : Posterior
        Whose rows the draws take.
    model : Model
        Its priors and links.
    seed, draws : int
        Of the ensemble.
    """

    posterior: Posterior
    model: Model
    seed: int
    draws: int
    _replaced: dict[str, Scores] = field(default_factory=dict, compare=False, repr=False)

    def parts(self, effects: Sequence[FloatArray], replaced: Collection[str] = ()) -> list[float]:
        """Return the part of the variance of effects, (draw,) each, that assumptions explain.

        Parameters
        ----------
        replaced : Collection[str]
            Priors that the scenario replaces, whatever their grade in the model.

        Returns
        -------
        list of float
            NaN for an effect that does not vary. An estimate may be a little below 0 or above 1.
        """
        found: list[float] = []
        for start in range(0, len(effects), AT_ONCE):
            found += self._parts(np.stack(effects[start : start + AT_ONCE]), replaced)
        return found

    def _parts(self, effects: FloatArray, replaced: Collection[str]) -> list[float]:
        values = standardised(effects)
        known = [(self._scores, self._kept)]
        known += [
            (self._replaced_score(name), np.ones(1))
            for name in sorted(replaced)
            if f"parameter.{name}" not in self._streams_of_assumed
        ]
        total = np.zeros(len(effects))
        for scores, kept in known:
            for shape in (scores, standardised(scores**2)):
                correlation = shape @ values.T / self.draws
                total += kept @ (correlation**2 - 1.0 / self.draws)
        return [float(part) for part in np.where(values.any(axis=1), total, np.nan)]

    @cached_property
    def _scores(self) -> Scores:
        """The scores of the assumed priors, (prior, draw)."""
        scores = [self._streams.normal(s, group="assumed") for s in self._streams_of_assumed]
        rows = self._streams.rows(self.posterior.size)
        scores += [normal_scores(self.posterior.arrays[name][rows]) for name in self._learnt]
        return standardised(np.stack(scores))

    @cached_property
    def _kept(self) -> FloatArray:
        """The part of the variance of each prior, (prior,), that figures leave."""
        return np.array([*(1.0 for _ in self._streams_of_assumed), *self._learnt.values()])

    @cached_property
    def _streams_of_assumed(self) -> tuple[str, ...]:
        """The streams of the assumed priors that no figure bears on."""
        links = self.model.links
        kinds: dict[str, Mapping[str, Any]] = {
            "parameter": self.model.parameters.single,
            "link": links.links,
            "coefficient": links.coefficients,
        }
        drawn = [
            f"{kind}.{name}"
            for kind, priors in kinds.items()
            for name, one in priors.items()
            if one.grade == "assumed" and one.prior.fixed is None
            if name not in self.posterior.arrays
        ]
        return (*drawn, *(f"{name}.weight" for name in QUANTITIES))

    @cached_property
    def _learnt(self) -> Mapping[str, float]:
        """What figures leave of the assumed priors that they bear on, by name."""
        held = self.posterior.arrays
        return {
            one.name: one.kept
            for one in self.posterior.parameters
            if one.grade == "assumed" and one.name in held
        }

    @cached_property
    def _streams(self) -> RandomStreams:
        return RandomStreams(self.seed, 0, self.draws)

    def _replaced_score(self, name: str) -> Scores:
        """Return the score of a prior that a scenario replaces, (1, draw)."""
        if name not in self._replaced:
            score = self._streams.normal(f"parameter.{name}", group="assumed")
            self._replaced[name] = standardised(score[None])
        return self._replaced[name]


def marks_of(
    assumed: AssumedPriors | None,
    draws: int,
    effects: Sequence[FloatArray],
    replaced: Collection[str],
) -> list[str]:
    """Return for each of some effects, (draw,), whether it rests mostly on assumptions, as a mark.

    See :meth:`AssumedPriors.parts`.
    """
    if assumed is None or draws < FEWEST_DRAWS:
        return [NOT_EXAMINED] * len(effects)
    parts = assumed.parts(effects, replaced)
    return [PRIOR_DRIVEN if part > MOSTLY else "" for part in parts]


def standardised(values: NDArray[np.floating]) -> Scores:
    """Return rows, (row, draw), with mean zero and variance one; one that is constant as zero."""
    centred = values - values.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    varies = spread > ROUNDING * np.abs(values).max(axis=1, keepdims=True)
    shown = np.divide(centred, spread, out=np.zeros_like(centred), where=varies)
    return np.asarray(shown, np.float32)
