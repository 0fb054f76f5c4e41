"""The sector pages of the documentation: equations, indicators, priors, links, levers, events."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from page_text import code, escaped, picture_name, table, write_page
from reference_pages import parameter_row

from vnjp_sim.charts.graph_text import mermaid
from vnjp_sim.inputs.coverage import claims_left_out
from vnjp_sim.inputs.registry import Indicator
from vnjp_sim.sectors import Sector, dependency_order
from vnjp_sim.simulation.model_data import Model

ROLE = re.compile(r":\w+:`~?(?:[\w.]+\.)?(\w+)`")
"""A reference of a docstring to code, such as :mod:`~vnjp_sim.sectors.entries`."""

MATH = re.compile(r"^\.\. math::((?: .*)?(?:\n+ +\S.*)*)$", re.MULTILINE)
"""A formula of a docstring: on the line of the directive, or indented below it."""


TITLES = {
    "assistance": "Security assistance (OSA)",
    "fleet": "Fleet of vessels",
    "index": "Composite index",
    "macro": "The two economies",
    "oda": "Aid (ODA)",
}
"""Headings of pages whose module is called otherwise than a reader would call it."""

KEYWORDS: Mapping[str, Sequence[str]] = {
    "assistance": ("OSA", "official security assistance", "security assistance", "equipment"),
    "diplomacy": ("visit", "visits", "summit"),
    "fleet": ("vessel", "vessels", "ship", "ships", "patrol", "coast guard"),
    "investment": ("FDI", "foreign direct investment"),
    "labour": ("worker", "trainee", "trainees"),
    "macro": ("GDP", "exchange rate", "yen"),
    "oda": ("aid", "ODA", "yen loan", "yen loans", "grants", "disbursements"),
    "people": ("travel", "tourism", "tourists", "residents"),
    "students": ("student", "learners"),
    "trade": ("exports", "imports", "turnover"),
    "vessel_orders": ("vessel", "vessels", "order"),
    "workers": ("worker", "remittances"),
}
"""What a reader may search for, by the module whose page is to be shown first."""


def write_sector_pages(folder: Path, model: Model) -> Iterator[Path]:
    """Write a page a module of sectors and that of all links, and yield the files."""
    sectors = sorted(dependency_order(), key=lambda sector: sector.__module__)
    for module, own in groupby(sectors, key=lambda sector: sector.__module__):
        name = module.rpartition(".")[2]
        yield write_page(folder / f"{name}.md", sector_page(name, list(own), model))
    yield write_page(folder / "links.md", links_page(model))


def sector_page(name: str, sectors: Sequence[type[Sector]], model: Model) -> Iterator[str]:
    """Yield the page of one module of sectors."""
    outputs = [output for sector in sectors for output in sector.outputs]
    yield from (f"(sector-{name.replace('_', '-')})=", f"# {page_title(name)}", "")
    yield from searched(name)
    lead, _, rest = text_of(sys.modules[sectors[0].__module__].__doc__ or "").partition("\n\n")
    yield from (lead, "", *pictures(name, outputs, model), rest, "", "## Indicators")
    indicators = ((output, model.registry.indicators[output]) for output in outputs)
    yield from table(
        ["id", "label", "unit", "meaning", "official counterpart"],
        [
            [code(key), escaped(i.label), i.unit, meaning_of(i), escaped(i.counterpart)]
            for key, i in indicators
        ],
    )
    parts = {
        "Priors": priors(name, outputs, model),
        "Links": links(outputs, model),
        "Levers": levers(name, model),
        "Events": events(name, model),
    }
    for title, lines in parts.items():
        if lines:
            yield from ("", f"## {title}", "", *lines)


def page_title(name: str) -> str:
    """Return the heading of the page of a module of sectors."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def searched(name: str) -> Iterator[str]:
    """Yield entries of the index, by which a search shows the page before others."""
    words = dict.fromkeys([*KEYWORDS.get(name, ()), name.replace("_", " ")])
    yield from (f"```{{index}} {', '.join(words)}", "```", "")


