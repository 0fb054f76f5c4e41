"""Docstrings as this package writes them: `name : what it is`, types in the signature alone.

Napoleon takes what follows the colon for a type. Within the sections of parameters and attributes
it is moved to the line below, where napoleon looks for the description. Errors that are listed
without a description refer to theirs. Defaults are shown as one would write them.
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
    text = LISTED.sub(r"\g<0>\n    As the errors say.", "\n".join(described(lines)))
    lines[:] = text.split("\n")


def plain_defaults(
    _app: Sphinx,
    _what: str,
    _name: str,
    _found: object,
    _options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Return a signature whose paths are text, and whose silent progress has its name."""
    shown = re.sub(r"\w*Path\(('[^']*')\)", r"\1", signature or "")
    shown = re.sub(r"Progress\(calibrating=<.*?>>?, projecting=<.*?>>?\)", "QUIET", shown)
    return (shown or signature), returned


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite docstrings ahead of napoleon."""
    app.connect("autodoc-process-docstring", rewrite, priority=400)
    app.connect("autodoc-process-signature", plain_defaults)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
