"""What the figures taught a law: its history, its growth forms, its priors and posteriors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import ParameterSummary, Posterior
from vnjp_sim.charts.forms import form_layers
from vnjp_sim.charts.frame import (
    Frame,
    chart_of,
    frame,
    label_layer,
    line_layer,
    zero_layer,
)
from vnjp_sim.charts.history import HOLLOW, figure_layers, figure_rows, figures
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import Quantity, Row, compact, quantile_rows, quantity
from vnjp_sim.charts.theme import BASELINE_BAND, INK, NEUTRAL, altair, lines, scenario_label
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import alike, count_text, fixed, percent
from vnjp_sim.sectors.growth import FORMS, GrowthParameters, mean_path

if TYPE_CHECKING:
    import altair as alt

    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

FORM_COLOURS = {"exponential": "#d55e00", "damped": "#0072b2", "logistic": "#009e73"}
LEARNT = (
    "A parameter counts as learnt if its posterior is at least a tenth narrower than its prior, "
    "or moved by a quarter of its spread."
)
YEARS_ON = 15
ROWS_A_FORM = 2_000
GRID_POINTS = 90
WIDEST_SCORE = 3.2
DENSITY_WIDTH, DENSITY_HEIGHT = 192, 84
PARTS = {
    "initial_growth": "Initial growth",
    "long_run_growth": "Long-run growth",
    "half_life": "Half-life",
    "slowdown": "Slowdown after",
    "volatility": "Volatility",
    "transitory": "Transitory shocks",
    "equilibrium": "Equilibrium",
    "spread": "Stationary spread",
    "rate": "Rate",
    "dispersion": "Dispersion",
    "level": "Level",
    "season": "Season",
}


@takes_look
@settled
def calibration_page(
    posterior: Posterior, model: Model, name: str, *, look: Look
) -> alt.VConcatChart:
    """Return what the calibration made of a law.

    Above: its figures with the fitted history, and the median of each growth form drawn on for
    fifteen years, with the form's posterior weight. Below: prior against posterior of each of its
    parameters.

    Parameters
    ----------
    posterior : Posterior
        Of the model.
    model : Model
        What the models folder says.
    name : str
        Id of a law, such as `trade_turnover`.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; there are no bands here.

    Raises
    ------
    InputError
        No law has that name, or no figure of it was calibrated on.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    laws = model.parameters.laws
    if name not in laws:
        raise InputError.single("chart", f"unknown law '{name}'", did_you_mean(name, laws))
    learnt = [p for p in posterior.parameters if p.name.rpartition(".")[0] == name]
    if name in posterior.missing or not learnt:
        raise InputError.single(
            "chart", f"the law '{name}' is not calibrated: it has no figures", "choose another law"
        )
    indicator = model.registry.indicators.get(name)
    group = next(g for g in posterior.groups if name in g.status)
    rows = []
    if indicator is not None and name in posterior.origins:
        rows.append(_history(posterior, model, name, group.form_weights, look))
    rows.append(_densities(posterior, model, learnt, look))
    subtitle = f"{count_text(group.figures, 'figure')} in its group; {group.status[name]}"
    label = indicator.label if indicator else scenario_label(name)
    taught = sum(parameter.learnt for parameter in learnt)
    words = Words(
        f"{label}: the figures taught {taught} of {len(learnt)} parameters",
        f"Calibration of {label}. {subtitle[:1].upper()}{subtitle[1:]}",
        [
            f"Grey: prior; blue: posterior. {HOLLOW}",
            LEARNT,
            f"Effective draws {fixed(group.effective, 0)}, Pareto k {fixed(group.pareto_k, 2)}.",
        ],
        source_of(None, model),
    )
    return finish(alt.vconcat(*rows, spacing=26), words, look)


def form_rows(posterior: Posterior, name: str, shown: Quantity) -> dict[str, list[Row]]:
    """Return, by growth form, rows with the median of a law's history and of its mean path on.

    Only forms that weigh at least one per cent; in the shown unit.
    """
    forms = np.asarray(posterior.arrays[f"{name}.form"])
    path = np.asarray(posterior.arrays[f"{name}.path"], np.float64)
    first = posterior.first_years[f"{name}.path"]
    rows = {}
    for index, form in enumerate(FORMS):
        chosen = np.flatnonzero(forms == index)
        if chosen.size < 0.01 * forms.size:
            continue
        chosen = chosen[:ROWS_A_FORM]
        ahead = _mean_ahead(posterior, name, chosen, shown)
        values = np.exp(np.concatenate([path[:, chosen], ahead]))
        years = range(first, first + values.shape[0])
        medians = np.median(values, axis=1) * shown.factor
        rows[form] = [
            {"year": year, "x": shown.position(year), "p50": compact(median)}
            for year, median in zip(years, medians, strict=True)
        ]
    return rows


