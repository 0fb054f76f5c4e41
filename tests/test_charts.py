"""The charts: what they draw equals what was computed, however it is drawn and saved."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chart_data
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from chart_data import SIZE, YEARS, effects_of, make_posterior, make_runs
from hypothesis import given
from hypothesis import strategies as st

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.marks import PRIOR_DRIVEN, SET
from vnjp_sim.analysis.players import Player
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.calibration import Posterior
from vnjp_sim.charts import causes, history, quantities, saving, theme
from vnjp_sim.charts.frame import chart_of
from vnjp_sim.charts.vector import drawn
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.links import Links
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.projections import from_dataset
from vnjp_sim.simulation.request import DEFAULT_DRAWS, DEFAULT_SEED

pytest.importorskip("altair")
pytest.importorskip("vl_convert")


@pytest.fixture(scope="module")
def runs() -> xr.Dataset:
    return make_runs()


@pytest.fixture(scope="module")
def learnt(shipped_model: Model) -> Posterior:
    return make_posterior(shipped_model)


@pytest.fixture(scope="module")
def contributions() -> pd.DataFrame:
    return chart_data.contributions()


@pytest.fixture(scope="module")
def shares() -> pd.DataFrame:
    return chart_data.shares()


@pytest.fixture(scope="module")
def probabilities() -> pd.DataFrame:
    return chart_data.probabilities()


@pytest.fixture(scope="module")
def gallery() -> dict[str, Any]:
    return chart_data.gallery()


def tables(chart: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield all inline data of a chart."""
    yield from chart.to_dict().get("datasets", {}).values()


def rows_with(chart: Any, *fields: str) -> list[dict[str, Any]]:
    """Return the rows that have all the fields, each once."""
    found = [row for table in tables(chart) for row in table if set(fields) <= set(row)]
    return list({json.dumps(row, sort_keys=True): row for row in found}.values())


def cuts(values: np.ndarray) -> dict[str, np.ndarray]:
    levels = {"p05": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95}
    return {name: np.percentile(values, level, axis=-1) for name, level in levels.items()}


@pytest.mark.parametrize(
    ("indicator", "factor"),
    [("trade_balance", 1.0), ("labour_stock", 1e-3), ("security_vessels", 1)],
)
def test_fan_draws_the_quantiles(
    runs: xr.Dataset, shipped_model: Model, indicator: str, factor: float
) -> None:
    chart = charts.fan(runs, indicator, shipped_model, scenario="oda_expansion")
    expected = cuts(runs[indicator].sel(scenario="oda_expansion").to_numpy() * factor)
    rows = {row["year"]: row for row in rows_with(chart, "p05", "p95", "year")}
    assert sorted(rows) == YEARS.tolist()
    for name, values in expected.items():
        assert [rows[y][name] for y in YEARS] == pytest.approx(values, rel=1e-5)


def test_fan_draws_the_calibrated_history(
    runs: xr.Dataset, learnt: Posterior, shipped_model: Model
) -> None:
    chart = charts.fan(runs, "trade_turnover", shipped_model, learnt)
    rows = {r["year"]: r for r in rows_with(chart, "p05", "year") if r["year"] < 2025}
    drawn = RandomStreams(DEFAULT_SEED, 0, DEFAULT_DRAWS).rows(SIZE)
    path = np.exp(learnt.arrays["trade_turnover.path"])[:, drawn]
    assert sorted(rows) == list(range(2000, 2025))
    for name, values in cuts(path).items():
        assert [rows[y][name] for y in sorted(rows)] == pytest.approx(values[:25], rel=1e-5)


def test_overlay_and_effects_draw_each_scenario(runs: xr.Dataset, shipped_model: Model) -> None:
    chart = charts.overlay(runs, "trade_turnover", shipped_model)
    drawn = {row["p50"] for row in rows_with(chart, "p50", "p05")}
    medians = np.median(runs["trade_turnover"].values, axis=-1)
    assert sorted(drawn) == pytest.approx(sorted(medians.ravel()), rel=1e-5)
    relative = effects_of(runs, relative=True)
    chart = charts.effect_fan(relative, "trade_turnover", shipped_model, relative=True)
    drawn = {row["p95"] for row in rows_with(chart, "p95")}
    expected = np.percentile(100 * relative["trade_turnover"].to_numpy(), 95, axis=-1)
    assert sorted(drawn) == pytest.approx(sorted(expected.ravel()), rel=1e-5)


