"""The data pages of the documentation: documents, coverage, figures, conflicts, events, targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from coverage_page import coverage_page
from page_text import code, escaped, table, whole, write_page

from vnjp_sim.analysis.effect_words import COUNTED
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.events import Event
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.registry import Indicator
from vnjp_sim.simulation.citing import document_item, text_of
from vnjp_sim.simulation.model_data import Model

SET_ASIDE = ("superseded", "disputed", "implausible")

HOW_REPORTED = {
    "exact": "printed to its last digit",
    "rounded": "rounded to the given step",
    "about": "approximate, as the document says",
    "nearly": "a little below the number",
    "over": "a little above the number",
    "at_least": "a lower bound, nothing more",
    "at_most": "an upper bound, nothing more",
    "growth": "a growth rate from another period",
    "share": "a share of a whole",
    "announced": "announced by an office for a period under way; its wording may follow, such as "
    "`announced over`",
    "forecast": "a forecast; never used for calibration",
    "pledge": "a promise; never used for calibration",
}
USED_AS = {
    "calibrate": "enters the calibration",
    "check": "kept for comparison: it repeats another figure, or the calibration does not cover it",
    "superseded": "a later or better figure of the same quantity is used",
    "disputed": "documents disagree, and another figure is used",
    "implausible": "cannot be right as printed; kept, never corrected",
}
TITLES = {"oda": "Aid (ODA)", "macro": "The two economies"}


def title_of(sector: str) -> str:
    """Return the heading of a sector."""
    return TITLES.get(sector, sector.capitalize())


def write_data_pages(folder: Path, model: Model) -> Iterator[Path]:
    """Write every data page into `folder`, and yield the files."""
    sectors = [s for s in sectors_of(model) if figures_of_sector(s, model)]
    yield write_page(folder / "index.md", index_page(sectors, model))
    for sector in sectors:
        yield write_page(folder / f"{sector}.md", figures_page(sector, model))
    yield write_page(folder / "coverage.md", coverage_page(model))
    yield write_page(folder / "conflicts.md", conflicts_page(model))
    yield write_page(folder / "events.md", events_page(model))
    yield write_page(folder / "targets.md", targets_page(model))
    yield write_page(folder / "indicators.md", indicators_page(model))


def sectors_of(model: Model) -> list[str]:
    """Return the sectors of the registry in its order."""
    return list(dict.fromkeys(i.sector for i in model.registry.indicators.values()))


def figures_of_sector(sector: str, model: Model) -> list[Observation]:
    """Return the figures whose first indicator belongs to a sector."""
    known = model.registry.indicators
    return [o for o in model.evidence.observations if known[o.indicators[0]].sector == sector]


def index_page(sectors: Sequence[str], model: Model) -> Iterator[str]:
    """Yield the page of the documents, and of how figures are to be read."""
    evidence = model.evidence
    dated = [event for event in evidence.events if not event.duplicate]
    yield from (
        "(page-data)=",
        "# Data",
        "",
        f"The model is built on {len(evidence.documents)} documents. They give",
        f"{len(evidence.observations)} figures and {len(dated)} dated events of the relationship.",
        "Every one of them is listed here with the document, the line of its text, and the place",
        "of the figure in the publication. Nothing is silently corrected or left out: where",
        "documents disagree, all figures are kept, one is used, and a note gives the reason.",
        "",
        "```{toctree}",
        ":maxdepth: 1",
        "",
        "coverage",
        "conflicts",
        "events",
        "targets",
        "indicators",
        *sectors,
        "```",
        "",
        "## Documents",
    )
    yield from table(
        ["document", "title", "language", "published", "reliability", "figures", "events"],
        [
            [
                f"[{escaped(name)}](#document-{dashed(name)})",
                escaped(d.title),
                d.language,
                whole(d.published),
                d.reliability,
                str(sum(o.document == name for o in evidence.observations)),
                str(sum(e.document == name for e in evidence.events)),
            ]
            for name, d in evidence.documents.items()
        ],
    )
    for name, document in evidence.documents.items():
        yield from document_part(name, document)
    yield from ("## How a figure was reported", "")
    yield (
        "“Over 40” is not the same information as 40.3. The column *reported* records how the "
        "document words a figure; the [method](../method.md) gives the likelihood of each way."
    )
    yield from table(["reported", "meaning"], [[code(w), x] for w, x in HOW_REPORTED.items()])
    yield from ("## What a figure is used for", "")
    counts = {use: sum(o.use == use for o in evidence.observations) for use in USED_AS}
    yield from table(
        ["use", "meaning", "figures"],
        [[code(use), meaning, str(counts[use])] for use, meaning in USED_AS.items()],
    )


def document_part(name: str, document: Document) -> Iterator[str]:
    """Yield what is known of a document."""
    yield from (f"(document-{dashed(name)})=", f"### {escaped(name)}", "")
    yield f"{escaped(text_of(document_item(name, document)))}"
    yield f"A {document.kind}, read as published on {document.published}."
    if document.published_note:
        yield escaped(document.published_note)
    yield f"Reliability **{document.reliability}**: {escaped(document.reliability_reason)}"
    yield from ("", f"SHA-256 of its text: `{document.sha256}`", "")


def figures_page(sector: str, model: Model) -> Iterator[str]:
    """Yield the page of a sector's figures, a table an indicator."""
    figures = figures_of_sector(sector, model)
    yield from (f"# {title_of(sector)}: figures", "")
    used = sum(o.use == "calibrate" for o in figures)
    yield (
        "What the documents print, figure by figure, with the place: "
        f"{len(figures)} figure{'s' if len(figures) > 1 else ''}, of which {used or 'none'} "
        f"calibrate{'s' if used == 1 else ''} the model. [Data](index.md) explains the columns."
    )
    measured = list(dict.fromkeys(o.indicators for o in figures))
    order = list(model.registry.indicators)
    for indicators in sorted(measured, key=lambda names: [order.index(n) for n in names]):
        known = [model.registry.indicators[name] for name in indicators]
        yield from ("", "(figures-" + "-".join(map(dashed, indicators)) + ")=")
        yield f"## {escaped(' + '.join(i.label for i in known))}"
        yield from ("", ", ".join(map(code, indicators)) + f", in {known[0].unit}. ")
        yield escaped(" ".join(i.meaning for i in known))
        yield from ("", counterpart_text(known))
        yield from figure_table([o for o in figures if o.indicators == indicators])


