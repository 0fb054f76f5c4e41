"""The coverage register: all that is cited is in it, and no indicator is an island."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from test_priors import lines_of

from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.coverage import CoverageRow, claims_left_out, line_ranges
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.strict_yaml import read_yaml
from vnjp_sim.sectors.base import Output
from vnjp_sim.sectors.declarations import behind, movers, outputs
from vnjp_sim.sectors.index import QUANTITIES
from vnjp_sim.simulation.model_data import Model


def lines_in(rows: Iterable[CoverageRow], document: str) -> set[int]:
    """Return the lines of a document that some row cites."""
    texts = (row.lines[document] for row in rows if document in row.lines)
    return {
        line
        for text in texts
        for first, last in line_ranges(text)
        for line in range(first, last + 1)
    }


def test_every_figure_is_in_a_row_that_names_its_indicator(shipped_model: Model) -> None:
    rows = shipped_model.coverage.values()
    missing = [
        f"{o.file}:{o.row} {name}"
        for o in shipped_model.evidence.observations
        if o.document in shipped_model.evidence.documents
        for name in o.indicators
        if not any(name in row.by and set(o.lines) <= lines_in([row], o.document) for row in rows)
    ]
    assert not missing


def citations(model: Model) -> Iterator[tuple[str, str, set[int]]]:
    """Yield what cites which lines of a document, besides figures."""
    for event in model.evidence.events:
        yield f"{event.file}:{event.row}", event.document, set(event.lines)
    for target in model.targets:
        yield target.id, target.document, {int(line) for line in target.line.split(";")}
    folders = (shipped_folder("models"), shipped_folder("scenarios"))
    for file in sorted(file for folder in folders for file in folder.rglob("*.yml")):
        for text in texts(read_yaml(file).content):
            for document in model.evidence.documents:
                yield file.name, document, lines_of(text, document)


def texts(content: Any) -> Iterator[str]:
    """Yield every text of a file of YAML, on one line."""
    if isinstance(content, str):
        yield " ".join(content.split())
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from texts(part)


def test_every_cited_line_is_in_the_register(shipped_model: Model) -> None:
    documents = shipped_model.evidence.documents
    known = {name: lines_in(shipped_model.coverage.values(), name) for name in documents}
    missing = {
        (what, document, tuple(sorted(lines - known[document])))
        for what, document, lines in citations(shipped_model)
        if lines - known[document]
    }
    assert not missing


def test_cited_lines_are_lines_of_their_documents(shipped_model: Model) -> None:
    documents = shipped_model.evidence.documents
    for what, name, lines in citations(shipped_model):
        assert max(lines, default=1) <= (documents[name].lines or 0), what


@pytest.mark.parametrize(
    "word",
    [
        *("semiconductors", "digital", "artificial intelligence", "nurses", "green"),
        *("Vietnam-Japan University", "radar", "young officers", "high income", "supply chains"),
    ],
)
def test_every_priority_leaves_a_trace(word: str, shipped_model: Model) -> None:
    told = [row for row in shipped_model.coverage.values() if word.lower() in row.what.lower()]
    assert told
    assert all(row.by or row.reason for row in told)


def test_the_register_tells_which_claims_are_left_out(shipped_model: Model) -> None:
    left_out = claims_left_out(shipped_model.coverage)
    assert len(left_out) > 15
    assert all(row.reason and not row.by for row in left_out)


# ---------------------------------------------------------------------- no islands


def movable(links: Iterable[Link]) -> frozenset[str]:
    """Return the indicators that a lever, an event or a link moves in some scenario.

    The others are islands: whatever a scenario does, they are as in the baseline.
    """
    arrows = [(link.driver, link.response) for link in links]
    moved: set[str] = set()
    while True:
        reached = {response for driver, response in arrows if driver in moved}
        more = {name for name in outputs() if _moves(behind(name), reached)}
        if more == moved:
            return frozenset(moved)
        moved = more


def _moves(behind_it: tuple[Output, ...], reached: set[str]) -> bool:
    """Whether levers, events, or the responses that links reach, move one of some indicators."""
    return bool(movers(behind_it)) or any(reached & set(o.responses) for o in behind_it)


def test_every_projected_indicator_is_moved_by_something_or_is_context(
    shipped_model: Model,
) -> None:
    moved = movable(shipped_model.links.links.values())
    context = {n for n, i in shipped_model.registry.indicators.items() if i.context}
    islands = set(outputs()) - moved - context
    assert not islands, "no lever, event or link moves them, and they are not context"
    assert not context & moved, "something moves them, so that they are not context"


def test_the_composite_counts_nothing_that_cannot_move(shipped_model: Model) -> None:
    indicators = shipped_model.registry.indicators
    assert not [name for name in QUANTITIES.values() if indicators[name].context]


def test_without_links_what_they_alone_move_is_an_island(shipped_model: Model) -> None:
    links = shipped_model.links.links.values()
    by_links_alone = {
        name for name, o in outputs().items() if o.responses and not (o.set_by or o.moved_by)
    }
    without = movable(())
    assert by_links_alone - without <= movable(links)
    assert movable(x for x in links if x.response not in by_links_alone) <= movable(links)
    assert "trade_turnover" in without


# ---------------------------------------------------------------------- links in three parts


def test_every_link_is_graded_in_three_parts(shipped_model: Model) -> None:
    file = read_yaml(shipped_model.folder / "links.yml")
    for section in ("links", "coefficients"):
        for name, entry in file.content[section].items():
            assert list(entry.get("support", ())) == ["sign", "size", "spread"], name


def test_a_link_without_a_part_of_its_own_is_graded_as_what_it_shares(
    shipped_model: Model,
) -> None:
    for name, link in shipped_model.links.links.items():
        if "prior" not in link.model_fields_set and len(link.coefficients) == 1:
            (coefficient,) = link.coefficients.values()
            assert link.parts == coefficient.parts, name


def test_published_parts_name_a_publication(shipped_model: Model) -> None:
    year = re.compile(r"(19|20)\d\d")
    for name, link in shipped_model.links.links.items():
        shown = " ".join([link.reference, *(c.reference for c in link.coefficients.values())])
        assert "published" not in link.parts.values() or year.search(shown), name


# ---------------------------------------------------------------------- events and targets


def test_the_documents_turning_points_are_events() -> None:
    with (shipped_folder("models") / "events.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {
        ("2011", "diplomacy", "milestone", "United States"),
        ("2023", "diplomacy", "milestone", "United States and Vietnam"),
        ("2013-09", "security", "agreement", "Ministries of defence of Vietnam and Japan"),
        ("2025", "energy", "agreement", "Vietnam and Japan"),
        ("2025", "labour", "milestone", "Japan"),
    } <= {(row["date"], row["sector"], row["type"], row["actor"]) for row in rows}


def test_targets_of_the_past_were_kept_or_missed(shipped_model: Model) -> None:
    by_id = {target.id: target for target in shipped_model.targets}
    assert by_id["used_vessels_2014"].outcome == "missed"
    assert {t.outcome for t in by_id.values() if t.by < "2024-01-01"} <= {"kept", "missed"}
    assert not [t.id for t in by_id.values() if t.outcome and t.by > "2025-12-31"]
