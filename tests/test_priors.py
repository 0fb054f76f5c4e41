"""Priors come from sources other than the figures that calibrate them, and are graded honestly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.simulation.model_data import Model

ROOT = Path(__file__).resolve().parent.parent
LINES = re.compile(r" lines? (\d+(?:-\d+)?(?:(?:, | and )\d+(?:-\d+)?)*)")
BY_JUDGEMENT = re.compile(r"judgement|not verified|lowered", re.IGNORECASE)


def documents_of(model: Model) -> dict[str, frozenset[str]]:
    """Return the documents that calibrate each law or further parameter, by its name.

    A pooled prior is told by the figures of each law that takes it.
    """
    plan = make_plan(model.evidence, model.parameters)
    documents: dict[str, frozenset[str]] = {}
    for group in plan.groups:
        read = frozenset(figure.document for figure in group.taken)
        extra = group.build(group.forms[0]).other_names
        documents |= dict.fromkeys((*group.status, *extra), read)
    for name, parameter in model.parameters.single.items():
        if name.startswith("pooled_"):
            users = pooled_users(model, parameter)
            documents[name] = frozenset().union(*(documents.get(u, frozenset()) for u in users))
    return documents


def pooled_users(model: Model, pooled: Parameter) -> Iterator[str]:
    for name, parameter in model.parameters.all_parameters():
        if parameter is pooled or (parameter == pooled and "." in name):
            yield name.partition(".")[0]


def lines_of(reference: str, document: str) -> set[int]:
    """Return the lines of a document that a reference cites."""
    cited: set[int] = set()
    for part in reference.split(document)[1:]:
        if numbers := LINES.match(part):
            for first, last in re.findall(r"(\d+)(?:-(\d+))?", numbers[1]):
                cited |= set(range(int(first), int(last or first) + 1))
    return cited


def leaning(model: Model) -> dict[str, str]:
    """Return the priors that lean on figures that calibrate them, each with the document."""
    documents = documents_of(model)
    calibrating = {
        (figure.document, line)
        for group in make_plan(model.evidence, model.parameters).groups
        for figure in group.taken
        for line in figure.lines
    }
    faults = {}
    for name, parameter in model.parameters.all_parameters():
        for document in model.evidence.documents:
            if document not in parameter.reference:
                continue
            if document in documents.get(name.partition(".")[0], ()):
                faults[name] = document
            lines = lines_of(parameter.reference, document)
            if any((document, line) in calibrating for line in lines):
                faults[name] = document
    return faults


FALLBACK = {"macro_jpy_per_usd.level"}
"""Read only where a models folder has no published rates."""


def test_no_prior_leans_on_a_document_that_calibrates_it(shipped_model: Model) -> None:
    assert set(leaning(shipped_model)) <= FALLBACK


def test_published_and_empirical_say_what_is_printed_or_computed(shipped_model: Model) -> None:
    coefficients = shipped_model.links.coefficients.items()
    for name, parameter in (*shipped_model.parameters.all_parameters(), *coefficients):
        if parameter.grade == "published":
            assert not BY_JUDGEMENT.search(parameter.reference), name
        if parameter.grade == "empirical":
            scripts = re.findall(r"tools/\w+\.py", parameter.reference)
            assert scripts, name
            assert all((ROOT / script).is_file() for script in scripts), name
    for name, link in shipped_model.links.links.items():
        assert link.grade != "published" or not BY_JUDGEMENT.search(link.reference), name


@pytest.mark.parametrize(
    ("reference", "lines"),
    [
        ("Judgement (doc_a line 21, doc_b lines 338 and 401).", {21}),
        ("doc_a lines 297-299 and 400", {297, 298, 299, 400}),
        ("doc_b line 3", set()),
    ],
)
def test_lines_of_a_reference(reference: str, lines: set[int]) -> None:
    assert lines_of(reference, "doc_a") == lines
