#!/usr/bin/env python3
"""Compare calibration, scenarios and engine with the stored references, and renew these.

    python tools/golden.py                                # only say what moved
    python tools/golden.py --reason "new figure for 2025"   # rewrite, and log the reason
    python tools/golden.py --reason "faster kernels" --here  # last digits too, exact here
    python tools/golden.py --distance [--whole] [--narrow]  # how far this processor is, as JSON

What the references are stands in `tools/references.py`, how closely they are judged in
`tools/tolerance.py`. If nothing moved, nothing is written, unless the references shall be exact
here (`--here`): on another class of processor than theirs, a change of last digits is not seen.
The table of what moved goes with its reason to the end of `results/reference/LOG.md`, with the
figures, events, priors and links that changed.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import references
import tolerance
from golden_message import Inputs, input_lines, inputs_of, message, read_inputs, write_inputs
from page_text import code, escaped, table
from references import BASELINE, CALIBRATION, ENGINE, HASH, HEADS, PARAMETERS, SCENARIOS, Table
from tolerance import LIBRARIES, Move

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.bank import load_posterior
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model, load_model

LOG, PINS = "LOG.md", Path(__file__).resolve().parent.parent / "constraints.txt"
OTHER_DRAW = 1e-6
"""Parts of the spread by which a row of the bank differs if it holds another draw."""

Figures = dict[str, str | int | float]


@dataclass(frozen=True)
class References:
    """All references: tables by name, the posterior rows of the engine, the log of its events.

    And what they follow from, see :mod:`golden_message`.
    """

    tables: Mapping[str, Table]
    fixed: Posterior | None
    events: str
    inputs: Inputs = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What differs between old and new references.

    Attributes
    ----------
    moved : dict
        By table, the numbers beyond the tolerance.
    events : int
        How many lines of the log of events differ.
    elsewhere : tuple of str
        What the old references were made with another of: versions, or the processor.
    renewed : bool
        Whether the posterior rows of the engine had to be taken anew.
    inputs : tuple of str
        The figures, events, priors and links that changed, a line each.
    """

    moved: dict[str, list[Move]] = field(default_factory=dict)
    events: int = 0
    elsewhere: tuple[str, ...] = ()
    renewed: bool = False
    inputs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is reason to write: another processor alone is none, another lock is."""
        lock = set(LIBRARIES) & set(self.elsewhere)
        return bool(self.moved or self.events or lock or self.renewed or self.inputs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare with the references and, if there is a reason, rewrite them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--reason", help="rewrite what moved, and log why")
    parser.add_argument("--here", action="store_true", help="write last digits that moved too")
    parser.add_argument("--out", type=Path, default=Path("results"), help="results folder")
    parser.add_argument("--distance", action="store_true", help="measure anew, print JSON")
    parser.add_argument("--narrow", action="store_true", help="disable wide vector instructions")
    parser.add_argument("--whole", action="store_true", help="all groups and the whole chain")
    parser.add_argument("--bank", type=Path, help="stored posterior to compare rows with")
    chosen = parser.parse_args(arguments)
    if chosen.distance and chosen.narrow:
        command = [sys.executable, *(a for a in sys.orig_argv[1:] if a != "--narrow")]
        return subprocess.run(command, env=tolerance.narrow_environment(), check=False).returncode
    if chosen.distance:
        print(json.dumps(measure(load_model(), chosen.bank, whole=chosen.whole), indent=1))
        return 0
    reason = None if chosen.reason is None else " ".join(chosen.reason.split())
    unlocked = off_the_lock()
    if reason == "" or (chosen.here and reason is None):
        parser.error("give --reason with words")
    if unlocked and reason:
        parser.error(f"references are made with the pins of {PINS.name}, but here is {unlocked}")
    return renew(reason, chosen.out, here=chosen.here)


def renew(reason: str | None, out: Path, *, here: bool) -> int:
    """Say what moved; with a reason write it. Return 1 if something moved that is not written."""
    policy = tolerance.policy_here()
    print(f"Judged {policy.text}.")
    old = stored()
    new = computed(out, old.fixed)
    changes = compare(old, new, policy)
    if not changes and not (here and changes.elsewhere):
        print("Nothing moved; nothing is written.")
        return 0
    text = entry(reason or "not written", old, new, changes)
    print(text)
    if reason is None:
        print(f"\n{message(changes.moved, old.inputs, new.inputs, policy.text)}")
        return 1
    write(new)
    log(text)
    return 0


def stored() -> References:
    """Return the stored references; empty where there are none."""
    events, fixed = references.FOLDER / references.EVENTS, references.FOLDER / references.POSTERIOR
    return References(
        {name: references.read_table(name) for name in HEADS},
        references.read_fixed() if fixed.exists() else None,
        events.read_text(encoding="utf-8") if events.exists() else "",
        read_inputs(),
    )


def computed(out: Path, fixed: Posterior | None) -> References:
    """Compute all references, with runs below `out`.

    The engine keeps its posterior rows `fixed`, unless the calibration gives other arrays or years.
    """
    model = load_model()
    posterior, _ = posterior_of(model, out)
    if fixed is None or not references.same_structure(fixed, posterior):
        fixed = references.fixed_rows(posterior)
    tables = references.calibration_tables(posterior) | {
        SCENARIOS: references.scenarios_table(model, out),
        ENGINE: references.engine_table(model, fixed),
    }
    return References(tables, fixed, references.engine_events(model, fixed), inputs_of(model))


def compare(old: References, new: References, policy: tolerance.Policy) -> Changes:
    """Return what differs beyond the policy."""
    moved = {}
    for name in HEADS:
        moves = tolerance.moves(name, old.tables[name], new.tables[name], policy.tolerance(name))
        if moves:
            moved[name] = moves
    lines = set(old.events.splitlines()) ^ set(new.events.splitlines())
    differ = len(lines) or int(old.events != new.events)
    inputs = tuple(input_lines(old.inputs, new.inputs))
    return Changes(moved, differ, policy.differing, new.fixed is not old.fixed, inputs)


def write(new: References) -> None:
    """Write all references, and where they were made."""
    if new.fixed is not None:
        references.write_fixed(new.fixed)
    for name, rows in new.tables.items():
        references.write_table(name, rows)
    write_inputs(new.inputs)
    (references.FOLDER / references.EVENTS).write_text(new.events, encoding="utf-8")
    text = json.dumps(tolerance.environment(), indent=1, ensure_ascii=False)
    (references.FOLDER / tolerance.ENVIRONMENT).write_text(text + "\n", encoding="utf-8")


def log(text: str) -> None:
    """Add an entry to the log of the references."""
    file = references.FOLDER / LOG
    before = file.read_text(encoding="utf-8") if file.exists() else "# Why the references changed\n"
    file.write_text(f"{before.rstrip()}\n\n{text}\n", encoding="utf-8")


def off_the_lock() -> str:
    """Return the numerical libraries that are installed in another version than pinned."""
    here, pinned = tolerance.environment(), pins()
    return ", ".join(f"{name} {here[name]}" for name in LIBRARIES if here[name] != pinned[name])


def pins() -> dict[str, str]:
    """Return the pinned version of each package."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


