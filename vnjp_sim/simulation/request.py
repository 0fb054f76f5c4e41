"""What is asked of the model: one frozen object, which Python and the command line build alike.

A request can be written as the command that gives the same again, see :meth:`Request.command`.
"""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec, TypedDict, TypeVar, get_type_hints

from vnjp_sim.foundation import arguments
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.packaged import PROGRAM
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.inputs.number_text import fixed

DEFAULT_DRAWS = 2_000
DEFAULT_SEED = 20_251
DEFAULT_OUT = Path("results")
MAX_DRAWS = 1_000_000
MAX_SUMMARISED = 10**12
"""The most draws where none is kept."""
MAX_SEED = 2**63 - 1
MAX_WORKERS = 256

SHOWN = ("draws", "seed", "horizon", "models", "as_of", "evidence", "baseline")
"""What a command tells beside the scenarios: what its result depends on. Where results go and how
many workers compute change nothing of them."""

Words = ParamSpec("Words")
Answer = TypeVar("Answer")


class Asked(TypedDict, total=False):
    """The keyword options of the Python functions, as they may be given."""

    draws: int
    seed: int
    horizon: str | tuple[int, int] | None
    models: str | PathLike[str] | None
    as_of: str | date | None
    evidence: str
    out: str | PathLike[str]
    workers: int
    cluster: str | None


@dataclass(frozen=True)
class Options:
    """What a run is asked beside its scenario.

    `start` and `end` replace the scenario's horizon, if given; `summaries_only` allows as many
    draws as are not kept. Raises InputError for a number that is none, or out of bounds.
    """

    draws: int = DEFAULT_DRAWS
    seed: int = DEFAULT_SEED
    start: int | None = None
    end: int | None = None
    workers: int = 1
    cluster: str | None = None
    summaries_only: bool = False

    def __post_init__(self) -> None:
        for name, (least, most, what, remedy) in _bounds(self.summaries_only).items():
            settled_value = arguments.whole(name, getattr(self, name))
            if not least <= settled_value <= most:
                raise InputError.single(name, what.format(settled_value), remedy)
            _settle(self, name, settled_value)


@dataclass(frozen=True)
class Request:
    """Which scenarios are asked for, and how; every type is settled when it is made.

    Attributes
    ----------
    scenarios : tuple[str, ...]
        Names, files, scenarios written out on one line, or folders of stored runs.
    baseline : str | None
        What to compare with; None for the root of the first scenario's chain.
    draws, seed : int
        Size of the ensemble, and its common random numbers.
    horizon : tuple[int, int] | None
        First and last year; None for the scenarios' own.
    models : Path | None
        The models folder; None for the shipped one.
    as_of : date | None
        Only documents published before this day are used.
    evidence : str
        What figures are from: `documents`, or `documents+official` with the official series.
    out : Path
        The results folder.
    workers : int
        How many threads compute; or processes of a local cluster.
    cluster : str | None
        `local`, or the address of a dask scheduler whose workers compute; None for threads.
    summaries_only : bool
        Whether draws are not kept, so that there may be more of them.

    Raises
    ------
    InputError
        An argument is of a type that cannot be taken, see
        :mod:`vnjp_sim.foundation.arguments`, or out of bounds.
    """

    scenarios: tuple[str, ...] = ()
    baseline: str | None = None
    draws: int = DEFAULT_DRAWS
    seed: int = DEFAULT_SEED
    horizon: tuple[int, int] | None = None
    models: Path | None = None
    as_of: date | None = None
    evidence: str = DOCUMENTS
    out: Path = DEFAULT_OUT
    workers: int = 1
    cluster: str | None = None
    summaries_only: bool = False

    def __post_init__(self) -> None:
        for name, rule in _RULES.items():
            value, default = getattr(self, name), getattr(type(self), name)
            _settle(self, name, value if value is default else rule(name, value))
        options = self.options
        for field in fields(options):
            if field.name in _FIELDS:
                _settle(self, field.name, getattr(options, field.name))

    @classmethod
    def of(cls, scenarios: object, baseline: object = None, **options: Any) -> Request:
        """Return the request that arguments of any type make; raises InputError."""
        named = arguments.scenarios("scenarios", scenarios)
        return cls(named, baseline, **options)  # type: ignore[arg-type]

    @property
    def options(self) -> Options:
        """What a run is asked beside its scenario."""
        start, end = self.horizon or (None, None)
        return Options(
            self.draws, self.seed, start, end, self.workers, self.cluster, self.summaries_only
        )

    @property
    def asked(self) -> Asked:
        """The keyword options of the Python functions that ask the same."""
        return {name: getattr(self, name) for name in Asked.__annotations__}  # type: ignore[return-value]

    def command(self, verb: str, more: Sequence[str] = ()) -> str:
        """Return the command line that gives the same again, quoted for a POSIX shell.

        Only what differs from the defaults is told; `more` are options of the command's own.
        """
        words = [*more]
        for name in SHOWN:
            value = getattr(self, name)
            if value != getattr(type(self), name):
                told = ":".join(map(str, value)) if isinstance(value, tuple) else str(value)
                option = f"--{name.replace('_', '-')}"
                words += [f"{option}={told}"] if told.startswith("-") else [option, told]
        if any(name.startswith("-") for name in self.scenarios):
            words = [*words, "--", *self.scenarios]
        else:
            words = [*self.scenarios, *words]
        return f"{PROGRAM} {shlex.join([verb, *words])}"


