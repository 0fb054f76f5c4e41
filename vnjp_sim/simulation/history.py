"""History: the past of every indicator, as calibrated paths and the identities of sectors have it.

The sectors say once what follows from what, so that history is the engine begun in the first year
of any path and stopped in the last year of history: what runs project goes on from it draw by draw.
Three quantities need more. The index sets its base at the end of history, which the engine learns
last; the tier of the partnership is documented year by year; and a law of counts says nothing of
years before those that it was counted in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.counts import Count, CountGroup
from vnjp_sim.calibration.levels import documented_tier
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked, names_asked, years_asked
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.shown import Keyed, drawn, written
from vnjp_sim.foundation.vocabulary import DRAW, QUANTILES, YEAR, parse_period
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.number_text import count_text, draws_text, exact
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.official import Official
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.declarations import behind, laws, outputs, summands
from vnjp_sim.sectors.diplomacy import TIER
from vnjp_sim.sectors.index import COMPOSITE, QUANTITIES, Composite, index_of_path
from vnjp_sim.simulation.block_numbers import BlockNumbers
from vnjp_sim.simulation.engine import Block, run_block
from vnjp_sim.simulation.layout import layout_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.projection_file import indicator_attributes
from vnjp_sim.simulation.request import DEFAULT_DRAWS, DEFAULT_SEED
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.summaries import Summary, summarise
from vnjp_sim.simulation.variants import Variant

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]

CALIBRATED = "calibrated on the figures"
IDENTITY = "follows from calibrated laws"
COUNTED = "expected by a law of counts"
CARRIED = "carried back from a documented level"
DOCUMENTED = "documented"
ASSUMED = "by priors alone"
ZERO = "zero before the projection"

TABLE_COLUMNS = (
    "indicator",
    "label",
    "unit",
    "year",
    "mean",
    "sd",
    *QUANTILES,
    "basis",
    "figures",
)


@dataclass(frozen=True, repr=False)
class History(Keyed):
    """The past of some indicators, and what the documents say of it.

    Attributes
    ----------
    draws : xarray.Dataset
        Dims (year, draw), one variable an indicator, units in its attributes; draw i is that of a
        run with as many draws and the same seed. NaN before an indicator's law begins; an indicator
        that is not projected has no variable.
    indicators, years : tuple
        What was asked for.
    model : Model
        Labels, units and documented figures.
    counts : Mapping[str, Sequence[Count]]
        What laws of counts were counted on, by indicator.
    """

    draws: xr.Dataset
    indicators: tuple[str, ...]
    years: tuple[int, ...]
    model: Model
    counts: Mapping[str, Sequence[Count]]

    def __getitem__(self, indicator: str) -> pd.DataFrame:
        """Return the rows of :meth:`table` on an indicator."""
        table = self.table()
        name = id_asked(indicator, {n: self.model.registry.labels[n] for n in self.indicators})
        return table[table["indicator"] == name].reset_index(drop=True)

    def _keys(self) -> Sequence[str]:
        return self.indicators

    @settled
    def plot(self, indicator: str | None = None, **look: Any) -> alt.VConcatChart:
        """Draw the past of an indicator; see :func:`vnjp_sim.charts.history_fan`.

        By default of the first that is projected. Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, indicator, **look)

    @settled
    def to_excel(self, file: str | Path, *, force: bool = False) -> Path:
        """Write the past as a workbook. Raises InputError, EnvironmentFailureError."""
        return written("to_excel", self, file, force=force)

    def table(self) -> pd.DataFrame:
        """Return a row for each indicator and year of which anything is known.

        Columns: indicator, label, unit, year, mean, sd, the quantiles over the draws (NaN where
        only figures speak), basis (what the history rests on), figures (documented ones of periods
        that end in the year, as reported, with their document).
        """
        import pandas as pd

        rows = []
        for name in self.indicators:
            known = self.model.registry.indicators[name]
            summaries = self._summaries(name)
            figures = self._figures(name)
            for year in self.years:
                numbers = summaries.get(year, (np.nan,) * (2 + len(QUANTILES)))
                basis = self.basis(name) if year in summaries else ""
                if basis or year in figures:
                    texts = "; ".join(figures.get(year, ()))
                    rows.append((name, known.label, known.unit, year, *numbers, basis, texts))
        return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))

    def summaries(self) -> list[Summary]:
        """Return mean, standard deviation and quantiles of each indicator and known year."""
        return [
            Summary(name, year, numbers[0], numbers[1], numbers[2:])
            for name in self.indicators
            for year, numbers in self._summaries(name).items()
        ]

    def basis(self, name: str) -> str:
        """Return what the history of an indicator rests on; empty if it has none."""
        return str(self.draws[name].attrs["basis"]) if name in self.draws else ""

    def begins(self, name: str) -> int | None:
        """Return the first year of an indicator's history; None if it has none."""
        if name not in self.draws:
            return None
        known = ~np.isnan(self.draws[name].to_numpy()).all(axis=1)
        return int(self.draws[YEAR].to_numpy()[known][0]) if known.any() else None

    def _summaries(self, name: str) -> dict[int, tuple[float, ...]]:
        """Return mean, standard deviation and quantiles by year."""
        if name not in self.draws:
            return {}
        values = np.asarray(self.draws[name].to_numpy(), np.float64)
        known = ~np.isnan(values).all(axis=1)
        years = self.draws[YEAR].to_numpy()[known]
        summaries = summarise({name: values[known]}, 0) if known.any() else ()
        return {
            int(year): (s.mean, s.sd, *s.quantiles)
            for year, s in zip(years, summaries, strict=True)
        }

    def _figures(self, name: str) -> dict[int, list[str]]:
        """Return what documents say of an indicator, by the last year of the period.

        A fiscal year is that of its name.
        """
        texts: dict[int, list[str]] = {}
        for year, number in self._counted(name).items():
            texts.setdefault(year, []).append(f"{exact(number)} counted in the documents")
        for figure in self.model.evidence.figures_of(name):
            period = figure.period
            year = period.year if period.kind == "fiscal" else period.last_year
            texts.setdefault(year, []).append(_told(figure))
        return texts

    def _counted(self, name: str) -> dict[int, float]:
        """Return what was counted of an indicator, or of all its parts, by year."""
        parts = summands(name) if name in self.draws else ()
        if not parts or any(part not in self.counts for part in parts):
            return {}
        years = [{parse_period(c.period).last_year: c.value for c in self.counts[p]} for p in parts]
        return {y: sum(own[y] for own in years) for y in years[0] if all(y in o for o in years)}

    def __repr__(self) -> str:
        asked = (
            f"{count_text(len(self.indicators), 'indicator')}, {self.years[0]} to {self.years[-1]}"
        )
        return f"<History: {asked}, {draws_text(self.draws.sizes[DRAW])}>"


