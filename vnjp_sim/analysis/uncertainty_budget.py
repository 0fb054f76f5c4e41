r"""The uncertainty budget: which part of a projection's variance comes from where.

Every random number belongs to a group of streams: the row of the posterior (`calibrated`), priors
from publications (`published`), judgements (`assumed`), and the years' luck (`process`). The groups
are independent, so that the variance of an output Y divides among them and their interactions
(Sobol'). With Y_A from one set of seeds, Y_B from another, and Y_{A|g=B} from A with group g taken
from B,

.. math:: S_g = \frac{\mathrm{cov}(Y_A, Y_{B|g=A})}{V}, \qquad
          T_g = \frac{\mathrm{E}(Y_A - Y_{A|g=B})^2}{2 V}

are the first-order and the total share of g (Janon and co-authors 2014, ESAIM Probability and
Statistics 18; Jansen 1999, Computer Physics Communications 117); both are estimated from A's and
from B's side and averaged.

The row of the posterior is one block, since its parts depend on one another. Its first-order share
is divided by regressing Y_A on what the row holds: growth forms, parameters, levels in the last
years of history. With the fitted part f_j of Y_A due to the j-th kind, its share is
cov(f_j, Y_{B|calibrated=A}) / V, in which the noise of the fit has no part. A parameter that the
figures barely moved counts under the grade of its prior. What the regression does not reach is left
to the interactions.

Positive quantities are taken in logarithms, so that their effects are log ratios: the variance of a
skewed quantity hangs on a few draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.budget_features import (
    ASSUMED,
    FORM,
    PARAMETERS,
    PUBLISHED,
    REPORTING,
    Features,
    features_of,
)
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.arguments import choice, settled
from vnjp_sim.foundation.choices import names_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.ensemble import Ensemble, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options, ensemble_of

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Outputs = dict[str, FloatArray]

PROCESS = "process noise"
INTERACTIONS = "interactions"
SOURCES = (REPORTING, FORM, PARAMETERS, PUBLISHED, ASSUMED, PROCESS, INTERACTIONS)

GROUPS = ("calibrated", "published", "assumed", "process")
FEWEST_DRAWS = 1_000
OTHER_SEED = 0x5EED
ROUNDING = 1e-9
"""A spread below this part of a quantity's size is rounding: the quantity is constant."""
FEWEST_MOVED = 20
"""A quantity that differs from its most frequent value in fewer draws has no shares to estimate."""
NO_VARIANCE = "no variance"
TOO_FEW_MOVE = "varies in too few draws"


@dataclass(frozen=True, repr=False)
class Budget:
    """Shares of the variance by source.

    Attributes
    ----------
    years : tuple[int, ...]
        Of the last axes.
    first_order : Mapping[str, FloatArray]
        By indicator, (source, year); the rows are :data:`SOURCES`, they sum to one.
    error : Mapping[str, FloatArray]
        By indicator, (source, year), standard errors of `first_order`. NaN, as the shares,
        where :meth:`note` says why.
    total : Mapping[str, FloatArray]
        By indicator, (group, year); the rows are :data:`GROUPS`. A group's total share holds
        its interactions with the others, so that these sum to one or more.
    variance : Mapping[str, FloatArray]
        By indicator, (year,), of the quantity on the scale that it is taken on; zero where
        the quantity is constant up to rounding.
    of_effects : bool
        Whether the variance is that of the effects of a scenario, not of its levels.
    """

    years: tuple[int, ...]
    first_order: Mapping[str, FloatArray]
    error: Mapping[str, FloatArray]
    total: Mapping[str, FloatArray]
    variance: Mapping[str, FloatArray]
    of_effects: bool

    @settled
    def share(self, indicator: str, source: str) -> FloatArray:
        """Return the first-order share of a source, (year,); NaN where :meth:`note` says why.

        Raises InputError for an indicator that was not asked for, and an unknown source.
        """
        self._check(indicator)
        row = SOURCES.index(choice("source", source, SOURCES))
        share: FloatArray = self.first_order[indicator][row]
        return share

    def note(self, indicator: str, year: int) -> str:
        """Return why there are no shares in a year; empty if there are."""
        column = self.years.index(year)
        if not np.isnan(self.first_order[indicator][:, column]).any():
            return ""
        return TOO_FEW_MOVE if self.variance[indicator][column] > 0.0 else NO_VARIANCE

    @settled
    def table(self, indicator: str) -> pd.DataFrame:
        """Return the shares of an indicator.

        Columns year, source, share, error, note (why there are none), indicator, of (level or
        effect).

        Raises InputError for an indicator that was not asked for.
        """
        import pandas as pd

        self._check(indicator)
        shares, errors = self.first_order[indicator], self.error[indicator]
        return pd.DataFrame(
            [
                {
                    "year": year,
                    "source": source,
                    "share": shares[i, j],
                    "error": errors[i, j],
                    "note": self.note(indicator, year),
                    "indicator": indicator,
                    "of": "effect" if self.of_effects else "level",
                }
                for j, year in enumerate(self.years)
                for i, source in enumerate(SOURCES)
            ]
        )

    def _check(self, indicator: str) -> None:
        if indicator not in self.first_order:
            remedy = did_you_mean(indicator, self.first_order)
            raise InputError.single(indicator, "has no budget here", remedy)

    def __repr__(self) -> str:
        of = "effects" if self.of_effects else "levels"
        count = len(self.first_order)
        return f"<Budget of {of}: {count} indicators, {self.years[0]}–{self.years[-1]}>"


