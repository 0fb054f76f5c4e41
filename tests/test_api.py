"""The Python interface: tables for a notebook, short words for what is large, text for paths."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pandas as pd
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.marks import NONE
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.model_data import Model


@pytest.fixture(scope="module")
def compared(calibrated_out: Path) -> Comparison:
    return vj.compare(["osa_framework", "labour_growth"], draws=300, out=calibrated_out)


def test_trace_lists_every_figure_with_its_place(shipped_model: Model) -> None:
    table = vj.trace("trade_turnover", 2022)
    first = table.iloc[0]
    assert (first["value"], first["printed"], first["unit"]) == (47.64, "47.64", "USD bn")
    assert first["use"] == "calibrate"
    assert table["value"].dtype == float
    assert table["published"].dt.year.max() == 2023
    assert first["title"] == shipped_model.evidence.documents[first["document"]].title
    assert first["lines"].isdigit()
    everything = vj.trace("trade_turnover")
    assert len(everything) == len(shipped_model.evidence.figures_of("trade_turnover"))
    assert len(everything) > len(table) > 1


def test_trace_knows_only_what_was_published() -> None:
    then = vj.trace("trade_turnover", as_of="2023-07-01")
    assert len(then) < len(vj.trace("trade_turnover"))
    assert (then["published"] < "2023-07-01").all()


@pytest.mark.parametrize("indicator", ["oda_disbursements", "labour_stock", "macro_jp_gdp"])
def test_trace_says_what_the_command_says(indicator: str) -> None:
    """Never silent: without a figure it says so, and always what an indicator follows from."""
    told = vj.trace(indicator)
    _, printed, _ = outcome(["trace", indicator])
    assert "No document holds a figure." in printed
    for words in (repr(told), told._repr_html_().replace("\u00a0", " ")):
        plain = " ".join(html.unescape(words).split())
        assert not [line for line in printed.splitlines() if " ".join(line.split()) not in plain]
    assert type(told.head()) is pd.DataFrame


def test_a_catalogue_lists_names_with_their_ranges() -> None:
    levers = vj.catalogue("levers", "oda")
    assert levers.loc["oda_commitments", "multiply"] == [0.0, 10.0]
    assert "loan_pledge" in vj.catalogue("events").index
    assert {"labour_growth", "labour_stall"} <= set(vj.catalogue("scenarios", "migration").index)
    none = vj.catalogue("indicators", ["no such word"])
    assert none.empty
    assert "unit" in none.columns
    with pytest.raises(InputError, match="did you mean 'levers'"):
        vj.catalogue("lever")


def test_results_say_how_to_cite_them(compared: Comparison) -> None:
    _, printed, _ = outcome(["cite"])
    assert "".join(vj.cite().split()) == "".join(printed.split())
    runs = {manifest["run"] for manifest in compared.manifests.values()}
    for given in (compared, compared.runs):
        assert all(run in vj.cite(given) for run in runs)
    assert vj.cite(compared, "bibtex").count("@misc") > len(runs)
    assert json.loads(vj.cite(style="csl"))[0]["id"] == "vnjp_sim"
    assert "\n" in repr(vj.cite())
    with pytest.raises(InputError, match="style"):
        vj.cite(style="apa")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("trade_turnovr",), "did you mean 'trade_turnover'"),
        (("trade_turnover", "last year"), "PERIOD"),
    ],
)
def test_trace_refuses_what_it_does_not_know(asked: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vj.trace(*asked)


def test_losses_name_the_links(calibrated_out: Path, shipped_model: Model) -> None:
    table = vj.link_losses("labour_growth", ["trade_exports"], draws=100, out=calibrated_out)
    (row,) = table[table["link"] == "network_to_exports"].to_dict("records")
    link = shipped_model.links.links["network_to_exports"]
    assert (row["link"], row["driver"], row["grade"]) == (
        "network_to_exports",
        link.driver,
        link.grade,
    )
    assert row["year"] == 2040
    assert row["lost"] == pytest.approx(1.0)
    none = vj.link_losses("labour_growth", ["security_vessels"], draws=100, out=calibrated_out)
    assert list(none.columns) == list(table.columns)
    assert none.empty
    with pytest.raises(InputError, match="choose from 2025 to 2040"):
        vj.link_losses("labour_growth", ["trade_exports"], [1999], out=calibrated_out)


def test_overview_is_to_be_read(compared: Comparison) -> None:
    table = compared.overview(2040, ["labour_stock", "security_vessels"])
    marks = ["osa_framework mark", "labour_growth mark"]
    assert list(table.columns) == ["osa_framework", marks[0], "labour_growth", marks[1]]
    assert list(table.index) == [
        "Vietnamese workers of three statuses, thousand persons",
        "Patrol vessels from Japan in service, vessels",
    ]
    workers, vessels = table["osa_framework"]
    assert (workers, table[marks[0]].iloc[0]) == ("0", NONE)
    assert vessels.startswith("+2")
    with pytest.raises(InputError, match="outside the runs"):
        compared.overview(1999)


def test_an_overview_shows_what_moves_unless_all_is_asked_for(compared: Comparison) -> None:
    moved, every = compared.overview(2040), compared.overview(2040, still=True)
    assert 0 < len(moved) < len(every)
    assert ((moved["osa_framework"] != "0") | (moved["labour_growth"] != "0")).all()
    assert len(every) == len(compared.projections.arrays)


def test_budgets_come_with_a_comparison(calibrated_out: Path) -> None:
    found = vj.compare(
        "labour_growth", draws=1_000, horizon=(2025, 2030), out=calibrated_out, budgets=True
    )
    assert list(found.budgets) == ["labour_growth"]
    assert found.budgets["labour_growth"].of_effects


def test_a_path_is_a_request(calibrated_out: Path, repository: Path) -> None:
    runs = vj.run(repository / "scenarios" / "base.yml", draws=20, out=str(calibrated_out))
    assert runs.sizes["scenario"] == 1
    assert vj.load_model(str(repository / "models")).registry


def test_what_is_large_is_told_in_a_line(
    compared: Comparison, shipped_model: Model, posterior: vj.Posterior, calibrated_out: Path
) -> None:
    attribution = vj.attribute("labour_growth", ["labour_stock"], draws=50, out=calibrated_out)
    budget = vj.uncertainty_budget("base", ["labour_stock"], draws=1_000, out=calibrated_out)
    for thing, words in (
        (compared, "osa_framework, labour_growth with base"),
        (attribution, "4 players, every sub-scenario run"),
        (budget, "Budget of levels"),
        (shipped_model, "5 documents"),
        (posterior, "16,384 draws"),
    ):
        assert words in repr(thing)
        assert len(repr(thing)) < 160


def test_posterior_tells_paths_and_parameters(posterior: vj.Posterior) -> None:
    history = posterior.path("trade_turnover")
    assert history.dims == ("year", "draw")
    assert float(history.sel(year=2022).median()) == pytest.approx(47.64, rel=0.01)
    ratio = posterior.path("trade_balance_ratio").sel(year=2022)
    assert float(ratio.median()) == pytest.approx(24.25 / 23.39, rel=0.02)
    intent = posterior.path("investment_expand_intent")
    assert ((intent > 0) & (intent < 100)).all()
    assert float(intent.isel(year=-1).median()) > 30.0
    with pytest.raises(InputError, match="no calibrated path"):
        posterior.path("trade_exports_groups")
    with pytest.raises(InputError, match="did you mean 'trade_turnover'"):
        posterior.path("trade_turnovr")
    table = posterior.table().set_index("name")
    assert len(table) == len(posterior.parameters)
    assert table.loc["trade_turnover.volatility", "sd"] > 0
