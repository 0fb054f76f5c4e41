"""Many figures of one quantity: candidates, flows between stocks, and a user's own series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.calibration import GroupDiagnostics, Posterior, calibrate, evaluation
from vnjp_sim.calibration.candidates import CANDIDATES, choose
from vnjp_sim.calibration.conditioning import BY_VALUES
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.importance import WeightedSample, sample
from vnjp_sim.calibration.observation_model import log_likelihood
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.stocks import by_stocks
from vnjp_sim.calibration.trade import count_repeated_years
from vnjp_sim.exchange import Imported, NewDocument, import_figures
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.simulation.model_data import Model, load_model

pytestmark = pytest.mark.calibration

FIRST, LAST = 2010, 2024
YEARS = range(FIRST, LAST + 1)
GROWTH, VOLATILITY = 0.05, 0.08
OWN = {"own": NewDocument(title="Made up", published="2025-06-30", reliability="high")}


def made_up_trade(seed: int = 7) -> dict[str, NDArray[np.float64]]:
    """Turnover, exports and imports of a known law: a random walk with drift, and a balance."""
    rng = np.random.default_rng(seed)
    steps = GROWTH + VOLATILITY * rng.standard_normal(len(YEARS) - 1)
    turnover = 16.0 * np.exp(np.concatenate([[0.0], np.cumsum(steps)]))
    ratio = 0.03 + 0.06 * rng.standard_normal(len(YEARS))
    exports = turnover / (1.0 + np.exp(-ratio))
    return {
        "trade_turnover": turnover,
        "trade_exports": exports,
        "trade_imports": turnover - exports,
    }


def write_series(
    file: Path, series: dict[str, Sequence[float] | NDArray[np.float64]], unit: str = "USD bn"
) -> Path:
    lines = [",".join(OBSERVATION_COLUMNS)]
    for name, values in series.items():
        for year, value in zip(YEARS, values, strict=True):
            cells = {"indicator": name, "period": str(year), "value": f"{value:.2f}"}
            cells |= {"unit": unit, "reported": "exact", "step": "0.01", "use": "calibrate"}
            lines.append(",".join(cells.get(column, "") for column in OBSERVATION_COLUMNS))
    file.write_text("\n".join(lines) + "\n")
    return file


def imported(tmp_path: Path, series: dict[str, Any], mode: Any) -> Imported:
    own = write_series(tmp_path / "own.csv", series)
    return import_figures(own, tmp_path / "mine", mode=mode, documents=OWN)


def only(model: Model, *beginnings: str) -> Model:
    """Return a model whose figures are those of some sectors, which calibrates quickly."""
    chosen = tuple(o for o in model.evidence.observations if o.indicators[0].startswith(beginnings))
    return replace(model, evidence=replace(model.evidence, observations=chosen))


def posterior_of_trade(model: Model) -> tuple[Posterior, GroupDiagnostics]:
    posterior = calibrate(
        only(model, "trade").evidence, model.parameters, sample_size=8192, override_gates=True
    )
    return posterior, next(g for g in posterior.groups if g.name == "trade")


def built(model: Model, name: str, form: str = "damped") -> Any:
    plan = make_plan(model.evidence, model.parameters)
    return next(g for g in plan.groups if g.name == name).build(form)


def moments(drawn: WeightedSample, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    weight = np.exp(drawn.log_weight - drawn.log_weight.max())
    weight /= weight.sum()
    values = drawn.kept[name]
    mean = (values * weight).sum(axis=-1)
    spread = np.sqrt((values**2 * weight).sum(axis=-1) - mean**2)
    return mean, spread


# ---------------------------------------------------------------------- candidates


def test_chosen_candidates_follow_their_weights() -> None:
    rng = np.random.default_rng(1)
    size = 200_000
    proposed = rng.standard_normal((CANDIDATES, size))
    log_weight = -0.5 * (proposed - 1.0) ** 2  # a repeated figure at 1 of the same spread
    mean, chosen = choose(rng, log_weight, {"x": proposed})
    # evidence: E exp(-(x - 1)² / 2) = exp(-1 / 4) / √2; posterior: N(1/2, 1/2)
    weight = np.exp(mean)
    assert weight.mean() == pytest.approx(np.exp(-0.25) / np.sqrt(2.0), rel=5e-3)
    average = (weight * chosen["x"]).sum() / weight.sum()
    square = (weight * chosen["x"] ** 2).sum() / weight.sum()
    assert average == pytest.approx(0.5, abs=0.01)
    assert square - average**2 == pytest.approx(0.5, abs=0.01)


def test_draws_without_a_possible_candidate_have_no_weight() -> None:
    log_weight = np.full((CANDIDATES, 2), -np.inf)
    log_weight[3, 1] = -2.0
    values = np.arange(CANDIDATES)[:, None] * np.ones(2)
    mean, chosen = choose(np.random.default_rng(1), log_weight, {"x": values})
    assert mean[0] == -np.inf
    assert mean[1] == pytest.approx(-2.0 - np.log(CANDIDATES))
    assert chosen["x"][1] == 3.0


def test_shipped_figures_are_weighed_as_before(shipped_model: Model) -> None:
    for planned in make_plan(shipped_model.evidence, shipped_model.parameters).groups:
        group = planned.build(planned.forms[0])
        assert not (isinstance(group, Group) and group.many_repeated), planned.name


@pytest.mark.slow
def test_candidates_reach_the_same_posterior(
    shipped_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documents' trade figures (two years with three figures) either way."""
    results = []
    for limit in (99, -1):
        monkeypatch.setattr(evaluation, "MAX_REPEATED", limit)
        group = built(shipped_model, "trade")
        results.append(sample(group, np.random.default_rng(5), 16_384))
    one, other = results
    assert one.log_evidence == pytest.approx(other.log_evidence, abs=0.08)
    for name in ("trade_turnover.path", "trade_turnover.volatility", "trade_balance_ratio.path"):
        mean, spread = moments(one, name)
        again, other_spread = moments(other, name)
        np.testing.assert_allclose(again, mean, atol=float(0.12 * np.max(spread)))
        np.testing.assert_allclose(other_spread, spread, rtol=0.15, atol=1e-4)


