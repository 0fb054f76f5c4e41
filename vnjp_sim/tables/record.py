"""Tables of the living record: its entries, how they did, and what moved a projection."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vnjp_sim.analysis.moves import A_FIGURE, THE_COURSE, THE_MODEL, Level, Move, Step
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.number_text import (
    NOTHING,
    Measure,
    count_text,
    draws_text,
    fixed,
    grouped,
    measure_of,
    percent,
    significant,
)
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.scoring.record_scores import ScoredFigure
from vnjp_sim.scoring.record_summary import RecordScores
from vnjp_sim.scoring.scores import MODEL, Pooled, binomial_band
from vnjp_sim.storage.record_entries import SHORT_HASH
from vnjp_sim.tables.text_table import Column, TextTable

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = {"indicator": "indicator", "lead": "years ahead", "entry": "entry"}
STEPS = {
    THE_MODEL: "the model: code, priors, links",
    THE_COURSE: "newer official series and forecasts of both economies and the yen",
}
INTERVAL = "[90\u00a0%]"


def entries_table(entries: pd.DataFrame) -> TextTable:
    """Return the entries of a record, a row each."""
    table = TextTable(
        [
            Column("day", "whole"),
            Column("entry", "whole"),
            Column("scenario"),
            Column("known"),
            Column("projected", "whole"),
            Column("draws", "number"),
            Column("added", "whole"),
        ]
    )
    for row in entries.to_dict("records"):
        basis = "" if row["evidence"] == DOCUMENTS else f", {row['evidence']}"
        table.add(
            row["day"],
            row["entry"][:SHORT_HASH],
            row["scenario"],
            f"{count_text(row['figures'], 'figure')}{basis}",
            f"{row['first_year']}–{row['last_year']}",
            grouped(str(row["draws"])),
            row["added"][:10],
        )
    return table


def scores_tables(found: RecordScores, registry: Registry) -> Iterator[TextTable]:
    """Yield a table an entry: each later figure, what was expected, and how good that was."""
    for entry in dict.fromkeys(one.entry for one in found.figures):
        own = [one for one in found.figures if one.entry == entry]
        table = TextTable(
            [
                Column("period", "whole"),
                Column("reported", "number"),
                Column(f"expected {INTERVAL}", "number"),
                Column("PIT", "number", "scores"),
                Column("CRPS", "number", "scores"),
                Column("of naive", "number", "scores"),
            ],
            f"{own[0].scenario} as of {own[0].day} ({entry[:SHORT_HASH]})",
        )
        for name in dict.fromkeys(one.figure.indicators[0] for one in own):
            _add_indicator(table, [f for f in own if f.figure.indicators[0] == name], registry)
        yield table


def _add_indicator(table: TextTable, own: Sequence[ScoredFigure], registry: Registry) -> None:
    """Add the figures of one indicator below its name."""
    about = registry.indicators[own[0].figure.indicators[0]]
    measure = measure_of(about, registry.units, [max(one.value, one.median) for one in own])
    table.add_across(f"{about.label}, {measure.unit}")
    for one in sorted(own, key=lambda one: one.figure.period.end):
        table.add(
            one.figure.period.text,
            _number(one.value, measure) + ("" if one.inside else "*"),
            _interval(Level(one.low, one.median, one.high, 0.0), measure),
            fixed(one.model.pit, 2),
            fixed(one.model.crps, 3),
            fixed(one.model.crps / one.naive.crps, 2),
        )


def by_table(found: RecordScores, what: str) -> TextTable:
    """Return pooled scores by indicator, lead or entry."""
    table = TextTable(
        [
            Column(HEADINGS[what], "number" if what == "lead" else "words"),
            Column("figures", "number", "scores"),
            Column("within 50\u00a0%", "number", "scores"),
            Column("90\u00a0%", "number", "scores"),
            Column("CRPS", "number", "scores"),
            Column("of naive", "number", "scores"),
            Column("above median by", "number", "scores"),
        ]
    )
    for row in found.by(what).to_dict("records"):
        table.add(
            str(row[what]),
            str(row["figures"]),
            percent(row["within_50"]),
            percent(row["within_90"]),
            fixed(row["crps"], 3),
            fixed(row["ratio"], 2),
            f"{fixed(100.0 * row['bias'], 0, signed=True)}\u00a0%",
        )
    return table


def score_lines(found: RecordScores) -> Iterator[str]:
    """Yield what the scores say together, and what is not scored."""
    yield f"{found.finding}."
    if found.figures:
        pooled = found.pooled()[MODEL]
        shares = [_within(pooled, level) for level in (0.5, 0.9)]
        yield f"In the 50\u00a0% interval lie {shares[0]}, in the 90\u00a0% interval {shares[1]}."
        yield (
            "Fewer are independent: figures of one indicator follow each other, and entries share "
            "them."
        )
        bins = ", ".join(map(str, pooled.pit))
        yield f"Figures by tenths of PIT, the probability below them: {bins}."
        yield (
            "CRPS: in log points; of naive: as a part of that of the last value known then. A "
            "star: outside the 90\u00a0% interval."
        )
    for reason, count in sorted(found.left_out.items(), key=lambda item: -item[1]):
        yield f"Not scored: {count} ({reason})."


def _within(pooled: Pooled, level: float) -> str:
    low, high = binomial_band(pooled.cases, level)
    inside = round(pooled.coverage[level] * pooled.cases)
    return f"{inside} of {pooled.cases} ({low} to {high} if they were independent)"


def move_table(found: Move, registry: Registry) -> TextTable:
    """Return what moved a projection, in order, from the entry to the later day."""
    measure = measure_of(found.indicator, registry.units, [found.before.median, found.after.median])
    table = TextTable(
        [
            Column("what came"),
            Column("published", "whole"),
            Column("moved the median by", "number", "median"),
            Column(f"projection then {INTERVAL}", "number", "median"),
        ],
        f"{found.indicator.label} in {found.year}, {measure.words}",
    )
    table.add(f"as projected on {found.since}", "", "", _interval(found.before, measure))
    for step in found.steps:
        table.add(
            _step_words(step),
            "" if step.published is None else step.published.isoformat(),
            f"{_change(step.change, measure)} ±{_change(step.error, measure).lstrip('+')}",
            _interval(step.after, measure),
        )
    whole = _change(found.change, measure)
    table.add(f"as known on {found.until}", "", whole, _interval(found.after, measure), apart=True)
    return table


def _step_words(step: Step) -> str:
    if step.kind != A_FIGURE:
        return STEPS[step.kind]
    told = [f"{f.indicators[0]} {f.period.text}: {figure_text(f)}" for f in step.figures]
    return f"{'; '.join(told)} ({step.figures[0].document})"


def move_lines(found: Move) -> Iterator[str]:
    """Yield what a move says, and how it was worked out."""
    yield f"{found.finding}."
    yield (
        "Figures are added in the order of their publication, and the laws that read them are "
        "calibrated anew each time. Behind ±: the standard error by chance of the draws. In "
        "another order the parts would differ, their sum would not."
    )
    if found.dropped:
        dropped = count_text(found.dropped, "figure")
        yield f"Known to the entry of {found.since}, but not on {found.until}: {dropped}."


def moves_table(moves: pd.DataFrame, registry: Registry, days: str) -> TextTable:
    """Return how projections moved, a row an indicator."""
    table = TextTable(
        [
            Column("indicator"),
            Column(f"before {INTERVAL}", "number"),
            Column(f"after {INTERVAL}", "number"),
            Column("moved", "number"),
            Column("shift", "number"),
        ],
        days,
    )
    for row in moves.to_dict("records"):
        about = registry.indicators[row["indicator"]]
        measure = measure_of(about, registry.units, [row["before"], row["after"]])
        old = Level(row["before_low"], row["before"], row["before_high"], 0.0)
        new = Level(row["after_low"], row["after"], row["after_high"], 0.0)
        known = math.isfinite(row["percent"])
        moved = f"{fixed(row['percent'], 0, signed=True)}\u00a0%" if known else NOTHING
        shift = fixed(row["shift"], 2, signed=True) if math.isfinite(row["shift"]) else NOTHING
        cells = (_interval(old, measure), _interval(new, measure), moved, shift)
        table.add(f"{row['label']}, {measure.unit}", *cells)
    return table


def added_lines(added: pd.DataFrame) -> Iterator[str]:
    """Yield what became of projections that were to be added."""
    for row in added.to_dict("records"):
        word = "recorded" if row["new"] else "recorded before"
        yield (
            f"{row['scenario']} as of {row['day']}: {word} as entry {row['entry'][:SHORT_HASH]} "
            f"({row['first_year']}–{row['last_year']}, {draws_text(row['draws'])}), "
            f"in a folder named after its run: {row['folder']}"
        )


def _number(value: float, measure: Measure) -> str:
    return significant(value * measure.factor, measure.decimals)


def _interval(level: Level, measure: Measure) -> str:
    median, low, high = (_number(x, measure) for x in (level.median, level.low, level.high))
    return f"{median} [{low}, {high}]"


def _change(value: float, measure: Measure) -> str:
    text = significant(abs(value) * measure.factor, measure.decimals)
    return f"{'−' if value < 0 else '+'}{text}"