def test_scenario_with_a_shorter_horizon_ends_earlier(
    runs: xr.Dataset, shipped_model: Model
) -> None:
    cut = runs.where((runs.scenario != "my_own") | (runs.year < 2029))
    rows = rows_with(charts.fan(cut, "trade_turnover", shipped_model, scenario="my_own"), "p05")
    assert max(row["year"] for row in rows) == 2028


def test_draws_are_never_embedded(shipped_model: Model) -> None:
    sizes = [
        len(charts.compact_spec(charts.fan(make_runs(n), "trade_turnover", shipped_model)))
        for n in (50, 1_000)
    ]
    assert abs(sizes[1] - sizes[0]) < 200


@pytest.mark.parametrize(
    ("reported", "use", "period", "way", "used"),
    [
        ("exact", "calibrate", "2022", history.AS_PRINTED, history.CALIBRATED),
        ("about", "calibrate", "2022", history.AS_PRINTED, history.CALIBRATED),
        ("over", "calibrate", "2022", history.FLOOR, history.CALIBRATED),
        ("at_least", "disputed", "2022", history.FLOOR, history.OTHER),
        ("nearly", "superseded", "2022", history.CEILING, history.OTHER),
        ("at_most", "calibrate", "2022", history.CEILING, history.CALIBRATED),
        ("forecast", "check", "2022", history.EXPECTED, history.OTHER),
        ("over", "calibrate", "2023-01/2023-07", history.PARTIAL, history.CALIBRATED),
        ("exact", "check", "2009/2020", history.PARTIAL, history.OTHER),
    ],
)
def test_figure_is_drawn_as_it_was_reported(
    shipped_model: Model, reported: str, use: str, period: str, way: str, used: str
) -> None:
    from vnjp_sim.foundation.vocabulary import parse_period

    known = history.figures("trade_turnover", shipped_model)[0]
    figure = dataclasses.replace(known, reported=reported, use=use, period=parse_period(period))
    shown = quantities.quantity("trade_turnover", shipped_model, [np.full((2, 3), 50.0)])
    (row,) = history.figure_rows([figure], shown)
    assert (row["way"], row["used"], row["y"]) == (way, used, figure.value)
    assert row["document"] == figure.document
    assert row["line"] == ", ".join(map(str, figure.lines))
    assert ("x1" in row) == (period != "2022")


def test_every_figure_of_an_indicator_is_drawn_or_counted(
    runs: xr.Dataset, shipped_model: Model
) -> None:
    every = [o for o in shipped_model.evidence.observations if "trade_turnover" in o.indicators]
    chart = charts.fan(runs, "trade_turnover", shipped_model)
    drawn = rows_with(chart, "way", "document")
    left_out = history.not_drawn("trade_turnover", shipped_model)
    assert len(drawn) + left_out == len(every)
    assert left_out == sum(o.reported in ("growth", "share") for o in every)
    caption = " ".join(chart.to_dict()["vconcat"][0]["title"]["text"])
    assert f"{left_out} figures are not drawn" in caption
    for name in {row["document"] for row in drawn}:
        assert shipped_model.evidence.documents[name].title in caption


def test_rounding_and_place_in_time(shipped_model: Model) -> None:
    found = history.figures("people_residents", shipped_model)
    shown = quantities.quantity("people_residents", shipped_model, [np.full((2, 3), 7e5)])
    assert (shown.unit, shown.factor, shown.stock) == ("thousand persons", 1e-3, True)
    rows = {
        (o.period.text, o.reported): r
        for o, r in zip(found, history.figure_rows(found, shown), strict=True)
    }
    about = rows["2024-06/2025-04", "about"]
    assert (about["low"], about["y"], about["high"]) == (620.0, 630.0, 640.0)
    middle = (2024 + 5 / 12 + 2025 + 4 / 12) / 2  # undated: drawn as a span
    assert about["x"] == pytest.approx(middle - 0.5)
    assert (about["x1"], about["x2"]) == pytest.approx((2023 + 11 / 12, 2024 + 10 / 12))
    assert shown.position(2025) == 2025.5


