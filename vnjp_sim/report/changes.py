"""What a scenario changes, in words: each lever, event and prior, and why it has its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vnjp_sim.analysis.beginnings import Beginning, waited_words
from vnjp_sim.analysis.effect_words import UNIT_OF_DIFFERENCE, with_unit
from vnjp_sim.analysis.players import Player, players_of
from vnjp_sim.inputs.conditions import When
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.levers import EventType, Instruments
from vnjp_sim.inputs.number_text import exact, fixed, grouped, percent
from vnjp_sim.inputs.reasons import Reason
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import ScenarioEvent, amount_text

TIMES = {2.0: "doubled", 3.0: "tripled", 0.5: "halved", 0.0: "none at all", 1.0: "unchanged"}
"""What multiplying by a number is called."""


@dataclass(frozen=True)
class Change:
    """One thing by which a scenario departs from its baseline, in words.

    Attributes
    ----------
    what : str
        The quantity or the event.
    size : str
        What is done with it, and when.
    why : str
        Why it has this size; empty if the scenario does not say.
    reference, grade : str
        Where that is from, and whether it is published or assumed; empty likewise.
    meaning : str
        What the lever or event is, in full; empty of a prior.
    """

    what: str
    size: str
    why: str
    reference: str
    grade: str
    meaning: str = ""

    @property
    def judged(self) -> bool:
        """Whether its size is a judgement, or nothing is said of it."""
        return self.grade in ("", "assumed")

    @property
    def source(self) -> str:
        """Reference and grade in a pair of words."""
        return "; ".join(filter(None, (self.reference, self.grade)))


def changes_of(
    scenario: Scenario, instruments: Instruments, waiting: Iterable[Beginning] = ()
) -> list[Change]:
    """Return what a scenario departs by from its baseline; nothing of a baseline.

    `waiting` says in how many futures that begins which waits for something.
    """
    if not scenario.departs:
        return []
    own = [one for one in waiting if one.scenario == scenario.name]
    return [_change(player, instruments, own) for player in players_of(scenario, instruments)]


def _change(player: Player, instruments: Instruments, waiting: Sequence[Beginning]) -> Change:
    name = player.name.partition(" ")[2]
    if player.kind == "lever":
        path, lever = player.lever, instruments.levers[name]
        size = "as the model has it" if path is None else path_words(path, lever.unit)
        if path is not None and path.condition is not None:
            size = _happens(waiting, name, path.first_year)
            size += _later_words(path, path.condition, lever.unit, instruments.registry)
        reason = Reason() if path is None else path.reason
        return _said(instruments.label(name), size, reason, lever.meaning)
    if player.event is not None:
        return event_change(player.event, instruments, waiting, dropped=player.dropped)
    size = "as in the model" if player.parameter is None else player.parameter.text
    return _said(f"Prior of {name}", size, Reason())


def _happens(waiting: Sequence[Beginning], name: str, year: int) -> str:
    """Return in how many futures something of a year that waits begins, if that is known."""
    for one in waiting:
        if (one.name, one.years[0]) == (name, year):
            middle = "" if one.middle is None else f", median {one.middle}"
            return f"in {percent(one.share(one.years[-1]))} of futures (from {year}{middle}) "
    return f"({year} or later) "


def _after(when: When, year: int, registry: Registry) -> str:
    """Return when what is written for a year begins."""
    first = year if when.first is None else when.first
    wait = "the year" if first == year else f"{fixed(year - first + 1, 0)} years"
    return f"{wait} after {waited_words(when, registry)}"


def _later_words(path: LeverPath, when: When, unit: str, registry: Registry) -> str:
    """Return what a lever does that waits: "doubled, in even steps over 5 years, from the …"."""
    amount, after = getattr(path, path.operation), _after(when, path.first_year, registry)
    if isinstance(amount, dict):
        return f"{path_words(path.at_once(), unit)}; all as much later as it begins: {after}"
    years = fixed((path.to or path.first_year) - path.first_year + 1, 0)
    span = ", in even steps over " if path.path == "ramp" else " for "
    span = "" if path.to is None else f"{span}{years} {'year' if years == '1' else 'years'}"
    return f"{done_words(path.operation, amount, unit)}{span}, from {after}"


def event_change(
    event: ScenarioEvent,
    instruments: Instruments,
    waiting: Sequence[Beginning] = (),
    *,
    dropped: bool = False,
) -> Change:
    """Return an event in words; `dropped` if it is one of the baseline that is left out."""
    kind, label = instruments.event_types[event.type], instruments.label(event.type)
    amounts = [_amount(name, amount, kind) for name, amount in event.amounts]
    day = f"{event.on.day} {event.on.strftime('%B %Y')}"
    if event.condition is not None:
        after = _after(event.condition, event.on.year, instruments.registry)
        happens = _happens(waiting, event.type, event.on.year)
        day = f"{happens}on {event.on.day} {event.on.strftime('%B')} of {after}"
    parts = [f"left out: {day}" if dropped else day, *amounts]
    if event.every:
        parts.append(f"and every {event.every}")
    if event.chance < 1.0:
        parts.append(f"with a chance of {percent(event.chance)}")
    note = " ".join(event.note.split())
    what = f"{label} ({note})" if note else label
    return _said(what, ", ".join(parts), event.reason, kind.meaning)


def _amount(name: str, amount: float | str, kind: EventType) -> str:
    """Return one number of an event with its unit, or what one of its words means."""
    if name in kind.choices and isinstance(amount, str):
        choice = kind.choices[name]
        return f"{choice.meaning}: {choice.options[amount].partition(',')[0]}"
    if isinstance(amount, str) or name not in kind.fields:
        return _money_first(amount_text(amount))
    field, bare = kind.fields[name], kind.fields[name].unit in ("count", "ratio")
    number = grouped(exact(amount))
    unit = "" if bare else field.unit.removesuffix("s") if amount == 1 else field.unit
    told = with_unit(unit, number)
    alone = len(kind.fields) == 1 and not bare
    return told if alone else f"{_first(field.meaning)}: {told}"


def _money_first(told: str) -> str:
    """Return an amount of money as it is read, "USD 2 bn" for "2 USD bn"; other words unchanged."""
    amount, bracket, rest = told.partition(" [")
    number, _, unit = amount.partition(" ")
    return with_unit(unit, number) + bracket + rest


def _first(meaning: str) -> str:
    """Return the first part of a meaning: up to its first full stop or semicolon."""
    return " ".join(meaning.split()).partition(". ")[0].partition(";")[0]


def _said(what: str, size: str, reason: Reason, meaning: str = "") -> Change:
    reference, full = reason.reference.rstrip("."), " ".join(meaning.split())
    return Change(what, size, reason.why, reference, reason.grade, full)


def path_words(path: LeverPath, unit: str) -> str:
    """Return what a lever does, such as "doubled by 2030, in even steps from 2026"."""
    amount = getattr(path, path.operation)
    if isinstance(amount, dict):
        return ", ".join(_series(path, unit)) + ", in straight lines between"
    done = done_words(path.operation, amount, unit)
    if path.path == "ramp":
        return f"{done} by {path.to}, in even steps from {path.start}"
    if path.to == path.start:
        return f"{done} in {path.start}"
    return f"{done} from {path.start}" + (f" to {path.to}" if path.to is not None else " on")


def _series(path: LeverPath, unit: str) -> Iterator[str]:
    for year, amount in sorted(getattr(path, path.operation).items()):
        yield f"{done_words(path.operation, amount, unit)} in {year}"


def done_words(operation: str, amount: float | str, unit: str) -> str:
    """Return what is done to a quantity: "doubled", "raised by 25 %", "at least 150 JPY bn".

    An amount of money is text, in its own unit.
    """
    if isinstance(amount, str):
        less, told = amount.startswith("-"), _money_first(amount_text(amount.removeprefix("-")))
    else:
        less = amount < 0.0
        number = grouped(exact(abs(amount) if operation == "add" else amount))
        unit = UNIT_OF_DIFFERENCE.get(unit, unit) if operation == "add" else unit
        told = with_unit("" if unit in ("count", "ratio") else unit, number)
    if operation == "multiply":
        amount = float(amount)
        if amount in TIMES:
            return TIMES[amount]
        if amount > 2.0:
            return f"{grouped(exact(amount))} times as much"
        part = percent(abs(amount - 1.0), 0 if round(abs(amount - 1.0), 2) >= 0.01 else 1)
        return f"{'raised' if amount > 1.0 else 'cut'} by {part}"
    if operation == "add":
        return f"{'lowered' if less else 'raised'} by {told}"
    return {"set": "set to", "at_least": "at least", "at_most": "at most"}[operation] + f" {told}"


def judged_words(changes: list[Change]) -> str:
    """Return how many of the sizes are judgements; empty where there are none."""
    judged = sum(change.judged for change in changes)
    if not judged:
        return ""
    if len(changes) == 1:
        return "The size of the change is a judgement."
    if judged == len(changes):
        return f"All {fixed(judged, 0)} sizes of what changed are judgements."
    return f"{fixed(judged, 0)} of {fixed(len(changes), 0)} sizes of what changed are judgements."
