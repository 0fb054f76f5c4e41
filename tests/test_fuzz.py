"""Hostile input: damaged files are refused in words, or accepted with what is printed in them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cases
import mutations
import pytest
import second_reading
from mutations import Mutant

from vnjp_sim import cli
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.errors import InputError
from vnjp_sim.model import Model, load_model
from vnjp_sim.scenario import ScenarioFile, read_scenario
from vnjp_sim.shipped import shipped_folder
from vnjp_sim.strict_yaml import MAX_FAULTS, parse_yaml

pytestmark = pytest.mark.fuzz

SEED = 20_251
SECONDS, MEGABYTES = 1.0, 300.0
LONGEST_MESSAGE = 1_300
WHOLE_FILE = ("has more than", "holds no", "no file gives", "no such file")
"""Faults that lie in no line."""


@dataclass(frozen=True)
class Told:
    """What a command told: its status, what it wrote where, and how long it took."""

    status: int
    out: str
    err: str
    seconds: float


@dataclass
class Tally:
    """What came of the mutants of one format."""

    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    same: int = 0
    other: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Format:
    """One format: the good files, where a mutant lies, and what checks an accepted one."""

    texts: Mapping[str, str]
    operators: Mapping[str, tuple[mutations.Operator, mutations.Must]]
    arguments: Callable[[str], tuple[str, ...]]
    check: Callable[[str, str], None]


def command(*arguments: str) -> Told:
    """Run a command in this process; anything but an exit is raised."""
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["vnjp_sim", *arguments]
    started = time.process_time()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as left:
        status = int(left.code or 0)
    finally:
        sys.argv = before
    return Told(status, out.getvalue(), err.getvalue(), time.process_time() - started)


@pytest.fixture
def folder(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, plain_terminal: None
) -> Path:
    """A folder with a copy of the shipped models, and the current one."""
    shutil.copytree(repository / "models", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kept(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Where mutants that failed are kept."""
    cache = pytestconfig.cache
    return Path(cache.mkdir("fuzz")) if cache is not None else tmp_path


