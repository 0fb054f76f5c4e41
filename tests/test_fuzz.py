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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import cases
import mutations
import pytest
import second_reading
from mutations import Mutant

from vnjp_sim import cli
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import MAX_REFUSALS
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.scenario_file import ScenarioFile
from vnjp_sim.inputs.strict_yaml import parse_yaml
from vnjp_sim.simulation.model_data import Model, load_model

pytestmark = pytest.mark.fuzz

SEED = 20_251
SECONDS, MEGABYTES = 1.0, 300.0
LONGEST_MESSAGE = 1_300
WHOLE_FILE = ("has more than", "holds no", "no file gives", "no such file")
"""Faults that lie in no line."""


Prove = Callable[[str, Mapping[str, Any]], None]


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
    must: int = 0
    refused: int = 0
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
    with contextlib.suppress(OSError):  # of a checkout that may only be read
        if cache is not None:
            return Path(cache.mkdir("fuzz"))
    return tmp_path


def texts(*files: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def scenario_format(model: Model) -> Format:
    """Scenario files: the shipped ones, and seeds with every lever path, event and prior."""
    shipped = shipped_folder("scenarios")
    schema = ScenarioFile.model_json_schema()

    def parent(name: str) -> str:
        return (shipped / f"{name}.yml").read_text(encoding="utf-8")

    def check(name: str, text: str) -> None:
        scenario = model.scenario_reader().read(Path(name))
        second_reading.assert_same(parse_yaml(text, name).content, second_reading.content_of(text))
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
        second_reading.assert_same(parse_yaml(text, name).content, second_reading.content_of(text))
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

    files = list((shipped_folder("models") / "observations").glob("*.csv"))
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
        monkeypatch.setattr(
            f"vnjp_sim.simulation.model_data.read_{name}", lambda *_, known=known: known
        )


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
        tally.refused += 1
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
    assert max(Counter(fault["file"] for fault in faults).values()) <= MAX_REFUSALS + 20
    for fault in faults:
        assert fault["what"], fault
        assert fault["remedy"], fault
        assert fault["file"], fault
        if fault["line"] == 0:
            assert fault["what"].startswith(WHOLE_FILE), fault
        elif fault["file"] == name:
            assert 1 <= fault["line"] <= lines, fault
    shown = told.err.splitlines()
    most = cli.root.SHOWN_REFUSALS
    assert len(shown) == min(len(faults), most) + (len(faults) > most)
    for line in shown:
        assert line.startswith("error: "), line
        assert "; " in line
        assert line.isprintable()
        assert len(line) < LONGEST_MESSAGE


FORMATS: dict[str, Callable[[Model], Format]] = {
    "scenario": scenario_format,
    "models": lambda _model: yaml_format(),
    "observations": lambda _model: observations_format(),
    "events": lambda _model: events_format(),
}


SMALL = {"scenario": 300, "models": 60, "observations": 120, "events": 120}


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_file_is_refused_in_words_or_read_as_printed(
    kind: str,
    folder: Path,
    kept: Path,
    shipped_model: Model,
    monkeypatch: pytest.MonkeyPatch,
    sized: Callable[[int, int], int],
    prove: Prove,
) -> None:
    if kind == "scenario":
        monkeypatch.setattr(cli.model, "model_of", lambda _request: shipped_model)
    elif kind != "models":
        read_once(shipped_model, monkeypatch)
    format_, tally = FORMATS[kind](shipped_model), Tally()
    names = sorted(format_.texts)
    for number in range(sized(SMALL[kind], 2_000)):
        name = names[number % len(names)]
        mutant = mutations.mutant(f"{SEED}:{kind}:{number}", format_.texts[name], format_.operators)
        tally.tried.update(mutant.operators)
        tally.must += bool(mutant.must)
        try:
            try_mutant(format_, name, mutant, tally)
        except Exception as error:  # noqa: BLE001 - a traceback is what is looked for
            file = kept / f"{kind}-{SEED}-{number}-{Path(name).name}"
            file.write_bytes(mutant.content)
            what = " ".join(f"{type(error).__name__}: {error}".split())[:500]
            tally.failures.append(f"{file}: {' and '.join(mutant.operators)}: {what}")
        Path(name).write_text(format_.texts[name], encoding="utf-8")
    prove(
        f"fuzz_{kind}",
        {
            "seed": SEED,
            "files_damaged": len(names),
            "mutants": number + 1,
            "mutants_known_to_be_harmful_or_harmless": tally.must,
            "refused": tally.refused,
            "accepted_as_the_same_content": tally.same,
            "accepted_as_other_content_that_a_second_reading_allows": tally.other,
            "uses_of_each_operator": dict(sorted(tally.tried.items())),
            "slowest_seconds_of_cpu": round(tally.slowest, 3),
            "failures": tally.failures,
        },
    )
    assert not tally.failures, f"{len(tally.failures)}\n" + "\n".join(tally.failures[:20])
    assert tally.refused > number / 3
    assert tally.same + tally.other > number / 20
    assert tally.slowest < SECONDS


# ---------------------------------------------------------------------- several faults at once


def seeded(number: int) -> Random:
    return Random(f"{SEED}:{number}")  # noqa: S311 - no secret


STRANGE = ("five", "1:30", ".nan", "0x1F", "010", "NO", "1_000", "9" * 50)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_planted_fault_is_told(
    kind: str, folder: Path, shipped_model: Model, sized: Callable[[int, int], int], prove: Prove
) -> None:
    format_ = FORMATS[kind](shipped_model)
    plant = mutations.plant_in_yaml if kind in ("scenario", "models") else mutations.plant_in_table
    names = [n for n, text in sorted(format_.texts.items()) if plant(seeded(0), text, 2, STRANGE)]
    planted = 0
    for number in range(sized(10, 150)):
        random = seeded(number)
        name = random.choice(names)
        text, lines = plant(random, format_.texts[name], random.randrange(2, 9), STRANGE)
        Path(name).write_text(text, encoding="utf-8")
        told = command(*format_.arguments(name))
        Path(name).write_text(format_.texts[name], encoding="utf-8")
        found = [f["line"] for f in json.loads(told.out)["faults"] if f["file"] == name]
        assert lines == sorted(set(found)), (number, name, told.err)
        planted += len(lines)
    assert planted
    prove(f"fuzz_{kind}_planted", {"files": number + 1, "faults": planted, "faults_told": planted})


# ---------------------------------------------------------------------- traps of the models


def models_cases() -> list[tuple[str, str]]:
    return [(file, name) for file in CASES_OF_MODELS for name in cases.names(file)]


CASES_OF_MODELS = ("levers", "event_types", "links", "targets", "coverage")


@pytest.mark.parametrize("file", CASES_OF_MODELS)
def test_every_case_has_its_messages(file: str) -> None:
    assert cases.complete(file)


@pytest.mark.parametrize(("file", "name"), models_cases())
def test_bad_file_of_the_models_is_refused(file: str, name: str, folder: Path) -> None:
    shutil.copy(cases.case(file, name), folder / "models" / f"{file}.yml")
    told = command("validate", "--models", "models", "base")
    expected = (cases.CASES / file / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert (told.status, told.out) == (2, "")
    cases.assert_same(told.err.splitlines(), [f"error: models/{line}" for line in expected])


@pytest.mark.parametrize("name", sorted(f.name for f in (cases.CASES / "seeds").iterdir()))
def test_seed_is_a_good_file(name: str, folder: Path) -> None:
    told = command("validate", str(cases.CASES / "seeds" / name))
    assert (told.status, told.err) == (0, "")


def test_misspelt_indicator_and_parameter_are_told_at_their_lines(folder: Path) -> None:
    for file, right, wrong in (
        ("indicators.yml", "  trade_turnover:\n", "  trade_turnovr:\n"),
        ("parameters/macro.yml", "  macro_vn_growth_lasting:\n", "  macro_vn_growth_lastign:\n"),
    ):
        text = (folder / "models" / file).read_text(encoding="utf-8")
        assert right in text
        (folder / "models" / file).write_text(text.replace(right, wrong), encoding="utf-8")
        line = text[: text.index(right)].count("\n") + 1
        told = command("validate", "--models", "models", "base")
        assert f"error: models/{file}:{line}:3: " in told.err
        assert f"did you mean '{right.strip(' :' + chr(10))}'?" in told.err


# ---------------------------------------------------------------------- the whole program


@dataclass(frozen=True)
class Child:
    """What a command in a process of its own told and took."""

    status: int
    err: str
    seconds: float
    megabytes: float


LAUNCHER = """
import json, os, sys, traceback
import vnjp_sim.simulation.model_data
from vnjp_sim import cli

def run(folder, words, errors):
    os.chdir(folder)
    for number, file in enumerate((os.devnull, os.devnull, errors)):
        os.dup2(os.open(file, os.O_RDWR), number)
    sys.argv = ["vnjp_sim", *words]
    try:
        cli.main()
    except SystemExit as left:
        return left.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

for line in sys.stdin:
    process = os.fork()
    if not process:
        status = run(*json.loads(line))
        sys.stderr.flush()
        os._exit(status)
    _, status, used = os.wait4(process, 0)
    told = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss
    print(json.dumps(told), flush=True)
"""
"""Starts each command in a process of its own, in which the modules are loaded already.

A small process does so: what a command takes would count that of these tests too.
"""

Program = Callable[..., Child]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Return what runs a command in a process of its own, in this folder, and measures it."""
    errors = tmp_path_factory.mktemp("program") / "errors"
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10

    def run(*arguments: str) -> Child:
        errors.write_bytes(b"")
        print(
            json.dumps([str(Path.cwd()), arguments, str(errors)]), file=launcher.stdin, flush=True
        )
        status, seconds, peak = json.loads(launcher.stdout.readline())
        return Child(status, errors.read_text(encoding="utf-8"), seconds, peak / unit)

    command_line = [sys.executable, "-c", LAUNCHER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command_line, stdin=pipe, stdout=pipe, encoding="utf-8") as launcher:
        yield run


def tree(folder: Path) -> dict[str, str]:
    """Return the sum of each file below a folder, by its name; folders have none."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def results(folder: Path) -> Path:
    """A results folder that holds something."""
    out = folder / "results"
    (out / "base" / "0123456789abcdef").mkdir(parents=True)
    (out / "base" / "0123456789abcdef" / "manifest.json").write_text("{}", encoding="utf-8")
    return out


@pytest.fixture
def idle(folder: Path, program: Program) -> Child:
    """What the program takes to read good files."""
    return min((program("validate", "base") for _ in range(2)), key=lambda child: child.seconds)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX")
def test_program_refuses_in_words_and_writes_nothing(
    results: Path,
    idle: Child,
    program: Program,
    shipped_model: Model,
    sized: Callable[[int, int], int],
    prove: Prove,
) -> None:
    before, slowest, largest, count = tree(results), 0.0, 0.0, 0
    for kind, make in FORMATS.items():
        format_ = make(shipped_model)
        harmful = {n: o for n, o in format_.operators.items() if o[1] in ("refuse", "suggest")}
        for number in range(sized(1, 10)):
            name = sorted(format_.texts)[number % len(format_.texts)]
            mutant = mutations.mutant(f"{SEED}:{number}:{kind}", format_.texts[name], harmful)
            Path(name).write_bytes(mutant.content)
            verb = "validate" if name.endswith("targets.yml") else "run"  # which reads no targets
            models = ("--models", "models") if kind != "scenario" else ()
            child = program(verb, name if kind == "scenario" else "base", *models)
            Path(name).write_text(format_.texts[name], encoding="utf-8")
            assert child.status == 2, (name, mutant.operators, child.err)
            assert all(line.startswith("error: ") for line in child.err.splitlines()), child.err
            assert tree(results) == before
            slowest, largest = max(slowest, child.seconds), max(largest, child.megabytes)
            count += 1
    prove(
        "fuzz_program",
        {
            "runs_of_damaged_files": count,
            "exit_statuses_other_than_2": 0,
            "changes_of_the_results_folder": 0,
            "most_seconds_of_cpu_above_reading_good_files": round(slowest - idle.seconds, 3),
            "most_megabytes": round(largest, 1),
        },
    )
    assert slowest - idle.seconds < SECONDS
    assert largest < MEGABYTES


# ---------------------------------------------------------------------- bombs

HEAD = "name: case\ntitle: A case\nextends: base\n"
FIGURE = "{0},{1},{2},USD bn,exact,0.1,,,press_2023,{3},Paragraph 1,check,A note\n"
LINK = (
    "  link_{0}: {{driver: {1}, response: {2}, form: elasticity, lag: {{fixed: 1}}, "
    "prior: {{fixed: 0.001}}, grade: assumed, reference: Made for a test.}}\n"
)


def laughs() -> str:
    """Nine lists of nine references to the one before."""
    deeper = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)]
    return "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(deeper)


