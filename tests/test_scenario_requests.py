"""Which scenario is meant, over which years, and that one check stands before every use of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest
import xarray as xr

import vnjp_sim as vj
from vnjp_sim import cli
from vnjp_sim.analysis.compared import compare_runs, runs_of
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs import scenario_chain
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_differences import input_differences
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_lookup import find_scenario
from vnjp_sim.inputs.strict_yaml import StrictYaml, read_yaml
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import run_scenario
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_requests import beside_others, chosen_baseline, distinct_scenarios

OPTIONS = Options(draws=20)
EXPORTS = "levers: {trade_exports: {path: step, from: 2027, multiply: 1.5}}"
AID = "levers: {oda_commitments: {path: step, from: 2027, multiply: 1.5}}"
HORIZON = "horizon: {start: 2025, end: 2040}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a baseline of its own that has the name of the shipped one."""
    monkeypatch.chdir(tmp_path)
    write("base", HORIZON, EXPORTS)
    write("child", "extends: base", AID)
    return tmp_path


def write(name: str, *rest: str, file: str = "") -> Path:
    path = Path(f"{file or name}.yml")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([f"name: {name}", "title: A title", *rest, ""]), encoding="utf-8")
    return path


def refusal(*requests: str, model: Model, options: Options = OPTIONS) -> str:
    with pytest.raises(InputError) as refused:
        distinct_scenarios(requests, model, options)
    return str(refused.value)


def prepared(request: str | Path, model: Model, options: Options = OPTIONS) -> Scenario:
    return prepare_scenario(request, model, options)


def compared(
    requests: Sequence[str | Path], model: Model, options: Options, out: Path
) -> Comparison:
    runs = runs_of(requests, model, options)
    projector = Projector(posterior_of(model, out)[0], model, runs.options)
    return compare_runs(runs, projector, out)


# ---------------------------------------------------------------------- one name, one scenario


def test_bare_name_is_a_shipped_scenario_and_a_path_is_a_path(folder: Path) -> None:
    shipped = shipped_folder("scenarios") / "base.yml"
    Path("base").write_text("a file without an ending", encoding="utf-8")
    assert find_scenario("base") == shipped
    assert find_scenario("scenarios/base.yml") == shipped
    assert find_scenario("base.yml").resolve() == folder / "base.yml"
    assert find_scenario("./base").resolve() == folder / "base"


@pytest.mark.parametrize(
    "requests",
    [
        ("base", "base"),
        ("base", "scenarios/base.yml"),
        ("base", str(shipped_folder("scenarios") / "base.yml")),
        ("base.yml", "./base.yml", "copy.yml"),
        ("child.yml", "base.yml", "child.yml"),
    ],
)
def test_scenario_asked_twice_is_one(
    requests: tuple[str, ...], folder: Path, shipped_model: Model
) -> None:
    write("base", HORIZON, EXPORTS, file="copy")
    found = distinct_scenarios(requests, shipped_model, OPTIONS)
    assert list(found) == list(dict.fromkeys(Path(r).stem for r in requests if "copy" not in r))


def test_two_scenarios_of_one_name_are_refused(folder: Path, shipped_model: Model) -> None:
    write("mine", "extends: base", AID, file="one")
    write("mine", "extends: base", EXPORTS, file="two")
    told = "two.yml: the scenario 'mine' is given twice: one.yml, two.yml; give one of them another"
    assert refusal("one.yml", "two.yml", model=shipped_model).startswith(told)
    told = refusal("base", "base.yml", model=shipped_model)
    assert told.startswith("base.yml: the scenario 'base' is given twice: ")


def test_base_means_one_thing_beside_a_child_of_another_base(
    folder: Path, shipped_model: Model
) -> None:
    told = refusal("base", "child.yml", model=shipped_model)
    assert told.startswith("child.yml: departs from base.yml, but 'base' was requested as ")
    assert told.endswith("; name the file base.yml instead, or leave 'base' out")
    assert refusal("child.yml", "base", model=shipped_model) == told
    told = refusal("child.yml", "weak_yen", model=shipped_model)
    assert "ask for the two apart" in told
    assert list(distinct_scenarios(["base.yml", "child.yml"], shipped_model, OPTIONS))


