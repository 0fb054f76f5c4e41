"""Commands for decisions: how far a lever carries, which policy is regretted least."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_scenario
from vnjp_sim.cli.console import make_console, say, say_folded, say_json, show
from vnjp_sim.cli.options import (
    force_option,
    path_type,
    refuse_given,
    run_options,
    scenarios_argument,
    session_of,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from vnjp_sim.analysis.discovery import Discovery
    from vnjp_sim.analysis.reach import Reach
    from vnjp_sim.analysis.regret import Regret
    from vnjp_sim.simulation.request import Request

TARGET_HELP = 'What is to be reached, "labour_stock>=700000 in 2030", or the id of a target.'
chart_option = click.option(
    "--chart", type=path_type, default=None, metavar="FILE", help="Draw it: .svg, .png or .html."
)
scenario_argument = click.argument(
    "scenario", default="base", metavar="[SCENARIO]", shell_complete=complete_scenario
)


@commands.command()
@scenario_argument
@click.option("--target", required=True, metavar="TEXT", help=TARGET_HELP)
@click.option(
    "--lever",
    "levers",
    multiple=True,
    required=True,
    metavar="TEXT",
    help='The lever that is moved: "oda_commitments multiply 1:3 ramp 2026:2030 cost 2"; only the '
    "first word is needed. Several with costs give the cheapest mix.",
)
@click.option(
    "--chance",
    type=float,
    default=0.8,
    show_default=True,
    help="The chance to aim at, between 0 and 1.",
)
@click.option(
    "--points",
    type=int,
    default=7,
    show_default=True,
    help="How many settings of each lever to run.",
)
@chart_option
@force_option
@run_options
def reach(
    request: Request,
    scenario: str,
    target: str,
    levers: tuple[str, ...],
    chance: float,
    points: int,
    chart: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Show the chance of a target along a lever, and the setting that each future needs.

    The lever is moved in SCENARIO over the range that it allows, or over the one that is given, by
    default phased in over five years. All settings use the same random numbers. Several levers are
    moved one at a time; if each has a cost, the cheapest mix for the chance is sought too.
    """
    check_chart(chart, force=force)
    session = session_of(request)
    found = session.reach(target, levers, scenario, chance=chance, points=points)
    if as_json:
        say_json(_reach_json(found))
    else:
        _show_reach(found)
    if chart is not None:
        from vnjp_sim.charts import reach as reach_chart

        draw_chart(reach_chart(found), chart, silent=as_json)


