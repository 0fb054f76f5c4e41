"""Figures of one quantity that no truth allows together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from vnjp_sim.errors import Fault
from vnjp_sim.evidence import Document, Observation
from vnjp_sim.parameters import Parameters
from vnjp_sim.reporting import PIECES, rule, two_sided

FARTHEST = 6.0
"""Standard deviations of the documents' errors beyond which two figures exclude each other: the
calibration would find no draw that explains both."""


def contradictions(
    new: Sequence[Observation],
    others: Sequence[Observation],
    documents: Mapping[str, Document],
    parameters: Parameters,
) -> Iterator[Fault]:
    """Yield a fault for each new figure that excludes another one.

    Both calibrate, are levels of the same indicators and period, and are farther apart than their
    rounding and the errors of their documents allow.
    """
    known: dict[tuple[tuple[str, ...], str], list[Observation]] = {}
    for other in others:
        if _level(other):
            known.setdefault((other.indicators, other.period.text), []).append(other)
    for figure in new:
        if not _level(figure):
            continue
        key = (figure.indicators, figure.period.text)
        for other in known.get(key, []):
            if _excludes(figure, other, documents, parameters):
                what = (
                    f"says {figure.printed} {figure.unit} for {'+'.join(figure.indicators)} in "
                    f"{figure.period.text}, where {other.file}:{other.row} says {other.printed} "
                    f"{other.unit}"
                )
                remedy = (
                    "no truth allows both: replace the documents' figures with --mode instead, "
                    "or set 'use' of one to disputed, with the reason"
                )
                yield Fault(figure.file, figure.row, 0, what, remedy)
        known.setdefault(key, []).append(figure)


def _level(figure: Observation) -> bool:
    return (
        figure.use == "calibrate"
        and two_sided(figure)
        and figure.reported not in ("growth", "share")
    )


def _excludes(
    figure: Observation,
    other: Observation,
    documents: Mapping[str, Document],
    parameters: Parameters,
) -> bool:
    size = max(abs(figure.value), abs(other.value))
    errors = [_document_sd(documents[o.document].reliability, parameters) for o in (figure, other)]
    room = _reach(figure) + _reach(other) + FARTHEST * math.hypot(*errors) * size
    return abs(figure.value - other.value) > room


def _reach(figure: Observation) -> float:
    """Return how far the truth may be from the figure by the way in which it was reported."""
    low, *_, high = PIECES.get(rule(figure), (-0.5, 0.5))
    return figure.step * max(-low, high)


def _document_sd(reliability: str, parameters: Parameters) -> float:
    prior = parameters.single[f"document_error_{reliability}"].prior
    return float(prior.transform(np.zeros(1))[0])
