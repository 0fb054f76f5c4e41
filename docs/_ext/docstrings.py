"""Docstrings as this package writes them: `name : what it is`, types in the signature alone.

Napoleon takes what follows the colon for a type. Within the sections of parameters and attributes
it is moved to the line below, where napoleon looks for the description. Errors that are listed
without a description become a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sphinx.application import Sphinx

SECTIONS = ("Parameters", "Attributes")
ENTRY = re.compile(r"(?P<names>[A-Za-z_][\w, ]*) : (?P<what>.+)")

LISTED = re.compile(r"^Raises\n-+\n(?P<errors>[A-Z]\w+(, \w+)*)$(?!\n +)", re.MULTILINE)


def described(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a docstring with each description on a line below its name."""
    section = ""
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if below and set(below) == {"-"}:
            section = line
        entry = ENTRY.fullmatch(line) if section in SECTIONS else None
        if entry:
            yield entry["names"]
            yield f"    {entry['what']}"
        else:
            yield line


def rewrite(
    _app: Sphinx, _what: str, _name: str, _found: object, _options: object, lines: list[str]
) -> None:
    """Change a docstring in place, before napoleon reads it."""
    text = LISTED.sub(r"Raises \g<errors>.", "\n".join(described(lines)))
    lines[:] = text.split("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite docstrings ahead of napoleon."""
    app.connect("autodoc-process-docstring", rewrite, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
