"""Compare shares of variance from one ensemble with nested Monte Carlo.

    python tools/nested_shares.py
    python tools/nested_shares.py --scenario osa_framework --effects --prior security_vessel_delay

A prior is held at 33 values, by the trapezoidal rule over its normal score, and the model is run at
each with the same 10,000 draws of all else: of that a first-order share follows from how the mean
moves with the value, a total share from how the outcome of each draw does. Both are products of two
sets of runs that differ in the chance of single years alone, which is thereby averaged out.

Prints for each prior how many shares of all indicators and years differ by more than 0.02, and the
largest differences, with the Monte Carlo errors of both sides. Some 30 seconds a prior of levels on
one processor, 45 of effects.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import vnjp_sim as vj
from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.analysis.uncertainty_budget import scaled
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]

PRIORS = (
    "oda_depreciation",
    "security_vessel_delay",
    "labour_supply",
    "people_exit_students",
    "labour_remittance",
    "energy_start_hazard",
)
OTHER_CHANCE = 0x2EED
PARTS = 10
"""Into so many parts are draws divided to find the errors of nested shares."""
WITHIN = 0.02


@dataclass(frozen=True)
class Nested:
    """The shares of one prior by indicator, (year,), and their Monte Carlo errors."""

    first: Mapping[str, FloatArray]
    total: Mapping[str, FloatArray]
    first_error: Mapping[str, FloatArray]
    total_error: Mapping[str, FloatArray]


def nested(
    session: vj.Session,
    prior: str,
    scenario: str = "base",
    *,
    of_effects: bool = False,
    indicators: Sequence[str] | None = None,
    end: int | None = None,
    nodes: int = 33,
) -> Nested:
    """Return the shares of a prior in the levels or effects of a scenario."""
    scores = np.linspace(-4.0, 4.0, nodes)
    weights = np.exp(-0.5 * scores**2)
    weights /= weights.sum()
    sums: dict[str, _Sums] = {}
    for score, weight in zip(scores, weights, strict=True):
        for name, pair in _runs(session, prior, score, scenario, of_effects, indicators, end):
            sums.setdefault(name, _Sums(weights)).add(weight, *pair)
    shares = {name: own.shares() for name, own in sums.items()}
    return Nested(*({name: own[i] for name, own in shares.items()} for i in range(4)))


def _runs(
    session: vj.Session,
    prior: str,
    score: float,
    scenario: str,
    of_effects: bool,
    indicators: Sequence[str] | None,
    end: int | None,
) -> Iterator[tuple[str, tuple[FloatArray, FloatArray]]]:
    """Yield each indicator with its outcomes, (year, draw), at a score under either chance."""
    projector, registry = session.projector, session.model.registry
    asked = session.scenario(scenario)
    whole = projector.variant(asked)
    held = _held(whole.inputs, prior, score)
    before = None if whole.reference is None else _held(whole.reference, prior, score)
    sides = [replace(whole, inputs=held, reference=before)]
    if of_effects and before is not None:
        sides.append(Variant(before))
    other = {"process": session.request.seed ^ OTHER_CHANCE}
    variants = [*sides, *(replace(side, group_seeds=other) for side in sides)]
    batch = projector.batch(variants, asked.start, end or asked.end, indicators)
    for projected in projector.parts_by_indicator(batch):
        for name in projected.rows:
            values = [
                scaled(name, projected.of(place)[name], registry) for place in range(len(variants))
            ]
            if of_effects:
                values = [values[0] - values[1], values[2] - values[3]]
            yield name, (values[0], values[1])


def _held(inputs: ScenarioInputs, prior: str, score: float) -> ScenarioInputs:
    """Return inputs with a prior held at a score."""
    own = inputs.parameters[prior]
    fixed = Distribution.model_validate({"fixed": float(own.prior.transform(np.array(score)))})
    held = own.model_copy(update={"prior": fixed})
    return replace(inputs, parameters={**inputs.parameters, prior: held})


class _Sums:
    """What is kept of the outcomes of one indicator at all values."""

    def __init__(self, weights: FloatArray) -> None:
        self.weights = weights
        self.one: FloatArray | float = 0.0
        self.other: FloatArray | float = 0.0
        self.both: FloatArray | float = 0.0
        self.squares: FloatArray | float = 0.0
        self.means: list[FloatArray] = []

    def add(self, weight: float, one: FloatArray, other: FloatArray) -> None:
        """Add outcomes, (year, draw), at one value under either chance."""
        self.one += weight * one
        self.other += weight * other
        self.both += weight * one * other
        self.squares += weight * 0.5 * (one**2 + other**2)
        parts = (np.array_split(values, PARTS, axis=1) for values in (one, other))
        self.means.append(np.array([[part.mean(axis=1) for part in own] for own in parts]))

    def shares(self) -> tuple[FloatArray, ...]:
        """Return first-order share, total share, and their errors, each (year,)."""
        means = np.array(self.means)  # (value, chance, part, year)
        moving = np.array(self.both) - np.array(self.one) * np.array(self.other)
        level = 0.5 * (np.array(self.one) + np.array(self.other))
        parts = [
            np.array([own.mean(axis=1) for own in np.array_split(values, PARTS, axis=1)])
            for values in (moving, level, np.array(self.squares))
        ]
        every = np.arange(PARTS)
        whole = self._of(means, parts, every)
        without = [self._of(means, parts, np.delete(every, part)) for part in every]
        errors = np.sqrt((PARTS - 1) * np.var(without, axis=0))
        return whole[0], whole[1], errors[0], errors[1]

    def _of(self, means: FloatArray, told: list[FloatArray], parts: NDArray[np.intp]) -> FloatArray:
        """Return first-order and total shares, (2, year), from some parts of the draws."""
        moving, level, squares = told
        middle = means[:, :, parts].mean(axis=2)
        away = middle - np.tensordot(self.weights, middle, 1)
        between = self.weights @ (away[:, 0] * away[:, 1])
        variance = squares[parts].mean(axis=0) - level[parts].mean(axis=0) ** 2
        tiny = 1e-14 * (1e-4 + squares[parts].mean(axis=0))
        scale = np.where(variance > tiny, variance, np.nan)
        result: FloatArray = np.stack([between, moving[parts].mean(axis=0)]) / scale
        return result


def compared(found: Sensitivities, prior: str, nest: Nested) -> dict[str, FloatArray]:
    """Return ours, nested, our error and that of the nested share, (4, share), by kind of share.

    Our error is that of the first-order share.

    Columns are those indicators and years in which both know a share.
    """
    place = [factor.name for factor in found.factors].index(prior)
    sides = {
        "first": (found.first, nest.first, nest.first_error),
        "total": (found.total, nest.total, nest.total_error),
    }
    return {
        kind: np.concatenate(
            [
                np.stack([ours[name][place], theirs[name], found.error[name][place], error[name]])
                for name in ours
                if name in theirs
            ],
            axis=1,
        )
        for kind, (ours, theirs, error) in sides.items()
    }


def main() -> None:
    """Print how well the shares agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", default="base")
    parser.add_argument("--effects", action="store_true", help="of effects, not of levels")
    parser.add_argument("--prior", action="append", help="repeatable; six by default")
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=None, help="results folder")
    asked = parser.parse_args()
    options = {} if asked.out is None else {"out": asked.out}
    session = vj.Session(draws=asked.draws, **options)
    found = session.sensitivity(None, asked.scenario, of_effects=asked.effects)
    places = [(name, year) for name in found.first for year in found.years]
    for prior in asked.prior or PRIORS:
        nest = nested(session, prior, asked.scenario, of_effects=asked.effects)
        for kind, shares in compared(found, prior, nest).items():
            ours, theirs, error, their_error = shares
            off = np.nan_to_num(np.abs(ours - theirs))
            known = np.count_nonzero(~np.isnan(ours - theirs))
            print(
                f"{prior}, {kind} shares: {np.count_nonzero(off > WITHIN)} of {known} differ by "
                f"more than {WITHIN}; Monte Carlo error of nested shares at most "
                f"{np.nanmax(their_error):.3f}"
            )
            for i in np.argsort(-off)[:5]:
                if off[i] > WITHIN / 2:
                    name, year = places[i]
                    print(
                        f"    {name} {year}: {ours[i]:.3f} ± {error[i]:.3f}, nested "
                        f"{theirs[i]:.3f} ± {their_error[i]:.3f}"
                    )


if __name__ == "__main__":
    main()
