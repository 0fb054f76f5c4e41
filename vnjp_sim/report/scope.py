"""What a report is asked to show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from vnjp_sim.analysis.findings import Findings
from vnjp_sim.foundation.choices import years_asked


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
    year : int | None
        The year that its findings and tables tell of; None for the last one.
    """

    brief: bool = False
    indicators: tuple[str, ...] = ()
    year: int | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What sets it apart from a whole report, for hashing."""
        parts = {"brief": self.brief, "indicators": list(self.indicators), "year": self.year}
        return {name: part for name, part in parts.items() if part}

    @property
    def words(self) -> list[str]:
        """The options of the command line that ask for it."""
        brief = ["--brief"] if self.brief else []
        names = (word for name in self.indicators for word in ("--indicator", name))
        year = [] if self.year is None else ["--year", str(self.year)]
        return [*brief, *names, *year]

    def of(self, findings: Findings) -> Findings:
        """Return findings that are about what the report is about; raises InputError for a year."""
        if self.year is not None:
            years_asked([self.year], findings.comparison.years, "the comparison")
        return replace(findings, asked=self.indicators, chosen=self.year)


WHOLE = Scope()
"""A whole report about what is moved most."""
