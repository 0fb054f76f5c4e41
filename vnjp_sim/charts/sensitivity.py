"""Which priors and figures the variance of a projection comes from, in a year."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.charts.frame import chart_of, keyed, label_axis
from vnjp_sim.charts.look import NARROW, Look, takes_look
from vnjp_sim.charts.page import Words, finish
from vnjp_sim.charts.quantities import Row, compact, ticks
from vnjp_sim.charts.theme import INK, MUTED, POSITIVE, altair, lines
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import years_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import draws_text, percent

if TYPE_CHECKING:
    import altair as alt

MOST, LINE, BAR = 8, 15, 16
LABELS = 300


@takes_look
@settled
def sensitivity(
    sensitivities: Sensitivities,
    indicator: str | None = None,
    year: int | None = None,
    *,
    look: Look,
) -> alt.VConcatChart:
    """Return the leading priors, forms and figures with their shares of an indicator's variance.

    Parameters
    ----------
    sensitivities : Sensitivities
        What :func:`vnjp_sim.sensitivity` returns.
    indicator : str | None
        One of those; by default the first.
    year : int | None
        By default the last.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; there are no bands and no time axis here.

    Raises
    ------
    InputError
        There are no shares of the indicator or year, or nothing leads.
    EnvironmentFailureError
        Altair is not installed.
    """
    name = sensitivities.indicator_asked(indicator)
    last = sensitivities.years[-1] if year is None else year
    (last,) = years_asked([last], sensitivities.years, "the shares")
    rows = _rows(sensitivities, name, last, look)
    if not rows:
        what = f"has no prior or figure that leads in {last}"
        raise InputError.single(name, what, "ask for more draws, or another year")
    what = sensitivities.words_of(name)
    words = Words(
        sensitivities.finding(name, last),
        f"Share of the variance of {what} in {last} that would go if one number were known: alone "
        "(dark), and with what it does together with one other (light)",
        [
            "Thin line: two standard errors either way.",
            "Shares of what figures tie together overlap, so that the sum may exceed 100 %.",
        ],
        f"{draws_text(sensitivities.draws)} of one ensemble.",
    )
    return finish(_drawn(rows, look), words, look)


def _rows(found: Sensitivities, name: str, year: int, look: Look) -> list[Row]:
    """Return a row a factor that leads, in per cent."""
    at = found.years.index(year)
    room = label_room(look)
    rows: list[Row] = []
    for place in found.places(name, MOST, [year]):
        factor = found.factors[place]
        first, error = (100.0 * float(part[name][place, at]) for part in (found.first, found.error))
        total = 100.0 * float(found.total[name][place, at])
        grade = f", {factor.grade}" if factor.grade else ""
        kept = "" if math.isnan(factor.kept) else f", {percent(factor.kept)} of its prior kept"
        told = [*lines(factor.label, room, 11.5), *lines(f"{factor.kind}{grade}{kept}", room, 11.5)]
        rows.append(
            {
                "factor": keyed(len(rows), "\n".join(told)),
                "zero": 0.0,
                "first": compact(first),
                "total": compact(max(first, total)),
                "low": compact(max(0.0, first - 2.0 * error)),
                "high": compact(first + 2.0 * error),
            }
        )
    return rows


def row_height(rows: list[Row]) -> int:
    """Return the height of a row, which holds the longest label."""
    return LINE * (2 + max(str(row["factor"]).count("\n") for row in rows))


def label_room(look: Look) -> int:
    """Return how wide labels may be."""
    return LABELS if look.inner_width > NARROW else 150


def _drawn(rows: list[Row], look: Look) -> Any:
    """Return a bar a factor."""
    alt = altair()
    ends = [max(row["total"], row["high"]) for row in rows]
    marks, form = ticks(0.0, max(ends), zero=True, count=4)
    scale = alt.Scale(domain=[0.0, marks[-1]], nice=False)
    axis = alt.Axis(
        values=marks,
        format=form,
        labelExpr="datum.label + ' %'",
        title=None,
        orient="top",
        domain=False,
    )
    room = label_room(look)
    order = [row["factor"] for row in rows]
    y = alt.Y("factor:N", sort=order, title=None, axis=label_axis(room, grid=False))

    def x(field: str) -> Any:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    tips = [
        alt.Tooltip("first:Q", title="alone, %", format=".1f"),
        alt.Tooltip("total:Q", title="total, %", format=".1f"),
    ]
    data = chart_of(rows)
    return alt.layer(
        data.mark_bar(size=BAR, color=MUTED, opacity=0.35).encode(x=x("zero"), x2="total", y=y),
        data.mark_bar(size=BAR, color=POSITIVE).encode(x=x("zero"), x2="first", y=y, tooltip=tips),
        data.mark_rule(color=INK, strokeWidth=1.2).encode(x=x("low"), x2="high", y=y),
        width=look.inner_width - room - 20,
        height=look.height_or(row_height(rows) * len(rows)),
    )
