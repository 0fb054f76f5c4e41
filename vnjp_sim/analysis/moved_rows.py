"""How the projections of many indicators moved since an entry, without what moved them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vnjp_sim.analysis.moves import Later, level_of, scenario_from
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.storage.record_entries import StoredEntry, read_draws

MOVE_COLUMNS = (
    *("indicator", "label", "unit", "year", "before_low", "before", "before_high"),
    *("after_low", "after", "after_high", "change", "percent", "shift"),
)


def moved_rows(
    entry: StoredEntry, later: Later, names: Sequence[str], year: int
) -> list[dict[str, Any]]:
    """Return a row an indicator that both project."""
    manifest, first = entry.manifest, int(entry.manifest["first"])
    scenario = scenario_from(entry, later.posterior.last_year)
    if not scenario.start <= year <= scenario.end:
        what = f"{year} is not projected by both"
        raise InputError.single("year", what, f"give one from {scenario.start} to {scenario.end}")
    projector = Projector(
        later.posterior, later.model, Options(manifest["draws"], manifest["seed"])
    )
    stored = read_draws(entry, names)
    both = [name for name in stored if name in projector.given()]
    batch = projector.batch([projector.variant(scenario)], scenario.start, year, both)
    projected = projector.project(batch).of(0)
    rows = []
    for name in both:
        old = level_of(stored[name][year - first])
        new = level_of(projected[name][year - scenario.start])
        about, change = later.model.registry.indicators[name], new.median - old.median
        half = 0.5 * (old.high - old.low)
        ratio = change / old.median if old.median else np.nan
        levels = (old.low, old.median, old.high, new.low, new.median, new.high)
        moved = (change, 100.0 * ratio, change / half if half else np.nan)
        row = (name, about.label, about.unit, year, *levels, *moved)
        rows.append(dict(zip(MOVE_COLUMNS, row, strict=True)))
    return rows
