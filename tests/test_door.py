"""The public functions under arguments of every type: right results, or an error with a remedy."""

from __future__ import annotations

import copy
import inspect
import json
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import vnjp_sim as vj
from vnjp_sim import charts, exchange
from vnjp_sim.foundation.arguments import RULES, number, whole
from vnjp_sim.foundation.errors import (
    CalibrationGateError,
    EnvironmentFailureError,
    InputError,
    Place,
    Refusal,
    VnjpSimError,
)
from vnjp_sim.inputs.targets import read_targets
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import COORDINATES
from vnjp_sim.simulation.request import Asked, Request

pytestmark = pytest.mark.fuzz

SHORT: dict[str, Any] = {"draws": 20, "horizon": (2025, 2028)}
ASKED = ("trade_exports", "trade_turnover")
DESIGN = """
name: door
title: Two points
scenario: base
method: grid
indicators: [oda_commitments]
axes: [{lever: oda_commitments, path: step, from: 2026, multiply: {values: [1, 2]}}]
"""
FIGURES = Path(__file__).parent / "cases" / "exchange"

ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "half": lambda: 1.5,
    "NaN": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "negative": lambda: -1,
    "huge": lambda: 10**30,
    "complex": lambda: 1j,
    "text": lambda: "no such thing",
    "digits": lambda: "20",
    "no text": lambda: "",
    "blanks": lambda: " \t",
    "long name": lambda: "a" * 5_000,
    "surrogate": lambda: "\ud800",
    "NUL": lambda: "a\0b",
    "brackets": lambda: "[/b] [red]",
    "bytes": lambda: b"base",
    "object": object,
    "function": lambda: len,
    "no list": list,
    "no tuple": tuple,
    "mapping": lambda: {"base": 1},
    "set": lambda: {"base"},
    "list of lists": lambda: [["base"]],
    "list of None": lambda: [None],
    "list of halves": lambda: [2030.5],
    "mixed list": lambda: ["base", 5],
    "generator": lambda: (name for name in ("base", "weak_yen")),
    "NaT": lambda: pd.NaT,
    "numpy's NaT": lambda: np.datetime64("NaT"),
    "numpy's year": lambda: np.datetime64("2024"),
    "day": lambda: datetime(2099, 1, 31, 12, tzinfo=UTC),
    "table of numbers": lambda: np.ones((2, 2)),
    "Index": lambda: pd.Index(["base"]),
    "Series": lambda: pd.Series([2030, 2035]),
    "DataFrame": lambda: pd.DataFrame({"base": [1]}),
    "empty DataFrame": pd.DataFrame,
    "DataArray": lambda: xr.DataArray([1.0, 2.0], dims="draw"),
    "path": lambda: Path("nowhere") / "nothing.yml",
}

FREE = {
    "progress": "functions that are called as work goes on",
    "exact_players": "of no public function",
    "look": "options of a chart, which checks them",
}
"""Parameters whose type nobody settles, and why."""

OWN_CHECK = {
    "costs",
    "at_least",
    "at_most",
    "scenarios",
    "source",
    "effects",
    "mode",
    "decimal",
    "kind",
    "map",
    "style",
    "unproven",
    "draws_matter",
    "extends",
    "levers",
    "lever_path",
    "events",
    "amounts",
    "parameters",
    "prior",
    "remove",
    "sources",
    "variants",
    "multiply",
    "add",
    "set",
}
"""Parameters that their function settles itself, since they may be of several kinds."""


@dataclass
class Things:
    """What the calls need; `few` are the runs with an indicator of every kind."""

    model: Model
    posterior: vj.Posterior
    runs: xr.Dataset
    few: xr.Dataset
    comparison: vj.Comparison
    attribution: vj.Attribution
    budget: vj.Budget
    session: vj.Session

    @cached_property
    def effects(self) -> xr.Dataset:
        """The effects of the comparison."""
        return self.comparison.effects()

    @cached_property
    def probabilities(self) -> pd.DataFrame:
        """The chances of the targets."""
        return vj.target_probabilities(self.few)

    @cached_property
    def chart(self) -> Any:
        """A chart."""
        return charts.budget(self.budget, "trade_exports", self.model)


@pytest.fixture(scope="module")
def out(own_out: Path) -> Path:
    return own_out


