"""Levels that the documents state and no law moves in history: they enter the bank as they are."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.evidence import Evidence, Observation
from vnjp_sim.reporting import sample_truth, sharpness, two_sided
from vnjp_sim.vocabulary import PeriodKind

Arrays = dict[str, NDArray[np.generic]]

DATES: tuple[PeriodKind, ...] = ("year", "month", "months", "fiscal")
"""The periods that end on a date or in a span of months, as a share at a date does."""


def level_figures(evidence: Evidence) -> dict[str, tuple[Observation, ...]]:
    """Return the figures that documented levels are taken from, by the level's name.

    A level is that of the latest figure, of the sharpest where several are as late. Output per head
    needs output itself in the same year; vessels are on order if they are promised after the count
    of those in service, with a year planned for them.
    """
    found: dict[str, tuple[Observation, ...]] = {}
    output = _latest(evidence, "macro_vn_gdp_usd", ("calibrate",), kinds=("year",))
    if output is not None:
        found["macro_vn_gdp_usd"] = (output,)
    per_head = _latest(evidence, "macro_vn_gdp_per_capita", ("calibrate",), kinds=("year",))
    if per_head is not None and output is not None and per_head.period == output.period:
        found["macro_vn_gdp_per_capita"] = (per_head,)
    vessels = _latest(evidence, "security_vessels", ("calibrate",))
    if vessels is not None:
        found["security_vessels"] = (vessels,)
        ordered = _latest(evidence, "security_vessels_promised", ("calibrate",))
        planned = _latest(evidence, "security_vessels_delivered", ("check",), forecast=True)
        if ordered and planned and ordered.period.year > vessels.period.year:
            found["security_vessels.ordered"] = (ordered, planned)
    agreed = _latest(evidence, "energy_projects_listed", ("calibrate", "check"))
    if agreed is not None:
        found["energy_list"] = (agreed,)
    share = _latest(evidence, "labour_foreign_share", ("calibrate",), kinds=DATES)
    if share is not None:
        found["labour_foreign_share"] = (share,)
    return found


def documented_levels(evidence: Evidence, size: int, rng: np.random.Generator) -> Arrays:
    """Return the documented levels by name, each (row,), those without a figure left out.

    Vietnam's output in dollars in its base year, and per head in dollars; the share of Vietnamese
    among foreign workers, with the year at whose end it is taken; patrol vessels delivered, on
    order and the year planned for them; the tier of the partnership; the day on which the energy
    list was agreed.
    """
    arrays: Arrays = {}
    figures = level_figures(evidence)
    for output in figures.get("macro_vn_gdp_usd", ()):
        arrays["macro_vn_gdp_usd.level"] = sample_truth(output, rng, size)
        arrays["macro_vn_gdp_usd.level_year"] = np.full(size, output.period.year)
    for vessels in figures.get("security_vessels", ()):
        arrays["security_vessels.level"] = np.full(size, vessels.value)
    if "security_vessels.ordered" in figures:
        ordered, planned = figures["security_vessels.ordered"]
        arrays["security_vessels.ordered"] = np.full(size, ordered.value)
        arrays["security_vessels.planned_year"] = np.full(size, planned.period.year)
    upgrades = [
        e.value
        for e in evidence.events
        if e.type == "partnership_upgrade" and e.value is not None and not e.duplicate
    ]
    if upgrades:
        arrays["diplomacy_tier.level"] = np.full(size, max(upgrades))
        arrays["diplomacy_upgrade.rate"] = upgrade_rate(evidence, rng, size)
    for agreed in figures.get("energy_list", ()):
        arrays["energy_list.agreed"] = np.full(size, agreed.period.end)
    for per_head in figures.get("macro_vn_gdp_per_capita", ()):
        arrays["macro_vn_gdp_per_capita.level"] = sample_truth(per_head, rng, size)
    for share in figures.get("labour_foreign_share", ()):
        arrays["labour_foreign_share.level"] = sample_truth(share, rng, size).clip(1.0, 99.0)
        arrays["labour_foreign_share.level_year"] = np.full(size, share.period.last_year)
    return arrays


UPGRADE_PRIOR = (1.0, 8.0)
"""Gamma prior of the upgrade hazard: shape, and years observed for it."""


def upgrade_rate(evidence: Evidence, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Draw the hazard of an upgrade, (row,), upgrades a year.

    Waits between upgrades are exponential, so that the hazard given k upgrades after the first in
    T years is Gamma(a + k, b + T); T runs to the last upgrade.
    """
    dates = sorted(
        int(e.date[:4]) + (int(e.date[5:7]) - 0.5) / 12.0 if len(e.date) >= 7 else int(e.date[:4])
        for e in evidence.events
        if e.type == "partnership_upgrade" and e.value is not None and not e.duplicate
    )
    shape, years = UPGRADE_PRIOR
    return rng.gamma(shape + len(dates) - 1, 1.0 / (years + dates[-1] - dates[0]), size)


def _latest(
    evidence: Evidence,
    indicator: str,
    uses: tuple[str, ...],
    *,
    kinds: tuple[PeriodKind, ...] = get_args(PeriodKind),
    forecast: bool = False,
) -> Observation | None:
    """Return the latest, then sharpest, figure of an indicator."""
    figures = [
        o
        for o in evidence.observations
        if o.indicators == (indicator,)
        and o.use in uses
        and o.period.kind in kinds
        and two_sided(o)
        and (o.reported == "forecast") == forecast
        and o.reported not in ("growth", "share", "pledge")
    ]
    return max(figures, key=lambda o: (o.period.end, -sharpness(o), o.key), default=None)
