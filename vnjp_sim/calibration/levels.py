"""Levels that the documents state and no law moves in history: they enter the bank as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.observation_model import LEAST_PART, sample_truth, sharpness, two_sided
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.events import Event
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.central_course import OUTPUT, PEOPLE, CentralCourse
from vnjp_sim.sectors.energy import LISTED_PROJECTS
from vnjp_sim.sectors.labour import FOREIGN_SHARE
from vnjp_sim.sectors.vessels import (
    DELIVERED,
    PROMISED,
    SUFFIXES,
    USED_SERIES_COUNTED,
    VESSELS,
    Fleet,
    Plan,
    Promise,
    Span,
    fleet,
)
from vnjp_sim.sectors.worker_flows import WORKERS

Arrays = dict[str, NDArray[np.generic]]

STOCKS = tuple(f"{name}.path" for name in WORKERS)
MOST_VESSELS = 200
"""So many vessels a figure may have: each has a life and a place in the yards."""


def documented_levels(
    evidence: Evidence,
    course: CentralCourse,
    size: int,
    rng: np.random.Generator,
    first_years: Mapping[str, int],
) -> Arrays:
    """Return the documented levels by name, each (row,), those without a figure left out.

    Vietnam's output in dollars and its population in the last published year of the central course;
    the share of Vietnamese among foreign workers, with the year at whose end it is taken; patrol
    vessels in service and on order; the tier of the partnership; the day on which the energy list
    was agreed.

    Parameters
    ----------
    evidence, course, size, rng
        Figures and events, the central course, the rows of the bank, and what draws them.
    first_years : Mapping[str, int]
        Those of the calibrated paths, from which the share of foreign workers follows.

    Raises
    ------
    InputError
        A figure has more vessels than can be followed one by one.
    """
    arrays: Arrays = {}
    for name in (OUTPUT, PEOPLE):
        if name in course:
            level = course.value(name, course.last_published(name))
            arrays[f"{name}.level"] = np.full(size, level)
    arrays |= {name: np.full(size, value) for name, value in _constants(evidence)}
    if upgrades := _upgrades(evidence):
        arrays["diplomacy_upgrade.rate"] = upgrade_rate(upgrades, rng, size)
    if (share := foreign_share(evidence, first_years)) is not None:
        least = LEAST_PART * max(share.value, share.step)
        arrays[f"{FOREIGN_SHARE}.level"] = sample_truth(share, rng, size).clip(least, 100.0)
        arrays[f"{FOREIGN_SHARE}.level_year"] = np.full(size, share.period.last_year)
    return arrays


def _constants(evidence: Evidence) -> Iterator[tuple[str, float | int]]:
    """Yield the levels that have one value in all rows."""
    if (vessels := documented_fleet(evidence)) is not None:
        yield from _named_vessels(vessels)
    if upgrades := _upgrades(evidence):
        yield "diplomacy_tier.level", max(e.value or 0.0 for e in upgrades)
    if (agreed := list_agreed(evidence)) is not None:
        yield "energy_list.agreed", agreed.period.end


def level_figures(evidence: Evidence, first_years: Mapping[str, int]) -> tuple[Observation, ...]:
    """Return the figures that levels are taken from, or that bear on what is on order."""
    vessels = [*_figures(evidence, VESSELS)]
    if vessels:
        vessels += [*_figures(evidence, PROMISED), *_deliveries(evidence), *_plans(evidence)]
    taken = [
        *vessels,
        list_agreed(evidence),
        foreign_share(evidence, first_years),
    ]
    return tuple({figure.key: figure for figure in taken if figure is not None}.values())


def last_level_year(evidence: Evidence) -> int:
    """Return the last year of levels that only history can have, 0 without any.

    Output is carried back from its year, and vessels come on their dates, whatever the history.
    """
    shares = (figure.period.last_year for figure in _figures(evidence, FOREIGN_SHARE))
    return max([*shares, *(event.year for event in _upgrades(evidence))], default=0)


def list_agreed(evidence: Evidence) -> Observation | None:
    """Return the first figure of the energy list; later ones tell it again."""
    figures = _figures(evidence, LISTED_PROJECTS, ("calibrate", "check"))
    return min(figures, key=lambda o: (o.period.end, o.key), default=None)


def foreign_share(evidence: Evidence, first_years: Mapping[str, int]) -> Observation | None:
    """Return the latest figure of the share of foreign workers; None before stocks begin."""
    begun = max([y for name, y in first_years.items() if name in STOCKS], default=0)
    return _latest(f for f in _figures(evidence, FOREIGN_SHARE) if f.period.last_year >= begun)


# ---------------------------------------------------------------------- vessels


def documented_fleet(evidence: Evidence) -> Fleet | None:
    """Return the vessels in service and on order by the figures; None without a count."""
    counts = [_span(f) for f in _figures(evidence, VESSELS)]
    if not counts:
        return None
    promises: list[Promise] = []
    reached = 0.0
    for figure in sorted(_figures(evidence, PROMISED), key=lambda f: (f.period.start, -f.value)):
        if figure.period.start >= reached:  # else it is reported again
            span = _span(figure)
            promises.append(Promise(span.middle, span.number))
            reached = figure.period.end
    plans = [Plan(f.period.year, _span(f).number, _made(f, evidence)) for f in _plans(evidence)]
    return fleet(promises, counts, list(_delivered(evidence)), plans)


def _delivered(evidence: Evidence) -> Iterator[Span]:
    """Yield the deliveries of each year by the figures, or by the events if these are more."""
    figures = [_span(f) for f in _deliveries(evidence)]
    events = [e for e in evidence.events if e.type == "vessel_delivery" and not e.duplicate]
    dated = [_span_of_event(e) for e in events]
    for year in sorted({int(span.start) for span in (*figures, *dated)}):
        known = [[s for s in spans if int(s.start) == year] for spans in (figures, dated)]
        yield from max(known, key=lambda spans: sum(span.number for span in spans))


def _named_vessels(vessels: Fleet) -> Iterator[tuple[str, float | int]]:
    """Yield what the bank holds of the fleet; what has no number of its own has a suffix."""
    yield f"{VESSELS}.level", float(vessels.used)
    if vessels.counted > USED_SERIES_COUNTED:
        yield f"{VESSELS}.counted", vessels.counted
    for suffix, (time, number) in zip(SUFFIXES, vessels.later, strict=False):
        yield f"{VESSELS}.later{suffix}", float(number)
        yield f"{VESSELS}.later_time{suffix}", time
    for suffix, order in zip(SUFFIXES, vessels.orders, strict=False):
        yield f"{VESSELS}.ordered{suffix}", float(order.number)
        if order.planned is None:
            yield f"{VESSELS}.promised_time{suffix}", order.promised
        else:
            yield f"{VESSELS}.planned_year{suffix}", order.planned


def _deliveries(evidence: Evidence) -> list[Observation]:
    return _figures(evidence, DELIVERED)


def _plans(evidence: Evidence) -> list[Observation]:
    return _figures(evidence, DELIVERED, ("check",), forecast=True)


def _span(figure: Observation) -> Span:
    if figure.value > MOST_VESSELS:
        what = f"{figure.printed} vessels are too many, since each vessel is modelled"
        remedy = f"give a number up to {MOST_VESSELS}"
        raise InputError.single(figure.file, what, remedy, figure.row)
    return Span(figure.period.start, figure.period.end, round(figure.value))


def _span_of_event(event: Event) -> Span:
    begun = event.year + ((int(event.date[5:7]) - 1) / 12.0 if len(event.date) >= 7 else 0.0)
    return Span(begun, begun + (1 / 12 if len(event.date) >= 7 else 1.0), round(event.value or 0.0))


def _made(figure: Observation, evidence: Evidence) -> float:
    published = evidence.published_on(figure)
    return published.year + published.month / 12.0


# ---------------------------------------------------------------------- the tier


UPGRADE_PRIOR = (1.0, 8.0)
"""Gamma prior of the upgrade hazard: shape, and years observed for it."""


def _upgrades(evidence: Evidence) -> list[Event]:
    return [
        e
        for e in evidence.events
        if e.type == "partnership_upgrade" and e.value is not None and not e.duplicate
    ]


def documented_tier(evidence: Evidence, year: int) -> float | None:
    """Return the tier of the partnership at the end of a year; None before the first."""
    return max((e.value or 0.0 for e in _upgrades(evidence) if e.year <= year), default=None)


def upgrade_rate(
    upgrades: Iterable[Event], rng: np.random.Generator, size: int
) -> NDArray[np.float64]:
    """Draw the hazard of an upgrade, (row,), upgrades a year.

    Waits between upgrades are exponential, so that the hazard given k upgrades after the first in
    T years is Gamma(a + k, b + T); T runs to the last upgrade.
    """
    dates = sorted(
        e.year + (int(e.date[5:7]) - 0.5) / 12.0 if len(e.date) >= 7 else e.year for e in upgrades
    )
    shape, years = UPGRADE_PRIOR
    return rng.gamma(shape + len(dates) - 1, 1.0 / (years + dates[-1] - dates[0]), size)


# ---------------------------------------------------------------------- figures


def _figures(
    evidence: Evidence,
    indicator: str,
    uses: tuple[str, ...] = ("calibrate",),
    *,
    forecast: bool = False,
) -> list[Observation]:
    """Return the figures of an indicator alone that bound its level from both sides."""
    return [
        o
        for o in evidence.observations
        if o.indicators == (indicator,)
        and o.use in uses
        and two_sided(o)
        and (o.reported == "forecast") == forecast
        and o.reported not in ("growth", "share", "pledge")
        and not o.announced
    ]


def _latest(figures: Iterable[Observation]) -> Observation | None:
    """Return the latest, then sharpest, of some figures."""
    return max(figures, key=lambda o: (o.period.end, -sharpness(o), o.key), default=None)
