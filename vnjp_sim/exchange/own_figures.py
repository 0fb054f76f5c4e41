"""A user's own figures, with or instead of those of the documents, as a new models folder."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from vnjp_sim.calibration.projected import no_longer_projected
from vnjp_sim.exchange.contradictions import contradictions
from vnjp_sim.exchange.decimal_marks import DECIMALS, Decimal
from vnjp_sim.exchange.documents import NewDocument, add_documents, completed, read_documents
from vnjp_sim.exchange.own_table import read_own_table
from vnjp_sim.exchange.scales import ScaleWarning, scale_warnings
from vnjp_sim.exchange.sdmx import read_sdmx
from vnjp_sim.exchange.series_map import SeriesMap
from vnjp_sim.foundation.argument_types import choice
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.packaged import display_path, shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.csv_rows import Row
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.models_folder import file_of, is_shipped
from vnjp_sim.inputs.observations import (
    Observation,
    check_observation,
    columns_of,
    figure_rows,
)
from vnjp_sim.simulation.figure_uses import FigureUse, figure_uses
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.storage.atomic import new_folder

Mode = Literal["add", "instead"]
MODES = get_args(Mode)
NO_DOCUMENT = (
    "does not say which document its figures are from",
    (
        "name it: vnjp_sim import FILE --document ID --title 'ITS TITLE' --published 2026-01-31; "
        "or fill a column document"
    ),
)
SIDECAR = ".documents.yml"


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    folder : Path
        The new models folder.
    figures : tuple[Observation, ...]
        The figures that were read.
    replaced : tuple[Observation, ...]
        The documents' figures that no longer calibrate (mode `instead`).
    left_out : tuple[str, ...]
        What of the file was not taken, in words.
    uses : tuple[FigureUse, ...]
        What becomes of each figure that was read: which laws use it, or why none does.
    displaced : tuple[Observation, ...]
        The documents' figures that no law uses any longer, although they still calibrate.
    out_of_scale : tuple[ScaleWarning, ...]
        Figures that are many times as large, or small, as those they stand beside.
    no_longer_projected : tuple[str, ...]
        Indicators that were projected without these figures.
    """

    folder: Path
    figures: tuple[Observation, ...]
    replaced: tuple[Observation, ...]
    left_out: tuple[str, ...]
    uses: tuple[FigureUse, ...] = ()
    displaced: tuple[Observation, ...] = ()
    out_of_scale: tuple[ScaleWarning, ...] = ()
    no_longer_projected: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should look at before using the folder, in words."""
        lost = self.no_longer_projected
        lines = [warning.text for warning in self.out_of_scale]
        if lost:
            lines.append(f"no longer projected with these figures: {', '.join(lost)}")
        return tuple(lines)


@settled
def import_figures(
    file: str | Path,
    to: str | Path,
    *,
    mode: Mode = "add",
    models: str | Path | None = None,
    documents: Mapping[str, NewDocument] | str | Path | None = None,
    series: SeriesMap | None = None,
    decimal: Decimal = "auto",
) -> Imported:
    """Make a models folder that holds a user's own figures too.

    The new folder holds one table of figures, and their documents; all else is that of the shipped
    folder. The figures pass the same checks as the shipped ones; a figure that contradicts another
    beyond all error is refused. Nothing is left behind on a fault.

    Parameters
    ----------
    file : str | Path
        A table with the columns `indicator`, `period`, `value`, `unit`, and any further ones of
        `models/observations`, as CSV or as an Excel workbook (.xlsx); or SDMX-CSV if `series` is
        given. An empty `document` means the only new one; empty `line` and `place` of a figure
        whose document is this file itself mean its own line.
    to : str | Path
        The new folder; it must not exist.
    mode : Mode
        `add` calibrates on the documents' figures and on these together; `instead` sets the
        documents' figures of the same indicators to `superseded`.
    models : str | Path | None
        a models folder to begin from, whose content is copied; by default the shipped one.
    documents : Mapping[str, NewDocument] | str | Path | None
        New documents by id, or a YAML file with them; by default the file beside the
        figures that ends in `.documents.yml`, if there is one.
    series : SeriesMap | None
        Which series of an SDMX file are which indicators.
    decimal : Decimal
        What stands before the decimals of a table's numbers, `point` or `comma`; `auto` finds it,
        and refuses numbers that may mean two things.

    Raises
    ------
    InputError
        With every fault of the files, each at its line.
    EnvironmentFailureError
        The disk or its permissions refuse.
    """
    choice("mode", mode, MODES)
    choice("decimal", decimal, DECIMALS)
    if series is not None and decimal != "auto":
        what = "has no effect on SDMX-CSV, whose numbers have decimal points"
        raise InputError.single("decimal", what, "leave it out")
    figures_file, folder = Path(file), Path(to)
    base = load_model(models)
    _check_places(folder, base)
    new_documents = _documents(figures_file, documents, series)
    faults = Refusals()
    rows, left_out = _rows(figures_file, series, base, decimal, faults)
    if not new_documents and any(not row.cells["document"] for row in rows):
        faults.append(Refusal(Place(display_path(figures_file)), *NO_DOCUMENT))
        faults.raise_if_any()
    known = completed(new_documents, figures_file)
    _check_new(known, base)
    filled = [_filled(row, new_documents) for row in rows]
    figures = _checked(filled, base, {**base.evidence.documents, **known}, faults)
    replaced = _replaced(figures, base) if mode == "instead" else ()
    _check_others(figures, replaced, base, {**base.evidence.documents, **known})
    with new_folder(folder) as partial:
        if not is_shipped(base.folder):
            shutil.copytree(base.folder, partial, dirs_exist_ok=True)
        tables = partial / "observations"
        tables.mkdir(exist_ok=True)
        add_documents(partial / "documents.yml", known)
        restated = _set_aside(replaced, tables, sorted({f.document for f in figures}))
        _write_rows(_free_name(tables, figures_file), [*filled, *restated])
        model = _check_whole(partial, folder)
        return Imported(
            folder,
            figures,
            replaced,
            tuple(left_out),
            figure_uses(model, figures),
            _displaced(base, model),
            scale_warnings(figures, base.evidence.observations, base.registry),
            no_longer_projected(base.evidence, model.evidence, base.parameters),
        )


def _displaced(base: Model, model: Model) -> tuple[Observation, ...]:
    """Return figures of the base that laws used, that still calibrate, and that none uses now."""
    unused = {use.figure.key for use in figure_uses(model) if use.unused}
    return tuple(u.figure for u in figure_uses(base) if u.used and u.figure.key in unused)


def _check_places(folder: Path, base: Model) -> None:
    try:
        inside = base.folder.resolve() in folder.resolve().parents
    except (OSError, RuntimeError):  # links that lead in a circle
        raise InputError.single(str(folder), "cannot be followed", "name another folder") from None
    if inside:
        what = "lies inside the models folder that it builds on"
        raise InputError.single(display_path(folder), what, "name a folder elsewhere")


def _documents(
    file: Path, documents: Mapping[str, NewDocument] | str | Path | None, series: SeriesMap | None
) -> dict[str, NewDocument]:
    """Return the new documents: those given, those beside the figures, those of the map."""
    of_map: dict[str, NewDocument] = dict(series.documents) if series else {}
    if isinstance(documents, Mapping):
        return of_map | dict(documents)
    if documents is not None:
        return of_map | read_documents(Path(documents))
    beside = file.with_name(file.stem + SIDECAR)
    return of_map | read_documents(beside) if beside.is_file() else of_map


def _rows(
    file: Path, series: SeriesMap | None, base: Model, decimal: Decimal, faults: Refusals
) -> tuple[list[Row], Sequence[str]]:
    if series is None:
        return read_own_table(file, base.registry, decimal, faults)
    read = read_sdmx(file, series, base.registry)
    return list(read.rows), read.left_out


def _check_new(documents: Mapping[str, Document], base: Model) -> None:
    file = display_path(file_of(base.folder, "documents.yml"))
    Refusals(
        Refusal(
            Place("--document"),
            f"the document '{name}' is already in {file}",
            "give yours another id",
        )
        for name in documents
        if name in base.evidence.documents
    ).raise_if_any()


def _filled(row: Row, documents: Mapping[str, NewDocument]) -> Row:
    """Fill in the document if there is one alone, and the citation if it is the file itself."""
    cells = dict(row.cells)
    if not cells["document"] and len(documents) == 1:
        (cells["document"],) = documents
    document = documents.get(cells["document"])
    if document is not None and document.is_the_figures:
        cells["line"] = cells["line"] or str(row.line)
        cells["place"] = cells["place"] or f"Line {row.line}"
    return replace(row, cells=cells)


def _checked(
    rows: Sequence[Row], base: Model, documents: Mapping[str, Document], faults: Refusals
) -> tuple[Observation, ...]:
    """Return the figures of the rows; raises InputError with their faults and those before."""
    figures: list[Observation] = []
    seen = {_identity(o): o for o in base.evidence.observations}
    for row in rows:
        figure, refusals = check_observation(row, base.registry, documents)
        faults += refusals
        if figure is None:
            continue
        figures.append(figure)
        first = seen.setdefault(_identity(figure), figure)
        if first is not figure:
            what = f"repeats the figure of {first.file}:{first.row}"
            faults.append(Refusal(Place(row.file, row.line), what, "keep one of the two rows"))
    faults.raise_if_any()
    return tuple(figures)


def _identity(figure: Observation) -> tuple[str, ...]:
    """Return what makes two rows one figure; one that calibrates counts once, on whatever line."""
    calibrates = figure.use == "calibrate"
    return (str(calibrates), *(figure.key[:-1] if calibrates else figure.key))


def _replaced(figures: Iterable[Observation], base: Model) -> tuple[Observation, ...]:
    """Return the documents' figures that the new ones stand for."""
    measured = {name for f in figures if f.use == "calibrate" for name in f.indicators}
    return tuple(o for o in base.evidence.calibrating() if set(o.indicators) <= measured)


