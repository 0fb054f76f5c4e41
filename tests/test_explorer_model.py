"""The model of the explorer's page: states, moves, answers and files, without a browser."""

from __future__ import annotations

import ast
import io
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

import vnjp_sim as vj
from vnjp_sim.analysis.effect_routes import routes_of
from vnjp_sim.analysis.effects import effect_of, effects_by_year
from vnjp_sim.analysis.link_losses import cut_links
from vnjp_sim.charts import live
from vnjp_sim.charts.letters import text_width
from vnjp_sim.explorer.answers import Answers
from vnjp_sim.explorer.content import Stale
from vnjp_sim.explorer.controls import controls
from vnjp_sim.explorer.departures import departures
from vnjp_sim.explorer.downloads import FORMS, download
from vnjp_sim.explorer.former_names import renamed
from vnjp_sim.explorer.history import History
from vnjp_sim.explorer.messages import answer_message, refusal_words, state_message
from vnjp_sim.explorer.moves import MOVES, move_of
from vnjp_sim.explorer.state import KEYS, OWN, State, States
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_forms import one_line
from vnjp_sim.inputs.scenario_lookup import shipped_titles
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options

DRAWS = 200
RAMP = {"path": "ramp", "from": 2026, "to": 2030, "multiply": 2.5}


@pytest.fixture(scope="module")
def states(shipped_model: Model) -> States:
    return States(shipped_model, Options(draws=DRAWS))


@pytest.fixture(scope="module")
def answers(calibrated_out: Path) -> Answers:
    return Answers(vj.Session(draws=DRAWS, out=calibrated_out))


def made(states: States, *moves: dict[str, object], begin: str = "base") -> History:
    """Return the history of some moves, as the page sends them."""
    history = History.begin(states.first(begin))
    for move in moves:
        history = history.make(move_of(move), states)
    return history


def lever(factor: float, name: str = "oda_commitments") -> dict[str, object]:
    return {"move": "set_lever", "lever": name, "path": RAMP | {"multiply": factor}}


# ---------------------------------------------------------------------- moves and history


def test_moves_are_told_in_words_and_can_be_undone(states: States) -> None:
    grant = {"on": "2027-10-01", "type": "osa_grant", "amount": 2}
    history = made(
        states,
        lever(2.5),
        {"move": "add_event", "event": grant},
        {"move": "change_event", "number": 0, "changes": {"on": "2028-04-01"}},
        {"move": "show", "indicator": "oda_disbursements", "year": 2035, "view": "percent"},
        {"move": "against", "scenario": "oda_freeze"},
        {"move": "remove_event", "number": 0},
    )
    label = "Grant of Official Security Assistance"
    assert [step.words for step in history.steps] == [
        "Opened",
        "New aid commitments: 2.5 times as much by 2030, in even steps from 2026",
        f"{label}: 1 October 2027, JPY 2 bn",
        f"{label}: 1 April 2028, JPY 2 bn",
        f"Compared with: {states.stated('oda_freeze').title}",
        f"Without: {label}: 1 April 2028, JPY 2 bn",
    ]
    assert history.can_undo
    assert not history.can_redo
    undone = history.undo(states).undo(states)
    assert undone.state == history.steps[3].state
    assert undone.redo(states).redo(states).state == history.state
    shown = {"indicator": "oda_disbursements", "year": 2035, "view": "percent"}
    first = history.jump(0, states).undo(states)
    assert first.state == replace(states.first(), **shown)  # type: ignore[arg-type]
    turned = history.jump(1, states).make(move_of(lever(3.0)), states)
    assert len(turned.steps) == 3
    with pytest.raises(InputError, match="no step 9"):
        history.jump(9, states)


def test_what_is_shown_is_no_step_and_stays_while_steps_are_undone(states: States) -> None:
    history = made(states, lever(1.5), lever(2.0)).undo(states)
    seen = history.make(move_of({"move": "show", "year": 2031, "view": "level"}), states)
    assert len(seen.steps) == 3
    assert seen.can_redo
    for other in (seen.redo(states), seen.undo(states)):
        assert (other.state.year, other.state.view) == (2031, "level")
    short = states.first(vj.scenario("base").with_lever("oda_commitments", RAMP))
    former = made(states, lever(1.5)).state
    assert seen.visit(former).at == 1
    assert seen.visit(former).state == former
    assert len(seen.visit(short).steps) == 3
    assert seen.visit(short).steps[-1].words == "Opened"


