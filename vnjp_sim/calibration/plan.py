"""Which groups the evidence allows, and with which growth forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from vnjp_sim.calibration.accruals import AccrualGroup, arrival_date
from vnjp_sim.calibration.counts import Count, CountGroup
from vnjp_sim.calibration.groups import Accumulation, Group
from vnjp_sim.calibration.importance import Problem
from vnjp_sim.calibration.levels import last_level_year, level_figures
from vnjp_sim.calibration.observation_model import sharpness, two_sided
from vnjp_sim.calibration.oda import (
    COMMITMENTS,
    CONVERSION,
    CUMULATIVE,
    IN_DOLLARS,
    LOAN_SHARE,
    LOANS,
    RATE,
    OdaGroup,
)
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.percents import PercentGroup
from vnjp_sim.calibration.residents import COUNTED, INTAKE, ResidentsGroup
from vnjp_sim.calibration.shares import SharesGroup
from vnjp_sim.calibration.trade import MEASURED, RATIO, SEASON_OF_RATIO, TURNOVER, TradeGroup
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import (
    AccrualLaw,
    CountLaw,
    GrowthLaw,
    Parameters,
    PercentLaw,
    SharesLaw,
)
from vnjp_sim.sectors.growth import FORMS
from vnjp_sim.sectors.labour import WORKERS

LAST_YEAR_WITHOUT_FIGURES = 2024
AVERAGING_PERIODS = 4
AVERAGING_YEARS = 8.0

NO_LEVEL = "its law has no level to start from"
WHOLE_YEARS = "its law reads whole years only"
LEVELS_ALONE = "its law reads levels, no growth rates or shares"
NO_SUM = "a rate cannot be added to an amount"
NO_WHOLE = "no whole number fits it"
ANOTHER_TELLS = "another figure tells the same number"

STATUS_AVERAGED = "growth forms averaged"
STATUS_DAMPED = "damped trend, pooled or own prior"
STATUS_ONE = "one figure: the prior's growth around it"
STATUS_REVERTING = "reverting"
STATUS_SHARES = "shares"
STATUS_COUNT = "counts"
STATUS_PERCENT = "share in percent, reverting"
STATUS_ACCRUAL = "arrivals"
STATUS_PRIOR = "no figure: prior alone"


@dataclass(frozen=True)
class Planned:
    """One group of the calibration: the problem for each growth form, and what is known of it.

    `taken` are the figures that pin or weigh its draws; `figures` is their number (for counts: of
    years or occasions counted); `status` maps laws to how much their figures allow.
    """

    name: str
    forms: tuple[str, ...]
    build: Callable[[str], Problem]
    figures: int
    status: Mapping[str, str]
    taken: tuple[Observation, ...] = ()


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
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        takings = [(group.name, group.taken) for group in self.groups]
        levels = [("+".join(figure.indicators), (figure,)) for figure in self.levels]
        for name, figures in (*takings, *levels):
            for figure in figures:
                found[figure.key] = (*found.get(figure.key, ()), name)
        return found

    def takes(self, figure: Observation) -> tuple[str, ...]:
        """Return the groups and documented levels that take a figure; none if nothing reads it."""
        return self.takers.get(figure.key, ())


def make_plan(evidence: Evidence, parameters: Parameters) -> Plan:
    """Return the plan for all laws of the parameters."""
    return _Planner(evidence, parameters).plan()


def first_years_of(name: str, problem: Problem) -> dict[str, int]:
    """Return the first year of each path that the problem of a group keeps."""
    found: dict[str, int] = {}
    if isinstance(problem, Group):
        found |= {f"{law.name}.path": problem.first_year(law) for law in problem.laws.values()}
        for stock in problem.accumulations.values():
            found[f"{stock.stock}.path"] = problem.stock_years(stock)[0]
    if isinstance(problem, SharesGroup | PercentGroup | AccrualGroup):
        found[f"{name}.path"] = problem.years[0]
    return found


@dataclass(frozen=True)
class _Series:
    """A group of growth laws that stand apart from the special groups."""

    name: str
    flows: tuple[str, ...] = ()
    stocks: tuple[str, ...] = ()
    accumulations: tuple[Accumulation, ...] = ()


SERIES = (
    _Series(
        "investment",
        flows=("investment_flow",),
        accumulations=(Accumulation("investment_stock", "investment_flow"),),
    ),
    _Series(
        "investment_projects",
        flows=("investment_projects_new",),
        accumulations=(Accumulation("investment_projects", "investment_projects_new"),),
    ),
    _Series("people_learners", stocks=("people_learners",)),
    _Series("people_visitors", flows=("people_visitors",)),
    _Series("diplomacy_local_accords", stocks=("diplomacy_local_accords",)),
    _Series("investment_park_firms", stocks=("investment_park_firms",)),
    _Series("investment_vn_projects", stocks=("investment_vn_projects",)),
    _Series("investment_vn_capital", stocks=("investment_vn_capital",)),
    _Series("people_japanese_specialists", stocks=("people_japanese_specialists",)),
)
FLOWS_OF_WORKERS = (
    *(name.replace("labour_", "labour_exit_") for name in WORKERS),
    "labour_conversion",
    "labour_engineers_abroad",
    COUNTED,
)
RESIDENT_PARTS = (*WORKERS, "people_students", "people_others")
RESIDENT_SUMS = {"people_residents": RESIDENT_PARTS, "labour_stock": WORKERS}


def forms_of(figures: Sequence[Observation]) -> tuple[str, ...]:
    """Return the growth forms that the figures of a law allow."""
    return FORMS if status_of(figures) == STATUS_AVERAGED else ("damped",)


def status_of(figures: Sequence[Observation]) -> str:
    """Return how much the figures of a growth law allow."""
    periods = {p.text: p for f in figures for p in (f.period, f.base_period) if p is not None}
    ends = [p.end for p in periods.values()]
    if len(periods) >= AVERAGING_PERIODS and max(ends) - min(ends) >= AVERAGING_YEARS:
        return STATUS_AVERAGED
    return STATUS_ONE if len(periods) == 1 else STATUS_DAMPED


def place_law(
    name: str, spec: GrowthLaw, figures: Sequence[Observation], flow: bool, form: str
) -> PathLaw:
    """Return a growth law with its place in time: where its figures begin and end."""
    offset = 0.5 if flow else 1.0
    periods = [f.period for f in figures]
    periods += [f.base_period for f in figures if f.base_period is not None]
    if flow:
        times = [p.year + offset for p in periods] + [p.last_year + offset for p in periods]
    else:
        times = [0.5 * (p.start + p.end) if p.kind == "months" else p.end for p in periods]
    guess = _guess(figures, name)
    origin = min(times)
    if spec.origin is not None:
        origin = min(origin, spec.origin + offset)
    return PathLaw(name, spec, flow, offset, form, origin, max(times) - origin, guess)


def _guess(figures: Sequence[Observation], name: str) -> float:
    """Return a rough log level: that of the first figure above zero."""
    return next((float(np.log(f.value)) for f in _levels(figures, name) if f.value > 0.0), 0.0)


def _levels(figures: Sequence[Observation], *names: str) -> list[Observation]:
    return [
        f
        for f in figures
        if len(f.indicators) == 1
        and f.indicators[0] in names
        and two_sided(f)
        and f.reported not in ("growth", "share")
    ]


class _Planner:
    def __init__(self, evidence: Evidence, parameters: Parameters) -> None:
        self.evidence = evidence
        self.parameters = parameters
        self.figures = evidence.calibrating()
        self.missing: list[str] = []
        self.status: dict[str, str] = {}
        self.passed: dict[tuple[str, ...], str] = {}
        self.last_year = LAST_YEAR_WITHOUT_FIGURES
        self.document_sd = {
            name: self._document_sd(document.reliability)
            for name, document in evidence.documents.items()
        }

    def plan(self) -> Plan:
        groups = [self._trade(), self._oda(), self._residents()]
        groups += [self._series(series) for series in SERIES]
        for name, law in sorted(self.parameters.laws.items()):
            if isinstance(law, SharesLaw):
                groups.append(self._shares(name, law))
            elif isinstance(law, CountLaw):
                groups.append(self._counts(name, law))
            elif isinstance(law, PercentLaw):
                groups.append(self._percent(name, law))
            elif isinstance(law, AccrualLaw):
                groups.append(self._accrual(name, law))
        found = tuple(group for group in groups if group is not None)
        last = [f.period.last_year for group in found for f in group.taken]
        last = [max(last, default=LAST_YEAR_WITHOUT_FIGURES), last_level_year(self.evidence)]
        self.last_year = max(last)
        first_years: dict[str, int] = {}
        for group in found:
            first_years |= first_years_of(group.name, group.build(group.forms[0]))
        levels = level_figures(self.evidence, first_years)
        taken = {f.key for group in found for f in group.taken}
        passed = {key: why for key, why in self.passed.items() if key not in taken}
        return Plan(found, tuple(sorted(self.missing)), self.last_year, levels, passed)

    # ------------------------------------------------------------------ figures

    def _of(self, *names: str) -> list[Observation]:
        """Return the figures of indicators of one group; a share must be of one of them too."""
        own = [f for f in self.figures if set(f.indicators) <= set(names)]
        strange = [f for f in own if f.reported == "share" and f.of not in names]
        self._pass_by(strange, "no law relates it to the whole of which it is a share")
        return [f for f in own if f not in strange]

    def _pass_by(self, figures: Iterable[Observation], why: str) -> None:
        """Note why figures are not taken."""
        for figure in figures:
            self.passed.setdefault(figure.key, why)

    def _only(
        self, figures: Sequence[Observation], wanted: Callable[[Observation], bool], why: str
    ) -> list[Observation]:
        """Return the figures that a group can read, and note `why` it cannot read the others."""
        self._pass_by([f for f in figures if not wanted(f)], why)
        return [f for f in figures if wanted(f)]

    def _document_sd(self, reliability: str) -> float:
        prior = self.parameters.single[f"document_error_{reliability}"].prior
        return float(prior.transform(np.zeros(1))[0])

    # ------------------------------------------------------------------ laws

    def _forms(self, figures: Sequence[Observation], name: str) -> tuple[str, ...]:
        """Return the growth forms that a law's figures allow, and note the law's status."""
        self.status[name] = status_of(figures)
        return forms_of(figures)

    def _growth_law(
        self, name: str, figures: Sequence[Observation], flow: bool, form: str
    ) -> PathLaw:
        return place_law(name, self.parameters.growth(name), figures, flow, form)

    # ------------------------------------------------------------------ groups

    def _trade(self) -> Planned | None:
        if not {TURNOVER, RATIO} <= set(self.parameters.laws):
            return None
        figures = self._of(*MEASURED)
        if not _levels(figures, TURNOVER, "trade_exports", "trade_imports"):
            self.missing += [TURNOVER, RATIO]
            self._pass_by(figures, NO_LEVEL)
            return None
        forms = self._forms(figures, TURNOVER)
        self.status[RATIO] = STATUS_REVERTING

        def build(form: str) -> Problem:
            turnover = self._growth_law(TURNOVER, figures, True, form)
            first = turnover.origin
            ratio = PathLaw(
                RATIO, self.parameters.reverting(RATIO), True, 0.5, origin=first, plateau=0.0
            )
            extra = {SEASON_OF_RATIO: self.parameters.single[SEASON_OF_RATIO]}
            return TradeGroup(
                "trade", [ratio, turnover], figures, self.document_sd, self.last_year, extra=extra
            )

        return self._planned("trade", forms, build, figures, (TURNOVER, RATIO))

    def _oda(self) -> Planned | None:
        if not {COMMITMENTS, RATE} <= set(self.parameters.laws):
            return None
        figures = self._only(
            self._of(COMMITMENTS, LOANS, CUMULATIVE, RATE, IN_DOLLARS),
            lambda f: {RATE, IN_DOLLARS}.isdisjoint(f.indicators) or _of_whole_years(f),
            WHOLE_YEARS,
        )
        figures = self._only(
            figures, lambda f: RATE not in f.indicators or len(f.indicators) == 1, NO_SUM
        )
        cumulative = _levels(figures, CUMULATIVE)
        if not cumulative:
            figures = self._only(figures, lambda f: not _names(f, CUMULATIVE), NO_LEVEL)
            self.missing.append(CUMULATIVE)
        own = [f for f in figures if set(f.indicators) <= {COMMITMENTS, LOANS}]
        rates = [f for f in figures if set(f.indicators) <= {RATE, IN_DOLLARS}]
        self.status[COMMITMENTS] = STATUS_REVERTING if own else STATUS_PRIOR
        self.status[RATE] = STATUS_REVERTING if rates else STATUS_PRIOR
        rate_spec = self.parameters.reverting(RATE)

        def build(form: str) -> Problem:
            del form
            # loans of a calendar year begin with those of the fiscal year before
            starts = [p.year - _names(f, CUMULATIVE) for f in figures for p in _periods(f)]
            first = min(starts, default=self.last_year)
            first = min(first, self.last_year, rate_spec.level_year or first)
            laws = [
                PathLaw(
                    COMMITMENTS, self.parameters.reverting(COMMITMENTS), True, 0.75, origin=first
                ),
                PathLaw(RATE, rate_spec, True, 0.5, origin=first),
            ]
            return OdaGroup(
                "oda",
                laws,
                figures,
                self.document_sd,
                self.last_year,
                accumulations=[Accumulation(CUMULATIVE, COMMITMENTS)] if cumulative else [],
                extra={n: self.parameters.single[n] for n in (LOAN_SHARE, CONVERSION)},
            )

        return self._planned("oda", ("damped",), build, figures, (COMMITMENTS, RATE))

    def _residents(self) -> Planned | None:
        figures = self._of(*RESIDENT_PARTS, *RESIDENT_SUMS)
        known = [
            name
            for name in RESIDENT_PARTS
            if name in self.parameters.laws and _levels(figures, name)
        ]
        parts = list(known)
        total = _levels(figures, "people_residents")
        with_residual = len(known) == len(RESIDENT_PARTS) - 1 and bool(total)
        if with_residual and "people_others" in self.parameters.laws:
            parts.append("people_others")
        self.missing += [n for n in RESIDENT_PARTS if n not in parts and n in self.parameters.laws]
        if not parts:
            self._pass_by(figures, NO_LEVEL)
            return None
        sums = {
            name: members for name, members in RESIDENT_SUMS.items() if set(members) <= set(parts)
        }
        names = {*parts, *sums}
        workers = set(WORKERS) <= set(parts)
        figures = self._only(figures, lambda f: {*f.indicators, *_whole(f)} <= names, NO_LEVEL)
        intake = self._only(
            self._of(INTAKE),
            lambda f: workers and all(p.kind == "year" for p in _periods(f)),
            WHOLE_YEARS if workers else NO_LEVEL,
        )
        if not workers or not _levels(intake, INTAKE):
            self.missing.append(INTAKE)
        for name in parts:
            own = [f for f in figures if name in f.indicators]
            if name == "people_others":
                own = [f for f in figures if f.indicators == ("people_residents",)]
            self._forms(own, name)
            if self.status[name] == STATUS_AVERAGED:
                self.status[name] = STATUS_DAMPED

        def build(form: str) -> Problem:
            laws = []
            for name in parts:
                source = "people_residents" if name == "people_others" else name
                own = [f for f in figures if f.indicators == (source,)]
                law = self._growth_law(name, own, False, form)
                everything = [f for f in figures if not set(f.indicators).isdisjoint(names)]
                origins = [self._growth_law(name, everything, False, form).origin, law.origin]
                begins = [p.start for f in intake for p in _periods(f)]
                origin = min(*origins, *begins, float(self.last_year))
                guess = _guess(figures, source)
                laws.append(PathLaw(name, law.spec, False, 1.0, form, origin, law.plateau, guess))
            residual = ("people_residents", "people_others") if "people_others" in parts else None
            flows = FLOWS_OF_WORKERS if workers else ()
            return ResidentsGroup(
                "residents",
                laws,
                sorted([*figures, *intake], key=lambda f: f.key),
                self.document_sd,
                self.last_year,
                sums=sums,
                residual=residual,
                extra={n: self.parameters.single[n] for n in flows},
            )

        taken = [*figures, *intake]
        return self._planned("residents", ("damped",), build, taken, tuple(parts))

    def _series(self, series: _Series) -> Planned | None:
        names = [n for n in (*series.flows, *series.stocks) if n in self.parameters.laws]
        if not names:
            return None
        stocks = [a.stock for a in series.accumulations]
        figures = self._of(*names, *stocks)
        if not _levels(figures, *names):
            self.missing += names
            self._pass_by(figures, NO_LEVEL)
            return None
        accumulations = [a for a in series.accumulations if _levels(figures, a.stock)]
        lacking = set(stocks) - {a.stock for a in accumulations}
        self.missing += [s for s in stocks if s in lacking]
        figures = self._only(
            figures, lambda f: lacking.isdisjoint((*f.indicators, *_whole(f))), NO_LEVEL
        )
        forms = self._forms(figures, names[0])

        def build(form: str) -> Problem:
            laws = [self._growth_law(name, figures, name in series.flows, form) for name in names]
            return Group(
                series.name,
                laws,
                figures,
                self.document_sd,
                self.last_year,
                accumulations=accumulations,
            )

        return self._planned(series.name, forms, build, figures, tuple(names))

    def _shares(self, name: str, law: SharesLaw) -> Planned | None:
        parts = {*law.groups, law.rest}
        wholes = {f.period: f for f in _levels(self._of(law.whole), law.whole)}
        told = [f for f in self.figures if set(f.indicators) <= parts]
        if not told:
            self.missing.append(name)
            return None
        figures = self._only(
            told,
            lambda f: f.reported != "growth" and f.of in ("", law.whole),
            f"its law reads levels, and shares of {law.whole}",
        )
        figures = self._only(
            figures,
            lambda f: f.reported == "share" or f.period in wholes,
            f"no figure tells {law.whole} of the same period",
        )
        self.status[name] = STATUS_SHARES if figures else STATUS_PRIOR
        asked = {f.period for f in figures if f.reported != "share"}
        used = {period: whole for period, whole in wholes.items() if period in asked}

        def build(form: str) -> Problem:
            del form
            return SharesGroup(name, law, figures, used, self.last_year)

        planned = self._planned(name, ("damped",), build, figures, (name,))
        return replace(planned, taken=(*planned.taken, *used.values()))

    def _counts(self, name: str, law: CountLaw) -> Planned | None:
        counted = () if law.events else self._counted(law)
        counts = self._event_counts(law) if law.events else _figure_counts(law, counted)
        if law.events:
            self._pass_by(self._of(name), "its law counts the dated events of the documents")
        if not counts:
            self.missing.append(name)
            return None
        self.status[name] = STATUS_COUNT

        def build(form: str) -> Problem:
            del form
            return CountGroup(name, law, counts)

        planned = self._planned(name, ("damped",), build, counted, (name,))
        return replace(planned, figures=len(counts))

    def _percent(self, name: str, law: PercentLaw) -> Planned:
        figures = self._only(self._of(name), _is_of_level, LEVELS_ALONE)
        self.status[name] = STATUS_PERCENT if figures else STATUS_PRIOR

        def build(form: str) -> Problem:
            del form
            return PercentGroup(name, law, figures, self.last_year)

        return self._planned(name, ("damped",), build, figures, (name,))

    def _accrual(self, name: str, law: AccrualLaw) -> Planned | None:
        figures = self._only(self._of(name), _is_of_level, LEVELS_ALONE)
        figures = self._only(figures, _fits_a_count, NO_WHOLE)
        levels = _levels(figures, name)
        if not levels:
            self.missing.append(name)
            self._pass_by(figures, NO_LEVEL)
            return None
        first = min(arrival_date(f.period) for f in levels)
        figures = self._only(
            figures, lambda f: arrival_date(f.period) >= first, "it lies before the first level"
        )
        self.status[name] = STATUS_ACCRUAL

        def build(form: str) -> Problem:
            del form
            return AccrualGroup(name, law, figures, self.last_year)

        return self._planned(name, ("damped",), build, figures, (name,))

    def _event_counts(self, law: CountLaw) -> list[Count]:
        if law.coverage is None or law.coverage_document not in self.evidence.documents:
            return []
        years = range(law.coverage[0], law.coverage[1] + 1)
        found = [e.year for e in self.evidence.events if e.type in law.events and not e.duplicate]
        return [Count(str(year), float(found.count(year)), 1.0) for year in years]

    def _counted(self, law: CountLaw) -> list[Observation]:
        """Return the figures that count: of each period the total, or its parts, each once."""
        if not law.figures:
            return []
        figures = [f for f in self.figures if set(f.indicators) <= set(law.figures)]
        figures = self._only(figures, _is_of_level, LEVELS_ALONE)
        figures = self._only(figures, _fits_a_count, NO_WHOLE)
        counted: dict[tuple[str, str], Observation] = {}
        for figure in sorted(figures, key=lambda f: (sharpness(f), f.key)):
            counted.setdefault((figure.period.text, "+".join(figure.indicators)), figure)
        totals = {period for period, names in counted if names == law.figures[0]}
        chosen = [
            f
            for (period, names), f in counted.items()
            if period not in totals or names == law.figures[0]
        ]
        return self._only(figures, lambda f: f in chosen, ANOTHER_TELLS)

    def _planned(
        self,
        name: str,
        forms: tuple[str, ...],
        build: Callable[[str], Problem],
        taken: Sequence[Observation],
        laws: tuple[str, ...],
    ) -> Planned:
        status = {law: self.status[law] for law in laws}
        return Planned(name, forms, build, len(taken), status, tuple(taken))


def _figure_counts(law: CountLaw, figures: Sequence[Observation]) -> list[Count]:
    counts: dict[str, Count] = {}
    for figure in figures:
        text = figure.period.text
        before = counts.get(text)
        value = figure.value + (before.value if before else 0.0)
        occasions = float(law.occasions.get(text, 1))
        counts[text] = replace(_count_of(figure), value=value, exposure=occasions)
    return [counts[text] for text in sorted(counts)]


def _count_of(figure: Observation) -> Count:
    rule = "rounded" if figure.reported == "exact" else figure.reported
    return Count(figure.period.text, figure.value, 1.0, rule, figure.step)


def _periods(figure: Observation) -> list[Period]:
    """Return the period of a figure, and that from which a growth rate is measured."""
    return [p for p in (figure.period, figure.base_period) if p is not None]


def _of_whole_years(figure: Observation) -> bool:
    return all(p.kind in ("year", "fiscal") for p in _periods(figure))


def _is_of_level(figure: Observation) -> bool:
    return figure.reported not in ("growth", "share")


def _fits_a_count(figure: Observation) -> bool:
    return not two_sided(figure) or _count_of(figure).candidates()[0].size > 0


def _names(figure: Observation, indicator: str) -> bool:
    return indicator in figure.indicators or figure.of == indicator


def _whole(figure: Observation) -> tuple[str, ...]:
    return (figure.of,) if figure.of else ()
