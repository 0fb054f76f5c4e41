"""Names that a user gives to a scenario: any text as its title, and an id made of it for files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario_file import LONGEST_TITLE

LONGEST_ID = 40
MINE = "my_scenario"
"""The id of a title that has no Latin letter."""
_STROKED = str.maketrans("đĐøØłŁ", "dDoOlL")
"""Letters that no accent is taken off."""


def title_of(text: str) -> str:
    """Return a title on one line, of what can be seen; empty of blanks. Raises InputError."""
    seen = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    words = " ".join(seen.split())
    if len(words) > LONGEST_TITLE:
        what = f"has {len(words)} characters"
        raise InputError.single("name", what, f"give at most {LONGEST_TITLE}")
    return words


def id_of(title: str, taken: Collection[str]) -> str:
    """Return the id of a title, which names files: "More aid, 2×" is more_aid_2x.

    `taken` are ids that it may not have.
    """
    plain = unicodedata.normalize("NFKD", title.translate(_STROKED).replace("×", "x"))
    words = re.findall("[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    name = "_".join(words)[:LONGEST_ID].strip("_")
    if not re.match("[a-z]", name):
        name = f"my_{name}" if name else MINE
    return f"{name}_of_mine" if name in taken else name
