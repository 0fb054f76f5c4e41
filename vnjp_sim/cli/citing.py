"""The command that says how to cite the software, a run and its documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
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
from vnjp_sim.foundation.argument_types import is_written_out
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.inputs.number_text import draws_text
from vnjp_sim.simulation.request import Request
from vnjp_sim.storage.store import list_runs

if TYPE_CHECKING:
    from vnjp_sim.simulation.citing import Item
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.storage.store import StoredRun

LINK = "://"
"""What no scenario and no folder has in its name, but an address of the explorer."""


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

    RUN is a scenario by name, title or file: what `compare` makes of it with the same options, with
    its baseline, stored or not; or a link of the explorer. Or it is the folder of a stored run, its
    hash or the beginning of it.
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

    if is_written_out(word) or LINK in word:  # either may be longer than a path can be
        return None
    found = run_in(Path(word)) or hashed(word, request.out)
    if found is not None:
        refuse_given(("draws", "seed", "horizon", "as_of", "evidence"), "on a stored run")
    return found


def _planned(word: str, request: Request) -> list[Mapping[str, Any]]:
    """Return the manifests of what `compare` makes of a scenario, or the explorer of a link.

    Of the scenario and of what it is compared with. Where it is not stored but others of its name
    are, standard error lists these. Raises InputError.
    """
    from vnjp_sim.analysis.compared import runs_of

    model = model_of(request)
    if LINK in word:
        return _of_link(word, model, request)
    try:
        runs = runs_of((word,), model, request.options)
    except InputError:
        left = [each for each in list_runs(request.out) if each.scenario == word]
        if not left:
            raise
        what = f"is no scenario, but {display_path(request.out)} has runs of that name"
        remedy = f"give the hash of one, such as {left[0].run[:8]}"
        raise InputError.single(word, what, remedy) from None
    asked = [part for part in runs.parts if part.request]
    for part in asked:
        _tell_others(part.name, str(part.manifest["run"]), request)
    return [part.manifest for part in (*asked, *(p for p in runs.parts if p not in asked))]


def _of_link(link: str, model: Model, request: Request) -> list[Mapping[str, Any]]:
    """Return the manifests of what the explorer shows of a link; raises InputError."""
    from vnjp_sim.explorer.state import States
    from vnjp_sim.simulation.manifests import manifest_of

    refuse_given(("draws", "seed", "horizon"), "on a link, which names its own")
    states = States(model)
    opened = states.opened(link.partition("?")[2])
    for note in opened.warnings:
        say(note, errors=True)
    state = opened.state
    options = replace(request.options, draws=state.draws, seed=state.seed)
    scenarios = (states.scenario(state.scenario), states.baseline(state))
    return [manifest_of(scenario, model, options) for scenario in scenarios]


def _tell_others(name: str, run: str, request: Request) -> None:
    """List the stored runs of a scenario where the one that is meant is not among them."""
    from vnjp_sim.simulation.stored_runs import run_line

    others = [each for each in list_runs(request.out) if each.scenario == name]
    if others and run not in {each.run for each in others}:
        size = f"{draws_text(request.draws)}, seed {request.seed}"
        say(f"This is the run of {name} with {size}, which is not stored. Stored:", errors=True)
        for other in others:
            say(f"  {run_line(other)}", errors=True)


def _titles(folder: Path) -> dict[str, str] | None:
    """Return the titles of what a run is calibrated on, by id; None if it keeps no draws."""
    import h5py

    from vnjp_sim.simulation.pipeline import PROJECTION

    if not (folder / PROJECTION).is_file():
        return None
    with h5py.File(folder / PROJECTION) as file:
        text = file.attrs.get("documents")
    return None if text is None else dict(json.loads(text))
