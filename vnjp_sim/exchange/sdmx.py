"""SDMX-CSV in: observations of a statistical office as rows of `models/observations`.

A *series map* says which series is which indicator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vnjp_sim.exchange.sdmx_rows import RowWriter
from vnjp_sim.exchange.sdmx_values import (
    ACTION,
    DECIMALS,
    FREQUENCY,
    INSTEAD,
    MULTIPLIER,
    NEEDED,
    Log,
    Value,
    ValueReader,
)
from vnjp_sim.exchange.series_map import Series, SeriesMap
from vnjp_sim.foundation.errors import did_you_mean
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.inputs.csv_rows import Row, numbered_rows
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.text_file import read_text

MAX_BYTES = 64 << 20
DIMENSIONS = [
    "REF_AREA",
    "COUNTRY",
    "GEO",
    "REPORTER",
    "COUNTERPART_AREA",
    "COUNTERPART_COUNTRY",
    "PARTNER",
    "INDICATOR",
    "MEASURE",
    "FLOW",
    "ACCOUNTING_ENTRY",
    "COMMODITY",
    "PRODUCT",
    "ACTIVITY",
    "SEX",
    "AGE",
    "ADJUSTMENT",
    "PRICE_BASE",
    "TRANSFORMATION",
]
"""Usual columns in which the observations of one series are alike."""


@dataclass(frozen=True)
class SdmxRows:
    """Rows as of `models/observations`, and what was left out, in words."""

    rows: tuple[Row, ...]
    left_out: tuple[str, ...]


def read_sdmx(file: Path, series_map: SeriesMap, registry: Registry) -> SdmxRows:
    """Read an SDMX-CSV file (version 1.0 or 2.0, comma or semicolon) by a series map.

    Raises
    ------
    InputError
        With every fault of file and map.
    """
    log = Log(file)
    _check_map(series_map, registry, log)
    log.refuse()
    values = _values(_File(series_map, log), ValueReader(series_map, registry, log))
    writer = RowWriter(series_map, registry, log)
    rows: list[Row] = []
    for series, own in zip(series_map.series, values, strict=True):
        if not own and not log.faults:
            where = ", ".join(f"{k}={v}" for k, v in series.where.items())
            message = f"no observation of {series.indicator} where {where}"
            log.fault(0, message, "check the codes of the series")
        rows += writer.rows(series, sorted(own, key=lambda v: (v.first, v.months)))
    log.refuse()
    return SdmxRows(tuple(rows), log.left_out)


def _check_map(series_map: SeriesMap, registry: Registry, log: Log) -> None:
    """Note indicators and units of the map that the registry lacks."""
    for series in series_map.series:
        if series.indicator not in registry.indicators:
            remedy = did_you_mean(series.indicator, registry.indicators)
            log.fault(0, f"unknown indicator '{series.indicator}' in the map", remedy)
    for unit in {*series_map.units.values(), *(s.unit for s in series_map.series if s.unit)}:
        if unit not in registry.units:
            remedy = did_you_mean(unit, registry.units)
            log.fault(0, f"unknown unit '{unit}' in the map", remedy)


def _values(file: _File, reader: ValueReader) -> list[list[Value]]:
    """Return the values of each series of the map."""
    values: list[list[Value]] = [[] for _ in file.map.series]
    first: list[Mapping[str, str]] = [{} for _ in file.map.series]
    for line, codes in file.records():
        index = file.series_of(line, codes)
        if index is not None:
            first[index] = first[index] or codes
            file.check_one_series(line, codes, first[index], file.map.series[index])
            value = reader.read(line, codes, file.map.series[index])
            if value is not None:
                values[index].append(value)
    return values


@dataclass(frozen=True)
class _File:
    """The observations of a file, and which series of the map each belongs to."""

    map: SeriesMap
    log: Log

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield line and codes by column of each observation."""
        text = read_text(self.log.file, MAX_BYTES)
        head = text.partition("\n")[0]
        delimiter = ";" if head.count(";") > head.count(",") else ","
        lines = numbered_rows(text, display_path(self.log.file), self.log.faults, delimiter)
        _, header = next(lines, (1, []))
        places = self._columns(header)
        if self.log.faults:
            return
        labelled = [column for column, place in places.items() if ":" in header[place]]
        for line, cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                message = f"has {len(cells)} cells where the header has {len(header)}"
                self.log.fault(line, message, "quote cells that hold the separator")
                continue
            codes = {column: cells[place].strip() for column, place in places.items()}
            for column in labelled:
                codes[column] = codes[column].partition(": ")[0]
            for column, other in INSTEAD.items():
                if column not in codes and other in codes:
                    codes[column] = codes[other]
            if codes.get(ACTION, "I") == "D":
                self.log.leave_out("of the action 'delete'")
            else:
                yield line, codes

    def _columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return the place of each column by its id; faults if one lacks, or stands there twice.

        "REF_AREA: Reference area" is a column with its label, as are its cells. Labels may also
        stand in columns of their own beside the codes, as in MEASURE,Measure: an id is written in
        one case, a label is not.
        """
        names = [re.sub(r"\[.*\]\Z", "", cell.partition(":")[0].strip()) for cell in header]
        asked = {key.upper() for series in self.map.series for key in series.where}
        known = {*NEEDED, *INSTEAD, *INSTEAD.values(), FREQUENCY, MULTIPLIER, DECIMALS, ACTION}
        places: dict[str, int] = {}
        for name in dict.fromkeys(name.upper() for name in names):
            several = [place for place, other in enumerate(names) if other.upper() == name]
            ids = [place for place in several if names[place] == name]
            ids = ids or [place for place in several if names[place] == name.lower()]
            if len(several) > 1 and len(ids) != 1 and name in asked | known:
                self.log.fault(1, f"has the column {name[:40]} twice", "delete one of the two")
            places[name] = (ids or several)[0]
        if missing := [name for name in (*NEEDED, *sorted(asked)) if name not in places]:
            message = f"has no column {', '.join(missing)}"
            self.log.fault(
                1, message, "save it as SDMX-CSV, and name columns in the map as it does"
            )
        if "SCALE" in places and MULTIPLIER not in places:
            self.log.notes.append(f"the column SCALE, as only {MULTIPLIER} scales values")
        return places

    def check_one_series(
        self, line: int, codes: Mapping[str, str], first: Mapping[str, str], series: Series
    ) -> None:
        """Note an observation that is of another country or measure than the first of a series."""
        for name in DIMENSIONS:
            if codes.get(name) != first.get(name):
                what = (
                    f"gives {series.indicator} of {name} '{codes[name][:40]}', others of "
                    f"'{first[name][:40]}'"
                )
                self.log.fault(line, what, f"say in 'where' which {name} is meant")
                return

    def series_of(self, line: int, codes: Mapping[str, str]) -> int | None:
        """Return the place in the map of the series that an observation belongs to, if any."""
        fits = [
            index
            for index, series in enumerate(self.map.series)
            if all(codes[key.upper()] == code for key, code in series.where.items())
        ]
        if not fits:
            self.log.leave_out("of series that the map does not name")
            return None
        if len(fits) > 1:
            names = " and ".join(self.map.series[i].indicator for i in fits)
            self.log.fault(line, f"fits the series of {names}", "give 'where' more dimensions")
            return None
        return fits[0]
