"""HTML that reads in light and dark notebooks: the page's own colours, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vnjp_sim.tables.text_table import Column, Row, TextTable

SHORT = 16
"""Characters of a cell that is not folded."""
STYLE = """<style>
.vnjp{max-width:60em;line-height:1.4;font-family:system-ui,sans-serif;font-size:13px}
.vnjp .vnjp-title{font-size:1.15em;font-weight:600;margin:0 0 .1em}
.vnjp .vnjp-lead{margin:0 0 .3em}
.vnjp .vnjp-under{margin:0 0 .5em;opacity:.8}
.vnjp.vnjp table{border-collapse:collapse;margin:.3em 0 .6em;font-variant-numeric:tabular-nums}
.vnjp caption{text-align:left;font-weight:600;padding:.2em 0;caption-side:top;color:inherit}
.vnjp.vnjp th,.vnjp.vnjp td{padding:.2em .9em .2em 0;text-align:left;vertical-align:top;
color:inherit;background:none;border:0;white-space:normal;max-width:34em}
.vnjp.vnjp thead th{border-bottom:1px solid rgba(128,128,128,.6);font-weight:600}
.vnjp.vnjp tbody tr{background:none}
.vnjp.vnjp tbody tr+tr td{border-top:1px solid rgba(128,128,128,.2)}
.vnjp.vnjp .vnjp-n{text-align:right}
.vnjp.vnjp td.vnjp-n,.vnjp.vnjp td.vnjp-s{white-space:nowrap}
.vnjp.vnjp td.vnjp-n small{opacity:.75}
.vnjp.vnjp tr.vnjp-across td{font-weight:600;padding-top:.6em}
.vnjp.vnjp tr.vnjp-dim td{opacity:.75}
.vnjp .vnjp-notes{margin:.2em 0;opacity:.8}
.vnjp code{font-size:.95em;background:none;color:inherit}
</style>"""
"""The class is doubled so that it weighs more than what notebooks say of tables."""


@dataclass
class Card:
    """What a notebook shows of an object.

    Attributes
    ----------
    title, lead, under : str
        What it is, what it says, and of what it is.
    tables : list[TextTable]
        Each with its own title.
    notes : list[str]
        Sentences below the tables.
    identity : str
        Which runs it is of.
    further : Sequence[str]
        Python that shows more.
    """

    title: str
    under: str = ""
    lead: str = ""
    tables: list[TextTable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    identity: str = ""
    further: Sequence[str] = ()

    @property
    def html(self) -> str:
        """The card as HTML."""
        parts = [STYLE, '<div class="vnjp">', _line("title", self.title)]
        parts += [_line("lead", self.lead)] if self.lead else []
        parts += [_line("under", self.under)] if self.under else []
        parts += [table_html(table) for table in self.tables if table.rows]
        parts += [_line("notes", note) for note in [*self.notes, self.identity] if note]
        if self.further:
            codes = " · ".join(f"<code>{escape(code)}</code>" for code in self.further)
            parts.append(f'<div class="vnjp-notes">{codes}</div>')
        return "\n".join([*parts, "</div>"])


def table_html(table: TextTable) -> str:
    """Return a table of text as HTML."""
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    head = "".join(_cell("th", c, c.title) for c in table.columns)
    rows = "\n".join(_row(row, table.columns) for row in table.rows)
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _row(row: Row, columns: Sequence[Column]) -> str:
    if row.across:
        text = escape(row.cells[0])
        return f'<tr class="vnjp-across"><td colspan="{len(columns)}">{text}</td></tr>'
    cells = "".join(_cell("td", c, text) for c, text in zip(columns, row.cells, strict=True))
    return f"<tr{_class('dim') if row.style == 'dim' else ''}>{cells}</tr>"


def _cell(tag: str, column: Column, text: str) -> str:
    name = "n" if column.align == "number" else "s" if len(text) <= SHORT else ""
    first, *rest = [" ".join(text.split())] if name == "s" else text.split("\n")
    content = escape(first) + "".join(f"<br><small>{escape(line)}</small>" for line in rest)
    return f"<{tag}{_class(name) if name else ''}>{content}</{tag}>"


def _class(name: str) -> str:
    return f' class="vnjp-{name}"'


def _line(name: str, text: str) -> str:
    return f'<div class="vnjp-{name}">{escape(text)}</div>'


def listed(names: Iterable[str], most: int = 4) -> str:
    """Return names in a row, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
