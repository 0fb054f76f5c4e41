"""Commands that tell what an answer hangs on, and what would narrow it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_indicator, complete_scenario
from vnjp_sim.cli.console import make_console, say, say_folded, say_json, show
from vnjp_sim.cli.deciding import chart_option, check_chart, draw_chart
from vnjp_sim.cli.options import (
    force_option,
    indicators_meant,
    run_options,
    session_of,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from vnjp_sim.analysis.lookup import Lookup
    from vnjp_sim.analysis.sensitivities import Sensitivities
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
    help="The scenario that is asked about.",
)


@commands.command()
@indicators_argument
@scenario_option
@click.option("--effects", is_flag=True, help="Its effects against its baseline, not its levels.")
@click.option(
    "--top", type=click.IntRange(min=1), default=12, show_default=True, help="Rows to show."
)
@chart_option
@force_option
@run_options
def sensitivity(
    request: Request,
    indicators: tuple[str, ...],
    scenario: str,
    effects: bool,
    top: int,
    chart: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Show which priors and figures the variance of each INDICATOR comes from, year by year.

    First-order shares of single priors, growth forms and figures, from one ensemble; the last
    column adds what each does together with another. 10,000 draws find shares of one per cent.
    --chart draws the first INDICATOR in the last year.
    """
    check_chart(chart, force=force)
    session = session_of(request)
    found = session.sensitivity(
        indicators_meant(indicators, session.model), scenario, of_effects=effects
    )
    if as_json:
        say_json(found.table().to_dict("records"))
    else:
        _show_sensitivity(found, top)
    if chart is not None:
        from vnjp_sim.charts import sensitivity as sensitivity_chart

        draw_chart(sensitivity_chart(found), chart, silent=as_json)


def _show_sensitivity(found: Sensitivities, top: int) -> None:
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
@click.option("--effects", is_flag=True, help="Its effects against its baseline, not its levels.")
@click.option(
    "--when",
    type=int,
    default=None,
    help="The year of the figures to come; by default the second of the horizon.",
)
@click.option(
    "--error",
    type=float,
    default=0.02,
    show_default=True,
    help="Standard error of these figures, as a part of them: 0.02 is two per cent.",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=8, show_default=True, help="Rows to show."
)
@chart_option
@force_option
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
    chart: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Show what to look up next: which number would narrow INDICATOR in a year most.

    Numbers are figures to come of official series, those behind the documents' figures as they
    would be without rounding or error, and priors.
    """
    check_chart(chart, force=force)
    found = session_of(request).lookup(
        indicator, year, scenario, when=when, error=error, of_effects=effects
    )
    if as_json:
        say_json(_lookup_json(found))
    else:
        _show_lookup(found, top)
    if chart is not None:
        from vnjp_sim.charts import lookup as lookup_chart

        draw_chart(lookup_chart(found), chart, silent=as_json)


def _lookup_json(found: Lookup) -> dict[str, Any]:
    return {
        "indicator": found.indicator,
        "year": found.year,
        "when": found.when,
        "draws": found.draws,
        "numbers": found.table().to_dict("records"),
        "second": None if found.second is None else vars(found.second),
    }


def _show_lookup(found: Lookup, top: int) -> None:
    from vnjp_sim.tables.lookup import lookup_lines, lookup_table

    console = make_console()
    for line in lookup_lines(found):
        say_folded(console, line)
    if found.candidates:
        say("")
        show(console, lookup_table(found, top))
