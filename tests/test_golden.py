"""The shipped calibration, scenarios and engine against the stored references.

The references hold every shipped scenario with all years, indicators and quantiles
(`tools/references.py`). The policy (`tools/tolerance.py`): exact, to the last digit of every draw,
on the pinned versions and the class of processor that made them; elsewhere 1e-12 for the engine
on the stored posterior rows, 1e-7 for the calibration, 1e-6 for the whole chain, in parts of a
number's scale. `python tools/rebaseline.py --reason …` renews the references and logs old → new.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rebaseline
import references
import tolerance
from references import BASELINE, CALIBRATION, DRAWS, ENGINE, SCENARIOS, Row, Table
from tolerance import TOLERANCES, Move, Policy, moves

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options, posterior_of
from vnjp_sim.simulation.prepared import prepare_scenario

pytestmark = pytest.mark.golden

SHIPPED = references.shipped_scenarios()
EXACT = Policy(exact=True, differing=())
ELSEWHERE = Policy(exact=False, differing=("numpy",))
Prove = Callable[[str, Mapping[str, Any]], None]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return tolerance.policy_here()


@pytest.fixture(scope="module")
def policy_of_calibration(policy: Policy, calibrated_out: Path, repository: Path) -> Policy:
    """The policy for what rests on a calibration; one in the checkout may come from anywhere."""
    (made,) = (calibrated_out / "calibration").iterdir()
    if (repository / "results" / "calibration" / made.name).exists():
        return Policy(exact=False, differing=(*policy.differing, "calibration"))
    return policy


@pytest.fixture(scope="module")
def fixed() -> Posterior:
    return references.read_fixed()


def judge(title: str, tables: Mapping[str, Table], policy: Policy, prove: Prove) -> None:
    """Compare tables with the stored ones, write the figures, and fail if anything moved."""
    found: list[Move] = []
    moved: list[str] = []
    for name, table in tables.items():
        stored = references.read_table(name)
        found += moves(name, stored, table, 0.0)
        moved += [f"{name} {move}" for move in moves(name, stored, table, policy.tolerance(name))]
    figures = {
        "judged": policy.text,
        "tables": len(tables),
        "numbers": sum(len(row.numbers) for table in tables.values() for row in table.values()),
        "numbers_that_differ_in_some_digit": sum(move.column != DRAWS for move in found),
        "greatest_distance": tolerance.greatest(found),
        "tolerance": max(policy.tolerance(name) for name in tables),
        "numbers_beyond_the_tolerance": len(moved),
    }
    prove(f"golden_{title}", figures)
    assert not moved, "\n".join([f"{len(moved)} moved, judged {policy.text}", *moved[:20]])


# ---------------------------------------------------------------------- the references


def test_references_hold_every_scenario_year_and_quantile(shipped_model: Model) -> None:
    kinds = [f"{kind}/{name}" for kind in (ENGINE, SCENARIOS) for name in SHIPPED]
    calibration = [f"{CALIBRATION}/{name}" for name in ("bank", "groups", "parameters")]
    assert references.stored_names() == sorted([*calibration, *kinds])
    for kind in (ENGINE, SCENARIOS):
        for name in SHIPPED:
            scenario = prepare_scenario(name, shipped_model, Options())
            table = references.read_table(f"{kind}/{name}")
            indicators = {indicator for indicator, _ in table}
            years = range(scenario.start, scenario.end + 1)
            assert table.keys() == {(i, str(year)) for i in indicators for year in years}
            assert {tuple(row.numbers) for row in table.values()} == {("mean", "sd", *QUANTILES)}
            assert all(row.draws for row in table.values())


def test_every_calibrated_series_has_a_reference(shipped_model: Model) -> None:
    bank = references.read_table(f"{CALIBRATION}/bank")
    laws = set(shipped_model.parameters.laws)
    assert {law for law in laws if any(name.startswith(f"{law}.") for name, _ in bank)} == laws


def test_references_come_from_the_pinned_versions(policy: Policy, prove: Prove) -> None:
    prove("golden_environment", {"judged": policy.text, **tolerance.environment()})
    stored = tolerance.stored_environment()
    assert stored.keys() == tolerance.environment().keys()
    pins = rebaseline.pins()
    assert {name: stored[name] for name in tolerance.LIBRARIES} == {
        name: pins[name] for name in tolerance.LIBRARIES
    }


def test_files_hold_what_is_read_from_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {name: references.read_table(name) for name in references.stored_names()}
    texts = {name: (references.FOLDER / f"{name}.csv").read_text() for name in tables}
    monkeypatch.setattr(references, "FOLDER", tmp_path)
    references.write_tables(tables)
    assert references.stored_names() == list(tables)
    assert {name: (tmp_path / f"{name}.csv").read_text() for name in tables} == texts


# ---------------------------------------------------------------------- the model


def test_calibration_agrees_with_its_reference(
    full_posterior: Posterior, policy_of_calibration: Policy, prove: Prove
) -> None:
    tables = references.calibration_tables(full_posterior)
    judge("calibration", tables, policy_of_calibration, prove)


def test_scenarios_agree_with_their_references(
    shipped_model: Model, calibrated_out: Path, policy_of_calibration: Policy, prove: Prove
) -> None:
    tables = {
        f"{SCENARIOS}/{name}": references.scenario_table(name, shipped_model, calibrated_out)
        for name in SHIPPED
    }
    judge("scenarios", tables, policy_of_calibration, prove)


def test_engine_agrees_with_its_references(
    shipped_model: Model, fixed: Posterior, policy: Policy, prove: Prove
) -> None:
    tables = {
        f"{ENGINE}/{name}": references.engine_table(name, shipped_model, fixed) for name in SHIPPED
    }
    judge("engine", tables, policy, prove)


def test_clock_tells_the_same_events(shipped_model: Model, fixed: Posterior) -> None:
    stored = (references.FOLDER / references.EVENTS).read_text(encoding="utf-8")
    assert references.engine_events(shipped_model, fixed) == stored
    assert "osa_framework,2,2027-10-01,1,Timeout,_at\n" in stored  # the scenario's first order


def test_engine_is_judged_on_arrays_that_the_calibration_gives(
    fixed: Posterior, full_posterior: Posterior
) -> None:
    assert references.same_structure(fixed, full_posterior)
    fewer = dict(list(full_posterior.arrays.items())[1:])
    assert not references.same_structure(fixed, replace(full_posterior, arrays=fewer))


def test_narrow_vector_instructions_stay_within_the_tolerances(
    repository: Path,
    shipped_model: Model,
    calibrated_out: Path,
    pytestconfig: pytest.Config,
    prove: Prove,
) -> None:
    """Small: the engine, and the calibration of trade; with --full everything."""
    _, bank = posterior_of(shipped_model, calibrated_out)
    command = [sys.executable, str(repository / "tools" / "distance.py"), "--narrow"]
    command += ["--bank", str(bank.resolve())]
    command += ["--whole"] if pytestconfig.getoption("--full") else []
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    found["disabled"] = " ".join(tolerance.vector_instructions())
    found |= {f"tolerance_of_{kind}": allowed for kind, allowed in TOLERANCES.items()}
    prove("golden_narrow", found)
    assert found["vector_instructions"] == ""
    assert found["engine_events_differ"] == 0
    assert found["engine_greatest_distance"] <= TOLERANCES[ENGINE], found
    assert found["calibration_greatest_distance"] <= TOLERANCES[CALIBRATION], found
    assert found.get("chain_greatest_distance", 0.0) <= TOLERANCES[SCENARIOS], found
    if tolerance.vector_instructions():
        assert found["judged"].startswith("with tolerances")


# ---------------------------------------------------------------------- the policy


def every_number(table: Table) -> set[tuple[tuple[str, str], str]]:
    return {(key, column) for key, row in table.items() for column in row.numbers}


def test_a_last_digit_is_noticed_in_every_number(prove: Prove) -> None:
    noticed = 0
    for name in references.stored_names():
        table = references.read_table(name)
        up = {
            key: Row({c: math.nextafter(v, math.inf) for c, v in row.numbers.items()}, row.draws)
            for key, row in table.items()
        }
        assert not moves(name, table, dict(table), EXACT.tolerance(name)), name
        found = moves(name, table, up, EXACT.tolerance(name))
        assert {(move.key, move.column) for move in found} == every_number(table), name
        noticed += len(found)
    prove("golden_last_digits", {"numbers_moved_by_their_last_digit": noticed, "noticed": noticed})


def test_ten_tolerances_are_noticed_in_every_number_and_a_tenth_in_none(prove: Prove) -> None:
    noticed = 0
    for name in references.stored_names():
        table, allowed = references.read_table(name), ELSEWHERE.tolerance(name)
        found = moves(name, table, shifted(name, table, 10.0 * allowed), allowed)
        assert {(move.key, move.column) for move in found} == every_number(table), name
        assert not moves(name, table, shifted(name, table, 0.1 * allowed), allowed), name
        noticed += len(found)
    prove("golden_tolerances", {"numbers_moved_by_ten_tolerances": noticed, "noticed": noticed})


def shifted(name: str, table: Table, by: float) -> Table:
    """Return a table whose numbers all moved by a part of their scales, at least a trace."""

    def scale(column: str, numbers: Mapping[str, float]) -> float:
        size = abs(numbers[column])
        if name == f"{CALIBRATION}/groups":
            return size if column == "effective" else 1.0
        if name.startswith(CALIBRATION):
            return numbers["prior_sd" if column.startswith("prior") else "sd"] or size
        mean = abs(numbers["mean"]) if column == "sd" else 0.0
        return max(size, numbers["p95"] - numbers["p05"], mean)

    trace = 1e-300 if by > TOLERANCES[name.partition("/")[0]] else 0.0
    return {
        key: Row({c: v + (by * scale(c, row.numbers) or trace) for c, v in row.numbers.items()})
        for key, row in table.items()
    }


def test_other_draws_and_missing_rows_are_noticed() -> None:
    name = f"{ENGINE}/{BASELINE}"
    table = references.read_table(name)
    key = ("trade_turnover", "2033")
    other = table | {key: replace(table[key], draws="another")}
    assert [(m.key, m.column) for m in moves(name, table, other, 0.0)] == [(key, DRAWS)]
    assert not moves(name, table, other, TOLERANCES[ENGINE])
    fewer = {k: row for k, row in table.items() if k != key}
    for old, new in ((table, fewer), (fewer, table)):
        found = moves(name, old, new, TOLERANCES[ENGINE])
        assert {(m.key, m.column) for m in found} == {(key, c) for c in table[key].numbers}
    none = table | {key: Row(dict.fromkeys(table[key].numbers, math.nan))}
    assert moves(name, table, none, TOLERANCES[ENGINE])


@pytest.mark.parametrize(("by", "judged"), [(0.0, EXACT), (1e-9, ELSEWHERE)])
def test_a_moved_input_of_the_engine_is_noticed(
    shipped_model: Model, fixed: Posterior, by: float, judged: Policy
) -> None:
    """Whether the last digit of one posterior value moves, or its ninth."""
    name, law = f"{ENGINE}/{BASELINE}", "trade_turnover.permanent"
    before = references.engine_table(BASELINE, shipped_model, fixed)
    values = fixed.arrays[law].astype(np.float64)
    values[0] = np.nextafter(values[0] * (1.0 + by), math.inf)
    touched = replace(fixed, arrays={**fixed.arrays, law: values})
    after = references.engine_table(BASELINE, shipped_model, touched)
    found = moves(name, before, after, judged.tolerance(name))
    assert "trade_turnover" in {indicator for indicator, _ in (move.key for move in found)}
    assert "people_learners" not in {indicator for indicator, _ in (move.key for move in found)}


def test_policy_is_exact_only_where_the_references_were_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = tolerance.environment()
    monkeypatch.setattr(tolerance, "stored_environment", lambda: here)
    assert tolerance.policy_here() == EXACT
    for name in here:
        other = here | {name: "another"}
        monkeypatch.setattr(tolerance, "stored_environment", lambda other=other: other)
        assert tolerance.policy_here() == Policy(exact=False, differing=(name,))
        assert name in tolerance.policy_here().text


# ---------------------------------------------------------------------- the tool


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the references that the tool works on, whatever versions are installed."""
    copy = tmp_path / "reference"
    shutil.copytree(references.FOLDER, copy)
    monkeypatch.setattr(references, "FOLDER", copy)
    monkeypatch.setattr(rebaseline, "off_the_lock", lambda: "")
    return copy


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def computing(
    monkeypatch: pytest.MonkeyPatch, changes: Mapping[tuple[str, str, str, str], float]
) -> None:
    """Let the tool compute what is stored, with numbers multiplied: by table, key and column."""
    stored = rebaseline.stored()
    tables = {name: dict(table) for name, table in stored.tables.items()}
    for (name, first, second, column), factor in changes.items():
        row = tables[name][first, second]
        number = factor * row.numbers[column]
        tables[name][first, second] = Row({**row.numbers, column: number}, "moved")
    new = replace(stored, tables=tables)
    monkeypatch.setattr(rebaseline, "computed", lambda _out, fixed: replace(new, fixed=fixed))


