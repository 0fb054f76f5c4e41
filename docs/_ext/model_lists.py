"""Directive: a table that follows from the model or the package, see `tools/listed.py`."""

from __future__ import annotations

from docutils import nodes
from listed import LISTS
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Listed(SphinxDirective):
    """Write the lines of the list that is named, as the models folder and the package state it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the list; an unknown name is refused with those that there are."""
        name = self.arguments[0]
        if name not in LISTS:
            raise self.error(f"no list '{name}'; choose one of: {', '.join(LISTS)}")
        return self.parse_text_to_nodes("\n".join(LISTS[name]()))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive `listed`."""
    app.add_directive("listed", Listed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
