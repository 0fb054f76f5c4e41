"""Commands of the living record: projections stored with their day, and how they did since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.completion import complete_indicator, complete_scenario
from vnjp_sim.cli.console import make_console, say, say_folded, say_json, show
from vnjp_sim.cli.deciding import chart_option, check_chart, draw_chart
from vnjp_sim.cli.options import (
    force_option,
    json_option,
    model_of,
    models_option,
    out_option,
    path_type,
    refuse_given,
    run_options,
    show_progress,
)
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import InputError

if TYPE_CHECKING:
    from vnjp_sim.living_record import Record
    from vnjp_sim.scoring.record_summary import RecordScores
    from vnjp_sim.simulation.request import Request

YEAR = 2030
record_option = click.option(
    "--record",
    "folder",
    type=path_type,
    default=Path("record"),
    show_default=True,
    help="Folder of the record.",
)
entry_option = click.option(
    "--entry",
    "entries",
    multiple=True,
    metavar="ENTRY",
    help="Only entries of this hash, beginning of a hash, day or scenario. Repeatable.",
)


@commands.group()
def record() -> None:
    """Keep projections with their day, score them on later figures, see what moved them."""


@record.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...", shell_complete=complete_scenario)
@record_option
@run_options
def add(request: Request, folder: Path, as_json: bool) -> None:
    """Store the projections of SCENARIO (by default base) in the record, with all that is known.

    The day of an entry is today; with --as-of it is that day, and only what had been published
    before it is used. An entry keeps every draw and is never replaced.
    """
    from vnjp_sim.living_record import Record
    from vnjp_sim.tables.record import added_lines

    scenarios = request.scenarios or ("base",)
    with show_progress(model_of(request), len(scenarios) * request.draws) as progress:
        kept = Record(folder, models=request.models, out=request.out, progress=progress)
        added = kept.add(scenarios, **request.asked)
    if as_json:
        say_json(added.to_dict("records"))
        return
    for line in added_lines(added):
        say_folded(make_console(), line)


@record.command(name="list")
@record_option
@json_option
def list_record(folder: Path, as_json: bool) -> None:
    """List the entries by day, and check that none has changed since it was written."""
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.living_record import Record
    from vnjp_sim.tables.record import entries_table

    entries = Record(folder).entries()
    if as_json:
        say_json(entries.to_dict("records"))
    elif entries.empty:
        say(f"No entries in {display_path(folder)}.")
    else:
        show(make_console(), entries_table(entries))


@record.command()
@click.argument("indicators", nargs=-1, metavar="[INDICATOR]...", shell_complete=complete_indicator)
@entry_option
@record_option
@chart_option
@force_option
@models_option
@json_option
def score(
    indicators: tuple[str, ...],
    entries: tuple[str, ...],
    folder: Path,
    chart: Path | None,
    force: bool,
    models: Path | None,
    as_json: bool,
) -> None:
    """Show how entries did on the figures that became known later, of INDICATOR or of all.

    Figures are those of the models folder, documents and official series: published on the day of
    an entry or later, and unknown to it. Each is compared with the last value then known. --chart
    draws the entries of one INDICATOR with its figures.
    """
    from vnjp_sim.cli.backtesting import check_libraries

    if chart is None:
        refuse_given(["force"], "without --chart")
    elif len(indicators) != 1:
        raise InputError.single("--chart", "draws one indicator", "name it: record score ID")
    check_chart(chart, force=force)
    check_libraries()
    from vnjp_sim.living_record import Record

    kept = Record(folder, models=models)
    found = kept.score(entries or None, indicators or None)
    if as_json:
        say_json(_scores_json(found))
    else:
        _show_scores(found, models)
    if chart is not None:
        from vnjp_sim.charts import record as record_chart

        draw_chart(record_chart(kept, indicators[0], entries or None), chart, silent=as_json)


@record.command()
@click.argument(
    "indicator", required=False, metavar="[INDICATOR]", shell_complete=complete_indicator
)
@click.option("--year", type=int, default=YEAR, show_default=True, help="Of the projection.")
@click.option(
    "--since",
    default=None,
    metavar="ENTRY",
    help="Hash, day or scenario of an entry.  [default: the first]",
)
@click.option("--until", default=None, metavar="ENTRY", help="A later entry.  [default: today]")
@click.option("--each", is_flag=True, help="Figures of INDICATOR one by one, not by document.")
@record_option
@out_option
@models_option
@json_option
def moved(
    indicator: str | None,
    year: int,
    since: str | None,
    until: str | None,
    each: bool,
    folder: Path,
    out: Path,
    models: Path | None,
    as_json: bool,
) -> None:
    """Show how projections moved since an entry; of INDICATOR, which new figures moved it.

    The figures are added in the order of their publication, and the laws that read them are
    calibrated anew each time, which takes up to a minute for each document.
    """
    from vnjp_sim.living_record import Record
    from vnjp_sim.simulation.model_data import load_model

    if indicator is None:
        refuse_given(["each"], "without an indicator")
    model = load_model(models)
    with show_progress(model, 0) as progress:
        kept = Record(folder, models=models, out=out, progress=progress)
        if indicator is None:
            moves = kept.moves(None, year, since=since, until=until)
        else:
            found = kept.moved(indicator, year, since=since, until=until, each=each)
    from vnjp_sim.tables.record import move_lines, move_table, moves_table

    console = make_console()
    if indicator is None and as_json:
        say_json(moves.to_dict("records"))
    elif indicator is None:
        first = f"since {since}" if since else "since the first entry"
        show(console, moves_table(moves, model.registry, f"Projections of {year}, {first}"))
        say("Shift: the change of the median, in half-widths of the earlier 90 % interval.")
    elif as_json:
        say_json(_move_json(kept, found))
    else:
        show(console, move_table(found, model.registry))
        for line in move_lines(found):
            say_folded(console, line)


def _show_scores(found: RecordScores, models: Path | None) -> None:
    from vnjp_sim.scoring.record_summary import BY
    from vnjp_sim.simulation.model_data import load_model
    from vnjp_sim.tables.record import by_table, score_lines, scores_tables

    console, registry = make_console(), load_model(models).registry
    for table in scores_tables(found, registry):
        show(console, table)
        say("")
    if found.figures:
        for what in BY:
            if len(found.by(what)) > 1:
                show(console, by_table(found, what))
                say("")
    for line in score_lines(found):
        say_folded(console, line)


def _scores_json(found: RecordScores) -> dict[str, Any]:
    from dataclasses import asdict

    figures = found.table().astype({"day": str, "published": str}).to_dict("records")
    return {
        "entries": found.entries,
        "figures": figures,
        "left_out": dict(found.left_out),
        "pooled": {method: asdict(own) for method, own in found.pooled().items()},
        **{f"by_{what}": found.by(what).to_dict("records") for what in ("indicator", "lead")},
    }


def _move_json(kept: Record, found: Any) -> dict[str, Any]:
    steps = [
        {**row, "published": row["published"] and row["published"].isoformat()}
        for row in found.table().to_dict("records")
    ]
    return {
        "record": str(kept.folder),
        "indicator": found.name,
        "unit": found.indicator.unit,
        "year": found.year,
        "since": found.since,
        "until": found.until,
        "before": vars(found.before),
        "after": vars(found.after),
        "change": found.change,
        "steps": steps,
        "dropped": found.dropped,
    }
