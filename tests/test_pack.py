"""The official evidence pack, priors with dates, and hindcasts that nothing later reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from vnjp_sim.calibration import stocks
from vnjp_sim.calibration.bank import calibration_hash
from vnjp_sim.calibration.importance import sample
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.foundation.vocabulary import DOCUMENTS, WITH_OFFICIAL
from vnjp_sim.inputs.distributions import Dated, Distribution
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.links import Links
from vnjp_sim.inputs.official import Forecast
from vnjp_sim.inputs.pack import conflicts
from vnjp_sim.inputs.parameters import Parameter, Parameters
from vnjp_sim.scoring.hindcasts import HINDCASTS, YEARLY, by_lead, hindcasts
from vnjp_sim.scoring.scores import MODEL
from vnjp_sim.simulation.model_data import Model, load_model

NORMAL = Distribution.model_validate({"normal": {"mean": 1.0, "sd": 0.1}})
CORRUPTED = Distribution.model_validate({"normal": {"mean": 9.0, "sd": 3.0}})
NOT_USED_BEFORE = {"energy_projects"}
"""A published number that nothing reads before its document is known."""


@pytest.fixture(scope="module")
def packed() -> Model:
    return load_model(evidence=WITH_OFFICIAL)


# ---------------------------------------------------------------------- the pack


def test_documents_alone_are_the_default_and_the_pack_adds_only_its_own_figures(
    shipped_model: Model, packed: Model
) -> None:
    assert shipped_model.evidence.basis == DOCUMENTS
    own = {f.document for f in shipped_model.evidence.observations}
    assert own <= set(shipped_model.evidence.documents)
    added = set(packed.evidence.observations) - set(shipped_model.evidence.observations)
    assert added == set(packed.evidence.pack.figures)
    assert packed.evidence.on(DOCUMENTS) == shipped_model.evidence
    assert packed.hashes["calibration"] != shipped_model.hashes["calibration"]


def test_official_figures_are_those_of_the_offices(packed: Model) -> None:
    """As the offices printed them: customs, immigration, labour ministry, tourism, aid."""
    printed = {
        (f.indicators[0], f.period.text, f.document): f.value for f in packed.evidence.pack.figures
    }
    assert printed["trade_turnover", "2010", "vn_customs"] == 16.8
    assert printed["people_residents", "2018", "isa_residents"] == 330_835
    assert printed["labour_workers_all", "2018-10", "mhlw_workers"] == 316_840
    assert printed["people_visitors", "2013", "vnat_visitors"] == 604_050
    assert printed["oda_loans", "FY2010", "mofa_loans"] == 86.568
    # USD 1,523.09 mn of 2014 at 105.94 yen
    assert printed["oda_net", "2014", "oecd_dac_net"] == pytest.approx(1523.09 * 0.10594, rel=0.002)


def test_nothing_official_is_of_a_later_year_than_2018(packed: Model) -> None:
    assert max(f.period.end for f in packed.evidence.pack.figures) <= 2019.0


def test_a_figure_is_published_its_lag_after_its_period(packed: Model) -> None:
    days = {
        (f.indicators[0], f.period.text): packed.evidence.published_on(f)
        for f in packed.evidence.pack.figures
        if f.document != "cow_trade_4"
    }
    assert days["labour_workers_all", "2018-10"] == date(2019, 2, 1)
    assert days["people_residents", "2017"] == date(2018, 4, 1)
    assert days["trade_turnover", "2015"] == date(2016, 2, 1)
    known = packed.evidence.as_of(date(2018, 4, 1)).observations
    assert not any(f.indicators == ("people_residents",) and f.period.year == 2017 for f in known)


def test_conflicts_are_kept_with_their_difference(packed: Model) -> None:
    found = {
        (c.used.indicators[0], c.used.period.text, c.other.document): c.difference
        for c in conflicts(packed.evidence.observations, packed.evidence.pack)
    }
    assert found["trade_turnover", "2011", "vn_customs"] == pytest.approx(21.2 / 21.4 - 1.0)
    customs = [
        found["trade_turnover", str(year), "cow_trade_4"] for year in (2005, 2010, 2012, 2013, 2014)
    ]
    assert min(customs) == pytest.approx(0.0127, abs=0.001)  # c.i.f. sums are 1 to 8 % higher
    assert max(customs) == pytest.approx(0.0811, abs=0.001)


# ---------------------------------------------------------------------- priors with dates


def test_an_unknown_prior_is_its_fallback_or_twice_as_wide() -> None:
    dated = Dated(prior=NORMAL, known_from="2020-03-27")
    assert dated.as_of(date(2020, 3, 28)) is dated
    before = dated.as_of(date(2020, 3, 27)).prior
    assert before.normal is not None
    assert (before.normal.mean, before.normal.sd) == (1.0, 0.2)
    stated = Dated(prior=NORMAL, known_from=2020, fallback=CORRUPTED)
    assert stated.as_of(date(2020, 12, 31)).prior == CORRUPTED
    assert stated.as_of(date(2021, 1, 1)).prior == NORMAL
    for words in (
        {"lognormal": {"median": 2.0, "sigma": 0.4}},
        {"logit_normal": {"median": 0.3, "sigma": 0.4}},
    ):
        wide = Distribution.model_validate(words).widened
        one, two = (float(wide.transform(np.array([s]))[0]) for s in (0.0, 1.0))
        narrow = Distribution.model_validate(words)
        assert one == float(narrow.transform(np.zeros(1))[0])
        assert two == pytest.approx(float(narrow.transform(np.full(1, 2.0))[0]))


def test_a_constant_with_a_date_needs_a_fallback() -> None:
    with pytest.raises(ValidationError, match="cannot be widened"):
        Dated(prior=Distribution(fixed=1.0), known_from=2020)
    with pytest.raises(ValidationError, match="without known_from"):
        Dated(prior=NORMAL, fallback=NORMAL)


def test_priors_from_sources_tell_since_when_and_later_ones_what_stood_before(
    shipped_model: Model,
) -> None:
    numbers = dict(shipped_model.parameters.all_parameters())
    undated = {n for n, p in numbers.items() if p.grade != "assumed" and p.known_from is None}
    assert undated <= NOT_USED_BEFORE
    links = shipped_model.links
    dated = [*numbers.items(), *links.links.items(), *links.coefficients.items()]
    first = HINDCASTS[0]
    assert not [n for n, p in dated if not p.known_before(first) and p.fallback is None]


# ---------------------------------------------------------------------- leaks


def _later_corrupted(evidence: Evidence, day: date) -> Evidence:
    """Change every figure, vintage and official figure that came out on the day or later."""
    wrong = [
        replace(f, value=3.3 * f.value, printed="999") if evidence.published_on(f) >= day else f
        for f in evidence.observations
    ]
    official = evidence.official

    def corrupted(forecast: Forecast) -> Forecast:
        later = official.sources[forecast.document].published_on >= day
        return replace(forecast, value=7.0 * forecast.value) if later else forecast

    later_years = official.as_of(day)
    known = {(f.key) for f in later_years.figures}
    figures = [f if f.key in known else replace(f, value=5.0 * f.value) for f in official.figures]
    official = replace(
        official, figures=tuple(figures), forecasts=tuple(map(corrupted, official.forecasts))
    )
    return replace(evidence, observations=tuple(wrong), official=official)


def _corrupted(parameter: Parameter, day: date) -> Parameter:
    return parameter if parameter.known_before(day) else _with(parameter)


def _with(parameter: Parameter) -> Parameter:
    return parameter.model_copy(update={"prior": CORRUPTED})


def _with_later_priors_corrupted(parameters: Parameters, day: date) -> Parameters:
    laws = {}
    for name, law in parameters.laws.items():
        numbers = {n: getattr(law, n) for n in type(law).model_fields}
        own = {n: _corrupted(x, day) for n, x in numbers.items() if isinstance(x, Parameter)}
        laws[name] = law.model_copy(update=own)
    single = {name: _corrupted(p, day) for name, p in parameters.single.items()}
    return replace(parameters, laws=laws, single=single)


def _with_later_links_corrupted(links: Links, day: date) -> Links:
    corrupted = {
        name: link if link.known_before(day) else link.model_copy(update={"prior": CORRUPTED})
        for name, link in links.links.items()
    }
    return replace(links, links=corrupted)


@pytest.mark.parametrize("day", HINDCASTS, ids=str)
def test_nothing_later_reaches_a_calibration(packed: Model, day: date) -> None:
    """Later priors, vintages and figures, all corrupted, leave key and priors as they are."""
    whole = load_model(evidence=WITH_OFFICIAL)
    evidence, parameters = _later_corrupted(whole.evidence, day), whole.parameters
    corrupted = _with_later_priors_corrupted(parameters, day)
    assert corrupted != parameters
    key = calibration_hash(whole.evidence.as_of(day), parameters.as_of(day))
    assert calibration_hash(evidence.as_of(day), corrupted.as_of(day)) == key
    assert calibration_hash(evidence, corrupted) != packed.hashes["calibration"]
    assert corrupted.as_of(day) == parameters.as_of(day)
    links = _with_later_links_corrupted(whole.links, day)
    assert links.as_of(day) == whole.links.as_of(day)


@pytest.mark.parametrize(
    ("day", "use"),
    [(date(2023, 11, 15), "calibrate"), (date(2024, 1, 15), "superseded")],
    ids=["better one unpublished", "better one known"],
)
def test_a_coarse_figure_counts_until_a_better_one_is_out(
    shipped_model: Model, day: date, use: str
) -> None:
    """The nearly 70 bn of 2023: the 71.5 bn of September came out in December."""
    known = shipped_model.evidence.as_of(day).figures_of("investment_stock")
    assert {f.use for f in known if f.printed == "70"} == {use}


# ---------------------------------------------------------------------- forecasts


def test_forecasts_of_an_origin_do_not_see_what_came_later(packed: Model) -> None:
    day = date(2014, 5, 1)
    known = (packed.parameters, packed.registry, [day], ("people_visitors",), 1_024)
    result = hindcasts(packed.evidence, *known)
    other = hindcasts(_later_corrupted(packed.evidence, day), *known)
    assert [f.figure.period.text for f in result.forecasts] == ["2014", "2015", "2017", "2024"]
    assert [f.median for f in result.forecasts] == [f.median for f in other.forecasts]
    assert list(by_lead(result)) == [1, 2, 4]


@pytest.mark.backtest
def test_the_pack_forecasts_trade_better_than_its_last_value(
    packed: Model, pytestconfig: pytest.Config
) -> None:
    """Origins of two years, of all with --full; each figure up to five years ahead."""
    origins = YEARLY if pytestconfig.getoption("--full") else YEARLY[2::4]
    of = ("trade_turnover",)
    result = hindcasts(packed.evidence, packed.parameters, packed.registry, origins, of, 2_048)
    near = by_lead(result)
    assert sum(pooled[MODEL].cases for pooled in near.values()) >= 3
    model, naive = (
        np.mean([pooled[method].crps for pooled in near.values()]) for method in (MODEL, "naive")
    )
    assert model < naive


# ---------------------------------------------------------------------- gaps of a stock


def test_guessed_flows_leave_the_evidence_as_it_is(
    packed: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two unknown flows between two levels: guessed and weighed out, or left to the path.

    Both are right estimates of the marginal likelihood; with about 500 effective draws they agree
    within 0.3 log points, which a forgotten density of the guess (1.4 of them) would pass.
    """
    of = ("investment_stock", "investment_flow")
    kept = {("investment_stock", "2008"), ("investment_stock", "2010"), ("investment_flow", "2013")}
    figures = [
        replace(f, use="calibrate", step=2.0 if f.indicators[0] == of[0] else f.step)
        for f in packed.evidence.pack.figures
        if (f.indicators[0], f.period.text) in kept
    ]
    evidence = replace(packed.evidence, observations=tuple(figures))

    def log_evidence() -> float:
        plan = make_plan(evidence, packed.parameters)
        group = next(g for g in plan.groups if g.name == "investment")
        drawn = sample(group.build(group.forms[0]), np.random.default_rng(1), 8_192, 500.0)
        return float(drawn.log_evidence)

    guessed = log_evidence()
    monkeypatch.setattr(stocks, "MOST_UNKNOWN", 1)
    assert guessed == pytest.approx(log_evidence(), abs=0.3)
