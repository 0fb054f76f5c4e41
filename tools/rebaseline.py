#!/usr/bin/env python3
"""Renew the stored references of calibration, scenarios and engine; tell old → new.

    python tools/rebaseline.py --reason "new figure for 2025"   # rewrite, and log the reason
    python tools/rebaseline.py --check                          # only tell what moved
    python tools/rebaseline.py --reason "faster kernels" --here  # last digits too, exact here

What the references are stands in `tools/references.py`, how closely they are judged in
`tools/tolerance.py`. If nothing moved, nothing is written, unless the references shall be exact
here (`--here`): on another class of processor than theirs, a change of last digits is not seen.
The table of what moved goes with its reason to the end of `results/reference/LOG.md`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import references
import tolerance
from page_text import code, escaped, table
from references import BASELINE, CALIBRATION, DRAWS, ENGINE, EVENTS, SCENARIOS, Row, Table
from tolerance import LIBRARIES, Move

from vnjp_sim.calibration import Posterior
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.pipeline import posterior_of

LOG, PINS = "LOG.md", Path(__file__).resolve().parent.parent / "constraints.txt"
SHOWN_YEARS = ("2030", "2040")


@dataclass(frozen=True)
class References:
    """All references: tables by name, the posterior rows of the engine, the log of its events."""

    tables: Mapping[str, Table]
    fixed: Posterior | None
    events: str


@dataclass(frozen=True)
class Changes:
    """What differs between old and new references.

    Attributes
    ----------
    moved : by table, the numbers beyond the tolerance.
    events : how many lines of the log of events differ.
    elsewhere : what the old references were made with another of: versions, or the processor.
    renewed : whether the posterior rows of the engine had to be taken anew.
    """

    moved: dict[str, list[Move]] = field(default_factory=dict)
    events: int = 0
    elsewhere: tuple[str, ...] = ()
    renewed: bool = False

    def __bool__(self) -> bool:
        """Whether there is reason to write: another processor alone is none, another lock is."""
        lock = set(LIBRARIES) & set(self.elsewhere)
        return bool(self.moved or self.events or lock or self.renewed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare with the references and, unless asked only to check, rewrite them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--reason", default="", help="why the references change")
    parser.add_argument("--check", action="store_true", help="only tell what moved")
    parser.add_argument("--here", action="store_true", help="write last digits that moved too")
    parser.add_argument("--out", type=Path, default=Path("results"), help="results folder")
    chosen = parser.parse_args(arguments)
    reason = " ".join(chosen.reason.split())
    if not chosen.check and not reason:
        parser.error("give --reason, or --check to compare only")
    unlocked = off_the_lock()
    if unlocked and not chosen.check:
        parser.error(f"references are made with the pins of {PINS.name}, but here is {unlocked}")
    policy = tolerance.policy_here()
    print(f"Judged {policy.text}.")
    old = stored()
    new = computed(chosen.out, old.fixed)
    changes = compare(old, new, policy)
    if not changes and not (chosen.here and changes.elsewhere):
        print("Nothing moved; nothing is written.")
        return 0
    told = entry(reason or "not written", old, new, changes)
    print(told)
    if chosen.check:
        return 1
    write(new)
    log(told)
    return 0


def stored() -> References:
    """Return the stored references; empty where there are none."""
    events, fixed = references.FOLDER / EVENTS, references.FOLDER / references.POSTERIOR
    return References(
        {name: references.read_table(name) for name in references.stored_names()},
        references.read_fixed() if fixed.exists() else None,
        events.read_text(encoding="utf-8") if events.exists() else "",
    )


def computed(out: Path, fixed: Posterior | None) -> References:
    """Compute all references, with runs below `out`.

    The engine keeps its posterior rows `fixed`, unless the calibration gives other arrays or years.
    """
    model = load_model()
    posterior, _ = posterior_of(model, out)
    tables = references.calibration_tables(posterior)
    if fixed is None or not references.same_structure(fixed, posterior):
        fixed = references.fixed_rows(posterior)
    for name in references.shipped_scenarios():
        tables[f"{SCENARIOS}/{name}"] = references.scenario_table(name, model, out)
        tables[f"{ENGINE}/{name}"] = references.engine_table(name, model, fixed)
    return References(tables, fixed, references.engine_events(model, fixed))


def compare(old: References, new: References, policy: tolerance.Policy) -> Changes:
    """Return what differs beyond the policy."""
    moved = {}
    for name in sorted(old.tables.keys() | new.tables.keys()):
        tables = old.tables.get(name, {}), new.tables.get(name, {})
        found = tolerance.moves(name, *tables, policy.tolerance(name))
        if found:
            moved[name] = found
    lines = set(old.events.splitlines()) ^ set(new.events.splitlines())
    differ = len(lines) or int(old.events != new.events)
    elsewhere = policy.differing if old.tables else ()
    return Changes(moved, differ, elsewhere, new.fixed is not old.fixed)


def write(new: References) -> None:
    """Write all references, and where they were made."""
    if new.fixed is not None:
        references.write_fixed(new.fixed)
    references.write_tables(new.tables)
    (references.FOLDER / EVENTS).write_text(new.events, encoding="utf-8")
    tolerance.write_environment()


def off_the_lock() -> str:
    """Return the numerical libraries that are installed in another version than pinned."""
    here, pinned = tolerance.environment(), pins()
    return ", ".join(f"{name} {here[name]}" for name in LIBRARIES if here[name] != pinned[name])


def pins() -> dict[str, str]:
    """Return the pinned version of each package."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


