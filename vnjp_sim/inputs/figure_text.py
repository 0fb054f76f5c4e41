"""A documented figure in words, as it was reported."""

from __future__ import annotations

from vnjp_sim.foundation.vocabulary import ANNOUNCED
from vnjp_sim.inputs.number_text import grouped
from vnjp_sim.inputs.observations import Observation

HEDGES = {
    "about": "about ",
    "nearly": "nearly ",
    "over": "over ",
    "at_least": "≥\u00a0",
    "at_most": "≤\u00a0",
}


def figure_text(o: Observation) -> str:
    """Return a figure as it was reported, in words."""
    unit = o.unit
    if o.reported == "growth" and o.base_period is not None:
        return f"{grouped(o.printed)} % growth on {o.base_period.text}"
    if o.reported == "share":
        return f"{grouped(o.printed)} % of {o.of}"
    prefix = HEDGES.get(o.wording, "")
    kind = ANNOUNCED if o.announced else o.reported
    suffix = f" ({kind})" if kind in (ANNOUNCED, "forecast", "pledge") else ""
    parts = "" if len(o.indicators) == 1 else f" for {' + '.join(o.indicators)}"
    return f"{prefix}{grouped(o.printed)} {unit}{suffix}{parts}"
