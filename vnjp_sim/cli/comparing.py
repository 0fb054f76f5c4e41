"""Commands that compare scenarios with their baseline: a table, a report."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from vnjp_sim.cli.options import (
    as_of_option,
    baseline_option,
    check_indicator,
    force_option,
    json_option,
    make_console,
    models_option,
    out_option,
    read_model,
    read_options,
    show_progress,
    size_options,
    workers_option,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from rich.console import Console

    from vnjp_sim.findings import Findings


@commands.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@baseline_option
@size_options
@workers_option
@click.option("--year", "years", type=int, multiple=True, help="A year of the table; repeatable.")
@click.option("--indicator", "indicators", multiple=True, help="A row of the table; repeatable.")
@click.option(
    "--effects-only", is_flag=True, help="No causes, no sources of uncertainty, no files."
)
@out_option
@models_option
@as_of_option
@json_option
def compare(
    scenarios: tuple[str, ...],
    baseline: str | None,
    draws: int,
    seed: int,
    horizon: str | None,
    workers: int,
    years: tuple[int, ...],
    indicators: tuple[str, ...],
    effects_only: bool,
    out: Path,
    models: Path | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Compare scenarios with their baseline: YAML files, names, or folders of stored runs.

    A bare name is a shipped scenario; the baseline is the root that the first one extends. Shows
    the effects draw by draw, what contributes to them, and how sure they are; writes tables,
    charts and a report to OUT/compare-<scenarios>/<hash>/.
    """
    from vnjp_sim.findings import find
    from vnjp_sim.store import check_writable

    options = read_options(draws, seed, horizon, workers)
    model = read_model(models, as_of)
    for name in indicators:
        check_indicator(name, model)
    written = not (effects_only or as_json)
    if written:
        check_writable(out)
    with show_progress(model, draws) as progress:
        findings = find(
            scenarios, model, options, out, baseline, deep=not effects_only, progress=progress
        )
    findings.comparison.require_scenarios()
    chosen_years = list(years) or findings.years
    chosen = list(indicators) or findings.indicators
    effects = findings.comparison.summaries(chosen, chosen_years)
    if as_json:
        click.echo(json.dumps([asdict(effect) for effect in effects], ensure_ascii=False))
        return
    console = make_console()
    _show(console, findings, chosen, chosen_years)
    if written:
        _write(console, findings, out)


def _show(console: Console, findings: Findings, indicators: list[str], years: list[int]) -> None:
    from vnjp_sim.effect_tables import contribution_table, effect_table, target_table

    comparison = findings.comparison
    effects = comparison.summaries(indicators, years)
    for name in comparison.scenarios:
        title = findings.scenarios[name].title if name in findings.scenarios else ""
        console.print(f"{name}: {title}" if title else name, style="bold", highlight=False)
        for line in comparison.differences(name):
            console.print(f"  {line}", highlight=False, markup=False)
        console.print(effect_table(comparison, name, effects, years))
        attribution = findings.attributions.get(name)
        if attribution is not None and len(attribution.players) > 1:
            for moved in list(attribution.total)[:1]:
                indicator = comparison.registry.indicators[moved]
                console.print(contribution_table(attribution, indicator, moved, years[-1]))
    console.print(
        "Effects are medians of differences draw by draw, with intervals of 90 %. ≈ cannot be told "
        "from zero, † rests mostly on assumptions; what is not listed has no effect by "
        "construction.",
        highlight=False,
    )
    if findings.achievements:
        console.print(target_table(findings.achievements))


def _write(console: Console, findings: Findings, out: Path) -> None:
    from vnjp_sim.report import pictures_possible, write_findings
    from vnjp_sim.shipped import display_path

    pictures = pictures_possible()
    folder, first = write_findings(findings, out, pictures=pictures)
    again = "" if first else " (stored before by an equal comparison)"
    console.print(f"Files: {display_path(folder)}{again}", soft_wrap=True, highlight=False)
    if pictures:
        place = display_path(folder / "report.html")
        console.print(f"Report: {place}", soft_wrap=True, highlight=False)
    else:
        click.echo("No charts and no report: pip install 'vnjp-sim[charts]'", err=True)


@commands.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@force_option
@baseline_option
@size_options
@workers_option
@out_option
@models_option
@as_of_option
def report(
    runs: tuple[str, ...],
    to: Path,
    force: bool,
    baseline: str | None,
    draws: int,
    seed: int,
    horizon: str | None,
    workers: int,
    out: Path,
    models: Path | None,
    as_of: str | None,
) -> None:
    """Write one HTML file on RUNs: scenario names, YAML files, or folders of stored runs.

    Words, charts, tables, assumptions, sources; it needs no network and prints.
    """
    from vnjp_sim.charts.theme import altair
    from vnjp_sim.findings import find
    from vnjp_sim.report import write_report
    from vnjp_sim.shipped import display_path
    from vnjp_sim.whole_files import check_free

    altair()
    check_free(to, force=force)
    options = read_options(draws, seed, horizon, workers)
    model = read_model(models, as_of)
    with show_progress(model, draws) as progress:
        findings = find(runs, model, options, out, baseline, progress=progress)
    click.echo(f"wrote {display_path(write_report(findings, to, force=force))}")
