"""What a group's plan is made of: its figures, chosen with reasons, its forms, its laws' places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vnjp_sim.calibration.figures import is_rate, levels_of, periods_of
from vnjp_sim.calibration.importance import Problem
from vnjp_sim.calibration.paths import Followed, PathLaw
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import RELEASE_LAG, GrowthLaw, Parameter, Parameters
from vnjp_sim.sectors.central_course import FIRST, LAST, CentralCourse, central_course
from vnjp_sim.sectors.growth import FORMS

AVERAGING_PERIODS = 4
AVERAGING_YEARS = 8.0
ONE_FORM = ("damped",)

NO_LEVEL = "its law has no level to start from"
WHOLE_YEARS = "its law uses whole years only"
LEVELS_ALONE = "its law uses levels, not growth rates or shares"
NO_SUM = "a rate cannot be added to an amount"
NO_WHOLE = "no whole number matches it"
NOT_IN_COURSE = "the central course takes the published series, and figures of the years after it"
NOT_YET = "its law counts what took place, not what was announced"
ANOTHER_TELLS = "another figure states the same value"

STATUS_AVERAGED = "growth forms averaged"
STATUS_DAMPED = "damped trend, pooled or own prior"
STATUS_ONE = "one figure: growth from the prior"
STATUS_REVERTING = "reverting"
STATUS_SHARES = "shares"
STATUS_COUNT = "counts"
STATUS_PERCENT = "share in percent, reverting"
STATUS_ACCRUAL = "arrivals"
STATUS_PRIOR = "no figure: prior only"


@dataclass(frozen=True)
class Planned:
    """One group of the calibration: the problem for each growth form, and what is known of it.

    Attributes
    ----------
    name : str
        Of the group.
    forms : tuple of str
        The growth forms that its figures allow.
    make : callable
        Returns the problem for a growth form and a last year of history.
    figures : int
        The number of its figures (for counts: of years or occasions counted).
    status : mapping
        How much the figures of each law allow.
    taken : tuple of Observation
        The figures that condition or weigh its draws.
    last_year : int
        Last year of history.
    """

    name: str
    forms: tuple[str, ...]
    make: Callable[[str, int], Problem]
    figures: int
    status: Mapping[str, str]
    taken: tuple[Observation, ...] = ()
    last_year: int = 0

    def build(self, form: str) -> Problem:
        """Return the problem for a growth form."""
        return self.make(form, self.last_year)


def document_error(reliability: str, parameters: Parameters) -> float:
    """Return the log standard deviation of the error of documents of some reliability."""
    prior = parameters.single[f"document_error_{reliability}"].prior
    return float(prior.transform(np.zeros(1))[0])


class Selection:
    """The figures of some evidence, as groups take them, with reasons for those that none takes.

    Parameters
    ----------
    evidence, parameters
        Evidence, Parameters
        What is known, and the priors.

    Attributes
    ----------
    missing : list of str
        Laws and stocks that lack figures.
    passed : dict
        Why no group takes a figure, by its key.
    document_sd : dict
        Log standard deviation of each document's error.
    course : CentralCourse
        The central course of both economies and the yen.
    """

    def __init__(self, evidence: Evidence, parameters: Parameters) -> None:
        self.evidence = evidence
        self.parameters = parameters
        self.figures = evidence.calibrating()
        self.missing: list[str] = []
        self.passed: dict[tuple[str, ...], str] = {}
        self.document_sd = {
            name: document_error(document.reliability, parameters)
            for name, document in evidence.sources.items()
        }
        self.course: CentralCourse = central_course(evidence, parameters)

    def release_lags(self, *names: str) -> dict[str, Parameter]:
        """Return the release lags of stocks: of a law with its own, else of official counts."""
        own = {name: getattr(self.parameters.laws.get(name), RELEASE_LAG, None) for name in names}
        return {name: lag or self.parameters.single[RELEASE_LAG] for name, lag in own.items()}

    def of(self, *names: str) -> list[Observation]:
        """Return the figures of indicators of one group; a share must be of one of them too."""
        own = [f for f in self.figures if set(f.indicators) <= set(names)]
        strange = [f for f in own if f.reported == "share" and f.of not in names]
        self.pass_by(strange, "no law relates it to the whole of which it is a share")
        unread = [f for f in own if f.alternative and f.alternative not in names]
        self.pass_by(unread, "its law cannot read its alternative")
        return [f for f in own if f not in (*strange, *unread)]

    def pass_by(self, figures: Iterable[Observation], why: str) -> None:
        """Note why figures are not taken."""
        for figure in figures:
            self.passed.setdefault(figure.key, why)

    def only(
        self, figures: Sequence[Observation], wanted: Callable[[Observation], bool], why: str
    ) -> list[Observation]:
        """Return the figures that a group can read, and note `why` it cannot read the others."""
        self.pass_by([f for f in figures if not wanted(f)], why)
        return [f for f in figures if wanted(f)]

    def without_rates(self, name: str) -> list[Observation]:
        """Return the levels and bounds of an indicator whose law reads nothing else."""
        return self.only(self.of(name), lambda f: not is_rate(f), LEVELS_ALONE)


def of_whole_years(figure: Observation) -> bool:
    """Whether a figure's periods are whole years, calendar or fiscal."""
    return all(p.kind in ("year", "fiscal") for p in periods_of(figure))


def forms_of(figures: Sequence[Observation]) -> tuple[str, ...]:
    """Return the growth forms that the figures of a law allow."""
    return FORMS if status_of(figures) == STATUS_AVERAGED else ONE_FORM


def status_of(figures: Sequence[Observation]) -> str:
    """Return how much the figures of a growth law allow."""
    periods = {period.text: period for figure in figures for period in periods_of(figure)}
    ends = [p.end for p in periods.values()]
    if len(periods) >= AVERAGING_PERIODS and max(ends) - min(ends) >= AVERAGING_YEARS:
        return STATUS_AVERAGED
    return STATUS_ONE if len(periods) == 1 else STATUS_DAMPED


def place_law(
    name: str,
    spec: GrowthLaw,
    figures: Sequence[Observation],
    flow: bool,
    form: str,
    course: CentralCourse | None = None,
) -> PathLaw:
    """Return a growth law with its place in time: where its figures begin and end.

    `course` gives the mean path of a law that follows an indicator.
    """
    offset = 0.5 if flow else 1.0
    periods = [period for figure in figures for period in periods_of(figure)]
    if flow:
        times = [p.year + offset for p in periods] + [p.last_year + offset for p in periods]
    else:  # an undated stock may be of any date in its span
        times = [p.start if p.kind == "months" else p.end for p in periods]
        times += [p.end for p in periods]
    guess = guess_of(figures, name)
    origin = min(times)
    if spec.origin is not None:
        origin = min(origin, spec.origin + offset)
    followed = None
    if course is not None and spec.follows is not None and spec.follows in course:
        levels = tuple(map(float, course.values(spec.follows, FIRST, LAST)))
        followed = Followed(spec.follows, FIRST, levels)
    return PathLaw(
        name, spec, flow, offset, form, origin, max(times) - origin, guess, followed=followed
    )


def guess_of(figures: Sequence[Observation], name: str) -> float:
    """Return a rough log level: that of the first figure above zero."""
    return next((float(np.log(f.value)) for f in levels_of(figures, name) if f.value > 0.0), 0.0)
