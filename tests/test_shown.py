"""What objects show of themselves: tables in notebooks, pictures, files, parts by name."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import altair as alt
import openpyxl
import pandas as pd
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.charts.look import Look
from vnjp_sim.foundation.errors import ARGUMENTS, EnvironmentFailureError, InputError
from vnjp_sim.tables.effects import set_elsewhere

NAMES = ["oda_disbursements", "trade_turnover"]
HOSTILE = "<script>alert('x')</script> & more"


@pytest.fixture(scope="module")
def shown(calibrated_out: Path) -> dict[str, Any]:
    """Every kind of object, of a scenario whose title must be escaped."""
    session = vj.Session(draws=1_000, horizon=(2025, 2027), out=calibrated_out)
    scenario = vj.scenario("oda_expansion").named("mine", title=HOSTILE)
    comparison = session.compare(scenario)
    return {
        "comparison": comparison,
        "runs": comparison.runs.vnjp,
        "attribution": session.attribute(scenario, NAMES),
        "budget": session.budget(scenario, NAMES, of_effects=True),
        "history": session.history(NAMES),
        "scenario": scenario,
        "model": session.model,
        "session": session,
    }


SAYS = {
    "comparison": ["What you set", "What follows", "raises ODA disbursements", "1,000 draws"],
    "runs": ["Trade turnover in goods", "2027 [90", "seed 20251"],
    "attribution": ["What contributes", "phased in from 2026", "mean effect"],
    "budget": ["variance", "assumptions", "Trade turnover in goods"],
    "history": ["calibrated on the figures", "2000"],
    "scenario": ["oda_commitments", "Twice the baseline"],
    "model": ["vov_2025", "166 indicators"],
    "session": ["1,000 draws", ".compare("],
}


@pytest.mark.parametrize("kind", SAYS)
def test_a_notebook_shows_a_table_and_a_terminal_one_line(kind: str, shown: dict[str, Any]) -> None:
    html, text = shown[kind]._repr_html_(), repr(shown[kind])
    assert not [words for words in SAYS[kind] if words not in html]
    assert "<script" not in html, "what users write is escaped"
    assert "&lt;script" in html or kind not in ("comparison", "runs", "scenario")
    assert '"as_of"' not in html, "no open JSON"
    assert "#" not in html.partition("</style>")[2].replace("&#x27;", ""), "no fixed colour"
    assert len(text) < 200
    assert "\n" not in text


def test_parts_are_found_by_name(shown: dict[str, Any]) -> None:
    for kind in ("comparison", "runs", "attribution", "budget", "history", "model"):
        assert set(NAMES) <= set(shown[kind]._ipython_key_completions_())
        part = shown[kind][NAMES[0]]
        assert kind == "model" or (isinstance(part, pd.DataFrame) and len(part))
    assert "weak_yen" in shown["session"]._ipython_key_completions_()
    assert shown["session"]["weak_yen"].name == "weak_yen"
    with pytest.raises(InputError, match="did you mean"):
        shown["runs"]["trade_turnovr"]


def test_objects_draw_themselves(shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    charts = [shown[kind].plot() for kind in ("comparison", "attribution", "budget", "model")]
    charts += [shown["runs"].plot(NAMES[1]), shown["runs"].plot_targets()]
    assert all(isinstance(chart, alt.TopLevelMixin) for chart in charts)
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(EnvironmentFailureError, match=r"vnjp-sim\[charts\]"):
        shown["budget"].plot()


def test_objects_write_themselves(shown: dict[str, Any], tmp_path: Path) -> None:
    comparison = shown["comparison"]
    sheets = {"comparison": "effects", "attribution": "contributions", "budget": "uncertainty"}
    for kind, title in {**sheets, "history": "history"}.items():
        file = shown[kind].to_excel(tmp_path / f"{kind}.xlsx")
        book = openpyxl.load_workbook(file, read_only=True)
        assert title in book.sheetnames
        book.close()
    table = pd.read_csv(comparison.export(tmp_path / "effects.csv"))
    pd.testing.assert_frame_equal(table[["p50"]], comparison.table()[["p50"]], check_exact=True)
    levels = pd.read_csv(shown["runs"].export(tmp_path / "levels.csv"))
    assert set(levels["scenario"]) == {"base", "mine"}
    with pytest.raises(InputError, match="does not say its format"):
        comparison.export(tmp_path / "effects.txt")


def test_objects_of_another_model_need_it(
    shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = shown["comparison"]
    other = {n: {**m, "registry": "other"} for n, m in comparison.manifests.items()}
    monkeypatch.setitem(comparison.__dict__, "manifests", other)
    with pytest.raises(InputError, match="give model="):
        comparison.plot()


def test_what_a_scenario_sets_is_told_whatever_the_years(calibrated_out: Path) -> None:
    """A pledge between the years of the table is told below it; so is that rows are chosen."""
    scenario = vj.scenario("base").with_event("loan_pledge", "2027-05-01", amount=291)
    compared = vj.compare(scenario, draws=100, out=calibrated_out)
    html = compared._repr_html_()
    assert "You also set, in other years: New yen loans committed (largest: +JPY" in html
    assert "2027)." in html
    assert re.search(r"Shown are the main \d of \d+ indicators", html)
    assert set_elsewhere(compared, scenario.name, ["oda_loans"], [2027, 2040]) == ""


def test_errors_and_signatures_speak_python(shown: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="force=True") as caught:
        shown["comparison"].export(file)
    assert "--" not in str(caught.value)
    assert caught.value._render_traceback_() == [f"InputError: {caught.value}"]
    assert "--force" in caught.value.typed
    _, _, err = outcome(["import", "--template", str(file)])
    assert "--force" in err, "the command line names its options"
    assert "ForwardRef" not in str(inspect.signature(vj.run))
    assert "draws: int = 2000" in str(inspect.signature(vj.run))
    assert all(
        field.name in (type(shown["comparison"]).plot.__doc__ or "") for field in fields(Look)
    )


def test_python_knows_every_option_that_messages_name(repository: Path) -> None:
    """Below the command line; those of commands that Python has not are written as commands."""
    named = set()
    for file in (repository / "vnjp_sim").rglob("*.py"):
        if "cli" not in file.parts and file.name != "errors.py":
            lines = file.read_text(encoding="utf-8").splitlines()
            own = [line for line in lines if "--" in line and "vnjp_sim " not in line]
            named |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(own)))
    whole = {"--all", "--brief", "--indicator", "--year"}
    assert named - set(ARGUMENTS) == whole, "commands that are told whole"
