"""From a strict YAML file to a frozen pydantic model, with every fault at its line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from vnjp_sim.foundation.errors import BadValueError, InputError, Refusal, closest, did_you_mean
from vnjp_sim.foundation.refusals import MAX_REFUSALS, Refusals
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml

NAME = r"^[a-z][a-z0-9_]{0,59}$"
"""The pattern of names that stand in file names."""

SCENARIO_NAME = r"^[a-z][a-z0-9_]{0,59}(@[a-z][a-z0-9_]{0,59})?$"
"""The pattern of names of scenarios: that of a variant has its own name behind the @."""

LINES = r"^[1-9][0-9]*(;[1-9][0-9]*)*$"
"""The pattern of line numbers in a document's text."""

LINE_RANGES = r"^[1-9][0-9]{0,6}(-[1-9][0-9]{0,6})?(;[1-9][0-9]{0,6}(-[1-9][0-9]{0,6})?)*$"
"""The pattern of line numbers and ranges of lines in a document's text."""

NAME_REMEDY = "use lower-case letters, digits and _, a letter first, at most 60 in all"

_PATTERNS = {
    LINES: "give line numbers in the document's text, separated by ';', in quotes",
    LINE_RANGES: "give lines such as '3;5-8', separated by ';', in quotes",
    NAME: NAME_REMEDY,
    SCENARIO_NAME: NAME_REMEDY,
    r"^[0-9a-f]{64}$": "give the 64 hexadecimal digits of the SHA-256 sum, in lower case",
}
_DRAWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""Letters, marks and signs of Unicode that are not drawn."""
_LIST = ("needs a list, not {shown}", "write it as [first, second]")
_MAPPING = ("needs a mapping, not {shown}", "write 'key: value' pairs, indented below it")
_WORDS: dict[str, tuple[str, str]] = {
    "string_type": ("needs text, not {shown}", "quote it if it is meant as text"),
    "int_type": ("needs a whole number, not {shown}", "write it plainly, such as 2030"),
    "float_type": (
        "needs a number, not {shown}",
        "write it plainly, such as 0.25: no words, quotes or thousands marks",
    ),
    "bool_type": ("needs true or false, not {shown}", "write one of the two"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "greater_than": ("is {shown}", "give a number above {gt:g}"),
    "greater_than_equal": ("is {shown}", "give at least {ge:g}"),
    "less_than": ("is {shown}", "give a number below {lt:g}"),
    "less_than_equal": ("is {shown}", "give at most {le:g}"),
    "string_too_short": ("is {shown}", "write {min_length} characters or more"),
    "string_too_long": ("is {shown}", "write {max_length} characters or less"),
    "too_short": ("has too few items", "give at least {min_length}"),
    "too_long": ("has too many items", "give at most {max_length}"),
}
"""What is wrong and the remedy, by the type of a pydantic error; filled from its context."""


class Checked(BaseModel):
    """The root of all models that files are read into: frozen, exact in types, no unknown keys.

    Text is taken as it is written, save prose, see :data:`Text`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class BadCellError(BadValueError):
    """A cell of a table that cannot be taken; the message is whole, no key is put before it."""


def blank_in(text: str, *, words: bool = False) -> tuple[str, str] | None:
    """Return (what, remedy) if a name holds white space or what cannot be seen, else None.

    With `words`, single spaces between words are allowed, as in "USD bn".
    """
    parts = text.split(" ") if words else [text]
    signs = "".join(parts)
    if "" not in parts and (_is_plain(signs) or not any(map(_unseen, signs))):
        return None
    if not text:
        return None
    clean = " ".join("".join(" " if c.isspace() else "" if _unseen(c) else c for c in text).split())
    first, last = _unseen(text[0]), _unseen(text[-1])
    sign = text[0] if first else text[-1] if last else next(filter(_unseen, text))
    named = unicodedata.name(sign, "a control character").lower()
    where = "begins with" if first else "ends with" if last else "holds"
    remedy = f"write '{clean}'" if clean and (words or " " not in clean) else "leave it out"
    return f"{where} a blank or invisible character, U+{ord(sign):04X} ({named})", remedy


def _is_plain(text: str) -> bool:
    """Whether a text is of visible signs of ASCII alone, as nearly every name is."""
    return text.isascii() and text.isprintable() and " " not in text


def _unseen(sign: str) -> bool:
    blank = sign.isspace() or unicodedata.category(sign)[0] == "C"
    return blank or _DRAWS_NOTHING.match(sign) is not None


