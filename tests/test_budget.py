"""The uncertainty budget: shares of functions whose shares are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.analysis import uncertainty_budget as budget
from vnjp_sim.analysis.budget_features import (
    ASSUMED,
    EMPIRICAL,
    FORM,
    PARAMETERS,
    PROCESS,
    PUBLISHED,
    REPORTING,
    SOURCE_OF_GRADE,
    Features,
    features_of,
)
from vnjp_sim.analysis.uncertainty_budget import (
    GROUPS,
    INTERACTIONS,
    SOURCES,
    variance_budget,
)
from vnjp_sim.calibration import ParameterSummary, Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options

FloatArray = NDArray[np.float64]

DRAWS = 40_000


def features(
    draws: int, kept: float = 1.0, grade: str = ASSUMED, **columns: FloatArray
) -> Features:
    """Return features given by kind, each of one column, with mean 0 and variance 1."""
    kinds = ("levels", "forms", "parameters", "innovations")
    blocks = [np.atleast_2d(columns[k]) if k in columns else np.empty((0, draws)) for k in kinds]
    blocks = [(b - b.mean(axis=1, keepdims=True)) / b.std(axis=1, keepdims=True) for b in blocks]
    count = len(blocks[2])
    return Features(*blocks, np.full(count, kept), (grade,) * count, np.arange(draws))


def shares_of_known_function() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Y = f + 2 p + 3 l + e + q + a + x + a x; the row's parts are f (form), p, l; V = 1/4 + 18.

    The posterior of p keeps a quarter of its prior's variance, so that 3/4 of 2² is calibrated.
    """
    rng = np.random.default_rng(5)

    def side() -> dict[str, FloatArray]:
        return {
            "calibrated": np.stack(
                [rng.integers(0, 2, DRAWS).astype(float), *rng.normal(size=(2, DRAWS))]
            ),
            "empirical": rng.normal(size=(1, DRAWS)),
            "published": rng.normal(size=(1, DRAWS)),
            "assumed": rng.normal(size=(1, DRAWS)),
            "process": rng.normal(size=(1, DRAWS)),
        }

    def output(parts: dict[str, FloatArray]) -> FloatArray:
        f, p, level = parts["calibrated"]
        e, q = parts["empirical"][0], parts["published"][0]
        a, x = parts["assumed"][0], parts["process"][0]
        return (f + 2.0 * p + 3.0 * level + e + q + a + x + a * x)[None]

    first, second = side(), side()
    mixed = {
        group: (output(first | {group: second[group]}), output(second | {group: first[group]}))
        for group in GROUPS
    }
    f, p, level = first["calibrated"]
    held = features(DRAWS, kept=0.25, levels=level, forms=f, parameters=p)
    shares, errors, total, _ = budget._shares(output(first), output(second), mixed, held)
    return shares[:, 0], errors[:, 0], total[:, 0]


def test_shares_of_a_known_function() -> None:
    shares, errors, total = shares_of_known_function()
    whole = 0.25 + 4.0 + 9.0 + 1.0 + 1.0 + 1.0 + 1.0 + 1.0
    known = {
        REPORTING: 9.0,
        FORM: 0.25,
        PARAMETERS: 3.0,
        EMPIRICAL: 1.0,
        PUBLISHED: 1.0,
        ASSUMED: 2.0,
        PROCESS: 1.0,
        INTERACTIONS: 1.0,
    }
    for source, share, error in zip(SOURCES, shares, errors, strict=True):
        assert share == pytest.approx(known[source] / whole, abs=max(4.0 * error, 0.005)), source
        assert 0.0 < error < 0.02
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    totals = np.array([13.25, 1.0, 1.0, 2.0, 2.0]) / whole
    np.testing.assert_allclose(total, totals, atol=0.01)


def test_a_parameter_that_one_form_alone_uses_has_the_share_of_that_form() -> None:
    """Y = 3 f + 2 p where f = 1, with p missing elsewhere: 9/4 of form, 4/2 of the parameter.

    The posterior keeps a fifth of the prior's variance, which stays with the prior.
    """
    rng = np.random.default_rng(6)
    form = rng.integers(0, 2, DRAWS).astype(np.int8)
    p = rng.normal(size=DRAWS)
    arrays = {"law.form": form, "law.p": np.where(form == 1, p, np.nan)}
    summary = ParameterSummary("law", "law.p", "", "", "assumed", 0.0, 1.0, 5.0, 1.0, 0.2)
    bank = Posterior(arrays, {}, 2025, ("a", "b"), {}, {}, (), (summary,), ())
    values = 3.0 * form + 2.0 * np.where(form == 1, p, 0.0)
    centred = (values - values.mean())[None]
    parts = features_of(bank, np.arange(DRAWS)).parts(centred, centred)
    assert parts[FORM][0] == pytest.approx(2.25, abs=0.06)
    assert parts[PARAMETERS][0] == pytest.approx(0.8 * 2.0, abs=0.06)
    assert parts[ASSUMED][0] == pytest.approx(0.2 * 2.0, abs=0.03)


