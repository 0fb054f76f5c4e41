"""The coverage register: what the documents hold, row by row, and what the model makes of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from vnjp_sim.foundation.errors import BadValueError, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.schema import LINE_RANGES, Checked, Id, Text, check
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml

Kind = Literal["programme", "institution", "claim", "target", "priority", "figure"]
Status = Literal["modelled", "context", "not_modelled"]
LineRange = tuple[int, int]


def _ordered(text: str) -> str:
    for first, last in line_ranges(text):
        if last < first:
            raise BadValueError(f"holds the lines {first}-{last}", "give the smaller number first")
    return text


Lines = Annotated[str, Field(pattern=LINE_RANGES), AfterValidator(_ordered)]
"""Lines of a document's text: numbers and ranges, separated by ';'."""


class CoverageRow(Checked):
    """One programme, institution, causal claim, target, priority or series of figures.

    `lines` says where it stands, by document. A row that is `modelled` names what carries it; one
    of `context` may name the indicators that record it; a row that is not modelled gives the
    reason, as one of context does.
    """

    what: Text = Field(min_length=8)
    kind: Kind
    lines: dict[Id, Lines] = Field(min_length=1)
    status: Status
    by: list[Id] = []
    reason: Text = ""

    @model_validator(mode="after")
    def _whole(self) -> CoverageRow:
        if self.status == "modelled" and not self.by:
            raise BadValueError("is modelled by nothing", "name in 'by' what carries it")
        if self.status == "not_modelled" and self.by:
            raise BadValueError("is not modelled, yet names what carries it", "leave 'by' out")
        if self.status != "modelled" and not self.reason:
            raise BadValueError("gives no reason", "say why the model leaves it out")
        return self


class _CoverageFile(Checked):
    coverage: dict[Id, CoverageRow]


def claims_left_out(coverage: Mapping[str, CoverageRow]) -> list[CoverageRow]:
    """Return the causal claims of the documents that the model leaves out."""
    return [row for row in coverage.values() if (row.kind, row.status) == ("claim", "not_modelled")]


def line_ranges(text: str) -> tuple[LineRange, ...]:
    """Return (first, last) of each range of lines in a text such as `3;5-8`."""
    ends = (part.split("-") for part in re.split(";", text))
    return tuple((int(part[0]), int(part[-1])) for part in ends)


def read_coverage(
    models: Path,
    documents: Mapping[str, Document],
    recorded: Collection[str],
    carrying: Collection[str],
) -> Mapping[str, CoverageRow]:
    """Read `models/coverage.yml`.

    A row of the shipped file may name what an own folder has dropped: it goes with it.

    Parameters
    ----------
    models : Path
        The folder.
    documents : Mapping[str, Document]
        By id.
    recorded : Collection[str]
        Names of indicators that hold figures only, or that nothing moves.
    carrying : Collection[str]
        All other names that a row may give in `by`.

    Raises
    ------
    InputError
        With all faults of the file, among them lines that a document does not have.
    """
    document = read_models_yaml(models, "coverage.yml")
    content = check(_CoverageFile, document)
    own = display_path(models / "coverage.yml")
    refusals = Refusals()
    for name, row in content.coverage.items():
        path: KeyPath = ("coverage", name)
        refusals.take(_misplaced(row, path, document, documents))
        if document.place(path).file == own:
            refusals.take(_unnamed(row, path, document, set(recorded), set(carrying)))
    refusals.raise_if_any()
    return content.coverage


def _misplaced(
    row: CoverageRow, path: KeyPath, document: StrictYaml, documents: Mapping[str, Document]
) -> Iterator[Refusal]:
    """Yield the documents that do not exist, and those that have no such lines."""
    for name, text in row.lines.items():
        place = (*path, "lines", name)
        if name not in documents:
            remedy = did_you_mean(name, documents)
            yield document.refusal(place, f"unknown document '{name}'", remedy)
            continue
        last, most = max(line_ranges(text))[1], documents[name].lines
        if most is not None and last > most:
            what = f"cites line {last} of '{name}', which has {most}"
            yield document.refusal(place, what, "count the lines of its text, blank ones too")


def _unnamed(
    row: CoverageRow, path: KeyPath, document: StrictYaml, recorded: set[str], carrying: set[str]
) -> Iterator[Refusal]:
    """Yield what a row names and the model lacks, and rows that are modelled by records alone."""
    unknown = [name for name in row.by if name not in recorded | carrying]
    for name in unknown:
        place = (*path, "by", row.by.index(name))
        what = f"names '{name}', which the model does not have"
        yield document.refusal(place, what, did_you_mean(name, recorded | carrying))
    if row.status == "modelled" and not unknown and not carrying & set(row.by):
        what = "is called modelled, but all that it names is only recorded"
        yield document.refusal((*path, "status"), what, "write 'status: context'")
