#!/usr/bin/env python3
"""Speed of the engine against a floor measured beside it.

    python benchmarks/engine_speed.py [--draws 10000 100000]

The floor draws the same count of random numbers (SFC64, `standard_normal(out=)`) and writes every
output once by a copy: what numpy alone needs. Only the ratio travels between machines. Printed too:
the peak of memory above an import-only process, as a multiple of the output arrays.
"""

from __future__ import annotations

import argparse
import resource
import time
from functools import partial
from pathlib import Path

import numpy as np

from vnjp_sim.engine import Course
from vnjp_sim.ensemble import Ensemble, project
from vnjp_sim.runs import DEFAULT_SEED, load_model, posterior_of
from vnjp_sim.streams import Luck

REPEATS = 3


def main() -> None:
    """Measure and print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--out", type=Path, default=Path("results"))
    chosen = parser.parse_args()
    model = load_model()
    posterior, _ = posterior_of(model, chosen.out)
    for draws in chosen.draws:
        ensemble = Ensemble(
            "base", 2025, 2040, draws, DEFAULT_SEED, Course(model.parameters.single, {}, ())
        )
        numbers, outputs = count(posterior, ensemble)
        before = peak()
        engine = min(timed(partial(project, posterior, ensemble)) for _ in range(REPEATS))
        memory = peak() - before
        bare = min(timed(partial(floor, draws, numbers, outputs)) for _ in range(REPEATS))
        size = outputs * draws * 8
        print(
            f"{draws:>7} draws: engine {draws / engine:,.0f} draws/s, floor {draws / bare:,.0f} "
            f"draws/s, ratio {bare / engine:.2f}; {numbers} random numbers and {outputs} outputs "
            f"a draw; memory {memory / size:.2f} × outputs"
        )


def count(posterior: object, ensemble: Ensemble) -> tuple[int, int]:
    """Return how many random numbers a draw takes and how many values it gives."""
    taken = 0
    original = Luck._pages

    def counted(self: Luck, name: str, year: int, group: object, kind: str) -> object:
        nonlocal taken
        taken += 1
        return original(self, name, year, group, kind)  # type: ignore[arg-type]

    Luck._pages = counted  # type: ignore[method-assign]
    try:
        small = Ensemble(
            ensemble.scenario, ensemble.start_year, ensemble.end_year, 1, 1, ensemble.course
        )
        arrays = project(posterior, small)  # type: ignore[arg-type]
    finally:
        Luck._pages = original  # type: ignore[method-assign]
    return taken, sum(array.shape[0] for array in arrays.values())


def floor(draws: int, numbers: int, outputs: int) -> None:
    """Draw the numbers and write the outputs, block by block, with numpy alone."""
    target = np.empty((outputs, draws))
    generator = np.random.Generator(np.random.SFC64(1))
    for start in range(0, draws, 16_384):
        stop = min(start + 16_384, draws)
        buffer = np.empty(stop - start)
        for _ in range(numbers):
            generator.standard_normal(out=buffer)
        for row in range(outputs):
            target[row, start:stop] = buffer


def timed(action: object) -> float:
    """Return the seconds that an action takes."""
    start = time.perf_counter()
    action()  # type: ignore[operator]
    return time.perf_counter() - start


def peak() -> int:
    """Return the peak memory of the process in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
