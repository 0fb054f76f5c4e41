"""Tables and sentences of decisions: the chance of a goal along levers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnjp_sim.inputs.number_text import (
    NOTHING,
    chance_text,
    draws_text,
    percent,
    percent_below,
    significant,
)
from vnjp_sim.simulation.summaries import quantiles_of
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    from vnjp_sim.analysis.lever_mix import Mix
    from vnjp_sim.analysis.reach import Curve, Needed, Reach

FEW = 0.005
"""A share of the draws below this is not told."""


def reach_table(curve: Curve) -> TextTable:
    """Return the chance of a goal at each setting that was asked, and what becomes of it."""
    measure = curve.goal.measure
    table = TextTable(
        [
            Column("setting", "number"),
            Column("chance", "number"),
            Column(f"{measure.unit}, {curve.goal.year} [90\u00a0%]", "number"),
        ],
        curve.lever.text,
    )
    for setting, chance, values in zip(curve.settings, curve.chances, curve.outcomes, strict=True):
        if setting in curve.lever.settings:
            table.add(
                curve.lever.setting_text(setting),
                chance_text(float(chance), curve.draws),
                measure.interval(quantiles_of(values), curve.draws),
            )
    return table


def reach_lines(curve: Curve) -> Iterator[str]:
    """Yield what a curve says, in sentences."""
    if curve.replaces:
        yield "The settings take the place of what the scenario says of this lever."
    if not curve.moves:
        chance = percent(curve.best[1])
        yield f"It does not move the target, whose chance is {chance} at each setting."
        return
    for needed in curve.settings_for:
        yield _needed_line(curve, needed)
    yield f"In {percent(curve.never)} of the futures no setting of the range reaches it."
    if curve.always >= FEW:
        yield f"In {percent(curve.always)} it is reached at every setting."
    if curve.lost_again >= FEW:
        yield (
            f"In {percent(curve.lost_again)} a setting reaches it that a further one loses again; "
            "there the first that serves counts."
        )


def _needed_line(curve: Curve, needed: Needed) -> str:
    chance = percent(needed.chance)
    if needed.setting is None:
        place, most = curve.best
        if most == 0.0:
            return f"For a chance of {chance}: no setting of the range serves in any draw."
        return (
            f"For a chance of {chance}: no setting of the range is enough; the best, "
            f"{curve.lever.setting_text(place)}, gives {percent_below(most, needed.chance)}."
        )
    setting = curve.lever.setting_text(needed.setting)
    if needed.first:
        return f"For a chance of {chance}: already at {setting}."
    word = "at least" if curve.rises else "at most"
    found = chance_text(needed.found, curve.draws)
    return f"For a chance of {chance}: {word} {setting} (run with it: {found})."


def mix_table(reach: Reach, mix: Mix) -> TextTable:
    """Return the cheapest mix of levers beside each lever alone."""
    levers = [curve.lever for curve in reach.curves]
    draws = reach.curves[0].draws
    table = TextTable(
        [
            Column("way"),
            *(Column(lever.lever, "number", lever.lever) for lever in levers),
            Column("cost", "number", "cost"),
            Column("chance", "number", "cost"),
        ],
        f"Cheapest for a chance of {percent(mix.chance)}" if mix.settings else mix.finding,
    )
    if mix.settings:
        cells = [lever.setting_text(mix.settings[lever.lever]) for lever in levers]
        table.add("together", *cells, significant(mix.cost, 3), chance_text(mix.found, draws))
    else:
        best = f"at most {percent_below(mix.best, mix.chance)}"
        table.add("together", *[NOTHING for _ in levers], NOTHING, best)
    for lever in levers:
        setting, cost = mix.alone[lever.lever]
        cells = [
            NOTHING if other is not lever or setting is None else lever.setting_text(setting)
            for other in levers
        ]
        enough = setting is not None
        shown = significant(cost, 3) if not math.isnan(cost) else NOTHING
        table.add(
            f"{lever.lever} alone", *cells, shown, percent(mix.chance) if enough else "not enough"
        )
    return table


def draws_line(reach: Reach) -> str:
    """Return what the chances are shares of."""
    count = draws_text(reach.curves[0].draws)
    return f"{reach.goal.text}. Chances are shares of {count} of scenario '{reach.scenario}'."
