"""Pictures of charts: what they are made of, how they look, and that every word can be read."""

from __future__ import annotations

import inspect
import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import chart_data
import drawn
import numpy as np
import pytest
import xarray as xr
from chart_data import NAMES, effects_of, make_posterior, make_runs

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.charts import fans, forms, frame, history, look, quantities, theme, titles
from vnjp_sim.charts.past import Past
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.model_data import Model

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

REFERENCES = Path(__file__).parent / "cases" / "charts"
STRUCTURE = REFERENCES / "structure.json"
PICTURED = ("fan", "cells", "rare", "effect_fan", "waterfall", "targets")
"""Charts of which pixels are compared: one of each way to draw."""
UNLIKE = 24
"""Levels of 255 by which the mean colour of a block must differ to count."""
MOST_UNLIKE = 0.01
"""Part of the blocks that may: hinting of letters moves none, a lost band moves a tenth."""


def picture(chart: Any) -> np.ndarray:
    from vl_convert import vegalite_to_png

    return drawn.blocks(vegalite_to_png(chart.to_dict(), scale=1))


def unlike(one: np.ndarray, two: np.ndarray) -> float:
    """Return the part of the blocks of two pictures that differ; all if their sizes do."""
    if one.shape != two.shape:
        return 1.0
    apart = np.abs(one.astype(int) - two.astype(int)).max(axis=2)
    return float((apart > UNLIKE).mean())


def renew() -> None:
    """Write what the charts are made of and how they look: ``python tests/test_chart_pictures.py``.

    To be looked at before it is committed.
    """
    from PIL import Image

    found = {name: drawn.structure(chart.to_dict()) for name, chart in chart_data.gallery().items()}
    STRUCTURE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name in PICTURED:
        Image.fromarray(picture(chart_data.gallery()[name])).save(REFERENCES / f"{name}.png")


def test_charts_are_made_of_the_same_parts() -> None:
    """Catches a layer that is lost, another mark, a field on another channel."""
    expected = json.loads(STRUCTURE.read_text(encoding="utf-8"))
    assert set(expected) == set(NAMES)
    for name, chart in chart_data.gallery().items():
        assert drawn.structure(chart.to_dict()) == expected[name], name


@pytest.mark.parametrize("name", PICTURED)
def test_charts_look_as_they_did(name: str) -> None:
    """Catches what no specification says: a scale upside down, a hidden band, another colour."""
    from PIL import Image

    with Image.open(REFERENCES / f"{name}.png") as stored:
        before = np.asarray(stored.convert("RGB"))
    assert unlike(picture(chart_data.gallery()[name]), before) <= MOST_UNLIKE


def test_a_lost_band_would_be_seen(shipped_model: Model) -> None:
    whole = picture(chart_data.gallery()["fan"])
    runs, learnt = make_runs(), make_posterior(shipped_model)
    for change in ({"bands": (50,)}, {"years": (2020, 2030)}):
        with charts.unchecked():
            other = charts.fan(runs, "trade_turnover", shipped_model, learnt, **change)
        assert unlike(picture(other), whole) > 3 * MOST_UNLIKE, change


def faults_of(svg: str, paper: str) -> list[str]:
    """Return words that cover others, are cut, or are too pale for their paper."""
    words, (width, height) = drawn.words_of(svg), drawn.size_of(svg)
    assert words
    cut = [w.text for w in words if w.left < -1 or w.right > width + 1 or w.bottom > height + 1]
    pale = [
        f"{w.text!r} in {w.colour}"
        for w in words
        if theme.contrast(w.colour, paper) < theme.LEGIBLE
    ]
    return [*drawn.overlaps(words), *cut, *pale]


