"""What has to be true for a target to be missed: planted conditions, noise, faults.

Planted bounds must come back within a twentieth of the draws, the part that one step peels.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.analysis.conditions import Condition, condition_text
from vnjp_sim.analysis.discovery import Discovery
from vnjp_sim.analysis.prim import Box, best_box, peeled, told_apart

GOAL = "oda_disbursements>=150 in 2035"


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Return six inputs, and a yes that is frequent where two of them are in a corner."""
    rng = np.random.default_rng(6)
    inputs = rng.random((6, 4_000))
    corner = (inputs[1] > 0.6) & (inputs[4] < 0.5)
    return inputs, rng.random(4_000) < np.where(corner, 0.9, 0.05)


def faint() -> tuple[np.ndarray, np.ndarray]:
    """Return six inputs, and a yes that is little more frequent in the corner."""
    rng = np.random.default_rng(9)
    inputs = rng.random((6, 4_000))
    corner = (inputs[1] > 0.6) & (inputs[4] < 0.5)
    return inputs, rng.random(4_000) < np.where(corner, 0.5, 0.2)


def test_planted_bounds_come_back() -> None:
    inputs, yes = planted()
    box = best_box(inputs, yes, 3)
    assert box.bounded == [1, 4]
    assert box.low[1] == pytest.approx(0.6, abs=0.05)
    assert box.high[4] == pytest.approx(0.5, abs=0.05)
    assert yes[box.holds(inputs)].mean() == pytest.approx(0.9, abs=0.05)


SIZES = [0.8, 0.6, 0.4, 0.3, 0.2]
"""Parts of the draws at which boxes are compared."""
FOUND = {0.9: [0.274, 0.347, 0.492, 0.635, 0.896], 0.5: [0.263, 0.286, 0.320, 0.371, 0.461]}
"""The shares of yes that ema_workbench 2.5.3 finds there, by how frequent yes is in the corner."""


@pytest.mark.parametrize("frequent", FOUND)
def test_boxes_are_those_of_another_program(frequent: float) -> None:
    inputs, yes = planted() if frequent == 0.9 else faint()
    found = along([(box.holds(inputs), yes) for box in peeled(inputs, yes, len(inputs))])
    assert found == pytest.approx(FOUND[frequent], abs=0.015)  # near alike steps are many


@pytest.mark.parametrize("frequent", FOUND)
def test_what_is_stored_of_the_other_program_is_what_it_finds(frequent: float) -> None:
    reason = "ema_workbench is not installed: pip install '.[peers]' with its own constraints"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what its libraries will drop
        prim = pytest.importorskip("ema_workbench.analysis.prim", reason=reason)
        import pandas as pd

        inputs, yes = planted() if frequent == 0.9 else faint()
        found = prim.Prim(pd.DataFrame(inputs.T), yes, threshold=0.3, peel_alpha=0.05).find_box()
    path = found.peeling_trajectory.sort_values("mass")
    shares = np.interp(SIZES, path["mass"], path["density"])
    assert shares == pytest.approx(FOUND[frequent], abs=0.005)


def along(boxes: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the share of yes in boxes of some sizes."""
    sizes = [held.mean() for held, _ in boxes]
    shares = [yes[held].mean() for held, yes in boxes]
    return np.interp(SIZES, sizes[::-1], shares[::-1])


def test_a_faint_corner_is_found() -> None:
    """Though no first step seems to raise the share of yes."""
    inputs, yes = faint()
    assert best_box(inputs, yes, 3).bounded == [1, 4]
    assert len(peeled(inputs, yes, 6)) > 40


def test_no_more_inputs_are_bounded_than_asked() -> None:
    inputs, yes = planted()
    boxes = peeled(inputs, yes, 1)
    assert {place for box in boxes for place in box.bounded} in ({1}, {4})
    shares = [yes[box.holds(inputs)].mean() for box in boxes]
    assert shares[10] > shares[0] + 0.08


def test_choices_and_constants() -> None:
    rng = np.random.default_rng(7)
    choice = rng.integers(0, 3, 2_000).astype(float)
    yes = choice == 2
    box = best_box(np.stack([np.ones(2_000), choice]), yes, 3)
    assert box.bounded == [1]
    assert told_apart(box, np.stack([np.ones(2_000), choice]), yes) == 1.0
    assert Box(np.array([-np.inf]), np.array([np.inf])).holds(choice[None]).all()


@pytest.fixture(scope="module")
def session(own_out: Path) -> vj.Session:
    return vj.Session(draws=2_000, out=own_out)


@pytest.fixture(scope="module")
def found(session: vj.Session) -> Discovery:
    return session.discover(GOAL, "oda_expansion", reached=True)


def test_what_is_told_holds_in_the_draws(session: vj.Session, found: Discovery) -> None:
    assert found.conditions[0].name == "oda_commitments.equilibrium"
    runs = session.run("oda_expansion")["oda_disbursements"].sel(scenario="oda_expansion")
    reached = runs.sel(year=2035).to_numpy() >= 150.0
    unseen = np.arange(2_000) % 2 == 1
    assert found.steps[0].density == pytest.approx(reached[unseen].mean())
    assert found.steps[-1].density > found.steps[0].density + 0.1
    last = found.steps[-1]
    assert last.mass * last.density == pytest.approx(last.coverage * found.steps[0].density)


def test_chance_alone_has_no_conditions(session: vj.Session) -> None:
    """Whether the yen of a year rises or falls is chance, save what its own law says."""
    found = session.discover("security_exchanges>=3 in 2030")
    assert all(step.density == found.steps[0].density for step in found.steps[:1])
    assert len(found.conditions) <= 3
    assert len(found.steps) == len(found.conditions) + 1


def test_conditions_in_words() -> None:
    yen = Condition("macro_jpy_per_usd", "setting", "JPY per USD", "Yen per dollar", 152, None, 0.2)
    assert condition_text(yen, 2030) == "Yen per dollar in 2030 is above 152 JPY per USD"
    aid = Condition("oda.equilibrium", "calibrated", "log of JPY bn", "oda", None, np.log(80), 0.2)
    assert condition_text(aid, 2030) == "oda.equilibrium is below 80 JPY bn"


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        ("oda_disbursements>=0 in 2035", {}, "is reached in every draw"),
        ("oda_disbursements>=1000000 in 2035", {}, "is missed in every draw"),
        ("oda_commitments>=590 in 2030", {}, "only: too few to search"),
        (GOAL, {"conditions": 4}, "give 1 to 3"),
        ("oda_disbursements", {}, "states no goal"),
    ],
)
def test_what_cannot_be_found(
    target: str, more: dict[str, int], said: str, session: vj.Session
) -> None:
    with pytest.raises(vj.InputError, match=said):
        session.discover(target, **more)  # type: ignore[arg-type]


@pytest.mark.usefixtures("plain_terminal")
def test_command_prints_what_python_gives(own_out: Path, found: Discovery) -> None:
    words = ["discover", "oda_expansion", "--target", GOAL, "--reached", "--draws", "2000"]
    words += ["--out", str(own_out)]
    status, text, error = outcome(words)
    assert (status, error) == (0, "")
    assert "Where oda_commitments.equilibrium is above" in text
    status, text, error = outcome([*words, "--json"])
    assert (status, error) == (0, "")
    assert "Where oda_commitments.equilibrium is above" in repr(found)
    assert found.finding in found._repr_html_()
    table = found.table()
    assert json.loads(text)["conditions"][0]["density"] == table["density"][0]