def test_every_way_to_ask_refuses_two_of_one_name(
    folder: Path, calibrated_out: Path, shipped_model: Model
) -> None:
    asked = ["base", "child.yml"]
    out = ["--out", str(calibrated_out), "--draws", "20"]
    for arguments in (
        ["validate", *asked],
        ["run", *asked, *out],
        ["compare", *asked, *out],
        ["report", *asked, *out],
        ["export", *asked, "--format", "csv", "--to", "x.csv", *out],
    ):
        with pytest.raises(InputError, match=r"departs from base\.yml"):
            cli.commands.main(arguments, standalone_mode=False, prog_name="vnjp_sim")
    for ask in (vj.run, vj.compare):
        with pytest.raises(InputError, match=r"departs from base\.yml"):
            ask(asked, draws=20, out=calibrated_out)
    assert sorted(path.name for path in folder.iterdir()) == ["base.yml", "child.yml"]


def test_comparison_takes_the_root_of_the_chain(
    folder: Path, own_out: Path, shipped_model: Model
) -> None:
    found = compared(["child.yml"], shipped_model, OPTIONS, own_out)
    own = run_scenario("base.yml", shipped_model, OPTIONS, own_out)
    assert found.manifests["base"]["run"] == own.manifest["run"]
    assert not own.reused  # a comparison stores nothing
    assert list(found.differences("child")) == [
        "lever oda_commitments: × 1.5 from 2027",
    ]


def test_stored_run_is_compared_with_the_baseline_that_it_had(
    folder: Path, own_out: Path, shipped_model: Model
) -> None:
    stored = run_scenario("child.yml", shipped_model, OPTIONS, own_out).folder
    with pytest.raises(
        InputError, match="is not the baseline 'base' that the stored run was made with"
    ):
        compared([stored], shipped_model, OPTIONS, own_out)
    base = run_scenario("base.yml", shipped_model, OPTIONS, own_out).folder
    found = compared([stored, base], shipped_model, OPTIONS, own_out)
    assert (found.baseline, found.scenarios) == ("base", ("child",))


def test_run_is_not_compared_with_another_baseline_of_the_name(
    folder: Path, own_out: Path, shipped_model: Model
) -> None:
    child, base = (
        run_scenario(r, shipped_model, OPTIONS, own_out).folder for r in ("child.yml", "base")
    )
    for folders in ([child, base], [base, child]):
        with pytest.raises(InputError, match=r"^child: was run against another 'base' than"):
            compared(folders, shipped_model, OPTIONS, own_out)
    runs = [vj.run(r, draws=20, seed=OPTIONS.seed, out=own_out) for r in ("base", "child.yml")]
    whole = xr.concat(runs, "scenario", combine_attrs="drop_conflicts")
    with pytest.raises(InputError, match=r"^child: was run against another 'base' than"):
        vj.compare(whole)


@pytest.mark.parametrize(
    ("baseline", "file"),
    [
        ("base.yml", "base.yml"),
        ("./base.yml", "base.yml"),
        ("{folder}/child.yml", "child.yml"),
        ("../{folder.name}/leaf.yml", "leaf.yml"),
        ("child", "child.yml"),
        ("weak_yen", "weak_yen.yml"),
    ],
)
def test_baseline_is_found_by_name_or_file(
    baseline: str, file: str, folder: Path, shipped_model: Model
) -> None:
    write("leaf", "extends: child")
    scenarios = distinct_scenarios(["leaf.yml"], shipped_model, OPTIONS)
    asked = baseline.format(folder=folder)
    found = chosen_baseline(asked, scenarios, shipped_model, OPTIONS)
    assert Path(found.file).name == file


def test_stored_baseline_gives_its_draws_and_seed(own_out: Path, shipped_model: Model) -> None:
    options = Options(draws=24, seed=7)
    base = str(run_scenario("base", shipped_model, options, own_out).folder)
    found = runs_of(["weak_yen"], shipped_model, Options(), base)
    assert {(part.options.draws, part.options.seed) for part in found.parts} == {(24, 7)}
    with pytest.raises(InputError, match="draws: cannot be changed for the stored run"):
        runs_of(["weak_yen"], shipped_model, Options(draws=30), base)


