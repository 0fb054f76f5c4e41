#!/usr/bin/env python3
"""Write docs/proof.md and docs/proof_plots.json from the figures that the test suites wrote.

    python -m pytest -m invariants --full --proof=proof     # and so for every other suite
    python tools/mutants.py --proof proof
    python tools/proof_page.py proof

Each suite writes its figures as JSON; the page holds nothing that no suite wrote. Of several
folders the later ones replace what the earlier ones say of the same.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from page_text import folded, table, write_page
from proof_glance import glance, rank_limit
from proof_plots import Plots, picture_lines, plots_of, verdict_lines, write_plots

from vnjp_sim.scoring.scores import binomial_band

PAGE = Path(__file__).resolve().parent.parent / "docs" / "proof.md"
METHODS = ("model", "naive", "drift", "damped", "theta", "prior", "pooled")
QUANTITIES = ("trade_turnover", "trade_exports", "trade_imports")
WRITTEN = (
    "Does the method do what it says, and where does it fail? This page tests it where the truth",
    "is known: on synthetic series made by the model's own laws and by others, on the trade of",
    "real countries, and on later figures of the documents. What was forecast from what, the",
    "simple methods and the scores are told in [backtest](backtest.md). None of this tests the",
    "links between sectors, on which effects of policies rest ([limits](limits.md)).",
    "",
    "Written by `tools/proof_page.py` from the figures of the test suites. Every suite runs in a",
    "small size with all tests; the figures here are those of the largest size that was run.",
)
WORST_YEARS = 5
"""Years in which fewest truths lay inside, that the page names."""
LEVELS = ("0.5", "0.8", "0.9", "0.95")

Figures = Mapping[str, Any]


def main() -> None:
    """Read the folders and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
    chosen = parser.parse_args()
    proofs: dict[str, Figures] = {}
    for folder in chosen.folders:
        files = sorted(folder.glob("*.json"))
        if not files:
            parser.error(f"{folder} holds no figures; run the suites with --proof={folder} first")
        proofs |= {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    plots = plots_of(proofs)
    write_plots(plots)
    write_page(PAGE, page(proofs, plots))


def page(proofs: Mapping[str, Figures], plots: Plots) -> list[str]:
    """Return the lines of the page: verdict, three pictures, the claims, and the tables folded."""
    lines = [
        "# Proof by simulation",
        "",
        *WRITTEN,
        *made(proofs),
        "",
        "## Verdict",
        "",
        *verdict_lines(plots),
        "",
        "## Three pictures",
        "",
        *picture_lines(),
        "## Every claim",
        *glance(proofs),
        "",
        "## The tables",
        "",
        "Click a title to unfold its table.",
    ]
    for title, start, section in SECTIONS:
        of_section = {name: proofs[name] for name in proofs if name.startswith(start)}
        if of_section:
            lines += folded(title, section(of_section))
    lines = [line for before, line in pairwise(["", *lines]) if line or before]
    return [line.replace(" %", "\u00a0%") for line in lines]


def made(proofs: Mapping[str, Figures]) -> list[str]:
    """Return of which version and commit the figures are, and of which days."""
    told = [one for one in proofs.values() if "commit" in one]
    if not told:
        return []
    versions = sorted({f"version {one['version']}, commit {one['commit']}" for one in told})
    days = sorted({one["day"] for one in told})
    return [f"They were computed with {'; '.join(versions)}, on {' and '.join(days)}."]


AGAIN = (
    "when it was run again by itself, which is weaker evidence than to pass at once; "
    "the counts are those after that"
)


def suites_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return what became of the tests of each suite, and every test that failed."""
    ordered = sorted(proofs.values(), key=lambda one: (str(one["suite"]), one["full"]))
    rows, parts = [], []
    for one in ordered:
        suite = f'"{one["suite"]}"' if " " in one["suite"] else one["suite"]
        options = f"{' --full' if one['full'] else ''} -n {one['workers']}"
        counts = (one["passed"], len(one["failed"]), len(one["skipped"]), one["seconds"])
        rows.append(
            (f"`python -m pytest -m {suite}{options}`", *(f"{count:,}" for count in counts))
        )
        for name, part in one["by_suite"].items():
            shown = (f"{round(part[key]):,}" for key in ("passed", "failed", "skipped", "seconds"))
            parts.append((f"`{name}`", *shown))
    machines = sorted({f"Python {one['python']}, {one['machine']}" for one in ordered})
    failed = sorted({test for one in ordered for test in one["failed"]})
    again = sorted({test for one in ordered for test in one.get("passed_again", ())})
    skipped = sorted({(t, why) for one in ordered for t, why in one["skipped"].items()})
    return [
        *table(("command", "passed", "failed", "skipped", "seconds"), rows),
        "Of which, with the seconds of all processes (a test may belong to two suites):",
        *table(("suite", "passed", "failed", "skipped", "seconds"), parts),
        f"On {'; '.join(machines)}.",
        "",
        "Failures left standing:" if failed else "No failure is left standing.",
        *(f"- `{test}`" for test in failed),
        *(f"\n`{test}` failed at first, and passed {AGAIN}." for test in again),
        *(f"\n`{test}`: {why[0].lower()}{why[1:].rstrip('.')}." for test, why in skipped),
    ]


def panels_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return the scores on real countries: every method, lead and quantity, and coverage."""
    (figures,) = proofs.values()
    first, last = figures["origins"]
    lines = [
        f"Trade of {figures['countries']} countries (Penn World Table 9.1), from every origin of",
        f"{first} to {last}: {figures['cases']:,} sets of three to eight sparse, rounded figures,",
        "read by the shipped plan and sampler. Priors come from other countries and years before",
        "the origin. `pooled` is the last value, grown and spread as other countries grew. Mean",
        "CRPS in log points; in brackets the 90 % interval of the model's less the baseline's:",
        "years are the sample, from a bootstrap over blocks of origin years as long as the lead.",
    ]
    for quantity in QUANTITIES:
        leads, rows = figures["quantities"][quantity], []
        for method in (name for name in METHODS if name in leads[0]["crps"]):
            cells = [f"{one['crps'][method]:.3f}" for one in leads]
            for place, one in enumerate(leads):
                if method in one["difference"]:
                    gap = one["difference"][method]
                    cells[place] += f" [{gap['low']:+.3f}, {gap['high']:+.3f}]"
            rows.append((f"CRPS, {method}", *cells))
        for level in leads[0]["coverage"]:
            cells = [percent_interval(one["coverage"][level]) for one in leads]
            rows.append((f"in {per_cent(float(level), 0)}", *cells))
        head = (f"`{quantity}`", *(years_ahead(one["lead"]) for one in leads))
        lines += ["", *table(head, rows)]
    by_year = sorted(figures["a_year_ahead"].items(), key=lambda one: one[1])
    worst = ", ".join(f"{year} ({per_cent(share, 0)})" for year, share in by_year[:WORST_YEARS])
    lines += ["", f"Misses come together: one year ahead, 80 % bands held least in {worst}.", ""]
    missed = bands_off(figures)
    if not missed:
        return [*lines, "The interval of each 80 % band's coverage meets 76 to 84 %."]
    lines += ["80 % bands whose coverage is not within its error of 76 to 84 %:", ""]
    return [*lines, *(f"- {one}" for one in missed)]


def bands_off(figures: Figures) -> list[str]:
    """Return the 80 % bands whose interval of coverage misses 76 to 84 %."""
    low, high = (0.76, 0.84)
    return [
        f"`{quantity}`, {years_ahead(one['lead'])}: {percent_interval(one['coverage']['0.8'])}"
        for quantity, leads in figures["quantities"].items()
        for one in leads
        if one["coverage"]["0.8"]["low"] > high or one["coverage"]["0.8"]["high"] < low
    ]


def years_ahead(lead: int) -> str:
    """Return a lead in words."""
    return f"{lead} year{'s' if lead > 1 else ''}"


def percent_interval(one: Mapping[str, float]) -> str:
    """Return a share and its interval in per cent."""
    return f"{100 * one['value']:.0f} % [{100 * one['low']:.0f}, {100 * one['high']:.0f}]"


def mutants_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return which suite caught each bug that was planted in a copy of the code."""
    bugs: dict[str, list[Figures]] = {}
    for verdict in proofs["mutants"]["verdicts"]:
        bugs.setdefault(verdict["bug"], []).append(verdict)
    rows = []
    for bug, verdicts in bugs.items():
        name = bug if verdicts[0]["part"] else "the package as it is"
        for one in [v for v in verdicts if v["caught"]] or [{"suite": "no suite", "by": ""}]:
            test = f"`{one['by']}`" if one["by"] else ""
            rows.append((verdicts[0]["part"], name, one["suite"], test))
    return [
        "Each bug of `tools/mutants.yml` stood alone in a copy of the package; the suites ran in",
        "their small size and in turn, until one failed.",
        *table(("part", "bug", "caught by", "first test that failed"), rows),
    ]


def closed_form_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return posterior moments by quadrature beside those of the regression."""
    moments = ("mean", "mean_of_regression", "sd", "sd_of_regression")
    return [
        "The drift of a law with known volatility: moments of the code's own log posterior, by",
        "quadrature, and those of generalised least squares.",
        *table(
            ("transitory", *map(spaced, moments), "greatest difference"),
            [
                (
                    str(one["transitory"]),
                    *(f"{one[key]:.8f}" for key in moments),
                    f"{one['greatest_difference']:.1e}",
                )
                for one in proofs.values()
            ],
        ),
    ]


def sampler_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return how far the posterior of the trade group is from that of an ensemble sampler."""
    (figures,) = proofs.values()
    ratios = figures["ratio_of_sds"]
    return [
        "The posterior of the trade group beside that of an ensemble sampler on a posterior that",
        "was written apart.",
        *table(
            ("quantity", "difference of means, in sd", "ratio of sd"),
            [
                (f"`{name}`", f"{shift:+.3f}", f"{ratios[name]:.3f}")
                for name, shift in figures["shift_of_means_in_sd"].items()
            ],
        ),
    ]


def planted_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return how surely each wrong reading is told by uneven ranks."""
    allowed = next(iter(proofs.values()))["allowed"]
    return [
        "The calibration read the figures wrongly; ranks of the truths must then be uneven, below",
        f"p = {allowed:.1e}.",
        *table(
            ("reading", "way", "datasets", "least p", "of"),
            [
                (
                    one["bug"],
                    spaced(one["way"]),
                    str(one["datasets"]),
                    f"{one['p']:.0e}" if one["p"] else "below 1e-300",
                    f"`{one['of']}`",
                )
                for one in proofs.values()
            ],
        ),
    ]


def facts(proofs: Mapping[str, Figures]) -> list[str]:
    """Return figures with the same keys as the rows of one table, others as tables of their own."""
    groups: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for name, figures in proofs.items():
        flat = flattened(figures)
        groups.setdefault(tuple(flat), {})[name.partition("_")[2]] = flat
    lines = []
    for keys, rows in groups.items():
        if len(rows) == 1:
            ((name, row),) = rows.items()
            lines += table((spaced(name), ""), [(spaced(k), value) for k, value in row.items()])
        else:
            shown = [key for key in keys if key != "writes"]
            lines += table(
                ("", *map(spaced, shown)),
                [(spaced(name), *(row[key] for key in shown)) for name, row in rows.items()],
            )
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


def coverage_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return how many truths the intervals hold, by seed."""
    return [
        "Share of truths in the central intervals of the model on series of its own laws, one",
        "forecast a series.",
        *table(
            ("seed", "series", *(f"in {per_cent(float(x), 0)}" for x in LEVELS), "even PIT, p"),
            [
                (
                    str(one["seed"]),
                    f"{one['series']:,}",
                    *(per_cent(one["coverage"][level]) for level in LEVELS),
                    f"{one['kolmogorov_smirnov']:.2f}",
                )
                for one in sorted(proofs.values(), key=lambda figures: int(figures["seed"]))
            ],
        ),
    ]


def rank_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return the least even quantity of each way of reporting."""
    rows = []
    for one in sorted(proofs.values(), key=lambda figures: str(figures["way"])):
        name, chance = min(one["p"].items(), key=lambda item: item[1])
        counts = (f"{one['datasets']:,}", str(len(one["p"])))
        least = (f"{chance:.4f}", f"`{name}`", f"{rank_limit(one):.1e}")
        rows.append((spaced(one["way"]), *counts, *least))
    return [
        f"Ranks of truths among {one['draws']} posterior draws; p-values of even ranks. A suite",
        "fails below 0.01 divided by the number of its quantities. Ways with the same limit are of",
        "one suite.",
        *table(("way", "datasets", "quantities", "least p", "of", "fails below"), rows),
    ]


def skill_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return the pooled scores of every method, and the differences from the model."""
    (figures,) = proofs.values()
    levels = [level for level in LEVELS if level != "0.9"]
    gaps = {gap["other"]: gap for gap in figures["differences"]}
    rows = []
    for method, one in sorted(figures["pooled"].items(), key=lambda item: METHODS.index(item[0])):
        gap = gaps.get(method)
        gap_cells = ("", "")
        if gap is not None:
            band = f"[{gap['low']:+.4f}, {gap['high']:+.4f}]"
            gap_cells = (f"{gap['mean']:+.4f} {band}", gap["verdict"])
        scores = (f"{one['crps']:.4f}", f"{one['mase']:.3f}", f"{one['interval_score']:.3f}")
        shares = [per_cent(one["coverage"][level]) for level in levels]
        counts = (f"{one['cases']:,}", f"{one['series']:,}")
        rows.append((method, *counts, *scores, *shares, *gap_cells))
    head = (
        *("method", "forecasts", "series", "CRPS", "MASE", "interval score"),
        *(f"in {per_cent(float(level), 0)}" for level in levels),
        *("model's CRPS less its [95 %]", "verdict"),
    )
    pit = ", ".join(f"{count:,}" for count in figures["pooled"]["model"]["pit"])
    return [*table(head, rows), f"PIT of the model, truths in each tenth: {pit}."]


def documents_table(proofs: Mapping[str, Figures]) -> list[str]:
    """Return the scores on the documents, and how many truths the model's intervals hold."""
    (figures,) = proofs.values()
    model = figures["pooled"]["model"]
    rows = []
    for level in LEVELS:
        low, high = binomial_band(model["cases"], float(level))
        held = round(model["coverage"][level] * model["cases"])
        rows.append((per_cent(float(level), 0), f"{held} of {model['cases']}", f"{low} to {high}"))
    return [
        *skill_table(proofs),
        "",
        "Figures in the model's intervals, beside the central 95 % of a binomial count:",
        *table(("interval", "in it", "to be expected"), rows),
    ]


def per_cent(share: float, decimals: int = 1) -> str:
    """Return a share as a reader wants it."""
    return f"{100 * share:.{decimals}f} %"


SECTIONS: tuple[tuple[str, str, Callable[[Mapping[str, Figures]], list[str]]], ...] = (
    ("Trade of real countries", "panels_", panels_table),
    ("What was run", "suite_", suites_table),
    ("Bugs planted in the code", "mutants", mutants_table),
    ("Agreement with a closed form", "conjugate_", closed_form_table),
    ("Agreement with an independent sampler", "independent_sampler", sampler_table),
    ("Coverage", "coverage_", coverage_table),
    ("Simulation-based calibration", "sbc_", rank_table),
    ("Wrong readings of figures", "planted_", planted_table),
    ("The model's own laws", "skill_own", skill_table),
    ("A switching trend with a break", "skill_break", skill_table),
    ("A walk with changing volatility", "skill_walk", skill_table),
    ("The documents", "documents", documents_table),
    ("Invariants", "invariants_", facts),
    ("References", "golden_", facts),
    ("Hostile input", "fuzz_", facts),
    ("Interrupted and failing writes", "crash_", facts),
)
"""Title, how the names of its figures begin, and what makes lines of them."""


if __name__ == "__main__":
    main()
