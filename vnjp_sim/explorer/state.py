"""The state of the page: which scenario is compared with what, and what of it is shown.

A state is plain data. It can be written into the query of a URL and read back; what is read is
checked, so that any text gives a state or a refusal in plain words.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from vnjp_sim.charts.theme import scenario_label
from vnjp_sim.explorer.former_names import former, renamed
from vnjp_sim.explorer.naming import id_of, title_of
from vnjp_sim.foundation.argument_types import is_written_out
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import fixed
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_file import AT, LONGEST_TITLE, RESERVED, parent_name
from vnjp_sim.inputs.scenario_lookup import Source, scenario_source, shipped_titles
from vnjp_sim.inputs.scenario_names import without_made_names
from vnjp_sim.inputs.strict_yaml import StrictYaml
from vnjp_sim.simulation.manifests import versions
from vnjp_sim.simulation.model_data import Model, digest
from vnjp_sim.simulation.prepared import check_history, check_stability
from vnjp_sim.simulation.request import DEFAULT_SEED, MAX_SEED, Options

View = Literal["effect", "percent", "level"]
VIEWS: tuple[View, ...] = get_args(View)
ROOT = "base"
"""The scenario that the page opens with."""
USUAL_DRAWS = 1_000
MOST_DRAWS = 10_000
"""Draws, at most, that a link may ask for, if the page was not opened with more."""
LONGEST_QUERY = 100_000
OWN = "own_scenario"
"""The name of a scenario that the page made."""
OTHER = "other_scenario"
"""The name of what a scenario is compared with, if that would have the same name."""
DIGITS = 12
"""Of the digest that names a model."""
SCENARIOS_KEPT = 256


@dataclass(frozen=True)
class State:
    """What the page shows.

    Attributes
    ----------
    scenario : str
        Name of a shipped scenario, or the scenario written out on one line.
    indicator : str
        Id in the registry.
    year : int
        A year of the scenario.
    against : str
        What it is compared with, in the form of `scenario`; empty for the root of its chain.
    view : View
        Whether effects are shown in the unit of the indicator or in per cent, or levels first.
    seed, draws : int
        Common random numbers, and size of the ensemble.
    model : str
        Digest of the model that the state was made with.
    """

    scenario: str
    indicator: str
    year: int
    against: str = ""
    view: View = "effect"
    seed: int = DEFAULT_SEED
    draws: int = USUAL_DRAWS
    model: str = ""


KEYS = tuple(field.name for field in fields(State))


@dataclass(frozen=True)
class Opened:
    """A state that was read from a link, and what its reader should know, in sentences."""

    state: State
    warnings: tuple[str, ...] = ()


class States:
    """Makes, reads and checks the states of one model, for several threads at once.

    Parameters
    ----------
    model : Model
        Whose levers, events and indicators hold.
    options : Options
        Draws, seed and years of a new state.
    """

    def __init__(self, model: Model, options: Options | None = None) -> None:
        self.model = model
        self.options = options or Options(draws=USUAL_DRAWS)
        self._reader = model.scenario_reader()
        self._lock = RLock()
        self._known: OrderedDict[tuple[str, bool], Scenario] = OrderedDict()

    @cached_property
    def digest(self) -> str:
        """Names the model: its figures, priors, links and version."""
        parts = ("calibration", "priors", "links", "registry")
        hashes = {part: self.model.hashes[part] for part in parts}
        return digest({**hashes, "version": versions()["vnjp-sim"]})[:DIGITS]

    @cached_property
    def indicators(self) -> Mapping[str, str]:
        """The labels of the projected indicators by id."""
        known = self.model.registry.indicators
        return {name: i.label for name, i in known.items() if not i.not_projected}

    def first(self, scenario: str | Scenario = ROOT, against: str | Scenario = "") -> State:
        """Return the state that the page opens with; raises InputError.

        Scenarios are taken as :meth:`named` takes them.
        """
        registry = self.model.registry
        indicator = (registry.report_fans or list(self.indicators))[0]
        asked = self.named(scenario)
        other = self.named(against) if against else ""
        state = State(
            asked,
            indicator,
            self.scenario(asked).end,
            other,
            seed=self.options.seed,
            draws=self.options.draws,
            model=self.digest,
        )
        return self.checked(state)

    def named(self, scenario: str | Scenario) -> str:
        """Return how a state names a scenario; raises InputError if it cannot be used.

        Unlike a link, it may be a file.
        """
        if not isinstance(scenario, Scenario):
            scenario = self._reader.read(scenario_source(scenario))
        name = self._shortest(scenario)
        self.scenario(name)
        return name

    def renamed(self, scenario: str, title: str) -> str:
        """Return how a state names a scenario under a title of its user; empty takes it away.

        Raises InputError for a shipped scenario, which keeps its name, or what can be no title.
        """
        if not is_written_out(scenario):
            what = "cannot be given to a scenario of the model"
            raise InputError.single("name", what, "change something first")
        title, own = title_of(title), self.stated(scenario)
        taken = {*shipped_titles(), *RESERVED, OWN, OTHER, *own.chain[:-1]}
        return self.named(own.named(id_of(title, taken) if title else OWN, title or own.title))

    def given_title(self, scenario: str) -> str:
        """Return the title that a user gave to a scenario; empty if it has none of that kind."""
        if not is_written_out(scenario):
            return ""
        own = self.stated(scenario)
        return "" if own.name == OWN else own.title

    def scenario(self, name: str) -> Scenario:
        """Return a scenario as a state names it, over the years asked for; raises InputError.

        A link can name no file: only shipped scenarios and what is written out are read.
        """
        return self._kept(name, asked=True)

    def stated(self, name: str) -> Scenario:
        """Return a scenario as a state names it, over its own years, to be changed."""
        return self._kept(name, asked=False)

    def stated_in(self, file: Path) -> Scenario | None:
        """Return the scenario of a file; None if it cannot be used with this model."""
        try:
            return self._reader.read(file)
        except InputError:
            return None

    def _kept(self, name: str, *, asked: bool) -> Scenario:
        with self._lock:
            return self._found(name, asked=asked)

    def _found(self, name: str, *, asked: bool) -> Scenario:
        key = (name, asked)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        stem = name.partition(AT)[0]
        if not is_written_out(name) and stem not in shipped_titles():
            remedy = did_you_mean(stem, shipped_titles())
            raise InputError.single("scenario", f"there is no scenario '{name[:60]}'", remedy)
        source = scenario_source(name)
        found = self._prepared(source) if asked else self._reader.read(source)
        self._known[key] = found
        if len(self._known) > SCENARIOS_KEPT:
            self._known.popitem(last=False)
        return found

    def _prepared(self, source: Source) -> Scenario:
        """Return a scenario with all checks of :func:`vnjp_sim.simulation.prepared`."""
        options = self.options
        scenario = self._reader.read(source, options.start, options.end)
        check_history(scenario, self.model)
        for one in (scenario, scenario.baseline):
            if one is not None and one.parameters:
                check_stability(self.model, options, one.parameters)
        return scenario

    def baseline(self, state: State) -> Scenario:
        """Return what the scenario of a state is compared with; raises InputError."""
        if state.against:
            return self.scenario(state.against)
        scenario = self.scenario(state.scenario)
        return scenario.baseline or scenario

    def years(self, state: State) -> tuple[int, int]:
        """Return the first and the last year that both scenarios of a state have."""
        both = self.scenario(state.scenario), self.baseline(state)
        return max(one.start for one in both), min(one.end for one in both)

    def checked(self, state: State) -> State:
        """Return a state whose parts fit together; raises InputError, naming the part."""
        first, last = self.years(state)
        if not first <= state.year <= last:
            what = f"{state.year} is not among the years of both scenarios"
            raise InputError.single("year", what, f"give {first} to {last}")
        if state.indicator not in self.indicators:
            remedy = did_you_mean(state.indicator, self.indicators)
            raise InputError.single(
                "indicator", f"'{state.indicator[:60]}' is not projected", remedy
            )
        return state

    def query(self, state: State) -> str:
        """Return the query of a URL that leads back to a state; no `?` before it."""
        told = {key: getattr(state, key) for key in KEYS}
        for key in ("scenario", "against"):
            if is_written_out(told[key]):
                told[key] = self.stated(told[key]).to_text()
        return urlencode({key: value for key, value in told.items() if value != ""}, safe="~@")

    def opened(self, query: str) -> Opened:
        """Return the state of a query, as :meth:`query` writes it; what it lacks is as at first.

        Raises InputError, with the part that is wrong, for any text that is none.
        """
        given = _parts(query.removeprefix("?"))
        notes: list[str] = []
        for key in ("scenario", "against"):
            if key in given:
                given[key] = self._current(given[key], notes)
        first = self.first(given.get("scenario", ROOT), given.get("against", ""))
        made = given.get("model", "")
        if made and made != self.digest:
            notes.append(
                "This link was made with another model or version: its sender may have seen other "
                "numbers."
            )
        most = max(MOST_DRAWS, self.options.draws)
        rules = {**_RULES, "draws": _number(1, most)}
        told: dict[str, Any] = {
            key: rule(key, given[key]) for key, rule in rules.items() if key in given
        }
        if "indicator" in given:
            told["indicator"] = self._indicator(given["indicator"], notes)
        return Opened(self.checked(replace(first, **told)), tuple(notes))

    def _indicator(self, asked: str, notes: list[str]) -> str:
        names = former(self.model.registry.indicators)
        if asked in names:
            notes.append(f"The indicator {asked} is called {names[asked]} now.")
        return id_asked(names.get(asked, asked), self.indicators)

    def _current(self, name: str, notes: list[str]) -> str:
        """Return how a state names a scenario of a link, with the names of today."""
        if not is_written_out(name):
            self.scenario(name)
            return name
        source = scenario_source(name)
        assert isinstance(source, StrictYaml)  # noqa: S101 - it is written out
        content = renamed(source.content, self.model.instruments, notes)
        changed = content is not source.content
        return self.named(self._reader.build(content) if changed else name)

    def _shortest(self, scenario: Scenario) -> str:
        """Return the name of a shipped scenario that does the same, or the scenario as a line."""
        if scenario.name.partition(AT)[0] in shipped_titles():
            with suppress(InputError):  # a variant of another scenario of the same name
                if self.stated(scenario.name) == scenario:
                    return scenario.name
        if not scenario.departs and scenario.baseline is not None:
            return self._shortest(scenario.baseline)
        statement = without_made_names(scenario.stated)
        if "name" in statement and scenario.name != OWN:
            return scenario.to_line()
        own = {key: value for key, value in statement.items() if key not in ("name", "title")}
        parent = own.get("extends")
        if isinstance(parent, str) and _does(scenario) == _does(self.stated(parent)):
            return parent
        return scenario.named(OWN, self._title(own)).to_line()

    def _title(self, own: Mapping[str, Any]) -> str:
        """Return the title of a scenario that the page made: its parent, and what is changed."""
        parents = own["extends"] if isinstance(own["extends"], list) else [own["extends"]]
        begin = " and ".join(scenario_label(parent_name(parent)) for parent in parents)
        removed = own.get("remove", {})
        names = [*own.get("levers", ()), *(event["type"] for event in own.get("events", ()))]
        names += [*removed.get("levers", ()), *removed.get("events", ())]
        labels = list(dict.fromkeys(map(self.model.instruments.label, names)))
        title = f"{begin}, changed: {'; '.join(labels)}" if labels else f"{begin}, changed"
        return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 2]} …"


def _does(scenario: Scenario) -> tuple[Any, ...]:
    """Return all of a scenario that makes a difference to its numbers, but for its name."""
    parts = (scenario.levers, scenario.events, scenario.parameters)
    return (*parts, scenario.start, scenario.end)


def _parts(query: str) -> dict[str, str]:
    """Return the parts of a query by key; raises InputError for what states do not have."""
    if len(query) > LONGEST_QUERY:
        what = f"has more than {fixed(LONGEST_QUERY, 0)} characters"
        raise InputError.single("link", what, "download the scenario instead")
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict"
        )
    except ValueError:
        remedy = "copy the whole link"
        raise InputError.single("link", "is damaged or not complete", remedy) from None
    found: dict[str, str] = {}
    for key, value in pairs:
        if key not in KEYS:
            raise InputError.single(
                "link", f"has an unknown part '{key[:60]}'", did_you_mean(key, KEYS)
            )
        if key in found:
            raise InputError.single("link", f"has '{key}' twice", "leave one of them out")
        found[key] = value
    return found


def _number(least: int, most: int) -> Callable[[str, str], int]:
    def rule(name: str, text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
            return int(text)
        remedy = f"give a whole number from {least} to {most}"
        raise InputError.single(name, f"'{text[:60]}' cannot be taken", remedy)

    return rule


def _view(name: str, text: str) -> str:
    if text in VIEWS:
        return text
    raise InputError.single(name, f"'{text[:60]}' is no view", did_you_mean(text, VIEWS))


_RULES: Mapping[str, Callable[[str, str], int | str]] = {
    "year": _number(2000, 2100),
    "view": _view,
    "seed": _number(0, MAX_SEED),
}
