"""What a word means where an id is asked for, what can be listed, and what a shell completes."""

from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path

import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.foundation.choices import id_meant, names_asked, write_id
from vnjp_sim.inputs.scenario_lookup import full_name
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Request

KNOWN = {
    "trade_turnover": "Trade turnover",
    "trade_turnover_gdp": "Trade turnover over GDP",
    "trade_exports": "Exports to Japan",
    "people_residents": "Vietnamese residents",
    "people_visitors": "Vietnamese visitors",
}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("trade_turnover", "trade_turnover"),
        ("Trade Turnover", "trade_turnover"),
        ("trade-turnover", "trade_turnover"),
        ("exports to japan", "trade_exports"),
        ("EXPORTS", "trade_exports"),
        ("trade_e", "trade_exports"),
        ("trade turnover o", "trade_turnover_gdp"),
        ("vietnamese\u2011res", "people_residents"),
        ("turnover", None),
        ("tr", None),
        ("trade_turnvoer", None),
        ("", None),
        (" _ ", None),
    ],
)
def test_word_means_an_id_a_label_or_a_beginning(word: str, meant: str | None) -> None:
    assert id_meant(word, KNOWN) == meant


@pytest.mark.parametrize(
    ("word", "choices"),
    [
        ("trade", ["trade_exports", "trade_turnover", "trade_turnover_gdp"]),
        ("vietnamese", ["people_residents", "people_visitors"]),
    ],
)
def test_beginning_of_several_is_refused_with_them(word: str, choices: list[str]) -> None:
    """By id and label, so that either can be written."""
    with pytest.raises(vj.InputError) as refused:
        names_asked([word, "trade_exports"], KNOWN)
    told = ", ".join(f"{name} ({KNOWN[name]})" for name in choices)
    assert str(refused.value) == f"{word}: may mean {told}; write more of the one that is meant"


def test_every_shipped_label_means_its_indicator(shipped_model: Model) -> None:
    labels = shipped_model.registry.labels
    assert len({label.casefold() for label in labels.values()}) == len(labels)
    for name, label in labels.items():
        assert names_asked([name, label.upper()], labels) == [name]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("oda_exp", "oda_expansion"),
        ("Japan doubles its", "oda_expansion"),
        ("oda_exp@high", "oda_expansion@high"),
        ("oda-exp@*", "oda_expansion@*"),
        ("Base", "base"),
        ("oda_exp.yml", "oda_exp.yml"),
        ("./oda_exp", "./oda_exp"),
        ("{extends: oda_exp}", "{extends: oda_exp}"),
        ("nothing", "nothing"),
    ],
)
def test_request_holds_scenarios_in_full(
    word: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request = Request(scenarios=(word,))
    assert request.scenarios == (name,)
    assert name in shlex.split(request.command("run"))


def test_file_here_is_not_taken_for_a_shipped_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("oda_expo.yml").touch()
    assert full_name("oda_exp") == "oda_exp"
    with pytest.raises(vj.InputError, match=r"did you mean 'oda_expo\.yml'"):
        vj.scenario("oda_exp")


def test_python_takes_beginnings_of_levers() -> None:
    path = vj.ramp(2026, 2030, multiply=1.5)
    changed = vj.scenario("base").with_lever("oda_commit", path)
    assert list(changed.levers) == ["oda_commitments"]
    assert vj.new_scenario("base", levers={"oda_commit": path}).levers == changed.levers
    assert not changed.without_lever("oda_commit").levers
    with pytest.raises(vj.InputError, match=r"oda: may mean oda_commitments, oda_.*oda_delay"):
        changed.with_lever("oda", path)


def test_trace_takes_a_label() -> None:
    one, two = vj.trace("Trade turnover"), vj.trace("trade_turnover")
    assert one.equals(two)
    assert len(one) > 5


@pytest.mark.parametrize("kind", ["indicators", "scenarios", "levers", "events", "documents"])
@pytest.mark.usefixtures("plain_terminal")
def test_list_fits_80_columns_and_says_the_same_in_all_forms(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, text, _ = outcome(["list", kind])
    assert status == 0
    assert max(map(len, text.splitlines())) <= 80
    entries = json.loads(outcome(["list", kind, "--json"])[1])
    rows = list(csv.DictReader(io.StringIO(outcome(["list", kind, "--csv"])[1])))
    assert [entry["id"] for entry in entries] == [row["id"] for row in rows]
    assert all(list(row) == list(entry) for row, entry in zip(rows, entries, strict=True))
    assert len({entry["id"] for entry in entries}) == len(entries) >= 5


def test_list_finds_words_in_all_that_is_said(shipped_model: Model) -> None:
    def found(kind: str, *words: str) -> set[str]:
        return {entry["id"] for entry in json.loads(outcome(["list", kind, *words, "--json"])[1])}

    said = {
        name
        for name, known in shipped_model.registry.indicators.items()
        if "customs" in f"{name} {known.label} {known.meaning} {known.counterpart}".lower()
    }
    assert found("indicators", "CUSTOMS") == said != set()
    assert found("scenarios", "DOLLAR costs", "yen") == {"weak_yen"}
    assert found("levers", "oda", "delay") == {"oda_delay"}
    assert "vessel_order" in found("events", "shipyards")
    assert found("documents", "hue") == {"hue_journal_2021"}
    assert outcome(["list", "levers", "qqq"])[1] == "No lever mentions qqq.\n"


def test_words_without_a_kind_are_looked_for_in_all() -> None:
    found = json.loads(outcome(["list", "vessel", "--json"])[1])
    assert set(found) >= {"indicators", "scenarios", "events"}
    assert "vessel_order" in {entry["id"] for entry in found["events"]}
    text = outcome(["list", "vessel"])[1]
    assert text.startswith("Indicators\n")
    assert "\nEvents\n" in text
    assert outcome(["list", "qqq"])[:2] == (0, "Nothing mentions qqq.\n")
    assert "needs a kind or a word" in outcome(["list"])[2]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("run oda_e", {"plain,oda_expansion", "file,oda_e"}),
        ("trace trade_turn", {"plain,trade_turnover", "plain,trade_turnover_gdp"}),
        ("list sce", {"plain,scenarios"}),
        ("history people_res", {"plain,people_residents"}),
    ],
)
def test_shell_completes(words: str, offered: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_VNJP_SIM_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"vnjp_sim {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    status, text, err = outcome([], "utf-8")
    assert (status, err) == (0, "")
    assert offered <= set(text.splitlines())


def test_a_label_in_a_file_is_answered_with_its_id() -> None:
    aid = {"oda_commitments": "New aid commitments", "oda_grants": "New grants"}
    assert write_id("New aid commitments", aid) == "the id is oda_commitments; write that"
    assert write_id("Trade Turnover", KNOWN) == "the id is trade_turnover; write that"
    assert write_id("trade_turnovr", KNOWN) == "did you mean 'trade_turnover'?"
