"""The shipped calibration, scenarios and engine against the stored references.

The references hold a hash of each year of every indicator in every shipped scenario, and numbers
that say by how much one moved (`tools/references.py`). The policy (`tools/tolerance.py`): exact,
to the last digit of every draw, on the pinned versions and the class of processor that made them;
elsewhere the numbers alone are judged, to 1e-12 for the engine on the stored posterior rows, 1e-7
for the calibration, 1e-6 for the whole chain, in parts of a number's scale.
`python tools/golden.py --reason …` renews the references and logs old → new.
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

import golden
import numpy as np
import pytest
import references
import tolerance
from golden_message import inputs_of, message, read_inputs
from references import (
    ALL_YEARS,
    BANK,
    BASELINE,
    CALIBRATION,
    ENGINE,
    ENGINE_OPTIONS,
    GROUPS,
    HASH,
    HEADS,
    PARAMETERS,
    SCENARIOS,
    SHOWN,
    SHOWN_YEARS,
    SUMMARIES,
    Row,
    Table,
    summary_table,
)
from tolerance import TOLERANCES, Move, Policy, moves, scale

from vnjp_sim.calibration import Posterior
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import batch_of
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summaries import summarise

pytestmark = pytest.mark.golden

SHIPPED = references.shipped_scenarios()
EXACT = Policy(exact=True, differing=())
ELSEWHERE = Policy(exact=False, differing=("numpy",))
Prove = Callable[[str, Mapping[str, Any]], None]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return tolerance.policy_here()


@pytest.fixture(scope="module")
def policy_of_calibration(policy: Policy, shipped_model: Model, repository: Path) -> Policy:
    """The policy for what rests on a calibration; one in the checkout may come from anywhere."""
    made = shipped_model.hashes["calibration"]
    if (repository / "results" / "calibration" / made).exists():
        return Policy(exact=False, differing=(*policy.differing, "calibration"))
    return policy


@pytest.fixture(scope="module")
def fixed() -> Posterior:
    return references.read_fixed()


def judge(title: str, tables: Mapping[str, Table], policy: Policy, prove: Prove) -> None:
    """Compare tables with the stored ones, write the figures, and fail if anything moved."""
    found: list[Move] = []
    moved: dict[str, list[Move]] = {}
    for name, table in tables.items():
        stored = references.read_table(name)
        found += moves(name, stored, table, 0.0)
        moved[name] = moves(name, stored, table, policy.tolerance(name))
    figures = {
        "judged": policy.text,
        "tables": len(tables),
        "numbers": sum(len(row.numbers) for table in tables.values() for row in table.values()),
        "numbers_that_differ_in_some_digit": sum(move.column != HASH for move in found),
        "hashes_that_differ": sum(move.column == HASH for move in found),
        "greatest_distance": tolerance.greatest(found),
        "tolerance": max(policy.tolerance(name) for name in tables),
        "numbers_beyond_the_tolerance": sum(map(len, moved.values())),
    }
    prove(f"golden_{title}", figures)
    if any(moved.values()):
        inputs = read_inputs(), inputs_of(load_model())
        pytest.fail(message(moved, *inputs, policy.text), pytrace=False)


# ---------------------------------------------------------------------- the references


@pytest.mark.parametrize("name", [SCENARIOS, ENGINE])
def test_references_hold_every_scenario_indicator_and_year(name: str, shipped_model: Model) -> None:
    table = references.read_table(name)
    indicators = {indicator for _, indicator in table}
    projected = {n for n, i in shipped_model.registry.indicators.items() if not i.not_projected}
    assert indicators == projected
    assert table.keys() == {(scenario, i) for scenario in SHIPPED for i in indicators}
    columns = [f"{column} {year}" for year in SHOWN_YEARS for column in SHOWN]
    columns += [f"{column} {ALL_YEARS}" for column in SUMMARIES]
    asked = {s: prepare_scenario(s, shipped_model, Options()) for s in SHIPPED}
    for (scenario, _), row in table.items():
        first, *hashes = row.hash.split()
        years = asked[scenario].end - asked[scenario].start + 1
        assert (int(first), len(hashes)) == (asked[scenario].start, years)
        assert list(row.numbers) == columns


def test_every_calibrated_series_has_a_reference(shipped_model: Model) -> None:
    bank = references.read_table(BANK)
    laws = set(shipped_model.parameters.laws)
    assert {law for law in laws if any(name.startswith(f"{law}.") for name, _ in bank)} == laws


def test_references_come_from_the_pinned_versions(policy: Policy, prove: Prove) -> None:
    prove("golden_environment", {"judged": policy.text, **tolerance.environment()})
    stored = tolerance.stored_environment()
    assert stored.keys() == tolerance.environment().keys()
    pins = golden.pins()
    assert {name: stored[name] for name in tolerance.LIBRARIES} == {
        name: pins[name] for name in tolerance.LIBRARIES
    }


def test_files_hold_what_is_read_from_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {name: references.read_table(name) for name in HEADS}
    texts = {name: (references.FOLDER / f"{name}.csv").read_text() for name in HEADS}
    assert all(tables.values())
    monkeypatch.setattr(references, "FOLDER", tmp_path)
    for name, table in tables.items():
        references.write_table(name, table)
    assert {name: (tmp_path / f"{name}.csv").read_text() for name in HEADS} == texts


# ---------------------------------------------------------------------- the model


def test_calibration_agrees_with_its_reference(
    posterior: Posterior, policy_of_calibration: Policy, prove: Prove
) -> None:
    tables = references.calibration_tables(posterior)
    judge("calibration", tables, policy_of_calibration, prove)


def test_scenarios_agree_with_their_references(
    shipped_model: Model, calibrated_out: Path, policy_of_calibration: Policy, prove: Prove
) -> None:
    table = references.scenarios_table(shipped_model, calibrated_out)
    judge("scenarios", {SCENARIOS: table}, policy_of_calibration, prove)


def test_engine_agrees_with_its_references(
    shipped_model: Model, fixed: Posterior, policy: Policy, prove: Prove
) -> None:
    judge("engine", {ENGINE: references.engine_table(shipped_model, fixed)}, policy, prove)


def test_clock_tells_the_same_events(shipped_model: Model, fixed: Posterior) -> None:
    stored = (references.FOLDER / references.EVENTS).read_text(encoding="utf-8")
    assert references.engine_events(shipped_model, fixed) == stored
    assert "maritime_tension,1,2028-10-01,1,Timeout,_at\n" in stored  # the vessels on a loan


def test_engine_is_judged_on_arrays_that_the_calibration_gives(
    fixed: Posterior, posterior: Posterior
) -> None:
    assert references.same_structure(fixed, posterior)
    fewer = dict(list(posterior.arrays.items())[1:])
    assert not references.same_structure(fixed, replace(posterior, arrays=fewer))


def test_narrow_vector_instructions_stay_within_the_tolerances(
    repository: Path,
    shipped_model: Model,
    calibrated_out: Path,
    pytestconfig: pytest.Config,
    prove: Prove,
) -> None:
    """Small: the engine, and the calibration of trade; with --full everything."""
    _, bank = posterior_of(shipped_model, calibrated_out)
    command = [sys.executable, str(repository / "tools" / "golden.py"), "--distance", "--narrow"]
    command += ["--bank", str(bank.resolve())]
    command += ["--whole"] if pytestconfig.getoption("--full") else []
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    found["disabled"] = " ".join(tolerance.vector_instructions())
    found |= {
        f"tolerance_of_{name.partition('/')[0]}": allowed for name, allowed in TOLERANCES.items()
    }
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
    for name in HEADS:
        table = references.read_table(name)
        up = {
            key: Row({c: math.nextafter(v, math.inf) for c, v in row.numbers.items()}, row.hash)
            for key, row in table.items()
        }
        assert not moves(name, table, dict(table), EXACT.tolerance(name)), name
        found = moves(name, table, up, EXACT.tolerance(name))
        assert {(move.key, move.column) for move in found} == every_number(table), name
        noticed += len(found)
    prove("golden_last_digits", {"numbers_moved_by_their_last_digit": noticed, "noticed": noticed})


def test_ten_tolerances_are_noticed_in_every_number_and_a_tenth_in_none(prove: Prove) -> None:
    noticed = 0
    for name in HEADS:
        table, allowed = references.read_table(name), ELSEWHERE.tolerance(name)
        found = moves(name, table, shifted(name, table, 10.0 * allowed), allowed)
        assert {(move.key, move.column) for move in found} == every_number(table), name
        assert not moves(name, table, shifted(name, table, 0.1 * allowed), allowed), name
        noticed += len(found)
    prove("golden_tolerances", {"numbers_moved_by_ten_tolerances": noticed, "noticed": noticed})


def shifted(name: str, table: Table, by: float) -> Table:
    """Return a table whose numbers all moved by a part of their scales, at least a trace."""
    trace = 1e-300 if by > ELSEWHERE.tolerance(name) else 0.0
    return {
        key: Row(
            {c: v + (by * scale(name, c, row.numbers) or trace) for c, v in row.numbers.items()}
        )
        for key, row in table.items()
    }


def test_scale_of_a_number() -> None:
    band = {"p05 2030": -2.0, "p50 2030": 1.0, "p95 2030": 4.0}
    everywhere = {
        f"{c} {ALL_YEARS}": v for c, v in zip(SUMMARIES, (9.0, 0.5, 1, 2, 3, 4, 5), strict=True)
    }
    numbers = band | everywhere
    expected = {"p50 2030": 6.0, f"p95 {ALL_YEARS}": 5.0, f"sd {ALL_YEARS}": 9.0}
    assert {column: scale(ENGINE, column, numbers) for column in expected} == expected
    assert scale(GROUPS, "weight", {"weight": 0.1}) == 1.0
    assert scale(GROUPS, "effective", {"effective": 900.0}) == 900.0
    assert scale(PARAMETERS, "prior_mean", {"prior_mean": 3.0, "prior_sd": 0.2, "sd": 0.1}) == 0.2
    assert scale(BANK, "mean", {"mean": 3.0, "sd": 0.0}) == 3.0


def test_a_last_digit_of_one_draw_is_noticed_in_its_year(
    shipped_model: Model, fixed: Posterior
) -> None:
    scenario = prepare_scenario(BASELINE, shipped_model, ENGINE_OPTIONS)
    arrays = project(fixed, batch_of(scenario, shipped_model, ENGINE_OPTIONS)).of()
    before = summary_table(BASELINE, summarise(arrays, scenario.start), arrays)
    for row in range(scenario.end - scenario.start + 1):
        touched = {name: array.copy() for name, array in arrays.items()}
        for array in touched.values():
            array[row, row] = np.nextafter(array[row, row], math.inf)
        after = summary_table(BASELINE, summarise(touched, scenario.start), touched)
        found = [m for m in moves(ENGINE, before, after, 0.0) if m.column == HASH]
        assert {move.key for move in found} == before.keys()
        assert {move.years for move in found} == {(scenario.start + row,)}
        assert f"hash of {scenario.start + row}: other" in str(found[0])


def test_a_thousand_tolerances_are_noticed_in_every_year(
    shipped_model: Model, fixed: Posterior
) -> None:
    """Elsewhere too, where hashes say nothing: in what is averaged over all years."""
    scenario = prepare_scenario(BASELINE, shipped_model, ENGINE_OPTIONS)
    arrays = project(fixed, batch_of(scenario, shipped_model, ENGINE_OPTIONS)).of()
    before = summary_table(BASELINE, summarise(arrays, scenario.start), arrays)
    by = 1.0 + 1000.0 * TOLERANCES[ENGINE]
    for row in range(scenario.end - scenario.start + 1):
        touched = {name: array.copy() for name, array in arrays.items()}
        for array in touched.values():
            array[row] *= by
        after = summary_table(BASELINE, summarise(touched, scenario.start), touched)
        found = {move.key for move in moves(ENGINE, before, after, TOLERANCES[ENGINE])}
        assert {key for key in before if arrays[key[1]][row].min() > 0.0} <= found


def test_other_draws_and_missing_rows_are_noticed() -> None:
    table = references.read_table(ENGINE)
    key = (BASELINE, "trade_turnover")
    first, *hashes = table[key].hash.split()
    hashes[8] = "0000"
    other = table | {key: replace(table[key], hash=" ".join([first, *hashes]))}
    found = moves(ENGINE, table, other, 0.0)
    assert [(m.key, m.column, m.years) for m in found] == [(key, HASH, (2033,))]
    assert not moves(ENGINE, table, other, TOLERANCES[ENGINE])
    fewer = {k: row for k, row in table.items() if k != key}
    for old, new in ((table, fewer), (fewer, table)):
        found = moves(ENGINE, old, new, TOLERANCES[ENGINE])
        assert {(m.key, m.column) for m in found} == {(key, c) for c in table[key].numbers}
    none = table | {key: Row(dict.fromkeys(table[key].numbers, math.nan), table[key].hash)}
    assert moves(ENGINE, table, none, TOLERANCES[ENGINE])
    assert not moves(ENGINE, none, dict(none), 0.0)


@pytest.mark.parametrize(("by", "judged"), [(0.0, EXACT), (1e-9, ELSEWHERE)])
def test_a_moved_input_of_the_engine_is_noticed(
    shipped_model: Model, fixed: Posterior, by: float, judged: Policy
) -> None:
    """Whether the last digit of one posterior value moves, or its ninth."""
    law = "trade_turnover.permanent"
    before = references.engine_table(shipped_model, fixed, [BASELINE])
    values = fixed.arrays[law].astype(np.float64)
    values[0] = np.nextafter(values[0] * (1.0 + by), math.inf)
    touched = replace(fixed, arrays={**fixed.arrays, law: values})
    after = references.engine_table(shipped_model, touched, [BASELINE])
    found = moves(ENGINE, before, after, judged.tolerance(ENGINE))
    assert (BASELINE, "trade_turnover") in {move.key for move in found}
    assert (BASELINE, "people_learners") not in {move.key for move in found}


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
    monkeypatch.setattr(golden, "off_the_lock", lambda: "")
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
    stored = golden.stored()
    tables = {name: dict(table) for name, table in stored.tables.items()}
    for (name, first, second, column), factor in changes.items():
        row = tables[name][first, second]
        number = factor * row.numbers[column]
        hashes = " ".join([*row.hash.split()[:-1], "moved"])
        tables[name][first, second] = Row({**row.numbers, column: number}, hashes)
    new = replace(stored, tables=tables)
    monkeypatch.setattr(golden, "computed", lambda _out, fixed: replace(new, fixed=fixed))


def test_nothing_is_written_without_a_reason(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder)
    for arguments in (["--here"], ["--reason", "  "]):
        with pytest.raises(SystemExit) as refused:
            golden.main(arguments)
        assert refused.value.code == 2
        assert "give --reason" in capsys.readouterr().err
    monkeypatch.setattr(tolerance, "policy_here", lambda: EXACT)
    computing(monkeypatch, {(ENGINE, BASELINE, "trade_turnover", "p50 2030"): 1.5})
    assert golden.main([]) == 1
    assert contents(folder) == before


def test_nothing_is_written_off_the_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(golden, "off_the_lock", lambda: "numpy 1.0")
    before = contents(folder)
    with pytest.raises(SystemExit):
        golden.main(["--reason", "because"])
    assert "pins of constraints.txt, but here is numpy 1.0" in capsys.readouterr().err
    assert contents(folder) == before


def test_nothing_is_written_if_nothing_moved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tolerance, "policy_here", lambda: EXACT)
    computing(monkeypatch, {})
    before = contents(folder)
    assert golden.main(["--reason", "because"]) == 0
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
    assert golden.main(["--reason", "another lock", *options]) == 0
    after = contents(folder)
    if not written:
        assert after == before
        return
    assert json.loads(after[tolerance.ENVIRONMENT]) == {"numpy": "another"}
    logged = after[golden.LOG].decode().removeprefix(before[golden.LOG].decode())
    assert "0 numbers moved" in logged
    assert f"Made with other {differing}" in logged


def test_old_and_new_are_told_and_logged_with_the_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tolerance, "policy_here", lambda: EXACT)
    turnover = ("trade_turnover", "p50 2030")
    changes = {
        (SCENARIOS, "base", "labour_intake", "p50 2030"): 1.25,
        (SCENARIOS, "base", "labour_intake", "p05 2040"): 1.5,
        (SCENARIOS, "osa_framework", "labour_intake", "p50 2030"): 1.25,  # as in the baseline
        (SCENARIOS, "osa_framework", "labour_intake", "p05 2040"): 1.5,
        (SCENARIOS, "weak_yen", *turnover): 2.0,
        (ENGINE, "base", *turnover): 1.25,
        (BANK, "trade_turnover.volatility", "", "mean"): 2.0,
        (PARAMETERS, "trade", "trade_turnover.volatility", "sd"): 2.0,
        (GROUPS, "trade", "damped", "weight"): 0.5,
    }
    computing(monkeypatch, changes)
    before, old = contents(folder), golden.stored()
    assert golden.main([]) == 1
    assert contents(folder) == before
    capsys.readouterr()

    assert golden.main(["--reason", "another\nfigure"]) == 0
    told = capsys.readouterr().out
    logged = (folder / golden.LOG).read_text(encoding="utf-8")
    assert logged.startswith(before[golden.LOG].decode())
    assert told.endswith(logged.removeprefix(before[golden.LOG].decode()).lstrip())
    assert ": another figure\n" in told
    assert "9 numbers moved, 0 were added, 0 are gone." in told
    was = old.tables[SCENARIOS]["base", "labour_intake"].numbers
    distance = max(
        0.25 * was["p50 2030"] / scale(SCENARIOS, "p50 2030", was),
        0.5 * was["p05 2040"] / scale(SCENARIOS, "p05 2040", was),
    )
    median, late = was["p50 2030"], was["p50 2040"]
    assert (
        f"| `base labour_intake` | 2 | {distance:.1e} | 2040 | {median:.6g} → {1.25 * median:.6g} "
        f"| {late:.6g} → {late:.6g} |"
    ) in told
    assert "osa_framework" not in told
    median = old.tables[SCENARIOS]["weak_yen", "trade_turnover"].numbers["p50 2030"]
    assert f"{median:.6g} → {2 * median:.6g}" in told
    volatility = old.tables[BANK]["trade_turnover.volatility", ""].numbers["mean"]
    assert f"mean {volatility:.6g} → {2 * volatility:.6g} |" in told
    weight = old.tables[GROUPS]["trade", "damped"].numbers["weight"]
    assert f"damped weight {weight:.6g} → {0.5 * weight:.6g} |" in told

    after = contents(folder)
    for name, table in golden.computed(Path(), old.fixed).tables.items():
        assert references.read_table(name) == table, name
    assert after[references.EVENTS] == before[references.EVENTS]
    fixed = references.read_fixed().arrays
    assert fixed.keys() == old.fixed.arrays.keys()
    for name, array in fixed.items():
        assert array.tobytes() == old.fixed.arrays[name].tobytes(), name
    assert golden.main(["--reason", "another figure"]) == 0
    assert contents(folder) == after