# ---------------------------------------------------------------------- what is told


def entry(reason: str, old: References, new: References, changes: Changes) -> str:
    """Return the entry of the log: the reason, and old → new by scenario and indicator."""
    day = datetime.now(tz=UTC).date().isoformat()
    found = [move for moved in changes.moved.values() for move in moved]
    added = sum(move.old is None for move in found if move.column != DRAWS)
    gone = sum(move.new is None for move in found if move.column != DRAWS)
    told = [f"{len(found) - added - gone} numbers moved, {added} were added, {gone} are gone."]
    if changes.elsewhere:
        told.append(f"Made with other {', '.join(changes.elsewhere)}: all last digits may differ.")
    if changes.events:
        told.append(f"{changes.events} lines of the log of events differ.")
    if changes.renewed:
        told.append("The engine's posterior rows were taken anew.")
    fresh = [name for name in changes.moved if not old.tables.get(name)]
    told += [f"New tables: {', '.join(fresh)}."] if fresh else []
    lines = [f"## {day}: {escaped(reason)}", "", *told]
    lines += _calibration_lines(old, new, changes)
    lines += _scenario_lines(old, new, changes)
    lines += _engine_lines(old, changes)
    return "\n".join(lines).rstrip()


def _calibration_lines(old: References, new: References, changes: Changes) -> list[str]:
    rows = []
    for name, moved in _moved_of(CALIBRATION, old, changes):
        for quantity, own in _by_quantity(name, moved):
            last = max(move.key for move in own)
            column = "mean" if "mean" in new.tables[name].get(last, Row({})).numbers else "weight"
            shown = _both(old.tables[name], new.tables[name], last, column)
            rows.append(
                [*_counted(quantity, own), f"{' '.join(last[1:])} {column} {shown}".strip()]
            )
    head = ["calibration", "numbers", "greatest move in spreads", "old → new, last row"]
    return table(head, rows)


def _scenario_lines(old: References, new: References, changes: Changes) -> list[str]:
    rows = []
    for name, moved in _moved_of(SCENARIOS, old, changes):
        before, after = old.tables[name], new.tables.get(name, {})
        own = [m for m in moved if not _as_baseline(name, m.key, old, new)]
        for indicator, those in _by_quantity(name, own):
            shown = [_both(before, after, (indicator, year), "p50") for year in SHOWN_YEARS]
            rows.append([code(name.partition("/")[2]), *_counted(indicator, those), *shown])
    medians = [f"median {year} old → new" for year in SHOWN_YEARS]
    lines = table(["scenario", "indicator", "numbers", "greatest relative move", *medians], rows)
    return [*lines, "What moved as in the baseline is told there alone."] if lines else []


def _engine_lines(old: References, changes: Changes) -> list[str]:
    rows = [
        _counted(name.partition("/")[2], moved) for name, moved in _moved_of(ENGINE, old, changes)
    ]
    return table(["engine on fixed posterior rows", "numbers", "greatest relative move"], rows)


def _moved_of(kind: str, old: References, changes: Changes) -> Iterator[tuple[str, list[Move]]]:
    """Yield the tables of a kind that were there before, with what moved in them."""
    for name, moved in changes.moved.items():
        if name.startswith(f"{kind}/") and old.tables.get(name):
            yield name, moved


def _by_quantity(name: str, moved: Iterable[Move]) -> Iterator[tuple[str, list[Move]]]:
    """Group moves by what they are of: of parameters the second part of the key says it."""
    place = 1 if name == f"{CALIBRATION}/parameters" else 0
    for quantity, group in groupby(moved, key=lambda move: move.key[place]):
        yield quantity, list(group)


def _counted(quantity: str, moved: Sequence[Move]) -> list[str]:
    distances = [move.distance for move in moved if math.isfinite(move.distance)]
    greatest = f"{max(distances):.1e}" if distances else "—"
    return [code(quantity), str(len(moved)), greatest]


def _as_baseline(name: str, key: tuple[str, str], old: References, new: References) -> bool:
    baseline = f"{SCENARIOS}/{BASELINE}"
    return name != baseline and all(
        side.tables.get(name, {}).get(key) == side.tables.get(baseline, {}).get(key)
        for side in (old, new)
    )


def _both(before: Table, after: Table, key: tuple[str, str], column: str) -> str:
    numbers = [side[key].numbers.get(column) if key in side else None for side in (before, after)]
    return " → ".join("—" if number is None else f"{number:.6g}" for number in numbers)


def log(told: str) -> None:
    """Add an entry to the log of the references."""
    file = references.FOLDER / LOG
    before = file.read_text(encoding="utf-8") if file.exists() else "# Why the references changed\n"
    file.write_text(f"{before.rstrip()}\n\n{told}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