def _told(figure: Observation) -> str:
    """Return a figure with its period, where that is no year, its document, and an unusual use."""
    when = "" if figure.period.kind == "year" else f"{figure.period.text}: "
    use = "" if figure.use == "calibrate" else f", {figure.use}"
    return f"{when}{figure_text(figure)} ({figure.document}{use})"


def history_of(
    posterior: Posterior,
    model: Model,
    indicators: object = None,
    years: object = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> History:
    """Return the past of indicators, all that are projected by default; raises InputError.

    Parameters
    ----------
    posterior, model
        Posterior, Model
        The calibration, and what the model says.
    indicators, years
        Lists, or None for all.
    draws, seed : int
        As of a run.
    """
    import xarray as xr

    asked = names_asked(indicators, model.registry.labels)
    first, arrays = past_of(posterior, model, asked, draws, seed)
    if indicators is None:
        asked = [name for name in asked if name in arrays]
    span = list(range(first, posterior.last_year + 1))
    chosen = years_asked(years, span, "history")
    rows = [year - first for year in chosen]
    variables = {
        name: (
            (YEAR, DRAW),
            arrays[name][rows],
            indicator_attributes(name, model.registry)
            | {"basis": basis_of(name, arrays[name], posterior, model)},
        )
        for name in asked
        if name in arrays
    }
    data = xr.Dataset(variables, {YEAR: chosen, DRAW: np.arange(draws)})
    return History(data, tuple(asked), tuple(chosen), model, counts_of(model))


def past_of(
    posterior: Posterior,
    model: Model,
    names: Collection[str],
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> tuple[int, dict[str, FloatArray]]:
    """Return the first year of history, and the past of `names` that have one, (year, draw).

    NaN in years before an indicator's law begins.
    """
    first, last = min(posterior.first_years.values()), posterior.last_year
    variant = Variant(ScenarioInputs(model.parameters.single, {}, ()), None)
    wanted = {*names, *(QUANTITIES if COMPOSITE in names else ())}
    wanted |= {QUANTITIES[name] for name in wanted & set(QUANTITIES)}
    couplings, known = model.couplings, posterior.arrays.keys()
    layout = layout_of((variant,), couplings, posterior.course, known, sorted(wanted))
    streams = RandomStreams(seed, 0, draws)
    numbers = BlockNumbers(posterior, couplings, streams, last, first)
    arrays: dict[str, FloatArray] = {}

    def allocate(name: str, _row: int) -> FloatArray:
        return arrays.setdefault(name, np.empty((last - first + 1, draws)))

    run_block(posterior, Block(first, last, layout, couplings, streams), allocate, numbers)
    _begin_counts(arrays, first, counts_of(model))
    _document_tier(arrays, first, model)
    context = SectorContext(numbers.context(variant), model.parameters.single)
    _index(arrays, context)
    numbers.forget()
    return first, {name: array for name, array in arrays.items() if name in names}


def counts_of(model: Model) -> dict[str, Sequence[Count]]:
    """Return what each law of counts was counted on."""
    plan = model.plan
    problems = [group.build(form) for group in plan.groups for form in group.forms[:1]]
    return {p.name: p.counts for p in problems if isinstance(p, CountGroup)}


def _begin_counts(
    arrays: Mapping[str, FloatArray], first: int, counts: Mapping[str, Sequence[Count]]
) -> None:
    """Say nothing of years before the first that the laws behind an indicator were counted in."""
    begun = {n: min(parse_period(c.period).year for c in own) for n, own in counts.items() if own}
    for name, array in arrays.items():
        known = [begun[law] for output in behind(name) for law in output.laws if law in begun]
        array[: max([0, *(year - first for year in known)])] = np.nan


def _document_tier(arrays: Mapping[str, FloatArray], first: int, model: Model) -> None:
    """Put the documented tier of each year in place of the last one."""
    for row in range(len(arrays.get(TIER, ()))):
        tier = documented_tier(model.evidence, first + row)
        arrays[TIER][row] = np.nan if tier is None else tier


def _index(arrays: dict[str, FloatArray], context: SectorContext) -> None:
    """Put the indices in place, with the last year of history as 100."""
    for name in QUANTITIES.keys() & arrays.keys():
        scale = context.drawn(f"{name}_scale")
        arrays[name] = index_of_path(arrays[QUANTITIES[name]], scale)
    if COMPOSITE in arrays:
        weights = Composite(context).weights
        total = np.zeros(arrays[COMPOSITE].shape)
        for name in QUANTITIES:  # in the order of the sector
            total += np.log(arrays[name]) * weights[name]
        arrays[COMPOSITE] = np.exp(total)


def basis_of(name: str, path: FloatArray, posterior: Posterior, model: Model) -> str:
    """Return what the history of an indicator, `path` (year, draw), rests on."""
    if name == TIER:
        return DOCUMENTED
    learnt = f"{name}.path" in posterior.arrays
    if published := _published_years(name, posterior.course, model.evidence.official):
        first, last, documents = published
        later = "" if last >= posterior.last_year else f", then {CALIBRATED if learnt else ASSUMED}"
        return f"published for {first}–{last} ({', '.join(documents)}){later}"
    return CALIBRATED if learnt else _derived(name, path)


def _derived(name: str, path: FloatArray) -> str:
    """Return what the history of an indicator without a path of its own rests on."""
    every = behind(name)
    kinds = {laws()[law].kind for output in every for law in output.laws}
    if not np.nan_to_num(path).any():
        return ZERO
    if kinds == {"count"}:
        return COUNTED
    if kinds:
        return IDENTITY
    return CARRIED if any(output.levels for output in every) else ASSUMED


def _published_years(
    name: str, course: CentralCourse, official: Official
) -> tuple[int, int, list[str]] | None:
    """Return first and last year in which the central course is published, and the data sets.

    They are those of the indicator, else of all that it follows from; None where one has none.
    """
    if name not in course:
        return None
    if series := official.series(name):
        parts = [(min(series), sorted({figure.document for figure in series.values()}))]
    else:
        followed = outputs()[name].parents
        every = [_published_years(parent, course, official) for parent in followed]
        parts = [(part[0], part[2]) for part in every if part is not None]
        if not followed or len(parts) < len(every):
            return None
    documents = list(dict.fromkeys(document for _, own in parts for document in own))
    return max(first for first, _ in parts), course.last_published(name), documents