def stacked(lines: Sequence[str]) -> list[str]:
    """Return a wide table whose cells stand below each other on a telephone, so all are seen."""
    return ["", ":::{container} stacked", *lines, ":::", ""] if lines else []


def figure_table(figures: Sequence[Observation]) -> list[str]:
    """Return the table of figures, in the order of their periods."""
    ordered = sorted(figures, key=lambda o: (o.period.start, o.period.end, o.document))
    return stacked(
        table(
            ["period", "reported", "figure", "use", "source", "note"],
            [
                [
                    whole(o.period.text),
                    code(o.reported),
                    printed(o),
                    code(o.use) if o.use == "calibrate" else f"**{o.use}**",
                    source(o.document, o.lines, o.place),
                    escaped(o.note),
                ]
                for o in ordered
            ],
        )
    )


def amount(number: str, unit: str) -> str:
    """Return a number with its unit as one says it: "1 vessel", "rank 2"."""
    if unit == "rank":
        return f"rank {number}"
    if unit == "count":
        return number
    return f"{number} {unit.removesuffix('s') if number == '1' and unit in COUNTED else unit}"


def printed(figure: Observation) -> str:
    """Return value and unit as printed, and what a rate or a share refers to."""
    text = whole(amount(grouped(figure.printed), figure.unit))
    if figure.base_period is not None:
        text += f" against {figure.base_period.text}"
    return text + (f" of {code(figure.of)}" if figure.of else "")


def source(document: str, lines: Sequence[int], place: str) -> str:
    """Return document, line and place of a figure or an event."""
    where = ("lines " if len(lines) > 1 else "line ") + ", ".join(map(str, lines))
    link = f"[{escaped(document)}](#document-{dashed(document)})"
    return f"{link}, {where}: {escaped(place)}"


def conflicts_page(model: Model) -> Iterator[str]:
    """Yield the page of figures that disagree or were set aside, side by side."""
    cases = list(conflicts(model))
    yield from ("# Conflicts, side by side", "")
    yield (
        f"In {len(cases)} cases the documents give figures of one quantity that cannot all be "
        "used, or a figure that cannot be right as printed. Each table shows all figures of the "
        "quantity for the same time. The calibration uses those marked `calibrate`; the notes give "
        "the reasons."
    )
    for figures in cases:
        labels = [model.registry.indicators[n].label for n in figures[0].indicators]
        years = sorted({y for o in figures for y in (o.period.year, o.period.last_year)})
        span = f"{years[0]}" if years[0] == years[-1] else f"{years[0]}–{years[-1]}"
        yield from ("", f"## {escaped(' + '.join(labels))}, {span}")
        yield from figure_table(figures)


def conflicts(model: Model) -> Iterator[list[Observation]]:
    """Yield groups of figures of one quantity: those set aside, and what touches their time."""
    by_quantity: dict[tuple[str, ...], list[Observation]] = {}
    for o in model.evidence.observations:
        by_quantity.setdefault(o.indicators, []).append(o)
    order = list(model.registry.indicators)
    for names in sorted(by_quantity, key=lambda names: [order.index(n) for n in names]):
        figures = by_quantity[names]
        rest = [o for o in figures if o.use in SET_ASIDE]
        while rest:
            group = [rest[0]]
            while more := [o for o in figures if o not in group and touches(o, group)]:
                group += more
            yield group
            rest = [o for o in rest if o not in group]


