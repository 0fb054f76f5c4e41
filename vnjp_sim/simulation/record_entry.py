"""Entries of the living record: what was projected on a day, and all that was known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.official import Official
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.history import past_of
from vnjp_sim.simulation.manifests import gates_failed, manifest_of
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pipeline import projected_runs
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projection_file import indicator_attributes
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.storage.record_entries import StoredEntry, read_entry, read_figures, write_entry

FloatArray = NDArray[np.float64]

YEARS_BEFORE = 3
"""Years of history that an entry holds, for figures that come late."""
MOST_DRAWS = 10_000
KEY = (
    *("indicator", "period", "reported", "value", "unit"),
    *("step", "base_period", "of", "document", "line"),
)
"""The columns of a table of known figures that make the key of one, in its order."""
DAY = "day"


def today() -> date:
    """Return the day, in UTC."""
    return datetime.now(UTC).date()


def scenario_to_record(request: str, model: Model, options: Options) -> Scenario:
    """Return a scenario from the last year of history on, so that no later year is missing.

    Raises InputError for more than :data:`MOST_DRAWS`, or a scenario that cannot be used.
    """
    if options.draws > MOST_DRAWS:
        what = f"{options.draws} draws are too many for an entry, which keeps them all"
        raise InputError.single("draws", what, f"give at most {MOST_DRAWS}")
    last = model.last_year
    return prepare_scenario(request, model, replace(options, start=last))


def add_entry(
    projector: Projector,
    scenario: Scenario,
    record: Path,
    advance: Callable[[int], None] = lambda _draws: None,
) -> tuple[StoredEntry, bool]:
    """Project a scenario and store it in a record; return the entry, and whether it is new.

    Its day is that as of which documents are used, else today. An equal projection of the same day
    is not stored twice. `advance` is told of draws as they are projected. Raises InputError,
    EnvironmentFailureError.
    """
    model, posterior, options = projector.model, projector.posterior, projector.options
    day = model.as_of or today()
    manifest = manifest_of(scenario, model, options)
    name = f"{day}_{scenario.name}_{manifest['run'][:8]}"
    if (record / name).is_dir():
        return read_entry(record / name), False
    projected = projected_runs(projector, [scenario], advance=advance)[0].arrays
    first, past = past_of(posterior, model, list(projected), options.draws, options.seed)
    start = max(first, scenario.start - YEARS_BEFORE)
    missing = np.full((scenario.start - start, options.draws), np.nan)
    arrays = {
        n: np.concatenate([past[n][start - first : scenario.start - first], values])
        if n in past
        else np.concatenate([missing, values])
        for n, values in projected.items()
    }
    content = {
        **manifest,
        **gates_failed([group.name for group in posterior.groups if group.faults]),
        DAY: day.isoformat(),
        "added": datetime.now(UTC).isoformat(timespec="seconds"),
        "documents": sorted(model.evidence.documents),
    }
    attributes = {n: indicator_attributes(n, model.registry) for n in arrays}
    return write_entry(record, name, content, start, arrays, attributes, _figures(model.evidence))


def day_of(entry: StoredEntry) -> date:
    """Return the day of an entry: what was published on it or later was unknown."""
    return date.fromisoformat(entry.manifest[DAY])


def keys_of(entry: StoredEntry) -> dict[tuple[str, ...], str]:
    """Return the use of each figure that an entry knew, by :attr:`Observation.key`."""
    return {tuple(row[column] for column in KEY): row["use"] for row in read_figures(entry)}


ENTRY_COLUMNS = (
    *("entry", "scenario", "day", "added", "as_of", "evidence", "draws", "seed", "first_year"),
    *("last_year", "figures", "calibration", "run", "version", "folder"),
)


def entry_row(entry: StoredEntry) -> dict[str, Any]:
    """Return what an entry is, with the keys of :data:`ENTRY_COLUMNS`."""
    manifest = entry.manifest
    start, end = manifest["scenario"]["horizon"]
    used = sum(use == "calibrate" for use in keys_of(entry).values())
    numbers = (manifest["draws"], manifest["seed"], start, end, used)
    names = (manifest["day"], manifest["added"], manifest["as_of"], manifest["evidence"])
    made = (manifest["calibration"], manifest["run"], manifest["versions"]["vnjp-sim"])
    row = (entry.entry, manifest["scenario"]["name"], *names, *numbers, *made, str(entry.folder))
    return dict(zip(ENTRY_COLUMNS, row, strict=True))


def model_of_entry(entry: StoredEntry, models: Path | None = None) -> Model:
    """Return a models folder as it is now with no more than an entry knew.

    Figures of the entry that the folder has no longer are missing. Raises InputError.
    """
    manifest = entry.manifest
    as_of = manifest["as_of"]
    day = None if as_of is None else date.fromisoformat(as_of)
    model = load_model(models, day, manifest["evidence"])
    uses, evidence = keys_of(entry), model.evidence
    documents = {n: d for n, d in evidence.documents.items() if n in manifest["documents"]}
    known = replace(
        evidence,
        documents=documents,
        observations=tuple(
            replace(o, use=uses[o.key]) for o in evidence.observations if o.key in uses
        ),
        events=tuple(e for e in evidence.events if e.document in documents),
        official=evidence.official if day else _until(evidence.official, day_of(entry)),
    )
    return replace(model, evidence=known)


def published_on(figure: Observation, evidence: Evidence) -> date:
    """Return the day on which a figure of the evidence, or of its central course, was published."""
    if figure.document in evidence.documents or figure.document in evidence.pack.sources:
        return evidence.published_on(figure)
    return evidence.official.published_on(figure)


def same_model(manifest: Mapping[str, Any], model: Model) -> bool:
    """Whether an entry was made with this model: code, priors, links, indicators and figures."""
    return all(manifest.get(part) == value for part, value in model.hashes.items())


def _until(official: Official, day: date) -> Official:
    """Return the releases that were out on a day."""
    out = {name for name, source in official.sources.items() if source.published_on <= day}
    return replace(
        official,
        sources={n: s for n, s in official.sources.items() if n in out},
        figures=tuple(f for f in official.figures if f.document in out),
        forecasts=tuple(f for f in official.forecasts if f.document in out),
    )


def _figures(evidence: Evidence) -> list[dict[str, str]]:
    """Return a row a figure that is known, whatever its use."""
    return [
        {
            **dict(zip(KEY, o.key, strict=True)),
            "use": o.use,
            "published": evidence.published_on(o).isoformat(),
        }
        for o in evidence.observations
    ]
