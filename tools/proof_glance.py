"""The first table of the proof page: a line a claim, from the figures of the suites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from page_text import table

Figures = Mapping[str, Any]
Told = Mapping[str, Figures]
Row = tuple[str, str, str]
DEPARTURES = {"0.5": "2.0", "0.8": "1.6", "0.9": "1.2", "0.95": "0.9"}
"""By nominal coverage, the departure that the coverage suite allows, in points."""


def glance(told: Told) -> list[str]:
    """Return the table; a claim whose suite wrote no figures has no line."""
    rows = [row for claim in CLAIMS for row in claim(told)]
    return table(("claim", "shown on", "found"), rows)


def beginning(told: Told, start: str) -> list[Figures]:
    """Return the figures whose name begins so."""
    return [figures for name, figures in told.items() if name.startswith(start)]


def even_ranks(told: Told) -> list[Row]:
    """Simulation-based calibration: the least p-value of all."""
    found = beginning(told, "sbc_")
    if not found:
        return []
    chances = [p for one in found for p in one["p"].values()]
    sizes = sorted({one["datasets"] for one in found})
    size = f"{len(found)} ways of reporting × {' or '.join(f'{n:,}' for n in sizes)} datasets"
    limit = 0.01 / len(chances)
    result = f"least of {len(chances)} p-values {min(chances):.4f}; fails below {limit:.0e}"
    return [("Truths rank evenly among posterior draws", size, result)]


def honest_intervals(told: Told) -> list[Row]:
    """Coverage: the greatest departures over the seeds."""
    found = beginning(told, "coverage_")
    if not found:
        return []
    worst = {
        level: max(100.0 * abs(one["coverage"][level] - float(level)) for one in found)
        for level in DEPARTURES
    }
    size = f"{len(found)} seeds × {found[0]['series']:,} sparse series"
    result = (
        f"50/80/90/95 % off by at most {'/'.join(f'{x:.1f}' for x in worst.values())} points; "
        f"allowed {'/'.join(DEPARTURES.values())}"
    )
    return [("Intervals hold what they say", size, result)]


def closed_form(told: Told) -> list[Row]:
    """The conjugate limit."""
    found = beginning(told, "conjugate_")
    if not found:
        return []
    worst = max(one["greatest_difference"] for one in found)
    result = f"mean and spread differ by at most {worst:.0e}; allowed 1e-06"
    return [("Agreement with a closed form", f"{len(found)} posteriors by quadrature", result)]


def independent_sampler(told: Told) -> list[Row]:
    """The trade group against emcee."""
    figures = told.get("independent_sampler")
    if figures is None:
        return []
    shift = max(map(abs, figures["shift_of_means_in_sd"].values()))
    ratio = max(abs(r - 1.0) for r in figures["ratio_of_sds"].values())
    size = f"{len(figures['ratio_of_sds'])} quantities of trade"
    result = f"means within {shift:.3f} sd, spreads within {100.0 * ratio:.1f} %"
    return [("Agreement with an independent sampler", size, result)]


def wrong_readings(told: Told) -> list[Row]:
    """The planted readings and the planted bugs."""
    rows = []
    found = beginning(told, "planted_")
    if found:
        caught = sum(one["p"] < one["allowed"] for one in found)
        faintest = max(one["p"] for one in found)
        result = f"{caught} of {len(found)} caught, the faintest at p = {faintest:.0e}"
        size = f"{len(found)} readings × {found[0]['datasets']} datasets"
        rows.append(("Wrong readings of figures are caught", size, result))
    if "mutants" in told:
        verdicts = [v for v in told["mutants"]["verdicts"] if v["part"]]
        bugs = {v["bug"] for v in verdicts}
        caught = len({v["bug"] for v in verdicts if v["caught"]})
        suites = len({v["suite"] for v in verdicts if v["caught"]})
        result = f"{caught} of {len(bugs)} caught, by {suites} suites"
        rows.append(("Bugs planted in the code are caught", f"{len(bugs)} bugs", result))
    return rows


def skill(told: Told) -> list[Row]:
    """Forecasts against baselines, on each kind of series."""
    kinds = {
        "skill_own": "Forecasts beat baselines on the model's own laws",
        "skill_break": "… on a switching trend with a break",
        "skill_walk": "… on a walk with changing volatility",
        "documents": "… on the documents' figures",
    }
    rows = []
    for name, claim in kinds.items():
        if name not in told:
            continue
        pooled, gaps = told[name]["pooled"], told[name]["differences"]
        model = pooled["model"]
        best = min((one["crps"], method) for method, one in pooled.items() if method != "model")
        better = sum(gap["verdict"] == "better" for gap in gaps)
        result = (
            f"CRPS {model['crps']:.3f}, best baseline {best[0]:.3f} ({best[1]}); better than "
            f"{better} of {len(gaps)}; 80 % intervals hold {100.0 * model['coverage']['0.8']:.1f} %"
        )
        rows.append((claim, f"{model['cases']:,} forecasts of {model['series']:,} series", result))
    return rows


def invariants(told: Told) -> list[Row]:
    """Identities on random files, and the replay matrix."""
    rows = []
    if files := told.get("invariants_files"):
        size = (
            f"{files['chains of files accepted']} chains of random scenarios, "
            f"{files['cells of identities'] / 1e6:.1f} mn cells"
        )
        worst = files["worst relative residual of any identity"]
        result = f"{files['failures']} failures; worst relative residual {worst:.0e}"
        rows.append(("Identities hold on the files written", size, result))
    if replay := told.get("invariants_replay"):
        size = f"{replay['cells']} ways of computing {replay['draws']:,} draws"
        rows.append(("The same request gives the same bytes", size, f"{replay['hashes']} hash"))
    return rows


def golden(told: Told) -> list[Row]:
    """The shipped scenarios against the references."""
    found = [
        told[f"golden_{name}"]
        for name in ("calibration", "engine", "scenarios")
        if f"golden_{name}" in told
    ]
    if not found:
        return []
    numbers = sum(one["numbers"] for one in found)
    beyond = sum(one["numbers_beyond_the_tolerance"] for one in found)
    judged = found[-1]["judged"].partition(":")[0]
    return [
        (
            "Shipped scenarios give the stored numbers",
            f"{numbers:,} numbers",
            f"{beyond} moved, judged {judged}",
        )
    ]


def hostile(told: Told) -> list[Row]:
    """Mutants, planted faults, and the program itself."""
    found = [one for one in beginning(told, "fuzz_") if "mutants" in one]
    if not found:
        return []
    rows = []
    failures = sum(len(one["failures"]) for one in found)
    size = f"{sum(one['mutants'] for one in found):,} mutants of {len(found)} formats"
    rows.append(
        ("Damaged files are refused in words", size, f"{failures} tracebacks or wrong accepts")
    )
    planted = [one for one in beginning(told, "fuzz_") if "faults_told" in one]
    if planted:
        faults, known = (sum(one[key] for one in planted) for key in ("faults", "faults_told"))
        size = f"{sum(one['files'] for one in planted):,} files with {faults:,} faults"
        rows.append(("All faults are told at once", size, f"{known:,} told, each by its line"))
    return rows


def crashes(told: Told) -> list[Row]:
    """Kills and refusing disks."""
    found = beginning(told, "crash_")
    kills = sum(one.get("kills", one.get("killed", 0)) for one in found)
    if not kills:
        return []
    limits = sum(one.get("limits", one.get("sizes", 0)) for one in found)
    partial = sum(one.get("partial_found", 0) + one.get("mixed", 0) for one in found)
    size = f"{kills:,} kills, {limits:,} full disks and limits"
    return [("Interrupted writes leave the old or the new", size, f"{partial} partial results")]


CLAIMS: tuple[Callable[[Told], list[Row]], ...] = (
    even_ranks,
    honest_intervals,
    closed_form,
    independent_sampler,
    wrong_readings,
    skill,
    invariants,
    golden,
    hostile,
    crashes,
)