def density_rows(posterior: Posterior, model: Model, parameter: ParameterSummary) -> list[Row]:
    """Return the prior and the posterior density of a parameter on one grid, each with peak ≤ 1.

    The prior's density is exact, from its transform of a normal score; the posterior's is a
    Gaussian kernel estimate. Both are divided by the higher of the two peaks.
    """
    prior = dict(model.parameters.all_parameters())[parameter.name].prior
    scores = np.linspace(-WIDEST_SCORE, WIDEST_SCORE, 400)
    values = prior.transform(scores)
    density = np.exp(-0.5 * scores**2) / np.sqrt(2 * np.pi) / np.gradient(values, scores)
    draws = _used(posterior, parameter.name)
    cut = np.quantile(draws, [0.002, 0.998])
    likely = prior.transform(np.array([-2.4, 2.4]))
    grid = np.linspace(min(likely[0], cut[0]), max(likely[1], cut[1]), GRID_POINTS)
    before = np.interp(grid, values, density, left=0.0, right=0.0)
    after = _kernel_density(draws, grid)
    peak = max(before.max(), after.max())
    return [
        {"value": compact(x), "prior": compact(b / peak), "posterior": compact(a / peak)}
        for x, b, a in zip(grid, before, after, strict=True)
    ]


def _history(
    posterior: Posterior, model: Model, name: str, weights: Mapping[str, float], look: Look
) -> Any:
    """Return the panel of figures, fitted history and growth forms."""
    alt = altair()
    path = np.exp(np.asarray(posterior.arrays[f"{name}.path"], np.float64))
    shown = quantity(name, model, [path])
    first = posterior.first_years[f"{name}.path"]
    past = quantile_rows(path, range(first, first + path.shape[0]), shown)
    forms = form_rows(posterior, name, shown) if f"{name}.form" in posterior.arrays else {}
    points = figure_rows(figures(name, model), shown, model)
    edges = [{"x": p["x"], "p05": p["low"], "p95": p["high"]} for p in points]
    ahead = [{"x": r["x"], "p05": r["p50"], "p95": r["p50"]} for own in forms.values() for r in own]
    everything = [*past, *edges, *ahead]
    starts = [row.get("x1", row["x"]) for row in (*past, *points)]
    weighed = [f"{form} {percent(weights.get(form, 0.0))}" for form in forms]
    first = min(starts) - 1
    plane = frame(shown, everything, look, first=first, height=250, labels=weighed, count=5)
    usual = replace(look, bands=(50, 90))
    fitted = form_layers(plane, shown, past, [], NEUTRAL, usual, strength=1.15, line=1.6)
    layers = [*zero_layer(plane), *fitted]
    layers += _form_layers(plane, forms, weights)
    layers += figure_layers(plane, points)
    subtitle = shown.unit[:1].upper() + shown.unit[1:] + ". Bands: 50 % and 90 % of draws"
    if forms:
        subtitle += "; dashed: median of each growth form, with its weight"
    title = alt.TitleParams(
        "Figures and fitted history",
        subtitle=lines(subtitle, look.inner_width, 11),
        fontSize=13,
        subtitleFontSize=11,
        color=INK,
        frame="bounds",
    )
    return alt.layer(*layers, width=plane.width, height=plane.height, title=title).resolve_scale(
        shape="independent", fill="independent"
    )


def _form_layers(
    plane: Frame, forms: Mapping[str, list[Row]], weights: Mapping[str, float]
) -> list[Any]:
    """Return a line and a label for each growth form."""
    if not forms:
        return []
    ends = [rows[-1] for rows in forms.values()]
    places = plane.spread([end["p50"] for end in ends])
    labels = [
        {
            "x": end["x"],
            "y": place,
            "text": f"{form} {percent(weights.get(form, 0.0))}",
            "colour": FORM_COLOURS[form],
        }
        for form, end, place in zip(forms, ends, places, strict=True)
    ]
    drawn = [
        line_layer(plane, rows, FORM_COLOURS[form], 1.8, (5, 3)) for form, rows in forms.items()
    ]
    return [*drawn, label_layer(plane, labels, bold=True)]


