"""What scenarios change: effects over time, one panel a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.charts.frame import (
    Frame,
    band_layers,
    bands_of,
    frame,
    hover_layer,
    label_layer,
    zero_layer,
)
from vnjp_sim.charts.quantities import (
    Quantity,
    Row,
    check_indicator,
    draws_of,
    effects_given,
    errors_of,
    quantile_rows,
    quantity,
    scenarios_of,
    years_of,
)
from vnjp_sim.charts.theme import (
    COLUMNS,
    WIDTH,
    Words,
    altair,
    finish,
    lines,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.vocabulary import BASELINE, RATIO
from vnjp_sim.inputs.number_text import alike, fixed
from vnjp_sim.simulation.pairing import PAIRING, SHOWN

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

HOVER = (("p95", "95 %"), ("p50", "median"), ("p05", "5 %"))
EFFECT_HEIGHT, SINGLE_HEIGHT = 190, 300
LABEL_ROOM = 58


@settled
def effect_fan(
    effects: Comparison | xr.Dataset, indicator: str, model: Model, relative: bool | None = None
) -> alt.VConcatChart:
    """Return the effect of each scenario on an indicator, one panel a scenario.

    Parameters
    ----------
    effects : Comparison | xr.Dataset
        a comparison; or what its method `effects` gives, dims (scenario, year, draw), whose
        attributes say whether these are differences or ratios, of which baseline, and whether
        their runs share their draws.
    indicator : str
        Id in the registry.
    model : Model
        What the models folder says.
    relative : bool | None
        Of a comparison, whether to show the ratio to the baseline less one, in per cent;
        data know it themselves, and are refused if they are something else.

    Raises
    ------
    InputError
        The indicator is unknown, the data are no effects, or they are not measured as asked.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    indicator = check_indicator(indicator, model.registry.labels)
    effects, measure = effects_given(effects, indicator, model, relative)
    relative = measure == RATIO
    draws = {name: draws_of(effects, indicator, name) for name in scenarios_of(effects)}
    shown = _relative(indicator, model) if relative else quantity(indicator, model, draws.values())
    rows = {name: quantile_rows(own, years_of(effects), shown) for name, own in draws.items()}
    columns = min(len(draws), COLUMNS)
    plane = _plane(shown, rows.values(), columns, " %" if relative else "")
    colours = scenario_colours(list(draws))
    panels = [
        _effect_panel(
            plane,
            rows[name],
            name,
            colours[name],
            draws=own.shape[1],
            relative=relative,
            still=not own.any(),
            titled=columns > 1,
        )
        for name, own in draws.items()
    ]
    body = alt.concat(*panels, columns=columns, spacing={"row": 20, "column": 20})
    return finish(body, _words(effects[indicator], shown, draws, relative=relative))


def _plane(shown: Quantity, rows: Iterable[list[Row]], columns: int, suffix: str) -> Frame:
    """Return the axes that all panels share, in as many columns."""
    narrow = round(WIDTH / columns) - LABEL_ROOM
    return frame(
        replace(shown, zero=True, whole=False),
        [row for own in rows for row in own],
        width=narrow if columns > 1 else WIDTH,
        height=EFFECT_HEIGHT if columns > 1 else SINGLE_HEIGHT,
        count=5,
        suffix=suffix,
    )


def _words(
    effects: xr.DataArray, shown: Quantity, draws: Mapping[str, FloatArray], *, relative: bool
) -> Words:
    """Return title, subtitle and caption of the effects of scenarios, with their draws by name."""
    names = list(draws)
    count = draws[names[0]].shape[1]
    baseline = scenario_label(str(effects.attrs[BASELINE])).lower()
    scenarios = "the scenarios" if len(names) > 1 else scenario_label(names[0])
    unit = "per cent of the baseline" if relative else shown.unit
    paired = effects.attrs.get(PAIRING) == SHOWN
    share = "share parameters and shocks" if paired else "are not shown to share random numbers"
    return Words(
        f"{shown.label} – effect of {scenarios}",
        f"Scenario less {baseline}, {unit}. {bands_of(count)}",
        [
            f"Differences draw by draw ({fixed(count, 0)}): scenario and {baseline} {share}.",
            "Labels: median of the last year.",
        ],
    )


def _relative(indicator: str, model: Model) -> Quantity:
    """Return how to show a ratio less one of an indicator: in per cent."""
    kind = model.registry.indicators[indicator].kind
    label = model.registry.indicators[indicator].label
    return Quantity(indicator, label, "percent", 100.0, 1, kind == "stock", True, False)


def _effect_panel(
    plane: Frame,
    rows: list[Row],
    name: str,
    colour: str,
    *,
    draws: int,
    relative: bool,
    still: bool,
    titled: bool,
) -> Any:
    alt = altair()
    error = errors_of(rows[-1], draws)["p50"]
    text = alike([rows[-1]["p50"]], 2, [error], signed=True)[0] + (" %" if relative else "")
    if still:
        text = "no effect"
    label = {"x": rows[-1]["x"], "y": rows[-1]["p50"], "text": text, "colour": colour}
    layers = [
        *zero_layer(plane, always=True),
        *band_layers(plane, rows, colour),
        label_layer(plane, [label], size=12, bold=True),
        hover_layer(plane, rows, HOVER, ",.3~g"),
    ]
    chart = alt.layer(*layers, width=plane.width, height=plane.height)
    if titled:
        chart.title = alt.TitleParams(
            lines(scenario_label(name), plane.width, 12),
            fontSize=12,
            color=colour,
            offset=6,
            anchor="start",
            frame="group",
        )
    return chart
