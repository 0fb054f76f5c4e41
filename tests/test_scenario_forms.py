"""Scenarios made in Python, and the forms that lead back to them."""

from __future__ import annotations

import base64
import re
import shlex
import zlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import outcome
from random_scenarios import GRANTS

import vnjp_sim as vj
from vnjp_sim.foundation.argument_types import PACKED
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.levers import OPERATIONS, EventType, Lever
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_forms import FREQUENT
from vnjp_sim.inputs.strict_yaml import MAX_BYTES
from vnjp_sim.simulation import scenario_objects
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options, Request
from vnjp_sim.simulation.scenario_requests import distinct_scenarios

CASES, MORE = 100, 500
"""Random scenarios in the usual run of the tests, and with --full."""
LETTERS = "abcXYZ ŷệt 日本 0123:#'\"{}[],&*!|>%@-.?\\/~=\n\t😀"


@pytest.fixture
def model(shipped_model: Model, monkeypatch: pytest.MonkeyPatch) -> Model:
    """The shipped model, read once for all scenarios of a test."""
    monkeypatch.setattr(scenario_objects, "load_model", lambda _models: shipped_model)
    return shipped_model


# ------------------------------------------------------------------------- the forms


def from_file(scenario: Scenario, folder: Path) -> Scenario:
    file = folder / "scenario.yml"
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    return vj.scenario(file)


def from_python(scenario: Scenario, _folder: Path) -> Scenario:
    names: dict[str, Any] = {}
    exec(scenario.to_python(), names)  # noqa: S102 - it was written just now
    made: Scenario = names["scenario"]
    return made


FORMS: dict[str, Callable[[Scenario, Path], Scenario]] = {
    "yaml": from_file,
    "text": lambda scenario, _: vj.scenario(scenario.to_text()),
    "python": from_python,
    "command": lambda scenario, _: vj.scenario(shlex.split(scenario.to_command())[-1]),
}


def every_word(scenario: Scenario) -> tuple[object, ...]:
    """What two scenarios must have in common to be the same, words for readers included."""
    said = [(event.note, event.reason) for event in scenario.events]
    return (scenario, scenario.stated, said, [path.reason for path in scenario.levers.values()])


def random_content(rng: np.random.Generator, model: Model, depth: int) -> dict[str, Any]:
    """Return the content of a scenario with up to `depth` parents written out in it."""
    years = (2026, 2040)
    levers, kinds = model.instruments.levers, model.instruments.event_types
    parents = ["base", "oda_freeze", "combined", ["oda_freeze", "osa_framework"]]
    content: dict[str, Any] = {"extends": parents[rng.integers(len(parents))]}
    if depth:
        content["extends"] = random_content(rng, model, depth - 1)
        content["extends"] |= {"name": f"parent_{depth}", "title": words(rng)}
    elif rng.random() < 0.3:
        del content["extends"]
    if "extends" not in content or rng.random() < 0.5:
        content |= {"name": "some_name", "title": words(rng)}
    if "extends" not in content or rng.random() < 0.3:
        content["horizon"] = {"start": 2025, "end": int(rng.integers(2040, 2060))}
    if rng.random() < 0.5:
        content |= {"narrative": words(rng, 40), "sources": [words(rng), words(rng)]}
    content["levers"] = {
        str(name): random_path(rng, levers[name], years)
        for name in rng.choice(sorted(levers), 3, replace=False)
    }
    names = map(str, rng.choice(sorted(kinds), 2))
    content["events"] = [random_event(rng, name, kinds[name], depth) for name in names]
    content["variants"] = random_variants(rng, levers, years)
    fixed = {"fixed": rng.uniform(0.5, 2.0)}
    prior = {"lognormal": {"median": rng.uniform(0.5, 2.0), "sigma": rng.uniform(0.1, 0.5)}}
    content["parameters"] = {"oda_delay_factor": fixed if rng.random() < 0.5 else prior}
    if rng.random() < 0.3:
        content["parameters"]["network_to_exports"] = {"fixed": rng.uniform(0.0, 0.01)}
    if depth and rng.random() < 0.5:
        parent = content["extends"]
        content["remove"] = {
            "levers": [next(iter(parent["levers"]))],
            "events": [parent["events"][0]["type"]],
            "parameters": ["oda_delay_factor"],
        }
    return content


