"""The table of what is regretted of policies, and what it says in words."""

from __future__ import annotations

from collections.abc import Iterator
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
        cells += [regret.measure.text(x) for x in (verdict.mean, verdict.high, verdict.most)]
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
    every = [verdict for verdict in regret.verdicts() if verdict.world == ALL]
    first = max(every, key=lambda verdict: verdict.best)
    yield f"Best in most futures: {_named(every, first.best, 'best')} ({percent(first.best)})."
    for key, words in (("mean", "Least regret on average"), ("most", "Least regret at most")):
        low = min(getattr(verdict, key) for verdict in every)
        yield f"{words}: {_named(every, low, key)} ({regret.measure.with_unit(low)})."
    if regret.held is not None:
        worst = dict(zip(regret.policies, regret.held.mean(axis=2).min(axis=0), strict=True))
        top = max(worst.values())
        names = [name for name, share in worst.items() if share >= top - ALIKE]
        yield f"Holds the target most often in its worst world: {listed(names)} ({percent(top)})."


def _named(verdicts: list[Verdict], value: float, key: str) -> str:
    """Return the policies that have a value, all of them where several do."""
    return listed([one.policy for one in verdicts if getattr(one, key) == value])
