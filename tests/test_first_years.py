"""Every indicator has a value in the first years of every horizon, and the same in every process.

As of early days few laws are calibrated, and own figures may leave a level of another year.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_runs import run_one, with_links
from own_folders import baseline, own_model, quickly_calibrated

from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.projected import projected
from vnjp_sim.foundation.errors import InputError, VnjpSimError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.sectors import SECTORS, dependency_order, given_by
from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.labour import Labour
from vnjp_sim.simulation import engine
from vnjp_sim.simulation import layout as layouts
from vnjp_sim.simulation.block_numbers import BlockNumbers, first_engine_year
from vnjp_sim.simulation.engine import Block, run_block
from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.layout import layout_of
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import batch_of
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

pytestmark = pytest.mark.invariants

DRAWS = 50
YEARS = 3
DAYS = (
    "2022-01-01",
    "2022-12-31",
    "2023-07-01",
    "2023-11-01",
    "2024-01-01",
    "2024-12-31",
    "2025-04-27",
    "2025-12-31",
)
OWN: Mapping[str, tuple[str, ...]] = {
    "output of 2024": ("macro_vn_gdp_usd,2024,459,USD bn",),
    "output of 2025": ("macro_vn_gdp_usd,2025,490,USD bn",),
    "output of 2005": ("macro_vn_gdp_usd,2005,57,USD bn",),
    "output and share of 2026": (
        "macro_vn_gdp_usd,2026,520,USD bn",
        "labour_foreign_share,2026,24,percent",
    ),
    "vessels": ("security_vessels,2025,9,vessels", "security_vessels_promised,2023,3,vessels"),
    "one year of workers": (
        "labour_trainees,2025,201000,persons",
        "labour_skilled,2025,151000,persons",
        "labour_engineers,2025,111000,persons",
        "labour_stock,2025,463000,persons",
        "labour_intake,2025,101000,persons",
        "people_residents,2025,641000,persons",
        "people_students,2025,52100,persons",
        "labour_foreign_share,2025,24,percent",
    ),
    "one year of aid": (
        "oda_commitments,FY2025,101,JPY bn",
        "oda_loans,FY2025,81,JPY bn",
        "oda_cumulative_loans,2025,29.1,USD bn",
    ),
}
"""Own figures that stand instead of the documents'."""


Case = tuple[Model, Posterior]


def cases(folder: Path) -> dict[str, Case]:
    """Return the models as of each day and with own figures, with their rough posteriors."""
    models = {day: load_model(as_of=date.fromisoformat(day)) for day in DAYS}
    for number, (name, rows) in enumerate(OWN.items()):
        models[name] = own_model(folder / str(number), rows, "instead")
    return {name: (model, quickly_calibrated(model)) for name, model in models.items()}


def digests(model: Model, posterior: Posterior) -> dict[str, str]:
    """Return digests of all values by indicator and first year; raise if one is not finite."""
    given = given_by(dependency_order(), posterior.arrays)
    expected = {name for names in given.values() for name in names}
    assert projected(model.evidence, model.parameters) == expected
    found = {}
    for start in range(posterior.last_year - 1, posterior.last_year + YEARS):
        options = Options(draws=DRAWS, start=start, end=start + YEARS)
        try:
            scenario = prepare_scenario("base", model, options)
        except InputError:
            assert start < posterior.last_year
            continue
        arrays = project(posterior, batch_of(scenario, model, options)).of()
        assert arrays.keys() == expected
        for name, array in arrays.items():
            assert np.isfinite(array).all(), f"{name} from {start}"
            found[f"{name} from {start}"] = blake2b(array.tobytes(), digest_size=8).hexdigest()
    return found


def all_digests(file: Path) -> dict[str, dict[str, str]]:
    """Return the digests of all cases, which a file holds."""
    with file.open("rb") as source:
        return {name: digests(*case) for name, case in pickle.load(source).items()}  # noqa: S301


