"""Which groups the evidence allows, and with which growth forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from vnjp_sim.calibration.accruals import plan_accrual
from vnjp_sim.calibration.counts import plan_counts
from vnjp_sim.calibration.evaluation import Accumulation
from vnjp_sim.calibration.figures import indicators_of, levels_of
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.levels import last_level_year, level_figures
from vnjp_sim.calibration.oda import plan_oda
from vnjp_sim.calibration.percents import plan_percent
from vnjp_sim.calibration.planning import (
    NO_LEVEL,
    NOT_IN_COURSE,
    Planned,
    Selection,
    forms_of,
    place_law,
    status_of,
)
from vnjp_sim.calibration.residents import plan_residents
from vnjp_sim.calibration.shares import plan_shares
from vnjp_sim.calibration.trade import plan_trade
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import (
    AccrualLaw,
    AnyLaw,
    CountLaw,
    Parameters,
    PercentLaw,
    SharesLaw,
)
from vnjp_sim.sectors.base import Law
from vnjp_sim.sectors.central_course import GROWTH, OUTPUT, PEOPLE, PER_HEAD, CentralCourse
from vnjp_sim.sectors.declarations import laws

LAST_YEAR_WITHOUT_FIGURES = 2024


@dataclass(frozen=True)
class Plan:
    """All groups that the evidence allows, the laws that lack figures, and the last year.

    `levels` are the figures that documented levels are taken from. `passed` says of figures of
    modelled quantities why no group takes them, by :attr:`Observation.key`; of further figures
    nothing is known but that no group asks for them. `course` is the central course.
    """

    groups: tuple[Planned, ...]
    missing: tuple[str, ...]
    last_year: int
    levels: tuple[Observation, ...]
    passed: Mapping[tuple[str, ...], str]
    course: CentralCourse

    @cached_property
    def takers(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        """Groups that take a figure, and indicators whose level is taken from it, by its key."""
        takers: dict[tuple[str, ...], tuple[str, ...]] = {}
        takings = [(group.name, group.taken) for group in self.groups]
        levels = [("+".join(figure.indicators), (figure,)) for figure in self.levels]
        for name, figures in (*takings, *levels):
            for figure in figures:
                takers[figure.key] = (*takers.get(figure.key, ()), name)
        return takers

    def takes(self, figure: Observation) -> tuple[str, ...]:
        """Return the groups and documented levels that take a figure; none if nothing reads it."""
        return self.takers.get(figure.key, ())


def make_plan(evidence: Evidence, parameters: Parameters) -> Plan:
    """Return the plan for all laws of the parameters."""
    selection = Selection(evidence, parameters)
    groups = [group for group in _groups(selection) if group is not None]
    last = [f.period.last_year for group in groups for f in group.taken if not f.announced]
    last_year = max(max(last, default=LAST_YEAR_WITHOUT_FIGURES), last_level_year(evidence))
    groups = [replace(group, last_year=last_year) for group in groups]
    selection.pass_by(selection.of(GROWTH, OUTPUT, PER_HEAD, PEOPLE), NOT_IN_COURSE)
    levels = (*level_figures(evidence, first_years_of(groups)), *selection.course.taken)
    taken = {f.key for group in groups for f in group.taken} | {f.key for f in levels}
    passed = {key: why for key, why in selection.passed.items() if key not in taken}
    missing = tuple(sorted(selection.missing))
    return Plan(tuple(groups), missing, last_year, levels, passed, selection.course)


def first_years_of(groups: list[Planned] | tuple[Planned, ...]) -> dict[str, int]:
    """Return the first year of each path that the groups keep."""
    return {
        name: year
        for group in groups
        for name, year in group.build(group.forms[0]).first_years.items()
    }


JOINT = {"trade": plan_trade, "oda": plan_oda, "residents": plan_residents}
"""What plans the groups of laws that the sectors declare to be calibrated together."""


def _groups(selection: Selection) -> Iterator[Planned | None]:
    for plan in JOINT.values():
        yield plan(selection)
    for law in laws().values():
        if law.kind == "growth" and law.group not in JOINT:
            yield plan_growth(selection, law)
    for name, spec in sorted(selection.parameters.laws.items()):
        yield _plan_of_kind(selection, name, spec)


def _plan_of_kind(selection: Selection, name: str, law: AnyLaw) -> Planned | None:
    """Return the plan of a law that is a group of its own; growth and reverting laws are in one."""
    match law:
        case SharesLaw():
            return plan_shares(selection, name, law)
        case CountLaw():
            return plan_counts(selection, name, law)
        case PercentLaw():
            return plan_percent(selection, name, law)
        case AccrualLaw():
            return plan_accrual(selection, name, law)
    return None


def plan_growth(selection: Selection, law: Law) -> Planned | None:
    """Return the plan of a growth law that stands apart; None without a level of it."""
    parameters, name, group = selection.parameters, law.name, law.group or law.name
    if name not in parameters.laws:
        return None
    figures = selection.of(*filter(None, (name, law.stock)))
    if not levels_of(figures, name):
        selection.missing.append(name)
        selection.pass_by(figures, NO_LEVEL)
        return None
    accumulations = []
    if law.stock and levels_of(figures, law.stock):
        accumulations.append(Accumulation(law.stock, name))
    elif law.stock:
        selection.missing.append(law.stock)
        figures = selection.only(figures, lambda f: law.stock not in indicators_of(f), NO_LEVEL)

    def build(form: str, last_year: int) -> Group:
        placed = place_law(name, parameters.growth(name), figures, law.flow, form)
        return Group(
            group,
            [placed],
            figures,
            selection.document_sd,
            last_year,
            accumulations=accumulations,
            lags={} if law.flow else selection.release_lags(name),
        )

    status = {name: status_of(figures)}
    return Planned(group, forms_of(figures), build, len(figures), status, tuple(figures))
