"""The command that lists what can be asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import rich_click as click

from vnjp_sim.cli.console import make_console, say, say_json, show
from vnjp_sim.cli.options import as_of_option, asks, json_option, model_of, models_option
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError

if TYPE_CHECKING:
    from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Request

TITLED = ("levers", "events")
"""Kinds whose tables have titles of their own."""
KINDS = ("indicators", "scenarios", "examples", "levers", "events", "documents")


def _kinds(_context: object, _parameter: object, begun: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(begun)]


@commands.command(name="list")
@click.argument("sought", nargs=-1, metavar="[KIND] [WORD...]", shell_complete=_kinds)
@click.option("--csv", "as_csv", is_flag=True, help="Print everything known of each as CSV.")
@models_option
@as_of_option
@json_option
@asks
def list_(request: Request, sought: tuple[str, ...], as_csv: bool, as_json: bool) -> None:
    """List what can be asked for, all of a kind or what every WORD is found in.

    KIND is indicators, scenarios, examples, levers, events or documents; without it, each WORD is
    looked for in all of them.

    Each WORD is looked for in ids, labels, titles, meanings and official counterparts. Commands
    take an id, a label, or a beginning of either that only one has.
    """
    from vnjp_sim.simulation.catalogue import catalogue
    from vnjp_sim.tables.catalogue import catalogue_csv

    if as_csv and as_json:
        raise InputError.single("--csv", "is given with --json", "leave one of them out")
    kind, words = (sought[0], sought[1:]) if sought[:1] and sought[0] in KINDS else ("", sought)
    if not kind:
        _list_all(model_of(request), words, as_csv=as_csv, as_json=as_json)
        return
    model = model_of(request)
    entries = catalogue(model, kind, words)
    if as_json:
        say_json(entries)
    elif as_csv:
        say(catalogue_csv(entries))
    elif not entries:
        say(f"No {kind.removesuffix('s')} mentions {' and '.join(words)}.")
    else:
        _show(model, kind, entries)


def _list_all(model: Model, words: tuple[str, ...], *, as_csv: bool, as_json: bool) -> None:
    """Print what the words are found in, kind by kind."""
    from vnjp_sim.simulation.catalogue import catalogue

    remedy = f"write one of {', '.join(KINDS)}"
    if not words:
        raise InputError.single("list", "needs a kind or a word", remedy)
    if as_csv:
        raise InputError.single("--csv", "needs a kind, whose columns it prints", remedy)
    every = {kind: catalogue(model, kind, words) for kind in KINDS}
    found = {kind: entries for kind, entries in every.items() if entries}
    if as_json:
        say_json(found)
        return
    if not found:
        say(f"Nothing mentions {' and '.join(words)}.")
    for kind, entries in found.items():
        if kind not in TITLED:
            say(kind.capitalize())
        _show(model, kind, entries)


def _show(model: Model, kind: str, entries: list[dict[str, object]]) -> None:
    from vnjp_sim.tables.catalogue import catalogue_table
    from vnjp_sim.tables.runs import event_table, lever_table

    console = make_console()
    if kind not in ("levers", "events"):
        show(console, catalogue_table(kind, entries))
        return
    names = {str(entry["id"]) for entry in entries}
    known = model.instruments
    if kind == "levers":
        some = {name: lever for name, lever in known.levers.items() if name in names}
        show(console, lever_table(replace(known, levers=some)))
    else:
        types = {name: each for name, each in known.event_types.items() if name in names}
        show(console, event_table(replace(known, event_types=types)))
