"""A headless browser, where one is installed: pages on paper, on a telephone, and controls."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--no-pdf-header-footer",
    "--virtual-time-budget=5000",
]
FRAME = """<!DOCTYPE html><title>-</title>
<iframe id=f style="border:0;width:{width}px;height:900px" src="{page}"></iframe>
<script>f.onload = () => document.title = f.contentDocument.documentElement.scrollWidth;</script>
"""


def browse(*words: str, profile: Path) -> str:
    """Run the browser and return what it prints; skips the test where none is installed."""
    command = [_installed(), *OPTIONS, f"--user-data-dir={profile}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def _installed() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    return found


@contextmanager
def driven() -> Iterator[Any]:
    """Give a browser that playwright drives; skips the test where one of both is not installed."""
    why = "playwright is not installed: pip install playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=why)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_installed(), args=OPTIONS[1:9])
        yield browser
        browser.close()


def pages_on_paper(page: Path, folder: Path) -> int:
    """Return on how many pages a page is printed."""
    pdf = folder / f"{page.stem}.pdf"
    browse(f"--print-to-pdf={pdf}", page.as_uri(), profile=folder / "profile")
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


def width_of(page: Path, frame: int, folder: Path) -> int:
    """Return how wide a page is in a window of so many pixels; wider ones scroll."""
    outer = folder / "frame.html"
    outer.write_text(FRAME.format(width=frame, page=page.as_uri()), encoding="utf-8")
    printed = browse("--dump-dom", outer.as_uri(), profile=folder / "profile")
    return int(re.findall(r"<title>(\d+)</title>", printed)[0])