BOTH_WAYS = (BY_VALUES, tuple(step for step in BY_VALUES if step is not by_stocks))


@pytest.mark.slow
def test_stocks_at_the_ends_of_years_condition_the_flows(tmp_path: Path) -> None:
    flow = np.linspace(2.0, 4.0, len(YEARS)) * np.where(np.arange(len(YEARS)) % 2, 1.2, 0.8)
    both = {"investment_flow": flow, "investment_stock": 20.0 + np.cumsum(flow)}
    done = imported(tmp_path, both, "instead")
    model = load_model(done.folder)
    stocks = ("own", ("investment_stock",))
    own = [o for o in model.evidence.observations if (o.document, o.indicators) == stocks]
    known = replace(own[-1], indicators=("investment_flow",), value=flow[-1], printed="4.8")
    few = [o for o in own if o.period.year >= LAST - 3]
    for figures, ways in ((few, BOTH_WAYS), (own, BOTH_WAYS[:1])):
        results = []
        for steps in ways:
            evidence = replace(model.evidence, observations=(*figures, known))
            group = built(replace(model, evidence=evidence), "investment")
            group = replace(group, method=replace(group.method, steps=steps))
            results.append(sample(group, np.random.default_rng(2), 8192))
        assert results[0].pareto_k < 0.5
        assert results[0].effective > 4000
        mean, spread = moments(results[0], "investment_flow.path")
        truth = np.log(flow[-mean.size :])
        assert np.all(np.abs(mean - truth) < 4.0 * spread + 0.01)
        if len(results) == 2:  # revisions are told instead: the same posterior, from fewer draws
            again, _ = moments(results[1], "investment_flow.path")
            np.testing.assert_allclose(again, mean, atol=float(0.35 * np.max(spread)))


def test_a_deficit_is_likely_where_it_says(shipped_model: Model) -> None:
    figure = next(o for o in shipped_model.evidence.observations if o.reported == "exact")
    deficit = replace(figure, indicators=("trade_balance",), value=-1.5, step=0.1)
    truth = np.array([-1.5, -1.54, -1.7, 0.5])
    likelihood = np.exp(log_likelihood(deficit, truth, 0.004))
    np.testing.assert_allclose(likelihood, [1.0, 0.95, 0.0, 0.0], atol=0.02)


# ---------------------------------------------------------------------- own series


