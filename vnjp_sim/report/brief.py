"""The brief of a report: the answer first, on two pages, in sentences made from figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vnjp_sim.report.changes import Change
from vnjp_sim.report.pictures import Picture

FINDINGS = 3
"""Findings, and pictures, of a brief."""
WIDTH, HEIGHT = 344, 104
"""Of a picture in pixels: half a page of paper, or a telephone, so that its type is not shrunk."""


@dataclass(frozen=True)
class KeyFinding:
    """One finding: a sentence, how sure it is and why, and a picture of it."""

    title: str
    sentences: Sequence[str]
    picture: Picture | None = None


@dataclass(frozen=True)
class Policy:
    """What a scenario changes, as far as a brief has room for it; `more` is what it has not.

    `label` is its name in words, as the findings call it.
    """

    name: str
    label: str
    title: str
    narrative: str
    changes: Sequence[Change]
    more: int = 0


@dataclass(frozen=True)
class SmallTable:
    """A table of few rows; the first `text` columns are words."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    text: int = 1


@dataclass(frozen=True)
class Brief:
    """What a brief says.

    Attributes
    ----------
    question : str
        A sentence.
    answer : Sequence[str]
        Few lines.
    about : Sequence[str]
        Ids of the indicators that the findings are about.
    policies : Sequence[Policy]
        What changed; empty of a baseline.
    findings : Sequence[KeyFinding]
        Three at most.
    beyond : Sequence[str]
        What else is to be known: what does not move, whose sign is uncertain, targets.
    tables : Sequence[SmallTable]
        The numbers behind the findings.
    rests_on : Sequence[str]
        Assumptions and figures, and what decides the results.
    """

    question: str
    answer: Sequence[str]
    about: Sequence[str]
    policies: Sequence[Policy]
    findings: Sequence[KeyFinding]
    beyond: Sequence[str]
    tables: Sequence[SmallTable]
    rests_on: Sequence[str]
