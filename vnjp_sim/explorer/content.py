"""What the page shows of a state, as plain data: pictures, tables, words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vnjp_sim.explorer.departures import Departure
from vnjp_sim.explorer.state import State

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A picture as a table: text to be read, a row a year or an indicator."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture for the page.

    Attributes
    ----------
    key : str
        The same for two pictures of which only `data` and the words differ: a view that was made
        with the specification can be given the rows of the other one.
    spec : dict
        Vega-Lite in light colours; it names its data sets and holds none of their rows. Its width
        is that of its container, see :mod:`vnjp_sim.charts.live`.
    data : dict[str, list[Row]]
        Rows by name of the data set.
    title : str
        What is shown, with its unit.
    text : str
        How to read it, for those too who do not see it.
    table : Table
        The numbers of the picture.
    """

    key: str
    spec: dict[str, Any]
    data: dict[str, list[Row]]
    title: str
    text: str
    table: Table


@dataclass(frozen=True)
class Chance:
    """A target: its chance under the scenario and under what it is compared with, in words."""

    target: str
    title: str
    indicator: str
    by: str
    scenario: str
    against: str
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A documented figure of the indicator, and where it stands."""

    period: str
    figure: str
    reported: str
    use: str
    document: str
    title: str
    line: str
    place: str


@dataclass(frozen=True)
class Mover:
    """An indicator that a change moves: its id and label, by how much, and how sure that is."""

    indicator: str
    label: str
    size: str
    sure: str


@dataclass(frozen=True)
class Answer:
    """What follows from a state, at once.

    Attributes
    ----------
    state : State
        What it is of.
    scenario, against : str
        Titles.
    compared : bool
        Whether the two differ; else there are no effects.
    words : str
        The effect in a sentence; the level where nothing is compared.
    reached : bool
        Whether the indicator differs in any year; if not, its pictures of effects are empty.
    movers : tuple[Mover, ...]
        What differs most in the year, of all sectors.
    cite : str
        The sentence with what it is compared with, and how to cite both.
    effect, chance, level, sector : Picture
        The paired difference by year; the chance that it is positive by year; levels with history
        and figures; the effects on every indicator of its sector.
    targets : tuple[Chance, ...]
        The chance of each target, those of the indicator first.
    figures : tuple[Figure, ...]
        Of the indicator.
    about : tuple[str, ...]
        What `vnjp_sim trace` tells beside them.
    departures : tuple[Departure, ...]
        From the baseline.
    seconds : Mapping[str, float]
        How long the engine and the rest took: {"engine": …, "pictures": …}.
    """

    state: State
    scenario: str
    against: str
    compared: bool
    words: str
    reached: bool
    movers: tuple[Mover, ...]
    cite: str
    effect: Picture
    chance: Picture
    level: Picture
    sector: Picture
    targets: tuple[Chance, ...]
    figures: tuple[Figure, ...]
    about: tuple[str, ...]
    departures: tuple[Departure, ...]
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class CarriedBy:
    """A link that carries the effect, what is lost without it, and the grade of its size."""

    link: str
    words: str
    lost: str
    grade: str
    reference: str


@dataclass(frozen=True)
class Explanation:
    """Why the effect is what it is.

    Attributes
    ----------
    state : State
        What it is of.
    contributions : Picture | None
        What each lever and event adds; None where nothing is compared.
    links : tuple[CarriedBy, ...]
        What carries most first.
    words : tuple[str, ...]
        What changed and why, in sentences.
    decides : str
        What the answer rests on, and how well that is known.
    middles : str
        Median and mean, where the sentence tells the one and the parts add up to the other.
    routes : tuple[str, ...]
        How each change reached the indicator: over which others, when, and by which links.
    """

    state: State
    contributions: Picture | None
    links: tuple[CarriedBy, ...]
    words: tuple[str, ...]
    decides: str
    middles: str = ""
    routes: tuple[str, ...] = ()


class Stale(Exception):  # noqa: N818 - nothing is wrong
    """A newer state was asked for: the rest of the work is not needed."""


Newer = Callable[[], bool]
"""Whether a newer state is asked for; asked between the steps of the work."""


def never() -> bool:
    """Return that none is."""
    return False


def go_on(newer: Newer) -> None:
    """Raise Stale if a newer state is asked for."""
    if newer():
        raise Stale
