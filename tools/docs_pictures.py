#!/usr/bin/env python3
"""Draw the pictures of the documentation from real runs: ``python tools/docs_pictures.py``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from design_picture import write_picture
from findings import POLICIES, write_findings
from page_text import picture_name
from proof_plots import draw_plots, read_plots

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.sectors import dependency_order
from vnjp_sim.simulation.model_data import Model

REPOSITORY = Path(__file__).resolve().parent.parent
SCENARIOS = ("base", *(policy.scenario for policy in POLICIES))
MOST_PANELS = 6
"""Small charts on the page of a sector."""


def main() -> None:
    """Draw them below docs, or the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docs", type=Path, nargs="?", default=REPOSITORY / "docs")
    draw(parser.parse_args().docs)


def draw(docs: Path) -> list[Path]:
    """Run what is not stored, draw every picture, write the findings, and return the files."""
    results, out = REPOSITORY / "results", docs / "pictures"
    model = vj.load_model()
    runs = vj.run(SCENARIOS, out=results)
    posterior, _ = vj.posterior_of(model, results)
    base = runs.sel(scenario=["base"])
    pictures: dict[str, Any] = {
        "baseline_turnover": charts.fan(base, "trade_turnover", model, posterior),
        "calibration_turnover": charts.calibration_page(posterior, model, "trade_turnover"),
        "links": charts.causal_graph(model),
    }
    for policy in POLICIES:
        alone = vj.compare(runs.sel(scenario=["base", policy.scenario]))
        picture = charts.effect_fan(alone, policy.indicator, model, width=432, height=170)
        pictures[f"finding_{policy.scenario}"] = picture
    for name, (sector, shown) in sector_panels(model).items():
        pictures[name] = charts.sector(base[shown], sector, model, posterior)
    out.mkdir(parents=True, exist_ok=True)
    files = [charts.save(chart, out / f"{name}.svg") for name, chart in pictures.items()]
    compared = vj.compare(runs)
    files += draw_plots(out, read_plots())
    return [*files, write_picture(out / "rooms.svg"), *write_findings(docs / "generated", compared)]


def sector_panels(model: Model) -> dict[str, tuple[str, list[str]]]:
    """Return by picture the sector and the indicators that it shows: those of headlines first."""
    known = model.registry.indicators
    panels: dict[str, tuple[str, list[str]]] = {}
    for one in dependency_order():
        for output in one.outputs:
            name = picture_name(one.__module__.rpartition(".")[2], known[output].sector)
            panels.setdefault(name, (known[output].sector, []))[1].append(output)
    for _, shown in panels.values():
        shown.sort(key=lambda name: not (known[name].headline or known[name].headline_effect))
        del shown[MOST_PANELS:]
    return panels


if __name__ == "__main__":
    main()
