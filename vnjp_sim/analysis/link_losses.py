"""How much of a scenario's effects single links carry: what is lost when one is cut.

Losses do not sum to the effect, since links act one after another and multiply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vnjp_sim.analysis.game import ROUNDING, Game
from vnjp_sim.analysis.players import players_of
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.choices import names_asked, years_asked
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options, ensemble_of


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
    posterior: Posterior,
    scenario: Scenario,
    model: Model,
    options: Options,
    indicators: Sequence[str] | None,
    years: Sequence[int],
) -> tuple[LinkLoss, ...]:
    """Return how much of a scenario's mean effects is lost without each link that carries any.

    What a link carries less of than rounding is left out. Raises InputError if the scenario is a
    baseline, or an indicator or a year is not projected, or none is named.
    """
    players_of(scenario)
    indicators = names_asked(
        [] if indicators is None else indicators,
        list(model.registry.indicators),
        "is not projected",
    )
    years = years_asked(years, range(scenario.start, scenario.end + 1), "the scenario")
    ensemble = ensemble_of(scenario, model, options)
    drivers = {link.driver for link in ensemble.links.values()}
    game = Game(posterior, scenario, model, options, (), sorted({*indicators, *drivers}))
    nothing, whole = game.outcome(frozenset()), game.kept(ensemble)
    rows = [year - scenario.start for year in years]
    losses = []
    for cut, link in ensemble.links.items():
        if np.array_equal(whole[link.driver], nothing[link.driver]):
            continue  # the scenario does not move what drives it
        links = {name: other for name, other in ensemble.links.items() if name != cut}
        left = game.kept(replace(ensemble, links=links))
        for name in indicators:
            effects, without = (
                (outcome[name] - nothing[name])[rows].mean(axis=1) for outcome in (whole, left)
            )
            least = ROUNDING * np.abs(nothing[name])[rows].mean(axis=1)
            losses += [
                LinkLoss(cut, name, year, float(effect), float(rest))
                for year, effect, rest, little in zip(years, effects, without, least, strict=True)
                if abs(effect) > little and abs(effect - rest) > little
            ]
    return tuple(losses)
