"""The table of what is regretted of policies, and what it says in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vnjp_sim.analysis.regret import ALL, listed
from vnjp_sim.inputs.number_text import (
    NOTHING,
    chance_text,
    draws_text,
    exact,
    fixed,
    grouped,
    percent,
)
from vnjp_sim.simulation.summaries import fewest_draws
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.regret import Regret, Verdict

ALIKE = 0.001
"""A policy that is best alone in fewer futures than another, by so much, is not named as best."""


def regret_table(regret: Regret) -> TextTable:
    """Return a row a policy, over all worlds and in each."""
    unit = regret.measure.unit
    columns = [
        Column("policy"),
        Column("best in", "number", "futures"),
        Column(f"mean, {unit}", "number", "regret"),
        Column("95\u00a0% below", "number", "regret"),
        Column("at most", "number", "regret"),
    ]
    if regret.goal is not None:
        columns.append(Column("target held", "number", "target"))
    table = TextTable(columns)
    world = ""
    for verdict in regret.verdicts():
        if verdict.world != world:
            world = verdict.world
            if len(regret.worlds) > 1:
                table.add_across(world if world == ALL else f"in the world of {world}")
        cells = [verdict.policy, percent(verdict.best)]
        high = verdict.high if regret.draws >= fewest_draws(0.95) else math.nan
        cells += [regret.measure.text(x) for x in (verdict.mean, high, verdict.most)]
        if regret.goal is not None:
            held = verdict.satisfies  # the draws of other worlds are the same: no more certain
            cells.append(NOTHING if held is None else chance_text(held, regret.draws))
        table.add(*cells)
    return table


def regret_lines(regret: Regret) -> Iterator[str]:
    """Yield what is weighed, and which policy each way of choosing names."""
    worlds = f" in each of {fixed(len(regret.worlds), 0)} worlds" if len(regret.worlds) > 1 else ""
    yield f"{regret.label} in {regret.year}: {draws_text(regret.draws)}{worlds}."
    if regret.costs:
        shown = (f"{name} {grouped(exact(cost))}" for name, cost in regret.costs.items())
        yield f"Costs, in the unit of the indicator: {', '.join(shown)}."
    if regret.goal is not None:
        yield f"Target: {regret.goal.text}."


def choice_lines(regret: Regret) -> Iterator[str]:
    """Yield which policy each way of choosing names."""
    every = {one.policy: one for one in regret.verdicts() if one.world == ALL}
    best, least = regret.best_most, regret.least_regretted
    share = max(every[name].best for name in best)
    yield f"Best most often: {listed(best)} ({percent(share)}{_tied(best, every)})."
    mean = regret.measure.with_unit(min(every[name].mean for name in least))
    yield f"Least regret on average: {listed(least)} ({mean}{_tied(least, every)})."
    most = min(one.most for one in every.values())
    names = [name for name, one in every.items() if one.most == most]
    yield f"Least regret at most: {listed(names)} ({regret.measure.with_unit(most)})."
    if regret.held is not None:
        worst = dict(zip(regret.policies, regret.held.mean(axis=2).min(axis=0), strict=True))
        top = max(worst.values())
        names = [name for name, share in worst.items() if share >= top - ALIKE]
        yield f"Holds the target most often in its worst world: {listed(names)} ({percent(top)})."


def _tied(names: Sequence[str], verdicts: Mapping[str, Verdict]) -> str:
    """Return that draws do not tell policies apart, where they are not quite alike."""
    means = {verdicts[name].mean for name in names}
    return ", not told apart by so many draws" if len(means) > 1 else ""
