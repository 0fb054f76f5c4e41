"""An Excel workbook: summary, charts, effects, projections, history, every figure and assumption.

Needs openpyxl, the extra `excel`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.from_runs import comparison_of
from vnjp_sim.analysis.given import examined
from vnjp_sim.analysis.main_effects import headline_names
from vnjp_sim.analysis.target_probability import achievements
from vnjp_sim.exchange.projections import Source, as_dataset, summaries_of
from vnjp_sim.exchange.sheets import (
    assumptions_sheet,
    changes_sheet,
    contributions_sheet,
    documents_sheet,
    effects_sheet,
    history_sheet,
    indicators_sheet,
    links_sheet,
    projections_sheet,
    sources_sheet,
    targets_sheet,
)
from vnjp_sim.exchange.workbook import Sheet, add_sheet, new_workbook
from vnjp_sim.exchange.workbook_charts import (
    DATA,
    MOST_CHARTS,
    Fan,
    add_charts,
    effect_fans,
    level_fans,
)
from vnjp_sim.exchange.workbook_summary import Told, add_summary
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import baselines_of, manifests_of
from vnjp_sim.simulation.request import Request
from vnjp_sim.simulation.summaries import Summary
from vnjp_sim.storage.atomic import write_whole

if TYPE_CHECKING:
    import xarray as xr

Summaries = Mapping[str, Sequence[Summary]]


@settled
def write_excel(
    source: Source,
    model: Model,
    file: str | Path,
    *,
    history: History | None = None,
    attributions: Mapping[str, Attribution] | None = None,
    force: bool = False,
) -> Path:
    """Write a workbook; return the file.

    It begins with a summary: question, findings, what is on which sheet, how to cite. Then follow
    charts, effects (if the baseline is among the scenarios), projections (median, 5 % and 95 % of
    each indicator by year), history, contributions, targets, and what all this rests on: changes of
    the scenarios, indicators, documents, sources (every figure with document, line and place),
    assumptions (priors with grade and reference) and links. Numbers are in full precision, shown
    with the indicator's decimals.

    Parameters
    ----------
    source : Source
        A comparison; projections with dims (scenario, year, draw); or folders of stored runs.
    model : Model
        Everything that the other sheets tell.
    history : History | None
        The past of indicators, see :func:`vnjp_sim.history`.
    attributions : Mapping[str, Attribution] | None
        What parts of scenarios contribute, by scenario, see :func:`vnjp_sim.attribute`.
    file, force
        The target, which ends in .xlsx, and whether it may be replaced.

    Raises
    ------
    InputError
        The file does not end in .xlsx; or see :func:`write_tidy`.
    EnvironmentFailureError
        openpyxl is not installed; or the disk or its permissions refuse.
    """
    target = Path(file)
    if target.suffix.lower() != ".xlsx":
        raise InputError.single(str(file), "is not a name of a workbook", "end it in .xlsx")
    book = new_workbook("Projections of Vietnam–Japan relations")
    data = as_dataset(source, model.registry)
    comparison = source if isinstance(source, Comparison) else _compared(data, model)
    summaries = summaries_of(data, model.registry)
    tables = list(_tables(data, summaries, model, comparison, history, attributions or {}))
    fans = _effect_fans(comparison), _level_fans(summaries, model, comparison, history)
    titles = ["charts", *(table.title for table in tables), DATA]
    told = Told(model, manifests_of(data), summaries, comparison, titles)
    add_charts(book, levels=fans[1], effects=fans[0])
    for table in tables:
        add_sheet(book, table)
    book.move_sheet(DATA, len(book.sheetnames))
    add_summary(book, told)
    return write_whole(target, book.save, force=force)


def _compared(data: xr.Dataset, model: Model) -> Comparison | None:
    """Return the effects that projections have; None without baseline, or if not paired."""
    roots = set(baselines_of(data).values())
    if len(roots) != 1 or data.sizes["scenario"] < 2:
        return None
    try:
        return examined(comparison_of(data, model.registry), Request())
    except InputError:
        return None


def _tables(
    data: xr.Dataset,
    summaries: Summaries,
    model: Model,
    comparison: Comparison | None,
    history: History | None,
    attributions: Mapping[str, Attribution],
) -> Iterator[Sheet]:
    """Yield the sheets in their order."""
    if comparison is not None:
        yield effects_sheet(comparison)
    yield projections_sheet(summaries, model)
    if history is not None:
        yield history_sheet(history)
    if attributions:
        yield contributions_sheet(attributions, model)
    if model.targets:
        yield targets_sheet(achievements(data, model.targets, model.registry), model)
    if comparison is not None:
        yield changes_sheet(comparison)
    rest = (indicators_sheet, documents_sheet, sources_sheet, assumptions_sheet, links_sheet)
    yield from (sheet(model) for sheet in rest)


def _effect_fans(comparison: Comparison | None) -> list[Fan]:
    return list(effect_fans(comparison)) if comparison else []


def _level_fans(
    summaries: Summaries, model: Model, comparison: Comparison | None, history: History | None
) -> list[Fan]:
    """Return charts of the indicators that scenarios move, then of other headline ones."""
    registry = model.registry
    known = {s.indicator for rows in summaries.values() for s in rows}
    moved = []
    if comparison is not None:
        last = [comparison.years[-1]]
        effects = comparison.summaries(headline_names(comparison), last)
        moved = [e.indicator for e in effects if not e.negligible and (e.positive or e.negative)]
    names = [n for n in dict.fromkeys([*moved, *registry.headlines]) if n in known]
    baseline = comparison.baseline if comparison else next(iter(summaries))
    past = history.summaries() if history is not None else ()
    chosen = (names or sorted(known))[:MOST_CHARTS]
    return list(level_fans(summaries, past, registry, baseline, chosen))
