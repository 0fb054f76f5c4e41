"""Documented figures: one a row, with the way in which it was reported and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vnjp_sim.foundation.errors import Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import ANNOUNCED, Period
from vnjp_sim.inputs.csv_rows import Row, read_rows
from vnjp_sim.inputs.documents import Source
from vnjp_sim.inputs.models_folder import tables
from vnjp_sim.inputs.observation_row import (
    OBSERVATION_COLUMNS,
    OPTIONAL_COLUMNS,
    ObservationRow,
    unit_factor,
)
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.row_schema import check_row


@dataclass(frozen=True)
class Observation:
    """One documented figure.

    Attributes
    ----------
    indicators : tuple[str, ...]
        Ids whose sum (mostly of one) it measures.
    period, base_period
        What it refers to; `base_period` for a growth rate alone.
    value, step : float
        In the unit of the indicator (percent for growth rates and shares); `step` is
        the rounding unit as printed.
    printed, unit : str
        Value and unit as the row gives them.
    reported : str
        How it was reported; `of` is the whole of a share.
    document, lines, place
        Where it stands.
    use, note : str
        Whether it calibrates, and why not.
    file, row
        The CSV file and line that hold it.
    alternative, weight : str, float
        Another indicator that it may measure instead, and the chance that it does not.
    """

    indicators: tuple[str, ...]
    period: Period
    value: float
    step: float
    printed: str
    unit: str
    reported: str
    base_period: Period | None
    of: str
    document: str
    lines: tuple[int, ...]
    place: str
    use: str
    note: str
    file: str
    row: int
    alternative: str = ""
    weight: float = 1.0

    @property
    def announced(self) -> bool:
        """Whether an office said beforehand what it would be."""
        return self.reported.startswith(ANNOUNCED)

    @property
    def wording(self) -> str:
        """How it was reported, of an announcement its wording: `exact` if it has none."""
        return (
            (self.reported.removeprefix(ANNOUNCED).strip() or "exact")
            if self.announced
            else (self.reported)
        )

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What identifies the figure by content, whatever file and row it stands in."""
        base = self.base_period.text if self.base_period else ""
        lines = ";".join(map(str, self.lines))
        return (
            "+".join(self.indicators),
            self.period.text,
            self.reported,
            self.printed,
            self.unit,
            repr(self.step),
            base,
            self.of,
            self.document,
            lines,
        )


def check_observation(
    row: Row,
    registry: Registry,
    documents: Mapping[str, Source] | None,
    schema: type[ObservationRow] = ObservationRow,
) -> tuple[Observation | None, list[Refusal]]:
    """Return the figure that a row holds, or None, and all that is wrong with the row.

    Whether the document exists is not asked if `documents` is None.
    """
    cells, faults = check_row(schema, row, registry, documents)
    if cells is None:
        return None, faults
    level = cells.reported not in ("growth", "share")
    factor = unit_factor(cells.indicator, cells.unit, registry) if level else 1.0
    step = float(cells.step) if cells.step else last_digit(cells.value)
    figure = Observation(
        cells.indicator,
        cells.period,
        float(cells.value) * factor,
        step * factor,
        cells.value,
        cells.unit,
        cells.reported,
        cells.base_period,
        cells.of,
        cells.document,
        cells.line,
        cells.place,
        cells.use,
        cells.note,
        row.file,
        row.line,
        cells.alternative,
        cells.weight,
    )
    return figure, []


def last_digit(printed: str) -> float:
    """Return the rounding unit of a number as printed.

    Trailing zeros of a whole number count as rounding (185600 → 100), decimals do not
    (20.0 → 0.1).
    """
    digits = printed.lstrip("-")
    if "." in digits:
        return float(10.0 ** -len(digits.split(".")[1]))
    stripped = digits.rstrip("0")
    return float(10 ** (len(digits) - len(stripped))) if stripped else 1.0


def read_observations(
    models: Path, registry: Registry, documents: Mapping[str, Source] | None, faults: Refusals
) -> list[Observation]:
    """Return the figures of a models folder, ordered by content; add to `faults` what is wrong.

    A row of an own table that repeats a shipped figure, but for its `use`, `place` and `note`,
    stands in place of the shipped row.
    """
    own_tables, shipped_tables = tables(models, "observations")
    if not own_tables and not shipped_tables:
        folder = display_path(models / "observations")
        faults.append(Refusal(Place(folder), "holds no CSV file", "check --models"))
    own = _read_tables(own_tables, registry, documents, faults)
    restated = {figure.key for figure in own}
    shipped = _read_tables(shipped_tables, registry, documents, faults)
    figures = [*own, *(figure for figure in shipped if figure.key not in restated)]
    return sorted(figures, key=lambda figure: figure.key)


def figure_rows(file: Path, faults: list[Refusal]) -> Iterator[Row]:
    """Yield the rows of a table of figures; see :func:`read_rows`."""
    yield from read_rows(file, OBSERVATION_COLUMNS, faults, optional=OPTIONAL_COLUMNS)


def columns_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the columns of a table that holds some rows."""
    further = any(name in row.cells for row in rows for name in OPTIONAL_COLUMNS)
    return (*OBSERVATION_COLUMNS, *OPTIONAL_COLUMNS) if further else OBSERVATION_COLUMNS


def _read_tables(
    files: Sequence[Path],
    registry: Registry,
    documents: Mapping[str, Source] | None,
    faults: Refusals,
) -> list[Observation]:
    figures = []
    for file in files:
        for row in figure_rows(file, faults):
            figure, wrong = check_observation(row, registry, documents)
            faults.extend(wrong)
            if figure is not None:
                figures.append(figure)
    faults.take(_repeated(figures))
    return figures


def _repeated(figures: Sequence[Observation]) -> Iterator[Refusal]:
    first_of: dict[tuple[str, ...], Observation] = {}
    for figure in figures:
        first = first_of.setdefault(figure.key, figure)
        if first is not figure:
            what = f"repeats the figure of {first.file}:{first.row}"
            yield Refusal(Place(figure.file, figure.row), what, "keep one of the two rows")
