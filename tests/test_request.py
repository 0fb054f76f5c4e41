"""A request as a command: what the report prints gives the same again when it is run."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from commands import outcome
from hypothesis import given
from hypothesis import strategies as st

import vnjp_sim as vj
from vnjp_sim import charts, cli
from vnjp_sim.analysis.findings import find
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.report import page, pictures, write_report
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.pipeline import PROJECTION
from vnjp_sim.simulation.request import MAX_DRAWS, MAX_SEED, PROGRAM, Options, Request
from vnjp_sim.storage.store import MANIFEST

ODD = 'my [draft] aid\'s "plan" $HOME & more'
AID = """
name: aid
title: Aid
extends: base
levers:
  oda_commitments: {path: step, from: 2027, multiply: 1.5}
"""


def parsed(command: str, verb: str) -> Request:
    """Return the request that the command line makes of a printed command."""
    assert command.startswith(f"{PROGRAM} {verb} ")
    words = shlex.split(command)[len(shlex.split(PROGRAM)) + 1 :]
    context = getattr(cli.comparing, verb).make_context(verb, words)
    known = {name for name in context.params if name in vars(Request())}
    return Request(**{name: context.params[name] for name in known})


CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
TEXT = st.text(CHARACTERS, min_size=1, max_size=60).filter(str.strip)


@given(
    st.lists(TEXT, min_size=1, max_size=3, unique=True),
    st.none() | TEXT,
    st.integers(1, MAX_DRAWS),
    st.integers(0, MAX_SEED),
    st.none() | st.tuples(st.integers(0, 99_999), st.integers(0, 99_999)),
    st.none() | TEXT,
    st.none() | st.dates(),
)
@pytest.mark.parametrize("verb", ["compare", "report"])
def test_a_command_is_read_as_the_request_that_it_tells(
    verb: str,
    scenarios: list[str],
    baseline: str | None,
    draws: int,
    seed: int,
    horizon: tuple[int, int] | None,
    models: str | None,
    as_of: date | None,
) -> None:
    request = Request.of(
        scenarios,
        baseline,
        draws=draws,
        seed=seed,
        horizon=horizon,
        models=models,
        as_of=as_of,
    )
    assert parsed(request.command(verb), verb) == request


def test_only_what_differs_from_the_defaults_is_told() -> None:
    assert Request.of("base").command("report") == f"{PROGRAM} report base"
    asked = Request.of(["a b", "c"], out="elsewhere", workers=4, draws=50, horizon=(2025, 2030))
    assert asked.command("compare") == (f"{PROGRAM} compare 'a b' c --draws 50 --horizon 2025:2030")


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Request.of("base").draws = 5  # type: ignore[misc]


@pytest.fixture
def place(own_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with results that hold the calibration, and a scenario of an odd name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(own_out)
    (tmp_path / ODD).mkdir()
    (tmp_path / ODD / "aid.yml").write_text(AID, encoding="utf-8")
    return tmp_path


def printed(page: Path) -> str:
    """Return the command that a report prints."""
    text = page.read_text(encoding="utf-8")
    (shown,) = re.findall(r'aria-label="Command"><code>(.*?)</code>', text, re.DOTALL)
    command = re.sub(r"</?span[^>]*>", "", shown)
    return html.unescape(command)


def in_a_shell(command: str) -> str:
    """Run a command in a shell; return what it prints."""
    program = re.sub(f"^{PROGRAM} ", "python -m vnjp_sim ", command)
    program = program.replace("python ", f"{shlex.quote(sys.executable)} ", 1)
    done = subprocess.run(  # noqa: S602 - the shell is what is tested
        program, shell=True, capture_output=True, encoding="utf-8", check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, ""), (command, done.stderr)
    return done.stdout


WORDS = "python -c 'import json, sys; print(json.dumps(sys.argv[1:]))'"


def told(command: str) -> tuple[int, str, str]:
    """Run a command in this process, with the words that a shell makes of it."""
    return outcome(json.loads(in_a_shell(command.replace(PROGRAM, WORDS, 1))))


def shell(command: str) -> str:
    """Run a command that a shell reads; return what it prints."""
    status, out, err = told(command)
    assert (status, err) == (0, ""), (command, err)
    return out


def comparisons() -> set[Path]:
    """Return the folders of the stored comparisons."""
    return {file.parent for file in Path("results").glob(f"compare-*/*/{MANIFEST}")}


def again(*words: str, verb: str = "compare", shell: Callable[[str], str] = shell) -> Path:
    """Run a command, then the one that its report prints; return the folder of the comparison."""
    before = comparisons()
    asked = ["--report", "--charts"] if verb == "compare" else []
    shell(shlex.join([*PROGRAM.split(), verb, *words, *asked]))
    (folder,) = comparisons() - before
    files = {file: file.stat().st_mtime_ns for file in Path("results").rglob("*")}
    text = shell(printed(folder / "report.html"))
    assert text in {"wrote report.html\n", "report.html holds this report already\n"}
    assert Path("report.html").read_bytes() == (folder / "report.html").read_bytes()
    assert files == {file: file.stat().st_mtime_ns for file in Path("results").rglob("*")}
    return folder


def test_report_of_a_baseline(place: Path) -> None:
    """In processes of their own, with real pictures."""
    words = ("base", "--draws", "20", "--horizon", "2025:2028")
    folder = again(*words, verb="report", shell=in_a_shell)
    assert printed(folder / "report.html") == (
        f"{PROGRAM} report base --draws 20 --horizon 2025:2028"
    )
    (place / "report.html").unlink()
    assert shell(printed(folder / "report.html")) == "wrote report.html\n"
    assert (place / "report.html").read_bytes() == (folder / "report.html").read_bytes()


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts that are built, but not drawn: what is drawn is the same for every request."""
    monkeypatch.setattr(pictures.Picture, "spec", {})
    monkeypatch.setattr(pictures, "svg_of_spec", lambda _spec: "<svg></svg>")
    monkeypatch.setattr(page, "embedded_spec", lambda _spec, element: f"<div id='{element}'></div>")
    monkeypatch.setattr(charts, "vega_bundle", lambda: "")


