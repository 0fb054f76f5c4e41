"""scipy.special, loaded without parts of numpy that nothing here uses."""

from __future__ import annotations

import numpy as np

UNUSED = ("f2py", "testing")
"""scipy lists all that numpy has, which loads them too: a third of the time that it takes."""


def load_special_functions() -> None:
    """Load scipy.special, if it is not loaded yet.

    Meanwhile numpy seems to have the unused parts already; whoever asks for one later loads it.
    """
    absent = [name for name in UNUSED if name not in vars(np)]
    for name in absent:
        setattr(np, name, None)
    try:
        import scipy.special  # noqa: F401
    finally:
        for name in absent:
            delattr(np, name)
