"""The pages that hold the model against history."""

from __future__ import annotations

from pathlib import Path

import history_pages
import numpy as np
import pytest

import vnjp_sim as vj


@pytest.fixture(scope="module")
def session(calibrated_out: Path) -> vj.Session:
    return vj.Session(draws=100, out=calibrated_out)


def test_ratios_are_those_of_the_draws(session: vj.Session) -> None:
    past = session.history(list(history_pages.READ)).draws
    ahead = session.run("base").sel(scenario="base")
    ratio = history_pages.RATIOS["aid_to_gdp"]
    model = history_pages.model_ratio(ratio, past, ahead)
    expected = 100.0 * (ahead.oda_disbursements_usd / ahead.macro_vn_gdp_usd).sel(year=2040)
    assert model[2040][1] == pytest.approx(float(np.quantile(expected, 0.5)))
    assert min(model) >= 2017  # aid begins there
    people = history_pages.RATIOS["residents_to_population"].of(past).sel(year=2024)
    expected = 100.0 * past.people_residents.sel(year=2024) / 123.9e6
    assert people.to_numpy() == pytest.approx(expected.to_numpy())


def test_the_page_has_a_table_for_each_ratio(session: vj.Session) -> None:
    page = "\n".join(history_pages.ratios_page(session))
    for ratio in history_pages.RATIOS.values():
        assert f"## {ratio.title}" in page
    assert page.count("| 2040 |") == len(history_pages.RATIOS)
    assert "Officially between" in page
    assert set(history_pages.official_ratios()) <= set(history_pages.RATIOS)


def test_official_ratios_have_a_source_and_a_likely_size() -> None:
    """Turnover to GDP stayed within 9 and 14 % from 1995 to 2014."""
    official = history_pages.official_ratios()
    early = [value for year, value in official["turnover_to_gdp"].items() if year <= 2014]
    assert min(early) > 9.0
    assert max(early) < 14.5
    assert all(history_pages.sources()[name] for name in official)


def test_the_fit_page_lists_every_figure(session: vj.Session) -> None:
    page = "\n".join(history_pages.fit_page(session))
    assert "about 630,000 persons" in page
    assert page.count("\n| `") > 60
