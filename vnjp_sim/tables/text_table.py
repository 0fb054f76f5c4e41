"""Tables of text, laid out for a width: names fold, numbers never do, nothing is cut.

Columns of a block, such as those of a year, stay together. Blocks that do not fit side by side
stand below each other, each beside the names again; where not even one fits, each row becomes
lines of "column: cell".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.text import Text

from vnjp_sim.foundation.encodings import readable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions

GAP = 2
LEGIBLE = 18
"""A column of words is not made narrower than this for more blocks to fit."""
LONGEST_TITLE = 16
"""A title of a column of numbers that is longer may be folded."""
LONGEST_WORD, LONGEST_PIECE = 24, 12
"""Longer words may be broken: first ids after "_", and where room is scarce others anywhere."""
TALLEST = 8
"""A row of words that would take more lines becomes lines of "column: cell"."""
RULE = "─"

_NUMBER_OR_OTHER = re.compile(r"[−+-]?[0-9](?:[0-9.,:/−-]*[0-9])?[.,;:)%]* ?|[^ ] ?")
"""A number, date or period as a whole; else a character."""

_ID_BREAK = re.compile(r"(?<=[A-Za-z0-9]_)(?=[A-Za-z0-9])|(?<=[a-z]-)(?=[a-z])")

Align = Literal["words", "whole", "number"]


@dataclass(frozen=True)
class Column:
    """A column: its title, whether its cells may fold, and the block that it belongs to.

    Attributes
    ----------
    align : Align
        Words fold; a whole stands to the left, a number to the right, and neither ever folds.
    block : str
        The name of a block; columns without one are repeated beside each block.
    """

    title: str
    align: Align = "words"
    block: str = ""


@dataclass(frozen=True)
class Row:
    """The cells of a row, its style, and whether a blank line stands before it.

    One that goes `across` has one cell, as wide as the table, above the rows that it is about.
    """

    cells: tuple[str, ...]
    style: str = ""
    apart: bool = False
    across: bool = False


@dataclass
class TextTable:
    """Columns and rows, printed by a console at its width."""

    columns: Sequence[Column]
    title: str = ""
    rows: list[Row] = field(default_factory=list)

    def add(self, *cells: str, style: str = "", apart: bool = False) -> None:
        """Add a row; a cell each column, its lines divided by line breaks."""
        if len(cells) != len(self.columns):
            raise ValueError(f"{len(cells)} cells for {len(self.columns)} columns")
        self.rows.append(Row(tuple(cells), style, apart and bool(self.rows)))

    def add_across(self, text: str, *, style: str = "") -> None:
        """Add a row of one cell that goes across all columns, set apart."""
        cells = (text, *[""] * (len(self.columns) - 1))
        self.rows.append(Row(cells, style, bool(self.rows), across=True))

    def beside(self, width: int) -> bool:
        """Whether all blocks stand side by side in a width."""
        parts = self._parts(width)
        return parts is not None and len(parts) == 1

    def lines(self, width: int) -> Iterator[tuple[str, str]]:
        """Yield each line of the table and its style; none is longer than `width` without need."""
        if self.title:
            yield from ((line, "italic") for line in wrapped(self.title, width))
        parts = self._parts(width)
        if parts is None:
            yield from self._records(width)
            return
        for chosen, widths in parts:
            yield from self._part(chosen, widths)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Give the lines to a rich console."""
        table = self.encoded(options.encoding)
        for line, style in table.lines(options.max_width):
            yield Text(line, style, no_wrap=True, overflow="ignore")

    def encoded(self, encoding: str) -> TextTable:
        """Return the table as an encoding can print it, so that columns still stand in line."""
        return TextTable(
            [replace(column, title=readable(column.title, encoding)) for column in self.columns],
            readable(self.title, encoding),
            [
                replace(row, cells=tuple(readable(cell, encoding) for cell in row.cells))
                for row in self.rows
            ],
        )

    def _parts(self, width: int) -> list[tuple[list[int], list[int]]] | None:
        """Return the columns of each part and their widths; None if they cannot stand in lines."""
        names = [i for i, column in enumerate(self.columns) if not column.block]
        blocks: dict[str, list[int]] = {}
        for i, column in enumerate(self.columns):
            if column.block:
                blocks.setdefault(column.block, []).append(i)
        wanted = [max(LEGIBLE, self._narrowest(i, LONGEST_WORD, ids=False)) for i in names]
        wanted = [min(least, self._natural(i)) for least, i in zip(wanted, names, strict=True)]
        parts: list[list[int]] = [[]]
        for block in blocks.values():
            beside = [*parts[-1], *block]
            if parts[-1] and self._total(wanted, beside) > width:
                parts.append(list(block))
            else:
                parts[-1] = beside
        laid_out = []
        for part in parts:
            chosen = sorted([*names, *part])
            widths = self._widths(chosen, width)
            if widths is None:
                return None
            laid_out.append((chosen, widths))
        return laid_out

    def _total(self, wanted: Sequence[int], beside: Sequence[int]) -> int:
        widths = [*wanted, *(self._natural(i) for i in beside)]
        return sum(widths) + GAP * (len(widths) - 1)

    def _widths(self, chosen: Sequence[int], width: int) -> list[int] | None:
        """Return the widths of columns that fill `width` at most; None if they are too wide."""
        room = width - GAP * (len(chosen) - 1)
        full = [self._natural(i) for i in chosen]
        for longest, ids in ((LONGEST_WORD, False), (LONGEST_WORD, True), (LONGEST_PIECE, True)):
            least = [self._narrowest(i, longest, ids=ids) for i in chosen]
            if sum(least) <= room:
                break
        else:
            return None
        level = 1
        while level < width and _filled(least, full, level + 1) <= room:
            level += 1
        widths = [max(low, min(high, level)) for low, high in zip(least, full, strict=True)]
        for place, high in enumerate(full):
            widths[place] += min(high - widths[place], room - sum(widths))
        alone = self._tallest(chosen, [width] * len(chosen))
        return widths if self._tallest(chosen, widths) <= TALLEST * max(1, alone) else None

    def _tallest(self, chosen: Sequence[int], widths: Sequence[int]) -> int:
        return max(
            (
                len(wrapped(row.cells[i], size))
                for row in self._set_in_columns
                for i, size in zip(chosen, widths, strict=True)
                if self.columns[i].align == "words"
            ),
            default=0,
        )

    @property
    def _set_in_columns(self) -> list[Row]:
        return [row for row in self.rows if not row.across]

    def _natural(self, i: int) -> int:
        """Return how wide a column is whose cells do not fold."""
        widest = max(
            (cell_len(x) for row in self._set_in_columns for x in row.cells[i].split("\n")),
            default=0,
        )
        if self.columns[i].align == "words":
            return max(widest, cell_len(self.columns[i].title), 1)
        return max(widest, _title_width(self.columns[i].title), 1)

    def _narrowest(self, i: int, longest: int, *, ids: bool) -> int:
        """Return how narrow a column may be; see :func:`_narrowest`."""
        full = self._natural(i)
        if self.columns[i].align != "words":
            return full
        texts = [self.columns[i].title, *(row.cells[i] for row in self._set_in_columns)]
        return min(full, max(_narrowest(text, longest, ids=ids) for text in texts))

    def _part(self, chosen: Sequence[int], widths: Sequence[int]) -> Iterator[tuple[str, str]]:
        titles = Row(tuple(column.title for column in self.columns), "bold")
        yield from self._row(titles, chosen, widths, heading=True)
        whole = sum(widths) + GAP * (len(widths) - 1)
        yield RULE * whole, ""
        for row in self.rows:
            if row.apart:
                yield "", ""
            if row.across:
                yield from ((_shown(line), row.style) for line in wrapped(row.cells[0], whole))
            else:
                yield from self._row(row, chosen, widths)
        yield "", ""

    def _row(
        self, row: Row, chosen: Sequence[int], widths: Sequence[int], *, heading: bool = False
    ) -> Iterator[tuple[str, str]]:
        cells = [
            _set_in(row.cells[i], size)
            if heading or self.columns[i].align == "words"
            else row.cells[i].split("\n")
            for i, size in zip(chosen, widths, strict=True)
        ]
        for lines in _side_by_side(cells, bottom=heading):
            cells_of_line = [
                _padded(text, size, right=self.columns[i].align == "number")
                for text, i, size in zip(lines, chosen, widths, strict=True)
            ]
            yield _shown((" " * GAP).join(cells_of_line)).rstrip(), row.style

    def _records(self, width: int) -> Iterator[tuple[str, str]]:
        """Yield each row as lines of "column: cell"."""
        for row in self.rows:
            yield "", ""
            first, *others = zip(self.columns, row.cells, strict=True)
            for line in wrapped(first[1], width) if first[1] else ():
                yield _shown(line), row.style or "bold"
            for column, cell in others:
                whole = cell if column.align == "words" else cell.replace(" ", "\u00a0")
                text = f"{column.title}: {whole}" if column.title else whole
                for number, line in enumerate(wrapped(text, width - 4) if cell else ()):
                    yield f"  {'  ' if number else ''}{_shown(line)}", row.style
        yield "", ""


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text that fit a width: broken at blanks, in ids after "_".

    A word that is longer is broken anywhere, a number never.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph, width):
            if line and cell_len((line + piece).rstrip(" ")) > width:
                lines.append(line.rstrip(" "))
                line = ""
            line += piece
        lines.append(line.rstrip(" "))
    return lines


