"""What is said when a calibration fails its gates: the groups, why, and where their figures are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import PurePath

from vnjp_sim.calibration.planning import Planned
from vnjp_sim.foundation.errors import CalibrationGateError
from vnjp_sim.inputs.observations import Observation

NO_DRAW = "no draw agrees with all its figures"


def gate_error(
    failed: Mapping[str, Sequence[str]], groups: Sequence[Planned], *, kept: bool
) -> CalibrationGateError:
    """Return the error of groups that fail, with their faults by name, and their figures.

    `kept` is whether there is a result that could be kept all the same.
    """
    lines = []
    for group in groups:
        faults = " and ".join(failed.get(group.name, ()))
        if faults:
            where = f" (figures: {places(group.taken)})" if group.taken else ""
            lines.append(f"{group.name}: {faults}{where}")
    remedy = (
        "check these figures for a wrong unit or scale, or for two that contradict each other; "
        "correct them, or set 'use' of one to disputed and give the reason"
    )
    keep = ", or keep the result with 'vnjp_sim calibrate --override-gates'" if kept else ""
    return CalibrationGateError(
        f"calibration failed its gates — {'; '.join(lines)}; {remedy}{keep}"
    )


def places(figures: Iterable[Observation]) -> str:
    """Return where figures stand, as file and lines: `trade.csv:2,5-9`."""
    lines: dict[str, set[int]] = {}
    for figure in figures:
        lines.setdefault(figure.file, set()).add(figure.row)
    return "; ".join(f"{_short(file)}:{_spans(sorted(rows))}" for file, rows in lines.items())


def _short(file: str) -> str:
    return "/".join(PurePath(file).parts[-2:])


def _spans(rows: Sequence[int]) -> str:
    spans = []
    for _, run in groupby(enumerate(rows), lambda pair: pair[1] - pair[0]):
        span = [row for _, row in run]
        spans.append(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}")
    return ",".join(spans)
