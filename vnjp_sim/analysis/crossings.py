"""Where along a lever a margin first reaches zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def needed_settings(settings: FloatArray, margins: FloatArray, *, rising: bool) -> FloatArray:
    """Return the first setting at which a margin reaches zero, (draw,).

    Parameters
    ----------
    settings : FloatArray
        (setting,) rising.
    margins : FloatArray
        (setting, draw), straight lines in between.
    rising : bool
        Whether the settings are gone through upwards, else downwards.

    Returns
    -------
    FloatArray
        The first setting gone through where its margin is not below zero; +inf, or −inf
        downwards, where no margin is.
    """
    along, way = (margins, settings) if rising else (margins[::-1], settings[::-1])
    held = along >= 0.0
    first = held.argmax(axis=0)
    before = np.maximum(first - 1, 0)
    columns = np.arange(margins.shape[1])
    here, there = along[first, columns], along[before, columns]
    step = np.where(first > 0, there - here, 1.0)
    part = np.where(first > 0, there / np.where(step == 0.0, 1.0, step), 1.0)
    needed = way[before] + np.clip(part, 0.0, 1.0) * (way[first] - way[before])
    return np.where(held.any(axis=0), needed, np.inf if rising else -np.inf)


def setting_of_chance(
    settings: FloatArray, margins: FloatArray, chance: float, *, rising: bool
) -> float | None:
    """Return the first setting gone through that serves so many draws at once.

    The arguments are those of :func:`needed_settings`. None where no setting serves enough. A draw
    that a further setting loses again counts up to there.
    """
    along, way = (margins, settings) if rising else (margins[::-1], settings[::-1])
    held = along >= 0.0
    count = int(np.ceil(chance * margins.shape[1] - 1e-9))
    if np.count_nonzero(held[0]) >= count:
        return float(way[0])
    segment, draw = np.nonzero(held[1:] != held[:-1])
    here, there = along[segment, draw], along[segment + 1, draw]
    part = np.clip(here / (here - there), 0.0, 1.0)
    enters = held[segment + 1, draw]
    order = np.lexsort((~enters, segment + part))  # at one place those that enter come first
    served = np.count_nonzero(held[0]) + np.cumsum(np.where(enters[order], 1, -1))
    enough = served >= count
    if not enough.any():
        return None
    place = order[enough.argmax()]
    before = segment[place]
    return float(way[before] + part[place] * (way[before + 1] - way[before]))