def test_contributions_add_up(contributions: pd.DataFrame, gallery: dict[str, Any]) -> None:
    rows = {row["player"]: row for row in rows_with(gallery["waterfall"], "from", "to")}
    assert list(rows) == ["oda", "labour", "interaction", "total"]
    bars = list(rows.values())
    assert bars[0]["from"] == 0.0
    for before, after in itertools.pairwise(bars[:-1]):
        assert after["from"] == before["to"]
    for bar, mean in zip(bars, contributions["mean"], strict=False):
        assert bar["to"] - bar["from"] == pytest.approx(mean)
    assert rows["total"]["to"] == pytest.approx(contributions["mean"].sum())
    assert rows["labour"]["colour"] == theme.NEGATIVE
    assert rows["interaction"]["colour"] == theme.NEUTRAL
    assert (rows["labour"]["low"], rows["labour"]["high"]) == pytest.approx((0.5, 2.1))
    assert "low" not in rows["interaction"]
    assert rows["total"]["text"] == "+1.50"


def test_equal_labels_stay_apart(shipped_model: Model) -> None:
    rows = [(f"event {i}", "Event: summit", 1.0, np.nan, np.nan) for i in range(3)]
    table = pd.DataFrame(rows, columns=["player", "label", "mean", "p05", "p95"])
    chart = charts.waterfall(table, "trade_turnover", 2040, shipped_model)
    assert len({row["key"] for row in rows_with(chart, "key", "player")}) == 4


def test_budget_fills_every_year(gallery: dict[str, Any]) -> None:
    rows = rows_with(gallery["budget"], "low", "high", "source")
    for year in (2025, 2026):
        own = sorted((r for r in rows if r["year"] == year), key=lambda r: (r["low"], r["high"]))
        assert own[0]["low"] == 0.0
        assert max(r["high"] for r in own) == pytest.approx(100.0)
        assert sum(r["share"] for r in own) == pytest.approx(100.0)
    by_key = {(r["year"], r["source"]): r["share"] for r in rows}
    assert by_key[2025, "interactions"] == 0.0
    assert by_key[2026, "assumptions"] == pytest.approx(50.0)


def test_targets_show_per_cent_in_the_scenario_colours(gallery: dict[str, Any]) -> None:
    chart = gallery["targets"]
    drawn = {row["name"]: row["probability"] for row in rows_with(chart, "probability")}
    assert drawn == {"Baseline": 25.0, "ODA expansion": 50.0, "My own": 100.0}
    text = charts.compact_spec(chart)
    assert theme.SCENARIO_COLOURS["oda_expansion"] in text


def test_scenario_colours_are_fixed_and_distinct() -> None:
    some = theme.scenario_colours(["mine", "base", "weak_yen", "other"])
    assert some["base"] == theme.scenario_colours(["base"])["base"]
    assert len(set(some.values())) == 4
    every = [*theme.SCENARIO_COLOURS.values(), *theme.SPARE_COLOURS]
    assert len(every) == len(set(every))


def test_graph_holds_every_link_and_no_box_covers_another(
    gallery: dict[str, Any], shipped_model: Model
) -> None:
    links = shipped_model.links.links
    ends = rows_with(gallery["causal_graph"], "words", "reference")
    assert {row["link"] for row in ends} == set(links)
    assert len(ends) == 2 * len(links)
    boxes = causes.layout(links, shipped_model)
    for link in links.values():
        assert boxes[link.driver].column <= boxes[link.response].column
    for one, two in itertools.combinations(boxes.values(), 2):
        apart = one.top + one.height <= two.top or two.top + two.height <= one.top
        assert one.column != two.column or apart


def test_densities_compare_prior_and_posterior(learnt: Posterior, shipped_model: Model) -> None:
    from vnjp_sim.charts.calibration import density_rows

    summary = next(p for p in learnt.parameters if p.name.endswith(".volatility"))
    prior = dict(shipped_model.parameters.all_parameters())[summary.name].prior.lognormal
    assert prior is not None
    rows = density_rows(learnt, shipped_model, summary)
    x = np.array([row["value"] for row in rows])
    density = np.exp(-0.5 * (np.log(x / prior.median) / prior.sigma) ** 2) / x
    drawn = np.array([row["prior"] for row in rows])
    assert drawn / drawn.max() == pytest.approx(density / density.max(), abs=0.01)
    area = {name: np.trapezoid([r[name] for r in rows], x) for name in ("prior", "posterior")}
    assert area["posterior"] == pytest.approx(area["prior"], rel=0.05)
    assert max(row["posterior"] for row in rows) > max(row["prior"] for row in rows)