# ---------------------------------------------------------------------- the entry of the log


def entry(reason: str, old: References, new: References, changes: Changes) -> str:
    """Return the entry of the log: the reason, and old → new by table and quantity."""
    day = datetime.now(tz=UTC).date().isoformat()
    numbers = [m for moved in changes.moved.values() for m in moved if m.column != HASH]
    added, gone = (sum(getattr(m, side) is None for m in numbers) for side in ("old", "new"))
    lines = [f"## {day}: {escaped(reason)}", ""]
    lines += [f"{len(numbers) - added - gone} numbers moved, {added} were added, {gone} are gone."]
    if changes.elsewhere:
        lines.append(f"Made with other {', '.join(changes.elsewhere)}: all last digits may differ.")
    if changes.events:
        lines.append(f"{changes.events} lines of the log of events differ.")
    if changes.renewed:
        lines.append("The engine's posterior rows were taken anew.")
    fresh = [name for name in changes.moved if not old.tables[name]]
    lines += [f"New tables: {', '.join(fresh)}."] if fresh else []
    lines += _count_of_last_digits(numbers)
    lines += [f"- {escaped(line)}" for line in changes.inputs]
    rows: dict[str, list[list[str]]] = {CALIBRATION: [], SCENARIOS: [], ENGINE: []}
    for name, moved in changes.moved.items():
        if name in fresh:
            continue
        kind = CALIBRATION if name.startswith(CALIBRATION) else name
        for quantity, group in groupby(moved, key=lambda move: _quantity(name, move)):
            own = list(group)
            if not _by_last_digits(own):
                row = _row(name, quantity, own, old.tables[name], new.tables[name])
                rows[kind] += [row] if row else []
    for kind, shown in rows.items():
        shown.sort(key=lambda row: -float(row[2]))
        medians = [f"{column} old → new" for column in MEDIANS]
        last = ["old → new, last row"] if kind == CALIBRATION else medians
        lines += table([kind, "numbers", "greatest move in its scale", "years", *last], shown)
    if rows[SCENARIOS] or rows[ENGINE]:
        lines.append("What moved as in the baseline is listed there alone.")
    return "\n".join(lines).rstrip()


