"""Posteriors of laws: joined over growth forms, taken by rows, named as they are stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vnjp_sim.calibration.posteriors import (
    CountPosterior,
    GrowthPosterior,
    SharesPosterior,
    ValuePosterior,
    joined,
    named,
)

pytestmark = pytest.mark.calibration


def growth(form: int, draws: int, **parts: np.ndarray) -> GrowthPosterior:
    numbers = form + np.arange(draws) / 100.0
    given: dict[str, np.ndarray | None] = {"half_life": None, "slowdown": None, **parts}
    return GrowthPosterior(
        path=np.stack([numbers, numbers]),
        permanent=numbers,
        form=np.full(draws, form, np.int8),
        initial_growth=numbers,
        long_run_growth=numbers,
        volatility=numbers,
        half_life=given["half_life"],
        slowdown=given["slowdown"],
        transitory=None,
        departure=None,
        departure_half_life=None,
        origin=2000.5,
        plateau=12.0,
    )


def test_what_only_some_forms_use_is_missing_in_the_others() -> None:
    damped = growth(1, 3, half_life=np.array([4.0, 5.0, 6.0]))
    logistic = growth(2, 2, slowdown=np.array([9.0, 8.0]))
    both = joined([{"law": damped}, {"law": logistic}])["law"]
    assert isinstance(both, GrowthPosterior)
    assert both.half_life is not None
    assert both.slowdown is not None
    np.testing.assert_array_equal(both.half_life, [4.0, 5.0, 6.0, np.nan, np.nan])
    np.testing.assert_array_equal(both.slowdown, [np.nan] * 3 + [9.0, 8.0])
    assert both.form.tolist() == [1, 1, 1, 2, 2]
    assert both.form.dtype == np.int8
    assert both.path.shape == (2, 5)
    assert (both.transitory, both.origin, both.plateau) == (None, 2000.5, 12.0)
    some = both.take(np.array([4, 0]))
    assert isinstance(some, GrowthPosterior)
    np.testing.assert_array_equal(some.slowdown, [8.0, np.nan])
    assert some.path.flags.c_contiguous


def test_arrays_are_stored_under_readable_names() -> None:
    shares = SharesPosterior(
        groups=("fish", "wood"),
        path=np.zeros((2, 3, 4)),
        equilibrium=np.array([[1.0] * 4, [2.0] * 4]),
        spread=np.ones(4),
        half_life=np.ones(4),
    )
    known = {"exports": shares, "visits": CountPosterior(np.ones(4), np.ones(4))}
    arrays = named({**known, "loan_share": ValuePosterior(np.full(4, 0.9))})
    assert sorted(arrays) == [
        "exports.half_life",
        "exports.path",
        "exports.spread",
        "fish.equilibrium",
        "loan_share",
        "visits.dispersion",
        "visits.rate",
        "wood.equilibrium",
    ]
    np.testing.assert_array_equal(arrays["wood.equilibrium"], np.full(4, 2.0))
    scales = shares.named_scales("exports")
    assert scales.keys() == shares.named("exports").keys()
    assert scales["fish.equilibrium"] == scales["exports.path"] == "log ratio to the rest"
    assert scales["exports.spread"] == "linear"


def test_parts_without_draws_are_not_stored() -> None:
    law = growth(1, 3, half_life=np.ones(3))
    assert "law.slowdown" not in law.named("law")
    assert "law.plateau" not in law.named("law")
    assert "law.transitory" in replace(law, transitory=np.ones(3)).named("law")
    assert law.named_scales("law")["law.path"] == "natural logarithm"
    assert law.named_scales("law")["law.half_life"] == "linear"
