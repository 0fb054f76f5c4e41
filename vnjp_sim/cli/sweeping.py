"""The command that runs a scenario at many points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from vnjp_sim.cli.console import make_console, say_folded, say_json, show
from vnjp_sim.cli.options import (
    model_of,
    path_type,
    run_options,
    show_progress,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from vnjp_sim.analysis.sweep import SweepResult
    from vnjp_sim.simulation.request import Request


@commands.command()
@click.argument("design", type=path_type, required=True, metavar="DESIGN")
@run_options
def sweep(request: Request, design: Path, as_json: bool) -> None:
    """Run a scenario at many points: a grid, a Latin hypercube or a Sobol sequence.

    DESIGN is a YAML file that names the scenario, the method, and the axes: levers, numbers of
    events, parameters, each with its range or values. All points use the same random numbers, so
    that their differences are due to the axes alone. Writes sweep.nc (a cube of point, year, and
    quantile or draw) and points.csv to OUT/sweep-<name>/<hash>/. A sweep that was interrupted goes
    on where it stopped when the command is given again; a finished one is shown without computing.
    """
    from vnjp_sim.analysis.sweep import plan_sweep, run_sweep

    model = model_of(request)
    planned = plan_sweep(design, model, request.options)
    with show_progress(model, planned.design.count * request.draws) as progress:
        result = run_sweep(planned, request.out, progress)
    if not as_json:
        _show(result)
        return
    say_json(
        {
            "sweep": planned.design.content.name,
            "folder": str(result.folder),
            "reused": result.reused,
            "run": result.manifest["run"],
            "points": planned.design.count,
            "axes": [axis.name for axis in planned.design.axes],
            "gates_failed": result.manifest.get("gates_failed", []),
        }
    )


def _show(result: SweepResult) -> None:
    from vnjp_sim.analysis.sweep_file import read_sweep
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.manifests import gates_note
    from vnjp_sim.tables.sweep import rest_of_points, sweep_table

    console = make_console()
    design, registry = result.sweep.design, result.sweep.model.registry
    data = read_sweep(result.file)
    console.print(f"{design.content.name}: {design.content.title}", style="bold")
    own = result.sweep.scenario
    for axis in design.axes:
        instead = axis.kind != "event" and axis.target in (*own.levers, *own.parameters)
        what = ", in place of the scenario's own" if instead else ""
        say_folded(console, f"  {axis.name}: {axis.text}: {axis.span}{what}")
    show(console, sweep_table(data, design, registry))
    for line in filter(None, (rest_of_points(data), gates_note([result.manifest]))):
        show(console, line)
    again = " (already stored by an identical sweep)" if result.reused else ""
    show(console, f"Results: {display_path(result.folder)}{again}")
