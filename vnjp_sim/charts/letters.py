"""How wide words are: the widths of letters in Arial, and in the fonts that have its measures."""

from __future__ import annotations

REGULAR = {
    0.14: "\u202f",
    0.19: "'",
    0.22: "ijl",
    0.26: "|",
    0.28: " !,./:;I[\\]ft\u00a0",
    0.33: "()-`r{}",
    0.35: '"',
    0.39: "*",
    0.47: "^",
    0.5: "Jcksvxyz",
    0.58: "+<=>~−×",
    0.61: "FTZ",
    0.67: "&ABEKPSVXY",
    0.72: "CDHNRUw",
    0.78: "GOQ",
    0.83: "Mm",
    0.89: "%",
    0.94: "W",
    1.0: "—…→",
    1.02: "@",
}
BOLD = {
    0.14: "\u202f",
    0.24: "'",
    0.28: " ,./I\\ijl|\u00a0",
    0.33: "!()-:;[]`ft",
    0.39: "*r{}",
    0.47: '"',
    0.5: "z",
    0.58: "+<=>^~−×",
    0.61: "?FLTZbdghnopqu",
    0.67: "EPSVXY",
    0.72: "&ABCDHKNRU",
    0.78: "GOQw",
    0.83: "M",
    0.89: "%m",
    0.94: "W",
    0.98: "@",
    1.0: "—…→",
}
"""Letters by their width, in units of the size of the type."""
USUAL = 0.56
"""Width of digits and of most letters."""
WIDE = 1.0
"""Width of Chinese and Japanese characters."""
_WIDTHS = {
    bold: {letter: width for width, letters in table.items() for letter in letters}
    for bold, table in ((False, REGULAR), (True, BOLD))
}


def text_width(text: str, size: float = 11, *, bold: bool = False) -> float:
    """Return how wide text is in pixels."""
    known = _WIDTHS[bold]
    return size * sum(known.get(letter, USUAL if letter < "\u2e80" else WIDE) for letter in text)


def lines_within(text: str, width: float, size: float = 11) -> list[str]:
    """Return text broken into lines that are no wider than so many pixels, but for long words."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
