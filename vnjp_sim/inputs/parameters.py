"""Priors, constants and laws, each number with its grade and reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from vnjp_sim.foundation.errors import BadValueError, InputError, Place
from vnjp_sim.foundation.vocabulary import Grade
from vnjp_sim.inputs.distributions import Dated, Year
from vnjp_sim.inputs.schema import Checked, Id, Text

Ids = Annotated[tuple[Id, ...], Field(strict=False)]

RELEASE_LAG = "release_lag"


class Parameter(Dated):
    """A prior with its unit, how well it is supported (grade) and by what (reference)."""

    unit: Text
    grade: Grade
    reference: Text = Field(min_length=8)


def _above_zero(parameter: Parameter) -> Parameter:
    for prior in parameter.alternatives:
        if prior.lowest < 0.0 or prior.fixed == 0.0:
            raise BadValueError(
                f"must be above zero: {prior.text}",
                "give a lognormal, a logit_normal, or a fixed number above zero",
            )
    return parameter


Positive = Annotated[Parameter, AfterValidator(_above_zero)]
"""A spread, a half-life, a rate: anything that must be above zero in every draw."""


def _within_one(parameter: Parameter) -> Parameter:
    for prior in parameter.alternatives:
        if prior.logit_normal is None and not (prior.fixed is not None and 0.0 < prior.fixed < 1.0):
            raise BadValueError(
                f"must be between 0 and 1: {prior.text}",
                "give a logit_normal, or a fixed number between 0 and 1",
            )
    return parameter


Share = Annotated[Parameter, AfterValidator(_within_one)]
"""A share of a whole, between 0 and 1 in every draw."""


class CrisisYears(Checked):
    """Years in which a law varies more than in others, with the same variance over all years.

    `share` of the years have `times` the standard deviation of the others.
    """

    share: float = Field(gt=0, lt=0.5)
    times: float = Field(ge=1, le=10)
    grade: Grade
    reference: Text = Field(min_length=8)

    @property
    def ordinary(self) -> float:
        """The standard deviation of an ordinary year, of that of all years."""
        return float((1.0 - self.share + self.share * self.times**2) ** -0.5)


class GrowthLaw(Checked):
    """A growth form with permanent and, if given, transitory shocks (see :mod:`growth`).

    What a law leaves out of initial growth, long-run growth and half-life it takes from the
    pooled prior that all short series share (`pooled_initial_growth`, …). `season` is the
    concentration of the shares of the months in a year, `release_lag` the years from a count to
    the writing of a document that quotes it without its date (default: that of official counts).
    `origin` is the year from which growth counts (initial growth, slowdown), where the first
    figure is later or missing.

    A law that `follows` an indicator with a central course has that course as its mean path: its
    growth parameters then say how it grows beyond it. With a `departure_half_life` its shocks fade
    instead of staying; `volatility` is the standard deviation of what a year adds either way. With
    `crisis_years` that of the years ahead is a mixture: few years vary much more, the others less.
    """

    law: Literal["growth"]
    origin: Year | None = None
    initial_growth: Parameter | None = None
    long_run_growth: Parameter | None = None
    half_life: Positive | None = None
    slowdown: Positive | None = None
    volatility: Positive
    transitory: Positive | None = None
    departure_half_life: Positive | None = None
    follows: Id | None = None
    crisis_years: CrisisYears | None = None
    season: Positive | None = None
    release_lag: Positive | None = None

    @model_validator(mode="after")
    def _one_kind_of_passing(self) -> GrowthLaw:
        if self.transitory is not None and self.departure_half_life is not None:
            raise BadValueError(
                "has both transitory shocks and departures that fade",
                "keep one: a departure_half_life of under a year is transitory",
            )
        return self


class RevertingLaw(Checked):
    """A quantity that reverts to an equilibrium: an Ornstein–Uhlenbeck process.

    On the log scale for positive quantities, on the scale of the quantity itself for ratios that
    already are logarithms. `level` pins it at the end of `level_year`, if given.
    """

    law: Literal["reverting"]
    equilibrium: Parameter
    spread: Positive
    half_life: Positive
    level: Parameter | None = None
    level_year: Year | None = None
    season: Positive | None = None


class SharesLaw(Checked):
    """Shares of a whole: log ratios of each group to the rest, each reverting."""

    law: Literal["shares"]
    whole: Id
    groups: Ids
    rest: Id
    equilibrium: Parameter
    spread: Positive
    half_life: Positive
    season: Positive


class Coverage(Checked):
    """Years of which a document tells a `share` of all events of a kind: all, or the main ones."""

    document: Id
    years: Annotated[tuple[Year, Year], Field(strict=False)]
    share: float = Field(gt=0.0, le=1.0)
    reason: Text

    @field_validator("years")
    @classmethod
    def _forward(cls, years: tuple[int, int]) -> tuple[int, int]:
        if years[1] < years[0]:
            raise BadValueError(f"ends in {years[1]}, before {years[0]}", "give [first, last]")
        return years


class CountLaw(Checked):
    """Counts a year: Poisson with a lognormal rate and lognormal year-to-year overdispersion.

    The figures are the events of the types in `events` in the years that the documents of
    `coverage` cover; or the observations of the indicators in `figures`, summed by period, each of
    one occasion unless `occasions` says how many. Of the types in `recurring` each event is the
    first of a series that has one every year, beside the law.
    """

    law: Literal["count"]
    events: Ids = ()
    recurring: Ids = ()
    coverage: Annotated[tuple[Coverage, ...], Field(strict=False)] = ()
    figures: Ids = ()
    occasions: dict[Id, Annotated[int, Field(ge=1)]] = {}
    rate: Positive
    dispersion: Positive


class PercentLaw(Checked):
    """A share in percent whose log odds revert, so that it stays between 0 and 100.

    With the share p, log(p / (100 − p)) is an Ornstein–Uhlenbeck process (see :mod:`growth`):
    `equilibrium` is a prior of the share it reverts to, between 0 and 1; `spread` its stationary
    standard deviation in log odds, `half_life` in years.
    """

    law: Literal["percent"]
    equilibrium: Share
    spread: Positive
    half_life: Positive


class AccrualLaw(Checked):
    """A number of institutions that only grows: arrivals of a Poisson process.

    `rate` is the prior of its arrivals a year, `years` that of the time in which the first
    documented number came together.
    """

    law: Literal["accrual"]
    rate: Positive
    years: Positive


AnyLaw = GrowthLaw | RevertingLaw | SharesLaw | CountLaw | PercentLaw | AccrualLaw
Law = Annotated[AnyLaw, Field(discriminator="law")]


@dataclass(frozen=True)
class Parameters:
    """All laws and single parameters of a models folder, by id.

    `places` says where each stands.
    """

    laws: Mapping[str, AnyLaw]
    single: Mapping[str, Parameter]
    sector_of: Mapping[str, str]
    places: Mapping[str, Place] = field(default_factory=dict)

    def growth(self, name: str) -> GrowthLaw:
        """Return the growth law `name`."""
        law = self.laws[name]
        if not isinstance(law, GrowthLaw):
            raise InputError.single(
                "parameters", f"{name} is a {law.law} law", "the model needs a growth law here"
            )
        return law

    def reverting(self, name: str) -> RevertingLaw:
        """Return the reverting law `name`."""
        law = self.laws[name]
        if not isinstance(law, RevertingLaw):
            raise InputError.single(
                "parameters", f"{name} is a {law.law} law", "the model needs a reverting law here"
            )
        return law

    def priors_of_posterior(self) -> dict[str, Parameter]:
        """Return the prior of each parameter that a calibration may learn, by its stored name.

        Of a law of shares every group has an equilibrium of its own.
        """
        shares = (law for law in self.laws.values() if isinstance(law, SharesLaw))
        return dict(self.all_parameters()) | {
            f"{group}.equilibrium": law.equilibrium for law in shares for group in law.groups
        }

    def as_of(self, day: date | None) -> Parameters:
        """Return the priors as they could be given before `day`, see :class:`Dated`."""
        if day is None:
            return self
        laws = {name: _law_as_of(law, day) for name, law in self.laws.items()}
        single = {name: parameter.as_of(day) for name, parameter in self.single.items()}
        return replace(self, laws=laws, single=single)

    def all_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (`law.prior` or name, parameter) of every number, sorted by name."""
        known = dict(self.single)
        for name, law in self.laws.items():
            for part in type(law).model_fields:
                value = getattr(law, part)
                if isinstance(value, Parameter):
                    known[f"{name}.{part}"] = value
        yield from sorted(known.items())


def _law_as_of(law: AnyLaw, day: date) -> AnyLaw:
    numbers = {name: getattr(law, name) for name in type(law).model_fields}
    dated = {n: x.as_of(day) for n, x in numbers.items() if isinstance(x, Parameter)}
    return law.model_copy(update=dated)