def test_a_slider_that_is_drawn_is_one_step(states: States) -> None:
    history = made(states, lever(1.5))
    for factor in (1.6, 1.7, 1.8):
        history = history.make(move_of(lever(factor)), states, merge=True)
    assert len(history.steps) == 2
    assert "raised by 80 %" in history.steps[-1].words
    again = history.make(move_of(lever(1.8)), states)
    assert again is history
    other = history.make(move_of(lever(0.5, "trade_exports")), states, merge=True)
    assert len(other.steps) == 3


def test_a_lever_that_changes_nothing_is_let_go(states: States) -> None:
    history = made(states, lever(1.5), lever(1.0))
    assert history.state.scenario == "base"
    assert history.steps[-1].words == "New aid commitments: as in the model"
    assert len(made(states, lever(1.0)).steps) == 1
    freed = made(states, lever(1.0), begin="oda_expansion")
    assert freed.state.scenario == "base"


@pytest.mark.parametrize("name", ["combined", "osa_framework", "oda_freeze", "weak_yen@high"])
def test_all_that_departs_can_be_taken_back_one_by_one(states: States, name: str) -> None:
    history = made(states, begin=name)
    count = len(departures(history.state, states))
    while told := departures(history.state, states):
        history = history.make(move_of({"move": "reset", "key": told[0].key}), states)
        count -= 1
        assert len(departures(history.state, states)) == count
        assert history.steps[-1].words == f"Taken back: {told[0].what}, {told[0].size}"
    assert history.state.scenario == "base"
    assert made(states, {"move": "reset_all"}, begin=name).state.scenario == "base"


def test_every_part_of_an_event_can_be_changed_and_goes_back(states: States) -> None:
    name = "osa_framework@vessels"
    history = made(states, begin=name)

    def change(number: int, **changes: object) -> tuple[ScenarioEvent, ...]:
        nonlocal history
        move = {"move": "change_event", "number": number, "changes": changes}
        history = history.make(move_of(move), states)
        return states.stated(history.state.scenario).events

    first = states.stated(name).events
    order = change(2, on="2026-04-01")[0]  # it comes first now, and why it is so large still holds
    assert (order.note, order.reason) == (first[2].note, first[2].reason)
    assert order.reason.why
    order = change(0, count=3, purse="grant")[0]
    assert (order.amount("count"), order.choice("purse"), order.choice("series")) == (
        3.0,
        "grant",
        "new",
    )
    assert order.reason.why == ""
    order = change(0, chance=0.4, every="3 years until 2034")[0]
    assert (order.chance, order.every) == (0.4, "3 years until 2034")
    order = change(0, every=None)[0]
    assert order.every == ""
    (shown,) = [e for e in state_message(history, states)["events"] if e["number"] == 0]
    values = {"on": "2026-04-01", "chance": 40.0, "every": "", "count": 3.0}
    assert shown["values"] == values | {"purse": "grant", "series": "new"}
    assert [e for e in states.stated(history.state.scenario).events if e != order] == [*first[:2]]
    whole = change(0, on="2030-10-01", count=6, purse="loan", chance=None)
    assert whole == first
    assert history.state.scenario == name
    for wrong in ({"count": None}, {"purse": "x"}, {"type": "x"}, {"on": "2019-01-01"}):
        with pytest.raises(InputError) as caught:
            change(1, **wrong)
        (refusal,) = caught.value.refusals
        told = refusal_words(refusal, states.model.instruments)
        assert told.startswith("The event cannot be so: ")
        assert OWN not in told


ODD = (
    "Tăng vốn vay và tàu tuần tra",
    "日本の支援を倍に",
    "../../etc/passwd",
    "<script>alert(\"x\")</script> & 'more' `$(ls)` %s {0}",
    "=1+1; yes",
    "base",
    "null",
    "own scenario",
    "2×\u202e\u2028# a: [b]\x07\t",
    "x" * 200,
)


