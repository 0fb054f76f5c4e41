"""Printing where the encoding lacks a character: readable ASCII stands for it.

Terminals and pipes of other encodings than UTF-8 (cp932, cp1252, ASCII …) lack some of the
characters that are printed, others lack those of a user's title.
"""

from __future__ import annotations

import codecs
import sys
import unicodedata
from functools import lru_cache

READABLE = "vnjp_sim.readable"
"""The name of the error handler of the standard library's codecs."""

ASCII = {
    **dict.fromkeys("−–‐‑‒―─━╌╴╶⎯", "-"),
    "—": "-",
    "…": "...",
    "≈": "~",
    "†": "*",
    "±": "+/-",
    "×": "x",
    "·": "*",
    "•": "*",
    "→": "->",
    "←": "<-",
    "≥": ">=",
    "≤": "<=",
    "√": "sqrt",
    **dict.fromkeys("‘’‚′“”„″«»", "'"),
    **dict.fromkeys("│┃╎╷╵", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╞╡╪┏┓┗┛┡┩╇", "+"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    "đ": "d",
    "Đ": "D",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "°": "deg",
    "☒": "x",
}


def print_any_text() -> None:
    """Let standard output and error print any text in their encoding."""
    codecs.register_error(READABLE, _replace)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=READABLE)


def readable(text: str, encoding: str) -> str:
    """Return a text with readable ASCII for what an encoding lacks."""
    codecs.register_error(READABLE, _replace)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, READABLE).decode(encoding, "replace")
    except LookupError:
        return text
    return text


def is_unicode(encoding: str | None) -> bool:
    """Whether an encoding has every character."""
    return (encoding or "").lower().replace("_", "-").startswith(("utf", "u8"))


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_ascii(character) for character in text), error.end


@lru_cache(maxsize=1_000)
def _ascii(character: str) -> str:
    if character in ASCII:
        return ASCII[character]
    if unicodedata.combining(character):
        return ""
    if "\ud800" <= character <= "\udfff":
        return f"\\x{ord(character) & 0xFF:02x}"
    if unicodedata.category(character) == "No":
        return "?"  # ½ or ² would turn into other digits
    base = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return base or "?"
