"""From scenario files to scenarios: a chain of parents is merged, checked as a whole, built."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from vnjp_sim.foundation.choices import id_meant
from vnjp_sim.foundation.errors import InputError, Place
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.python_content import document_of
from vnjp_sim.inputs.reasons import Reason
from vnjp_sim.inputs.repetition import repetition
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_chain import ChainReader, Reading, lacking
from vnjp_sim.inputs.scenario_chain_checks import (
    chance_refusals,
    horizon_refusals,
    merged_refusals,
    parent_refusals,
    removal_refusals,
    waiting_refusals,
)
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_file import (
    AT,
    EARLIEST_START,
    FIXED,
    LATEST_END,
    Event,
    event_date,
    shipped_statement,
    statement_of,
)
from vnjp_sim.inputs.scenario_lookup import Source, find_scenario
from vnjp_sim.inputs.scenario_merge import Lineage, Merged, merge, merged_parents
from vnjp_sim.inputs.scenario_names import made_names
from vnjp_sim.inputs.strict_yaml import StrictYaml


class ScenarioReader:
    """Reads the scenarios of one command.

    Parameters
    ----------
    parameters : Parameters
        What scenarios may replace, as far as it is among `replaceable_names`.
    instruments : Instruments
        What they may steer and make happen.
    replaceable_names : collection of str
        The parameters whose priors a scenario may replace.
    """

    def __init__(
        self, parameters: Parameters, instruments: Instruments, replaceable_names: Collection[str]
    ) -> None:
        self.parameters, self.instruments = parameters, instruments
        self._chain = ChainReader(parameters, instruments, replaceable_names)

    def read(self, source: Source, start: int | None = None, end: int | None = None) -> Scenario:
        """Read a scenario and its parents.

        Parameters
        ----------
        source : Source
            The YAML file, or a variant in one; parents are looked for beside it, then among the
            shipped scenarios. Or its content: parents are then shipped ones, or written out in it,
            and it may leave out name and title.
        start, end : int or None
            First and last year that are asked for; they hold as if the file itself gave them.

        Raises
        ------
        InputError
            With all faults of the file.
        """
        reading = Reading()
        lineage = self._chain.lineage(source, reading)
        if lineage is None:
            raise InputError(reading.refusals)
        refusals = reading.refusals
        if not reading.whole:
            lineage = replace(lineage, parents=())
        merged = merge(lineage)
        asked = (start, end) != (None, None)
        years = _years(merged, start, end)
        if reading.whole:
            refusals += _chain_refusals(lineage, merged, years)
        if years is not None:
            refusals.take(horizon_refusals(merged, *years, lineage.name, asked=asked))
        elif reading.whole:
            what = "neither the scenario nor a parent has a horizon"
            remedy = "add 'horizon: {start: 2025, end: 2040}'"
            refusals.append(lineage.document.refusal((), what, remedy))
        if refusals or years is None:
            raise InputError(refusals)
        content = merged_refusals(merged, self.parameters, self.instruments, years[1])
        Refusals(content).raise_if_any()
        scenario = self._scenario(lineage, merged, years, lacking(source))
        if asked:
            places = {**scenario.places, ("horizon", ""): Place("--horizon")}
            scenario = replace(scenario, places=places)
        if not lineage.parents:
            return scenario
        baseline = self._scenario(lineage.root, merge(lineage.root), years)
        return replace(scenario, baseline=baseline)

    def build(self, content: Mapping[str, Any]) -> Scenario:
        """Return the scenario of content made in Python, checked as a file is; raises InputError.

        `content` has the keys of a scenario file; it may leave out name and title.
        """
        return self.read(_document(content))

    def inherited(self, content: Mapping[str, Any]) -> Merged:
        """Return what the parents of content say in the end; raises InputError."""
        reading = Reading()
        lineage = self._chain.lineage(_document(content), reading)
        if lineage is None or not reading.whole:
            raise InputError(reading.refusals)
        return merged_parents(lineage)

    def lever(self, word: str) -> str:
        """Return the lever that a word means; a word that means none as it is.

        Raises InputError if it means several.
        """
        return id_meant(word, list(self.instruments.levers)) or word

    def with_variants(self, request: str) -> tuple[str, ...]:
        """Return the requests of a scenario in a file and of its variants; raises InputError."""
        file, reading = find_scenario(request), Reading()
        lineage = self._chain.lineage(file, reading)
        names = list(self._chain.checked(file).content.variants)
        if lineage is not None and reading.whole and merge(lineage).fixed and FIXED not in names:
            names.append(FIXED)
        return (request, *(f"{request}{AT}{name}" for name in names))

    def _scenario(
        self,
        lineage: Lineage,
        merged: Merged,
        years: tuple[int, int],
        lacking: Collection[str] = (),
    ) -> Scenario:
        """Return the scenario of a lineage without faults; `lacking` is to be made of its content.

        Raises nothing: all was checked before.
        """
        stated = _stated(lineage)
        if lacking:
            made = made_names(stated)
            stated |= {key: made[key] for key in lacking}
        if merged.horizon is None or years != merged.horizon.value.years:
            stated["horizon"] = {"start": years[0], "end": years[1]}
        own = lineage.content.model_copy(update={key: stated[key] for key in ("name", "title")})
        events = [(self._event(stated.value, years[1]), stated) for stated in merged.events]
        events.sort(key=lambda pair: (pair[0], pair[0].note))
        places: dict[tuple[str, str | int], Place] = {}
        if merged.horizon is not None:
            places["horizon", ""] = merged.horizon.place()
        places |= {("lever", name): stated.place() for name, stated in merged.levers.items()}
        places |= {("event", i): stated.place("on") for i, (_, stated) in enumerate(events)}
        return Scenario(
            own.name,
            own.title,
            own.narrative,
            own.sources,
            *years,
            {name: self._path(name, each.value) for name, each in sorted(merged.levers.items())},
            tuple(event for event, _ in events),
            dict(merged.parameters),
            (*list(lineage.members)[:-1], own.name),
            lineage.document.file,
            places=places,
            stated=stated,
            reader=self,
        )

    def _path(self, lever: str, path: LeverPath) -> LeverPath:
        held = path.in_unit(self.instruments.levers[lever].unit, self.instruments.rates)
        if not held.when:
            return held
        when = self.instruments.settled(held.when, held.first_year)
        return held.model_copy(update={"when": when})

    def _event(self, event: Event, last: int) -> ScenarioEvent:
        day = event_date(event)
        assert day is not None  # noqa: S101 - checked before
        kind = self.instruments.event_types[str(event["type"])]
        amounts = kind.amounts(event, self.instruments.rates)
        amounts |= {n: str(event.get(n, choice.default)) for n, choice in kind.choices.items()}
        note = " ".join(str(event.get("note", "")).split())
        chance = float(event.get("chance", 1.0))
        given = tuple(sorted(amounts.items()))
        every = repetition(str(event["every"])).text(last) if "every" in event else ""
        when = self.instruments.settled(str(event["when"]), day.year) if "when" in event else ""
        reason = Reason.of(event)
        return ScenarioEvent(day, str(event["type"]), given, note, chance, every, reason, when)


def _chain_refusals(lineage: Lineage, merged: Merged, years: tuple[int, int] | None) -> Refusals:
    """Return what a scenario and its parents, all of which could be read, contradict each other in.

    At most so many of each kind as are shown of one file.
    """
    refusals, root = Refusals(), merge(lineage.root)
    refusals.take(parent_refusals(lineage))
    refusals.take(removal_refusals(lineage))
    refusals.take(merged.clashes.values())
    refusals.take(chance_refusals(merged, root, LATEST_END if years is None else years[1]))
    if years is not None:
        refusals.take(waiting_refusals(merged, root, years[0]))
    return refusals


def _document(content: Mapping[str, Any]) -> StrictYaml:
    return document_of(str(content.get("name") or "scenario"), content)


def _stated(lineage: Lineage) -> dict[str, Any]:
    """Return what a lineage states, with the parents that are not shipped written out."""
    content, parents = lineage.content, [_stated(parent) for parent in lineage.parents]
    named = [
        parent["name"] if parent == shipped_statement(parent["name"]) else parent
        for parent in parents
    ]
    stated = statement_of(content)
    if named:
        stated["extends"] = named if isinstance(content.extends, list) else named[0]
    return stated


def _years(merged: Merged, start: int | None, end: int | None) -> tuple[int, int] | None:
    """Return first and last year, as asked for or as the files say; None if nothing says it.

    Raises InputError if what is asked for is not possible.
    """
    own = merged.horizon.value if merged.horizon is not None else None
    first = start if start is not None or own is None else own.start
    last = end if end is not None or own is None else own.end
    if first is None or last is None:
        return None
    if (start, end) != (None, None) and not EARLIEST_START <= first <= last <= LATEST_END:
        raise InputError.single(
            "--horizon",
            f"the horizon {first}–{last} is not possible",
            f"give years in order, between {EARLIEST_START} and {LATEST_END}",
        )
    return first, last