def random_event(
    rng: np.random.Generator, name: str, kind: EventType, depth: int
) -> dict[str, Any]:
    day = date(int(rng.integers(2026, 2040)), int(rng.integers(1, 13)), 1)
    event = {"on": day, "type": name, "note": words(rng), **random_fields(rng, name, kind)}
    if not depth:
        event["chance"] = float(rng.choice([0.25, 1.0]))
    if rng.random() < 0.2 and event.get("chance", 1.0) == 1.0:
        event["every"] = str(rng.choice(["5 years", "18 months until 2040", "year until 2041"]))
    return event | random_reason(rng)


def random_fields(rng: np.random.Generator, name: str, kind: EventType) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, field in kind.fields.items():
        low, high = GRANTS if name == "osa_grant" else field.range
        fields[key] = int(high) if field.whole else rng.uniform(low, high)
        if field.unit in ("USD bn", "JPY bn") and rng.random() < 0.5:
            fields[key] = in_words(rng, fields[key], field.unit)
    for key, choice in kind.choices.items():
        if rng.random() < 0.7:
            fields[key] = str(rng.choice(sorted(choice.options)))
    return fields


def in_words(rng: np.random.Generator, number: float, unit: str) -> str:
    """Return about as much money as a number of a unit, as people write it."""
    currency, ends = unit[:3], ["", " at 150 JPY per USD", " at the rate of 2020"]
    if rng.random() < 0.3:
        return f"{float(number)!r} {unit}"
    other, rate = ("JPY", 100.0) if currency == "USD" else ("USD", 1 / 155.0)
    return f"{float(number) * rate!r} {other} bn{rng.choice(ends)}"


def random_variants(
    rng: np.random.Generator, levers: Mapping[str, Lever], years: tuple[int, int]
) -> dict[str, Any] | None:
    """Return two variants, or none."""
    if rng.random() < 0.7:
        return None
    name = str(rng.choice(sorted(levers)))
    path = random_path(rng, levers[name], years)
    return {"low": {"title": words(rng), "levers": {name: path}}, "high": {}}


def random_path(rng: np.random.Generator, lever: Lever, years: tuple[int, int]) -> Any:
    allowed = [name for name in OPERATIONS if getattr(lever, name) is not None]
    operation = str(rng.choice(allowed))
    low, high = getattr(lever, operation)
    first, last = sorted(map(int, rng.integers(*years, size=2)))
    amount = rng.choice([low, high, rng.uniform(low, high), -0.0 if low < 0 < high else high])
    form, reason = str(rng.choice(["step", "ramp", "pulse", "series"])), random_reason(rng)
    if form != "series" and operation != "multiply" and lever.unit == "JPY bn":
        amount = in_words(rng, float(amount), lever.unit) if rng.random() < 0.5 else amount
    if form == "series":
        by_year = {first: amount, last + 1: rng.uniform(low, high)}
        return vj.series(**{operation: by_year}, **reason)
    return getattr(vj, form)(first, last, **{operation: amount}, **reason)


def random_reason(rng: np.random.Generator) -> dict[str, str]:
    """Return why a size is what it is, or nothing."""
    if rng.random() < 0.7:
        return {}
    return {"why": words(rng).strip(), "reference": "Judgement", "grade": "assumed"}


def words(rng: np.random.Generator, most: int = 4) -> str:
    """Return one to so many words of plain and of odd letters, that begin with a plain one."""
    size = int(rng.integers(1, most + 1))
    odd = rng.choice(list(LETTERS), size=(size, 5))
    plain = rng.random(size) < 0.5
    return "A " + " ".join(
        "words" if simple else "".join(letters) for simple, letters in zip(plain, odd, strict=True)
    )


