"""Where the uncertainty of a projection comes from, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.effect_words import scenario_in_sentence
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.charts.frame import Frame, chart_of, frame
from vnjp_sim.charts.given import check_columns, check_indicator, check_of, scenario_in
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import Quantity, Row, compact
from vnjp_sim.charts.theme import INK, PAPER, altair
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import exact, percent

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from vnjp_sim.simulation.model_data import Model

SOURCES = {
    "reporting": "#0072b2",
    "model form": "#56b4e9",
    "calibrated parameters": "#009e73",
    "empirical priors": "#e9e27a",
    "published priors": "#f0c04a",
    "assumptions": "#d55e00",
    "process noise": "#9aa5ae",
    "interactions": "#cdd3d8",
}
"""Colour of each source of uncertainty, in the order in which they are stacked from below."""
COLUMNS = ("year", "source", "share")
EFFECT = "effect"
HEIGHT = 340
LABEL_GAP = 16
LARGEST = 2.0
"""No share is larger, whatever its sampling error: those are per cent."""


@takes_look
@settled
def budget(
    shares: Budget | pd.DataFrame, indicator: str, model: Model, *, look: Look
) -> alt.VConcatChart:
    """Return the sources of an indicator's variance, stacked over the years.

    Parameters
    ----------
    shares : Budget | pd.DataFrame
        As :func:`vnjp_sim.uncertainty_budget` gives them; or a table with columns `year`,
        `source` (a key of :data:`SOURCES`) and `share`, the first-order part of the variance from 0
        to 1; the interactions are the rest. An estimate below zero is sampling error and drawn as
        zero.
    indicator : str
        Id in the registry.
    model : Model
        What the models folder says.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; there are no bands here.

    Raises
    ------
    InputError
        The indicator or a source is unknown; the table lacks a column or all rows, is of another
        indicator, or no year has shares, since nothing varies.
    EnvironmentFailureError
        Altair is not installed.
    """
    indicator = check_indicator(indicator, model.registry.labels)
    run = shares.run if isinstance(shares, Budget) else ""
    if isinstance(shares, Budget):
        shares = shares.table(indicator)
    shares = _checked(shares, indicator)
    rows = [row for row in stacked(shares) if look.holds(row["year"])]
    if not rows:
        raise InputError.single("years", "hold no year of the shares", "choose others")
    label = model.registry.indicators[indicator].label
    scenario = scenario_in(shares)
    source = source_of({scenario: {"run": run}}, model)
    words = _words(shares, rows, label, scenario, source)
    return finish(_drawn(rows, indicator, look), words, look)


def _checked(shares: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the shares that there are; raises InputError if the table cannot be drawn."""
    check_of(shares, {"indicator": indicator})
    check_columns(shares, COLUMNS, "shares")
    shares = _known(shares, indicator)
    for source in sorted(set(shares["source"]) - set(SOURCES)):
        message = f"unknown source of uncertainty '{source}'"
        raise InputError.single("chart", message, did_you_mean(str(source), SOURCES))
    return shares


def _words(shares: pd.DataFrame, rows: list[Row], label: str, scenario: str, source: str) -> Words:
    """Return title, subtitle and notes: shares of a projection's variance, or an effect's."""
    effects = "of" in shares.columns and set(shares["of"]) == {EFFECT}
    last = [row for row in rows if row["year"] == rows[-1]["year"]]
    largest = max(last, key=lambda row: row["share"])
    notes = ["First-order shares; interactions are what no source explains alone."]
    if (shares["share"] < 0).any():
        notes.append("Estimates below zero are sampling error and drawn as zero.")
    return Words(
        f"{label}: {percent(largest['share'] / 100)} of the uncertainty"
        f"{' of the effect' if effects else ''}{_whose(scenario)} in {largest['year']} "
        f"comes from {largest['source']}",
        f"{label}: share of the variance of the {EFFECT if effects else 'projection'}"
        f"{_whose(scenario)}, per cent, by source",
        notes,
        source,
    )


