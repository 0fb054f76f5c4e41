"""Sweeps: points are single runs, chosen as the design says; interruptions change nothing."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from commands import outcome
from scipy.stats import qmc

import vnjp_sim as vj
from vnjp_sim.analysis import sweep as sweeps
from vnjp_sim.analysis.sweep import PARTS, POINTS, SWEEP, Sweep, plan_sweep, run_sweep
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.progress import Progress
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summaries import summarise

DRAWS = 8
SHORT = {"draws": DRAWS, "horizon": (2025, 2031)}
OPTIONS = Options(DRAWS, start=2025, end=2031)
AID = "lever: oda_commitments, path: ramp, from: 2026, to: 2030, multiply:"
TRAINEES = "lever: labour_trainee_intake, path: step, from: 2027, multiply:"
YEN = "lever: macro_jpy_per_usd, path: pulse, from: 2027, to: 2028, multiply: [0.8, 1.2]"


def design(*axes: str, method: str = "grid", more: str = "", scenario: str = "base") -> str:
    lines = "".join(f"  - {{{axis}}}\n" for axis in axes)
    head = f"name: trial\ntitle: A trial\nscenario: {scenario}\nmethod: {method}\n"
    return f"{head}{more}axes:\n{lines}"


TWO_LEVERS = design(f"{AID} [1.0, 2.5], steps: 2", f"{TRAINEES} {{values: [0.5, 1, 2]}}")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write a design file into the current folder, which is empty."""
    monkeypatch.chdir(tmp_path)

    def written(text: str) -> Path:
        Path("trial.yml").write_text(text, encoding="utf-8")
        return Path("trial.yml")

    return written


@pytest.fixture
def plan(write: Callable[[str], Path], shipped_model: Model) -> Callable[[str], Sweep]:
    """Read and check a design."""
    return lambda text: plan_sweep(write(text), shipped_model, OPTIONS)


def test_points_of_a_grid_are_single_runs(
    write: Callable[[str], Path], own_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "CHUNK_POINTS", 4)
    file = write(TWO_LEVERS + "keep: draws\n")
    drawn = vj.sweep(file, out=own_out, **SHORT)
    assert drawn["trade_exports"].dims == ("point", "year", "draw")
    aid, trainees = drawn["oda_commitments_multiply"], drawn["labour_trainee_intake_multiply"]
    assert aid.values.tolist() == [1.0, 1.0, 1.0, 2.5, 2.5, 2.5]
    assert trainees.values.tolist() == [0.5, 1.0, 2.0, 0.5, 1.0, 2.0]
    kept = vj.sweep(write(TWO_LEVERS), out=own_out, as_cube=True, **SHORT)
    assert kept["trade_exports"].sizes == {aid.name: 2, trainees.name: 3, "year": 7, "quantile": 7}
    for point in (0, 5):
        steered = {"a": float(aid[point]), "t": float(trainees[point])}
        levers = f"  {AID} {steered['a']}}}\n  {TRAINEES} {steered['t']}}}\n"
        levers = levers.replace("lever: ", "").replace(", path", ": {path")
        text = f"name: single_{point}\ntitle: One\nextends: base\nlevers:\n{levers}"
        Path(f"single_{point}.yml").write_text(text, encoding="utf-8")
        run = vj.run(f"single_{point}.yml", out=own_out, **SHORT).isel(scenario=0)
        assert set(run.data_vars) == set(drawn.data_vars) == set(kept.data_vars)
        arrays = {str(name): values.to_numpy() for name, values in run.items()}
        for name, values in arrays.items():
            assert np.array_equal(drawn[name][point].to_numpy(), values), name
        cell = kept.sel({aid.name: steered["a"], trainees.name: steered["t"]})
        for s in summarise(arrays, 2025):
            expected = (s.mean, s.sd, *s.quantiles)
            found = cell[s.indicator].sel(year=s.year, quantile=["mean", "sd", *QUANTILES])
            assert np.array_equal(found.to_numpy(), expected, equal_nan=True), s


