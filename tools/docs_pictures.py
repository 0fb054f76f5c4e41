#!/usr/bin/env python3
"""Draw the pictures of the documentation from real runs: ``python tools/docs_pictures.py``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from design_picture import write_picture
from findings import POLICIES, write_findings
from page_text import picture_name
from proof_plots import draw_plots, read_plots
from record_example import SHOWN, example_record
from sector_pages import page_title

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.charts.given import draws_of, years_of
from vnjp_sim.charts.titles import sector_title
from vnjp_sim.report.pictures import Picture
from vnjp_sim.sectors import dependency_order
from vnjp_sim.simulation.model_data import Model

if TYPE_CHECKING:
    import xarray as xr

REPOSITORY = Path(__file__).resolve().parent.parent
SCENARIOS = ("base", *(policy.scenario for policy in POLICIES))
MOST_PANELS = 4
"""Small charts on the page of a sector."""
WIDTH, FINDING = 460, (432, 170)
"""Pixels of a picture, and of one beside a finding: legible on a telephone without scrolling."""


def results_of(page: str) -> Path:
    """Return the results folder of a page, which no other page and no user shares."""
    return REPOSITORY / "docs" / "_build" / "commands" / page / "results"


def main() -> None:
    """Draw them below docs, or the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docs", type=Path, nargs="?", default=REPOSITORY / "docs")
    draw(parser.parse_args().docs)


def draw(docs: Path) -> list[Path]:
    """Run what is not stored, draw every picture, write the findings, and return the files."""
    results, out = results_of("tutorial"), docs / "pictures"
    model = vj.load_model()
    runs = vj.run(SCENARIOS, out=results)
    posterior, _ = vj.posterior_of(model, results)
    base = runs.sel(scenario=["base"])
    pictures: dict[str, Any] = {
        "baseline_turnover": charts.fan(base, "trade_turnover", model, posterior, width=WIDTH),
        "calibration_turnover": charts.calibration_page(
            posterior, model, "trade_turnover", width=WIDTH
        ),
        "links": charts.causal_graph(model),
    }
    bare: dict[str, Picture] = {}
    for policy in POLICIES:
        alone = vj.compare(runs.sel(scenario=["base", policy.scenario]))
        width, height = FINDING
        title = policy.told(alone)
        picture = charts.effect_fan(
            alone, policy.indicator, model, width=width, height=height, title=title
        )
        pictures[f"finding_{policy.scenario}"] = picture
        bare[f"front_{policy.scenario}"] = Picture(policy.scenario, picture, title, small=True)
    for name, (page, sector, shown) in sector_panels(model).items():
        heading = title_of(page, shown, base)
        pictures[name] = charts.sector(
            base[shown], sector, model, posterior, width=WIDTH, title=heading
        )
    out.mkdir(parents=True, exist_ok=True)
    files = [charts.save(chart, out / f"{name}.svg") for name, chart in pictures.items()]
    for name, small in bare.items():  # the page itself states what is found
        files.append(out / f"{name}.svg")
        files[-1].write_text(small.svg, encoding="utf-8")
    compared = vj.compare(runs)  # before other calibrations push that of the runs from the cache
    record = charts.record(example_record(results_of("record")), SHOWN, width=WIDTH)
    files.append(charts.save(record, out / "record.svg"))
    files += draw_plots(out, read_plots())
    return [*files, write_picture(out / "rooms.svg"), *write_findings(docs / "generated", compared)]


def title_of(page: str, shown: list[str], base: xr.Dataset) -> str | None:
    """Return the finding above the small charts of a page; None where the one drawn tells it."""
    ends = []
    for name in shown:
        draws = draws_of(base, name, "base")
        draws = draws[np.isfinite(draws).all(axis=1)]
        if draws.any():
            ends.append((draws[0], draws[-1]))
    return sector_title(page_title(page), ends, years_of(base)[-1]) if len(ends) > 1 else None


def sector_panels(model: Model) -> dict[str, tuple[str, str, list[str]]]:
    """Return by picture its page, the sector, and the indicators: those of headlines first."""
    known = model.registry.indicators
    panels: dict[str, tuple[str, str, list[str]]] = {}
    for one in dependency_order():
        page = one.__module__.rpartition(".")[2]
        for output in one.outputs:
            sector = known[output].sector
            panels.setdefault(picture_name(page, sector), (page, sector, []))[2].append(output)
    for *_, shown in panels.values():
        shown.sort(key=lambda name: not (known[name].headline or known[name].headline_effect))
        del shown[MOST_PANELS:]
    return panels


if __name__ == "__main__":
    main()
