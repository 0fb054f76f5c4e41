"""Tables of any content at any width: every cell is there, no number is broken, nothing is cut."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from vnjp_sim.analysis.attribution import Attribution
from vnjp_sim.analysis.from_runs import comparison_of
from vnjp_sim.analysis.players import Player
from vnjp_sim.analysis.target_probability import achievements
from vnjp_sim.calibration import Posterior
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.targets import read_targets
from vnjp_sim.simulation.figure_uses import figure_uses
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import RunResult
from vnjp_sim.simulation.summaries import summarise
from vnjp_sim.tables.effects import beside_table, contribution_table, effect_table, target_table
from vnjp_sim.tables.runs import (
    calibration_tables,
    event_table,
    lever_table,
    run_table,
    trace_table,
)
from vnjp_sim.tables.text_table import GAP, RULE, Align, Column, TextTable, wrapped

pytestmark = pytest.mark.fuzz

WIDTHS = (40, 60, 80, 100, 140)
ALIGNS: tuple[Align, ...] = ("words", "whole", "number")
NUMBER = re.compile(r"[0-9][0-9,.]*[0-9]|[0-9]")

WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "Nd", "P", "Sm"]), min_size=1, max_size=30
)
NUMERALS = st.integers(-(10**12), 10**12).map(lambda n: f"{n:,}".replace("-", "−"))
IDS = st.from_regex(r"[a-z]{1,12}(_[a-z0-9]{1,12}){0,6}", fullmatch=True)
CELLS = st.lists(st.one_of(WORDS, NUMERALS, IDS), max_size=8).map(" ".join)
INTERVALS = st.tuples(NUMERALS, NUMERALS).map(lambda n: f"{n[0]} [{n[1]}, 9]")


@st.composite
def tables(draw: st.DrawFn) -> TextTable:
    """Draw a table of any columns and cells."""
    names = draw(st.integers(1, 4))
    years = draw(st.integers(0, 6))
    columns = [Column(draw(CELLS), draw(st.sampled_from(ALIGNS[:2]))) for _ in range(names)]
    columns[0] = Column(columns[0].title)
    columns += [Column(draw(IDS), "number", f"block {i // 2}") for i in range(years)]
    table = TextTable(columns, draw(CELLS))
    for _ in range(draw(st.integers(0, 4))):
        cells = [draw(INTERVALS if c.align == "number" else CELLS) for c in columns]
        table.add(*cells, apart=draw(st.booleans()))
    return table


def squeezed(text: str) -> str:
    """Return a text without its blanks."""
    return re.sub(r"[ \u00a0\n]", "", text)


def cells_of(table: TextTable, width: int) -> list[list[str]]:
    """Read the cells of a printed table back, squeezed, in rows of all columns."""
    lines = [line for line, _ in table.lines(width)]
    if table.title:
        lines = lines[len(wrapped(table.title, width)) :]
    rules = [i for i, line in enumerate(lines) if line and set(line) == {RULE}]
    parts = table._parts(width)
    assert parts is not None
    assert len(rules) == len(parts)
    found: list[list[str]] = [[""] * len(table.columns) for _ in table.rows]
    for rule, (chosen, widths) in zip(rules, parts, strict=True):
        below = iter(lines[rule + 1 :])
        for row in range(len(table.rows)):
            height = max(
                len(wrapped(table.rows[row].cells[i], size))
                if table.columns[i].align == "words"
                else 1
                for i, size in zip(chosen, widths, strict=True)
            )
            if table.rows[row].apart:
                assert next(below) == ""
            own = [next(below) for _ in range(height)]
            for i, cell in zip(chosen, sliced(own, widths), strict=True):
                found[row][i] = cell
    return found


def sliced(lines: list[str], widths: list[int]) -> list[str]:
    """Return the text of each column of some lines, squeezed."""
    return [
        squeezed("".join(_columns(line, widths)[place] for line in lines))
        for place in range(len(widths))
    ]


def _columns(line: str, widths: list[int]) -> list[str]:
    found, place, at = [""] * len(widths), 0, 0
    for character in line:
        while place < len(widths) - 1 and at >= sum(widths[: place + 1]) + GAP * (place + 1):
            place += 1
        found[place] += character
        at += cell_len(character)
    return found


@settings(max_examples=100)
@given(tables(), st.sampled_from(WIDTHS))
@example(TextTable([Column("a"), Column("b", "number", "1")]), 40)
def test_every_cell_is_printed_whole(table: TextTable, width: int) -> None:
    text = "\n".join(line for line, _ in table.lines(width))
    assert "…" not in text or "…" in str(table)
    if table._parts(width) is None:
        for row in table.rows:
            for cell in row.cells:
                assert squeezed(cell) in squeezed(text)
    else:
        expected = [[squeezed(cell) for cell in row.cells] for row in table.rows]
        assert cells_of(table, width) == expected
    broken = NUMBER.findall(text)
    for row in table.rows:
        for cell in row.cells:
            assert all(number in broken for number in NUMBER.findall(cell) if len(number) < 18)


@settings(max_examples=100)
@given(st.lists(st.one_of(WORDS, NUMERALS, IDS), max_size=12).map(" ".join), st.integers(1, 60))
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert squeezed("".join(lines)) == squeezed(text)
    longest = max((cell_len(piece) for piece in re.findall(r"[−+-]?[0-9][^ ]*|.", text)), default=1)
    assert max(map(cell_len, lines)) <= max(width, longest)


def check(table: TextTable, width: int) -> str:
    """Print a table; every cell must be there, no line too long, no column without its names."""
    console = Console(width=width, file=None, markup=False, record=True, quiet=False)
    with console.capture() as captured:
        console.print(table, soft_wrap=True)
    text = captured.get()
    assert max(map(cell_len, text.splitlines())) <= width
    for row in table.rows:
        lines = [
            (column, line)
            for column, cell in zip(table.columns, row.cells, strict=True)
            for line in cell.split("\n")
        ]
        for column, cell in lines:
            if column.align != "words" and cell_len(cell) <= width - 4:
                assert cell.replace("\u00a0", " ") in text
            elif column.align != "words":
                assert squeezed(cell) in squeezed(text)
            for word in cell.split() if column.align == "words" else ():
                assert word in text or any(c in word for c in "_-(/"), (word, width)
    assert "…" not in text
    return text


@pytest.fixture(scope="module")
def runs(shipped_model: Model) -> xr.Dataset:
    """Nine scenarios to 2100 with values of every size, negative ones too."""
    rng = np.random.default_rng(11)
    names = ["base", *(f"{'very_' * 7}long_scenario_name_{i}" for i in range(8))]
    years = range(2025, 2101)
    data = {}
    for place, (name, known) in enumerate(shipped_model.registry.indicators.items()):
        if known.not_projected:
            continue
        size = 10.0 ** (place % 9 - 1)
        values = size * rng.lognormal(0.0, 0.5, (len(names), len(years), 40))
        values = values * 1.05 ** np.arange(len(years))[:, None]
        data[name] = values - (3.0 * size if known.sign == "any" else 0.0)
    dims = ("scenario", "year", "draw")
    coordinates = {"scenario": names, "year": list(years), "draw": range(40)}
    return xr.Dataset({name: (dims, values) for name, values in data.items()}, coordinates)


@pytest.mark.parametrize("end", [2040, 2050, 2070, 2100])
def test_run_table_has_every_cell(end: int, runs: xr.Dataset, shipped_model: Model) -> None:
    arrays = {
        str(name): runs[name].isel(scenario=0).sel(year=slice(2025, end)).to_numpy()
        for name in runs.data_vars
    }
    scenario = cast("Scenario", _Years(2025, end))
    result = RunResult(scenario, Path(), {"draws": 40}, False)
    result.__dict__["summaries"] = summarise(arrays, 2025)
    registry, evidence = shipped_model.registry, shipped_model.evidence
    table = run_table(result, registry, evidence, everything=True)
    for width in WIDTHS:
        text = check(table, width)
        for name in arrays:
            assert registry.indicators[name].unit.split()[-1] in text


class _Years:
    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end


def test_effect_and_target_tables_have_every_cell(runs: xr.Dataset, shipped_model: Model) -> None:
    comparison = comparison_of(runs, shipped_model.registry, "base", unproven=True)
    for years in ([2030], [2028, 2030, 2035], [2026, 2030, 2040, 2060, 2100]):
        effects = comparison.summaries(years=years)
        for scenario in comparison.scenarios[:2]:
            table = effect_table(comparison, scenario, effects, years)
            for width in WIDTHS:
                check(table, width)
    beside = {s: [e for e in effects if e.scenario == s] for s in comparison.scenarios[:2]}
    table = beside_table(beside, shipped_model.registry, years)
    for width in WIDTHS:
        check(table, width)
    targets = read_targets(shipped_model.folder, shipped_model.registry, shipped_model.evidence)
    found = achievements(runs, targets, shipped_model.registry)
    for width in WIDTHS:
        text = check(target_table(found), width)
        for target in targets:
            assert target.by in text


@pytest.mark.parametrize("width", WIDTHS)
def test_contributions_have_every_cell(width: int, shipped_model: Model) -> None:
    rng = np.random.default_rng(3)
    players = tuple(
        Player(f"event {i}", f"a lever of a long name that moves to × 1.{i} from 2027", "event")
        for i in range(3)
    )
    parts = 1e5 * rng.normal(1.0, 1.0, (3, 1, 50))
    attribution = Attribution(
        "s",
        players,
        (2040,),
        {"labour_stock": parts},
        {"labour_stock": parts},
        {"labour_stock": parts.sum(axis=0)},
        {"labour_stock": np.full((3, 1), 2_000.0)},
        False,
    )
    text = check(
        contribution_table(attribution, "labour_stock", 2040, shipped_model.registry), width
    )
    assert "thousand persons" in " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_tables_of_the_models_have_every_cell(
    width: int, shipped_model: Model, posterior: Posterior
) -> None:
    for table in (lever_table, event_table):
        check(table(shipped_model.instruments), width)
    evidence = shipped_model.evidence
    check(trace_table(figure_uses(shipped_model, evidence.observations), evidence), width)
    groups, parameters = posterior.groups, posterior.parameters
    for table in calibration_tables(groups, parameters, ("a_law", "another_law")):
        check(table, width)


def test_blocks_repeat_the_names() -> None:
    table = TextTable(
        [Column("indicator"), *(Column(str(y), "number", str(y)) for y in (2030, 2040, 2050))]
    )
    table.add("Trade turnover", *(f"{y},000 [1,000, 9,000]" for y in (1, 2, 3)))
    wide = [line for line, _ in table.lines(100)]
    narrow = [line for line, _ in table.lines(60)]
    assert sum("Trade turnover" in line for line in wide) == 1
    assert sum("Trade turnover" in line for line in narrow) == 2
    assert any(line.split() == ["indicator", "2030", "2040"] for line in narrow)
    assert any(line.split() == ["indicator", "2050"] for line in narrow)


def test_rows_become_lines_where_columns_cannot_stand() -> None:
    table = TextTable([Column("name"), Column("2030", "number", "2030")])
    table.add("Exports", "1,000,000,000,000 [900,000,000,000, 2,000,000]")
    lines = [line for line, _ in table.lines(50)]
    assert "Exports" in lines
    assert "1,000,000,000,000" in " ".join(lines)
    assert max(map(len, lines)) <= 50


def test_cells_are_not_read_as_markup() -> None:
    table = TextTable([Column("[bold]a[/bold]")], "[red]t")
    table.add("[/draft] :smile: [link=x]")
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table)
    for text in ("[bold]a[/bold]", "[red]t", "[/draft] :smile: [link=x]"):
        assert text in captured.get()