@pytest.mark.parametrize("method", ["sobol", "latin_hypercube"])
def test_sampled_points_are_those_of_scipy(plan: Callable[[str], Sweep], method: str) -> None:
    axes = (f"{AID} [1, 3]", YEN, "parameter: oda_depreciation, fixed: [0.01, 0.05]")
    text = design(*axes, method=method, more="points: 16\nseed: 7\n")
    sampler = {"sobol": qmc.Sobol, "latin_hypercube": qmc.LatinHypercube}[method]
    low, high = [1.0, 0.8, 0.01], [3.0, 1.2, 0.05]
    expected = qmc.scale(sampler(3, seed=7).random(16), low, high)
    values = plan(text).values
    assert np.array_equal(values, expected)
    assert ((values >= low) & (values <= high)).all()
    assert not np.array_equal(plan(text.replace("seed: 7", "seed: 8")).values, values)


def test_a_range_of_whole_numbers_holds_whole_numbers(plan: Callable[[str], Sweep]) -> None:
    order = "event: vessel_order, on: 2027-10-01, count: [1, 4]"
    assert plan(design(order)).values[:, 0].tolist() == [1, 2, 3, 4]
    sampled = plan(design(order, method="latin_hypercube", more="points: 8\n")).values
    assert sorted(sampled[:, 0]) == [1, 1, 2, 2, 3, 3, 4, 4]


def test_an_event_and_a_parameter_move_what_they_should(
    write: Callable[[str], Path], plan: Callable[[str], Sweep], own_out: Path
) -> None:
    grant = "event: osa_grant, on: 2026-10-01, amount: {values: [0.5, 2]}"
    ceiling = "parameter: labour_demand_ceiling, median: {values: [450000, 1600000]}"
    text = design(grant, ceiling, scenario="osa_framework")
    points = plan(text).points
    assert [[e.amount("amount") for e in p.events if e.type == "osa_grant"] for p in points] == [
        *[[0.5]] * 2,  # the grant of the scenario itself has gone
        *[[2.0]] * 2,
    ]
    own = [e.type for e in vj.scenario("osa_framework").events]
    assert "vessel_order" in own
    assert all(sorted(e.type for e in p.events) == sorted(own) for p in points)
    assert all(p.baseline and p.baseline.name == "base" for p in points)
    prior = points[0].parameters["labour_demand_ceiling"].lognormal
    assert prior is not None
    assert (prior.median, prior.sigma) == (450_000, 0.25)
    swept = vj.sweep(write(text + "keep: draws\n"), out=own_out, **SHORT)
    osa, workers = (swept[n].to_numpy() for n in ("security_osa_grants", "labour_stock"))
    assert np.array_equal(osa[0], osa[1])
    assert np.allclose((osa[2] - osa[0])[swept["year"].to_numpy() == 2026], 1.5)
    assert not np.array_equal(workers[0], workers[1])
    assert np.array_equal(workers[0], workers[2])
    assert swept["osa_grant_amount"].attrs["units"] == "JPY bn"
    assert "prior" not in swept["labour_demand_ceiling_median"].attrs["long_name"]


def test_two_fields_of_an_event(plan: Callable[[str], Sweep]) -> None:
    tension = "event: maritime_tension, on: 2027-10-01"
    axes = (f"{tension}, trade: {{values: [10, 20]}}, years: 2", f"{tension}, investment: [5, 30]")
    points = plan(design(axes[0], f"{axes[1]}, steps: 2")).points
    assert [dict(point.events[0].amounts) for point in points] == [
        {"trade": t, "investment": i, "years": 2.0} for t in (10.0, 20.0) for i in (5.0, 30.0)
    ]


class StoppedError(Exception):
    """Stands for a kill."""


def stopping_at(call: int) -> Progress:
    """Stop before a chunk is stored: the chunk of the call of that number."""
    calls = itertools.count(1)

    def stop(_draws: int) -> None:
        if next(calls) == call:
            raise StoppedError

    return Progress(projecting=stop)


