"""From scenario files to scenarios, with their chains of parents; each file is read once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.python_content import document_of
from vnjp_sim.inputs.scenario import Scenario, ScenarioEvent
from vnjp_sim.inputs.scenario_checks import (
    file_refusals,
    horizon_refusals,
    merged_refusals,
    removal_refusals,
)
from vnjp_sim.inputs.scenario_file import (
    EARLIEST_START,
    LATEST_END,
    Event,
    ScenarioFile,
    event_date,
    shipped_statement,
    statement_of,
    usable_part,
)
from vnjp_sim.inputs.scenario_lookup import find_parent
from vnjp_sim.inputs.scenario_merge import Chain, Merged, merge
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
    whether it keeps to the form of scenario files, so that nothing is left out; `lacking`, which of
    name and title it leaves to be made of its content.
    """

    file: Path
    content: ScenarioFile
    document: StrictYaml
    refusals: Sequence[Refusal]
    whole: bool
    lacking: tuple[str, ...] = ()


@dataclass
class _FileChain:
    """A scenario's file and those of its parents, up to the root or the first that is missing."""

    files: list[CheckedFile] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    whole: bool = True

    @property
    def contents(self) -> Chain:
        return [(each.content, each.document) for each in self.files]

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

    def read(
        self, source: Path | StrictYaml, start: int | None = None, end: int | None = None
    ) -> Scenario:
        """Read a scenario and its chain of parents.

        Parameters
        ----------
        source : Path | StrictYaml
            The YAML file; parents are looked for beside it, then among the shipped scenarios. Or
            its content: parents are then shipped ones, or written out in it, and it may leave out
            name and title.
        start, end : int or None
            First and last year that are asked for; they hold as if the file itself gave them.

        Raises
        ------
        InputError
            With all faults of the file.
        """
        chain = self._chain(source)
        merged = merge(chain.contents if chain.whole else chain.contents[:1])
        asked = (start, end) != (None, None)
        years = _years(merged, start, end)
        refusals = chain.refusals
        if chain.whole:
            refusals.take(removal_refusals(chain.contents))
        if chain.files and years is not None:
            name = chain.files[0].content.name
            refusals.take(horizon_refusals(merged, *years, name, asked=asked))
        elif chain.whole:
            what = "neither the scenario nor a parent has a horizon"
            remedy = "add 'horizon: {start: 2025, end: 2040}'"
            refusals.append(chain.files[0].document.refusal((), what, remedy))
        if refusals or years is None:
            raise InputError(refusals)
        Refusals(merged_refusals(merged, self.parameters)).raise_if_any()
        scenario = self._scenario(chain.files, merged, years)
        if asked:
            places = {**scenario.places, ("horizon", ""): Place("--horizon")}
            scenario = replace(scenario, places=places)
        if len(chain.files) == 1:
            return scenario
        baseline = self._scenario(chain.files[-1:], merge(chain.contents[-1:]), years)
        return replace(scenario, baseline=baseline)

    def build(self, content: Mapping[str, Any]) -> Scenario:
        """Return the scenario of content made in Python, checked as a file is; raises InputError.

        `content` has the keys of a scenario file; it may leave out name and title.
        """
        return self.read(_document(content))

    def inherited(self, content: Mapping[str, Any]) -> Merged:
        """Return what the parents of content say in the end; raises InputError."""
        return merge(self._chain(_document(content)).contents[1:])

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
        lacking: tuple[str, ...] = ()
        if isinstance(content, dict) and "extends" in content:
            lacking = tuple({"name", "title"} - set(content))
            content = dict.fromkeys(lacking, UNNAMED) | content
        place = shipped_folder("scenarios") / UNNAMED
        return replace(self._checked(place, replace(document, content=content)), lacking=lacking)

    def _chain(self, source: Path | StrictYaml) -> _FileChain:
        chain = _FileChain()
        following: Path | StrictYaml | None = source
        while following is not None:
            try:
                here = self._read(following, chain)
            except InputError as error:
                chain.break_off(*error.refusals)
                break
            chain.files.append(here)
            chain.refusals += here.refusals
            chain.whole &= here.whole
            following = _parent(chain)
        return chain

    def _read(self, source: Path | StrictYaml, chain: _FileChain) -> CheckedFile:
        """Return the next of a chain: a file, or what is written out in the one before."""
        if isinstance(source, StrictYaml):
            if chain.files:
                return self._checked(chain.files[-1].file, source)
            return self._checked_content(source)
        here = self.checked(source)
        called, stem = here.content.name, source.stem
        if chain.files and chain.whole and here.whole and called != stem:
            what = f"the scenario calls itself '{called}', but is extended as '{stem}'"
            chain.refusals.append(here.document.refusal(("name",), what, f"name it '{stem}'"))
        return here

    def _scenario(
        self, files: Sequence[CheckedFile], merged: Merged, years: tuple[int, int]
    ) -> Scenario:
        """Return the scenario of a chain without faults, given from the scenario to its root."""
        stated = self._stated(files, merged, years)
        own = files[0].content.model_copy(update={key: stated[key] for key in ("name", "title")})
        events = [(self._event(stated.value), stated) for stated in merged.events]
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
            {name: stated.value for name, stated in sorted(merged.levers.items())},
            tuple(event for event, _ in events),
            dict(merged.parameters),
            (*(each.content.name for each in reversed(files[1:])), own.name),
            files[0].document.file,
            places=places,
            stated=stated,
            reader=self,
        )

    def _stated(
        self, files: Sequence[CheckedFile], merged: Merged, years: tuple[int, int]
    ) -> dict[str, Any]:
        """Return what a chain states, with the parents that are not shipped written out."""
        stated: dict[str, Any] = {}
        for each in reversed(files):
            shipped = bool(stated) and stated == shipped_statement(stated["name"])
            parent = {"extends": stated["name"] if shipped else stated} if stated else {}
            stated = statement_of(each.content) | parent
        if files[0].lacking:
            made = made_names(stated)
            stated |= {key: made[key] for key in files[0].lacking}
        if merged.horizon is None or years != merged.horizon.value.years:
            stated["horizon"] = {"start": years[0], "end": years[1]}
        return stated

    def _event(self, event: Event) -> ScenarioEvent:
        day = event_date(event)
        assert day is not None  # noqa: S101 - checked before
        kind = self.instruments.event_types[str(event["type"])]
        amounts = tuple((name, float(event[name])) for name in sorted(kind.fields))
        note = " ".join(str(event.get("note", "")).split())
        return ScenarioEvent(day, str(event["type"]), amounts, note)


def _document(content: Mapping[str, Any]) -> StrictYaml:
    return document_of(str(content.get("name") or "scenario"), content)


def _parent(chain: _FileChain) -> Path | StrictYaml | None:
    """Return what the last scenario of a chain extends: a file, or what it writes out.

    None if it is a root, or if the chain breaks off here.
    """
    child = chain.files[-1]
    extends = child.content.extends
    if extends is None:
        return None
    name = str(extends.get("name")) if isinstance(extends, dict) else extends
    names = [each.content.name for each in chain.files]
    place = child.document.place(("extends",))
    if name in names:
        what = "extends itself: " + " → ".join([*names, name])
        remedy = "extend another scenario, or give this one another name"
        chain.break_off(Refusal(place, what, remedy))
        return None
    try:
        following = (
            child.document.below("extends")
            if isinstance(extends, dict)
            else find_parent(name, child.file.parent, child.file.stem)
        )
    except InputError as error:
        chain.break_off(*(replace(refusal, place=place) for refusal in error.refusals))
        return None
    if len(names) == MAX_CHAIN:
        what = f"the chain has more than {MAX_CHAIN} scenarios"
        chain.break_off(Refusal(place, what, "shorten it"))
        return None
    return following


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