def _set_in(text: str, width: int) -> list[str]:
    """Return the lines of a text, each set in as the first is by blanks that do not break."""
    begin = text[: len(text) - len(text.lstrip("\u00a0"))]
    return [begin + line for line in wrapped(text[len(begin) :], width - len(begin))]


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield the parts between which a line may end, a word with the blank that follows."""
    for word in re.findall(r"[^ ]* ?", text):
        if cell_len(word.rstrip(" ")) <= width:
            yield word
            continue
        for piece in _ID_BREAK.split(word):
            if cell_len(piece.rstrip(" ")) <= width:
                yield piece
            else:
                yield from _NUMBER_OR_OTHER.findall(piece)


def _narrowest(text: str, longest: int, *, ids: bool) -> int:
    """Return the least width in which no number, and no word up to the `longest`, is broken.

    With `ids`, those may be broken after "_", whatever their length.
    """
    words = text.replace("\n", " ")
    pieces = _pieces(_ID_BREAK.sub(" ", words) if ids else words, longest)
    return max((cell_len(piece.rstrip(" ")) for piece in pieces), default=1)


def _title_width(title: str) -> int:
    least = _narrowest(title, LONGEST_PIECE, ids=True)
    return min(cell_len(title), max(least, LONGEST_TITLE))


def _filled(least: Sequence[int], full: Sequence[int], level: int) -> int:
    return sum(max(low, min(high, level)) for low, high in zip(least, full, strict=True))


def _side_by_side(cells: Sequence[list[str]], *, bottom: bool) -> Iterator[list[str]]:
    """Yield the lines of cells side by side; shorter ones are filled up, above if `bottom`."""
    height = max(len(lines) for lines in cells)
    for number in range(height):
        yield [
            (lines[number - (height - len(lines))] if number >= height - len(lines) else "")
            if bottom
            else (lines[number] if number < len(lines) else "")
            for lines in cells
        ]


def _padded(text: str, width: int, *, right: bool) -> str:
    blank = " " * max(0, width - cell_len(text))
    return blank + text if right else text + blank


def _shown(text: str) -> str:
    """Return a line with ordinary blanks for those that must not break."""
    return text.replace("\u00a0", " ")
