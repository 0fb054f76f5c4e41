"""After a build: warn of every page, style or script that would load something from the network.

Links that a reader may follow are fine; pictures, scripts, styles, fonts and requests are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

REMOTE = r"""["'(]?\s*(?:https?:)?//(?!www\.w3\.org/)"""
LOADS = {
    ".html": (
        rf"<(?!a\b)[a-z]+\b[^>]*?\s(?:src|srcset|poster|data)\s*=\s*{REMOTE}",
        rf"<(?:link|image|use)\b[^>]*?\shref\s*=\s*{REMOTE}",
        rf"url\(\s*{REMOTE}",
        rf"@import\s+(?:url\()?{REMOTE}",
        rf"\b(?:fetch|import|importScripts)\s*\(\s*{REMOTE}",
    ),
    ".css": (rf"url\(\s*{REMOTE}", rf"@import\s+(?:url\()?{REMOTE}"),
    ".js": (
        rf"\b(?:fetch|import|importScripts)\s*\(\s*{REMOTE}",
        rf"\.src\s*=\s*{REMOTE}",
        rf"\bfrom\s+{REMOTE}",
        rf"""\.open\(\s*["'][A-Z]+["']\s*,\s*{REMOTE}""",
    ),
}
LOADS[".svg"] = LOADS[".html"]


def external_loads(folder: Path) -> Iterator[str]:
    """Yield what the files below a folder would load from the network, with the file."""
    for file in sorted(folder.rglob("*")):
        for pattern in LOADS.get(file.suffix, ()):
            text = file.read_text(encoding="utf-8", errors="replace")
            for match in re.finditer(pattern, text, re.IGNORECASE):
                shown = " ".join(text[match.start() : match.end() + 60].split())
                yield f"{file.relative_to(folder)} loads from the network: {shown}"


def check(app: Sphinx, failure: Exception | None) -> None:
    """Warn of each external load, so that `-W` refuses the build."""
    from sphinx.util.logging import getLogger

    if failure is None and app.builder.format == "html":
        for told in external_loads(Path(app.outdir)):
            getLogger(__name__).warning(told, type="network")


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at the files when they are all written."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
