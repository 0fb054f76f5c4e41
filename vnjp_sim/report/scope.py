"""What a report is asked to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scope:
    """How much of a report, and what it is about.

    Attributes
    ----------
    brief : bool
        Whether the brief alone.
    indicators : tuple[str, ...]
        Ids of the indicators that its findings, tables and pictures are about; empty for those that
        are moved most.
    """

    brief: bool = False
    indicators: tuple[str, ...] = ()

    @property
    def content(self) -> dict[str, Any]:
        """What sets it apart from a whole report, for hashing."""
        parts = {"brief": self.brief, "indicators": list(self.indicators)}
        return {name: part for name, part in parts.items() if part}

    @property
    def words(self) -> list[str]:
        """The options of the command line that ask for it."""
        brief = ["--brief"] if self.brief else []
        return [*brief, *(word for name in self.indicators for word in ("--indicator", name))]


WHOLE = Scope()
"""A whole report about what is moved most."""
