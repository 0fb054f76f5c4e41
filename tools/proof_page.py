#!/usr/bin/env python3
"""Write docs/proof.md from the figures that the statistical suites wrote.

    python -m pytest -m "backtest or calibration" --full --processes 2 --proof=proof
    python tools/proof_page.py proof

Each suite writes its figures as JSON; the page holds nothing that no suite wrote.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "proof.md"
KINDS = {
    "own": "The model's own laws",
    "break": "A switching trend with a break",
    "walk": "A walk with changing volatility",
}
METHODS = ("model", "naive", "drift", "damped", "theta")
LEVELS = ("0.5", "0.8", "0.9", "0.95")

Figures = Mapping[str, Any]


def main() -> None:
    """Read the folder and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    files = sorted(chosen.folder.glob("*.json"))
    if not files:
        parser.error(f"{chosen.folder} holds no figures; run the suites with --proof first")
    told = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    PAGE.write_text("\n".join(page(told)) + "\n", encoding="utf-8")


def page(told: Mapping[str, Figures]) -> list[str]:
    """Return the lines of the page."""
    lines = [
        "# Proof by simulation",
        "",
        "Written by `tools/proof_page.py` from the figures of the test suites. What was forecast",
        "from what, the baselines and the scores are told in [backtest](backtest.md).",
    ]
    coverage = [figures for name, figures in told.items() if name.startswith("coverage_")]
    ranks = [figures for name, figures in told.items() if name.startswith("sbc_")]
    if coverage:
        lines += ["", "## Coverage", "", *coverage_table(coverage)]
    if ranks:
        lines += ["", "## Simulation-based calibration", "", *rank_table(ranks)]
    for kind, title in KINDS.items():
        if f"skill_{kind}" in told:
            lines += ["", f"## {title}", "", *skill_table(told[f"skill_{kind}"])]
    if "documents" in told:
        lines += ["", "## The documents", "", *skill_table(told["documents"])]
    return lines


def coverage_table(found: list[Figures]) -> list[str]:
    """Return how many truths the intervals hold, by seed."""
    lines = [
        "Share of truths in the central intervals of the model on series of its own laws, one",
        "forecast a series.",
        "",
        "| seed | series | in 50 % | in 80 % | in 90 % | in 95 % | even PIT, p |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in sorted(found, key=lambda figures: int(figures["seed"])):
        cells = " | ".join(f"{100 * one['coverage'][level]:.1f} %" for level in LEVELS)
        even = one["kolmogorov_smirnov"]
        lines.append(f"| {one['seed']} | {one['series']:,} | {cells} | {even:.2f} |")
    return lines


def rank_table(found: list[Figures]) -> list[str]:
    """Return the least even quantity of each way of reporting."""
    lines = [
        f"Ranks of truths among {found[0]['draws']} posterior draws; p-values of even ranks. The",
        f"suite fails below 0.01 / {found[0]['tests']} = {0.01 / found[0]['tests']:.1e}.",
        "",
        "| way | datasets | quantities | least p | of |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in sorted(found, key=lambda figures: str(figures["way"])):
        name, chance = min(one["p"].items(), key=lambda item: item[1])
        cells = f"{one['datasets']:,} | {len(one['p'])} | {chance:.4f} | `{name}`"
        lines.append(f"| {one['way'].replace('_', ' ')} | {cells} |")
    return lines


def skill_table(found: Figures) -> list[str]:
    """Return the pooled scores of every method, and the differences from the model."""
    gaps = {gap["other"]: gap for gap in found["differences"]}
    columns = (
        "method",
        "forecasts",
        "series",
        "CRPS",
        "MASE",
        "interval score",
        "in 50 %",
        "in 80 %",
        "in 95 %",
        "model's CRPS less its [95 %]",
        "verdict",
    )
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    for method, one in sorted(found["pooled"].items(), key=lambda item: METHODS.index(item[0])):
        gap = gaps.get(method)
        told = " | "
        if gap is not None:
            told = f"{gap['mean']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}] | {gap['verdict']}"
        scores = f"{one['crps']:.4f} | {one['mase']:.3f} | {one['interval_score']:.3f}"
        shares = " | ".join(
            f"{100 * one['coverage'][level]:.1f} %" for level in ("0.5", "0.8", "0.95")
        )
        lines.append(
            f"| {method} | {one['cases']:,} | {one['series']:,} | {scores} | {shares} | {told} |"
        )
    return lines


if __name__ == "__main__":
    main()
