"""Which groups the evidence allows, and with which growth forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from vnjp_sim.calibration.accruals import plan_accrual
from vnjp_sim.calibration.counts import plan_counts
from vnjp_sim.calibration.figures import indicators_of, levels_of
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.levels import last_level_year, level_figures
from vnjp_sim.calibration.oda import plan_oda
from vnjp_sim.calibration.percents import plan_percent
from vnjp_sim.calibration.planning import (
    NO_LEVEL,
    Planned,
    Selection,
    forms_of,
    place_law,
    status_of,
)
from vnjp_sim.calibration.residents import plan_residents
from vnjp_sim.calibration.series import SERIES, Series
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

LAST_YEAR_WITHOUT_FIGURES = 2024


@dataclass(frozen=True)
class Plan:
    """All groups that the evidence allows, the laws that lack figures, and the last year.

    `levels` are the figures that documented levels are taken from. `passed` says of figures of
    modelled quantities why no group takes them, by :attr:`Observation.key`; of further figures
    nothing is known but that no group asks for them.
    """

    groups: tuple[Planned, ...]
    missing: tuple[str, ...]
    last_year: int
    levels: tuple[Observation, ...]
    passed: Mapping[tuple[str, ...], str]

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
    last = [f.period.last_year for group in groups for f in group.taken]
    last_year = max(max(last, default=LAST_YEAR_WITHOUT_FIGURES), last_level_year(evidence))
    groups = [replace(group, last_year=last_year) for group in groups]
    levels = level_figures(evidence, first_years_of(groups))
    taken = {f.key for group in groups for f in group.taken}
    passed = {key: why for key, why in selection.passed.items() if key not in taken}
    return Plan(tuple(groups), tuple(sorted(selection.missing)), last_year, levels, passed)


def first_years_of(groups: list[Planned] | tuple[Planned, ...]) -> dict[str, int]:
    """Return the first year of each path that the groups keep."""
    return {
        name: year
        for group in groups
        for name, year in group.build(group.forms[0]).first_years.items()
    }


def _groups(selection: Selection) -> Iterator[Planned | None]:
    yield plan_trade(selection)
    yield plan_oda(selection)
    yield plan_residents(selection)
    for series in SERIES:
        yield plan_series(selection, series)
    for name, law in sorted(selection.parameters.laws.items()):
        yield _plan_of_kind(selection, name, law)


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


def plan_series(selection: Selection, series: Series) -> Planned | None:
    """Return the plan of growth laws that stand apart; None without a level of any."""
    parameters = selection.parameters
    names = [n for n in (*series.flows, *series.stocks) if n in parameters.laws]
    if not names:
        return None
    stocks = [a.stock for a in series.accumulations]
    figures = selection.of(*names, *stocks)
    if not levels_of(figures, *names):
        selection.missing += names
        selection.pass_by(figures, NO_LEVEL)
        return None
    accumulations = [a for a in series.accumulations if levels_of(figures, a.stock)]
    lacking = set(stocks) - {a.stock for a in accumulations}
    selection.missing += [s for s in stocks if s in lacking]
    figures = selection.only(figures, lambda f: lacking.isdisjoint(indicators_of(f)), NO_LEVEL)

    def build(form: str, last_year: int) -> Group:
        laws = [
            place_law(name, parameters.growth(name), figures, name in series.flows, form)
            for name in names
        ]
        return Group(
            series.name,
            laws,
            figures,
            selection.document_sd,
            last_year,
            accumulations=accumulations,
        )

    status = dict.fromkeys(names, status_of(figures))
    return Planned(series.name, forms_of(figures), build, len(figures), status, tuple(figures))
