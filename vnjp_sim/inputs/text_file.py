"""Text files: UTF-8, of bearable size, without characters that no editor shows."""

from __future__ import annotations

import re
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LINE_END = re.compile(r"\r\n?|\n")


def read_text(file: Path, max_bytes: int) -> str:
    """Return the text of a UTF-8 file of at most `max_bytes`, without a byte order mark.

    Raises
    ------
    InputError
        The file is missing, unreadable, too large, not UTF-8, or holds control characters.
    """
    name = display_path(file)
    raw = read_bytes(file, max_bytes)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError.single(name, "is not UTF-8", "save it as UTF-8", line) from None
    unseen_characters(text, name).raise_if_any()
    return text


def read_bytes(file: Path, max_bytes: int) -> bytes:
    """Return the content of a file of at most `max_bytes`.

    Raises
    ------
    InputError
        The file is missing, unreadable or too large.
    """
    name = display_path(file)
    try:
        with file.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except FileNotFoundError:
        raise InputError.single(name, "no such file", "check the path") from None
    except IsADirectoryError:
        raise InputError.single(name, "is a folder, not a file", "name a file in it") from None
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        remedy = "check the path"
        if isinstance(error, PermissionError):
            remedy = "check its permissions, and those of its folders"
        raise InputError.single(name, f"cannot be read ({what})", remedy) from None
    if len(raw) > max_bytes:
        raise InputError.single(name, f"has more than {max_bytes} bytes", "split or shorten it")
    return raw


def unseen_characters(text: str, name: str) -> Refusals:
    """Return a refusal for each line that holds characters which no editor shows."""
    refusals = Refusals()
    if not UNSEEN.search(text):
        return refusals
    for line, content in enumerate(_LINE_END.split(text), start=1):
        if match := UNSEEN.search(content):
            what = f"holds the control character U+{ord(match[0]):04X}"
            refusals.append(Refusal(Place(name, line, match.start() + 1), what, "delete it"))
            if refusals.full:
                break
    return refusals
