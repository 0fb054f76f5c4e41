"""Link the first mention of each term of the glossary on a page to its entry.

The sources stay plain text. Words that pages also use in their everyday sense are not linked:
`terms_not_linked` in `conf.py` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from docutils import nodes
from sphinx.application import Sphinx

GLOSSARY = "glossary"
NOT_INSIDE = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.term,
    nodes.thead,
    nodes.caption,
)


def link_terms(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Link terms in the running text of one page."""
    if name == GLOSSARY or any(name.startswith(f"{folder}/") for folder in app.config.terms_not_in):
        return
    entries = entries_of(app)
    if not entries:
        return
    waiting = dict(entries)
    pattern = re.compile(
        r"\b(" + "|".join(map(re.escape, sorted(waiting, key=len, reverse=True))) + r")(s?)\b",
        re.IGNORECASE,
    )
    for text in list(doctree.findall(nodes.Text)):
        if text.parent is None or within(text, NOT_INSIDE) or not within(text, (nodes.paragraph,)):
            continue
        parts = linked(text.astext(), pattern, waiting, app, name)
        if len(parts) > 1:
            text.parent.replace(text, parts)


def entries_of(app: Sphinx) -> Mapping[str, str]:
    """Return the anchor of each term that is linked, by its lower-case text."""
    left_out = set(app.config.terms_not_linked)
    return {
        term.lower(): anchor
        for term, _, kind, page, anchor, _ in app.env.get_domain("std").get_objects()
        if kind == "term" and page == GLOSSARY and term.lower() not in left_out
    }


def within(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    """Return whether a node lies in one of these kinds."""
    parent = node.parent
    while parent is not None:
        if isinstance(parent, kinds):
            return True
        parent = parent.parent
    return False


def linked(
    text: str, pattern: re.Pattern[str], waiting: dict[str, str], app: Sphinx, name: str
) -> list[nodes.Node]:
    """Return a text cut at the terms that are met for the first time; they wait no longer."""
    parts: list[nodes.Node] = []
    done = 0
    for match in pattern.finditer(text):
        anchor = waiting.pop(match[1].lower(), None)
        if anchor is None:
            continue
        parts.append(nodes.Text(text[done : match.start()]))
        target = f"{app.builder.get_relative_uri(name, GLOSSARY)}#{anchor}"
        parts.append(nodes.reference("", match[0], refuri=target, internal=True, classes=["term"]))
        done = match.end()
    return [*parts, nodes.Text(text[done:])]


def setup(app: Sphinx) -> dict[str, bool]:
    """Link when all references of a page are known."""
    app.add_config_value("terms_not_linked", [], "env", list)
    app.add_config_value("terms_not_in", [], "env", list)
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
