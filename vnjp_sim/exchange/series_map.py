"""The series map: which series of an SDMX file are which indicators, and what its codes mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from vnjp_sim.exchange.documents import NewDocument
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.inputs.schema import Checked, Id, Name, Phrase, Text, check
from vnjp_sim.inputs.strict_yaml import read_yaml

Combine = Literal["sum", "last", "mean", "none"]
BY_KIND: Mapping[str, Combine] = {"flow": "sum", "count": "sum", "stock": "last"}
"""How months become years unless the map says; other kinds are taken as they are."""

UNITS = {
    "USD": ("currency_usd", 0),
    "USD_EXC": ("currency_usd", 0),
    "THS_USD": ("currency_usd", 3),
    "MIO_USD": ("currency_usd", 6),
    "MIO_JPY": ("currency_jpy", 6),
    "JPY": ("currency_jpy", 0),
    "PS": ("persons", 0),
    "PERSONS": ("persons", 0),
    "PC": ("ratio", -2),
    "PT": ("ratio", -2),
}
"""Codes of UNIT_MEASURE that need no entry in the map: dimension and power of ten."""


class StatusRule(Checked):
    """What a figure of one OBS_STATUS is taken for.

    `percent` widens the rounding step to that share of the value: a provisional figure of many
    digits is not known to its last one.
    """

    reported: Literal["exact", "rounded", "about", "forecast"] = "exact"
    use: Literal["calibrate", "check", "disputed"] = "calibrate"
    percent: float = Field(default=0.0, ge=0.0, le=50.0)
    meaning: Text = ""


def _rule(
    meaning: str, reported: Any = "exact", use: Any = "calibrate", percent: float = 0.0
) -> StatusRule:
    return StatusRule(reported=reported, use=use, percent=percent, meaning=meaning)


STATUSES: Mapping[str, StatusRule] = {
    "A": _rule("normal value"),
    "B": _rule("break in the series: earlier figures may measure something else"),
    "D": _rule("definition differs", use="check"),
    "E": _rule("estimated value", "about", percent=2.0),
    "F": _rule("forecast value", "forecast", "check"),
    "G": _rule("experimental value", "about", percent=5.0),
    "I": _rule("imputed value", "about", percent=5.0),
    "J": _rule("derogation"),
    "N": _rule("not significant", use="check"),
    "P": _rule("provisional value", "about", percent=1.0),
    "S": _rule("strike and other special events"),
    "U": _rule("low reliability", "about", percent=5.0),
    "V": _rule("unvalidated value", "about", percent=2.0),
    "W": _rule("includes data from another category", use="check"),
}
"""By code of the SDMX code list CL_OBS_STATUS; the percentages are judgements."""

WITHOUT_VALUE = {"H", "K", "L", "M", "O", "Q"}
"""Missing for one reason or another."""

WORST = ("F", "U", "I", "G", "E", "V", "P", "N", "D", "W", "B", "S", "J", "A")


def severity(status: str) -> int:
    """Return what statuses sort by: the smallest weighs most; unknown ones come first."""
    return WORST.index(status) if status in WORST else -1


class Series(Checked):
    """Which observations are which indicator.

    `where` gives the code of each dimension that singles the series out. `unit` is for files
    without UNIT_MEASURE. `combine` says how months and quarters become years: their sum (flows,
    by default), the last one (stocks, by default), the mean, or none.
    """

    indicator: Id
    where: dict[Id, Id] = Field(min_length=1)
    unit: Phrase = ""
    combine: Combine | None = None
    place: Text = ""


class SeriesMap(Checked):
    """The map from the series of an SDMX file to indicators.

    `document` cites a known document, or one of `documents`; `units` adds codes of UNIT_MEASURE
    (or replaces them) by units of the registry; `statuses` replaces what a code of OBS_STATUS
    means.
    """

    document: Id = ""
    documents: dict[Name, NewDocument] = {}
    series: Annotated[tuple[Series, ...], Field(strict=False, min_length=1)]
    units: dict[Id, Phrase] = {}
    statuses: dict[Id, StatusRule] = {}


@settled
def read_series_map(file: Path) -> SeriesMap:
    """Read a series map; raises InputError with all its faults."""
    return check(SeriesMap, read_yaml(file))