def test_baseline_that_could_be_two_is_refused(folder: Path, shipped_model: Model) -> None:
    scenarios = distinct_scenarios(["child.yml"], shipped_model, OPTIONS)
    with pytest.raises(InputError, match=r"base: is base.yml, and also .*give the file that is"):
        chosen_baseline("base", scenarios, shipped_model, OPTIONS)
    with pytest.raises(InputError, match="did you mean 'base'"):
        chosen_baseline("bas", scenarios, shipped_model, OPTIONS)


# ---------------------------------------------------------------------- one check, before all


def validate(*arguments: str) -> None:
    cli.commands.main(["validate", *arguments], standalone_mode=False, prog_name="vnjp_sim")


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (
            "horizon: {start: 2024, end: 2030}",
            "mine.yml:4:1: the horizon starts in 2024, but the figures reach to 2025; start in …",
        ),
        (
            "levers:\n  trade_exports: {path: step, from: 2025, multiply: 2}",
            "mine.yml:5:3: lever 'trade_exports' begins in 2025, but the figures reach to 2025; …",
        ),
        (
            "levers:\n  trade_exports: {path: series, multiply: {2030: 1, 2025: 2}}",
            "mine.yml:5:3: lever 'trade_exports' begins in 2025, but the figures reach to 2025; …",
        ),
        (
            "events:\n  - {on: 2025-12-31, type: summit, to: 1}",
            "mine.yml:5:6: the summit happens in 2025, but the figures reach to 2025; begin …",
        ),
    ],
)
def test_what_reaches_into_history_is_not_valid(
    rest: str, told: str, folder: Path, shipped_model: Model
) -> None:
    Path("base.yml").unlink()
    write("mine", "extends: base", rest)
    for ask in (validate, lambda file: prepared(file, shipped_model)):
        with pytest.raises(InputError) as refused:
            ask("mine.yml")
        assert str(refused.value).startswith(told.removesuffix("…"))


def test_first_year_after_history_is_valid_and_so_is_the_last_year_with_fewer_documents(
    folder: Path,
) -> None:
    Path("base.yml").unlink()
    write("mine", "extends: base", AID.replace("2027", "2026"))
    validate("mine.yml")
    write("mine", "extends: base", "horizon: {start: 2024, end: 2030}", AID.replace("2027", "2025"))
    validate("mine.yml", "--as-of", "2024-06-01")


def test_what_a_parent_does_in_history_is_told_there(folder: Path, shipped_model: Model) -> None:
    Path("base.yml").unlink()
    write("old", "extends: base", "levers:", "  oda_delay: {path: step, from: 2025, multiply: 1.1}")
    write("young", "extends: old")
    with pytest.raises(InputError, match=r"^old.yml:5:3: lever 'oda_delay' begins in 2025"):
        prepared("young.yml", shipped_model)
    write("young", "extends: old", "remove: {levers: [oda_delay]}")
    assert prepared("young.yml", shipped_model).levers == {}


def test_faulty_targets_are_refused_by_all_that_read_models(
    folder: Path, shipped_model: Model
) -> None:
    import shutil

    shutil.copytree(shipped_model.folder, "models")
    file = Path("models/targets.yml")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sense: at_least", "sense: at_lest", 1), encoding="utf-8")
    with pytest.raises(InputError, match="did you mean 'at_least'"):
        load_model("models")


def test_targets_of_documents_that_were_not_yet_there_are_left_out(shipped_model: Model) -> None:
    early = load_model(as_of=date(2023, 6, 1))
    assert {target.document for target in early.targets} <= set(early.evidence.documents)
    assert len(shipped_model.targets) == 10


# ---------------------------------------------------------------------- which years


def outcome(file: str, model: Model, options: Options) -> tuple[object, ...]:
    """Return what became of a scenario: its content, or what is wrong where."""
    try:
        scenario = prepared(file, model, options)
    except InputError as error:
        return tuple(
            (f.what, f.place.line if f.place.file != "--horizon" else 0) for f in error.refusals
        )
    return scenario.content, scenario.baseline and scenario.baseline.content


