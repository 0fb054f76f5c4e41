"""Findings on disk: tables, report and charts in one folder."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from vnjp_sim.analysis.compared import Runs
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.uncertainty_budget import SOURCES
from vnjp_sim.foundation.packaged import PACKAGE, digest_of_files, shipped_folder
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.report.contents import contents_of
from vnjp_sim.report.page import interactive_page, report_page
from vnjp_sim.report.scope import WHOLE, Scope
from vnjp_sim.report.shown import write_shown
from vnjp_sim.simulation.request import Request
from vnjp_sim.simulation.summaries import cell
from vnjp_sim.storage.atomic import check_ending, write_whole
from vnjp_sim.storage.store import check_run, find_run, write_run

MOST_NAMED = 4
REPORT = "report.html"
SHOWN = "shown.npz"


def write_findings(
    findings: Findings,
    out: Path,
    *,
    report: bool = True,
    charts: bool = True,
    scope: Scope = WHOLE,
) -> tuple[Path, bool]:
    """Write findings to `out/compare-<scenarios>/<hash>/`.

    Tables as CSV and a manifest; the report; its charts as SVG files and, where there is no report,
    which can be browsed, as one interactive page.
    `scope` says how much of the report, and what it is about.

    Returns
    -------
    Path, bool
        The folder; and whether it was written now, or before by an equal comparison.

    Raises
    ------
    EnvironmentFailureError
        The extra `charts` is not installed, or the disk refuses; nothing is left behind.
    """
    comparison = findings.comparison
    runs = {name: str(manifest.get("run")) for name, manifest in comparison.manifests.items()}
    content = _content(
        findings.request,
        runs,
        comparison.baseline,
        findings.scenarios,
        report=report,
        charts=charts,
        scope=scope,
    )
    folder = _folder(comparison.scenarios or (comparison.baseline,))
    writers: dict[str, Callable[[Path], None]] = {
        "effects.csv": lambda file: write_effects(file, findings),
        "contributions.csv": lambda file: write_contributions(file, findings),
        "budgets.csv": lambda file: write_budgets(file, findings),
        "targets.csv": lambda file: write_targets(file, findings),
        SHOWN: lambda file: write_shown(file, findings),
    }
    contents = contents_of(findings, scope) if report or charts else None
    if contents is not None and report:
        writers[REPORT] = lambda file: _write_text(file, report_page(contents))
    if contents is not None and charts:
        if not report:  # which has controls of its own
            writers["charts.html"] = lambda file: _write_text(file, interactive_page(contents))
        for picture in contents.pictures:
            writers[f"chart-{picture.name}.svg"] = partial(_write_text, text=picture.whole)
    return write_run(out, folder, str(content["run"]), writers, content)


def stored_findings(
    request: Request,
    runs: Runs,
    out: Path,
    *,
    report: bool = True,
    charts: bool = True,
    scope: Scope = WHOLE,
) -> Path | None:
    """Return the folder where an equal comparison was stored by :func:`write_findings`, or None.

    Raises EnvironmentFailureError if it was damaged since.
    """
    hashes = {part.name: str(part.manifest["run"]) for part in runs.parts}
    files = {"report": report, "charts": charts}
    content = _content(request, hashes, runs.baseline, runs.departing, scope=scope, **files)
    folder = find_run(out, _folder(runs.names), str(content["run"]))
    if folder is not None:
        check_run(folder, (SHOWN, REPORT) if report else (SHOWN,))
    return folder


def _content(
    request: Request,
    runs: Mapping[str, str],
    baseline: str,
    scenarios: Mapping[str, Scenario],
    *,
    report: bool,
    charts: bool,
    scope: Scope,
) -> dict[str, Any]:
    """Return what the files of a comparison follow from, and the hash of it under `run`."""
    words = {name: repr(replace(s, file="", baseline=None)) for name, s in scenarios.items()}
    content = {
        "runs": dict(runs),
        "baseline": baseline,
        "draws": request.draws,
        "seed": request.seed,
        "command": request.command("compare"),
        "models": digest_of_files(shipped_folder("models")),
        "own_models": digest_of_files(request.models) if request.models else None,
        "program": digest_of_files(PACKAGE),
        "scenarios": hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest(),
        "report": report,
        "charts": charts,
        **scope.content,
    }
    text = json.dumps(content, sort_keys=True)
    return {**content, "run": hashlib.sha256(text.encode()).hexdigest()[:16]}


def _folder(names: Sequence[str]) -> str:
    more = f"+{len(names) - MOST_NAMED}_more" if len(names) > MOST_NAMED else ""
    return "compare-" + "+".join(names[:MOST_NAMED]) + more


def write_effects(file: Path, findings: Findings) -> None:
    """Write all effects as a tidy table, full precision: every indicator and year."""
    registry = findings.model.registry
    relative = [f"relative_{name}" for name in QUANTILES]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            [
                *("scenario", "baseline", "indicator", "label", "unit", "year", "mean", "sd"),
                *QUANTILES,
                *relative,
                *("positive", "negative", "mark"),
            ]
        )
        for e in findings.comparison.summaries():
            indicator = registry.indicators[e.indicator]
            numbers = [cell(x) for x in (e.mean, e.sd, *e.quantiles)]
            ratios = [cell(x) for x in e.relative] if e.relative else [""] * len(relative)
            writer.writerow(
                [
                    *(e.scenario, findings.comparison.baseline),
                    *(e.indicator, indicator.label, indicator.unit, e.year),
                    *numbers,
                    *ratios,
                    *(e.positive, e.negative, e.mark),
                ]
            )


def write_contributions(file: Path, findings: Findings) -> None:
    """Write the contributions of every player to the mean effects, all years."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        columns = ("player", "label", "mean", "p05", "p95", "solo", "error")
        writer.writerow(["scenario", "indicator", "year", *columns])
        for name, attribution in findings.attributions.items():
            for indicator in attribution.total:
                for year in attribution.years:
                    for row in attribution.contributions_in(indicator, year):
                        fields = asdict(row)
                        numbers = [cell(fields[c]) for c in columns[2:]]
                        writer.writerow([name, indicator, year, row.player, row.label, *numbers])


