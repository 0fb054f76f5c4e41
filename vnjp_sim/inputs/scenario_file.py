"""What one scenario file may hold, and what of a faulty one can still be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from vnjp_sim.foundation.errors import BadValueError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.conditions import WHEN_SCHEMA, WhenText, when_text
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.reasons import GRADES
from vnjp_sim.inputs.repetition import FORM as EVERY
from vnjp_sim.inputs.repetition import REMEDY
from vnjp_sim.inputs.schema import (
    Checked,
    Id,
    Name,
    Phrase,
    ScenarioName,
    Text,
    blank_in,
    check,
    is_name,
)
from vnjp_sim.inputs.strict_yaml import StrictYaml, read_yaml

EARLIEST_START, LATEST_END = 2000, 2100
LONGEST_TITLE = 200
AT = "@"
"""Between the name of a scenario and that of its variant."""
FIXED = "fixed"
"""The variant that every scenario has in which something waits: the same, and nothing waits."""
RESERVED = ("calibration", "reference")
"""Names of folders beside those of the scenarios in the results."""


class PartOfEvent(dict[str, str | int | float]):
    """What can be read of an event, and under `unread` the keys whose values cannot."""

    def __init__(self, readable: Mapping[str, str | int | float], unread: Iterable[str]) -> None:
        super().__init__(readable)
        self.unread = frozenset(unread)


UNUSABLE = PartOfEvent({}, ())
"""Stands for an event that cannot be read; known by its identity."""
UNUSABLE_PATH = LeverPath.model_construct(path="step")
UNUSABLE_PRIOR = Distribution.model_construct()
"""The same for a lever and a parameter, whose names can be read."""

Ids = Annotated[tuple[Id, ...], Field(strict=False)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Title = Annotated[Text, Field(min_length=1, max_length=LONGEST_TITLE)]
EVENT_SCHEMA = {
    "type": "object",
    "required": ["on", "type"],
    "properties": {
        "on": {"type": "string", "format": "date", "description": "Such as 2027-10-01."},
        "type": {"type": "string", "description": "One of the types of events."},
        "note": {"type": "string", "description": "A remark for readers."},
        "every": {
            "type": "string",
            "pattern": f"^{EVERY}$",
            "description": "How often it comes again, such as 2 years until 2034.",
        },
        "chance": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "The probability that it happens in a draw; 1 if left out.",
        },
        "when": WHEN_SCHEMA,
        "why": {"type": "string", "description": "Why its size is what it is, in a sentence."},
        "reference": {"type": "string", "description": "Where that stands, or Judgement."},
        "grade": {"enum": list(GRADES)},
    },
    "additionalProperties": {
        "type": ["number", "string"],
        "description": "A field of its type: a number or money; for a choice one of its words.",
    },
}
"""What editors know of an event; the reader checks it against its type."""


def _with_texts(given: Any) -> Any:
    """Return an event with what it waits for as text; raises BadValueError."""
    if not isinstance(given, dict):
        return given
    if isinstance(given.get("every"), dict | list):
        raise BadValueError("'every' is not text", REMEDY)
    if "when" in given:
        try:
            return {**given, "when": when_text(given["when"])}
        except BadValueError as error:
            raise BadValueError(f"'when' {error.what}", error.remedy) from None
    return given


Event = Annotated[
    dict[Id, str | int | float], BeforeValidator(_with_texts), WithJsonSchema(EVENT_SCHEMA)
]
Parent = ScenarioName | dict[Id, Any]


class Horizon(Checked):
    """First and last projected year."""

    start: int = Field(ge=EARLIEST_START, le=LATEST_END)
    end: int = Field(ge=EARLIEST_START, le=LATEST_END)

    @model_validator(mode="after")
    def _forward(self) -> Horizon:
        if self.end < self.start:
            raise BadValueError(
                f"ends in {self.end}, before it starts in {self.start}",
                "give an end after the start",
            )
        return self

    @property
    def years(self) -> tuple[int, int]:
        """Both."""
        return self.start, self.end


class Remove(Checked):
    """What a scenario drops of its parents: levers and parameters by name, events by type."""

    levers: Ids = ()
    parameters: Ids = ()
    events: Ids = ()


class VariantPart(Checked):
    """A variant of a scenario: its departures from the scenario in whose file it stands.

    Title, narrative and sources are those of the file where it gives none.
    """

    title: Title | None = None
    narrative: Text = ""
    sources: Texts = ()
    levers: dict[Phrase, LeverPath] = {}
    events: list[Event] = []
    parameters: dict[Id, Distribution] = {}
    remove: Remove = Remove()


class ScenarioFile(Checked):
    """The content of a scenario file: its departures from the scenarios that it extends.

    Levers and parameters replace those of the parents by name, events are added, `remove` drops.
    `extends` names the parent, or is the parent itself, written out in the same form; or a list of
    parents, which are merged.
    An event has `on` (a date), `type`, the fields of its type; a `note`; the `chance` that it
    happens in a draw; `every`, if it comes again; `when`, what it waits for; and `why` its size is
    what it is, with `reference` and `grade`, as levers have. `parameters` replaces priors that no
    figure bears on, and sizes of links by their names, for this scenario. `variants` are further
    versions of it by name, asked for as name@variant.
    """

    name: ScenarioName
    title: Title
    narrative: Text = ""
    sources: Texts = ()
    extends: Parent | Annotated[list[Parent], Field(min_length=1, max_length=8)] | None = None
    horizon: Horizon | None = None
    levers: dict[Phrase, LeverPath] = {}
    events: list[Event] = []
    parameters: dict[Id, Distribution] = {}
    remove: Remove = Remove()
    variants: dict[Name, VariantPart] = {}

    @property
    def parents(self) -> tuple[str | dict[str, Any], ...]:
        """What it extends, each by name or written out."""
        if self.extends is None:
            return ()
        return tuple(self.extends) if isinstance(self.extends, list) else (self.extends,)

    def variant(self, name: str, part: VariantPart | None = None) -> ScenarioFile:
        """Return a variant as a scenario file that extends this one; of a `part` if given."""
        part = part or self.variants[name]
        return ScenarioFile.model_construct(
            name=f"{self.name}{AT}{name}",
            title=part.title or made_title(self.title, name),
            narrative=part.narrative or self.narrative,
            sources=part.sources or self.sources,
            extends=self.name,
            levers=part.levers,
            events=part.events,
            parameters=part.parameters,
            remove=part.remove,
        )

    @model_validator(mode="after")
    def _of_its_scenario(self) -> ScenarioFile:
        scenario, at, _ = self.name.partition(AT)
        if at and [parent_name(parent) for parent in self.parents] != [scenario]:
            raise BadValueError(
                f"'{self.name}' is the name of a variant of '{scenario}', which it does not extend",
                "give another name",
            )
        return self

    @field_validator("extends", mode="before")
    @classmethod
    def _by_name(cls, extends: Any) -> Any:
        names = [parent_name(each) for each in extends] if isinstance(extends, list) else []
        if extends == []:
            raise BadValueError("is an empty list", "name one parent or more, or leave it out")
        if twice := [name for name in names if name and names.count(name) > 1]:
            raise BadValueError(f"names '{twice[0]}' twice", "leave one of them out")
        for parent in extends if isinstance(extends, list) else [extends]:
            cls._alone(parent)
        return extends

    @classmethod
    def _alone(cls, extends: Any) -> None:
        path = PurePath(extends) if isinstance(extends, str) else PurePath()
        is_path = len(path.parts) > 1 or path.suffix in (".yml", ".yaml")
        if is_path and is_name(path.stem):
            raise BadValueError(
                f"is the path '{extends}'",
                f"write the name alone, {path.stem}: the file lies beside this one, or is shipped",
            )

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in RESERVED:
            raise BadValueError(f"cannot be '{name}', a folder of the results", "give another name")
        return name


def parent_name(parent: object) -> str:
    """Return the name of what a scenario extends; empty if it has none."""
    name = parent.get("name") if isinstance(parent, dict) else parent
    return name if isinstance(name, str) else ""


def made_title(title: str, variant: str) -> str:
    """Return the title of a variant that gives none."""
    end = f" ({variant})"
    whole = len(title) + len(end) <= LONGEST_TITLE
    return (title if whole else f"{title[: LONGEST_TITLE - len(end) - 2]} …") + end


def statement_of(content: ScenarioFile) -> dict[str, Any]:
    """Return what a file says in plain values, its defaults left out."""
    return content.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def variant_statement(
    statement: Mapping[str, Any], name: str, part: VariantPart | None = None
) -> dict[str, Any]:
    """Return what a variant says, with the scenario of a statement as its parent.

    `part` is the variant, if the statement does not hold it.
    """
    content = ScenarioFile.model_validate(statement)
    return statement_of(content.variant(name, part)) | {"extends": dict(statement)}


@cache
def shipped_statement(name: str) -> dict[str, Any] | None:
    """Return what the shipped scenario of a name, or variant of one, says; None if none is."""
    stem, at, variant = name.partition(AT)
    file = shipped_folder("scenarios") / f"{stem}.yml"
    if not file.is_file():
        return None
    content = check(ScenarioFile, read_yaml(file))
    if not at:
        return statement_of(content)
    return statement_of(content.variant(variant)) if variant in content.variants else None


def event_date(event: Mapping[str, str | int | float]) -> date | None:
    """Return the date of an event as its file gives it, None if it has none."""
    try:
        return parse_day(str(event.get("on", "")))
    except ValueError:
        return None


def usable_part(document: StrictYaml, name: str) -> ScenarioFile:
    """Return what of a faulty file can be used, so that its other faults are reported as well.

    Levers, parameters and events that cannot be read are UNUSABLE ones, so that they keep their
    names and places; `name` stands where the file gives none that can be.
    """
    usable = {"name": name, "title": name} | _usable_fields(document.content, ScenarioFile)
    return ScenarioFile.model_construct(**usable)


def _usable_fields(given: Any, model: type[ScenarioFile | VariantPart]) -> dict[str, Any]:
    """Return what of a scenario, or of a variant, can be used, by key."""
    parts: dict[str, tuple[Callable[[Any], Any], Any]] = {
        "levers": (LeverPath.model_validate, UNUSABLE_PATH),
        "parameters": (Distribution.model_validate, UNUSABLE_PRIOR),
        "events": (_usable_event, UNUSABLE),
        "variants": (_usable_variant, None),
    }
    usable: dict[str, Any] = {}
    for key, value in given.items() if isinstance(given, dict) else ():
        if key not in model.model_fields:
            continue
        if key not in parts:
            usable |= _usable({key: value}, _adapter(_annotation(model, key)).validate_python)
        elif isinstance(value, list if key == "events" else dict):
            items = _usable(value, *parts[key])
            if key == "variants":
                names = _usable(list(items), _adapter(Name).validate_python).values()
                items = {name: items[name] for name in names}
            usable[key] = list(items.values()) if key == "events" else items
    return usable


def _usable_event(given: Any) -> Event | PartOfEvent:
    try:
        event: Event = _adapter(Event).validate_python(given)
    except ValidationError:
        if not isinstance(given, dict):
            raise
        waits = {key: given[key] for key in given if key == "when"}
        others = {key: given[key] for key in given if key != "when"}
        readable = _usable(others, _adapter(str | int | float).validate_python)
        readable |= _usable(waits, _adapter(WhenText).validate_python)
        keys = list(given)
        unread = {key for key in keys if key not in readable}
        unread |= {key for key, rest in pairwise(keys) if rest in unread and str(rest).isdigit()}
        kept = {key: value for key, value in readable.items() if key not in unread}
        return PartOfEvent(kept, unread)  # 600,000 is a number and a key that is none
    return event


def _usable_variant(given: Any) -> VariantPart:
    return VariantPart.model_construct(**_usable_fields(given, VariantPart))


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    if isinstance(annotation, type) and issubclass(annotation, Checked):
        return TypeAdapter(annotation)
    return TypeAdapter(annotation, config=ConfigDict(strict=True))


def _annotation(model: type[Checked], key: str) -> Any:
    known = model.model_fields[key]
    if not known.metadata:
        return known.annotation
    return Annotated[known.annotation, *known.metadata]


def _usable(given: Any, read: Callable[[Any], Any], instead: Any = None) -> dict[Any, Any]:
    """Return the readable ones of the items of a mapping or list, by name or number."""
    items = given.items() if isinstance(given, dict) else []
    usable = {}
    for key, value in enumerate(given) if isinstance(given, list) else items:
        if isinstance(key, str) and blank_in(key):
            continue
        try:
            usable[key] = read(value)
        except ValidationError:
            if instead is not None:
                usable[key] = instead
    return usable