@pytest.mark.parametrize("name", ["base", "demand_shock", "combined", "osa_framework"])
@pytest.mark.parametrize(
    "span", [(2025, 2027), (2025, 2028), (2025, 2030), (2026, 2040), (2025, 2050), (2030, 2060)]
)
def test_horizon_that_is_asked_for_counts_as_that_of_the_file(
    name: str, span: tuple[int, int], folder: Path, shipped_model: Model
) -> None:
    file = shipped_folder("scenarios") / f"{name}.yml"
    lines = [x for x in file.read_text("utf-8").splitlines() if not x.startswith("horizon:")]
    Path("base.yml").unlink()
    start, end = span
    own = f"horizon: {{start: {start}, end: {end}}}"
    Path(f"{name}.yml").write_text("\n".join([*lines, own]), encoding="utf-8")
    asked = outcome(name, shipped_model, replace(OPTIONS, start=start, end=end))
    assert [x for x in asked if x] == [
        x for x in outcome(f"{name}.yml", shipped_model, OPTIONS) if x
    ]


def test_event_outside_the_horizon_that_is_asked_for_has_a_remedy(shipped_model: Model) -> None:
    told = refusal("demand_shock", model=shipped_model, options=Options(start=2025, end=2027))
    assert ":14:5: the event of 2028-04-01 is outside the horizon; " in told
    assert told.endswith("within 2025 to 2027, or choose a horizon that includes it")
    for start, end in ((2040, 2030), (1999, 2030), (2025, 2101)):
        told = refusal("base", model=shipped_model, options=Options(start=start, end=end))
        assert told.startswith(f"horizon: the horizon {start}–{end} is not possible; ")


def test_file_outside_its_own_horizon_is_read_with_a_longer_one(
    folder: Path, shipped_model: Model
) -> None:
    write("late", HORIZON, AID.replace("2027", "2045"))
    assert "outside the horizon" in refusal("late.yml", model=shipped_model)
    longer = prepared("late.yml", shipped_model, Options(start=2025, end=2050))
    assert (longer.start, longer.end) == (2025, 2050)


def test_baseline_with_events_of_its_own_is_cut_to_the_years_of_its_child(
    folder: Path, shipped_model: Model, own_out: Path
) -> None:
    event = "events: [{on: 2037-04-01, type: loan_pledge, amount: 300}]"
    write("root", HORIZON, AID.replace("2027", "2038"), event)
    rest = ["horizon: {start: 2025, end: 2032}", EXPORTS]
    write("short", "extends: root", *rest)
    told = refusal("short.yml", model=shipped_model).splitlines()
    assert told[0].startswith("root.yml:4:10: lever 'oda_commitments' begins in 2038, outside the")
    assert told[0].endswith(
        "horizon of 'short'; begin within 2025 to 2032, or remove it in 'short'"
    )
    removed = "remove: {levers: [oda_commitments], events: [loan_pledge]}"
    write("short", "extends: root", *rest, removed)
    found = compared(["short.yml"], shipped_model, OPTIONS, own_out)
    assert found.years == tuple(range(2025, 2033))
    whole = compared(["short.yml", "root.yml"], shipped_model, OPTIONS, own_out)
    for name in ("oda_commitments", "trade_exports"):
        assert (whole.runs[name].to_numpy() == found.runs[name].to_numpy()).all()


def test_baseline_beside_others_may_not_reach_into_history(shipped_model: Model) -> None:
    base = prepared("base", shipped_model)
    longer = beside_others(base, 2026, 2060, shipped_model)
    assert (longer.start, longer.end, longer.baseline) == (2026, 2060, None)
    with pytest.raises(InputError, match="figures reach to 2025"):
        beside_others(base, 2020, 2040, shipped_model)


# ---------------------------------------------------------------------- notes and sources

