"""Other engines beside ours, on the small model: the same numbers first, then the speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.floor import Work, floor
from benchmarks.sizes import Size
from benchmarks.small_model import bptk, ema, naive_simpy, ours, system_dynamics
from benchmarks.small_model.equations import (
    NUMBERS,
    OUTPUTS,
    PARAMETERS,
    SHOCKS,
    YEARS,
    parameters_of,
    reference,
)
from benchmarks.tables import Cell, Table
from benchmarks.timing import least_in_turn
from vnjp_sim.inputs.number_text import draws_text

FloatArray = NDArray[np.float64]
Run = Callable[[FloatArray, FloatArray], FloatArray]

CHECKED = 5
TOLERANCE = 1e-9
TURNS_OF_ALL = 5.0
WORK = Work(NUMBERS, 0, OUTPUTS)
FLOOR, OURS = "floor: numpy alone", "vnjp_sim"


class Peer(NamedTuple):
    """Another engine on the small model.

    Attributes
    ----------
    label : str
        Its name in the table.
    build : callable
        Makes what runs a number of draws.
    share : float
        Of the draws of the size: less for what is slow, more for what works in arrays.
    draws_itself : bool
        Whether it draws its own shocks, so that its results cannot be checked one by one.
    """

    label: str
    build: Callable[[int], Run]
    share: float = 1.0
    draws_itself: bool = False


PEERS = (
    Peer("simpy, naive: an environment a draw", lambda _draws: naive_simpy.run),
    Peer(
        "the same, drawing each number when needed",
        lambda _draws: partial(naive_simpy.run, given=False),
        draws_itself=True,
    ),
    Peer("EMA Workbench, one process", ema.build),
    Peer("BPTK-Py, Rust engine", bptk.build),
    Peer("PySD, one run a draw", system_dynamics.build, 0.05),
    Peer("PySD, draws as a subscript", system_dynamics.build_subscripted, 5.0),
)


class DisagreementError(Exception):
    """An engine gives other numbers than the equations."""


def peers(size: Size) -> Table:
    """Return the speed of each engine on the small model, after it has shown the same numbers.

    Raises
    ------
    DisagreementError
        An engine gives other numbers than the equations.
    """
    check_ours()
    others, notes = _others(size)
    cases = [case for draws in size.our_draws for case in _own(draws)] + others
    actions = {str(number): case.action for number, case in enumerate(cases)}
    least = least_in_turn(actions, size.budget * TURNS_OF_ALL)
    heads = {_key(draws): f"{OURS}, {draws_text(draws)}: times as fast" for draws in size.our_draws}
    return Table(
        "peers",
        "Other engines",
        f"The small model of `benchmarks/small_model/equations.py`: 8 state variables, {NUMBERS} "
        f"random numbers and {OUTPUTS} outputs a draw. The model is built before; the engines are "
        "given random numbers that numpy draws within the time measured. Each has shown the same "
        f"results as the equations to {TOLERANCE} before.",
        {"engine": "engine", "draws": "draws", "speed": "draws a second", "floor": "of the floor"}
        | heads,
        _rows(cases, list(least.values())),
        notes,
    )


def _rows(cases: Sequence[Case], seconds: Sequence[float]) -> list[dict[str, Cell]]:
    """Return a row a case: ours as a share of the floor, the others as how much faster ours is."""
    speeds = {
        (case.label, case.draws): case.draws / taken
        for case, taken in zip(cases, seconds, strict=True)
    }
    own = {draws: speed for (label, draws), speed in speeds.items() if label == OURS}
    rows: list[dict[str, Cell]] = []
    for (label, draws), speed in speeds.items():
        row: dict[str, Cell] = {"engine": label, "draws": draws, "speed": speed}
        if label == OURS:
            row["floor"] = speed / speeds[FLOOR, draws]
        elif label != FLOOR:
            row |= {_key(count): ours_speed / speed for count, ours_speed in own.items()}
        rows.append(row)
    return rows


def _key(draws: int) -> str:
    return f"ours_{draws}"


class Case(NamedTuple):
    """What is measured: an engine with a number of draws."""

    label: str
    draws: int
    action: Callable[[], object]


def _own(draws: int) -> tuple[Case, Case]:
    return (
        Case(FLOOR, draws, partial(floor, draws, WORK)),
        Case(OURS, draws, partial(ours.run, draws)),
    )


def _others(size: Size) -> tuple[list[Case], list[str]]:
    """Return the other engines that are installed, each checked, and what is said of the rest."""
    cases, notes = [], []
    for peer in PEERS:
        draws = max(CHECKED, round(size.peer_draws * peer.share))
        try:
            run = peer.build(draws)
            if not peer.draws_itself:
                check(peer.label, peer.build(CHECKED))
        except ImportError as error:
            notes.append(f"{peer.label}: not measured, {error.name or error} is not installed.")
        else:
            given = partial(run, *_drawn(draws))
            action = given if peer.draws_itself else partial(_drawn_and_run, run, draws)
            cases.append(Case(peer.label, draws, action))
    return cases, notes


def _drawn_and_run(run: Run, draws: int) -> FloatArray:
    return run(*_drawn(draws))


def _drawn(draws: int) -> tuple[FloatArray, FloatArray]:
    generator = np.random.Generator(np.random.SFC64(1))
    parameters = parameters_of(generator.standard_normal((len(PARAMETERS), draws)))
    return parameters, generator.standard_normal((len(SHOCKS), len(YEARS), draws))


def check_ours() -> None:
    """Raise DisagreementError if our sectors give other numbers than the equations."""
    scores, shocks = ours.numbers(CHECKED)
    _compare(OURS, ours.stacked(ours.run(CHECKED)), parameters_of(scores), shocks)


def check(label: str, run: Run) -> None:
    """Raise DisagreementError if an engine gives other numbers than the equations."""
    scores, shocks = ours.numbers(CHECKED)
    parameters = parameters_of(scores)
    _compare(label, run(parameters, shocks), parameters, shocks)


def _compare(label: str, values: FloatArray, parameters: FloatArray, shocks: FloatArray) -> None:
    expected = reference(parameters, shocks)
    if not np.allclose(values, expected, rtol=TOLERANCE, atol=TOLERANCE):
        worst = float(np.nanmax(np.abs(values - expected)))
        raise DisagreementError(f"{label} is off by up to {worst} from the equations")
