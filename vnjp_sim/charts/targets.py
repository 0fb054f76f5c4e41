"""The chance of reaching pledges and official targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.effect_words import amount_words
from vnjp_sim.charts.frame import chart_of
from vnjp_sim.charts.given import check_columns
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import Row, compact
from vnjp_sim.charts.theme import (
    GRID,
    INK,
    MUTED,
    NEGATIVE,
    POSITIVE,
    altair,
    lines,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import chance_error, chance_text, exact, fixed, measure_of, percent

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from vnjp_sim.inputs.targets import Target
    from vnjp_sim.simulation.model_data import Model

COLUMNS = ("target", "label", "year", "scenario", "probability")
LABEL_ROOM, DEMAND_ROOM, LEAST_CELL, LARGEST_CELL = 210, 150, 60, 150
LEAST_LABEL = 92
"""Of a picture that has no room for more."""
LINE, SPACE = 14, 16
BAR = 6
"""Height of the bar of a chance."""


@takes_look
@settled
def targets(probabilities: pd.DataFrame, model: Model, *, look: Look) -> alt.VConcatChart:
    """Return a table of targets: what each asks for, and its chance in each scenario, with a bar.

    Parameters
    ----------
    probabilities : pd.DataFrame
        Columns `target`, `label`, `year`, `scenario` and `probability` from 0 to 1, as
        :func:`vnjp_sim.target_probabilities` gives them; what has no probability is named below,
        with the reason in a column `note`. A column `draws` says over how many draws they are, and
        so how exact.
    model : Model
        What the models folder says.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; of these, width, title, numbers and theme count.

    Raises
    ------
    InputError
        The table lacks a column or all rows, or holds no probabilities.
    EnvironmentFailureError
        Altair is not installed.
    """
    without: list[str] = []
    if not set(COLUMNS) - set(probabilities.columns):
        without = _without(probabilities)
        probabilities = probabilities.dropna(subset="probability")
    check_columns(probabilities, COLUMNS, "probabilities")
    _check(probabilities)
    names = [str(name) for name in probabilities["scenario"].unique()]
    rows = _rows(probabilities)
    words = Words(
        _title(rows, names),
        "Chance of reaching each target by its year, per cent of draws",
        without + _errors(rows) + _documents(probabilities, model),
        source_of(None, model),
    )
    return finish(_table(rows, names, model, look), words, look)


def _title(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Return how many targets are more likely met than missed, and where the chance differs."""
    first = names[0]
    own = [row for row in rows if row["scenario"] == first]
    likely = sum(row["probability"] > 50.0 for row in own)
    noun = "target is" if len(own) == 1 else "targets are"
    where = "" if len(names) == 1 else f" in the {scenario_label(first).lower()}"
    return f"{likely} of {len(own)} {noun} more likely met than missed{where}"


