"""Projections with their uncertainty: one scenario, or several in one plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.frame import (
    Frame,
    band_layers,
    bands_of,
    frame,
    hover_layer,
    label_layer,
    line_layer,
    outer_layers,
    start_layers,
    zero_layer,
)
from vnjp_sim.charts.history import PARTIAL, figure_layers, figure_rows, figures, not_drawn
from vnjp_sim.charts.quantities import (
    Quantity,
    Row,
    check_indicator,
    draws_of,
    errors_of,
    levels_given,
    quantile_rows,
    quantity,
    scenarios_of,
    years_of,
)
from vnjp_sim.charts.theme import (
    BASELINE_BAND,
    HEIGHT,
    MUTED,
    NEUTRAL,
    WIDTH,
    Words,
    altair,
    finish,
    scenario_colours,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.number_text import TOO_FEW, draws_text
from vnjp_sim.simulation.history import basis_of, past_of
from vnjp_sim.simulation.pairing import words_of_pairing

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

HOVER = (("p95", "95 %"), ("p75", "75 %"), ("p50", "median"), ("p25", "25 %"), ("p05", "5 %"))
LEAST_HISTORY = 5
"""Years before the projection that an axis shows at least."""


@settled
def fan(
    runs: xr.Dataset,
    indicator: str,
    model: Model,
    posterior: Posterior | None = None,
    scenario: str = "base",
) -> alt.VConcatChart:
    """Return the fan chart of an indicator: history, median, 50 % and 90 % bands.

    Parameters
    ----------
    runs : xr.Dataset
        Dims (scenario, year, draw), one variable an indicator.
    indicator : str
        Id in the registry.
    model : Model
        What the models folder says.
    posterior : Posterior | None
        Draws the history as a grey band, where the indicator has one.
    scenario : str
        Which of the runs.

    Raises
    ------
    InputError
        The indicator or the scenario is unknown, or the data are no levels.
    EnvironmentFailureError
        Altair is not installed.
    """
    altair()
    indicator = check_indicator(indicator, model.registry.labels)
    runs = levels_given(runs, [indicator], model)
    draws = draws_of(runs, indicator, scenario)
    shown = quantity(indicator, model, [draws])
    rows = quantile_rows(draws, years_of(runs), shown)
    past = history_rows(posterior, model, indicator, shown, until=rows[0]["year"])
    points = figure_rows(figures(indicator, model), shown)
    plane = plane_of(shown, rows, past, points)
    colour = own_colour(runs, scenario)
    layers = [
        *zero_layer(plane),
        *history_layers(plane, past),
        *band_layers(plane, rows, colour),
        *start_layers(plane, rows[0]["x"]),
        *_end_labels(plane, rows[-1], colour, shown, draws.shape[1]),
        hover_layer(plane, rows, HOVER, f",.{shown.decimals}f"),
        *figure_layers(plane, points),
    ]
    caption = [f"Scenario: {scenario_label(scenario)}, {draws_text(draws.shape[1])}."]
    if past and posterior is not None:
        caption.append(f"Grey: history, {basis_of(indicator, posterior)}.")
    caption += _captions_of_figures(indicator, model, points)
    title = shown.label if scenario == "base" else f"{shown.label}: {scenario_label(scenario)}"
    words = Words(title, f"{sentence(shown.unit)}. {bands_of(draws.shape[1])}", caption)
    return _finished(layers, words)


@settled
def overlay(runs: xr.Dataset, indicator: str, model: Model) -> alt.VConcatChart:
    """Return the medians of all scenarios of `runs` in one plane, their 90 % bands lightly.

    Raises
    ------
    InputError
        The indicator is unknown, or the data are no levels.
    EnvironmentFailureError
        Altair is not installed.
    """
    altair()
    indicator = check_indicator(indicator, model.registry.labels)
    runs = levels_given(runs, [indicator], model)
    names = scenarios_of(runs)
    draws = {name: draws_of(runs, indicator, name) for name in names}
    shown = quantity(indicator, model, draws.values())
    rows = {name: quantile_rows(draws[name], years_of(runs), shown) for name in names}
    everything = [row for own in rows.values() for row in own]
    first = everything[0]["x"]
    points = [
        row
        for row in figure_rows(figures(indicator, model), shown)
        if row["x"] >= first - LEAST_HISTORY - 1
    ]
    plane = plane_of(shown, everything, [], points)
    colours = scenario_colours(names)
    size = next(iter(draws.values())).shape[1]
    layers = [
        *zero_layer(plane),
        *_scenario_layers(plane, rows, colours),
        *start_layers(plane, first),
        label_layer(plane, _median_labels(plane, rows, colours, shown, size), bold=True),
        hover_layer(
            plane,
            _side_by_side(rows),
            [(name, scenario_label(name)) for name in names],
            f",.{shown.decimals}f",
        ),
        *figure_layers(plane, points),
    ]
    caption = [f"{draws_text(size)}, {words_of_pairing(runs)}."]
    caption += _captions_of_figures(indicator, model, points)
    bands = (
        f"90 % of draws: band ({scenario_label(_drawn_last(names)[-1])}), between dotted lines "
        "(other scenarios)"
        if all("p05" in row for row in everything)
        else sentence(TOO_FEW)
    )
    subtitle = f"{sentence(shown.unit)}. Lines: medians. {bands}"
    return _finished(layers, Words(shown.label, subtitle, caption))


def _finished(layers: list[Any], words: Words) -> alt.VConcatChart:
    """Return layers as one chart in which figures have scales of their own."""
    body = altair().layer(*layers, width=WIDTH, height=HEIGHT)
    return finish(body.resolve_scale(shape="independent", fill="independent"), words)


def _drawn_last(names: Iterable[str]) -> list[str]:
    """Return scenarios in the order in which they are drawn: the baseline on top."""
    return sorted(names, key=lambda name: name == "base")


def _scenario_layers(
    plane: Frame, rows: Mapping[str, list[Row]], colours: Mapping[str, str]
) -> list[Any]:
    """Return the band of the last scenario drawn, the edges of the others, and all medians."""
    order = _drawn_last(rows)
    layers: list[Any] = []
    for name in order:
        if name == order[-1] or rows[name] != rows[order[-1]]:
            filled = name == order[-1]
            layers += outer_layers(plane, rows[name], colours[name], filled=filled)
    for name in order:
        size = 3.0 if name == "base" else 2.2
        layers.append(line_layer(plane, rows[name], colours[name], size))
    return layers


def _median_labels(
    plane: Frame,
    rows: Mapping[str, list[Row]],
    colours: Mapping[str, str],
    shown: Quantity,
    draws: int,
) -> list[Row]:
    """Return a label a scenario with its last median, spread so that none covers another."""
    ends = [own[-1] for own in rows.values()]
    places = plane.spread([end["p50"] for end in ends])
    errors = [errors_of(end, draws)["p50"] for end in ends]
    medians = shown.texts([end["p50"] for end in ends], errors)
    return [
        {
            "x": end["x"],
            "y": place,
            "text": f"{scenario_label(name)} {median}",
            "colour": colours[name],
        }
        for name, end, place, median in zip(rows, ends, places, medians, strict=True)
    ]


def own_colour(runs: xr.Dataset, scenario: str) -> str:
    """Return the colour of a scenario that is drawn alone."""
    return BASELINE_BAND if scenario == "base" else scenario_colours(scenarios_of(runs))[scenario]


def history_rows(
    posterior: Posterior | None, model: Model, indicator: str, shown: Quantity, until: int
) -> list[Row]:
    """Return quantile rows of the history up to a year; none without a posterior."""
    if posterior is None:
        return []
    first, arrays = past_of(posterior, model, [indicator])
    if indicator not in arrays:
        return []
    path = arrays[indicator]
    rows = quantile_rows(path, range(first, first + len(path)), shown)
    return [row for row in rows if row["year"] <= until]


def plane_of(
    shown: Quantity, rows: Sequence[Row], past: Sequence[Row], points: Sequence[Row], **more: Any
) -> Frame:
    """Return axes that hold projection, history and figures; `more` goes to :func:`frame`."""
    starts = [row["x"] for row in (*past, *points)] + [row.get("x1", row["x"]) for row in points]
    first = min([*starts, rows[0]["x"] - LEAST_HISTORY])
    edges = [{"x": p["x"], "p05": p["low"], "p95": p["high"]} for p in points]
    return frame(shown, [*rows, *past, *edges], first=first, **more)


def history_layers(plane: Frame, past: Sequence[Row]) -> list[Any]:
    """Return the calibrated history in grey; nothing without one."""
    if not past:
        return []
    return band_layers(plane, past, NEUTRAL, strength=1.15, line=1.4)


def _end_labels(plane: Frame, end: Row, colour: str, shown: Quantity, draws: int) -> list[Any]:
    """Return the labels of median and 90 % band at the end; what reads the same stands once."""
    names = [name for name in ("p50", "p05", "p95") if name in end]
    errors = errors_of(end, draws)
    labels_of = shown.texts([end[name] for name in names], [errors[name] for name in names])
    texts = dict(zip(names, labels_of, strict=True))
    kept = [name for name in names if name == "p50" or texts[name] != texts["p50"]]
    places = plane.spread([end[name] for name in kept])
    labels = [
        {"x": end["x"], "y": y, "text": texts[name], "colour": colour if name == "p50" else MUTED}
        for name, y in zip(kept, places, strict=True)
    ]
    return [
        label_layer(plane, labels[:1], size=13, bold=True),
        *(label_layer(plane, [label]) for label in labels[1:]),
    ]


def _side_by_side(rows: dict[str, list[Row]]) -> list[Row]:
    """Return a row a year with the median of each scenario under its name."""
    by_year: dict[int, Row] = {}
    for name, own in rows.items():
        for row in own:
            cells = by_year.setdefault(row["year"], {"year": row["year"], "x": row["x"]})
            cells[name] = row["p50"]
    return list(by_year.values())


def _captions_of_figures(indicator: str, model: Model, points: Sequence[Row]) -> list[str]:
    """Return the sentences of a caption on the figures: what is not drawn, and the documents."""
    captions = []
    if any("x1" in row and row["way"] != PARTIAL for row in points):
        captions.append("Level line: a figure of some date within it.")
    left_out = not_drawn(indicator, model)
    if left_out:
        noun = "figure is" if left_out == 1 else "figures are"
        captions.append(
            f"{left_out} {noun} not drawn: rates of growth, shares, sums or implausible."
        )
    documents = sorted({row["document"] for row in points})
    if documents:
        known = model.evidence.sources
        titles = [f"{known[name].title} ({known[name].published[:4]})" for name in documents]
        captions.append("Figures: " + "; ".join(titles) + ".")
    else:
        captions.append("No document gives a figure of it.")
    return captions


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
