"""The engine against the floor, by draws, scenarios and years; memory; what pairing is worth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.engine import LARGEST_IN_MEMORY, Engine
from benchmarks.floor import Work, floor
from benchmarks.sizes import Size
from benchmarks.tables import Cell, Table
from benchmarks.timing import least_in_turn, spent_by
from vnjp_sim.inputs.number_text import draws_text, fixed
from vnjp_sim.inputs.scenario import Scenario

FLOAT = 8
LARGEST_IN_TURNS = 1_000_000
"""So many draws are gone through once, since the first seconds of them matter no more."""
COLUMNS = {
    "engine": "engine, draws × scenarios a second",
    "floor": "floor",
    "ratio": "engine / floor",
}
LEVERS = {
    "oda_commitments": ("oda_disbursements", "oda_infrastructure", "trade_turnover"),
    "labour_skilled_intake": ("labour_stock", "people_residents", "trade_turnover"),
    "investment_flow": ("investment_stock", "trade_exports", "trade_turnover"),
}


def by_draws(engine: Engine, size: Size) -> Table:
    """Return the speed on the baseline by the number of draws, and the slope of the cost."""
    base = engine.scenarios(1)
    rows = [_row(engine, base, size.budget, {"draws": draws}) for draws in size.draws]
    return Table(
        "draws",
        "Engine and floor, by draws",
        "The baseline with its own horizon, all sectors. The floor is numpy alone: it draws as "
        "many random numbers and writes as many outputs. Both take turns; the least CPU time "
        "counts.",
        {"draws": "draws", **COLUMNS},
        rows,
        [
            (
                "Slope of the logarithm of the cost on that of the draws, from "
                f"{fixed(size.slope_draws[0], 0)} to {draws_text(size.slope_draws[-1])} that are "
                f"computed and not kept: {fixed(_slope(engine, base, size), 2)}."
            ),
            _work_text(engine.work(base[0])),
            (
                "Outputs of more than 2 GB (a million draws) go to a file, those of the floor too; "
                "writing it then weighs on both."
            ),
        ],
    )


def _slope(engine: Engine, scenarios: Sequence[Scenario], size: Size) -> float:
    costs = [
        least_in_turn(
            {"engine": partial(engine.pass_through, scenarios, draws)},
            size.budget if draws < LARGEST_IN_TURNS else 0.0,
        )["engine"]
        for draws in size.slope_draws
    ]
    return float(np.polyfit(np.log(size.slope_draws), np.log(costs), 1)[0])


def by_scenarios(engine: Engine, size: Size) -> Table:
    """Return the speed by the number of scenarios that are run together."""
    scenarios = engine.scenarios(max(size.scenarios))
    rows = []
    for count in size.scenarios:
        draws = size.some_draws if count <= 10 else size.some_draws // 10
        rows.append(
            _row(engine, scenarios[:count], size.budget, {"scenarios": count, "draws": draws})
        )
    return Table(
        "scenarios",
        "Engine and floor, by scenarios",
        "The baseline, the other shipped scenarios, then points of a lever. The floor draws and "
        "writes anew for each scenario; random numbers that a scenario shares with the run of its "
        "baseline count once.",
        {"scenarios": "scenarios", "draws": "draws of each", **COLUMNS},
        rows,
    )


def by_years(engine: Engine, size: Size) -> Table:
    """Return the speed on the baseline by the length of the horizon."""
    base = engine.scenarios(1)
    labels = ({"years": years, "draws": size.some_draws} for years in size.years)
    rows = [_row(engine, base, size.budget, label) for label in labels]
    return Table(
        "years",
        "Engine and floor, by length of the horizon",
        "The baseline with so many years.",
        {"years": "years", "draws": "draws", **COLUMNS},
        rows,
    )


def _row(
    engine: Engine, scenarios: Sequence[Scenario], budget: float, labels: Mapping[str, int]
) -> dict[str, Cell]:
    draws, years = labels["draws"], labels.get("years")
    works = [engine.work(scenario, years) for scenario in scenarios]
    with tempfile.TemporaryDirectory() as folder:
        largest = draws * max(work.outputs for work in works) * FLOAT
        scratch = Path(folder) if largest > LARGEST_IN_MEMORY else None
        actions: dict[str, Callable[[], object]] = {
            "engine": partial(engine.project, scenarios, draws, years, scratch=scratch),
            "floor": partial(_floors, draws, works, scratch),
        }
        least = least_in_turn(actions, budget)
    speeds = {name: draws * len(scenarios) / seconds for name, seconds in least.items()}
    ratio = speeds["engine"] / speeds["floor"]
    return {**labels, **speeds, "ratio": ratio, "seconds": least["engine"]}


def _floors(draws: int, works: Sequence[Work], scratch: Path | None) -> None:
    for work in works:
        if scratch is None:
            floor(draws, work)
            continue
        file = scratch / "floor"
        floor(draws, work, np.memmap(file, np.float64, "w+", shape=(work.outputs, draws)))
        file.unlink()


def _work_text(work: Work) -> str:
    return (
        f"A draw takes {fixed(work.normals, 0)} normals and {fixed(work.uniforms, 0)} uniforms, "
        f"and gives {fixed(work.outputs, 0)} outputs."
    )


def memory(engine: Callable[[], Engine], size: Size, out: Path) -> Table:
    """Return the peak memory of a fresh process that projects, above one that only loads.

    A process inherits the peak of the one that starts it, which asks for the engine only after.
    """
    draws = size.memory_draws
    load = f"import benchmarks.engine as e, pathlib; one = e.Engine(pathlib.Path({str(out)!r}))"
    run = f"{load}; one.project(one.scenarios(1), {draws})"
    with tempfile.TemporaryDirectory() as folder:
        idle, busy = (spent_by(("-c", text), Path(folder)).peak for text in (load, run))
    (base,) = engine().scenarios(1)
    outputs = engine().work(base).outputs * draws * FLOAT
    above = busy - idle
    row = {
        "draws": draws,
        "loaded": idle / 1e6,
        "above": above / 1e6,
        "outputs": outputs / 1e6,
        "ratio": above / outputs,
    }
    return Table(
        "memory",
        "Peak memory",
        "A fresh process that projects the baseline, above one that only loads the model and its "
        "calibration. MB.",
        {
            "draws": "draws",
            "loaded": "loaded",
            "above": "above it at the peak",
            "outputs": "the outputs alone",
            "ratio": "peak / outputs",
        },
        [row],
    )


def pairing(engine: Engine, size: Size) -> Table:
    """Return how much common random numbers sharpen the effect of a small change of a lever."""
    base = engine.scenarios(1)
    (paired,) = engine.project(base, size.pairing_draws)
    (apart,) = engine.project(base, size.pairing_draws, seed=1)
    rows: list[dict[str, Cell]] = []
    for lever, indicators in LEVERS.items():
        (moved,) = engine.project([engine.changed(lever, 1.02)], size.pairing_draws)
        for name in indicators:
            same, loose = moved[name][-1] - paired[name][-1], moved[name][-1] - apart[name][-1]
            rows.append(
                {
                    "lever": f"`{lever}`",
                    "indicator": f"`{name}`",
                    "ratio": float(np.var(loose) / np.var(same)),
                }
            )
    return Table(
        "pairing",
        "What pairing is worth",
        "The effect of 2 % on a lever in the last year: variance against a baseline with other "
        "random numbers, over the variance against the same ones. So many times more draws would "
        "be needed without pairing.",
        {"lever": "lever", "indicator": "effect on", "ratio": "variance unpaired / paired"},
        rows,
    )
