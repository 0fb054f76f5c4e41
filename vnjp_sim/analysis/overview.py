"""Effects of a year as text to be read: a row an indicator, a column a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vnjp_sim.analysis.effect_words import cell_lines, effect_measure
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.inputs.registry import Registry

if TYPE_CHECKING:
    import pandas as pd


def overview_table(effects: Sequence[Effect], registry: Registry, *, still: bool) -> pd.DataFrame:
    """Return effects of one year as text, with a column of marks beside each scenario that has any.

    Indicators that no scenario moves are left out, unless `still` or if all are so.
    """
    import pandas as pd

    moved = {effect.indicator for effect in effects if effect.mark not in STILL}
    rows: dict[str, list[Effect]] = {}
    for effect in effects:
        if still or not moved or effect.indicator in moved:
            rows.setdefault(effect.indicator, []).append(effect)
    cells: dict[str, dict[str, str]] = {}
    for name, row in rows.items():
        known = registry.indicators[name]
        measure = effect_measure(known, registry, row)
        head = f"{known.label}, {measure.unit}"
        for effect in row:
            text = "; ".join(cell_lines(effect, measure))
            cells.setdefault(effect.scenario, {})[head] = text
            cells.setdefault(f"{effect.scenario} mark", {})[head] = effect.mark
    told = {name: column for name, column in cells.items() if any(column.values())}
    return pd.DataFrame(told).rename_axis(f"effect in {effects[0].year}")
