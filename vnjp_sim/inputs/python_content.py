"""Content made in Python, as the YAML reader would give it, so that one set of checks holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.inputs.strict_yaml import MAX_DEPTH, KeyPath, StrictYaml
from vnjp_sim.inputs.text_file import UNSEEN


def document_of(name: str, content: Mapping[str, Any]) -> StrictYaml:
    """Return content as a document without lines.

    Parameters
    ----------
    name : str
        What messages show in place of a file.
    content : Mapping[str, Any]
        Mappings, lists, texts, numbers (of numpy too), days, and checked objects such as the path
        of a lever; what is None is left out.
    """
    plain = _plain(content)
    refusals = tuple(
        Refusal(Place(name, key=path), f"holds the control character U+{sign:04X}", "leave it out")
        for path, sign in _unseen(plain)
    )
    return StrictYaml(name, plain, {(): (0, 0)}, refusals)


def _plain(value: Any, depth: int = 0) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        items = value.items()
        return {str(key): _plain(item, depth + 1) for key, item in items if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    of_numpy = getattr(value, "ndim", None) == 0 and hasattr(value, "item")
    return value.item() if of_numpy else value


def _unseen(content: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    """Yield the path and the code of the characters that no file may hold."""
    if isinstance(content, str) and (match := UNSEEN.search(content)):
        yield path, ord(match[0])
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _unseen(key, (*path, key))
            yield from _unseen(value, (*path, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _unseen(value, (*path, index))