def test_an_interrupted_sweep_goes_on(
    plan: Callable[[str], Sweep],
    own_out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeps, "CHUNK_POINTS", 2)
    planned = plan(TWO_LEVERS + "indicators: [oda_commitments, labour_trainees, trade_exports]\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "calibration").symlink_to(own_out / "calibration")
    whole = run_sweep(planned, own_out)
    assert not whole.reused
    with pytest.raises(StoppedError):
        run_sweep(planned, tmp_path / "other", stopping_at(2))
    (parts,) = (tmp_path / "other").glob(f"sweep-trial/*{PARTS}")
    first = parts / "000000.npz"
    assert list(parts.iterdir()) == [first]
    before = first.stat().st_mtime_ns
    with pytest.raises(StoppedError):
        run_sweep(planned, tmp_path / "other", stopping_at(3))
    assert (len(list(parts.iterdir())), first.stat().st_mtime_ns) == (2, before)
    content = first.read_bytes()
    first.write_bytes(content[:2_000] + bytes([content[2_000] ^ 1]) + content[2_001:])
    resumed = run_sweep(planned, tmp_path / "other")
    assert not parts.exists()
    for name in (SWEEP, POINTS):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    assert run_sweep(planned, tmp_path / "other").reused
    with (resumed.folder / POINTS).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["oda_commitments_multiply"]) for row in rows] == planned.values[:, 0].tolist()


