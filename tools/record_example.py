"""The record that docs/record.md shows: the baseline as of two days, made anew by each build."""

from __future__ import annotations

import shutil
from pathlib import Path

import vnjp_sim as vj
from vnjp_sim.foundation.vocabulary import WITH_OFFICIAL

ENTRIES = (("2022-01-01", {"evidence": WITH_OFFICIAL}), ("2024-01-01", {}))
"""The day of each entry, and its options: the official series end before the second day."""
SHOWN = "trade_turnover"
"""The indicator of the picture."""


def example_record(results: Path) -> vj.Record:
    """Return the record beside a results folder, emptied first: its entries are of this version."""
    folder = results.parent / "record"
    shutil.rmtree(folder, ignore_errors=True)
    record = vj.record(folder, out=results)
    for day, options in ENTRIES:
        record.add("base", as_of=day, **options)
    return record