@pytest.mark.parametrize("name", NAMES)
def test_every_word_can_be_read(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = charts.save(chart_data.gallery()[name], tmp_path / "chart.svg")
    svg = file.read_text(encoding="utf-8")
    told = capfd.readouterr()
    assert "WARN" not in told.out + told.err
    assert not re.search(r"NaN|undefined|null", svg)
    assert not faults_of(svg, theme.PAPER)
    assert [entry.name for entry in tmp_path.iterdir()] == ["chart.svg"]


def test_a_picture_fits_a_telephone(shipped_model: Model) -> None:
    runs, model = make_runs(), shipped_model
    options: dict[str, Any] = {"width": 340, "theme": "dark", "numbers": "de"}
    with charts.unchecked():
        made = _made(runs, model, options)
    for chart in made:
        svg = charts.image(chart, ".svg").decode()
        assert drawn.size_of(svg)[0] == pytest.approx(340, rel=0.1)
        assert not faults_of(svg, theme.DARK[theme.PAPER])


def _made(runs: xr.Dataset, model: Model, options: dict[str, Any]) -> list[Any]:
    return [
        charts.fan(runs, "trade_turnover", model, **options),
        charts.fan(runs, "security_osa_grants", model, **options),
        charts.overlay(runs, "labour_stock", model, **options),
        charts.effect_fan(effects_of(runs), "trade_balance", model, **options),
        charts.waterfall(chart_data.contributions(), "trade_turnover", 2040, model, **options),
        charts.targets(chart_data.probabilities(), model, **options),
        charts.history_fan(chart_data.make_history(model), **options),
        charts.reach(chart_data.make_reach(), **options),
        charts.regret(chart_data.make_regret(), **options),
        charts.sensitivity(chart_data.make_sensitivities(), **options),
        charts.lookup(chart_data.make_lookup(), **options),
        charts.discovery(chart_data.make_discovery(), **options),
    ]


def test_a_picture_is_as_wide_as_asked(shipped_model: Model) -> None:
    runs, model, options = make_runs(), shipped_model, {"width": 500}
    with charts.unchecked():
        made = [
            charts.overlay(runs, "labour_stock", model, **options),
            charts.waterfall(chart_data.contributions(), "trade_turnover", 2040, model, **options),
            charts.budget(chart_data.shares(), "trade_turnover", model, **options),
        ]
    for chart in made:
        svg = charts.image(chart, ".svg").decode()
        assert drawn.size_of(svg)[0] == pytest.approx(500, abs=10)


def test_no_line_strikes_a_label_through(shipped_model: Model) -> None:
    small = effects_of(make_runs())[["trade_balance"]]
    small["trade_balance"] = small["trade_balance"] * xr.where(small.scenario == "my_own", 0.01, 1)
    small["trade_balance"].attrs = effects_of(make_runs())["trade_balance"].attrs
    spec = charts.effect_fan(small, "trade_balance", shipped_model).to_dict()
    for panel in spec["vconcat"][0]["concat"]:
        text = next(layer for layer in panel["layer"] if layer["mark"]["type"] == "text")
        (label,) = spec["datasets"][text["data"]["name"]]
        assert label["x"] == text["encoding"]["x"]["scale"]["domain"][1]


def test_panels_of_a_sector_share_their_years(shipped_model: Model) -> None:
    spec = charts.sector(make_runs(), "trade", shipped_model, make_posterior(shipped_model))
    panels = spec.to_dict()["vconcat"][0]["concat"]
    starts = {
        layer["encoding"]["x"]["scale"]["domain"][0]
        for panel in panels
        for layer in panel["layer"]
        if "x" in layer["encoding"]
    }
    assert len(panels) > 1
    assert len(starts) == 1


def test_history_begins_where_there_is_some() -> None:
    past = [{"year": y, "p05": 0.0, "p50": 0.0, "p95": 0.0} for y in range(2000, 2025)]
    assert fans._begins(past, 2025) == 2020
    past[10] |= {"p95": 0.1}
    assert fans._begins(past, 2025) == 2010


def test_options_change_what_they_name(shipped_model: Model) -> None:
    runs = make_runs()
    chart = charts.fan(
        runs,
        "trade_turnover",
        shipped_model,
        make_posterior(shipped_model),
        years=(2020, 2030),
        title="1,234.5 of mine",
        bands=[80],
        numbers="fr",
        height=120,
    )
    spec = chart.to_dict()
    assert " ".join(spec["title"]["text"]) == "1\u202f234,5 of mine"
    assert spec["vconcat"][0]["height"] == 120
    rows = [row for table in spec["datasets"].values() for row in table if "p10" in row]
    assert {row["year"] for row in rows} == set(range(2020, 2031))
    values = runs["trade_turnover"].sel(scenario="base", year=2030).to_numpy()
    last = next(row for row in rows if row["year"] == 2030)
    assert last["p10"] == pytest.approx(np.percentile(values, 10), rel=1e-5)
    bands = [
        m["encoding"]["y"]["field"] for m in spec["vconcat"][0]["layer"] if "y2" in m["encoding"]
    ]
    assert {"p10"} <= set(bands) <= {"p10", "low"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 20}, "not between 300"),
        ({"numbers": "english"}, "numbers"),
        ({"theme": "drak"}, "did you mean 'dark'"),
        ({"bands": [100]}, "no band"),
        ({"years": [1900]}, "hold no projected year"),
    ],
)
def test_options_that_cannot_be_are_refused(
    shipped_model: Model, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        charts.fan(make_runs(), "trade_turnover", shipped_model, **options)
    with pytest.raises(TypeError, match="did you mean 'width'"):
        charts.fan(make_runs(), "trade_turnover", shipped_model, widht=400)


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("1,234.5 and 0.05", "de", "1.234,5 and 0,05"),
        ("vnjp_sim 0.2.0, run 12ab.3", "de", "vnjp_sim 0.2.0, run 12ab.3"),
        ("in 2040, 2,500 of 10,000", "fr", "in 2040, 2\u202f500 of 10\u202f000"),
        ("1,234.5", "ja", "1,234.5"),
    ],
)
def test_numbers_have_the_marks_of_a_language(words: str, language: str, expected: str) -> None:
    assert look.local_numbers(words, language) == expected


