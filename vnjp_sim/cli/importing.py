"""The command that imports a user's own figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import rich_click as click

from vnjp_sim.cli.console import say, say_json
from vnjp_sim.cli.options import force_option, json_option, models_option, path_type, refuse_given
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.errors import BadValueError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vnjp_sim.exchange import Imported, NewDocument, SeriesMap
    from vnjp_sim.exchange.decimal_marks import Decimal
    from vnjp_sim.exchange.own_figures import Mode
    from vnjp_sim.inputs.observations import Observation

MOST_WARNINGS = 20
OF_IMPORTS = (
    "to",
    "mode",
    "sdmx",
    "mapping",
    "series",
    "documents",
    "document",
    "title",
    "published",
    "reliability",
    "reason",
)
"""Options that a template does not heed."""


@commands.command(name="import")
@click.argument("file", type=path_type)
@click.option("--to", type=path_type, default=None, help="New models folder.")
@click.option(
    "--template",
    is_flag=True,
    help="Write a table to fill in to FILE, .csv or .xlsx, instead of importing.",
)
@force_option
@click.option(
    "--mode",
    type=click.Choice(["add", "instead"]),
    default="add",
    show_default=True,
    help="Calibrate on these figures in addition to the documents', or instead of them.",
)
@click.option(
    "--decimal",
    type=click.Choice(["auto", "point", "comma"]),
    default="auto",
    show_default=True,
    help="What stands before decimals in FILE; auto finds it, and refuses numbers that may mean "
    "two things. With --template, comma writes semicolons between cells, as Excel does then.",
)
@click.option("--sdmx", is_flag=True, help="FILE is SDMX-CSV; needs --mapping or --series.")
@click.option(
    "--mapping", type=path_type, default=None, help="YAML file that maps SDMX series to indicators."
)
@click.option(
    "--series",
    multiple=True,
    metavar="INDICATOR:DIM=CODE,…",
    help="One SDMX series, instead of --mapping; repeatable.",
)
@click.option(
    "--documents", type=path_type, default=None, help="YAML file that describes new documents."
)
@click.option("--document", metavar="ID", default=None, help="Id of a new document.")
@click.option("--title", default=None, help="Title of the new document.")
@click.option(
    "--published", metavar="DATE", default=None, help="Publication date of the new document."
)
@click.option(
    "--reliability",
    type=click.Choice(["high", "medium", "low"]),
    default="medium",
    show_default=True,
    help="Reliability of the new document's figures.",
)
@click.option("--reason", default="Not stated.", help="Reason for this reliability.")
@models_option
@json_option
def import_(
    file: Path,
    to: Path | None,
    template: bool,
    force: bool,
    mode: str,
    decimal: str,
    sdmx: bool,
    mapping: Path | None,
    series: tuple[str, ...],
    documents: Path | None,
    document: str | None,
    title: str | None,
    published: str | None,
    reliability: str,
    reason: str,
    models: Path | None,
    as_json: bool,
) -> None:
    """Import your own figures from FILE into a new models folder.

    FILE is a table with the columns indicator, period, value and unit, in any order, as CSV or an
    Excel workbook; or SDMX-CSV. Every figure is checked like the shipped ones, and all errors are
    reported at once. The new folder holds only what differs from the shipped one; pass it to other
    commands as --models.
    """
    from vnjp_sim.exchange import import_figures

    if template:
        refuse_given(OF_IMPORTS, "with --template")
        _write_template(file, models, cast("Decimal", decimal), force=force, as_json=as_json)
        return
    refuse_given(("force",), "without --template: an import makes a new folder")
    if to is None:
        raise InputError.single("--to", "is missing", "name a new folder, such as my_models")

    declared: Any = documents
    if document is not None:
        declared = {document: _document(title, published, reliability, reason, documents)}
    else:
        if title or published:
            raise InputError.single("--document", "is missing", "give the new document an id")
        refuse_given(("reliability", "reason"), "without --document")
    imported = import_figures(
        file,
        to,
        mode=cast("Mode", mode),
        models=models,
        documents=declared,
        series=_series(sdmx, mapping, series, document),
        decimal=cast("Decimal", decimal),
    )
    if as_json:
        say_json(_imported_json(imported))
    else:
        _show_imported(imported)


def _write_template(
    file: Path, models: Path | None, decimal: Decimal, *, force: bool, as_json: bool
) -> None:
    from vnjp_sim.exchange import write_template
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.model_data import load_model

    written = display_path(write_template(file, load_model(models), decimal=decimal, force=force))
    if as_json:
        say_json({"file": str(file)})
        return
    say(f"wrote {written}; fill it in, then:")
    say(
        f"vnjp_sim import {written} --to my_models --document ID --title 'ITS TITLE' "
        "--published 2026-01-31"
    )


def _document(
    title: str | None, published: str | None, reliability: str, reason: str, documents: Path | None
) -> NewDocument:
    from pydantic import ValidationError

    from vnjp_sim.exchange import NewDocument

    if documents is not None:
        raise InputError.single("--document", "is given with --documents", "give one of them")
    if not title or not published:
        missing = "--published" if title else "--title"
        raise InputError.single(missing, "is missing", "a new document needs it")
    content = {
        "title": title,
        "published": published,
        "reliability": reliability,
        "reliability_reason": reason,
    }
    try:
        return NewDocument.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        what, remedy = str(first["msg"]), "give another value"
        if isinstance(cause, BadValueError):
            what, remedy = cause.what, cause.remedy
        raise InputError.single(f"--{first['loc'][0]}", what, remedy) from None


def _series(
    sdmx: bool, mapping: Path | None, series: tuple[str, ...], document: str | None
) -> SeriesMap | None:
    from vnjp_sim.exchange import Series, SeriesMap, read_series_map
    from vnjp_sim.inputs.schema import blank_in

    if not sdmx:
        if mapping or series:
            raise InputError.single("--sdmx", "is missing", "say that FILE is SDMX-CSV")
        return None
    if bool(mapping) == bool(series):
        what = "both --mapping and --series are given" if series else "no series is mapped"
        raise InputError.single("--sdmx", what, "give --mapping, or --series once or more")
    if mapping:
        return read_series_map(mapping)
    mapped = []
    for text in series:
        indicator, colon, key = text.partition(":")
        pairs = [part.partition("=") for part in key.split(",")]
        if not colon or not all(name and sign and code for name, sign, code in pairs):
            remedy = "write it as trade_exports:REF_AREA=VN,COUNTERPART_AREA=JP"
            raise InputError.single("--series", f"'{text[:80]}' is not a series", remedy)
        where = {name: code for name, _, code in pairs}
        for word in (indicator, *where, *where.values()):
            if blank := blank_in(word):
                raise InputError.single("--series", f"'{word[:80]}' {blank[0]}", blank[1])
        if len(where) < len(pairs):
            what = f"'{text[:80]}' names a dimension twice"
            raise InputError.single("--series", what, "give each one code")
        mapped.append(Series(indicator=indicator, where=where))
    return SeriesMap(document=document or "", series=tuple(mapped))


def _imported_json(imported: Imported) -> dict[str, Any]:
    return {
        "folder": str(imported.folder),
        "figures": len(imported.figures),
        "used": sum(use.used for use in imported.uses),
        "uses": [
            {
                "row": _row(use.figure),
                "indicator": "+".join(use.figure.indicators),
                "period": use.figure.period.text,
                "use": use.figure.use,
                "by": list(use.by),
                "why": use.why,
            }
            for use in imported.uses
        ],
        "replaced": [_row(o) for o in imported.replaced],
        "displaced": [_row(o) for o in imported.displaced],
        "no_longer_projected": list(imported.no_longer_projected),
        "left_out": list(imported.left_out),
        "warnings": list(imported.warnings),
    }


def _show_imported(imported: Imported) -> None:
    from vnjp_sim.foundation.packaged import display_path
    from vnjp_sim.simulation.figure_uses import counted, use_lines

    kept = len(imported.uses) - sum(use.used or use.unused for use in imported.uses)
    aside = f", {kept} of them set aside" if kept else ""
    say(f"read {counted(len(imported.figures))}{aside}")
    for line in use_lines(imported.uses):
        say(line)
    if imported.replaced:
        say(f"set aside {counted(len(imported.replaced))} of the documents")
    if imported.displaced:
        named = ", ".join(_row(o) for o in imported.displaced)
        say(f"no longer used by any law: {named}")
    for what in imported.left_out:
        say(f"left out {what}")
    for warning in _few(imported.warnings):
        say(f"warning: {warning}", errors=True)
    place = display_path(imported.folder)
    say(f"wrote {place}; use it with: vnjp_sim run base --models {place}")


def _few(warnings: Sequence[str]) -> Iterator[str]:
    yield from warnings[:MOST_WARNINGS]
    if len(warnings) > MOST_WARNINGS:
        yield f"and {len(warnings) - MOST_WARNINGS} more; --json lists them all"


def _row(figure: Observation) -> str:
    return f"{figure.file}:{figure.row}"
