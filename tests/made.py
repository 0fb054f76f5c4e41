"""Priors and figures made for tests of the calibration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameter

BLANK = Observation(
    *(("made",), parse_period("2020"), 1.0, 1.0, "1.0", "USD bn", "rounded", None, "", "made"),
    *((1,), "Text", "calibrate", "", "made.csv", 2),
)


def prior(**distribution: Any) -> Parameter:
    """Return a prior, such as of `normal={"mean": 0.0, "sd": 1.0}`."""
    return Parameter(
        prior=Distribution.model_validate(distribution),
        unit="log points",
        grade="assumed",
        reference="made for a test",
    )


def figure(
    indicator: str,
    period: str,
    value: float,
    step: float,
    reported: str = "rounded",
    base: str = "",
    **more: Any,
) -> Observation:
    """Return a figure of a period; growth is since the period `base`."""
    return replace(
        BLANK,
        indicators=(indicator,),
        period=parse_period(period),
        value=value,
        step=step,
        printed=repr(value),
        reported=reported,
        base_period=parse_period(base) if base else None,
        **more,
    )
