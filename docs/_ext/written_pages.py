"""Before a build reads its sources: write the pages that follow from models and package."""

from __future__ import annotations

from pathlib import Path

import docs_pages
import docs_pictures
from sphinx.application import Sphinx


def write(app: Sphinx) -> None:
    """Write pages and pictures below the folder of the sources."""
    docs = Path(app.srcdir)
    docs_pages.write_pages(docs)
    docs_pictures.draw(docs)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write at the start of each build."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