FLAT = np.zeros((3, 40))


@pytest.mark.parametrize(
    ("draws", "whole", "flow", "form"),
    [
        (FLAT + 100 * np.arange(1, 41), False, True, quantities.FAN),
        (FLAT + np.arange(40) % 5, True, True, quantities.CELLS),
        (FLAT + np.arange(40), True, True, quantities.STEPS),
        (FLAT + np.arange(40) % 5, True, False, quantities.STEPS),
        (FLAT - np.arange(40) % 5, True, True, quantities.STEPS),
        (FLAT + np.maximum(0, np.arange(40) - 19.5), False, True, quantities.RARE),
        (FLAT + np.maximum(0, np.arange(40) - 2.5), False, True, quantities.FAN),
        (FLAT + 0.5 * np.arange(40), True, True, quantities.FAN),
        (FLAT, False, True, quantities.FAN),
    ],
)
def test_the_form_follows_the_draws(draws: np.ndarray, whole: bool, flow: bool, form: str) -> None:
    assert quantities.form_of([draws], whole=whole, flow=flow) == form


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (
            np.full(100, 50.0),
            np.linspace(51, 149, 100),
            ": USD 100 bn in 2032, up from 50.0 in 2025",
        ),
        (np.full(100, 50.0), np.linspace(20, 60, 100), "down from 50.0 in 2025 in 8 of 10 futures"),
        (np.full(100, 50.0), np.linspace(30, 72, 100), "against 50.0 in 2025; it may rise or fall"),
        (np.full(100, 50.0), np.full(100, 50.0), ": USD 50.0 bn in 2032, as in 2025"),
        (np.zeros(100), np.zeros(100), ": none in any draw to 2032"),
    ],
)
def test_the_title_is_what_the_draws_say(
    shipped_model: Model, first: np.ndarray, last: np.ndarray, expected: str
) -> None:
    draws = np.stack([first, last])
    shown = quantities.quantity("trade_turnover", shipped_model, [draws])
    rows = quantities.quantile_rows(draws, [2025, 2032], shown)
    assert expected in titles.level_title(shown, rows, draws)


