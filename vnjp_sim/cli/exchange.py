"""The command that exports scenarios to other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_scenario
from vnjp_sim.cli.console import say, say_json
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    evidence_option,
    force_option,
    json_option,
    model_of,
    models_option,
    out_option,
    path_type,
    refuse_given,
    run_requested,
    size_options,
    workers_option,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vnjp_sim.simulation.history import History
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.request import Request

FORMATS = ("iamc", "csv", "netcdf", "excel", "datapackage", "rocrate")
TABLES = ("iamc", "csv")
"""Formats that have no room for a citation."""
OF_RUNS = ("history", "force", "draws", "seed", "horizon", "workers", "out")
"""Options of an export that only projections heed."""


@commands.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO...]", shell_complete=complete_scenario)
@click.option("--format", "kind", type=click.Choice(FORMATS), required=True, help="Output format.")
@click.option(
    "--to",
    type=path_type,
    required=True,
    help="File to write; for datapackage and rocrate, a new folder.",
)
@click.option(
    "--history",
    is_flag=True,
    help="Put the past of all indicators beside the scenarios, under the name history; for iamc, "
    "csv and excel.",
)
@force_option
@size_options
@workers_option
@out_option
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def export(
    request: Request, kind: str, to: Path, history: bool, force: bool, as_json: bool
) -> None:
    """Write scenarios in another format; run them first if they are not stored.

    Formats: iamc, for pyam and scenario databases; csv, a tidy table of all scenarios; netcdf, all
    draws; excel, a workbook with all figures and assumptions; datapackage, the documents' figures
    and events, without any scenario; rocrate, stored runs as an RO-Crate. All say how to cite
    them, iamc and csv in a file of metadata beside the table.
    """
    from vnjp_sim import exchange
    from vnjp_sim.exchange.citation import metadata_file, write_metadata
    from vnjp_sim.exchange.rocrate import write_rocrate
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.storage.atomic import check_free

    if kind == "datapackage":
        if request.scenarios:
            what = "a data package holds the history and no scenarios"
            raise InputError.single(request.scenarios[0], what, "leave the scenarios out")
        refuse_given(OF_RUNS, "for a data package, which holds the history")
        model = model_of(request)
        written = exchange.write_datapackage(model, to)
    else:
        for file in (to, metadata_file(to)) if kind in TABLES else (to,):
            check_free(file, force=force)  # refused before a long run
        if kind == "netcdf":
            refuse_given(("history",), "for netcdf; save the draws of vnjp_sim.history")
        if kind == "rocrate":
            refuse_given(("history", "force"), "for an RO-Crate, a new folder of stored runs")
        model = model_of(request)
        if not request.scenarios:
            what = "no scenario is named"
            raise InputError.single("export", what, "name one or more, such as base")
        folders = [result.folder for result in run_requested(request, model)]
        past = {"history": _past(request, model)} if history else {}
        writers: dict[str, Callable[..., Path]] = {
            "iamc": exchange.write_iamc,
            "csv": exchange.write_tidy,
            "netcdf": exchange.write_netcdf,
            "excel": exchange.write_excel,
        }
        if kind == "rocrate":
            written = write_rocrate(folders, model, to)
        else:
            written = writers[kind](folders, model, to, force=force, **past)
        if kind in TABLES:
            write_metadata(to, _manifests(folders), model, force=force)
    if as_json:
        say_json({"file": str(written)})
    else:
        say(f"wrote {display_path(written)}")


def _manifests(folders: Sequence[Path]) -> dict[str, Mapping[str, Any]]:
    from vnjp_sim.storage.store import read_manifest

    manifests = map(read_manifest, folders)
    return {str(manifest["scenario"]["name"]): manifest for manifest in manifests}


def _past(request: Request, model: Model) -> History:
    from vnjp_sim.simulation.history import history_of
    from vnjp_sim.simulation.pipeline import posterior_of

    posterior, _ = posterior_of(model, request.out)
    return history_of(posterior, model, draws=request.draws, seed=request.seed)
