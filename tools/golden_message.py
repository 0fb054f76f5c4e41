"""What is said when references move: the laws by size of the move, and the inputs that changed.

Beside the references stands `inputs.csv`, what they were computed from: every figure, event, prior
and link by name with its content, so that a move can be told with its cause.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import references
from references import BANK, GROUPS, HASH, PARAMETERS
from tolerance import Move

from vnjp_sim.inputs.events import Event
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.simulation.model_data import Model

INPUTS = "inputs.csv"
HEAD = ("kind", "name", "content")
KINDS = ("figure", "event", "prior", "link")
RENEW = 'To renew the references: python tools/golden.py --reason "why they move"'
MOST_LAWS, MOST_INPUTS = 30, 40

Inputs = dict[tuple[str, str], str]
"""Content by kind and name."""


def inputs_of(model: Model) -> Inputs:
    """Return everything that the references follow from, by kind and name."""
    contents: dict[tuple[str, str], list[str]] = defaultdict(list)
    for figure in model.evidence.observations:
        contents["figure", _figure_name(figure)].append(_figure_content(figure))
    for event in model.evidence.events:
        contents["event", f"{event.date} {event.type}"].append(_event_content(event))
    for name, parameter in model.parameters.all_parameters():
        content = f"{parameter.prior.text}, {parameter.unit}, {parameter.grade}"
        contents["prior", name].append(content)
    for name, link in model.links.links.items():
        ends = f"{link.driver} → {link.response}, {link.form}, {link.lag.text}"
        contents["link", name].append(f"{ends}, {link.prior.text}")
    return {key: " | ".join(sorted(found)) for key, found in contents.items()}


def _figure_name(figure: Observation) -> str:
    lines = ";".join(map(str, figure.lines))
    return f"{'+'.join(figure.indicators)} {figure.period.text} ({figure.document}:{lines})"


def _figure_content(figure: Observation) -> str:
    left_out = ("indicators", "period", "document", "lines", "place", "note", "file", "row")
    return _content(figure, left_out)


def _event_content(event: Event) -> str:
    told_again = ", told before" if event.duplicate else ""
    return _content(event, ("date", "type", "place", "note", "file", "row")) + told_again


def _content(row: Observation | Event, left_out: Sequence[str]) -> str:
    """Return all of a row that a number can follow from, but for what is empty or as usual."""
    kept = ((f, getattr(row, f.name)) for f in fields(row) if f.name not in left_out)
    return ", ".join(f"{f.name} {_text(x)}" for f, x in kept if x and x != f.default)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ";".join(map(str, value))
    return str(getattr(value, "text", value))


def read_inputs() -> Inputs:
    """Return the stored inputs; empty if there are none."""
    file = references.FOLDER / INPUTS
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {(row["kind"], row["name"]): row["content"] for row in csv.DictReader(stream)}


def write_inputs(inputs: Inputs) -> None:
    """Store inputs."""
    file = references.FOLDER / INPUTS
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEAD)
        writer.writerows([*key, content] for key, content in sorted(inputs.items()))


# ---------------------------------------------------------------------- the message


def message(moved: Mapping[str, Sequence[Move]], old: Inputs, new: Inputs, judged: str) -> str:
    """Return what is said of moved references.

    One line a law or indicator, the greatest move first; then the inputs that changed; then the
    command that renews the references.

    Parameters
    ----------
    moved : Mapping[str, Sequence[Move]]
        By table.
    old, new : dict
        The inputs of the references, and those of now.
    judged : str
        How closely was looked.
    """
    count = sum(len(moves) for moves in moved.values())
    lines = [f"{count} numbers moved, judged {judged}."]
    lines += _few(list(law_lines(moved)), MOST_LAWS, "laws and indicators")
    changes = list(input_lines(old, new))
    lines += [""] + (_few(changes, MOST_INPUTS, "inputs") if changes else [_unchanged(old)])
    return "\n".join([*lines, "", RENEW])


def _unchanged(old: Inputs) -> str:
    if not old:
        return f"What the references were computed from is not known: there is no {INPUTS}."
    return "No figure, event, prior or link changed: code or libraries did."


def _few(lines: list[str], most: int, of: str) -> list[str]:
    more = len(lines) - most
    return lines if more <= 0 else [*lines[:most], f"… and {more} more {of}"]


def law_lines(moved: Mapping[str, Sequence[Move]]) -> Iterator[str]:
    """Yield a line for each law or indicator that moved, the greatest move first."""
    by_law: dict[str, list[tuple[str, Move]]] = defaultdict(list)
    for name, moves in moved.items():
        for move in moves:
            by_law[law_of(name, move)].append((name, move))
    for law, own in sorted(by_law.items(), key=lambda item: (-_greatest(item[1]), item[0])):
        name, most = max(own, key=lambda pair: pair[1].distance)
        numbers = f"{len(own)} number" if len(own) == 1 else f"{len(own)} numbers"
        where = " ".join(part for part in (*most.key, most.column) if part)
        old, new = ("—" if x is None else f"{x:.6g}" for x in (most.old, most.new))
        yield f"{law}: {_size(most)} in {numbers} ({name} {where}: {old} → {new})"


def _greatest(own: Sequence[tuple[str, Move]]) -> float:
    return max(move.distance for _, move in own)


def _size(move: Move) -> str:
    if move.column == HASH:
        return "in last digits or other draws"
    if math.isinf(move.distance):
        return "added" if move.old is None else "gone" if move.new is None else "from zero"
    return f"by {move.distance:.2g} of its scale"


def law_of(name: str, move: Move) -> str:
    """Return the law, or the indicator of a projection, that a moved number belongs to."""
    first, second = move.key
    if name == GROUPS:
        return first
    if name in (BANK, PARAMETERS):
        quantity = first if name == BANK else second
        return quantity.partition("[")[0].partition(".")[0]
    return second


def input_lines(old: Inputs, new: Inputs) -> Iterator[str]:
    """Yield a line for each input that changed, by name: figures, events, priors, links."""
    if not old:
        return
    keys = sorted(old.keys() | new.keys(), key=lambda key: (KINDS.index(key[0]), key[1]))
    for key in keys:
        before, after = old.get(key), new.get(key)
        kind, name = key
        if before is None:
            yield f"new {kind} {name}: {after}"
        elif after is None:
            yield f"{kind} {name} is gone: {before}"
        elif before != after:
            yield f"changed {kind} {name}: {before} → {after}"