def test_own_series_that_contradict_the_documents_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        imported(tmp_path, made_up_trade(), "add")
    told = [str(fault) for fault in refused.value.refusals]
    assert any("trade_turnover in 2022" in line and 'mode="instead"' in line for line in told)
    assert not (tmp_path / "mine").exists()


@pytest.fixture(scope="module")
def documented_trade(shipped_model: Model) -> Posterior:
    """The posterior of trade on the documents' figures."""
    return posterior_of_trade(shipped_model)[0]


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [1, 2, 3])
def test_own_series_tighten_the_posterior_around_the_truth(
    kinds: int, tmp_path: Path, documented_trade: Posterior
) -> None:
    truth = made_up_trade()
    series = {(name,) for name in list(truth)[:kinds]}
    done = imported(tmp_path, truth, "instead")
    model = load_model(done.folder)
    if kinds < 3:
        chosen = tuple(
            o
            for o in model.evidence.observations
            if o.indicators in series or not o.indicators[0].startswith("trade")
        )
        model = replace(model, evidence=replace(model.evidence, observations=chosen))
    before = documented_trade
    after, diagnostics = posterior_of_trade(model)
    assert diagnostics.figures == kinds * len(YEARS)
    assert diagnostics.faults == []
    assert diagnostics.pareto_k < 0.5
    volatility = "trade_turnover.volatility"
    assert after.arrays[volatility].std() < 0.6 * before.arrays[volatility].std()
    assert abs(after.arrays[volatility].mean() - VOLATILITY) < 2.5 * after.arrays[volatility].std()
    path = np.exp(after.arrays["trade_turnover.path"])
    first = after.first_years["trade_turnover.path"]
    for year, value in zip(YEARS, truth["trade_turnover"], strict=True):
        low, high = np.quantile(path[year - first], [0.001, 0.999])
        assert low <= value <= high
        assert (high - low) / value < 0.03
    # growth of the fifteen years, which the mean path must follow
    growth = np.log(path[LAST - first] / path[FIRST - first]) / (LAST - FIRST)
    told = np.log(truth["trade_turnover"][-1] / truth["trade_turnover"][0]) / (LAST - FIRST)
    assert growth.mean() == pytest.approx(told, abs=0.002)


@pytest.mark.slow
def test_own_series_join_those_of_the_documents(tmp_path: Path, shipped_model: Model) -> None:
    """A series that agrees with the documents where they tell a year; 57 figures in all."""
    turnover = np.array(
        [16.6, 21.4, 24.4, 25.4, 27.3, 28.7, 29.5, 33.6, 37.5, 40.2, 39.3, 42.9, 47.64, 44.98, 46.2]
    )
    share = np.full(turnover.size, 0.5)
    share[[1, 12]] = 11.0 / 21.4, 24.25 / 47.64
    own = {"trade_turnover": turnover, "trade_exports": turnover * share}
    own["trade_imports"] = turnover - own["trade_exports"]
    done = imported(tmp_path, own, "add")
    assert done.replaced == ()
    posterior, diagnostics = posterior_of_trade(load_model(done.folder))
    assert diagnostics.figures == 45 + _trade_figures(shipped_model)
    assert diagnostics.faults == []
    path = np.exp(posterior.arrays["trade_turnover.path"])
    first = posterior.first_years["trade_turnover.path"]
    middle = np.median(path[FIRST - first : LAST - first + 1], axis=1)
    np.testing.assert_allclose(middle, turnover, rtol=0.01)


def _trade_figures(model: Model) -> int:
    plan = make_plan(model.evidence, model.parameters)
    return next(g.figures for g in plan.groups if g.name == "trade")


def observation(model: Model, **changes: Any) -> Observation:
    return replace(model.evidence.observations[0], **changes)


def test_repeated_figures_are_counted_by_year(shipped_model: Model) -> None:
    year = parse_period("2015")
    names = ("trade_turnover", "trade_exports", "trade_imports", "trade_balance")
    figures = tuple(
        observation(
            shipped_model,
            indicators=(n,),
            period=year,
            value=10.0,
            use="calibrate",
            reported="exact",
        )
        for n in names
    )
    evidence = replace(shipped_model.evidence, observations=figures)
    group = built(replace(shipped_model, evidence=evidence), "trade")
    assert count_repeated_years(group) == 2
