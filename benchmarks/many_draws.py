"""What many draws cost: seconds a draw, peak memory, bytes kept.

    python benchmarks/many_draws.py slopes                    # the table of docs/cluster.md
    python benchmarks/many_draws.py peak 100000000 NAME 2     # one indicator, with two threads

Run it on a quiet machine with a stored calibration. Each size is a process of its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.pipeline import batch_of, run_prepared
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summarised_run import run_summarised

SIZES = (10_000, 100_000, 1_000_000)
SCENARIO = "combined"
LIGHT = "people_residents"
ALL = "all"


def peak() -> float:
    """Return the largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024 / 1e6


BEFORE = peak()
"""After the imports above, before anything is read."""


def measured(kept: str, draws: int, indicator: str, out: Path, workers: int) -> dict[str, object]:
    """Return seconds of CPU, peak memory above imports and bytes written of one run."""
    model = load_model()
    options = Options(draws, summaries_only=kept == "summaries", workers=workers)
    scenario = prepare_scenario(SCENARIO, model, options)
    posterior, _ = posterior_of(model)
    project(posterior, batch_of(scenario, model, Options(10)))  # loads what is imported late
    begun = time.process_time()
    if kept == "draws":
        result = run_prepared(scenario, model, options, out)
    else:
        names = None if indicator == ALL else [indicator]
        result = run_summarised(scenario, model, options, out, indicators=names)
    seconds = time.process_time() - begun
    size = sum(file.stat().st_size for file in result.folder.iterdir())
    return {
        "kept": kept,
        "draws": draws,
        "indicator": indicator,
        "seconds": round(seconds, 2),
        "microseconds a draw": round(seconds / draws * 1e6, 2),
        "MB above imports": round(peak() - BEFORE),
        "bytes written a draw": round(size / draws, 1),
    }


def in_a_process(kept: str, draws: int, indicator: str, workers: int = 1) -> dict[str, object]:
    """Return the measures of a run in a fresh process."""
    with tempfile.TemporaryDirectory() as out:
        words = [sys.executable, __file__, "one", kept, str(draws), indicator, out, str(workers)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    measures: dict[str, object] = json.loads(done.stdout)
    return measures


def main(words: list[str]) -> None:
    """Do what is asked."""
    if words[:1] == ["one"]:
        kept, draws, indicator, out, workers = words[1:]
        print(json.dumps(measured(kept, int(draws), indicator, Path(out), int(workers))))
    elif words[:1] == ["peak"]:
        print(in_a_process("summaries", int(words[1]), words[2], int(words[3])))
    else:
        for kept, indicator in (("draws", ALL), ("summaries", ALL), ("summaries", LIGHT)):
            for size in SIZES:
                print(in_a_process(kept, size, indicator), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
