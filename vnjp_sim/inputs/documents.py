"""The documents that figures and events are cited from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.schema import Checked, Id, Text, check

Reliability = Literal["high", "medium", "low"]


def _day(published: str) -> str:
    parse_day(published)
    return published


DayText = Annotated[str, AfterValidator(_day)]
"""A day as text, such as 2024-01-31."""


class Source(Checked):
    """What figures are cited from: its title, and the day of its publication."""

    title: Text
    published: DayText
    published_note: Text = ""

    @property
    def published_on(self) -> date:
        """The day of publication."""
        return date.fromisoformat(self.published)

    @property
    def year_printed(self) -> bool:
        """Whether the source itself says at least in which year it was published."""
        return not self.published_note

    @property
    def published_words(self) -> str:
        """When it was published; where the day is an estimate, its month, or the year printed."""
        if not self.published_note:
            return self.published
        if self.year_printed:
            return f"{self.published_on.year}"
        return f"about {self.published_on.strftime('%B %Y')}"


class Document(Source):
    """A text: what it is, when it was published, and how far its figures can be relied on.

    `authors` (as they write their names), `original_title`, `container` (journal or site),
    `volume`, `issue`, `publisher` and `url` (the site) are what the text itself tells of them.
    `lines` is how many lines its text has, where that is known.
    """

    file: Text
    lines: int | None = Field(default=None, ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    language: Id
    kind: Text
    reliability: Reliability
    reliability_reason: Text
    authors: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    original_title: Text = ""
    container: Text = ""
    volume: Text = ""
    issue: Text = ""
    publisher: Text = ""
    url: Text = ""

    @property
    def year_printed(self) -> bool:
        """Whether the text says at least in which year it was published, as its volume does."""
        return bool(self.volume) or super().year_printed

    @property
    def csl_type(self) -> str:
        """What bibliographies call such a text."""
        if self.volume:
            return "article-journal"
        return "article-newspaper" if "article" in self.kind else "document"


class OfficialSource(Source):
    """An official data set: who publishes it, and on what terms.

    `lag_months` says how long after its end a year's figure is published, and `lag_note` why, where
    one release stands for those of many years.
    """

    publisher: Text
    terms: Text
    reliability: Reliability = "high"
    lag_months: int = Field(default=0, ge=0, le=60)
    lag_note: Text = ""


class _DocumentsFile(Checked):
    documents: dict[Id, Document]
    official: dict[Id, OfficialSource] = {}


def read_documents(models: Path) -> Mapping[str, Document]:
    """Read the documents of a models folder by id; raises InputError."""
    return _read(models).documents


def read_official_sources(models: Path) -> Mapping[str, OfficialSource]:
    """Read the official data sets that a models folder names, by id; raises InputError."""
    return _read(models).official


def _read(models: Path) -> _DocumentsFile:
    return check(_DocumentsFile, read_models_yaml(models, "documents.yml"))
