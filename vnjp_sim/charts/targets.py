"""The chance of reaching pledges and official targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnjp_sim.charts.frame import data
from vnjp_sim.charts.quantities import Row, compact
from vnjp_sim.charts.theme import (
    GRID,
    INK,
    PAPER,
    Words,
    altair,
    finish,
    lines,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.errors import InputError

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from vnjp_sim.model import Model

COLUMNS = ("target", "label", "year", "scenario", "probability")
DOT_STEP, LEAST_STEP = 13, 40
LABEL_WIDTH = 250
KEY_LENGTH = 3
"""Digits before a label that keep equal labels apart."""


def targets(probabilities: pd.DataFrame, model: Model) -> alt.VConcatChart:
    """Return the probability of reaching each target by its date, a dot a scenario.

    Parameters
    ----------
    probabilities : columns `target`, `label`, `year`, `scenario` and `probability` from 0 to 1, as
        :func:`vnjp_sim.target_probabilities` gives them; what has no probability is left out.
    model : what the models folder says.

    Raises
    ------
    InputError
        The table lacks a column or all rows.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    missing = [name for name in COLUMNS if name not in probabilities.columns]
    if not missing:
        probabilities = probabilities.dropna(subset="probability")
    if missing or probabilities.empty:
        what = f"the probabilities lack {', '.join(missing) or 'rows'}"
        raise InputError.single("chart", what, "give the columns " + ", ".join(COLUMNS))
    names = [str(name) for name in dict.fromkeys(probabilities["scenario"])]
    labels = [scenario_label(name) for name in names]
    rows = _rows(probabilities)
    order = list(dict.fromkeys(row["key"] for row in rows))
    y = alt.Y(
        "key:N",
        sort=order,
        title=None,
        scale=alt.Scale(paddingInner=0.0, paddingOuter=0.0),
        axis=alt.Axis(
            domain=False,
            ticks=False,
            grid=False,
            labelExpr=f"split(slice(datum.label, {KEY_LENGTH}), '\\n')",
            labelLimit=LABEL_WIDTH + 40,
            labelColor=INK,
            labelFontSize=11.5,
            labelPadding=14,
            labelAlign="right",
        ),
    )
    axis = alt.Axis(
        values=[0, 25, 50, 75, 100],
        labelExpr="datum.label + ' %'",
        title=None,
        domain=False,
        ticks=False,
        orient="top",
    )

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)

    offset = alt.YOffset("name:N", sort=labels, scale=alt.Scale(paddingOuter=0.6))
    colours = scenario_colours(names)
    legend = alt.Legend(
        orient="top", title=None, direction="horizontal", columns=5, offset=16, symbolOpacity=1
    )
    colour = alt.Color(
        "name:N",
        sort=labels,
        scale=alt.Scale(domain=labels, range=[colours[name] for name in names]),
        legend=legend if len(names) > 1 else None,
    )
    tips = [
        alt.Tooltip("title:N", title="target"),
        alt.Tooltip("year:O", title="by"),
        alt.Tooltip("name:N", title="scenario"),
        alt.Tooltip("probability:Q", title="per cent", format=".1f"),
    ]
    edges = alt.Chart(data([{"key": key} for key in order])).mark_rule(color=GRID)
    stems = alt.Chart(data(rows)).mark_rule(strokeWidth=1.4, opacity=0.45)
    dots = alt.Chart(data(rows)).mark_circle(size=78, opacity=1, stroke=PAPER, strokeWidth=1)
    body = alt.layer(
        edges.encode(y=alt.Y("key:N", sort=order, title=None, bandPosition=1.0)),
        stems.encode(y=y, yOffset=offset, x=x("zero"), x2="probability", color=colour),
        dots.encode(y=y, yOffset=offset, x=x("probability"), color=colour, tooltip=tips),
    ).properties(width=380, height=max(LEAST_STEP, DOT_STEP * len(names) + 12) * len(order))
    words = Words(
        "Will the pledges be kept?",
        "Probability of reaching each target by its year, per cent of draws",
        _sources(probabilities, model),
    )
    return finish(body, words)


def _sources(probabilities: pd.DataFrame, model: Model) -> list[str]:
    """Return the sentence of the caption that names the documents of the targets."""
    asked = set(probabilities["target"])
    named = sorted({target.document for target in model.targets if target.id in asked})
    documents = model.evidence.documents
    titles = [f"{documents[name].title} ({documents[name].published[:4]})" for name in named]
    return ["Targets: " + "; ".join(titles) + "."] if titles else []


def _rows(probabilities: pd.DataFrame) -> list[Row]:
    places = {t: i for i, t in enumerate(dict.fromkeys(probabilities["target"]))}
    return [
        {
            "target": str(entry["target"]),
            "title": str(entry["label"]),
            "key": f"{places[entry['target']]:0{KEY_LENGTH}d}"
            + "\n".join(lines(f"{entry['label']} ({entry['year']})", LABEL_WIDTH, 11.5)),
            "year": int(entry["year"]),
            "name": scenario_label(str(entry["scenario"])),
            "zero": 0.0,
            "probability": compact(100.0 * float(entry["probability"])),
        }
        for entry in probabilities.to_dict("records")
    ]
