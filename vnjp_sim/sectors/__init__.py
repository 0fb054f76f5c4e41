"""The sectors: pure array equations, and what happens in each on its own dates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from graphlib import CycleError, TopologicalSorter

from vnjp_sim.sectors.assistance import Assistance
from vnjp_sim.sectors.base import Sector
from vnjp_sim.sectors.diplomacy import Diplomacy
from vnjp_sim.sectors.energy import Energy
from vnjp_sim.sectors.firms import Firms
from vnjp_sim.sectors.fleet import Fleet
from vnjp_sim.sectors.index import INDICES, Composite
from vnjp_sim.sectors.institutions import Institutions
from vnjp_sim.sectors.investment import Investment
from vnjp_sim.sectors.labour import Labour
from vnjp_sim.sectors.macro import Macro
from vnjp_sim.sectors.oda import Oda
from vnjp_sim.sectors.people import People
from vnjp_sim.sectors.security import Cooperation, SecurityCounts
from vnjp_sim.sectors.students import Students
from vnjp_sim.sectors.trade import Trade
from vnjp_sim.sectors.vessel_orders import VesselCosts
from vnjp_sim.sectors.workers import Workers

SECTORS: tuple[type[Sector], ...] = (
    Macro,
    Trade,
    Investment,
    Oda,
    Fleet,
    SecurityCounts,
    Assistance,
    VesselCosts,
    Cooperation,
    Labour,
    Students,
    People,
    Workers,
    Diplomacy,
    Energy,
    Firms,
    Institutions,
    *INDICES,
    Composite,
)
"""Every sector, in no binding order: the engine orders them by their inputs and outputs."""


def dependency_order(
    links: Iterable[tuple[str, str]] = (), sectors: tuple[type[Sector], ...] = SECTORS
) -> tuple[type[Sector], ...]:
    """Return the sectors so that each comes after those whose outputs it reads.

    Parameters
    ----------
    links : Iterable[tuple[str, str]]
        (driver, response) of the links that act within the year.
    sectors : tuple[type[Sector], ...]
        To be ordered.

    Raises ValueError if the sectors need one another in a circle or read what no sector gives, or
    if a link would never act.
    """
    giver = {name: sector for sector in sectors for name in sector.outputs}
    needs = {sector: set(sector.inputs) for sector in sectors}
    for driver, response in links:
        for sector in sectors:
            if response not in sector.responses:
                continue
            if driver in sector.outputs:
                raise ValueError(
                    f"a link within one sector cannot act in the same year: {driver} to {response}"
                )
            needs[sector].add(driver)
    for name in sorted({name for wanted in needs.values() for name in wanted} - set(giver)):
        raise ValueError(f"no sector computes the input {name}")
    graph = {sector: {giver[name] for name in wanted} for sector, wanted in needs.items()}
    try:
        sorter = TopologicalSorter(graph)
        sorter.prepare()
    except CycleError as error:
        names = ", ".join(sector.__name__ for sector in error.args[1][1:])
        raise ValueError(f"sectors need one another in a circle: {names}") from None
    ordered: list[type[Sector]] = []
    while ready := sorted(sorter.get_ready(), key=sectors.index):
        ordered += ready
        sorter.done(*ready)
    return tuple(ordered)


def sectors_behind(
    names: Iterable[str], sectors: tuple[type[Sector], ...] = SECTORS
) -> tuple[type[Sector], ...]:
    """Return the sectors that give some indicators, and those whose outputs they read, in order."""
    wanted = set(names)
    behind: list[type[Sector]] = []
    for sector in reversed(dependency_order((), sectors)):
        if wanted & set(sector.outputs):
            wanted |= set(sector.inputs)
            behind.append(sector)
    return tuple(reversed(behind))


def given_by(
    order: Iterable[type[Sector]], known: Collection[str]
) -> dict[type[Sector], tuple[str, ...]]:
    """Return the indicators that each sector gives with a calibration.

    Parameters
    ----------
    order : Iterable[type[Sector]]
        The sectors, each after those whose outputs it reads.
    known : Collection[str]
        Names of what the calibration holds.
    """
    given: dict[type[Sector], tuple[str, ...]] = {}
    before: set[str] = set()
    for sector in order:
        given[sector] = sector.given(known, before)
        before |= set(given[sector])
    return given


__all__ = ["SECTORS", "Sector", "dependency_order", "given_by", "sectors_behind"]