def _check_others(
    figures: Sequence[Observation],
    replaced: Sequence[Observation],
    base: Model,
    documents: Mapping[str, Document],
) -> None:
    gone = {o.key for o in replaced}
    others = [o for o in base.evidence.observations if o.key not in gone]
    faults = Refusals(contradictions(figures, others, documents, base.parameters, base.registry))
    scales = {w.figure.row: w for w in scale_warnings(figures, others, base.registry)}
    scales |= {w.figure.row: w for w in scale_warnings(figures, replaced, base.registry)}
    for number, fault in enumerate(faults):
        scale = scales.get(fault.place.line)
        if scale is not None:
            remedy = f"check the unit ({scale.size}), or: {fault.remedy}"
            faults[number] = replace(fault, remedy=remedy)
    faults.raise_if_any()


def _set_aside(
    replaced: Sequence[Observation], tables: Path, documents: Sequence[str]
) -> list[Row]:
    """Set the use of replaced figures to `superseded`; return the rows that restate shipped ones.

    Figures in tables of the new folder are changed there.
    """
    lines: dict[str, set[int]] = {}
    for figure in replaced:
        lines.setdefault(Path(figure.file).name, set()).add(figure.row)
    restated = []
    for name, numbers in lines.items():
        own = (tables / name).exists()
        file = tables / name if own else shipped_folder("models") / "observations" / name
        faults = Refusals()
        rows = list(figure_rows(file, faults))
        faults.raise_if_any()
        changed = [_superseded(row, documents) if row.line in numbers else row for row in rows]
        if own:
            _write_rows(file, changed)
        else:
            restated += [row for row in changed if row.line in numbers]
    return restated


def _superseded(row: Row, documents: Sequence[str]) -> Row:
    note = f"Replaced by own figures ({', '.join(documents)}). {row.cells['note']}".rstrip()
    return replace(row, cells={**row.cells, "note": note, "use": "superseded"})


def _write_rows(file: Path, rows: Sequence[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns_of(rows), "", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.cells for row in rows)


def _free_name(folder: Path, figures: Path) -> Path:
    """Return a name for the table of own figures that no table, own or shipped, has."""
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in figures.stem.lower())
    shipped = shipped_folder("models") / "observations"
    taken = {file.name.lower() for tables in (folder, shipped) for file in tables.iterdir()}
    name, count = f"own_{stem[:60]}.csv", 1
    while name in taken:
        count += 1
        name = f"own_{stem[:60]}_{count}.csv"
    return folder / name


def _check_whole(partial: Path, folder: Path) -> Model:
    """Return the model of the new folder, read as a run would; faults name it as it will be."""
    try:
        return load_model(partial)
    except InputError as error:
        before, after = display_path(partial), display_path(folder)
        raise InputError(
            replace(each, place=replace(each.place, file=each.place.file.replace(before, after)))
            for each in error.refusals
        ) from None
