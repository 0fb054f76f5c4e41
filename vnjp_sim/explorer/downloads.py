"""What can be taken from the page: files whose numbers are those of the page, to the last digit."""

from __future__ import annotations

from dataclasses import dataclass

from vnjp_sim.explorer.answers import Answers
from vnjp_sim.explorer.state import State


@dataclass(frozen=True)
class Download:
    """A file: its name, its type and its content."""

    name: str
    kind: str
    content: bytes


FORMS: dict[str, str] = {
    "yaml": "Scenario (YAML)",
    "python": "Python",
    "command": "Command line",
    "csv": "Numbers (CSV)",
    "svg": "Picture (SVG)",
    "png": "Picture (PNG)",
    "report": "Report (HTML)",
}
"""What each form is called on a button."""


def download(answers: Answers, state: State, form: str, picture: str = "effect") -> Download:
    """Return a file of a state.

    Parameters
    ----------
    form : str
        One of :data:`FORMS`.
    picture : str
        Which picture: effect or level.

    Raises
    ------
    InputError
        There is no such form or picture.
    EnvironmentFailureError
        A library that draws is not installed.
    """
    raise NotImplementedError
