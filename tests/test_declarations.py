"""What sectors declare is what they do: nothing that the engine reads is missing from a trace.

A spy changes one thing at a time - what the posterior holds of a law, a prior, a lever, an event, a
link - and sees which indicators move in runs of a few draws. These have to be the indicators whose
trace names it, no more and no fewer.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_runs import run_one, with_links

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Lever
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.base import Output
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.sectors.declarations import (
    behind,
    common_priors,
    laws,
    learnt,
    outputs,
    replaceable,
    stated_by,
)
from vnjp_sim.sectors.laws import SectorContext
from vnjp_sim.sectors.provenance import provenance, trace_lines
from vnjp_sim.sectors.vessel_orders import VESSEL_PRICES
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

DRAWS, START, END = 16, 2024, 2040
Arrays = dict[str, np.ndarray]

EVENTS = (
    ScenarioEvent(date(2026, 4, 1), "loan_pledge", (("amount", 200.0),)),
    ScenarioEvent(date(2027, 6, 1), "oda_freeze", (("years", 2.0),)),
    ScenarioEvent(date(2026, 5, 1), "energy_project_start", (("count", 2.0),)),
    ScenarioEvent(date(2026, 5, 1), "energy_finance", (("amount", 1.0),)),
    ScenarioEvent(date(2026, 5, 1), "energy_list_extension", (("count", 3.0), ("value", 2.0))),
    ScenarioEvent(date(2026, 5, 1), "osa_grant", (("amount", 1.0),)),
    ScenarioEvent(date(2031, 5, 1), "osa_grant", (("amount", 7.0),)),
    *(
        ScenarioEvent(
            date(year, 5, 1), "vessel_order", (("count", 2.0), ("purse", purse), ("series", series))
        )
        for purse in ("loan", "grant", "osa")
        for series, year in (("used", 2028), ("new", 2029))
    ),
    ScenarioEvent(date(2026, 5, 1), "summit", (("to", 1.0),)),
    ScenarioEvent(date(2026, 6, 1), "summit", (("to", 2.0),)),
    ScenarioEvent(date(2026, 5, 1), "trade_agreement", ()),
    ScenarioEvent(date(2026, 5, 1), "exchange_rate_shock", (("percent", 30.0),)),
    ScenarioEvent(
        date(2026, 5, 1),
        "demand_shock",
        (
            *((part, 20.0) for part in ("intake", "investment")),
            ("recovery", 2.0),
            *((part, 20.0) for part in ("students", "trade", "visitors")),
        ),
    ),
    ScenarioEvent(date(2026, 1, 1), "political_setback", (("visits", 100.0), ("years", 2.0))),
    ScenarioEvent(date(2026, 5, 1), "supply_chain_shift", (("amount", 1.0), ("years", 3.0))),
    ScenarioEvent(date(2026, 5, 1), "labour_agreement", (("percent", 60.0), ("phase_in", 1.0))),
    ScenarioEvent(date(2026, 5, 1), "labour_cap", (("persons", 500_000.0),)),
    ScenarioEvent(
        date(2026, 5, 1),
        "maritime_tension",
        (("investment", 10.0), ("trade", 10.0), ("years", 3.0)),
    ),
)
UNEVEN = {
    name: LeverPath.model_validate({"path": "step", "from": 2026, operation: amount})
    for name, operation, amount in (
        ("trade_exports", "multiply", 1.3),
        ("oda_income_fading", "set", 0.5),
        ("oda_corruption_rate", "set", 0.5),
    )
}
"""What makes turnover follow from how it is divided, and aid from output and from cases."""
STEP = 1.05
FACTORS = {
    "labour_demand_ceiling": 0.8,
    "oda_corruption_stop_spread": 3.0,
    "security_osa_ceiling": 0.1,
    "security_equipment_price": 4.0,
    "security_used_vessel_price": 10.0,
    "security_new_vessel_life": 0.3,
}
"""What binds in few draws is changed so far that it does."""


NO_INFRASTRUCTURE = {"vessel_order", *VESSEL_PRICES}
"""What moves disbursements, but not infrastructure: vessels are none."""
STRONGER = {"capability_effect": 100.0}
"""Shared coefficients of links whose effect is too small for few draws."""


class Spy:
    """Runs of a few draws, in a quiet baseline and in one where everything happens."""

    def __init__(self, model: Model, posterior: Posterior) -> None:
        self.model = model
        self.posterior = posterior
        self.single = dict(model.parameters.single)
        self.quiet = self.run()
        self.busy = self.run(levers=UNEVEN, events=EVENTS)

    def run(
        self,
        posterior: Posterior | None = None,
        levers: dict[str, LeverPath] | None = None,
        events: tuple[ScenarioEvent, ...] = (),
        links: tuple[str, ...] | None = None,
    ) -> Arrays:
        """Without links, or with these; what the others explain of a law is taken out of it."""
        inputs = ScenarioInputs(self.single, levers or {}, tuple(sorted(events)))
        root = ScenarioInputs(self.single, {}, ()) if links else None
        streams, couplings = RandomStreams(11, 0, DRAWS), stronger(self.model.couplings)
        if links is None:
            couplings = with_links(self.model)
        cut = frozenset(couplings.links) - set(links or ())
        known = posterior or self.posterior
        return run_one(known, START, END, inputs, root, couplings, streams, cut=cut)

    def moved(self, **changed: Any) -> set[str]:
        """Return what differs from the quiet or from the busy run, with the same change."""
        busy = {**changed, "levers": {**UNEVEN, **changed.get("levers", {})}}
        return differing(self.quiet, self.run(**changed)) | differing(
            self.busy, self.run(events=EVENTS, **busy)
        )


def stronger(couplings: Couplings) -> Couplings:
    """Return couplings whose weakest links are strong enough to be seen in few draws."""
    links = {
        name: link.model_copy(
            update={"shared": {s: w * STRONGER.get(s, 1.0) for s, w in link.shared.items()}}
        )
        for name, link in couplings.links.items()
    }
    return replace(couplings, links=links)


def differing(before: Arrays, after: Arrays) -> set[str]:
    return {n for n in before if not np.array_equal(before[n], after[n], equal_nan=True)}


def named(wanted: Callable[[Output], Iterable[str]], name: str) -> set[str]:
    """Return the indicators that something is behind, by the declarations."""
    return {
        output for output in outputs() if any(name in wanted(parent) for parent in behind(output))
    }


@pytest.fixture(scope="module")
def spy(shipped_model: Model, posterior: Posterior) -> Spy:
    return Spy(shipped_model, posterior)


def path_of(lever: Lever) -> LeverPath:
    """Return a path that moves a lever, by one of its operations."""
    operation, amount = ("multiply", 1.5) if lever.multiply else ("set", 1.0)
    return LeverPath.model_validate({"path": "step", "from": 2026, operation: amount})


def scaled(posterior: Posterior, names: Iterable[str]) -> Posterior:
    arrays = dict(posterior.arrays)
    for name in names:
        if arrays[name].dtype.kind == "f":
            arrays[name] = arrays[name] * STEP
    return replace(posterior, arrays=arrays)


BY_PAST_RATES = {
    "oda_debt",
    "oda_disbursements",
    "oda_net",
    "oda_repayments",
    "oda_undisbursed",
    "index_oda",
    "index_partnership",
}
"""What follows from the yen in the past alone, which is published and needs no law."""


@pytest.mark.parametrize("law", sorted(laws()))
def test_indicators_follow_from_the_laws_that_their_traces_name(law: str, spy: Spy) -> None:
    names = [name for name in spy.posterior.arrays if name.rpartition(".")[0] == law]
    assert names
    expected = named(lambda output: output.laws, law)
    if law == "macro_jpy_per_usd":
        expected -= BY_PAST_RATES
    assert spy.moved(posterior=scaled(spy.posterior, names)) == expected


@pytest.mark.parametrize("prior", sorted({n for o in outputs().values() for n in o.learnt}))
def test_indicators_follow_from_learnt_priors_of_their_traces(prior: str, spy: Spy) -> None:
    expected = named(lambda output: output.learnt, prior)
    assert spy.moved(posterior=scaled(spy.posterior, [prior])) == expected


def test_indicators_follow_from_levels_of_their_traces(spy: Spy) -> None:
    shares = {
        name
        for name, output in outputs().items()
        if any(laws()[law].kind == "shares" for law in output.laws)
    }
    known = {*laws(), *learnt(), *shares}
    rest = {n for n in spy.posterior.arrays if n not in known and n.rpartition(".")[0] not in known}
    by_name: dict[str, list[str]] = {}
    for name in rest:
        by_name.setdefault(name.rpartition(".")[0], []).append(name)
    for name, arrays in by_name.items():
        needing = named(lambda output: {n.rpartition(".")[0] for n in output.needs}, name)
        moved = spy.moved(posterior=scaled(spy.posterior, arrays))
        assert moved <= needing | named(lambda output: output.laws, name), name


@pytest.mark.parametrize("prior", sorted({n for o in outputs().values() for n in o.priors}))
def test_indicators_follow_from_priors_of_their_traces(
    prior: str, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    if prior.startswith("common_loading"):
        change_loading(spy, prior, monkeypatch)
    drawn = SectorContext.drawn

    def other(context: SectorContext, name: str) -> np.ndarray:
        value = drawn(context, name)
        return value * FACTORS.get(name, 1.2) if name == prior else value

    monkeypatch.setattr(SectorContext, "drawn", other)
    expected = named(lambda output: (*output.priors, *common_priors(output)), prior)
    assert spy.moved() == without_infrastructure(expected, prior)


def without_infrastructure(expected: set[str], name: str) -> set[str]:
    return expected - {"oda_infrastructure"} if name in NO_INFRASTRUCTURE else expected


def change_loading(spy: Spy, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parameter: Parameter = spy.single[name]
    assert parameter.prior.fixed
    prior = parameter.prior.model_copy(update={"fixed": parameter.prior.fixed / 2})
    monkeypatch.setitem(spy.single, name, parameter.model_copy(update={"prior": prior}))


@pytest.mark.parametrize(
    "prior", sorted({prior for law in laws().values() for prior in law.common})
)
def test_indicators_follow_from_the_common_factor_of_their_traces(
    prior: str, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    if prior not in spy.single:
        pytest.skip("its sector has no common part")
    change_loading(spy, prior, monkeypatch)
    assert spy.moved() == named(lambda output: (*output.priors, *common_priors(output)), prior)


def test_indicators_are_moved_by_the_levers_of_their_traces(spy: Spy) -> None:
    for name, lever in spy.model.instruments.levers.items():
        expected = named(lambda output: (*output.set_by, *output.moved_by), name)
        assert spy.moved(levers={name: path_of(lever)}) == expected, name


def test_indicators_are_moved_by_the_events_of_their_traces(spy: Spy) -> None:
    for kind in spy.model.instruments.event_types:
        events = tuple(event for event in EVENTS if event.type == kind)
        rest = tuple(event for event in EVENTS if event.type != kind)
        moved = differing(spy.quiet, spy.run(events=events))
        moved |= differing(spy.busy, spy.run(levers=UNEVEN, events=rest))
        expected = named(lambda o: (*o.set_by, *o.moved_by), kind)
        assert moved == without_infrastructure(expected, kind), kind


def test_indicators_are_moved_by_the_links_of_their_traces(spy: Spy) -> None:
    """In a scenario that departs in all that drives a link."""
    model = spy.model
    levers = {name: path_of(lever) for name, lever in model.instruments.levers.items()}
    unlinked = spy.run(levers=levers, events=EVENTS, links=())
    for name in model.links.links:
        expected = {
            output
            for output in outputs()
            if name
            in provenance(behind(output), model.parameters, model.links, model.instruments).links
        }
        linked = spy.run(levers=levers, events=EVENTS, links=(name,))
        assert differing(unlinked, linked) == expected, name


def test_a_trace_names_everything_that_is_behind_an_indicator(shipped_model: Model) -> None:
    said = (shipped_model.parameters, shipped_model.links, shipped_model.instruments)
    for name in outputs():
        text = "\n".join(trace_lines(name, *said))
        behind_it = provenance(behind(name), *said)
        for part in ("laws", "priors", "links", "levers", "events"):
            for word in getattr(behind_it, part):
                assert word in text, (name, word)


# ---------------------------------------------------------------------- what follows


def test_a_scenario_may_replace_what_no_figure_bears_on(shipped_model: Model) -> None:
    single = set(shipped_model.parameters.single)
    assert learnt() <= single
    assert not learnt() & replaceable()
    shared = {n for n in single if n.startswith(("pooled_", "document_error_", "release_lag"))}
    of_the_course = {name for output in outputs().values() for name in output.course}
    assert single - learnt() - shared - of_the_course == single & replaceable()


def test_what_a_scenario_states_is_told_from_what_follows() -> None:
    nothing: dict[str, Any] = {"levers": {}, "events": []}
    pledge = {"levers": {}, "events": [["2026-04-01", "loan_pledge", {"amount": 200}]]}
    assert stated_by(pledge, nothing) == stated_by(nothing, pledge) == {"oda_loans"}
    assert stated_by(pledge, pledge) == frozenset()
    delay = {"levers": {"oda_delay": {"path": "step"}}, "events": []}
    assert stated_by(delay, nothing) == frozenset()


# ---------------------------------------------------------------------- YAML against code


def entry(file: str, name: str) -> list[str]:
    """Return the lines of an entry of the second level of a shipped YAML file."""
    lines = (shipped_folder("models") / file).read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith(f"  {name}:"))
    return [lines[first], *takewhile(lambda line: line.startswith("   "), lines[first + 1 :])]


ADDED = {
    "lever": (
        "levers.yml",
        "  trade_dreams:\n    meaning: Nothing.\n    unit: USD bn\n    multiply: [0, 2]\n",
        "no sector declares the lever 'trade_dreams'",
    ),
    "event type": (
        "event_types.yml",
        "  windfall:\n    meaning: Nothing.\n    sector: trade\n    fields: {}\n",
        "no sector declares the event type 'windfall'",
    ),
    "prior": (
        "parameters/index.yml",
        (
            "  index_dreams:\n    prior: {fixed: 0.5}\n    unit: ratio\n    grade: assumed\n"
            "    reference: Judgement. Nothing.\n"
        ),
        "no sector declares the prior 'index_dreams'",
    ),
    "law": (
        "parameters/institutions.yml",
        "".join(
            line.replace("people_associations", "people_dreams")
            for line in entry("parameters/institutions.yml", "people_associations")
        ),
        "no sector declares the law 'people_dreams'",
    ),
    "indicator": (
        "indicators.yml",
        (
            "  trade_dreams:\n    label: Dreams\n    unit: USD bn\n    kind: flow\n"
            "    sector: trade\n    sign: positive\n    decimals: 1\n    price_basis: nominal\n"
            "    iamc: Trade|Dreams\n    meaning: Nothing.\n"
            "    counterpart: 'none: made for a test'\n"
        ),
        "no sector projects 'trade_dreams'",
    ),
}


@pytest.mark.parametrize("kind", ADDED)
def test_yaml_without_code_is_refused_at_its_line(
    kind: str, tmp_path: Path, shipped_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a developer would add it: the folder stands for the shipped one."""
    folder = tmp_path / "models"
    shutil.copytree(shipped_model.folder, folder)
    name, text, expected = ADDED[kind]
    file = folder / name
    before = file.read_text(encoding="utf-8")
    file.write_text(before + text, encoding="utf-8")
    monkeypatch.setattr("vnjp_sim.foundation.packaged.PACKAGE", tmp_path)
    with pytest.raises(InputError) as refused:
        load_model()
    line = before.count("\n") + 1
    assert f"{file.name}:{line}" in str(refused.value)
    assert expected in str(refused.value)