def test_a_scenario_has_the_name_that_its_user_gives_it(answers: Answers) -> None:
    states = answers.states
    begun = made(states, lever(2.5)).state
    for given in ODD:
        history = made(states, lever(2.5), {"move": "rename", "title": given}, lever(2.0))
        own = states.stated(history.state.scenario)
        assert own.title == " ".join(given.translate({0x202E: None, 0x07: None}).split())
        assert re.fullmatch("[a-z][a-z0-9_]{0,59}", own.name)
        assert own.name not in {*shipped_titles(), OWN}
        assert history.steps[2].words == f"Named: {own.title}"
        assert states.given_title(history.state.scenario) == own.title
        assert states.opened(states.query(history.state)).state == history.state
        loaded = yaml.safe_load(_text(answers, history.state, "yaml"))
        assert (loaded["name"], loaded["title"]) == (own.name, own.title)
        file = download(answers, history.state, "python")
        assert own.title in _strings(file.content.decode())
        assert re.fullmatch("[a-z0-9_]+[.]py", file.name)
        again = history.make(move_of({"move": "rename", "title": " "}), states)
        assert states.stated(again.state.scenario).name == OWN
        assert again.make(move_of(lever(2.5)), states).state == begun
    for title, scenario, words in (("x" * 201, "", "200"), ("mine", "oda_freeze", "change some")):
        move = {"move": "rename", "title": title}
        with pytest.raises(InputError, match=words):
            made(states, *([] if scenario else [lever(2.0)]), move, begin=scenario or "base")


def test_two_own_scenarios_of_one_name_can_be_compared(answers: Answers) -> None:
    named = [
        made(answers.states, lever(x), {"move": "rename", "title": "Mine"}).state.scenario
        for x in (2.0, 3.0)
    ]
    state = replace(answers.states.first(named[0]), against=named[1])
    pair = answers.pair(state)
    assert (pair.scenario.title, pair.other.title) == ("Mine", "Mine")
    assert "Mine, compared with Mine" in answers.answer(state).cite


def test_one_event_of_several_alike_can_be_left_out(states: States) -> None:
    visits = [{"on": "2027-04-01", "type": "summit", "to": to} for to in (1, 2)]
    history = made(states, *({"move": "add_event", "event": each} for each in visits))
    left = history.make(move_of({"move": "remove_event", "number": 0}), states)
    (event,) = states.stated(left.state.scenario).events
    assert event == states.stated(history.state.scenario).events[1]


def test_what_a_move_cannot_do_is_refused(states: States) -> None:
    refused = {
        "unknown lever": {"move": "set_lever", "lever": "oda_x", "path": RAMP},
        "is out of range": lever(99.0),
        "has no type": {"move": "add_event", "event": {"on": "2027-01-01"}},
        "no event 7": {"move": "remove_event", "number": 7},
        "no scenario 'x'": {"move": "choose", "scenario": "x"},
        "no departure": {"move": "reset", "key": "lever x"},
        "not among the years": {"move": "show", "year": 1990},
        "is not projected": {"move": "show", "indicator": "x"},
    }
    for words, move in refused.items():
        with pytest.raises(InputError, match=words):
            made(states, move)
    strange: list[object] = [None, 3, [], {"move": "x"}, {"move": "show", "more": 1}]
    strange += [{"move": name, "year": {}} for name in MOVES] + [{"move": "show", "year": [1]}]
    for message in strange:
        with pytest.raises(InputError, match="sent a move that is none"):
            move_of(message)


# ---------------------------------------------------------------------- states and links


def test_a_link_leads_back_to_its_state(states: States) -> None:
    history = made(
        states,
        lever(2.5),
        {"move": "show", "year": 2031, "view": "level"},
        {"move": "against", "scenario": "combined"},
        begin="oda_expansion",
    )
    opened = states.opened(f"?{states.query(history.state)}")
    assert opened.state == history.state
    assert opened.warnings == ()
    assert states.opened("").state == states.first()
    many = States(states.model, Options(draws=20_000))
    assert many.opened(many.query(many.first())).state == many.first()
    assert "scenario=weak_yen@low&" in states.query(states.first("weak_yen@low"))


def test_a_scenario_that_does_as_a_shipped_one_has_its_name(states: States) -> None:
    history = made(states, lever(2.5), {"move": "reset", "key": "lever oda_commitments"})
    assert history.state.scenario == "base"
    own = states.stated(made(states, lever(2.5), begin="combined").state.scenario)
    assert own.name == OWN
    assert own.title == "Combined, changed: New aid commitments"


