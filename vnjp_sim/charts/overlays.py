"""Scenarios side by side: a few in one plane, more as small multiples of their effects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effects import Effect, effect_of
from vnjp_sim.analysis.from_runs import comparison_of
from vnjp_sim.analysis.given import with_assumed
from vnjp_sim.analysis.marks import NOT_EXAMINED, STILL
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
from vnjp_sim.charts.titles import (
    cautions,
    effect_title,
    level_title,
    middle_text,
    unexamined,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import TOO_FEW, draws_text
from vnjp_sim.simulation.pairing import baselines_of, pairing_shown, words_of_pairing

if TYPE_CHECKING:
    import altair as alt
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

LABEL_SIZE = 11
MOST_IN_A_PLANE = 3
"""Scenarios beside the baseline that one plane holds; of more, their effects are shown."""


@takes_look
@settled
def overlay(
    runs: xr.Dataset | Comparison,
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
    comparison = runs if isinstance(runs, Comparison) else None
    runs = levels_given(runs, [indicator], model)
    names = scenarios_of(runs)
    baseline = comparison.baseline if comparison else _baseline(runs, names)
    posterior = posterior or posterior_behind(runs, model)
    if baseline and comparison is None and (len(names) > MOST_IN_A_PLANE + 1 or _paired(runs)):
        comparison = _compared(runs, baseline, model, posterior)
    if len(names) > MOST_IN_A_PLANE + 1 and comparison:
        return effect_fan(comparison, indicator, model, **vars(look))
    past = Past(posterior, model, [indicator])
    shown = quantity(indicator, model, [draws_of(runs, indicator, name) for name in names])
    if shown.form == CELLS:
        shown = replace(shown, form=RARE)
    every = {n: series_of(runs, indicator, model, n, past, look, shown) for n in names}
    first, effects = every[names[0]], _effects(every, baseline, comparison)
    told = f"{shown.label}, {shown.unit}. {_bands(every, look)}. {draws_text(first.draws)}"
    caution = cautions(effects, several=len(names) > 2)
    words = Words(
        effect_title(effects, model) if effects else _level_title(every, baseline),
        f"{told}. {caution}" if caution else told,
        [
            *past.told(indicator, first.past),
            words_of_time(shown),
            f"Scenarios: {words_of_pairing(runs)}.",
            *unexamined(effects),
            *notes_on_figures(indicator, model, first.points),
        ],
        source_of(runs, model),
    )
    return finish(_body(every, look), words, look)


def _body(every: Mapping[str, Series], look: Look) -> Any:
    """Return the plane with the lines and bands of all scenarios, and the history they share."""
    first, colours = next(iter(every.values())), scenario_colours(list(every))
    shown = first.shown
    labels = _labels(every, colours)
    plane = plane_of(
        shown,
        [row for own in every.values() for row in own.rows],
        first.past,
        first.points,
        look,
        height=HEIGHT,
        labels=[label["text"] for label in labels],
        size=LABEL_SIZE,
    )
    hover = [(name, scenario_label(name)) for name in every]
    return layered(
        [
            *zero_layer(plane),
            *_history(plane, first, look),
            *_scenarios(plane, every, colours, look),
            *start_layers(plane, start_of(first.rows[0], shown)),
            label_layer(plane, placed(labels, plane), size=LABEL_SIZE, bold=True),
            hover_layer(plane, _side_by_side(every), hover, f",.{shown.decimals}f"),
            *figure_layers(plane, first.points),
        ],
        plane,
    )


def _baseline(runs: xr.Dataset, names: Sequence[str]) -> str | None:
    """Return the scenario that the others are measured against, if it is among them."""
    told = next(iter(baselines_of(runs).values()), "base")
    return told if told in names else None


def _paired(runs: xr.Dataset) -> bool:
    """Return whether the scenarios are known to share their draws."""
    try:
        return pairing_shown(runs, scenarios_of(runs)[0])
    except InputError:
        return False


def _compared(
    runs: xr.Dataset, baseline: str, model: Model, posterior: Posterior | None
) -> Comparison:
    """Return the comparison of runs, which tells what effects rest on if their priors are known."""
    found = comparison_of(runs, model.registry, baseline, unproven=True)
    return with_assumed(found, posterior, model) if posterior else found


def _effects(
    every: Mapping[str, Series], baseline: str | None, comparison: Comparison | None
) -> list[Effect]:
    """Return the effects of the last year that all scenarios have; none without a baseline."""
    if baseline is None or len(every) < 2:
        return []
    first = every[baseline]
    name, year = first.shown.name, min(own.rows[-1]["year"] for own in every.values())
    if comparison is not None:
        return [e for e in comparison.summaries([name], [year]) if e.mark not in STILL]
    ends = {n: own.ends[-1] for n, own in every.items() if own.rows[-1]["year"] == year}
    base = ends.get(baseline)
    if base is None:
        return []
    found = [effect_of(n, name, year, own, base, False) for n, own in ends.items() if n != baseline]
    return [replace(e, mark=e.mark or NOT_EXAMINED) for e in found if e.mark not in STILL]


def _level_title(every: Mapping[str, Series], baseline: str | None) -> str:
    """Return what the baseline, or the first scenario, comes to."""
    first = every[baseline or next(iter(every))]
    return level_title(first.shown, first.rows, first.ends)


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
