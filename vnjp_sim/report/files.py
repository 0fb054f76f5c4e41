"""Findings on disk: tables, report and charts in one folder."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from vnjp_sim.budget import SOURCES
from vnjp_sim.findings import Findings
from vnjp_sim.report.page import Picture, contents_of, interactive_page, report_page
from vnjp_sim.sources import source_hash
from vnjp_sim.store import write_run
from vnjp_sim.vocabulary import QUANTILES
from vnjp_sim.whole_files import write_whole

MOST_NAMED = 4


def pictures_possible() -> bool:
    """Return whether the extra `charts` is installed."""
    return all(find_spec(name) is not None for name in ("altair", "jinja2", "vl_convert"))


def write_findings(findings: Findings, out: Path, *, pictures: bool = True) -> tuple[Path, bool]:
    """Write findings to `out/compare-<scenarios>/<hash>/`.

    Tables as CSV and a manifest; with `pictures`, the report, and its charts as one interactive
    page and as SVG files.

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
    content = {
        "runs": {name: m.get("run") for name, m in comparison.manifests.items()},
        "baseline": comparison.baseline,
        "draws": findings.options.draws,
        "seed": findings.options.seed,
        "sources": source_hash(),
        "pictures": pictures,
    }
    text = json.dumps(content, sort_keys=True)
    content["run"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    names = comparison.scenarios
    more = f"+{len(names) - MOST_NAMED}_more" if len(names) > MOST_NAMED else ""
    folder = "+".join(names[:MOST_NAMED]) + more
    writers: dict[str, Callable[[Path], None]] = {
        "effects.csv": lambda file: write_effects(file, findings),
        "contributions.csv": lambda file: write_contributions(file, findings),
        "budgets.csv": lambda file: write_budgets(file, findings),
        "targets.csv": lambda file: write_targets(file, findings),
    }
    if pictures:
        contents = contents_of(findings)
        writers["report.html"] = lambda file: _write_text(file, report_page(contents))
        writers["charts.html"] = lambda file: _write_text(file, interactive_page(contents))
        for picture in contents.pictures:
            writers[f"chart-{picture.name}.svg"] = partial(_write_picture, picture)
    return write_run(out, f"compare-{folder}", str(content["run"]), writers, content)


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
            numbers = [repr(x) for x in (e.mean, e.sd, *e.quantiles)]
            ratios = [repr(x) for x in e.relative] if e.relative else [""] * len(relative)
            writer.writerow(
                [
                    *(e.scenario, findings.comparison.baseline),
                    *(e.indicator, indicator.label, indicator.unit, e.year),
                    *numbers,
                    *ratios,
                    *(repr(e.positive), repr(e.negative), e.mark),
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
                        told = asdict(row)
                        writer.writerow([name, indicator, year, *(told[c] for c in columns)])


def write_budgets(file: Path, findings: Findings) -> None:
    """Write the uncertainty budgets: first-order shares by source, all indicators and years."""
    whole = {findings.comparison.baseline: findings.levels, **findings.comparison.budgets}
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["scenario", "of", "indicator", "year", "source", "share", "error"])
        for name, budget in whole.items():
            if budget is None:
                continue
            of = "effect" if budget.of_effects else "level"
            for indicator, shares in budget.first_order.items():
                errors = budget.error[indicator]
                for j, year in enumerate(budget.years):
                    for i, source in enumerate(SOURCES):
                        numbers = (float(shares[i, j]), float(errors[i, j]))
                        writer.writerow([name, of, indicator, year, source, *numbers])


def write_targets(file: Path, findings: Findings) -> None:
    """Write the probability of each target by scenario; empty where there is none."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["target", "title", "indicator", "by", "scenario", "probability", "note"])
        for a in findings.achievements:
            chance = "" if a.probability is None else repr(a.probability)
            target = a.target
            writer.writerow(
                [target.id, target.title, target.indicator, target.by, a.scenario, chance, a.note]
            )


def write_report(findings: Findings, file: Path, *, force: bool = False) -> Path:
    """Write the report alone, whole or not at all, and return its path.

    Raises
    ------
    InputError
        The file exists and `force` is not set.
    EnvironmentFailureError
        The extra `charts` is not installed, or the disk refuses.
    """
    text = report_page(contents_of(findings))
    return write_whole(file, lambda target: _write_text(target, text), force=force)


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _write_picture(picture: Picture, file: Path) -> None:
    file.write_text(picture.svg, encoding="utf-8")
