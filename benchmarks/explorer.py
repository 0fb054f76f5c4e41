"""Milliseconds from a key on a lever of the explorer to its redrawn page, in a headless browser."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.open_explorer import SETTLED, chromium, lacking, served
from benchmarks.sizes import Size
from benchmarks.tables import Cell, Table

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEVER = "#lever-oda_commitments"
KEY = "ArrowRight"
"""Each time a setting that was not there before: no answer is known already."""
WINDOW = {"width": 1400, "height": 1000}
MEASURED = (
    "performance.getEntriesByName('redrawn').map(one => ({...one.detail.server, "
    "wait: one.detail.wait, whole: one.duration}))"
)
MILLISECONDS = 1_000.0


def explorer(out: Path, size: Size) -> Table:
    """Return how long the page takes: to open, and from a key to the redrawn page."""
    missing = lacking()
    if missing:
        nothing: dict[str, Cell] = {"what": f"not measured: {missing}", "median": "", "p95": ""}
        return _table([nothing], size)
    with served(out, size.session_draws) as address, chromium() as browser:
        opened = []
        for _ in range(3):
            page = browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]
            begin = time.perf_counter()
            page.goto(address)
            page.wait_for_selector(SETTLED)
            opened.append(MILLISECONDS * (time.perf_counter() - begin))
            page.close()
        page = browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]
        page.goto(address)
        page.wait_for_selector(SETTLED)
        measured = _pressed(page, max(2, size.keys))
    rows = [
        _row("from a key to the redrawn page", [one["whole"] for one in measured]),
        _row("of this, the engine", [one["engine"] for one in measured]),
        _row("of this, words, tables and rows of pictures", [one["pictures"] for one in measured]),
        _row("of this, drawing in the browser", [one["whole"] - one["wait"] for one in measured]),
        _row("the page, from its address to the first picture", opened),
    ]
    return _table(rows, size)


def _pressed(page: Page, count: int) -> Sequence[Mapping[str, float]]:
    """Press keys on the slider of a lever, each when the last one is answered."""
    page.eval_on_selector(LEVER, "place => { place.closest('details').open = true; }")
    page.focus(f"{LEVER} [data-part=slide]")
    for _ in range(count + 1):
        page.keyboard.press(KEY)
        page.wait_for_selector(SETTLED)
    measured: Any = page.evaluate(MEASURED)
    return measured[-count:]  # type: ignore[no-any-return]


def _row(what: str, milliseconds: Sequence[float]) -> dict[str, Cell]:
    median, high = np.quantile(milliseconds, [0.5, 0.95])
    return {"what": what, "median": float(median), "p95": float(high)}


def _table(rows: Sequence[Mapping[str, Cell]], size: Size) -> Table:
    return Table(
        "explorer",
        "The explorer",
        f"Milliseconds on the clock, {size.session_draws:,} draws: keys on the slider of a lever, "
        "each pressed when the page is redrawn, effects, chances, levels, the sector and all "
        "tables; in a headless Chromium on the same machine.",
        {"what": "what", "median": "median", "p95": "95 % within"},
        rows,
    )
