"""Commands that compute: run, calibrate."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import rich_click as click

from vnjp_sim.cli.options import (
    as_of_option,
    json_option,
    make_console,
    models_option,
    out_option,
    read_model,
    read_options,
    show_progress,
    size_options,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from vnjp_sim.model import Model
    from vnjp_sim.runs import RunResult


@commands.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@size_options
@click.option(
    "--workers", type=int, default=1, show_default=True, help="Threads or processes that compute."
)
@click.option(
    "--parallel",
    type=click.Choice(["threads", "processes"]),
    default="threads",
    show_default=True,
    help="What the workers are; processes only pay when a run takes many seconds.",
)
@click.option("--all", "everything", is_flag=True, help="Show every indicator in the table.")
@out_option
@models_option
@as_of_option
@json_option
def run(
    scenarios: tuple[str, ...],
    draws: int,
    seed: int,
    horizon: str | None,
    workers: int,
    parallel: Literal["threads", "processes"],
    everything: bool,
    out: Path,
    models: Path | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Project scenarios: paths of YAML files, or names of shipped ones such as base.

    Calibrates first if no calibration of the same figures and priors is stored. The results go to
    OUT/<scenario>/<run>/: all draws (projection.nc), a tidy table (indicators.csv), a manifest.
    """
    from vnjp_sim.runs import run_prepared
    from vnjp_sim.scenario_requests import distinct_scenarios

    options = read_options(draws, seed, horizon, workers, parallel)
    model = read_model(models, as_of)
    results = []
    for scenario in distinct_scenarios(scenarios, model, options).values():
        with show_progress(model, draws) as progress:
            results.append(run_prepared(scenario, model, options, out, progress))
    if as_json:
        click.echo(json.dumps([_result_json(result) for result in results], ensure_ascii=False))
        return
    for result in results:
        _show_result(result, model, everything)


@commands.command()
@click.option(
    "--override-gates",
    is_flag=True,
    help="Keep the calibration even if a diagnostic fails; its manifest says so.",
)
@out_option
@models_option
@as_of_option
@json_option
def calibrate(
    override_gates: bool, out: Path, models: Path | None, as_of: str | None, as_json: bool
) -> None:
    """Calibrate on the documents' figures, or show the stored calibration, with diagnostics."""
    from vnjp_sim.figure_uses import figure_uses, unused_by_reason, use_lines
    from vnjp_sim.runs import posterior_of
    from vnjp_sim.shipped import display_path

    model = read_model(models, as_of)
    uses = figure_uses(model)
    with show_progress(model, 0) as progress:
        posterior, file = posterior_of(model, out, progress, override_gates=override_gates)
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
        }
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    from vnjp_sim.tables import calibration_tables

    console = make_console()
    for table in calibration_tables(posterior.groups, posterior.parameters, posterior.missing):
        console.print(table)
    for line in use_lines(uses):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    console.print(f"Calibration: {display_path(file)}", soft_wrap=True, highlight=False)


def _result_json(result: RunResult) -> dict[str, Any]:
    return {
        "scenario": result.scenario.name,
        "folder": str(result.folder),
        "reused": result.reused,
        "run": result.manifest["run"],
        "calibration": result.manifest["calibration"],
    }


def _show_result(result: RunResult, model: Model, everything: bool) -> None:
    from vnjp_sim.shipped import display_path
    from vnjp_sim.tables import run_table

    console = make_console()
    scenario = result.scenario
    console.print(f"{scenario.name}: {scenario.title}", style="bold", highlight=False)
    console.print(run_table(result, model.registry, model.evidence, everything=everything))
    for event in scenario.events:
        if event.note:
            console.print(f"Event {event.noted}", highlight=False, markup=False)
    if result.manifest["rests_on"]:
        told = "; ".join(result.manifest["rests_on"])
        console.print(f"The scenario rests on: {told}", highlight=False, markup=False)
    if model.as_of is not None:
        console.print(f"Only documents published before {model.as_of}.", highlight=False)
    again = " (stored before by an equal run)" if result.reused else ""
    console.print(f"Results: {display_path(result.folder)}{again}", soft_wrap=True, highlight=False)
