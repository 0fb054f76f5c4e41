"""The past of every indicator: identities, beginnings, and what a reader is shown."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.sectors.index import QUANTITIES
from vnjp_sim.simulation.history import COUNTED, DOCUMENTED, IDENTITY, ZERO, History

DRAWS = 200


@pytest.fixture(scope="module")
def session(calibrated_out: Path) -> vj.Session:
    return vj.Session(draws=DRAWS, out=calibrated_out)


@pytest.fixture(scope="module")
def past(session: vj.Session) -> History:
    return session.history()


def test_every_projected_indicator_has_a_past(past: History, session: vj.Session) -> None:
    runs = session.run("base")
    assert set(past.draws.data_vars) == set(runs.data_vars)
    units = {name: i.unit for name, i in session.model.registry.indicators.items()}
    for name, array in past.draws.items():
        assert not np.isnan(array.to_numpy()[-1]).any(), name
        assert array.attrs["units"] == units[str(name)]
        assert array.attrs["basis"]


IDENTITIES: dict[str, Callable[[xr.Dataset], xr.DataArray]] = {
    "trade_turnover": lambda d: d.trade_exports + d.trade_imports,
    "trade_balance": lambda d: d.trade_exports - d.trade_imports,
    "trade_cover_ratio": lambda d: d.trade_exports / d.trade_imports,
    "trade_turnover_gdp": lambda d: 100.0 * d.trade_turnover / d.macro_vn_gdp_usd,
    "people_residents": lambda d: d.labour_stock + d.people_students + d.people_others,
    "people_network": lambda d: d.people_residents - 0.5 * d.labour_trainees,
    "investment_capital_per_project": lambda d: 1e3 * d.investment_stock / d.investment_projects,
    "oda_disbursements_usd": lambda d: d.oda_disbursements / d.macro_jpy_per_usd,
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_hold_in_the_past(name: str, past: History) -> None:
    expected, given = IDENTITIES[name](past.draws).to_numpy(), past.draws[name].to_numpy()
    assert past.begins(name) is not None
    assert np.isnan(given).all(axis=1).tolist() == np.isnan(expected).all(axis=1).tolist()
    np.testing.assert_allclose(given, expected, rtol=1e-9)


def test_a_run_goes_on_from_the_past_draw_by_draw(past: History, session: vj.Session) -> None:
    last = past.years[-1]
    runs = session.run("base").sel(scenario="base", year=last)
    for name, array in past.draws.items():
        assert np.array_equal(array.sel(year=last), runs[name], equal_nan=True), name


def test_the_index_of_the_past_is_that_of_the_quantity(past: History, session: vj.Session) -> None:
    scale = session.model.parameters.single["index_trade_scale"].prior
    quantity = past.draws[QUANTITIES["index_trade"]].to_numpy()
    index = past.draws["index_trade"].to_numpy()
    mean = [quantity[max(0, t - 4) : t + 1].mean(axis=0) for t in range(len(quantity))]
    implied = (mean[0] - mean[-1] * index[0] / 100.0) / (index[0] / 100.0 - 1.0)  # the scale
    low, high = scale.transform(np.array([-6.0, 6.0]))
    assert ((implied >= low * (1 - 1e-9)) & (implied <= high * (1 + 1e-9))).all()
    for level, row in zip(mean, index, strict=True):
        assert row == pytest.approx(100.0 * (1 + level / implied) / (1 + mean[-1] / implied))
    logs = np.log(past.draws[list(QUANTITIES)].to_array().to_numpy())
    composite = np.log(past.draws["index_partnership"].to_numpy())
    known = ~np.isnan(composite[:, 0])
    assert (composite[known] <= logs[:, known].max(axis=0) + 1e-9).all()
    assert (composite[known] >= logs[:, known].min(axis=0) - 1e-9).all()


def test_years_before_a_law_are_absent(past: History) -> None:
    table = past.table().set_index(["indicator", "year"])
    assert past.begins("trade_turnover") == 2000
    begun = past.begins("labour_workers_all")
    assert begun is not None
    assert ("labour_workers_all", begun) in table.index
    assert ("labour_workers_all", begun - 1) not in table.index
    assert past.begins("security_exchanges") == 2011  # counted from then on
    assert past.basis("security_exchanges") == COUNTED
    counted = table.loc[("security_exchanges", 2013), "figures"]
    assert counted == "2 counted in the documents"  # beside the dialogues kept up
    exchanges = past.draws["security_exchanges"].min("draw")
    assert [float(exchanges.sel(year=y)) for y in (2011, 2012, 2013, 2024)] == [0, 1, 2, 2]


def test_the_tier_is_the_documented_one(past: History) -> None:
    tier = past.draws["diplomacy_tier"].isel(draw=0)
    steps = {year: float(tier.sel(year=year)) for year in (2002, 2008, 2009, 2014, 2022, 2023)}
    assert steps == {2002: 1, 2008: 1, 2009: 2, 2014: 3, 2022: 3, 2023: 4}
    assert past.basis("diplomacy_tier") == DOCUMENTED


def test_published_series_are_called_published(past: History) -> None:
    """Of both economies and the yen, the years that are alike in every draw are the published."""
    then = "imf_weo_2025_10), then by priors alone"
    assert past.basis("macro_jp_gdp") == f"published for 1995–2024 ({then}"
    official = past.model.evidence.official
    for name in (str(name) for name in past.draws if str(name).startswith("macro_")):
        basis = past.basis(name)
        last = int(basis.removeprefix("published for ")[5:9])
        deviations = past.draws[name].std("draw") / past.draws[name].mean("draw")
        assert [float(d) < 1e-12 for d in deviations] == [year <= last for year in past.years], name
        assert all(figure.document in basis for figure in official.series(name).values())
    assert past.basis("security_equipment") == ZERO


def test_documented_figures_stand_beside(session: vj.Session) -> None:
    some = session.history(["trade_turnover_gdp", "people_residents", "trade_partner_rank"], [2023])
    table = some.table().set_index("indicator")
    assert "about 500,000 persons (vioit_2023)" in table.loc["people_residents", "figures"]
    assert table.loc["trade_turnover_gdp", "basis"] == IDENTITY
    assert table.loc["trade_turnover_gdp", "unit"] == "percent"
    assert np.isnan(table.loc["trade_partner_rank", "p50"])  # figures alone
    assert table.loc["trade_partner_rank", "figures"]
    with pytest.raises(InputError, match="did you mean 'trade_turnover'"):
        session.history(["trade_turnovr"])
    with pytest.raises(InputError, match="choose from 2000"):
        session.history(["trade_turnover"], [1950])


def test_the_command_prints_table_and_csv(calibrated_out: Path) -> None:
    words = ["history", "trade_turnover_gdp", "--draws", str(DRAWS), "--out", str(calibrated_out)]
    status, out, _ = outcome([*words, "--horizon", "2022:2024"])
    assert status == 0
    assert "History: follows from calibrated laws." in out
    assert "Official counterpart: Vietnam Customs" in out
    _, out, _ = outcome([*words, "--csv"])
    table = pd.read_csv(io.StringIO(out))
    expected = vj.history(["trade_turnover_gdp"], draws=DRAWS, out=calibrated_out).table()
    assert table["p50"].tolist() == expected["p50"].tolist()
    _, out, _ = outcome([*words, "--json"])
    assert [row["year"] for row in json.loads(out)] == expected["year"].tolist()
    status, _, err = outcome(["history", "trade_turnovr"])
    assert status == 2
    assert "did you mean 'trade_turnover'" in err


def test_all_workers_are_three_statuses_and_parts_of_students_and_others(past: History) -> None:
    """Two years give the two parts of a draw; a third has to agree."""
    values = past.draws.sel(year=slice(-3 + past.years[-1] + 1, None))
    rest = (values.labour_workers_all - values.labour_stock).to_numpy()
    parts = np.stack([values.people_students, values.people_others], axis=-1)  # (year, draw, part)
    for draw in range(DRAWS):
        solved = np.linalg.solve(parts[:2, draw], rest[:2, draw])
        assert parts[2, draw] @ solved == pytest.approx(rest[2, draw], rel=1e-6)
        assert 0.4 < solved[0] < 2.0  # reports for each student
        assert 0.0 < solved[1] < 1.0  # others who work


@pytest.mark.invariants
def test_share_among_foreign_workers_is_taken_of_like_with_like(
    past: History, posterior: Posterior
) -> None:
    """In the year of the figure the others are those that the documented share implies."""
    year = int(posterior.arrays["labour_foreign_share.level_year"][0])
    share = past.draws["labour_foreign_share"].sel(year=year).to_numpy()
    assert share.min() > 15.0
    assert np.median(share) == pytest.approx(25.0, abs=1.5)
    rate = past.draws.labour_workers_all / past.draws.people_residents
    assert ((rate.sel(year=year) > 0.8) & (rate.sel(year=year) < 1.1)).all()


def test_official_counts_lie_within_the_model(past: History) -> None:
    """Ministry of Health, Labour and Welfare, end of October 2024: 570,708, all statuses."""
    workers = past.draws["labour_workers_all"]
    before, after = workers.sel(year=2023), workers.sel(year=2024)
    october = (before + (after - before) * 10.0 / 12.0).to_numpy()
    low, high = np.quantile(october, [0.025, 0.975])
    assert low < 570_708 < high
