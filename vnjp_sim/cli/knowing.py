"""Commands that tell what an answer hangs on, and what would narrow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from vnjp_sim.cli.completion import complete_indicator, complete_scenario
from vnjp_sim.cli.console import make_console, say, say_folded, say_json, show
from vnjp_sim.cli.options import (
    indicators_meant,
    run_options,
    session_of,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from vnjp_sim.simulation.request import Request

indicators_argument = click.argument(
    "indicators",
    nargs=-1,
    required=True,
    metavar="INDICATOR...",
    shell_complete=complete_indicator,
)
scenario_option = click.option(
    "--scenario",
    default="base",
    show_default=True,
    shell_complete=complete_scenario,
    help="Whose levels.",
)


@commands.command()
@indicators_argument
@scenario_option
@click.option("--effects", is_flag=True, help="Of the scenario's effects, not of its levels.")
@click.option(
    "--top", type=click.IntRange(min=1), default=12, show_default=True, help="Rows to show."
)
@run_options
def sensitivity(
    request: Request,
    indicators: tuple[str, ...],
    scenario: str,
    effects: bool,
    top: int,
    as_json: bool,
) -> None:
    """Show which priors and figures the variance of each INDICATOR comes from, year by year.

    First-order shares of single priors, growth forms and figures, from one ensemble; the last
    column adds what each does together with another. 10,000 draws find shares of one per cent.
    """
    session = session_of(request)
    found = session.sensitivity(
        indicators_meant(indicators, session.model), scenario, of_effects=effects
    )
    if as_json:
        say_json(found.table().to_dict("records"))
        return
    from vnjp_sim.tables.sensitivity import sensitivity_lines, sensitivity_table

    console = make_console()
    for name in found.first:
        show(console, sensitivity_table(found, name, top))
    for line in sensitivity_lines(found):
        say_folded(console, line)


@commands.command()
@click.argument("indicator", metavar="INDICATOR", shell_complete=complete_indicator)
@click.option("--year", type=int, required=True, help="The year of the answer.")
@scenario_option
@click.option("--effects", is_flag=True, help="Of the scenario's effects, not of its levels.")
@click.option("--when", type=int, default=None, help="The year of the figures to come.")
@click.option(
    "--error",
    type=float,
    default=0.02,
    show_default=True,
    help="Standard error with which they are reported, as a part of them.",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=8, show_default=True, help="Rows to show."
)
@run_options
def lookup(
    request: Request,
    indicator: str,
    year: int,
    scenario: str,
    effects: bool,
    when: int | None,
    error: float,
    top: int,
    as_json: bool,
) -> None:
    """Show what to look up next: which number would narrow INDICATOR in a year most.

    Numbers are figures to come of official series, those behind the documents' figures as they
    would be without rounding or error, and priors.
    """
    found = session_of(request).lookup(
        indicator, year, scenario, when=when, error=error, of_effects=effects
    )
    if as_json:
        second = None if found.second is None else vars(found.second)
        answer = {"indicator": found.indicator, "year": found.year, "when": found.when}
        numbers = found.table().to_dict("records")
        say_json({**answer, "draws": found.draws, "numbers": numbers, "second": second})
        return
    from vnjp_sim.tables.lookup import lookup_lines, lookup_table

    console = make_console()
    for line in lookup_lines(found):
        say_folded(console, line)
    if found.candidates:
        say("")
        show(console, lookup_table(found, top))
