"""What would narrow an answer, and what has to be true for a target to be missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.conditions import Condition, bounds_text, read
from vnjp_sim.analysis.effect_words import scenario_in_sentence
from vnjp_sim.charts.frame import chart_of, keyed, label_axis
from vnjp_sim.charts.letters import text_width
from vnjp_sim.charts.look import Look, takes_look
from vnjp_sim.charts.page import Words, finish
from vnjp_sim.charts.quantities import Row, compact, ticks
from vnjp_sim.charts.sensitivity import BAR, MOST, label_room, row_height
from vnjp_sim.charts.theme import INK, MUTED, NEGATIVE, POSITIVE, altair, lines
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import chance_text, draws_text, percent, short

if TYPE_CHECKING:
    import altair as alt

    from vnjp_sim.analysis.discovery import Discovery, Step
    from vnjp_sim.analysis.lookup import Lookup

PERCENT = [0.0, 25.0, 50.0, 75.0, 100.0]
SPARE = 20
FUTURES = "(100 % of the futures)"
WHERE = ("", "where the first holds", "where the first two hold", "where all three hold")
TALL = 46
"""Height of a row with a bar and numbers below it."""


@takes_look
@settled
def lookup(lookup: Lookup, *, look: Look) -> alt.VConcatChart:
    """Return by what part the interval of an answer narrows, number by number.

    Parameters
    ----------
    lookup : Lookup
        What :func:`vnjp_sim.lookup` returns.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; there are no bands and no time axis here.

    Raises
    ------
    InputError
        It is something else, no number narrows the answer, or an option cannot be used.
    EnvironmentFailureError
        Altair is not installed.
    """
    if not lookup.candidates:
        what = f"is narrowed by no number that {draws_text(lookup.draws)} tell"
        raise InputError.single(lookup.indicator, what, "ask for more draws")
    rows = _narrowings(lookup, look)
    words = Words(
        lookup.told(labelled=True),
        f"By what part the 90 % interval of {lookup.words} in {lookup.year} would narrow on "
        "average if one number were known",
        [
            "Thin line: two standard errors either way.",
            "Numbers that say the same narrow it once: the bars do not add up.",
        ],
        f"{draws_text(lookup.draws)} of one ensemble.",
    )
    return finish(_bars(rows, look), words, look)


def _narrowings(found: Lookup, look: Look) -> list[Row]:
    """Return a row a number, the one that narrows most first, in per cent."""
    room = label_room(look) - SPARE // 2
    rows: list[Row] = []
    for one in sorted(found.candidates, key=lambda own: -own.narrowing)[:MOST]:
        told = [*lines(one.label or one.name, room, 11.5), *lines(one.where, room, 11.5)]
        size, error = 100.0 * one.narrowing, 200.0 * one.narrowing_error
        rows.append(
            {
                "number": keyed(len(rows), "\n".join(told)),
                "factor": "\n".join(told),
                "zero": 0.0,
                "size": compact(max(0.0, size)),
                "low": compact(max(0.0, size - error)),
                "high": compact(max(0.0, size + error)),
                "told": percent(max(0.0, one.narrowing)),
            }
        )
    return rows


def _bars(rows: list[Row], look: Look) -> Any:
    alt = altair()
    marks, form = ticks(0.0, max(row["high"] for row in rows), zero=True, count=4)
    scale = alt.Scale(domain=[0.0, marks[-1]], nice=False)
    label = "datum.label + ' %'"
    axis = alt.Axis(
        values=marks, format=form, labelExpr=label, title=None, orient="top", domain=False
    )
    room = label_room(look)
    order = [row["number"] for row in rows]
    y = alt.Y("number:N", sort=order, title=None, axis=label_axis(room, grid=False))

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    tips = [alt.Tooltip("size:Q", title="narrower by, %", format=".0f")]
    data = chart_of(rows)
    return alt.layer(
        data.mark_bar(size=BAR, color=POSITIVE).encode(x=x("zero"), x2="size", y=y, tooltip=tips),
        data.mark_rule(color=INK, strokeWidth=1.2).encode(x=x("low"), x2="high", y=y),
        data.mark_text(align="left", dx=6, color=INK).encode(x=x("high"), y=y, text="told:N"),
        width=look.inner_width - room - 2 * SPARE,
        height=look.height_or(row_height(rows) * len(rows)),
    )


@takes_look
@settled
def discovery(discovery: Discovery, *, look: Look) -> alt.VConcatChart:
    """Return the conditions for a target to be missed, and the chance of it where they hold.

    Parameters
    ----------
    discovery : Discovery
        What :func:`vnjp_sim.discover` returns.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; there are no bands and no time axis here.

    Raises
    ------
    InputError
        It is something else, there are no conditions, or an option cannot be used.
    EnvironmentFailureError
        Altair is not installed.
    """
    if not discovery.conditions:
        what = "has no condition that tells: it is left to chance"
        raise InputError.single(discovery.goal.text, what, "ask for more draws or another target")
    alt = altair()
    told = [_words(one, discovery, look) for one in discovery.conditions]
    longest = [FUTURES, *(line for text in told for line in text.split("\n"))]
    room = round(max(text_width(line) for line in longest)) + SPARE
    body = alt.vconcat(_ranges(discovery, look, room), _chances(discovery, look, room), spacing=26)
    every, outcome = discovery.steps[0], discovery.outcome
    words = Words(
        discovery.told(labelled=True),
        f"{discovery.goal.text}. Above: all futures in the order of one number, blue where the "
        f"condition holds; numbers: what 5, 50 and 95 % of them stay below. Below: chance that it "
        f"is {outcome}",
        ["Conditions describe where it happens; they do not prove a cause."],
        f"{draws_text(every.draws)} of {scenario_in_sentence(discovery.scenario)} that the search "
        "did not see.",
    )
    return finish(body, words, look)


def _ranges(found: Discovery, look: Look, room: int) -> Any:
    """Return a track of all futures for each condition, dark where it holds."""
    alt = altair()
    rows: list[Row] = []
    numbers: list[Row] = []
    for one in found.conditions:
        told = _words(one, found, look)
        key = keyed(len(rows), told)
        low, high = 100.0 * one.below, 100.0 * (one.below + one.share)
        ends = {"zero": 0.0, "all": 100.0, "low": compact(low), "high": compact(high)}
        rows.append({"factor": told, "key": key, **ends})
        numbers += [
            {"key": key, "at": at, "told": short(read(value, one))}
            for at, value in zip((5.0, 50.0, 95.0), one.usual, strict=True)
        ]
    height = max(TALL, row_height(rows))
    y = alt.Y(
        "key:N",
        sort=[row["key"] for row in rows],
        title=None,
        axis=label_axis(room, grid=False),
    )
    x = alt.X("zero:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=None)
    data = chart_of(rows)
    bar = {"size": BAR, "yOffset": -6}
    return alt.layer(
        data.mark_bar(color=MUTED, opacity=0.35, **bar).encode(x=x, x2="all", y=y),
        data.mark_bar(color=POSITIVE, **bar).encode(x="low:Q", x2="high", y=y),
        chart_of(numbers).mark_text(color=INK, dy=13).encode(x="at:Q", y=y, text="told:N"),
        width=look.inner_width - room - SPARE,
        height=height * len(rows),
    )


def _words(one: Condition, found: Discovery, look: Look) -> str:
    """Return what a condition is about, and its bounds, line by line."""
    room = label_room(look)
    name = f"{one.label} in {found.goal.year}" if one.kind == "setting" else one.label
    told = [*lines(name, room, 11.5), *lines(bounds_text(one), room, 11.5)]
    return "\n".join([*told, f"({percent(one.share)} of the futures)"])


def _chances(found: Discovery, look: Look, room: int) -> Any:
    """Return the chance with no condition, with the first, the first two, and elsewhere."""
    alt = altair()
    every, last = found.steps[0], found.steps[-1]
    told = [("in all futures", every)]
    told += [(WHERE[step.conditions], step) for step in found.steps[1:]]
    if last.conditions < 3:
        told[-1] = ("where it holds" if last.conditions == 1 else "where both hold", last)
    rows = [_chance(text, step) for text, step in told]
    outside = round(every.draws * (1.0 - last.mass))
    if outside:
        missed = every.density - last.density * last.mass
        rows.append(_bar("in the others", missed / (1.0 - last.mass), 1.0 - last.mass, outside))
    scale = alt.Scale(domain=[0, 100], nice=False)
    axis = alt.Axis(values=PERCENT, labelExpr="datum.label + ' %'", title=None, orient="top")
    x = alt.X("zero:Q", scale=scale, axis=axis)
    for place, row in enumerate(rows):
        row["key"] = keyed(place, row["factor"])
    order = [row["key"] for row in rows]
    y = alt.Y("key:N", sort=order, title=None, axis=label_axis(room, grid=False))
    data = chart_of(rows)
    return alt.layer(
        data.mark_bar(size=BAR, color=POSITIVE if found.reached else NEGATIVE).encode(
            x=x, x2="chance", y=y
        ),
        data.mark_text(align="left", dx=6, color=INK).encode(
            x=alt.X("chance:Q", scale=scale, axis=axis), y=y, text="told:N"
        ),
        width=look.inner_width - room - SPARE,
        height=2 * SPARE * len(rows),
    )


def _chance(text: str, step: Step) -> Row:
    return _bar(text, step.density, step.mass, step.draws)


def _bar(text: str, density: float, mass: float, draws: int) -> Row:
    """Return a row of the chance in a part of the futures."""
    return {
        "factor": f"{text}\n({percent(mass)} of the futures)" if mass < 1.0 else text,
        "zero": 0.0,
        "chance": compact(100.0 * density),
        "told": chance_text(density, draws),
    }
