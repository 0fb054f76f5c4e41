"""Commands that show or check what the model and its scenarios say, and start a scenario."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_indicator, complete_scenario, complete_source
from vnjp_sim.cli.console import make_console, say, say_folded, say_json, show
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    evidence_option,
    indicators_meant,
    json_option,
    model_of,
    models_option,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vnjp_sim.inputs.scenario_reader import ScenarioReader
    from vnjp_sim.simulation.figure_uses import FigureUse
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.request import Request


@commands.command()
@click.argument("scenarios", nargs=-1, metavar="[FILE...]", shell_complete=complete_scenario)
@click.option(
    "--horizon", metavar="START:END", default=None, help="First and last year, such as 2025:2050."
)
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def validate(request: Request, as_json: bool) -> None:
    """Check the models folder and the scenario FILEs, by default all shipped scenarios.

    `run` accepts whatever is valid here, with the same --horizon, --models and --as-of.
    """
    try:
        counts = _validated(request)
    except InputError as error:
        if as_json:
            say_json({"valid": False, "faults": [each.as_json() for each in error.refusals]})
        raise
    if as_json:
        say_json({"valid": True} | counts)
        return
    if request.evidence != DOCUMENTS:
        _show_conflicts(request)
    from vnjp_sim.inputs.number_text import count_text

    counted = ", ".join(count_text(count, name.removesuffix("s")) for name, count in counts.items())
    say(f"Valid: {counted}.")


def _show_conflicts(request: Request) -> None:
    from vnjp_sim.tables.conflicts import conflict_table

    show(make_console(), conflict_table(model_of(request).evidence))


def _validated(request: Request) -> dict[str, int]:
    """Return how many of everything were read; raises InputError with all faults."""
    from vnjp_sim.foundation.packaged import shipped_folder
    from vnjp_sim.simulation.scenario_requests import distinct_scenarios

    model = model_of(request)
    shipped = sorted(shipped_folder("scenarios").glob("*.yml"))
    chosen = request.scenarios or tuple(map(str, shipped))
    reader = model.scenario_reader()
    every = [one for each in chosen for one in _with_variants(each, reader)]
    distinct_scenarios(every, model, request.options, reader)
    variants = {"variants": len(every) - len(chosen)} if len(every) > len(chosen) else {}
    return {
        "documents": len(model.evidence.documents),
        "indicators": len(model.registry.indicators),
        "observations": len(model.evidence.observations),
        "events": len(model.evidence.events),
        "parameters": sum(1 for _ in model.parameters.all_parameters()),
        "targets": len(model.targets),
        "levers": len(model.instruments.levers),
        "event types": len(model.instruments.event_types),
        "links": len(model.links.links),
        "scenarios": len(chosen),
    } | variants


def _with_variants(request: str, reader: ScenarioReader) -> tuple[str, ...]:
    """Return the requests of a scenario and of its variants, if it can be read."""
    from vnjp_sim.foundation.argument_types import is_written_out

    if not is_written_out(request):
        with suppress(InputError):  # its faults are told when it is read
            return reader.with_variants(request)
    return (request,)


@commands.command()
@click.argument("indicator", shell_complete=complete_indicator)
@click.argument("period", required=False)
@models_option
@as_of_option
@evidence_option
@json_option
@asks
def trace(request: Request, indicator: str, period: str | None, as_json: bool) -> None:
    """Show every figure behind INDICATOR, conflicting ones included, and how it is projected.

    Each figure is shown with its document, line and place. PERIOD is a year or any form that the
    figures use: 2022, 2023-09, 2023-01/2023-07, FY2019. A year shows every figure whose period
    overlaps it.
    """
    from vnjp_sim.simulation.figure_uses import figure_uses

    model = model_of(request)
    (indicator,) = indicators_meant([indicator], model)
    uses = figure_uses(model, model.evidence.figures_of(indicator, period))
    if as_json:
        say_json([_figure_json(use) for use in uses])
        return
    _show_trace(model, indicator, period, uses)


@commands.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from vnjp_sim.inputs.scenario_file import ScenarioFile

    content = ScenarioFile.model_json_schema()
    content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    say_json(content, indent=2)


@commands.command()
@click.argument("scenario", shell_complete=complete_scenario)
@click.option(
    "--as",
    "form",
    type=click.Choice(["yaml", "text", "python", "command"]),
    default="yaml",
    show_default=True,
    help="What to print: a scenario file, URL-safe text, Python, or a command that runs it.",
)
@models_option
@asks
def share(request: Request, scenario: str, form: str) -> None:
    """Print SCENARIO in another form, complete in itself.

    Like every command that takes a scenario, it takes a name, a YAML file, the URL-safe text, or a
    scenario written out on one line, such as '{extends: base, horizon: {start: 2025, end: 2050}}'.
    """
    from vnjp_sim.inputs.scenario_lookup import scenario_source

    shared = model_of(request).scenario_reader().read(scenario_source(scenario))
    say(getattr(shared, f"to_{form}")().removesuffix("\n"))


MONEY = (
    "An amount of money may name its currency: 2 USD bn, 300 JPY bn. Each draw converts one of the "
    "other currency at its own rate of the year."
)


@commands.command()
@click.argument("words", nargs=-1, metavar="[WORD...]")
@models_option
@json_option
@asks
def levers(request: Request, words: tuple[str, ...], as_json: bool) -> None:
    """List the levers and events that a scenario may use, with units and ranges.

    With WORDs, those in whose id, label, unit or meaning every WORD is found.
    """
    from vnjp_sim.simulation.catalogue import instruments_with

    known = instruments_with(model_of(request), words)
    if as_json:
        content = {
            "levers": {n: x.model_dump() for n, x in known.levers.items()},
            "event_types": {n: x.model_dump() for n, x in known.event_types.items()},
        }
        say_json(content)
        return
    from vnjp_sim.tables.runs import event_table, lever_table

    if not (known.levers or known.event_types):
        say(f"No lever or event mentions {' and '.join(words)}.")
        return
    console = make_console()
    if known.levers:
        show(console, lever_table(known))
    if known.event_types:
        show(console, event_table(known))
    say_folded(console, MONEY)


@commands.command()
@click.option(
    "--format",
    "kind",
    type=click.Choice(["mermaid", "dot"]),
    default="mermaid",
    show_default=True,
    help="Output language.",
)
@models_option
@asks
def graph(request: Request, kind: str) -> None:
    """Print the causal graph of the links as Mermaid or Graphviz DOT."""
    from vnjp_sim.charts.graph_text import dot, mermaid

    model = model_of(request)
    draw = mermaid if kind == "mermaid" else dot
    say(draw(model.links, model.registry))


@commands.command()
@click.argument("name")
@click.option(
    "--from",
    "source",
    default=None,
    metavar="NAME",
    shell_complete=complete_source,
    help="Example, scenario or file to copy, see `vnjp_sim list examples`.",
)
@click.option(
    "--extends",
    default=None,
    metavar="NAME",
    shell_complete=complete_scenario,
    help="Scenario that an empty new one extends.  [default: base]",
)
def new(name: str, source: str | None, extends: str | None) -> None:
    """Write NAME.yml, a commented scenario to start from; an existing file is kept.

    With --from it is a copy of another scenario with all that it says, comments too; without, it
    shows every key.
    """
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.inputs.scenario_lookup import full_name
    from vnjp_sim.inputs.scenario_template import write_copy, write_template

    if source is not None and extends is not None:
        what = "is given with --extends: a copy extends what its source does"
        raise InputError.single("--from", what, "leave one of them out")
    if source is not None:
        written = write_copy(name, source)
    else:
        written = write_template(name, full_name(extends or "base"))
    say(f"wrote {display_path(written)}")


def _figure_json(use: FigureUse) -> dict[str, Any]:
    o = use.figure
    return {
        "indicator": "+".join(o.indicators),
        "period": o.period.text,
        "value": o.printed,
        "unit": o.unit,
        "reported": o.reported,
        "base_period": o.base_period.text if o.base_period else None,
        "of": o.of or None,
        "document": o.document,
        "lines": list(o.lines),
        "place": o.place,
        "use": o.use,
        "used_by": list(use.by),
        "why_not_used": use.why,
        "note": o.note,
        "row": f"{o.file}:{o.row}",
    }


def _show_trace(
    model: Model, indicator: str, period: str | None, uses: Sequence[FigureUse]
) -> None:
    from vnjp_sim.sectors.provenance import made_of
    from vnjp_sim.simulation.figure_uses import figure_uses
    from vnjp_sim.simulation.trace_words import words_behind
    from vnjp_sim.tables.runs import trace_table

    console = make_console()
    said = words_behind(model, indicator, period, figures=bool(uses))
    console.print(said.title, style="bold")
    for line in said.about:
        say_folded(console, line)
    if uses:
        show(console, trace_table(uses, model.evidence))
    for name in made_of(indicator)[0]:
        if own := figure_uses(model, model.evidence.figures_of(name, period)):
            label = model.registry.labels[name]
            console.print(f"\n{name} — {label}", style="bold")
            show(console, trace_table(own, model.evidence))
    for line in said.after:
        say_folded(console, line)
