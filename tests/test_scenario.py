"""Scenario files: what is refused, with which words, and how a chain is merged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnjp_sim.errors import InputError
from vnjp_sim.model import Model
from vnjp_sim.parameters import Distribution
from vnjp_sim.scenario import (
    MAX_CHAIN,
    ScenarioFile,
    find_scenario,
    read_scenario,
    replaceable,
)

SCENARIO = "name: {name}\ntitle: A title\n{rest}\n"
HORIZON = "horizon: {start: 2025, end: 2040}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, rest: str) -> Path:
    file = folder / f"{name}.yml"
    file.write_text(SCENARIO.format(name=name, rest=rest), encoding="utf-8")
    return file


def refusal(file: Path, model: Model) -> str:
    with pytest.raises(InputError) as refused:
        read_scenario(file, model.parameters, model.instruments)
    return str(refused.value)


def test_every_case_has_its_messages() -> None:
    assert cases.complete("scenario")


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("scenario"))
def test_bad_scenario_is_refused(name: str, folder: Path, shipped_model: Model) -> None:
    for parent in (cases.CASES / "scenario" / "parents").iterdir():
        shutil.copy(parent, folder)
    shutil.copy(cases.case("scenario", name), folder)
    with pytest.raises(InputError) as refused:
        read_scenario(Path(f"{name}.yml"), shipped_model.parameters, shipped_model.instruments)
    cases.assert_refused(refused.value, "scenario", name)


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (SCENARIO.encode("utf-16"), "case.yml:1: is not UTF-8; save it as UTF-8"),
        (b"name: case\ntitle: Caf\xe9\n", "case.yml:2: is not UTF-8; save it as UTF-8"),
        (
            b"name: case\ntitle: a\0b\n",
            "case.yml:2:9: holds the control character U+0000; delete it",
        ),
        (b"#" * 2_000_000, "case.yml: has more than 131072 bytes; split or shorten it"),
    ],
)
def test_bad_bytes_are_refused(
    content: bytes, told: str, folder: Path, shipped_model: Model
) -> None:
    file = folder / "case.yml"
    file.write_bytes(content)
    assert refusal(file, shipped_model) == told


def test_byte_order_mark_is_left_out(folder: Path, shipped_model: Model) -> None:
    file = write(folder, "marked", HORIZON)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_scenario(file, shipped_model.parameters, shipped_model.instruments).name == "marked"


def test_missing_file_and_folder_are_told(folder: Path, shipped_model: Model) -> None:
    assert refusal(Path("absent.yml"), shipped_model) == "absent.yml: no such file; check the path"
    (folder / "made.yml").mkdir()
    told = "made.yml: is a folder, not a file; name a file in it"
    assert refusal(Path("made.yml"), shipped_model) == told
    write(folder, "plain", HORIZON)
    told = "plain.yml/below.yml: cannot be read (Not a directory); check the path"
    assert refusal(Path("plain.yml/below.yml"), shipped_model) == told


def test_chain_is_merged_from_its_root(folder: Path, shipped_model: Model) -> None:
    shock = "macro_vn_growth_shock: {fixed: 1.5}"
    mean = "macro_vn_growth_mean: {fixed: 5.0}"
    write(folder, "root", f"{HORIZON}\nparameters:\n  {shock}\n  {mean}")
    write(folder, "middle", "extends: root\nhorizon: {start: 2026, end: 2050}")
    write(folder, "leaf", "extends: middle\nparameters:\n  macro_vn_growth_mean: {fixed: 4}")
    leaf = read_scenario(folder / "leaf.yml", shipped_model.parameters, shipped_model.instruments)
    assert leaf.chain == ("root", "middle", "leaf")
    assert (leaf.start, leaf.end) == (2026, 2050)
    assert leaf.parameters == {
        "macro_vn_growth_shock": Distribution(fixed=1.5),
        "macro_vn_growth_mean": Distribution(fixed=4.0),
    }
    assert json.loads(json.dumps(leaf.content))["horizon"] == [2026, 2050]


def test_parent_is_found_among_the_shipped(folder: Path, shipped_model: Model) -> None:
    write(folder, "child", "extends: base")
    child = read_scenario(folder / "child.yml", shipped_model.parameters, shipped_model.instruments)
    assert child.chain == ("base", "child")


def test_chain_has_a_greatest_length(folder: Path, shipped_model: Model) -> None:
    write(folder, "c0", HORIZON)
    for link in range(1, MAX_CHAIN + 1):
        write(folder, f"c{link}", f"extends: c{link - 1}")
    longest = read_scenario(
        folder / f"c{MAX_CHAIN - 1}.yml", shipped_model.parameters, shipped_model.instruments
    )
    assert len(longest.chain) == MAX_CHAIN
    told = f"c1.yml:3:1: the chain has more than {MAX_CHAIN} scenarios; shorten it"
    assert refusal(folder / f"c{MAX_CHAIN}.yml", shipped_model) == told


def test_faults_of_child_and_parent_are_told_together(folder: Path, shipped_model: Model) -> None:
    write(folder, "parent", "horizon: 2025")
    write(folder, "child", "extends: parent\nparameters: {macro_vn_growth_men: {fixed: 1}}")
    told = refusal(folder / "child.yml", shipped_model).splitlines()
    assert [line.split(":")[0] for line in told] == ["child.yml", "parent.yml"]


def test_folder_of_the_name_of_a_shipped_scenario_does_not_hide_it(folder: Path) -> None:
    (folder / "base").mkdir()
    assert find_scenario("base").name == "base.yml"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("bse", "bse: no such scenario; give a YAML file, or did you mean 'base'?"),
        ("../base", "../base: no such scenario; give a YAML file, or …"),
        ("", ": is a folder, not a file; name a YAML file in it"),
        (".", ".: is a folder, not a file; name a YAML file in it"),
        ("bse.yml", "bse.yml: no such file; did you mean 'base.yml'?"),
        ("scenarios/bse.yml", "scenarios/bse.yml: no such file; did you mean 'base.yml'?"),
        ("nowhere/bse.yml", "nowhere/bse.yml: no such file; check the path"),
        ("base\nx", "base\\nx: no such scenario; give a YAML file, or did you mean 'base'?"),
    ],
)
def test_unknown_scenario_gets_a_suggestion(request_: str, told: str, folder: Path) -> None:
    with pytest.raises(InputError) as refused:
        find_scenario(request_)
    cases.assert_same([str(refused.value)], [told])


def test_shipped_scenario_is_found_by_path_from_anywhere(folder: Path) -> None:
    assert find_scenario("scenarios/base.yml") == find_scenario("base")
    own = write(folder, "base", HORIZON)
    assert find_scenario("base.yml").resolve() == own


def test_only_priors_without_figures_may_be_replaced(shipped_model: Model) -> None:
    movable = replaceable(shipped_model.parameters)
    assert "macro_vn_growth_mean" in movable
    assert movable.isdisjoint(shipped_model.parameters.laws)
    assert not {"pooled_half_life", "document_error_high", "trade_balance_season"} & movable


def shipped_content(repository: Path) -> dict[str, Any]:
    import yaml

    file = repository / "scenarios" / "base.yml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def test_schema_accepts_the_baseline_and_refuses_what_the_reader_refuses(repository: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = ScenarioFile.model_json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    content = shipped_content(repository)
    assert validator.is_valid(content)
    assert not validator.is_valid(content | {"narative": "x"})
    assert not validator.is_valid(content | {"name": "../x"})
    assert not validator.is_valid(content | {"horizon": {"start": 1999, "end": 2040}})


@given(st.text(max_size=60))
def test_no_text_breaks_the_search_for_a_scenario(request_: str) -> None:
    try:
        found, told = [find_scenario(request_)], ""
    except InputError as error:
        found, told = [], str(error)
    assert told.isprintable()
    assert all(file.exists() for file in found)


def test_removed_grants_do_not_count(folder: Path, shipped_model: Model) -> None:
    much = "events:\n  - {on: 2027-05-01, type: osa_grant, amount: 9}"
    levers = "levers:\n  security_osa_budget: {path: step, from: 2026, set: 9}"
    write(folder, "first", f"extends: base\n{levers}\n{much}")
    rest = "extends: first\nremove: {levers: [security_osa_budget], events: [osa_grant]}"
    scenario = read_scenario(
        write(folder, "second", rest), shipped_model.parameters, shipped_model.instruments
    )
    assert scenario.events == ()
    assert scenario.levers == {}
    rest = "extends: first\nremove: {levers: [security_osa_budget]}"
    told = refusal(write(folder, "third", rest), shipped_model)
    assert told.startswith("first.yml:7:")
    assert "above the ceiling of about JPY 3 bn" in told


def test_what_a_grandparent_has_may_be_removed_once(folder: Path, shipped_model: Model) -> None:
    write(folder, "first", "extends: oda_expansion\nremove: {levers: [oda_commitments]}")
    rest = "extends: first\nremove: {levers: [oda_commitments]}"
    told = refusal(write(folder, "second", rest), shipped_model)
    assert "remove: no parent has the lever 'oda_commitments'; leave it out" in told