def test_a_link_of_another_model_is_opened_with_a_warning(states: States) -> None:
    other = replace(states.first("oda_expansion"), model="0123456789ab")
    opened = states.opened(states.query(other))
    assert opened.state == states.first("oda_expansion")
    assert "another model or version" in opened.warnings[0]


def test_links_survive_renamed_levers_events_and_indicators(shipped_model: Model) -> None:
    known, registry = shipped_model.instruments, shipped_model.registry
    levers = {"aid_promised": known.levers["oda_commitments"]}
    levers["aid_promised"] = levers["aid_promised"].model_copy(
        update={"formerly": ("oda_commitments",)}
    )
    types = {"gift": known.event_types["osa_grant"].model_copy(update={"formerly": ("osa_grant",)})}
    now = replace(known, levers=levers, event_types=types)
    notes: list[str] = []
    content = {
        "extends": {"name": "x", "events": [{"on": "2027-01-01", "type": "osa_grant"}]},
        "levers": {"oda_commitments": RAMP},
        "remove": {"levers": ["oda_commitments"], "events": ["osa_grant"]},
    }
    assert renamed(content, now, notes) == {
        "extends": {"name": "x", "events": [{"on": "2027-01-01", "type": "gift"}]},
        "levers": {"aid_promised": RAMP},
        "remove": {"levers": ["aid_promised"], "events": ["gift"]},
    }
    assert notes == ["oda_commitments is called aid_promised now.", "osa_grant is called gift now."]
    assert renamed(content, known, notes) is content
    turnover = registry.indicators["trade_turnover"].model_copy(update={"formerly": ("trade_all",)})
    indicators = {**registry.indicators, "trade_turnover": turnover}
    model = replace(shipped_model, registry=replace(registry, indicators=indicators))
    opened = States(model).opened("indicator=trade_all")
    assert opened.state.indicator == "trade_turnover"
    assert opened.warnings == ("The indicator trade_all is called trade_turnover now.",)


