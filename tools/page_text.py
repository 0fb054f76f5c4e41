"""Markdown that says what it is given: escaped text, tables, pages written when they change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

SPECIAL = re.compile(r"([\\`*_{}\[\]<>$|#~])")


def escaped(text: str) -> str:
    """Return text, on one line, that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return text as code, fit for a cell of a table."""
    return f"`{text}`".replace("|", r"\|")


def whole(text: str) -> str:
    """Return text that is not broken over lines."""
    return f'<span class="nowrap">{escaped(text)}</span>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, with an empty line before and after; none without rows."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if not lines:
        return []
    rule = "|" + " --- |" * len(head)
    return ["", "| " + " | ".join(head) + " |", rule, *lines, ""]


def folded(title: str, lines: Iterable[str]) -> list[str]:
    """Return lines that take no room until a reader unfolds them, on the site and on GitHub."""
    return ["", "<details>", f"<summary>{escape(title)}</summary>", "", *lines, "", "</details>"]


def picture_name(module: str, sector: str) -> str:
    """Return the name of the picture that a sector's page shows of some of its indicators."""
    return f"sector_{module}_{sector}"


def write_page(file: Path, lines: Iterable[str]) -> Path:
    """Write a page if its text has changed, so that a build takes up unchanged ones."""
    text = "\n".join(lines).rstrip() + "\n"
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file
