"""What the shell offers for the words of a command, read from the names alone, so that it is quick.

A shell switches it on with, for example, `eval "$(_VNJP_SIM_COMPLETE=bash_source vnjp_sim)"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import rich_click as click
from click.shell_completion import CompletionItem

from vnjp_sim.foundation.errors import VnjpSimError


def complete_scenario(
    context: click.Context,  # noqa: ARG001 - as click calls it
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """Return the shipped scenarios that begin so, with their titles, and files."""
    from vnjp_sim.inputs.scenario_lookup import shipped_titles

    return [*_items(shipped_titles(), begun), CompletionItem(begun, type="file")]


def complete_source(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Return the examples that begin so, then shipped scenarios and files."""
    from vnjp_sim.inputs.scenario_lookup import examples

    named = [CompletionItem(name) for name in examples() if name.startswith(begun)]
    return [*named, *complete_scenario(context, parameter, begun)]


def complete_indicator(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001 - as click calls it
    begun: str,
) -> list[CompletionItem]:
    """Return the indicators that begin so, with their labels."""
    from vnjp_sim.foundation.packaged import shipped_folder
    from vnjp_sim.inputs.registry import read_registry

    folder: Path = context.params.get("models") or shipped_folder("models")
    try:
        return _items(read_registry(folder).labels, begun)
    except VnjpSimError:
        return []


def _items(labels: Mapping[str, str], begun: str) -> list[CompletionItem]:
    return [
        CompletionItem(name, help=label) for name, label in labels.items() if name.startswith(begun)
    ]