CUT = {
    "lever": ("levers.yml", "people_visitors", "people.py", "lever or event type"),
    "event type": ("event_types.yml", "summit", "diplomacy.py", "lever or event type"),
    "prior": ("parameters/oda.yml", "oda_depreciation", "oda.py", "prior"),
    "law": ("parameters/people.yml", "people_learners", "people.py", "law"),
}


@pytest.mark.parametrize("kind", CUT)
def test_code_without_yaml_is_refused_at_its_line(
    kind: str,
    tmp_path: Path,
    shipped_model: Model,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(shipped_model.folder, folder)
    file, name, sector, word = CUT[kind]
    cut_entry(folder, file, name)
    monkeypatch.setattr("vnjp_sim.foundation.packaged.PACKAGE", tmp_path)
    with pytest.raises(InputError) as refused:
        load_model()
    source = repository / "vnjp_sim" / "sectors" / sector
    lines = source.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines, 1) if f'"{name}"' in line)
    assert f"sectors/{sector}:{first}: declares the {word} '{name}'" in str(refused.value)


def cut_entry(models: Path, file: str, name: str) -> None:
    """Take an entry of the second level out of a YAML file."""
    text = (models / file).read_text(encoding="utf-8")
    (models / file).write_text(text.replace("".join(entry(file, name)), ""), encoding="utf-8")


def test_a_law_of_another_kind_is_refused(
    shipped_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        shipped_model.parameters.laws,  # type: ignore[arg-type]
        "people_associations",
        shipped_model.parameters.laws["people_learners"],
    )
    from vnjp_sim.simulation.declared_content import check_parameters

    with pytest.raises(InputError, match="of the kind 'growth', but its sector steps 'accrual'"):
        check_parameters(shipped_model.parameters)
