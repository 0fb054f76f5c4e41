"""Draw every chart on real runs, to be looked at: ``python tools/chart_gallery.py OUT``.

Contributions are the effects of the three policy scenarios within their combination. The shares of
the uncertainty budget are made up, since a real budget takes a run for each source.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.charts.budget import SOURCES
from vnjp_sim.charts.theme import scenario_label
from vnjp_sim.inputs.targets import Target, read_targets
from vnjp_sim.simulation.model_data import Model

POLICIES = ("oda_expansion", "osa_framework", "labour_growth")
FANS = (
    "trade_turnover",
    "trade_balance",
    "investment_flow",
    "investment_stock",
    "oda_commitments",
    "oda_disbursements",
    "security_vessels",
    "labour_intake",
    "labour_stock",
    "people_residents",
    "macro_jpy_per_usd",
    "index_partnership",
    "energy_projects_started",
)
COMPARED = ("oda_disbursements", "labour_stock", "index_partnership")
SECTORS = ("trade", "oda", "security", "labour")
LAWS = ("trade_turnover", "people_learners", "macro_jpy_per_usd", "diplomacy_documents")
YEAR = 2040


def main() -> None:
    """Run the scenarios and save every chart as PNG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the images")
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--results", type=Path, default=Path("results"))
    asked = parser.parse_args()
    runs = vj.run(["base", *POLICIES, "combined"], draws=asked.draws, out=asked.results)
    model = vj.load_model()
    posterior, _ = vj.posterior_of(model, asked.results)
    for name, chart in gallery(runs, model, posterior):
        print(charts.save(chart, asked.out / f"{name}.png"))


def gallery(runs: xr.Dataset, model: Model, posterior: vj.Posterior) -> Iterator[tuple[str, Any]]:
    """Yield the name of each chart and the chart."""
    policies = runs.sel(scenario=["base", *POLICIES])
    compared = vj.compare(policies)
    for name in FANS:
        yield f"fan_{name}", charts.fan(runs, name, model, posterior)
    yield "fan_of_scenario", charts.fan(runs, "labour_stock", model, posterior, "labour_growth")
    for name in COMPARED:
        yield f"overlay_{name}", charts.overlay(policies, name, model)
        yield f"effect_{name}", charts.effect_fan(compared, name, model)
        yield f"relative_{name}", charts.effect_fan(compared, name, model, relative=True)
    for name in SECTORS:
        yield f"sector_{name}", charts.sector(runs, name, model, posterior)
    for name in LAWS:
        yield f"calibration_{name}", charts.calibration_page(posterior, model, name)
    yield "causal_graph", charts.causal_graph(model)
    for name in ("trade_turnover", "index_partnership"):
        yield f"waterfall_{name}", charts.waterfall(contributions(runs, name), name, YEAR, model)
    yield "budget", charts.budget(made_up_shares(), "trade_turnover", model)
    yield "targets", charts.targets(chances(policies, model), model)


def contributions(runs: xr.Dataset, indicator: str) -> pd.DataFrame:
    """Return what each policy adds to the effect of their combination, and the interaction."""
    values = runs[indicator].sel(year=YEAR)
    effects = {
        n: (values.sel(scenario=n) - values.sel(scenario="base")).to_numpy() for n in POLICIES
    }
    whole = (values.sel(scenario="combined") - values.sel(scenario="base")).to_numpy()
    effects["interaction"] = whole - np.sum(list(effects.values()), axis=0)
    rows = [
        (name, scenario_label(name), draws.mean(), *np.quantile(draws, [0.05, 0.95]))
        for name, draws in effects.items()
    ]
    return pd.DataFrame(rows, columns=["player", "label", "mean", "p05", "p95"])


def made_up_shares() -> pd.DataFrame:
    """Return shares of variance that drift from reporting to assumptions."""
    rows = []
    for year in range(2025, YEAR + 1):
        late = (year - 2025) / 15
        shares = np.array([0.45 * (1 - late), 0.1, 0.2, 0.05, 0.1 + 0.3 * late, 0.25, 0.03])
        rows += [(year, s, x) for s, x in zip(SOURCES, shares / shares.sum(), strict=True)]
    return pd.DataFrame(rows, columns=["year", "source", "share"])


def chances(runs: xr.Dataset, model: Model) -> pd.DataFrame:
    """Return the probability of reaching each target in each scenario."""
    rows = []
    for target in read_targets(model.folder, model.registry, model.evidence):
        year = int(target.by[:4])
        if target.indicator in runs and year in runs.year:
            for name in runs.scenario.to_numpy():
                draws = runs[target.indicator].sel(scenario=name, year=year).to_numpy()
                reached = float(_reached(draws, target).mean())
                rows.append((target.id, target.title, year, str(name), reached))
    return pd.DataFrame(rows, columns=["target", "label", "year", "scenario", "probability"])


def _reached(draws: Any, target: Target) -> Any:
    if target.sense == "at_most":
        return draws <= target.value
    upper = np.inf if target.upper is None else target.upper
    return (draws >= target.value) & (draws <= upper)


if __name__ == "__main__":
    main()
