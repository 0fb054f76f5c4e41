"""What stands behind an indicator: its figures as a table, and in words how it is projected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from vnjp_sim.foundation.shown import Shown
from vnjp_sim.simulation.figure_uses import FigureUse, by_period, figure_uses
from vnjp_sim.simulation.trace_words import TraceWords, words_behind

if TYPE_CHECKING:
    from vnjp_sim.simulation.model_data import Model

COLUMNS = (
    *("indicator", "period", "value", "printed", "unit", "reported", "use", "used_by"),
    *("why_not_used", "document", "title", "published", "lines", "place", "note"),
)
BRIEF = ["period", "printed", "unit", "use", "document", "lines"]
"""The columns that a terminal shows."""


class Trace(Shown, pd.DataFrame):
    """A table of the figures behind an indicator, which shows what `vnjp_sim trace` says too.

    Attributes
    ----------
    said : TraceWords
        What the indicator is and how it is projected. What is selected from the table is a plain
        :class:`pandas.DataFrame` without it.
    """

    _metadata = ["said"]
    said: TraceWords

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def __repr__(self) -> str:
        table = [self[BRIEF].to_string(index=False)] if len(self) else []
        return "\n".join([*self.said.before, *table, *self.said.after])


def traced(model: Model, indicator: str, period: str | None) -> Trace:
    """Return the figures of an indicator that touch a period, and what is said of it."""
    uses = figure_uses(model, model.evidence.figures_of(indicator, period))
    types = {"value": "float64", "published": "datetime64[ns]"}
    table = Trace(pd.DataFrame(list(_rows(model, uses)), columns=COLUMNS).astype(types))
    table.said = words_behind(model, indicator, period, figures=bool(uses))
    return table


def _rows(model: Model, uses: Iterable[FigureUse]) -> Iterable[dict[str, Any]]:
    for use in sorted(uses, key=by_period):
        o = use.figure
        yield {
            "indicator": " + ".join(o.indicators),
            "period": o.period.text,
            "value": float(o.printed),
            "printed": o.printed,
            "unit": o.unit,
            "reported": o.reported,
            "use": o.use,
            "used_by": ", ".join(use.by),
            "why_not_used": use.why,
            "document": o.document,
            "title": model.evidence.sources[o.document].title,
            "published": pd.Timestamp(model.evidence.published_on(o)),
            "lines": ", ".join(map(str, o.lines)),
            "place": o.place,
            "note": o.note,
        }
