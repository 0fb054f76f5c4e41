"""Figures that exclude each other, stand out of scale or take something away, told at import."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vnjp_sim.calibration import calibrate
from vnjp_sim.cli.root import commands
from vnjp_sim.exchange import Imported, NewDocument, import_figures
from vnjp_sim.exchange.contradictions import contradictions
from vnjp_sim.foundation.errors import CalibrationGateError, InputError
from vnjp_sim.inputs.csv_rows import Row
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.observations import check_observation
from vnjp_sim.simulation.model_data import Model, load_model

OWN = {"own": NewDocument(title="Own figures", published="2025-06-30")}
Figure = tuple[str, str, str, str]
"""Indicator, period, value, unit; further cells as `column=value` behind the unit, after bars."""


def write(file: Path, *figures: Figure, **cells: str) -> Path:
    lines = [",".join(OBSERVATION_COLUMNS)]
    for indicator, period, value, unit in figures:
        given = {"indicator": indicator, "period": period, "value": value, "unit": unit}
        given |= {"reported": "exact", "use": "calibrate"} | cells
        plain, *more = unit.split("|")
        given |= {"unit": plain} | dict(pair.split("=") for pair in more)
        lines.append(",".join(given.get(column, "") for column in OBSERVATION_COLUMNS))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Imported]:
    """Import figures of (indicator, period, value, unit) into a new folder."""

    def run(*figures: Figure, mode: Any = "instead") -> Imported:
        file = write(tmp_path / "own.csv", *figures)
        return import_figures(file, tmp_path / "mine", mode=mode, documents=OWN)

    return run


BN = "USD bn"
EXCLUDED: Mapping[str, tuple[Figure, ...]] = {
    "turnover is exports and imports": (
        ("trade_turnover", "2016", "47.6", BN),
        ("trade_exports", "2016", "10", BN),
        ("trade_imports", "2016", "10", BN),
    ),
    "balance is exports less imports": (
        ("trade_exports", "2016", "14.7", BN),
        ("trade_imports", "2016", "15.0", BN),
        ("trade_balance", "2016", "2.5", BN),
    ),
    "cover ratio": (
        ("trade_exports", "2016", "14.7", BN),
        ("trade_imports", "2016", "15.0", BN),
        ("trade_cover_ratio", "2016", "1.3", "ratio"),
    ),
    "a part is not above its whole": (
        ("trade_exports", "2016", "14.7", BN),
        ("trade_exports_textiles", "2016", "16.2", BN),
    ),
    "a share of a total": (
        ("trade_exports", "2016", "14.7", BN),
        ("trade_exports_textiles", "2016", "2.9", BN),
        ("trade_exports_textiles", "2016", "40", "percent|reported=share|of=trade_exports"),
    ),
    "months are not above their year": (
        ("people_visitors", "2016", "600000", "persons|step=1"),
        ("people_visitors", "2016-01/2016-07", "700000", "persons|step=1"),
    ),
    "workers by status make all workers": (
        ("labour_trainees", "2019", "200100", "persons"),
        ("labour_skilled", "2019", "1001", "persons"),
        ("labour_engineers", "2019", "50100", "persons"),
        ("labour_stock", "2019", "300100", "persons"),
    ),
    "residents are no fewer than workers": (
        ("labour_trainees", "2019", "200100", "persons"),
        ("people_residents", "2019", "150100", "persons"),
    ),
    "a sum of years is no less than its years": (
        ("oda_loans", "FY2015", "201", "JPY bn"),
        ("oda_loans", "FY2016", "181", "JPY bn"),
        ("oda_loans", "2015/2017", "301", "JPY bn"),
    ),
    "loans are a part of commitments": (
        ("oda_commitments", "FY2015", "100", "JPY bn"),
        ("oda_loans", "FY2015", "180", "JPY bn"),
    ),
    "a sum of loans never falls": (
        ("oda_cumulative_loans", "2015", "24", BN),
        ("oda_cumulative_loans", "2016", "14", BN),
    ),
    "institutions only grow": (
        ("investment_parks", "2015", "41", "count"),
        ("investment_parks", "2019", "31", "count"),
    ),
    "growth from one level to the next": (
        ("people_visitors", "2015", "600000", "persons|step=1"),
        ("people_visitors", "2016", "660000", "persons|step=1"),
        ("people_visitors", "2016", "31", "percent|reported=growth|base_period=2015"),
    ),
    "no amount is below zero": (("investment_flow", "2016", "-0.5", BN),),
}


@pytest.mark.parametrize("name", EXCLUDED)
def test_figures_that_exclude_each_other_are_told(
    name: str, own: Callable[..., Imported], tmp_path: Path
) -> None:
    figures = EXCLUDED[name]
    with pytest.raises(InputError) as refused:
        own(*figures)
    (fault,) = refused.value.refusals
    assert fault.place.line == len(figures) + 1
    for line in range(2, fault.place.line):  # every other figure is named with its place
        assert f"own.csv:{line}" in fault.what
    assert not (tmp_path / "mine").exists()


FITTING: Mapping[str, tuple[Figure, ...]] = {
    "rounded sums": (
        ("trade_turnover", "2016", "29.6", BN),
        ("trade_exports", "2016", "14.7", BN),
        ("trade_imports", "2016", "15.0", BN),
        ("trade_balance", "2016", "-0.4", BN),
    ),
    "hedges": (
        ("labour_trainees", "2019", "200000", "persons|reported=at_least"),
        ("labour_skilled", "2019", "1000", "persons|reported=about"),
        ("people_residents", "2019", "400000", "persons|reported=over|step=100000"),
    ),
    "rounded growth": (
        ("people_visitors", "2015", "600000", "persons"),
        ("people_visitors", "2016", "660000", "persons"),
        ("people_visitors", "2016", "10", "percent|reported=growth|base_period=2015"),
    ),
    "errors of the document": (
        ("trade_exports", "2016", "14.70", BN),
        ("trade_imports", "2016", "15.00", BN),
        ("trade_turnover", "2016", "29.95", BN),
    ),
    "a fiscal year lies in two": (
        ("oda_loans", "FY2016", "180", "JPY bn"),
        ("oda_loans", "2016/2017", "190", "JPY bn"),
    ),
}


@pytest.mark.parametrize("name", FITTING)
def test_figures_within_rounding_and_errors_are_taken(
    name: str, own: Callable[..., Imported]
) -> None:
    assert len(own(*FITTING[name]).figures) == len(FITTING[name])


def test_shipped_figures_fit_together(shipped_model: Model) -> None:
    evidence = shipped_model.evidence
    parameters, registry = shipped_model.parameters, shipped_model.registry
    figures = evidence.observations
    assert not list(contradictions(figures, (), evidence.documents, parameters, registry))


# ---------------------------------------------------------------------- scale


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (("trade_turnover", "2022", "47600", BN), "1,000 times as large"),
        (("trade_turnover", "2016", "29600", BN), "1,400 times as large"),
        (("trade_turnover", "2003", "4900", BN), "1,000 times as large"),
        (("labour_trainees", "2023", "203", "persons"), "910 times smaller"),
        (("labour_trainees", "2016", "82", "persons"), "2,300 times smaller"),
        (("people_learners", "2021", "0.17", "persons"), "1,000,000 times smaller"),
        (("investment_expand_intent", "2023", "0.567", "percent"), "110 times smaller"),
        (("macro_vn_gdp_usd", "2023", "430000", BN), "1,100 times as large"),
        (("investment_flow", "2019", "4100000", "USD mn"), "times as large"),
    ],
)
def test_figures_in_another_scale_are_told(
    figure: Figure, told: str, own: Callable[..., Imported]
) -> None:
    try:
        (warning,) = own(figure).warnings
    except InputError as refused:  # it contradicts other figures too
        (fault,) = refused.refusals
        warning = fault.remedy.partition("), or: ")[0]
    assert told in warning
    assert "check the unit" in warning


@pytest.mark.parametrize(
    "figures",
    [
        [("trade_turnover", "2003", "4.9", BN), ("trade_turnover", "1995", "2.6", BN)],
        [("investment_flow", "2009", "0.14", BN), ("investment_flow", "2018", "8.6", BN)],
        [
            ("labour_skilled", "2019", "901", "persons"),
            ("labour_trainees", "2012", "17000", "persons"),
        ],
        [("people_visitors", "2021", "9000", "persons")],
        [("trade_balance", "2019", "0.9", BN), ("trade_balance", "2020", "-1.0", BN)],
    ],
)
def test_growth_and_crises_are_no_other_scale(
    figures: list[Figure], own: Callable[..., Imported]
) -> None:
    assert own(*figures).out_of_scale == ()


def test_one_figure_in_another_scale_among_own_ones_is_told(own: Callable[..., Imported]) -> None:
    series = [
        ("oda_commitments_usd", str(y), str(v), "USD mn")
        for y, v in zip(range(2012, 2016), (1600, 1500, 1400000, 1500), strict=True)
    ]
    (warning,) = own(*series).out_of_scale
    assert warning.figure.period.text == "2014"


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (("investment_expand_intent", "2023", "156.7", "percent"), "at most 100 percent"),
        (("labour_trainees", "2023", "203000000", "persons"), "at most 110,000,000 persons"),
        (("security_vessels", "2024", "8000", "vessels"), "at most 200 vessels"),
    ],
)
def test_impossible_sizes_are_refused(
    figure: Figure, told: str, own: Callable[..., Imported]
) -> None:
    with pytest.raises(InputError, match=told):
        own(figure)


def test_warnings_stand_in_the_output(tmp_path: Path, plain_terminal: None) -> None:
    file = write(tmp_path / "own.csv", ("trade_turnover", "2016", "29600", BN))
    words = ["import", str(file), "--document", "own", "--title", "x", "--published", "2025-06-30"]
    done = CliRunner().invoke(commands, [*words, "--to", str(tmp_path / "one")])
    assert done.exit_code == 0
    assert "1,400 times as large; check the unit" in done.stderr
    done = CliRunner().invoke(commands, [*words, "--to", str(tmp_path / "two"), "--json"])
    told = json.loads(done.stdout)
    assert "check the unit" in told["warnings"][0]
    assert told["used"] == 1


# ---------------------------------------------------------------------- what is taken away


def test_what_new_figures_take_away_is_told(own: Callable[..., Imported]) -> None:
    done = own(("investment_flow", "2022", "4", "USD bn|reported=at_least"))
    assert "investment_flow" in done.no_longer_projected
    assert any(w.startswith("no longer projected with these figures: ") for w in done.warnings)


def test_figures_that_lose_their_law_are_told(own: Callable[..., Imported]) -> None:
    done = own(("trade_imports", "2022", "23.4", BN))
    displaced = {o.indicators[0] for o in done.displaced}
    assert displaced
    assert all(name.startswith("trade_imports_") for name in displaced)


@pytest.mark.parametrize("mode", ["Instead", "", "replace", None, 1])
def test_unknown_modes_are_refused(mode: Any, own: Callable[..., Imported], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^mode: "):
        own(("trade_turnover", "2022", "47.6", BN), mode=mode)
    assert not (tmp_path / "mine").exists()


# ---------------------------------------------------------------------- the gate


def test_figures_that_no_draw_explains_fail_the_gate(shipped_model: Model) -> None:
    """A share of exports that the levels of the same law exclude, past the checks of an import."""
    cells = dict.fromkeys(OBSERVATION_COLUMNS, "") | {
        "document": "vov_2025",
        "line": "1",
        "place": "x",
        "use": "calibrate",
        "reported": "exact",
    }
    figures = []
    for row, value in ((2, "30"), (3, "80")):
        more = {"indicator": "people_learners", "period": "2021", "value": value, "unit": "persons"}
        figure, _ = check_observation(
            Row("own.csv", row, cells | more | {"line": str(row)}),
            shipped_model.registry,
            shipped_model.evidence.documents,
        )
        assert figure is not None
        figures.append(figure)
    evidence = shipped_model.evidence
    only = type(evidence)(evidence.documents, tuple(figures), ())
    with pytest.raises(CalibrationGateError) as failed:
        calibrate(only, shipped_model.parameters, sample_size=512, override_gates=True)
    assert failed.value.exit_status == 3
    told = str(failed.value)
    assert "people_learners: no draw agrees with all its figures" in told
    assert "(figures: own.csv:2-3)" in told
    assert "--override-gates" not in told


def test_zeros_of_a_quantity_that_may_be_none_are_taken_or_refused(tmp_path: Path) -> None:
    figures = [
        ("oda_commitments", f"FY{y}", v, "JPY bn")
        for y, v in ((2014, "112"), (2016, "186"), (2017, "0"), (2018, "0"))
    ]
    file = write(tmp_path / "own.csv", *figures)
    with pytest.raises(InputError) as refused:
        import_figures(file, tmp_path / "mine", mode="instead", documents=OWN)
    assert {f.place.line for f in refused.value.refusals} <= {4, 5}
    assert load_model()
