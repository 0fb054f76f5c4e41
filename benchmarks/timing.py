"""CPU seconds of actions that take turns, and of commands from the shell."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

LEAST_TURNS, MOST_TURNS = 3, 25
REPOSITORY = Path(__file__).resolve().parent.parent


class Spent(NamedTuple):
    """What a process took: CPU seconds with its children, and its peak memory in bytes."""

    seconds: float
    peak: int


def least_in_turn(actions: Mapping[str, Callable[[], Any]], budget: float) -> dict[str, float]:
    """Return the least CPU seconds of each action.

    The actions take turns, so that a busy moment of the machine meets all of them, until the CPU
    seconds of `budget` are spent. With a budget each has some turns at least, since the first one
    also loads what is needed.
    """
    least = dict.fromkeys(actions, float("inf"))
    spent = 0.0
    for turn in range(1, MOST_TURNS + 1):
        for name, action in actions.items():
            start = time.process_time()
            action()
            seconds = time.process_time() - start
            least[name] = min(least[name], seconds)
            spent += seconds
        if spent > budget and (turn >= LEAST_TURNS or not budget):
            break
    return least


def spent_by(arguments: Sequence[str], folder: Path) -> Spent:
    """Run a command of Python with this checkout in a folder; return what it took.

    Python keeps its modules compiled, as it does by default, so that the first turn alone compiles.

    Raises
    ------
    RuntimeError
        The command fails.
    """
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (folder / "printed.txt").open("w+") as printed:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed:\n{printed.read()}")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
