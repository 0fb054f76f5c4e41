"""Priors: distributions that transform a standard normal score, and from when they were known.

Calibration and engine draw every parameter the same way: value = transform(score), score ~ N(0, 1).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from vnjp_sim.foundation.errors import BadValueError
from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.schema import Checked, Text

FloatArray = NDArray[np.float64]

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
    def widened(self) -> Distribution:
        """The same with twice the spread; a constant stays as it is."""
        if self.normal is not None:
            return Distribution(normal=Normal(mean=self.normal.mean, sd=2.0 * self.normal.sd))
        if self.lognormal is not None:
            sigma = min(2.0 * self.lognormal.sigma, 3.0)
            return Distribution(lognormal=LogNormal(median=self.lognormal.median, sigma=sigma))
        if self.logit_normal is not None:
            sigma = min(2.0 * self.logit_normal.sigma, 5.0)
            median = self.logit_normal.median
            return Distribution(logit_normal=LogitNormal(median=median, sigma=sigma))
        return self

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


class Dated(Checked):
    """A prior that may lean on a source of some day, before which another stands in its place.

    `known_from` is that day, or a year for its last day; without it the prior is taken to have
    been known always. Before that day it is the `fallback`, or if there is none, the same
    distribution with twice the spread.
    """

    prior: Distribution
    known_from: Year | Text | None = None
    fallback: Distribution | None = None

    @field_validator("known_from")
    @classmethod
    def _a_day(cls, known_from: int | str | None) -> int | str | None:
        if isinstance(known_from, str):
            parse_day(known_from)
        return known_from

    @model_validator(mode="after")
    def _replaceable(self) -> Self:
        if self.fallback is not None and self.known_from is None:
            raise BadValueError("has a fallback without known_from", "say when it became known")
        if self.fallback is None and self.known_from is not None and self.prior.fixed is not None:
            what = "is fixed, and known from a date: it cannot be widened before"
            raise BadValueError(what, "give a fallback")
        return self

    @property
    def alternatives(self) -> tuple[Distribution, ...]:
        """The prior, and what stands in its place before it was known."""
        return (self.prior,) if self.fallback is None else (self.prior, self.fallback)

    def known_before(self, day: date) -> bool:
        """Whether the source of the prior was there before a day."""
        known = self.known_from
        if known is None:
            return True
        return (date(known, 12, 31) if isinstance(known, int) else parse_day(known)) < day

    def as_of(self, day: date | None) -> Self:
        """Return the prior as it could be given before `day`."""
        if day is None or self.known_before(day):
            return self
        prior = self.prior.widened if self.fallback is None else self.fallback
        return self.model_copy(update={"prior": prior, "fallback": None})
