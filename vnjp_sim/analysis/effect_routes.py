"""Ways on which an effect reaches an indicator: from what is changed, over others, by links.

The graph is that of the model: an indicator follows from others of its sector, of other sectors,
and from the drivers of links. A way goes only over what the change moves. It is the likelier, the
larger the parts that it goes through: of a sum the part of the difference that a summand brings, of
what else follows from several the first that is named, of a link what is lost without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import log

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effects import Effect, effect_of
from vnjp_sim.analysis.link_losses import LinkLoss
from vnjp_sim.analysis.players import Player, players_of, sub_scenario
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.sectors.declarations import common_priors, outputs
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]

LATER = 0.25
"""What each further indicator that another follows from counts, as a part of the one before."""
LEAST_LOSS = 0.02
"""What a link counts at least."""
LEAST_PART = 0.1
"""A way that counts less, as a part of the likeliest one, is not told."""
OVER = 1.5
"""So many times as large as in the year, an effect was largest before."""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Stage:
    """An indicator on the way.

    Attributes
    ----------
    indicator : str
        Its id.
    link : str
        The link by which it is reached; empty where it follows from the stage before.
    effect : Effect
        What the change alone does to it in the year.
    half : int | None
        The first year with half of the mean effect of the year; None where it was larger before.
    peak : int | None
        The year of the largest mean effect before, where there is no `half`.
    """

    indicator: str
    link: str
    effect: Effect
    half: int | None
    peak: int | None


@dataclass(frozen=True)
class Route:
    """A way from one change to an indicator; the last stage is the indicator."""

    player: Player
    stages: tuple[Stage, ...]


Edge = tuple[str, str, str]
"""From an indicator to another one, by a link or none."""


def routes_of(
    projector: Projector,
    scenario: Scenario,
    indicator: str,
    year: int,
    losses: Sequence[LinkLoss],
    against: Scenario | None = None,
    most: int = 2,
) -> tuple[Route, ...]:
    """Return how each change of a scenario, alone, reaches an indicator; likelier ways first.

    Parameters
    ----------
    losses : Sequence[LinkLoss]
        What the effect loses without each link that carries any; others are no way.
    against : Scenario | None
        What the effects are measured against; by default the baseline.
    most : int
        Ways of a change, at most.

    Raises InputError if the scenario does not differ.
    """
    reference = projector.variant(scenario).reference
    both = scenario if against is None else replace(scenario, baseline=against)
    players = players_of(both, projector.model.instruments)
    alone = [sub_scenario(both, some) for some in ([], *([player] for player in players))]
    variants = [Variant(projector.inputs(part), reference) for part in alone]
    known = projector.model.links.links
    carried = {loss.link: abs(loss.lost) for loss in losses if loss.indicator == indicator}
    links = {name: known[name] for name in carried if name in known}
    names = sorted(_behind(indicator, links) & projector.given())
    batch = projector.batch(variants, scenario.start, scenario.end, names)
    row = year - scenario.start
    found: dict[int, list[Route]] = {}
    for places, projected in projector.parts(batch):
        base = projected.of(0)
        for number, place in enumerate(places):
            if place:
                both_of = projected.of(number), base
                graph = _Graph(_moved(*both_of, names), row, links, carried)
                player = players[place - 1]
                found[place] = [
                    Route(player, tuple(_stage(step, both_of, graph, scenario) for step in way))
                    for way in graph.ways(_begins(player, links), indicator)[:most]
                ]
    return tuple(route for place in sorted(found) for route in found[place])


def _behind(indicator: str, links: Mapping[str, Link]) -> set[str]:
    """Return an indicator and all from which it can be reached."""
    every, found, waiting = outputs(), set[str](), [indicator]
    while waiting:
        name = waiting.pop()
        if name in found or name not in every:
            continue
        found.add(name)
        waiting += every[name].follows
        waiting += [link.driver for link in links.values() if every[name].answers(link)]
    return found


def _begins(player: Player, links: Mapping[str, Link]) -> set[str]:
    """Return the indicators that a change acts on itself."""
    name = player.name.partition(" ")[2]
    if player.event is not None:
        name = player.event.type
    begins = set()
    for output in outputs().values():
        if player.kind != "parameter":
            acts = name in output.set_by or name in output.moved_by
        else:
            sized = [link for n, link in links.items() if name == n or name in link.shared]
            acts = name in (*output.priors, *common_priors(output))
            acts = acts or any(output.answers(link) for link in sized)
        if acts:
            begins.add(output.name)
    return begins


def _moved(
    own: Mapping[str, FloatArray], base: Mapping[str, FloatArray], names: Iterable[str]
) -> dict[str, FloatArray]:
    """Return the mean differences by year, (year,), of what differs."""
    found = {}
    for name in names:
        if own[name] is base[name]:
            continue
        means = (own[name] - base[name]).mean(axis=1)
        if np.abs(means).max() > ROUNDING * np.abs(base[name]).mean():
            found[name] = means
    return found


class _Graph:
    """What is moved, and the ways from one to another."""

    def __init__(
        self,
        moved: Mapping[str, FloatArray],
        row: int,
        links: Mapping[str, Link],
        carried: Mapping[str, float],
    ) -> None:
        self.moved, self.row = moved, row
        self.edges: dict[Edge, float] = {}
        every = outputs()
        for name in moved:
            parents = [parent for parent in every[name].follows if parent in moved]
            for parent, share in zip(parents, self._shares(name, parents), strict=True):
                self.edges[parent, name, ""] = share
            for link, one in links.items():
                if one.driver in moved and every[name].answers(one):
                    self.edges[one.driver, name, link] = min(1.0, max(LEAST_LOSS, carried[link]))

    def _shares(self, name: str, parents: Sequence[str]) -> list[float]:
        """Return what each of the indicators counts that another one follows from."""
        if not outputs()[name].is_sum:
            return [LATER**place for place in range(len(parents))]
        sizes = [float(np.abs(self.moved[parent][: self.row + 1]).max()) for parent in parents]
        return [max(ROUNDING, size / (sum(sizes) or 1.0)) for size in sizes]

    def ways(self, begins: set[str], end: str) -> list[tuple[Edge, ...]]:
        """Return the ways to an indicator, the likeliest first, one for each link at least.

        The first step of a way leads from nowhere.
        """
        if end not in self.moved:
            return []
        to = _best({name: ("", name, "") for name in begins if name in self.moved}, self.edges)
        turned = {(b, a, link): share for (a, b, link), share in self.edges.items()}
        back = _best({end: ("", end, "")}, turned)
        found: dict[tuple[Edge, ...], float] = {}
        if end in to:
            found[to[end][1]] = to[end][0]
        for edge, share in self.edges.items():
            first, second, link = edge
            if link and first in to and second in back:
                rest = tuple((b, a, by) for a, b, by in reversed(back[second][1][1:]))
                way = (*to[first][1], edge, *rest)
                if len({name for _, name, _ in way}) == len(way):
                    found[way] = to[first][0] * share * back[second][0]
        best = max(found.values(), default=0.0)
        kept = [way for way, share in found.items() if share >= LEAST_PART * best]
        return sorted(kept, key=lambda way: (-found[way], way))


def _best(
    begins: Mapping[str, Edge], edges: Mapping[Edge, float]
) -> dict[str, tuple[float, tuple[Edge, ...]]]:
    """Return what the likeliest way to each indicator counts, and its steps."""
    onward: dict[str, list[tuple[Edge, float]]] = {}
    for edge, share in edges.items():
        onward.setdefault(edge[0], []).append((edge, share))
    found: dict[str, tuple[float, tuple[Edge, ...]]] = {}
    waiting: list[tuple[float, int, tuple[Edge, ...]]] = []
    for step in sorted(begins.values()):
        heappush(waiting, (0.0, 1, (step,)))
    while waiting:
        cost, length, way = heappop(waiting)
        name = way[-1][1]
        if name in found:
            continue
        found[name] = (float(np.exp(-cost)), way)
        for edge, share in onward.get(name, ()):
            if edge[1] not in found:
                heappush(waiting, (cost - log(share), length + 1, (*way, edge)))
    return found


def _stage(
    step: Edge,
    sides: tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]],
    graph: _Graph,
    scenario: Scenario,
) -> Stage:
    """Return a stage; `sides` are the projections with the change alone, and without it."""
    (_, name, link), row = step, graph.row
    values, base = (side[name][row] for side in sides)
    effect = effect_of(scenario.name, name, scenario.start + row, values, base, never=False)
    means = graph.moved[name][: row + 1]
    half, peak = _half(means), int(np.abs(means).argmax())
    if half is None:
        return Stage(name, link, effect, None, scenario.start + peak if peak < row else None)
    return Stage(name, link, effect, scenario.start + half, None)


def _half(means: FloatArray) -> int | None:
    """Return the first place with half of the last value; None if values before were larger."""
    last = means[-1]
    along = means * np.sign(last)
    if last == 0.0 or along.max() > OVER * abs(last) or along.min() < -0.5 * abs(last):
        return None
    return int(np.argmax(along >= 0.5 * abs(last)))
