"""Names and titles of scenarios that are given none: made of the parent and the content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from vnjp_sim.inputs.scenario_file import LONGEST_TITLE, parent_name
from vnjp_sim.inputs.scenario_forms import Statement, one_line

LONGEST_NAME = 60
DIGITS = 8
"""Hexadecimal digits of the digest of a scenario's content in its name."""


def made_names(statement: Statement) -> dict[str, str]:
    """Return the name and the title that a statement gets where it gives none.

    The name ends in a digest of everything else that it says, whatever the order, so that
    two scenarios without a name of their own have one name only if they are the same.
    """
    extends = statement["extends"]
    parents = [parent_name(each) for each in (extends if isinstance(extends, list) else [extends])]
    stem, parent = "_".join(parents).replace("@", "_"), " and ".join(parents)
    rest = {key: value for key, value in statement.items() if key not in ("name", "title")}
    digest = hashlib.sha256(one_line(_ordered(rest)).encode()).hexdigest()[:DIGITS]
    words = [*statement.get("levers", ()), *statement.get("parameters", ())]
    words += [event["type"] for event in statement.get("events", ())]
    title = f"{parent} with {', '.join(dict.fromkeys(words))}" if words else f"{parent}, changed"
    if not words and len(parents) > 1:
        title = f"{parent} together"
    return {
        "name": f"{stem[: LONGEST_NAME - DIGITS - 1]}_{digest}",
        "title": title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 2]} …",
    }


def without_made_names(statement: Statement) -> dict[str, Any]:
    """Return a statement without the name and the title that it would get without them."""
    made = made_names(statement) if "extends" in statement else {}
    return {key: value for key, value in statement.items() if made.get(key) != value}


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=one_line)
    return value
