"""What the page is told: plain data of a state, an answer and an explanation, for its scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vnjp_sim.charts.theme import dark
from vnjp_sim.explorer.content import Answer, Explanation, Picture
from vnjp_sim.explorer.controls import OPERATION_WORDS
from vnjp_sim.explorer.departures import Departure, departures
from vnjp_sim.explorer.events import event_words
from vnjp_sim.explorer.history import History
from vnjp_sim.explorer.routes import READING
from vnjp_sim.explorer.state import States
from vnjp_sim.foundation.argument_types import is_written_out
from vnjp_sim.foundation.errors import Refusal
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.number_text import in_figures, minus
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_lookup import shipped_titles
from vnjp_sim.report.changes import event_change, path_words

Content = dict[str, Any]
LEVEL = "level"
_READ = {f"{name} ": f"“{words}” " for name, words in OPERATION_WORDS.items()}
_READ |= {"'from'": "the first year", "'to'": "the last year"}
PICTURES = ("effect", "chance", LEVEL, "sector")
"""All but levels are left out where nothing is compared."""


def state_message(history: History, states: States) -> Content:
    """Return what the controls, the lists and the address show of the present step."""
    state = history.state
    scenario = states.stated(state.scenario)
    told = departures(state, states)
    return {
        "query": states.query(state),
        "preset": _preset(state.scenario, scenario),
        "title": scenario.title,
        "own": is_written_out(state.scenario),
        "given_title": states.given_title(state.scenario),
        "narrative": " ".join(scenario.narrative.split()),
        "against": state.against,
        "indicator": state.indicator,
        "year": state.year,
        "years": states.years(state),
        "view": state.view,
        "levers": _levers(scenario, told, states),
        "events": [
            _event(number, event, states.model.instruments)
            for number, event in enumerate(scenario.events)
        ],
        "departures": [_departure(one) for one in told],
        "steps": [
            {"words": step.words, "shown": i == history.at, "undone": i > history.at}
            for i, step in enumerate(history.steps)
        ],
        "can_undo": history.can_undo,
        "can_redo": history.can_redo,
    }


def refusal_words(refusal: Refusal, known: Instruments) -> str:
    """Return a refusal in the words of the page: labels of levers, no names of files or keys."""
    key = refusal.place.key
    words = f"{refusal.what}; {refusal.remedy}."
    if len(key) > 1 and key[0] == "events":
        for kind in known.event_types:
            words = words.replace(f"a {kind} ", f"“{known.label(kind)}” ")
        return "The event cannot be so: " + words.replace("'every'", "how often it comes again")
    if len(key) < 2 or key[0] != "levers" or key[1] not in known.levers:
        return str(refusal)
    name = str(key[1])
    words = minus(words.removeprefix(f"lever '{name}': "))
    for said, read in _READ.items():
        words = words.replace(said, read)
    return f"{known.label(name)}: {words}"


def answer_message(answer: Answer, theme: str) -> Content:
    """Return what follows from a state, its pictures in light or dark."""
    alone = not answer.compared
    empty = set(PICTURES) - {LEVEL} if alone else set()
    empty |= set() if answer.reached else {"effect", "chance"}
    empty |= set() if answer.sector.data["rows"] else {"sector"}
    shown = {name: None if name in empty else getattr(answer, name) for name in PICTURES}
    return {
        "words": answer.words,
        "alone": alone,
        "reached": answer.reached,
        "year": answer.state.year,
        "movers": [asdict(one) for one in answer.movers],
        "cite": answer.cite,
        "names": (answer.scenario, answer.against),
        "pictures": {name: one and _picture(one, theme) for name, one in shown.items()},
        "targets": [asdict(one) for one in answer.targets],
        "figures": [asdict(one) for one in answer.figures],
        "about": answer.about,
        "milliseconds": {name: round(1e3 * s, 1) for name, s in answer.seconds.items()},
    }


def explanation_message(explanation: Explanation, theme: str) -> Content:
    """Return why the effect of a state is what it is."""
    picture = explanation.contributions
    return {
        "words": explanation.words,
        "routes": explanation.routes,
        "routes_note": READING.format(year=explanation.state.year) if explanation.routes else "",
        "links": [asdict(one) for one in explanation.links],
        "decides": explanation.decides,
        "middles": explanation.middles,
        "pictures": {"contributions": picture and _picture(picture, theme)},
    }


def _picture(picture: Picture, theme: str) -> Content:
    told = {
        "key": f"{picture.key} {theme}",
        "title": picture.title,
        "words": picture.text,
        "table": asdict(picture.table),
    }
    drawn = {"spec": picture.spec, "data": picture.data}
    return told | (dark(drawn) if theme == "dark" else drawn)


def _preset(name: str, scenario: Scenario) -> str:
    """Return the shipped scenario that a state begins with."""
    stem = name.partition("@")[0]
    if stem in shipped_titles():
        return name
    parent = scenario.stated.get("extends")
    return parent if isinstance(parent, str) else scenario.chain[0]


def _departure(one: Departure) -> Content:
    """Return a departure, and where its control is."""
    kind, _, name = one.key.partition(" ")
    return {**asdict(one), "open": name if kind == "lever" else ""}


def _event(number: int, event: ScenarioEvent, known: Instruments) -> Content:
    """Return what the controls of an event show, its chance in per cent, and why it is so large."""
    change = event_change(event, known)
    return {
        "number": number,
        "words": event_words(event, known),
        "type": event.type,
        "values": {
            "on": event.on.isoformat(),
            "chance": in_figures(100.0 * event.chance, 6),
            "every": event.every,
            **dict(event.amounts),
        },
        "why": " ".join(filter(None, (change.why, change.source and f"({change.source})"))),
    }


def _levers(scenario: Scenario, told: tuple[Departure, ...], states: States) -> dict[str, Content]:
    known = states.model.instruments.levers
    keys = {one.key.partition(" ")[2]: one.key for one in told if one.kind == "lever"}
    return {
        name: {**_path(path), "words": path_words(path, known[name].unit), "key": keys.get(name)}
        for name, path in scenario.levers.items()
    }


def _path(path: LeverPath) -> Content:
    """Return what the controls of a lever show; `simple` if they can show all of its path."""
    amount = getattr(path, path.operation)
    return {
        "simple": isinstance(amount, int | float),
        "operation": path.operation,
        "amount": amount,
        "form": path.path,
        "first": path.start,
        "last": path.to,
    }
