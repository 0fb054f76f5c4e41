"""The documents that figures and events are cited from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.schema import Checked, Id, Text, check


class Document(Checked):
    """A source: what it is, when it was published, and how far its figures can be relied on."""

    file: Text
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    title: Text
    language: Id
    kind: Text
    published: str
    published_note: Text = ""
    reliability: Literal["high", "medium", "low"]
    reliability_reason: Text

    @field_validator("published")
    @classmethod
    def _day(cls, published: str) -> str:
        parse_day(published)
        return published

    @property
    def published_on(self) -> date:
        """The day of publication."""
        return date.fromisoformat(self.published)


class _DocumentsFile(Checked):
    documents: dict[Id, Document]


def read_documents(models: Path) -> Mapping[str, Document]:
    """Read the documents of a models folder by id; raises InputError."""
    return check(_DocumentsFile, read_models_yaml(models, "documents.yml")).documents
