"""The tidy table: one line for each scenario, indicator and year."""

from __future__ import annotations

from pathlib import Path

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.exchange.projections import Source, as_dataset, refuse_history, summaries_of
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.summaries import write_summaries
from vnjp_sim.storage.atomic import check_ending, write_whole


@settled
def write_tidy(
    source: Source,
    model: Model,
    file: str | Path,
    *,
    history: History | None = None,
    force: bool = False,
) -> Path:
    """Write mean, spread and quantiles of several scenarios to one CSV file; return it.

    Columns as in a run's `indicators.csv`: scenario, indicator, label, unit, year, mean, sd, p05,
    p25, p50, p75, p95; numbers in full precision. The table of a comparison holds its effects, as
    :meth:`vnjp_sim.Comparison.table` has them.

    Parameters
    ----------
    source : Source
        A comparison; projections with dims (scenario, year, draw); or folders of stored runs.
    model : Model
        Labels and units.
    history : History | None
        The past of indicators, see :func:`vnjp_sim.history`, to stand beside the scenarios under
        the name `history`.
    file, force
        The target, and whether it may be replaced.

    Raises
    ------
    InputError, EnvironmentFailureError
        See :func:`vnjp_sim.storage.atomic.write_whole`.
    """
    check_ending(Path(file), ".csv")
    if isinstance(source, Comparison):
        refuse_history(history)
        table = source.table()
        return write_whole(
            Path(file),
            lambda place: table.to_csv(place, index=False, lineterminator="\n"),
            force=force,
        )
    registry = model.registry
    summaries = summaries_of(as_dataset(source, registry), registry, history)

    return write_whole(
        Path(file), lambda target: write_summaries(target, summaries, registry), force=force
    )
