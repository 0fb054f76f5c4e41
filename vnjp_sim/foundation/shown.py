"""What objects show of themselves in notebooks; the room `notebook`, above all others, says how.

An object in a lower room cannot import what draws it. It asks here, by name, and the package tells
at its start who answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vnjp_sim.foundation.arguments import settled

if TYPE_CHECKING:
    import altair as alt

_rooms: list[Callable[[], Any]] = []


def answered_by(room: Callable[[], Any]) -> None:
    """Let the module that `room` returns answer."""
    _rooms[:] = [room]


def ask(question: str, *words: Any, **more: Any) -> Any:
    """Return what the room `notebook` answers: the result of its function of this name."""
    return getattr(_rooms[0](), question)(*words, **more)


def drawn(shown: object, *words: Any, **more: Any) -> alt.VConcatChart:
    """Return the picture of an object, see :mod:`vnjp_sim.notebook.pictures`."""
    return cast("alt.VConcatChart", ask("plot", shown, *words, **more))


def written(question: str, shown: object, *words: Any, **more: Any) -> Path:
    """Write an object by `to_excel` or `export`, see :mod:`vnjp_sim.notebook.files`."""
    return cast("Path", ask(question, shown, *words, **more))


class Shown:
    """An object that a notebook shows as a table, whose text stays short."""

    def _repr_html_(self) -> str:
        return str(ask("html_of", self))


class Tabled(Shown):
    """An answer whose table can be written as a workbook."""

    @settled
    def to_excel(self, file: str | Path, *, force: bool = False) -> Path:
        """Write the table as a workbook. Raises InputError, EnvironmentFailureError."""
        return written("to_excel", self, file, force=force)


class Keyed(Shown):
    """A shown object whose parts are found by name: `x["trade_turnover"]`, completed by a tab."""

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._keys())

    def _keys(self) -> Sequence[str]:
        """Return the names of its parts."""
        raise NotImplementedError
