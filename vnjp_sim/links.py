r"""Links: effects of one sector on another, read and put to work.

A link acts on the deviation d of its driver x from the baseline x₀ of the same draw:

============ =========================== ==========================================
form         deviation                   effect on the response
============ =========================== ==========================================
elasticity   d = log(x / x₀)             × exp(β E), drivers that are always positive
semi         d = x − x₀                  × exp(β E), counts and what may be zero
added        d = x − x₀                  + β E, the same unit as the response
============ =========================== ==========================================

E is the lagged deviation: `fixed` k, E_t = d_{t−k}; `phase_in` n, E_t = (d_t + … + d_{t−n+1}) / n;
`half_life` h, with λ = 2^{−1/h}, E_t = λ E_{t−1} + d_t for semi (an impulse that fades) and
E_t = λ E_{t−1} + (1 − λ) d_t else (a slow adjustment). Before the horizon every deviation is zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from vnjp_sim.checked import Checked, check
from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.parameters import Distribution
from vnjp_sim.registry import Registry
from vnjp_sim.streams import Luck
from vnjp_sim.strict_yaml import read_yaml

FloatArray = NDArray[np.float64]


class Lag(Checked):
    """The shape of a link in time; exactly one is given."""

    fixed: int | None = Field(default=None, ge=0, le=20)
    phase_in: int | None = Field(default=None, ge=1, le=30)
    half_life: float | None = Field(default=None, gt=0, le=30)

    @model_validator(mode="after")
    def _one(self) -> Lag:
        if sum(value is not None for value in (self.fixed, self.phase_in, self.half_life)) != 1:
            raise ValueError("a lag needs exactly one shape — give fixed, phase_in or half_life")
        return self

    @property
    def same_year(self) -> bool:
        """Whether the driver of a year already acts in that year."""
        return self.fixed is None or self.fixed == 0

    @property
    def text(self) -> str:
        """A short form for tables and graphs."""
        if self.fixed is not None:
            return "same year" if self.fixed == 0 else f"after {self.fixed} y"
        if self.phase_in is not None:
            return f"over {self.phase_in} y"
        return f"half-life {self.half_life:g} y"


class Link(Checked):
    """One driver → response effect with its prior, grade and reference."""

    driver: str
    response: str
    form: Literal["elasticity", "semi", "added"]
    lag: Lag
    prior: Distribution
    grade: Literal["calibrated", "published", "assumed"]
    reference: str = Field(min_length=8)


class NotModelled(Checked):
    """A causal claim of the documents without a link, and why."""

    claim: str
    reason: str


class _LinksFile(Checked):
    links: dict[str, Link]
    not_modelled: list[NotModelled]


@dataclass(frozen=True)
class Links:
    """All links of a models folder by id, and the claims that have none."""

    links: Mapping[str, Link]
    not_modelled: tuple[NotModelled, ...]

    def drivers(self) -> frozenset[str]:
        """Return the indicators that drive a link."""
        return frozenset(link.driver for link in self.links.values())


def read_links(models: Path, registry: Registry) -> Links:
    """Read `models/links.yml`; raises InputError with all its faults."""
    document = read_yaml(models / "links.yml")
    content = check(_LinksFile, document)
    faults: list[Fault] = []
    for name, link in content.links.items():
        for end in ("driver", "response"):
            indicator = getattr(link, end)
            if indicator not in registry.indicators:
                what = f"link {name}: unknown indicator '{indicator}'"
                remedy = did_you_mean(indicator, registry.indicators)
                faults.append(document.fault(("links", name, end), what, remedy))
    if faults:
        raise InputError(faults)
    return Links(content.links, tuple(content.not_modelled))


@dataclass
class Effects:
    """The links at work in one block of a scenario.

    Attributes
    ----------
    links : by id.
    luck : the block's random numbers; each link's coefficient has a stream of its own.
    reference : the baseline's drivers of the same draws, by indicator and year.
    """

    links: Mapping[str, Link]
    luck: Luck
    reference: Mapping[str, Mapping[int, FloatArray]]
    _deviations: dict[str, dict[int, FloatArray]] = field(default_factory=dict)
    _states: dict[str, tuple[int, FloatArray]] = field(default_factory=dict)
    _coefficients: dict[str, FloatArray] = field(default_factory=dict)

    def record(self, year: int, values: Mapping[str, FloatArray]) -> None:
        """Take the drivers' values of a year, as sectors close."""
        for name, link in self.links.items():
            known = self._deviations.setdefault(name, {})
            if link.driver not in values or year in known:
                continue
            base = self.reference.get(link.driver, {}).get(year)
            if base is not None:
                known[year] = _deviation(link, values[link.driver], base)

    def act(self, response: str, year: int, value: FloatArray) -> FloatArray:
        """Return a response with all its links applied, (draw,)."""
        exponent: FloatArray | None = None
        added: FloatArray | None = None
        for name, link in self.links.items():
            if link.response != response:
                continue
            lagged = self._lagged(name, link, year)
            if lagged is None:
                continue
            effect = self._coefficient(name, link) * lagged
            if link.form == "added":
                added = effect if added is None else added + effect
            else:
                exponent = effect if exponent is None else exponent + effect
        if exponent is not None:
            value = value * np.exp(exponent)
        return value if added is None else np.maximum(value + added, 0.0)

    def _coefficient(self, name: str, link: Link) -> FloatArray:
        if name not in self._coefficients:
            score = self.luck.normal(f"link.{name}", group=link.grade)
            self._coefficients[name] = link.prior.transform(score)
        return self._coefficients[name]

    def _lagged(self, name: str, link: Link, year: int) -> FloatArray | None:
        """Return E of a link in a year; None while nothing deviates."""
        known = self._deviations.get(name, {})
        if link.lag.fixed is not None:
            return known.get(year - link.lag.fixed)
        if link.lag.phase_in is not None:
            years = range(year - link.lag.phase_in + 1, year + 1)
            parts = [known[y] for y in years if y in known]
            return np.sum(parts, axis=0) / link.lag.phase_in if parts else None
        return self._fading(name, link, year)

    def _fading(self, name: str, link: Link, year: int) -> FloatArray | None:
        assert link.lag.half_life is not None  # noqa: S101 - the only shape left
        known = self._deviations.get(name, {})
        last, state = self._states.get(name, (min(known, default=year) - 1, np.zeros(1)))
        keep = 2.0 ** (-1.0 / link.lag.half_life)
        gain = 1.0 if link.form == "semi" else 1.0 - keep
        for y in range(last + 1, year + 1):
            state = keep * state + gain * known.get(y, np.zeros(1))
        self._states[name] = (year, state)
        return state if known else None


def _deviation(link: Link, value: FloatArray, base: FloatArray) -> FloatArray:
    if link.form != "elasticity":
        return value - base
    result: FloatArray = np.log(value / base)
    return result


def same_year_order(links: Iterable[Link]) -> set[tuple[str, str]]:
    """Return (driver, response) of the links that act within the year."""
    return {(link.driver, link.response) for link in links if link.lag.same_year}
