"""The central course by hand, what it knows on a day, and draws that depart from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from own_folders import Years, baseline

from tools import forecast_errors
from vnjp_sim.calibration import Posterior, calibrate_group
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.calibration.rates import published_rate
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.documents import read_official_sources
from vnjp_sim.inputs.official import FORECASTS, SERIES, Official, read_official
from vnjp_sim.sectors.central_course import CentralCourse, central_course
from vnjp_sim.simulation.model_data import Model, load_model

VN, JP, DOLLARS = "macro_vn_gdp", "macro_jp_gdp", "macro_vn_gdp_usd"
GROWTH, RATE, PEOPLE = "macro_vn_growth", "macro_jpy_per_usd", "macro_vn_population"
AUTUMN = "imf_weo_2025_10"
DRAWS = 4_000


def course_of(model: Model, official: Official) -> CentralCourse:
    return central_course(replace(model.evidence, official=official), model.parameters)


def known_on(model: Model, day: str) -> CentralCourse:
    return course_of(model, model.evidence.official.as_of(date.fromisoformat(day)))


@pytest.fixture(scope="module")
def course(shipped_model: Model) -> CentralCourse:
    return central_course(shipped_model.evidence, shipped_model.parameters)


@pytest.fixture(scope="module")
def years(shipped_model: Model, posterior: Posterior) -> Years:
    return baseline(shipped_model, posterior, 2040, DRAWS)


# ---------------------------------------------------------------------- by hand


def test_published_values_then_the_forecast(course: CentralCourse) -> None:
    assert course.last_published(DOLLARS) == course.last_published(GROWTH) == 2024
    assert course.last_published(RATE) == 2025
    assert [course.value(DOLLARS, y) for y in (1995, 2018, 2024)] == [26.407, 304.47, 459.472]
    assert [course.value(RATE, y) for y in (1995, 2025)] == [93.9649, 149.5686]
    assert [course.value(GROWTH, y) for y in (2009, 2024)] == [5.398, 7.091]
    forecast = [484.726, 511.059, 545.213, 583.731, 624.103, 666.786]
    assert [course.value(DOLLARS, y) for y in range(2025, 2031)] == pytest.approx(forecast)
    assert course.value(VN, 2024) == course.value(JP, 2024) == 100.0
    assert course.value(VN, 2026) == pytest.approx(100.0 * 1.06457 * 1.05595)
    assert course.value(JP, 2023) == pytest.approx(100.0 / 1.00104)
    per_head = 1e3 * course.value(DOLLARS, 2030) / course.value(PEOPLE, 2030)
    assert course.value("macro_vn_gdp_per_capita", 2030) == pytest.approx(per_head)
    assert course.value(PEOPLE, 2019) == 96.484


def test_growth_fades_over_ten_years_to_the_long_run(course: CentralCourse) -> None:
    last, long_run = np.log(1.053), np.log(1.045)
    for year, passed in ((2031, 0.1), (2035, 0.5), (2040, 1.0), (2075, 1.0)):
        expected = last + passed * (long_run - last)
        assert course.growth(VN, year) == pytest.approx(expected, abs=1e-12)
    prices = np.log(666.786 / 624.103) - last
    middle = 0.5 * (prices + np.log(1.02)) + 0.5 * (last + long_run)
    assert course.growth(DOLLARS, 2035) == pytest.approx(middle, abs=1e-12)
    assert course.growth(DOLLARS, 2045) == pytest.approx(np.log(1.02) + long_run, abs=1e-12)
    # dollars before their first year go back by the first growth that is known
    assert course.growth(DOLLARS, 1993) == pytest.approx(course.growth(VN, 1993) + 0.0824, abs=1e-3)


def test_the_yen_reverts_from_its_last_published_rate(course: CentralCourse) -> None:
    apart = np.log(149.5686) - 4.87
    assert np.log(course.value(RATE, 2030)) == pytest.approx(4.87 + 0.5 * apart)
    assert np.log(course.value(RATE, 2035)) == pytest.approx(4.87 + 0.25 * apart)


# ---------------------------------------------------------------------- as of a day


def test_a_vintage_has_its_own_levels(shipped_model: Model) -> None:
    course = known_on(shipped_model, "2019-05-01")
    assert course.last_published(DOLLARS) == 2018
    assert [course.value(DOLLARS, y) for y in (2019, 2024)] == pytest.approx([260.3, 392.837], 1e-4)
    # its year before by the growth of its second year, since both grow by 6.5 %: 240, not 304
    assert course.value(DOLLARS, 2018) == pytest.approx(260.3**2 / 282.372, rel=1e-4)
    published = 304.47 / 277.071
    assert np.exp(course.growth(DOLLARS, 2018)) == pytest.approx(published)
    assert course.growth(VN, 2024) == pytest.approx(np.log(1.065))


def test_known_values_of_a_day(shipped_model: Model) -> None:
    course = known_on(shipped_model, "2024-01-01")
    assert course.last_published(RATE) == 2023
    assert course.value(RATE, 2023) == 140.5001
    assert 138.0 < course.value(RATE, 2024) < 140.5
    assert course.last_published(GROWTH) == 2022
    assert course.value(GROWTH, 2023) == pytest.approx(4.7, abs=0.01)
    # the spring of 2020 has two years of growth alone: the rest is the autumn's before
    spring = known_on(shipped_model, "2020-05-01")
    assert [spring.value(GROWTH, y) for y in (2020, 2021, 2022)] == pytest.approx([2.7, 7.0, 6.5])
    assert spring.last_published(DOLLARS) == 2018
    # before all vintages: published growth, then its last five years' mean fades
    early = known_on(shipped_model, "2015-06-01")
    assert early.last_published(VN) == 2014
    recent = np.log1p(np.array([6.413, 5.505, 5.554, 6.422, 6.423]) / 100.0).mean()
    expected = recent + 0.1 * (np.log(1.045) - recent)
    assert early.growth(VN, 2015) == pytest.approx(expected, abs=1e-12)
    assert known_on(shipped_model, "2015-04-30").last_published(VN) == 2013


@pytest.mark.parametrize("day", ["2015-06-01", "2019-05-01", "2022-01-01", "2024-01-01"])
def test_nothing_later_leaks(day: str, shipped_model: Model) -> None:
    official, cut = shipped_model.evidence.official, date.fromisoformat(day)
    corrupted = replace(
        official,
        figures=tuple(
            replace(f, value=9.0) if f.period.year >= cut.year else f for f in official.figures
        ),
        forecasts=tuple(
            replace(f, value=9.0) if official.sources[f.document].published_on >= cut else f
            for f in official.forecasts
        ),
    )
    assert corrupted != official
    assert course_of(shipped_model, corrupted.as_of(cut)).content == (
        known_on(shipped_model, day).content
    )


def test_without_official_series_priors_and_documents_remain(shipped_model: Model) -> None:
    course = course_of(shipped_model, Official())
    assert {course.last_published(name) for name in (VN, JP)} == {2024}  # 100 in every draw
    assert course.last_published(DOLLARS) == course.last_published(PEOPLE) == 2022
    assert RATE not in course.published
    assert course.value(DOLLARS, 2022) == 409.0
    assert course.growth(VN, 2005) == course.growth(VN, 2050) == pytest.approx(np.log(1.045))
    assert course.value(RATE, 2024) == pytest.approx(150.0)
    people = 1e3 * 409.0 / 4100.0
    assert course.value(PEOPLE, 2022) == pytest.approx(people)


def test_an_own_folder_takes_the_shipped_series_or_its_own(
    tmp_path: Path, shipped_model: Model
) -> None:
    (tmp_path / "targets.yml").write_text("targets: []\n", encoding="utf-8")
    own = load_model(tmp_path)
    assert own.evidence.official == shipped_model.evidence.official
    (tmp_path / "official").mkdir()
    header, *rows = (shipped_model.folder / FORECASTS).read_text(encoding="utf-8").splitlines()
    kept = [header, *(row for row in rows if row.startswith("imf_weo_2019_04"))]
    (tmp_path / FORECASTS).write_text("\n".join(kept) + "\n", encoding="utf-8")
    course = central_course(load_model(tmp_path).evidence, own.parameters)
    assert course.last_published(DOLLARS) == 2018
    assert course.value(DOLLARS, 2019) == pytest.approx(260.3, 1e-4)


# ---------------------------------------------------------------------- draws


def test_draws_are_the_published_values_in_history(
    years: Years, course: CentralCourse, posterior: Posterior
) -> None:
    assert years.first <= 2023
    for name in course.levels:
        for year in range(years.first, course.last_published(name) + 1):
            assert (years(name, year) == course.value(name, year)).all(), (name, year)
    rates = posterior.path(RATE)
    expected = [course.value(RATE, int(year)) for year in rates.year]
    np.testing.assert_allclose(rates.transpose("draw", "year"), [expected] * posterior.size)


def test_draws_depart_from_the_course_by_the_errors_of_forecasts(
    years: Years, course: CentralCourse
) -> None:
    """A median off by a tenth of a spread, and a spread off by a tenth, are found in 99 of 100."""
    for name in (VN, JP, DOLLARS, PEOPLE, RATE):
        for year in (2026, 2030, 2040):
            apart = np.log(years(name, year) / course.value(name, year))
            assert abs(np.median(apart)) < 4.0 * 1.2533 * apart.std() / np.sqrt(DRAWS), (name, year)
    for name, lasting, shock in ((VN, 0.9, 1.1), (JP, 0.35, 0.85)):
        for year in (2025, 2030, 2040):
            ahead = year - 2024
            expected = 0.01 * np.sqrt((ahead * lasting) ** 2 + ahead * shock**2)
            assert np.log(years(name, year)).std() == pytest.approx(expected, rel=0.06), (
                name,
                year,
            )
    own_year = np.log(years(DOLLARS, 2025)).std()
    assert own_year == pytest.approx(0.0212, rel=0.06)  # the error of a vintage's own year


def test_published_rates_say_nothing_of_the_law(posterior: Posterior) -> None:
    for part in ("equilibrium", "spread", "half_life"):
        (summary,) = [p for p in posterior.parameters if p.name == f"{RATE}.{part}"]
        assert summary.mean == pytest.approx(summary.prior_mean, abs=0.1 * summary.prior_sd)
        assert summary.sd == pytest.approx(summary.prior_sd, rel=0.1)


def test_dollars_are_held_against_the_published_rate(
    shipped_model: Model, course: CentralCourse
) -> None:
    """An independent importance sample of one amount in dollars; off by 1.5 % it would differ."""
    evidence, parameters = shipped_model.evidence, shipped_model.parameters
    (figure,) = (
        replace(o, use="calibrate")
        for o in evidence.observations
        if o.indicators == ("oda_commitments_usd",) and o.period.text == "FY2019"
    )
    plan = make_plan(replace(evidence, observations=(figure,), events=()), parameters)
    (group,) = (group for group in plan.groups if group.name == "oda")
    path = calibrate_group(group, 8_192, 16_384).arrays["oda_commitments.path"]
    first = group.build(group.forms[0]).first_years["oda_commitments.path"]
    found = np.log(figure.value / 1e3) + published_rate(course, 2019.75)
    assert published_rate(course, 2019.75) == pytest.approx(
        0.75 * np.log(109.0188) + 0.25 * np.log(106.7754), abs=1e-6
    )
    reliability = evidence.documents[figure.document].reliability
    document = parameters.single[f"document_error_{reliability}"].prior.fixed
    conversion = parameters.single["oda_conversion_error"].prior.fixed
    assert document is not None
    assert conversion is not None
    sd = np.sqrt(document**2 + conversion**2 + (figure.step / figure.value) ** 2 / 12.0)
    rng, law = np.random.default_rng(7), parameters.reverting("oda_commitments")
    equilibrium, spread = (
        prior.prior.transform(rng.standard_normal(400_000))
        for prior in (law.equilibrium, law.spread)
    )
    values = equilibrium + spread * rng.standard_normal(400_000)
    weights = np.exp(-0.5 * ((values - found) / sd) ** 2)
    mean = np.average(values, weights=weights)
    assert path[2019 - first].mean() == pytest.approx(mean, abs=0.005)
    expected = np.sqrt(np.average((values - mean) ** 2, weights=weights))
    assert path[2019 - first].std() == pytest.approx(expected, rel=0.1)


def test_spreads_are_the_errors_of_the_vintages(shipped_model: Model) -> None:
    official = shipped_model.evidence.official
    single = shipped_model.parameters.single

    def total(name: str) -> float:
        lasting, shock = (single[f"{name}_{part}"].prior for part in ("lasting", "shock"))
        assert lasting.normal is not None
        assert shock.fixed is not None
        return float(np.hypot(lasting.normal.sd, shock.fixed))

    vietnam = forecast_errors.growth_errors(official, GROWTH)
    by_hand = [6.5 - 7.359, 6.05 - 8.538, 7.0 - 8.538, 5.76 - 5.065, 4.7 - 5.065]
    by_hand += [5.82 - 7.091, 6.06 - 7.091, 6.5 - 7.359]
    own_year = forecast_errors.by_years_ahead(vietnam)[0]
    assert own_year == pytest.approx(np.sqrt(np.mean(np.square(by_hand))), abs=0.01)
    japan = forecast_errors.growth_errors(official, JP)
    for errors, name in ((vietnam, "macro_vn_growth"), (japan, "macro_jp_growth")):
        assert total(name) == pytest.approx(forecast_errors.spread(errors, range(4)), abs=0.02)
    prices = forecast_errors.price_errors(official)
    assert total("macro_vn_dollar_prices") == pytest.approx(
        forecast_errors.root_mean_square(prices), abs=0.05
    )


# ---------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        (
            FORECASTS,
            "imf_weo_2025_10,macro_vn_growth,2024,5,percent",
            "2024 is before the forecast",
        ),
        (FORECASTS, "imf_weo_2025_01,macro_vn_growth,2026,5,percent", "imf_weo_2025_01"),
        (FORECASTS, f"{AUTUMN},macro_vn_grwth,2026,5,percent", "did you mean 'macro_vn_gro"),
        (
            FORECASTS,
            "imf_weo_2025_10,macro_vn_gdp_usd,2026,5,percent",
            "cannot be read as 'USD bn'",
        ),
        (FORECASTS, f"{AUTUMN},macro_vn_growth,2031,about 5,percent", "about 5"),
        (FORECASTS, f"{AUTUMN},macro_vn_growth,2032,5,percent", "but not of 2031"),
        (FORECASTS, f"{AUTUMN},macro_vn_growth,2030,5,percent", "of 2030 twice"),
        (
            SERIES,
            f"{GROWTH},2025,8,percent,exact,,,,{AUTUMN},7,Table,calibrate,",
            "no lines",
        ),
        (SERIES, f"{GROWTH},2026,8,percent,exact,,,,{AUTUMN},,Table,calibrate,", "2025"),
        (
            SERIES,
            f"{GROWTH},FY2025,8,percent,exact,,,,{AUTUMN},,Table,calibrate,",
            "a year's",
        ),
    ],
)
def test_a_bad_row_is_refused_at_its_line(
    table: str, row: str, message: str, tmp_path: Path, shipped_model: Model
) -> None:
    (tmp_path / "official").mkdir()
    text = (shipped_model.folder / table).read_text(encoding="utf-8")
    (tmp_path / table).write_text(f"{text}{row}\n", encoding="utf-8")
    faults = Refusals()
    sources = read_official_sources(shipped_model.folder)
    read_official(tmp_path, shipped_model.registry, sources, faults)
    with pytest.raises(InputError) as refused:
        faults.raise_if_any()
    assert message in str(refused.value)
    assert f"{table}:{len(text.splitlines()) + 1}: " in str(refused.value)
