"""What is said when references move: laws by size, inputs by name, and the command to renew."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import golden_message
import pytest
import references
from golden_message import RENEW, input_lines, inputs_of, message, read_inputs, write_inputs
from references import BANK, GROUPS, PARAMETERS, SCENARIOS, Row, Table
from tolerance import Move, moves

from vnjp_sim.simulation.model_data import Model, load_model

pytestmark = pytest.mark.golden


def moved_bank() -> dict[str, list[Move]]:
    """Return moves of three laws: the first by three spreads, the second by one, a weight."""
    old: dict[str, Table] = {
        BANK: {
            ("people_learners.path", "2025"): Row({"mean": 10.0, "sd": 1.0}, "a"),
            ("trade_turnover.volatility", ""): Row({"mean": 0.1, "sd": 0.02}, "b"),
            ("trade_turnover.path", "2024"): Row({"mean": 4.0, "sd": 0.1}, "c"),
        },
        PARAMETERS: {("", "oda_loan_share"): Row({"mean": 0.9, "sd": 0.1}, "")},
        GROUPS: {("trade", "damped"): Row({"weight": 0.5}, "")},
    }
    new: dict[str, Table] = {
        BANK: {
            ("people_learners.path", "2025"): Row({"mean": 11.0, "sd": 1.0}, "A"),
            ("trade_turnover.volatility", ""): Row({"mean": 0.11, "sd": 0.02}, "B"),
            ("trade_turnover.path", "2024"): Row({"mean": 4.3, "sd": 0.1}, "C"),
        },
        PARAMETERS: old[PARAMETERS],
        GROUPS: {("trade", "damped"): Row({"weight": 0.45}, "")},
    }
    return {name: moves(name, old[name], new[name], 1e-7) for name in old}


def test_laws_are_told_by_the_size_of_their_move() -> None:
    first, *lines = message(moved_bank(), {}, {}, "exactly").splitlines()
    assert first == "4 numbers moved, judged exactly."
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "trade_turnover",
        "people_learners",
        "trade",
    ]
    assert lines[0].startswith("trade_turnover: by 3 of its scale in 2 numbers")
    assert "trade_turnover.path 2024 mean: 4 → 4.3" in lines[0]
    assert lines[-1] == RENEW


def test_many_laws_are_counted() -> None:
    numbers = {"p50 2030": 1.0, "p05 2030": 0.0, "p95 2030": 2.0}
    table = {("base", f"made_{i:02d}"): Row(numbers) for i in range(40)}
    new = {key: Row({**row.numbers, "p50 2030": 2.0}) for key, row in table.items()}
    text = message({SCENARIOS: moves(SCENARIOS, table, new, 1e-6)}, {}, {}, "exactly")
    assert "… and 10 more laws and indicators" in text
    assert "is not known: there is no inputs.csv" in text


def test_a_planted_change_is_told_by_name(
    tmp_path: Path, shipped_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A figure and a prior changed in a folder that stands for the shipped one."""
    folder = tmp_path / "models"
    shutil.copytree(shipped_model.folder, folder)
    mean = '{normal: {mean: %s, sd: 0.015}}\n    known_from: "2025-01-31"'
    for name, before, after in (
        (
            "observations/people.csv",
            "residents,2024-06/2025-04,630000",
            "residents,2024-06/2025-04,640000",
        ),
        ("parameters/labour.yml", mean % "0.04", mean % "0.05"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    old, new = inputs_of(shipped_model), inputs_of(load_model(folder))
    lines = list(input_lines(old, new))
    assert len(lines) == 2
    assert lines[0].startswith("changed figure people_residents 2024-06/2025-04 (vov_2025:19): ")
    assert "printed 630000" in lines[0].partition("→")[0]
    assert "printed 640000" in lines[0].partition("→")[2]
    assert lines[1].startswith("changed prior labour_others_growth_mean: normal(0.04, 0.015)")
    told = message(moved_bank(), old, new, "exactly")
    assert all(line in told for line in lines)
    assert "No figure, event, prior or link changed" in message(moved_bank(), old, old, "exactly")
    monkeypatch.setattr(references, "FOLDER", tmp_path)
    assert read_inputs() == {}
    write_inputs(new)
    assert read_inputs() == new


def test_figures_that_come_and_go_are_told(shipped_model: Model) -> None:
    known = inputs_of(shipped_model)
    figures = [key for key in known if key[0] == "figure"]
    assert len(figures) > 100
    fewer = {key: content for key, content in known.items() if key != figures[0]}
    (gone,) = input_lines(known, fewer)
    (come,) = input_lines(fewer, known)
    assert gone.startswith(f"figure {figures[0][1]} is gone: ")
    assert come.startswith(f"new figure {figures[0][1]}: ")


def test_inputs_say_all_that_a_number_follows_from(shipped_model: Model) -> None:
    figure = next(f for f in shipped_model.evidence.observations if f.reported == "growth")
    content = golden_message._figure_content(figure)
    for other in (
        replace(figure, value=figure.value + 1.0),
        replace(figure, step=2.0 * figure.step),
        replace(figure, reported="about"),
        replace(figure, use="check"),
        replace(figure, base_period=figure.period),
    ):
        assert golden_message._figure_content(other) != content
    assert golden_message._figure_content(replace(figure, note="another", row=1)) == content