def test_nothing_is_written_without_a_reason(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(folder)
    for arguments in ([], ["--reason", "  "]):
        with pytest.raises(SystemExit) as refused:
            rebaseline.main(arguments)
        assert refused.value.code == 2
        assert "give --reason" in capsys.readouterr().err
    assert contents(folder) == before


def test_nothing_is_written_off_the_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rebaseline, "off_the_lock", lambda: "numpy 1.0")
    before = contents(folder)
    with pytest.raises(SystemExit):
        rebaseline.main(["--reason", "because"])
    assert "pins of constraints.txt, but here is numpy 1.0" in capsys.readouterr().err
    assert contents(folder) == before


def test_nothing_is_written_if_nothing_moved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tolerance, "policy_here", lambda: EXACT)
    computing(monkeypatch, {})
    before = contents(folder)
    assert rebaseline.main(["--reason", "because"]) == 0
    assert "Nothing moved; nothing is written." in capsys.readouterr().out
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("differing", "options", "written"),
    [
        ("numpy", [], True),
        ("vector instructions", [], False),
        ("vector instructions", ["--here"], True),
    ],
)
def test_another_lock_is_a_reason_to_write_and_another_processor_only_if_asked(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    differing: str,
    options: list[str],
    written: bool,
) -> None:
    elsewhere = Policy(exact=False, differing=(differing,))
    monkeypatch.setattr(tolerance, "policy_here", lambda: elsewhere)
    monkeypatch.setattr(tolerance, "environment", lambda: {"numpy": "another"})
    computing(monkeypatch, {})
    before = contents(folder)
    assert rebaseline.main(["--reason", "another lock", *options]) == 0
    after = contents(folder)
    if not written:
        assert after == before
        return
    assert json.loads(after[tolerance.ENVIRONMENT]) == {"numpy": "another"}
    logged = after[rebaseline.LOG].decode().removeprefix(before[rebaseline.LOG].decode())
    assert "0 numbers moved" in logged
    assert f"Made with other {differing}" in logged


