"""A scenario as the model takes it: what is steered, what happens, which priors are replaced."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, Place, did_you_mean
from vnjp_sim.foundation.packaged import PROGRAM
from vnjp_sim.foundation.shown import Shown
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.inputs.reasons import Assumption, Grade
from vnjp_sim.inputs.scenario_changes import without_events, without_named
from vnjp_sim.inputs.scenario_event import ScenarioEvent, assumptions_of
from vnjp_sim.inputs.scenario_file import AT, FIXED, shipped_statement, variant_statement
from vnjp_sim.inputs.scenario_forms import Statement, as_python, as_text, as_yaml, one_line
from vnjp_sim.inputs.scenario_merge import Merged
from vnjp_sim.inputs.scenario_names import without_made_names


class Builder(Protocol):
    """What makes and checks scenarios: the reader of a model's scenarios."""

    def build(self, content: Mapping[str, Any]) -> Scenario:
        """Return the scenario of the content of a file; raises InputError."""

    def inherited(self, content: Mapping[str, Any]) -> Merged:
        """Return what the parents of the content say."""

    def lever(self, word: str) -> str:
        """Return the lever that a word means; a word that means none as it is."""


@dataclass(frozen=True, repr=False)
class Scenario(Shown):
    """A scenario with everything that its chain of parents says.

    Never changed: each `with_…`, `without_…` and `named` returns another scenario, checked at once
    as a file would be (InputError names the nearest known lever, event type or parameter). What
    such a method makes of a shipped scenario, or of one without parent, is a new scenario that
    extends it; of any other, the same scenario with the change. A new one has a name made of the
    parent's and a digest of its content until `named` gives it one.

    The forms `to_yaml`, `to_text`, `to_line`, `to_python` and `to_command` all lead back to an
    equal scenario.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> more = vj.scenario("base").named("more_aid", title="Aid grows by half")
    >>> more = more.with_lever("oda_commitments", vj.ramp(2026, 2030, multiply=1.5))
    >>> more.levers["oda_commitments"].text
    '× 1.5, phased in from 2026 to 2030'
    >>> vj.scenario(more.to_text()) == more
    True

    Attributes
    ----------
    name, title, narrative, sources
        As its own file says.
    start, end : int
        First and last projected year.
    levers : Mapping[str, LeverPath]
        Paths by lever.
    events : tuple[ScenarioEvent, ...]
        In the order of their content.
    parameters : Mapping[str, Distribution]
        Replaced priors by name.
    chain : tuple[str, ...]
        Names from the root to the scenario itself.
    file : str
        Where it was read from, as shown to users.
    baseline : Scenario | None
        The root of the chain; None for a root.
    places : Mapping[tuple[str, str | int], Place]
        Of the horizon, of each lever (by name) and of each event (by number).
    stated : Mapping[str, Any]
        What its own file says, in plain values; parents that are not shipped are written out below
        `extends`.
    reader : Builder | None
        What checks the scenarios that are made from this one; None for one that a manifest tells.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    start: int
    end: int
    levers: Mapping[str, LeverPath]
    events: tuple[ScenarioEvent, ...]
    parameters: Mapping[str, Distribution]
    chain: tuple[str, ...]
    file: str = field(compare=False)
    baseline: Scenario | None = None
    places: Mapping[tuple[str, str | int], Place] = field(default_factory=dict, compare=False)
    stated: Statement = field(default_factory=dict, compare=False)
    reader: Builder | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        parts = {"lever": self.levers, "event": self.events, "replaced prior": self.parameters}
        counts = ", ".join(count_text(len(items), kind) for kind, items in parts.items())
        return f"<Scenario {' → '.join(self.chain)}: {self.start}–{self.end}, {counts}>"

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of its variants, in the order of its file, with `fixed` where it waits."""
        names = dict.fromkeys(self.stated.get("variants", ()))
        return tuple(names | ({FIXED: None} if self.waits else {}))

    @property
    def waits(self) -> bool:
        """Whether a lever or an event of it waits for an indicator."""
        waiting = [path.when for path in self.levers.values()]
        return any([*waiting, *(event.when for event in self.events)])

    @settled
    def variant(self, name: str) -> Scenario:
        """Return one of its variants, a scenario of its own that is called name@variant.

        One in which levers or events wait has the variant `fixed`, in which none does.

        Raises
        ------
        InputError
            It has no such variant.
        """
        if name not in self.variants:
            remedy = did_you_mean(name, self.variants) if self.variants else "it has none"
            raise InputError.single(self.name, f"has no variant '{name}'", remedy)
        if name == FIXED and name not in self.stated.get("variants", ()):
            fixed = self._inherited(
                {"name": f"{self.name}{AT}{FIXED}", "extends": self.stated}
            ).fixed
            return self._built(variant_statement(self.stated, name, fixed))
        return self._built(variant_statement(self.stated, name))

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Why each lever and event has its size, those of parents too, as far as it is said."""
        return assumptions_of(self.levers, self.events)

    @property
    def content(self) -> dict[str, Any]:
        """What the projection depends on, for hashing."""
        return {
            "name": self.name,
            "horizon": (self.start, self.end),
            "baseline": None if self.baseline is None else self.baseline.content,
            "levers": {name: path.content for name, path in self.levers.items()},
            "events": [event.content for event in self.events],
            "parameters": {n: d.model_dump(mode="json") for n, d in self.parameters.items()},
        }

    @property
    def departs(self) -> bool:
        """Whether it does anything that its baseline does not, or the other way round."""
        other = self.baseline
        return other is not None and (
            (self.levers, self.events, self.parameters)
            != (other.levers, other.events, other.parameters)
        )

    @settled
    def with_lever(
        self,
        name: str,
        lever_path: LeverPath | Mapping[str, Any],
        *,
        when: str | Mapping[str, Any] = "",
    ) -> Scenario:
        """Return the scenario that steers a lever.

        Parameters
        ----------
        name : str
            The lever, or an unambiguous beginning; a path that it has already is replaced.
        lever_path : LeverPath | Mapping[str, Any]
            As :func:`vnjp_sim.ramp`, `step`, `pulse` or `series` make it, or the keys of a file.
        when : str | Mapping[str, Any]
            What it waits for in each draw, as for :func:`vnjp_sim.step`; by default what the path
            says of that.

        Raises
        ------
        InputError
            There is no such lever, or it may not be steered so.
        """
        draft = self._draft()
        lever = self._builder.lever(name)
        stated = lever_path.stated if isinstance(lever_path, LeverPath) else lever_path
        if when and isinstance(stated, Mapping):
            stated = {**stated, "when": when}
        draft["levers"] = draft.get("levers", {}) | {lever: stated}
        return self._built(draft)

    @settled
    def without_lever(self, name: str) -> Scenario:
        """Return the scenario without a lever, also if a parent steers it; raises InputError."""
        return self._without("levers", self._builder.lever(name))

    @settled
    def with_event(
        self,
        type: str,  # noqa: A002 - as scenario files call it
        on: str | date,
        note: str = "",
        *,
        chance: float = 1.0,
        every: str = "",
        when: str | Mapping[str, Any] = "",
        why: str = "",
        reference: str = "",
        grade: Grade | None = None,
        **amounts: float | str,
    ) -> Scenario:
        """Return the scenario with one more event.

        Parameters
        ----------
        type : str
            The type of event.
        on : str | date
            Its day, such as "2027-10-01".
        note : str
            A remark for readers.
        chance : float
            The probability that it happens in a draw.
        every : str
            How often it comes again, such as "2 years until 2034".
        when : str | Mapping[str, Any]
            What it waits for in each draw, as for :func:`vnjp_sim.step`.
        why, reference, grade
            Why its size is what it is, as for :func:`vnjp_sim.step`.
        **amounts : float | str
            The fields and choices of the type, such as count=2, purse="grant", amount="2 USD bn".

        Raises
        ------
        InputError
            The type is unknown, or does not have these fields, or a number is out of range.
        """
        said: dict[str, Any] = {"note": note, "every": every, "when": when, "why": why}
        said |= {"reference": reference, "grade": grade}
        event = {"on": on, "type": type, **amounts, **{k: v for k, v in said.items() if v}}
        if chance != 1.0:
            event["chance"] = chance
        draft = self._draft()
        draft["events"] = [*draft.get("events", ()), event]
        return self._built(draft)

    @settled
    def without_event(self, type: str, on: str | date | None = None) -> Scenario:  # noqa: A002
        """Return the scenario without the events of a type, also those of parents.

        Parameters
        ----------
        type : str
            The type of event.
        on : str | date | None
            Only those of this day; None for all.

        Raises
        ------
        InputError
            There is none.
        """
        draft = self._draft()
        inherited = [each.value for each in self._inherited(draft).events]
        return self._built(without_events(draft, inherited, self.name, type, on))

    @settled
    def with_parameter(self, name: str, **prior: Any) -> Scenario:
        """Return the scenario that replaces the prior of a parameter.

        Parameters
        ----------
        name : str
            The parameter.
        **prior : Any
            The form of the distribution, such as fixed=3.0 or
            lognormal={"median": 1.2, "sigma": 0.2}.

        Raises
        ------
        InputError
            The parameter is unknown or may not be replaced, or not by this prior.
        """
        draft = self._draft()
        draft["parameters"] = draft.get("parameters", {}) | {name: prior}
        return self._built(draft)

    @settled
    def without_parameter(self, name: str) -> Scenario:
        """Return the scenario without a replaced prior, also of a parent; raises InputError."""
        return self._without("parameters", name)

    @settled
    def with_horizon(self, start: int, end: int) -> Scenario:
        """Return the scenario over other years; raises InputError."""
        return self._built({**self._draft(), "horizon": {"start": start, "end": end}})

    @settled
    def named(
        self,
        name: str,
        title: str | None = None,
        narrative: str | None = None,
        sources: Sequence[str] | None = None,
    ) -> Scenario:
        """Return the scenario under another name, and with what else is given of it.

        Parameters
        ----------
        name : str
            Lower-case letters, digits and underscores.
        title, narrative : str | None
            For readers; None leaves them as they are, or makes a title of the content.
        sources : Sequence[str] | None
            What it rests on, one text a source.

        Raises
        ------
        InputError
            The name is none.
        """
        given = {"name": name, "title": title, "narrative": narrative, "sources": sources}
        return self._built(self._draft() | {k: v for k, v in given.items() if v is not None})

    def to_yaml(self) -> str:
        """Return a scenario file of the same content: only what differs from the parent."""
        return as_yaml(self.stated)

    def to_line(self) -> str:
        """Return the file on one line, which commands and functions take in place of a name."""
        return one_line(without_made_names(self.stated))

    def to_text(self) -> str:
        """Return URL-safe text, which commands and functions take in place of a name."""
        return as_text(without_made_names(self.stated))

    def to_python(self) -> str:
        """Return Python that makes the same scenario."""
        return as_python(without_made_names(self.stated))

    @settled
    def to_command(self, verb: str = "run") -> str:
        """Return a command that takes the scenario without a file, for a POSIX shell."""
        return f"{PROGRAM} {shlex.join([verb, self.to_line()])}"

    def _draft(self) -> dict[str, Any]:
        """Return what may be changed: the own statement, or a new one that extends it."""
        own = "extends" in self.stated and AT not in self.name
        if not own or self.stated == shipped_statement(self.name):
            return {"extends": self.stated}
        return deepcopy(without_made_names(self.stated))

    def _without(self, kind: str, name: str) -> Scenario:
        draft = self._draft()
        inherited = getattr(self._inherited(draft), kind)
        return self._built(without_named(draft, inherited, self.name, kind, name))

    def _inherited(self, draft: Mapping[str, Any]) -> Merged:
        return self._builder.inherited(draft)

    def _built(self, draft: Mapping[str, Any]) -> Scenario:
        return self._builder.build(draft)

    @property
    def _builder(self) -> Builder:
        if self.reader is None:
            what = "is a scenario as a stored run tells it, and cannot be changed"
            raise InputError.single(self.name, what, "make it with vnjp_sim.scenario()")
        return self.reader
