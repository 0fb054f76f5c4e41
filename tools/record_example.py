"""The record that docs/record.md shows: the baseline as of two days, made anew by each build."""

from __future__ import annotations

import shutil
from pathlib import Path

import vnjp_sim as vj
from vnjp_sim.foundation.vocabulary import WITH_OFFICIAL

SHOWN = "trade_turnover"
"""The indicator of the picture."""


def example_record(results: Path) -> vj.Record:
    """Return the record beside a results folder, emptied first: its entries are of this version."""
    folder = results.parent / "record"
    shutil.rmtree(folder, ignore_errors=True)
    record = vj.record(folder, out=results)
    record.add("base", as_of="2022-01-01", evidence=WITH_OFFICIAL)
    record.add("base", as_of="2024-01-01")
    vj.posterior_of(vj.load_model(), results)  # what is known today, for what moved since
    return record