LEVER = "lever: oda_commitments, path: step, from: 2026, multiply:"
REFUSED: dict[str, tuple[str, str]] = {
    "an unknown lever": (
        design(f"{LEVER} [1, 2], steps: 2".replace("commit", "comit")),
        "trial.yml:6:6: unknown lever 'oda_comitments'; did you mean 'oda_commitments'?",
    ),
    "a range outside that of the lever": (
        design(f"{LEVER} [1, 20], steps: 2"),
        "trial.yml:6:54: lever 'oda_commitments': multiply 20 is out of range; stay within 0 to 10",
    ),
    "a path without values": (
        design(LEVER.removesuffix(", multiply:")),
        (
            "trial.yml:6:5: has no values to take; give multiply or add or set or at_least or "
            "at_most a range: [lowest, highest] or {values: [first, second]}"
        ),
    ),
    "a range of a grid without steps": (
        design(f"{LEVER} [1, 2]"),
        (
            "trial.yml:6:54: the range of 'oda_commitments_multiply' has no 'steps', which a grid "
            "needs; say how many values, such as steps: 5, or write multiply: {values: …}"
        ),
    ),
    "too many points of a grid": (
        design(f"{LEVER} [1, 2], steps: 1000", f"{TRAINEES} [1, 2], steps: 500"),
        (
            "trial.yml:5:1: the grid has 500,000 points, more than 100,000; "
            "give fewer values or steps, or sample the axes with method: sobol"
        ),
    ),
    "too many sampled points": (
        design(f"{LEVER} [1, 2]", method="latin_hypercube", more="points: 200000\n"),
        "trial.yml:5:1: 'points' is 200000; give at most 100000",
    ),
    "too many bytes": (
        design(f"{LEVER} [1, 2]", method="latin_hypercube", more="points: 90000\nkeep: draws\n"),
        (
            "trial.yml:5:1: 90,000 points with COUNT indicators of 7 years would take SIZE GB, "
            "more than 4 GB; ask for fewer draws, fewer points, or fewer 'indicators', or keep: "
            "quantiles"
        ),
    ),
    "points of a Sobol sequence that are no power of two": (
        design(f"{LEVER} [1, 2]", method="sobol", more="points: 100\n"),
        (
            "trial.yml:5:1: a Sobol sequence of 100 points is not balanced; "
            "give a power of two, 64 or 128"
        ),
    ),
    "a seed of a grid": (
        design(f"{LEVER} {{values: [1, 2]}}", more="seed: 3\n"),
        (
            "trial.yml:5:1: a grid takes no 'seed'; "
            "leave it out, or choose method: latin_hypercube or sobol"
        ),
    ),
    "an axis over nothing": (
        design("levr: oda_commitments"),
        "trial.yml:6:6: unknown key 'levr'; did you mean 'lever'?",
    ),
    "an event without its other fields": (
        design("event: demand_shock, on: 2027-10-01, percent: {values: [5, 10]}"),
        (
            "trial.yml:6:6: a demand_shock needs 'recovery'; "
            "half-life of the loss after these months, years"
        ),
    ),
    "grants above their ceiling at a point": (
        design("event: osa_grant, on: 2026-10-01, amount: {values: [1, 50]}"),
        (
            "trial.yml:6:40: point 1: security grants of fiscal 2026 sum to JPY 50 bn, above the "
            "programme's size of about JPY 3 bn; grant less, or enlarge the programme with the "
            "lever security_osa_budget"
        ),
    ),
    "an event in history": (
        design("event: osa_grant, on: 2025-10-01, amount: {values: [1, 2]}"),
        (
            "trial.yml:6:24: the osa_grant happens in 2025, but the figures reach to 2025; "
            "begin in 2026 or later"
        ),
    ),
    "a parameter that figures calibrate": (
        design("parameter: trade_turnover.volatility, fixed: {values: [1, 2]}"),
        (
            "trial.yml:6:6: 'trade_turnover.volatility' is calibrated on figures and cannot be "
            "replaced in a scenario; change it in a models folder of your own and name that with "
            "--models"
        ),
    ),
    "a median of what is fixed": (
        design("parameter: oda_disbursement_shape, median: {values: [1, 2]}"),
        (
            "trial.yml:6:41: 'oda_disbursement_shape' is fixed at 2.6 and has no median; "
            "vary 'fixed' instead"
        ),
    ),
    "two axes over one lever": (
        design(f"{LEVER} {{values: [1, 2]}}", f"{LEVER} {{values: [3, 4]}}"),
        "trial.yml:7:6: two axes state the lever 'oda_commitments'; keep one of them",
    ),
    "two axes over one number of an event": (
        design(
            "event: osa_grant, on: 2026-10-01, amount: {values: [1, 2]}",
            "event: osa_grant, on: 2026-10-01, amount: {values: [1, 3]}, name: other",
        ),
        "trial.yml:7:6: two axes state 'amount' of the osa_grant on 2026-10-01; keep one of them",
    ),
    "the name of an indicator": (
        design(f"{LEVER} {{values: [1, 2]}}, name: trade_exports"),
        (
            "trial.yml:6:82: the name 'trade_exports' of the axis is taken; "
            "give the axis another with 'name'"
        ),
    ),
    "an unknown scenario": (
        design(f"{LEVER} {{values: [1, 2]}}", scenario="bsae"),
        "trial.yml:3:1: 'bsae': no such scenario; give a YAML file, or did you mean 'base'?",
    ),
    "an unknown indicator": (
        design(f"{LEVER} {{values: [1, 2]}}", more="indicators: [trade_exprts]\n"),
        "trial.yml:5:14: unknown indicator 'trade_exprts'; did you mean 'trade_exports'?",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(plan: Callable[[str], Sweep], case: str, shipped_model: Model) -> None:
    text, message = REFUSED[case]
    count = len(shipped_model.registry.indicators)
    size = f"{90_000 * count * 7 * 64 / 1e9:.1f}"
    message = message.replace("COUNT", str(count)).replace("SIZE", size)
    with pytest.raises(InputError) as caught:
        plan(text)
    assert caught.value.typed == message


def test_a_refused_design_writes_nothing(write: Callable[[str], Path]) -> None:
    write(design(f"{LEVER} [1, 20], steps: 2"))
    status, out, err = outcome(["sweep", "trial.yml", "--out", "there"])
    assert (status, out) == (2, "")
    assert "trial.yml:6:54" in err
    assert not Path("there").exists()
    write(design(f"{LEVER} [1, 2]", method="sobol", more="points: 4\n"))
    with pytest.raises(InputError, match="the points of a sobol make no cube; choose method: grid"):
        vj.sweep("trial.yml", as_cube=True, out="there")
    assert not Path("there").exists()


def test_the_design_of_the_page_on_sweeps(repository: Path, plan: Callable[[str], Sweep]) -> None:
    page = (repository / "docs" / "sweeps.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(plan(text).points) == 64


@pytest.mark.usefixtures("plain_terminal")
def test_the_shipped_design_in_a_terminal(
    repository: Path, own_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    Path("results").symlink_to(own_out)
    file = repository / "docs" / "designs" / "aid_and_labour.yml"
    words = ["sweep", str(file), "--draws", "20", "--horizon", "2025:2030"]
    status, text, err = outcome(words)
    assert (status, err) == (0, "")
    assert "and 12 more points\n" in text
    assert max(map(len, text.splitlines())) <= 80
    status, again, _ = outcome([*words, "--json"])
    told = json.loads(again)
    assert (status, told["reused"], told["points"]) == (0, True, 20)
    stored = xr.load_dataset(Path(told["folder"]) / SWEEP)
    assert stored.sizes == {"point": 20, "year": 6, "quantile": 7}
    assert stored["oda_commitments"].attrs["units"] == "JPY bn"