def test_first_years_are_finite_and_the_same_in_every_process(
    tmp_path: Path, repository: Path
) -> None:
    """Fresh memory is filled with other bytes in each process, so that unwritten values differ."""
    program = (
        "import json, sys; from pathlib import Path; from test_first_years import all_digests; "
        "print(json.dumps(all_digests(Path(sys.argv[1]))))"
    )
    file = tmp_path / "cases.pickle"
    file.write_bytes(pickle.dumps(cases(tmp_path)))
    told = []
    for byte in ("1", "170"):
        environment = {
            **os.environ,
            "MALLOC_PERTURB_": byte,
            "PYTHONPATH": os.pathsep.join([str(repository), str(repository / "tests")]),
        }
        done = subprocess.run(
            [sys.executable, "-c", program, str(file)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
    assert told[0].keys() == {*DAYS, *OWN}
    assert all(told[0].values())


# ---------------------------------------------------------------------- the mechanism


def closing(year: int, lacks: str = "", more: str = "") -> type[Sector]:
    """Return a sector of workers that leaves out one value of a year, or has one more."""

    class Forgetful(Labour):
        def close(self, at: int, values: Values) -> dict[str, Any]:
            closed = super().close(at, values)
            if at == year:
                closed |= {more: closed["labour_stock"]} if more else {}
                closed.pop(lacks, None)
            return closed

    return Forgetful


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"lacks": "labour_intake"}, "forgetful in 2025 lacks labour_intake"),
        ({"more": "labour_dreams"}, "forgetful in 2025 gives undeclared labour_dreams"),
    ],
)
def test_a_sector_that_gives_other_than_it_declared_is_a_defect(
    shipped_model: Model,
    posterior: Posterior,
    monkeypatch: pytest.MonkeyPatch,
    words: dict[str, str],
    expected: str,
) -> None:
    chosen = tuple(closing(2025, **words) if s is Labour else s for s in SECTORS)
    monkeypatch.setattr(layouts, "SECTORS", chosen)
    with pytest.raises(VnjpSimError, match=expected) as failure:
        baseline(shipped_model, posterior, 2026, 10)
    assert failure.value.exit_status == 1


class Silent(Sector):
    """A sector that may give two indicators, and gives none."""

    gives = (Output("silent_one"), Output("silent_two"))

    def close(self, year: int, values: Values) -> dict[str, Any]:
        return {}


def test_what_no_sector_gave_is_no_result(
    shipped_model: Model, posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that was handed in full of numbers, such as a file of scratch, is never a result."""
    monkeypatch.setattr(engine, "_refuse_given", lambda *_: None)
    monkeypatch.setattr(layouts, "SECTORS", (*SECTORS, Silent))
    used = {}

    def allocate(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return used.setdefault(name, np.full((3, 10), 7.0))

    inputs = ScenarioInputs(shipped_model.parameters.single, {}, ())
    couplings = with_links(shipped_model)
    with pytest.raises(KeyError, match="silent_one"):
        run_one(posterior, 2025, 2027, inputs, None, couplings, RandomStreams(1, 0, 10), allocate)
    assert used.keys() >= set(Silent.outputs)


def test_the_engine_starts_before_every_horizon(shipped_model: Model, posterior: Posterior) -> None:
    first = first_engine_year(posterior)
    assert first < posterior.last_year  # no horizon starts before the last year of history
    inputs = ScenarioInputs(shipped_model.parameters.single, {}, ())
    streams, last = RandomStreams(1, 0, 10), posterior.last_year
    couplings = with_links(shipped_model)
    usual = run_one(posterior, first, last, inputs, None, couplings, streams)
    earlier = run_one(posterior, first - 4, last, inputs, None, couplings, streams)
    for name, array in usual.items():  # aid opens with half of the grants of the year before
        assert np.array_equal(earlier[name][-2:], array[-2:], equal_nan=True), name
    layout = layout_of(
        [Variant(inputs, None)],
        couplings,
        posterior.course,
        posterior.arrays.keys(),
        ["trade_turnover"],
    )
    block = Block(first - 1, last, layout, couplings, streams)
    numbers = BlockNumbers(posterior, couplings, streams, last)
    with pytest.raises(ValueError, match="before the first year of the numbers"):
        run_block(posterior, block, lambda *_: np.empty(0), numbers)


def test_every_sector_declares_a_part_of_its_outputs() -> None:
    for known in (
        (),
        ("trade_turnover.path", "trade_balance_ratio.path"),
        ("investment_flow.path",),
    ):
        for sector, names in given_by(dependency_order(), known).items():
            assert set(names) <= set(sector.outputs), sector
            assert len(set(names)) == len(names), sector


def test_a_year_before_the_engine_has_flows_too(shipped_model: Model, posterior: Posterior) -> None:
    """The flows of the engine's first year come from the stocks of the year before."""
    years = baseline(shipped_model, posterior, 2026, 20)
    assert np.isfinite(years("labour_intake", years.first)).all()
