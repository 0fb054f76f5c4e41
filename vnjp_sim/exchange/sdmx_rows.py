"""From values of an SDMX file to rows of `models/observations`: years, periods, steps, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from vnjp_sim.exchange.sdmx_values import Log, Value
from vnjp_sim.exchange.series_map import BY_KIND, STATUSES, Series, SeriesMap, severity
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.inputs.csv_rows import Row
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.registry import Registry


@dataclass(frozen=True)
class RowWriter:
    """What turns the values of a series into rows; faults go to the log."""

    map: SeriesMap
    registry: Registry
    log: Log

    def rows(self, series: Series, values: Sequence[Value]) -> Iterator[Row]:
        """Yield the rows of a series, whose values are in the order of time."""
        if not self._distinct(series, values):
            return
        kind = self.registry.indicators[series.indicator].kind
        combine: str = series.combine or BY_KIND.get(kind, "none")
        stock = kind == "stock"
        by_year: dict[int, list[Value]] = {}
        for value in values:
            by_year.setdefault(value.year, []).append(value)
        for parts in by_year.values():
            if parts[0].months == 12 or combine == "none":
                yield from (self._row(series, part, "", stock) for part in parts)
            elif combine == "last":
                yield self._row(series, parts[-1], "", stock)
            elif any(a.last + 1 != b.first for a, b in pairwise(parts)):
                message = f"{series.indicator} lacks a part of {parts[0].year}"
                remedy = "add it, leave the year out, or set 'combine: none'"
                self.log.fault(parts[-1].lines[0], message, remedy)
            elif combine == "mean" and sum(p.months for p in parts) < 12:
                self.log.leave_out("in years that are not complete")
            else:
                about = f"{'Sum' if combine == 'sum' else 'Mean'} of {len(parts)} periods."
                yield self._row(series, _combined(parts, combine), about, stock)

    def _distinct(self, series: Series, values: Sequence[Value]) -> bool:
        """Whether no period comes twice, in one frequency or two."""
        for one, other in pairwise(values):
            if other.first <= one.last:
                lines = f"line {one.lines[0]}"
                message = f"gives {series.indicator} for a period that {lines} covers"
                remedy = "narrow 'where', by FREQ or another dimension"
                self.log.fault(other.lines[0], message, remedy)
                return False
        return True

    def _row(self, series: Series, value: Value, about: str, stock: bool) -> Row:
        rule = self.map.statuses.get(value.status) or STATUSES[value.status]
        step = value.digit
        if rule.percent:
            wide = abs(value.value) * Decimal(str(rule.percent)) / 100
            if wide > step:
                step = Decimal(1).scaleb(wide.adjusted()) * (wide.scaleb(-wide.adjusted()) // 1)
        notes = [about]
        if value.status != "A" or rule.use != "calibrate":
            notes.append(f"OBS_STATUS {value.status}: {rule.meaning or 'as the map says'}.")
        key = ".".join(series.where.values())
        cells = dict.fromkeys(OBSERVATION_COLUMNS, "") | {
            "indicator": series.indicator,
            "period": _period(value, stock),
            "value": _plain(value.value),
            "unit": self.registry.indicators[series.indicator].unit,
            "reported": rule.reported,
            "step": _plain(step),
            "document": self.map.document,
            "line": ";".join(map(str, value.lines)),
            "place": series.place or f"Series {key}",
            "use": rule.use,
            "note": " ".join(note for note in notes if note),
        }
        return Row(display_path(self.log.file), value.lines[0], cells)


def _combined(parts: Sequence[Value], combine: str) -> Value:
    """Return the sum or mean of periods that follow each other.

    Rounding errors of n parts are independent: the sum is known to √n of their last digit.
    """
    total = sum((part.value for part in parts), Decimal(0))
    digit = max(part.digit for part in parts) * Decimal(len(parts)).sqrt()
    if combine == "mean":
        total, digit = total / len(parts), digit / len(parts)
    rounded = digit.quantize(Decimal(1).scaleb(digit.adjusted() - 1))
    if combine == "mean":
        total = total.quantize(Decimal(1).scaleb(rounded.adjusted() - 2))
    status = min((part.status for part in parts), key=severity)
    lines = tuple(line for part in parts for line in part.lines)
    months = sum(part.months for part in parts)
    return replace(parts[0], months=months, value=total, digit=rounded, status=status, lines=lines)


def _period(value: Value, stock: bool) -> str:
    if value.months == 12 and value.first % 12 == 3 and not stock:
        return f"FY{value.year:04d}"
    if value.last % 12 == 11 and (stock or value.months == 12):
        return f"{value.last // 12:04d}"
    if stock:
        return _month(value.last)
    return f"{_month(value.first)}/{_month(value.last)}"


def _month(months: int) -> str:
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text if number else text.lstrip("-")
