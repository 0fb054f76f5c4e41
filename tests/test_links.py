"""Links by hand arithmetic: forms, lags, and silence where nothing deviates."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vnjp_sim.foundation.errors import CalibrationGateError, InputError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.links import Link, read_links
from vnjp_sim.sectors import SECTORS, dependency_order
from vnjp_sim.sectors.couplings import coefficient
from vnjp_sim.sectors.link_effects import Deviation, LinkEffects
from vnjp_sim.sectors.link_stability import loops
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.prepared import check_stability
from vnjp_sim.simulation.request import Options

DRAWS = 3


def link(form: str, lag: dict[str, float], beta: float) -> Link:
    return Link.model_validate(
        {
            "driver": "x",
            "response": "y",
            "form": form,
            "lag": lag,
            "prior": {"fixed": beta},
            "grade": "assumed",
            "reference": "made for the test",
        }
    )


def effects(one: Link, base: dict[int, float], moved: dict[int, float]) -> LinkEffects:
    made = Deviation(one, coefficient("one", one, RandomStreams(1, 0, DRAWS)))
    for year, value in moved.items():
        made.record(year, np.full(DRAWS, value), np.full(DRAWS, base[year]))
    return LinkEffects((made,))


YEARS = range(2026, 2036)
BASE = dict.fromkeys(YEARS, 100.0)
DOUBLED = dict.fromkeys(YEARS, 200.0)


def acted(one: Link, year: int, moved: dict[int, float] | None = None) -> float:
    until = {y: v for y, v in (moved or DOUBLED).items() if y <= year}
    return float(effects(one, BASE, until).act("y", year, np.full(DRAWS, 10.0))[0])


def test_elasticity_with_a_fixed_lag() -> None:
    one = link("elasticity", {"fixed": 2}, 0.5)
    assert acted(one, 2027) == 10.0
    assert acted(one, 2028) == pytest.approx(10.0 * 2.0**0.5, rel=1e-15)


def test_semi_and_added_in_the_same_year() -> None:
    assert acted(link("semi", {"fixed": 0}, 0.01), 2026) == pytest.approx(10.0 * np.exp(1.0))
    assert acted(link("added", {"fixed": 0}, 0.03), 2026) == pytest.approx(13.0)


def test_what_is_added_never_takes_all() -> None:
    """Nothing left would make ratios infinite."""
    assert acted(link("added", {"fixed": 0}, -0.03), 2026) == pytest.approx(7.0)
    assert acted(link("added", {"fixed": 0}, -0.50), 2026) == pytest.approx(0.1)


def test_phase_in_rises_evenly_to_the_whole() -> None:
    one = link("semi", {"phase_in": 4}, 0.01)
    for year, part in ((2026, 0.25), (2027, 0.5), (2029, 1.0), (2033, 1.0)):
        assert acted(one, year) == pytest.approx(10.0 * np.exp(part))


def test_half_life_of_an_impulse_and_of_an_adjustment() -> None:
    once = dict(BASE) | {2026: 200.0}
    semi = link("semi", {"half_life": 2.0}, 0.01)
    assert acted(semi, 2026, once) == pytest.approx(10.0 * np.exp(1.0))
    assert acted(semi, 2028, once) == pytest.approx(10.0 * np.exp(0.5))
    slow = link("elasticity", {"half_life": 1.0}, 1.0)
    assert acted(slow, 2026) == pytest.approx(10.0 * 2.0**0.5)
    assert acted(slow, 2028) == pytest.approx(10.0 * 2.0**0.875)


def test_no_deviation_changes_no_bit() -> None:
    value = np.random.default_rng(1).lognormal(size=DRAWS)
    for form in ("elasticity", "semi", "added"):
        for lag in ({"fixed": 0}, {"phase_in": 3}, {"half_life": 1.5}):
            made = effects(link(form, lag, 0.7), BASE, BASE)
            assert (made.act("y", 2030, value) == value).all()


def test_response_without_a_link_is_left_alone() -> None:
    value = np.ones(DRAWS)
    assert effects(link("semi", {"fixed": 0}, 1.0), BASE, DOUBLED).act("z", 2030, value) is value


def test_shipped_links_have_sectors_at_both_ends(shipped_model: Model) -> None:
    links = read_links(shipped_model.folder, shipped_model.registry)
    outputs = {name for sector in SECTORS for name in sector.outputs}
    responses = {name for sector in SECTORS for name in sector.responses}
    assert {x.driver for x in links.links.values()} <= outputs
    assert {x.response for x in links.links.values()} == responses


def test_same_year_link_within_a_sector_is_refused() -> None:
    with pytest.raises(ValueError, match="within one sector"):
        dependency_order([("trade_exports", "trade_imports")])


def test_same_year_links_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        dependency_order(
            [("trade_exports", "people_visitors"), ("people_visitors", "trade_exports")]
        )


# ---------------------------------------------------------------- refused when read

LINK = """  {name}:
    driver: {driver}
    response: {response}
    form: {form}
    lag: {lag}
    prior: {prior}
    grade: assumed
    reference: made for the test
