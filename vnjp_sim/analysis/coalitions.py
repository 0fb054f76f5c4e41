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

    def of_rows(self, row_of: NDArray[np.intp], places: NDArray[np.intp]) -> RowWeights:
        """Return what the distinct outcomes of some coalitions count.

        Parameters
        ----------
        row_of : NDArray[np.intp]
            (coalition,) the row of the outcome of each; the first coalition is the empty one.
        places : NDArray[np.intp]
            (coalition,) their places among all.
        """
        count, players = int(row_of.max()) + 1, self.weights.shape[1]
        known = zip(places[1:], row_of[1:], strict=True)
        return RowWeights(
            int(row_of[0]),
            by_row(self.weights[places[1:]], row_of[1:], count).T.copy(),
            by_row(self.pairs[:, places[1:]], row_of[1:], count),
            tuple(
                (self.members[place], int(row))
                for place, row in known
                if len(self.members[place]) in (1, players)
            ),
        )


@dataclass(frozen=True)
class RowWeights:
    """What distinct outcomes count, where coalitions have the same.

    Attributes
    ----------
    empty : int
        The row of the empty coalition.
    of_players : FloatArray
        (player, row)
    of_pairs : FloatArray
        (pair, row, player)
    alone : tuple of (tuple of int, int)
        The rows of the coalitions of one player and of all players.
    """

    empty: int
    of_players: FloatArray
    of_pairs: FloatArray
    alone: tuple[tuple[tuple[int, ...], int], ...]


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