def test_calibration_page_shows_forms_with_their_weights(gallery: dict[str, Any]) -> None:
    texts = {row["text"] for row in rows_with(gallery["calibration_page"], "text")}
    assert {"damped 50 %", "logistic 50 %"} <= texts
    assert not any("exponential" in text for text in texts)


def test_images_have_twice_the_resolution(gallery: dict[str, Any], tmp_path: Path) -> None:
    chart = gallery["waterfall"]
    png = charts.save(chart, tmp_path / "new" / "chart.png").read_bytes()
    svg = charts.save(chart, tmp_path / "chart.svg").read_text(encoding="utf-8")
    width = re.search(r'width="([0-9.]+)"', svg)
    assert width is not None
    assert struct.unpack(">I", png[16:20])[0] == pytest.approx(2 * float(width[1]), abs=2)
    assert charts.save(chart, tmp_path / "chart.pdf").read_bytes().startswith(b"%PDF")


def test_page_loads_nothing(gallery: dict[str, Any], tmp_path: Path) -> None:
    page = charts.save(gallery["fan"], tmp_path / "chart.html").read_text(encoding="utf-8")
    assert not re.search(r"""<[^>]*\b(src|href)\s*=\s*["']?\s*(https?:)?//""", page)
    assert not re.search(r"""(@import|url\()\s*["']?(https?:)?//""", page)
    assert page.count("<script>") == page.count("</script>") == 2
    assert "vegaEmbed" in page
    assert "$schema" not in charts.compact_spec(gallery["fan"])


@pytest.mark.parametrize("name", ["fan", "waterfall", "causal_graph", "a wide title"])
def test_picture_is_what_vl_convert_draws(gallery: dict[str, Any], name: str) -> None:
    spec = gallery.get(name, gallery["budget"]).to_dict()
    if name not in gallery:
        spec["title"]["text"] = ["W" * 70, 'more than "80 %" & <less>']
    vl_convert, count = pytest.importorskip("vl_convert"), []

    def draw(content: dict[str, Any]) -> str:
        count.append(content)
        return str(vl_convert.vegalite_to_svg(content))

    text = drawn(spec, draw)
    assert text == vl_convert.vegalite_to_svg(spec)
    measured = json.dumps([content["title"] for content in count])
    words = [line for line in spec["title"]["text"] if line in measured]
    assert words == ([] if name in gallery else ["W" * 70])  # the others are not measured


def test_many_charts_share_one_bundle(gallery: dict[str, Any]) -> None:
    some = [gallery[name] for name in ("fan", "waterfall", "causal_graph")]
    parts = [charts.embedded(chart, f"chart{i}") for i, chart in enumerate(some)]
    bundle = charts.vega_bundle()
    assert len(bundle) > 500_000
    assert charts.vega_bundle() is bundle
    assert all(len(part) < 300_000 for part in parts)
    assert all(f'<div id="chart{i}"' in part for i, part in enumerate(parts))


def test_text_of_a_label_cannot_end_the_script(shipped_model: Model) -> None:
    table = pd.DataFrame(
        [("x", "</script><script>alert(1)</script>", 1.0, 0.0, 2.0)],
        columns=["player", "label", "mean", "p05", "p95"],
    )
    part = charts.embedded(charts.waterfall(table, "trade_turnover", 2040, shipped_model), "one")
    assert part.count("</script>") == 1


def test_failed_save_leaves_what_was_there(
    gallery: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "chart.svg"
    file.write_text("before", encoding="utf-8")
    monkeypatch.setattr("vnjp_sim.storage.atomic.os.fsync", refuse)
    with pytest.raises(EnvironmentFailureError, match="No space left"):
        charts.save(gallery["waterfall"], file)
    assert file.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["chart.gif", "chart", "chart.sgv"])
