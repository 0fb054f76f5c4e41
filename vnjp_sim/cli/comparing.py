"""Commands that compare scenarios with their baseline: a table, a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.comparison_output import (
    comparison_content,
    show_comparison,
    show_under_stress,
)
from vnjp_sim.cli.completion import complete_indicator
from vnjp_sim.cli.console import make_console, say, say_json, show
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    baseline_option,
    evidence_option,
    force_option,
    indicators_meant,
    json_option,
    model_of,
    models_option,
    out_option,
    path_type,
    refuse_given,
    scenarios_argument,
    show_progress,
    size_options,
    workers_option,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.storage.store import check_writable, writable

if TYPE_CHECKING:
    from rich.console import Console

    from vnjp_sim.analysis.compared import Runs
    from vnjp_sim.analysis.comparison import Comparison
    from vnjp_sim.analysis.findings import Findings
    from vnjp_sim.report import Scope
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.progress import Progress
    from vnjp_sim.simulation.request import Request


@commands.command()
@scenarios_argument
@click.option(
    "--variants", is_flag=True, help="Compare each scenario with all its variants: NAME@*."
)
@click.option(
    "--under",
    "stresses",
    multiple=True,
    metavar="SCENARIO",
    help="Show effects also in the world of this scenario, such as maritime_tension; repeatable.",
)
@baseline_option
@size_options
@workers_option
@click.option(
    "--year", "years", type=int, multiple=True, help="Year to show in the table; repeatable."
)
@click.option(
    "--indicator",
    "indicators",
    multiple=True,
    shell_complete=complete_indicator,
    help="What the table and the files are about, instead of the headlines; repeatable.",
)
@click.option(
    "--effects-only", is_flag=True, help="Show effects only, not what contributes to them."
)
@click.option(
    "--budget",
    is_flag=True,
    help="Show where the uncertainty of the effects comes from; takes some seconds.",
)
@click.option("--report", is_flag=True, help="Write tables and a report to OUT; implies --budget.")
@click.option("--charts", is_flag=True, help="Write tables and charts to OUT; implies --budget.")
@out_option
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def compare(
    request: Request,
    variants: bool,
    stresses: tuple[str, ...],
    years: tuple[int, ...],
    indicators: tuple[str, ...],
    effects_only: bool,
    budget: bool,
    report: bool,
    charts: bool,
    as_json: bool,
) -> None:
    """Compare scenarios with their baseline: YAML files, names, stored runs by folder or hash.

    A bare name is a shipped scenario, NAME@VARIANT a variant of it, NAME@* all of them. Unless
    --baseline says otherwise, the baseline is the root of the first scenario's `extends` chain.
    Shows the effects, what each part of a scenario contributes to them, and what it says of why its
    sizes are what they are. A scenario stands beside its variants. With --under, each scenario is
    also put together with another and compared with that one alone. With --report or
    --charts, writes to OUT/compare-<scenarios>/<hash>/; what is already stored there is shown again
    without computing.
    """
    from vnjp_sim.analysis.findings import shallow, with_causes

    request = _with_variants(request) if variants else _with_folders(request)
    model = model_of(request)
    indicators = indicators_meant(indicators, model)
    if stresses:
        refused = ("budget", "report", "charts", "baseline")
        refuse_given(refused, "with --under")
        _compare_under(request, model, stresses, indicators, years, as_json=as_json)
        return
    if effects_only and (budget or report or charts):
        remedy = "leave one of them out"
        raise InputError.single("--effects-only", "shows neither budgets nor files", remedy)
    files = {"report": report, "charts": charts}
    runs, folder = _departing(_runs(request, model)), None
    if report or charts:
        from vnjp_sim.charts.theme import altair
        from vnjp_sim.report import Scope

        altair()  # what is missing for pictures is said before a long computation
        scope = Scope(indicators=indicators)
        folder = _stored(request, runs, scope, **files)
        if folder is None:
            check_writable(request.out)
    with show_progress(model, request.draws) as progress:
        quick = shallow(request, runs, model, request.out, progress)
        findings = replace(quick, asked=indicators)
        chosen, chosen_years = findings.indicators, list(years) or findings.years
        findings.comparison.summaries(chosen, chosen_years)  # told before a long computation
        if report or charts or budget:
            findings = _deepened(findings, runs, folder, progress)
        elif not effects_only:
            findings = with_causes(findings, progress)
    console = make_console()
    if as_json:
        say_json(_content(findings.comparison, chosen, chosen_years))
    else:
        show_comparison(console, findings, chosen_years)
    if report or charts:
        _write(console, findings, scope, folder, silent=as_json, **files)


def _content(
    comparison: Comparison, indicators: Sequence[str], years: Sequence[int]
) -> dict[str, Any]:
    worlds = [(name, comparison) for name in comparison.scenarios]
    return comparison_content(worlds, comparison.summaries(indicators, years))


def _compare_under(
    request: Request,
    model: Model,
    stresses: tuple[str, ...],
    indicators: tuple[str, ...],
    years: tuple[int, ...],
    *,
    as_json: bool,
) -> None:
    """Compare scenarios with the baseline, and within other scenarios with those."""
    from vnjp_sim.analysis.findings import shallow
    from vnjp_sim.analysis.under_stress import under_stress

    under = under_stress(request.scenarios, stresses, model, request.options)
    request = replace(request, scenarios=under.requests)
    runs = _runs(request, model)
    with show_progress(model, request.draws) as progress:
        findings = shallow(request, runs, model, request.out, progress)
    chosen = (list(indicators) or findings.indicators, list(years) or findings.years)
    if not as_json:
        show_under_stress(make_console(), findings.comparison, under, *chosen)
        return
    worlds = [
        w for name in under.policies for w in under.worlds(findings.comparison, name).values()
    ]
    effects = [
        effect
        for name in under.policies
        for several in under.effects(findings.comparison, name, *chosen).values()
        for effect in several
    ]
    say_json(comparison_content(worlds, effects))


def _with_variants(request: Request) -> Request:
    from vnjp_sim.simulation.scenario_requests import WITH_VARIANTS

    every = tuple(f"{name}{WITH_VARIANTS}" for name in request.scenarios)
    return replace(request, scenarios=every)


def _with_folders(request: Request) -> Request:
    """Return a request with the folders of the stored runs that are given by their hash."""
    from vnjp_sim.simulation.stored_runs import hashed

    each = [(name, hashed(name, request.out)) for name in request.scenarios]
    return replace(request, scenarios=tuple(str(run.folder) if run else n for n, run in each))


def _runs(request: Request, model: Model) -> Runs:
    from vnjp_sim.analysis.compared import runs_of

    return runs_of(request.scenarios, model, request.options, request.baseline)


def _departing(runs: Runs) -> Runs:
    """Return the runs; raises InputError if there is nothing beside the baseline."""
    if runs.names == (runs.baseline,):
        remedy = "name a scenario that differs from it"
        raise InputError.single(runs.baseline, "is the baseline itself: nothing to compare", remedy)
    return runs


def _stored(
    request: Request, runs: Runs, scope: Scope, *, report: bool, charts: bool
) -> Path | None:
    from vnjp_sim.report import stored_findings

    files = {"report": report, "charts": charts}
    return stored_findings(request, runs, request.out, scope=scope, **files)


def _deepened(findings: Findings, runs: Runs, folder: Path | None, progress: Progress) -> Findings:
    """Return findings with causes and sources of uncertainty: computed, or as they were stored."""
    from vnjp_sim.analysis.findings import deepened
    from vnjp_sim.report import with_shown
    from vnjp_sim.report.files import SHOWN

    if folder is not None:
        return with_shown(findings, folder / SHOWN)
    return deepened(findings, runs, progress)


def _write(
    console: Console,
    findings: Findings,
    scope: Scope,
    stored: Path | None,
    *,
    silent: bool,
    report: bool,
    charts: bool,
) -> None:
    """Write the files of a comparison, unless they are stored, and tell where they are."""
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.report import write_findings
    from vnjp_sim.report.files import REPORT

    folder, first = stored, False
    if folder is None:
        out = findings.request.out
        files = {"report": report, "charts": charts}
        folder, first = write_findings(findings, out, scope=scope, **files)
    if silent:
        return
    again = "" if first else " (already stored by an identical comparison)"
    show(console, f"Files: {display_path(folder)}{again}")
    if report:
        show(console, f"Report: {display_path(folder / REPORT)}")


@commands.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--to", type=path_type, default=Path("report.html"), show_default=True, help="File to write."
)
@force_option
@click.option("--brief", is_flag=True, help="Only the brief: two pages, without the annex.")
@click.option(
    "--indicator",
    "indicators",
    multiple=True,
    shell_complete=complete_indicator,
    metavar="NAME",
    help="What findings, tables and pictures are about, instead of what moves most; repeatable.",
)
@click.option("--year", type=int, help="What findings and tables tell of; the last by default.")
@baseline_option
@size_options
@workers_option
@out_option
@models_option
@as_of_option
@evidence_option
@asks
def report(
    request: Request,
    to: Path,
    force: bool,
    brief: bool,
    indicators: tuple[str, ...],
    year: int | None,
) -> None:
    """Write a report on RUNs as one HTML file: scenario names, YAML files, or stored runs.

    It begins with a brief of two pages: the question, what changed, three findings with their
    chances and pictures, what they rest on, how to cite it and how to get it again. Controls follow
    that show every indicator and year, and the chance of at least a number that is typed in; then
    an annex with charts, tables, assumptions and sources. The file opens offline and can be
    printed, without the controls. Like that of `compare`, it is also stored in OUT and reused from
    there.
    """
    from vnjp_sim.analysis.findings import deepened, shallow
    from vnjp_sim.charts.theme import altair
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.report import Scope, write_findings, write_report
    from vnjp_sim.report.files import REPORT
    from vnjp_sim.storage.atomic import check_ending, check_free, write_whole

    altair()
    check_ending(to, ".html")
    request = _with_folders(request)
    model = model_of(request)
    scope = Scope(brief, indicators_meant(indicators, model), year)
    runs = _runs(request, model)
    folder = _stored(request, runs, scope, report=True, charts=True)
    if folder is not None and _same(to, folder / REPORT):
        say(f"{display_path(to)} holds this report already")
        return
    check_free(to, force=force)
    if folder is None:
        with show_progress(model, request.draws) as progress:
            quick = shallow(request, runs, model, request.out, progress)
            quick = scope.of(quick)
            quick.comparison.summaries(quick.indicators, [quick.year])  # told before a long wait
            findings = deepened(quick, runs, progress)
        if not writable(request.out):
            written = write_report(findings, to, force=force, scope=scope)
            say(f"wrote {display_path(written)}")
            return
        folder, _ = write_findings(findings, request.out, scope=scope)
    content = (folder / REPORT).read_bytes()
    written = write_whole(to, lambda file: _copy(file, content), force=force)
    say(f"wrote {display_path(written)}")


def _same(file: Path, other: Path) -> bool:
    return file.is_file() and file.read_bytes() == other.read_bytes()


def _copy(file: Path, content: bytes) -> None:
    file.write_bytes(content)
