"""Documents that a user declares for own figures, and how they join those of a models folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.inputs.documents import DayText, Document, Reliability
from vnjp_sim.inputs.schema import NAME_REMEDY, Checked, Id, Name, Text, check, is_name
from vnjp_sim.inputs.strict_yaml import parse_yaml, read_yaml
from vnjp_sim.inputs.text_file import read_text

MAX_TEXT = 1 << 20


class NewDocument(Checked):
    """A source of own figures.

    `file` and `sha256` identify its text; without them the file with the figures is meant, and
    citations are lines of that file. `reliability` decides how large its own error may be.
    """

    title: Text = Field(min_length=1)
    published: DayText
    kind: Text = "own figures"
    language: Id = "en"
    reliability: Reliability = "medium"
    reliability_reason: Text = "Not stated."
    published_note: Text = ""
    file: Text = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")

    @property
    def is_the_figures(self) -> bool:
        """Whether the file with the figures is the document."""
        return not self.file and not self.sha256


class _File(Checked):
    documents: dict[Name, NewDocument]


def read_documents(file: Path) -> dict[str, NewDocument]:
    """Read `documents:` of a YAML file; raises InputError with all its faults."""
    return check(_File, read_yaml(file)).documents


def completed(documents: Mapping[str, NewDocument], figures: Path) -> dict[str, Document]:
    """Return the documents with name and SHA-256 sum of the file with the figures filled in.

    Raises
    ------
    InputError
        An id cannot stand in a table.
    """
    digest = hashlib.sha256(figures.read_bytes()).hexdigest() if documents else ""
    known = {}
    for name, document in documents.items():
        if not is_name(name):
            what = f"'{name[:80]}' is not a document id"
            raise InputError.single("--document", what, NAME_REMEDY)
        content = document.model_dump()
        content["file"] = document.file or figures.name
        content["sha256"] = document.sha256 or digest
        known[name] = Document(**content)
    return known


def add_documents(file: Path, documents: Mapping[str, Document]) -> None:
    """Add documents to a file of documents, keeping its comments; the file need not exist.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    if not documents:
        return
    added = {key: _content(document) for key, document in documents.items()}
    if not file.exists():
        file.write_text(_block({"documents": added}, 0), encoding="utf-8")
        return
    text = read_text(file, MAX_TEXT)
    name = display_path(file)
    before = parse_yaml(text, name)
    wanted = {**before.content, "documents": {**before.content["documents"], **added}}
    first = next(iter(before.content["documents"]), "")
    indent = before.place(("documents", first)).column - 1
    appended = text.rstrip("\n") + "\n" + _block(added, max(indent, 1))
    try:
        whole = parse_yaml(appended, name).content == wanted
    except InputError:
        whole = False
    file.write_text(appended if whole else _block(wanted, 0), encoding="utf-8")


def _content(document: Document) -> dict[str, Any]:
    return {key: value for key, value in document.model_dump().items() if value not in ("", None)}


def _block(content: Mapping[str, Any], indent: int) -> str:
    """Return a mapping as block YAML; text is quoted as JSON does, which YAML reads alike."""
    lines = []
    for key, value in content.items():
        if isinstance(value, dict):
            lines += [" " * indent + f"{key}:", _block(value, indent + 2).rstrip("\n")]
        else:
            lines.append(" " * indent + f"{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
