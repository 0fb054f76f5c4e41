"""Runs, a posterior and tables that charts are tested on, and every chart drawn on them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from vnjp_sim import charts
from vnjp_sim.analysis.conditions import Condition
from vnjp_sim.analysis.discovery import Discovery, Step
from vnjp_sim.analysis.factors import Factor
from vnjp_sim.analysis.goals import Goal
from vnjp_sim.analysis.lever_range import LeverRange
from vnjp_sim.analysis.lookup import Candidate, Lookup
from vnjp_sim.analysis.reach import Curve, Needed, Reach
from vnjp_sim.analysis.regret import Regret, regrets_of
from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.calibration import GroupDiagnostics, ParameterSummary, Posterior
from vnjp_sim.calibration.posteriors import LOG
from vnjp_sim.inputs.number_text import Measure
from vnjp_sim.sectors.growth import FORMS
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model, load_model

YEARS = np.arange(2025, 2033)
SCENARIOS = ("base", "oda_expansion", "my_own")
DRAWS = 60
SIZE = 300
FLAT = np.zeros(2)
NAMES = (
    "fan",
    "steps",
    "cells",
    "rare",
    "overlay",
    "overlay of counts",
    "effect_fan",
    "relative",
    "sector",
    "waterfall",
    "budget",
    "causal_graph",
    "calibration_page",
    "targets",
    "history_fan",
    "reach",
    "regret",
    "sensitivity",
    "lookup",
    "discovery",
)
UNITS = {
    "trade_turnover": "USD bn",
    "trade_balance": "USD bn",
    "trade_cover_ratio": "ratio",
    "labour_stock": "persons",
    "security_vessels": "vessels",
    "security_ship_visits": "count",
    "security_osa_grants": "JPY bn",
    "oda_disbursements": "JPY bn",
    "macro_jpy_per_usd": "JPY per USD",
}


def make_runs(draws: int = DRAWS) -> xr.Dataset:
    rng = np.random.default_rng(7)
    shape = (len(SCENARIOS), YEARS.size, draws)
    walk = np.exp(0.1 * rng.standard_normal(shape).cumsum(axis=1))
    arrays = {
        "trade_turnover": 50 * walk,
        "trade_balance": 4 * (walk - 1),
        "trade_cover_ratio": 1 + 0.1 * (walk - 1),
        "labour_stock": 400_000 * walk,
        "security_vessels": 4.0 + rng.poisson(0.4, shape).cumsum(axis=1),
        "security_ship_visits": rng.poisson(0.5, shape).astype(float),
        "security_osa_grants": walk * (rng.random(shape) < 0.4),
        "oda_disbursements": 70 * walk,
        "macro_jpy_per_usd": 140 * walk**0.3,
    }
    dims = ("scenario", "year", "draw")
    coordinates = {"scenario": list(SCENARIOS), "year": YEARS, "draw": np.arange(draws)}
    return xr.Dataset({n: (dims, a) for n, a in arrays.items()}, coords=coordinates)


def make_posterior(model: Model) -> Posterior:
    """A small posterior of trade: paths from 2000 to 2025, and the parameters of the law."""
    rng = np.random.default_rng(11)
    years = np.arange(2000, 2026)
    drift = 0.08 * (years - 2000)[:, None] + 0.05 * rng.standard_normal((26, SIZE))
    law = "trade_turnover"
    parts = ("half_life", "initial_growth", "long_run_growth", "slowdown", "volatility")
    priors = dict(model.parameters.all_parameters())
    arrays: dict[str, Any] = {
        f"{law}.{part}": priors[f"{law}.{part}"].prior.transform(0.7 * rng.standard_normal(SIZE))
        for part in parts
    }
    arrays[f"{law}.path"] = np.log(5.0) + drift
    arrays[f"{law}.permanent"] = arrays[f"{law}.path"][-1]
    arrays[f"{law}.form"] = (np.arange(SIZE) % 2 + 1).astype(np.int8)
    logistic = arrays[f"{law}.form"] == FORMS.index("logistic")
    arrays[f"{law}.half_life"][logistic] = np.nan
    arrays[f"{law}.slowdown"][~logistic] = np.nan
    arrays["trade_balance_ratio.path"] = 0.1 * rng.standard_normal((26, SIZE))
    summaries = tuple(
        ParameterSummary(
            "trade", f"{law}.{p}", "prior", "unit", "assumed", 0.1, 0.1, 0.12, 0.05, 0.25
        )
        for p in parts
    )
    weights = {"exponential": 0.0, "damped": 0.5, "logistic": 0.5}
    group = GroupDiagnostics("trade", 12, 5000.0, 0.2, weights, {law: "growth forms averaged"})
    first = {f"{law}.path": 2000, "trade_balance_ratio.path": 2000}
    scales = dict.fromkeys(first, LOG)
    diagnostics = ((group,), summaries, ())
    return Posterior(
        arrays, first, 2025, FORMS, {law: 24.0}, {law: 2000.5}, *diagnostics, scales=scales
    )


def contributions() -> pd.DataFrame:
    rows = [
        ("oda", "Lever: new commitments", 2.0, 0.5, 4.0),
        ("labour", "Lever: intake", -0.75, -1.5, 0.1),
        ("interaction", "Interaction", 0.25, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=["player", "label", "mean", "p05", "p95"])


def shares() -> pd.DataFrame:
    table = {
        "reporting": (0.5, 0.1),
        "model form": (0.1, 0.2),
        "assumptions": (0.2, 0.5),
        "process noise": (0.25, 0.15),
        "interactions": (-0.05, 0.05),
    }
    rows = [(2025 + i, s, share) for s, own in table.items() for i, share in enumerate(own)]
    return pd.DataFrame(rows, columns=["year", "source", "share"])


def probabilities() -> pd.DataFrame:
    columns = ["target", "label", "year", "scenario", "probability"]
    rows = [
        ("balanced_trade_floor", "Balanced trade, lower edge", 2030, s, p)
        for s, p in zip(SCENARIOS, (0.25, 0.5, 1.0), strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def effects_of(runs: xr.Dataset, *, relative: bool = False) -> xr.Dataset:
    base = runs.sel(scenario="base", drop=True)
    others = runs.drop_sel(scenario="base")
    found = others / base - 1 if relative else others - base
    for name in found.data_vars:
        unit = "1" if relative else UNITS[str(name)]
        measure = "ratio" if relative else "difference"
        found[name].attrs = {"measure": measure, "baseline": "base", "units": unit}
    return found


def make_history(model: Model) -> History:
    names, years = ("trade_turnover", "security_vessels"), tuple(range(2010, 2018))
    draws = make_runs()[list(names)].sel(scenario="base").drop_vars("scenario")
    draws = draws.assign_coords(year=list(years))
    for name in names:
        draws[name].attrs["basis"] = "made up"
    return History(draws, names, years, model, {})


def make_reach() -> Reach:
    """Return a goal that no setting gives a chance of 80 %, but for 0.7965 of the draws."""
    lever = LeverRange("labour_stay", "multiply", "ramp", 2026, 2030, np.array([1.0, 1.5, 2.0]), "")
    measure = Measure("persons", "persons", 1.0, 0)
    goal = Goal("labour_stock", 2030, 700.0, np.inf, measure, "Workers", "persons")
    share = (np.arange(2_000) + 0.5) / 2_000
    outcomes = 700.0 + np.array([[0.5], [0.7], [0.7965]]) - share
    needed = (Needed(0.8, None, False, np.nan),)
    return Reach(goal, "base", (Curve(goal, lever, lever.settings, outcomes, needed),))


def make_regret() -> Regret:
    policies, worlds = ("base", "oda_expansion", "labour_growth"), ("base", "weak_yen")
    outcomes = np.random.default_rng(3).normal([[[5.0], [6.0], [7.0]]] * 2, 1.0, (2, 3, 80))
    regrets = regrets_of(outcomes, np.zeros(3), least=False)
    measure = Measure("USD bn", "billion US dollars", 1.0, 1)
    texts = ("Trade turnover", measure, "USD bn")
    return Regret(
        "trade_turnover", 2035, policies, worlds, outcomes, regrets, {}, None, None, *texts
    )


def make_sensitivities() -> Sensitivities:
    factors = (
        Factor("oda_growth", "prior", "assumed", FLAT, "", "Growth of ODA"),
        Factor("a.b", "calibrated", "empirical", FLAT, "", "Loans: equilibrium", 0.28),
        Factor("small", "form", "", FLAT, "", "Never shown"),
    )
    first = np.array([[0.1, 0.2], [0.3, 0.4], [0.001, 0.001]])
    shares = ({"trade_turnover": x} for x in (first, np.full((3, 2), 0.01), first + 0.05))
    return Sensitivities((2030, 2035), factors, *shares, 1_000, False, {})


def make_lookup() -> Lookup:
    office = "Ministry of Foreign Affairs of Japan"
    loans = Candidate(
        "oda_loans 2026", "to come", office, 0.45, 0.02, 0.26, "New yen loans 2026", 0.02
    )
    rate = Candidate("oda.rate", "prior", "assumed", 0.2, 0.02, 0.1, "ODA: rate", 0.02)
    words = ("oda_disbursements", 2030, "ODA disbursements", 2026)
    return Lookup(*words, (loans, rate), replace(rate, narrowing=0.4), 2_000, False)


def make_discovery() -> Discovery:
    yen = Condition(
        *("macro_jpy_per_usd", "setting", "JPY per USD", "Yen per dollar", 152.0, None, 0.2),
        *(0.8, (109.0, 140.0, 179.0)),
    )
    aid = Condition(
        *("oda.equilibrium", "calibrated", "log of JPY bn", "ODA: equilibrium", None, 4.4, 0.6),
        *(0.0, (3.5, 4.3, 5.1)),
    )
    steps = (
        Step(0, 1.0, 0.3, 1.0, 500),
        Step(1, 0.2, 0.6, 0.4, 100),
        Step(2, 0.1, 0.8, 0.27, 50),
    )
    measure = Measure("JPY bn", "billion yen", 1.0, 0)
    goal = Goal("oda_disbursements", 2030, 150.0, np.inf, measure, "ODA disbursements", "JPY bn")
    return Discovery(goal, False, "oda_expansion", (yen, aid), steps, 5)


@cache
def gallery() -> dict[str, Any]:
    """Return every kind of chart by name."""
    model, runs = load_model(), make_runs()
    learnt = make_posterior(model)
    relative = effects_of(runs, relative=True)
    return {
        "fan": charts.fan(runs, "trade_turnover", model, learnt),
        "steps": charts.fan(runs, "security_vessels", model, scenario="my_own"),
        "cells": charts.fan(runs, "security_ship_visits", model),
        "rare": charts.fan(runs, "security_osa_grants", model),
        "overlay": charts.overlay(runs, "labour_stock", model),
        "overlay of counts": charts.overlay(runs, "security_ship_visits", model),
        "effect_fan": charts.effect_fan(effects_of(runs), "trade_balance", model),
        "relative": charts.effect_fan(relative, "oda_disbursements", model, relative=True),
        "sector": charts.sector(runs, "trade", model, learnt),
        "waterfall": charts.waterfall(contributions(), "trade_turnover", 2040, model),
        "budget": charts.budget(shares(), "trade_turnover", model),
        "causal_graph": charts.causal_graph(model),
        "calibration_page": charts.calibration_page(learnt, model, "trade_turnover"),
        "targets": charts.targets(probabilities(), model),
        "history_fan": charts.history_fan(make_history(model), "security_vessels"),
        "reach": charts.reach(make_reach()),
        "regret": charts.regret(make_regret()),
        "sensitivity": charts.sensitivity(make_sensitivities()),
        "lookup": charts.lookup(make_lookup()),
        "discovery": charts.discovery(make_discovery()),
    }
