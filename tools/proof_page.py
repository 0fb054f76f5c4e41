#!/usr/bin/env python3
"""Write docs/proof.md from the figures that the test suites wrote.

    python -m pytest -m invariants --full --proof=proof     # and so for every other suite
    python tools/mutants.py --proof proof
    python tools/proof_page.py proof

Each suite writes its figures as JSON; the page holds nothing that no suite wrote. Of several
folders the later ones replace what the earlier ones say of the same.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "proof.md"
KINDS = {
    "own": "The model's own laws",
    "break": "A switching trend with a break",
    "walk": "A walk with changing volatility",
}
METHODS = ("model", "naive", "drift", "damped", "theta")
FACTS = {
    "ranks_of_stocks": "Ranks of stocks that flows make",
    "invariants_": "Invariants",
    "golden_": "References",
    "fuzz_": "Hostile input",
    "crash_": "Interrupted and failing writes",
}
LEVELS = ("0.5", "0.8", "0.9", "0.95")

Figures = Mapping[str, Any]


def main() -> None:
    """Read the folders and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
    chosen = parser.parse_args()
    told: dict[str, Figures] = {}
    for folder in chosen.folders:
        files = sorted(folder.glob("*.json"))
        if not files:
            parser.error(f"{folder} holds no figures; run the suites with --proof={folder} first")
        told |= {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    PAGE.write_text("\n".join(page(told)) + "\n", encoding="utf-8")


def page(told: Mapping[str, Figures]) -> list[str]:
    """Return the lines of the page."""
    lines = [
        "# Proof by simulation",
        "",
        "Written by `tools/proof_page.py` from the figures of the test suites. What was forecast",
        "from what, the baselines and the scores are told in [backtest](backtest.md); how closely",
        "numbers must agree with the stored ones, in `tools/tolerance.py`. Every suite runs in a",
        "small size with all tests; the figures are those of the largest size that was run.",
    ]
    suites = {name: told[name] for name in told if name.startswith("suite_")}
    if suites:
        lines += ["", "## What was run", "", *suites_table(suites.values())]
    if "mutants" in told:
        lines += ["", "## Bugs planted in the code", "", *mutants_table(told["mutants"])]
    for title, table in (
        ("Agreement with a closed form", [told[n] for n in told if n.startswith("conjugate_")]),
        ("Agreement with an independent sampler", told.get("independent_sampler")),
        ("Coverage", [told[n] for n in told if n.startswith("coverage_")]),
        ("Simulation-based calibration", [told[n] for n in told if n.startswith("sbc_")]),
        ("Wrong readings of figures", [told[n] for n in told if n.startswith("planted_")]),
    ):
        if table:
            lines += ["", f"## {title}", "", *TABLES[title](table)]
    for kind, title in KINDS.items():
        if f"skill_{kind}" in told:
            lines += ["", f"## {title}", "", *skill_table(told[f"skill_{kind}"])]
    if "documents" in told:
        lines += ["", "## The documents", "", *skill_table(told["documents"])]
    for suite, title in FACTS.items():
        found = {n.removeprefix(suite): told[n] for n in told if n.startswith(suite)}
        if found:
            lines += ["", f"## {title}", *facts(found)]
    return [line.replace(" %", "\u00a0%") for line in lines]


def suites_table(found: Iterable[Figures]) -> list[str]:
    """Return what became of the tests of each suite, and every test that failed."""
    ordered = sorted(found, key=lambda one: (str(one["suite"]), one["full"]))
    lines = [
        "| command | passed | failed | skipped | seconds |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in ordered:
        suite = f'"{one["suite"]}"' if " " in one["suite"] else one["suite"]
        command = f"python -m pytest -m {suite}{' --full' if one['full'] else ''}"
        counts = f"{one['passed']:,} | {len(one['failed'])} | {len(one['skipped'])}"
        lines.append(f"| `{command}` | {counts} | {one['seconds']:,} |")
    machines = sorted({f"Python {one['python']}, {one['machine']}" for one in ordered})
    lines += ["", f"On {'; '.join(machines)}."]
    failed = sorted({test for one in ordered for test in one["failed"]})
    lines += ["", "Failures left standing:" if failed else "No failure is left standing."]
    lines += [f"- `{test}`" for test in failed]
    skipped = sorted({(t, why) for one in ordered for t, why in one["skipped"].items()})
    return [*lines, *(f"\n`{t}`: {w[0].lower()}{w[1:].rstrip('.')}." for t, w in skipped)]


def mutants_table(found: Figures) -> list[str]:
    """Return which suite caught each bug that was planted in a copy of the code."""
    lines = [
        "Each bug of `tools/mutants.yml` stood alone in a copy of the package; the suites ran in",
        "their small size and in turn, until one failed.",
        "",
        "| part | bug | caught by | first test that failed |",
        "| --- | --- | --- | --- |",
    ]
    bugs: dict[str, list[Figures]] = {}
    for verdict in found["verdicts"]:
        bugs.setdefault(verdict["bug"], []).append(verdict)
    for bug, verdicts in bugs.items():
        caught = [v for v in verdicts if v["caught"]] or [{"suite": "no suite", "by": ""}]
        name = bug if verdicts[0]["part"] else "the package as it is"
        for one in caught:
            test = f"`{one['by']}`" if one["by"] else ""
            lines.append(f"| {verdicts[0]['part']} | {name} | {one['suite']} | {test} |")
    return lines


def closed_form_table(found: list[Figures]) -> list[str]:
    """Return posterior moments by quadrature beside those of the regression."""
    lines = [
        "The drift of a law with known volatility: moments of the code's own log posterior, by",
        "quadrature, and those of generalised least squares.",
        "",
        "| transitory | mean | of the regression | sd | of the regression | greatest difference |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        cells = " | ".join(
            f"{one[key]:.8f}" for key in ("mean", "mean_of_regression", "sd", "sd_of_regression")
        )
        lines.append(f"| {one['transitory']} | {cells} | {one['greatest_difference']:.1e} |")
    return lines


def sampler_table(found: Figures) -> list[str]:
    """Return how far the posterior of the trade group is from that of an ensemble sampler."""
    lines = [
        "The posterior of the trade group beside that of an ensemble sampler on a posterior that",
        "was written apart.",
        "",
        "| quantity | difference of means, in sd | ratio of sd |",
        "| --- | --- | --- |",
    ]
    for name, shift in found["shift_of_means_in_sd"].items():
        lines.append(f"| `{name}` | {shift:+.3f} | {found['ratio_of_sds'][name]:.3f} |")
    return lines


def planted_table(found: list[Figures]) -> list[str]:
    """Return how surely each wrong reading is told by uneven ranks."""
    lines = [
        "The calibration read the figures wrongly; ranks of the truths must then be uneven, below",
        f"p = {found[0]['allowed']:.1e}.",
        "",
        "| reading | way | datasets | least p | of |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in found:
        chance = f"{one['p']:.0e}" if one["p"] else "below 1e-300"
        cells = f"{one['way'].replace('_', ' ')} | {one['datasets']} | {chance} | `{one['of']}`"
        lines.append(f"| {one['bug']} | {cells} |")
    return lines


def facts(found: Mapping[str, Figures]) -> list[str]:
    """Return figures with the same keys as the rows of one table, others as tables of their own."""
    groups: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for name, figures in found.items():
        flat = flattened(figures)
        groups.setdefault(tuple(flat), {})[name] = flat
    lines = []
    for keys, rows in groups.items():
        if len(rows) == 1:
            ((name, row),) = rows.items()
            lines += ["", f"| {spaced(name)} | |", "| --- | --- |"]
            lines += [f"| {spaced(key)} | {value} |" for key, value in row.items()]
            continue
        shown = [key for key in keys if key != "writes"]
        lines += ["", f"| | {' | '.join(map(spaced, shown))} |", "| --- " * (len(shown) + 1) + "|"]
        lines += [
            f"| {spaced(name)} | {' | '.join(row[key] for key in shown)} |"
            for name, row in rows.items()
        ]
    return lines


def flattened(figures: Figures) -> dict[str, str]:
    """Return figures as text; of several numbers the greatest (of p-values the least)."""
    flat = {}
    for key, value in figures.items():
        if isinstance(value, dict) and value and all(map(_is_number, value.values())):
            pick, word = (min, "least") if key == "p" else (max, "most")
            name = pick(value, key=value.__getitem__)
            flat[key] = f"{len(value)}; {word} {shown_number(value[name])}, {spaced(name)}"
        elif isinstance(value, dict | list):
            flat[key] = f"{len(value):,}"
        elif _is_number(value) and key != "seed":
            flat[key] = shown_number(value)
        else:
            flat[key] = str(value)
    return flat


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def shown_number(value: float) -> str:
    """Return a number as a reader wants it: whole, or with three digits."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}"


def spaced(name: str) -> str:
    """Return a key as words."""
    return name.strip("_").replace("_", " ")


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


TABLES: dict[str, Callable[[Any], list[str]]] = {
    "Agreement with a closed form": closed_form_table,
    "Agreement with an independent sampler": sampler_table,
    "Coverage": coverage_table,
    "Simulation-based calibration": rank_table,
    "Wrong readings of figures": planted_table,
}

if __name__ == "__main__":
    main()
