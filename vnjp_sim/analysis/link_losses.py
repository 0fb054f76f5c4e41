"""How much of a scenario's effects single links carry: what is lost when one is cut.

Losses do not sum to the effect, since links act one after another and multiply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.attribution import ROUNDING
from vnjp_sim.analysis.players import players_of
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.ensemble import Batch
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LinkLoss:
    """How much of a scenario's mean effect is lost when one link is cut.

    `effect` and `without` are mean effects in the unit of the indicator.
    """

    link: str
    indicator: str
    year: int
    effect: float
    without: float

    @property
    def lost(self) -> float:
        """The part of the effect that is lost: 1 if nothing is left; NaN of no effect."""
        return 1.0 - self.without / self.effect if self.effect else float("nan")


def cut_links(
    projector: Projector,
    scenario: Scenario,
    indicators: Sequence[str] | None,
    years: Sequence[int],
    against: Scenario | None = None,
) -> tuple[LinkLoss, ...]:
    """Return how much of a scenario's mean effects is lost without each link that carries any.

    What a link carries less of than rounding is left out. A link from the economies acts in the
    baseline too, and is cut there as well. The effects are those against the baseline, or `against`
    another scenario that has the same one. Raises InputError if the scenario is a
    baseline, or an indicator or a year is not projected, or none is named.
    """
    other = scenario if against is None else replace(scenario, baseline=against)
    players_of(other, projector.model.instruments)
    indicators = names_asked(
        [] if indicators is None else indicators,
        projector.model.registry.labels,
        "is not projected",
    )
    years = years_asked(years, range(scenario.start, scenario.end + 1), "the scenario")
    whole = projector.variant(scenario)
    assert whole.reference is not None  # noqa: S101 - a scenario with players has one
    base = Variant(whole.reference)
    if against is not None:
        base = Variant(projector.inputs(against), whole.reference)
    links = _from_what_moves(projector, scenario, whole, base)
    cuts = [frozenset[str](), *(frozenset({name}) for name in links)]
    pairs = [(replace(base, cut=cut), replace(whole, cut=cut)) for cut in cuts]
    batch = projector.batch(
        [variant for pair in pairs for variant in pair], scenario.start, scenario.end, indicators
    )
    means, sizes = _means_of(projector, batch, [year - scenario.start for year in years])

    def effects(pair: int, name: str) -> FloatArray:
        return means[2 * pair + 1, name] - means[2 * pair, name]

    return tuple(
        LinkLoss(cut, name, year, float(effect), float(rest))
        for place, cut in enumerate(links, start=1)
        for name in indicators
        for year, effect, rest, little in zip(
            years, effects(0, name), effects(place, name), ROUNDING * sizes[name], strict=True
        )
        if abs(effect) > little and abs(effect - rest) > little
    )


def _means_of(
    projector: Projector, batch: Batch, rows: Sequence[int]
) -> tuple[dict[tuple[int, str], FloatArray], dict[str, FloatArray]]:
    """Return means over the draws, (row,), of some years of all that a batch records.

    The first are by place of the variant and indicator; the second, by indicator, are mean sizes in
    the first variant.
    """
    means: dict[tuple[int, str], FloatArray] = {}
    sizes: dict[str, FloatArray] = {}
    for places, projected in projector.parts(batch):
        for number, place in enumerate(places):
            for name, values in projected.of(number).items():
                means[place, name] = values[rows].mean(axis=1)
                if place == 0:
                    sizes[name] = np.abs(values[rows]).mean(axis=1)
    return means, sizes


def _from_what_moves(
    projector: Projector, scenario: Scenario, whole: Variant, base: Variant
) -> list[str]:
    """Return the links whose driver the scenario moves: others carry nothing of its effects."""
    links = projector.model.links.links
    drivers = sorted({link.driver for link in links.values()})
    known = set(projector.given())
    pair = [base, whole]
    named = [driver for driver in drivers if driver in known]
    layout = projector.batch(pair, scenario.start, scenario.end, named).layout(projector.posterior)
    moved = {name for name, rows in layout.recorded.items() if rows[0] != rows[1]}
    return [name for name, link in links.items() if link.driver in moved]
