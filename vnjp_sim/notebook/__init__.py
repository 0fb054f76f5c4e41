"""What a notebook shows of the package's objects: tables, pictures and files.

The objects ask for these by name, see :mod:`vnjp_sim.foundation.shown`. Each is loaded when it is
asked for, since every command makes objects and few show any.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vnjp_sim.notebook.accessor import register

__all__ = ["export", "html_of", "plot", "plot_targets", "register", "to_excel"]


def html_of(shown: object) -> str:
    """Return what a notebook shows of an object."""
    from vnjp_sim.notebook import decision_cards  # noqa: F401 - which registers cards
    from vnjp_sim.notebook.cards import card_of

    return card_of(shown).html


def plot(shown: object, *words: Any, **more: Any) -> Any:
    """Return the picture of an object."""
    from vnjp_sim.notebook import pictures

    return pictures.plot(shown, *words, **more)


def plot_targets(shown: Any, *words: Any, **more: Any) -> Any:
    """Return the picture of the chances of targets."""
    from vnjp_sim.notebook import pictures

    return pictures.plot_targets(shown, *words, **more)


def to_excel(shown: object, *words: Any, **more: Any) -> Path:
    """Write an object as a workbook."""
    from vnjp_sim.notebook import files

    return files.to_excel(shown, *words, **more)


def export(shown: Any, *words: Any, **more: Any) -> Path:
    """Write a comparison, or projections, in a format."""
    from vnjp_sim.notebook import files

    return files.export(shown, *words, **more)
