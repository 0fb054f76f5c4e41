"""Rows of figures and events against a schema: what their cells share.

A row is read into a pydantic model as any other input. What a cell is held against besides itself
(the other cells, the registry, the documents) comes with the context of the validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, PlainValidator, ValidationError
from pydantic_core.core_schema import ValidationInfo

from vnjp_sim.foundation.errors import Refusal, did_you_mean
from vnjp_sim.inputs.csv_rows import Row
from vnjp_sim.inputs.documents import Source
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import BadCellError, blank_in, refusals_of
from vnjp_sim.inputs.strict_yaml import StrictYaml

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z", re.ASCII)
_LINES = re.compile(r"[1-9][0-9]{0,6}(;[1-9][0-9]{0,6})*\Z", re.ASCII)
_NUMBER_REMEDIES = (
    (
        re.compile(r"[<>≥≤~≈]|about|nearly|over|at ", re.IGNORECASE),
        "write the number alone, and how it was reported (over, nearly, …) in 'reported'",
    ),
    (
        re.compile(r".*[0-9][,'\s][0-9]", re.DOTALL),
        "write it without thousands marks, with a decimal point: 1234.5",
    ),
    (re.compile(r".*%\Z"), "write what stands before %, in a cell without the % format"),
    (re.compile("="), "write the number that the formula gives"),
    (re.compile(".*\u2212", re.DOTALL), "write an ASCII minus sign"),
    (re.compile(r"\Z"), "give the figure as printed"),
)
"""By how the text of a number begins."""

RowT = TypeVar("RowT", bound=BaseModel)


@dataclass(frozen=True)
class RowContext:
    """What the cells of a row are held against.

    Attributes
    ----------
    cells : Mapping[str, str]
        All cells of the row as text, without blanks at their ends.
    registry : Registry
        The indicators and units.
    documents : Mapping[str, Source] | None
        By id; whether a document exists is not asked if None.
    """

    cells: Mapping[str, str]
    registry: Registry
    documents: Mapping[str, Source] | None


def check_row(
    model: type[RowT], row: Row, registry: Registry, documents: Mapping[str, Source] | None
) -> tuple[RowT | None, list[Refusal]]:
    """Return a row as `model`, or None, and all that is wrong with it."""
    cells = {column: cell.strip() for column, cell in row.cells.items()}
    try:
        context = RowContext(cells, registry, documents)
        return model.model_validate(dict(row.cells), context=context), []
    except ValidationError as error:
        document = StrictYaml(row.file, row.cells, {(): (row.line, 0)})
        return None, refusals_of(error, model, document)


def context_of(info: ValidationInfo) -> RowContext:
    """Return the context of a validation that :func:`check_row` began."""
    context = info.context
    assert isinstance(context, RowContext)  # noqa: S101 - rows are read by check_row alone
    return context


def unpadded(text: str, info: ValidationInfo) -> str:
    """Refuse a name with blanks at its ends or inside."""
    return _unpadded(text, info, words=False)


def _unpadded_words(text: str, info: ValidationInfo) -> str:
    return _unpadded(text, info, words=True)


def _unpadded(text: str, info: ValidationInfo, *, words: bool) -> str:
    if fault := blank_in(text, words=words):
        raise BadCellError(f"{info.field_name} '{text[:60]}' {fault[0]}", fault[1])
    return text


def number(text: str, info: ValidationInfo) -> str:
    """Return the text of a plain number; its digits say how far it was rounded."""
    text = text.strip()
    if _NUMBER.match(text) and len(text) <= 40:
        return text
    known = (remedy for begins, remedy in _NUMBER_REMEDIES if begins.match(text))
    remedy = next(known, "write a plain number like 47.64")
    raise BadCellError(f"{info.field_name} '{text[:60]}' is not a plain number", remedy)


def one_of(*words: str) -> Callable[[str, ValidationInfo], str]:
    """Return the validator of a cell that holds one of a few words."""

    def choice(word: str, info: ValidationInfo) -> str:
        if word in words:
            return word
        column = info.field_name
        what = f"{column} '{word[:40]}' is not known" if word else f"'{column}' is empty"
        raise BadCellError(what, did_you_mean(word, words))

    return choice


def _document(name: str, info: ValidationInfo) -> str:
    documents = context_of(info).documents
    if not name:
        raise BadCellError("has no citation: 'document' is empty", "name the document")
    if documents is not None and name not in documents:
        raise BadCellError(f"unknown document '{name}'", did_you_mean(name, documents))
    return name


def _lines(text: str) -> tuple[int, ...]:
    text = text.replace(" ", "").strip()
    if _LINES.match(text):
        return tuple(int(part) for part in text.split(";"))
    what = (
        f"line '{text[:40]}' is not a line number" if text else "has no citation: 'line' is empty"
    )
    raise BadCellError(what, "give line numbers in the document's text, separated by ';'")


def _place(text: str) -> str:
    if not text.strip():
        remedy = "say where a reader finds the figure"
        raise BadCellError("has no citation: 'place' is empty", remedy)
    return text.strip()


NameCell = Annotated[str, BeforeValidator(unpadded)]
"""An id, or nothing; refused with blanks anywhere."""
WordsCell = Annotated[str, BeforeValidator(_unpadded_words)]
"""An id of words with single spaces between them, such as a unit, or nothing."""
NumberCell = Annotated[str, AfterValidator(number)]
"""A plain number, kept as text with its digits."""
DocumentCell = Annotated[NameCell, AfterValidator(_document)]
LinesCell = Annotated[tuple[int, ...], PlainValidator(_lines)]
PlaceCell = Annotated[str, AfterValidator(_place)]
