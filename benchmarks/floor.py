"""The floor: what numpy alone needs to draw the random numbers and to write the output arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = 16_384


class Work(NamedTuple):
    """What one draw of one scenario needs: its random numbers by kind, and the values it records.

    A normal takes four times as long as a uniform.
    """

    normals: int
    uniforms: int
    outputs: int


def floor(draws: int, work: Work, target: NDArray[np.float64] | None = None) -> None:
    """Draw the numbers and write the outputs once by a copy, block by block.

    `target`, (output, draw), takes the outputs; a new array if None.
    """
    if target is None:
        target = np.empty((work.outputs, draws))
    generator = np.random.Generator(np.random.SFC64(1))
    for start in range(0, draws, BLOCK):
        stop = min(start + BLOCK, draws)
        buffer = np.empty(stop - start)
        for _ in range(work.normals):
            generator.standard_normal(out=buffer)
        for _ in range(work.uniforms):
            generator.random(out=buffer)
        for row in range(work.outputs):
            target[row, start:stop] = buffer
