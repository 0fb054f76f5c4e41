"""The IAMC format: one line for each model, scenario, region, variable and unit; years across.

The format of the scenario databases of integrated assessment, read by pyam. An ensemble is given by
one variable a statistic, named as in the climate assessment of the AR6 scenario database:
`Trade|Goods|Turnover|5.0th Percentile`. The plain variable holds the median, so that a tool which
knows nothing of ensembles finds one number where it looks.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.exchange.projections import Source, effects_or_levels, refuse_history, summaries_of
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.models_folder import file_of
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.summaries import Summary, cell
from vnjp_sim.storage.atomic import check_ending, write_whole

EFFECT = "|Difference from Baseline"
"""What stands behind the name of an indicator whose effects are written."""
COLUMNS = ("Model", "Scenario", "Region", "Variable", "Unit")
REGION = "Viet Nam|Japan"
"""The pair of countries: the indicators measure the relationship, and those of one country name it
in their variable (`GDP|Index|Vietnam`). Not `Viet Nam>Japan`, which is a flow in one direction."""


@settled
def write_iamc(
    source: Source,
    model: Model,
    file: str | Path,
    *,
    region: str = REGION,
    history: History | None = None,
    force: bool = False,
) -> Path:
    """Write scenarios in the IAMC format; return the file.

    Columns Model, Scenario, Region, Variable, Unit, then a column a year; a cell is empty where a
    scenario lacks the year. Variables: the indicator's IAMC name (median), and below it
    `5.0th Percentile` … `95.0th Percentile`, `Mean`, `Standard Deviation`; without those for which
    there are too few draws. Numbers in full precision. Of a comparison the effects are written:
    `Difference from Baseline` stands below the indicator's name, the statistics below that.

    Parameters
    ----------
    source : Source
        A comparison; projections with dims (scenario, year, draw); or folders of stored runs.
    model : Model
        The registry, which has the IAMC names and the units.
    history : History | None
        The past of indicators, see :func:`vnjp_sim.history`, to stand beside the scenarios under
        the name `history`.
    file, force
        The target, and whether it may be replaced.
    region : str
        What the column Region says.

    Raises
    ------
    InputError
        Two indicators have the same IAMC name; or see :func:`write_tidy`.
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    check_ending(Path(file), ".csv")
    compared = isinstance(source, Comparison)
    if compared:
        refuse_history(history)
    data = effects_or_levels(source, model.registry)
    Refusals(_repeated_names(model, [str(name) for name in data.data_vars])).raise_if_any()
    summaries = summaries_of(data, model.registry, history)
    below = EFFECT if compared else ""
    years = sorted({s.year for rows in summaries.values() for s in rows})

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow([*COLUMNS, *years])
            for scenario, rows in summaries.items():
                head = ["vnjp_sim " + version("vnjp-sim"), scenario, region]
                for name, unit, cells in _lines(rows, model.registry, below):
                    if all(math.isnan(value) for value in cells.values()):
                        continue
                    numbers = [cell(cells.get(year, math.nan)) for year in years]
                    writer.writerow([*head, name, unit, *numbers])

    return write_whole(Path(file), write, force=force)


def _lines(
    summaries: list[Summary], registry: Registry, below: str
) -> Iterator[tuple[str, str, dict[int, float]]]:
    """Yield variable, with `below` behind the indicator's name, unit and the values by year."""
    by_indicator: dict[str, list[Summary]] = {}
    for s in summaries:
        by_indicator.setdefault(s.indicator, []).append(s)
    for indicator, rows in by_indicator.items():
        known = registry.indicators[indicator]
        middle = list(QUANTILES).index("p50")
        stem = known.iamc + below
        yield stem, known.unit, {s.year: s.quantiles[middle] for s in rows}
        for place, level in enumerate(QUANTILES.values()):
            name = f"{stem}|{100 * level:.1f}th Percentile"
            yield name, known.unit, {s.year: s.quantiles[place] for s in rows}
        yield f"{stem}|Mean", known.unit, {s.year: s.mean for s in rows}
        yield f"{stem}|Standard Deviation", known.unit, {s.year: s.sd for s in rows}


def _repeated_names(model: Model, names: list[str]) -> Iterator[Refusal]:
    first: dict[str, str] = {}
    file = display_path(file_of(model.folder, "indicators.yml"))
    for name in names:
        iamc_name = model.registry.indicators[name].iamc
        if first.setdefault(iamc_name, name) != name:
            what = f"{name} has the IAMC name of {first[iamc_name]}: '{iamc_name}'"
            yield Refusal(Place(file), what, "give each its own")
