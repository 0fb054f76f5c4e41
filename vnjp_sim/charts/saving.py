"""Charts on disk and in a page: images, and HTML that loads nothing from the network."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.charts.theme import THEME, altair
from vnjp_sim.charts.vector import drawn
from vnjp_sim.foundation.argument_types import choice
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError, did_you_mean
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.storage.atomic import write_whole
from vnjp_sim.storage.user_cache import VEGA, kept_text

if TYPE_CHECKING:
    import altair as alt

PICTURES = ("png", "svg", "pdf")
SUFFIXES = (".png", ".svg", ".pdf", ".html")
SCALE = 2
EMBED_OPTIONS = {
    "mode": "vega-lite",
    "renderer": "svg",
    "actions": {"export": True, "source": False, "compiled": False, "editor": False},
}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ margin: 1.5rem; background: #fff; }}</style>
<script>{bundle}</script>
</head>
<body>
{chart}
</body>
</html>
"""


@settled
def save(chart: alt.VConcatChart, path: str | Path) -> Path:
    """Write a chart, whole or not at all, and return its path.

    The suffix says how: `.png` (twice the resolution of a screen), `.svg`, `.pdf`, or `.html`
    (interactive, in one file, without network).

    Raises
    ------
    InputError
        The suffix is unknown.
    EnvironmentFailureError
        vl-convert is not installed, or the disk refuses.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        message = f"a chart cannot be written as '{suffix}'" if suffix else "the file has no suffix"
        raise InputError.single(display_path(target), message, did_you_mean(suffix, SUFFIXES))
    content = _page(chart) if suffix == ".html" else image(chart, suffix)
    return write_whole(target, lambda file: _write(file, content), force=True)


@settled
def compact_spec(chart: alt.VConcatChart) -> str:
    """Return the Vega-Lite specification of a chart as JSON without spaces.

    It may stand inside a script element: no `</` occurs in it.
    """
    return _compact(chart.to_dict())


def _compact(spec: Mapping[str, Any]) -> str:
    content = {name: part for name, part in spec.items() if name != "$schema"}
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("</", "<\\/")


@settled
def embedded(chart: alt.VConcatChart, element: str) -> str:
    """Return the HTML of a chart for a page that holds :func:`vega_bundle` once.

    `element` is the id that the chart's `div` gets; each chart of a page needs its own.
    """
    return embedded_spec(chart.to_dict(), element)


def embedded_spec(spec: Mapping[str, Any], element: str) -> str:
    """Return what :func:`embedded` does, of the specification of a chart."""
    options = json.dumps(EMBED_OPTIONS, separators=(",", ":"))
    name = json.dumps(f"#{element}")
    return (
        f'<div id="{html.escape(element)}" class="chart" tabindex="0"></div>\n'
        f"<script>vegaEmbed({name},{_compact(spec)},{options}).then(shown=>shown.element"
        '.querySelector("summary")?.setAttribute("aria-label","Save this chart"));</script>'
    )


def svg_of_spec(spec: Mapping[str, Any]) -> str:
    """Return the picture of the specification of a chart as SVG text.

    Raises EnvironmentFailureError if vl-convert is not installed.
    """
    draw, vega_lite = _converter().vegalite_to_svg, _vega_lite_version()
    return drawn(spec, lambda content: str(draw(content, vl_version=vega_lite)))


def _vega_lite_version() -> str:
    return ".".join(altair().SCHEMA_VERSION.split(".")[:2])


@cache
def vega_bundle() -> str:
    """Return the JavaScript of Vega, Vega-Lite and Vega-Embed, for one script element of a page.

    To put it together takes longer than to draw ten charts, so the user's cache keeps it.

    Raises
    ------
    EnvironmentFailureError
        vl-convert is not installed.
    """
    converter, vega_lite = _converter(), _vega_lite_version()
    bundle = kept_text(
        VEGA,
        f"{version('vl-convert-python')}-{vega_lite}",
        lambda: str(converter.javascript_bundle(vl_version=vega_lite)),
    )
    return bundle.replace("</script", "<\\/script")


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _page(chart: alt.VConcatChart) -> bytes:
    title = " ".join(chart.to_dict()["title"]["text"])
    page = PAGE.format(
        title=html.escape(title), bundle=vega_bundle(), chart=embedded(chart, "chart")
    )
    return page.encode()


@settled
def show_pictures(ppi: int = 144) -> None:
    """Show charts in notebooks as pictures, which need no JavaScript and stay when it is stored.

    Altair charts of the user's own get the look of those of this package.

    Parameters
    ----------
    ppi : int
        Pixels per inch; 72 is the size on the page.

    Raises
    ------
    EnvironmentFailureError
        Altair or vl-convert is not installed.
    """
    alt = altair()
    _converter()
    alt.renderers.enable("png", ppi=ppi)
    alt.theme.enable(THEME)


@settled
def image(chart: Any, suffix: str) -> bytes:
    """Return a chart as a picture: `suffix` is .png, .svg or .pdf.

    Raises EnvironmentFailureError if vl-convert is not installed.
    """
    _converter()
    kind = choice("suffix", suffix.removeprefix("."), PICTURES)
    if kind == "svg":
        text = io.StringIO()
        chart.save(text, format=kind)
        return text.getvalue().encode()
    content = io.BytesIO()
    scale = {"scale_factor": SCALE} if kind == "png" else {}
    chart.save(content, format=kind, **scale)
    return content.getvalue()


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise EnvironmentFailureError(
            "saving a chart needs vl-convert, which is not installed; "
            'run: pip install "vnjp-sim[charts]"'
        ) from None
    return vl_convert
