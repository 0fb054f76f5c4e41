"""Stored runs as a Research Object Crate: their files, what made them, and how to cite them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.exchange.citation import LICENCE, citations
from vnjp_sim.exchange.datapackage import write_datapackage
from vnjp_sim.exchange.tidy import write_tidy
from vnjp_sim.foundation.argument_types import of_kind
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.citing import Item, evidence_items, run_item, software_item, text_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.storage.atomic import new_folder
from vnjp_sim.storage.store import MANIFEST, check_run, read_manifest

if TYPE_CHECKING:
    from rocrate.model import ContextEntity
    from rocrate.rocrate import ROCrate

VERSION = "1.1"
MEDIA = {
    ".nc": "application/netcdf",
    ".csv": "text/csv",
    ".json": "application/json",
    ".yml": "application/yaml",
    ".md": "text/markdown",
    ".gz": "application/gzip",
}


@settled
def write_rocrate(
    folders: Sequence[Path | str],
    model: Model,
    folder: str | Path,
    *,
    scenarios: Sequence[Scenario] = (),
    comparison: Comparison | None = None,
) -> Path:
    """Write stored runs into a new folder as an RO-Crate; return its metadata file.

    Each run is a folder of its files as they are stored, made by an action whose instrument is this
    version of the software. The figures that the runs are calibrated on lie in `figures/`, with
    the documents' lines, as :func:`write_datapackage` writes them, unless those are not of the
    documents alone; priors, links, targets and official series in `models/`, and those of an own
    folder in `own_models/`. The crate cites the software, the runs and the documents, and has a
    page to read, `ro-crate-preview.html`.

    Parameters
    ----------
    folders : Sequence[Path | str]
        Folders of stored runs.
    model : Model
        What the runs are calibrated on.
    folder : str | Path
        The new folder.
    scenarios : Sequence[Scenario]
        What the runs are of; each becomes `scenarios/NAME.yml`.
    comparison : Comparison | None
        The runs compared; its effects become `effects.csv`.

    Raises
    ------
    InputError
        The folder exists, or something else than scenarios is given.
    EnvironmentFailureError
        `rocrate` is not installed, a run is damaged, or the disk or its permissions refuse.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise EnvironmentFailureError(
            'RO-Crates need rocrate; install it with: pip install "vnjp-sim[crate]"'
        ) from None
    one = of_kind("give what vnjp_sim.scenario() returns", "vnjp_sim.Scenario")
    scenarios = [one("scenarios", each) for each in scenarios]
    runs = [Path(each) for each in folders]
    for run in runs:
        check_run(run)
    manifests = {run.parent.name: read_manifest(run) for run in runs}
    with new_folder(Path(folder)) as partial:
        crate = ROCrate(version=VERSION, gen_preview=True)
        _describe(crate, manifests, model)
        for run in runs:
            _add_run(crate, run, partial)
        for scenario in scenarios:
            _write_text(partial / "scenarios" / f"{scenario.name}.yml", scenario.to_yaml())
            title = f"Scenario: {scenario.title}"
            _add_file(crate, partial, f"scenarios/{scenario.name}.yml", title)
        if comparison is not None:
            write_tidy(comparison, model, partial / "effects.csv")
            title = f"Effects compared with {comparison.baseline}, by indicator and year"
            _add_file(crate, partial, "effects.csv", title)
        if model.as_of is None and model.evidence.basis == DOCUMENTS:
            _add_figures(crate, partial, model)
        own = model.folder != shipped_folder("models")
        for name in ("models", "own_models") if own else ("models",):
            _copy_models(crate, partial, name, model.folder if name == "own_models" else None)
        for entity in (crate.metadata, crate.preview):
            entity.write(partial)
    return Path(folder) / str(crate.metadata.id)


def _write_text(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _add_figures(crate: ROCrate, partial: Path, model: Model) -> None:
    descriptor = write_datapackage(model, partial / "figures")
    tables = json.loads(descriptor.read_text(encoding="utf-8"))["resources"]
    for table in tables:
        _add_file(crate, partial, f"figures/{table['path']}", table["title"])
    _add_file(crate, partial, f"figures/{descriptor.name}", "What the tables of figures/ hold")


def _copy_models(crate: ROCrate, partial: Path, name: str, folder: Path | None) -> None:
    """Copy what a models folder holds, the shipped one by default."""
    shutil.copytree(folder or shipped_folder("models"), partial / name)
    for file in sorted((partial / name).rglob("*")):
        if file.is_file():
            path = file.relative_to(partial).as_posix()
            _add_file(crate, partial, path, f"Model: {path}")


def _add_file(crate: ROCrate, partial: Path, path: str, title: str) -> ContextEntity:
    """Tell of a file that lies in the crate already."""
    content = (partial / path).read_bytes()
    properties = {
        "name": title,
        "encodingFormat": MEDIA.get(Path(path).suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return crate.add_file(dest_path=path, properties=properties)


def _describe(crate: ROCrate, manifests: Mapping[str, Mapping[str, Any]], model: Model) -> None:
    software = software_item()
    crate.name = "Projections of Vietnam–Japan relations: " + ", ".join(manifests)
    crate.description = "\n".join(citations(manifests))
    crate.license = crate.add_jsonld({"@id": LICENCE, "@type": "CreativeWork", "name": "CC BY 4.0"})
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
        _add_file(crate, partial, f"{name}/{file}", f"{file} of {name}")
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
