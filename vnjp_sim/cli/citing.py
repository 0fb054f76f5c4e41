"""The command that says how to cite the software, a run and its documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_scenario
from vnjp_sim.cli.console import make_console, say, say_folded, say_json
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    evidence_option,
    model_of,
    models_option,
    out_option,
    refuse_given,
    size_options,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.arguments import is_written_out
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.simulation.request import Request

if TYPE_CHECKING:
    from vnjp_sim.simulation.citing import Item
    from vnjp_sim.storage.store import StoredRun


@commands.command()
@click.argument("words", nargs=-1, metavar="[RUN...]", shell_complete=complete_scenario)
@click.option("--bibtex", is_flag=True, help="Print a BibTeX file.")
@click.option("--csl", is_flag=True, help="Print CSL-JSON, as Zotero and Pandoc read it.")
@size_options
@out_option
@models_option
@as_of_option
@evidence_option
@asks
def cite(request: Request, words: tuple[str, ...], bibtex: bool, csl: bool) -> None:
    """Print how to cite the software and the documents; with RUNs, these too.

    RUN is a scenario by name, title or file: what `run` and `compare` make of it with the same
    options, stored or not. Or it is the folder of a stored run, its hash or the beginning of it.
    """
    from vnjp_sim.simulation.citing import bibtex_of, software_item

    if bibtex and csl:
        raise InputError.single("--bibtex", "is given with --csl", "leave one of them out")
    items, documents = _items(request, words)
    items.append(software_item())
    if csl:
        say_json([*items, *documents], indent=2)
    elif bibtex:
        say("\n\n".join(map(bibtex_of, [*items, *documents])))
    else:
        _show(items, documents)


def _show(items: list[Item], documents: list[Item]) -> None:
    from vnjp_sim.simulation.citing import text_of

    console = make_console()
    for item in items:
        say_folded(console, text_of(item))
    say("\nCalibrated on figures of:")
    for item in documents:
        say_folded(console, f"  {text_of(item)}")


def _items(request: Request, words: tuple[str, ...]) -> tuple[list[Item], list[Item]]:
    """Return the references to the runs that words mean, and to the documents of all of them."""
    from vnjp_sim.simulation.citing import DAMAGED, evidence_items, run_item

    items: dict[str, Item] = {}
    documents: dict[str, Item] = {} if words else _by_id(evidence_items(model_of(request)))
    for word in words:
        stored = _stored(word, request)
        for manifest in [stored.manifest] if stored else _planned(word, request):
            try:
                item = run_item(manifest)
                basis = {"as_of": manifest["as_of"], "evidence": manifest["evidence"]}
            except DAMAGED:
                what = "its manifest does not say how it was made"
                raise InputError.single(word, what, "run the scenario again") from None
            items[manifest["run"]] = item
            model = model_of(Request(models=request.models, **basis))
            titles = _titles(stored.folder) if stored else None
            documents |= _by_id(evidence_items(model, titles))
    return list(items.values()), list(documents.values())


def _by_id(items: list[Item]) -> dict[str, Item]:
    return {item["id"]: item for item in items}


def _stored(word: str, request: Request) -> StoredRun | None:
    """Return the stored run of a folder or hash, None where a word is neither."""
    from vnjp_sim.simulation.stored_runs import hashed, run_in

    if is_written_out(word):
        return None
    found = run_in(Path(word)) or hashed(word, request.out)
    if found is not None:
        refuse_given(("draws", "seed", "horizon", "as_of", "evidence"), "on a stored run")
    return found


def _planned(word: str, request: Request) -> list[dict[str, Any]]:
    """Return the manifests of what `run` makes of a scenario; raises InputError.

    Where none is stored but others of the scenario are, standard error lists these.
    """
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.manifests import manifest_of
    from vnjp_sim.simulation.scenario_requests import distinct_scenarios
    from vnjp_sim.simulation.stored_runs import run_line
    from vnjp_sim.storage.store import list_runs

    model, every = model_of(request), list_runs(request.out)
    try:
        scenarios = distinct_scenarios((word,), model, request.options)
    except InputError:
        left = [each for each in every if each.scenario == word]
        if not left:
            raise
        what = f"is no scenario, but {display_path(request.out)} has runs of that name"
        remedy = f"give the hash of one, such as {left[0].run[:8]}"
        raise InputError.single(word, what, remedy) from None
    manifests = {name: manifest_of(s, model, request.options) for name, s in scenarios.items()}
    for name, manifest in manifests.items():
        others = [each for each in every if each.scenario == name]
        if others and manifest["run"] not in {each.run for each in others}:
            size = f"{draws_text(request.draws)}, seed {request.seed}"
            say(f"This is the run of {name} with {size}, which is not stored. Stored:", errors=True)
            for other in others:
                say(f"  {run_line(other)}", errors=True)
    return list(manifests.values())


def _titles(folder: Path) -> dict[str, str] | None:
    """Return the titles of what a run is calibrated on, by id; None if it keeps no draws."""
    import h5py

    from vnjp_sim.simulation.pipeline import PROJECTION

    if not (folder / PROJECTION).is_file():
        return None
    with h5py.File(folder / PROJECTION) as file:
        text = file.attrs.get("documents")
    return None if text is None else dict(json.loads(text))
