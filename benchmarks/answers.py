"""CPU time of answers in a session: levers that are moved, stored runs, decisions."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import vnjp_sim as vj
from benchmarks.sizes import POLICIES, Size
from benchmarks.tables import Cell, Table
from benchmarks.timing import least_in_turn
from vnjp_sim.inputs.levers import Lever
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.storage.user_cache import CALIBRATION

FROM = 2027
"""The year from which a lever is moved."""
NEAR = {"multiply": 1.0, "add": 0.0}
"""What changes nothing, by operation."""
REACH = 0.25
"""How far a lever is moved, as a part of its range."""
ATTRIBUTED = "combined"
MILLISECONDS = 1_000.0


def by_lever(out: Path, size: Size) -> Table:
    """Return how long it takes from a lever that is moved to the summaries of all indicators."""
    session = vj.Session(draws=size.session_draws, out=out)
    session.summaries()
    rows: list[dict[str, Cell]] = []
    slowest = (0.0, "")
    for name, lever in session.model.instruments.levers.items():
        spent = []
        for scenario_of in _positions(name, lever, size.positions):
            start = time.process_time()
            session.summaries(scenario_of())
            spent.append(MILLISECONDS * (time.process_time() - start))
        middle, high = np.quantile(spent, [0.5, 0.95])
        rows.append({"lever": f"`{name}`", "median": float(middle), "p95": float(high)})
        slowest = max(slowest, (float(middle), f"`{name}`"))
    return Table(
        "levers",
        "A lever moved in a session",
        f"From a lever that is moved, {size.positions} positions of each, to the mean, deviation "
        f"and quantiles of all indicators; {size.session_draws:,} draws. CPU milliseconds.",
        {"lever": "lever", "median": "median", "p95": "95 % of positions within"},
        rows,
        [f"The slowest is {slowest[1]}, with a median of {fixed(slowest[0], 0)} ms."],
    )


def _positions(name: str, lever: Lever, count: int) -> Iterator[Callable[[], vj.Scenario]]:
    """Yield what makes a scenario at each of some positions of a lever, none of them neutral."""
    operation = next(o for o in ("multiply", "add", "set") if getattr(lever, o) is not None)
    low, high = getattr(lever, operation)
    near = NEAR.get(operation, (low + high) / 2.0)
    for place in range(1, count + 1):
        at = near + REACH * (high - near) * place / count

        def moved(at: float = at) -> vj.Scenario:
            path = vj.step(FROM, **{operation: at})
            return vj.scenario("base").with_lever(name, path)

        yield moved


def answers(out: Path, size: Size) -> Table:
    """Return how long a session, and a call of stored runs, take to answer."""
    draws = size.session_draws
    session = vj.Session(draws=draws, out=out)
    many = vj.Session(draws=2 * draws, out=out)
    one = session.scenario("oda_expansion")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / CALIBRATION).symlink_to((out / CALIBRATION).resolve())
        stored = partial(vj.run, ["base", "oda_expansion"], draws=draws, out=Path(folder))
        stored()
        asked: dict[str, tuple[int, Callable[[], Any]]] = {
            "`vj.run` of two stored scenarios": (draws, stored),
            "`session.run` of two scenarios": (draws, lambda: session.run(["base", one])),
            "`session.compare` of three policies": (
                draws,
                lambda: session.compare(POLICIES.split()).summaries(),
            ),
            f"`session.attribute` of `{ATTRIBUTED}`, all sub-scenarios": (
                2 * draws,
                lambda: many.attribute(ATTRIBUTED, ["trade_turnover"]),
            ),
            "the same, all indicators": (2 * draws, lambda: many.attribute(ATTRIBUTED)),
        }
        spent = least_in_turn({name: call for name, (_, call) in asked.items()}, size.budget)
    rows: list[dict[str, Cell]] = [
        {"question": name, "draws": count, "seconds": spent[name]}
        for name, (count, _) in asked.items()
    ]
    return Table(
        "answers",
        "Answers in Python",
        "CPU seconds in a process that has loaded the model; the session has drawn its numbers. "
        "The least of some turns.",
        {"question": "question", "draws": "draws", "seconds": "CPU seconds"},
        rows,
    )


def decisions(out: Path, size: Size) -> Table:
    """Return how long questions of decisions take, each on one of the three policies."""
    draws = size.decision_draws
    session = vj.Session(draws=draws, out=out)
    asked: dict[str, Callable[[], Any]] = {
        "the baseline, all indicators and years": session.run,
        "`reach`, seven settings of one lever": lambda: session.reach(
            "labour_stock>=700000 in 2030", "labour_skilled_intake", "labour_growth"
        ),
        "`regret` of three policies in three worlds": lambda: session.regret(
            POLICIES.split(), "trade_turnover", 2035, under=["weak_yen", "demand_shock"]
        ),
        "`sensitivity`, all indicators and years": session.sensitivity,
        "`lookup` of one answer": lambda: session.lookup(
            "oda_disbursements", 2030, "oda_expansion"
        ),
        "`discover`, three conditions": lambda: session.discover(
            "security_vessels>=14 in 2035", "osa_framework@vessels"
        ),
    }
    spent = least_in_turn(asked, size.budget)
    rows: list[dict[str, Cell]] = [
        {"question": name, "draws": draws, "seconds": spent[name]} for name in asked
    ]
    return Table(
        "decisions",
        "Questions of decisions",
        "CPU seconds in a session that has drawn its numbers, with the projections that each "
        "question takes. The least of some turns.",
        {"question": "question", "draws": "draws", "seconds": "CPU seconds"},
        rows,
    )
