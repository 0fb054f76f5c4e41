"""The Python interface: each function reads the model, runs what is not stored, and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vnjp_sim.achievement import achievements
from vnjp_sim.attribution import Attribution, attribute_effects, cut_links
from vnjp_sim.budget import Budget, variance_budget
from vnjp_sim.comparison import Comparison, compare_requests, comparison_of
from vnjp_sim.ensemble import Parallel
from vnjp_sim.errors import InputError, did_you_mean
from vnjp_sim.figure_uses import by_period, figure_uses
from vnjp_sim.findings import scenarios_of
from vnjp_sim.model import Model, load_model
from vnjp_sim.projection import read_projection
from vnjp_sim.runs import (
    DEFAULT_DRAWS,
    DEFAULT_OUT,
    DEFAULT_SEED,
    PROJECTION,
    Options,
    gather,
    posterior_of,
    prepare_scenario,
    run_prepared,
)
from vnjp_sim.scenario_requests import Request, distinct_scenarios
from vnjp_sim.vocabulary import DRAW, parse_day, parse_span

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ENDS = ("driver", "response", "grade")
"""What a table of links tells of each."""


def run(
    scenarios: Request | Sequence[Request] = "base",
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    horizon: str | tuple[int, int] | None = None,
    models: str | Path | None = None,
    as_of: str | date | None = None,
    out: str | Path = DEFAULT_OUT,
    workers: int = 1,
    parallel: Parallel = "threads",
) -> xr.Dataset:
    """Run scenarios and return their projections.

    Parameters
    ----------
    scenarios : names of shipped scenarios, or paths of scenario files.
    draws, seed : size and luck of the ensemble.
    horizon : first and last year, (2025, 2050) or "2025:2050", instead of the scenarios' own.
    models : a models folder, instead of the shipped one.
    as_of : use only documents published before this day (ISO date).
    out : results folder.
    workers, parallel : how many threads or processes compute; the result is the same. Processes
        need a script that does its work under `if __name__ == "__main__"`.

    Returns
    -------
    xarray.Dataset
        Dims (scenario, year, draw), one variable an indicator, units in its attributes.

    Raises
    ------
    InputError, CalibrationGateError, EnvironmentFailureError
    """
    names = [scenarios] if isinstance(scenarios, str | Path) else list(scenarios)
    model, options = _read(draws, seed, horizon, models, as_of, workers, parallel)
    parts = []
    for scenario in distinct_scenarios(names, model, options).values():
        result = run_prepared(scenario, model, options, Path(out))
        parts.append(read_projection(result.folder / PROJECTION))
    return gather(parts)


def compare(
    scenarios: Request | Sequence[Request] | xr.Dataset,
    baseline: str | None = None,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    horizon: str | tuple[int, int] | None = None,
    models: str | Path | None = None,
    as_of: str | date | None = None,
    out: str | Path = DEFAULT_OUT,
    workers: int = 1,
    budgets: bool = False,
) -> Comparison:
    """Compare scenarios with their baseline, running what is not stored.

    Parameters
    ----------
    scenarios : names of shipped scenarios, scenario files, folders of stored runs; or projections
        as :func:`vnjp_sim.run` gives them.
    baseline : what to compare with; by default the root of the first scenario's chain.
    draws, seed, horizon, models, as_of, out, workers : as for :func:`vnjp_sim.run`; stored runs
        keep their own.
    budgets : find out too which part of each effect's variance are assumptions, to mark the effects
        that hang on them; takes some seconds a scenario.

    Raises
    ------
    InputError
        A scenario cannot be used, or the runs are not paired: of other seeds, draws or models.
    CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.run`.
    """
    model, options = _read(draws, seed, horizon, models, as_of, workers)
    if not isinstance(scenarios, (str, Path, list, tuple)):
        given = comparison_of(scenarios, model.registry, baseline)  # type: ignore[arg-type]
        return given.require_scenarios()
    requests = [scenarios] if isinstance(scenarios, (str, Path)) else list(scenarios)
    found = compare_requests(requests, model, options, Path(out), baseline)
    found.require_scenarios()
    if not budgets:
        return found
    posterior, _ = posterior_of(model, out)
    paired = replace(options, draws=int(found.runs.sizes[DRAW]))
    scenarios_found = scenarios_of(requests, found, model, paired)
    return replace(
        found,
        budgets={
            name: variance_budget(posterior, scenario, model, paired, of_effects=True)
            for name, scenario in scenarios_found.items()
            if scenario.baseline
        },
    )


def attribute(
    scenario: Request,
    indicators: Sequence[str] | None = None,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    horizon: str | tuple[int, int] | None = None,
    models: str | Path | None = None,
    as_of: str | date | None = None,
    out: str | Path = DEFAULT_OUT,
    workers: int = 1,
) -> Attribution:
    """Return what each lever, event and replaced prior contributes to a scenario's effects.

    Parameters
    ----------
    scenario : name of a shipped scenario, or path of a scenario file.
    indicators : all by default; name few for many draws.
    draws, seed, horizon, models, as_of, out, workers : as for :func:`run`.

    Raises
    ------
    InputError
        The scenario is a baseline, or an indicator is not projected.
    """
    model, options = _read(draws, seed, horizon, models, as_of, workers)
    prepared = prepare_scenario(scenario, model, options)
    posterior, _ = posterior_of(model, out)
    return attribute_effects(posterior, prepared, model, options, indicators)


def link_losses(
    scenario: Request,
    indicators: Sequence[str],
    years: Sequence[int] | None = None,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    horizon: str | tuple[int, int] | None = None,
    models: str | Path | None = None,
    as_of: str | date | None = None,
    out: str | Path = DEFAULT_OUT,
    workers: int = 1,
) -> pd.DataFrame:
    """Return which part of a scenario's mean effects is lost without each link that carries any.

    Parameters
    ----------
    scenario : name of a shipped scenario, or path of a scenario file.
    indicators : whose effects.
    years : the last one by default.
    draws, seed, horizon, models, as_of, out, workers : as for :func:`run`.

    Returns
    -------
    pandas.DataFrame
        Columns link, driver, response, grade (of the link's size), indicator, year, effect, without
        (mean effects), lost (1 if nothing is left).

    Raises
    ------
    InputError
        The scenario is a baseline, or an indicator or a year is not projected.
    """
    import pandas as pd

    model, options = _read(draws, seed, horizon, models, as_of, workers)
    prepared = prepare_scenario(scenario, model, options)
    chosen = [prepared.end] if years is None else list(years)
    for year in chosen:
        if not prepared.start <= year <= prepared.end:
            remedy = f"choose from {prepared.start} to {prepared.end}"
            raise InputError.single(str(year), "is outside the scenario", remedy)
    posterior, _ = posterior_of(model, out)
    losses = cut_links(posterior, prepared, model, options, indicators, chosen)
    rows = []
    for loss in losses:
        link = model.links.links[loss.link]
        ends = {name: getattr(link, name) for name in ENDS}
        rows.append({**asdict(loss), **ends, "lost": loss.lost})
    told = ["effect", "without", "lost"]
    return pd.DataFrame(rows, columns=["link", *ENDS, "indicator", "year", *told])


def uncertainty_budget(
    scenario: Request = "base",
    indicators: Sequence[str] | None = None,
    *,
    of_effects: bool = False,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    horizon: str | tuple[int, int] | None = None,
    models: str | Path | None = None,
    as_of: str | date | None = None,
    out: str | Path = DEFAULT_OUT,
    workers: int = 1,
) -> Budget:
    """Return which part of the variance of a scenario's levels, or effects, comes from where.

    Parameters
    ----------
    scenario : name of a shipped scenario, or path of a scenario file.
    indicators : all by default.
    of_effects : the variance of the differences from the baseline, not of the levels.
    draws, seed, horizon, models, as_of, out, workers : as for :func:`run`.

    Raises
    ------
    InputError
        Fewer than 1,000 draws, an unknown indicator, or effects of a baseline.
    """
    model, options = _read(draws, seed, horizon, models, as_of, workers)
    prepared = prepare_scenario(scenario, model, options)
    posterior, _ = posterior_of(model, out)
    return variance_budget(posterior, prepared, model, options, indicators, of_effects=of_effects)


def target_probabilities(runs: xr.Dataset, models: str | Path | None = None) -> pd.DataFrame:
    """Return the probability of reaching each target of the models folder by its date.

    Parameters
    ----------
    runs : projections, dims (scenario, year, draw), as :func:`run` gives them.

    Returns
    -------
    pandas.DataFrame
        Columns target, label, indicator, by, year, scenario, probability (NaN where there is none),
        note (why).
    """
    import pandas as pd

    model = load_model(models)
    return pd.DataFrame(
        [
            {
                "target": a.target.id,
                "label": a.target.title,
                "indicator": a.target.indicator,
                "by": a.target.by,
                "year": a.year,
                "scenario": a.scenario,
                "probability": a.probability,
                "note": a.note,
            }
            for a in achievements(runs, model.targets, model.registry)
        ]
    )


def trace(
    indicator: str,
    period: str | int | None = None,
    *,
    models: str | Path | None = None,
    as_of: str | date | None = None,
) -> pd.DataFrame:
    """Return every figure of an indicator with the place where it is printed.

    Parameters
    ----------
    indicator : id in the registry.
    period : keeps the figures that touch it: 2022, 2023-09, 2023-01/2023-07, FY2019.
    models, as_of : as for :func:`run`.

    Returns
    -------
    pandas.DataFrame
        Columns indicator, period, value (as printed), unit, reported (how), use (whether it is
        marked to calibrate), used_by (the groups of laws that use it, none if empty), why_not_used,
        document, title, published, lines, place, note; in the order of the periods.

    Raises
    ------
    InputError
        The indicator is unknown, or the period cannot be read.
    """
    import pandas as pd

    model = _model(models, as_of)
    if indicator not in model.registry.indicators:
        remedy = did_you_mean(indicator, model.registry.indicators)
        raise InputError.single(indicator, "no such indicator", remedy)
    figures = model.evidence.figures_of(indicator, None if period is None else str(period))
    columns = (
        "indicator period value unit reported use used_by why_not_used document title published "
        "lines place note"
    )
    rows = []
    for use in sorted(figure_uses(model, figures), key=by_period):
        o = use.figure
        document = model.evidence.documents[o.document]
        rows.append(
            {
                "indicator": " + ".join(o.indicators),
                "period": o.period.text,
                "value": o.printed,
                "unit": o.unit,
                "reported": o.reported,
                "use": o.use,
                "used_by": ", ".join(use.by),
                "why_not_used": use.why,
                "document": o.document,
                "title": document.title,
                "published": document.published,
                "lines": ", ".join(map(str, o.lines)),
                "place": o.place,
                "note": o.note,
            }
        )
    return pd.DataFrame(rows, columns=columns.split())


def _read(
    draws: int,
    seed: int,
    horizon: str | tuple[int, int] | None,
    models: str | Path | None,
    as_of: str | date | None,
    workers: int,
    parallel: Parallel = "threads",
) -> tuple[Model, Options]:
    """Return the model and the options that the arguments of a call ask for."""
    return _model(models, as_of), Options(draws, seed, *_span(horizon), workers, parallel)


def _model(models: str | Path | None, as_of: str | date | None) -> Model:
    """Return the model as of the day that was asked for; raises InputError."""
    if not isinstance(as_of, str):
        return load_model(models, as_of)
    try:
        return load_model(models, parse_day(as_of))
    except ValueError as error:
        what, _, remedy = str(error).partition(" — ")
        raise InputError.single("as_of", what, remedy) from None


def _span(horizon: object) -> tuple[int | None, int | None]:
    """Return the first and last year that were asked for; raises InputError."""
    if horizon is None:
        return None, None
    if isinstance(horizon, str):
        try:
            return parse_span(horizon)
        except ValueError as error:
            what, _, remedy = str(error).partition(" — ")
            raise InputError.single("horizon", what, remedy) from None
    years = tuple(horizon) if isinstance(horizon, list | tuple) else ()
    if len(years) != 2 or not all(isinstance(year, int | np.integer) for year in years):
        remedy = 'give (2025, 2050) or "2025:2050"'
        raise InputError.single("horizon", f"{horizon!r} is not a span of years", remedy)
    return int(years[0]), int(years[1])
