#!/usr/bin/env python3
"""Tell how far this processor and these libraries are from the stored references, as JSON.

    python tools/distance.py            # the engine, and the calibration of trade
    python tools/distance.py --whole    # the engine, the whole calibration, and the whole chain
    python tools/distance.py --narrow   # with wide vector instructions disabled

Everything is computed anew; distances are in parts of the scale of a number, see
`tools/tolerance.py`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import references
import tolerance
from references import ENGINE, SCENARIOS, Table

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.bank import load_posterior
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import posterior_of

OTHER_DRAW = 1e-6
"""Parts of the spread by which a row of the bank differs if it holds another draw."""

Figures = dict[str, str | int | float]


def main() -> int:
    """Measure, here or in a process with narrow instructions, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--narrow", action="store_true", help="disable wide vector instructions")
    parser.add_argument("--whole", action="store_true", help="all groups and the whole chain")
    parser.add_argument("--bank", type=Path, help="stored posterior to compare rows with")
    chosen = parser.parse_args()
    if chosen.narrow:
        command = [sys.executable, *(a for a in sys.orig_argv[1:] if a != "--narrow")]
        return subprocess.run(command, env=tolerance.narrow_environment(), check=False).returncode
    print(json.dumps(measure(load_model(), chosen.bank, whole=chosen.whole), indent=1))
    return 0


def measure(model: Model, bank: Path | None, *, whole: bool) -> Figures:
    """Return the greatest distances from the references."""
    found: Figures = {"vector_instructions": " ".join(tolerance.vector_instructions())}
    found["judged"] = tolerance.policy_here().text
    fixed, names = references.read_fixed(), references.shipped_scenarios()
    engine = {f"{ENGINE}/{name}": references.engine_table(name, model, fixed) for name in names}
    found |= _distances("engine", engine)
    found["engine_events_differ"] = int(references.engine_events(model, fixed) != _stored_events())
    with TemporaryDirectory() as folder, chdir(folder):  # away from a stored calibration
        if whole:
            posterior, _ = posterior_of(model, "results")
        else:
            posterior = calibrate(model.evidence, _of_trade(model))
        found["groups"] = len(posterior.groups)
        found |= _distances("calibration", references.calibration_tables(posterior))
        if bank is not None:
            found["bank_rows"] = posterior.size
            found["bank_rows_of_another_draw"] = _other_draws(posterior, load_posterior(bank))
        if whole:
            out = Path("results")
            chain = {
                f"{SCENARIOS}/{name}": references.scenario_table(name, model, out) for name in names
            }
            found |= _distances("chain", chain)
    return found


def _of_trade(model: Model) -> Parameters:
    """Return the parameters with the laws of trade: averaged forms, a ratio, shares.

    And those of the smallest group that reaches the last year of history, where all paths end.
    """
    plan = make_plan(model.evidence, model.parameters)
    last = [g for g in plan.groups if any(f.period.last_year == plan.last_year for f in g.taken)]
    kept = set(min(last, key=lambda group: len(group.status)).status) if last else set()
    known = model.parameters.laws
    laws = {name: law for name, law in known.items() if name.startswith("trade_") or name in kept}
    return replace(model.parameters, laws=laws)


def _distances(title: str, tables: Mapping[str, Table]) -> Figures:
    """Return how many numbers were compared, how many differ, and by how much at most."""
    compared, differing, greatest = 0, 0, 0.0
    for name, table in tables.items():
        stored = {key: row for key, row in references.read_table(name).items() if key in table}
        moves = tolerance.moves(name, stored, table, 0.0)
        compared += sum(len(row.numbers) for row in table.values())
        differing += sum(move.distance > 0.0 for move in moves)
        greatest = max(greatest, tolerance.greatest(moves))
    return {
        f"{title}_numbers": compared,
        f"{title}_numbers_that_differ": differing,
        f"{title}_greatest_distance": greatest,
    }


def _stored_events() -> str:
    return (references.FOLDER / references.EVENTS).read_text(encoding="utf-8")


def _other_draws(here: Posterior, stored: Posterior) -> int:
    """Return in how many rows of the bank resampling took another draw."""
    other = np.zeros(here.size, bool)
    for name, array in here.arrays.items():
        old, new = (x.astype(np.float64) for x in (stored.arrays[name], array))
        apart = np.abs(new - old) > OTHER_DRAW * old.std(axis=-1, keepdims=True) + 1e-12 * abs(old)
        other |= apart.reshape(-1, here.size).any(axis=0)
    return int(other.sum())


if __name__ == "__main__":
    sys.exit(main())
