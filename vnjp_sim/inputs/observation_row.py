"""The schema of a row of figures: what each cell may be, by itself and beside the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator
from pydantic_core.core_schema import ValidationInfo

from vnjp_sim.foundation.choices import write_id
from vnjp_sim.foundation.errors import BadValueError, did_you_mean
from vnjp_sim.foundation.vocabulary import REPORTED, USES, Period, parse_period
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.registry import Indicator, Registry
from vnjp_sim.inputs.row_schema import (
    DocumentCell,
    LinesCell,
    NameCell,
    NumberCell,
    PlaceCell,
    WordsCell,
    context_of,
    number,
    one_of,
    unpadded,
)
from vnjp_sim.inputs.schema import BadCellError, Checked, Text


def _indicators(text: str, info: ValidationInfo) -> tuple[str, ...]:
    known = context_of(info).registry.indicators
    names = tuple(sorted(unpadded(text, info).split("+")))
    for name in names:
        if name not in known:
            what = f"unknown indicator '{name[:60]}'" if name else "names no indicator"
            raise BadCellError(what, write_id(name, context_of(info).registry.labels))
    if len(set(names)) < len(names):
        raise BadCellError("sums an indicator with itself", "name each indicator of a sum once")
    return names


def _parsed(text: str, info: ValidationInfo) -> Period:
    try:
        return parse_period(text.strip())
    except BadValueError as error:
        raise BadCellError(f"{info.field_name} {error.what}", error.remedy) from None


def _period(text: str, info: ValidationInfo) -> Period:
    period = _parsed(text, info)
    known = context_of(info).registry.indicators
    for name in info.data.get("indicator", ()):
        if known[name].kind == "stock" and period.kind == "years":
            raise BadCellError(f"{name} is a stock, '{period.text}' sums years", "give one date")
    return period


def _unit(unit: str, info: ValidationInfo) -> str:
    context = context_of(info)
    reported = context.cells["reported"]
    if not unit:
        raise BadCellError("'unit' is empty", "name a unit of the registry, such as USD bn")
    if reported not in ("growth", "share"):
        unit_factor(info.data.get("indicator", ()), unit, context.registry)
    elif unit != "percent":
        raise BadCellError(f"a {reported} in unit '{unit}'", "give it in percent")
    return unit


def unit_factor(indicators: Sequence[str], unit: str, registry: Registry) -> float:
    """Return what a value in `unit` is multiplied by; raises BadCellError."""
    factors = set()
    for name in indicators:
        try:
            factors.add(registry.factor(unit, registry.indicators[name].unit))
        except BadValueError as error:
            raise BadCellError(f"{name}: {error.what}", error.remedy) from None
    if len(factors) > 1:
        raise BadCellError(
            "sums indicators that have different units", "give a row to each of them"
        )
    return factors.pop() if factors else 1.0


def _step(text: str, info: ValidationInfo) -> str:
    text = text.strip()
    if text and float(number(text, info)) <= 0:
        raise BadCellError(f"step {text} is not positive", "give the rounding unit")
    return text


def _base_period(text: str, info: ValidationInfo) -> Period | None:
    reported, text = context_of(info).cells["reported"], text.strip()
    if reported != "growth":
        if text:
            raise BadCellError(f"'{reported}' takes no base_period", "leave the cell empty")
        return None
    if not text:
        remedy = "give the period that it is measured from"
        raise BadCellError("a growth without base_period", remedy)
    base, period = _parsed(text, info), info.data.get("period")
    if period is not None and base.start >= period.start:
        what = f"base_period '{base.text}' does not begin before '{period.text}'"
        raise BadCellError(what, "give the earlier period as base_period")
    return base


def _whole(of: str, info: ValidationInfo) -> str:
    """Check the whole that a share is one of."""
    context = context_of(info)
    reported, known = context.cells["reported"], context.registry.indicators
    if reported != "share":
        if of:
            raise BadCellError(f"'{reported}' takes no 'of'", "leave the cell empty")
        return of
    if of not in known:
        what = f"share of the unknown indicator '{of}'" if of else "a share without 'of'"
        raise BadCellError(what, did_you_mean(of, known) if of else "name the whole in 'of'")
    for name in info.data.get("indicator", ()):
        if name == of:
            raise BadCellError(f"a share of {of} in itself", "name the whole in 'of'")
        part, whole = (context.registry.units[known[n].unit] for n in (name, of))
        if part.dimension != whole.dimension:
            what = f"{name}, in {known[name].unit}, is not a share of {of}, in {known[of].unit}"
            raise BadCellError(what, "name a whole in the same unit")
    return of


def _document(name: str, info: ValidationInfo) -> str:
    """Check that the period had begun when the document was published."""
    context, period = context_of(info), info.data.get("period")
    document = (context.documents or {}).get(name)
    if document is None or period is None or context.cells["reported"] in ("forecast", "pledge"):
        return name
    published = document.published_on
    if period.start > published.year + published.month / 12:
        what = f"period '{period.text}' begins after the document of {document.published}"
        raise BadCellError(what, "correct the period, or report it as forecast or pledge")
    return name


def _use(use: str, info: ValidationInfo) -> str:
    """Check that a figure which calibrates has a value that can be."""
    data = info.data
    if use != "calibrate" or "value" not in data:
        return use
    context = context_of(info)
    reported, value = context.cells["reported"], float(data["value"])
    named = [context.registry.indicators[name] for name in data.get("indicator", ())]
    if reported in ("forecast", "pledge"):
        raise BadCellError(
            f"a figure reported as {reported} cannot calibrate",
            "set 'use' to check, and give the reason",
        )
    if reported == "growth" and value <= -100:
        raise BadCellError(f"a growth of {data['value']} percent", "give a rate above -100")
    if reported == "share" and not 0 < value <= 100:
        raise BadCellError(f"a share of {data['value']} percent", "give a share above 0, up to 100")
    if reported not in ("growth", "share"):
        _check_level(data, named, reported, context.registry)
    return use


def _check_level(
    data: Mapping[str, Any], named: Sequence[Indicator], reported: str, registry: Registry
) -> None:
    """Refuse a level that the sign of its indicators, or their greatest value, excludes."""
    printed, value = data["value"], float(data["value"])
    signs = {indicator.sign for indicator in named}
    if value < 0 and "any" not in signs:
        raise BadCellError(
            f"value {printed} of a quantity that cannot be negative", "give no negative number"
        )
    if value == 0 and "positive" in signs:
        raise BadCellError(
            f"value {printed} of a quantity that must be positive", "give a number above zero"
        )
    if "unit" not in data or reported.endswith("at_most"):
        return
    names, unit = data.get("indicator", ()), data["unit"]
    level = value * unit_factor(names, unit, registry)
    for name, indicator in zip(names, named, strict=True):
        if indicator.most is not None and level > indicator.most * len(names):
            most = f"{grouped(exact(indicator.most))} {indicator.unit}"
            what = f"{name} cannot be {printed} {unit}: at most {most}"
            raise BadCellError(what, "check value and unit")


def _note(note: str, info: ValidationInfo) -> str:
    use = info.data.get("use", "calibrate")
    if use != "calibrate" and not note:
        raise BadCellError(f"use '{use}' has no note", "give the reason in the column 'note'")
    return note


def _alternative(name: str, info: ValidationInfo) -> str:
    """Check another indicator that the figure may measure instead."""
    context, own = context_of(info), info.data.get("indicator", ())
    if not name:
        return name
    known = context.registry.indicators
    if name not in known:
        raise BadCellError(f"unknown alternative '{name[:60]}'", did_you_mean(name, known))
    if context.cells["reported"] in ("growth", "share") or len(own) > 1 or name in own:
        what = f"{name} is no alternative of this figure"
        raise BadCellError(what, "give one to a level of one other indicator alone")
    unit_factor((name,), context.cells["unit"], context.registry)
    return name


def _weight(text: str, info: ValidationInfo) -> float:
    """Check the chance that the figure measures its own indicator."""
    text = text.strip()
    if not info.data.get("alternative", "unknown"):
        if text:
            raise BadCellError("a weight without an alternative", "leave the cell empty")
        return 1.0
    if not text or not 0.0 < float(number(text, info)) < 1.0:
        what = f"weight '{text[:40]}' is not between 0 and 1"
        raise BadCellError(what, "give the chance of the first reading, such as 0.5")
    return float(text)


class ObservationRow(Checked):
    """A row of a table of figures; the fields are its columns, in their order."""

    indicator: Annotated[tuple[str, ...], PlainValidator(_indicators)]
    period: Annotated[Period, PlainValidator(_period)]
    value: NumberCell
    unit: Annotated[WordsCell, AfterValidator(_unit)]
    reported: Annotated[WordsCell, AfterValidator(one_of(*REPORTED))]
    step: Annotated[str, AfterValidator(_step)]
    base_period: Annotated[Period | None, PlainValidator(_base_period)]
    of: Annotated[NameCell, AfterValidator(_whole)]
    document: Annotated[DocumentCell, AfterValidator(_document)]
    line: LinesCell
    place: PlaceCell
    use: Annotated[NameCell, AfterValidator(one_of(*USES)), AfterValidator(_use)]
    note: Annotated[Text, AfterValidator(_note)]
    alternative: Annotated[NameCell, AfterValidator(_alternative)] = ""
    weight: Annotated[float, PlainValidator(_weight)] = 1.0


OPTIONAL_COLUMNS = ("alternative", "weight")
"""Columns that a table of figures need not have."""
OBSERVATION_COLUMNS = tuple(n for n in ObservationRow.model_fields if n not in OPTIONAL_COLUMNS)
