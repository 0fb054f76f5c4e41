"""Official series and published forecasts of a models folder, with what was known on a day.

Figures stand in `official/macro.csv`, in the columns of all figures, but without line numbers: a
data set has none. Forecasts stand in `official/forecasts.csv`, a row a figure; the document that
gives one is its vintage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, PlainValidator
from pydantic_core.core_schema import ValidationInfo

from vnjp_sim.foundation.choices import write_id
from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import FIRST_YEAR, LAST_YEAR
from vnjp_sim.inputs.csv_rows import read_rows
from vnjp_sim.inputs.documents import OfficialSource, Source
from vnjp_sim.inputs.models_folder import file_of
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS, ObservationRow, unit_factor
from vnjp_sim.inputs.observations import Observation, check_observation
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.row_schema import DocumentCell, NameCell, NumberCell, check_row, context_of
from vnjp_sim.inputs.schema import BadCellError, Checked

SERIES, FORECASTS = "official/macro.csv", "official/forecasts.csv"


@dataclass(frozen=True)
class Forecast:
    """One published forecast of a year.

    Attributes
    ----------
    document : str
        The data set that gives it.
    indicator : str
        What it is of.
    year : int
        The year that it is for.
    value : float
        In the unit of the indicator; in percent if `growth`, the growth on the year before.
    growth : bool
        Whether it is a rate of growth.
    file, line : str, int
        Where it stands.
    """

    document: str
    indicator: str
    year: int
    value: float
    growth: bool
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Official:
    """Official figures and forecasts as known on a day; all of them if `day` is None."""

    sources: Mapping[str, OfficialSource] = field(default_factory=dict)
    figures: tuple[Observation, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    day: date | None = None

    def as_of(self, day: date | None) -> Official:
        """Return what had been published before `day`.

        A data set whose file holds one release of many years is kept: which of its years were
        published is asked by :meth:`last_year`.
        """
        if day is None:
            return self
        known = {name for name, source in self.sources.items() if source.published_on < day}
        forecasts = tuple(f for f in self.forecasts if f.document in known)
        stood_for = replace(self, forecasts=forecasts, day=day)
        figures = tuple(f for f in self.figures if f.period.year <= stood_for.last_year(f))
        named = {f.document for f in forecasts} | {f.document for f in figures}
        sources = {name: source for name, source in self.sources.items() if name in named}
        return replace(stood_for, sources=sources, figures=figures)

    def last_year(self, figure: Observation) -> int:
        """Return the last year whose figure, of the same indicator, counts as published.

        A vintage of forecasts counts the years before its own as published. Where there is none,
        a figure is published its source's lag after the end of its year.
        """
        (indicator,) = figure.indicators
        if indicator in self._vintages:
            return self._vintages[indicator] - 1
        if self.day is None:
            return LAST_YEAR
        months = 12 * self.day.year + self.day.month - 1 - self.sources[figure.document].lag_months
        return months // 12 - 1

    def published_on(self, figure: Observation) -> date:
        """Return the day from which a figure counts as published; see :meth:`last_year`."""
        (indicator,) = figure.indicators
        source = self.sources[figure.document]
        days = [self.sources[f.document].published_on for f in self.forecasts_of(indicator)]
        if days:
            later = [day for day in days if day.year > figure.period.year]
            return min(later, default=source.published_on)
        months = 12 * (figure.period.year + 1) + source.lag_months
        return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)

    def forecasts_of(self, indicator: str) -> list[Forecast]:
        """Return the forecasts of an indicator, those of earlier vintages first."""
        own = [f for f in self.forecasts if f.indicator == indicator]
        return sorted(own, key=lambda f: self.sources[f.document].published_on)

    @cached_property
    def _vintages(self) -> Mapping[str, int]:
        """The year of the latest vintage of forecasts by indicator."""
        published = {name: source.published_on.year for name, source in self.sources.items()}
        years: dict[str, int] = {}
        for forecast in self.forecasts:
            year = published[forecast.document]
            years[forecast.indicator] = max(year, years.get(forecast.indicator, year))
        return years

    def series(self, indicator: str) -> dict[int, Observation]:
        """Return the published figures of an indicator by year, without gaps."""
        own = [f for f in self.figures if f.indicators == (indicator,) and f.use == "calibrate"]
        return {f.period.year: f for f in own if f.period.year <= self.last_year(f)}

    def citations(self, indicators: Collection[str]) -> Iterator[str]:
        """Yield on one line each the data sets behind some indicators, with the years they give."""
        rows = {
            "Published": [(f.indicators[0], f.document, f.period.year) for f in self.figures],
            "Forecast": [(f.indicator, f.document, f.year) for f in self._newest()],
        }
        for word, own in rows.items():
            for indicator in indicators:
                named = sorted({(d, year) for i, d, year in own if i == indicator})
                for document in dict.fromkeys(d for d, _ in named):
                    years = [year for d, year in named if d == document]
                    source = self.sources[document]
                    yield (
                        f"{word} {indicator}, {min(years)}–{max(years)}: {source.publisher}, "
                        f"{source.title} ({document})"
                    )

    @property
    def cited(self) -> Mapping[str, OfficialSource]:
        """The data sets of published figures, and of the forecasts that go on from them."""
        named = {f.document for f in self.figures} | {f.document for f in self._newest()}
        return {name: source for name, source in self.sources.items() if name in named}

    def _newest(self) -> list[Forecast]:
        names = dict.fromkeys(f.indicator for f in self.forecasts)
        last = {name: max(self.series(name), default=0) for name in names}
        return [f for name in names for f in self.latest(name).values() if f.year > last[name]]

    def latest(self, indicator: str) -> dict[int, Forecast]:
        """Return the forecasts of an indicator by year, each of the latest vintage that has it."""
        return {f.year: f for f in self.forecasts_of(indicator)}


def _no_lines(text: str) -> tuple[int, ...]:
    if text.strip():
        raise BadCellError("a data set has no lines", "leave 'line' empty")
    return ()


class OfficialRow(ObservationRow):
    """A row of a table of official figures: of a data set, which has no lines."""

    line: Annotated[tuple[int, ...], PlainValidator(_no_lines)]


def _projected(name: str, info: ValidationInfo) -> str:
    known = context_of(info).registry.indicators
    if name not in known:
        remedy = write_id(name, context_of(info).registry.labels)
        raise BadCellError(f"unknown indicator '{name[:60]}'", remedy)
    return name


def _year(text: str, info: ValidationInfo) -> int:
    year = int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadCellError(f"year '{text[:20]}' is not a year", "give a year such as 2027")
    source = (context_of(info).documents or {}).get(info.data.get("document", ""))
    if source is not None and year < source.published_on.year:
        what = f"{year} is before the forecast of {source.published}"
        raise BadCellError(what, f"put it into {SERIES} if it is an outturn")
    return year


def _forecast_unit(unit: str, info: ValidationInfo) -> str:
    registry, name = context_of(info).registry, info.data.get("indicator")
    if name is not None and not _is_growth(name, unit, registry):
        unit_factor((name,), unit, registry)
    return unit


def _is_growth(name: str, unit: str, registry: Registry) -> bool:
    return unit == "percent" and registry.indicators[name].kind == "index"


class ForecastRow(Checked):
    """A row of a table of forecasts; percent of an index is its growth on the year before."""

    document: DocumentCell
    indicator: Annotated[NameCell, AfterValidator(_projected)]
    year: Annotated[int, PlainValidator(_year)]
    value: NumberCell
    unit: Annotated[str, AfterValidator(_forecast_unit)]


FORECAST_COLUMNS = tuple(ForecastRow.model_fields)


def read_official(
    models: Path, registry: Registry, sources: Mapping[str, OfficialSource], faults: Refusals
) -> Official:
    """Read the official tables of a models folder; add to `faults` what is wrong with them."""
    figures = _read_series(file_of(models, SERIES), registry, sources, faults)
    forecasts = _read_forecasts(file_of(models, FORECASTS), registry, sources, faults)
    faults.take(_gaps(figures, forecasts))
    named = {f.document for f in figures} | {f.document for f in forecasts}
    used = {name: source for name, source in sources.items() if name in named}
    return Official(used, tuple(figures), tuple(forecasts))


def _read_series(
    file: Path, registry: Registry, sources: Mapping[str, Source], faults: Refusals
) -> list[Observation]:
    figures = []
    for row in read_rows(file, OBSERVATION_COLUMNS, faults):
        figure, wrong = check_observation(row, registry, sources, OfficialRow)
        faults.extend(wrong)
        if figure is not None and (figure.period.kind != "year" or len(figure.indicators) > 1):
            what = f"'{figure.period.text}' of {'+'.join(figure.indicators)} is not a year's figure"
            faults.append(Refusal(Place(row.file, row.line), what, "give one indicator and year"))
        elif figure is not None:
            figures.append(figure)
    return sorted(figures, key=lambda figure: figure.key)


def _read_forecasts(
    file: Path, registry: Registry, sources: Mapping[str, Source], faults: Refusals
) -> list[Forecast]:
    forecasts = []
    for row in read_rows(file, FORECAST_COLUMNS, faults):
        cells, wrong = check_row(ForecastRow, row, registry, sources)
        faults.extend(wrong)
        if cells is None:
            continue
        growth = _is_growth(cells.indicator, cells.unit, registry)
        factor = 1.0 if growth else unit_factor((cells.indicator,), cells.unit, registry)
        value = float(cells.value) * factor
        place = (row.file, row.line)
        forecasts.append(
            Forecast(cells.document, cells.indicator, cells.year, value, growth, *place)
        )
    return sorted(forecasts, key=lambda f: (f.document, f.indicator, f.year))


def _gaps(figures: Iterable[Observation], forecasts: Iterable[Forecast]) -> Iterator[Refusal]:
    """Yield the rows whose year does not follow the one before of the same series."""
    rows = [("", f.indicators[0], f.period.year, f.file, f.row) for f in figures]
    rows += [(f.document, f.indicator, f.year, f.file, f.line) for f in forecasts]
    before: dict[tuple[str, str], int] = {}
    for document, indicator, year, file, line in sorted(rows):
        last = before.get((document, indicator), year - 1)
        if year == last:
            what = f"gives {indicator} of {year} twice"
            yield Refusal(Place(file, line), what, "keep one of the rows")
        elif year > last + 1:
            what = f"gives {indicator} of {year}, but not of {year - 1}"
            yield Refusal(Place(file, line), what, "give every year of a series")
        before[document, indicator] = year
