"""Diplomacy: visits by direction, documents signed at them, agreements, localities, the tier.

Visits are counts whose expected number a scenario may steer; a summit of the scenario adds one in
its direction. Documents are signed at visits: at headline visits (those known of the year, summits
of the scenario) by the calibrated rate, since the documents count them there alone; at others by a
part of it. Agreements count those that enter into force within the horizon, each by its size (1 for
one of those in force), pro rata by days in their first year. The use of preferences is the share of
Vietnam's exports to Japan that claims the lower tariffs of the agreements in force; it stays where
it is unless a scenario steers it. The tier rises with a calibrated hazard up to the top, where it
has been since 2023, and never falls: Vietnam has lowered no partnership.

A political setback takes away a part of the expected visits while it lasts, and with them the
documents signed there; agreements that would enter into force meanwhile do so at its end. Setback
and tension at sea are also given as the part of a year for which they last, as drivers of links.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.demand import share_under_way, share_while_it_lasts
from vnjp_sim.sectors.identities import decimal_year, years_later
from vnjp_sim.sectors.laws import CountState

FloatArray = NDArray[np.float64]

TIER = "diplomacy_tier"
TOP_TIER = 4.0
ORDINARY = "diplomacy_ordinary_documents"
VISITS_MOVED_BY = ("diplomacy_visits", "summit", "political_setback")
USE, USED_SHARE = "diplomacy_preference_use", "diplomacy_preference_share"
SETBACK, TENSION = "diplomacy_setback", "diplomacy_sea_tension"
DIRECTIONS = ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan")


class Diplomacy(Sector):
    """What the two governments do with each other."""

    laws: ClassVar[tuple[Law, ...]] = (
        *(Law(name, "count") for name in DIRECTIONS),
        Law("diplomacy_documents", "count"),
        Law("diplomacy_local_accords"),
    )
    gives: ClassVar[tuple[Output, ...]] = (
        *(Output(name, laws=(name,), moved_by=VISITS_MOVED_BY) for name in DIRECTIONS),
        Output(
            "diplomacy_visits",
            "the sum of both directions",
            DIRECTIONS,
            is_sum=True,
            set_by=VISITS_MOVED_BY,
        ),
        Output(
            "diplomacy_documents",
            "documents signed at visits",
            ("diplomacy_visits",),
            laws=("diplomacy_documents",),
            priors=(ORDINARY,),
        ),
        Output(
            "diplomacy_agreements",
            "agreements that a scenario brings into force",
            set_by=("trade_agreement",),
            moved_by=("political_setback",),
        ),
        Output(
            USE,
            "a share drawn, as the scenario steers it",
            priors=(USED_SHARE,),
            set_by=(USE,),
        ),
        Output(SETBACK, "the part of the year that it lasts", set_by=("political_setback",)),
        Output(TENSION, "the part of the year that it lasts", set_by=("maritime_tension",)),
        Output("diplomacy_local_accords", laws=("diplomacy_local_accords",)),
        Output(
            "diplomacy_tier",
            "the last upgrade stays",
            needs=("diplomacy_tier.level", "diplomacy_upgrade.rate"),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.tier: FloatArray | None = None
        if context.has("diplomacy_tier.level"):
            self.tier = context.value("diplomacy_tier.level")
            self.upgrade_chance = -np.expm1(-context.value("diplomacy_upgrade.rate"))
        self.used = 100.0 * context.drawn(USED_SHARE)
        self.visits = [self.count(n) for n in DIRECTIONS if self.is_calibrated(n)]
        self.documents = (
            self.count("diplomacy_documents") if self.is_calibrated("diplomacy_documents") else None
        )
        self.accords = (
            self.state("diplomacy_local_accords")
            if self.is_calibrated("diplomacy_local_accords")
            else None
        )

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's visits and documents, the accords and the tier at its end."""
        del values
        result = {state.name: self._visits(state, year) for state in self.visits}
        if len(result) == len(DIRECTIONS):
            visits = result[DIRECTIONS[0]] + result[DIRECTIONS[1]]
            result["diplomacy_visits"] = visits
            if self.documents is not None:
                result["diplomacy_documents"] = self._signed(self.documents, year, visits)
        result["diplomacy_agreements"] = self._agreements(year)
        result[USE] = self._used(year)
        for name, kind in ((SETBACK, "political_setback"), (TENSION, "maritime_tension")):
            lasting = share_under_way(self.context.controls.of_type(kind), year)
            result[name] = np.full(self.context.streams.size, lasting)
        if self.accords is not None:
            result["diplomacy_local_accords"] = self.accords.step(year)
        if self.tier is not None:
            result["diplomacy_tier"] = self._upgraded(year)
        return result

    def _signed(self, documents: CountState, year: int, visits: FloatArray) -> FloatArray:
        """Return the documents signed at the visits of a year, (draw,).

        Where nothing moves the visits, those of all years are found at once.
        """
        controls, block, first = self.context.controls, self.context.block, self.context.first_year
        ordinary = self.context.drawn(ORDINARY)
        if "diplomacy_visits" in controls.levers or controls.of_type(*VISITS_MOVED_BY):
            summits = sum(event.on.year == year for event in controls.of_type("summit"))
            headline = sum(state.known(year) for state in self.visits) + summits
            return documents.step(year, headline + ordinary * (visits - headline))

        def all_years() -> tuple[FloatArray, FloatArray]:
            exposures = self.visits[0].plain + self.visits[1].plain
            for row, exposure in enumerate(exposures):
                headline = sum(state.known(first + row) for state in self.visits)
                exposure[:] = headline + ordinary * (exposure - headline)
            return ordinary, documents.counts(
                exposures
            )  # the former lives, so that its id is its own

        _, plain = block.shared(("documents", *self.context.seeds, id(ordinary)), all_years)
        return np.asarray(plain[year - first])

    def _upgraded(self, year: int) -> FloatArray:
        """Return the tier at the end of `year`: upgrades by a calibrated hazard up to the top."""
        if self.tier is None or year <= self.context.last_history:
            return self.context.value("diplomacy_tier.level")
        upgrade = self.context.streams.uniform("diplomacy_tier.upgrade", year) < self.upgrade_chance
        self.tier = np.minimum(self.tier + upgrade, TOP_TIER)
        return self.tier

    def _visits(self, state: CountState, year: int) -> FloatArray:
        """Return the visits of a year in one direction, summits of the scenario included."""
        controls = self.context.controls
        expected = None
        if year > self.context.last_history:
            usual = sum_of_rates(self.context)
            expected = controls.share("diplomacy_visits", year, usual)
            setbacks = controls.of_type("political_setback")
            if setbacks:
                left = share_while_it_lasts(setbacks, "visits", year)
                expected = np.full(self.context.streams.size, left) * (
                    1.0 if expected is None else expected
                )
        direction = 1.0 + DIRECTIONS.index(state.name)
        summits = sum(
            event.on.year == year and event.amount("to") == direction
            for event in controls.of_type("summit")
        )
        return state.step(year, expected) + summits

    def _used(self, year: int) -> FloatArray:
        """Return the share of exports that uses preferences in a year, (draw,), in percent."""
        share = self.used
        if year <= self.context.last_history:
            return share
        return np.clip(self.context.controls.steer(USE, year, share), 0.0, 100.0)

    def _agreements(self, year: int) -> FloatArray:
        """Return the agreements in force in a year, (draw,), by size and pro rata in their first.

        None enters into force during a setback.
        """
        controls, count = self.context.controls, 0.0
        for event in controls.of_type("trade_agreement"):
            start = decimal_year(event.on)
            for setback in controls.of_type("political_setback"):
                end = years_later(setback.on, setback.amount("years"))
                if decimal_year(setback.on) <= start < end:
                    start = end
            count += event.amount("size", 1.0) * min(max(year + 1.0 - start, 0.0), 1.0)
        return np.full(self.context.streams.size, count)


def sum_of_rates(context: SectorContext) -> FloatArray:
    """Return the visits of a year that the laws of both directions expect, (draw,)."""
    first, second = (context.value(f"{name}.rate") for name in DIRECTIONS)
    return first + second