LAST_DIGITS = 1e-12
"""What a change of the order of arithmetic may move a number by, in its scale."""
MEDIANS = tuple(f"p50 {year}" for year in references.SHOWN_YEARS)


def _count_of_last_digits(numbers: Sequence[Move]) -> list[str]:
    """Return the line that says how many numbers moved by last digits alone."""
    small = [move.distance for move in numbers if move.distance <= LAST_DIGITS]
    most = f"at most {max(small, default=0.0):.1e} in their scale"
    return [f"{len(small)} of these moved by last digits, {most}."] if small else []


def _by_last_digits(moved: Sequence[Move]) -> bool:
    """Return whether numbers of a quantity moved, and none by more than last digits."""
    distances = [move.distance for move in moved if move.column != HASH]
    return bool(distances) and max(distances) <= LAST_DIGITS


def _quantity(name: str, move: Move) -> str:
    """Return what a moved number is of: of parameters the second part of the key says it."""
    if name in (SCENARIOS, ENGINE):
        return " ".join(move.key)
    return move.key[1 if name == PARAMETERS else 0]


def _row(name: str, quantity: str, moved: list[Move], old: Table, new: Table) -> list[str]:
    """Return the row of a quantity; empty if a scenario moved as its baseline did."""
    key = max(move.key for move in moved)
    if name in (SCENARIOS, ENGINE):
        base = (BASELINE, key[1])
        if key != base and all(side.get(key) == side.get(base) for side in (old, new)):
            return []
        last = [_both(old, new, key, column) for column in MEDIANS]
    else:
        column = "mean" if "mean" in (new.get(key) or old[key]).numbers else "weight"
        last = [f"{' '.join(key[1:])} {column} {_both(old, new, key, column)}".strip()]
    distances = [m.distance for m in moved if m.column != HASH and math.isfinite(m.distance)]
    years = sorted({year for move in moved for year in move.years})
    span = "–".join(dict.fromkeys(map(str, (years[0], years[-1])))) if years else ""
    count = sum(move.column != HASH for move in moved)
    return [code(quantity), str(count), f"{max(distances, default=0.0):.1e}", span, *last]


def _both(before: Table, after: Table, key: tuple[str, str], column: str) -> str:
    numbers = [side[key].numbers.get(column) if key in side else None for side in (before, after)]
    return " → ".join("—" if number is None else f"{number:.6g}" for number in numbers)


# ---------------------------------------------------------------------- the distance


def measure(model: Model, bank: Path | None, *, whole: bool) -> Figures:
    """Compute everything anew, and return the greatest distances from the references."""
    figures: Figures = {"vector_instructions": " ".join(tolerance.vector_instructions())}
    figures["judged"] = tolerance.policy_here().text
    fixed = references.read_fixed()
    figures |= _distances("engine", {ENGINE: references.engine_table(model, fixed)})
    figures["engine_events_differ"] = int(references.engine_events(model, fixed) != stored().events)
    with TemporaryDirectory() as folder, chdir(folder):  # away from a stored calibration
        if whole:
            posterior, _ = posterior_of(model, "results")
        else:
            posterior = calibrate(model.evidence, _of_trade(model))
        figures["groups"] = len(posterior.groups)
        figures |= _distances("calibration", references.calibration_tables(posterior))
        if bank is not None:
            figures["bank_rows"] = posterior.size
            figures["bank_rows_of_another_draw"] = _other_draws(posterior, load_posterior(bank))
        if whole:
            chain = references.scenarios_table(model, Path("results"))
            figures |= _distances("chain", {SCENARIOS: chain})
    return figures


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
    moved: list[Move] = []
    for name, rows in tables.items():
        known = {key: row for key, row in references.read_table(name).items() if key in rows}
        moved += tolerance.moves(name, known, rows, 0.0)
    return {
        f"{title}_numbers": sum(len(row.numbers) for t in tables.values() for row in t.values()),
        f"{title}_numbers_that_differ": sum(move.distance > 0.0 for move in moved),
        f"{title}_greatest_distance": tolerance.greatest(moved),
    }


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