@pytest.fixture(scope="module")
def things(out: Path, shipped_model: Model, posterior: vj.Posterior) -> Things:
    runs = vj.run(["base", "weak_yen"], out=out, **SHORT)
    few = runs[one_of_each_kind(shipped_model)]
    return Things(
        shipped_model,
        posterior,
        runs,
        few,
        vj.compare(few),
        vj.attribute("weak_yen", ["trade_exports"], out=out, **SHORT),
        vj.uncertainty_budget("weak_yen", ["trade_exports"], out=out, **{**SHORT, "draws": 1_000}),
        vj.Session(out=out, **SHORT),
    )


def one_of_each_kind(model: Model) -> list[str]:
    """Return an indicator of every kind and sign, those with a target, and those asked for."""
    projected = {n: i for n, i in model.registry.indicators.items() if not i.not_projected}
    kinds = {(i.kind, i.sign): name for name, i in projected.items()}
    targets = read_targets(model.folder, model.registry, model.evidence)
    return sorted({*kinds.values(), *ASKED, *({t.indicator for t in targets} & projected.keys())})


@pytest.fixture(autouse=True)
def place(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder whose results hold the calibration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(out)
    (tmp_path / "design.yml").write_text(DESIGN, encoding="utf-8")
    return tmp_path


def calls(things: Things) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Return public functions and methods by name, with arguments that are right."""
    t, name = things, "trade_exports"
    short = {**SHORT, "out": "results"}
    chart = {"indicator": name, "model": t.model}
    weighed = {"policies": "weak_yen", "measure": name, "year": 2028}
    goal = {"target": "oda_commitments>=150 in 2028", "lever": "oda_commitments", "points": 2}
    return {
        "run": (vj.run, {"scenarios": "base", **short}),
        "sweep": (vj.sweep, {"design": "design.yml", **short}),
        "compare": (vj.compare, {"scenarios": "weak_yen", **short}),
        "attribute": (vj.attribute, {"scenario": "weak_yen", "indicators": [name], **short}),
        "link_losses": (vj.link_losses, {"scenario": "weak_yen", "indicators": [name], **short}),
        "uncertainty_budget": (
            vj.uncertainty_budget,
            {"scenario": "weak_yen", "indicators": [name], **short, "draws": 1_000},
        ),
        "reach": (vj.reach, {**goal, **short}),
        "regret": (vj.regret, {**weighed, **short}),
        "sensitivity": (vj.sensitivity, {"indicators": [name], **short}),
        "lookup": (vj.lookup, {"indicator": name, "year": 2028, **short}),
        "discover": (vj.discover, {"target": goal["target"], **short}),
        "record": (vj.record, {"folder": "record"}),
        "Record.score": (vj.record("record").score, {"entries": ["2026-01-31"]}),
        "Record.moved": (vj.record("record").moved, {"indicator": name, "year": 2028}),
        "Record.moves": (vj.record("record").moves, {"indicators": [name], "year": 2028}),
        "target_probabilities": (vj.target_probabilities, {"runs": t.few}),
        "trace": (vj.trace, {"indicator": name}),
        "catalogue": (vj.catalogue, {"kind": "levers", "words": "oda"}),
        "cite": (vj.cite, {"of": t.few, "style": "text"}),
        "history": (vj.history, {"indicators": [name], "years": [2020], **short}),
        "load_model": (vj.load_model, {}),
        **calls_of_scenarios(),
        "posterior_of": (vj.posterior_of, {"model": t.model, "out": "results"}),
        "Session": (vj.Session, short),
        "Session.scenario": (t.session.scenario, {"scenario": "weak_yen"}),
        "Session.run": (t.session.run, {"scenarios": "weak_yen"}),
        "Session.summaries": (
            t.session.summaries,
            {"scenarios": "weak_yen", "indicators": [name]},
        ),
        "Session.compare": (t.session.compare, {"scenarios": "weak_yen"}),
        "Session.attribute": (
            t.session.attribute,
            {"scenario": "weak_yen", "indicators": [name]},
        ),
        "Session.link_losses": (
            t.session.link_losses,
            {"scenario": "weak_yen", "indicators": [name]},
        ),
        "Session.reach": (t.session.reach, goal),
        "Session.regret": (t.session.regret, weighed),
        "Session.history": (t.session.history, {"indicators": [name], "years": [2020]}),
        "Session.fit": (t.session.fit, {}),
        "Session.store": (t.session.store, {"scenarios": "weak_yen"}),
        "Comparison.table": (t.comparison.table, {"indicators": [name]}),
        "Comparison.summaries": (t.comparison.summaries, {"indicators": [name]}),
        "Comparison.overview": (t.comparison.overview, {"year": 2028, "indicators": [name]}),
        "Comparison.effects": (t.comparison.effects, {}),
        "Comparison.differences": (t.comparison.differences, {"scenario": "weak_yen"}),
        "Comparison.export": (t.comparison.export, {"file": "effects.csv", "force": True}),
        "Comparison.plot": (t.comparison.plot, {"indicator": name, "model": t.model}),
        "Runs.table": (t.few.vnjp.table, {"indicators": [name]}),
        "Attribution.table": (t.attribution.table, {"indicator": name, "year": 2028}),
        "Attribution.contributions_in": (
            t.attribution.contributions_in,
            {"indicator": name, "year": 2028},
        ),
        "Attribution.interaction": (t.attribution.interaction, {"indicator": name}),
        "Budget.table": (t.budget.table, {"indicator": name}),
        "Budget.share": (t.budget.share, {"indicator": name, "source": "assumptions"}),
        "Posterior.path": (t.posterior.path, {"law": "trade_turnover"}),
        "Posterior.table": (t.posterior.table, {}),
        "charts.fan": (charts.fan, {"runs": t.few, **chart}),
        "charts.overlay": (charts.overlay, {"runs": t.few, **chart}),
        "charts.effect_fan": (charts.effect_fan, {"effects": t.effects, **chart}),
        "charts.waterfall": (
            charts.waterfall,
            {"contributions": t.attribution.table(name, 2028), "year": 2030, **chart},
        ),
        "charts.sector": (charts.sector, {"runs": t.few, "sector": "macro", "model": t.model}),
        "charts.targets": (
            charts.targets,
            {"probabilities": t.probabilities, "model": t.model},
        ),
        "charts.budget": (charts.budget, {"shares": t.budget, **chart}),
        "charts.causal_graph": (charts.causal_graph, {"model": t.model}),
        "charts.calibration_page": (
            charts.calibration_page,
            {"posterior": t.posterior, "model": t.model, "name": "trade_turnover"},
        ),
        "charts.save": (
            charts.save,
            {"chart": t.chart, "path": "chart.svg"},
        ),
        "charts.image": (
            charts.image,
            {"chart": t.chart, "suffix": ".svg"},
        ),
        "exchange.write_tidy": (
            exchange.write_tidy,
            {"source": t.few, "model": t.model, "file": "a.csv", "force": True},
        ),
        "exchange.write_iamc": (
            exchange.write_iamc,
            {"source": t.few, "model": t.model, "file": "a.csv", "force": True},
        ),
        "exchange.write_netcdf": (
            exchange.write_netcdf,
            {"source": t.few, "model": t.model, "file": "a.nc", "force": True},
        ),
        "exchange.write_excel": (
            exchange.write_excel,
            {"source": t.few, "model": t.model, "file": "a.xlsx", "force": True},
        ),
        "exchange.write_datapackage": (
            exchange.write_datapackage,
            {"model": t.model, "folder": "package"},
        ),
        "exchange.read_runs": (exchange.read_runs, {"folders": stored_runs()}),
        "exchange.read_series_map": (exchange.read_series_map, {"file": "map.yml"}),
        "exchange.import_figures": (
            exchange.import_figures,
            {"file": "figures.csv", "to": "own"},
        ),
    }


def calls_of_scenarios() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Return what makes scenarios in Python, with arguments that are right."""
    path, day = vj.ramp(2026, 2030, multiply=2.0), "2027-10-01"
    base = vj.scenario("base").named("mine")
    mine = base.with_lever("oda_delay", path).with_event("vessel_order", day, count=2)
    mine = mine.with_parameter("oda_delay_factor", fixed=2.0)
    forms = {"step": vj.step, "ramp": vj.ramp, "pulse": vj.pulse}
    return {
        "scenario": (vj.scenario, {"scenario": "base"}),
        "new_scenario": (vj.new_scenario, {"levers": {"oda_delay": path}}),
        **{
            name: (form, {"first": 2026, "last": 2030, "multiply": 2.0})
            for name, form in forms.items()
        },
        "series": (vj.series, {"multiply": {2026: 2.0}}),
        "with_lever": (base.with_lever, {"name": "oda_delay", "lever_path": path}),
        "without_lever": (mine.without_lever, {"name": "oda_delay"}),
        "with_event": (base.with_event, {"type": "vessel_order", "on": day, "count": 2}),
        "without_event": (mine.without_event, {"type": "vessel_order", "on": day}),
        "with_parameter": (base.with_parameter, {"name": "oda_delay_factor", "fixed": 2.0}),
        "without_parameter": (mine.without_parameter, {"name": "oda_delay_factor"}),
        "with_horizon": (base.with_horizon, {"start": 2025, "end": 2030}),
        "named": (base.named, {"name": "other"}),
        "to_command": (mine.to_command, {}),
    }


def stored_runs() -> list[Path]:
    """Return the folder of one stored run."""
    return [min(Path("results").glob("base/*/projection.nc")).parent]


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public functions, and the methods of public classes that take arguments."""
    for home in (vj, charts, exchange):
        for name in home.__all__:
            thing = getattr(home, name)
            prefix = "" if home is vj else f"{home.__name__.rpartition('.')[2]}."
            if inspect.isclass(thing):
                if issubclass(thing, BaseException) or hasattr(thing, "model_validate"):
                    continue
                for method, function in vars(thing).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{name}.{method}", function
            elif inspect.isfunction(thing):
                yield f"{prefix}{name}", thing


def test_every_parameter_is_settled() -> None:
    known = {*RULES, *inspect.get_annotations(Asked), *OWN_CHECK, *FREE, "self"}
    lacking = {
        f"{name}({parameter})"
        for name, function in public()
        for parameter in inspect.signature(function).parameters
        if parameter not in known
    }
    assert not lacking, "give each a rule in arguments.RULES, or its function a check of its own"


def assert_remedy(error: VnjpSimError) -> None:
    """Check that an error says what to do."""
    if isinstance(error, InputError):
        assert all(fault.what and fault.remedy for fault in error.refusals), error
    else:
        assert ";" in str(error), error


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_type_gives_a_result_or_an_error_with_a_remedy(odd: str, things: Things) -> None:
    raw = []
    for name, (function, right) in calls(things).items():
        for parameter in inspect.signature(function).parameters:
            if parameter in FREE:
                continue
            try:
                function(**{**right, parameter: ODD[odd]()})
            except VnjpSimError as error:
                assert_remedy(error)
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                raw.append(f"{name}({parameter}={odd}): {type(error).__name__}: {error}")
    assert not raw, "\n".join(raw)


@pytest.mark.parametrize("odd", [Decimal("sNaN"), 10**400], ids=["sNaN", "huge"])
@pytest.mark.parametrize("rule", [whole, number])
def test_numbers_beyond_floats_are_refused(rule: Callable[[str, object], object], odd: Any) -> None:
    with pytest.raises(InputError, match="draws"):
        rule("draws", odd)
    with pytest.raises(InputError, match="draws"):
        whole("draws", Decimal("Infinity"))


EQUAL: list[tuple[str, Any, list[Any]]] = [
    ("draws", 20, [np.int64(20), np.uint8(20), 20.0, np.float64(20), Decimal(20), np.array(20)]),
    ("seed", 7, [np.int32(7), Fraction(14, 2), 7.0, np.uint64(7)]),
    ("workers", 2, [np.int8(2), 2.0]),
    (
        "horizon",
        (2025, 2030),
        ["2025:2030", [2025, 2030], np.array([2025, 2030]), (np.int64(2025), 2030.0)],
    ),
    ("horizon", (2025, 2030), [pd.Index([2025, 2030]), pd.Series([2025, 2030])]),
    (
        "as_of",
        date(2024, 1, 31),
        [
            "2024-01-31",
            datetime(2024, 1, 31, 23, 59, tzinfo=UTC),
            pd.Timestamp("2024-01-31 12:00"),
            np.datetime64("2024-01-31"),
            np.datetime64("2024-01-31T10:00:00.000000001"),
            np.str_("2024-01-31"),
        ],
    ),
    ("models", Path("own"), ["own", np.str_("own")]),
    ("out", Path("there"), ["there", Path("there")]),
    ("baseline", "base", [np.str_("base"), Path("base")]),
    (
        "scenarios",
        ("base", "weak_yen"),
        [
            ["base", "weak_yen"],
            (name for name in ("base", "weak_yen", "base")),
            np.array(["base", "weak_yen"]),
            pd.Index(["base", "weak_yen"]),
            pd.Series(["base", "weak_yen"]),
            [Path("base"), np.str_("weak_yen")],
            {"base": 1, "weak_yen": 2}.keys() and ["base", "weak_yen"],
        ],
    ),
]

WRONG: dict[str, list[Any]] = {
    "draws": [True, np.True_, "20", 1.5, float("nan"), None, [20], 0, -1, 10**7, 20 + 0j],
    "seed": [1.5, False, "7", -1, 2**63, None, np.float64(0.5)],
    "workers": [0, 257, True, None, "2"],
    "horizon": [2030, (2030,), (2025, 2030, 2035), {2025, 2030}, "2025-2030", (True, 2030), ""],
    "as_of": [pd.NaT, np.datetime64("NaT"), np.datetime64("2024-01"), 20240131, 1.7e9, "", True],
    "models": ["", b"own", 5, "a\0b", ["own"], True],
    "out": ["", b"own", 5, None, "a\0b"],
    "baseline": ["", b"base", 5, ["base"]],
    "scenarios": [[], (), {"base"}, frozenset({"base"}), b"base", 5, [None], [["base"]], {"a": 1}],
}


@pytest.mark.parametrize(("name", "settled", "given"), EQUAL)
def test_equal_values_make_equal_requests(name: str, settled: Any, given: list[Any]) -> None:
    usual = {"scenarios": "base"} if name != "scenarios" else {}
    for value in given:
        request = Request.of(**{**usual, name: value})
        found = getattr(request, name)
        assert found == settled
        assert type(found) is type(settled)
        assert request == Request.of(**{**usual, name: settled})


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_are_refused_by_their_name(name: str) -> None:
    for value in WRONG[name]:
        given = {"scenarios": "base", name: value}
        with pytest.raises(InputError) as refused:
            Request.of(**given)
        (fault,) = refused.value.refusals
        assert fault.place.file == name
        assert fault.remedy


def test_equal_values_give_equal_results(things: Things, out: Path) -> None:
    asked = {"draws": np.int64(20), "horizon": "2025:2028", "seed": np.int64(20_251)}
    kept = vj.run(["base", "weak_yen"], out=str(out), **asked)
    xr.testing.assert_identical(kept, things.runs)
    table = things.comparison.table(["trade_turnover"], [2027, 2028])
    for indicators, years in (
        ("trade_turnover", (2027.0, np.int64(2028))),
        (np.array(["trade_turnover"]), np.array([2027, 2028])),
        (pd.Index(["trade_turnover"]), range(2027, 2029)),
        ((n for n in ["trade_turnover", "trade_turnover"]), pd.Series([2027, 2028])),
    ):
        pd.testing.assert_frame_equal(things.comparison.table(indicators, years), table)
    one = things.attribution.table("trade_exports", 2027)
    pd.testing.assert_frame_equal(things.attribution.table("trade_exports", np.int16(2027)), one)
    assert vj.trace("trade_exports", np.int64(2022)).equals(vj.trace("trade_exports", "2022"))


def datasets(things: Things) -> dict[str, Any]:
    """Return datasets that are no projections any more, and such that still are."""
    runs = things.few
    return {
        "mean over draws": runs.mean("draw"),
        "quantiles": runs.quantile([0.1, 0.9], "draw"),
        "one year": runs.sel(year=2027),
        "no years": runs.isel(year=[]),
        "no draws": runs.isel(draw=[]),
        "no scenario": runs.isel(scenario=[]),
        "one scenario": runs.isel(scenario=0),
        "scenario dropped": runs.isel(scenario=0, drop=True),
        "coordinate dropped": runs.drop_vars("year"),
        "transposed": runs.transpose("draw", "year", "scenario"),
        "renamed": runs.rename(year="time"),
        "other variable": runs.assign(mine=runs.trade_exports),
        "no variable": runs[[]],
        "text": runs.assign(trade_exports=runs.trade_exports.astype(str)),
        "twice": xr.concat([runs, runs], "scenario"),
        "effects": things.effects,
        "relative effects": things.comparison.effects(relative=True),
        "one indicator": runs[["trade_exports"]],
        "array": runs.trade_exports,
        **damaged_manifests(runs[list(ASKED)]),
        "empty": xr.Dataset(),
    }


def damaged_manifests(runs: xr.Dataset) -> dict[str, xr.Dataset]:
    """Return projections with manifests that are cut, or say something else."""
    whole = json.loads(str(runs.manifest.to_numpy()[0]))
    odd = [
        "{",
        "[]",
        "{}",
        '{"a": 1}',
        "5",
        "null",
        '"x"',
        json.dumps({**whole, "scenario": "weak_yen"}),
    ]
    odd += [json.dumps({**whole, key: None}) for key in ("chain", "title", "rests_on", "versions")]
    found = {
        f"manifest {text[:9]} {number}": runs.assign_coords(manifest=("scenario", [text, text]))
        for number, text in enumerate(odd)
    }
    bare = runs.drop_vars(COORDINATES).drop_attrs()
    return found | {
        f"attribute {text[:9]} {number}": bare.assign_attrs(manifests=text)
        for number, text in enumerate([*odd, '{"base": 5, "weak_yen": null}'])
    }


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::FutureWarning")
def test_other_datasets_give_a_result_or_an_error_with_a_remedy(things: Things) -> None:
    raw = []
    takers = {
        name: (function, right, taken)
        for name, (function, right) in calls(things).items()
        for taken in ("runs", "source", "effects", "scenarios")
        if taken in right
    }
    for kind, data in datasets(things).items():
        for name, (function, right, taken) in takers.items():
            more = {k: v for k, v in right.items() if k not in {*SHORT, "out"}}
            try:
                with charts.unchecked():
                    function(**{**more, taken: data})
            except VnjpSimError as error:
                assert_remedy(error)
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                raw.append(f"{name}({kind}): {type(error).__name__}: {error}")
    assert not raw, "\n".join(raw)


def test_two_files_of_one_name_are_refused_and_one_file_twice_is_taken_once(place: Path) -> None:
    text = "name: mine\ntitle: Mine\nextends: base\nlevers:\n  oda_commitments: "
    for folder, factor in (("a", 1.5), ("b", 2.0)):
        (place / folder).mkdir()
        lever = f"{{path: step, from: 2027, multiply: {factor}}}\n"
        (place / folder / "mine.yml").write_text(text + lever)
    files = [place / "a" / "mine.yml", place / "b" / "mine.yml"]
    for function in (vj.run, vj.compare):
        with pytest.raises(InputError, match="mine") as refused:
            function(files, **SHORT)
        assert_remedy(refused.value)
    assert vj.run([files[0], str(files[0])], **SHORT).sizes["scenario"] == 1
    assert vj.compare([files[0], files[0]], **SHORT).scenarios == ("mine",)


def test_an_unknown_keyword_is_an_error_of_python() -> None:
    with pytest.raises(TypeError, match=r"run\(\) takes no 'drws'; did you mean 'draws'"):
        vj.run("base", drws=5)  # type: ignore[call-arg]


def test_signatures_show_the_keyword_options() -> None:
    for function in (vj.run, vj.compare, vj.attribute, vj.link_losses, vj.uncertainty_budget):
        parameters = inspect.signature(function).parameters
        for name in inspect.get_annotations(Asked):
            assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
            assert name in {field.name for field in fields(Request)}
            assert f"{name}" in (function.__doc__ or "") or function is not vj.run


class OwnError(InputError):
    """A user's own kind of error."""


ERRORS = [
    InputError.single("file.yml", "is wrong — with a dash", "mend it", 3, 4),
    InputError([Refusal(Place("b", 2), "second", "mend"), Refusal(Place("a", 1), "first", "mend")]),
    OwnError.single("x", "is wrong", "mend it"),
    InputError([]),
    CalibrationGateError("a gate; a remedy"),
    EnvironmentFailureError("a disk; a remedy"),
    VnjpSimError("a defect"),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_errors_survive_pickle_and_copy(error: VnjpSimError) -> None:
    error.add_note("seen in a test")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def _refuse(draws: object) -> None:
    vj.run("base", draws=draws)  # type: ignore[arg-type]


def test_errors_come_back_from_another_process() -> None:
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(InputError, match="draws: 0 draws; give 1 to") as refused,
    ):
        pool.apply(_refuse, (0,))
    assert refused.value.refusals[0].remedy.startswith("give 1 to")


def test_threads_get_what_one_gets(things: Things, out: Path) -> None:
    def one(_: int) -> xr.Dataset:
        return vj.run(["base", "weak_yen"], out=out, **SHORT)

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(one, range(16)):
            xr.testing.assert_identical(found, things.runs)
