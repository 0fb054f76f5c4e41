"""Why an effect is what it is: what each departure adds, which links carry it, what decides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import RLock
from typing import TYPE_CHECKING

from vnjp_sim.explorer.content import CarriedBy, Explanation, Newer, go_on
from vnjp_sim.explorer.state import State

if TYPE_CHECKING:
    from vnjp_sim.explorer.answers import Answers


class Explaining:
    """Explains states, apart from what answers them, so that neither waits for the other."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def explain(self, state: State, newer: Newer) -> Explanation:
        """Return why the effect of a state is what it is; raises InputError and Stale."""
        return Explanation(state, None, (), (), "")
