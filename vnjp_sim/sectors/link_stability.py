r"""Whether links that feed back on each other die out: the spectral radius of their loop.

Near the baseline, with y the log deviations of the responses and x those of the drivers, the links
and the sectors between them are a linear system,

.. math:: y_{r,t} = \sum_{\ell \to r} b_\ell E_{\ell,t}, \qquad
          x_{d,t} = \sum_r \sum_{j \ge 0} h_{rd,j} \, y_{r,t-j},

with E the lagged x of a link's driver (see :mod:`links`). b is the coefficient β of an elasticity;
a semi-elasticity acts on the level of its driver, b = β x₀, and an added effect on the level of its
response too, b = β x₀ / y₀. The impulse response h of a sector, :class:`Transmission`, is
`now, later, later·left, later·left², …`: a share of a sum (now alone) or a stock that a flow feeds
(later = now · left; for a stock with the share s of new flow, now = s and left = 1 − s).

With everything that a later year remembers (lagged drivers, fading effects, stocks) in one vector
q, the system is q_{t+1} = A q_t, and dies out if and only if the spectral radius of the companion
matrix A is below one (Lütkepohl 2005, New Introduction to Multiple Time Series Analysis, section
2.1). Effects within the year are solved for, which their order allows.

A bound spares most of the work: lag shapes and impulse responses weigh no more than their sums, so
that a radius of the matrix of absolute total gains below one is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.links import Link, coefficient
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.inputs.registry import Registry

FloatArray = NDArray[np.float64]

CHUNK_CELLS = 1 << 21
"""Cells of the companion matrices that are held at once."""


@dataclass(frozen=True)
class Transmission:
    """How a rise of a response by one log point in one year alone shows in an output.

    `now` log points in the same year, `later` in the next, and the part `left` of it in each year
    after.
    """

    response: str
    output: str
    now: float
    later: float = 0.0
    left: float = 0.0

    @property
    def total(self) -> float:
        """The sum of the impulse response's sizes, which bounds it at every frequency."""
        return abs(self.now) + abs(self.later) / (1.0 - self.left)


