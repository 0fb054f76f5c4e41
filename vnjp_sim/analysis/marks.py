"""Why an effect is to be read with care: the marks, their signs, and what a legend says of them."""

from __future__ import annotations

from collections.abc import Iterable

NONE = "none by construction"
NOT_NOW = "none in this year"
UNSURE = "the sign is uncertain"
TOO_FEW = "too few draws for the sign"
SET = "set by the scenario"
PRIOR_DRIVEN = "rests mostly on assumptions"
NOT_EXAMINED = "not examined"
UNPROVEN = "pairing not shown"

UNEXAMINED = (
    "What effects rest on was not examined: this takes 1,000 draws or more, and the priors of the "
    "runs."
)

STILL = frozenset({NONE, NOT_NOW})
"""Marks of effects that are exactly zero in every draw."""
OPEN = frozenset({UNSURE, TOO_FEW, UNPROVEN, *STILL})
"""Marks of effects whose sign is not known, or that are none."""

SIGNS = {TOO_FEW: "?", SET: "‡", PRIOR_DRIVEN: "†", UNPROVEN: "!"}
MEANINGS = {
    TOO_FEW: TOO_FEW,
    SET: "set by the scenario itself",
    PRIOR_DRIVEN: PRIOR_DRIVEN,
    UNPROVEN: "between runs not shown to share random numbers",
}


def legend(marks: Iterable[str]) -> str:
    """Return what the signs mean that appear among marks, and what was not examined."""
    there = set(marks)
    meanings = [f"{SIGNS[mark]} {meaning}" for mark, meaning in MEANINGS.items() if mark in there]
    sentences = [", ".join(meanings) + "."] if meanings else []
    if UNSURE in there:
        sentences.append(f"Where {UNSURE}, the share of draws that rise or fall is given.")
    if NOT_EXAMINED in there:
        sentences.append(UNEXAMINED)
    if there >= STILL:
        sentences.append(
            "What is not listed has no effect by construction, or none in these years."
        )
    elif NONE in there:
        sentences.append("What is not listed has no effect by construction.")
    elif NOT_NOW in there:
        sentences.append("What is not listed does not differ in these years.")
    return " ".join(sentences)
