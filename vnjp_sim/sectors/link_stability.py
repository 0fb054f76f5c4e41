r"""Whether links that feed back on each other die out: what comes back has to be less.

Near the baseline, let every response deviate for good by its own part y_r (in logs). A link ℓ takes
the deviation of its driver d, which is the sum over responses of η_{dr} y_r, and gives b_ℓ w_ℓ of
it to its own response, so that what comes back is

.. math:: y'_r = \sum_{\ell \to r} b_\ell w_\ell \sum_s \eta_{d(\ell) s} \, y_s .

b is the coefficient β of an elasticity; a semi-elasticity acts on the level of its driver,
b = β x₀, and an additive effect on the level of its response too, b = β x₀ / y₀. w is the sum of
the weights of the link's lag. η is the long-run elasticity of an indicator by a response, from the
declarations of the sectors: one where the response acts, the documented share in a sum, one in what
accumulates or is in proportion.

A loop dies out in a draw if the spectral radius of the matrix of the absolute values |b| w η is
below one: no lag and no stock weighs a deviation more than its sum does (Desoer and Vidyasagar
1975, Feedback Systems: Input-Output Properties, chapter 3, the small-gain theorem). If all links of
the loop push in one direction that is exact, else it errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.sectors.couplings import coefficient
from vnjp_sim.sectors.declarations import outputs

FloatArray = NDArray[np.float64]
Sizes = Mapping[str, float]


@dataclass(frozen=True)
class UnstableLoop:
    """A loop that does not die out.

    Attributes
    ----------
    links : tuple of str
        Its links.
    draws : int
        In how many draws it does not.
    radius : float
        The largest spectral radius.
    unknown : str
        An indicator whose size no figure tells, though a link needs it; empty if all are known.
    """

    links: tuple[str, ...]
    draws: int = 0
    radius: float = 0.0
    unknown: str = ""

    @property
    def text(self) -> str:
        """What is wrong, in words."""
        names = " → ".join(self.links)
        if self.unknown:
            return (
                f"the links {names} feed back on each other, and no figure gives the "
                f"size of {self.unknown}"
            )
        return (
            f"the links {names} feed back on each other and grow without bound in {self.draws} "
            f"draws (spectral radius up to {fixed(self.radius, 2)}, must be below 1)"
        )

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.unknown:
            return "use form elasticity, or drive the link by something that has a figure"
        return "lower their priors, or leave one of them out"


def unstable_loops(
    links: Mapping[str, Link], sizes: Sizes, streams: RandomStreams
) -> Iterator[UnstableLoop]:
    """Yield the loops that do not die out in every draw of the streams."""
    for names in loops(links, sizes):
        members = [links[name] for name in names]
        try:
            scales = [scale_of(link, sizes) for link in members]
        except KeyError as missing:
            yield UnstableLoop(names, unknown=str(missing.args[0]))
            continue
        gains = [
            scale * coefficient(name, link, streams)
            for name, link, scale in zip(names, members, scales, strict=True)
        ]
        radius = spectral_radius(members, np.stack(gains), sizes)
        if (radius >= 1.0).any():
            yield UnstableLoop(names, int((radius >= 1.0).sum()), float(radius.max()))


def documented_sizes(registry: Registry, evidence: Evidence) -> dict[str, float]:
    """Return the latest documented level of each indicator that is never negative, in its unit.

    Of a whole year, or of a stock's date; a figure that calibrates nothing will do.
    """
    latest: dict[str, tuple[float, float]] = {}
    for o in evidence.observations:
        if len(o.indicators) != 1 or o.wording in ("growth", "share", "at_least", "at_most"):
            continue
        (name,) = o.indicators
        known = registry.indicators[name]
        dated = o.period.kind in ("year", "fiscal") or known.kind in ("stock", "rate", "count")
        if known.sign == "any" or not dated or o.use not in ("calibrate", "check"):
            continue
        size = o.value * registry.factor(o.unit, known.unit)
        latest[name] = max(latest.get(name, (0.0, 0.0)), (o.period.end, size))
    return {name: size for name, (_, size) in latest.items()}


def loops(links: Mapping[str, Link], sizes: Sizes) -> tuple[tuple[str, ...], ...]:
    """Return the groups of links that feed back on each other, each sorted by name."""
    names = sorted(links)
    moved = {
        (response, driver)
        for driver in {link.driver for link in links.values()}
        for response in {link.response for link in links.values()}
        if elasticity(driver, response, sizes) > 0.0
    }
    follows = np.array(
        [[(links[a].response, links[b].driver) in moved for b in names] for a in names], bool
    ).reshape(len(names), len(names))
    reached = follows
    for _ in names:
        reached = reached | (reached @ follows)
    groups = {
        tuple(b for j, b in enumerate(names) if reached[i, j] and reached[j, i])
        for i in range(len(names))
        if reached[i, i]
    }
    return tuple(sorted(groups))


def elasticity(indicator: str, response: str, sizes: Sizes) -> float:
    """Return the long-run elasticity η of an indicator by a response, never negative."""
    output = outputs()[indicator]
    if response in (*output.responses, *output.scaled_by):
        return 1.0
    whole = sizes.get(indicator) if output.is_sum else None
    return sum(
        (min(sizes.get(parent, whole) / whole, 1.0) if whole else 1.0)
        * elasticity(parent, response, sizes)
        for parent in output.follows
    )


def scale_of(link: Link, sizes: Sizes) -> float:
    """Return b / β of a link: one, x₀ or x₀ / y₀.

    Raises KeyError with the indicator whose level is not known.
    """
    if link.form == "elasticity":
        return 1.0
    if link.form == "semi":
        return sizes[link.driver]
    return sizes[link.driver] / sizes[link.response]


def spectral_radius(links: Sequence[Link], gains: FloatArray, sizes: Sizes) -> FloatArray:
    """Return the spectral radius of the absolute gains of a loop, (draw,).

    Parameters
    ----------
    links : sequence of Link
        The links of one loop.
    gains : ndarray
        b of each link, (link, draw).
    sizes : mapping of str to float
        Documented levels.
    """
    responses = sorted({link.response for link in links})
    weights = np.array([[_weight(x)] * len(responses) for x in links])
    carried = weights * [[elasticity(x.driver, name, sizes) for name in responses] for x in links]
    fed = np.array([[link.response == name for link in links] for name in responses], float)
    matrix = (fed[None] * np.abs(gains).T[:, None, :]) @ carried
    radius: FloatArray = np.abs(np.linalg.eigvals(matrix)).max(axis=1)
    return radius


def _weight(link: Link) -> float:
    """Return the sum of a lag's weights: an impulse that fades counts more than once."""
    if link.lag.half_life is not None and link.form == "semi":
        return float(1.0 / (1.0 - 2.0 ** (-1.0 / link.lag.half_life)))
    return 1.0
