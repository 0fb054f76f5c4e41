#!/usr/bin/env python3
"""Draw the pictures of the documentation from real runs: ``python tools/docs_pictures.py``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import vnjp_sim as vj
from vnjp_sim import charts

REPOSITORY = Path(__file__).resolve().parent.parent
SCENARIOS = ("base", "oda_expansion", "labour_growth", "labour_stall")


def main() -> None:
    """Draw them into docs/pictures, or the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=REPOSITORY / "docs" / "pictures")
    draw(parser.parse_args().out)


def draw(out: Path) -> list[Path]:
    """Run what is not stored, draw every picture into `out`, and return the files."""
    results = REPOSITORY / "results"
    runs = vj.run(SCENARIOS, out=results)
    model = vj.load_model()
    posterior, _ = vj.posterior_of(model, results)
    base = runs.sel(scenario=["base"])
    aid = vj.compare(runs.sel(scenario=["base", "oda_expansion"]))
    workers = runs.sel(scenario=["base", "labour_growth", "labour_stall"])
    pictures: dict[str, Any] = {
        "baseline_turnover": charts.fan(base, "trade_turnover", model, posterior),
        "baseline_learners": charts.fan(base, "people_learners", model, posterior),
        "effect_of_aid": charts.effect_fan(aid, "oda_disbursements", model),
        "workers": charts.overlay(workers, "labour_stock", model),
        "calibration_turnover": charts.calibration_page(posterior, model, "trade_turnover"),
        "links": charts.causal_graph(model),
    }
    out.mkdir(parents=True, exist_ok=True)
    return [charts.save(chart, out / f"{name}.svg") for name, chart in pictures.items()]


if __name__ == "__main__":
    main()
