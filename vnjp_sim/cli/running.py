"""Commands that compute: run, calibrate."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.comparison_output import show_assumptions, waiting_content
from vnjp_sim.cli.completion import complete_indicator
from vnjp_sim.cli.console import make_console, say_folded, say_json, show
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    cluster_option,
    evidence_option,
    indicators_meant,
    json_option,
    model_of,
    models_option,
    out_option,
    run_requested,
    scenarios_argument,
    show_progress,
    size_options,
    workers_option,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import DOCUMENTS

if TYPE_CHECKING:
    from vnjp_sim.analysis.beginnings import Beginning
    from vnjp_sim.calibration import Posterior
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.pipeline import RunResult
    from vnjp_sim.simulation.request import Request


@commands.command()
@scenarios_argument
@size_options
@workers_option
@cluster_option
@click.option(
    "--summaries-only",
    is_flag=True,
    help="Keep no draws: write indicators.csv, but no projection.nc. The quantiles are exact; the "
    "draws are made twice, in bounded memory, so that there may be any number of them.",
)
@click.option(
    "--indicator",
    "indicators",
    multiple=True,
    shell_complete=complete_indicator,
    metavar="NAME",
    help="With --summaries-only: project this indicator alone; may be given several times.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Show all indicators, not only the main ones."
)
@out_option
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def run(request: Request, everything: bool, as_json: bool, indicators: tuple[str, ...]) -> None:
    """Project scenarios, given as YAML files or as names of shipped scenarios such as base.

    Calibrates first, unless a calibration on the same figures and priors is stored. Writes to
    OUT/<scenario>/<run>/: all draws (projection.nc), their mean, standard deviation and quantiles
    (indicators.csv), and what they were made from (manifest.json). A run that is killed, with more
    draws than fit in memory, on a cluster or with --summaries-only, goes on from its finished
    blocks when it is asked for again.
    """
    if indicators and not request.summaries_only:
        remedy = "add it, or leave --indicator out"
        raise InputError.single("--indicator", "has no effect without --summaries-only", remedy)
    if as_json and everything:
        raise InputError.single("--all", "has no effect with --json", "leave one of them out")
    model = model_of(request)
    indicators = indicators_meant(indicators, model)
    results = run_requested(request, model, indicators)
    if as_json:
        say_json([_result_json(result, model) for result in results])
        return
    for result in results:
        _show_result(result, model, everything or bool(indicators))


@commands.command()
@click.option(
    "--override-gates",
    is_flag=True,
    help="Keep the calibration even if a diagnostic fails; its manifest records this.",
)
@click.option(
    "--fit",
    "as_fit",
    is_flag=True,
    help="Show each figure against what the calibration says of it, the worst first, instead of "
    "the diagnostics.",
)
@out_option
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def calibrate(request: Request, override_gates: bool, as_fit: bool, as_json: bool) -> None:
    """Calibrate on the documents' figures, or read the stored calibration; show diagnostics.

    Figures that do not calibrate are checked against the calibration. With --fit, each that does
    stands beside the median and the 90 % interval of what it measures, and its tail probability:
    how likely a figure as far off, or farther, would be.
    """
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.calibrated import posterior_of
    from vnjp_sim.simulation.figure_uses import figure_uses, unused_by_reason, use_lines
    from vnjp_sim.simulation.fit import checks_of, fit_records

    model = model_of(request)
    uses = figure_uses(model)
    with show_progress(model, 0) as progress:
        posterior, file = posterior_of(model, request.out, progress, override_gates=override_gates)
    if as_fit:
        _show_fit(posterior, model, as_json=as_json)
        return
    if as_json:
        content = {
            "file": str(file),
            "groups": [asdict(group) for group in posterior.groups],
            "parameters": [asdict(p) | {"learnt": p.learnt} for p in posterior.parameters],
            "missing": list(posterior.missing),
            "figures_not_used": [
                {"row": f"{o.file}:{o.row}", "indicator": "+".join(o.indicators), "why": why}
                for why, figures in unused_by_reason(uses).items()
                for o in figures
            ],
            "checks": fit_records(checks_of(posterior, model), model.registry),
        }
        say_json(content)
        return
    from vnjp_sim.tables.fit import check_table, unchecked_lines
    from vnjp_sim.tables.runs import calibration_tables

    console = make_console()
    for table in calibration_tables(posterior.groups, posterior.parameters, posterior.missing):
        show(console, table)
    checks = checks_of(posterior, model)
    show(console, check_table(checks, model.registry))
    for line in (*use_lines(uses), *unchecked_lines(checks)):
        say_folded(console, line)
    show(console, f"Calibration: {display_path(file)}")


def _show_fit(posterior: Posterior, model: Model, *, as_json: bool) -> None:
    from vnjp_sim.simulation.fit import fit_records, fits_of
    from vnjp_sim.tables.fit import fit_table

    fits = fits_of(posterior, model)
    if as_json:
        say_json(fit_records(fits, model.registry))
    else:
        show(make_console(), fit_table(fits, model.registry))


def _result_json(result: RunResult, model: Model) -> dict[str, Any]:
    return {
        "scenario": result.scenario.name,
        "folder": str(result.folder),
        "reused": result.reused,
        "run": result.manifest["run"],
        "calibration": result.manifest["calibration"],
        "assumptions": [one.content for one in result.scenario.assumptions],
        "gates_failed": result.manifest.get("gates_failed", []),
        **waiting_content(_beginnings(result, model)),
    }


def _beginnings(result: RunResult, model: Model) -> tuple[Beginning, ...]:
    """Return when what waits in a run begins, as far as its draws are kept."""
    from vnjp_sim.analysis.beginnings import beginnings_of
    from vnjp_sim.simulation.pipeline import PROJECTION

    scenario = result.scenario
    if not scenario.waits or not (result.folder / PROJECTION).is_file():
        return ()
    arrays = result.projection(model.registry).arrays
    years = range(scenario.start, scenario.end + 1)
    return beginnings_of(
        scenario.name, result.manifest["scenario"], years, arrays.get, model.registry
    )


def _show_result(result: RunResult, model: Model, everything: bool) -> None:
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.manifests import gates_note
    from vnjp_sim.simulation.summaries import milestones
    from vnjp_sim.tables.runs import interval_note, run_table

    console = make_console()
    scenario = result.scenario
    console.print(f"{scenario.name}: {scenario.title}", style="bold")
    show(console, run_table(result, model.registry, model.evidence, everything=everything))
    note = interval_note([s.quantiles for s in result.summaries], int(result.manifest["draws"]))
    for line in filter(None, (note, gates_note([result.manifest]))):
        show(console, line)
    if beginnings := _beginnings(result, model):
        from vnjp_sim.tables.beginnings import beginning_table

        years = milestones(scenario.start, scenario.end)[-2:]
        show(console, beginning_table(beginnings, years, model.registry, model.instruments))
    for event in scenario.events:
        if event.note:
            console.print(f"Event {event.noted}")
    show_assumptions(console, scenario.assumptions)
    for number, source in enumerate(result.manifest["rests_on"]):
        if number == 0:
            console.print("Sources of the scenario:")
        say_folded(console, f"  {source}")
    if model.as_of is not None:
        console.print(f"Only documents published before {model.as_of} were used.")
    if model.evidence.basis != DOCUMENTS:
        console.print("Figures: documents and official series (--evidence documents+official).")
    again = " (already stored by an identical run)" if result.reused else ""
    show(console, f"Results: {display_path(result.folder)}{again}")