def write_budgets(file: Path, findings: Findings) -> None:
    """Write the uncertainty budgets: first-order shares by source, all indicators and years."""
    whole = {findings.comparison.baseline: findings.levels, **findings.comparison.budgets}
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["scenario", "of", "indicator", "year", "source", "share", "error", "note"])
        for name, budget in whole.items():
            if budget is None:
                continue
            of = "effect" if budget.of_effects else "level"
            for indicator, shares in budget.first_order.items():
                errors = budget.error[indicator]
                for year, *both in zip(
                    budget.years, shares.T.tolist(), errors.T.tolist(), strict=True
                ):
                    note = budget.note(indicator, year)
                    for source, *numbers in zip(SOURCES, *both, strict=True):
                        writer.writerow([name, of, indicator, year, source, *numbers, note])


def write_targets(file: Path, findings: Findings) -> None:
    """Write the probability of each target by scenario; empty where there is none."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        head = ["target", "title", "indicator", "by", "scenario", "probability", "error"]
        writer.writerow([*head, "low", "high", "note"])
        for a in findings.achievements:
            numbers = (a.probability, a.error, a.low, a.high)
            chances = ["" if x is None else repr(x) for x in numbers]
            target = a.target
            fields = [target.id, target.title, target.indicator, target.by, a.scenario]
            writer.writerow([*fields, *chances, a.note])


def write_report(
    findings: Findings, file: Path, *, force: bool = False, scope: Scope = WHOLE
) -> Path:
    """Write the report alone, whole or not at all, and return its path.

    `scope` says how much of it, and what it is about.

    Raises
    ------
    InputError
        The file exists and `force` is not set, or ends as those of another format do.
    EnvironmentFailureError
        The extra `charts` is not installed, or the disk refuses.
    """
    check_ending(file, ".html")
    text = report_page(contents_of(findings, scope))
    return write_whole(file, lambda target: _write_text(target, text), force=force)


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