def variance_budget(
    posterior: Posterior,
    scenario: Scenario,
    model: Model,
    options: Options,
    indicators: Sequence[str] | None = None,
    *,
    of_effects: bool = False,
) -> Budget:
    """Return the budget of a scenario's levels, or of its effects against its baseline.

    Parameters
    ----------
    posterior : Posterior
        The bank of the model.
    scenario : Scenario
        With its horizon, see :func:`vnjp_sim.simulation.prepared.prepare_scenario`.
    options : Options
        Draws and seed; ten runs of that size are made, and as many of the baseline for
        effects.
    indicators : Sequence[str] | None
        All by default.

    Raises
    ------
    InputError
        Fewer than 1,000 draws, an unknown indicator, or effects of a baseline.
    """
    if options.draws < FEWEST_DRAWS:
        remedy = f"ask for {FEWEST_DRAWS} or more"
        raise InputError.single("draws", f"{options.draws} are too few for a budget", remedy)
    if of_effects and scenario.baseline is None:
        raise InputError.single(scenario.name, "is a baseline: it has no effects", "drop it")
    if indicators is not None:
        indicators = names_asked(indicators, list(model.registry.indicators), "is not projected")
    runs = _Runs(posterior, scenario, model, options, indicators, of_effects)
    first, second = runs.of({}), runs.of(dict.fromkeys(GROUPS, 1))
    sizes = runs.sizes()
    mixed = {
        group: (runs.of({group: 1}), runs.of({g: 1 for g in GROUPS if g != group}))
        for group in GROUPS
    }
    rows = np.minimum(
        RandomStreams(options.seed, 0, options.draws).uniform("calibration.row", group="calibrated")
        * posterior.size,
        posterior.size - 1,
    ).astype(np.intp)
    features = features_of(posterior, rows)
    years = tuple(range(scenario.start, scenario.end + 1))
    shares: dict[str, tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = {}
    for name, values in first.items():
        pairs = {g: (a[name], b[name]) for g, (a, b) in mixed.items()}
        shares[name] = _shares(values, second[name], pairs, features, ROUNDING * sizes[name])
    return Budget(
        years,
        {name: part[0] for name, part in shares.items()},
        {name: part[1] for name, part in shares.items()},
        {name: part[2] for name, part in shares.items()},
        {name: part[3] for name, part in shares.items()},
        of_effects,
    )


@dataclass(frozen=True)
class _Runs:
    """Runs of one scenario with the seeds of some groups exchanged."""

    posterior: Posterior
    scenario: Scenario
    model: Model
    options: Options
    indicators: Sequence[str] | None
    of_effects: bool

    def of(self, sides: Mapping[str, int]) -> Outputs:
        """Return (year, draw) outputs by indicator; `sides` are the groups taken from B."""
        seeds = dict.fromkeys(sides, self.options.seed ^ OTHER_SEED)
        ensemble = ensemble_of(self.scenario, self.model, self.options)
        values = self._kept(replace(ensemble, group_seeds=seeds))
        if not self.of_effects or ensemble.baseline is None:
            return {name: _scaled(name, v, self.model.registry) for name, v in values.items()}
        alone = replace(ensemble, inputs=ensemble.baseline, baseline=None, group_seeds=seeds)
        base = self._kept(alone)
        registry = self.model.registry
        return {
            n: _scaled(n, v, registry) - _scaled(n, base[n], registry) for n, v in values.items()
        }

    def sizes(self) -> Outputs:
        """Return how large the levels of each indicator are, (year,), by which rounding counts.

        In logarithms one, since their rounding is relative.
        """
        ensemble = ensemble_of(self.scenario, self.model, self.options)
        return {
            name: np.abs(_scaled(name, values, self.model.registry)).mean(axis=1).clip(1.0)
            if self.model.registry.indicators[name].sign == "positive"
            else np.abs(values).mean(axis=1)
            for name, values in self._kept(ensemble).items()
        }

    def _kept(self, ensemble: Ensemble) -> Outputs:
        arrays = project(self.posterior, ensemble, workers=self.options.workers)
        for name in self.indicators or ():
            if name not in arrays:
                raise InputError.single(name, "is not projected", did_you_mean(name, arrays))
        return {name: arrays[name] for name in self.indicators or arrays}


def _scaled(name: str, values: FloatArray, registry: Registry) -> FloatArray:
    """Return quantities that are always positive in logarithms, the others as they are."""
    return np.log(values) if registry.indicators[name].sign == "positive" else values


def _shares(
    first: FloatArray,
    second: FloatArray,
    mixed: Mapping[str, tuple[FloatArray, FloatArray]],
    features: Features,
    rounding: FloatArray | float = 0.0,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return (first-order shares, their errors, total shares, variance) of one indicator.

    Arrays are (year, draw); `mixed` gives for each group A with the group from B, and B with the
    group from A. A spread of at most `rounding`, (year,), is none.
    """
    variance = 0.5 * (first.var(axis=1) + second.var(axis=1))
    variance = np.where(np.sqrt(variance) > rounding, variance, 0.0)
    scale = np.where((variance > 0.0) & (_moved(first, rounding) >= FEWEST_MOVED), variance, np.nan)
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (first, second))
    order, spread, total = {}, {}, []
    for group, (from_b, from_a) in mixed.items():
        centred = [x - x.mean(axis=1, keepdims=True) for x in (from_b, from_a)]
        product = 0.5 * (a * centred[1] + b * centred[0])
        order[group] = product.mean(axis=1) / scale
        spread[group] = product.std(axis=1) / np.sqrt(product.shape[1]) / scale
        gap = 0.5 * ((first - from_b) ** 2 + (second - from_a) ** 2)
        total.append(0.5 * gap.mean(axis=1) / scale)
    other = mixed["calibrated"][1]
    parts = _parts_of_block(a, other - other.mean(axis=1, keepdims=True), features)
    parts = {source: part / scale for source, part in parts.items()}
    shares = {
        REPORTING: parts[REPORTING],
        FORM: parts[FORM],
        PARAMETERS: parts[PARAMETERS],
        PUBLISHED: order["published"] + parts[PUBLISHED],
        ASSUMED: order["assumed"] + parts[ASSUMED],
        PROCESS: order["process"],
    }
    known = np.sum(list(shares.values()), axis=0)
    table = np.stack([*shares.values(), 1.0 - known])
    block, published, assumed, process = (spread[group] for group in GROUPS)
    both = [np.hypot(block, part) for part in (published, assumed)]
    rest = np.sqrt(block**2 + published**2 + assumed**2 + process**2)
    errors = np.stack([block, block, block, *both, process, rest])
    return table, errors, np.stack(total), variance


def _moved(values: FloatArray, rounding: FloatArray | float) -> NDArray[np.intp]:
    """Return in how many draws (year, draw) values differ from their median, (year,)."""
    middle = np.median(values, axis=1, keepdims=True)
    far = np.abs(values - middle) > np.reshape(rounding, (-1, 1))
    result: NDArray[np.intp] = np.count_nonzero(far, axis=1)
    return result


def _parts_of_block(
    values: FloatArray, repeated: FloatArray, features: Features
) -> dict[str, FloatArray]:
    """Return the covariance of each kind's fitted part with the repeated values, (year,).

    `values` and `repeated` are centred, (year, draw), alike in the row of the posterior alone.
    """
    weights = features.solver @ values.T
    parts, start = {}, 0
    for kind, block in features.blocks.items():
        fitted = weights[start : start + len(block)].T @ block
        parts[kind] = (fitted * repeated).mean(axis=1)
        start += len(block)
    return parts
