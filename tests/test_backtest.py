"""The past forecast from what had been published before it, against baselines.

The full size (thousands of made-up series) runs with

    python -m pytest -m backtest --full --processes 2
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from made import prior
from numpy.typing import NDArray

from vnjp_sim.calibration import calibrate
from vnjp_sim.calibration.evaluation import Question
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.cli import commands
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.scoring import backtest, baselines, synthetic_skill
from vnjp_sim.scoring.levels import date_of, history_of, is_level, path_of, reading, spread_of
from vnjp_sim.scoring.origins import (
    NOT_LATER,
    baseline_forecasts,
    later_figures,
    model_forecast,
    origins_of,
)
from vnjp_sim.scoring.scores import (
    MODEL,
    Scored,
    binomial_band,
    differences,
    inside,
    pool,
    score,
)
from vnjp_sim.scoring.synthetic import FEWEST, GENERATORS, LEADS, MOST, growth_laws, make_series
from vnjp_sim.simulation.ensemble import Batch, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]

pytestmark = pytest.mark.backtest

SMALL, FULL, FULL_OWN = 24, 300, 1_000
WORST = 1.05
LEAST_COVERAGE = {"own": 0.78, "break": 0.65, "walk": 0.65}
"""What 80 % bands hold at least, of truths that laws foreign to the model make: about 0.71 of 180
cases each. In every run, of few series, it is 0.15 less: bands half as wide as they are would hold
0.45 and be found with a chance of 0.9 (72 cases, three of a series)."""
ORIGIN = date(2025, 4, 26)
NEXT_YEAR = Question(("trade_turnover",), parse_period("2024"))
STOCK = Question(("investment_stock",), parse_period("2025-03"))


# ---------------------------------------------------------------------- scores


def test_scores_are_those_of_the_formulas() -> None:
    from scipy.special import ndtri
    from scoringrules import crps_normal

    draws = 2.0 + 0.3 * ndtri((np.arange(4_000) + 0.5) / 4_000)
    one = score("s", "c", MODEL, draws, 2.2, 0.1)
    assert one.crps == pytest.approx(float(crps_normal(2.2, 2.0, 0.3)), rel=1e-3)
    assert one.error == pytest.approx(0.2, abs=1e-3)
    assert one.pit == pytest.approx(0.7475, abs=1e-3)  # Φ(2 / 3)
    width = 2.0 * 0.3 * 1.2816
    assert one.interval_score == pytest.approx(width, rel=1e-3)  # the truth lies inside
    far = score("s", "c", MODEL, draws, 3.0, 0.1)
    assert far.interval_score == pytest.approx(
        width + 2.0 / 0.2 * (3.0 - 2.0 - width / 2.0), rel=1e-3
    )


def test_pooling_and_differences_count_series_not_cases() -> None:
    scored = [
        Scored(series, case, method, crps, 0.2, error, 0.1, pit)
        for method, shift in ((MODEL, 0.0), ("naive", 0.1))
        for series, case, crps, error, pit in (
            ("a", "1", 0.1 + shift, 0.1, 0.05),
            ("a", "2", 0.2 + shift, 0.2, 0.5),
            ("b", "1", 0.3 + shift, 0.3, 0.95),
        )
    ]
    pooled = pool(scored)[MODEL]
    assert (pooled.cases, pooled.series) == (3, 2)
    assert pooled.crps == pytest.approx(0.2)
    assert pooled.mase == pytest.approx(0.6 / 0.3)
    assert pooled.coverage == {
        0.5: pytest.approx(1 / 3),
        0.8: pytest.approx(1 / 3),
        0.9: 1,
        0.95: 1,
    }
    (gap,) = differences(scored)
    assert (gap.mean, gap.low, gap.high) == pytest.approx((-0.1, -0.1, -0.1))
    assert gap.verdict == "better"


def test_verdict_is_open_where_the_interval_holds_zero() -> None:
    rows = [("a", 0.1, 0.2), ("b", 0.2, 0.1), ("c", 0.1, 0.15)]
    scored = [
        Scored(series, "1", method, crps, 0.0, 0.0, 1.0, 0.5)
        for series, model, naive in rows
        for method, crps in ((MODEL, model), ("naive", naive))
    ]
    (gap,) = differences(scored)
    assert gap.verdict == "open"


def test_binomial_band_and_central_intervals() -> None:
    assert binomial_band(10, 0.8) == (5, 10)
    assert inside(np.array([0.09, 0.11, 0.5, 0.91]), 0.8).tolist() == [False, True, True, False]


# ---------------------------------------------------------------------- baselines


BASELINES = ("naive", "drift", "damped", "theta", "prior")
LAW = GrowthLaw(
    law="growth",
    initial_growth=prior(normal={"mean": 0.08, "sd": 0.05}),
    long_run_growth=prior(normal={"mean": 0.02, "sd": 0.015}),
    half_life=prior(lognormal={"median": 5.0, "sigma": 0.5}),
    volatility=prior(fixed=0.1),
)


def history(levels: list[float], times: list[float], spread: float = 0.1) -> baselines.History:
    return baselines.History(np.array(times), np.array(levels), spread)


def centres(seen: baselines.History, leads: list[float]) -> dict[str, FloatArray]:
    found = baselines.forecasts(seen, leads)
    return {name: np.median(draws, axis=1) for name, draws in found.items()}


def test_centres_on_a_straight_line() -> None:
    line = history([1.0, 1.2, 1.3, 1.5], [2010.5, 2014.5, 2016.5, 2020.5])
    found = centres(line, [1.0, 2.5])
    np.testing.assert_allclose(found["naive"], [1.5, 1.5])
    np.testing.assert_allclose(found["drift"], [1.55, 1.625])
    np.testing.assert_allclose(found["damped"], [1.55, 1.625], atol=0.01)
    # Theta is simple exponential smoothing with half the trend
    np.testing.assert_allclose(found["theta"], [1.525, 1.5625], atol=0.01)


def test_spread_pools_the_changes_with_the_prior() -> None:
    seen = history([0.0, 0.3, 0.2], [2010.0, 2014.0, 2015.0], spread=0.1)
    draws = baselines.forecasts(seen, [2.0])
    naive = (0.1**2 + 0.3**2 / 4.0 + 0.1**2) / 3.0
    assert draws["naive"].std() == pytest.approx(np.sqrt(2.0 * naive), rel=0.01)
    slope = 0.2 / 5.0
    drift = (0.1**2 + (0.3 - 4 * slope) ** 2 / 4.0 + (-0.1 - slope) ** 2) / 2.0
    expected = np.sqrt(drift * (2.0 + 4.0 / 5.0))
    assert draws["drift"].std() == pytest.approx(expected, rel=0.01)


def test_prior_growth_goes_on_from_the_last_level() -> None:
    """Half of a growth of 8 % beyond 2 % is left after five years: 0.06 × 5 / log 2 in all."""

    def path(times: FloatArray) -> FloatArray:
        elapsed = times - 2010.0
        return 0.02 * elapsed + 0.06 * 5.0 / np.log(2.0) * (1.0 - 0.5 ** (elapsed / 5.0))

    levels = np.array([1.0, 1.3])
    seen = baselines.History(np.array([2010.0, 2015.0]), levels, 0.1, path)
    drawn = baselines.forecasts(seen, [5.0])["prior"][0]
    gain = 0.1 + 0.06 * 5.0 / np.log(2.0) * 0.25
    assert np.median(drawn) == pytest.approx(1.3 + gain, rel=1e-9)
    missed = 0.3 - (0.1 + 0.06 * 5.0 / np.log(2.0) * 0.5)
    variance = (0.1**2 + missed**2 / 5.0) / 2.0
    assert drawn.std() == pytest.approx(np.sqrt(5.0 * variance), rel=0.01)
    law = PathLaw("flow", LAW, True, 0.5, "damped", 2010.0, 5.0, 3.0)
    times = np.array([2010.0, 2012.5, 2020.0])
    np.testing.assert_allclose(path_of(law)(times), 3.0 + path(times), rtol=1e-12)


def test_one_level_makes_all_baselines_naive() -> None:
    found = baselines.forecasts(history([3.0], [2022.5]), [1.0, 3.0])
    for name in ("drift", "damped", "theta"):
        np.testing.assert_array_equal(found[name], found["naive"])
    assert found["naive"][0].std() == pytest.approx(0.1, rel=0.01)


def figure(model: Model, indicator: str, period: str, reported: str) -> Observation:
    return next(
        o
        for o in model.evidence.observations
        if (o.indicators, o.period.text, o.reported) == ((indicator,), period, reported)
    )


def test_levels_are_read_as_the_rules_of_reporting_say(shipped_model: Model) -> None:
    over = figure(shipped_model, "trade_turnover", "2023-01/2023-11", "over")
    nearly = figure(shipped_model, "trade_turnover", "2022", "nearly")
    growth = figure(shipped_model, "trade_turnover", "2024", "growth")
    assert np.exp(reading(over)) == pytest.approx(40.22)
    assert np.exp(reading(nearly)) == pytest.approx(50.0 - 0.22)
    assert is_level(over)
    assert not is_level(growth)
    level = figure(shipped_model, "trade_turnover", "2024", "exact")
    seen = history_of([level, growth], flow=True, prior_spread=0.1)
    np.testing.assert_allclose(seen.times, [2023.5, 2024.5])
    np.testing.assert_allclose(np.exp(seen.levels), [46.2 / 1.027, 46.2])
    assert date_of(parse_period("2022"), flow=False) == 2023.0
    with pytest.raises(ValueError, match="no figure gives a level"):
        history_of([growth], flow=True, prior_spread=0.1)


def test_prior_spread_of_a_law_holds_its_passing_shocks(shipped_model: Model) -> None:
    spec = shipped_model.parameters.growth("investment_flow")
    assert spread_of(spec) == pytest.approx(np.sqrt(0.10**2 + 2 * 0.50**2))


# ---------------------------------------------------------------------- made-up series


@pytest.mark.parametrize("generator", GENERATORS)
def test_series_are_sparse_and_the_same_again(generator: str, shipped_model: Model) -> None:
    laws = growth_laws(shipped_model.parameters, shipped_model.registry)
    assert {law.flow for law in laws} == {True, False}
    for number in range(30):
        made = make_series(generator, number, 5, laws)
        again = make_series(generator, number, 5, laws)
        assert made.figures == again.figures
        np.testing.assert_array_equal(made.truth, again.truth)
        assert FEWEST <= len(made.figures) <= MOST
        assert made.years == tuple(made.figures_end + lead for lead in LEADS)
        assert all(f.value > 0 for f in made.figures if f.reported != "growth")
        assert sum(map(is_level, made.figures)) >= 1


def test_scores_do_not_depend_on_the_number_of_processes(shipped_model: Model) -> None:
    laws = growth_laws(shipped_model.parameters, shipped_model.registry)
    one = synthetic_skill("walk", 3, laws, seed=3)
    two = synthetic_skill("walk", 3, laws, seed=3, workers=2)
    assert one == two


@pytest.mark.slow
@pytest.mark.parametrize("generator", GENERATORS)
def test_skill_on_made_up_series(
    generator: str,
    shipped_model: Model,
    sized: Callable[[int, int], int],
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    full = FULL_OWN if generator == "own" else FULL
    count = sized(SMALL, full)
    laws = growth_laws(shipped_model.parameters, shipped_model.registry)
    study = synthetic_skill(generator, count, laws, workers=processes)
    pooled = study.pooled
    prove(
        f"skill_{generator}",
        {
            "series": count,
            "pooled": {method: asdict(p) for method, p in pooled.items()},
            "by_lead": {
                case: {method: asdict(p) for method, p in found.items()}
                for case, found in study.by_lead().items()
            },
            "differences": [asdict(d) | {"verdict": d.verdict} for d in study.differences],
        },
    )
    others = [p for method, p in pooled.items() if method != MODEL]
    if generator == "own":
        assert pooled[MODEL].crps < min(p.crps for p in others)
    least = LEAST_COVERAGE[generator] - (0.15 if count < full else 0.0)
    assert pooled[MODEL].coverage[0.8] >= least
    if count < full:
        return
    for measure in ("crps", "mase", "interval_score"):
        best = min(getattr(p, measure) for p in others)
        assert getattr(pooled[MODEL], measure) <= best * (1.0 if generator == "own" else WORST)
    if generator == "own":
        assert all(gap.verdict == "better" for gap in study.differences)
        assert pooled[MODEL].coverage[0.8] <= 0.83


# ---------------------------------------------------------------------- documents


def corrupted(evidence: Evidence, origin: date) -> Evidence:
    """Return the evidence with every figure of later documents altered, and rows added."""
    late = {n for n, d in evidence.documents.items() if d.published_on >= origin}
    kept = [o for o in evidence.observations if o.document not in late]
    altered = [
        replace(o, value=3.0 * o.value + 1.0, step=2.0 * o.step, printed="9", row=o.row + 7)
        for o in evidence.observations
        if o.document in late
    ]
    added = [
        replace(o, period=parse_period("2024"), document=min(late), row=9_999)
        for o in kept
        if o.use == "calibrate"
    ]
    rows = sorted([*kept, *altered, *added], key=lambda o: o.key)
    events = tuple(replace(e, value=9.0) if e.document in late else e for e in evidence.events)
    return replace(evidence, observations=tuple(rows), events=events)


@pytest.mark.parametrize("question", [NEXT_YEAR, STOCK], ids=["turnover", "stock"])
def test_later_documents_do_not_reach_a_forecast(question: Question, shipped_model: Model) -> None:
    spoilt = corrupted(shipped_model.evidence, ORIGIN)
    assert spoilt.observations != shipped_model.evidence.observations
    drawn = []
    for evidence in (shipped_model.evidence, spoilt):
        known = evidence.as_of(ORIGIN)
        model = model_forecast(known, shipped_model.parameters, question)
        _, others = baseline_forecasts(
            known, shipped_model.parameters, shipped_model.registry, question
        )
        drawn.append(b"".join(a.tobytes() for a in (model, *others.values())))
    assert drawn[0] == drawn[1]


def test_a_forecast_changes_with_what_was_known(shipped_model: Model) -> None:
    known = shipped_model.evidence.as_of(ORIGIN)
    rows = tuple(
        replace(o, value=1.1 * o.value) if o.unit == "USD bn" else o for o in known.observations
    )
    one = model_forecast(known, shipped_model.parameters, STOCK)
    other = model_forecast(replace(known, observations=rows), shipped_model.parameters, STOCK)
    assert not np.array_equal(one, other)


def test_forecasts_widen_with_the_years_ahead(shipped_model: Model) -> None:
    known = shipped_model.evidence.as_of(ORIGIN)
    near = model_forecast(known, shipped_model.parameters, STOCK)
    far = Question(STOCK.indicators, parse_period("2030-03"))
    wide = model_forecast(known, shipped_model.parameters, far)
    assert np.std(near) < np.std(wide)
    assert np.median(near) < np.median(wide)
    assert np.median(near) == pytest.approx(np.log(78.0), abs=0.05)


def test_later_figures_come_from_later_documents(shipped_model: Model) -> None:
    evidence = shipped_model.evidence
    days = origins_of(evidence)
    assert len(days) == len(evidence.documents) - 1
    for origin in days:
        for one in later_figures(evidence, shipped_model.parameters, origin):
            assert evidence.documents[one.document].published_on >= origin
            assert one.use == "calibrate"


@pytest.mark.slow
def test_figures_of_later_documents(
    shipped_model: Model, prove: Callable[[str, Mapping[str, Any]], None]
) -> None:
    from vnjp_sim.cli.backtesting import backtest_json

    found = backtest(shipped_model.evidence, shipped_model.parameters, shipped_model.registry)
    prove("documents", backtest_json(found))
    assert found.left_out[NOT_LATER] > 0
    assert len(found.forecasts) >= 9
    pooled = pool(found.scored)[MODEL]
    for level, share in pooled.coverage.items():
        low, high = binomial_band(pooled.cases, level)
        assert low <= round(share * pooled.cases) <= high
    for one in found.forecasts:
        assert one.low < one.median < one.high
        assert one.ahead > 0
        assert {s.method for s in one.scored} == {MODEL, *BASELINES}


@pytest.mark.slow
def test_forecasts_are_the_projections_of_the_engine(shipped_model: Model) -> None:
    """The law of a group, asked about a year to come, and the engine's run agree.

    The law of trade is asked beyond Vietnam's output: departures of the economies, which links
    carry, and the growth that a draw has of its own are the engine's alone.
    """
    known = shipped_model.evidence.as_of(ORIGIN)
    parameters = shipped_model.parameters
    posterior = calibrate(known, parameters, sample_size=8_192, override_gates=True)
    own, none = "trade_turnover_own_growth", prior(fixed=0.0)
    inputs = ScenarioInputs({**parameters.single, own: none}, {}, ())
    start, end = posterior.last_year + 1, 2028
    couplings = replace(shipped_model.couplings, links={})
    batch = Batch((Variant(inputs),), start, end, 4_000, 7, couplings)
    projected = project(posterior, batch).of()
    for year in (start, end):
        asked = Question(("trade_turnover",), parse_period(str(year)))
        forecast = np.quantile(model_forecast(known, parameters, asked), (0.1, 0.5, 0.9))
        run = np.quantile(np.log(projected["trade_turnover"][year - start]), (0.1, 0.5, 0.9))
        np.testing.assert_allclose(forecast, run, atol=0.05)


# ---------------------------------------------------------------------- command line


def test_command_scores_made_up_series(plain_terminal: None) -> None:
    done = CliRunner().invoke(commands, ["backtest", "--synthetic", "2"])
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 100
    assert [name for name in ("own laws", "switching trend", "a walk") if name in done.output]
    for method in (MODEL, *BASELINES):
        assert len(re.findall(rf"(?m)(?:^| ){method} ", done.output)) == 3


def test_command_tells_machines(plain_terminal: None) -> None:
    done = CliRunner().invoke(commands, ["backtest", "--synthetic", "1", "--seed", "4", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert set(told) == set(GENERATORS)
    assert told["own"]["pooled"][MODEL]["cases"] == len(LEADS)


def test_command_names_the_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = CliRunner().invoke(commands, ["backtest"])
    assert isinstance(done.exception, EnvironmentFailureError)
    assert "vnjp-sim[backtest]" in str(done.exception)


@pytest.mark.slow
def test_command_shows_the_figures_of_later_documents(plain_terminal: None) -> None:
    done = CliRunner().invoke(commands, ["backtest"])
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 100
    assert "80 % interval" in done.output
    assert "Trade turnover" in done.output
