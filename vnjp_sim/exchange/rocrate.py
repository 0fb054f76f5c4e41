"""Stored runs as a Research Object Crate: their files, what made them, and how to cite them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.exchange.citation import LICENCE, citations
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.simulation.citing import Item, evidence_items, run_item, software_item, text_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.storage.atomic import new_folder
from vnjp_sim.storage.store import MANIFEST, check_run, read_manifest

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

VERSION = "1.1"
MEDIA = {".nc": "application/netcdf", ".csv": "text/csv", ".json": "application/json"}


@settled
def write_rocrate(folders: Sequence[Path | str], model: Model, folder: str | Path) -> Path:
    """Write stored runs into a new folder as an RO-Crate; return its metadata file.

    Each run is a folder of its files as they are stored, made by an action whose instrument is this
    version of the software. The crate cites the software, the runs and the documents.

    Parameters
    ----------
    folders : Sequence[Path | str]
        Folders of stored runs.
    model : Model
        What the runs are calibrated on.
    folder : str | Path
        The new folder.

    Raises
    ------
    InputError
        The folder exists.
    EnvironmentFailureError
        `rocrate` is not installed, a run is damaged, or the disk or its permissions refuse.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise EnvironmentFailureError(
            "RO-Crates need rocrate; install it with: pip install 'vnjp-sim[crate]'"
        ) from None
    runs = [Path(each) for each in folders]
    for run in runs:
        check_run(run)
    manifests = {run.parent.name: read_manifest(run) for run in runs}
    with new_folder(Path(folder)) as partial:
        crate = ROCrate(version=VERSION)
        _describe(crate, manifests, model)
        for run in runs:
            _add_run(crate, run, partial)
        crate.metadata.write(partial)
    return Path(folder) / str(crate.metadata.id)


def _describe(crate: ROCrate, manifests: Mapping[str, Mapping[str, Any]], model: Model) -> None:
    software = software_item()
    crate.name = "Projections of Vietnam–Japan relations: " + ", ".join(manifests)
    crate.description = "\n".join(citations(manifests))
    crate.license = LICENCE
    crate.datePublished = "-".join(f"{p:02d}" for p in software["issued"]["date-parts"][0])
    crate.creator = [
        crate.add_jsonld({"@id": f"#creator-{number}", "@type": "Organization", "name": name})
        for number, name in enumerate(author["literal"] for author in software["author"])
    ]
    crate.add_jsonld(
        {
            "@id": "#vnjp_sim",
            "@type": "SoftwareApplication",
            "name": software["title"],
            "version": software["version"],
            "license": f"https://spdx.org/licenses/{software['license']}",
        }
    )
    crate.root_dataset["citation"] = [
        crate.add_jsonld(_work(item)) for item in evidence_items(model)
    ]


def _work(item: Item) -> dict[str, Any]:
    return {"@id": f"#{item['id']}", "@type": "CreativeWork", "name": text_of(item)}


def _add_run(crate: ROCrate, run: Path, partial: Path) -> None:
    """Copy a run's files and say what made them."""
    manifest = read_manifest(run)
    name = run.parent.name
    shutil.copytree(run, partial / name)
    files = [
        crate.add_file(
            dest_path=f"{name}/{file}",
            properties={
                "name": f"{file} of {name}",
                "encodingFormat": MEDIA[Path(file).suffix],
                "sha256": hashlib.sha256((partial / name / file).read_bytes()).hexdigest()
                if file == MANIFEST
                else manifest["files"][file],
            },
        )
        for file in sorted({*manifest["files"], MANIFEST})
    ]
    item = run_item(manifest)
    action = crate.add_jsonld(
        {
            "@id": f"#run-{manifest['run']}",
            "@type": "CreateAction",
            "name": item["title"],
            "description": item["note"],
            "instrument": {"@id": "#vnjp_sim"},
            "result": [{"@id": file.id} for file in files],
        }
    )
    crate.root_dataset.append_to("mentions", action)