def _densities(
    posterior: Posterior, model: Model, parameters: Sequence[ParameterSummary], look: Look
) -> Any:
    """Return the panels of prior against posterior."""
    alt = altair()
    panels = []
    for parameter in parameters:
        rows = density_rows(posterior, model, parameter)
        low, high = rows[0]["value"], rows[-1]["value"]
        axis = alt.Axis(tickCount=4, title=None, grid=False)
        x = alt.X("value:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis)
        chart = chart_of(rows).encode(x=x)
        scale = alt.Scale(domain=[0, 1.05], nice=False)
        part = parameter.name.rpartition(".")[2]
        heading = alt.TitleParams(
            PARTS.get(part, part.replace("_", " ").capitalize()),
            subtitle=[*lines(parameter.unit, DENSITY_WIDTH + 20, 11), _learnt_text(parameter)],
            fontSize=12,
            subtitleFontSize=10.5,
            color=INK,
            offset=6,
        )
        before = alt.Y("prior:Q", scale=scale, axis=None)
        after = alt.Y("posterior:Q", scale=scale, axis=None)
        layers = [
            chart.mark_area(color=NEUTRAL, opacity=0.28).encode(y=before),
            chart.mark_line(color=NEUTRAL, strokeWidth=1.4).encode(y=before),
            chart.mark_area(color=BASELINE_BAND, opacity=0.28).encode(y=after),
            chart.mark_line(color=BASELINE_BAND, strokeWidth=1.8).encode(y=after),
        ]
        size = {"width": DENSITY_WIDTH, "height": DENSITY_HEIGHT}
        panels.append(alt.layer(*layers, title=heading, **size))
    columns = max(1, look.inner_width // (DENSITY_WIDTH + 30))
    return alt.concat(*panels, columns=columns, spacing={"row": 96, "column": 30}, bounds="flush")


def _learnt_text(parameter: ParameterSummary) -> str:
    """Return prior and posterior mean as words, and whether anything was learnt."""
    before, after = alike([parameter.prior_mean, parameter.mean])
    return f"mean {before} → {after}, {'learnt' if parameter.learnt else 'not learnt'}"


def _mean_ahead(
    posterior: Posterior, name: str, rows: NDArray[np.intp], shown: Quantity
) -> FloatArray:
    """Return the log mean path of a growth law after its history, (year, row)."""
    arrays = {
        part: np.asarray(posterior.arrays[f"{name}.{part}"])[rows]
        for part in ("form", "initial_growth", "long_run_growth", "half_life", "permanent")
    }
    slowdown = posterior.arrays.get(f"{name}.slowdown")
    parameters = GrowthParameters(
        arrays["form"],
        arrays["initial_growth"],
        arrays["long_run_growth"],
        arrays["half_life"],
        np.full(rows.size, np.nan) if slowdown is None else np.asarray(slowdown, np.float64)[rows],
        posterior.plateaus[name],
    )
    begin = posterior.last_year + (1.0 if shown.stock else 0.5) - posterior.origins[name]
    start = mean_path(parameters, begin)
    steps = [mean_path(parameters, begin + i) - start for i in range(1, YEARS_ON + 1)]
    result: FloatArray = arrays["permanent"] + np.stack(steps)
    return result


def _used(posterior: Posterior, name: str) -> FloatArray:
    """Return the draws of a parameter from the growth forms that use it, (row,)."""
    values = np.asarray(posterior.arrays[name], np.float64)
    return values[~np.isnan(values)]


def _kernel_density(draws: FloatArray, grid: FloatArray) -> FloatArray:
    """Return a Gaussian kernel estimate on a grid, with the bandwidth of Scott (1992)."""
    some = draws[:: max(1, draws.size // 4_000)]
    quartiles = np.quantile(some, [0.25, 0.75])
    spread = min(float(some.std()), float(quartiles[1] - quartiles[0]) / 1.34)
    width = 1.06 * (spread or 1e-9) * some.size**-0.2
    distance = (grid[:, None] - some[None, :]) / width
    result: FloatArray = np.exp(-0.5 * distance**2).mean(axis=1) / (width * np.sqrt(2 * np.pi))
    return result