def test_every_form_leads_back_to_the_same_scenario(
    model: Model, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    rng, cases = np.random.default_rng(13), sized(CASES, MORE)
    checked = 0
    for number in range(cases * 2):
        content = random_content(rng, model, number % 3)
        try:
            scenario = model.scenario_reader().build(content)
        except InputError as error:
            words = ("security grants", "moves a part")
            if not all(any(w in fault.what for w in words) for fault in error.refusals):
                raise
            continue  # levers may contradict the grants, or each other
        expected = every_word(scenario)
        for name in rng.permutation(list(FORMS)):  # each form is made of the one before
            scenario = FORMS[name](scenario, tmp_path)
            assert every_word(scenario) == expected, name
        checked += 1
        if checked == cases:
            return
    pytest.fail(f"only {checked} scenarios could be used")


def test_a_file_states_only_what_differs_from_its_parent(model: Model) -> None:
    path = vj.ramp(2026, 2030, multiply=2.5)
    scenario = vj.scenario("oda_expansion").with_lever("oda_commitments", path)
    assert scenario.to_yaml() == (
        f"name: {scenario.name}\ntitle: oda_expansion with oda_commitments\n"
        "extends: oda_expansion\nlevers:\n"
        "  oda_commitments: {path: ramp, from: 2026, to: 2030, multiply: 2.5}\n"
    )
    assert scenario.to_line() == (
        "{extends: oda_expansion, "
        "levers: {oda_commitments: {path: ramp, from: 2026, to: 2030, multiply: 2.5}}}"
    )
    assert scenario.to_command("compare").startswith("vnjp_sim compare '{extends: ")
    assert len(scenario.to_text()) < 80
    assert set(scenario.to_text()) < set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~"
    )


def test_shipped_scenarios_lead_back_to_themselves(model: Model, tmp_path: Path) -> None:
    for file in sorted(Path(__file__).parents[1].joinpath("scenarios").glob("*.yml")):
        shipped = vj.scenario(file.stem)
        assert every_word(shipped) == every_word(prepare_scenario(file, model, Options()))
        for form in FORMS.values():
            assert every_word(form(shipped, tmp_path)) == every_word(shipped)


def test_parents_of_ones_own_are_written_out(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yml").write_text(
        "name: mine\ntitle: Mine\nextends: base\n"
        "levers: {people_visitors: {path: step, from: 2026, multiply: 0.5}}\n"
    )
    (tmp_path / "child.yml").write_text("name: child\ntitle: Child\nextends: mine\n")
    child = vj.scenario(tmp_path / "child.yml")
    (tmp_path / "mine.yml").unlink()
    back = vj.scenario(child.to_text())
    assert every_word(back) == every_word(child)
    assert back.chain == ("base", "mine", "child")
    assert "people_visitors" in back.levers
    # A file of the name of a shipped scenario does not take its place.
    (tmp_path / "base.yml").write_text("name: base\ntitle: B\nhorizon: {start: 2025, end: 2031}\n")
    monkeypatch.chdir(tmp_path)
    assert vj.scenario(child.to_line()).end == 2040


