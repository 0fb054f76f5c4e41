"""Measure how fast the model is, and write tables.

    python -m benchmarks [SECTION ...] [--size tiny|usual|full] [--to FOLDER] [--page docs/speed.md]

Without sections all are measured. Other engines are measured if they are installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from benchmarks.answers import answers, by_lever, decisions
from benchmarks.commands import calibrate, commands, imports
from benchmarks.engine import Engine
from benchmarks.explorer import explorer
from benchmarks.peers import peers
from benchmarks.projections import by_draws, by_scenarios, by_years, memory, pairing
from benchmarks.sizes import SIZES, Size
from benchmarks.tables import Table, renew_page, write


class Asked:
    """What is measured, and with what."""

    def __init__(self, size: Size, out: Path) -> None:
        self.size = size
        self.out = out.resolve()

    @cached_property
    def engine(self) -> Engine:
        """The shipped model with its calibration, loaded when first needed."""
        return Engine(self.out)


SECTIONS: dict[str, Callable[[Asked], Table]] = {
    "memory": lambda asked: memory(lambda: asked.engine, asked.size, asked.out),
    "imports": lambda asked: imports(asked.size),
    "commands": lambda asked: commands(asked.engine.calibrations, asked.size),
    "levers": lambda asked: by_lever(asked.out, asked.size),
    "answers": lambda asked: answers(asked.out, asked.size),
    "decisions": lambda asked: decisions(asked.out, asked.size),
    "explorer": lambda asked: explorer(asked.out, asked.size),
    "draws": lambda asked: by_draws(asked.engine, asked.size),
    "scenarios": lambda asked: by_scenarios(asked.engine, asked.size),
    "years": lambda asked: by_years(asked.engine, asked.size),
    "pairing": lambda asked: pairing(asked.engine, asked.size),
    "peers": lambda asked: peers(asked.size),
}
WITHOUT_CALIBRATION = {"imports", "peers"}


def main() -> None:
    """Measure the sections that are asked for, print each, and write all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--size", choices=SIZES, default="usual")
    parser.add_argument(
        "--out", type=Path, default=Path("results"), help="results folder with the calibration"
    )
    parser.add_argument(
        "--to", type=Path, default=Path("results/speed"), help="where speed.md and speed.json go"
    )
    parser.add_argument("--page", type=Path, help="a page whose tables are renewed")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.sections) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; choose from {', '.join(SECTIONS)}")
    asked = Asked(SIZES[chosen.size], chosen.out)
    if set(chosen.sections or SECTIONS) - WITHOUT_CALIBRATION:
        calibrate(asked.out)
    tables = []
    for name, section in SECTIONS.items():
        if name in (chosen.sections or SECTIONS):
            tables.append(section(asked))
            print(f"{tables[-1].markdown}\n", flush=True)
    write(tables, chosen.to)
    if chosen.page is not None:
        renew_page(tables, chosen.page)
    print(f"written to {chosen.to}", file=sys.stderr)


if __name__ == "__main__":
    main()