def touches(figure: Observation, group: Sequence[Observation]) -> bool:
    """Return whether a figure is of the same time as one that was set aside."""
    return any(
        figure.period.start < other.period.end and other.period.start < figure.period.end
        for other in group
        if other.use in SET_ASIDE
    )


def events_page(model: Model) -> Iterator[str]:
    """Yield the page of dated events; repeated ones are listed once, with all their sources."""
    events = model.evidence.events
    dated = [e for e in events if not e.duplicate]
    yield from ("# Events", "")
    yield (
        f"{len(dated)} dated events of the relationship. {len(events) - len(dated)} more rows "
        "repeat one of them; they are marked *again*."
    )
    for decade in sorted({e.year // 10 * 10 for e in events}):
        own = [e for e in events if e.year // 10 * 10 == decade]
        yield from ("", f"## {decade}–{decade + 9}")
        yield from stacked(
            table(
                ["date", "sector", "type", "who", "amount", "source", "note"],
                [event_row(e) for e in own],
            )
        )


def event_row(event: Event) -> list[str]:
    """Return the row of an event."""
    much = "" if event.value is None else whole(amount(grouped(exact(event.value)), event.unit))
    note = event.note.removeprefix("duplicate:").strip()
    note = f"*again:* {escaped(note)}" if event.duplicate else escaped(note)
    place = source(event.document, event.lines, event.place)
    what = [event.sector, code(event.type), escaped(event.actor)]
    return [whole(event.date), *what, much, place, note]


def targets_page(model: Model) -> Iterator[str]:
    """Yield the page of pledges and official targets."""
    yield from ("# Targets", "")
    yield (
        "Pledges, official targets and forecasts of the documents. Projections are checked "
        "against them (`vnjp_sim compare` shows the chance of reaching each); nothing is "
        "calibrated on them. A target whose date has passed says whether it was kept."
    )
    senses = {"at_least": "≥", "at_most": "≤"}
    yield from stacked(
        table(
            ["target", "indicator", "value", "by", "source", "note", "grade"],
            [
                [
                    escaped(t.title),
                    code(t.indicator),
                    f"{senses.get(t.sense, t.sense)} {amount(grouped(exact(t.value)), t.unit)}",
                    t.by,
                    source(t.document, [int(n) for n in str(t.line).split(";")], t.place),
                    escaped(f"{t.outcome.capitalize()}. {t.note}" if t.outcome else t.note),
                    t.grade,
                ]
                for t in model.targets
            ],
        )
    )


def indicators_page(model: Model) -> Iterator[str]:
    """Yield the page of all indicators: unit, meaning, figures, and whether they are projected."""
    registry = model.registry
    projected = sum(not i.not_projected for i in registry.indicators.values())
    context = sum(i.context for i in registry.indicators.values())
    yield from ("(page-indicators)=", "# Indicators", "")
    yield (
        f"The registry holds {len(registry.indicators)} indicators; {projected} are projected, of "
        f"which {context} are *context*: no lever, event or link moves them, so that they are "
        "shown only where a command names them. The others only have figures; the table gives the "
        "reason why they are not projected. "
        "With `headline: true` in `models/indicators.yml` an indicator is in the short table of a "
        "run, with `headline_effect: true` in the tables of effects, if a command names no "
        "indicators. `report_fan` and `report_budget` give its place among the charts of a report. "
        "An entry in your own models folder without any of the four takes them from the shipped "
        "entry of the same name."
    )
    for sector in sectors_of(model):
        yield from ("", f"## {title_of(sector)}")
        yield from table(
            ["indicator", "meaning", "unit, kind", "figures", "projected"],
            [
                [
                    code(name),
                    f"**{escaped(i.label)}.** {escaped(i.meaning)} {counterpart_text([i])}",
                    f"{i.unit}, {i.kind}",
                    figures_link(name, model),
                    projected_text(i),
                ]
                for name, i in registry.indicators.items()
                if i.sector == sector
            ],
        )


def projected_text(indicator: Indicator) -> str:
    """Return whether an indicator is projected, and whether anything moves it."""
    if indicator.not_projected:
        return escaped(f"no: {indicator.not_projected}")
    return "yes, as context" if indicator.context else "yes"


def counterpart_text(indicators: Sequence[Indicator]) -> str:
    """Return the official series that indicators correspond to, and how definitions differ."""
    return escaped("Official counterpart: " + " ".join(i.counterpart for i in indicators))


def figures_link(name: str, model: Model) -> str:
    """Return how many figures an indicator has, linked to the first table that holds them."""
    figures = [o for o in model.evidence.observations if name in o.indicators]
    if not figures:
        return "none"
    indicators = min((o.indicators for o in figures), key=len)
    return f"[{len(figures)}](#figures-{'-'.join(map(dashed, indicators))})"


def dashed(name: str) -> str:
    """Return a name as it stands in an address."""
    return name.replace("_", "-")