def test_faults_of_a_parent_that_is_written_out_are_told_at_their_lines(
    model: Model, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(
        "name: mine\ntitle: Mine\nextends:\n  name: other\n  titel: Other\n  extends: bas\n"
        "  levers:\n    oda_delay: {path: step, from: 2027, multiply: 99}\n    oda_dely: {}\n"
    )
    with pytest.raises(InputError) as refused:
        vj.scenario(file)
    told = {(fault.place.line, fault.what) for fault in refused.value.refusals}
    assert told >= {
        (3, "the key 'title' is missing"),
        (5, "unknown key 'titel'"),
        (6, "extends the unknown scenario 'bas'"),
        (8, "lever 'oda_delay': multiply 99 is out of range"),
        (9, "unknown lever 'oda_dely'"),
    }
    file.write_text("name: mine\ntitle: Mine\nextends: {name: mine, title: Mine}\n")
    with pytest.raises(InputError, match="extends itself: mine → mine"):
        vj.scenario(file)


# ------------------------------------------------------------------------- damage


def packed(raw: bytes) -> str:
    packing = zlib.compressobj(9, zdict=FREQUENT)
    return PACKED + base64.urlsafe_b64encode(packing.compress(raw) + packing.flush()).decode()


def test_damaged_text_is_refused_in_words(model: Model) -> None:
    text = vj.scenario("combined").to_text()
    rng = np.random.default_rng(5)
    wrong = [text[:-9], text + "AAAA", text[:30] + "é" + text[31:], PACKED, PACKED + "!!"]
    wrong += [packed(b"{extends: \xff}").rstrip("=")]
    for place in rng.integers(len(PACKED), len(text) - 1, 60):
        other = "B" if text[place] == "A" else "A"
        wrong.append(text[:place] + other + text[place + 1 :])
    for damaged in wrong:
        with pytest.raises(InputError, match="damaged or not complete; copy the whole text"):
            vj.scenario(damaged)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (packed(b" " * 100_000_000), "unpacks to more than 131072 bytes"),
        (PACKED + "A" * (MAX_BYTES + 1), "has more than 131072 characters"),
        ("{" + " " * MAX_BYTES, "has more than 131072 bytes"),
        ("vnjp2~abc", "no such scenario"),
        (packed(b"[1, 2]").rstrip("="), "is not a mapping"),
        (packed(b"{extends: base, levers: {x: &a 1}}").rstrip("="), "uses the anchor"),
        (packed(b"{extends: ../base}").rstrip("="), "is the path '../base'"),
    ],
    ids=["bomb", "long text", "long line", "later form", "list", "anchor", "path"],
)
def test_oversized_and_strange_text_is_refused(model: Model, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        vj.scenario(text)


# ------------------------------------------------------------------------- making others


def test_methods_return_others_and_change_nothing(model: Model) -> None:
    base = vj.scenario("base")
    before = base.to_text()
    with pytest.raises(FrozenInstanceError):
        base.name = "other"  # type: ignore[misc]
    mine = base.named("mine", title="Mine").with_lever("oda_delay", vj.step(2027, multiply=1.2))
    assert (mine.name, mine.title, mine.chain) == ("mine", "Mine", ("base", "mine"))
    assert mine.baseline == base
    assert repr(mine) == ("<Scenario base → mine: 2025–2040, 1 lever, 0 events, 0 replaced priors>")
    more = mine.with_event("vessel_order", date(2027, 10, 1), count=np.int64(2), note="more")
    more = more.with_event("vessel_order", "2028-10-01", count=4)
    assert [event.amount("count") for event in more.events] == [2.0, 4.0]
    assert not mine.events
    assert more.without_event("vessel_order", "2027-10-01").events == more.events[1:]
    assert more.without_event("vessel_order").without_lever("oda_delay").stated == {
        "name": "mine",
        "title": "Mine",
        "extends": "base",
    }
    other = mine.with_parameter("oda_delay_factor", fixed=1.5).with_horizon(2025, 2050)
    assert (other.end, other.parameters["oda_delay_factor"].fixed) == (2050, 1.5)
    assert other.without_parameter("oda_delay_factor").with_horizon(2025, 2040) == mine
    assert base.to_text() == before
    assert deepcopy(mine).with_horizon(2025, 2050).end == 2050


def test_what_a_parent_does_can_be_left_out(model: Model) -> None:
    parent = vj.scenario("osa_framework")
    child = parent.without_lever("security_exchanges").without_event("vessel_order", "2027-10-01")
    assert set(child.levers) == {"security_osa_budget"}
    kept = [event for event in parent.events if str(event.on) != "2027-10-01"]
    assert list(child.events) == kept
    assert [event.note for event in child.events] == [event.note for event in kept]
    assert child.with_lever("security_exchanges", parent.levers["security_exchanges"]).levers == (
        parent.levers
    )


def test_a_scenario_without_a_name_is_named_by_its_content(model: Model) -> None:
    base = vj.scenario("base")
    slow, fast = (base.with_lever("oda_delay", vj.step(2027, multiply=by)) for by in (1.2, 0.8))
    assert slow.name != fast.name
    assert slow.name.startswith("base_")
    one = slow.with_event("vessel_order", "2028-10-01", count=2)
    same = base.with_event("vessel_order", "2028-10-01", count=2.0)
    same = same.with_lever("oda_delay", vj.step(2027, multiply=1.2))
    assert one == same  # whatever the order
    long = vj.new_scenario(None, name="x" * 60, title="T", horizon="2025:2030")
    assert len(long.with_horizon(2025, 2031).name) == 60


def test_a_shipped_name_on_other_content_is_a_scenario_of_ones_own(model: Model) -> None:
    mine = vj.scenario("base").named("oda_freeze", title="Mine")
    assert mine.with_lever("oda_delay", vj.step(2027, multiply=1.2)).chain == ("base", "oda_freeze")
    child = vj.new_scenario(mine)
    assert isinstance(child.stated["extends"], dict)
    with pytest.raises(InputError, match="'oda_freeze' is given twice"):
        distinct_scenarios(Request.of([mine, "oda_freeze"]).scenarios, model, Options())


def test_two_scenarios_of_one_name_are_not_mixed(model: Model) -> None:
    slow, fast = (
        vj.scenario("base").named("mine").with_lever("oda_delay", vj.step(2027, multiply=by))
        for by in (1.2, 0.8)
    )
    request = Request.of([slow, fast, slow])
    assert len(request.scenarios) == 2
    with pytest.raises(InputError, match="'mine' is given twice"):
        distinct_scenarios(request.scenarios, model, request.options)
    again = Request.of([slow, slow.to_text(), slow.to_line()])
    assert list(distinct_scenarios(again.scenarios, model, again.options)) == ["mine"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda s: s.with_lever("oda_comitments", vj.step(2026, multiply=2)),
            "mine: unknown lever 'oda_comitments'; did you mean 'oda_commitments'?",
        ),
        (
            lambda s: s.with_lever("labour_demand", vj.step(2026, add=2)),
            "mine: lever 'labour_demand' does not allow 'add'; use multiply",
        ),
        (
            lambda s: s.with_lever("oda_commitments", vj.step(2026, multiply=200)),
            "multiply 200 is out of range; stay within 0 to 10",
        ),
        (lambda s: s.with_lever("oda_commitments", 2), "needs a mapping, not 2"),
        (lambda s: s.with_lever("oda_delay", vj.step(2050, multiply=2)), "outside the horizon"),
        (lambda s: s.without_lever("oda_delays"), "mine: has no lever 'oda_delays' to leave out"),
        (
            lambda s: s.with_event("vessel_ordr", "2027-10-01", count=2),
            "unknown event type 'vessel_ordr'; did you mean 'vessel_order'?",
        ),
        (lambda s: s.with_event("vessel_order", "2027-10-01", cont=2), "did you mean 'count'?"),
        (
            lambda s: s.with_event("vessel_order", "2027-13-01", count=2),
            "not in the calendar",
        ),
        (
            lambda s: s.with_event("osa_grant", "2027-10-01", amount=40.0),
            "above the programme's size",
        ),
        (lambda s: s.without_event("vessel_order"), "mine: has no event 'vessel_order'"),
        (lambda s: s.with_parameter("oda_delay_facto", fixed=1), "did you mean 'oda_delay_factor'"),
        (lambda s: s.with_parameter("oda_delay_factor", fixed=-1), "cannot be negative"),
        (lambda s: s.with_horizon(2040, 2030), "ends in 2030, before it starts in 2040"),
        (lambda s: s.named("Not a name"), "use lower-case letters"),
        (lambda s: s.named("calibration"), "cannot be 'calibration', a folder of the results"),
        (lambda s: s.named("mine", title="a\u2028b"), "holds the control character U+2028"),
        (lambda s: s.named("base"), "extends itself: base → base"),
        (lambda _: vj.ramp(2030, 2026, multiply=2), "ramp: 'to' 2026 is before 'from' 2030"),
        (
            lambda _: vj.step(2030),
            "step: a lever needs exactly one of multiply, add, set, at",
        ),
        (lambda _: vj.series(multiply={"x": 1}), "series: 'x' is not a year of this century"),
        (
            lambda _: vj.scenario("{extends: bas}"),
            "scenario:1:2: extends the unknown scenario 'bas'",
        ),
        (lambda _: vj.scenario("{levers: {}}"), "scenario:1:1: the key 'name' is missing; add it"),
        (lambda _: vj.new_scenario({"extends": "base"}), "the key 'name' is missing; add it"),
    ],
)
def test_what_a_file_may_not_say_is_refused_at_once(
    model: Model, change: Callable[[Scenario], object], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        change(vj.scenario("base").named("mine"))
    assert message in str(refused.value)


# ------------------------------------------------------------------------- what takes them


def test_results_are_those_of_the_file(own_out: Path, tmp_path: Path) -> None:
    path = vj.ramp(2026, 2030, multiply=2.5)
    scenario = vj.scenario("oda_expansion").with_lever("oda_commitments", path)
    runs = vj.run(["base", scenario], draws=8, out=own_out)
    names = ["base", scenario.name]
    assert list(runs["scenario"].values) == names
    folders = set((own_out / scenario.name).iterdir())
    file = tmp_path / f"{scenario.name}.yml"
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    for asked in (file, scenario.to_text(), shlex.split(scenario.to_command())[-1]):
        assert vj.run(["base", asked], draws=8, out=own_out).identical(runs)
    assert set((own_out / scenario.name).iterdir()) == folders  # the same run, stored once
    found = vj.compare(scenario, draws=8, out=own_out)
    assert found.scenarios == (scenario.name,)
    assert found.baseline == "base"
    against = vj.compare(scenario, scenario.with_horizon(2025, 2040), draws=8, out=own_out)
    assert against.baseline != "base"
    losses = vj.attribute(scenario, ["oda_loans"], draws=8, out=own_out)
    assert "oda_commitments" in str(losses.players)


def test_the_page_on_scenarios_in_python_is_true(
    repository: Path, own_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results").symlink_to(own_out)
    monkeypatch.chdir(tmp_path)
    page = (repository / "docs" / "scenarios_in_python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 7
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)  # noqa: S102 - of this repository
    (command,) = re.findall(r"^vnjp_sim compare (.*)$", page, re.MULTILINE)
    (line,) = shlex.split(command)
    assert vj.scenario(line) == names["variants"][-1]


@pytest.mark.parametrize("form", ["yaml", "text", "python", "command"])
@pytest.mark.usefixtures("plain_terminal")
def test_a_command_prints_every_form(form: str, model: Model) -> None:
    scenario = vj.scenario("combined").with_horizon(2025, 2050)
    status, printed, errors = outcome(["share", scenario.to_text(), "--as", form])
    assert (status, errors) == (0, "")
    assert printed == getattr(scenario, f"to_{form}")().rstrip("\n") + "\n"


@pytest.mark.usefixtures("plain_terminal")
def test_commands_take_a_scenario_without_a_file(model: Model) -> None:
    scenario = vj.scenario("base").with_lever("oda_delay", vj.step(2027, multiply=1.2))
    for asked in (scenario.to_line(), scenario.to_text()):
        status, printed, errors = outcome(["validate", asked])
        assert (status, errors) == (0, "")
        assert printed.startswith("Valid: ")
    status, _, errors = outcome(["validate", "{extends: base, levers: {oda_dela: {path: step}}}"])
    assert status == 2
    assert "scenario:1:26: unknown lever 'oda_dela'; did you mean 'oda_delay'?" in errors
