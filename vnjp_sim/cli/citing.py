"""The command that says how to cite the software, a run and its documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.console import make_console, say, say_folded, say_json
from vnjp_sim.cli.options import asks, model_of, models_option, out_option
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.request import Request

if TYPE_CHECKING:
    from vnjp_sim.storage.store import StoredRun


@commands.command()
@click.argument("run", required=False)
@click.option("--bibtex", is_flag=True, help="Print a BibTeX file.")
@click.option("--csl", is_flag=True, help="Print CSL-JSON, as Zotero and Pandoc read it.")
@out_option
@models_option
@asks
def cite(request: Request, run: str | None, bibtex: bool, csl: bool) -> None:
    """Print how to cite the software and the documents; with RUN, a stored run too.

    RUN is the folder of a stored run, its hash or the beginning of it, or a scenario by name,
    title or file: its newest run in OUT that was made with the shipped models, or with --models.
    """
    from vnjp_sim.simulation.citing import (
        DAMAGED,
        bibtex_of,
        evidence_items,
        run_item,
        software_item,
    )

    if bibtex and csl:
        raise InputError.single("--bibtex", "is given with --csl", "leave one of them out")
    items, titles = [software_item()], None
    if run is not None:
        stored = _stored(run, request)
        manifest = stored.manifest
        try:
            items.insert(0, run_item(manifest))
        except DAMAGED:
            what = "its manifest does not say how it was made"
            raise InputError.single(run, what, "run the scenario again") from None
        titles = _titles(stored.folder)
        basis = {"as_of": manifest["as_of"], "evidence": manifest["evidence"]}
        request = Request(models=request.models, **basis)
    documents = evidence_items(model_of(request), titles)
    if csl:
        say_json([*items, *documents], indent=2)
    elif bibtex:
        say("\n\n".join(map(bibtex_of, [*items, *documents])))
    else:
        _show(items, documents)


def _show(items: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    from vnjp_sim.simulation.citing import text_of

    console = make_console()
    for item in items:
        say_folded(console, text_of(item))
    say("\nCalibrated on figures of:")
    for item in documents:
        say_folded(console, f"  {text_of(item)}")


def _stored(run: str, request: Request) -> StoredRun:
    """Return the stored run that is meant; raises InputError if there is none.

    Of the runs of a scenario it is the newest of the models folder asked for; where there are
    others of that folder, standard error tells which one was taken.
    """
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.stored_runs import (
        hashed,
        of_models,
        run_in,
        run_line,
        scenario_named,
    )
    from vnjp_sim.storage.store import list_runs

    if (here := run_in(Path(run))) is not None:
        return here
    if (one := hashed(run, request.out)) is not None:
        return one
    name, place = scenario_named(run, request.models), display_path(request.out)
    every = [each for each in list_runs(request.out) if each.scenario == name]
    if not every:
        what = f"no stored run in {place} has this folder, hash or scenario"
        raise InputError.single(run, what, "list them with: vnjp_sim results list")
    found = of_models(every, request.models)
    if not found:
        whose = "the shipped models" if request.models is None else display_path(request.models)
        what = f"no stored run of it in {place} was made with {whose}, but {len(every)} with others"
        remedy = f"give --models, or the hash of a run, such as {every[0].run[:8]}"
        raise InputError.single(run, what, remedy)
    if len(found) > 1:
        told = f"{len(found)} stored runs of {name} may be meant; the newest is cited. Others:"
        say(told, errors=True)
        for other in found[1:]:
            say(f"  {run_line(other)}", errors=True)
    return found[0]


def _titles(folder: Path) -> dict[str, str] | None:
    """Return the titles of what a run is calibrated on, by id; None if it keeps no draws."""
    import h5py

    from vnjp_sim.simulation.pipeline import PROJECTION

    if not (folder / PROJECTION).is_file():
        return None
    with h5py.File(folder / PROJECTION) as file:
        text = file.attrs.get("documents")
    return None if text is None else dict(json.loads(text))
