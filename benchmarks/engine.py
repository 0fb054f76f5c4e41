"""The only part of the benchmarks that calls the engine: scenarios to project, sectors to run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.floor import Work
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.random_streams import PAGE, Group, Kind, RandomStreams
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.sectors.base import Sector
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.simulation.block_numbers import YEARS_BEFORE
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.engine import Block, run_block
from vnjp_sim.simulation.ensemble import PAGES_A_BLOCK, Batch, project, rows_of_block
from vnjp_sim.simulation.layout import layout_of
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import variant_of
from vnjp_sim.simulation.request import DEFAULT_SEED, Options
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant
from vnjp_sim.storage.block_files import BlockFiles

FloatArray = NDArray[np.float64]

BASE = "base"
BLOCK = PAGES_A_BLOCK * PAGE
LARGEST_IN_MEMORY = 2_000_000_000
"""Bytes of outputs beyond which a run keeps them in a file."""


class Engine:
    """The shipped model with its calibration, which is found below `out` or made there.

    `calibrations` is the folder of a results folder that holds it.
    """

    def __init__(self, out: Path) -> None:
        self.model = load_model()
        self.posterior, file = posterior_of(self.model, out)
        self.calibrations = file.parent.parent

    def scenarios(self, count: int) -> list[Scenario]:
        """Return so many scenarios: the baseline, the others shipped, then points of a lever."""
        shipped = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
        names = [BASE, *(name for name in shipped if name != BASE)][:count]
        rest = range(count - len(names))
        points = (self.changed("oda_commitments", 1.0 + (point + 1) / 100) for point in rest)
        return [*map(self.scenario, names), *points]

    def scenario(self, request: str | Path) -> Scenario:
        """Return a scenario given by name or file."""
        return prepare_scenario(request, self.model, Options())

    def changed(self, lever: str, factor: float) -> Scenario:
        """Return the baseline with one lever multiplied from 2027 on."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "changed.yml"
            file.write_text(
                f"name: changed\ntitle: One lever changed\nextends: {BASE}\n"
                f"levers:\n  {lever}: {{path: step, from: 2027, multiply: {factor}}}\n"
            )
            return self.scenario(file)

    def project(
        self,
        scenarios: Sequence[Scenario],
        draws: int,
        years: int | None = None,
        seed: int = DEFAULT_SEED,
        scratch: Path | None = None,
    ) -> list[Mapping[str, FloatArray]]:
        """Return the arrays, (year, draw) by indicator, of each scenario; none if they are on disk.

        `years` is the length of the horizon, the scenario's own if None; `scratch` a folder for
        outputs that do not fit in memory.
        """
        asked = self._asked(scenarios, draws, years, seed)
        if scratch is None:
            projected = project(self.posterior, asked)
            return [projected.of(number) for number in range(len(scenarios))]
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            project(self.posterior, asked, kept=BlockFiles(Path(folder)))
        return []

    def pass_through(self, scenarios: Sequence[Scenario], draws: int) -> None:
        """Project block by block and keep nothing, so that memory does not weigh on the cost."""
        for block in self._asked(scenarios, draws, None, DEFAULT_SEED).blocks(self.posterior):
            rows_of_block(self.posterior, block)

    def work(self, scenario: Scenario, years: int | None = None) -> Work:
        """Return what a draw of a scenario needs; numbers of the same stream count once."""
        keys: dict[Kind, set[tuple[object, ...]]] = {"normal": set(), "uniform": set()}
        original = RandomStreams.fill

        def counted(
            streams: RandomStreams,
            kind: Kind,
            name: str,
            years: Sequence[int],
            out: FloatArray,
            group: Group = "process",
        ) -> None:
            keys[kind].update((name, year, group) for year in years)
            original(streams, kind, name, years, out, group)

        RandomStreams.fill = counted  # type: ignore[method-assign,assignment]
        try:
            asked = self._asked([scenario], 1, years, DEFAULT_SEED)
            arrays = project(self.posterior, asked).of()
        finally:
            RandomStreams.fill = original  # type: ignore[method-assign]
        outputs = sum(array.shape[0] for array in arrays.values())
        return Work(len(keys["normal"]), len(keys["uniform"]), outputs)

    def _asked(
        self, scenarios: Sequence[Scenario], draws: int, years: int | None, seed: int
    ) -> Batch:
        first = scenarios[0]
        last = first.end if years is None else first.start + years - 1
        variants = tuple(variant_of(scenario, self.model) for scenario in scenarios)
        return Batch(variants, first.start, last, draws, seed, self.model.couplings)


def run_sectors(
    sectors: Sequence[type[Sector]],
    parameters: Mapping[str, Parameter],
    years: range,
    draws: int,
    seed: int,
) -> dict[str, FloatArray]:
    """Run sectors without calibrated laws, in order; return (year, draw) arrays by indicator."""
    last_history = years[0] + YEARS_BEFORE  # so that the first year closed is the first asked
    bank = {"row": np.zeros(1)}
    posterior = Posterior(bank, {}, last_history, (), {}, {}, (), (), ())
    variants = [Variant(ScenarioInputs(parameters))]
    couplings = Couplings({}, parameters)
    layout = layout_of(variants, couplings, posterior.course, bank.keys(), sectors=sectors)
    names = list(layout.recorded)
    values = np.empty((len(names), len(years), draws))
    for streams in blocks(draws, seed):
        part = values[:, :, streams.start : streams.start + streams.size]
        rows = dict(zip(names, part, strict=True))
        block = Block(years[0], years[-1], layout, couplings, streams)
        run_block(posterior, block, lambda name, _row, rows=rows: rows[name])  # type: ignore[misc]
    return dict(zip(names, values, strict=True))


def blocks(draws: int, seed: int) -> Iterator[RandomStreams]:
    """Yield the random numbers of each block of draws."""
    for start in range(0, draws, BLOCK):
        yield RandomStreams(seed, start, min(BLOCK, draws - start))