def figures(count: int, indicator: str = "trade_turnover", value: str = "{0}.5") -> str:
    rows = (FIGURE.format(indicator, 2012, value.format(i), i + 1) for i in range(count))
    return ",".join(OBSERVATION_COLUMNS) + "\n" + "".join(rows)


def linked(count: int) -> str:
    """Links between two sectors in a circle, as many as are asked."""
    ends = (("investment_stock", "trade_exports"), ("trade_exports", "investment_flow"))
    rows = [LINK.format(i, *ends[i % 2]) for i in range(count)]
    return "links:\n" + "".join(rows)


TABLE, SCENARIO, LINKS = "models/observations/zz.csv", "case.yml", "models/links.yml"


@dataclass(frozen=True)
class Bomb:
    """A file that asks for much: where it lies, what it holds, and what is told of it."""

    file: str
    content: Callable[[], str | bytes]
    told: str
    status: int = 2


def scenario_bomb(content: Callable[[], str], told: str, status: int = 2) -> Bomb:
    return Bomb(SCENARIO, lambda: HEAD + content(), told, status)


def table_bomb(content: Callable[[], str], told: str) -> Bomb:
    return Bomb(TABLE, lambda: figures(0) + content(), told)


def listed(section: str, item: str, count: int) -> str:
    return f"{section}:\n" + "".join(f"  {item.format(i)}\n" for i in range(count))


