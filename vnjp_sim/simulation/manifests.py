"""What a run is made of, known before it is computed: the manifest, and the hash of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model, digest
from vnjp_sim.simulation.request import Options

GATES_FAILED = "gates_failed"
"""In the manifest of a run: the groups of a calibration that was kept though they failed."""

REASONS = "reasons"
"""In the manifest of a run: why its levers and events have their size, where it is said."""


def gates_failed(failed: Sequence[str] | None) -> dict[str, list[str]]:
    """Return what the manifest of a run says of gates that its calibration failed."""
    return {GATES_FAILED: list(failed)} if failed else {}


def gates_note(manifests: Iterable[Mapping[str, Any]]) -> str:
    """Return in words which gates the calibration of runs failed; empty if none."""
    failed = sorted({name for manifest in manifests for name in manifest.get(GATES_FAILED, ())})
    if not failed:
        return ""
    return f"The calibration failed its gates ({', '.join(failed)}) and was kept on request."


def manifest_of(
    scenario: Scenario, model: Model, options: Options, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a run is, and the hash of it under `run`, before it is computed.

    `more` tells what sets it apart from a run that keeps all draws of all indicators.
    """
    content: dict[str, Any] = {
        "scenario": scenario.content,
        "chain": list(scenario.chain),
        "title": scenario.title,
        "rests_on": list(_rests_on(scenario, model)),
        "notes": [event.note for event in scenario.events],
        "draws": options.draws,
        "seed": options.seed,
        "as_of": model.as_of.isoformat() if model.as_of else None,
        "evidence": model.evidence.basis,
        **_reasons(scenario),
        **model.hashes,
        "versions": versions(),
        **(more or {}),
    }
    content = json.loads(json.dumps(content))
    content["run"] = digest(content)
    return content


def _reasons(scenario: Scenario) -> dict[str, Any]:
    """Return why levers and events, in order, have their size; nothing if nothing is said."""
    levers = {name: path.reason.content for name, path in scenario.levers.items()}
    events = [event.reason.content for event in scenario.events]
    said = any(levers.values()) or any(events)
    return {REASONS: {"levers": levers, "events": events}} if said else {}


def _rests_on(scenario: Scenario, model: Model) -> Iterator[str]:
    """Yield the sources of a scenario, each on one line; a document is named by its title."""
    for source in scenario.sources:
        first, *others = source.split() or [""]
        document = model.evidence.documents.get(first)
        if document is not None:
            first = f"{document.title} ({first})" + ("," if others else "")
        if first:
            yield " ".join([first, *others])


def attributes_of(model: Model, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of a projection file: where it comes from."""
    sources = {**model.evidence.sources, **model.evidence.official.cited}
    documents = {name: source.title for name, source in sources.items()}
    return {
        "title": str(manifest["title"]),
        "source": "vnjp_sim " + versions()["vnjp-sim"],
        "manifest": json.dumps(manifest, sort_keys=True),
        "documents": json.dumps(documents, ensure_ascii=False, sort_keys=True),
    }


@cache
def versions() -> dict[str, str]:
    """Return the versions of what computes the numbers."""
    names = ("vnjp-sim", "numpy", "scipy", "simpy")
    return {name: version(name) for name in names}