def _table(rows: Sequence[Row], names: Sequence[str], model: Model, look: Look) -> Any:
    """Return the table: a line a target, with its label, what it asks for, and its chances."""
    alt = altair()
    demands = look.inner_width >= LABEL_ROOM + DEMAND_ROOM + LEAST_CELL * len(names)
    beside = DEMAND_ROOM if demands else 0
    left = look.inner_width - beside - LEAST_CELL * len(names)
    label_room = max(LEAST_LABEL, min(LABEL_ROOM, left))
    room = look.inner_width - label_room - beside
    cell = max(LEAST_CELL, min(LARGEST_CELL, room / len(names)))
    lefts = {n: label_room + beside + cell * i for i, n in enumerate(names)}
    heads = {n: lines(scenario_label(n), cell - 6, 11.5 * 1.16) for n in names}
    top = LINE * max(map(len, heads.values())) + 8
    width = lefts[names[-1]] + cell
    lined, height = _lines(rows, model, label_room, top, demands=demands)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False), axis=None)
    y, low = (
        alt.Y(f"{field}:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
        for field in ("y", "low")
    )
    bars = [_bar(row, lined[row["target"]][0], lefts[row["scenario"]], cell) for row in rows]
    words = [word for _, own in lined.values() for word in own]
    words += [
        {"x": lefts[n], "y": top - 8 - LINE * (len(head) - 1 - i), "text": line, "tone": INK}
        for n, head in heads.items()
        for i, line in enumerate(head)
    ]
    rules = [{"x": 0, "x2": width, "y": at - SPACE / 2 - 5} for at, _ in lined.values()]
    tips = [
        alt.Tooltip("title:N", title="target"),
        alt.Tooltip("year:O", title="by"),
        alt.Tooltip("name:N", title="scenario"),
        alt.Tooltip("chance:N"),
    ]
    text = alt.Text("text:N")
    rect = chart_of(bars)
    return alt.layer(
        chart_of(rules).mark_rule(color=GRID).encode(x=x, x2="x2", y=y),
        chart_of(words)
        .mark_text(align="left", baseline="middle", fontSize=11.5)
        .encode(x=x, y=y, text=text, color=alt.Color("tone:N", scale=None)),
        rect.mark_rect(color=GRID, cornerRadius=2).encode(x=x, x2="right", y=low, y2="high"),
        rect.mark_rect(cornerRadius=2).encode(
            x=x,
            x2="end",
            y=low,
            y2="high",
            color=alt.Color("colour:N", scale=None),
            tooltip=tips,
        ),
        rect.mark_text(align="left", baseline="middle", fontSize=12, fontWeight="bold").encode(
            x=x, y=y, text=text, color=alt.value(INK)
        ),
        width=round(width),
        height=round(height),
    )


def _lines(
    rows: Sequence[Row], model: Model, room: float, top: float, *, demands: bool
) -> tuple[dict[str, tuple[float, list[Row]]], float]:
    """Return where the line of each target begins, with its words, and the height of them all."""
    known = {target.id: target for target in model.targets}
    placed: dict[str, tuple[float, list[Row]]] = {}
    at = top + SPACE
    for row in rows:
        if row["target"] in placed:
            continue
        title = [
            (0.0, line, INK) for line in lines(f"{row['title']} ({row['year']})", room - 12, 12)
        ]
        asked = _demand(known[row["target"]], model) if row["target"] in known else ""
        wrapped = lines(asked, DEMAND_ROOM - 12, 11.5) if demands else []
        cells = [title, [(room, line, MUTED) for line in wrapped]]
        placed[row["target"]] = (
            at,
            [
                {"x": x, "y": at + LINE * i, "text": line, "tone": tone}
                for own in cells
                for i, (x, line, tone) in enumerate(own)
            ],
        )
        at += LINE * max(2, *map(len, cells)) + SPACE
    return placed, at - SPACE / 2


def _demand(target: Target, model: Model) -> str:
    """Return what a target asks for: "at least USD 15 bn"."""
    units, indicator = model.registry.units, model.registry.indicators[target.indicator]
    measure = measure_of(indicator, units, [target.value])
    ends = [
        exact(compact(end * measure.factor))
        for end in (target.value, target.upper)
        if end is not None
    ]
    text = amount_words(measure, " to ".join(ends))
    return text if target.sense == "between" else f"{target.sense.replace('_', ' ')} {text}"


def _bar(row: Row, at: float, left: float, cell: float) -> Row:
    """Return the bar of a chance, with its number above."""
    full = cell - 14
    low = at + LINE - 3
    return row | {
        "x": left,
        "right": left + full,
        "end": left + full * row["probability"] / 100,
        "y": at,
        "low": low,
        "high": low + BAR,
        "text": row["shown"],
        "colour": POSITIVE if row["probability"] > 50 else NEGATIVE,
    }


def _check(probabilities: pd.DataFrame) -> None:
    """Raise InputError if these are no probabilities, or a scenario has two of one target."""
    chances = probabilities["probability"]
    if not chances.between(0.0, 1.0).all():
        message = f"a probability from {exact(chances.min())} to {exact(chances.max())}"
        raise InputError.single("chart", message, "give shares from 0 to 1, not per cent")
    if probabilities.duplicated(["target", "scenario"]).any():
        message = "a scenario has two probabilities of one target"
        raise InputError.single("chart", message, "draw each set of runs separately")


def _documents(probabilities: pd.DataFrame, model: Model) -> list[str]:
    """Return the sentence of the caption that names the documents of the targets."""
    asked = set(probabilities["target"])
    named = sorted({target.document for target in model.targets if target.id in asked})
    documents = model.evidence.documents
    titles = [f"{documents[name].title} ({documents[name].published[:4]})" for name in named]
    return ["Targets: " + "; ".join(titles) + "."] if titles else []


def _without(probabilities: pd.DataFrame) -> list[str]:
    """Return the sentence on the targets that have no chance in any scenario, and why."""
    told = []
    for _, own in probabilities.groupby("target", sort=False):
        if own["probability"].isna().all():
            why = " or ".join(dict.fromkeys(str(n) for n in own.get("note", ()) if n))
            told.append(f"{own['label'].iloc[0]}{f' ({why})' if why else ''}")
    return [f"No chance is given of: {'; '.join(told)}."] if told else []


def _errors(rows: Sequence[Row]) -> list[str]:
    """Return the sentence on how exact the chances are."""
    largest = max(row["error"] for row in rows)
    return [f"Standard error at most {fixed(largest, 1)} points."] if largest > 0 else []


def _rows(probabilities: pd.DataFrame) -> list[Row]:
    return [
        {
            "target": str(entry["target"]),
            "title": str(entry["label"]),
            "year": int(entry["year"]),
            "scenario": str(entry["scenario"]),
            "name": scenario_label(str(entry["scenario"])),
            **_chance(float(entry["probability"]), int(entry.get("draws", 0))),
        }
        for entry in probabilities.to_dict("records")
    ]


def _chance(probability: float, draws: int) -> Row:
    """Return a probability in per cent, its error, and both in words."""
    error = 100.0 * chance_error(probability, draws) if draws else 0.0
    chance = chance_text(probability, draws) if draws else f"{fixed(100.0 * probability, 1)} %"
    shown = percent(probability)
    if probability in (0.0, 1.0):
        shown = chance if draws else shown
    elif not 0.005 <= probability < 0.995:
        shown = "< 1 %" if probability < 0.5 else "> 99 %"
    return {
        "probability": compact(100.0 * probability),
        "error": compact(error),
        "chance": chance,
        "shown": shown,
    }
