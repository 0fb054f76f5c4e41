#!/usr/bin/env python3
"""Write docs/sectors/: a page a sector, from its equations, priors, links, levers and indicators.

python tools/sector_pages.py
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path

from vnjp_sim.charts.graph_text import mermaid
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.sectors import Sector, dependency_order
from vnjp_sim.simulation.model_data import Model, load_model

DOCS = Path(__file__).resolve().parent.parent / "docs" / "sectors"
WRITTEN = "<!-- Written by tools/sector_pages.py -->"


def main(arguments: list[str] | None = None) -> None:
    """Write every page, that of links, and that of indicators which are not projected."""
    argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]).parse_args(arguments)
    model = load_model()
    DOCS.mkdir(parents=True, exist_ok=True)
    for sector in dependency_order():
        name = sector.__module__.rpartition(".")[2]
        same = [s for s in dependency_order() if s.__module__ == sector.__module__]
        (DOCS / f"{name}.md").write_text(page(name, same, model), encoding="utf-8")
    (DOCS / "links.md").write_text(links_page(model), encoding="utf-8")
    (DOCS / "not_projected.md").write_text(not_projected_page(model), encoding="utf-8")


def page(name: str, sectors: list[type[Sector]], model: Model) -> str:
    """Return the page of one module of sectors."""
    outputs = [output for sector in sectors for output in sector.outputs]
    title = "ODA" if name == "oda" else name.capitalize()
    lines = [f"# {title}", "", WRITTEN, ""]
    lines += [text_of(sys.modules[sectors[0].__module__].__doc__ or ""), ""]
    lines += ["## Indicators", "", "| id | label | unit | meaning |", "| --- | --- | --- | --- |"]
    for output in outputs:
        i = model.registry.indicators[output]
        lines.append(f"| `{output}` | {i.label} | {i.unit} | {i.meaning} |")
    lines += priors(name, outputs, model) + effects(outputs, model) + instruments(name, model)
    return "\n".join([*lines, ""])


def text_of(docstring: str) -> str:
    """Return a docstring as Markdown: math directives become display formulas."""
    lines = []
    linked = docstring.replace(":mod:`growth`", "[method](../method.md)")
    for line in inspect.cleandoc(linked).split("\n"):
        formula = line.removeprefix(".. math:: ")
        lines.append(f"$${formula}$$" if formula != line else line)
    return "\n".join(lines)


def priors(name: str, outputs: list[str], model: Model) -> list[str]:
    """Return the table of priors of a sector's laws and single parameters."""
    rows = []
    for key, parameter in model.parameters.all_parameters():
        owner = key.rpartition(".")[0] or key
        if model.parameters.sector_of.get(owner) == name or owner in outputs:
            rows.append(prior_row(key, parameter))
    if not rows:
        return []
    head = ["", "## Priors", "", "| parameter | prior | unit | grade | rests on |"]
    return [*head, "| --- | --- | --- | --- | --- |", *rows]


def prior_row(key: str, parameter: Parameter) -> str:
    """Return one row of the table of priors."""
    reference = " ".join(parameter.reference.split())
    prior = parameter.prior.text
    return f"| `{key}` | {prior} | {parameter.unit} | {parameter.grade} | {reference} |"


def effects(outputs: list[str], model: Model) -> list[str]:
    """Return the links that begin or end in a sector."""
    lines = []
    touching = {
        key: link
        for key, link in model.links.links.items()
        if link.driver in outputs or link.response in outputs
    }
    if touching:
        lines += ["", "## Links", "", "| link | form | lag | prior | grade |"]
        lines.append("| --- | --- | --- | --- | --- |")
        lines += [
            f"| `{x.driver}` → `{x.response}` | {x.form} | {x.lag.text} "
            f"| {x.prior.text} | {x.grade} |"
            for _, x in sorted(touching.items())
        ]
    return lines


def instruments(name: str, model: Model) -> list[str]:
    """Return the levers and events of a sector."""
    lines = []
    levers = {k: x for k, x in model.instruments.levers.items() if k.startswith(f"{name}_")}
    if levers:
        lines += ["", "## Levers", ""]
        lines += [f"- `{key}` ({lever.unit}): {lever.meaning}" for key, lever in levers.items()]
    events = {k: x for k, x in model.instruments.event_types.items() if x.sector == name}
    if events:
        lines += ["", "## Events", ""]
        for key, kind in events.items():
            fields = ", ".join(f"{n} ({x.unit}: {x.meaning})" for n, x in kind.fields.items())
            lines.append(f"- `{key}`: {kind.meaning}" + (f" Fields: {fields}." if fields else ""))
    return lines


def links_page(model: Model) -> str:
    """Return the page of all links: graph, references, and what is not modelled."""
    lines = ["# Links between sectors", "", WRITTEN, ""]
    lines += ["```mermaid", mermaid(model.links, model.registry), "```", ""]
    lines += ["| link | prior | grade | reference |", "| --- | --- | --- | --- |"]
    for _, link in sorted(model.links.links.items()):
        reference = " ".join(link.reference.split())
        ends = f"`{link.driver}` → `{link.response}`"
        lines.append(f"| {ends} | {link.prior.text} | {link.grade} | {reference} |")
    lines += ["", "## Not modelled", ""]
    lines += [f"- **{x.claim}** {' '.join(x.reason.split())}" for x in model.links.not_modelled]
    return "\n".join([*lines, ""])


def not_projected_page(model: Model) -> str:
    """Return the page of the indicators that have figures, but no projection."""
    lines = ["# Documented, but not projected", "", WRITTEN, ""]
    lines += ["| id | label | figures | why it is not projected |", "| --- | --- | --- | --- |"]
    for name, i in model.registry.indicators.items():
        if i.not_projected:
            count = sum(name in o.indicators for o in model.evidence.observations)
            lines.append(f"| `{name}` | {i.label} | {count} | {i.not_projected} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
