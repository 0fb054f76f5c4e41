r"""The economy behind the baseline: its drivers, the links from them, and what these explain.

The central course c of a driver is one path, the same in every draw: published values, then the
published forecast, see :mod:`central_course`. A draw of the driver departs from it, and links act
on that departure in every scenario, the baseline too. A law on whose responses such links act was
calibrated with its total volatility σ; what the drivers explain of a year is taken out of it,

.. math:: s^2 = \max(\sigma^2 - \beta^\top \Sigma \beta,\; \sigma^2 / 4),

with β the coefficients of the links and Σ the covariance of what a year adds to the drivers. What a
law's mean path follows takes nothing out of it: the law's volatility, and a draw's lasting growth,
were estimated beyond it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.parameters import CrisisYears, Parameter
from vnjp_sim.sectors.central_course import CentralCourse

FloatArray = NDArray[np.float64]
Amount = FloatArray | float

LEAST_LEFT = 0.25
"""The part of its variance that a law keeps, however much links explain."""


def spread_of(prior: Distribution) -> float:
    """Return the standard deviation of a prior, or of a normal one as wide in the middle."""
    low, high = prior.transform(np.array([-1.0, 1.0]))
    return float(high - low) / 2.0


def coefficient(name: str, link: Link, streams: RandomStreams) -> FloatArray:
    """Return the coefficient β of a link in each draw, (draw,).

    It is the link's own part, by its own keyed stream, plus the shared coefficients at their
    weights: these are drawn once for all links that have them.
    """
    own = streams.normal(f"link.{name}", group=link.grade)
    beta = link.prior.transform(own)
    for shared, weight in link.shared.items():
        parameter = link.coefficients[shared]
        score = streams.normal(f"coefficient.{shared}", group=parameter.grade)
        beta = beta + weight * parameter.prior.transform(score)
    return beta


@dataclass(frozen=True)
class Couplings:
    """What drives the baseline of a model.

    Attributes
    ----------
    links : Mapping[str, Link]
        Effects between sectors.
    parameters : Mapping[str, Parameter]
        The model's priors, as no scenario replaces them.
    follows : Mapping[str, str]
        The driver whose course the mean path of a law follows, by law.
    crises : Mapping[str, CrisisYears]
        How much more few years vary than others, by law.
    """

    links: Mapping[str, Link]
    parameters: Mapping[str, Parameter]
    follows: Mapping[str, str] = field(default_factory=dict)
    crises: Mapping[str, CrisisYears] = field(default_factory=dict)

    def driving(self, course: CentralCourse) -> Iterator[tuple[str, Link]]:
        """Yield the links whose driver has a central course, in the order of their file."""
        for name, link in self.links.items():
            if link.driver in course:
                yield name, link


def left_of(spread: Amount, explained: Amount) -> Amount:
    """Return the standard deviation that a law keeps of its own, and never less than half."""
    variance = np.square(spread)
    return np.sqrt(np.maximum(variance - explained, LEAST_LEFT * variance))
