"""The words around a chart, and the chart as a whole: title, subtitle, notes, source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from vnjp_sim.charts.look import Look, dressed
from vnjp_sim.charts.theme import QUIET, altair, balanced, config, lines
from vnjp_sim.foundation.argument_types import is_dataset
from vnjp_sim.simulation.citing import source_line
from vnjp_sim.simulation.pairing import manifests_of

if TYPE_CHECKING:
    from altair import VConcatChart

    from vnjp_sim.simulation.model_data import Model

TITLE_SIZE, SUBTITLE_SIZE, NOTE_SIZE = 17, 12, 10.5
PPI = 144
PNG, TEXT = "image/png", "text/plain"


@dataclass(frozen=True)
class Words:
    """What stands around a chart.

    Attributes
    ----------
    title : str
        The finding.
    subtitle : str
        What is shown: quantity, unit, lines and bands.
    notes : Sequence[str]
        Sentences on how to read it.
    source : str
        Where the numbers are from.
    """

    title: str
    subtitle: str
    notes: Sequence[str]
    source: str


def source_of(runs: Any, model: Model) -> str:
    """Return the line that names documents, runs and version, as far as the runs tell them.

    Parameters
    ----------
    runs : xr.Dataset | Mapping[str, Mapping[str, Any]] | None
        Projections, or the manifests of runs by scenario.
    model : Model
        What they are calibrated on.
    """
    manifests = {} if runs is None else manifests_of(runs) if is_dataset(runs) else runs
    return source_line({name: str(m.get("run", "")) for name, m in manifests.items()}, model)


def finish(body: Any, words: Words, look: Look) -> VConcatChart:
    """Return a chart with its title above, its notes and source below, and the theme.

    Parameters
    ----------
    body : Any
        An Altair chart without title and configuration.
    words : Words
        Title, subtitle, notes and source.
    look : Look
        Width to which the words are wrapped, title instead of the finding, numbers, theme.
    """
    alt = altair()
    room = look.inner_width
    title = look.title if look.title is not None else words.title
    below = [*lines(" ".join(words.notes), room, NOTE_SIZE * 1.06)]
    below += lines(words.source, room, NOTE_SIZE * 1.12)  # hashes are wide
    body.title = alt.TitleParams(
        below,
        orient="bottom",
        anchor="start",
        frame="bounds",
        fontSize=NOTE_SIZE,
        fontWeight="normal",
        color=QUIET,
        lineHeight=14,
        offset=10,
    )
    heading = alt.TitleParams(
        balanced(title, room, TITLE_SIZE * 1.12),
        subtitle=lines(words.subtitle, room, SUBTITLE_SIZE),
    )
    picture = _picture_class()
    framed: VConcatChart = picture(
        vconcat=[body],
        title=heading,
        description=f"{title}. {words.subtitle}.",
        config=alt.Config(**config()),
    )
    if look.numbers in ("en", "ja") and look.theme == "light":
        return framed
    content = dressed(framed.to_dict(), look)
    return picture.from_dict(content, validate=False)  # type: ignore[no-any-return]


@cache
def _picture_class() -> Any:
    class Picture(altair().VConcatChart):  # type: ignore[misc]
        """A chart that a notebook shows as a picture, without network, unless told otherwise."""

        def _repr_mimebundle_(self, *words: Any, **more: Any) -> Any:
            renderers = altair().renderers
            if renderers.active != "default" or find_spec("vl_convert") is None:
                return self._told(super()._repr_mimebundle_(*words, **more))
            with renderers.enable("png", ppi=PPI):
                return self._told(super()._repr_mimebundle_(*words, **more))

        def _told(self, shown: Any) -> Any:
            """Return what a notebook shows; a picture with words for those who do not see it."""
            if not isinstance(shown, tuple) or PNG not in shown[0]:
                return shown
            data, about = shown
            words = " ".join(str(self.description).split())
            return {**data, TEXT: words}, {**about, PNG: {**about.get(PNG, {}), "alt": words}}

    return Picture