def is_name(text: str) -> bool:
    """Whether a text can be the name of a scenario, an indicator or a document."""
    return re.fullmatch(NAME.strip("^$"), text) is not None


def _whole(text: str) -> str:
    if blank := blank_in(text):
        raise BadValueError(*blank)
    return text


def _whole_words(text: str) -> str:
    if blank := blank_in(text, words=True):
        raise BadValueError(*blank)
    return text


Id = Annotated[str, AfterValidator(_whole)]
"""What names a thing, as key or value: taken as written, and refused with blanks anywhere."""
Name = Annotated[str, Field(pattern=NAME), AfterValidator(_whole)]
"""An id that stands in file names."""
ScenarioName = Annotated[str, Field(pattern=SCENARIO_NAME), AfterValidator(_whole)]
"""The name of a scenario, or of a variant of one, such as oda_expansion@high."""
Phrase = Annotated[str, AfterValidator(_whole_words)]
"""An id of words with single spaces between them, such as the unit "USD bn"."""
Text = Annotated[str, StringConstraints(strip_whitespace=True)]
"""Prose; blanks at its ends are left out."""


ModelT = TypeVar("ModelT", bound=BaseModel)


def check(model: type[ModelT], document: StrictYaml) -> ModelT:
    """Return the content of `document` as `model`.

    Raises
    ------
    InputError
        With one fault for each thing wrong, at its line.
    """
    if not isinstance(document.content, dict) and not document.refusals:
        what = "is empty" if document.content is None else "is not a mapping of keys to values"
        first = next(iter(model.model_fields), "")
        raise InputError([document.refusal((), what, f"begin with a key such as '{first}:'")])
    refusals = Refusals([*document.refusals, *_empty(document)])
    try:
        checked = model.model_validate(document.content)
    except UnicodeEncodeError:  # half a character, which pydantic cannot put into a message
        raise InputError(refusals) from None
    except ValidationError as error:
        more = refusals_of(error, model, document)
        taken = {refusal.place for refusal in more}
        raise InputError([*(r for r in refusals if r.place not in taken), *more]) from None
    refusals.raise_if_any()
    return checked


def _empty(document: StrictYaml) -> Iterator[Refusal]:
    """Yield the keys that are given without a value, even where a key may be left out."""
    for path in _without_value(document.content):
        if path in document.broken:
            continue
        what, remedy = f"{_named(path)} is an empty value", "give a value, or leave it out"
        if isinstance(path[-1], str) and path[-1].isdigit():
            what, remedy = unknown_key(path[-1], ())
        yield document.refusal(path, what, remedy)


def _without_value(content: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    items = content.items() if isinstance(content, dict) else []
    for key, value in enumerate(content) if isinstance(content, list) else items:
        if value is None:
            yield (*path, key)
        else:
            yield from _without_value(value, (*path, key))


def refusals_of(
    error: ValidationError, model: type[BaseModel], document: StrictYaml
) -> list[Refusal]:
    """Return the faults that a pydantic error holds."""
    items: list[Any] = error.errors(include_url=False)[:MAX_REFUSALS]
    paths = [_real_path(document.content, item) for item in items]
    return [
        _refusal(item, model, document)
        for item, path in zip(items, paths, strict=True)
        if not _follows(item, path, paths, document)
    ]


def _follows(
    item: dict[str, Any], path: KeyPath, paths: list[KeyPath], document: StrictYaml
) -> bool:
    """Whether a fault only comes of another one: of a broken value, or of a union's next member."""
    value = item["input"]
    below = [p for p in (*document.broken, *paths) if p[: len(path)] == path and p != path]
    if path in document.broken or (item["type"] == "value_error" and below):
        return True
    again = paths.count(path) > 1
    if isinstance(value, dict | list):
        return item["type"] in _WORDS and bool(below or (again and item["type"] == "dict_type"))
    needs_more = item["type"] in ("dict_type", "list_type", "model_type")
    return again and (value is None or needs_more)


def _refusal(item: dict[str, Any], model: type[BaseModel], document: StrictYaml) -> Refusal:
    path = _real_path(document.content, item)
    key = str(path[-1]) if path else ""
    kind = item["type"]
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, BadCellError):
        return document.refusal(path, cause.what, cause.remedy)
    if kind == "extra_forbidden":
        return document.refusal(path, *unknown_key(key, _siblings(model, tuple(item["loc"])[:-1])))
    if kind == "missing":
        return document.refusal(path, f"the key '{key}' is missing", "add it")
    if kind == "union_tag_not_found":
        missing = item["ctx"]["discriminator"].strip("'")
        meant = next((k for k in item["input"] if closest(k, [missing])), None)
        if meant is not None:
            return document.refusal((*path, meant), *unknown_key(meant, [missing]))
        return document.refusal(path, f"'{key}': the key '{missing}' is missing", "add it")
    if kind == "union_tag_invalid":
        path = (*path, item["ctx"]["discriminator"].strip("'"))
    what, remedy = _message(item)
    named = f"{_named(path)} " if path else ""
    return document.refusal(path, f"{named}{what}", remedy)


