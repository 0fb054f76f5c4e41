"""Shapley values: which sub-scenarios are run, and how much each counts for each player.

The value of a player is linear in the outcomes of coalitions of players, so that coalitions of the
same outcome count together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Coalitions:
    """Coalitions of players and their weights.

    Attributes
    ----------
    members : tuple of tuple of int
        The players of each; the first is empty.
    weights : FloatArray
        (coalition, player) what an outcome counts for a player.
    pairs : FloatArray
        (pair, coalition, player) the same for each sampled order with its reverse; empty if every
        coalition is there.
    """

    members: tuple[tuple[int, ...], ...]
    weights: FloatArray
    pairs: FloatArray

    @property
    def exact(self) -> bool:
        """Whether every coalition is there."""
        return len(self.pairs) == 0


def all_coalitions(count: int) -> Coalitions:
    """Return every coalition of some players."""
    members = [m for size in range(count + 1) for m in combinations(range(count), size)]
    whole = np.zeros((len(members), count))  # multiples of 1 / n!, which cancel exactly
    for row, chosen in enumerate(members):
        size = len(chosen)
        if size < count:
            whole[row] = -factorial(size) * factorial(count - size - 1)
        if size:
            whole[row, list(chosen)] = factorial(size - 1) * factorial(count - size)
    return Coalitions(tuple(members), whole / factorial(count), np.empty((0, *whole.shape)))


def sampled_coalitions(count: int, orders: int, seed: int) -> Coalitions:
    """Return the coalitions met by adding the players in random orders, each with its reverse.

    Parameters
    ----------
    count : int
        Number of players.
    orders : int
        How many orders, an even number.
    seed : int
        Of the random orders.
    """
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))
    singles = [(player,) for player in range(count)]
    rows = {members: row for row, members in enumerate([(), *singles, tuple(range(count))])}
    pairs: list[list[tuple[int, int, float]]] = []
    for _ in range(orders // 2):
        order = [int(player) for player in rng.permutation(count)]
        steps = []
        for direction in (order, order[::-1]):
            before = 0
            for position, player in enumerate(direction):
                members = tuple(sorted(direction[: position + 1]))
                row = rows.setdefault(members, len(rows))
                steps += [(row, player, 0.5), (before, player, -0.5)]
                before = row
        pairs.append(steps)
    weights = np.zeros((len(pairs), len(rows), count))
    for pair, steps in enumerate(pairs):
        for row, player, weight in steps:
            weights[pair, row, player] += weight
    return Coalitions(tuple(rows), weights.sum(axis=0) / len(pairs), weights)


def by_row(weights: FloatArray, rows: NDArray[np.intp], count: int) -> FloatArray:
    """Return weights (…, coalition, player) as (…, row, player), where coalitions share rows."""
    summed = np.zeros((*weights.shape[:-2], count, weights.shape[-1]))
    for coalition, row in enumerate(rows):
        summed[..., row, :] += weights[..., coalition, :]
    return summed
