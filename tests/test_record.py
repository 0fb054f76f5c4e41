"""The record: what it keeps, how it scores, and what it says moved a projection."""

from __future__ import annotations

import json
import multiprocessing
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import outcome
from made import figure
from numpy.typing import NDArray
from openpyxl import load_workbook
from scipy.special import ndtr
from scipy.stats import kstest

import vnjp_sim as vj
from vnjp_sim.analysis.moves import Later, Move, move_of
from vnjp_sim.calibration.observation_model import log_likelihood
from vnjp_sim.calibration.partial import Partial
from vnjp_sim.calibration.planning import document_error
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.scoring import record_scores
from vnjp_sim.scoring.record_scores import EARLY, NOT_LATER, ScoredFigure, scored_figures
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.record_entry import (
    KEY,
    add_entry,
    keys_of,
    model_of_entry,
    scenario_to_record,
)
from vnjp_sim.simulation.request import Options
from vnjp_sim.storage.record_entries import (
    StoredEntry,
    list_entries,
    read_draws,
    to_four_digits,
    write_entry,
)

FloatArray = NDArray[np.float64]
START, END, DRAWS = 2024, 2040, 1_000
DAY = "2026-01-31"


def hand_made(
    model: Model, folder: Path, arrays: Mapping[str, FloatArray], name: str = "one"
) -> tuple[StoredEntry, bool]:
    """Store draws (year, draw) from 2024 on as an entry that knew what a model knows."""
    years, draws = next(iter(arrays.values())).shape
    content = {"name": "base", "horizon": [START, START + years - 1]}
    manifest = {
        **dict.fromkeys(("run", "calibration", "seed"), "made"),
        "scenario": content,
        "title": "Made",
        "chain": ["base"],
        "draws": draws,
        "seed": 1,
        "day": DAY,
        "added": f"{DAY}T00:00:00+00:00",
        "as_of": None,
        "evidence": "documents",
        "documents": sorted(model.evidence.documents),
        "versions": {"vnjp-sim": "0"},
    }
    units = {n: {"units": model.registry.indicators[n].unit} for n in arrays}
    known = [
        {**dict(zip(KEY, o.key, strict=True)), "use": o.use} for o in model.evidence.observations
    ]
    return write_entry(folder, name, manifest, START, arrays, units, known)


def with_figures(
    model: Model, figures: list[Observation], published: str = DAY, reliability: str = "high"
) -> Model:
    """Return a model that knows figures of a further document, `made`."""
    evidence, about = model.evidence, {"published": published, "reliability": reliability}
    made = evidence.documents["press_2023"].model_copy(update=about)
    rows = (*evidence.observations, *figures)
    documents = {**evidence.documents, "made": made}
    return replace(model, evidence=replace(evidence, documents=documents, observations=rows))


def scored(
    entry: StoredEntry, model: Model, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[ScoredFigure], Counter[str]]:
    """Score the figures of `made` documents alone, with a model in place of the folder's."""
    monkeypatch.setattr(record_scores, "load_model", lambda _folder: model)
    left_out: Counter[str] = Counter()
    found = scored_figures(entry, left_out)
    return [one for one in found if one.figure.document == "made"], left_out


def lognormal(median: float, spread: float, draws: int = DRAWS) -> FloatArray:
    scores = np.random.default_rng(3).standard_normal((END - START + 1, draws))
    return np.asarray(median * np.exp(spread * scores))


def test_numbers_are_kept_to_four_digits() -> None:
    values = np.exp(np.random.default_rng(1).uniform(-20.0, 20.0, 10_000))
    assert np.abs(to_four_digits(values) / values - 1.0).max() < 2.0**-12.9
    whole = np.append(np.arange(8_192.0), [np.nan, -3.0])
    assert np.array_equal(to_four_digits(whole), whole, equal_nan=True)


def test_an_entry_reads_as_it_was_written(shipped_model: Model, tmp_path: Path) -> None:
    values = lognormal(50.0, 0.1)
    values[0] = np.nan
    entry, new = hand_made(shipped_model, tmp_path, {"trade_turnover": values})
    assert new
    assert list_entries(tmp_path) == [entry]
    assert np.array_equal(
        read_draws(entry)["trade_turnover"], to_four_digits(values), equal_nan=True
    )
    known = model_of_entry(entry)
    assert known.evidence.observations == shipped_model.evidence.observations