SAME = FIGURE.format("trade_turnover", 2012, "0.5", 1)
STEP = "lever_{0}: {{path: step, from: 2026, multiply: 2}}"
ORDER = "- {{on: 2027-10-01, type: vessel_order, count: {0}}}"
SUMMIT = "- {{on: 2027-10-01, type: summit, to: 1}}"
BOMBS = {
    "aliases of aliases": scenario_bomb(laughs, "4:5: uses the anchor"),
    "deep nesting": scenario_bomb(lambda: "levers: " + "[" * 60_000, "4:32: nests deeper"),
    "number of 5,000 digits": scenario_bomb(
        lambda: "horizon: {start: 2025, end: " + "9" * 5_000 + "}", "4:29: a number of 5000"
    ),
    "exponent of thirty digits": scenario_bomb(
        lambda: "horizon: {start: 2025, end: 1e" + "9" * 30 + "}", "4:29: "
    ),
    "unknown parameters": scenario_bomb(
        lambda: listed("parameters", "macro_{0}: {{fixed: 1}}", 4_500), "5:3: unknown parameter"
    ),
    "unknown levers": scenario_bomb(lambda: listed("levers", STEP, 2_000), "5:3: unknown lever"),
    "bad events": scenario_bomb(lambda: listed("events", ORDER, 2_300), "5:42: 'count' is 0"),
    "as many events as may be": scenario_bomb(lambda: listed("events", SUMMIT, 2_600), "", 0),
    "scenario of two gigabytes": Bomb(SCENARIO, lambda: b"", "has more than 131072 bytes"),
    "as many links as may be": Bomb(LINKS, lambda: linked(63), "", 0),
    "too many links": Bomb(LINKS, lambda: linked(600), "1:1: has 637 links"),
    "as many figures as may be": Bomb(TABLE, lambda: figures(9_999), "", 0),
    "a million figures": Bomb(TABLE, lambda: figures(1_000_000), "has more than 8388608 bytes"),
    "half a million blank rows": table_bomb(
        lambda: ",,,,,,,,,,,,\n" * 500_000, "10002: has more than 10000 rows"
    ),
    "unknown indicators": Bomb(TABLE, lambda: figures(9_999, "trade_turnovr"), "2: unknown"),
    "words for numbers": Bomb(TABLE, lambda: figures(9_999, value="> {0}"), "2: value '> 0'"),
    "one figure again and again": table_bomb(lambda: SAME * 9_000, "3: repeats the figure of"),
    "a cell of seven megabytes": table_bomb(lambda: "x" * (7 << 20), "2: has a cell of over"),
    "quotes and nothing else": table_bomb(lambda: '"' * (7 << 20), "2: "),
    "commas and nothing else": table_bomb(lambda: "x" + "," * (7 << 20), "2: has 7340033 cells"),
    "zeros of a bad disk": Bomb(TABLE, lambda: bytes(7 << 20), "1:1: holds the control character"),
}


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX")
def test_bombs_take_neither_time_nor_memory(
    results: Path, idle: Child, program: Program, prove: Prove
) -> None:
    before = tree(results)
    seconds: dict[str, float] = {}
    megabytes: dict[str, float] = {}
    faults: list[str] = []
    for name, bomb in BOMBS.items():
        file = Path(bomb.file)
        kept = file.read_bytes() if file.exists() else None
        file.write_bytes(mutations.as_bytes(bomb.content()))
        if name == "scenario of two gigabytes":
            os.truncate(file, 2 << 30)
        scenario = SCENARIO if bomb.file == SCENARIO else "base"
        child = program("validate", "--models", "models", scenario)
        file.unlink()
        if kept is not None:
            file.write_bytes(kept)
        seconds[name] = round(child.seconds - idle.seconds, 2)
        megabytes[name] = round(child.megabytes, 1)
        in_words = "Traceback" not in child.err and bomb.told in child.err
        if child.status != bomb.status or not in_words:
            faults.append(f"{name}: {child.status}, {child.err[:300]}")
        assert len(child.err.splitlines()) <= cli.root.SHOWN_REFUSALS + 1
    assert not faults, "\n".join(faults)
    assert tree(results) == before
    prove(
        "fuzz_bombs",
        {
            "bombs": len(BOMBS),
            "seconds_of_cpu_above_reading_good_files": seconds,
            "megabytes_at_most": megabytes,
        },
    )
    assert max(seconds.values()) < SECONDS, seconds
    assert max(megabytes.values()) < MEGABYTES, megabytes
