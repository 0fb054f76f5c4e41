"""Let the search show excerpts where the site is read from disk.

The search fetches each page that it found and cuts an excerpt out of it. A browser refuses that for
`file:` addresses. So the text of all pages is written into one script, which the search page alone
loads, and there takes the place of the request.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

SCRIPT = "excerpts.js"
LEFT_OUT = (nodes.raw, nodes.comment, nodes.Invisible, nodes.image)
ANSWER = """
if (location.protocol === "file:") {
  const requested = window.fetch;
  window.fetch = (address, ...more) => {
    const page = EXCERPTS[String(address).replace(/^\\.\\//, "").replace(/\\.html$/, "")];
    return page ? Promise.resolve(new Response(page)) : requested(address, ...more);
  };
}
"""


def outline(node: nodes.Node) -> str:
    """Return the text of a document as HTML of sections with their ids, and of nothing else."""
    if isinstance(node, nodes.Text):
        return escape(node.astext())
    if isinstance(node, LEFT_OUT) or not isinstance(node, nodes.Element):
        return ""
    inside = "".join(map(outline, node.children))
    if isinstance(node, nodes.section):
        return f'<section id="{escape(node["ids"][0])}">{inside}</section>'
    return inside if isinstance(node, nodes.Inline) else f"{inside} "


def add_script(app: Sphinx, pagename: str, *_: object) -> None:
    """Load the script on the search page only."""
    if pagename == "search" and app.builder.format == "html":
        app.add_js_file(SCRIPT)


def write(app: Sphinx, failure: Exception | None) -> None:
    """Write the text of all pages beside the other scripts."""
    if failure is not None or app.builder.format != "html":
        return
    pages = {
        name: f'<div role="main">{outline(app.env.get_doctree(name))}</div>'
        for name in sorted(app.env.found_docs)
    }
    script = f"const EXCERPTS = {json.dumps(pages, ensure_ascii=False)};{ANSWER}"
    (Path(app.outdir) / "_static" / SCRIPT).write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the script after each build."""
    app.connect("html-page-context", add_script)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