"""


def with_links(folder: Path, repository: Path, *added: dict[str, str]) -> Model:
    """Load the shipped models with further links at the top of their file."""
    shutil.copytree(repository / "models", folder / "models")
    file = folder / "models" / "links.yml"
    usual = {"form": "elasticity", "lag": "{fixed: 1}", "prior": "{fixed: 0.1}"}
    text = "".join(
        LINK.format(**usual | {"name": f"mine_{number}"} | one) for number, one in enumerate(added)
    )
    whole = file.read_text(encoding="utf-8").replace("links:\n", f"links:\n{text}", 1)
    file.write_text(whole, encoding="utf-8")
    return load_model(folder / "models")


@pytest.mark.parametrize(
    ("added", "line", "told"),
    [
        (
            {"driver": "macro_jp_gdp", "response": "people_residents"},
            6,
            (
                "no sector lets links act on 'people_residents', so that it would have no effect; "
                "links act on: investment_flow, labour_intake, oda_loans, "
                "people_japanese_specialists, people_learners, people_others, "
                "people_student_entries, people_visitors, security_exchanges, "
                "security_ship_visits, trade_exports, trade_imports"
            ),
        ),
        (
            {"driver": "macro_jp_gdp", "response": "people_visitor"},
            6,
            "unknown indicator 'people_visitor'; did you mean 'people_visitors'?",
        ),
        (
            {"driver": "oda_commitments_usd", "response": "trade_imports"},
            5,
            (
                "no sector computes the driver 'oda_commitments_usd'; "
                "did you mean 'oda_commitments'?"
            ),
        ),
        (
            {"driver": "diplomacy_visits", "response": "trade_exports"},
            7,
            (
                "the driver 'diplomacy_visits' may be zero or negative, where it has no logarithm; "
                "use form semi"
            ),
        ),
        (
            {"driver": "trade_exports", "response": "trade_imports", "lag": "{half_life: 2}"},
            8,
            "acts within the year inside one sector, trade; give it a lag, such as {fixed: 1}",
        ),
        (
            {"driver": "labour_remittances", "response": "people_visitors", "form": "added"},
            7,
            (
                "adds USD bn of the driver to persons of the response; "
                "use form elasticity or semi, or a driver in the same unit"
            ),
        ),
        (
            {"driver": "people_visitors", "response": "labour_intake", "form": "added"},
            7,
            (
                "'labour_intake' stands for several quantities, to which nothing can be added; "
                "use form elasticity or semi"
            ),
        ),
        (
            {
                "driver": "trade_turnover",
                "response": "labour_intake",
                "lag": "{fixed: 0}",
            },
            8,
            None,
        ),
    ],
    ids=lambda value: value.get("driver", "") if isinstance(value, dict) else "",
)
def test_link_that_cannot_act_is_refused(
    added: dict[str, str],
    line: int,
    told: str | None,
    tmp_path: Path,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if told is None:
        assert with_links(Path(), repository, added).links.links["mine_0"].lag.same_year
        return
    with pytest.raises(InputError) as refused:
        with_links(Path(), repository, added)
    (fault,) = refused.value.refusals
    assert str(fault).startswith(f"models/links.yml:{line}:")
    assert str(fault).endswith(f": link mine_0: {told}")


def test_all_faults_of_links_are_told_at_once(tmp_path: Path, repository: Path) -> None:
    with pytest.raises(InputError) as refused:
        with_links(
            tmp_path,
            repository,
            {"driver": "nothing", "response": "trade_exports"},
            {"driver": "macro_jp_gdp", "response": "people_residents"},
            {"driver": "oda_loans", "response": "oda_commitments"},
        )
    told = [fault.what for fault in refused.value.refusals]
    assert [what.split(":")[0] for what in told] == [
        "link mine_0",
        "link mine_1",
        "link mine_2",
        "link mine_2",
    ]


def test_links_that_wait_for_each_other_within_the_year_are_refused(
    tmp_path: Path, repository: Path
) -> None:
    with pytest.raises(InputError) as refused:
        with_links(
            tmp_path,
            repository,
            {"driver": "trade_turnover", "response": "people_visitors", "lag": "{fixed: 0}"},
            {"driver": "people_network", "response": "trade_imports", "lag": "{phase_in: 4}"},
        )
    first, second = refused.value.refusals
    assert "closes a loop: trade → people → trade" in first.what
    assert "closes a loop: people → trade → people" in second.what
    assert first.remedy == "give it a lag, such as {fixed: 1}"


# ---------------------------------------------------------------- loops


def loop_of(gain: float) -> tuple[dict[str, str], dict[str, str]]:
    return (
        {"driver": "trade_exports", "response": "trade_imports", "prior": f"{{fixed: {gain}}}"},
        {"driver": "trade_imports", "response": "trade_exports", "prior": "{fixed: 1.0}"},
    )


def test_loop_that_dies_out_is_read(tmp_path: Path, repository: Path) -> None:
    model = with_links(tmp_path, repository, *loop_of(0.5))
    assert loops(model.links.links, {}) == (("mine_0", "mine_1"),)
    check_stability(model, Options(draws=50))


@pytest.mark.parametrize("gain", [1.0, 1.2, -1.2])
def test_loop_that_grows_is_refused_by_name(
    gain: float, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        with_links(Path(), repository, *loop_of(gain))
    (fault,) = refused.value.refusals
    assert str(fault).startswith("models/links.yml:4:")
    assert "the links mine_0 → mine_1 feed back on each other and grow without bound" in fault.what
    assert f"up to {np.sqrt(abs(gain)):.2f}" in fault.what


def test_loop_that_grows_in_some_draws_stops_a_run(tmp_path: Path, repository: Path) -> None:
    """The priors pass in the draws of reading, but not in those of a run with another seed."""
    first, second = loop_of(0.5)
    model = with_links(tmp_path, repository, first, second)
    known = dict(model.links.links)
    wide = Distribution.model_validate({"normal": {"mean": 0.5, "sd": 0.25}})
    known["mine_0"] = known["mine_0"].model_copy(update={"prior": wide})
    model = replace(model, links=replace(model.links, links=known))
    draws = wide.transform(RandomStreams(3, 0, 2_000).normal("link.mine_0", group="assumed"))
    with pytest.raises(CalibrationGateError, match=f"in {int((draws >= 1.0).sum())} draws"):
        check_stability(model, Options(draws=2_000, seed=3))


def test_loop_of_unknown_size_is_told(tmp_path: Path, repository: Path) -> None:
    added = {"driver": "trade_balance", "response": "trade_exports", "form": "semi"}
    with pytest.raises(InputError, match="no figure gives the size of trade_balance"):
        with_links(tmp_path, repository, added)


def test_shipped_links_hold_no_loop(shipped_model: Model) -> None:
    assert loops(shipped_model.links.links, {}) == ()
    check_stability(shipped_model, Options(draws=10_000))


def test_a_link_says_which_parts_of_its_effect_are_published(shipped_model: Model) -> None:
    assert shipped_model.links.links["network_to_exports"].graded == (
        "sign published, size published, spread assumed"
    )
    assert shipped_model.links.links["yen_to_visitors"].graded == (
        "sign assumed, size assumed, spread assumed"
    )
