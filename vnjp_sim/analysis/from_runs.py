"""From runs to a comparison: shown to be paired, over the years that all of them have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario_differences import begins
from vnjp_sim.simulation.pairing import (
    baselines_of,
    manifests_of,
    pairing_known,
    pairing_shown,
    scenario_names,
)
from vnjp_sim.simulation.projection_checks import check_projections, years_present
from vnjp_sim.simulation.projection_file import Projection, gather
from vnjp_sim.simulation.projections import from_dataset, from_parts


def comparison_of(
    given: object, registry: Registry, baseline: str | None = None, *, unproven: bool = False
) -> Comparison:
    """Return the comparison of projections, dims (scenario, year, draw).

    Years that a scenario lacks are left out. With `unproven`, runs that do not show whether they
    share their draws are compared too, and every effect is marked so.

    Raises
    ------
    InputError
        The runs are not paired, or do not show that they are; the baseline is not among them or not
        known; or they are no whole projections, see
        :func:`vnjp_sim.simulation.projection_checks.check_projections`.
    """
    runs = check_projections(given, registry)
    names = scenario_names(runs)
    chosen = baseline or next(iter(baselines_of(runs).values()), None)
    if chosen is None:
        message = "do not say which scenario is the baseline"
        raise InputError.single("runs", message, f"give one as baseline: {', '.join(names)}")
    if chosen not in names:
        remedy = did_you_mean(str(chosen), names)
        raise InputError.single(str(chosen), "the baseline is not among the runs", remedy)
    proven = pairing_shown(runs, chosen)
    if len(names) > 1 and not proven and not unproven:
        raise InputError.single(
            "runs",
            "are not shown to share random numbers: coordinates of the runs are missing",
            "compare what vnjp_sim.run returns, with all its coordinates; or give unproven=True, "
            "which marks every effect",
        )
    common = years_present(runs).all(axis=0)
    if not common.any():
        raise InputError.single("runs", "have no year in common", "run them for the same years")
    if not common.all():
        runs = runs.isel(year=common)
    manifests = manifests_of(runs)
    comparison = Comparison(from_dataset(runs), chosen, registry, manifests, proven=proven)
    if proven:
        _check_before(comparison)
    return comparison


def comparison_of_parts(
    parts: Sequence[Projection], registry: Registry, baseline: str
) -> Comparison:
    """Return the comparison of projections that were made here, or stored and found whole.

    Raises
    ------
    InputError
        They are not paired, see :func:`comparison_of`.
    """
    manifests = {part.scenario: part.manifest for part in parts}
    projections = from_parts(parts)
    if projections is None or not pairing_known(manifests, baseline):
        return comparison_of(gather(parts), registry, baseline)  # which says what is amiss
    return Comparison(projections, baseline, registry, manifests)


def _check_before(comparison: Comparison) -> None:
    """Check that no scenario differs before it departs; raises InputError.

    If one does, its draws are not those of the baseline, whatever they are called.
    """
    of = comparison.projections.of
    for scenario, both in comparison.contents.items():
        first = None if both is None else next(iter(begins(*both)), None)
        early = [y for y in comparison.years if first is not None and y < first]
        before = slice(0, len(early))
        unlike = [
            name
            for name in comparison.projections.arrays
            if not np.array_equal(of(scenario, name)[before], of(comparison.baseline, name)[before])
        ]
        if unlike:
            message = (
                f"differs from {comparison.baseline} in '{unlike[0]}' before its first change "
                f"in {first}"
            )
            remedy = "give its draws in their original order"
            raise InputError.single(scenario, message, remedy)
