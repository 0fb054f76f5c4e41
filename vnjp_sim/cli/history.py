"""The command that shows the past of an indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from vnjp_sim.cli.completion import complete_indicator
from vnjp_sim.cli.console import make_console, say, say_folded, say_json, show
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    evidence_option,
    indicators_meant,
    json_option,
    model_of,
    models_option,
    out_option,
    show_progress,
    size_options,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from vnjp_sim.simulation.history import History
    from vnjp_sim.simulation.request import Request


@commands.command()
@click.argument(
    "indicators",
    nargs=-1,
    required=True,
    metavar="INDICATOR...",
    shell_complete=complete_indicator,
)
@click.option("--csv", "as_csv", is_flag=True, help="Print a tidy CSV table, full precision.")
@size_options
@out_option
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def history(request: Request, indicators: tuple[str, ...], as_csv: bool, as_json: bool) -> None:
    """Show the past of each INDICATOR: quantiles by year, the documented figures beside them.

    Every projected indicator has one, as far back as the laws behind it begin. --horizon chooses
    the years, such as 2010:2024.
    """
    from vnjp_sim.simulation.calibrated import posterior_of
    from vnjp_sim.simulation.history import history_of

    model = model_of(request)
    indicators = indicators_meant(indicators, model)
    with show_progress(model, 0) as progress:
        posterior, _ = posterior_of(model, request.out, progress)
    span = request.horizon
    years = None if span is None else list(range(span[0], span[1] + 1))
    past = history_of(posterior, model, indicators, years, request.draws, request.seed)
    if as_csv:
        say(past.table().to_csv(index=False, lineterminator="\n").removesuffix("\n"))
    elif as_json:
        say_json(past.table().to_dict("records"))
    else:
        for name in past.indicators:
            _show(past, name)


def _show(past: History, name: str) -> None:
    from vnjp_sim.tables.history import history_lines, history_table

    known = past.model.registry.indicators[name]
    console = make_console()
    console.print(f"{name} — {known.label}, {known.unit}", style="bold")
    for line in history_lines(past, name):
        say_folded(console, line)
    show(console, history_table(past, name))
