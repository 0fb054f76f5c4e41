"""One dated event of a scenario, and why levers and events have their sizes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from vnjp_sim.inputs.conditions import When, when_of
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.money import is_money, money_text, needs_rate
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.reasons import Assumption, Reason
from vnjp_sim.inputs.repetition import repetition


@dataclass(frozen=True)
class ScenarioEvent:
    """Something dated that a scenario makes happen; ordered by content, not by file order.

    `amounts` holds the numbers of its fields and the words of its choices, by name; money of
    another currency is text, see :mod:`~vnjp_sim.inputs.money`. `chance` is the probability that it
    happens in a draw, and `every` says how often it comes again, with its last year. `when` is what
    it waits for in each draw, see :mod:`~vnjp_sim.inputs.conditions`. `note` is what its file says
    of it, on one line, and `reason` why its size is what it is; they make no difference to what
    happens.
    """

    on: date
    type: str
    amounts: tuple[tuple[str, float | str], ...]
    note: str = field(default="", compare=False)
    chance: float = 1.0
    every: str = ""
    reason: Reason = field(default=Reason(), compare=False)
    when: str = ""

    def __lt__(self, other: ScenarioEvent) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[Any, ...]:
        amounts = tuple((name, isinstance(x, str), x) for name, x in self.amounts)
        return self.on, self.type, amounts, self.chance, self.every, self.when

    def amount(self, name: str, usual: float = float("nan")) -> float:
        """Return the number of one of its fields; the usual one if older files lack the field."""
        return float(dict(self.amounts).get(name, usual))

    def stated(self, name: str) -> float | str:
        """Return what one of its fields states, a number or money of another currency."""
        return dict(self.amounts)[name]

    @property
    def needs_rate(self) -> bool:
        """Whether each draw converts an amount of it at its own rate of the yen."""
        return any(needs_rate(amount) for _, amount in self.amounts)

    def occurrences(self, last: int) -> tuple[ScenarioEvent, ...]:
        """Return what happens up to a year: one event, or one for each time that it comes."""
        if not self.every:
            return (self,)
        days = repetition(self.every).days(self.on, last)
        return tuple(replace(self, on=day, every="") for day in days)

    @property
    def condition(self) -> When | None:
        """What it waits for; None where it waits for nothing."""
        return when_of(self.when) if self.when else None

    def at_once(self) -> ScenarioEvent:
        """Return the event that waits for nothing."""
        return replace(self, when="")

    def later(self, years: int) -> ScenarioEvent:
        """Return the event that waits for nothing, on its day so many years later."""
        year = self.on.year + years
        day = min(self.on.day, monthrange(year, self.on.month)[1])
        return replace(self, on=date(year, self.on.month, day), when="")

    def choice(self, name: str, usual: str = "") -> str:
        """Return the word of one of its choices; the usual one if older files lack the choice."""
        return str(dict(self.amounts).get(name, usual))

    @property
    def text(self) -> str:
        """The event in words, such as "oda_freeze on 2027-10-01 (years 1.5)"."""
        return f"{self.type} {self.size}"

    @property
    def size(self) -> str:
        """When it happens, how large, and how likely, such as "on 2027-10-01 (years 1.5)"."""
        told = [f"{name} {amount_text(amount)}" for name, amount in self.amounts]
        if self.chance < 1.0:
            told.append(f"with a chance of {grouped(exact(round(100.0 * self.chance, 9)))} %")
        again = f" and every {self.every}" if self.every else ""
        if self.condition is not None:
            again += f", or that day of a later year: {self.condition.since(self.on.year)}"
        return f"on {self.on}{again}" + (f" ({', '.join(told)})" if told else "")

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes the numbers, for hashing and for manifests."""
        certain = (self.on.isoformat(), self.type, self.amounts)
        if self.when:
            return (*certain, self.chance, self.every, self.when)
        if self.every:
            return (*certain, self.chance, self.every)
        return certain if self.chance == 1.0 else (*certain, self.chance)

    @property
    def noted(self) -> str:
        """The event in words, with its note."""
        return f"{self.text}: {self.note}" if self.note else self.text


def amount_text(amount: float | str) -> str:
    """Return a number, an amount of money or a word of an event for readers."""
    if isinstance(amount, str):
        return money_text(amount) if is_money(amount) else amount
    return grouped(exact(amount))


def assumptions_of(
    levers: Mapping[str, LeverPath], events: Iterable[ScenarioEvent]
) -> tuple[Assumption, ...]:
    """Return why levers and events have their size, as far as it is said, each once."""
    parts = [(name, path.text, path.reason) for name, path in levers.items()]
    parts += [(event.type, event.size, event.reason) for event in events]
    return tuple(dict.fromkeys(Assumption(*part) for part in parts if part[-1].content))
