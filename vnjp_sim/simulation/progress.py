"""What is called while work goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


@dataclass(frozen=True, repr=False)
class Progress:
    """What is called while work goes on.

    After a group of laws is calibrated, and after some draws; before a step of analysis, and, with
    what it is, before a calibration, which standard error gets if nobody else does.
    """

    calibrating: Callable[[str], None] = lambda _name: None
    projecting: Callable[[int], None] = lambda _draws: None
    analysing: Callable[[str], None] = lambda _step: None
    starting: Callable[[str], None] = _say

    def __repr__(self) -> str:
        return "QUIET" if self is QUIET else "Progress(…)"


QUIET = Progress()