def texts(*files: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def scenario_format(model: Model) -> Format:
    """Scenario files: the shipped ones, and seeds with every lever path, event and prior."""
    shipped = shipped_folder("scenarios")
    schema = ScenarioFile.model_json_schema()

    def parent(name: str) -> str:
        return (shipped / f"{name}.yml").read_text(encoding="utf-8")

    def check(name: str, text: str) -> None:
        scenario = read_scenario(Path(name), model.parameters, model.instruments)
        second_reading.assert_same(parse_yaml(text, name).content, second_reading.read(text))
        second_reading.assert_scenario_holds(text, scenario, parent, model.folder, schema)

    files = [*shipped.glob("*.yml"), *(cases.CASES / "seeds").glob("*.yml")]
    return Format(
        texts(*sorted(files)), mutations.YAML, lambda name: ("validate", "--json", name), check
    )


def model_format(files: list[Path], operators: Any, check: Callable[[str, str], None]) -> Format:
    models = shipped_folder("models")
    return Format(
        {f"models/{f.relative_to(models).as_posix()}": f.read_text("utf-8") for f in files},
        operators,
        lambda name: ("validate", "--json", "--models", "models", "base"),
        check,
    )


def yaml_format() -> Format:
    """The YAML files of a models folder."""
    models = shipped_folder("models")

    def check(name: str, text: str) -> None:
        second_reading.assert_same(parse_yaml(text, name).content, second_reading.read(text))
        second_reading.assert_models_hold(Path("models"), models)
        plan("models")

    files = sorted(models.glob("*.yml")) + sorted((models / "parameters").glob("*.yml"))
    return model_format(files, mutations.YAML, check)


def observations_format() -> Format:
    """The tables of figures of a models folder."""

    def check(name: str, text: str) -> None:
        model = plan("models")
        figures = [o for o in model.evidence.observations if o.file == name]
        second_reading.assert_figures_hold(text, figures, Path("models"))

    files = [f for f in (shipped_folder("models") / "observations").glob("*.csv")]
    return model_format(
        sorted(f for f in files if f.read_text("utf-8").count("\n") > 3), mutations.CSV, check
    )


def events_format() -> Format:
    """The table of events of a models folder."""

    def check(name: str, text: str) -> None:
        events = list(plan("models").evidence.events)
        second_reading.assert_events_hold(text, events, Path("models"))

    operators = {n: o for n, o in mutations.CSV.items() if n != "clash_of_units"}
    return model_format([shipped_folder("models") / "events.csv"], operators, check)


def read_once(shipped: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a table of figures or events cannot change be read once."""
    for name in ("registry", "parameters", "instruments", "links"):
        known = getattr(shipped, name)
        monkeypatch.setattr(f"vnjp_sim.model.read_{name}", lambda *_, known=known: known)


def plan(models: str) -> Model:
    """Return a models folder after its calibration was planned; a refusal in words is fine."""
    model = load_model(models)
    with contextlib.suppress(InputError):
        make_plan(model.evidence, model.parameters)
    return model


def try_mutant(format_: Format, name: str, mutant: Mutant, tally: Tally) -> None:
    """Put a mutant in its place, run the command, and check what it told."""
    file = Path(name)
    file.write_bytes(mutant.content)
    told = command(*format_.arguments(name))
    tally.slowest = max(tally.slowest, told.seconds)
    assert told.status in (0, 2), f"exit status {told.status}: {told.err}"
    if told.status == 2:
        assert mutant.must != "accept", f"refused, though harmless: {told.err}"
        tally.refused.update(mutant.operators)
        assert_told_well(told, name, mutant.content)
        if mutant.must == "suggest":
            assert "did you mean" in told.err, f"no suggestion: {told.err}"
        return
    assert mutant.must not in ("refuse", "suggest"), "accepted, though always harmful"
    text = mutant.content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if text == format_.texts[name]:
        tally.same += 1
    else:
        tally.other += 1
    format_.check(name, mutant.content.decode("utf-8-sig"))


def assert_told_well(told: Told, name: str, content: bytes) -> None:
    """Check that each fault has its place, what is wrong and a remedy, on one line to be read."""
    faults = json.loads(told.out)["faults"]
    lines = len(content.splitlines()) + 1
    assert faults
    assert len(faults) <= MAX_FAULTS + 20
    for fault in faults:
        assert fault["what"], fault
        assert fault["remedy"], fault
        assert fault["file"], fault
        if fault["line"] == 0:
            assert fault["what"].startswith(WHOLE_FILE), fault
        elif fault["file"] == name:
            assert 1 <= fault["line"] <= lines, fault
    shown = told.err.splitlines()
    assert len(shown) == min(len(faults), 100) + (len(faults) > 100)
    for line in shown:
        assert line.startswith("error: "), line
        assert "; " in line
        assert line.isprintable()
        assert len(line) < LONGEST_MESSAGE


FORMATS = {
    "scenario": scenario_format,
    "models": lambda _model: yaml_format(),
    "observations": lambda _model: observations_format(),
    "events": lambda _model: events_format(),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_file_is_refused_in_words_or_read_as_printed(
    kind: str,
    folder: Path,
    kept: Path,
    shipped_model: Model,
    monkeypatch: pytest.MonkeyPatch,
    sized: Callable[[int, int], int],
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    if kind == "scenario":  # the models are read once
        monkeypatch.setattr(cli.model, "read_model", lambda _models, _as_of: shipped_model)
    if kind in ("observations", "events"):
        read_once(shipped_model, monkeypatch)
    format_, tally, count = FORMATS[kind](shipped_model), Tally(), sized(150, 2_500)
    names = sorted(format_.texts)
    started = time.process_time()
    for number in range(count):
        name = names[number % len(names)]
        mutant = mutations.mutant(
            f"{SEED}:{kind}:{number}", [format_.texts[name]], dict(format_.operators)
        )
        tally.tried.update(mutant.operators)
        try:
            try_mutant(format_, name, mutant, tally)
        except Exception as error:  # noqa: BLE001 - every failure is collected
            where = kept / f"{kind}-{SEED}-{number}-{Path(name).name}"
            where.write_bytes(mutant.content)
            tally.failures.append(
                f"{where.name}: {'+'.join(mutant.operators)}: {type(error).__name__}: "
                + " ".join(str(error).split())[:500]
            )
        finally:
            Path(name).write_text(format_.texts[name], encoding="utf-8")
    print(time.process_time() - started, tally.slowest, tally.same, tally.other)
    assert not tally.failures, f"{len(tally.failures)}\n" + "\n".join(tally.failures[:60])
