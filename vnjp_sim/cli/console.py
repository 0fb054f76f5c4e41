"""What commands print with: text as it is, never read as markup, in whatever encoding there is."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.encodings import is_unicode

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 100
LEAST_WIDTH = 40
SET_IN = "    "


def make_console(*, errors: bool = False) -> Console:
    """Return a console as wide as COLUMNS, the terminal, or 100 columns in a pipe.

    What it prints is never read as markup: titles, notes and paths may hold any brackets.

    Parameters
    ----------
    errors : bool
        Print on standard error.
    """
    from rich.console import Console

    return Console(
        stderr=errors, width=width(errors=errors), markup=False, highlight=False, emoji=False
    )


def show(console: Console, table: object, style: str | None = None) -> None:
    """Print a table, or one line whatever its length; nothing is cut."""
    console.print(table, style=style, soft_wrap=True)


def say_folded(console: Console, line: str) -> None:
    """Print a line folded at the width of a console, what follows set in."""
    from vnjp_sim.tables.text_table import wrapped

    begin = " " * (len(line) - len(line.lstrip(" ")))
    first, *others = wrapped(line.strip(" "), console.width - len(begin) - len(SET_IN))
    show(console, begin + first)
    for other in others:
        show(console, begin + SET_IN + other)


def say(text: str, *, errors: bool = False) -> None:
    """Print a line as it is; raises OSError if whoever reads it has gone."""
    stream = sys.stderr if errors else sys.stdout
    if stream is not None:
        stream.write(f"{text}\n")
        stream.flush()


def say_json(content: Any, indent: int | None = None) -> None:
    """Print JSON, valid in any encoding; what is not a number is null."""
    whole = is_unicode(getattr(sys.stdout, "encoding", None))
    say(json.dumps(_finite(content), ensure_ascii=not whole, allow_nan=False, indent=indent))


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return content


def width(*, errors: bool = False) -> int:
    """Return how many columns there are: COLUMNS, those of the terminal, or 100 in a pipe."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return max(LEAST_WIDTH, int(asked))
    stream = sys.stderr if errors else sys.stdout
    try:
        return max(LEAST_WIDTH, os.get_terminal_size(stream.fileno()).columns)
    except (AttributeError, ValueError, OSError):
        return PIPE_WIDTH
