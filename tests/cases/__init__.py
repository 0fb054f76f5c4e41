"""Bad input files, one fault each unless their name says otherwise.

The messages that a user is to read stand beside a case in a `.txt` file of the same name, one a
line; a line that ends in … gives the beginning only.
"""

from __future__ import annotations

from pathlib import Path

from vnjp_sim.foundation.errors import InputError

CASES = Path(__file__).resolve().parent


def names(folder: str) -> list[str]:
    """Return the names of the cases of a folder."""
    return sorted(file.stem for file in (CASES / folder).glob("*.txt"))


def case(folder: str, name: str) -> Path:
    """Return the file of a case."""
    (file,) = [f for f in (CASES / folder).glob(f"{name}.*") if f.suffix != ".txt"]
    return file


def complete(folder: str) -> bool:
    """Whether every case of a folder has its messages, and all messages a case."""
    files = [f for f in (CASES / folder).iterdir() if f.is_file() and f.suffix != ".txt"]
    return sorted(f.stem for f in files) == names(folder)


def assert_same(messages: list[str], expected: list[str]) -> None:
    """Check messages; an expected one that ends in … gives the beginning only."""
    cut = [
        message[: len(line) - 1] + "…" if line.endswith("…") else message
        for message, line in zip(messages, expected, strict=False)
    ]
    assert [*cut, *messages[len(expected) :]] == expected


def assert_refused(error: InputError, folder: str, name: str) -> None:
    """Check the messages of an error against those beside the case."""
    expected = (CASES / folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert_same([fault.typed for fault in error.refusals], expected)