def write_at_once(model: Model, folder: Path, turn: int, gate: Any, told: Any) -> None:
    values = {"trade_turnover": lognormal(50.0 + turn, 0.1)}
    gate.wait()
    told.put(hand_made(model, folder, values)[1])


def test_of_two_processes_one_writes(shipped_model: Model, tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    gate, told = fork.Barrier(2), fork.Queue()
    words = [(shipped_model, tmp_path, turn, gate, told) for turn in range(2)]
    processes = [fork.Process(target=write_at_once, args=each) for each in words]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert sorted(told.get() for _ in processes) == [False, True]
    (entry,) = list_entries(tmp_path)
    before = (entry.folder / "manifest.json").read_bytes()
    assert hand_made(shipped_model, tmp_path, {"trade_turnover": lognormal(1.0, 0.1)}) == (
        entry,
        False,
    )
    assert (entry.folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("file", ["manifest.json", "draws.nc", "figures.csv"])
def test_damage_is_told(file: str, shipped_model: Model, tmp_path: Path) -> None:
    entry, _ = hand_made(shipped_model, tmp_path, {"trade_turnover": lognormal(50.0, 0.1)})
    content = (entry.folder / file).read_bytes()
    (entry.folder / file).write_bytes(content.replace(b"2024", b"2023"))
    if content == (entry.folder / file).read_bytes():
        (entry.folder / file).write_bytes(content[:-1])
    with pytest.raises(vj.EnvironmentFailureError, match=f"{file} has changed"):
        vj.record(tmp_path).entries()
    (entry.folder / file).unlink()
    with pytest.raises(vj.EnvironmentFailureError, match=f"{file} is missing"):
        vj.record(tmp_path).score()


def test_scores_are_those_of_a_normal(
    shipped_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draws and the error of the document add; PIT and CRPS of a normal are known."""
    error = document_error("low", shipped_model.parameters)
    spread, off = 0.02, 0.03
    values = {"trade_turnover": lognormal(50.0, spread, 10_000)}
    entry, _ = hand_made(shipped_model, tmp_path, values)
    came = figure("trade_turnover", "2028", 50.0 * np.exp(off), 1e-6, document="made")
    low = with_figures(shipped_model, [came], reliability="low")
    (one,), _ = scored(entry, low, monkeypatch)
    total = float(np.hypot(spread, error))
    z = off / total
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    crps = total * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    assert one.model.pit == pytest.approx(ndtr(z), abs=0.01)
    assert one.model.crps == pytest.approx(crps, rel=0.03)
    assert one.median == pytest.approx(50.0, rel=0.002)
    assert np.log(one.high / one.low) == pytest.approx(2.0 * 1.645 * total, rel=0.03)


@pytest.mark.parametrize(
    ("moved", "wide", "even"), [(0.0, 1.0, True), (0.4, 1.0, False), (0.0, 0.6, False)]
)
def test_pit_is_even_where_the_draws_are_right(
    moved: float,
    wide: float,
    even: bool,
    shipped_model: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 156 planted figures; it shows draws off by 0.4 of their spread, or too narrow by 0.4."""
    names = ["trade_turnover", "trade_exports", "trade_imports", "investment_stock"]
    names += ["investment_flow", "people_visitors", "people_students", "investment_projects"]
    names += ["macro_vn_gdp_usd", "macro_jpy_per_usd", "people_learners", "people_residents"]
    rng = np.random.default_rng(8)
    years, spread = range(2028, END + 1), 0.3
    truth = {n: 50.0 * np.exp(spread * rng.standard_normal(END - START + 1)) for n in names}
    arrays = {
        n: 50.0 * np.exp(spread * (moved + wide * rng.standard_normal((END - START + 1, 400))))
        for n in names
    }
    entry, _ = hand_made(shipped_model, tmp_path, arrays)
    came = [
        figure(n, str(year), float(truth[n][year - START]), 1e-6, document="made")
        for n in names
        for year in years
    ]
    found, _ = scored(entry, with_figures(shipped_model, came), monkeypatch)
    assert len(found) > 0.9 * len(came)
    chance = kstest([one.model.pit for one in found], "uniform").pvalue
    assert (chance > 0.01) == even, chance


def test_what_was_known_is_not_scored(
    shipped_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = figure("trade_turnover", "2027", 50.0, 1.0, document="made", lines=(1,))
    new = figure("trade_turnover", "2028", 55.0, 1.0, document="made", lines=(2,))
    values = {"trade_turnover": lognormal(50.0, 0.1)}
    entry, _ = hand_made(with_figures(shipped_model, [old]), tmp_path, values)
    both = with_figures(shipped_model, [old, new])
    found, _ = scored(entry, both, monkeypatch)
    assert [one.figure for one in found] == [new]
    early, left_out = scored(entry, with_figures(shipped_model, [new], "2026-01-30"), monkeypatch)
    assert not early
    assert left_out[EARLY] == 1
    assert old.key in keys_of(entry)
    assert new.key not in keys_of(entry)
    assert all(o.key != new.key for o in model_of_entry(entry).evidence.observations)
    within = figure("trade_turnover", "2026", 50.0, 1.0, document="made")
    monkeypatch.setattr(
        record_scores, "model_of_entry", lambda *_: with_figures(shipped_model, [old])
    )
    none, left_out = scored(entry, with_figures(shipped_model, [within]), monkeypatch)
    assert not none
    assert left_out[NOT_LATER] >= 1


@pytest.fixture(scope="module")
def kept(
    shipped_model: Model, posterior: vj.Posterior, tmp_path_factory: pytest.TempPathFactory
) -> StoredEntry:
    """The baseline of today as an entry."""
    options = Options(draws=DRAWS, end=2032)
    projector = Projector(posterior, shipped_model, options)
    scenario = scenario_to_record("base", shipped_model, options)
    record = tmp_path_factory.mktemp("records") / "record"
    entry, new = add_entry(projector, scenario, record)
    assert new
    assert add_entry(projector, scenario, record) == (entry, False)
    return entry


@pytest.fixture(scope="module")
def planted(shipped_model: Model) -> tuple[Observation, Model]:
    """A figure of a group that is calibrated quickly, and the model that knows it."""
    came = figure(
        "people_visitors", "2025", 1_000_000.0, 100_000.0, document="made", unit="persons"
    )
    return came, with_figures(shipped_model, [came])


@pytest.fixture(scope="module")
def move(
    kept: StoredEntry,
    planted: tuple[Observation, Model],
    posterior: vj.Posterior,
) -> Move:
    later = planted[1]
    whole = Partial(posterior, later.evidence, later.parameters)
    group = next(g for g in whole.plan.groups if g.name == "people_visitors")
    after = whole.without(group, (), posterior)
    assert after is not None
    places: Any = {"models": None, "out": Path("nowhere"), "progress": QUIET, "each": True}
    return move_of(kept, Later(later, after, "later"), "people_visitors", 2030, **places)


def test_a_move_shows_itself(move: Move, tmp_path: Path) -> None:
    assert "people_visitors 2025" in move.table()["figures"][0]
    assert "wider" in repr(move) or "narrower" in repr(move)
    assert move.finding in move._repr_html_()
    book = load_workbook(move.to_excel(tmp_path / "move.xlsx"))
    _, row, *_ = book.active.iter_rows(values_only=True)
    assert row[1].date() == date(2026, 1, 31)
    assert row[4] == move.steps[0].change


def test_a_figure_moves_what_it_bears_on(move: Move, planted: tuple[Observation, Model]) -> None:
    """Without it the group is calibrated as it was, to the last bit: there is no other step."""
    assert [step.figures for step in move.steps] == [(planted[0],)]
    assert sum(step.change for step in move.steps) == pytest.approx(move.change, rel=1e-9)
    assert move.steps[0].published == date(2026, 1, 31)
    assert move.after != move.before


def test_weights_of_the_earlier_draws_say_the_same(
    move: Move, kept: StoredEntry, planted: tuple[Observation, Model]
) -> None:
    """The likelihood of the figure weighs the draws of the entry: no calibration at all."""
    came, model = planted
    draws = read_draws(kept, ["people_visitors"])["people_visitors"]
    first = int(kept.manifest["first"])
    error = document_error(model.evidence.documents["made"].reliability, model.parameters)
    weights = np.exp(log_likelihood(came, draws[2025 - first], error))
    assert weights.sum() ** 2 / (weights**2).sum() > 60
    order = np.argsort(answer := draws[2030 - first])
    cumulated = np.cumsum(weights[order]) / weights.sum()
    weighted = answer[order][np.searchsorted(cumulated, [0.05, 0.5, 0.95])]
    found = [move.after.low, move.after.median, move.after.high]
    assert np.log(weighted / found) == pytest.approx(0.0, abs=0.12)


def test_picture_and_card_show_entries_and_figures(shipped_model: Model, tmp_path: Path) -> None:
    values = {"trade_turnover": lognormal(50.0, 0.1)}
    for name in ("one", "other"):
        hand_made(shipped_model, tmp_path, values, name)
    record = vj.record(tmp_path)
    chart = record.plot("trade_turnover", years=range(2015, 2031)).to_dict()
    assert "49.9 as projected" in chart["title"]["text"][0]
    rows = [row for data in chart["datasets"].values() for row in data]
    assert {row["period"] for row in rows if "used" in row} >= {"2022", "2023-01/2023-11", "2024"}
    assert {row["used"] for row in rows if "used" in row} == {"calibrated on"}
    assert {row["x"] for row in rows if row.get("text")} == {2030.5}
    with pytest.raises(vj.InputError, match="in no entry"):
        record.plot("labour_stock")
    assert "2 entries" in record._repr_html_()
    assert repr(record).startswith("<Record: 2 entries in")


@pytest.mark.usefixtures("plain_terminal")
def test_commands_print_what_python_gives(kept: StoredEntry, own_out: Path) -> None:
    folder = str(kept.folder.parent)
    record = vj.record(folder, out=own_out)
    status, text, error = outcome(["record", "list", "--record", folder])
    assert (status, error) == (0, "")
    assert kept.entry[:8] in text
    assert list(record.entries()["entry"]) == [kept.entry]
    status, text, error = outcome(["record", "score", "--record", folder, "--json"])
    assert (status, error) == (0, "")
    assert json.loads(text)["figures"] == []
    assert "No figure" in record.score().finding
    words = ["record", "moved", "--record", folder, "--out", str(own_out), "--json"]
    status, text, error = outcome(words)
    assert (status, error) == (0, "")
    rows = json.loads(text)
    assert {row["change"] for row in rows if row["before"]} == {0.0} or max(
        abs(row["percent"]) for row in rows if row["percent"] is not None
    ) < 0.02  # to the digits that are kept


def test_python_and_the_command_add_the_same_entry(own_out: Path, tmp_path: Path) -> None:
    done: list[int] = []
    record = vj.Record(tmp_path / "record", out=own_out, progress=Progress(projecting=done.append))
    (row,) = record.add("base", draws=300, seed=7, horizon=(2025, 2030)).to_dict("records")
    assert (row["draws"], row["seed"], row["last_year"], row["new"]) == (300, 7, 2030, True)
    assert sum(done) == 300
    words = ["--draws", "300", "--seed", "7", "--horizon", "2025:2030", "--out", str(own_out)]
    status, text, error = outcome(
        ["record", "add", *words, "--record", str(record.folder), "--json"]
    )
    assert (status, error) == (0, "")
    assert json.loads(text) == [{**row, "new": False}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--record", "{}/manifest.json"], "is a file, not a folder"),
        (["score", "--record", "nowhere"], "holds no entry"),
        (["score", "--record", "{}/..", "--entry", "zzz"], "is no entry"),
        (["score", "--record", "{}/..", "trade_turnovr"], "did you mean 'trade_turnover'"),
        (["score", "--record", "{}/..", "--chart", "a.png"], "draws one indicator"),
        (["moved", "--record", "{}/..", "--year", "2035"], "is not projected by both"),
        (["moved", "--record", "{}/..", "--each"], "without an indicator"),
        (["add", "--record", "{}/manifest.json"], "is a file, not a folder"),
        (["add", "--draws", "20000", "--out", "{out}"], "too many for an entry"),
    ],
)
def test_what_cannot_be_asked(
    words: list[str], said: str, kept: StoredEntry, own_out: Path
) -> None:
    filled = [w.replace("{out}", str(own_out)).replace("{}", str(kept.folder)) for w in words]
    if words[0] == "moved":
        filled += ["--out", str(own_out)]
    status, _, error = outcome(["record", *filled])
    assert status == 2
    assert said in " ".join(error.split())