def _whose(scenario: str) -> str:
    return f" of {scenario_in_sentence(scenario)}" if scenario else ""


def _drawn(rows: list[Row], indicator: str, look: Look) -> Any:
    """Return the layers: an area a source, and its name with its last share beside it."""
    alt = altair()
    shown = Quantity(indicator, indicator, "percent", 100.0, 0, False, True, False)
    plane = frame(
        shown,
        [{**row, "p05": 0.0, "p95": 99.0} for row in rows],
        look,
        height=HEIGHT,
        count=4,
        suffix=" %",
    )
    plane = plane.fitted(look, [label["text"] for label in _labels(rows, plane)], 11.5, LABEL_GAP)
    labels = _labels(rows, plane)
    known = [source for source in SOURCES if any(row["source"] == source for row in rows)]
    colour = alt.Color(
        "source:N",
        scale=alt.Scale(domain=known, range=[SOURCES[source] for source in known]),
        legend=None,
    )
    tips = [
        alt.Tooltip("source:N"),
        alt.Tooltip("year:O"),
        alt.Tooltip("share:Q", title="per cent", format=".1f"),
    ]
    area = chart_of(rows).mark_area(stroke=PAPER, strokeWidth=0.8)
    text = chart_of(labels).mark_text(
        align="left", baseline="middle", dx=LABEL_GAP, fontSize=11.5, color=INK
    )
    chip = chart_of(labels).mark_square(size=90, opacity=1, xOffset=6)
    return alt.layer(
        area.encode(x=plane.x, y=plane.y("low"), y2="high", color=colour, tooltip=tips),
        chip.encode(x=plane.x, y=plane.y("y"), color=colour),
        text.encode(x=plane.x, y=plane.y("y"), text="text:N"),
        width=plane.width,
        height=plane.height,
    )


def _labels(rows: list[Row], plane: Frame) -> list[Row]:
    """Return a row a source of the last year, with its share in words, spread on the plane."""
    last = max(row["year"] for row in rows)
    ends = [row for row in rows if row["year"] == last]
    places = plane.spread([(row["low"] + row["high"]) / 2 for row in ends], gap=16)
    return [
        {
            "x": plane.last,
            "y": place,
            "source": row["source"],
            "text": f"{row['source'].capitalize()} {percent(row['share'] / 100.0)}",
        }
        for row, place in zip(ends, places, strict=True)
    ]


def _known(shares: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the shares that there are; raises InputError if there are none, or they are none."""
    known = shares.dropna(subset="share")
    if known.empty:
        notes = ", ".join(sorted(set(shares["note"]))) if "note" in shares.columns else ""
        message = f"'{indicator}' has no shares in any year" + (f": {notes}" if notes else "")
        raise InputError.single("chart", message, "choose an indicator that varies")
    if "of" in known.columns and len(set(known["of"])) > 1:
        raise InputError.single("chart", "shares of levels and of effects", "draw each separately")
    if (known["share"].abs() > LARGEST).any():
        message = f"a share of {exact(known['share'].abs().max())} is not between 0 and 1"
        raise InputError.single("chart", message, "give shares from 0 to 1, not per cent")
    return known


def stacked(shares: pd.DataFrame) -> list[Row]:
    """Return a row a year and source with its lower and upper edge in per cent."""
    rows: list[Row] = []
    for year, group in shares.groupby("year", sort=True):
        positive = {
            str(s): max(float(x), 0.0) for s, x in zip(group["source"], group["share"], strict=True)
        }
        total = sum(positive.values()) or 1.0
        below = 0.0
        for source in SOURCES:
            if source not in positive:
                continue
            share = 100.0 * positive[source] / total
            rows.append(
                {
                    "year": int(str(year)),
                    "x": float(str(year)),
                    "source": source,
                    "share": compact(share),
                    "low": compact(below),
                    "high": compact(below + share),
                }
            )
            below += share
    return rows
