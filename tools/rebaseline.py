#!/usr/bin/env python3
"""Rewrite the stored references of the shipped calibration and projections; print old → new.

    python tools/rebaseline.py --reason "new figure for 2025"   # rewrite, and log the reason
    python tools/rebaseline.py --check                          # only print what differs

`results/reference/calibration.json` holds posterior mean and spread of every calibrated parameter
and of every law's last level, and the weights of the growth forms;
`results/reference/<scenario>.csv` the summaries of the shipped scenarios for selected years.
`results/reference/LOG.md` gathers the reasons.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from vnjp_sim.calibration import Posterior
from vnjp_sim.model import load_model
from vnjp_sim.runs import Options, RunResult, posterior_of, run_scenario
from vnjp_sim.shipped import shipped_folder

REFERENCE = Path(__file__).resolve().parent.parent / "results" / "reference"
YEARS = (2025, 2030, 2035, 2040)
RELATIVE = 1e-3
"""Differences below this share of the posterior spread are not printed."""

Numbers = dict[str, float]


def main() -> int:
    """Compare with the references and, unless asked only to check, rewrite them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--reason", help="why the references change; needed to rewrite")
    parser.add_argument("--check", action="store_true", help="only print what differs")
    parser.add_argument("--out", type=Path, default=Path("results"), help="results folder")
    chosen = parser.parse_args()
    if not chosen.check and not chosen.reason:
        parser.error("give --reason, or --check to compare only")
    model = load_model()
    posterior, _ = posterior_of(model, chosen.out)
    changed = compare(read_calibration(), calibration_numbers(posterior), "calibration")
    tables = {}
    for file in sorted(shipped_folder("scenarios").glob("*.yml")):
        result = run_scenario(file, model, Options(), chosen.out)
        tables[result.scenario.name] = summary_numbers(result)
        name = result.scenario.name
        changed += compare(read_summary(name), tables[name], name)
    print(f"{changed} numbers differ")
    if chosen.check:
        return int(changed > 0)
    write(calibration_numbers(posterior), tables)
    log(chosen.reason, changed)
    return 0


def calibration_numbers(posterior: Posterior) -> Numbers:
    """Return the reference numbers of a posterior by name."""
    numbers: Numbers = {}
    for p in posterior.parameters:
        numbers[f"{p.name} mean"] = p.mean
        numbers[f"{p.name} sd"] = p.sd
    for name, array in posterior.arrays.items():
        if name.endswith(".path"):
            last = array[..., -1, :].astype(np.float64).reshape(-1, array.shape[-1])
            for row, values in enumerate(last):
                label = f"{name}[{row}]" if len(last) > 1 else name
                numbers[f"{label} {posterior.last_year} mean"] = float(values.mean())
                numbers[f"{label} {posterior.last_year} sd"] = float(values.std())
    for group in posterior.groups:
        for form, weight in group.form_weights.items():
            numbers[f"{group.name} weight of {form}"] = weight
    return numbers


def summary_numbers(result: RunResult) -> Numbers:
    """Return the reference numbers of a run: quantiles of selected years."""
    return {
        f"{s.indicator},{s.year},{name}": value
        for s in result.summaries
        if s.year in YEARS
        for name, value in zip(("p05", "p50", "p95"), s.quantiles[::2], strict=True)
    }


def read_calibration() -> Numbers:
    """Return the stored calibration reference; empty if there is none."""
    file = REFERENCE / "calibration.json"
    if not file.exists():
        return {}
    numbers: Numbers = json.loads(file.read_text(encoding="utf-8"))
    return numbers


def read_summary(scenario: str) -> Numbers:
    """Return the stored summary of a scenario; empty if there is none."""
    file = REFERENCE / f"{scenario}.csv"
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {
            f"{row['indicator']},{row['year']},{name}": float(row[name])
            for row in csv.DictReader(stream)
            for name in ("p05", "p50", "p95")
        }


def differs(old: float, new: float, scale: float) -> bool:
    """Whether a number moved by more than the tolerance of its scale."""
    return abs(new - old) > RELATIVE * scale


def scale_of(name: str, numbers: Mapping[str, float]) -> float:
    """Return what a difference is measured by: the spread where there is one, else the size."""
    if name.endswith(" mean"):
        return numbers.get(name.removesuffix("mean") + "sd", 1.0)
    if " weight of " in name:
        return 1.0
    return max(abs(numbers[name]), 1e-9)


def compare(old: Numbers, new: Numbers, title: str) -> int:
    """Print old → new for what differs, and return how many numbers do."""
    changed = 0
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new and not differs(old[name], new[name], scale_of(name, new)):
            continue
        changed += 1
        before = f"{old[name]:.6g}" if name in old else "—"
        after = f"{new[name]:.6g}" if name in new else "—"
        print(f"{title}: {name}: {before} → {after}")
    return changed


def write(calibration: Numbers, tables: Mapping[str, Numbers]) -> None:
    """Write all references."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    text = json.dumps(calibration, indent=1, sort_keys=True, ensure_ascii=False)
    (REFERENCE / "calibration.json").write_text(text + "\n", encoding="utf-8")
    for scenario, numbers in tables.items():
        rows = sorted({tuple(name.split(",")[:2]) for name in numbers})
        with (REFERENCE / f"{scenario}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["indicator", "year", "p05", "p50", "p95"])
            for indicator, year in rows:
                quantiles = [numbers[f"{indicator},{year},{q}"] for q in ("p05", "p50", "p95")]
                writer.writerow([indicator, year, *map(repr, quantiles)])


def log(reason: str, changed: int) -> None:
    """Add the reason to the log of the references."""
    file = REFERENCE / "LOG.md"
    head = "# Why the references changed\n\n"
    before = file.read_text(encoding="utf-8") if file.exists() else head
    day = datetime.now(tz=UTC).date().isoformat()
    file.write_text(f"{before}- {day}: {reason} ({changed} numbers)\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
