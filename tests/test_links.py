"""Links by hand arithmetic: forms, lags, and silence where nothing deviates."""

from __future__ import annotations

import numpy as np
import pytest

from vnjp_sim.links import Effects, Link, read_links
from vnjp_sim.runs import Model
from vnjp_sim.sectors import SECTORS, dependency_order
from vnjp_sim.streams import Luck

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


def effects(one: Link, base: dict[int, float], moved: dict[int, float]) -> Effects:
    reference = {"x": {year: np.full(DRAWS, value) for year, value in base.items()}}
    made = Effects({"one": one}, Luck(1, 0, DRAWS), reference)
    for year, value in moved.items():
        made.record(year, {"x": np.full(DRAWS, value)})
    return made


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
    assert links.not_modelled


def test_same_year_link_within_a_sector_is_refused() -> None:
    with pytest.raises(ValueError, match="within one sector"):
        dependency_order([("trade_exports", "trade_imports")])


def test_same_year_links_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        dependency_order(
            [("trade_exports", "people_visitors"), ("people_visitors", "trade_exports")]
        )