@pytest.mark.usefixtures("plain_pictures")
def test_compare_with_every_option_and_odd_paths(place: Path, repository: Path) -> None:
    shutil.copytree(repository / "models", place / "own 'models' [2]")
    folder = again(
        *("oda_expansion", f"{ODD}/aid.yml", "--baseline", "weak_yen", "--draws", "20"),
        *("--seed", "9", "--horizon", "2025:2029", "--models", "own 'models' [2]"),
        *("--as-of", "2099-01-01", "--workers", "2"),
    )
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert set(manifest["runs"]) == {"weak_yen", "oda_expansion", "aid"}
    assert (manifest["draws"], manifest["seed"]) == (20, 9)
    assert "--as-of 2099-01-01" in manifest["command"]
    assert "--horizon 2025:2029" in manifest["command"]


@pytest.mark.usefixtures("plain_pictures")
def test_report_of_stored_runs_that_python_made(place: Path) -> None:
    odd = place / ODD / "aid.yml"
    vj.run(["weak_yen", odd], draws=np.int64(20), seed=np.int32(5), horizon=np.array([2025, 2028]))
    runs = [str(file.parent) for file in sorted(Path("results").glob(f"*/*/{PROJECTION}"))]
    ours = [run for run in runs if json.loads((Path(run) / MANIFEST).read_text())["seed"] == 5]
    assert len(ours) == 2
    folder = again(*ours)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert {Path(run).name for run in ours} < set(manifest["runs"].values())


@pytest.mark.usefixtures("plain_pictures")
def test_report_that_python_made_itself(place: Path) -> None:
    model, options = load_model(), Options(draws=20, seed=3, start=2025, end=2028)
    findings = find(["weak_yen"], model, options, Path("results"))
    page = write_report(findings, place / "own.html")
    before = comparisons()
    text = shell(printed(page))
    runs = findings.comparison.manifests
    assert text == "wrote report.html\n"
    (stored,) = comparisons() - before
    content = json.loads((stored / MANIFEST).read_text(encoding="utf-8"))
    assert content["runs"] == {name: manifest["run"] for name, manifest in runs.items()}
    assert (stored / "report.html").read_bytes() == page.read_bytes()


@pytest.mark.usefixtures("plain_pictures")
def test_tables_are_the_same_from_the_store(place: Path) -> None:
    def shown(*words: str) -> str:
        return shell(shlex.join(words))

    words = [*PROGRAM.split(), "compare", "osa_framework", "--draws", "1000"]
    words += ["--horizon", "2025:2031", "--report", "--charts"]
    first = shown(*words)
    second = shown(*words)
    assert second.replace(" (already stored by an identical comparison)", "") == first
    narrow = shown(*words, "--year", "2031", "--indicator", "security_vessels", "--json")
    (effect,) = json.loads(narrow)["effects"]
    assert (effect["year"], effect["indicator"]) == (2031, "security_vessels")


@pytest.mark.usefixtures("plain_pictures")
def test_damaged_comparison_is_told(place: Path) -> None:
    words = [*PROGRAM.split(), "compare", "labour_stall", "--draws", "20"]
    words += ["--horizon", "2025:2028", "--report"]
    shell(shlex.join(words))
    (stored,) = Path("results").glob("compare-labour_stall/*")
    for name in ("shown.npz", "report.html", "effects.csv"):
        whole = (stored / name).read_bytes()
        (stored / name).write_bytes(whole[:-1])
        status, _, err = told(shlex.join(words))
        assert status == 4
        assert f"{name} has changed since it was written" in err
        assert "delete the folder" in err
        (stored / name).write_bytes(whole)


def test_options_that_a_stored_run_does_not_have_are_refused(own_out: Path) -> None:
    vj.run("weak_yen", draws=20, horizon=(2025, 2028), out=own_out)
    folder = max(own_out.glob("weak_yen/*"), key=os.path.getmtime)
    for option, value in {"draws": 30, "seed": 6, "horizon": (2025, 2027)}.items():
        with pytest.raises(InputError, match=f"{option}: cannot be changed for the stored run"):
            vj.compare(folder, out=own_out, **{option: value})  # type: ignore[arg-type]
    assert vj.compare(folder, out=own_out, draws=20).scenarios == ("weak_yen",)
