"""CPU seconds of commands from the shell, and of imports."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sizes import Size
from benchmarks.tables import Cell, Table
from benchmarks.timing import spent_by

TURNS = 3
IMPORTS = ("numpy", "pandas", "xarray", "h5netcdf", "scipy.special", "vnjp_sim", "vnjp_sim.cli")


def calibrate(out: Path) -> None:
    """See to it that a results folder holds the calibration, in a process of its own."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        spent_by(("-m", "vnjp_sim", "calibrate", "--out", str(out)), Path(folder))


def commands(calibrations: Path, size: Size) -> Table:
    """Return the CPU seconds of commands; each has a results folder with the calibration alone."""
    rows: list[dict[str, Cell]] = []
    for command in size.commands:
        arguments = ["-m", "vnjp_sim", *command.text.split()]
        spent = [_spent(arguments, calibrations, again=command.again)]
        while len(spent) < TURNS and sum(spent) < size.budget:
            spent.append(_spent(arguments, calibrations, again=command.again))
        text = f"`vnjp_sim {command.text}`" + (", again" if command.again else "")
        rows.append({"command": text, "seconds": min(spent)})
    return Table(
        "commands",
        "Commands from the shell",
        "CPU seconds of the process with its children; the calibration is stored beforehand. The "
        f"least of {TURNS}, fewer where one takes long.",
        {"command": "command", "seconds": "CPU seconds"},
        rows,
    )


def _spent(arguments: Sequence[str], calibrations: Path, *, again: bool) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "results").mkdir()
        (folder / "results" / calibrations.name).symlink_to(calibrations.resolve())
        if again:
            spent_by(arguments, folder)
        return spent_by(arguments, folder).seconds


def imports(size: Size) -> Table:
    """Return the CPU seconds of imports above those of Python alone."""
    turns = TURNS if size.budget else 1
    names = IMPORTS if size.budget else IMPORTS[-2:]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def least(text: str) -> float:
            return min(spent_by(("-c", text), folder).seconds for _ in range(turns))

        alone = least("pass")
        rows: list[dict[str, Cell]] = [
            {"module": f"`{one}`", "seconds": least(f"import {one}") - alone} for one in names
        ]
    return Table(
        "imports",
        "Imports",
        f"CPU seconds above those of Python alone. Least of {turns}.",
        {"module": "module", "seconds": "CPU seconds"},
        rows,
    )
