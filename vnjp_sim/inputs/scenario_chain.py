"""A scenario with its chain of parents, as far as it can be read; each file is read once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, Place, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.scenario_checks import file_refusals
from vnjp_sim.inputs.scenario_file import (
    AT,
    FIXED,
    ScenarioFile,
    parent_name,
    usable_part,
)
from vnjp_sim.inputs.scenario_lookup import Source, VariantOf, parent_source
from vnjp_sim.inputs.scenario_merge import Lineage, merge
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
class Reading:
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
        """Take why a part of the chain cannot be read."""
        self.refusals += refusals
        self.whole = False


class ChainReader:
    """Reads scenarios with the parents that they extend, and notes what is wrong with each.

    Parameters
    ----------
    parameters, instruments, replaceable_names
        As of :class:`~vnjp_sim.inputs.scenario_reader.ScenarioReader`.
    """

    def __init__(
        self, parameters: Parameters, instruments: Instruments, replaceable_names: Collection[str]
    ) -> None:
        self.parameters, self.instruments = parameters, instruments
        self.replaceable_names = replaceable_names
        self._files: dict[Path, CheckedFile] = {}

    def lineage(
        self,
        source: Source,
        reading: Reading,
        children: tuple[CheckedFile, ...] = (),
        place: Place | None = None,
    ) -> Lineage | None:
        """Return a scenario with its parents, as far as they can be read; None if it cannot.

        `children` are those that it is a parent of, from the scenario that is read; `place` is
        where it is named.
        """
        if isinstance(source, VariantOf):
            base = self.lineage(source.file, reading, children, place)
            return self._variant(base, source.name, reading, place)
        try:
            here = self._read(source, children, reading)
        except InputError as error:
            reading.break_off(*error.refusals)
            return None
        reading.take(here)
        parents = [
            self.lineage(parent, reading, (*children, here), where)
            for where, parent in _parents(here, (*children, here), reading)
        ]
        known = tuple(parent for parent in parents if parent is not None)
        return Lineage(here.content, here.document, known)

    def _variant(
        self, base: Lineage | None, name: str, reading: Reading, place: Place | None
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
        self, source: Path | StrictYaml, children: Sequence[CheckedFile], reading: Reading
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
        if names := lacking(document):
            content = dict.fromkeys(names, UNNAMED) | content
        place = shipped_folder("scenarios") / UNNAMED
        return self._checked(place, replace(document, content=content))


def _parents(
    here: CheckedFile, line: Sequence[CheckedFile], reading: Reading
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
        if endless := _endless(name, names, place):
            reading.break_off(endless)
        elif isinstance(parent, dict):
            yield place, here.document.below(*path)
        else:
            try:
                yield place, parent_source(name, here.file.parent, here.file.stem)
            except InputError as error:
                reading.break_off(*(replace(refusal, place=place) for refusal in error.refusals))


def _endless(name: str, names: Sequence[str], place: Place) -> Refusal | None:
    """Return why a parent may not follow those of a chain; None if it may."""
    if name in names:
        what = "extends itself: " + " → ".join([*names, name])
        return Refusal(place, what, "extend another scenario, or give this one another name")
    if len(names) == MAX_CHAIN:
        return Refusal(place, f"the chain has more than {MAX_CHAIN} scenarios", "shorten it")
    return None


def lacking(source: Source) -> tuple[str, ...]:
    """Return which of name and title a child that is no file leaves to be made of its content."""
    content = source.content if isinstance(source, StrictYaml) else None
    if not isinstance(content, dict) or "extends" not in content:
        return ()
    return tuple({"name", "title"} - set(content))