def shares_of(values: FloatArray, arrays: dict[str, FloatArray], **kept: float) -> dict[str, float]:
    """Return the shares of values of a posterior of normals whose parameters keep so much."""
    grades = {"a": "assumed", "b": "published"}
    summaries = tuple(
        ParameterSummary("law", f"law.{n}", "", "", grades[n], 0.0, 1.0, 0.0, 1.0, part)
        for n, part in kept.items()
    )
    bank = Posterior(
        arrays,
        {},
        2025,
        (),
        {},
        {},
        (),
        summaries,
        (),
        last_figures={"law": 2024.0, "sum": 2026.0},
    )
    centred = (values - values.mean())[None]
    parts = features_of(bank, np.arange(values.size)).parts(centred, centred)
    return {source: float(part[0] / centred.var()) for source, part in parts.items()}


def test_of_a_conjugate_normal_the_prior_keeps_its_weight_in_the_posterior_mean() -> None:
    """Prior variance 1, a figure of error variance 1/3: the posterior mean weighs the prior by 1/4.

    Of the error of that mean, 1/16 · 1 is that of the prior and 9/16 · 1/3 that of the figure.
    """
    rng = np.random.default_rng(7)
    a = rng.normal(size=DRAWS) * 0.5
    shares = shares_of(3.0 * a, {"law.a": a}, a=0.25)
    assert shares[ASSUMED] == pytest.approx((1 / 16) / (1 / 4), abs=0.01)
    assert shares[PARAMETERS] == pytest.approx((9 / 16 / 3) / (1 / 4), abs=0.01)


def test_what_an_exact_figure_of_a_sum_leaves_open_is_due_to_both_priors() -> None:
    """Of a + b = 0, known without error, a varies by half of its prior: nothing is the figure's."""
    rng = np.random.default_rng(8)
    a = rng.normal(size=DRAWS) * np.sqrt(0.5)
    shares = shares_of(a, {"law.a": a, "law.b": -a}, a=0.5, b=0.5)
    assert shares[ASSUMED] == pytest.approx(0.5, abs=0.01)
    assert shares[PUBLISHED] == pytest.approx(0.5, abs=0.01)
    assert shares[PARAMETERS] == pytest.approx(0.0, abs=0.01)


def test_years_without_a_figure_are_process_and_only_the_last_figure_is_reporting() -> None:
    """A figure with error 0.1, then growth a ~ N(0, 0.3²) and a year of chance of 0.2."""
    rng = np.random.default_rng(9)
    level, a, year = (s * rng.normal(size=DRAWS) for s in (0.1, 0.3, 0.2))
    path = np.stack([level, level + a + year])
    arrays = {"law.a": a, "law.last_figure": level, "law.path": path, "law.permanent": path[1]}
    shares = shares_of(path[1], arrays, a=1.0)
    assert shares[REPORTING] == pytest.approx(0.01 / 0.14, abs=0.01)
    assert shares[ASSUMED] == pytest.approx(0.09 / 0.14, abs=0.01)
    assert shares[PROCESS] == pytest.approx(0.04 / 0.14, abs=0.01)
    assert shares[PARAMETERS] == pytest.approx(0.0, abs=0.01)


def test_a_later_figure_of_a_sum_does_not_turn_chance_into_reporting() -> None:
    """A part moves by 1 after its figure; a later figure of error 0.2 fixes its sum with another.

    The part's year stays chance, although the other part now moves against it; of the sum only the
    figure's error is left.
    """
    rng = np.random.default_rng(10)
    year, error = rng.normal(size=DRAWS), 0.2 * rng.normal(size=DRAWS)
    rest = error - year
    arrays = {"law.last_figure": 0.0 * year, "law.path": np.stack([0.0 * year, year])}
    arrays |= {"sum.last_figure": rest, "sum.path": np.stack([0.0 * year, rest])}
    assert shares_of(year, arrays)[PROCESS] == pytest.approx(1.0, abs=0.01)
    assert shares_of(year + rest, arrays)[REPORTING] == pytest.approx(1.0, abs=0.01)


def test_what_does_not_vary_has_no_shares() -> None:
    still = np.ones((1, 100))
    mixed = dict.fromkeys(GROUPS, (still, still))
    shares, _, total, variance = budget._shares(still, still, mixed, features(100))
    assert variance[0] == 0.0
    assert np.isnan(shares).all()
    assert np.isnan(total).all()


@pytest.mark.parametrize("spread", [0.0, 1e-15, 1e-12])
def test_rounding_is_no_variance(spread: float) -> None:
    rng = np.random.default_rng(2)
    mixed = {
        g: (5.0 + spread * rng.normal(size=(1, 400)), 5.0 + spread * rng.normal(size=(1, 400)))
        for g in GROUPS
    }
    first, second = (5.0 + spread * rng.normal(size=(1, 400)) for _ in range(2))
    size = np.array([5e-9])
    shares, errors, total, variance = budget._shares(first, second, mixed, features(400), size)
    assert variance[0] == 0.0
    assert np.isnan(shares).all()
    assert np.isnan(errors).all()
    assert np.isnan(total).all()


