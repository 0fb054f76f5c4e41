"""Policies under stress: what a policy changes in the world that another scenario makes.

The policy and the stress together are compared with the stress alone, draw by draw, and so beside
what the policy changes in the world of the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_file import AT, LONGEST_TITLE
from vnjp_sim.inputs.scenario_names import LONGEST_NAME
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_requests import distinct_scenarios


@dataclass(frozen=True)
class UnderStress:
    """Which scenarios are policies, which are stresses, and what both together are.

    Attributes
    ----------
    policies, stresses : Mapping[str, Scenario]
        By name.
    together : Mapping[tuple[str, str], Scenario]
        Of each policy and stress.
    """

    policies: Mapping[str, Scenario]
    stresses: Mapping[str, Scenario]
    together: Mapping[tuple[str, str], Scenario]

    @property
    def requests(self) -> tuple[str, ...]:
        """All of them, as a comparison with the baseline takes them."""
        every = (*self.policies.values(), *self.stresses.values(), *self.together.values())
        return tuple(scenario.to_line() for scenario in every)

    def worlds(self, comparison: Comparison, policy: str) -> dict[str, tuple[str, Comparison]]:
        """Return the scenario with the policy in each world, and its comparison with that world."""
        worlds = {f"in {comparison.baseline}": (policy, comparison)}
        for stress in self.stresses:
            both = self.together[policy, stress].name
            worlds[f"in {stress}"] = (both, replace(comparison, baseline=stress))
        return worlds

    def effects(
        self,
        comparison: Comparison,
        policy: str,
        indicators: Sequence[str],
        years: Sequence[int],
    ) -> dict[str, tuple[Effect, ...]]:
        """Return the effects of a policy in the world of the baseline and of each stress."""
        return {
            title: tuple(e for e in world.summaries(indicators, years) if e.scenario == name)
            for title, (name, world) in self.worlds(comparison, policy).items()
        }


def under_stress(
    policies: Sequence[str], stresses: Sequence[str], model: Model, options: Options
) -> UnderStress:
    """Return policies and stresses, each pair of them as a scenario that extends both.

    Raises
    ------
    InputError
        One cannot be read, there is no policy beside the stresses, or a policy and a stress steer
        one lever differently.
    """
    reader = model.scenario_reader()
    scenarios = distinct_scenarios([*policies, *stresses], model, options, reader)
    hard = distinct_scenarios(stresses, model, options, reader)
    mild = {name: scenario for name, scenario in scenarios.items() if name not in hard}
    if not mild:
        what, remedy = "is the stress itself", "name a scenario that is to stand under it"
        raise InputError.single(", ".join(hard), what, remedy)
    together = {}
    for policy in mild.values():
        for stress in hard.values():
            name = f"{policy.name}_under_{stress.name}".replace(AT, "_")[:LONGEST_NAME]
            title = f"{policy.title}, under {stress.name}"[:LONGEST_TITLE]
            content = {"name": name, "title": title, "extends": [policy.stated, stress.stated]}
            together[policy.name, stress.name] = reader.build(content)
    return UnderStress(mild, hard, together)