def test_old_and_new_are_told_and_logged_with_the_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tolerance, "policy_here", lambda: EXACT)
    turnover = ("trade_turnover", "2030", "p50")
    changes = {
        (f"{SCENARIOS}/base", *turnover): 1.25,
        (f"{SCENARIOS}/base", "trade_turnover", "2031", "p05"): 1.5,
        (f"{SCENARIOS}/osa_framework", *turnover): 1.25,  # as in the baseline
        (f"{SCENARIOS}/weak_yen", *turnover): 2.0,
        (f"{ENGINE}/base", *turnover): 1.25,
        (f"{CALIBRATION}/bank", "trade_turnover.volatility", "", "mean"): 2.0,
        (f"{CALIBRATION}/parameters", "trade", "trade_turnover.volatility", "sd"): 2.0,
        (f"{CALIBRATION}/groups", "trade", "damped", "weight"): 0.5,
    }
    computing(monkeypatch, changes)
    before, old = contents(folder), rebaseline.stored()
    assert rebaseline.main(["--check"]) == 1
    assert contents(folder) == before
    capsys.readouterr()

    assert rebaseline.main(["--reason", "another\nfigure"]) == 0
    told = capsys.readouterr().out
    logged = (folder / rebaseline.LOG).read_text(encoding="utf-8")
    assert logged.startswith(before[rebaseline.LOG].decode())
    assert told.endswith(logged.removeprefix(before[rebaseline.LOG].decode()).lstrip())
    assert ": another figure\n" in told
    assert "8 numbers moved, 0 were added, 0 are gone." in told
    median = {
        (name, year): old.tables[f"{SCENARIOS}/{name}"]["trade_turnover", year].numbers["p50"]
        for name in ("base", "weak_yen")
        for year in ("2030", "2040")
    }
    row = "| `{}` | `trade_turnover` | {} | {} | {:.6g} → {:.6g} | {:.6g} → {:.6g} |"
    base, late = median["base", "2030"], median["base", "2040"]
    moved = references.read_table(f"{SCENARIOS}/base")["trade_turnover", "2031"]
    was = old.tables[f"{SCENARIOS}/base"]["trade_turnover", "2031"].numbers
    shift = moved.numbers["p05"] - was["p05"]
    width = old.tables[f"{SCENARIOS}/base"]["trade_turnover", "2030"].numbers
    distances = [
        shift / max(was["p05"], was["p95"] - was["p05"]),
        0.25 * base / max(base, width["p95"] - width["p05"]),
    ]
    assert row.format("base", 2, f"{max(distances):.1e}", base, 1.25 * base, late, late) in told
    assert "`osa_framework`" not in told
    assert f"{median['weak_yen', '2030']:.6g} → {2 * median['weak_yen', '2030']:.6g}" in told
    volatility = old.tables[f"{CALIBRATION}/bank"]["trade_turnover.volatility", ""].numbers["mean"]
    assert f"mean {volatility:.6g} → {2 * volatility:.6g} |" in told
    weight = old.tables[f"{CALIBRATION}/groups"]["trade", "damped"].numbers["weight"]
    assert f"damped weight {weight:.6g} → {0.5 * weight:.6g} |" in told

    after = contents(folder)
    for name, table in rebaseline.computed(Path(), old.fixed).tables.items():
        assert references.read_table(name) == table, name
    assert after[references.EVENTS] == before[references.EVENTS]
    fixed = references.read_fixed().arrays
    assert fixed.keys() == old.fixed.arrays.keys()
    for name, array in fixed.items():
        assert array.tobytes() == old.fixed.arrays[name].tobytes(), name
    assert rebaseline.main(["--reason", "another figure"]) == 0
    assert contents(folder) == after
