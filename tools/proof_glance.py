"""The first table of the proof page: a line a claim, from the figures of the suites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from page_text import table

Figures = Mapping[str, Any]
Proofs = Mapping[str, Figures]
Row = tuple[str, str, str]
DEPARTURES = {"0.5": "2.0", "0.8": "1.6", "0.9": "1.2", "0.95": "0.9"}
"""By nominal coverage, the departure that the coverage suite allows, in points."""


def glance(proofs: Proofs) -> list[str]:
    """Return the table; a claim whose suite wrote no figures has no line."""
    rows = [row for claim in CLAIMS for row in claim(proofs)]
    return table(("claim", "shown on", "found"), rows)


def beginning(proofs: Proofs, start: str) -> list[Figures]:
    """Return the figures whose name begins so."""
    return [figures for name, figures in proofs.items() if name.startswith(start)]


def real_countries(proofs: Proofs) -> list[Row]:
    """Trade of real countries, against baselines and in the bands."""
    figures = proofs.get("panels_forecasts")
    if figures is None:
        return []
    rows = [one for leads in figures["quantities"].values() for one in leads]
    baselines = [name for name in rows[0]["difference"] if name != "pooled"]
    better = sum(all(one["difference"][b]["value"] < 0.0 for b in baselines) for one in rows)
    pairs = [(round(one["crps"]["model"], 3), round(one["crps"]["pooled"], 3)) for one in rows]
    pooled = sum(other < own for own, other in pairs)
    sure = sum(one["difference"]["pooled"]["low"] > 0.0 for one in rows)
    held = [100.0 * one["coverage"]["0.8"]["value"] for one in rows]
    size = f"{figures['cases']:,} origins of {figures['countries']} countries, 1 to 15 years ahead"
    result = (
        f"CRPS below all {len(baselines)} extrapolations in {better} of {len(rows)} quantities "
        f"and leads; pooled growth has the lower CRPS in {pooled}, beyond its 90 % interval in "
        f"{sure or 'none'}; 80 % intervals hold {min(held):.0f} to {max(held):.0f} %"
    )
    return [("Forecasts beat extrapolation on the trade of real countries", size, result)]


def even_ranks(proofs: Proofs) -> list[Row]:
    """Simulation-based calibration: the least p-value of all."""
    studies = beginning(proofs, "sbc_")
    if not studies:
        return []
    chances = [p for one in studies for p in one["p"].values()]
    sizes = sorted({one["datasets"] for one in studies})
    size = f"{len(studies)} ways of reporting × {' or '.join(f'{n:,}' for n in sizes)} datasets"
    below = sum(min(one["p"].values()) < rank_limit(one) for one in studies)
    result = (
        f"{below or 'none'} of {len(studies)} ways below the limit of its suite; least of "
        f"{len(chances)} p-values {min(chances):.4f}"
    )
    return [("Truths rank evenly among posterior draws", size, result)]


def rank_limit(study: Figures) -> float:
    """Return the p-value below which the suite of a study fails: 0.01 by its quantities."""
    return 0.01 / float(study.get("tests", len(study["p"])))


def honest_intervals(proofs: Proofs) -> list[Row]:
    """Coverage: the greatest departures over the seeds."""
    studies = beginning(proofs, "coverage_")
    if not studies:
        return []
    worst = {
        level: max(100.0 * abs(one["coverage"][level] - float(level)) for one in studies)
        for level in DEPARTURES
    }
    size = f"{len(studies)} seeds × {studies[0]['series']:,} sparse series"
    result = (
        f"50/80/90/95 % off by at most {'/'.join(f'{x:.1f}' for x in worst.values())} points; "
        f"allowed {'/'.join(DEPARTURES.values())}"
    )
    return [("Intervals hold what they say", size, result)]


def closed_form(proofs: Proofs) -> list[Row]:
    """The conjugate limit."""
    studies = beginning(proofs, "conjugate_")
    if not studies:
        return []
    worst = max(one["greatest_difference"] for one in studies)
    result = f"mean and spread differ by at most {worst:.0e}; allowed 1e-06"
    return [("Agreement with a closed form", f"{len(studies)} posteriors by quadrature", result)]


def independent_sampler(proofs: Proofs) -> list[Row]:
    """The trade group against emcee."""
    figures = proofs.get("independent_sampler")
    if figures is None:
        return []
    shift = max(map(abs, figures["shift_of_means_in_sd"].values()))
    ratio = max(abs(r - 1.0) for r in figures["ratio_of_sds"].values())
    size = f"{len(figures['ratio_of_sds'])} quantities of trade"
    result = f"means within {shift:.3f} sd, spreads within {100.0 * ratio:.1f} %"
    return [("Agreement with an independent sampler", size, result)]


def wrong_readings(proofs: Proofs) -> list[Row]:
    """The planted readings and the planted bugs."""
    rows = []
    studies = beginning(proofs, "planted_")
    if studies:
        caught = sum(one["p"] < one["allowed"] for one in studies)
        faintest = max(one["p"] for one in studies)
        result = f"{caught} of {len(studies)} caught, the faintest at p = {faintest:.0e}"
        size = f"{len(studies)} readings × {studies[0]['datasets']} datasets"
        rows.append(("Wrong readings of figures are caught", size, result))
    if "mutants" in proofs:
        verdicts = [v for v in proofs["mutants"]["verdicts"] if v["part"]]
        bugs = {v["bug"] for v in verdicts}
        caught = len({v["bug"] for v in verdicts if v["caught"]})
        suites = len({v["suite"] for v in verdicts if v["caught"]})
        result = f"{caught} of {len(bugs)} caught, by {suites} suites"
        rows.append(("Bugs planted in the code are caught", f"{len(bugs)} bugs", result))
    return rows


def skill(proofs: Proofs) -> list[Row]:
    """Forecasts against baselines, on each kind of series."""
    kinds = {
        "skill_own": "Forecasts beat baselines on the model's own laws",
        "skill_break": "… on a switching trend with a break",
        "skill_walk": "… on a walk with changing volatility",
        "documents": "… on the documents' figures",
    }
    rows = []
    for name, claim in kinds.items():
        if name not in proofs:
            continue
        pooled, gaps = proofs[name]["pooled"], proofs[name]["differences"]
        model = pooled["model"]
        best = min((one["crps"], method) for method, one in pooled.items() if method != "model")
        better = sum(gap["verdict"] == "better" for gap in gaps)
        result = (
            f"CRPS {model['crps']:.3f}, best baseline {best[0]:.3f} ({best[1]}); better than "
            f"{better} of {len(gaps)}; 80 % intervals hold {100.0 * model['coverage']['0.8']:.1f} %"
        )
        rows.append((claim, f"{model['cases']:,} forecasts of {model['series']:,} series", result))
    return rows


def invariants(proofs: Proofs) -> list[Row]:
    """Identities on random files, and the replay matrix."""
    rows = []
    if files := proofs.get("invariants_files"):
        size = (
            f"{files['chains of files accepted']} chains of random scenarios, "
            f"{files['cells of identities'] / 1e6:.1f} mn cells"
        )
        worst = files["worst relative residual of any identity"]
        result = f"{files['failures']} failures; worst relative residual {worst:.0e}"
        rows.append(("Identities hold on the files written", size, result))
    if replay := proofs.get("invariants_replay"):
        size = f"{replay['cells']} ways of computing {replay['draws']:,} draws"
        rows.append(("The same request gives the same bytes", size, f"{replay['hashes']} hash"))
    return rows


def golden(proofs: Proofs) -> list[Row]:
    """The shipped scenarios against the references."""
    studies = [
        proofs[f"golden_{name}"]
        for name in ("calibration", "engine", "scenarios")
        if f"golden_{name}" in proofs
    ]
    if not studies:
        return []
    numbers = sum(one["numbers"] for one in studies)
    beyond = sum(one["numbers_beyond_the_tolerance"] for one in studies)
    judged = studies[-1]["judged"].partition(":")[0]
    return [
        (
            "Shipped scenarios give the stored numbers",
            f"{numbers:,} numbers",
            f"{beyond} moved, judged {judged}",
        )
    ]


def hostile(proofs: Proofs) -> list[Row]:
    """Mutants, planted faults, and the program itself."""
    studies = [one for one in beginning(proofs, "fuzz_") if "mutants" in one]
    if not studies:
        return []
    rows = []
    failures = sum(len(one["failures"]) for one in studies)
    size = f"{sum(one['mutants'] for one in studies):,} mutants of {len(studies)} formats"
    rows.append(
        ("Damaged files are refused in words", size, f"{failures} tracebacks or wrong accepts")
    )
    planted = [one for one in beginning(proofs, "fuzz_") if "faults_told" in one]
    if planted:
        faults, known = (sum(one[key] for one in planted) for key in ("faults", "faults_told"))
        size = f"{sum(one['files'] for one in planted):,} files with {faults:,} faults"
        rows.append(("All faults are told at once", size, f"{known:,} told, each by its line"))
    return rows


def crashes(proofs: Proofs) -> list[Row]:
    """Kills and refusing disks."""
    studies = beginning(proofs, "crash_")
    kills = sum(one.get("kills", one.get("killed", 0)) for one in studies)
    if not kills:
        return []
    limits = sum(one.get("limits", one.get("sizes", 0)) for one in studies)
    partial = sum(one.get("partial_found", 0) + one.get("mixed", 0) for one in studies)
    size = f"{kills:,} kills, {limits:,} full disks and limits"
    return [("Interrupted writes leave the old or the new", size, f"{partial} partial results")]


CLAIMS: tuple[Callable[[Proofs], list[Row]], ...] = (
    real_countries,
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
