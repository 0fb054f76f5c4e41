"""The links between sectors as a layered graph: drivers on the left, responses on the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.charts.frame import chart_of
from vnjp_sim.charts.look import PADDING, Look, takes_look
from vnjp_sim.charts.page import Words, finish, source_of
from vnjp_sim.charts.quantities import Row
from vnjp_sim.charts.theme import (
    BOX,
    FAINT,
    INK,
    MUTED,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    altair,
    lines,
    scenario_label,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.number_text import minus, significant

if TYPE_CHECKING:
    import altair as alt

    from vnjp_sim.simulation.model_data import Model

PORT = 21
"""Height that a link takes where it leaves or enters a box, in pixels."""
GAP = 20
BOX_WIDTH = 224
LABEL_SIZE, LINE = 11.5, 13
COLUMN = 552
CURVE_POINTS = 28
SWEEPS = 8
LEVEL_PART = 0.4
"""Part of a curve that is level, for the words beside it."""
RAISES, LOWERS, OPEN = "raises", "lowers", "either way"
SIGN_COLOURS = {RAISES: POSITIVE, LOWERS: NEGATIVE, OPEN: NEUTRAL}
DASHES = {"calibrated": [1, 0], "empirical": [1, 0], "published": [1, 0], "assumed": [5, 3]}
UNITS_OF_FORM = {
    "elasticity": "per cent for one per cent",
    "semi": "log points for one unit",
    "added": "unit for unit",
}


@dataclass(frozen=True)
class Box:
    """An indicator in the graph: its column, and its top and height in pixels."""

    name: str
    column: int
    top: float
    height: float

    @property
    def left(self) -> float:
        """Its left edge in pixels."""
        return self.column * COLUMN


@dataclass(frozen=True)
class Size:
    """Width and height of the graph in pixels, which are the scales of its fields."""

    width: float
    height: float

    def x(self, field: str) -> Any:
        """Return the encoding of a field in pixels from the left edge."""
        alt = altair()
        scale = alt.Scale(domain=[0, self.width], nice=False)
        return alt.X(f"{field}:Q", scale=scale, axis=None)

    def y(self, field: str) -> Any:
        """Return the encoding of a field in pixels from the top."""
        alt = altair()
        scale = alt.Scale(domain=[self.height, 0], nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=None)


@takes_look
@settled
def causal_graph(model: Model, *, look: Look) -> alt.VConcatChart:
    """Return the links of a model: what drives what, by how much, when, and on which ground.

    Parameters
    ----------
    model : Model
        What the models folder says.
    width, height, years, title, bands, numbers, theme
        See :class:`vnjp_sim.charts.look.Options`; of these, title, numbers and theme count here.

    Raises
    ------
    InputError
        The model has no links.
    EnvironmentFailureError
        Altair is not installed.
    """
    alt = altair()
    links = model.links.links
    if not links:
        raise InputError.single("links.yml", "holds no link to draw", "add one")
    boxes = layout(links, model)
    ports = _ports(links, boxes)
    curves = [row for name, link in links.items() for row in _curve(name, link, ports[name], model)]
    size = Size(
        max(box.left + BOX_WIDTH for box in boxes.values()),
        max(box.top + box.height for box in boxes.values()),
    )
    body = alt.layer(
        *_link_layers(curves, size),
        *_box_layers(boxes, model, size),
        width=size.width,
        height=size.height,
    )
    words = Words(
        "What drives what between sectors",
        f"{len(links)} links, each acting on the driver's departure from the baseline. Beside "
        "each: median effect and lag",
        [
            "“% per 1 %”: per cent of the response if the driver moves by 1 per cent;",
            "“% per unit”: per cent if it moves by one unit; “per unit”: units for one unit.",
        ],
        source_of(None, model).replace("Source: ", "Source: links.yml of the models folder; ", 1),
    )
    return finish(body, words, replace(look, width=int(size.width) + PADDING))


def layout(links: Mapping[str, Link], model: Model) -> dict[str, Box]:
    """Return the boxes of all drivers and responses, by name.

    Columns: what only drives, what does both, what only responds. Within a column boxes stand in
    the order of the mean place of their partners, which keeps crossings few; columns are centred.
    """
    drivers = {link.driver for link in links.values()}
    responses = {link.response for link in links.values()}
    both = drivers & responses
    order = list(model.registry.indicators)
    columns = [drivers - both, both, responses - both]
    placed = [sorted(names, key=order.index) for names in columns if names]
    for _ in range(SWEEPS):
        place = {n: i / len(names) for names in placed for i, n in enumerate(names)}
        rank = {n: (_partners(n, links, place), order.index(n)) for n in place}
        placed = [sorted(names, key=rank.__getitem__) for names in placed]
    ends = Counter(link.driver for link in links.values())
    ends |= Counter(link.response for link in links.values())
    heights = [[max(2, ends[n]) * PORT for n in names] for names in placed]
    full = max(sum(own) + GAP * (len(own) - 1) for own in heights)
    boxes = {}
    for column, (names, own) in enumerate(zip(placed, heights, strict=True)):
        fills = sum(own) + GAP * (len(own) - 1) == full
        gap = float(GAP) if fills else (full - sum(own)) / (len(own) + 1)
        top = 0.0 if fills else gap
        for name, height in zip(names, own, strict=True):
            boxes[name] = Box(name, column, top, height)
            top += height + gap
    return boxes


def _partners(name: str, links: Mapping[str, Link], place: Mapping[str, float]) -> float:
    places = [place[link.response] for link in links.values() if link.driver == name]
    places += [place[link.driver] for link in links.values() if link.response == name]
    return float(np.mean(places))


def _ports(
    links: Mapping[str, Link], boxes: Mapping[str, Box]
) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    """Return where each link leaves its driver and enters its response, in pixels."""
    leaving: dict[str, float] = {}
    entering: dict[str, float] = {}
    for box in boxes.values():
        out = sorted(
            (n for n, link in links.items() if link.driver == box.name),
            key=lambda n: boxes[links[n].response].top,
        )
        into = sorted(
            (n for n, link in links.items() if link.response == box.name),
            key=lambda n: boxes[links[n].driver].top,
        )
        for chosen, names in ((leaving, out), (entering, into)):
            for i, n in enumerate(names):
                chosen[n] = box.top + box.height * (i + 0.5) / len(names)
    return {
        n: (
            (boxes[link.driver].left + BOX_WIDTH, leaving[n]),
            (boxes[link.response].left, entering[n]),
        )
        for n, link in links.items()
    }


def _curve(
    name: str, link: Link, ends: tuple[tuple[float, float], tuple[float, float]], model: Model
) -> list[Row]:
    """Return the points of a link's curve; the first and the last hold what its tooltip tells.

    The curve is level at both ends, for long at the first, so that the words beside it can be read.
    """
    (x0, y0), (x1, y1) = ends
    level = LEVEL_PART * (x1 - x0)
    xs = np.concatenate([[x0], np.linspace(x0 + level, x1, CURVE_POINTS - 1)])
    part = np.concatenate([[0.0], np.linspace(0.0, 1.0, CURVE_POINTS - 1)])
    ys = y0 + (y1 - y0) * part**2 * (3.0 - 2.0 * part)
    registry = model.registry.indicators
    median = link.median
    tooltip = {
        "link": name,
        "sign": RAISES if median > 0 else LOWERS if median < 0 else OPEN,
        "grade": link.parts["size"],
        "driver": registry[link.driver].label,
        "response": registry[link.response].label,
        "form": f"{link.form}: {UNITS_OF_FORM[link.form]}",
        "prior": minus(link.text),
        "lag": link.lag.text,
        "reference": " ".join(link.reference.split()),
        "words": f"{_effect(link, median)}, {link.lag.text}",
    }
    drawn = {"link": name, "sign": tooltip["sign"], "grade": tooltip["grade"]}
    rows: list[Row] = [
        {"step": i, "x": round(float(x), 1), "y": round(float(y), 1), **drawn}
        for i, (x, y) in enumerate(zip(xs, ys, strict=True))
    ]
    rows[0] |= tooltip
    rows[-1] |= tooltip
    return rows


def two_figures(value: float) -> str:
    """Return a size with its sign in two significant figures."""
    return significant(value, 6, signed=True, figures=2)


def _effect(link: Link, median: float) -> str:
    """Return the median effect of a link as a few words."""
    if link.form == "semi":
        return f"{two_figures(100 * np.expm1(median))} % per unit"
    number = two_figures(median)
    return f"{number} % per 1 %" if link.form == "elasticity" else f"{number} per unit"


def _node_row(box: Box, model: Model) -> Row:
    indicator = model.registry.indicators[box.name]
    return {
        "left": box.left,
        "right": box.left + BOX_WIDTH,
        "top": box.top,
        "bottom": box.top + box.height,
        "meaning": indicator.meaning,
    }


def _word_rows(box: Box, model: Model) -> list[Row]:
    """Return the words in a box, line by line: its label, then its sector."""
    indicator = model.registry.indicators[box.name]
    label = lines(indicator.label, BOX_WIDTH - 16, LABEL_SIZE * 1.14)
    top = box.top + box.height / 2 - LINE * len(label) / 2
    words = [*((line, INK) for line in label), (scenario_label(indicator.sector), MUTED)]
    return [
        {"x": box.left + BOX_WIDTH / 2, "y": top + LINE * i, "text": text, "tone": tone}
        for i, (text, tone) in enumerate(words)
    ]


def _link_layers(curves: list[Row], size: Size) -> list[Any]:
    """Return the curves, their arrow heads, and the words where they begin."""
    alt = altair()
    heads = [row for row in curves if row["step"] == CURVE_POINTS - 1]
    starts = [row for row in curves if row["step"] == 0]
    signs = [sign for sign in SIGN_COLOURS if any(row["sign"] == sign for row in curves)]
    grades = [grade for grade in DASHES if any(row["grade"] == grade for row in curves)]
    colour = alt.Color(
        "sign:N",
        scale=alt.Scale(domain=signs, range=[SIGN_COLOURS[sign] for sign in signs]),
        legend=_legend("A rise in the driver"),
    )
    dash = alt.StrokeDash(
        "grade:N",
        scale=alt.Scale(domain=grades, range=[DASHES[grade] for grade in grades]),
        legend=_legend("Size of the effect"),
    )
    fields = ("driver", "response", "form", "prior", "lag", "grade", "reference")
    tips = [alt.Tooltip(f"{name}:N") for name in fields]
    x, y = size.x("x"), size.y("y")
    return [
        chart_of(curves)
        .mark_line(strokeWidth=1.8, opacity=0.85)
        .encode(x=x, y=y, order="step:Q", detail="link:N", color=colour, strokeDash=dash),
        chart_of(heads)
        .mark_point(shape="triangle-right", filled=True, size=55, opacity=1, xOffset=-4)
        .encode(x=x, y=y, color=colour, tooltip=tips),
        chart_of(starts)
        .mark_text(align="left", baseline="bottom", dx=5, dy=-1, fontSize=9.5, color=MUTED)
        .encode(x=x, y=y, text="words:N", tooltip=tips),
    ]


def _box_layers(boxes: Mapping[str, Box], model: Model, size: Size) -> list[Any]:
    """Return the boxes of indicators, their labels, and their sectors."""
    alt = altair()
    words = [row for box in boxes.values() for row in _word_rows(box, model)]
    return [
        chart_of([_node_row(box, model) for box in boxes.values()])
        .mark_rect(fill=BOX, stroke=FAINT, strokeWidth=1, cornerRadius=4)
        .encode(
            x=size.x("left"),
            x2="right",
            y=size.y("top"),
            y2="bottom",
            tooltip=[alt.Tooltip("meaning:N")],
        ),
        chart_of(words)
        .mark_text(fontSize=LABEL_SIZE, baseline="middle")
        .encode(x=size.x("x"), y=size.y("y"), text="text:N", color=alt.Color("tone:N", scale=None)),
    ]


def _legend(title: str) -> Any:
    return altair().Legend(
        orient="top",
        direction="horizontal",
        title=title,
        titleOrient="left",
        symbolType="stroke",
        symbolSize=260,
        symbolStrokeWidth=2.4,
    )