def test_what_varies_in_a_few_draws_has_no_shares() -> None:
    rng = np.random.default_rng(2)

    def rare(count: int) -> FloatArray:
        values = np.zeros((1, 400))
        values[0, :count] = 1.0 + rng.random(count)
        return values

    for count, known in ((budget.FEWEST_MOVED - 1, False), (budget.FEWEST_MOVED, True)):
        mixed = dict.fromkeys(GROUPS, (rare(count), rare(count)))
        shares, _, _, variance = budget._shares(
            rare(count), rare(count), mixed, features(400), np.array([1e-9])
        )
        assert variance[0] > 0.0
        assert np.isfinite(shares).all() == known


def test_constant_quantities_say_why_they_have_no_budget(
    shipped_model: Model, posterior: Posterior, tmp_path: Path
) -> None:
    file = tmp_path / "flat.yml"
    file.write_text(
        "name: flat\ntitle: All set\nextends: base\nlevers:\n"
        "  oda_commitments: {path: step, from: 2026, set: 100}\n"
        "  macro_jpy_per_usd: {path: step, from: 2027, set: 140}\n"
    )
    options = Options(draws=1_000)
    scenario = prepare_scenario(str(file), shipped_model, options)
    names = ["macro_jpy_per_usd", "oda_commitments", "security_vessels", "trade_turnover"]
    levels = variance_budget(Projector(posterior, shipped_model, options), scenario, names)
    effects = variance_budget(
        Projector(posterior, shipped_model, options), scenario, names, of_effects=True
    )
    for found, still in ((levels, names[:2]), (effects, ["security_vessels"])):
        for name in names:
            last = found.table(name).query("year == 2040")
            assert last["share"].isna().all() == (name in still)
            assert set(last["note"]) == ({budget.NO_VARIANCE} if name in still else {""})
    assert levels.note("macro_jpy_per_usd", 2026) == ""
    assert levels.note("oda_commitments", 2025) == ""
    assert levels.note("macro_jpy_per_usd", 2025) == budget.NO_VARIANCE  # published


def test_budget_of_the_baseline(shipped_model: Model, posterior: Posterior) -> None:
    options = Options(draws=2_000)
    base = prepare_scenario("base", shipped_model, options)
    names = ["macro_vn_gdp", "trade_turnover", "index_partnership", "oda_infrastructure"]
    found = variance_budget(Projector(posterior, shipped_model, options), base, names)
    first, last = 0, len(found.years) - 1
    # output grows by a mean of the draw and by shocks alone, whose variances are closed forms
    parameters = shipped_model.parameters.single
    years = found.years[last] - 2024
    spread = parameters["macro_vn_growth_lasting"].prior.transform(np.array([0.0, 1.0]))
    shock = parameters["macro_vn_growth_shock"].prior.transform(np.zeros(1))[0]
    of_mean = (years * (spread[1] - spread[0])) ** 2
    known = of_mean / (of_mean + years * shock**2)
    grade = parameters["macro_vn_growth_lasting"].grade
    assert found.share("macro_vn_gdp", SOURCE_OF_GRADE[grade])[last] == pytest.approx(
        known, abs=0.08
    )
    assert abs(found.share("macro_vn_gdp", REPORTING)[last]) < 0.01
    # no figure tells of turnover after 2024: what has happened since is chance
    assert found.share("trade_turnover", PROCESS)[first] > 0.85
    assert abs(found.share("trade_turnover", REPORTING)).max() < 0.05
    assert found.share("oda_infrastructure", ASSUMED)[first] > 0.7
    table = found.table("trade_turnover")
    assert table.groupby("year")["share"].sum().to_numpy() == pytest.approx(1.0)


def test_effects_have_their_own_budget(shipped_model: Model, posterior: Posterior) -> None:
    options = Options(draws=1_000)
    scenario = prepare_scenario("labour_growth", shipped_model, options)
    names = ["trade_turnover", "oda_loans"]
    projector = Projector(posterior, shipped_model, options)
    found = variance_budget(projector, scenario, names, of_effects=True)
    assert found.of_effects
    assert found.share("trade_turnover", ASSUMED)[-1] > 0.2
    assert np.isnan(found.share("oda_loans", PROCESS)).all()


def test_budgets_that_cannot_be(shipped_model: Model, posterior: Posterior) -> None:
    few = Options(draws=999)
    base = prepare_scenario("base", shipped_model, few)
    with pytest.raises(InputError, match="too few"):
        variance_budget(Projector(posterior, shipped_model, few), base)
    options = Options(draws=1_000)
    with pytest.raises(InputError, match="no effects"):
        variance_budget(Projector(posterior, shipped_model, options), base, of_effects=True)
    with pytest.raises(InputError, match="trade_turnover"):
        variance_budget(Projector(posterior, shipped_model, options), base, ["trade_turnovr"])
    with pytest.raises(InputError, match="is an empty list"):
        variance_budget(Projector(posterior, shipped_model, options), base, [])


def test_the_docs_say_what_each_source_is() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "uncertainty.md").read_text("utf-8")
    for source, meaning in budget.MEANINGS.items():
        assert f"| {source} | {meaning} |" in page, source
