"""Commands that list and delete stored results."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from vnjp_sim.cli.console import say, say_json
from vnjp_sim.cli.options import json_option, out_option
from vnjp_sim.cli.root import commands


@commands.group()
def results() -> None:
    """List and delete stored results."""


@results.command(name="list")
@out_option
@json_option
def list_results(out: Path, as_json: bool) -> None:
    """List the stored runs, newest first, each with the models that it was made with."""
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.inputs.number_text import fixed
    from vnjp_sim.storage.store import list_runs
    from vnjp_sim.storage.user_cache import CALIBRATION, kept

    runs = list_runs(out)
    if as_json:
        say_json([{"folder": str(r.folder)} | dict(r.manifest) for r in runs])
        return
    if runs:
        from vnjp_sim.simulation.stored_runs import run_line

        for stored in runs:
            say(run_line(stored))
    else:
        say(f"No runs in {display_path(out)}.")
    if calibrations := kept(CALIBRATION):
        size = sum(file.stat().st_size for folder in calibrations for file in folder.iterdir())
        say(
            f"Calibrations for all results folders: {len(calibrations)} in "
            f"{calibrations[0].parent}, {fixed(size / 1e6, 1)} MB"
        )


@results.command()
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Number of runs of each scenario to keep.",
)
@click.option("--cache", is_flag=True, help="Delete what the user's cache folder holds as well.")
@out_option
def prune(keep: int, cache: bool, out: Path) -> None:
    """Delete all but the newest runs of each scenario, and day-old remains of killed runs."""
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.storage.store import delete, prune_runs
    from vnjp_sim.storage.user_cache import KINDS, kept

    deleted = prune_runs(out, keep)
    for folder in [old for kind in KINDS for old in kept(kind)] if cache else []:
        delete(folder)
        deleted.append(folder)
    for folder in deleted:
        say(f"deleted {display_path(folder)}")
    if not deleted:
        say(f"Nothing to delete in {display_path(out)}.")
