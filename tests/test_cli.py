"""The command line: exit statuses, messages, silence in pipes, and what is left on disk."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cases
import pytest

from vnjp_sim import cli
from vnjp_sim.calibration.bank import FILE, calibration_hash
from vnjp_sim.simulation.model_data import Model

DRAWS = ("--draws", "50")


@dataclass(frozen=True)
class Told:
    """What a command told: its status and what it wrote where."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Told]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], plain_terminal: None
) -> Command:
    """Run a command in this process."""

    def run(*arguments: str | Path) -> Told:
        monkeypatch.setattr(sys, "argv", ["vnjp_sim", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        told = capsys.readouterr()
        return Told(int(left.value.code or 0), told.out, told.err)

    return run


@pytest.fixture
def quick(command: Command, shipped_model: Model, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process, on the shipped models that are read already."""
    for module in (cli.running, cli.model, cli.comparing):
        monkeypatch.setattr(module, "model_of", lambda _request: shipped_model)
    return command


@pytest.fixture
def stored_calibration(calibrated_out: Path, shipped_model: Model) -> Path:
    """The file of the calibration of the shipped models."""
    key = calibration_hash(shipped_model.evidence, shipped_model.parameters)
    return calibrated_out / "calibration" / key / FILE


def program(*arguments: str | Path, cwd: Path) -> Told:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "vnjp_sim", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def runs_of(out: Path) -> set[Path]:
    return {file.parent for file in out.glob("*/*/projection.nc")}


# ---------------------------------------------------------------------- run


def test_run_is_silent_in_a_pipe_and_answered_from_the_store(
    folder: Path, calibrated_out: Path
) -> None:
    arguments = ("run", "base", "--draws", "60", "--out", calibrated_out, "--json")
    first = program(*arguments, cwd=folder)
    assert (first.status, first.err) == (0, "")
    (result,) = first.json
    stored = Path(result["folder"])
    assert {file.name for file in stored.iterdir()} == {
        "indicators.csv",
        "manifest.json",
        "projection.nc",
    }
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in stored.iterdir()}
    (again,) = program(*arguments, cwd=folder).json
    assert (result["reused"], again["reused"]) == (False, True)
    assert again == result | {"reused": True}
    assert before == {f: (f.stat().st_mtime_ns, f.read_bytes()) for f in stored.iterdir()}
    assert list(folder.iterdir()) == []


def test_table_of_a_run(quick: Command, folder: Path, calibrated_out: Path) -> None:
    told = quick("run", "base", *DRAWS, "--out", calibrated_out)
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith("base: Baseline")
    assert "Trade turnover" in told.out
    assert "Results: " in told.out
    assert max(map(len, told.out.splitlines()[:-1])) <= 100
    everything = quick("run", "base", *DRAWS, "--all", "--out", calibrated_out)
    assert len(everything.out) > len(told.out)
    assert "(already stored by an identical run)" in everything.out


def test_horizon_may_be_longer(quick: Command, folder: Path, calibrated_out: Path) -> None:
    (result,) = quick(
        "run", "base", *DRAWS, "--horizon", "2025:2050", "--out", calibrated_out, "--json"
    ).json
    with (Path(result["folder"]) / "indicators.csv").open(encoding="utf-8") as stream:
        years = {int(row["year"]) for row in csv.DictReader(stream)}
    assert years == set(range(2025, 2051))


def test_several_scenarios_at_once(quick: Command, folder: Path, calibrated_out: Path) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.yml").write_text(f"name: {name}\ntitle: {name}\nextends: base\n")
    told = quick("run", "base", "one.yml", "two.yml", *DRAWS, "--out", calibrated_out, "--json")
    assert [result["scenario"] for result in told.json] == ["base", "one", "two"]
    assert len({result["folder"] for result in told.json}) == 3


@pytest.mark.slow
def test_earlier_day_leaves_later_documents_out(command: Command, folder: Path) -> None:
    told = command("run", "base", *DRAWS, "--as-of", "2023-11-15", "--out", "out")
    assert told.status == 0
    assert told.err.startswith("Calibrating on ")
    assert "Only documents published before 2023-11-15 were used." in told.out
    assert "nan" not in told.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--draws", "0"], "--draws: 0 draws; give 1 to 1,000,000"),
        (["--draws", "10000000"], "--draws: 10000000 draws; give 1 to 1,000,000"),
        (["--seed", "-1"], "--seed: seed -1; give a number from 0 to 2^63"),
        (["--seed", "9" * 20], f"--seed: seed {'9' * 20}; give a number from 0 to 2^63"),
        (["--workers", "0"], "--workers: 0 workers; give 1 to 256"),
        (["--horizon", "2025"], "--horizon: '2025' is not a span; write it as 2025:2050"),
        (["--horizon", "2025:2030:2040"], "--horizon: '2025:2030:2040' is not a span; …"),
        (["--horizon", "now:2050"], "--horizon: 'now:2050' is not a span; write it as 2025:2050"),
        (["--horizon", "٢٠٢٥:2050"], "--horizon: '٢٠٢٥:2050' is not a span; …"),
        (["--horizon", "2050:2025"], "--horizon: the horizon 2050–2025 is not possible; …"),
        (["--horizon", "1900:2050"], "--horizon: the horizon 1900–2050 is not possible; …"),
        (["--as-of", "yesterday"], "--as-of: 'yesterday' is not a date; write it as 2024-01-31"),
        (["--as-of", "2024-02-30"], "--as-of: '2024-02-30' is not in the calendar; write it as …"),
        (["--as-of", "20240131"], "--as-of: '20240131' is not a date; write it as 2024-01-31"),
        (["--as-of", "2024-W05-3"], "--as-of: '2024-W05-3' is not a date; write it as 2024-01-31"),
        (["--as-of", "2021-06-01"], "--as-of: no document had been published before 2021-06-01; …"),
        (["--models", "nowhere"], "nowhere: no such folder; check --models"),
        (
            ["--models", "plain"],
            "plain: is a file, not a folder; give the folder that holds indicators.yml",
        ),
        (["--models", "."], ".: holds no file of a models folder; check --models"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_option_is_refused(
    arguments: list[str], told: str, command: Command, folder: Path
) -> None:
    (folder / "plain").touch()
    found = command("run", "base", "--out", "out", *arguments)
    assert (found.status, found.out) == (2, "")
    cases.assert_same(found.err.splitlines(), [f"error: {line}" for line in told.splitlines()])
    assert [file.name for file in folder.iterdir()] == ["plain"]


def test_horizon_before_the_figures_is_refused(
    quick: Command, folder: Path, calibrated_out: Path
) -> None:
    before = runs_of(calibrated_out)
    told = quick("run", "base", "--horizon", "2020:2030", "--out", calibrated_out)
    assert told.status == 2
    assert "the horizon starts in 2020, but the figures reach to 2025" in told.err
    assert runs_of(calibrated_out) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "base", "--draws", "many"],
        ["run", "base", "--drawz", "5"],
        ["runn", "base"],
        ["trace"],
        ["trace", "trade_turnover", "2022", "more"],
        ["results", "prune", "--keep", "-1"],
        ["run", "base", "--draws=20", "--draws", "30"],
        ["record", "list", "--record", "mine", "--record", "yours"],
        ["sensitivity", "trade_turnover", "--top", "0"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told(arguments: list[str], command: Command, folder: Path) -> None:
    told = command(*arguments)
    assert told.status == 2
    assert "Usage" in told.out + told.err
    assert "Traceback" not in told.err
    assert list(folder.iterdir()) == []


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("scenario"))
def test_bad_scenario_writes_nothing(name: str, quick: Command, folder: Path) -> None:
    scenarios = folder / "scenarios"
    shutil.copytree(cases.CASES / "scenario", scenarios)
    for parent in (scenarios / "parents").iterdir():
        shutil.copy(parent, scenarios)
    told = quick("run", scenarios / f"{name}.yml", "--out", "out")
    assert (told.status, told.out) == (2, "")
    expected = (scenarios / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    cases.assert_same(told.err.splitlines(), [f"error: scenarios/{line}" for line in expected])
    assert not (folder / "out").exists()


def test_faults_of_all_scenarios_are_told_at_once(quick: Command, folder: Path) -> None:
    (folder / "mine.yml").write_text("name: mine\ntitle: 5\nhorizon: {start: 2025, end: 2040}\n")
    told = quick("run", "base", "bse", "mine.yml", "lost.yml", "--out", "out")
    assert told.status == 2
    cases.assert_same(
        told.err.splitlines(),
        [
            "error: bse: no such scenario; give a YAML file, or did you mean 'base'?",
            "error: lost.yml: no such file; …",
            "error: mine.yml:2:1: 'title' needs text, not 5; quote it if it is meant as text",
        ],
    )
    assert not (folder / "out").exists()


# ---------------------------------------------------------------------- the environment fails


@pytest.mark.crash
@pytest.mark.parametrize("words", [["run", "base"], ["calibrate"]], ids=" ".join)
@pytest.mark.parametrize("out", ["plain", "plain/below", "plain/below/more"])
def test_impossible_results_folder_is_told_before_anything_is_computed(
    words: list[str], out: str, quick: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed(*_: Any, **__: Any) -> None:
        raise AssertionError("computed")

    monkeypatch.setattr("vnjp_sim.simulation.calibrated.calibrate", computed)
    (folder / "plain").write_text("kept")
    told = quick(*words, "--out", out)
    assert (told.status, told.out) == (4, "")
    assert told.err.startswith(f"error: {out}: results cannot be written there (")
    assert told.err.endswith("or name another folder with --out\n")
    assert [file.name for file in folder.iterdir()] == ["plain"]
    assert (folder / "plain").read_text() == "kept"


@pytest.mark.crash
@pytest.mark.parametrize("size", [0, 9, 1_000, -1_000], ids=["empty", "short", "head", "cut"])
def test_damaged_calibration_is_told(
    size: int, quick: Command, folder: Path, calibrated_out: Path, stored_calibration: Path
) -> None:
    damaged = folder / "out" / stored_calibration.relative_to(calibrated_out)
    shutil.copytree(stored_calibration.parent, damaged.parent)
    damaged.write_bytes(stored_calibration.read_bytes()[:size])
    told = quick("run", "base", *DRAWS, "--out", "out")
    assert (told.status, told.out) == (4, "")
    assert told.err == (
        f"error: {damaged.parent.relative_to(folder)}: the stored result cannot be used (posterior"
        ".nc has changed since it was written); delete the folder to compute it again\n"
    )
    assert not runs_of(folder / "out")


@pytest.mark.crash
def test_too_little_memory_is_told(
    quick: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("vnjp_sim.simulation.pipeline.run_all", exhausted)
    told = quick("run", "base", "--out", "out")
    assert (told.status, told.err) == (4, "error: not enough memory; ask for fewer draws\n")


@pytest.mark.crash
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("seconds", [0.0, 1.5])
def test_interrupt_ends_a_calibration(seconds: float, folder: Path) -> None:
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from vnjp_sim.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start, "calibrate", "--out", "out"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        deadline = time.monotonic() + 30.0
        while not (folder / "out").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(seconds)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err.startswith("Calibrating on ")
    assert err.rstrip().endswith("interrupted")
    assert [file for file in (folder / "out").rglob("*") if file.is_file()] == []


@pytest.mark.crash
@pytest.mark.parametrize(
    "words",
    [
        ["schema"],
        ["validate"],
        ["trace", "trade_turnover"],
        ["trace", "trade_turnover", "--json"],
        ["results", "list", "--json"],
    ],
    ids=" ".join,
)
def test_reader_of_a_pipe_may_leave(words: list[str], folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "vnjp_sim", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        err = running.stderr.read()
        assert (running.wait(timeout=60), err) == (0, "")


@pytest.mark.crash
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["schema"], ["validate"], ["trace", "oda_loans"]], ids=" ".join)
def test_full_disk_behind_the_output_is_told(words: list[str], folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vnjp_sim", *words],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    told = "error: No space left on device; check space and permissions\n"
    assert (done.returncode, done.stderr) == (4, told)


# ---------------------------------------------------------------------- calibrate


def test_stored_calibration_is_shown(quick: Command, folder: Path, calibrated_out: Path) -> None:
    told = quick("calibrate", "--out", calibrated_out)
    assert (told.status, told.err) == (0, "")
    assert "Prior and posterior" in told.out
    content = quick("calibrate", "--out", calibrated_out, "--json").json
    assert Path(content["file"]).is_file()
    assert {"groups", "parameters", "missing"} < set(content)
    assert all(isinstance(parameter["learnt"], bool) for parameter in content["parameters"])


# ---------------------------------------------------------------------- validate


@pytest.mark.parametrize("given", [[], ["base"], ["scenarios/base.yml"]], ids=" ".join)
def test_installed_copy_validates_from_an_empty_folder(given: list[str], folder: Path) -> None:
    told = program("validate", *given, cwd=folder)
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith("Valid: 5 documents, ")
    assert list(folder.iterdir()) == []


def test_validate_counts_in_json(quick: Command, folder: Path) -> None:
    content = quick("validate", "--json").json
    assert content["valid"] is True
    assert content["documents"] == 5
    assert min(content.values()) > 0


def test_validate_tells_faults_in_words_and_in_json(quick: Command, folder: Path) -> None:
    (folder / "mine.yml").write_text("name: mine\ntitel: x\n")
    told = quick("validate", "base", "mine.yml", "--json")
    assert told.status == 2
    assert told.json["valid"] is False
    assert [(f["file"], f["line"]) for f in told.json["faults"]] == [
        ("mine.yml", 1),
        ("mine.yml", 2),
    ]
    plain = quick("validate", "base", "mine.yml")
    assert plain.out == ""
    assert (
        plain.err
        == told.err
        == (
            "error: mine.yml:1:1: the key 'title' is missing; add it\n"
            "error: mine.yml:2:1: unknown key 'titel'; did you mean 'title'?\n"
        )
    )


def test_faults_of_all_files_of_a_models_folder_are_told(
    command: Command, folder: Path, repository: Path
) -> None:
    models = folder / "models"
    shutil.copytree(repository / "models", models)
    told = command("validate", "--models", "models")
    assert (told.status, told.err) == (0, "")
    trade = models / "observations" / "trade.csv"
    trade.write_text(trade.read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    shutil.copy(cases.case("events", "row_short"), models / "events.csv")
    shutil.copy(cases.case("parameters", "volatility_negative"), models / "parameters/extra.yml")
    told = command("validate", "--models", "models")
    assert told.status == 2
    assert [line.split(":")[1].strip() for line in told.err.splitlines()] == [
        "models/events.csv",
        "models/observations/trade.csv",
        "models/parameters/extra.yml",
    ]


def test_only_the_first_of_very_many_faults_are_shown(
    command: Command, folder: Path, repository: Path
) -> None:
    models = folder / "models"
    shutil.copytree(repository / "models", models)
    trade = models / "observations" / "trade.csv"
    text = trade.read_text(encoding="utf-8")
    trade.write_text(text + "more\n" * 5_000, encoding="utf-8")
    told = command("validate", "--models", "models")
    lines = told.err.splitlines()
    assert (told.status, len(lines)) == (2, 101)
    last = text.count("\n") + 101
    assert lines[-1] == (
        f"error: models/observations/trade.csv:{last}: has 100 faults up to here and was not read "
        "on; fix these first"
    )
    (models / "events.csv").write_text("more\n" * 50, encoding="utf-8")
    told = command("validate", "--models", "models")
    assert told.err.splitlines()[-1] == "error: 1 more; fix these first"


# ---------------------------------------------------------------------- trace


PERIODS = (None, "2022", "FY2019", "2023-09", "2023-01/2023-07", "2009/2020", "1950")


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_trace_of_every_indicator(
    period: str | None, quick: Command, shipped_model: Model, folder: Path
) -> None:
    asked = [] if period is None else [period]
    for name in shipped_model.registry.indicators:
        told = quick("trace", name, *asked, "--json")
        assert (told.status, told.err) == (0, "")
        for figure in told.json:
            assert name in (*figure["indicator"].split("+"), figure["of"])
            assert figure["document"] in shipped_model.evidence.documents
            assert figure["lines"]
            assert figure["place"]


def test_trace_in_words(quick: Command, shipped_model: Model, folder: Path) -> None:
    for name in shipped_model.registry.indicators:
        told = quick("trace", name)
        assert (told.status, told.err) == (0, "")
        assert told.out.startswith(f"{name} — ")
    turnover = quick("trace", "trade_turnover", "2022").out
    assert "47.64 USD bn" in turnover
    assert "  volatility: " in turnover
    assert (
        "No document holds a figure whose period overlaps 1950."
        in quick("trace", "trade_turnover", "1950").out
    )


def test_trace_names_the_figures_that_reach_an_indicator_through_others(quick: Command) -> None:
    """The six vessels on order decide what is in service, and stand under another id."""
    vessels = " ".join(quick("trace", "security_vessels").out.split())
    assert "Its level is also taken from the figures of: security_vessels_promised" in vessels
    assert "russian_commentary_2023, line 459" in vessels
    index = " ".join(quick("trace", "index_partnership").out.split())
    assert "which `vnjp_sim trace NAME` shows: " in index
    assert "security_vessels_promised (3)" in index


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["trade_turnver"], "trade_turnver: no such indicator; did you mean 'trade_turnover'?"),
        (["TRADE_TURNVER"], "TRADE_TURNVER: no such indicator; did you mean 'trade_turnover'?"),
        (
            ["trade_tu"],
            "trade_tu: may mean trade_turnover (Trade turnover in goods), trade_turnover_…",
        ),
        (["xyz"], "xyz: no such indicator; choose one of 1…"),
        ([""], "'': no such indicator; choose one of 1…"),
        (["a\nb\x1b[31m"], "a\\nb\\x1b[31m: no such indicator; …"),
        (["oda_loans", "22"], "PERIOD: '22' is not a period; write one of the forms 2022, …"),
        (["oda_loans", "2022-13"], "PERIOD: '13' is not a month; write 01 to 12"),
        (["oda_loans", "2023/2022"], "PERIOD: '2023/2022' ends before it begins; write the …"),
        (["oda_loans", "1066"], "PERIOD: 1066 is out of range; give a year in 1900–2200"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_bad_trace_is_refused(
    arguments: list[str], told: str, quick: Command, folder: Path
) -> None:
    found = quick("trace", *arguments)
    assert (found.status, found.out) == (2, "")
    cases.assert_same(found.err.splitlines(), [f"error: {told}"])


# ---------------------------------------------------------------------- schema, results


def test_schema_is_json_schema(command: Command, folder: Path) -> None:
    schema = command("schema").json
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert {"name", "title"} <= set(schema["required"])
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)


def test_results_are_listed_and_pruned(
    quick: Command, folder: Path, calibrated_out: Path, stored_calibration: Path
) -> None:
    mine = folder / "out" / stored_calibration.relative_to(calibrated_out)
    mine.parent.parent.mkdir(parents=True)
    mine.parent.symlink_to(stored_calibration.parent)
    assert quick("results", "list", "--out", "out").out == "No runs in out.\n"
    assert quick("results", "list", "--out", "out", "--json").json == []
    for seed in ("1", "2"):
        assert quick("run", "base", *DRAWS, "--seed", seed, "--out", "out").status == 0
    listed = quick("results", "list", "--out", "out", "--json").json
    assert [run["seed"] for run in listed] == [2, 1]
    lines = quick("results", "list", "--out", "out").out.splitlines()
    assert [line.split()[0] for line in lines] == [run["folder"] for run in listed]
    assert quick("results", "prune", "--out", "out").out == f"deleted {listed[1]['folder']}\n"
    assert quick("results", "prune", "--out", "out").out == "Nothing to delete in out.\n"
    assert runs_of(folder / "out") == {folder / listed[0]["folder"]}
    assert mine.exists()


# ---------------------------------------------------------------------- entry points


def test_entry_points(folder: Path) -> None:
    module = program("--version", cwd=folder)
    assert module.status == 0
    assert module.out.startswith("vnjp_sim, version ")
    script = shutil.which("vnjp-sim", path=str(Path(sys.executable).parent))
    assert script is not None
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, module.out)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run"],
        ["calibrate"],
        ["validate"],
        ["trace"],
        ["schema"],
        ["results"],
        ["results", "list"],
        ["results", "prune"],
    ],
    ids=" ".join,
)
def test_help(words: list[str], command: Command, folder: Path) -> None:
    told = command(*words, "--help")
    assert (told.status, told.err) == (0, "")
    assert "Usage" in told.out


def test_trace_explains_every_projected_indicator(shipped_model: Model) -> None:
    from vnjp_sim.sectors import SECTORS
    from vnjp_sim.sectors.provenance import trace_lines

    for sector in SECTORS:
        for name in sector.outputs:
            said = (shipped_model.parameters, shipped_model.links, shipped_model.instruments)
            assert trace_lines(name, *said), name


@pytest.mark.parametrize(
    ("columns", "width"),
    [("60", 60), ("80", 80), ("500", 500), ("7", 40), ("", 100), ("0", 100), ("wide", 100)],
)
def test_width_is_that_of_columns_in_pipes_too(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vnjp_sim.cli.console import make_console

    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert make_console().width == width


# ---------------------------------------------------------------------- compare, report


def test_compare_prints_effects_and_writes_files(
    quick: Command, folder: Path, calibrated_out: Path
) -> None:
    files = ("--report", "--charts")
    told = quick("compare", "osa_framework", *DRAWS, "--out", calibrated_out, *files)
    assert (told.status, told.err) == (0, "")
    lines = told.out.splitlines()
    assert max(len(line) for line in lines if not line.startswith(("Files", "Report"))) <= 100
    assert "osa_framework: Official Security Assistance" in told.out
    assert "event vessel_order on 2027-10-01 (count 2, purse osa, series used)" in told.out
    assert "of which interaction" in told.out
    assert "Of the targets, the chance of" in " ".join(told.out.split())
    (stored,) = calibrated_out.glob("compare-osa_framework/*")
    names = {file.name for file in stored.iterdir()}
    assert {"effects.csv", "contributions.csv", "targets.csv", "report.html"} <= names
    assert any(name.endswith(".svg") for name in names)
    assert list(folder.iterdir()) == []


def test_compare_without_charts_says_how_to_get_them(
    quick: Command, folder: Path, calibrated_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    told = quick("compare", "weak_yen", *DRAWS, "--out", calibrated_out, "--report")
    assert (told.status, told.out) == (4, "")
    assert 'pip install "vnjp-sim[charts]"' in told.err
    assert not list(calibrated_out.glob("compare-weak_yen/*"))


def test_compare_writes_nothing_unless_asked(quick: Command, folder: Path, own_out: Path) -> None:
    before = sorted(own_out.rglob("*"))
    told = quick("compare", "weak_yen", *DRAWS, "--out", own_out)
    assert (told.status, told.err) == (0, "")
    assert "mean effect" in told.out or "weak_yen" in told.out
    assert "was not examined" in told.out
    assert sorted(own_out.rglob("*")) == before


def test_effects_only_and_files_are_not_asked_together(quick: Command, folder: Path) -> None:
    told = quick("compare", "weak_yen", "--effects-only", "--report")
    assert told.status == 2
    assert "--effects-only: shows neither budgets nor files; leave one of them out" in told.err


def test_compare_for_machines(quick: Command, folder: Path, calibrated_out: Path) -> None:
    told = quick(
        *("compare", "weak_yen", *DRAWS, "--out", calibrated_out, "--effects-only", "--json"),
        *("--year", "2035", "--indicator", "trade_exports"),
    )
    (effect,) = told.json["effects"]
    assert effect["scenario"] == "weak_yen"
    assert (effect["indicator"], effect["year"], len(effect["quantiles"])) == (
        "trade_exports",
        2035,
        5,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "base"), "is the baseline itself: nothing to compare; name a scenario"),
        (("compare", "weak_yen", "--baseline", "bsae"), "did you mean 'base'"),
        (("compare", "weak_yen", "--year", "1999"), "1999: is outside the runs"),
        (("compare", "weak_yen", "--indicator", "trade_exprots"), "did you mean 'trade_exports'"),
        (("report", "weak_yne"), "did you mean 'weak_yen'"),
    ],
)
def test_what_cannot_be_compared_is_told(
    arguments: tuple[str, ...], message: str, quick: Command, folder: Path, calibrated_out: Path
) -> None:
    more = ("--effects-only",) if arguments[0] == "compare" else ()
    told = quick(*arguments, *DRAWS, *more, "--out", calibrated_out)
    assert told.status == 2
    assert message in told.err
    assert list(folder.iterdir()) == []


def test_report_is_one_file_and_never_over_another(
    quick: Command, folder: Path, calibrated_out: Path
) -> None:
    told = quick("report", "weak_yen", *DRAWS, "--out", calibrated_out)
    assert (told.status, told.out, told.err) == (0, "wrote report.html\n", "")
    assert [file.name for file in folder.iterdir()] == ["report.html"]
    before = (folder / "report.html").read_bytes()
    again = quick("report", "demand_shock", *DRAWS, "--out", calibrated_out)
    assert again.status == 2
    assert "report.html: exists already" in again.err
    assert (folder / "report.html").read_bytes() == before
