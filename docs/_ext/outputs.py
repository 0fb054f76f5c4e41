"""Directives: a command with the output that it gives now, and the graph of links as a picture."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from docs_pictures import results_of
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

REPOSITORY = Path(__file__).resolve().parents[2]
GRAPH = "/pictures/links.svg"
SET = {
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]),
}
"""Of the environment in which a command runs: this package, and text of one width."""


class Command(SphinxDirective):
    """Run `vnjp_sim ARGUMENTS` when the page is built, and show the command and what it prints.

    The commands of a page share a folder, and so its `results`, with no other page: what one of
    them cites or compares is what another of them ran. `since` leaves out the lines before the
    first that begins so, `until` those from the first that begins so, `lines` all but the first;
    `wrapped` breaks long lines.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {
        "lines": directives.positive_int,
        "since": directives.unchanged_required,
        "until": directives.unchanged_required,
        "wrapped": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the command as one block and its output as another."""
        arguments = " ".join(self.arguments[0].split())
        place = results_of(self.env.docname).parent
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "vnjp_sim", *shlex.split(arguments)],
            cwd=place,
            env={**os.environ, **SET},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            told = f"vnjp_sim {arguments} left with {done.returncode}: {done.stderr}"
            raise self.error(told)
        printed = (done.stdout + done.stderr).replace(f"{place}{os.sep}", "")
        printed = printed.replace(f"{REPOSITORY}{os.sep}", "")
        lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
        first = self.place("since", lines, 0)
        last = min(self.options.get("lines", len(lines)), self.place("until", lines, len(lines)))
        kept = [*(["…", ""] if first else []), *lines[first:last]]
        if last < len(lines):
            kept = ["\n".join(kept).rstrip("\n"), " …"]
        shown = nodes.literal_block(text := f"vnjp_sim {arguments}", text, language="sh")
        output = "\n".join(kept)
        classes = ["output", "wrapped"] if "wrapped" in self.options else ["output"]
        return [shown, nodes.literal_block(output, output, language="text", classes=classes)]

    def place(self, option: str, lines: list[str], otherwise: int) -> int:
        """Return the place of the first line that begins as an option says."""
        start = self.options.get(option)
        if start is None:
            return otherwise
        found = next((at for at, line in enumerate(lines) if line.startswith(start)), None)
        if found is None:
            raise self.error(f"no line of the output begins with {start!r}")
        return found


class Mermaid(SphinxDirective):
    """The graph of links: the picture stands in for its Mermaid text, which needs a script."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the picture that the build draws."""
        image = nodes.image(uri=GRAPH, alt="What drives what between sectors")
        return [nodes.reference("", "", image, refuri="../_images/links.svg")]


class Source(SphinxDirective):
    """A file to unfold: its text is there, but takes no room until it is asked for."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the content between the tags that fold it."""
        start = "<details class='source'><summary>The file</summary>"
        content = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, content)
        return [
            nodes.raw("", start, format="html"),
            *content.children,
            nodes.raw("", "</details>", format="html"),
        ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives `vnjp_sim` and `mermaid`."""
    app.add_directive("vnjp_sim", Command)
    app.add_directive("mermaid", Mermaid)
    app.add_directive("dropdown-source", Source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