def pictures(name: str, outputs: Sequence[str], model: Model) -> Iterator[str]:
    """Yield the pictures of a page: small charts of the baseline, see `docs_pictures.py`."""
    for sector in dict.fromkeys(model.registry.indicators[output].sector for output in outputs):
        file = f"../pictures/{picture_name(name, sector)}.svg"
        alt = f"{page_title(name)}: projections in the baseline"
        yield from (f"```{{figure}} {file}", f":alt: {alt}", "")
        yield from (
            "The baseline, with what the documents print.",
            "```",
        )


def meaning_of(indicator: Indicator) -> str:
    """Return what an indicator means, and whether nothing moves it."""
    context = " *Context: nothing moves it.*" if indicator.context else ""
    return escaped(indicator.meaning) + context


def text_of(docstring: str) -> str:
    """Return a docstring as Markdown: math directives become formulas, references plain names."""
    linked = ROLE.sub(r"`\1`", docstring.replace(":mod:`growth`", "[method](../method.md)"))
    return MATH.sub(lambda found: f"$${' '.join(found[1].split())}$$", inspect.cleandoc(linked))


def priors(name: str, outputs: Sequence[str], model: Model) -> list[str]:
    """Return the table of priors of a sector's laws and single parameters."""
    keys = [
        key
        for key, _ in model.parameters.all_parameters()
        for owner in [key.rpartition(".")[0] or key]
        if model.parameters.sector_of.get(owner) == name or owner in outputs
    ]
    head = ["parameter", "prior", "unit", "grade", "reference"]
    return table(head, [parameter_row(key, model) for key in keys])


def links(outputs: Sequence[str], model: Model) -> list[str]:
    """Return the table of links that begin or end in a sector."""
    touching = [
        x
        for _, x in sorted(model.links.links.items())
        if x.driver in outputs or x.response in outputs
    ]
    return table(
        ["link", "form", "lag", "prior", "grade"],
        [
            [f"{code(x.driver)} → {code(x.response)}", x.form, x.lag.text, x.text, x.graded]
            for x in touching
        ],
    )


def levers(name: str, model: Model) -> list[str]:
    """Return the levers of a sector."""
    return [
        f"- {code(key)} ({lever.unit}): {escaped(lever.meaning)}"
        for key, lever in model.instruments.levers.items()
        if key.startswith(f"{name}_")
    ]


def events(name: str, model: Model) -> list[str]:
    """Return the types of events of a sector."""
    return [
        f"- [{code(key)}](#event-{key.replace('_', '-')}): {escaped(kind.meaning)}"
        for key, kind in model.instruments.event_types.items()
        if kind.sector == name
    ]


def links_page(model: Model) -> Iterator[str]:
    """Yield the page of all links: graph, references, and what is not modelled."""
    yield from ("(page-links)=", "# Links between sectors", "")
    yield from (
        "Every effect of one sector on another: what drives what, by how much and on which ground.",
        "",
    )
    yield from ("```mermaid", mermaid(model.links, model.registry), "```")
    yield from table(
        ["link", "prior", "grade", "reference"],
        [
            [
                f"{code(link.driver)} → {code(link.response)}",
                link.text,
                link.graded,
                escaped(link.reference),
            ]
            for _, link in sorted(model.links.links.items())
        ],
    )
    yield from ("", "## Coefficients that links share", "")
    yield from table(
        ["coefficient", "unit", "prior", "grade", "reference"],
        [
            [code(name), x.unit, x.prior.text, x.graded, escaped(x.reference)]
            for name, x in sorted(model.links.coefficients.items())
        ],
    )
    yield from ("", "## Not modelled", "")
    yield from ("Causal claims of the documents; [coverage](#page-coverage) has the others.", "")
    for claim in claims_left_out(model.coverage):
        yield f"- **{escaped(claim.what)}** {escaped(claim.reason)}"
