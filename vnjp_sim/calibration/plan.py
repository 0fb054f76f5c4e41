"""Which groups the evidence allows, and with which growth forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    growth = [law for law in laws().values() if law.kind == "growth" and law.group not in JOINT]
    for name in dict.fromkeys(law.group or law.name for law in growth):
        yield plan_growth(selection, [law for law in growth if (law.group or law.name) == name])
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


def plan_growth(selection: Selection, laws: Sequence[Law]) -> Planned | None:
    """Return the plan of growth laws of one group; None without a level of any of them."""
    taken: dict[str, list[Observation]] = {}
    accumulations = []
    for law in laws:
        figures = _figures_of(selection, law)
        if figures is not None:
            taken[law.name] = figures
            if law.stock and levels_of(figures, law.stock):
                accumulations.append(_accumulation(law))
    if not taken:
        return None
    parameters = selection.parameters
    of_stocks = [n for a in accumulations for n in (a.exit_rate, a.revision_spread) if n]
    extra = {name: parameters.single[name] for name in of_stocks}
    figures = [figure for own in taken.values() for figure in own]
    group = laws[0].group or laws[0].name
    forms = {name: forms_of(own) for name, own in taken.items()}
    lags = selection.release_lags(*(law.name for law in laws if law.name in taken and not law.flow))

    def build(form: str, last_year: int) -> Group:
        placed = [
            place_law(
                law.name,
                parameters.growth(law.name),
                taken[law.name],
                law.flow,
                form if form in forms[law.name] else forms[law.name][0],
                selection.course,
            )
            for law in laws
            if law.name in taken
        ]
        return Group(
            group,
            placed,
            figures,
            selection.document_sd,
            last_year,
            accumulations=accumulations,
            extra=extra,
            lags=lags,
        )

    status = {name: status_of(own) for name, own in taken.items()}
    return Planned(group, max(forms.values(), key=len), build, len(figures), status, tuple(figures))


def _figures_of(selection: Selection, law: Law) -> list[Observation] | None:
    """Return the figures of a growth law and of its stock; None without a level of it."""
    if law.name not in selection.parameters.laws:
        return None
    figures = selection.of(*filter(None, (law.name, law.stock, law.net_flow)))
    if not levels_of(figures, law.name):
        selection.missing.append(law.name)
        selection.pass_by(figures, NO_LEVEL)
        return None
    if law.stock and not levels_of(figures, law.stock):
        selection.missing.append(law.stock)
        stocks = {law.stock, law.net_flow}
        figures = selection.only(figures, lambda f: stocks.isdisjoint(indicators_of(f)), NO_LEVEL)
    return figures


def _accumulation(law: Law) -> Accumulation:
    return Accumulation(law.stock, law.name, law.exit_rate, law.revision_spread, law.net_flow)
