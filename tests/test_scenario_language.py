"""Reasons, variants, several parents and chances of scenarios: what is read, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.analysis.attribution import attribute_effects
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.random_streams import PAGE
from vnjp_sim.inputs.levers import EVENT_KEYS
from vnjp_sim.inputs.reasons import REASONS, Reason
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_file import ScenarioFile
from vnjp_sim.simulation import streaming
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import run_prepared
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_requests import distinct_scenarios
from vnjp_sim.simulation.summarised_run import run_summarised

SAID = "why: As announced., reference: vov_2025 line 19, grade: published"
AID = f"{{path: ramp, from: 2026, to: 2030, multiply: 2.0, {SAID}}}"
MINE = f"""\
name: mine
title: Mine
narrative: What happens.
extends: base
levers:
  oda_commitments: {AID}
events:
  - {{on: 2028-04-01, type: oda_freeze, years: 2, chance: 0.3, {SAID}}}
variants:
  low: {{levers: {{oda_commitments: {{path: ramp, from: 2026, to: 2030, multiply: 1.5}}}}}}
  sure:
    title: Without a freeze
    remove: {{events: [oda_freeze]}}
    events: [{{on: 2027-10-01, type: vessel_order, count: 2}}]
"""
FREEZE = "{{on: 2028-04-01, type: oda_freeze, years: 2{}}}"
SHOCK = "{on: 2029-04-01, type: demand_shock, percent: 25, recovery: 1, chance: 0.5}"
DRAWS = 400


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario with everything, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yml").write_text(MINE, encoding="utf-8")
    return Path("mine.yml")


def read(request: str, model: Model) -> Scenario:
    return prepare_scenario(request, model, Options())


def test_reasons_are_told_and_change_nothing(mine: Path, shipped_model: Model) -> None:
    scenario = read(str(mine), shipped_model)
    said = Reason("As announced.", "vov_2025 line 19", "published")
    assert scenario.levers["oda_commitments"].reason == said
    assert scenario.events[0].reason == said
    assert said.text == "As announced. (vov_2025 line 19; published)"
    bare = MINE.replace(f", {SAID}", "")
    mine.write_text(bare, encoding="utf-8")
    without = read(str(mine), shipped_model)
    assert without == scenario
    assert without.content == scenario.content
    assert without.levers["oda_commitments"].reason == Reason()


def test_variants_are_scenarios_of_their_own(mine: Path, shipped_model: Model) -> None:
    central = read("mine.yml", shipped_model)
    assert central.variants == ("low", "sure")
    low, sure = (read(f"mine.yml@{name}", shipped_model) for name in central.variants)
    assert (low.name, low.title, low.narrative) == ("mine@low", "Mine (low)", "What happens.")
    assert (sure.name, sure.title) == ("mine@sure", "Without a freeze")
    assert low.chain == ("base", "mine", "mine@low")
    assert low.levers["oda_commitments"].multiply == 1.5
    assert low.events == central.events
    assert [event.type for event in sure.events] == ["vessel_order"]
    assert sure.levers == central.levers
    assert low == central.variant("low")
    named = distinct_scenarios(["mine.yml@*"], shipped_model, Options())
    assert list(named) == ["mine", "mine@low", "mine@sure"]
    with pytest.raises(InputError, match="'mine' has no variant 'lo'; did you mean 'low'"):
        read("mine.yml@lo", shipped_model)
    with pytest.raises(InputError, match="base: has no variants; leave '@\\*' out"):
        distinct_scenarios(["base@*"], shipped_model, Options())


def test_a_variant_can_be_extended(mine: Path, shipped_model: Model) -> None:
    Path("child.yml").write_text("name: child\ntitle: Child\nextends: mine@low\n", "utf-8")
    child = read("child.yml", shipped_model)
    assert child.chain == ("base", "mine", "mine@low", "child")
    assert child.levers["oda_commitments"].multiply == 1.5


def test_faults_of_a_variant_stand_at_their_lines(mine: Path, shipped_model: Model) -> None:
    mine.write_text(MINE.replace("2027-10-01", "2057-10-01"), encoding="utf-8")
    read("mine.yml", shipped_model)
    with pytest.raises(InputError) as refused:
        read("mine.yml@sure", shipped_model)
    assert str(refused.value).startswith("mine.yml:14:15: the event of 2057-10-01 is outside")


def test_parents_are_put_together(shipped_model: Model) -> None:
    names = ["oda_expansion", "osa_framework", "labour_growth"]
    parents = [read(name, shipped_model) for name in names]
    both = read("{extends: [oda_expansion, osa_framework, labour_growth]}", shipped_model)
    assert both.levers == {n: path for parent in parents for n, path in parent.levers.items()}
    assert both.events == tuple(sorted(event for parent in parents for event in parent.events))
    assert both.chain == ("base", *names, both.name)
    combined = read("combined", shipped_model)
    assert (combined.levers, combined.events) == (both.levers, both.events)


def test_what_parents_have_in_common_counts_once(shipped_model: Model) -> None:
    more = "{{extends: osa_framework, name: {}, title: T, levers: {{{}}}}}"
    left = more.format("left", "people_visitors: {path: step, from: 2027, multiply: 1.1}")
    right = more.format("right", "oda_delay: {path: step, from: 2027, multiply: 1.1}")
    scenario = read(f"{{extends: [{left}, {right}]}}", shipped_model)
    assert scenario.events == read("osa_framework", shipped_model).events
    assert scenario.chain[:-1] == ("base", "osa_framework", "left", "right")


def test_a_clash_of_parents_is_settled_by_the_child(shipped_model: Model) -> None:
    parents = "oda_expansion, {extends: oda_expansion, name: other, title: T, levers: {%s}}"
    clashing = parents % "oda_commitments: {path: step, from: 2027, set: 900}"
    with pytest.raises(InputError, match="lever 'oda_commitments' differs between the parents"):
        read(f"{{extends: [{clashing}]}}", shipped_model)
    removed = read(
        f"{{extends: [{clashing}], remove: {{levers: [oda_commitments]}}}}", shipped_model
    )
    assert not removed.levers
    stated = read(f"{{extends: [{clashing}], levers: {{oda_commitments: {AID}}}}}", shipped_model)
    assert stated.levers["oda_commitments"].multiply == 2.0


def test_every_form_keeps_reasons_variants_parents_and_chances(
    mine: Path, shipped_model: Model
) -> None:
    requests = ["mine.yml", "mine.yml@low", "{extends: [oda_expansion, maritime_tension]}"]
    for scenario in (read(request, shipped_model) for request in requests):
        forms = [scenario.to_line(), scenario.to_text(), scenario.to_yaml()]
        Path("again.yml").write_text(forms.pop(), encoding="utf-8")
        names: dict[str, Scenario] = {}
        exec(scenario.to_python(), names)  # noqa: S102 - it was written just now
        back = [read(form, shipped_model) for form in (*forms, "again.yml")] + [names["scenario"]]
        for other in back:
            assert other == scenario
            assert other.stated == scenario.stated


def test_shipped_scenarios_say_why_each_size_is_what_it_is(shipped_model: Model) -> None:
    names = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
    reader = shipped_model.scenario_reader()
    requests = [each for name in names for each in reader.with_variants(name)]
    silent = []
    for request, scenario in ((one, read(one, shipped_model)) for one in requests):
        sized = [*scenario.levers.items(), *((event.text, event) for event in scenario.events)]
        silent += [
            f"{request}: {name}: {key}"
            for name, part in sized
            for key in REASONS
            if not getattr(part.reason, key)
        ]
    assert not silent, "\n" + "\n".join(silent)


def test_editors_know_the_keys_of_events() -> None:
    event = ScenarioFile.model_json_schema()["properties"]["events"]["items"]
    assert set(event["properties"]) == set(EVENT_KEYS)
    variant = ScenarioFile.model_json_schema()["$defs"]["VariantPart"]["properties"]
    assert variant["events"]["items"] == event


# --------------------------------------------------------------------------- chances

Arrays = Mapping[str, NDArray[np.float64]]


@pytest.fixture(scope="module")
def by_chance(posterior: Posterior, shipped_model: Model) -> dict[str, Arrays]:
    """Projections of a freeze by its chance, and of two events that happen by chance."""
    events = {
        "base": "",
        "sure": FREEZE.format(""),
        "one": FREEZE.format(", chance: 1"),
        "third": FREEZE.format(", chance: 0.3"),
        "half": FREEZE.format(", chance: 0.5"),
        "two": FREEZE.format(", chance: 0.3") + f", {SHOCK}",
        "shock": SHOCK,
    }
    requests = [f"{{extends: base, events: [{text}]}}" for text in events.values()]
    scenarios = [read(request, shipped_model) for request in requests]
    projector = Projector(posterior, shipped_model, Options(draws=DRAWS))
    names = ["oda_disbursements", "trade_turnover", "people_students"]
    batch = projector.batch(map(projector.variant, scenarios), 2025, 2035, names)
    projected = projector.project(batch)
    assert len(set(batch.layout(posterior).recorded["people_students"])) == 2  # shock or not
    return {name: dict(projected.of(place)) for place, name in enumerate(events)}


def happens(arrays: Arrays, base: Arrays, name: str) -> NDArray[np.bool_]:
    """Return in which draws an indicator ever departs, (draw,)."""
    departs: NDArray[np.bool_] = (arrays[name] != base[name]).any(axis=0)
    return departs


def test_a_draw_takes_one_of_the_two_futures(by_chance: dict[str, Arrays]) -> None:
    base, sure, third = (by_chance[name] for name in ("base", "sure", "third"))
    here = happens(third, base, "oda_disbursements")
    assert here.mean() == pytest.approx(0.3, abs=4.0 * np.sqrt(0.3 * 0.7 / DRAWS))
    for name in base:
        assert (third[name][:, here] == sure[name][:, here]).all()
        assert (third[name][:, ~here] == base[name][:, ~here]).all()


def test_a_chance_of_one_is_none(by_chance: dict[str, Arrays]) -> None:
    for name, values in by_chance["sure"].items():
        assert values.tobytes() == by_chance["one"][name].tobytes()


def test_a_higher_chance_only_adds_draws(by_chance: dict[str, Arrays]) -> None:
    base = by_chance["base"]
    third, half = (happens(by_chance[n], base, "oda_disbursements") for n in ("third", "half"))
    assert (third <= half).all()
    assert third.sum() < half.sum()


def test_two_chances_are_independent_and_disturb_nothing(by_chance: dict[str, Arrays]) -> None:
    base, two = by_chance["base"], by_chance["two"]
    frozen = happens(by_chance["third"], base, "oda_disbursements")
    shocked = happens(by_chance["shock"], base, "people_students")
    neither = ~frozen & ~shocked
    for name in base:
        assert (two[name][:, neither] == base[name][:, neither]).all()
        one = frozen & ~shocked
        assert (two[name][:, one] == by_chance["third"][name][:, one]).all()
    share = (frozen & shocked).mean()
    assert share == pytest.approx(0.15, abs=4.0 * np.sqrt(0.15 * 0.85 / DRAWS))


def by_chance_with_aid(model: Model, options: Options) -> Scenario:
    levers = f"levers: {{oda_commitments: {AID}}}"
    events = FREEZE.format(", chance: 0.3")
    line = f"{{extends: base, name: chancy, title: T, {levers}, events: [{events}]}}"
    return prepare_scenario(line, model, options)


def test_what_happens_by_chance_contributes_where_it_happens(
    posterior: Posterior, shipped_model: Model
) -> None:
    options = Options(draws=64, end=2031)
    scenario = by_chance_with_aid(shipped_model, options)
    name = "oda_disbursements"
    found = attribute_effects(Projector(posterior, shipped_model, options), scenario, [name])
    aid, freeze = found.contributions[name]
    np.testing.assert_allclose(aid + freeze, found.total[name], rtol=0.0, atol=1e-9)
    here = freeze.any(axis=0)
    assert [player.kind for player in found.players] == ["lever", "event"]
    assert 0 < here.sum() < 64
    assert (found.interaction(name)[:, ~here] == 0.0).all()


def test_chances_are_the_same_in_every_block_and_without_draws(
    shipped_model: Model, own_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BLOCKS_A_TASK", 1)
    options = Options(PAGE + 10, 7, 2025, 2029)
    scenario = by_chance_with_aid(shipped_model, options)
    names = ["oda_disbursements"]
    kept = run_prepared(scenario, shipped_model, options, own_out)
    few = replace(options, draws=100)
    first = run_prepared(scenario, shipped_model, few, own_out)
    for name, values in first.projection(shipped_model.registry).arrays.items():
        again = kept.projection(shipped_model.registry).arrays[name][:, :100]
        assert values.tobytes() == np.ascontiguousarray(again).tobytes(), name
    summed = replace(options, summaries_only=True, workers=2)
    streamed = run_summarised(scenario, shipped_model, summed, own_out, indicators=names)
    direct = {(s.indicator, s.year): s.quantiles for s in kept.summaries}
    assert {(s.indicator, s.year): s.quantiles for s in streamed.summaries} == {
        key: row for key, row in direct.items() if key[0] in names
    }
