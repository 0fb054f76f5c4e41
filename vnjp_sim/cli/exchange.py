"""The command that exports scenarios to other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_scenario
from vnjp_sim.cli.console import say, say_json
from vnjp_sim.cli.options import (
    force_option,
    model_of,
    path_type,
    refuse_given,
    run_options,
    run_requested,
    show_progress,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vnjp_sim.analysis.attribution import Attribution
    from vnjp_sim.analysis.findings import Findings
    from vnjp_sim.exchange.citation import Manifests
    from vnjp_sim.simulation.history import History
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.request import Request

FORMATS = ("iamc", "csv", "netcdf", "excel", "datapackage", "rocrate")
ENDINGS = {"iamc": ".csv", "csv": ".csv", "netcdf": ".nc", "excel": ".xlsx"}
TABLES = ("iamc", "csv")
"""Formats that have no room for a citation."""
OF_RUNS = ("history", "effects", "force", "draws", "seed", "horizon", "workers", "out")
"""Options of an export that only projections heed."""
EXCEL = "excel"
CRATE = "for an RO-Crate, a new folder of stored runs"
REFUSED = {
    "history": {"netcdf": "for netcdf; save the draws of vnjp_sim.history", "rocrate": CRATE},
    "effects": {"rocrate": CRATE},
    "force": {"rocrate": CRATE},
}
"""Options that do nothing for a format, and why."""


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
    help="Put the past of all indicators beside the scenarios, under the name history; for iamc "
    "and csv. A workbook has it anyway.",
)
@click.option(
    "--effects",
    is_flag=True,
    help="Write the scenarios' effects, compared with their baseline, instead of levels; for iamc, "
    "csv and netcdf. A workbook has both.",
)
@force_option
@run_options
def export(
    request: Request,
    kind: str,
    to: Path,
    history: bool,
    effects: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write scenarios in another format; run them first if they are not stored.

    Formats: excel, a workbook with summary, charts, effects, all figures and assumptions; csv, a
    tidy table of all scenarios; iamc, for pyam and scenario databases; netcdf, all draws;
    datapackage, the documents' figures and events, without any scenario; rocrate, stored runs as an
    RO-Crate. All say how to cite them, iamc and csv in a file of metadata beside the table.
    """
    from vnjp_sim.exchange.citation import metadata_file, write_metadata
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.storage.atomic import check_ending, check_free, check_new

    if kind == "datapackage":
        written = _write_package(request, to)
    else:
        if kind == "rocrate":  # refused before a long run
            check_new(to)
        else:
            check_ending(to, ENDINGS[kind])
            for file in (to, metadata_file(to)) if kind in TABLES else (to,):
                check_free(file, force=force)
        for option, kinds in REFUSED.items():
            if kind in kinds:
                refuse_given((option,), kinds[kind])
        if effects:
            refuse_given(("history",), "with --effects, which the past does not have")
        if not request.scenarios:
            what = "no scenario is named"
            raise InputError.single("export", what, "name one or more, such as base")
        model = model_of(request)
        written, manifests = _write(request, model, kind, to, history, effects, force)
        if kind in TABLES:
            write_metadata(to, manifests, model, force=force)
    if as_json:
        say_json({"file": str(written)})
    else:
        say(f"wrote {display_path(written)}")


def _write_package(request: Request, to: Path) -> Path:
    """Write the documents' figures and events."""
    from vnjp_sim.exchange import write_datapackage

    if request.scenarios:
        what = "a data package holds the history and no scenarios"
        raise InputError.single(request.scenarios[0], what, "leave the scenarios out")
    refuse_given(OF_RUNS, "for a data package, which holds the history")
    return write_datapackage(model_of(request), to)


def _write(
    request: Request,
    model: Model,
    kind: str,
    to: Path,
    history: bool,
    effects: bool,
    force: bool,
) -> tuple[Path, Manifests]:
    """Run scenarios and write them, or their effects; return the file and the manifests."""
    from vnjp_sim import exchange

    folders = [result.folder for result in run_requested(request, model)]
    if kind == "rocrate":
        return _write_crate(request, model, folders, to), {}
    more: dict[str, Any] = {"history": _past(request, model)} if history or kind == EXCEL else {}
    source: Any = folders
    manifests = _manifests(folders)
    if kind == EXCEL:
        source, more["attributions"] = _with_effects(request, model, folders)
    elif effects:
        source = _findings(request, model).comparison.require_scenarios()
        manifests = source.manifests
    writers: dict[str, Callable[..., Path]] = {
        "iamc": exchange.write_iamc,
        "csv": exchange.write_tidy,
        "netcdf": exchange.write_netcdf,
        "excel": exchange.write_excel,
    }
    return writers[kind](source, model, to, force=force, **more), manifests


def _write_crate(request: Request, model: Model, folders: list[Path], to: Path) -> Path:
    """Write stored runs with their baselines, what they are of, and their effects if they have any.

    Scenarios that have no common baseline, or years, are written without effects.
    """
    from vnjp_sim.exchange import write_rocrate
    from vnjp_sim.simulation.pipeline import run_all
    from vnjp_sim.simulation.scenario_requests import distinct_scenarios

    scenarios = distinct_scenarios(request.scenarios, model, request.options)
    roots = {s.baseline.name: s.baseline for s in scenarios.values() if s.baseline is not None}
    more = [root for name, root in roots.items() if name not in scenarios]
    with show_progress(model, request.draws) as progress:
        runs = run_all(more, model, request.options, request.out, progress)
    compared = _compared(request, model)
    return write_rocrate(
        [*folders, *(run.folder for run in runs)],
        model,
        to,
        scenarios=[*scenarios.values(), *more],
        comparison=compared.comparison if compared else None,
    )


def _compared(request: Request, model: Model) -> Findings | None:
    """Return findings of scenarios; None for a baseline alone or where they have none in common."""
    try:
        findings = _findings(request, model)
    except InputError:
        return None
    return findings if findings.comparison.scenarios else None


def _with_effects(
    request: Request, model: Model, folders: Sequence[Path]
) -> tuple[Any, Mapping[str, Attribution]]:
    """Return what a workbook is of, and what contributes to the effects, if there are any.

    Scenarios that have no common baseline, or years, are exported without effects.
    """
    from vnjp_sim.analysis.findings import with_causes

    findings = _compared(request, model)
    if findings is None:
        return folders, {}
    with show_progress(model, request.draws) as progress:
        return findings.comparison, with_causes(findings, progress).attributions


def _findings(request: Request, model: Model) -> Findings:
    """Return the scenarios compared with their baseline."""
    from vnjp_sim.analysis.compared import runs_of
    from vnjp_sim.analysis.findings import shallow

    runs = runs_of(request.scenarios, model, request.options, request.baseline)
    with show_progress(model, request.draws) as progress:
        return shallow(request, runs, model, request.out, progress)


def _manifests(folders: Sequence[Path]) -> Manifests:
    from vnjp_sim.storage.store import read_manifest

    manifests = map(read_manifest, folders)
    return {str(manifest["scenario"]["name"]): manifest for manifest in manifests}


def _past(request: Request, model: Model) -> History:
    from vnjp_sim.simulation.calibrated import posterior_of
    from vnjp_sim.simulation.history import history_of

    posterior, _ = posterior_of(model, request.out)
    return history_of(posterior, model, draws=request.draws, seed=request.seed)
