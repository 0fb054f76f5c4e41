"""After a build: what readers with a keyboard or a screen reader need and the theme leaves out.

Code and tables that may scroll can be reached by keyboard, captions of the navigation have a level,
side panels a name, the search a heading, and no heading of a table is empty.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

MENDED = {
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div class="output text_html">': '<div tabindex="0" class="output text_html">',
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Site">',
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
    "<th></th>": "<td></td>",
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="This page">',
}


def mended(page: str) -> str:
    """Return a page with what is missing."""
    for left_out, whole in MENDED.items():
        page = page.replace(left_out, whole)
    return page


def mend(app: Sphinx, failure: Exception | None) -> None:
    """Mend all pages that are written."""
    if failure is None and app.builder.format == "html":
        for file in Path(app.outdir).rglob("*.html"):
            page = file.read_text(encoding="utf-8")
            file.write_text(mended(page), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Mend when the files are all written."""
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
