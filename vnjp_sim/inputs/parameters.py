"""Priors, constants and laws, each number with its grade and reference.

A prior is a transform of a standard normal score, so that calibration and engine draw every
parameter the same way: value = transform(score), score ~ N(0, 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, field_validator, model_validator

from vnjp_sim.foundation.errors import BadValueError, InputError, Place
from vnjp_sim.foundation.vocabulary import Grade
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.schema import Checked, Id, Text

FloatArray = NDArray[np.float64]
Ids = Annotated[tuple[Id, ...], Field(strict=False)]

RELEASE_LAG = "release_lag"
LARGEST = 1e15
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Year = Annotated[int, Field(ge=1900, le=2100)]


class Normal(Checked):
    """Normal distribution; `mean` and `sd` in the parameter's unit."""

    mean: Number
    sd: float = Field(gt=0, le=LARGEST)


class LogNormal(Checked):
    """Lognormal distribution; `median` in the parameter's unit, `sigma` in log points."""

    median: float = Field(gt=0, le=LARGEST)
    sigma: float = Field(gt=0, le=3)


class LogitNormal(Checked):
    """Logit-normal distribution on (0, 1); `sigma` on the logit scale."""

    median: float = Field(gt=0, lt=1)
    sigma: float = Field(gt=0, le=5)


class Distribution(Checked):
    """One distribution, named by its key; `fixed` is a constant."""

    normal: Normal | None = None
    lognormal: LogNormal | None = None
    logit_normal: LogitNormal | None = None
    fixed: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> Distribution:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise BadValueError(
                "needs exactly one form of distribution",
                "give one of normal, lognormal, logit_normal, fixed",
            )
        return self

    def transform(self, score: FloatArray) -> FloatArray:
        """Return the values, same shape, that belong to standard normal scores."""
        if self.normal is not None:
            return self.normal.mean + self.normal.sd * score
        if self.lognormal is not None:
            factor: FloatArray = np.exp(self.lognormal.sigma * score)
            return self.lognormal.median * factor
        if self.logit_normal is not None:
            centre = np.log(self.logit_normal.median / (1.0 - self.logit_normal.median))
            odds: FloatArray = np.exp(centre + self.logit_normal.sigma * score)
            return odds / (1.0 + odds)
        assert self.fixed is not None  # noqa: S101 - the validator saw to it
        return np.full_like(score, self.fixed)

    def score(self, value: FloatArray) -> FloatArray:
        """Return the standard normal scores, same shape, of values; of a constant there is none."""
        scores: FloatArray
        if self.normal is not None:
            scores = (value - self.normal.mean) / self.normal.sd
        elif self.lognormal is not None:
            scores = np.log(value / self.lognormal.median) / self.lognormal.sigma
        elif self.logit_normal is not None:
            odds = value / (1.0 - value) * (1.0 / self.logit_normal.median - 1.0)
            scores = np.log(odds) / self.logit_normal.sigma
        else:
            raise ValueError(f"{self.text} has no scores")
        return scores

    @property
    def lowest(self) -> float:
        """The lower bound of its values."""
        if self.normal is not None:
            return float("-inf")
        return self.fixed if self.fixed is not None else 0.0

    @property
    def text(self) -> str:
        """A short form for tables, such as `normal(0.06, 0.05)`."""
        if self.normal is not None:
            return f"normal({exact(self.normal.mean)}, {exact(self.normal.sd)})"
        if self.lognormal is not None:
            return f"lognormal({exact(self.lognormal.median)}, {exact(self.lognormal.sigma)})"
        if self.logit_normal is not None:
            return (
                f"logit-normal({exact(self.logit_normal.median)}, {exact(self.logit_normal.sigma)})"
            )
        assert self.fixed is not None  # noqa: S101 - the validator saw to it
        return f"fixed at {exact(self.fixed)}"


class Parameter(Checked):
    """A prior with its unit, how well it is supported (grade) and by what (reference)."""

    prior: Distribution
    unit: Text
    grade: Grade
    reference: Text = Field(min_length=8)


def _above_zero(parameter: Parameter) -> Parameter:
    prior = parameter.prior
    if prior.lowest < 0.0 or prior.fixed == 0.0:
        raise BadValueError(
            f"must be above zero: {prior.text}",
            "give a lognormal, a logit_normal, or a fixed number above zero",
        )
    return parameter


Positive = Annotated[Parameter, AfterValidator(_above_zero)]
"""A spread, a half-life, a rate: anything that must be above zero in every draw."""


def _within_one(parameter: Parameter) -> Parameter:
    prior = parameter.prior
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

    def all_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (`law.prior` or name, parameter) of every number, sorted by name."""
        known = dict(self.single)
        for name, law in self.laws.items():
            for part in type(law).model_fields:
                value = getattr(law, part)
                if isinstance(value, Parameter):
                    known[f"{name}.{part}"] = value
        yield from sorted(known.items())
