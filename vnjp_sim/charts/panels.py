"""A whole sector at a glance: a small fan chart for each of its indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.fans import Series, begin_of, hover_of, own_colour, sentence, series_of
from vnjp_sim.charts.forms import words_of_bands
from vnjp_sim.charts.frame import hover_layer
from vnjp_sim.charts.given import draws_of, levels_given, years_of
from vnjp_sim.charts.history import HOLLOW, figure_layers
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.past import Past, posterior_behind
from vnjp_sim.charts.theme import (
    INK,
    LEAST_PANEL,
    PANEL_HEIGHT,
    PANEL_SPACE,
    altair,
    lines,
    scenario_label,
)
from vnjp_sim.charts.titles import level_title, sector_title
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.simulation.projection_checks import dataset_given

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model


AXIS = 48
"""Width of the axis beside a panel."""


@takes_look
@settled
def sector(
    runs: xr.Dataset | Comparison,
    sector: str,
    model: Model,
    posterior: Posterior | None = None,
    scenario: str = "base",
    *,
    look: Look,
) -> alt.VConcatChart:
    """Return a small chart for each projected indicator of a sector that is not always zero.

    Parameters
    ----------
    runs, model, posterior, scenario
        As for :func:`fan`.
    sector : str
        a sector that the runs project.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`.

    Raises
    ------
    InputError
        The runs project no indicator of that sector, or lack the scenario.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    registry = model.registry.indicators
    given: object = runs
    there = dataset_given(given.runs if isinstance(given, Comparison) else given).data_vars
    names = [n for n in registry if registry[n].sector == sector and n in there]
    if not names:
        projected = {registry[str(n)].sector for n in there if n in registry}
        raise InputError.single(
            "chart",
            f"no indicator of a sector '{sector}' is projected in these runs",
            "choose one of: " + ", ".join(s for s in SECTORS if s in projected),
        )
    runs = levels_given(runs, names, model)
    past = Past(posterior or posterior_behind(runs, model), model, names)
    moved = [name for name in names if np.any(draws_of(runs, name, scenario))] or names
    every = [series_of(runs, name, model, scenario, past, look) for name in moved]
    columns = max(1, min(len(every), look.inner_width // LEAST_PANEL))
    room = (look.inner_width - PANEL_SPACE * (columns - 1)) // columns - AXIS
    first = min(begin_of(one.rows, one.past, one.points) for one in every)
    panels = [_panel(one, own_colour(runs, scenario), room, look, first) for one in every]
    never = [registry[name].label for name in names if name not in moved]
    called = scenario_label(sector)
    count = every[0].draws
    bands = words_of_bands(count, look)
    lines_told = f"Line: median, or mean of what is often zero{bool(bands) * '; '}{bands}"
    alone = every[0]
    ends = [(one.ends[0], one.ends[-1]) for one in every]
    words = Words(
        level_title(alone.shown, alone.rows, alone.ends)
        if len(every) == 1
        else sector_title(called, ends, alone.rows[-1]["year"]),
        f"{called}: projections to {years_of(runs)[-1]}. {lines_told}. "
        f"{scenario_label(scenario)}, {draws_text(count)}",
        [
            *(["Grey: history."] if any(one.past for one in every) else []),
            f"Points: figures of documents. {HOLLOW}",
            *([f"None in any draw: {'; '.join(never)}."] if never else []),
        ],
        source_of(runs.sel(scenario=[scenario]), model),
    )
    body = (
        alt.concat(*panels, columns=columns, spacing={"row": 18, "column": PANEL_SPACE})
        if columns > 1
        else alt.vconcat(*panels, spacing=18)
    )
    return finish(body, words, look)


def _panel(one: Series, colour: str, width: int, look: Look, first: float) -> Any:
    alt = altair()
    plane = one.plane(look, width=width, height=PANEL_HEIGHT, count=4, first=first)
    layers = [
        *one.layers(plane, colour, look, line=1.8),
        hover_layer(plane, one.rows, hover_of(one.shown), f",.{one.shown.decimals}f"),
        *figure_layers(plane, one.points, size=34, legend=False),
    ]
    heading = alt.TitleParams(
        lines(one.shown.label, width + AXIS, 12 * 1.12),
        subtitle=sentence(one.shown.unit),
        fontSize=12,
        subtitleFontSize=11,
        color=INK,
        offset=6,
        anchor="start",
        frame="bounds",
    )
    return alt.layer(*layers, width=width, height=plane.height, title=heading).resolve_scale(
        shape="independent", fill="independent", opacity="independent"
    )
