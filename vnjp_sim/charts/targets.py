"""The chance of reaching pledges and official targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vnjp_sim.charts.frame import chart_of, keyed, label_axis
from vnjp_sim.charts.quantities import Row, check_columns, compact
from vnjp_sim.charts.theme import (
    GRID,
    NEUTRAL,
    PAPER,
    Words,
    altair,
    finish,
    lines,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import chance_error, chance_text, exact, fixed

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from vnjp_sim.simulation.model_data import Model

COLUMNS = ("target", "label", "year", "scenario", "probability")
WIDTH, DOT_STEP, LEAST_STEP = 380, 13, 40
LABEL_WIDTH = 250


@settled
def targets(probabilities: pd.DataFrame, model: Model) -> alt.VConcatChart:
    """Return the probability of reaching each target by its date, a dot a scenario.

    Parameters
    ----------
    probabilities : pd.DataFrame
        Columns `target`, `label`, `year`, `scenario` and `probability` from 0 to 1, as
        :func:`vnjp_sim.target_probabilities` gives them; what has no probability is left out. A
        column `draws` says over how many draws they are, and so how exact.
    model : Model
        What the models folder says.

    Raises
    ------
    InputError
        The table lacks a column or all rows, or holds no probabilities.
    EnvironmentFailureError
        Altair is not installed.
    """
    altair()
    if not set(COLUMNS) - set(probabilities.columns):
        probabilities = probabilities.dropna(subset="probability")
    check_columns(probabilities, COLUMNS, "probabilities")
    _check(probabilities)
    rows = _rows(probabilities)
    words = Words(
        "Will the pledges be kept?",
        "Probability of reaching each target by its year, per cent of draws",
        [*_grey_lines(rows), *_sources(probabilities, model)],
    )
    return finish(_drawn(rows, [str(name) for name in probabilities["scenario"].unique()]), words)


def _drawn(rows: Sequence[Row], names: Sequence[str]) -> Any:
    """Return the layers: edges between targets, stems, errors, a dot for each scenario named."""
    alt = altair()
    order = list(dict.fromkeys(row["key"] for row in rows))
    labels = [scenario_label(name) for name in names]
    offset = alt.YOffset("name:N", sort=labels, scale=alt.Scale(paddingOuter=0.6))
    y, colour = _by_target(order), _by_scenario(names, labels)
    tips = [
        alt.Tooltip("title:N", title="target"),
        alt.Tooltip("year:O", title="by"),
        alt.Tooltip("name:N", title="scenario"),
        alt.Tooltip("chance:N"),
    ]
    edges = chart_of([{"key": key} for key in order]).mark_rule(color=GRID)
    stems = chart_of(rows).mark_rule(strokeWidth=1.4, opacity=0.45)
    errors = chart_of(rows).mark_rule(strokeWidth=3.5, color=NEUTRAL)
    dots = chart_of(rows).mark_circle(size=78, opacity=1, stroke=PAPER, strokeWidth=1)
    return alt.layer(
        edges.encode(y=alt.Y("key:N", sort=order, title=None, bandPosition=1.0)),
        stems.encode(y=y, yOffset=offset, x=_percent("zero"), x2="probability", color=colour),
        errors.encode(y=y, yOffset=offset, x=_percent("low"), x2="high"),
        dots.encode(y=y, yOffset=offset, x=_percent("probability"), color=colour, tooltip=tips),
        width=WIDTH,
        height=max(LEAST_STEP, DOT_STEP * len(names) + 12) * len(order),
    )


def _by_target(order: Sequence[str]) -> Any:
    """Return the encoding of targets, in this order, on the vertical axis."""
    alt = altair()
    return alt.Y(
        "key:N",
        sort=list(order),
        title=None,
        scale=alt.Scale(paddingInner=0.0, paddingOuter=0.0),
        axis=label_axis(
            LABEL_WIDTH + 40, grid=False, labelFontSize=11.5, labelPadding=14, labelAlign="right"
        ),
    )


def _percent(field: str) -> Any:
    """Return the encoding of a field in per cent on the horizontal axis."""
    alt = altair()
    axis = alt.Axis(
        values=[0, 25, 50, 75, 100],
        labelExpr="datum.label + ' %'",
        title=None,
        domain=False,
        ticks=False,
        orient="top",
    )
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)


def _by_scenario(names: Sequence[str], labels: list[str]) -> Any:
    """Return the encoding of scenarios by colour, with a legend if there are several."""
    alt = altair()
    colours = scenario_colours(names)
    legend = alt.Legend(
        orient="top", title=None, direction="horizontal", columns=5, offset=16, symbolOpacity=1
    )
    return alt.Color(
        "name:N",
        sort=labels,
        scale=alt.Scale(domain=labels, range=[colours[name] for name in names]),
        legend=legend if len(names) > 1 else None,
    )


def _check(probabilities: pd.DataFrame) -> None:
    """Raise InputError if these are no probabilities, or a scenario has two of one target."""
    chances = probabilities["probability"]
    if not chances.between(0.0, 1.0).all():
        message = f"a probability from {exact(chances.min())} to {exact(chances.max())}"
        raise InputError.single("chart", message, "give shares from 0 to 1, not per cent")
    if probabilities.duplicated(["target", "scenario"]).any():
        message = "a scenario has two probabilities of one target"
        raise InputError.single("chart", message, "draw each set of runs separately")


def _sources(probabilities: pd.DataFrame, model: Model) -> list[str]:
    """Return the sentence of the caption that names the documents of the targets."""
    asked = set(probabilities["target"])
    named = sorted({target.document for target in model.targets if target.id in asked})
    documents = model.evidence.documents
    titles = [f"{documents[name].title} ({documents[name].published[:4]})" for name in named]
    return ["Targets: " + "; ".join(titles) + "."] if titles else []


def _grey_lines(rows: Sequence[Row]) -> list[str]:
    """Return the sentence of the caption that says what the grey lines are."""
    drawn = any(row["high"] > row["low"] for row in rows)
    return ["Grey lines: standard error from the number of draws."] if drawn else []


def _rows(probabilities: pd.DataFrame) -> list[Row]:
    places = {t: i for i, t in enumerate(dict.fromkeys(probabilities["target"]))}
    return [
        {
            "target": str(entry["target"]),
            "title": str(entry["label"]),
            "key": keyed(
                places[entry["target"]],
                "\n".join(lines(f"{entry['label']} ({entry['year']})", LABEL_WIDTH, 11.5)),
            ),
            "year": int(entry["year"]),
            "name": scenario_label(str(entry["scenario"])),
            "zero": 0.0,
            **_chance(float(entry["probability"]), int(entry.get("draws", 0))),
        }
        for entry in probabilities.to_dict("records")
    ]


def _chance(probability: float, draws: int) -> Row:
    """Return a probability in per cent, the ends of its error, and both in words."""
    error = chance_error(probability, draws) if draws else 0.0
    ends = (max(0.0, probability - error), min(1.0, probability + error))
    low, high = (compact(100.0 * end) for end in ends)
    chance = chance_text(probability, draws) if draws else f"{fixed(100.0 * probability, 1)} %"
    return {"probability": compact(100.0 * probability), "low": low, "high": high, "chance": chance}
