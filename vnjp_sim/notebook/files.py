"""Files of the objects that a notebook shows."""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.discovery import Discovery
from vnjp_sim.analysis.lookup import Lookup
from vnjp_sim.analysis.moves import Move
from vnjp_sim.analysis.reach import Reach
from vnjp_sim.analysis.regret import Regret
from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.exchange import write_excel, write_iamc, write_netcdf, write_tidy
from vnjp_sim.exchange.sheets import contributions_sheet, history_sheet, shares_sheet, table_sheet
from vnjp_sim.exchange.workbook import Sheet, add_sheet, new_workbook
from vnjp_sim.foundation.argument_types import choice
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.notebook.accessor import Runs
from vnjp_sim.notebook.models import history_for, model_of
from vnjp_sim.scoring.record_summary import RecordScores
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pairing import manifests_of
from vnjp_sim.storage.atomic import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

WRITERS: dict[str, Callable[..., Path]] = {
    "csv": write_tidy,
    "iamc": write_iamc,
    "netcdf": write_netcdf,
    "excel": write_excel,
}
ENDINGS = {".csv": "csv", ".nc": "netcdf", ".xlsx": "excel"}


def export(
    shown: Comparison | Runs,
    file: str | Path,
    kind: str | None = None,
    *,
    model: Model | None = None,
    force: bool = False,
) -> Path:
    """Write a comparison, or projections, in a format; by default that of the file's ending."""
    chosen = ENDINGS.get(Path(file).suffix.lower()) if kind is None else kind
    if chosen is None:
        remedy = f"end it in {', '.join(ENDINGS)}, or give kind: {', '.join(WRITERS)}"
        raise InputError.single(str(file), "does not say its format", remedy)
    choice("kind", chosen, list(WRITERS))
    if chosen == "excel":
        return to_excel(shown, file, model=model, force=force)
    source: Any = shown.data if isinstance(shown, Runs) else shown
    manifests = manifests_of(shown.data) if isinstance(shown, Runs) else shown.manifests
    return WRITERS[chosen](source, model_of(manifests, model), file, force=force)


@singledispatch
def to_excel(shown: Any, *_: Any, **__: Any) -> Path:
    """Write an object as a workbook."""
    raise TypeError(f"{type(shown).__name__} has no workbook")


@to_excel.register(Comparison)
def _comparison(
    shown: Comparison, file: str | Path, *, model: Model | None = None, force: bool = False
) -> Path:
    model = model_of(shown.manifests, model)
    return write_excel(shown, model, file, history=history_for(shown.manifests, model), force=force)


@to_excel.register(Runs)
def _runs(
    shown: Runs, file: str | Path, *, model: Model | None = None, force: bool = False
) -> Path:
    manifests = manifests_of(shown.data)
    model = model_of(manifests, model)
    return write_excel(shown.data, model, file, history=history_for(manifests, model), force=force)


@to_excel.register(Attribution)
def _attribution(
    shown: Attribution, file: str | Path, *, model: Model | None = None, force: bool = False
) -> Path:
    model = model or load_model()
    sheet = contributions_sheet({shown.scenario: shown}, model, shown.years)
    return _book(file, sheet, f"What contributes to {shown.scenario}", force=force)


@to_excel.register(Budget)
def _budget(
    shown: Budget, file: str | Path, *, model: Model | None = None, force: bool = False
) -> Path:
    sheet = shares_sheet(shown, model or load_model())
    return _book(file, sheet, "Where uncertainty comes from", force=force)


@to_excel.register(History)
def _history(shown: History, file: str | Path, *, force: bool = False) -> Path:
    return _book(file, history_sheet(shown), "The past of the partnership", force=force)


def _answer(title: str, name: str) -> Callable[..., Path]:
    """Return what writes the table of an answer as a sheet of this name."""

    def write(shown: Any, file: str | Path, *, force: bool = False) -> Path:
        return _book(file, table_sheet(name, shown.table()), title, force=force)

    return write


for _kind, _title, _name in (
    (Reach, "The chance of a goal along levers", "reach"),
    (Regret, "What is regretted of policies", "regret"),
    (Sensitivities, "What the variance of projections comes from", "sensitivity"),
    (Lookup, "What to look up next", "lookup"),
    (Discovery, "What has to be true", "discovery"),
    (RecordScores, "How projections did on later figures", "scores"),
    (Move, "What moved a projection", "moves"),
):
    to_excel.register(_kind, _answer(_title, _name))


def _book(file: str | Path, sheet: Sheet, title: str, *, force: bool) -> Path:
    """Write a workbook of one sheet."""
    target = Path(file)
    if target.suffix.lower() != ".xlsx":
        raise InputError.single(str(file), "is not a name of a workbook", "end it in .xlsx")
    book = new_workbook(title)
    add_sheet(book, sheet)
    return write_whole(target, book.save, force=force)