@commands.command()
@scenarios_argument
@click.option(
    "--measure",
    required=True,
    metavar="INDICATOR",
    help="What the policies are to raise.",
)
@click.option("--year", type=int, required=True, help="The year that counts.")
@click.option(
    "--under",
    multiple=True,
    metavar="SCENARIO",
    shell_complete=complete_scenario,
    help="A stress scenario: another world in which the policies are weighed. Repeatable.",
)
@click.option("--target", default=None, metavar="TEXT", help=TARGET_HELP)
@click.option("--least", is_flag=True, help="Less of it is better.")
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="NAME=NUMBER",
    help="What a policy costs, in the unit of the measure. Repeatable.",
)
@chart_option
@force_option
@run_options
def regret(
    request: Request,
    measure: str,
    year: int,
    under: tuple[str, ...],
    target: str | None,
    least: bool,
    costs: tuple[str, ...],
    chart: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Weigh policies over many futures: which is best how often, and how much is regretted.

    Each SCENARIO is a policy; their baseline, doing nothing, is one too. A future is a draw in the
    world of the baseline or of a stress. The regret of a policy in a future is what the best of
    the policies gives there less what it gives.
    """
    check_chart(chart, force=force)
    found = session_of(request).regret(
        request.scenarios,
        measure,
        year,
        under=under or None,
        target=target,
        least=least,
        costs=_costs(costs),
    )
    if as_json:
        say_json(
            {
                "measure": found.indicator,
                "year": found.year,
                "worlds": list(found.worlds),
                "draws": found.draws,
                "costs": dict(found.costs),
                "policies": found.table().to_dict("records"),
            }
        )
    else:
        _show_regret(found)
    if chart is not None:
        from vnjp_sim.charts import regret as regret_chart

        draw_chart(regret_chart(found), chart, silent=as_json)


@commands.command()
@scenario_argument
@click.option("--target", required=True, metavar="TEXT", help=TARGET_HELP)
@click.option("--reached", is_flag=True, help="For it to be reached, not missed.")
@click.option(
    "--conditions", type=int, default=3, show_default=True, help="How many conditions at most."
)
@chart_option
@force_option
@run_options
def discover(
    request: Request,
    scenario: str,
    target: str,
    reached: bool,
    conditions: int,
    chart: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Show what has to be true in SCENARIO for a target to be missed: at most three conditions.

    Conditions are bounds on priors and parameters, and on macroeconomic indicators in the year of
    the target. They are searched in one half of the draws and checked in the other.
    """
    check_chart(chart, force=force)
    found = session_of(request).discover(target, scenario, reached=reached, conditions=conditions)
    if as_json:
        say_json(_discovery_json(found))
    else:
        _show_discovery(found)
    if chart is not None:
        from vnjp_sim.charts import discovery as discovery_chart

        draw_chart(discovery_chart(found), chart, silent=as_json)


def _discovery_json(found: Discovery) -> dict[str, Any]:
    return {
        "target": found.goal.text,
        "reached": found.reached,
        "scenario": found.scenario,
        "conditions": found.table().to_dict("records"),
        "steps": [vars(step) for step in found.steps],
    }


def _show_discovery(found: Discovery) -> None:
    from vnjp_sim.tables.discovery import discovery_lines, discovery_table

    console = make_console()
    for line in discovery_lines(found):
        say_folded(console, line)
    if found.conditions:
        say("")
        show(console, discovery_table(found))


def _costs(words: tuple[str, ...]) -> dict[str, float] | None:
    """Return costs by policy; raises InputError for words that are none."""
    from vnjp_sim.foundation.errors import BadValueError, InputError
    from vnjp_sim.inputs.stated_number import stated_number

    costs: dict[str, float] = {}
    for word in words:
        name, _, number = word.partition("=")
        try:
            cost = stated_number(number)
        except BadValueError:
            what = f"'{word}' is no cost"
            raise InputError.single("--cost", what, "write it as oda_expansion=2.5") from None
        if costs.setdefault(name, cost) != cost:
            what = f"'{name}' has two costs, {costs[name]} and {cost}"
            raise InputError.single("--cost", what, "give one")
    return costs or None


def _show_regret(found: Regret) -> None:
    from vnjp_sim.tables.regret import choice_lines, regret_lines, regret_table

    console = make_console()
    for line in regret_lines(found):
        say_folded(console, line)
    say("")
    show(console, regret_table(found))
    for line in choice_lines(found):
        say_folded(console, line)


def check_chart(chart: Path | None, *, force: bool) -> None:
    """Check before anything is computed that a chart can be drawn and written."""
    if chart is None:
        refuse_given(("force",), "without --chart")
    else:
        from vnjp_sim.charts.saving import SUFFIXES
        from vnjp_sim.charts.theme import altair
        from vnjp_sim.foundation.errors import InputError, did_you_mean
        from vnjp_sim.storage.atomic import check_free

        altair()
        if chart.suffix.lower() not in SUFFIXES:
            what, remedy = "is no name of a chart", did_you_mean(chart.suffix, SUFFIXES)
            raise InputError.single(str(chart), what, remedy)
        check_free(chart, force=force)


def draw_chart(chart: Any, file: Path, *, silent: bool) -> None:
    """Write a chart, and say where."""
    from vnjp_sim.charts import save
    from vnjp_sim.foundation.packaged import display_path

    written = save(chart, file)
    if not silent:
        say(f"wrote {display_path(written)}")


def _show_reach(found: Reach) -> None:
    from vnjp_sim.tables.decisions import draws_line, mix_table, reach_lines, reach_table

    console = make_console()
    say_folded(console, draws_line(found))
    for curve in found.curves:
        say("")
        show(console, reach_table(curve))
        for line in reach_lines(curve):
            say_folded(console, line)
    if found.mix is not None:
        say("")
        show(console, mix_table(found, found.mix))


def _reach_json(found: Reach) -> dict[str, Any]:
    goal, mix = found.goal, found.mix
    return {
        "target": {
            "indicator": goal.indicator,
            "year": goal.year,
            "at_least": goal.low,
            "at_most": goal.high,
            "text": goal.text,
        },
        "scenario": found.scenario,
        "draws": found.curves[0].draws,
        "curves": [
            {
                "lever": curve.lever.lever,
                "replaces": curve.replaces,
                "operation": curve.lever.operation,
                "path": curve.lever.path,
                "from": curve.lever.first,
                "to": curve.lever.last,
                "points": curve.table().to_dict("records"),
                "settings_for": [vars(needed) for needed in curve.settings_for],
                "never": curve.never,
                "always": curve.always,
                "lost_again": curve.lost_again,
            }
            for curve in found.curves
        ],
        "mix": None
        if mix is None
        else {
            "chance": mix.chance,
            "settings": dict(mix.settings),
            "cost": mix.cost,
            "found": mix.found,
            "best": mix.best,
            "alone": {name: list(alone) for name, alone in mix.alone.items()},
        },
    }
