"""From scenario files to scenarios, with their chains of parents; each file is read once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.choices import id_meant
from vnjp_sim.foundation.errors import InputError, Place, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.python_content import document_of
from vnjp_sim.inputs.reasons import Reason
from vnjp_sim.inputs.repetition import repetition
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_chain_checks import (
    chance_refusals,
    horizon_refusals,
    merged_refusals,
    parent_refusals,
    removal_refusals,
    waiting_refusals,
)
from vnjp_sim.inputs.scenario_checks import file_refusals
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.inputs.scenario_file import (
    AT,
    EARLIEST_START,
    FIXED,
    LATEST_END,
    Event,
    ScenarioFile,
    event_date,
    parent_name,
    shipped_statement,
    statement_of,
    usable_part,
)
from vnjp_sim.inputs.scenario_lookup import Source, VariantOf, find_scenario, parent_source
from vnjp_sim.inputs.scenario_merge import Lineage, Merged, merge, merged_parents
from vnjp_sim.inputs.scenario_names import made_names
from vnjp_sim.inputs.schema import check
from vnjp_sim.inputs.strict_yaml import StrictYaml, read_yaml

MAX_CHAIN = 10
UNNAMED = "this_scenario"
"""Stands for the name of a scenario that gives none, until its content is read."""


@dataclass(frozen=True)
class CheckedFile:
    """A scenario that was read: what of it can be used, and what is wrong with it.

    `file` is where it stands, or would stand if it is no file: parents lie beside it. `whole` says
    whether it keeps to the form of scenario files, so that nothing is left out.
    """

    file: Path
    content: ScenarioFile
    document: StrictYaml
    refusals: Sequence[Refusal]
    whole: bool


@dataclass
class _Reading:
    """What is found wrong while a scenario is read with its parents.

    `whole` says whether all could be read, in the form of scenario files.
    """

    refusals: Refusals = field(default_factory=Refusals)
    whole: bool = True
    seen: set[int] = field(default_factory=set)

    def take(self, here: CheckedFile) -> None:
        """Take what is wrong with a file, once."""
        self.whole &= here.whole
        if id(here) not in self.seen:
            self.seen.add(id(here))
            self.refusals += here.refusals

    def break_off(self, *refusals: Refusal) -> None:
        self.refusals += refusals
        self.whole = False


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
        self.replaceable_names = replaceable_names
        self._files: dict[Path, CheckedFile] = {}

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
        reading = _Reading()
        lineage = self._lineage(source, reading)
        if lineage is None:
            raise InputError(reading.refusals)
        refusals = reading.refusals
        if not reading.whole:
            lineage = replace(lineage, parents=())
        merged = merge(lineage)
        asked = (start, end) != (None, None)
        years = _years(merged, start, end)
        if reading.whole:
            refusals.take(parent_refusals(lineage))
            refusals.take(removal_refusals(lineage))
            refusals.take(merged.clashes.values())
            last = years[1] if years is not None else LATEST_END
            refusals.take(chance_refusals(merged, merge(lineage.root), last))
            if years is not None:
                refusals.take(waiting_refusals(merged, merge(lineage.root), years[0]))
        if years is not None:
            refusals.take(horizon_refusals(merged, *years, lineage.name, asked=asked))
        elif reading.whole:
            what = "neither the scenario nor a parent has a horizon"
            remedy = "add 'horizon: {start: 2025, end: 2040}'"
            refusals.append(lineage.document.refusal((), what, remedy))
        if refusals or years is None:
            raise InputError(refusals)
        whole = merged_refusals(merged, self.parameters, self.instruments, years[1])
        Refusals(whole).raise_if_any()
        scenario = self._scenario(lineage, merged, years, _lacking(source))
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
        reading = _Reading()
        lineage = self._lineage(_document(content), reading)
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
        file, reading = find_scenario(request), _Reading()
        lineage = self._lineage(file, reading)
        names = list(self.checked(file).content.variants)
        if lineage is not None and reading.whole and merge(lineage).fixed and FIXED not in names:
            names.append(FIXED)
        return (request, *(f"{request}{AT}{name}" for name in names))

    def checked(self, file: Path) -> CheckedFile:
        """Return a file with what is wrong with it; raises InputError if it is no YAML."""
        if file not in self._files:
            self._files[file] = self._checked(file, read_yaml(file))
        return self._files[file]

    def _checked(self, file: Path, document: StrictYaml) -> CheckedFile:
        refusals = Refusals()
        usable = refusals.result(check, ScenarioFile, document)
        content = usable_part(document, file.stem) if usable is None else usable
        refusals += file_refusals(
            content, document, self.parameters, self.instruments, self.replaceable_names
        )
        return CheckedFile(file, content, document, refusals, usable is not None)

    def _checked_content(self, document: StrictYaml) -> CheckedFile:
        """Return a scenario that is no file; a child may lack a name and a title of its own."""
        content = document.content
        if lacking := _lacking(document):
            content = dict.fromkeys(lacking, UNNAMED) | content
        place = shipped_folder("scenarios") / UNNAMED
        return self._checked(place, replace(document, content=content))

    def _lineage(
        self,
        source: Source,
        reading: _Reading,
        children: tuple[CheckedFile, ...] = (),
        place: Place | None = None,
    ) -> Lineage | None:
        """Return a scenario with its parents, as far as they can be read; None if it cannot.

        `children` are those that it is a parent of, from the scenario that is read; `place` is
        where it is named.
        """
        if isinstance(source, VariantOf):
            base = self._lineage(source.file, reading, children, place)
            return self._variant(base, source.name, reading, place)
        try:
            here = self._read(source, children, reading)
        except InputError as error:
            reading.break_off(*error.refusals)
            return None
        reading.take(here)
        parents = [
            self._lineage(parent, reading, (*children, here), where)
            for where, parent in _parents(here, (*children, here), reading)
        ]
        known = tuple(parent for parent in parents if parent is not None)
        return Lineage(here.content, here.document, known)

    def _variant(
        self, base: Lineage | None, name: str, reading: _Reading, place: Place | None
    ) -> Lineage | None:
        """Return a variant of a scenario, which extends it."""
        if base is None or not reading.whole:
            return base
        variants = base.content.variants
        if name not in variants and name == FIXED and (fixed := merge(base).fixed):
            return Lineage(base.content.variant(name, fixed), base.document, (base,))
        if name not in variants:
            what = f"'{base.name}' has no variant '{name}'"
            remedy = did_you_mean(name, variants) if variants else f"leave '{AT}{name}' out"
            reading.break_off(Refusal(place or Place(f"{base.name}{AT}{name}"), what, remedy))
            return None
        below = base.document.below("variants", name)
        return Lineage(base.content.variant(name), below, (base,))

    def _read(
        self, source: Path | StrictYaml, children: Sequence[CheckedFile], reading: _Reading
    ) -> CheckedFile:
        """Return what is in a file, or written out in the child."""
        if isinstance(source, StrictYaml):
            if children:
                return self._checked(children[-1].file, source)
            return self._checked_content(source)
        here = self.checked(source)
        called, stem = here.content.name, source.stem
        if children and reading.whole and here.whole and called != stem:
            what = f"the scenario calls itself '{called}', but is extended as '{stem}'"
            reading.refusals.append(here.document.refusal(("name",), what, f"name it '{stem}'"))
        return here

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


def _document(content: Mapping[str, Any]) -> StrictYaml:
    return document_of(str(content.get("name") or "scenario"), content)


def _lacking(source: Source) -> tuple[str, ...]:
    """Return which of name and title a child that is no file leaves to be made of its content."""
    content = source.content if isinstance(source, StrictYaml) else None
    if not isinstance(content, dict) or "extends" not in content:
        return ()
    return tuple({"name", "title"} - set(content))


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


def _parents(
    here: CheckedFile, line: Sequence[CheckedFile], reading: _Reading
) -> Iterator[tuple[Place, Source]]:
    """Yield what a scenario extends, with where it says so; `line` leads from its last child.

    What cannot be followed is told to the reading.
    """
    names = [each.content.name for each in line]
    listed = isinstance(here.content.extends, list)
    for index, parent in enumerate(here.content.parents):
        path = ("extends", index) if listed else ("extends",)
        place, name = here.document.place(path), parent_name(parent)
        if isinstance(parent, str) and name.partition(AT)[0] in names:
            name = name.partition(AT)[0]
        if name in names:
            what = "extends itself: " + " → ".join([*names, name])
            remedy = "extend another scenario, or give this one another name"
            reading.break_off(Refusal(place, what, remedy))
        elif len(names) == MAX_CHAIN:
            what = f"the chain has more than {MAX_CHAIN} scenarios"
            reading.break_off(Refusal(place, what, "shorten it"))
        elif isinstance(parent, dict):
            yield place, here.document.below(*path)
        else:
            try:
                yield place, parent_source(name, here.file.parent, here.file.stem)
            except InputError as error:
                reading.break_off(*(replace(refusal, place=place) for refusal in error.refusals))


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