def test_the_title_tells_what_both_ends_hide(shipped_model: Model) -> None:
    """Of 7 vessels, then 12, then 6, the twelve are the news."""
    draws = np.repeat([[7.0], [12.0], [12.0], [9.0], [6.0]], 100, axis=1)
    shown = quantities.quantity("security_vessels", shipped_model, [draws])
    rows = quantities.quantile_rows(draws, range(2026, 2031), shown)
    title = titles.level_title(shown, rows, draws[[0, -1]])
    assert title.endswith("6 in 2030, down from 7 in 2026; 12 from 2027 to 2028")
    level = titles.level_title(shown, [rows[0], rows[3]], draws[[0, 3]])
    assert level.endswith("up from 7 in 2026")


def test_a_year_of_steps_is_the_column_from_its_tick_to_the_next(shipped_model: Model) -> None:
    draws = np.repeat([[6.0], [7.0]], 100, axis=1)
    shown = quantities.quantity("security_vessels", shipped_model, [draws])
    rows = quantities.quantile_rows(draws, [2025, 2026], shown)
    assert [row["x"] for row in forms.stepped(rows)] == [2024.5, 2025.5, 2026.5]
    assert forms.start_of(rows[0], shown) == 2024.5
    (counted,) = [o for o in history.figures(shown.name, shipped_model) if o.period.text == "2015"]
    (figure,) = history.figure_rows([counted], shown)
    assert figure["x"] == 2015.5  # its date, the end of the column
    axis = frame.Frame(2019.5, 2040.5, [0, 1], ",.0f", 420, 100).x.to_dict()["axis"]
    assert (axis["tickOffset"], axis["labelOffset"]) == (-10, 10)


def test_history_begins_where_there_is_something(shipped_model: Model) -> None:
    past = Past(None, shipped_model, ())
    past.first, past.arrays = 2000, {"security_vessels": np.zeros((25, 40))}
    shown = quantities.quantity("security_vessels", shipped_model, [np.ones((1, 40))])
    empty, _ = past.rows("security_vessels", shown, 2024, look.Look())
    assert [row["year"] for row in empty] == list(range(2020, 2025))
    past.arrays["security_vessels"][15:] = 6.0
    begun, _ = past.rows("security_vessels", shown, 2024, look.Look())
    assert begun[0]["year"] == 2010


def test_cells_and_chances_are_those_of_the_draws(shipped_model: Model) -> None:
    runs = make_runs()
    chart = charts.fan(runs, "security_ship_visits", shipped_model)
    spec = chart.to_dict()
    cells = [row for table in spec["datasets"].values() for row in table if "share" in row]
    for year in (2025, 2032):
        values = runs["security_ship_visits"].sel(scenario="base", year=year).to_numpy()
        own = {row["number"]: row["share"] for row in cells if row["year"] == year}
        assert own[0.0] == pytest.approx(100 * (values == 0).mean(), rel=1e-5)
        assert sum(own.values()) == pytest.approx(100.0, abs=3.0)
    rare = charts.fan(runs, "security_osa_grants", shipped_model).to_dict()
    values = runs["security_osa_grants"].sel(scenario="base", year=2032).to_numpy()
    rows = [row for table in rare["datasets"].values() for row in table if row.get("year") == 2032]
    means = {row["mean"] for row in rows if "mean" in row}
    assert list(means) == [pytest.approx(values.mean(), rel=1e-5)]
    assert "some in 4 of 10 futures" in " ".join(rare["title"]["text"]).replace("\u00a0", " ")
    assert "Chance of any in the year" in json.dumps(rare)


