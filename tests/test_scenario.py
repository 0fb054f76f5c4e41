"""Scenario files: what is refused, with which words, and how a chain is merged."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.scenario_chain import MAX_CHAIN
from vnjp_sim.inputs.scenario_file import ScenarioFile
from vnjp_sim.inputs.scenario_lookup import find_scenario
from vnjp_sim.inputs.scenario_template import write_template
from vnjp_sim.simulation.model_data import Model, load_model

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
        model.scenario_reader().read(file)
    return str(refused.value)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("scenario"))
def test_bad_scenario_is_refused(name: str, folder: Path, shipped_model: Model) -> None:
    for parent in (cases.CASES / "scenario" / "parents").iterdir():
        shutil.copy(parent, folder)
    shutil.copy(cases.case("scenario", name), folder)
    with pytest.raises(InputError) as refused:
        shipped_model.scenario_reader().read(Path(f"{name}.yml"))
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
    assert shipped_model.scenario_reader().read(file).name == "marked"


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
    mean = "macro_vn_growth_lasting: {fixed: 5.0}"
    write(folder, "root", f"{HORIZON}\nparameters:\n  {shock}\n  {mean}")
    write(folder, "middle", "extends: root\nhorizon: {start: 2026, end: 2050}")
    write(folder, "leaf", "extends: middle\nparameters:\n  macro_vn_growth_lasting: {fixed: 4}")
    leaf = shipped_model.scenario_reader().read(folder / "leaf.yml")
    assert leaf.chain == ("root", "middle", "leaf")
    assert (leaf.start, leaf.end) == (2026, 2050)
    assert leaf.parameters == {
        "macro_vn_growth_shock": Distribution(fixed=1.5),
        "macro_vn_growth_lasting": Distribution(fixed=4.0),
    }
    assert json.loads(json.dumps(leaf.content))["horizon"] == [2026, 2050]


def test_parent_is_found_among_the_shipped(folder: Path, shipped_model: Model) -> None:
    write(folder, "child", "extends: base")
    child = shipped_model.scenario_reader().read(folder / "child.yml")
    assert child.chain == ("base", "child")


def test_chain_has_a_greatest_length(folder: Path, shipped_model: Model) -> None:
    write(folder, "c0", HORIZON)
    for link in range(1, MAX_CHAIN + 1):
        write(folder, f"c{link}", f"extends: c{link - 1}")
    longest = shipped_model.scenario_reader().read(folder / f"c{MAX_CHAIN - 1}.yml")
    assert len(longest.chain) == MAX_CHAIN
    told = f"c1.yml:3:1: the chain has more than {MAX_CHAIN} scenarios; shorten it"
    assert refusal(folder / f"c{MAX_CHAIN}.yml", shipped_model) == told


def test_faults_of_child_and_parent_are_told_together(folder: Path, shipped_model: Model) -> None:
    write(folder, "parent", "horizon: 2025")
    write(folder, "child", "extends: parent\nparameters: {macro_vn_growth_lastin: {fixed: 1}}")
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
        ("", "'': is a folder, not a file; name a YAML file in it"),
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
    movable = shipped_model.replaceable
    assert {"macro_vn_growth_lasting", "agreements_to_exports", "agreement_effect"} <= set(movable)
    assert movable.keys().isdisjoint(shipped_model.parameters.laws)
    assert not {"pooled_half_life", "document_error_high", "trade_balance_season"} & movable.keys()


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
    scenario = shipped_model.scenario_reader().read(write(folder, "second", rest))
    assert scenario.events == ()
    assert scenario.levers == {}
    rest = "extends: first\nremove: {levers: [security_osa_budget]}"
    told = refusal(write(folder, "third", rest), shipped_model)
    assert told.startswith("first.yml:7:")
    assert "above the programme's size of about JPY 3 bn" in told


def test_what_a_grandparent_has_may_be_removed_once(folder: Path, shipped_model: Model) -> None:
    write(folder, "first", "extends: oda_expansion\nremove: {levers: [oda_commitments]}")
    rest = "extends: first\nremove: {levers: [oda_commitments]}"
    told = refusal(write(folder, "second", rest), shipped_model)
    assert "remove: no parent has the lever 'oda_commitments'; leave it out" in told


LATE = (
    "levers:\n  oda_commitments: {path: step, from: 2038, multiply: 2}\n"
    "events:\n  - {on: 2037-04-01, type: loan_pledge, amount: 300}"
)
SHORT = "horizon: {start: 2025, end: 2032}"
AGAIN = "levers: {{oda_commitments: {{path: step, {}}}}}"
PLEDGE = "events: [{on: 2028-04-01, type: loan_pledge, amount: 3}]"
REMOVE_LATE = "remove: {levers: [oda_commitments], events: [loan_pledge]}"


@pytest.mark.parametrize(
    ("rest", "levers"),
    [
        (f"{SHORT}\n{REMOVE_LATE}", {}),
        (
            f"{SHORT}\n{AGAIN.format('from: 2030, set: 3')}\nremove: {{events: [loan_pledge]}}",
            {"oda_commitments": 2030},
        ),
        (
            f"{SHORT}\n{REMOVE_LATE}\n{AGAIN.format('from: 2027, set: 9')}\n{PLEDGE}",
            {"oda_commitments": 2027},
        ),
        ("horizon: {start: 2025, end: 2060}", {"oda_commitments": 2038}),
    ],
    ids=["removed", "replaced", "removed and set again", "longer horizon"],
)
def test_what_is_gone_does_not_count(
    rest: str, levers: dict[str, int], folder: Path, shipped_model: Model
) -> None:
    write(folder, "parent", f"extends: base\n{LATE}")
    file = write(folder, "child", f"extends: parent\n{rest}")
    child = shipped_model.scenario_reader().read(file)
    assert {name: path.first_year for name, path in child.levers.items()} == levers
    assert all(child.start <= event.on.year <= child.end for event in child.events)


def test_what_is_left_outside_the_horizon_is_told_where_it_stands(
    folder: Path, shipped_model: Model
) -> None:
    write(folder, "parent", f"extends: base\n{LATE}")
    remove = "remove: {levers: [oda_commitments]}"
    told = refusal(write(folder, "child", f"extends: parent\n{SHORT}\n{remove}"), shipped_model)
    assert told == (
        "parent.yml:7:6: the event of 2037-04-01 is outside the horizon of 'child'; "
        "give a date within 2025 to 2032, or remove it in 'child'"
    )
    own = "levers: {trade_exports: {path: step, from: 2040, multiply: 2}}"
    told = refusal(
        write(folder, "child", f"extends: parent\n{SHORT}\n{REMOVE_LATE}\n{own}"), shipped_model
    )
    assert told.startswith("child.yml:6:10: lever 'trade_exports' begins in 2040, outside the hor")


def test_parent_must_be_right_by_itself_though_the_child_removes(
    folder: Path, shipped_model: Model
) -> None:
    wild = "levers:\n  oda_commitments: {path: step, from: 2027, multiply: 1000}"
    write(folder, "parent", f"extends: base\n{wild}")
    remove = "remove: {levers: [oda_commitments]}"
    told = refusal(write(folder, "child", f"extends: parent\n{remove}"), shipped_model)
    assert told.startswith(
        "parent.yml:5:45: lever 'oda_commitments': multiply 1000 is out of range"
    )


def test_parameter_of_a_parent_is_removed_anywhere_in_a_chain(
    folder: Path, shipped_model: Model
) -> None:
    mean = "parameters: {macro_vn_growth_lasting: {fixed: 5.0}}"
    drop = "remove: {parameters: [macro_vn_growth_lasting]}"
    write(folder, "c0", f"{HORIZON}\n{mean}")
    for link in range(1, MAX_CHAIN):
        rest = drop if link == 4 else mean if link == 7 else drop if link == 9 else ""
        write(folder, f"c{link}", f"extends: c{link - 1}\n{rest}")

    def parameters(link: int) -> set[str]:
        file = folder / f"c{link}.yml"
        read = shipped_model.scenario_reader().read(file)
        assert len(read.chain) == link + 1
        return set(read.parameters)

    mine = {"macro_vn_growth_lasting"}
    held = [parameters(link) for link in range(MAX_CHAIN)]
    assert held == [mine] * 4 + [set()] * 3 + [mine] * 2 + [set()]


def test_ceiling_of_a_child_counts_for_the_grants_of_its_parent(
    folder: Path, shipped_model: Model
) -> None:
    grant = "events:\n  - {on: 2027-05-01, type: osa_grant, amount: 2}"
    write(folder, "parent", f"extends: base\n{grant}")
    low = "levers: {security_osa_budget: {path: step, from: 2026, set: 1}}"
    told = refusal(write(folder, "child", f"extends: parent\n{low}"), shipped_model)
    assert told.startswith("parent.yml:5:39: security grants of fiscal 2027 sum to JPY 2 bn")
    rest = f"extends: parent\n{low}\nremove: {{events: [osa_grant]}}"
    assert refusal_free(write(folder, "child", rest), shipped_model)


def refusal_free(file: Path, model: Model) -> bool:
    model.scenario_reader().read(file)
    return True


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_paths_that_lead_nowhere_are_told(folder: Path, shipped_model: Model) -> None:
    for name, to in (("a.yml", "b.yml"), ("b.yml", "a.yml"), ("gone.yml", "nowhere.yml")):
        (folder / name).symlink_to(to)
    (folder / "run").mkdir()
    (folder / "run" / "manifest.json").write_text("{}", encoding="utf-8")
    write(folder, "mine", "extends: a")
    remedy = "repair the link, or name the file that is meant"
    for request, told in (
        ("a.yml", f"a.yml: is a link that leads in a circle; {remedy}"),
        ("gone.yml", f"gone.yml: is a link to what is not there; {remedy}"),
        (
            "run",
            "run: is the folder of a stored run, not a scenario; give its YAML file or name; …",
        ),
        ("Mine", "Mine: no such scenario; did you mean 'mine.yml'?"),
        ("mine.yaml", "mine.yaml: no such file; did you mean 'mine.yml'?"),
        ("MINE.yml", "MINE.yml: no such file; did you mean 'mine.yml'?"),
        ("x" * 400, f"{'x' * 400}: is longer than a path can be; check the path"),
    ):
        with pytest.raises(InputError) as refused:
            find_scenario(request)
        cases.assert_same([str(refused.value)], [told])
    told = f"mine.yml:3:1: extends 'a', but a.yml is a link that leads in a circle; {remedy}"
    assert refusal(Path("mine.yml"), shipped_model) == told
    for models, told in (
        ("a.yml", f"a.yml: is a link that leads in a circle; {remedy}"),
        (
            "mine.yml",
            "mine.yml: is a file, not a folder; give the folder that holds indicators.yml",
        ),
        ("rum", "rum: no such folder; did you mean 'run'?"),
    ):
        with pytest.raises(InputError) as refused:
            load_model(models)
        assert str(refused.value) == told


def test_template_extends_what_can_be_extended(folder: Path, shipped_model: Model) -> None:
    write(folder, "mine", "extends: oda_freeze")
    file = write_template("more", "mine")
    assert refusal_free(file, shipped_model)
    for extends, told in (
        ("mine.yml", "--extends: 'mine.yml' is not a name; give the name of a scenario, …"),
        ("mien", "mien: extends the unknown scenario 'mien'; did you mean 'mine'?"),
        ("mine ", "--extends: 'mine ' is not a name; …"),
    ):
        with pytest.raises(InputError) as refused:
            write_template("other", extends)
        cases.assert_same([refused.value.typed], [told])
    assert not Path("other.yml").exists()
