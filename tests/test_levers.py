"""Lever paths by hand arithmetic, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from vnjp_sim.inputs.lever_path import LeverPath

VALUE = np.array([10.0, 20.0])


def path(**content: object) -> LeverPath:
    return LeverPath.model_validate(content)


@pytest.mark.parametrize(
    ("content", "year", "expected"),
    [
        ({"path": "step", "from": 2026, "multiply": 1.5}, 2025, 10.0),
        ({"path": "step", "from": 2026, "multiply": 1.5}, 2026, 15.0),
        ({"path": "step", "from": 2026, "to": 2027, "multiply": 1.5}, 2028, 10.0),
        ({"path": "ramp", "from": 2026, "to": 2030, "multiply": 2.0}, 2026, 12.0),
        ({"path": "ramp", "from": 2026, "to": 2030, "multiply": 2.0}, 2028, 16.0),
        ({"path": "ramp", "from": 2026, "to": 2030, "multiply": 2.0}, 2030, 20.0),
        ({"path": "ramp", "from": 2026, "to": 2030, "multiply": 2.0}, 2040, 20.0),
        ({"path": "pulse", "from": 2028, "to": 2029, "add": -4.0}, 2029, 6.0),
        ({"path": "pulse", "from": 2028, "to": 2029, "add": -4.0}, 2030, 10.0),
        ({"path": "step", "from": 2026, "set": 3.0}, 2030, 3.0),
        ({"path": "ramp", "from": 2026, "to": 2027, "set": 30.0}, 2026, 20.0),
        ({"path": "step", "from": 2026, "at_least": 15.0}, 2026, 15.0),
        ({"path": "step", "from": 2026, "at_least": 5.0}, 2026, 10.0),
        ({"path": "step", "from": 2026, "at_most": 4.0}, 2026, 4.0),
        ({"path": "step", "from": 2026, "at_most": 15.0}, 2026, 10.0),
        ({"path": "ramp", "from": 2026, "to": 2027, "at_least": 30.0}, 2026, 20.0),
        ({"path": "series", "at_least": {"2026": 0.0, "2030": 40.0}}, 2028, 20.0),
        ({"path": "series", "multiply": {"2026": 1.0, "2030": 2.0}}, 2028, 15.0),
        ({"path": "series", "multiply": {"2026": 1.0, "2030": 2.0}}, 2035, 20.0),
        ({"path": "series", "multiply": {"2026": 1.5}}, 2025, 10.0),
    ],
)
def test_path_by_hand(content: dict[str, object], year: int, expected: float) -> None:
    assert path(**content).apply(VALUE, year)[0] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("operation", ["at_least", "at_most"])
def test_a_limit_in_reach_of_no_draw_changes_no_bit(operation: str) -> None:
    limit = 0.1 if operation == "at_least" else 99.9
    moved = path(**{"path": "ramp", "from": 2026, "to": 2028, operation: limit}).apply(VALUE, 2026)
    assert moved.tobytes() == VALUE.tobytes()


def test_nothing_done_gives_the_same_array() -> None:
    assert path(**{"path": "step", "from": 2030, "multiply": 2.0}).apply(VALUE, 2029) is VALUE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"path": "step", "from": 2026}, "exactly one of"),
        ({"path": "step", "from": 2026, "multiply": 1.0, "add": 1.0}, "exactly one of"),
        ({"path": "ramp", "from": 2026, "multiply": 2.0}, "needs 'to'"),
        ({"path": "step", "multiply": 2.0}, "needs 'from'"),
        ({"path": "ramp", "from": 2030, "to": 2026, "multiply": 2.0}, "before 'from'"),
        ({"path": "series", "multiply": 2.0}, "maps years to numbers"),
        ({"path": "series", "multiply": {"soon": 2.0}}, "not a year"),
        ({"path": "step", "from": 2026, "multiply": {"2026": 2.0}}, "only a series"),
    ],
)
def test_path_refuses(content: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        path(**content)
