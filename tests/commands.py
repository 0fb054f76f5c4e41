"""Commands in this process: what a process of their own would print, without its start."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from vnjp_sim import cli


def outcome(words: Sequence[str], encoding: str | None = None) -> tuple[int, str, str]:
    """Run a command; return its status and what it wrote to both streams.

    With an encoding, the streams refuse what it lacks.
    """
    out, err = stream(encoding), stream(encoding)
    status: object = None
    with (
        patch.object(sys, "argv", ["vnjp_sim", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as left:
            status = left.code
    assert status is None or isinstance(status, int), status
    return status or 0, written(out), written(err)


def stream(encoding: str | None) -> io.TextIOBase:
    """Return a stream in memory, which takes any text or that of an encoding."""
    return io.TextIOWrapper(io.BytesIO(), encoding) if encoding else io.StringIO()


def written(stream: io.TextIOBase) -> str:
    """Return the text of a stream from its beginning."""
    stream.seek(0)
    return stream.read()