def _scenarios(name: str, value: Any) -> tuple[str, ...]:
    """Return what scenarios are asked by, in full, so that a request says the same again later."""
    return tuple(dict.fromkeys(map(_in_full, arguments.scenarios(name, value))))


def _scenario(name: str, value: Any) -> str:
    return _in_full(arguments.scenario(name, value))


def _in_full(scenario: str) -> str:
    """Return the full name of a scenario; what may mean several is refused when it is read."""
    from vnjp_sim.inputs.scenario_lookup import full_name

    try:
        return full_name(scenario)
    except InputError:
        return scenario


_RULES: Mapping[str, Callable[[str, Any], Any]] = {
    "scenarios": _scenarios,
    "baseline": _scenario,
    "horizon": arguments.span,
    "models": arguments.place,
    "as_of": arguments.day,
    "evidence": arguments.basis,
    "out": arguments.place,
    "cluster": arguments.cluster,
}
_FIELDS = {field.name for field in fields(Request)}


def _bounds(summaries_only: bool) -> Mapping[str, tuple[int, int, str, str]]:
    """Return of each number: the least, the most, what is said of another, and the remedy."""
    most = MAX_SUMMARISED if summaries_only else MAX_DRAWS
    return {
        "draws": (1, most, "{} draws", f"give 1 to {fixed(most, 0)}"),
        "seed": (0, MAX_SEED, "seed {}", "give a number from 0 to 2^63"),
        "workers": (1, MAX_WORKERS, "{} workers", f"give 1 to {MAX_WORKERS}"),
    }


def takes_options(function: Callable[Words, Answer]) -> Callable[Words, Answer]:
    """Show the keyword options in the signature of a function that takes them as `**options`.

    As of any Python function, a keyword that it does not have is a TypeError.
    """
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=getattr(Request, name), annotation=kind
        )
        for name, kind in get_type_hints(Asked).items()
    ]
    shown = signature.replace(parameters=[*own, *options])

    @wraps(function)
    def taking(*words: Words.args, **more: Words.kwargs) -> Answer:
        for name in more.keys() - shown.parameters.keys():
            remedy = did_you_mean(name, shown.parameters)
            raise TypeError(f"{function.__name__}() takes no '{name}'; {remedy}")
        return function(*words, **more)

    taking.__signature__ = shown  # type: ignore[attr-defined]
    return taking


def _settle(frozen: Options | Request, name: str, value: object) -> None:
    object.__setattr__(frozen, name, value)
