#!/usr/bin/env python3
"""Speed of the engine against a floor measured beside it, and its memory.

    python benchmarks/engine_speed.py [--draws 10000 100000] [--scenarios base oda_expansion]

The floor draws the same count of random numbers (SFC64, `standard_normal(out=)`) and writes every
output once by a copy: what numpy alone needs. Engine and floor take turns; the least CPU time of
each counts. Only the ratio travels between machines.

A scenario with links runs the part of its baseline that drives them first; the floor counts these
random numbers too. Memory is the peak of a fresh process above one that only imports, as a multiple
of the output arrays.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.scenario_lookup import find_scenario
from vnjp_sim.simulation.ensemble import Ensemble, project
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import Options, ensemble_of, posterior_of

SCENARIOS = ("base", "oda_expansion")
REPEATS = 7
MEMORY_DRAWS = 100_000
FLOOR_BLOCK = 16_384


def main() -> None:
    """Measure and print one line a scenario and size, and the memory."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS))
    parser.add_argument("--out", type=Path, default=Path("results"))
    parser.add_argument("--peak", type=int, help="only print the peak of memory with so many draws")
    chosen = parser.parse_args()
    if chosen.peak is not None:
        print(peak(chosen.peak, chosen.out))
        return
    # first, since a process inherits the peak of the one that starts it
    above = fresh_peak(MEMORY_DRAWS, chosen.out) - fresh_peak(0, chosen.out)
    model = load_model()
    posterior, _ = posterior_of(model, chosen.out)
    size = count(posterior, ensemble("base", model, 1))[1] * MEMORY_DRAWS * 8
    print(
        f"base, {MEMORY_DRAWS:,} draws: memory {above / size:.2f} × outputs ({size / 1e6:.0f} MB)",
        flush=True,
    )
    for draws in chosen.draws:
        asked = [ensemble(name, model, draws) for name in chosen.scenarios]
        together = [asked] if len(asked) > 1 else []
        for part in (*([one] for one in asked), *together):
            counts = [count(posterior, one) for one in part]
            engine = partial(run_all, posterior, part)
            bare = partial(floor_all, draws, counts)
            took, least = least_times(engine, bare, REPEATS if draws < MEMORY_DRAWS else 3)
            numbers, outputs = (sum(column) for column in zip(*counts, strict=True))
            print(
                f"{' + '.join(one.scenario for one in part)}, {draws:,} draws: engine "
                f"{draws / took:,.0f} draws/s, floor {draws / least:,.0f} draws/s, ratio "
                f"{least / took:.2f}; {numbers} random numbers and {outputs} outputs a draw",
                flush=True,
            )


def ensemble(name: str, model: Model, draws: int) -> Ensemble:
    """Return what a run of a shipped scenario asks of the engine."""
    scenario = model.scenario_reader().read(find_scenario(name))
    return ensemble_of(scenario, model, Options(draws=draws))


def count(posterior: object, asked: Ensemble) -> tuple[int, int]:
    """Return how many random numbers a draw takes and how many values it gives."""
    taken = 0
    original = RandomStreams._pages

    def counted(self: RandomStreams, *arguments: object) -> object:
        nonlocal taken
        taken += 1
        return original(self, *arguments)  # type: ignore[arg-type]

    RandomStreams._pages = counted  # type: ignore[method-assign,assignment]
    try:
        one = Ensemble(
            asked.scenario,
            asked.start_year,
            asked.end_year,
            1,
            asked.seed,
            asked.inputs,
            asked.baseline,
            asked.links,
        )
        arrays = project(posterior, one)  # type: ignore[arg-type]
    finally:
        RandomStreams._pages = original  # type: ignore[method-assign]
    return taken, sum(array.shape[0] for array in arrays.values())


def run_all(posterior: object, asked: Sequence[Ensemble]) -> None:
    """Project scenarios one after the other, as a run does."""
    for one in asked:
        project(posterior, one)  # type: ignore[arg-type]


def floor_all(draws: int, counts: Sequence[tuple[int, int]]) -> None:
    """Run the floor for the counts of each scenario."""
    for numbers, outputs in counts:
        floor(draws, numbers, outputs)


def floor(draws: int, numbers: int, outputs: int) -> None:
    """Draw the numbers and write the outputs, block by block, with numpy alone."""
    target = np.empty((outputs, draws))
    generator = np.random.Generator(np.random.SFC64(1))
    for start in range(0, draws, FLOOR_BLOCK):
        stop = min(start + FLOOR_BLOCK, draws)
        buffer = np.empty(stop - start)
        for _ in range(numbers):
            generator.standard_normal(out=buffer)
        for row in range(outputs):
            target[row, start:stop] = buffer


def least_times(
    one: Callable[[], None], other: Callable[[], None], repeats: int
) -> tuple[float, float]:
    """Return the least CPU seconds of two actions that take turns."""
    times = [(cpu_time(one), cpu_time(other)) for _ in range(repeats)]
    first, second = zip(*times, strict=True)
    return min(first), min(second)


def cpu_time(action: Callable[[], None]) -> float:
    """Return the CPU seconds that an action takes."""
    start = time.process_time()
    action()
    return time.process_time() - start


def fresh_peak(draws: int, out: Path) -> int:
    """Return the peak memory, in bytes, of a fresh process that projects so many draws."""
    command = [sys.executable, __file__, "--peak", str(draws), "--out", str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def peak(draws: int, out: Path) -> int:
    """Project draws of the base scenario, none if 0; return the peak memory of this process."""
    if draws:
        model = load_model()
        posterior, _ = posterior_of(model, out)
        project(posterior, ensemble("base", model, draws))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