def unknown_key(key: str, known: Iterable[str]) -> tuple[str, str]:
    """Return what is wrong with a key that none of the known ones is, and the remedy."""
    if key.isdigit():
        return f"unknown key '{key}'", "write a number without thousands marks, such as 1234"
    return f"unknown key '{key}'", did_you_mean(key, known)


def _message(item: dict[str, Any]) -> tuple[str, str]:
    """Return what is wrong with a value, and the remedy."""
    kind, value, context = item["type"], item.get("input"), item.get("ctx", {})
    shown = _shown(value)
    if kind in _WORDS:
        what, remedy = _WORDS[kind]
        filled = {"shown": shown, **context}
        return what.format(**filled), remedy.format(**filled)
    if kind == "union_tag_invalid":
        tags = re.findall(r"'([^']*)'", context["expected_tags"])
        return f"cannot be {_shown(context['tag'])}", did_you_mean(context["tag"], tags)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        return f"cannot be {shown}", did_you_mean(str(value), choices)
    if kind == "string_pattern_mismatch":
        what = "is not a name" if item["loc"][-1] == "[key]" else f"cannot be {shown}"
        return _mismatch(str(value), context["pattern"], what)
    error = context.get("error")
    if isinstance(error, BadValueError):
        return error.what, error.remedy
    message = item["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:], "correct the value"


def _mismatch(text: str, pattern: str, what: str) -> tuple[str, str]:
    """Return (what, remedy) of a text in the wrong form: a blank, where that is all."""
    seen = "".join(sign for sign in text.strip() if sign == " " or not _unseen(sign))
    if re.match(pattern, seen) and (refused := blank_in(text)):
        return refused
    return what, _PATTERNS.get(pattern, f"write it in the form {pattern}")


def _named(path: KeyPath) -> str:
    """Return how a message names the place: its key, or the number of the item and its list."""
    if isinstance(path[-1], int) and len(path) > 1:
        return f"item {path[-1] + 1} of {_named(path[:-1])}"
    return f"'{path[-1]}'"


def _shown(value: Any) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text '{value[:60]}'" if value else "an empty text"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value)


def _real_path(content: Any, item: dict[str, Any]) -> KeyPath:
    """Drop from a pydantic location the names of union members, which are no keys of the file."""
    loc = item["loc"]
    path: list[str | int] = []
    here = content
    for index, step in enumerate(loc):
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if in_list or (isinstance(here, dict) and step in here):
            here = here[step]
        elif index == len(loc) - 1 and item["type"] == "missing":
            path.append(step)
            break
        else:
            continue
        path.append(step)
    return tuple(path)


def _siblings(model: type[BaseModel], location: tuple[Any, ...]) -> set[str]:
    """Return the keys that are allowed at a pydantic location, as far as the annotations tell."""
    here: Any = model
    for step in location:
        here = _step_into(here, step)
    models = [item for item in _members(here) if _is_model(item)]
    return {field.alias or name for item in models for name, field in item.model_fields.items()}


def _step_into(annotation: Any, step: str | int) -> Any:
    members = _members(annotation)
    for item in members:
        if _is_model(item):
            for name, field in item.model_fields.items():
                if step in (name, field.alias):
                    return field.annotation
                if len(members) > 1 and get_args(field.annotation) == (step,):
                    return item
        else:
            arguments = get_args(item)
            if arguments:
                return arguments[-1] if isinstance(step, str) else arguments[0]
    return None


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union (also of an annotated one), or the annotation itself."""
    inner = getattr(annotation, "__origin__", None)
    if hasattr(annotation, "__metadata__"):
        return _members(inner)
    arguments = getattr(annotation, "__args__", ())
    if inner in (list, dict, tuple) or not arguments:
        return (annotation,)
    return tuple(part for item in arguments for part in _members(item))


def _is_model(item: Any) -> bool:
    return isinstance(item, type) and issubclass(item, BaseModel)