def test_a_link_reads_no_file(states: States, tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    levers = "levers: {trade_exports: {path: step, from: 2027, multiply: 2}}"
    file.write_text(f"name: own\ntitle: Own\nextends: base\n{levers}\n", encoding="utf-8")
    assert states.first(str(file)).scenario.startswith("{name: own")
    for name in (str(file), "../own", "base/../base", f"{{extends: {file}}}", "/etc/passwd"):
        for key in ("scenario", "against"):
            with pytest.raises(InputError):
                states.opened(f"{key}={name}")


def test_any_mutated_link_gives_a_state_or_a_refusal(
    states: States, sized: Callable[[int, int], int]
) -> None:
    rng = np.random.default_rng(17)
    packed = states.query(made(states, lever(2.5), begin="osa_framework").state)
    line = f"scenario={states.stated('osa_framework').to_line()}&year=2030"
    seeds = [packed, line, states.query(states.first("combined"))]
    letters = "aZ09=&?%+~@{}[]:,'\"\\\n\0é日 -_./#"
    opened = 0
    for number in range(sized(200, 5_000)):
        text = seeds[number % len(seeds)]
        for _ in range(int(rng.integers(1, 4))):
            at, kind = int(rng.integers(len(text) + 1)), int(rng.integers(4))
            other = int(rng.integers(len(text) + 1))
            low, high = min(at, other), max(at, other)
            sign = letters[int(rng.integers(len(letters)))]
            text = {
                0: text[:at] + sign + text[at:],
                1: text[:low] + text[high:],
                2: text[:at] + sign + text[at + 1 :],
                3: text[:high] + text[low:],
            }[kind]
        try:
            found = states.opened(text).state
        except InputError:
            continue
        opened += 1
        assert states.opened(states.query(found)).state == found
    assert opened


def test_parts_of_links_are_refused_in_plain_words(states: States) -> None:
    refused = {
        "x=1": "link: has an unknown part 'x'",
        "year=2030&year=2031": "link: has 'year' twice",
        "year=٣": "year: '٣' cannot be taken; give a whole number from 2000 to 2100",
        "draws=9999999": "draws: '9999999' cannot be taken; give a whole number from 1 to 10000",
        "view=x": "view: 'x' is no view",
        "year=2099": "year: 2099 is not among the years of both scenarios; give 2025 to 2040",
        "%ff": "link: is damaged or not complete; copy the whole link",
        "scenario=vnjp1~ab": "scenario text: is damaged or not complete",
        "y" * 200_000: "link: has more than 100,000 characters",
    }
    for query, words in refused.items():
        with pytest.raises(InputError) as caught:
            states.opened(query)
        assert words in str(caught.value)
    assert set(KEYS) == {
        *("scenario", "against", "indicator", "year", "view", "seed", "draws", "model")
    }


# ---------------------------------------------------------------------- controls


def test_every_lever_and_event_has_a_control_whose_offer_can_be_taken(states: States) -> None:
    offered = controls(states)
    known = states.model.instruments
    levers = [each for group in offered.groups for each in group.levers]
    types = [each for group in offered.groups for each in group.events]
    assert sorted(each.name for each in levers) == sorted(known.levers)
    assert sorted(each.name for each in types) == sorted(known.event_types)
    seen = [name for group in offered.groups for name, _ in group.indicators]
    assert sorted(seen) == sorted(states.indicators)
    history = History.begin(states.first())
    for one in levers:
        for each in one.operations:
            value = each.low if each.neutral is None else each.neutral
            path = {"path": "ramp", "from": one.start, "to": one.to, each.name: value}
            history.make(move_of({"move": "set_lever", "lever": one.name, "path": path}), states)
            steps = (value - each.low) / each.step
            assert abs(steps - round(steps)) < 1e-6, (one.name, each.name)
    for kind in types:
        event = {"on": kind.on, "type": kind.name}
        event |= {f.name: f.first for f in kind.fields if f.first is not None}
        event |= {choice.name: choice.first for choice in kind.choices}
        try:
            history.make(move_of({"move": "add_event", "event": event}), states)
        except InputError as error:  # a project is finished, an order is beyond the shipyards
            pytest.fail(f"{kind.name}: {error}")
    assert offered.presets[0].name == "base"
    shipped = {example.scenario for one in levers for example in one.examples}
    assert {"oda_expansion", "labour_growth"} <= shipped
    assert all(e.why for one in levers for e in one.examples if e.scenario == "oda_expansion")


# ---------------------------------------------------------------------- answers


def test_pictures_are_drawn_and_differ_in_their_data_alone(answers: Answers) -> None:
    import vl_convert

    history = made(answers.states, lever(2.5), begin="osa_framework")
    kept: dict[str, str] = {}
    for name, view in (("oda_disbursements", "percent"), ("security_vessels", "effect")):
        show = {"move": "show", "indicator": name, "view": view, "year": 2033}
        state = history.make(move_of(show), answers.states).state
        answer, why = answers.answer(state), answers.explain(state)
        pictures = [answer.effect, answer.chance, answer.level, answer.sector]
        assert why.contributions is not None
        for picture in [*pictures, why.contributions]:
            assert set(picture.spec["datasets"]) == set(picture.data)
            json.dumps(picture.data, allow_nan=False)
            spec = json.dumps(picture.spec)
            if picture.key not in kept:
                kept[picture.key] = spec
                drawn = vl_convert.vegalite_to_vega(picture.spec | {"datasets": picture.data})
                assert {"rows", *picture.data} <= {data["name"] for data in drawn["data"]}
            assert kept[picture.key] == spec
            assert all(len(row) == len(picture.table.columns) for row in picture.table.rows)
    assert set(live.COLOURS) == {row["series"] for row in answer.level.data["rows"]}


def test_words_above_a_panel_have_room(answers: Answers) -> None:
    history = made(answers.states, begin="labour_growth")
    show = {"move": "show", "indicator": "labour_stock", "year": 2033}
    sector = answers.answer(history.make(move_of(show), answers.states).state).sector
    headings = {row["panel"]: row["panel"].split("|") for row in sector.data["rows"]}
    most = max(map(len, headings.values()))
    assert most > 2
    assert sector.spec["spacing"]["row"] >= live.PANEL_LINE * most + 16
    words = [line for lines in headings.values() for line in lines]
    assert max(map(text_width, words)) < 140 + live.AXIS  # the narrowest panel of the page
    assert all(line.count("(") == line.count(")") for line in words)


def test_words_tables_and_files_say_what_a_comparison_says(
    answers: Answers, calibrated_out: Path, tmp_path: Path
) -> None:
    """The page opened from a link, and the file that it gives, have one set of numbers."""
    show = {"move": "show", "indicator": "labour_stock", "year": 2035}
    history = made(answers.states, lever(2.5), lever(1.5, "labour_demand"), show)
    compared = history.make(
        move_of({"move": "against", "scenario": "labour_growth"}), answers.states
    )
    fresh = Answers(vj.Session(draws=DRAWS, out=calibrated_out))
    for asked in (history.state, compared.state):
        state = fresh.states.opened(answers.states.query(asked)).state
        file = tmp_path / "own_scenario.yml"
        file.write_bytes(download(fresh, state, "yaml").content)
        against = state.against or None
        table = vj.compare(str(file), against, draws=DRAWS, out=calibrated_out).table()
        csv = pd.read_csv(io.BytesIO(download(fresh, state, "csv").content)).fillna({"mark": ""})
        same = csv[list(table.columns)]
        pd.testing.assert_frame_equal(table, same, check_exact=True, check_dtype=False)
        told = csv.iloc[0][["against", "seed", "draws", "version"]].tolist()
        assert told == [state.against or "base", state.seed, DRAWS, vj.__version__]
        assert fresh.answer(state).cite.startswith(fresh.answer(state).words)
        shown = csv[csv["on_page"].notna()]
        assert shown[["indicator", "year"]].to_numpy().tolist() == [["labour_stock", 2035]]
        pair = fresh.pair(state)
        for title in ("effect", "percent", "level"):
            text = _text(fresh, replace(state, view=title), "svg")
            told = " ".join(" ".join(re.findall(">([^<]+)<", text)).split())
            assert "in 2035" in told, title
            assert f"{pair.other.name} {csv.iloc[0]['against_run']}" in text
        for run in csv.iloc[0][["run", "against_run"]]:
            assert f"Run {run}." in fresh.answer(state).cite
        rows = table[table["indicator"] == "labour_stock"].set_index("year")
        answer = fresh.answer(state)
        assert answer == answers.answer(state)
        for row in answer.effect.data["rows"]:
            exact = rows.loc[row["year"]]
            assert row["p50"] == pytest.approx(exact["p50"] / 1e3, rel=1e-5, abs=1e-9)
        assert answer.words.startswith(f"{rows['label'].iloc[0]} in 2035: ")


def test_effects_of_all_years_are_those_of_each() -> None:
    rng = np.random.default_rng(3)
    base = rng.lognormal(size=(4, 50))
    base[1] = 0.0
    values = base + np.array([[0.0], [1.0], [0.5], [-0.2]]) * rng.integers(0, 2, (4, 50))
    every = effects_by_year("s", "i", range(2030, 2034), values, base)
    for place, effect in enumerate(every):
        one = effect_of("s", "i", 2030 + place, values[place], base[place], False)
        assert repr(effect) == repr(one)


def test_nothing_is_compared_where_nothing_departs(answers: Answers) -> None:
    answer = answers.answer(replace(answers.states.first(), indicator="labour_stock", year=2030))
    told = re.fullmatch(r".* in 2030: ([\d.]+) thousand persons \(90.%: .* to .*\)\.", answer.words)
    level = np.median(answers.pair(answer.state).levels("labour_stock")[2030 - 2025])
    assert told
    assert float(told[1]) == pytest.approx(level / 1e3, abs=0.5)
    assert answer.sector.data["rows"] == []
    assert not any(row["up"] for row in answer.chance.data["rows"])
    assert answers.explain(answer.state).contributions is None
    assert {row["series"] for row in answer.level.data["rows"]} == {live.OTHER, live.PAST}


def test_what_is_not_reached_is_said_and_what_moves_most_is_listed(answers: Answers) -> None:
    tripled = lever(3.0, "security_osa_budget")
    state = made(answers.states, tripled).state
    answer, why = answers.answer(state), answers.explain(state)
    assert answer.words == "This change does not reach trade turnover in goods by 2040."
    assert why.words == (answer.words,)
    assert why.contributions is None
    pictures = answer_message(answer, "light")["pictures"]
    assert [name for name, one in pictures.items() if one] == ["level"]
    names = [one.indicator for one in answer.movers]
    assert len(names) == 8
    assert {"security_equipment", "index_security"} <= set(names)
    registry = answers.session.model.registry
    assert [one.label for one in answer.movers] == [registry.indicators[n].label for n in names]
    many = answers.answer(answers.states.first("combined")).movers
    assert [("uncertain" in one.sure) for one in many] == [False] * 8
    assert len({registry.indicators[one.indicator].sector for one in many}) > 2
    assert answers.answer(answers.states.first()).movers == ()


def test_no_middle_is_told_outside_its_own_interval(answers: Answers) -> None:
    """What is often zero has a mean and chances; the parts of a median add up to the mean."""
    show = {"move": "show", "indicator": "security_equipment", "year": 2035}
    parts = {"move": "show", "indicator": "security_equipment", "view": "percent"}
    of_zero = answers.answer(made(answers.states, parts, begin="osa_framework").state).effect
    assert of_zero.text.startswith("Not in per cent: ")
    assert of_zero.table.columns[1] == "Difference, sets of equipment"
    state = made(answers.states, show, begin="osa_framework@vessels").state
    answer, why = answers.answer(state), answers.explain(state)
    told = {row[0]: row[1] for row in answer.sector.table.rows}
    assert "on average; some " in told["Port calls of naval ships"]
    for name in ("security_ship_visits", "security_exchanges", "security_equipment"):
        seen = answers.answer(replace(state, indicator=name))
        for row in (*seen.effect.data["rows"], *seen.level.data["rows"]):
            if row["between"]:
                assert row["p05"] <= row["middle"] <= row["p95"], (name, row)
    assert why.middles.startswith("Median +")
    assert "; the parts add up to the mean." in why.middles
    assert why.middles.split(", mean ")[0].removeprefix("Median +") in answer.words
    visits = replace(state, indicator="security_ship_visits")
    assert answers.explain(visits).middles == ""


def test_refusals_are_in_the_words_of_the_page(states: States) -> None:
    beyond = RAMP | {"multiply": -5}
    for path, words in ((beyond, "“times” −5"), (RAMP | {"from": 1850}, "the first year is 1850")):
        with pytest.raises(InputError) as caught:
            made(states, {"move": "set_lever", "lever": "oda_commitments", "path": path})
        told = refusal_words(caught.value.refusals[0], states.model.instruments)
        assert told.startswith(f"New aid commitments: {words}")


def test_sources_and_targets_stand_beside(answers: Answers) -> None:
    state = replace(answers.states.first("labour_growth"), indicator="trade_turnover")
    answer = answers.answer(state)
    trace = vj.trace("trade_turnover")
    assert [f.line for f in answer.figures] == list(trace["lines"])
    assert [f.title for f in answer.figures] == list(trace["title"])
    assert answer.about == (*trace.said.about, *trace.said.after)
    chances = {each.target: each for each in answer.targets}
    told = chances["balanced_trade_floor"]
    assert told.scenario.endswith("%")
    assert told.against.endswith("%")
    assert chances["used_vessels_2014"].note == "it was missed"
    past = chances["second_vessel_series_delivered"]  # of a year that no lever reaches
    assert (past.scenario, past.against) == ("", "")
    assert past.note.startswith("its year, 2025, is over")


def test_parts_add_up_also_between_two_scenarios(answers: Answers) -> None:
    states = answers.states
    for begin, against in (("combined", ""), ("combined", "oda_expansion"), ("base", "combined")):
        move = {"move": "against", "scenario": against}
        history = made(states, {"move": "show", "indicator": "labour_stock"}, move, begin=begin)
        why = answers.explain(history.state)
        assert why.contributions is not None
        pair = answers.pair(history.state)
        assert pair.compared is not None
        effect = pair.compared.summaries(["labour_stock"], [history.state.year])[0]
        parts = sum(row["mean"] for row in why.contributions.data["rows"])
        assert parts == pytest.approx(effect.mean / 1e3, rel=1e-3)
        assert why.words[0].startswith(why.contributions.data["rows"][0]["label"])
        if begin == "base":
            assert why.words[0].split(", ")[1].startswith("as the model has it")


def test_a_lever_that_waits_waits_on_when_it_is_moved(answers: Answers) -> None:
    waits = {"indicator": "oda_net", "below": -20.0, "unit": "JPY bn"}
    scenario = vj.scenario("base").with_lever(
        "oda_commitments", RAMP | {"multiply": 2, "when": waits}
    )
    begun = History.begin(answers.states.first(scenario))
    state = begun.make(move_of(lever(3.0)), answers.states).state
    (path,) = answers.states.scenario(state.scenario).levers.values()
    assert (path.multiply, path.when) == (3.0, scenario.levers["oda_commitments"].when)
    assert "ODA, net of repayments" in answers.answer(state).words + str(
        answers.explain(state).words
    )


def test_links_and_what_decides_are_told(calibrated_out: Path) -> None:
    answers = Answers(vj.Session(draws=1_000, out=calibrated_out))
    why = answers.explain(answers.states.first("combined"))
    assert why.links[0].words.startswith("Residents less half of the trainees → ")
    assert why.links[0].lost.startswith("without it ")
    assert "sign published" in why.links[0].grade
    assert why.decides.startswith("Of the variance of the difference in 2040, ")
    assert "comes from Network effect (assumed)" in why.decides


def test_the_way_of_an_effect_is_told_from_the_links_that_carry_it(answers: Answers) -> None:
    state = replace(answers.states.first("oda_expansion"), indicator="trade_exports", year=2035)
    pair = answers.pair(state)
    projector = answers.futures.projector(state)
    asked = (projector, pair.scenario, ["trade_exports"], [2035])
    losses = cut_links(*asked)
    (route,) = routes_of(projector, pair.scenario, "trade_exports", 2035, losses)
    assert [(stage.indicator, stage.link) for stage in route.stages] == [
        ("oda_loans", ""),
        ("oda_infrastructure", ""),
        ("investment_flow", "oda_infrastructure_to_investment"),
        ("investment_stock", ""),
        ("trade_exports", "investment_to_exports"),
    ]
    place = pair.years.index(2035)
    halves = []
    for stage in route.stages:  # a scenario of one change: its effects are those of the page
        own, other = (pair.levels(stage.indicator, other=which) for which in (False, True))
        means = (own - other).mean(axis=1)
        assert stage.effect.mean == pytest.approx(means[place], rel=1e-6)
        halves.append(pair.years[int(np.argmax(means >= means[place] / 2))])
    assert [stage.half for stage in route.stages] == halves
    (told,) = answers.explain(state).routes
    later = f"{halves[1] - halves[0]} years later)"
    for words in ("New aid commitments → new yen loans", later, "by a link of assumed size"):
        assert words in told
    direct = replace(state, indicator="oda_disbursements")
    assert [each.count("→") for each in answers.explain(direct).routes] == [2]
    cut = pair.scenario.with_parameter("investment_to_exports", fixed=0.0)
    left = cut_links(projector, cut, *asked[2:])
    assert routes_of(projector, cut, "trade_exports", 2035, left) == ()


def test_work_for_a_state_that_is_overtaken_stops(answers: Answers) -> None:
    state = made(answers.states, lever(1.234), begin="combined").state
    calls = SimpleNamespace(left=3)

    def newer() -> bool:
        calls.left -= 1
        return calls.left < 0

    with pytest.raises(Stale):
        answers.answer(state, newer)
    answers.answer(state)
    calls.left = 3
    with pytest.raises(Stale):
        answers.explain(state, newer)


def test_files_make_the_same_again(answers: Answers) -> None:
    history = made(answers.states, lever(2.5))
    for state in (history.state, answers.states.first()):
        scenario = answers.states.scenario(state.scenario)
        text = {form: _text(answers, state, form) for form in ("yaml", "python", "command")}
        assert vj.scenario(one_line(yaml.safe_load(text["yaml"]))) == scenario
        found: dict[str, vj.Scenario] = {}
        exec(text["python"].rpartition("\n\n")[0], found)  # noqa: S102 - what the page gives
        assert found["scenario"] == scenario
        words = shlex.split(text["command"])
        assert words[1] == ("compare" if state is history.state else "run")
        assert vj.scenario(words[2]) == scenario
        assert words[-2:] == ["--draws", "200"]
    picture = _text(answers, history.state, "svg")
    assert "run" in picture
    assert set(FORMS) - {*text, "svg"} == {"csv", "png", "report"}
    with pytest.raises(InputError, match="is no form"):
        download(answers, history.state, "exe")
    with pytest.raises(InputError, match="is no picture"):
        download(answers, history.state, "svg", "x")


def _text(answers: Answers, state: State, form: str) -> str:
    return download(answers, state, form).content.decode()


def _strings(code: str) -> list[object]:
    """Return the constants that Python code holds."""
    return [n.value for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant)]
