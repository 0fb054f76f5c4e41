"""From a strict YAML file to a frozen pydantic model, with every fault at its line."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from vnjp_sim.errors import Fault, InputError, did_you_mean
from vnjp_sim.strict_yaml import KeyPath, StrictYaml

_REMEDIES = {
    "missing": "add it",
    "string_type": "write text here (quote it if it looks like a number)",
    "int_type": "write a whole number here",
    "int_from_float": "write a whole number here",
    "float_type": "write a plain number here, such as 0.25",
    "finite_number": "write a finite number here",
    "bool_type": "write true or false here",
    "list_type": "write a list here",
    "dict_type": "write a mapping here",
    "model_type": "write a mapping here",
    "literal_error": "choose one of those",
    "date_from_datetime_parsing": "write a date such as 2027-10-01",
    "date_parsing": "write a date such as 2027-10-01",
}


class Checked(BaseModel):
    """The root of all models that files are read into: frozen, exact in types, no unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, str_strip_whitespace=True
    )


ModelT = TypeVar("ModelT", bound=BaseModel)


def check(model: type[ModelT], document: StrictYaml) -> ModelT:
    """Return the content of `document` as `model`.

    Raises
    ------
    InputError
        With one fault for each thing wrong, at its line.
    """
    if not isinstance(document.content, dict):
        raise InputError.single(
            document.file, "is not a mapping of keys to values", "begin with a key such as 'name:'"
        )
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        raise InputError(faults_of(error, model, document)) from None


def faults_of(error: ValidationError, model: type[BaseModel], document: StrictYaml) -> list[Fault]:
    """Return the faults that a pydantic error holds."""
    return [_fault(dict(item), model, document) for item in error.errors()]


def _fault(item: dict[str, Any], model: type[BaseModel], document: StrictYaml) -> Fault:
    path = _real_path(document.content, tuple(item["loc"]))
    key = path[-1] if path else document.file
    kind = item["type"]
    if kind == "extra_forbidden":
        allowed = _siblings(model, path[:-1])
        return document.fault(path, f"unknown key '{key}'", did_you_mean(str(key), allowed))
    if kind == "missing":
        return document.fault(path, f"the key '{key}' is missing", "add it")
    message = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message[:1].lower() + message[1:]
    what, _, remedy = message.partition(" — ")
    shown = item.get("input")
    if not remedy and isinstance(shown, str | int | float) and kind != "value_error":
        what = f"{what}, not '{str(shown)[:60]}'"
    named = f"'{key}': {what}" if isinstance(key, str) else what
    return document.fault(path, named, remedy or _REMEDIES.get(kind, "mend the value"))


def _real_path(content: Any, loc: tuple[Any, ...]) -> KeyPath:
    """Drop from a pydantic location the names of union members, which are no keys of the file."""
    path: list[str | int] = []
    here = content
    for index, step in enumerate(loc):
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if in_list or (isinstance(here, dict) and step in here):
            here = here[step]
        elif index == len(loc) - 1 and isinstance(here, dict):
            path.append(step)
            break
        else:
            continue
        path.append(step)
    return tuple(path)


def _siblings(model: type[BaseModel], path: KeyPath) -> set[str]:
    """Return the keys that are allowed at `path`, as far as the annotations tell."""
    here: Any = model
    for step in path:
        here = _step_into(here, step)
    models = [item for item in _members(here) if _is_model(item)]
    return {field.alias or name for item in models for name, field in item.model_fields.items()}


def _step_into(annotation: Any, step: str | int) -> Any:
    for item in _members(annotation):
        if _is_model(item):
            for name, field in item.model_fields.items():
                if step in (name, field.alias):
                    return field.annotation
        else:
            arguments = getattr(item, "__args__", ())
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