def test_unknown_suffix_is_refused(gallery: dict[str, Any], tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.svg"):
        charts.save(gallery["fan"], tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda r, m, p: charts.fan(r, "trade_turnovr", m), "did you mean 'trade_turnover'"),
        (lambda r, m, p: charts.overlay(r, "labor_stock", m), "did you mean 'labour_stock'"),
        (lambda r, m, p: charts.fan(r, "oda_donor_rank", m), "documented, but not projected"),
        (
            lambda r, m, p: charts.fan(r, "trade_turnover", m, scenario="oda_expansoin"),
            "did you mean 'oda_expansion'",
        ),
        (lambda r, m, p: charts.effect_fan(r, "trode", m), "unknown indicator 'trode'"),
        (
            lambda r, m, p: charts.fan(r * np.nan, "trade_turnover", m),
            "'base' has no values at all",
        ),
        (
            lambda r, m, p: charts.sector(r, "trade", m, scenario="oda_expansoin"),
            "did you mean 'oda_expansion'",
        ),
        (lambda r, m, p: charts.sector(r, "tourism", m), "choose one of: macro, trade"),
        (lambda r, m, p: charts.calibration_page(p, m, "trade_turnove"), "unknown law"),
        (lambda r, m, p: charts.calibration_page(p, m, "people_learners"), "not calibrated"),
        (
            lambda r, m, p: charts.waterfall(pd.DataFrame({"player": []}), "trade_turnover", 1, m),
            "lack label, mean, p05, p95",
        ),
        (
            lambda r, m, p: charts.budget(
                pd.DataFrame({"year": [1], "source": ["assumption"], "share": [1.0]}),
                "trade_turnover",
                m,
            ),
            "did you mean 'assumptions'",
        ),
        (
            lambda r, m, p: charts.causal_graph(dataclasses.replace(m, links=Links({}))),
            "holds no link",
        ),
        (lambda r, m, p: charts.targets(pd.DataFrame({"year": [1]}), m), "lack target, label"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_remedy(
    runs: xr.Dataset,
    learnt: Posterior,
    shipped_model: Model,
    draw: Callable[[xr.Dataset, Model, Posterior], Any],
    expected: str,
) -> None:
    with pytest.raises(InputError, match=re.escape(expected)):
        draw(runs, shipped_model, learnt)


@pytest.mark.parametrize(
    ("relative", "asked", "message"),
    [
        (False, True, "are a difference, not a ratio"),
        (True, False, "are a ratio, not a difference"),
        (True, None, ""),
        (False, None, ""),
        (True, True, ""),
        (False, False, ""),
    ],
)
def test_effects_are_drawn_as_they_are_measured(
    runs: xr.Dataset, shipped_model: Model, relative: bool, asked: bool | None, message: str
) -> None:
    effects = effects_of(runs, relative=relative)
    if message:
        with pytest.raises(InputError, match=message):
            charts.effect_fan(effects, "trade_turnover", shipped_model, asked)
        return
    chart = charts.effect_fan(effects, "trade_turnover", shipped_model, asked)
    factor = 100.0 if relative else 1.0
    drawn = {row["p50"] for row in rows_with(chart, "p50")}
    expected = np.median(factor * effects["trade_turnover"].to_numpy(), axis=-1)
    assert sorted(drawn) == pytest.approx(sorted(expected.ravel()), rel=1e-5)
    assert ("per cent of the baseline" in json.dumps(chart.to_dict())) == relative


def test_a_comparison_is_drawn_as_its_effects_are(runs: xr.Dataset, shipped_model: Model) -> None:
    found = Comparison(from_dataset(runs), "base", shipped_model.registry, {})
    for relative in (False, True):
        one = charts.effect_fan(found, "labour_stock", shipped_model, relative)
        two = charts.effect_fan(found.effects(relative=relative), "labour_stock", shipped_model)
        assert charts.compact_spec(one) == charts.compact_spec(two)


def test_every_chart_of_levels_takes_a_comparison(runs: xr.Dataset, shipped_model: Model) -> None:
    found = Comparison(from_dataset(runs), "base", shipped_model.registry, {})
    with charts.unchecked():
        for draw, asked in (
            (charts.fan, "labour_stock"),
            (charts.overlay, "labour_stock"),
            (charts.sector, "trade"),
        ):
            one, two = (
                charts.compact_spec(draw(data, asked, shipped_model)) for data in (found, runs)
            )
            assert one.split("Source")[0] == two.split("Source")[0]
    assert vj.target_probabilities(found).equals(vj.target_probabilities(runs))


@pytest.mark.parametrize("several", [False, True])
def test_charts_tell_what_effects_rest_on(
    runs: xr.Dataset, shipped_model: Model, monkeypatch: pytest.MonkeyPatch, several: bool
) -> None:
    few = runs.sel(scenario=["base", "my_own", *(["oda_expansion"] if several else [])])
    few = few * xr.where(few.scenario == "base", 1.0, 4.0)
    found = Comparison(from_dataset(few), "base", shipped_model.registry, {})
    summaries = Comparison.summaries

    def marked(self: Comparison, *words: Any) -> Any:
        every = summaries(self, *words)
        marks = {"my_own": PRIOR_DRIVEN, "oda_expansion": SET}
        return tuple(dataclasses.replace(e, mark=marks[e.scenario]) for e in every)

    with charts.unchecked():
        for draw in (charts.effect_fan, charts.overlay):
            spec = draw(found, "labour_stock", shipped_model).to_dict()
            below = " ".join(spec["vconcat"][0]["title"]["text"])
            assert "What effects rest on was not examined" in below
            with monkeypatch.context() as patch:
                patch.setattr(Comparison, "summaries", marked)
                spec = draw(found, "labour_stock", shipped_model).to_dict()
            told = " ".join(spec["title"]["subtitle"])
            if several:
                assert "Rests mostly on assumptions: My own" in told
                assert "Set by the scenario itself: ODA expansion" in told
            else:
                assert told.endswith("Rests mostly on assumptions")


def test_pictures_name_their_scenario_and_run(shipped_model: Model) -> None:
    draws = np.arange(1.0, 41.0) ** 2
    parts = {"trade_turnover": np.stack([[draws], [0 * draws]])}
    players = (Player("a", "a × 1.25", "lever"), Player("b", "b", "lever"))
    error = {"trade_turnover": np.zeros((2, 1))}
    total = {"trade_turnover": np.array([draws])}
    made = Attribution("weak_yen", players, (2040,), parts, parts, total, error, True, run="12ab")
    spec = charts.waterfall(made, "trade_turnover", 2040, shipped_model).to_dict()
    title = " ".join(spec["title"]["text"]).replace("\u00a0", " ")
    assert f"mean effect of Weak yen +{draws.mean():.0f}" in title.replace("USD ", "")
    below = " ".join(spec["vconcat"][0]["title"]["text"])
    assert re.search(r"Median effect, as in tables: \+4[0-9]{2} \[", below)
    assert "run weak_yen 12ab" in below
    shares = np.full((8, 1), 0.125)
    table = {"trade_turnover": shares}
    found = Budget((2040,), table, table, table, {}, True, "weak_yen", "34cd")
    assert repr(found) == "<Budget of effects of weak_yen: 1 indicator, 2040–2040>"
    text = charts.compact_spec(charts.budget(found, "trade_turnover", shipped_model))
    assert "run weak_yen 34cd" in text
    assert "effect of Weak yen" in text.replace("\u00a0", " ").replace('","', " ")


def test_targets_without_a_chance_are_named(
    probabilities: pd.DataFrame, shipped_model: Model
) -> None:
    missing = pd.DataFrame(
        [("lost", "Lost", 2050, "base", np.nan)], columns=list(probabilities.columns)
    )
    table = pd.concat([probabilities, missing.astype(probabilities.dtypes)])
    table["note"] = ["", "", "", "its date is after the projection"]
    below = charts.targets(table, shipped_model).to_dict()["vconcat"][0]["title"]["text"]
    assert "No chance is given of: Lost (its date is after the projection)." in " ".join(below)


def test_links_tell_two_figures(gallery: dict[str, Any]) -> None:
    words = {row["words"] for row in rows_with(gallery["causal_graph"], "words", "reference")}
    assert any(" % per 1 %, " in text for text in words)
    figures = [re.sub(r"[^0-9]", "", text.split(" ")[0]).lstrip("0") for text in words]
    assert max(map(len, figures)) == 2


def as_balance(data: xr.Dataset, model: Model) -> xr.Dataset:
    """Return turnover under the name of the balance."""
    label = model.registry.indicators["trade_turnover"].label
    turnover = data["trade_turnover"].assign_attrs(long_name=label)
    return turnover.to_dataset(name="trade_balance")


WRONG_DATA: list[tuple[Any, str]] = [
    (lambda r, m: charts.effect_fan(r, "trade_turnover", m), "does not say that it is an effect"),
    (lambda r, m: charts.effect_fan(effects_of(r).drop_attrs(), "trade_turnover", m), "not say"),
    (lambda r, m: charts.fan(effects_of(r), "trade_turnover", m, scenario="my_own"), "not a level"),
    (lambda r, m: charts.overlay(effects_of(r, relative=True), "labour_stock", m), "not a level"),
    (lambda r, m: charts.sector(effects_of(r), "trade", m, scenario="my_own"), "not a level"),
    (
        lambda r, m: charts.fan(
            effects_of(r).drop_attrs() - 99, "trade_turnover", m, None, "my_own"
        ),
        "so that it is not a level",
    ),
    (lambda r, m: charts.fan(r.mean("draw"), "trade_turnover", m), "no dimension 'draw'"),
    (lambda r, m: charts.overlay(r.isel(scenario=[0, 0]), "trade_turnover", m), "appears twice"),
    (
        lambda r, m: charts.effect_fan(effects_of(r).mean("draw"), "trade_turnover", m),
        "no dimension 'draw'",
    ),
    (
        lambda r, m: charts.effect_fan(
            effects_of(r).assign(
                trade_turnover=lambda d: d["trade_turnover"].assign_attrs(units="USD mn")
            ),
            "trade_turnover",
            m,
        ),
        "is in USD mn, not in USD bn",
    ),
    (
        lambda r, m: charts.effect_fan(
            Comparison(from_dataset(r), "base", m.registry, {}), "trade_balance", m, relative=True
        ),
        "show a difference there",
    ),
    (
        lambda r, m: charts.fan(as_balance(r, m), "trade_balance", m),
        "'trade_balance' holds 'trade_turnover'",
    ),
    (
        lambda r, m: charts.effect_fan(as_balance(effects_of(r), m), "trade_balance", m),
        "'trade_balance' holds 'trade_turnover'",
    ),
    (
        lambda r, m: charts.effect_fan(
            effects_of(r, relative=True).map(lambda a: -100 * a, keep_attrs=True),
            "oda_disbursements",
            m,
        ),
        "so that it is not a ratio",
    ),
]


@pytest.mark.parametrize(("draw", "message"), WRONG_DATA)
def test_charts_refuse_what_they_do_not_draw(
    runs: xr.Dataset, shipped_model: Model, draw: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        draw(runs, shipped_model)


def test_tables_are_drawn_as_what_they_are(
    contributions: pd.DataFrame,
    shares: pd.DataFrame,
    probabilities: pd.DataFrame,
    shipped_model: Model,
) -> None:
    of = contributions.assign(indicator="trade_turnover", year=2040)
    charts.waterfall(of, "trade_turnover", 2040, shipped_model)
    for indicator, year in (("trade_exports", 2040), ("trade_turnover", 2030)):
        with pytest.raises(InputError, match="the table is of the"):
            charts.waterfall(of, indicator, year, shipped_model)
    told = shares.assign(indicator="trade_turnover", of="effect")
    spec = json.dumps(charts.budget(told, "trade_turnover", shipped_model).to_dict())
    assert "variance of the effect" in spec
    with pytest.raises(InputError, match="the table is of the indicator trade_turnover"):
        charts.budget(told, "trade_exports", shipped_model)
    with pytest.raises(InputError, match="not per cent"):
        charts.budget(shares.assign(share=100 * shares["share"]), "trade_turnover", shipped_model)
    with pytest.raises(InputError, match="no shares in any year: no variance"):
        charts.budget(
            told.assign(share=np.nan, note="no variance"), "trade_turnover", shipped_model
        )
    with pytest.raises(InputError, match="not per cent"):
        charts.targets(probabilities.assign(probability=25.0), shipped_model)
    with pytest.raises(InputError, match="two probabilities of one target"):
        charts.targets(pd.concat([probabilities, probabilities]), shipped_model)


@pytest.mark.parametrize(
    ("draws", "fields", "words"),
    [
        (1, {"p50"}, "too few draws for bands"),
        (19, {"p25", "p50", "p75"}, "band: 50 % of draws, too few for more"),
        (20, {"p05", "p25", "p50", "p75", "p95"}, "bands: 50 % and 90 % of draws"),
    ],
)
def test_few_draws_have_a_line_and_no_band_they_cannot_give(
    draws: int, fields: set[str], words: str, shipped_model: Model
) -> None:
    few = make_runs(draws)
    with charts.unchecked():
        drawn = {
            "fan": charts.fan(few, "trade_turnover", shipped_model),
            "effects": charts.effect_fan(effects_of(few), "trade_turnover", shipped_model),
            "sector": charts.sector(few, "trade", shipped_model),
            "overlay": charts.overlay(few, "trade_turnover", shipped_model),
        }
    for name, chart in drawn.items():
        rows = rows_with(chart, "p50")
        assert {q for row in rows for q in row if q[0] == "p" and q[1:].isdigit()} == fields
        spec = json.dumps(chart.to_dict())
        assert name == "overlay" or words in spec
        assert ("90 %" in spec) == (draws >= 20)
        assert charts.image(chart, ".svg")


def test_missing_library_is_told_with_the_remedy(
    runs: xr.Dataset,
    gallery: dict[str, Any],
    shipped_model: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remedy = re.escape('pip install "vnjp-sim[charts]"')
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(EnvironmentFailureError, match=remedy):
        charts.save(gallery["fan"], tmp_path / "chart.png")
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(EnvironmentFailureError, match=remedy):
        charts.fan(runs, "trade_turnover", shipped_model)


def test_theme_leaves_other_charts_alone(gallery: dict[str, Any]) -> None:
    import altair as alt

    assert theme.THEME in alt.theme.names()
    assert alt.theme.active != theme.THEME
    for name in ("fan", "waterfall", "causal_graph"):
        assert gallery[name].to_dict()["config"]["font"] == theme.FONT


def test_import_loads_no_chart_library(repository: Path) -> None:
    program = "import sys, vnjp_sim.charts as c; print([c.__all__ == sorted(c.__all__), "
    program += "[n for n in ('altair', 'vl_convert', 'pandas', 'xarray') if n in sys.modules]])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[True, []]"


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    zero=st.booleans(),
    whole=st.booleans(),
)
def test_ticks_enclose_the_values(low: float, width: float, zero: bool, whole: bool) -> None:
    marks, number_format = quantities.ticks(low, low + width, zero=zero, whole=whole)
    slack = 1e-5 * max(abs(low), abs(low + width), 1e-9)
    assert marks[0] <= low + slack
    assert marks[-1] >= low + width - slack
    assert 2 <= len(marks) <= 12
    if zero:
        assert 0.0 in marks
    if whole:
        assert number_format == ",.0f"


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_labels_stand_apart(positions: list[float]) -> None:
    placed = quantities.spread_apart(positions, 10.0, 0.0, 100.0)
    ordered = sorted(placed)
    assert all(b - a > 9.0 for a, b in itertools.pairwise(ordered))
    assert sorted(range(len(placed)), key=lambda i: (positions[i], i)) == sorted(
        range(len(placed)), key=lambda i: placed[i]
    )


def test_saved_suffixes_are_those_of_the_documentation() -> None:
    told = saving.save.__doc__ or ""
    assert all(suffix in told for suffix in saving.SUFFIXES)


def test_chart_within_others_stays_as_it_is() -> None:
    alt = theme.altair()
    chart = chart_of([{"x": 1.0}]).mark_point().encode(x="x:Q")
    alone = chart.to_dict()
    layers = alt.layer(chart, chart.mark_line(), width=120)
    whole = alt.vconcat(layers, layers, title="twice").to_dict()
    assert chart.to_dict() == alone
    marks = [layer["mark"]["type"] for part in whole["vconcat"] for layer in part["layer"]]
    assert marks == ["point", "line"] * 2
    copied = [layer["encoding"] for part in whole["vconcat"] for layer in part["layer"]]
    assert copied == [alone["encoding"]] * 4