def test_many_scenarios_are_small_multiples_of_effects(shipped_model: Model) -> None:
    runs = make_runs()
    more = [runs, *(runs.sel(scenario=["my_own"]).assign_coords(scenario=[n]) for n in "abc")]
    many = xr.concat(
        [*more, runs.sel(scenario=["base"]).assign_coords(scenario=["still"])], "scenario"
    )
    spec = charts.overlay(many, "trade_turnover", shipped_model).to_dict()
    panels = spec["vconcat"][0]["concat"]
    titled = [" ".join(panel["title"]["text"]) for panel in panels]
    assert titled == ["ODA expansion", "My own", "A", "B", "C"]
    assert "No effect: Still." in " ".join(spec["vconcat"][0]["title"]["text"])


def test_an_effect_that_has_ended_is_told_of_its_year(shipped_model: Model) -> None:
    effects = effects_of(make_runs())[["security_ship_visits"]].sel(scenario=["my_own"])
    ended = effects.where(effects.year < 2029, 0.0)
    ended["security_ship_visits"].attrs = effects["security_ship_visits"].attrs
    ended = ended.assign(security_ship_visits=ended["security_ship_visits"] - (ended.year == 2027))
    ended["security_ship_visits"].attrs = effects["security_ship_visits"].attrs
    spec = charts.effect_fan(ended, "security_ship_visits", shipped_model).to_dict()
    told = " ".join(spec["title"]["text"]).replace("\u00a0", " ")
    assert "My own lowers port calls" in told
    assert "on average in 2027" in told
    steps = [m["mark"] for m in spec["vconcat"][0]["layer"] if m["mark"]["type"] == "line"]
    assert [mark["interpolate"] for mark in steps] == ["step-after"]


def test_history_comes_by_itself_and_the_source_names_the_run(
    shipped_model: Model, calibrated_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(calibrated_out, target_is_directory=True)
    runs = vj.run("base", draws=20, horizon=(2025, 2028), out=calibrated_out)
    text = charts.compact_spec(charts.fan(runs, "trade_turnover", shipped_model))
    assert '"year":2010' in text
    assert "Grey: history" in text
    run = json.loads(str(runs["manifest"].item()))["run"]
    assert re.search(rf"Source: vnjp_sim [\d.]+, run base {run}", text)
    unknown = charts.fan(runs.drop_vars("manifest"), "trade_turnover", shipped_model)
    assert '"year":2010' not in charts.compact_spec(unknown)


def test_the_gallery_page_shows_every_chart(repository: Path) -> None:
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    calls = re.findall(r"^charts\.(\w+)\(", page, re.MULTILINE)
    takes = {name: inspect.signature(getattr(charts, name)).parameters for name in charts.__all__}
    drawing = {name for name, parameters in takes.items() if "width" in parameters}
    assert set(calls) == drawing
    assert {"fan", "overlay", "targets"} < drawing


def test_notebooks_get_a_picture_that_loads_nothing() -> None:
    chart = chart_data.gallery()["waterfall"]
    for show in (nullcontext, lambda: theme.altair().renderers.enable("png", ppi=72)):
        with show():
            data, about = chart._repr_mimebundle_()
        assert list(data) == ["image/png", "text/plain"]
        assert about["image/png"]["width"] > 300
        assert about["image/png"]["alt"] == data["text/plain"]
        assert data["text/plain"].startswith(chart.title.text[0])


def test_labels_stand_for_ids_in_waterfalls(shipped_model: Model) -> None:
    table = chart_data.contributions()
    table["label"] = ["oda_commitments × 2 by 2030", "labour_stay × 1.1", "Interaction"]
    text = charts.compact_spec(charts.waterfall(table, "trade_turnover", 2040, shipped_model))
    assert "oda_commitments" not in text
    assert shipped_model.registry.indicators["oda_commitments"].label[:12] in text
    assert "Labour stay" in text


if __name__ == "__main__":
    renew()
