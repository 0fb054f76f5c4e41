"""What every sector is: what it declares, a yearly close, processes on the clock.

What the model is stands here once. A sector declares its laws, and for every indicator that it
gives what it follows from. The calibration plan, the order of the sectors, what a trace tells, what
a scenario may replace, and the check of the YAML files against the code are derived from that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.context import SectorContext, common_loading
from vnjp_sim.sectors.drivers import explained_by_drivers
from vnjp_sim.sectors.laws import (
    AccrualState,
    CountState,
    GrowthState,
    PercentState,
    RevertingState,
    SharesState,
    State,
)

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]
Kind = Literal["growth", "reverting", "shares", "percent", "accrual", "count"]

SHOCKED: frozenset[Kind] = frozenset({"growth", "percent"})
"""Kinds of laws whose shocks have a part that is common to all sectors."""


@dataclass(frozen=True)
class Law:
    """A law that is calibrated on figures and that its sector steps from year to year.

    Attributes
    ----------
    name : str
        Its key under `laws` in `models/parameters/`.
    kind : str
        Its kind there.
    flow : bool
        Whether a value is the flow of a year; else the stock at its end.
    stock : str
        The indicator that accumulates the flow, which the calibration carries along; "" for none.
    net_flow : str
        The indicator of the change of that stock, if it is one.
    exit_rate, revision_spread : str
        The priors of what the stock loses and of how it is revised, see
        :mod:`~vnjp_sim.calibration.revisions`; the flow alone changes the stock if empty.
    group : str
        Laws of one group are calibrated together; the law alone if empty.
    calibrated_with : tuple of str
        Priors that its calibration alone reads.
    parts : tuple of str
        Of a law of shares, the indicators but for the rest.
    carries : tuple of (str, float)
        Responses of links that act on what follows from it, each with the log effect on the law of
        a log effect on the response: what they explain of its variance is taken out of its own.
    own_growth : str
        The prior of a draw's own lasting growth after history; "" for none.
    """

    name: str
    kind: Kind = "growth"
    flow: bool = False
    stock: str = ""
    net_flow: str = ""
    exit_rate: str = ""
    revision_spread: str = ""
    group: str = ""
    calibrated_with: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    carries: tuple[tuple[str, float], ...] = ()
    own_growth: str = ""

    def __post_init__(self) -> None:
        """Refuse a reverting law that no group calibrates."""
        if self.kind == "reverting" and not self.group:
            raise ValueError(f"the reverting law {self.name} needs the group that calibrates it")

    @property
    def posterior(self) -> str:
        """The name that the posterior has if the law is calibrated."""
        return f"{self.name}.rate" if self.kind == "count" else f"{self.name}.path"

    @property
    def offset(self) -> float:
        """Where in the year its values stand."""
        return 0.5 if self.flow else 1.0

    @property
    def common(self) -> tuple[str, ...]:
        """The prior of the common part of its shocks, if they have one."""
        return (common_loading(self.name),) if self.kind in SHOCKED else ()


@dataclass(frozen=True)
class Output:
    """An indicator that a sector gives, and all that bears on it directly.

    Attributes
    ----------
    name : str
        The indicator.
    text : str
        How it follows, in words; empty for the value of its own law.
    parents : tuple of str
        Indicators of the same year that it follows from, of this sector or of others.
    also : tuple of str
        Indicators of the same year that it follows from where they are given.
    is_sum : bool
        Whether it is the sum of its parents.
    begins : int
        The year in which it begins: it is zero before.
    laws : tuple of str
        Laws that it follows from.
    learnt : tuple of str
        Priors that it follows from and that figures bear on.
    priors : tuple of str
        Priors that it follows from and that no figure bears on: scenarios may replace them.
    course : tuple of str
        Priors, fixed, that the central course alone reads: the same in every scenario.
    levels : tuple of str
        Indicators of which single figures are taken as they are.
    needs : tuple of str
        What else the posterior must hold, or the indicator is not given.
    responses : tuple of str
        Names under which links act on it before anything else does.
    scaled_by : tuple of str
        Responses of another output in whose proportion it moves: what links add there leaves it.
    set_by : tuple of str
        Levers and event types whose own quantity it is: they act on it one to one, so that an
        effect there repeats what the scenario says.
    moved_by : tuple of str
        Other levers and event types that act on it: on what is wanted, allowed or begun.
    spared_by : tuple of str
        Levers that act on a parent only after it took its part of it.
    """

    name: str
    text: str = ""
    parents: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    is_sum: bool = False
    begins: int = 0
    laws: tuple[str, ...] = ()
    learnt: tuple[str, ...] = ()
    priors: tuple[str, ...] = ()
    course: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    scaled_by: tuple[str, ...] = ()
    set_by: tuple[str, ...] = ()
    moved_by: tuple[str, ...] = ()
    spared_by: tuple[str, ...] = ()

    @property
    def follows(self) -> tuple[str, ...]:
        """All indicators of the same year that it may follow from."""
        return (*self.parents, *self.also)

    def answers(self, link: Link) -> bool:
        """Whether a link acts on it before anything else does."""
        scaled = link.response in self.scaled_by and link.form != "added"
        return scaled or link.response in self.responses


class Sector(ABC):
    """One sector in one block of draws.

    A class declares `laws` and `gives`. From these follow `outputs`, the indicators that it may
    give, see :meth:`given`; `inputs`, the indicators of other sectors that it reads in the same
    year; `responses`, the names under which links act; `scaled`, the responses that stand for
    several quantities, so that links only multiply them.
    """

    laws: ClassVar[tuple[Law, ...]] = ()
    gives: ClassVar[tuple[Output, ...]] = ()
    inputs: ClassVar[tuple[str, ...]] = ()
    outputs: ClassVar[tuple[str, ...]] = ()
    responses: ClassVar[tuple[str, ...]] = ()
    scaled: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Derive what follows from the declarations."""
        cls.outputs = tuple(output.name for output in cls.gives)
        read = dict.fromkeys(name for output in cls.gives for name in output.follows)
        cls.inputs = tuple(name for name in read if name not in cls.outputs)
        moved = [name for output in cls.gives for name in output.responses]
        cls.responses = tuple(dict.fromkeys(moved))
        cls.scaled = tuple(name for name in cls.responses if moved.count(name) > 1)

    def __init__(self, context: SectorContext) -> None:
        self.context = context
        self.held = frozenset(context.sample.arrays)

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return which of the outputs the sector gives in every year.

        An indicator is given if the calibration holds its laws and other needs, and if all
        its parents are given.

        Parameters
        ----------
        known : collection of str
            Names of what the calibration holds.
        before : collection of str
            Indicators that the sectors before it give.
        """
        held, given = frozenset(known), set(before)
        calibrated = {law.name: law.posterior in held for law in cls.laws}
        waiting, names = list(cls.gives), []
        while ready := [o for o in waiting if cls._ready(o, held, calibrated, given)]:
            names += [output.name for output in ready]
            given |= {output.name for output in ready}
            waiting = [output for output in waiting if output not in ready]
        return tuple(name for name in cls.outputs if name in names)

    @classmethod
    def _ready(
        cls,
        output: Output,
        held: frozenset[str],
        calibrated: Mapping[str, bool],
        given: Collection[str],
    ) -> bool:
        return (
            all(calibrated.get(name, f"{name}.path" in held) for name in output.laws)
            and {*output.learnt, *output.needs} <= held
            and set(output.parents) <= set(given)
        )

    def is_calibrated(self, *names: str) -> bool:
        """Whether the calibration holds every one of some laws of the sector."""
        posterior = {law.name: law.posterior for law in self.laws}
        return all(posterior[name] in self.held for name in names)

    def state(self, name: str) -> State:
        """Return a law of the sector in motion, which the variants of a block share."""
        state = self._shared(name)
        assert isinstance(state, State)  # noqa: S101 - by the kind of the law
        return state

    def count(self, name: str) -> CountState:
        """Return a count law of the sector in motion, which the variants of a block share."""
        state = self._shared(name)
        assert isinstance(state, CountState)  # noqa: S101 - by the kind of the law
        return state

    def _shared(self, name: str) -> State | CountState:
        law = next(law for law in self.laws if law.name == name)
        loading = self.context.loading(name) if law.common else 0.0
        own = self.context.parameters[law.own_growth].prior if law.own_growth else None
        drawn = law.carries or law.own_growth  # from coefficients, and from a prior
        seeds = self.context.all_seeds if drawn else self.context.seeds
        key = ("law", name, loading, own, *seeds)
        return self.context.block.shared(key, lambda: state_of(law, self.context))

    @abstractmethod
    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the indicators of `year`, each (draw,), given those of the sectors before.

        They are those of :meth:`given`; NaN in a year before the calibrated paths begin.
        """

    def processes(self) -> Iterator[tuple[date, Any]]:
        """Yield (day, action) of what happens on a date of its own; none by default.

        An action takes no argument and only writes to the sector's inputs of the year.
        """
        yield from ()


def state_of(law: Law, context: SectorContext) -> State | CountState:
    """Return a law in motion, as its kind says."""
    match law.kind:
        case "growth":
            explained = explained_by_drivers(context.block, law.name, law.carries)
            return GrowthState(context, law.name, law.offset, explained, law.own_growth)
        case "reverting":
            explained = explained_by_drivers(context.block, law.name, law.carries)
            return RevertingState(context, law.name, explained)
        case "percent":
            return PercentState(context, law.name)
        case "accrual":
            return AccrualState(context, law.name)
        case "count":
            return CountState(context, law.name)
        case "shares":
            return SharesState(context, law.name, law.parts)
