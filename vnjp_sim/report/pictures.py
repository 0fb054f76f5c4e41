"""A chart in a page: its specification, its picture, and its words for those who do not see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vnjp_sim import charts
from vnjp_sim.charts.saving import svg_of_spec


@dataclass(frozen=True)
class Picture:
    """A chart and what it is called in the page.

    Attributes
    ----------
    name : str
        Of its file; each picture of a page has its own.
    chart : Any
        An Altair chart.
    title : str
        What it shows.
    small : bool
        Whether it is drawn without title, notes and source, which stand in the page: with its
        subtitle alone, which says what is shown.
    wide : bool
        Whether it takes the width of the page; on a telephone it is scrolled.
    """

    name: str
    chart: Any
    title: str
    small: bool = False
    wide: bool = False

    @cached_property
    def _framed(self) -> dict[str, Any]:
        """The Vega-Lite specification of the whole chart."""
        with charts.unchecked():
            content: dict[str, Any] = self.chart.to_dict(validate=False)
        return content

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification of what the page shows."""
        return _small(self._framed) if self.small else self._framed

    @cached_property
    def svg(self) -> str:
        """What the page shows as SVG text."""
        return svg_of_spec(self.spec)

    @property
    def whole(self) -> str:
        """The chart with its title and source, as it stands in a file, as SVG text."""
        return svg_of_spec(self._framed) if self.small else self.svg

    @property
    def alternative(self) -> str:
        """The picture in words: what it shows, and what the chart itself says of that."""
        told = " ".join(str(self.spec.get("description", "")).split())
        return f"{self.title}. {told}" if told and not told.startswith(self.title) else told


def _small(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the specification of a framed chart with its subtitle alone.

    The frame is a column of one chart, whose title is what stands below it.
    """
    heading = spec["title"]
    body = {name: part for name, part in spec["vconcat"][0].items() if name != "title"}
    config = spec["config"] | {"legend": spec["config"]["legend"] | {"columns": 2}}
    return spec | {
        "vconcat": [body],
        "title": {"text": heading["subtitle"], "fontSize": 12, "fontWeight": "normal", "offset": 8},
        "config": config | {"padding": {"left": 2, "right": 2, "top": 4, "bottom": 2}},
    }
