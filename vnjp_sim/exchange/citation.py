"""How to cite what is exported; a CSV file, which has no room for it, gets metadata beside it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vnjp_sim.simulation.citing import (
    DAMAGED,
    evidence_items,
    run_item,
    software_item,
    source_line,
    text_of,
    texts_of,
)
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.storage.atomic import write_whole
from vnjp_sim.storage.store import write_json

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
BESIDE = "-metadata.json"
"""What a file's name is followed by in that of its metadata, as CSV on the Web looks for them."""

Manifests = Mapping[str, Mapping[str, Any]]


def citations(manifests: Manifests) -> list[str]:
    """Return the references to the software and to runs, as text."""
    runs = []
    for manifest in manifests.values():
        with suppress(*DAMAGED):  # what does not say how it was run cannot be cited
            runs.append(run_item(manifest))
    return texts_of([software_item(), *runs])


def sources(manifests: Manifests, model: Model) -> str:
    """Return the line that says where the numbers of runs are from."""
    return source_line({name: str(m.get("run", "")) for name, m in manifests.items()}, model)


def metadata_file(file: Path) -> Path:
    """Return where the metadata of a CSV file lie."""
    return file.with_name(file.name + BESIDE)


def write_metadata(file: Path, manifests: Manifests, model: Model, *, force: bool = False) -> Path:
    """Write what a CSV file is, and how to cite it, beside it; return the file of the metadata.

    The format is CSV on the Web, with Dublin Core terms.

    Raises
    ------
    InputError, EnvironmentFailureError
        See :func:`vnjp_sim.storage.atomic.write_whole`.
    """
    software = software_item()
    titles = [str(manifest.get("title", name)) for name, manifest in manifests.items()]
    content = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": file.name,
        "dc:title": "Projections of Vietnam–Japan relations: " + "; ".join(titles),
        "dc:creator": [author["literal"] for author in software["author"] if "literal" in author],
        "dc:license": LICENCE,
        "dc:source": sources(manifests, model),
        "dc:bibliographicCitation": citations(manifests),
        "dc:references": [text_of(item) for item in evidence_items(model)],
    }
    return write_whole(metadata_file(file), lambda target: write_json(target, content), force=force)
