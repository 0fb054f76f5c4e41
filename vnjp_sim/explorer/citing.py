"""How to cite what the page says: the sentence, what it was computed with, and references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vnjp_sim.exchange.citation import citations
from vnjp_sim.explorer.futures import Pair
from vnjp_sim.explorer.state import State
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.simulation.manifests import versions


def citing(pair: Pair, state: State, words: str) -> str:
    """Return the sentence of a state with its conditions, and references, as lines of text."""
    own, other = pair.scenario.title, pair.other.title
    about = own if pair.compared is None else f"{own}, compared with {other}"
    runs = ", ".join(f"{name} {run}" for name, run in runs_of(pair).items())
    made = f"vnjp-sim {versions()['vnjp-sim']}, {draws_text(state.draws)}, seed {state.seed}"
    return "\n".join([words, f"{about}; {made}; runs: {runs}.", "", *citations(manifests_of(pair))])


def manifests_of(pair: Pair) -> Mapping[str, Mapping[str, Any]]:
    """Return what each run of a pair was made of, by scenario."""
    if pair.compared is not None:
        return pair.compared.manifests
    return {pair.own.scenario: pair.own.manifest}


def runs_of(pair: Pair) -> dict[str, str]:
    """Return the hash of each run of a pair, by scenario."""
    return {name: str(content.get("run", "")) for name, content in manifests_of(pair).items()}