NOTED = """\
sources:
  - "a [source], <b>bold</b>"
  - >-
    Việt
    Nam
events:
  - {on: 2027-10-01, type: vessel_order, count: 2, note: "first\\nof [two] <i>日本</i>"}
  - {on: 2027-10-01, type: vessel_order, count: 2, purse: loan}
  - {on: 2028-01-01, type: summit, to: 1, note: ""}
"""

ORDER = "vessel_order on 2027-10-01 (count 2, purse loan, series new)"


def test_notes_and_sources_are_told(
    folder: Path, own_out: Path, shipped_model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("base.yml").unlink()
    write("noted", "extends: base", NOTED)
    found = compared(["noted.yml"], shipped_model, OPTIONS, own_out)
    assert list(found.differences("noted")) == [
        f"event {ORDER}",
        f"event {ORDER}: first of [two] <i>日本</i>",
        "event summit on 2028-01-01 (to 1)",
    ]
    arguments = ["run", "noted.yml", "--draws", "20", "--out", str(own_out)]
    cli.commands.main(arguments, standalone_mode=False, prog_name="vnjp_sim")
    told = " ".join(capsys.readouterr().out.split())
    assert f"Event {ORDER}: first of [two] <i>日本</i>" in told
    assert "Sources of the scenario: a [source], <b>bold</b> Việt Nam" in told


def test_report_shows_notes_and_sources(folder: Path, own_out: Path, shipped_model: Model) -> None:
    pytest.importorskip("altair")
    Path("base.yml").unlink()
    write("noted", "extends: base", NOTED)
    arguments = ["report", "noted.yml", "--draws", "20", "--out", str(own_out), "--to", "r.html"]
    cli.commands.main(arguments, standalone_mode=False, prog_name="vnjp_sim")
    page = Path("r.html").read_text(encoding="utf-8")
    assert "first of [two] &lt;i&gt;日本&lt;/i&gt;" in page
    assert "a [source], &lt;b&gt;bold&lt;/b&gt;; Việt Nam" in page
    page = unescape(page)
    for source in prepared("base", shipped_model).sources:
        assert f"{shipped_model.evidence.documents[source].title} ({source})" in page


def test_events_noted_alike_are_one_in_the_difference() -> None:
    def content(count: int) -> dict[str, object]:
        event = ["2027-10-01", "vessel_order", [["count", 2.0]]]
        return {"levers": {}, "events": [event] * count, "parameters": {}}

    told = input_differences(content(2), content(1), ["a new one", "old"], ["old"])
    assert told == ("event vessel_order on 2027-10-01 (count 2): a new one",)
    told = input_differences(content(1), content(2), ["changed"], ["old", "other"])
    assert told == ("without the event vessel_order on 2027-10-01 (count 2)",)
    assert input_differences(content(2), content(2), ["b", "a"], ["c", "a"]) == ()


def test_note_makes_no_other_event() -> None:
    one, other = (ScenarioEvent(date(2027, 1, 1), "summit", (), note) for note in ("a", "b"))
    assert one == other
    assert (one.noted, replace(one, note="").noted) == (f"{one.text}: a", one.text)


def test_each_file_of_a_command_is_read_once(
    shipped_model: Model, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("leaf", "extends: child")
    write("other", HORIZON)
    read: list[Path] = []

    def counted(file: Path) -> StrictYaml:
        read.append(file.resolve())
        return read_yaml(file)

    monkeypatch.setattr(scenario_chain, "read_yaml", counted)
    runs_of(["base.yml", "child.yml", "leaf.yml"], shipped_model, OPTIONS, "other")
    assert sorted(file.stem for file in read) == ["base", "child", "leaf", "other"]


def test_a_reader_keeps_what_is_wrong_with_a_parent(shipped_model: Model, folder: Path) -> None:
    write("mine", "extends: base", "levers: {none: {path: step, from: 2030, set: 1}}")
    for child in ("leaf", "other"):
        write(child, "extends: mine")
    with pytest.raises(InputError) as refused:
        distinct_scenarios(["leaf.yml", "other.yml", "mine.yml"], shipped_model, OPTIONS)
    (fault,) = refused.value.refusals
    assert str(fault).startswith("mine.yml:4:")
    assert fault.place.key == ("levers", "none")
