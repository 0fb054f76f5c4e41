"""Pictures of levels: a scenario beside what it is compared with, history and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.history import figure_rows, figures
from vnjp_sim.charts.live import OTHER, OWN, PAST, level_spec
from vnjp_sim.charts.look import Look
from vnjp_sim.charts.past import Past
from vnjp_sim.charts.quantities import CELLS, FAN, RARE, Quantity, quantile_rows, quantity
from vnjp_sim.explorer.content import Figure, Picture, Row, Table
from vnjp_sim.explorer.futures import Pair
from vnjp_sim.explorer.pictures import within
from vnjp_sim.explorer.state import State
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.number_text import Measure, draws_text, grouped
from vnjp_sim.simulation.figure_uses import by_period, figure_uses
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.trace_words import TraceWords, words_behind

FloatArray = NDArray[np.float64]

NUMBERS = (*QUANTILES, "mean")


class Known:
    """What is known of an indicator whatever the scenario: its past, its figures, their sources."""

    def __init__(self, indicator: str, posterior: Posterior, model: Model) -> None:
        self.indicator, self.model = indicator, model
        self.past = Past(posterior, model, [indicator])
        self.uses = sorted(
            figure_uses(model, model.evidence.figures_of(indicator, None)), key=by_period
        )

    @cached_property
    def said(self) -> TraceWords:
        """What `vnjp_sim trace` tells beside the figures."""
        return words_behind(self.model, self.indicator, figures=bool(self.uses))

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The figures with document and line."""
        sources = self.model.evidence.sources
        return tuple(
            Figure(
                o.period.text,
                f"{grouped(o.printed)} {o.unit}",
                o.reported.replace("_", " "),
                "used" if use.by else use.why or o.use.replace("_", " "),
                o.document,
                sources[o.document].title,
                ", ".join(map(str, o.lines)),
                o.place,
            )
            for use in self.uses
            for o in [use.figure]
        )


def level_picture(pair: Pair, state: State, known: Known) -> Picture:
    """Return levels with history and figures."""
    name, model, years = state.indicator, known.model, pair.years
    series = {OTHER: pair.levels(name, other=True)}
    if pair.compared is not None:
        series[OWN] = pair.levels(name)
    shown = quantity(name, model, list(series.values()))
    if shown.form == CELLS:
        shown = replace(shown, form=RARE)
    measure = Measure(shown.short, shown.unit, shown.factor, shown.decimals)
    rows: list[Row] = []
    cells: dict[int, list[str]] = {year: [str(year)] for year in years}
    for which, draws in series.items():
        own = quantile_rows(draws, years, shown)
        rows += [_row(row, which, shown, measure, draws.shape[1]) for row in own]
    for row in rows:
        cells[row["year"]] += [row["told"], row["between"]]
    past = known.past.rows(name, shown, years[0], Look())[0]
    count = known.past.arrays[name].shape[1] if past else 0
    rows += [_row(row, PAST, shown, measure, count) for row in past]
    stepped = shown.form != FAN
    place = shown.position(state.year)
    points = figure_rows(figures(name, model), shown, model)
    documented = bool(points)
    return Picture(
        f"level{' stepped' * stepped}{' zero' * shown.zero}{' documented' * documented}",
        level_spec(stepped=stepped, zero=shown.zero, documented=documented),
        {
            "rows": rows,
            **({"figures": points} if documented else {}),
            "at": [{"year": state.year, "x": place}],
        },
        f"{shown.label}: level, {shown.unit}",
        _reading(pair, shown, rows, known),
        Table(_columns(pair), tuple(tuple(row) for row in cells.values())),
    )


def _row(row: Row, which: str, shown: Quantity, measure: Measure, draws: int) -> Row:
    """Return the row of a year of a series: its place, quantiles and words."""
    plain = replace(measure, factor=1.0)
    quantiles = [row.get(name, float("nan")) for name in QUANTILES]
    middle = row[shown.middle]
    outside = shown.middle == "mean" and not within(middle, quantiles)
    ends = None if outside else plain.ends(quantiles, draws)
    told = plain.text(middle) if shown.middle == "mean" else plain.median(quantiles, draws)
    return {
        "series": which,
        "year": row["year"],
        "x": row["x"],
        **{name: row[name] for name in QUANTILES if name in row},
        "middle": middle,
        "told": told,
        "between": "" if ends is None else " to ".join(ends),
    }


def _columns(pair: Pair) -> tuple[str, ...]:
    if pair.compared is None:
        return ("Year", "Level", "90 % of futures")
    return ("Year", "Compared with", "90 % of futures", "Scenario", "90 % of futures")


def _reading(pair: Pair, shown: Quantity, rows: Sequence[Row], known: Known) -> str:
    """Return how to read the picture."""
    middle = "means" if shown.middle == "mean" else "medians"
    drawn = [row for row in rows if row["series"] == PAST]
    if pair.compared is None:
        both = f"Line from {pair.years[0]} on: {pair.other.title}."
    else:
        both = f"Blue: {pair.scenario.title}. The other line: {pair.other.title}."
    past = known.past.told(known.indicator, drawn)
    count = draws_text(pair.own.shape[1])
    return " ".join(
        [both, *past, f"Lines: {middle}; bands: 90 % of {count}. Points: figures of documents."]
    )
