"""Why a scenario sets a size as it does; told to readers, without effect on any number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Grade = Literal["published", "assumed"]
GRADES: tuple[Grade, ...] = ("published", "assumed")
REASONS = ("why", "reference", "grade")
"""The keys of a lever or event that say why its size is what it is."""


@dataclass(frozen=True)
class Reason:
    """Why a lever or event has its size.

    Attributes
    ----------
    why : str
        One sentence.
    reference : str
        Lines of a document, a published source, or "Judgement".
    grade : str
        `published` or `assumed`; empty where nothing is said.
    """

    why: str = ""
    reference: str = ""
    grade: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Reason:
        """Return what the keys of a lever or event say, each on one line."""
        return cls(*(" ".join(str(content.get(key) or "").split()) for key in REASONS))

    @property
    def content(self) -> dict[str, str]:
        """What is said, by key."""
        return {key: value for key, value in vars(self).items() if value}

    @property
    def text(self) -> str:
        """What is said, on one line, such as "Half of the plan (vov_2025 line 19; assumed)"."""
        rest = "; ".join(filter(None, (self.reference, self.grade)))
        return " ".join(filter(None, (self.why, f"({rest})" if rest else "")))


@dataclass(frozen=True)
class Assumption:
    """Why a lever or event of a scenario has its size.

    Attributes
    ----------
    name : str
        The lever, or the type of the event.
    size : str
        What is done, in words.
    reason : Reason
        Why.
    """

    name: str
    size: str
    reason: Reason

    @property
    def text(self) -> str:
        """All of it, on one line."""
        return f"{self.name} {self.size}: {self.reason.text}"

    @property
    def content(self) -> dict[str, str]:
        """What is assumed, by key."""
        return {"name": self.name, "size": self.size, **vars(self.reason)}
