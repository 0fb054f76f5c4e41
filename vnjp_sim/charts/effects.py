"""What scenarios change: effects over time, one panel a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effects import Effect, effect_of
from vnjp_sim.analysis.marks import NOT_EXAMINED
from vnjp_sim.charts.fans import end_of
from vnjp_sim.charts.forms import form_layers, words_of_bands, words_of_form
from vnjp_sim.charts.frame import PANEL_EXTENT, Frame, frame, hover_layer, label_layer, zero_layer
from vnjp_sim.charts.given import check_indicator, draws_of, effects_given, scenarios_of, years_of
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import (
    FAN,
    RARE,
    STEPS,
    Quantity,
    Row,
    errors_of,
    quantile_rows,
    quantity,
)
from vnjp_sim.charts.theme import (
    LEAST_PANEL,
    PANEL_SPACE,
    altair,
    legible,
    lines,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.charts.titles import cautions, effect_title, unexamined
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import BASELINE, RATIO
from vnjp_sim.inputs.number_text import alike, draws_text
from vnjp_sim.simulation.pairing import PAIRING, SHOWN

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

HOVER = (("p95", "95 %"), ("mean", "mean"), ("p50", "median"), ("p05", "5 %"))
PANEL_HEIGHT, LOW_HEIGHT, SINGLE_HEIGHT = 190, 130, 300
MIXED = "median, or mean"
MANY = 6
"""Panels from which on they are lower."""


@takes_look
@settled
def effect_fan(
    effects: Comparison | xr.Dataset,
    indicator: str,
    model: Model,
    relative: bool | None = None,
    *,
    look: Look,
) -> alt.VConcatChart:
    """Return the effect of each scenario on an indicator, one panel a scenario.

    Scenarios without any effect are named below instead of drawn, unless none has one.

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
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`.

    Raises
    ------
    InputError
        The indicator is unknown, the data are no effects, or they are not measured as asked.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    indicator = check_indicator(indicator, model.registry.labels)
    comparison = effects if isinstance(effects, Comparison) else None
    effects, measure = effects_given(effects, indicator, model, relative)
    years = [year for year in years_of(effects) if look.holds(year)]
    if not years:
        raise InputError.single("years", "hold no year of the effects", "choose others")
    effects = effects.sel(year=years)
    every = {name: draws_of(effects, indicator, name) for name in scenarios_of(effects)}
    drawn = {name: own for name, own in every.items() if own.any()} or every
    telling = {name: _telling(name, indicator, own, years) for name, own in drawn.items()}
    shown = _shown(indicator, model, list(drawn.values()), relative=measure == RATIO)
    forms = {name: replace(shown, form=_form(effect)) for name, effect in telling.items()}
    rows = {n: quantile_rows(own, years, forms[n], look.bands) for n, own in drawn.items()}
    suffix = " %" if measure == RATIO else ""
    labels = {n: _label_text(rows[n][-1], own, forms[n], suffix) for n, own in drawn.items()}
    columns = _columns(len(drawn), max(1, look.inner_width // LEAST_PANEL))
    plane = _plane(shown, rows, labels, columns, suffix, look)
    colours = scenario_colours(list(every))
    panels = [_panel(plane, forms[n], rows[n], labels[n], colours[n], look) for n in drawn]
    if len(panels) > 1:
        for name, panel in zip(drawn, panels, strict=True):
            panel.title = _heading(name, colours[name], plane)
    spacing = {"row": 18, "column": PANEL_SPACE}
    body = panels[0]
    if columns > 1:
        body = alt.concat(*panels, columns=columns, spacing=spacing)
    elif len(panels) > 1:
        body = alt.vconcat(*panels, spacing=spacing["row"])
    lasting = [effect for effect in telling.values() if effect.year == years[-1]]
    found = lasting or list(telling.values())
    marked = _marked(telling.values(), comparison)
    if measure != RATIO:
        kept = {(effect.scenario, effect.year) for effect in found}
        found = [effect for effect in marked if (effect.scenario, effect.year) in kept]
    told = _subtitle(effects[indicator], forms, every, look, relative=measure == RATIO)
    caution = cautions(marked, several=len(every) > 1)
    words = Words(
        effect_title(found, model, relative=measure == RATIO),
        f"{told}. {caution}" if caution else told,
        [*_notes(effects[indicator], every, forms), *unexamined(marked)],
        source_of(comparison.manifests if comparison else effects, model),
    )
    return finish(body, words, look)


def _columns(panels: int, most: int) -> int:
    """Return in how many columns panels stand: as few as need no further row."""
    rows = -(-panels // most)
    return -(-panels // rows)


def _telling(name: str, indicator: str, draws: FloatArray, years: Sequence[int]) -> Effect:
    """Return the effect of the last year, or where that has none the largest of any year."""
    at = -1 if draws[-1].any() else int(np.abs(draws.mean(axis=1)).argmax())
    still = not draws.any()
    return effect_of(name, indicator, years[at], draws[at], np.zeros(draws.shape[1]), still)


def _marked(effects: Iterable[Effect], comparison: Comparison | None) -> list[Effect]:
    """Return effects as a comparison knows them, with its marks; without one, as not examined."""
    if comparison is None:
        return [replace(effect, mark=effect.mark or NOT_EXAMINED) for effect in effects]
    places = {(effect.scenario, effect.indicator, effect.year) for effect in effects}
    known = comparison.summaries(
        sorted({indicator for _, indicator, _ in places}), sorted({year for *_, year in places})
    )
    return [e for e in known if (e.scenario, e.indicator, e.year) in places]


def _form(effect: Effect) -> str:
    """Return how an effect is drawn: with its mean in steps where chances describe it."""
    if not (effect.positive or effect.negative):
        return FAN
    return RARE if effect.by_chance else STEPS if effect.whole else FAN


def _shown(
    indicator: str, model: Model, draws: Sequence[FloatArray], *, relative: bool
) -> Quantity:
    """Return how to show differences, or ratios less one in per cent."""
    shown = quantity(indicator, model, draws)
    if relative:
        shown = replace(shown, unit="percent", short="percent", factor=100.0, decimals=1)
    return replace(shown, zero=True, whole=False)


def _plane(
    shown: Quantity,
    rows: Mapping[str, list[Row]],
    labels: Mapping[str, str],
    columns: int,
    suffix: str,
    look: Look,
) -> Frame:
    """Return the axes that all panels share, in as many columns."""
    several = len(rows) > 1
    height = SINGLE_HEIGHT if not several else LOW_HEIGHT if len(rows) > MANY else PANEL_HEIGHT
    every = [row for own in rows.values() for row in own]
    texts = list(labels.values())
    plane = frame(shown, every, look, height=height, labels=texts, count=5, suffix=suffix)
    if columns == 1:
        return plane
    beside = look.inner_width - plane.width + max(0.0, PANEL_EXTENT - plane.beside)
    room = (look.inner_width - PANEL_SPACE * (columns - 1)) / columns
    return replace(plane, width=max(70, round(room - beside)), panel=True)


def _label_text(end: Row, draws: FloatArray, shown: Quantity, suffix: str) -> str:
    """Return the middle of the effect in the last year in words."""
    if not draws.any():
        return "no effect"
    error = errors_of(end, draws.shape[1])["p50"] if shown.middle == "p50" else 0.0
    places = 2 if shown.middle == "p50" else max(1, shown.decimals)
    if shown.form == STEPS:  # a whole number of things
        places = 0
    return alike([end[shown.middle]], places, [error], signed=True)[0] + suffix


def _panel(
    plane: Frame, shown: Quantity, rows: list[Row], text: str, colour: str, look: Look
) -> Any:
    """Return the effect of a scenario, with the words of its last year at the right."""
    end = rows[-1]
    label = {"x": end_of(end, shown), "y": end[shown.middle], "text": text, "colour": colour}
    layers = [
        *zero_layer(plane, always=True),
        *form_layers(plane, shown, rows, [], colour, look),
        label_layer(plane, [label], size=12, bold=True),
        hover_layer(plane, rows, HOVER, ",.3~g"),
    ]
    return altair().layer(*layers, width=plane.width, height=plane.height)


def _heading(name: str, colour: str, plane: Frame) -> Any:
    """Return the name of a scenario above its panel."""
    return altair().TitleParams(
        lines(scenario_label(name), plane.width + 40, 12 * 1.12),
        fontSize=12,
        color=legible(colour),
        offset=6,
        anchor="start",
        frame="group",
    )


def _subtitle(
    effects: xr.DataArray,
    forms: Mapping[str, Quantity],
    every: Mapping[str, FloatArray],
    look: Look,
    *,
    relative: bool,
) -> str:
    """Return what is shown: the quantity, the difference, its unit, lines and bands."""
    count = next(iter(every.values())).shape[1]
    shown = next(iter(forms.values()))
    baseline = scenario_label(str(effects.attrs[BASELINE])).lower()
    unit = "per cent of the baseline" if relative else shown.unit
    scenario = "scenario" if len(every) > 1 else scenario_label(next(iter(every)))
    told = words_of_form(shown, count, look)
    if _middles(forms) == MIXED:
        told = f"Line: {MIXED} of what is often zero; {words_of_bands(count, look)}".rstrip("; ")
    return f"{shown.label}: {scenario} less {baseline}, {unit}. {told}"


def _middles(forms: Mapping[str, Quantity]) -> str:
    """Return what the lines are: medians, means, or both."""
    means = {shown.middle == "mean" for shown in forms.values()}
    return MIXED if len(means) > 1 else "mean" if means == {True} else "median"


def _notes(
    effects: xr.DataArray,
    every: Mapping[str, FloatArray],
    forms: Mapping[str, Quantity],
) -> list[str]:
    """Return the sentences on how to read the panels, and which scenarios have none."""
    count = next(iter(every.values())).shape[1]
    paired = effects.attrs.get(PAIRING) == SHOWN
    share = "share parameters and shocks" if paired else "are not shown to share random numbers"
    baseline = scenario_label(str(effects.attrs[BASELINE])).lower()
    still = [scenario_label(name) for name in every if name not in forms]
    return [
        *([f"No effect: {', '.join(still)}."] if still else []),
        f"Differences draw by draw ({draws_text(count)}): scenario and {baseline} {share}.",
        f"Numbers at the right: {_middles(forms)} of the last year.",
    ]
