"""Scenarios side by side: a few in one plane, more as small multiples of their effects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.comparison import comparison_of
from vnjp_sim.analysis.effects import effect_of
from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.effects import effect_fan
from vnjp_sim.charts.fans import (
    HEIGHT,
    Series,
    end_of,
    layered,
    notes_on_figures,
    placed,
    plane_of,
    sentence,
    series_of,
)
from vnjp_sim.charts.forms import (
    form_layers,
    middle_layer,
    outer_layers,
    start_of,
    words_of_time,
)
from vnjp_sim.charts.frame import Frame, hover_layer, label_layer, start_layers, zero_layer
from vnjp_sim.charts.given import check_indicator, draws_of, levels_given, scenarios_of
from vnjp_sim.charts.history import figure_layers
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.past import Past, posterior_behind
from vnjp_sim.charts.quantities import CELLS, RARE, Row, end_name, levels_of, quantity
from vnjp_sim.charts.theme import NEUTRAL, scenario_colours, scenario_label
from vnjp_sim.charts.titles import effect_title, level_title, middle_text
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.number_text import TOO_FEW, draws_text
from vnjp_sim.simulation.pairing import baselines_of, words_of_pairing

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

MOST_IN_A_PLANE = 3
"""Scenarios beside the baseline that one plane holds; of more, their effects are shown."""


@takes_look
@settled
def overlay(
    runs: xr.Dataset,
    indicator: str,
    model: Model,
    posterior: Posterior | None = None,
    *,
    look: Look,
) -> alt.VConcatChart:
    """Return up to three scenarios and the baseline in one plane; of more, their effects.

    Lines are medians, or means of what is often zero; the widest band of the baseline is filled,
    those of other scenarios are dotted. More than three scenarios beside their baseline are drawn
    as :func:`effect_fan` draws them, each in a panel.

    Parameters
    ----------
    runs, indicator, model, posterior
        As for :func:`fan`.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`.

    Raises
    ------
    InputError
        The indicator is unknown, or the data are no levels.
    EnvironmentFailureError
        Altair is not installed.
    """
    indicator = check_indicator(indicator, model.registry.labels)
    runs = levels_given(runs, [indicator], model)
    names = scenarios_of(runs)
    baseline = _baseline(runs, names)
    if len(names) > MOST_IN_A_PLANE + 1 and baseline:
        found = comparison_of(runs, model.registry, baseline, unproven=True)
        return effect_fan(found, indicator, model, **vars(look))
    past = Past(posterior or posterior_behind(runs, model), model, [indicator])
    shown = quantity(indicator, model, [draws_of(runs, indicator, name) for name in names])
    if shown.form == CELLS:
        shown = replace(shown, form=RARE)
    every = {n: series_of(runs, indicator, model, n, past, look, shown) for n in names}
    first, colours = every[names[0]], scenario_colours(names)
    labels = _labels(every, colours)
    plane = plane_of(
        shown,
        [row for own in every.values() for row in own.rows],
        first.past,
        first.points,
        look,
        height=HEIGHT,
        labels=[label["text"] for label in labels],
    )
    hover = [(name, scenario_label(name)) for name in names]
    body = layered(
        [
            *zero_layer(plane),
            *_history(plane, first, look),
            *_scenarios(plane, every, colours, look),
            *start_layers(plane, start_of(first.rows[0], shown)),
            label_layer(plane, placed(labels, plane), bold=True),
            hover_layer(plane, _side_by_side(every), hover, f",.{shown.decimals}f"),
            *figure_layers(plane, first.points),
        ],
        plane,
    )
    words = Words(
        _title(every, baseline, model),
        f"{shown.label}, {shown.unit}. {_bands(every, look)}. {draws_text(first.draws)}",
        [
            *past.told(indicator, first.past),
            words_of_time(shown),
            f"Scenarios: {words_of_pairing(runs)}.",
            *notes_on_figures(indicator, model, first.points),
        ],
        source_of(runs, model),
    )
    return finish(body, words, look)


def _baseline(runs: xr.Dataset, names: Sequence[str]) -> str | None:
    """Return the scenario that the others are measured against, if it is among them."""
    told = next(iter(baselines_of(runs).values()), "base")
    return told if told in names else None


def _title(every: Mapping[str, Series], baseline: str | None, model: Model) -> str:
    """Return the finding: the largest effect where there is a baseline, else the first level."""
    first = every[baseline or next(iter(every))]
    last = first.rows[-1]["year"]
    if baseline is None or len(every) < 2:
        return level_title(first.shown, first.rows, first.ends)
    base, name = first.ends[-1], first.shown.name
    moved = {n: own.ends[-1] for n, own in every.items() if (own.ends[-1] != base).any()}
    if not moved:
        return level_title(first.shown, first.rows, first.ends)
    found = [effect_of(n, name, last, own, base, never=False) for n, own in moved.items()]
    return effect_title(found, model)


def _bands(every: Mapping[str, Series], look: Look) -> str:
    """Return in words what lines and bands are."""
    shown = next(iter(every.values())).shown
    line = "Lines: means" if shown.middle == "mean" else "Lines: medians"
    if not look.bands:
        return line
    widest = max(look.bands)
    ends = [end_name(level) for level in levels_of(widest)]
    if not all(name in row for own in every.values() for row in own.rows for name in ends):
        return f"{line}. {sentence(TOO_FEW)}"
    filled = scenario_label(_drawn_last(every)[-1])
    others = ", between dotted lines (other scenarios)" if len(every) > 1 else ""
    return f"{line}. {widest} % of draws: band ({filled}){others}"


def _drawn_last(names: Iterable[str]) -> list[str]:
    """Return scenarios in the order in which they are drawn: the baseline on top."""
    return sorted(names, key=lambda name: name == "base")


def _history(plane: Frame, first: Series, look: Look) -> list[Any]:
    """Return the history that all scenarios share, in grey; nothing without one."""
    if not first.past:
        return []
    return form_layers(plane, first.shown, first.past, [], NEUTRAL, look, strength=1.15, line=1.4)


def _scenarios(
    plane: Frame, every: Mapping[str, Series], colours: Mapping[str, str], look: Look
) -> list[Any]:
    """Return the band of the last scenario drawn, the edges of the others, and all lines."""
    order = _drawn_last(every)
    layers: list[Any] = []
    for name in order:
        own, filled = every[name], name == order[-1]
        if look.bands and (filled or own.rows != every[order[-1]].rows):
            band = max(look.bands)
            layers += outer_layers(plane, own.shown, own.rows, colours[name], band, filled=filled)
    for name in order:
        size = 3.0 if name == "base" else 2.2
        layers.append(middle_layer(plane, every[name].shown, every[name].rows, colours[name], size))
    return layers


def _labels(every: Mapping[str, Series], colours: Mapping[str, str]) -> list[Row]:
    """Return a label a scenario with the end of its line."""
    ends = [own.rows[-1] for own in every.values()]
    shown = next(iter(every.values())).shown
    numbers = [middle_text(own.rows[-1], shown, own.draws) for own in every.values()]
    return [
        {
            "x": end_of(end, shown),
            "y": end[shown.middle],
            "text": f"{scenario_label(name)} {number}",
            "colour": colours[name],
        }
        for name, end, number in zip(every, ends, numbers, strict=True)
    ]


def _side_by_side(every: Mapping[str, Series]) -> list[Row]:
    """Return a row a year with the middle of each scenario under its name."""
    by_year: dict[int, Row] = {}
    for name, own in every.items():
        for row in own.rows:
            cells = by_year.setdefault(row["year"], {"year": row["year"], "x": row["x"]})
            cells[name] = row[own.shown.middle]
    return list(by_year.values())
