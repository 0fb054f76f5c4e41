"""Titles of pictures that are taken from the page: what it says of its year, in one sentence."""

from __future__ import annotations

from vnjp_sim.analysis.effect_words import finding, scenario_in_sentence, scenario_words
from vnjp_sim.explorer.futures import Pair
from vnjp_sim.explorer.state import State, States
from vnjp_sim.inputs.number_text import measure_of
from vnjp_sim.report.browse_words import level_amount, levels_in, percent_sentence


def effect_title(pair: Pair, state: State, states: States, *, relative: bool) -> str:
    """Return what the scenario does in the year: "Mine raises ODA disbursements by JPY 69 bn …"."""
    assert pair.compared is not None  # noqa: S101 - without two there is no effect
    (effect,) = pair.compared.summaries([state.indicator], [state.year])
    registry, who = states.model.registry, subject(pair, state, states)
    if not relative:
        return finding(effect, registry, who)
    told = percent_sentence(effect, registry).rstrip(".")
    told = told.replace(f"with {scenario_words(effect.scenario)}", f"with {who}", 1)
    return told.replace("the baseline", scenario_in_sentence(pair.other.name))


def level_title(pair: Pair, state: State, states: States) -> str:
    """Return what the levels of the year are, that of the scenario first."""
    registry = states.model.registry
    indicator, place = registry.indicators[state.indicator], pair.years.index(state.year)
    sides = (False, True) if pair.compared else (False,)
    levels = [
        one
        for other in sides
        for one in levels_in([state.year], pair.levels(state.indicator, other=other)[place, None])
    ]
    measure = measure_of(indicator, registry.units, [level.quantiles[2] for level in levels])
    by_chance = any(level.by_chance for level in levels)
    told = [level_amount(level, measure, by_chance=by_chance) for level in levels]
    begin = f"{indicator.label} in {state.year}"
    if len(told) == 1:
        return f"{begin}: {told[0]}"
    other = scenario_in_sentence(pair.other.name)
    return f"{begin}: {told[0]} with {subject(pair, state, states)}, {told[1]} in {other}"


def subject(pair: Pair, state: State, states: States) -> str:
    """Return what a scenario is called in a sentence: as its user named it, else by its id."""
    return states.given_title(state.scenario) or scenario_words(pair.scenario.name)
