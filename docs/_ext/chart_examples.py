"""Directive: the call of a chart, with the picture that it gives now."""

from __future__ import annotations

from pathlib import Path

import chart_gallery
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from vnjp_sim import charts


class Chart(SphinxDirective):
    """Draw what the content calls when the page is built; `NAME` is that of the picture."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the picture, whose text for the blind is the finding, and the code."""
        code, name = "\n".join(self.content), f"gallery_{self.arguments[0]}.svg"
        chart = chart_gallery.drawn(code)
        charts.save(chart, Path(self.env.srcdir) / "pictures" / name)
        spec = chart.to_dict(validate=False)
        picture = nodes.image(uri=f"/pictures/{name}", alt=spec["description"])
        return [picture, nodes.literal_block(code, code, language="python")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive `chart`."""
    app.add_directive("chart", Chart)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
