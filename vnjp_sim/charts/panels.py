"""A whole sector at a glance: a small fan chart for each of its indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.fans import HOVER, history_layers, history_rows, own_colour, plane_of, sentence
from vnjp_sim.charts.frame import band_layers, bands_of, hover_layer, zero_layer
from vnjp_sim.charts.history import figure_layers, figure_rows, figures
from vnjp_sim.charts.quantities import draws_of, levels_given, quantile_rows, quantity, years_of
from vnjp_sim.charts.theme import (
    COLUMNS,
    INITIALS,
    INK,
    PANEL_HEIGHT,
    PANEL_WIDTH,
    Words,
    altair,
    finish,
    lines,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import DRAW, SECTORS
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.simulation.projection_checks import dataset_given

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model


@settled
def sector(
    runs: xr.Dataset,
    sector: str,
    model: Model,
    posterior: Posterior | None = None,
    scenario: str = "base",
) -> alt.VConcatChart:
    """Return a small fan chart for each projected indicator of a sector.

    Parameters
    ----------
    runs, model, posterior, scenario
        As for :func:`fan`.
    sector : str
        a sector that the runs project.

    Raises
    ------
    InputError
        The runs project no indicator of that sector, or lack the scenario.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    registry = model.registry.indicators
    there = dataset_given(runs.runs if isinstance(runs, Comparison) else runs).data_vars
    names = [n for n in registry if registry[n].sector == sector and n in there]
    if not names:
        projected = {registry[str(n)].sector for n in there if n in registry}
        raise InputError.single(
            "chart",
            f"no indicator of a sector '{sector}' is projected in these runs",
            "choose one of: " + ", ".join(s for s in SECTORS if s in projected),
        )
    runs = levels_given(runs, names, model)
    panels = [_panel(runs, name, model, posterior, scenario) for name in names]
    count = int(runs.sizes[DRAW])
    words = Words(
        f"{INITIALS.get(sector, sector.capitalize())}: projections to {years_of(runs)[-1]}",
        bands_of(count) + ("; grey: history" if posterior else "; points: documents' figures"),
        [
            f"Scenario: {scenario_label(scenario)}, {draws_text(count)}.",
            "Points: figures of documents, hollow if they are not calibrated on.",
        ],
    )
    width = min(len(panels), COLUMNS) * (PANEL_WIDTH + 40)
    return finish(
        alt.concat(*panels, columns=COLUMNS, spacing={"row": 18, "column": 18}), words, width
    )


def _panel(
    runs: xr.Dataset, name: str, model: Model, posterior: Posterior | None, scenario: str
) -> Any:
    alt = altair()
    draws = draws_of(runs, name, scenario)
    shown = quantity(name, model, [draws])
    rows = quantile_rows(draws, years_of(runs), shown)
    past = history_rows(posterior, model, name, shown, until=rows[0]["year"])
    points = figure_rows(figures(name, model), shown)
    plane = plane_of(shown, rows, past, points, width=PANEL_WIDTH, height=PANEL_HEIGHT, count=4)
    layers = [
        *zero_layer(plane),
        *history_layers(plane, past),
        *band_layers(plane, rows, own_colour(runs, scenario), line=1.8),
        hover_layer(plane, rows, HOVER, f",.{shown.decimals}f"),
        *figure_layers(plane, points, size=34, legend=False),
    ]
    heading = alt.TitleParams(
        lines(shown.label, PANEL_WIDTH, 12),
        subtitle=sentence(shown.unit),
        fontSize=12,
        subtitleFontSize=11,
        color=INK,
        offset=6,
        anchor="start",
        frame="bounds",
    )
    return alt.layer(*layers, width=PANEL_WIDTH, height=PANEL_HEIGHT, title=heading).resolve_scale(
        shape="independent", fill="independent"
    )
