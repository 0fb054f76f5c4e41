"""The page as HTML: every control of the model, without a value; moves and answers fill it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vnjp_sim.explorer.controls import Controls, LeverControl, controls
from vnjp_sim.explorer.downloads import FORMS
from vnjp_sim.inputs.number_text import exact, grouped, minus
from vnjp_sim.inputs.repetition import FORM

if TYPE_CHECKING:
    from vnjp_sim.explorer.state import States

NOTES = {
    "yaml": "to run again, to edit, to send",
    "python": "the same in a notebook",
    "command": "the same in a terminal",
    "csv": "quantiles by indicator and year, with seed and runs",
    "svg": "the picture of the effect, with its citation",
    "png": "the same, for slides and documents",
    "report": "two pages and an annex; takes a while",
}
UNITS = {"count": "number", "ratio": "ratio"}
"""What is said of units that no number has beside it."""


def page_text(states: States) -> str:
    """Return the HTML of the page, in which Shiny still puts its own scripts."""
    from jinja2 import Environment, PackageLoader

    offered = controls(states)
    environment = Environment(
        loader=PackageLoader("vnjp_sim.explorer", "page"), autoescape=True, trim_blocks=True
    )
    environment.filters.update(number=_number, plain=_plain, sentence=_sentence, unit=_unit)
    return environment.get_template("page.html").render(
        presets=offered.presets,
        groups=offered.groups,
        years=offered.years,
        views=offered.views,
        every=FORM,
        first=_most_moved(offered),
        downloads=[(form, name, NOTES.get(form, "")) for form, name in FORMS.items()],
        levers=_levers(offered),
    )


def _most_moved(offered: Controls) -> str:
    """Return the sector whose levers the shipped scenarios move most often."""
    moved = {g.sector: sum(len(lever.examples) for lever in g.levers) for g in offered.groups}
    return max(moved, key=lambda sector: moved[sector])


def _levers(offered: Controls) -> Any:
    """Return what the scripts of the page must know of the levers, as JSON within HTML."""
    from markupsafe import Markup

    content = [_lever(lever) for group in offered.groups for lever in group.levers]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - no tag is left in it


def _lever(lever: LeverControl) -> dict[str, Any]:
    first = lever.operations[0]
    return {
        "id": lever.name,
        "unit": "" if lever.unit in UNITS else lever.unit,
        "operations": {
            one.name: {"low": one.low, "high": one.high, "step": one.step, "neutral": one.neutral}
            for one in lever.operations
        },
        "usual": {"operation": first.name, "form": "ramp", "first": lever.start, "last": lever.to},
    }


def _unit(unit: str) -> str:
    return UNITS.get(unit, unit)


def _sentence(text: str) -> str:
    """Return a text with a capital letter; unlike Jinja's `capitalize`, the rest stays."""
    return text[:1].upper() + text[1:]


def _number(value: float) -> str:
    return minus(grouped(exact(value)))


def _plain(value: float) -> str:
    """Return a number as the value of an HTML field."""
    return exact(value)
