r"""The uncertainty budget: which part of a projection's variance comes from where.

Every random number belongs to a group of streams: the row of the posterior (`calibrated`), priors
from panels of other countries (`empirical`), from publications (`published`) and from judgements
(`assumed`), and chance from year to year (`process`). The groups are independent, so that the
variance of an output Y divides among them and their interactions (Sobol'). With Y_A from one set of
seeds, Y_B from another, and Y_{A|g=B} from A with group g taken from B,

.. math:: S_g = \frac{\mathrm{cov}(Y_A, Y_{B|g=A})}{V}, \qquad
          T_g = \frac{\mathrm{E}(Y_A - Y_{A|g=B})^2}{2 V}

are the first-order and the total share of g (Janon and co-authors 2014, ESAIM Probability and
Statistics 18; Jansen 1999, Computer Physics Communications 117); both are estimated from A's and
from B's side and averaged, the first with the product of Y_A and Y_B as control.

The row of the posterior is one block, since its parts depend on one another. Its first-order share
is divided by what the row holds, see :mod:`budget_features`: the levels at the last figures, growth
forms, parameters, and chance from year to year since the last figures, which counts as process
noise. Of a parameter the part that its prior decides counts under the grade of the prior, the rest
as calibrated. What a regression on the row does not reach is left to the interactions.

Positive quantities are taken in logarithms, so that their effects are log ratios: the variance of a
skewed quantity hangs on a few draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.budget_features import (
    FORM,
    PARAMETERS,
    PROCESS,
    REPORTING,
    SOURCE_OF_GRADE,
    Features,
    features_of,
)
from vnjp_sim.analysis.shown import ShownBudget
from vnjp_sim.foundation.argument_types import choice
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import names_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Shares = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""First-order shares, their errors, total shares and variance, as in :class:`Budget`."""

INTERACTIONS = "interactions"
MEANINGS = {
    REPORTING: "how the figures were reported: rounding, bounds, errors of documents, at the time "
    "of the last figure of each law",
    FORM: "which growth form holds",
    PARAMETERS: "what the figures' errors, and chance in the years that they measure, leave "
    "open about parameters",
    SOURCE_OF_GRADE["empirical"]: "priors estimated by a script from public data on others, as far "
    "as the figures leave them",
    SOURCE_OF_GRADE[
        "published"
    ]: "priors whose centre and spread a cited work prints, as far as the figures leave them",
    SOURCE_OF_GRADE["assumed"]: "priors by judgement, as far as the figures leave them",
    PROCESS: "chance from year to year since the last figure of each law",
    INTERACTIONS: "what several of these do together, and curved effects",
}
"""What each source is, in words."""
SOURCES = tuple(MEANINGS)

GROUPS = ("calibrated", *SOURCE_OF_GRADE, "process")
SIDES: tuple[tuple[str, ...], ...] = (
    (),
    GROUPS,
    *((group,) for group in GROUPS),
    *(tuple(other for other in GROUPS if other != group) for group in GROUPS),
)
"""The groups of random numbers that each run takes from B: none, all, one, all but one."""
FEWEST_DRAWS = 1_000
OTHER_SEED = 0x5EED
ROUNDING = 1e-9
"""A spread below this part of a quantity's size is rounding: the quantity is constant."""
FEWEST_MOVED = 20
"""A quantity that differs from its most frequent value in fewer draws has no shares to estimate."""
FIRST = 501
"""In so many draws a value that nearly all have is the median."""
NO_VARIANCE = "no variance"
TOO_FEW_MOVE = "varies in too few draws"