@dataclass(frozen=True)
class Growing:
    """A loop that does not die out: its links, in how many of the draws, how far, or why unknown.

    `unknown` names an indicator whose size no figure tells, though a link needs it.
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
                f"the links {names} feed back on each other, and no figure tells how large "
                f"{self.unknown} is"
            )
        return (
            f"the links {names} feed back on each other and grow without end in {self.draws} draws "
            f"(spectral radius up to {fixed(self.radius, 2)}, must be below 1)"
        )

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.unknown:
            return "use form elasticity, or drive the link by something that has a figure"
        return "lower their priors, or leave one of them out"


def unstable_loops(
    links: Mapping[str, Link],
    sizes: Mapping[str, float],
    transmissions: Collection[Transmission],
    streams: RandomStreams,
) -> Iterator[Growing]:
    """Yield the loops whose spectral radius is not below one in every draw of `luck`."""
    for names in loops(links, transmissions):
        members = [links[name] for name in names]
        try:
            scales = [scale_of(link, sizes) for link in members]
        except KeyError as missing:
            yield Growing(names, unknown=str(missing.args[0]))
            continue
        gains = [
            scale * coefficient(name, link, streams)
            for name, link, scale in zip(names, members, scales, strict=True)
        ]
        radius = spectral_radius(members, gains, transmissions)
        if (radius >= 1.0).any():
            yield Growing(names, int((radius >= 1.0).sum()), float(radius.max()))


def documented_sizes(registry: Registry, evidence: Evidence) -> dict[str, float]:
    """Return the latest documented level of each indicator that is never negative, in its unit.

    Of a whole year, or of a stock's date; a figure that calibrates nothing will do.
    """
    found: dict[str, tuple[float, float]] = {}
    for o in evidence.observations:
        if len(o.indicators) != 1 or o.reported in ("growth", "share", "at_least", "at_most"):
            continue
        (name,) = o.indicators
        known = registry.indicators[name]
        dated = o.period.kind in ("year", "fiscal") or known.kind in ("stock", "rate", "count")
        if known.sign == "any" or not dated or o.use not in ("calibrate", "check"):
            continue
        size = o.value * registry.factor(o.unit, known.unit)
        found[name] = max(found.get(name, (0.0, 0.0)), (o.period.end, size))
    return {name: size for name, (_, size) in found.items()}


def loops(
    links: Mapping[str, Link], transmissions: Collection[Transmission]
) -> tuple[tuple[str, ...], ...]:
    """Return the sets of links that feed back on each other, names sorted."""
    passed = {(x.response, x.output) for x in transmissions}
    names = sorted(links)
    follows = np.array(
        [[(links[a].response, links[b].driver) in passed for b in names] for a in names], bool
    ).reshape(len(names), len(names))
    reached = follows
    for _ in names:
        reached = reached | (reached @ follows)
    found = {
        tuple(b for j, b in enumerate(names) if reached[i, j] and reached[j, i])
        for i in range(len(names))
        if reached[i, i]
    }
    return tuple(sorted(found))


def scale_of(link: Link, levels: Mapping[str, float]) -> float:
    """Return b / β of a link: one, x₀ or x₀ / y₀.

    Raises KeyError with the indicator whose level is not known.
    """
    if link.form == "elasticity":
        return 1.0
    if link.form == "semi":
        return levels[link.driver]
    return levels[link.driver] / levels[link.response]


def spectral_radius(
    links: Sequence[Link],
    gains: Sequence[FloatArray],
    transmissions: Collection[Transmission],
) -> FloatArray:
    """Return the spectral radius of the loop that some links form, (draw,).

    Draws whose bound is below one get the bound: the radius is below one as well.

    Parameters
    ----------
    links : the links of one loop.
    gains : b of each link, (draw,).
    transmissions : of the sectors.
    """
    inside = _inside(links, transmissions)
    stacked = np.stack(gains)  # (link, draw)
    radius = _bound(links, stacked, inside)
    open_draws = np.flatnonzero(radius >= 1.0)
    states = sum(map(_years_kept, links)) + len(links) + len(inside)
    chunk = max(1, CHUNK_CELLS // states**2)
    for start in range(0, open_draws.size, chunk):
        rows = open_draws[start : start + chunk]
        matrix = companion(links, stacked[:, rows], inside)
        radius[rows] = np.abs(np.linalg.eigvals(matrix)).max(axis=1)
    return radius


def companion(
    links: Sequence[Link], gains: FloatArray, transmissions: Collection[Transmission]
) -> FloatArray:
    """Return the companion matrix A of a loop, (draw, state, state), for gains b, (link, draw).

    The state holds, for each transmission, its output's memory m_t = left·m_{t−1} + later·y_t, so
    that the output is now·y_t + m_{t−1}; for each link the drivers of past years that its lag
    asks for; for each fading link its last effect.
    """
    inside = _inside(links, transmissions)
    draws, count = gains.shape[1], len(links)
    memories = len(inside)
    past = [_years_kept(link) for link in links]
    fading = [i for i, link in enumerate(links) if link.lag.half_life is not None]
    starts = np.cumsum([memories, *past]).tolist()
    size = starts[-1] + len(fading)

    # y of each transmission's response from effects E: (draw, transmission, link)
    fed = np.array([[x.response == link.response for link in links] for x in inside], float)
    feeding = fed[None] * gains.T[:, None, :]
    # x of each link's driver from outputs: (link, transmission)
    taken = np.array([[link.driver == x.output for x in inside] for link in links], float)
    now = np.array([x.now for x in inside])
    within = np.array([_weight_now(link) for link in links])

    # E = within · x + remembered · q, and x = taken · (now · feeding · E + memory)
    remembered = np.zeros((count, size))
    for i, link in enumerate(links):
        remembered[i, :memories] += within[i] * taken[i]
        for age, weight in _weights_later(link):
            remembered[i, starts[i] + age - 1] += weight
    for j, i in enumerate(fading):
        remembered[i, starts[-1] + j] += _kept(links[i])
    same_year = (within[:, None] * taken)[None] @ (now[None, :, None] * feeding)
    effects = np.linalg.solve(
        np.eye(count)[None] - same_year, np.broadcast_to(remembered, (draws, count, size))
    )
    responses = feeding @ effects  # (draw, transmission, state)

    matrix = np.zeros((draws, size, size))
    later, left = (np.array([getattr(x, part) for x in inside]) for part in ("later", "left"))
    matrix[:, :memories] = later[None, :, None] * responses
    matrix[:, range(memories), range(memories)] += left
    drivers = taken[None] @ (now[None, :, None] * responses)
    drivers[:, :, :memories] += taken
    for i, years in enumerate(past):
        if years:
            matrix[:, starts[i]] = drivers[:, i]
        for age in range(1, years):
            matrix[:, starts[i] + age, starts[i] + age - 1] = 1.0
    for j, i in enumerate(fading):
        matrix[:, starts[-1] + j] = effects[:, i]
    return matrix


def _inside(links: Sequence[Link], transmissions: Collection[Transmission]) -> list[Transmission]:
    responses, drivers = {x.response for x in links}, {x.driver for x in links}
    return [x for x in transmissions if x.response in responses and x.output in drivers]


def _bound(
    links: Sequence[Link], gains: FloatArray, transmissions: Collection[Transmission]
) -> FloatArray:
    """Return the spectral radius of the absolute total gains, (draw,).

    From response to response, since these are fewer than the links: A B and B A have the same
    eigenvalues other than zero.
    """
    responses = sorted({link.response for link in links})
    carried = np.zeros((len(links), len(responses)))
    for i, link in enumerate(links):
        for x in transmissions:
            if link.driver == x.output and x.response in responses:
                carried[i, responses.index(x.response)] += x.total * _weight_in_all(link)
    fed = np.array([[link.response == name for link in links] for name in responses], float)
    total = (fed[None] * np.abs(gains).T[:, None, :]) @ carried
    sizes: FloatArray = np.abs(np.linalg.eigvals(total)).max(axis=1)
    return sizes


def _kept(link: Link) -> float:
    assert link.lag.half_life is not None  # noqa: S101 - the caller saw to it
    return float(2.0 ** (-1.0 / link.lag.half_life))


def _weight_now(link: Link) -> float:
    """Return the weight of the year's own deviation in a link's effect."""
    lag = link.lag
    if lag.fixed is not None:
        return 1.0 if lag.fixed == 0 else 0.0
    if lag.phase_in is not None:
        return 1.0 / lag.phase_in
    return 1.0 if link.form == "semi" else 1.0 - _kept(link)


def _weights_later(link: Link) -> list[tuple[int, float]]:
    """Return (age in years, weight) of the past deviations in a link's effect."""
    lag = link.lag
    if lag.fixed:
        return [(lag.fixed, 1.0)]
    if lag.phase_in is not None:
        return [(age, 1.0 / lag.phase_in) for age in range(1, lag.phase_in)]
    return []


def _years_kept(link: Link) -> int:
    return max((age for age, _ in _weights_later(link)), default=0)


def _weight_in_all(link: Link) -> float:
    """Return the sum of a lag's weights: an impulse that fades counts more than once."""
    if link.lag.half_life is not None and link.form == "semi":
        return 1.0 / (1.0 - _kept(link))
    return 1.0
