"""Figures that no truth allows together: of one quantity, or over the identities of the laws.

Whether some truth fits all figures is a linear programme (see :mod:`inequalities`). Where none
does, figures are left out one by one as long as the rest still excludes each other: what remains
is a set of which every figure is needed for the contradiction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

import numpy as np

from vnjp_sim.calibration.planning import document_error
from vnjp_sim.exchange.inequalities import Inequalities, Inequality, together
from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.foundation.refusals import MAX_REFUSALS
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.inputs.registry import Registry

EXCESS = 1e-6
"""So far may a solution be outside an inequality, as a part of the largest number in it."""
NAMED = 6
"""So many figures of a contradiction are named."""


def contradictions(
    new: Sequence[Observation],
    others: Sequence[Observation],
    documents: Mapping[str, Document],
    parameters: Parameters,
    registry: Registry,
) -> Iterator[Refusal]:
    """Yield a fault for each new figure that excludes other figures, or that no truth allows.

    Figures that calibrate may be off by their rounding, their hedge and the errors of their
    documents; see :class:`Inequalities`.
    """
    figures = [f for f in (*new, *others) if f.use == "calibrate"]
    document_sd = {n: document_error(d.reliability, parameters) for n, d in documents.items()}
    system = Inequalities(figures, registry, parameters, document_sd)
    own = {f.key for f in new}
    conflicts: list[Refusal] = []
    for rows in together(system.rows):
        conflicts += islice(_conflicts(rows, system.free, own), MAX_REFUSALS)
    yield from sorted(conflicts)[:MAX_REFUSALS]


def _conflicts(
    rows: Sequence[Inequality], free: Collection[int], own: AbstractSet[tuple[str, ...]]
) -> Iterator[Refusal]:
    """Yield a fault for each contradiction among figures that share amounts."""
    rows = list(rows)
    while own & {row.figure.key for row in rows if row.figure is not None}:
        excess, binding = _fit(rows, free)
        if not excess:
            return
        core = _needed(binding if _fit(binding, free)[0] else rows, free, own)
        ours = [f for f in core if f.key in own]
        if ours:
            yield _fault(ours[-1], [f for f in core if f is not ours[-1]])
        gone = {f.key for f in (ours[-1:] or core)}
        rows = [row for row in rows if row.figure is None or row.figure.key not in gone]


def _needed(
    rows: list[Inequality], free: Collection[int], own: Collection[tuple[str, ...]]
) -> list[Observation]:
    """Return figures that exclude each other, every one of them needed; own ones stay longest."""
    figures = {row.figure.key: row.figure for row in rows if row.figure is not None}
    for key in sorted(figures, key=lambda key: (key in own, figures[key].key)):
        fewer = [row for row in rows if row.figure is None or row.figure.key != key]
        if _fit(fewer, free)[0]:
            rows = fewer
    left = {row.figure.key: row.figure for row in rows if row.figure is not None}
    return sorted(left.values(), key=lambda f: (f.file, f.row))


def _fit(rows: Sequence[Inequality], free: Collection[int]) -> tuple[bool, list[Inequality]]:
    """Return whether no amounts fulfil all inequalities, and those that then stand in the way."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, identity

    if not rows:
        return False, []
    amounts = sorted({amount for row in rows for amount in row.terms})
    column = {amount: number for number, amount in enumerate(amounts)}
    sizes = _sizes(rows)
    entries = [
        (number, column[amount], count * sizes[amount])
        for number, row in enumerate(rows)
        for amount, count in row.terms.items()
    ]
    at, to, counts = (np.array(part) for part in zip(*entries, strict=True))
    matrix = csr_array((counts, (at, to)), shape=(len(rows), len(amounts)))
    bounds = np.array([row.bound for row in rows])
    scale = 1.0 / np.maximum(abs(matrix).max(axis=1).toarray().ravel(), np.abs(bounds))
    matrix = matrix.multiply(scale[:, None])
    slack = [row.figure is not None for row in rows]
    relaxed = identity(len(rows), format="csr")[:, slack]
    result = linprog(
        np.concatenate([np.zeros(len(amounts)), np.ones(sum(slack))]),
        A_ub=hstack([matrix, -relaxed], format="csr"),
        b_ub=bounds * scale,
        bounds=[(None if a in free else 0.0, None) for a in amounts] + [(0.0, None)] * sum(slack),
        method="highs",
    )
    pressing = np.abs(result.ineqlin.marginals) > EXCESS
    binding = [r for r, pressed in zip(rows, pressing, strict=True) if pressed or r.figure is None]
    return bool(result.fun > EXCESS), binding


def _sizes(rows: Sequence[Inequality]) -> dict[int, float]:
    """Return a typical size of each amount, by which its column is scaled."""
    sizes: dict[int, float] = {}
    for row in rows:
        if row.bound:
            for amount in row.terms:
                sizes[amount] = max(sizes.get(amount, 0.0), abs(row.bound))
    return {amount: sizes.get(amount, 1.0) for row in rows for amount in row.terms}


def _fault(figure: Observation, others: Sequence[Observation]) -> Refusal:
    said = f"says {_told(figure)}"
    if not others:
        what, remedy = f"{said}, which no value can satisfy", "correct the figure"
        return Refusal(Place(figure.file, figure.row), what, remedy)
    same = len(others) == 1 and others[0].indicators == figure.indicators
    if same and others[0].period == figure.period and "" == figure.of == others[0].of:
        ending = f", where {_place(others[0])} says {others[0].printed} {others[0].unit}"
    else:
        named = [f"{_told(f)} ({_place(f)})" for f in others[:NAMED]]
        if len(others) > NAMED:
            named.append(f"{len(others) - NAMED} further figures")
        ending = f", which contradicts {' together with '.join(named)}"
    number = "both cannot hold" if len(others) == 1 else "they cannot all hold"
    strange = {name for f in others if f.document != figure.document for name in f.indicators}
    instead = "use --mode instead to replace the documents' figures, or " if strange else ""
    if strange - set(figure.indicators):
        names = ", ".join(sorted(strange))
        instead = f"give your own figures of {names} too and use --mode instead, or "
    set_aside = f"{instead}set 'use' of one to disputed and give the reason"
    remedy = f"{number}: {set_aside}"
    return Refusal(Place(figure.file, figure.row), said + ending, remedy)


def _told(figure: Observation) -> str:
    kind = ""
    if figure.reported == "growth" and figure.base_period is not None:
        kind = f" growth on {figure.base_period.text}"
    elif figure.reported == "share":
        kind = f" of {figure.of}"
    elif figure.reported != "exact":
        kind = f" ({figure.reported.replace('_', ' ')})"
    name = "+".join(figure.indicators)
    return f"{figure.printed} {figure.unit}{kind} for {name} in {figure.period.text}"


def _place(figure: Observation) -> str:
    return f"{figure.file}:{figure.row}"
