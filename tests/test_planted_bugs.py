"""A calibration that reads figures wrongly is caught, every run.

Six wrong readings are planted between the figures and the calibration; the truths of the same
datasets must then no longer rank evenly, by the very test that `test_sbc_ways` sets the code as
it is. A calibration that drops every second figure is still a good one of the others, so that all
its parameters and forecasts rank evenly: the log likelihood of all figures has to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from test_sbc_ways import TESTS, Reading, all_ranks, evenness

from vnjp_sim.foundation.vocabulary import parse_period
from vnjp_sim.inputs.observations import Observation

pytestmark = [pytest.mark.calibration, pytest.mark.planted, pytest.mark.slow]

DATASETS = 160
ALLOWED = 0.01 / TESTS


def bounds_as_points(figures: list[Observation]) -> list[Observation]:
    return [replace(f, reported="rounded") if f.reported in BOUNDS else f for f in figures]


def over_as_half_line(figures: list[Observation]) -> list[Observation]:
    return [replace(f, reported="at_least") if f.reported == "over" else f for f in figures]


def every_second_dropped(figures: list[Observation]) -> list[Observation]:
    return figures[::2]


def likelihood_ignored(figures: list[Observation]) -> list[Observation]:
    return []


def part_year_as_year(figures: list[Observation]) -> list[Observation]:
    return [
        replace(f, period=parse_period(str(f.period.year))) if f.period.within_one_year else f
        for f in figures
    ]


def fiscal_as_calendar_year(figures: list[Observation]) -> list[Observation]:
    return [
        replace(f, period=parse_period(str(f.period.year))) if f.period.kind == "fiscal" else f
        for f in figures
    ]


BOUNDS = ("at_least", "at_most")
PLANTED: dict[str, tuple[Reading, str]] = {
    "bounds read as points": (bounds_as_points, "bounds"),
    "over read as a half-line": (over_as_half_line, "over"),
    "every second figure dropped": (every_second_dropped, "rounded"),
    "likelihood ignored": (likelihood_ignored, "rounded"),
    "part-year read as a year": (part_year_as_year, "part_year"),
    "fiscal year read as a calendar year": (fiscal_as_calendar_year, "fiscal_year"),
}
"""What is read how, and the way of reporting whose datasets show it."""


@pytest.mark.parametrize("bug", list(PLANTED))
def test_planted_bug_is_caught(
    bug: str, processes: int, prove: Callable[[str, Mapping[str, Any]], None]
) -> None:
    read, way = PLANTED[bug]
    chances = {
        name: evenness(found) for name, found in all_ranks(way, DATASETS, processes, read).items()
    }
    worst = min(chances, key=lambda name: chances[name])
    figures = {
        "bug": bug,
        "way": way,
        "datasets": DATASETS,
        "allowed": ALLOWED,
        "p": chances[worst],
        "of": worst,
    }
    prove(f"planted_{bug.replace(' ', '_')}", figures)
    assert chances[worst] < ALLOWED, figures
