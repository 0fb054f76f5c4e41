"""The Python interface: each function asks a session of its own, see :mod:`vnjp_sim.session`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.from_runs import comparison_of
from vnjp_sim.analysis.given import (
    check_asked,
    check_model,
    examined,
    manifest_of_baseline,
    scenarios_in,
    with_assumed,
    with_budgets,
)
from vnjp_sim.analysis.sweep import plan_sweep, run_sweep
from vnjp_sim.analysis.sweep_file import cube_of, read_sweep
from vnjp_sim.analysis.target_probability import achievements, target_table
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.foundation.argument_types import is_dataset
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.session import Named, Session
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.projection_file import gather
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Asked, Options, Request, takes_options

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@takes_options
@settled
def run(scenarios: Named | Sequence[Named] = "base", **options: Unpack[Asked]) -> xr.Dataset:
    """Run scenarios and return their projections.

    Parameters
    ----------
    scenarios : Named | Sequence[Named]
        Names of shipped scenarios, paths of scenario files, or scenarios made in Python.
    draws, seed
        Size of the ensemble, and seed of its common random numbers.
    horizon
        First and last year, (2025, 2050) or "2025:2050", instead of the scenarios' own.
    models
        a models folder of one's own; what it lacks comes from the shipped one.
    as_of
        Use only documents published before this day (text such as "2024-01-31", or a date).
    evidence
        "documents", or "documents+official" to calibrate on the official series too.
    out
        Results folder.
    workers
        How many threads compute; or processes, with `cluster="local"`.
    cluster
        "local", or the address of a dask scheduler whose workers compute. Changes no result.

    Returns
    -------
    xarray.Dataset
        Dims (scenario, year, draw), one variable an indicator, units in its attributes.

    Raises
    ------
    InputError
        An argument is of a type that cannot be taken (see
        :mod:`vnjp_sim.foundation.argument_types`) or out of bounds; a scenario cannot be used; or
        two have one name.
    CalibrationGateError, EnvironmentFailureError
        The calibration fails its gates; or the disk refuses.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> runs = vj.run(["base", "oda_expansion"], draws=500)
    >>> dict(runs.sizes)
    {'scenario': 2, 'year': 16, 'draw': 500}
    >>> in_2040 = runs.trade_turnover.sel(scenario="base", year=2040)
    >>> interval = in_2040.quantile([0.05, 0.5, 0.95], "draw")
    """
    session = Session(**options)
    results = session.stored(scenarios)
    return gather([result.projection(session.model.registry) for result in results])


@takes_options
@settled
def compare(
    scenarios: Named | Sequence[Named] | xr.Dataset,
    baseline: Named | None = None,
    *,
    budgets: bool = False,
    unproven: bool = False,
    **options: Unpack[Asked],
) -> Comparison:
    """Compare scenarios with their baseline, in memory; runs that are stored are read.

    Parameters
    ----------
    scenarios : Named | Sequence[Named] | xr.Dataset
        Names of shipped scenarios, scenario files, scenarios made in Python, folders of stored
        runs; or projections
        as :func:`vnjp_sim.run` gives them, also joined, selected or merged.
    baseline : Named | None
        What to compare with; by default the root of the first scenario's chain.
    budgets : bool
        Find out too where the variance of each effect comes from; takes some seconds a scenario.
    unproven : bool
        Compare projections too that do not show whether they share their draws, and mark
        every effect so.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`vnjp_sim.run`; stored runs
        keep their own draws, seed and years, and refuse others. With projections they must agree
        with what these were run with.

    Raises
    ------
    InputError
        A scenario cannot be used, or the runs are not paired: of other seeds, draws or models; or
        projections do not show that they are.
    CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.run`.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> comparison = vj.compare("oda_expansion", draws=500)
    >>> table = comparison.table(["trade_turnover"], [2030, 2040])
    >>> effect = comparison.effects().trade_turnover.sel(year=2040)  # scenario less baseline
    >>> rises = float((effect > 0).mean())
    """
    if is_dataset(scenarios):
        return _compare_projections(
            scenarios, baseline, options, budgets=budgets, unproven=unproven
        )
    return Session(**options).compare(scenarios, baseline, budgets=budgets)


def _compare_projections(
    runs: Any, baseline: Named | None, options: Asked, *, budgets: bool, unproven: bool
) -> Comparison:
    """Return the comparison of projections; raises InputError if they are not what was asked."""
    request = Request(baseline=baseline, **options)  # type: ignore[arg-type]
    model = load_model(request.models)
    given = comparison_of(runs, model.registry, request.baseline, unproven=unproven)
    given.require_scenarios()
    check_asked(given, {name: getattr(request, name) for name in options})
    if request.models is not None:
        check_model(given, model, ("registry",))
    if not budgets:
        return examined(given, request)
    first = manifest_of_baseline(given)
    model = load_model(request.models, first["as_of"], first["evidence"])
    check_model(given, model, ("calibration", "priors", "links", "registry", "sources"))
    made = Options(int(first["draws"]), int(first["seed"]), workers=request.workers)
    projector = Projector(posterior_of(model, request.out)[0], model, made)
    given = with_assumed(given, projector.posterior, model)
    return with_budgets(given, scenarios_in(given), projector)


@takes_options
@settled
def attribute(
    scenario: Named, indicators: Sequence[str] | None = None, **options: Unpack[Asked]
) -> Attribution:
    """Return what each lever, event and replaced prior contributes to a scenario's effects.

    Parameters
    ----------
    scenario : Named
        Name of a shipped scenario, path of a scenario file, or a scenario made in Python.
    indicators : Sequence[str] | None
        All by default; name few for many draws.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`run`.

    Raises
    ------
    InputError
        The scenario is a baseline, or an indicator is not projected.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> parts = vj.attribute("labour_growth", ["labour_stock"], draws=500)
    >>> table = parts.table("labour_stock", 2040)  # a row a lever or event
    """
    return Session(**options).attribute(scenario, indicators)


@takes_options
@settled
def link_losses(
    scenario: Named,
    indicators: Sequence[str],
    years: Sequence[int] | None = None,
    **options: Unpack[Asked],
) -> pd.DataFrame:
    """Return which part of a scenario's mean effects is lost without each link that carries any.

    Parameters
    ----------
    scenario : Named
        Name of a shipped scenario, path of a scenario file, or a scenario made in Python.
    indicators : Sequence[str]
        Whose effects.
    years : Sequence[int] | None
        The last one by default.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`run`.

    Returns
    -------
    pandas.DataFrame
        Columns link, driver, response, grade (of the link's size), indicator, year, effect, without
        (mean effects), lost (1 if nothing is left). A link that carries nothing has no row.

    Raises
    ------
    InputError
        The scenario is a baseline, or an indicator or a year is not projected.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> losses = vj.link_losses("oda_expansion", ["trade_turnover"], [2040], draws=500)
    >>> strongest = losses.sort_values("lost", ascending=False).link.iloc[0]
    """
    return Session(**options).link_losses(scenario, indicators, years)


@takes_options
@settled
def uncertainty_budget(
    scenario: Named = "base",
    indicators: Sequence[str] | None = None,
    *,
    of_effects: bool = False,
    **options: Unpack[Asked],
) -> Budget:
    """Return which part of the variance of a scenario's levels, or effects, comes from where.

    Parameters
    ----------
    scenario : Named
        Name of a shipped scenario, path of a scenario file, or a scenario made in Python.
    indicators : Sequence[str] | None
        All by default.
    of_effects : bool
        The variance of the differences from the baseline, not of the levels.
    draws, seed, horizon, models, as_of, evidence, out, workers, cluster
        As for :func:`run`.

    Raises
    ------
    InputError
        Fewer than 1,000 draws, an unknown indicator, or effects of a baseline.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> budget = vj.uncertainty_budget("base", ["trade_turnover"], draws=1_000)
    >>> table = budget.table("trade_turnover")  # shares of the variance by source and year
    """
    return Session(**options).budget(scenario, indicators, of_effects=of_effects)


@takes_options
@settled
def sweep(design: str | Path, *, as_cube: bool = False, **options: Unpack[Asked]) -> xr.Dataset:
    """Run a scenario at all points of a design, and return what became of it at each.

    All points use common random numbers. A sweep that was interrupted goes on where it was.

    Parameters
    ----------
    design : str | Path
        A design file: YAML with a scenario, the axes and a method.
    as_cube : bool
        Return a grid with one dimension an axis instead of `point`.
    draws, seed, horizon, models, as_of, evidence, out, workers
        As for :func:`run`.

    Returns
    -------
    xarray.Dataset
        Dims (point, year, quantile), or (point, year, draw) where the design keeps draws; one
        variable an indicator. The values of the axes are coordinates of the points. Along
        `quantile` stand the mean and the standard deviation (`sd`) too.

    Raises
    ------
    InputError
        The design, its scenario or a point cannot be used, or there are too many points.
    CalibrationGateError, EnvironmentFailureError
        See :func:`run`.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> cube = vj.sweep("docs/designs/aid_and_labour.yml", draws=100, as_cube=True)
    >>> medians = cube.people_residents.sel(quantile="p50", year=2040).to_pandas()
    """
    session = Session(**options)
    planned = plan_sweep(Path(design), session.model, session.request.options)
    if as_cube:
        planned.design.check_grid()
    swept = read_sweep(run_sweep(planned, session.request.out).file)
    return cube_of(swept) if as_cube else swept


@takes_options
@settled
def history(
    indicators: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    **options: Unpack[Asked],
) -> History:
    """Return the past of indicators: draws, quantiles by year, and the documented figures beside.

    Every indicator has one as far back as the laws behind it begin: those with a calibrated path,
    and all that follows from them by the identities of the sectors.

    Parameters
    ----------
    indicators : Sequence[str] | None
        All that are projected by default. One that is not projected has its figures alone.
    years : Sequence[int] | None
        All of history by default.
    draws, seed, models, as_of, evidence, out
        As for :func:`run`; draw i goes on as draw i of a run with as many draws and the same seed.

    Returns
    -------
    vnjp_sim.simulation.history.History
        `table()` for quantiles by year, units and figures; `draws` for an `xarray.Dataset` with
        dims (year, draw).

    Raises
    ------
    InputError
        An indicator is unknown, or a year is outside history.
    CalibrationGateError, EnvironmentFailureError
        See :func:`run`.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> table = vj.history(["trade_turnover_gdp"], range(2010, 2025)).table()
    """
    return Session(**options).history(indicators, years)


@settled
def target_probabilities(
    runs: xr.Dataset | Comparison, models: str | Path | None = None
) -> pd.DataFrame:
    """Return the probability of reaching each target of the models folder by its date.

    Parameters
    ----------
    runs : xr.Dataset | Comparison
        Projections, dims (scenario, year, draw), as :func:`run` gives them; or a comparison.

    Returns
    -------
    pandas.DataFrame
        Columns target, label, indicator, by, year, scenario, probability (NaN where there is none),
        error (its Monte Carlo standard error), note (why), low, high (90 % interval of the
        probability, for so many draws), draws.

    Raises
    ------
    InputError
        The runs are no whole projections: a dimension is reduced, or values are missing.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> chances = vj.target_probabilities(vj.run("base", draws=500))
    >>> of_one = chances[["target", "probability", "error"]].dropna()
    """
    model = load_model(models)
    levels = runs.runs if isinstance(runs, Comparison) else runs
    return target_table(achievements(levels, model.targets, model.registry))
