"""Real countries: what is pooled from them as priors, and forecasts of their trade.

Every origin from 1975 on of every country (about 2,800 cases) runs with

    python -m pytest -m panels --full --processes 2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import empirical_priors
import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.scoring.panel import Panel, read_panel
from vnjp_sim.scoring.panel_cases import LEADS, METHODS, POOLED, QUANTITIES, figures_of
from vnjp_sim.scoring.panel_priors import other_countries
from vnjp_sim.scoring.panel_skill import (
    FIRST_ORIGIN,
    PanelSkill,
    countries_of,
    panel_skill,
)
from vnjp_sim.scoring.pooled import at_size, changes, net_of_world, reverting, tails
from vnjp_sim.scoring.scores import MODEL, inside
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

pytestmark = pytest.mark.panels

SMALL_COUNTRIES, SMALL_ORIGINS = 5, (1986, 1989, 2000, 2003)
MET = (0.76, 0.84)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return read_panel()


# ---------------------------------------------------------------------- shipped priors


def test_empirical_priors_are_what_the_script_gives(shipped_model: Model) -> None:
    estimates = {prior.name: prior for prior in empirical_priors.priors()}
    shipped = {
        name: parameter
        for name, parameter in shipped_model.parameters.all_parameters()
        if "tools/empirical_priors.py" in parameter.reference
    }
    assert set(shipped) == set(estimates)
    for name, parameter in shipped.items():
        ((form, values),) = estimates[name].distribution.items()
        given = getattr(parameter.prior, form)
        assert given is not None, name
        for key, value in values.items():  # two digits; the third depends on the optimiser's build
            assert getattr(given, key) == pytest.approx(value, rel=0.02), (name, key)
        assert parameter.unit.startswith(estimates[name].unit)
        assert parameter.grade == "empirical"


def test_crisis_years_are_no_heavier_than_the_tails_of_trade(
    panel: Panel, shipped_model: Model
) -> None:
    """Its reference says so: tails of 2.5 to 3 degrees of freedom, a mixture like 5 of them."""
    crises = shipped_model.parameters.growth("trade_turnover").crisis_years
    assert crises is not None
    moved = changes(net_of_world(np.log(panel.turnover)))
    large = np.nanmean(panel.turnover, axis=0) > empirical_priors.LARGE_BN
    assert (tails(moved), tails(moved[:, large])) == (2.5, 3.0)
    fourth = 3.0 * (1.0 - crises.share + crises.share * crises.times**4) * crises.ordinary**4
    assert 4.0 + 6.0 / (fourth - 3.0) == pytest.approx(5.0, abs=0.2)


def test_entries_are_those_of_a_parameter_file() -> None:
    import yaml

    for prior in empirical_priors.priors():
        entry: Any = yaml.safe_load(prior.yaml)
        for key in prior.name.split("."):
            entry = entry[key]
        Parameter.model_validate(entry)


# ---------------------------------------------------------------------- estimates


def test_own_balance_by_hand() -> None:
    import pandas as pd

    ratios = np.tile([0.1, 0.1, -0.1, -0.1], 5)
    own = pd.DataFrame({"exports_usd_bn": np.exp(ratios), "imports_usd_bn": 1.0})
    spread, measured, corrected, *_ = empirical_priors.own_balance(own)
    assert spread == pytest.approx(np.sqrt(20.0 * 0.01 / 19.0))
    assert measured == pytest.approx((10.0 - 9.0) / 19.0)  # of 19 neighbours ten are alike
    assert corrected == pytest.approx((20.0 / 19.0 + 1.0) / 17.0)


@pytest.mark.parametrize("half_life", [3.0, 10.0])
def test_half_lives_are_recovered_in_spite_of_trends(half_life: float) -> None:
    """Of 120 countries; over seeds the estimate varies by 10 to 20 %, some 5 to 10 % too short."""
    rng = np.random.default_rng(3)
    left = 2.0 ** (-1.0 / (half_life * np.exp(0.8 * rng.normal(size=120))))
    shock = 0.12 * np.exp(0.5 * rng.normal(size=120))
    values = np.empty((60, 120))
    values[0] = shock / np.sqrt(1.0 - left**2) * rng.normal(size=120)
    for year in range(1, 60):
        values[year] = left * values[year - 1] + shock * rng.normal(size=120)
    trends = 0.004 + 0.01 * rng.normal(size=120)
    pooled = reverting(values + trends * np.arange(60)[:, None] + 3.0, trended=True)
    assert pooled.half_life.centre == pytest.approx(half_life, rel=0.4)
    assert pooled.yearly.centre == pytest.approx(0.12, rel=0.12)
    assert pooled.trend.centre == pytest.approx(0.004, abs=0.004)
    assert pooled.trend.spread == pytest.approx(0.01, abs=0.002)


def test_tails_are_those_of_the_shocks() -> None:
    rng = np.random.default_rng(5)
    scales = np.exp(0.5 * rng.normal(size=80))
    assert tails(scales * rng.standard_t(3.0, (60, 80))) == 3.0
    assert tails(scales * rng.normal(size=(60, 80))) >= 12.0


def test_spreads_are_taken_at_a_size() -> None:
    rng = np.random.default_rng(6)
    size = rng.normal(0.0, 1.5, 1_000)
    own = np.log(0.16) - 0.13 * size + 0.3 * rng.normal(size=1_000)
    centre, slope = at_size(own + 0.2 * rng.normal(size=1_000), np.full(1_000, 0.04), size)
    assert slope == pytest.approx(-0.13, abs=0.03)
    assert centre.centre == pytest.approx(0.16, rel=0.05)
    assert centre.spread == pytest.approx(0.3, abs=0.05)


def test_world_years_are_off() -> None:
    rng = np.random.default_rng(7)
    world, own = rng.normal(size=(30, 1)), 0.01 * rng.normal(size=(30, 9))
    moved = changes(net_of_world(np.cumsum(world + own, axis=0)))
    np.testing.assert_allclose(moved, own[1:], atol=0.03)


# ---------------------------------------------------------------------- nothing from the future


def test_later_years_and_the_country_itself_do_not_reach_priors_or_figures(panel: Panel) -> None:
    origin, country = 1990, "KOR"
    later = np.array(panel.years) > origin
    fold = panel.countries[panel.column(country) % 4 :: 4]
    rng = np.random.default_rng(1)

    def spoilt(table: FloatArray, *, whole: bool) -> FloatArray:
        noise = np.exp(rng.normal(size=table.shape))
        changed = np.where(later[:, None], table * noise, table)
        column = panel.column(country)
        if whole:
            changed[:, column] = table[:, column] * noise[:, column]
        return changed

    def corrupted(*, whole: bool) -> Panel:
        names = ("exports", "imports", "gdp", "real_gdp")
        tables = {name: spoilt(getattr(panel, name), whole=whole) for name in names}
        return replace(panel, **tables)

    assert figures_of(panel, country, origin) == figures_of(corrupted(whole=False), country, origin)
    known = [other_countries(one, origin, fold) for one in (panel, corrupted(whole=True))]
    assert known[0] == known[1]


# ---------------------------------------------------------------------- skill


def test_blocks_of_origin_years_are_the_sample() -> None:
    """40 countries that move as one say no more than one; independent ones say much more."""
    rng = np.random.default_rng(2)
    origins = np.repeat(np.arange(1975, 2015), 40)
    shape = (origins.size, len(METHODS), len(QUANTITIES), len(LEADS))
    below = np.empty(shape)
    below[:] = rng.random((40, 1, 1, 1)).repeat(40, axis=0)
    alike = PanelSkill(("A",) * origins.size, origins, below, below)
    apart = replace(alike, below=rng.random(shape))
    wide, narrow = (s.coverage(0.8, 0, 0) for s in (alike, apart))
    assert wide.high - wide.low == pytest.approx(2 * 1.645 * np.sqrt(0.16 / 40), rel=0.4)
    assert narrow.high - narrow.low == pytest.approx(2 * 1.645 * np.sqrt(0.16 / 1600), rel=0.4)


@pytest.mark.slow
def test_trade_of_real_countries_is_forecast(
    panel: Panel,
    shipped_model: Model,
    pytestconfig: pytest.Config,
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    """In the small size 20 cases: enough to catch a broken forecast, not a somewhat worse one."""
    full = pytestconfig.getoption("--full")
    countries = countries_of(panel)
    assert len(countries) >= 60
    origins: tuple[int, ...] = tuple(range(FIRST_ORIGIN, panel.years[-1]))
    if not full:
        countries, origins = countries[::4][:SMALL_COUNTRIES], SMALL_ORIGINS
    skill = panel_skill(panel, shipped_model.parameters, countries, origins, processes)
    prove("panels_forecasts", proof(skill))
    crps = dict(zip(METHODS, skill.mean_crps(), strict=True))
    for method in ("naive", "drift", "damped"):
        assert crps[MODEL].mean() < crps[method].mean()
    held = skill.below[:, METHODS.index(MODEL)]
    assert 0.65 < np.mean(inside(held[np.isfinite(held)], 0.8)) < 0.95
    if full:
        judge(skill)


def judge(skill: PanelSkill) -> None:
    """Refuse a suite of full size that is not as good as the page says."""
    crps = dict(zip(METHODS, skill.mean_crps(), strict=True))
    for quantity in range(len(QUANTITIES)):
        for lead in range(len(LEADS)):
            case = (QUANTITIES[quantity], LEADS[lead])
            for method in ("naive", "drift", "damped", "theta"):
                assert crps[MODEL][quantity, lead] < crps[method][quantity, lead], (method, case)
            assert skill.difference(POOLED, quantity, lead).low < 0.0, case
            held = skill.coverage(0.8, quantity, lead)
            assert held.low <= MET[1], (case, held)
            assert held.high >= MET[0], (case, held)


def proof(skill: PanelSkill) -> dict[str, Any]:
    """Return what the proof page shows."""
    crps = skill.mean_crps()
    shown: dict[str, Any] = {
        "cases": len(skill.countries),
        "countries": len(set(skill.countries)),
        "origins": [int(skill.origins.min()), int(skill.origins.max())],
        "a_year_ahead": skill.held_by_year(0.8, 0),
        "quantities": {},
    }
    for q, quantity in enumerate(QUANTITIES):
        shown["quantities"][quantity] = [
            {
                "lead": lead,
                "crps": {method: crps[m, q, i] for m, method in enumerate(METHODS)},
                "difference": {
                    method: vars(skill.difference(method, q, i)) for method in METHODS[1:]
                },
                "coverage": {
                    str(level): vars(skill.coverage(level, q, i)) for level in (0.5, 0.8, 0.9)
                },
            }
            for i, lead in enumerate(LEADS)
        ]
    return shown
