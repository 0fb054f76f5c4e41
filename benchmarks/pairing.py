#!/usr/bin/env python3
"""How much pairing sharpens an effect: paired against unpaired variance for a small lever.

    python benchmarks/pairing.py [--draws 10000]

The same small change of a lever is measured in the same draws as the baseline, and against a
baseline of another seed. Printed is the ratio of the variances of the mean effect, by indicator.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.pipeline import DEFAULT_SEED, Options, ensemble_of, posterior_of
from vnjp_sim.simulation.prepared import prepare_scenario

LEVERS = {
    "oda_commitments": ("oda_disbursements", "oda_infrastructure", "trade_turnover"),
    "labour_skilled_intake": ("labour_stock", "people_residents", "trade_turnover"),
    "investment_flow": ("investment_stock", "trade_exports", "trade_turnover"),
}
YEAR = 2040


def main() -> None:
    """Measure and print one line a lever and indicator."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path("results"))
    chosen = parser.parse_args()
    model = load_model()
    posterior, _ = posterior_of(model, chosen.out)
    options = Options(chosen.draws)
    other = Options(chosen.draws, DEFAULT_SEED + 1)
    base = prepare_scenario("base", model, options)
    paired = project(posterior, ensemble_of(base, model, options))
    apart = project(posterior, ensemble_of(base, model, other))
    for lever, indicators in LEVERS.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "small.yml"
            file.write_text(
                "name: small\ntitle: A small change\nextends: base\n"
                f"levers:\n  {lever}: {{path: step, from: 2027, multiply: 1.02}}\n"
            )
            small = prepare_scenario(file, model, options)
            moved = project(posterior, ensemble_of(small, model, options))
        for name in indicators:
            row = YEAR - small.start
            same = moved[name][row] - paired[name][row]
            loose = moved[name][row] - apart[name][row]
            print(
                f"{lever:>22} + 2 %, {name:<20} {YEAR}: mean effect {same.mean():>12,.4g}, "
                f"variance unpaired / paired {np.var(loose) / np.var(same):>12,.0f}"
            )


if __name__ == "__main__":
    main()
