"""Numbers that a person writes among words, such as "700,000" or "−1.5".

A comma divides thousands and a point stands before decimals. What may be meant otherwise is
refused: 0,7 with a decimal comma, or 700.000 with a point between thousands.
"""

from __future__ import annotations

import math
import re

from vnjp_sim.foundation.errors import BadValueError

NUMBER = r"[-+−]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?"
"""What looks like a number; a part of regular expressions. :func:`stated_number` reads it."""

_WHOLE = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+"
_FORM = re.compile(rf"([-+]?)({_WHOLE})((?:\.[0-9]+)?)((?:e[-+]?[0-9]+)?)", re.ASCII)
_POINTS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:\.000)+", re.ASCII)


def stated_number(text: str) -> float:
    """Return the number that a text states.

    Raises
    ------
    BadValueError
        It is none, may mean two numbers, or is too large.
    """
    plain = text.strip().replace("−", "-").lower()
    if _POINTS.fullmatch(plain):
        whole, first = plain.replace(".", ""), plain.partition(".")[0]
        raise BadValueError(f"'{text}' may mean {whole} or {first}", "leave the point out")
    match = _FORM.fullmatch(plain)
    if match is None:
        comma = (
            plain.count(",") == 1
            and "." not in plain
            and plain.lstrip("-+").replace(",", "0").isdecimal()
        )
        meant = f"write {plain.replace(',', '.')}" if comma else "write one such as 700,000 or 0.7"
        raise BadValueError(f"'{text[:40]}' is no number", meant)
    number = float("".join(match.groups()).replace(",", ""))
    if not math.isfinite(number):
        raise BadValueError(f"'{text[:40]}' is no finite number", "give a smaller one")
    return number
