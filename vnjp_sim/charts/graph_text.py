"""The causal graph, drawn from `models/links.yml`: Mermaid and Graphviz DOT."""

from __future__ import annotations

from vnjp_sim.inputs.links import Link, Links
from vnjp_sim.inputs.registry import Registry


def mermaid(links: Links, registry: Registry) -> str:
    """Return the links as a Mermaid flow chart, one subgraph a sector."""
    lines = ["flowchart LR"]
    for sector, indicators in _by_sector(links, registry).items():
        lines.append(f"  subgraph {sector}")
        lines += [f'    {name}["{registry.indicators[name].label}"]' for name in indicators]
        lines.append("  end")
    lines += [
        f'  {link.driver} -->|"{_link_text(link)}"| {link.response}' for _, link in _ordered(links)
    ]
    return "\n".join(lines)


def dot(links: Links, registry: Registry) -> str:
    """Return the links as a Graphviz digraph, one cluster a sector."""
    lines = ["digraph links {", "  rankdir=LR;", "  node [shape=box];"]
    for sector, indicators in _by_sector(links, registry).items():
        lines.append(f'  subgraph cluster_{sector} {{ label="{sector}";')
        lines += [f'    {name} [label="{registry.indicators[name].label}"];' for name in indicators]
        lines.append("  }")
    lines += [
        f'  {link.driver} -> {link.response} [label="{_link_text(link)}"];'
        for _, link in _ordered(links)
    ]
    return "\n".join([*lines, "}"])


def _ordered(links: Links) -> list[tuple[str, Link]]:
    return sorted(links.links.items())


def _by_sector(links: Links, registry: Registry) -> dict[str, list[str]]:
    ends = {end for link in links.links.values() for end in (link.driver, link.response)}
    by_sector: dict[str, list[str]] = {}
    for name in sorted(ends):
        by_sector.setdefault(registry.indicators[name].sector, []).append(name)
    return by_sector


def _link_text(link: Link) -> str:
    return f"{link.text}, {link.lag.text}, {link.graded}"