@dataclass(frozen=True, repr=False)
class Budget(ShownBudget):
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
    scenario : str
        Its name; empty if unknown.
    run : str
        The hash of the run of the scenario with these draws; empty if unknown.
    """

    years: tuple[int, ...]
    first_order: Mapping[str, FloatArray]
    error: Mapping[str, FloatArray]
    total: Mapping[str, FloatArray]
    variance: Mapping[str, FloatArray]
    of_effects: bool
    scenario: str = ""
    run: str = ""

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
        effect), scenario.

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
                    "scenario": self.scenario,
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
        whose = f" of {self.scenario}" if self.scenario else ""
        count = count_text(len(self.first_order), "indicator")
        return f"<Budget of {of}{whose}: {count}, {self.years[0]}–{self.years[-1]}>"


def variance_budget(
    projector: Projector,
    scenario: Scenario,
    indicators: Sequence[str] | None = None,
    *,
    of_effects: bool = False,
) -> Budget:
    """Return the budget of a scenario's levels, or of its effects against its baseline.

    Parameters
    ----------
    projector : Projector
        The model at the size and seed of the ensemble; twelve variants of that size are projected,
        and as many of the baseline for effects.
    scenario : Scenario
        With its horizon, see :func:`vnjp_sim.simulation.prepared.prepare_scenario`.
    indicators : Sequence[str] | None
        All by default.

    Raises
    ------
    InputError
        Fewer than 1,000 draws, an unknown indicator, or effects of a baseline.
    """
    return variance_budgets(projector, [(scenario, of_effects)], indicators)[0]


def variance_budgets(
    projector: Projector,
    asked: Sequence[tuple[Scenario, bool]],
    indicators: Sequence[str] | None = None,
) -> list[Budget]:
    """Return budgets of scenarios over the same years, each with whether it is of effects.

    See :func:`variance_budget`.
    """
    options, model = projector.options, projector.model
    if options.draws < FEWEST_DRAWS:
        remedy = f"ask for {FEWEST_DRAWS} or more"
        raise InputError.single("draws", f"{options.draws} are too few for a budget", remedy)
    for scenario, of_effects in asked:
        if of_effects and scenario.baseline is None:
            what = "is a baseline: it has no effects"
            raise InputError.single(scenario.name, what, "name a scenario that departs from it")
    if indicators is not None:
        indicators = names_asked(indicators, model.registry.labels, "is not projected")
    sides = [
        list(_sides(projector.variant(scenario), options.seed, of_effects))
        for scenario, of_effects in asked
    ]
    variants = [variant for own in sides for variant in own]
    start, end = asked[0][0].start, asked[0][0].end
    batch = projector.batch(variants, start, end, indicators)
    streams = RandomStreams(options.seed, 0, options.draws)
    features = features_of(projector.posterior, streams.rows(projector.posterior.size))
    shares: list[dict[str, Shares]] = [{} for _ in asked]
    for projected in projector.parts_by_indicator(batch):
        runs = [projected.of(place) for place in range(len(variants))]
        for name in projected.rows:
            values = iter([scaled(name, run[name], model.registry) for run in runs])
            for own, variants_of in zip(shares, sides, strict=True):
                mine = [next(values) for _ in variants_of]
                own[name] = _shares_of(mine, features, model.registry.indicators[name].sign)
    years = tuple(range(start, end + 1))
    return [
        Budget(
            years,
            {name: part[0] for name, part in own.items()},
            {name: part[1] for name, part in own.items()},
            {name: part[2] for name, part in own.items()},
            {name: part[3] for name, part in own.items()},
            of_effects,
            scenario.name,
        )
        for own, (scenario, of_effects) in zip(shares, asked, strict=True)
    ]


def _sides(whole: Variant, seed: int, of_effects: bool) -> Iterator[Variant]:
    """Yield a variant with the seeds of each side, then its baseline with them for effects."""
    reference = Variant(whole.reference) if of_effects and whole.reference else None
    for one in (whole, *([reference] if reference else [])):
        for groups in SIDES:
            yield replace(one, group_seeds=dict.fromkeys(groups, seed ^ OTHER_SEED))


def _shares_of(values: Sequence[FloatArray], features: Features, sign: str) -> Shares:
    """Return the shares of one indicator, whose (year, draw) come as :func:`_sides` gives them.

    Rounding counts by the size of the levels; in logarithms by one, since theirs is relative.
    """
    size = np.abs(values[0]).mean(axis=1)
    rounding = ROUNDING * (size.clip(1.0) if sign == "positive" else size)
    levels, bases = values[: len(SIDES)], values[len(SIDES) :]
    outputs = [a - b for a, b in zip(levels, bases, strict=True)] if bases else levels
    first, second, *others = outputs
    mixed = {g: (others[i], others[len(GROUPS) + i]) for i, g in enumerate(GROUPS)}
    return _shares(first, second, mixed, features, rounding)


def scaled(name: str, values: FloatArray, registry: Registry) -> FloatArray:
    """Return quantities that are always positive in logarithms, the others as they are."""
    return np.log(values) if registry.indicators[name].sign == "positive" else values


def _shares(
    first: FloatArray,
    second: FloatArray,
    mixed: Mapping[str, tuple[FloatArray, FloatArray]],
    features: Features,
    rounding: FloatArray | float = 0.0,
) -> Shares:
    """Return (first-order shares, their errors, total shares, variance) of one indicator.

    Arrays are (year, draw); `mixed` gives for each group A with the group from B, and B with the
    group from A. A spread of at most `rounding`, (year,), is none.
    """
    variance = 0.5 * (first.var(axis=1) + second.var(axis=1))
    variance = np.where(np.sqrt(variance) > rounding, variance, 0.0)
    scale = np.where((variance > 0.0) & (moved(first, rounding) >= FEWEST_MOVED), variance, np.nan)
    if np.isnan(scale).all():
        table, total = (np.full((len(n), scale.size), np.nan) for n in (SOURCES, GROUPS))
        return table, table, total, variance
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (first, second))
    order, spread, totals = {}, {}, []
    for group, (from_b, from_a) in mixed.items():
        centred = [x - x.mean(axis=1, keepdims=True) for x in (from_b, from_a)]
        product = _controlled(0.5 * (a * centred[1] + b * centred[0]), a * b)
        order[group] = product.mean(axis=1) / scale
        spread[group] = product.std(axis=1) / np.sqrt(product.shape[1]) / scale
        gap = 0.5 * ((first - from_b) ** 2 + (second - from_a) ** 2)
        totals.append(0.5 * gap.mean(axis=1) / scale)
    other = mixed["calibrated"][1]
    parts = features.parts(a, other - other.mean(axis=1, keepdims=True))
    shares = {source: part / scale for source, part in parts.items()}
    for grade, source in (*SOURCE_OF_GRADE.items(), ("process", PROCESS)):
        shares[source] = order[grade] + shares[source]
    shares = {source: shares[source] for source in SOURCES if source != INTERACTIONS}
    known = np.sum(list(shares.values()), axis=0)
    table = np.stack([*shares.values(), 1.0 - known])
    block, *others = (spread[group] for group in GROUPS)
    both = [np.hypot(block, part) for part in others]
    rest = np.sqrt(np.sum([part**2 for part in spread.values()], axis=0))
    errors = np.stack([block, block, block, *both, rest])
    return table, errors, np.stack(totals), variance


def _controlled(product: FloatArray, control: FloatArray) -> FloatArray:
    """Return products less what a control of mean zero explains of them, (year, draw).

    The outputs of A and B are independent; without their chance covariance, a group that no output
    depends on has no share at all.
    """
    centred = control - control.mean(axis=1, keepdims=True)
    variance = np.maximum((centred**2).mean(axis=1, keepdims=True), np.finfo(float).tiny)
    slope = (product * centred).mean(axis=1, keepdims=True) / variance
    left: FloatArray = product - slope * control
    return left


def moved(values: FloatArray, rounding: FloatArray | float) -> NDArray[np.intp]:
    """Return in how many draws (year, draw) values differ from their most frequent one, (year,).

    Where one is frequent, it is the median of the first draws.
    """
    middle = np.median(values[:, :FIRST], axis=1, keepdims=True)
    far = np.abs(values - middle) > np.reshape(rounding, (-1, 1))
    result: NDArray[np.intp] = np.count_nonzero(far, axis=1)
    return result
