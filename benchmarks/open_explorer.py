"""The explorer in a process of its own, and a headless Chromium that opens it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
NEEDED = {"shiny": "explore", "playwright": "browser", "axe_playwright_python": "browser"}
"""Packages by the extra that brings them."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SETTLED = "body:not(.busy)"
"""What the page is when the latest move is answered and drawn."""


def lacking() -> str:
    """Return why the explorer cannot be opened here; empty if it can."""
    for package, extra in NEEDED.items():
        if find_spec(package) is None:
            return f"{package} is not installed: pip install 'vnjp-sim[{extra}]'"
    if _browser() is None:
        return f"no browser: none of {', '.join(BROWSERS)} is installed"
    return ""


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium, for nothing but pages of this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def served(out: Path, draws: int, *words: str) -> Iterator[str]:
    """Run `vnjp_sim explore`; give the address that it prints.

    Parameters
    ----------
    out : Path
        Results folder with the calibration.
    draws : int
        Size of the ensemble.
    words : str
        Of the command line beside these.

    Raises
    ------
    RuntimeError
        The command ends without an address.
    """
    command = [sys.executable, "-m", "vnjp_sim", "explore", *words, "--no-browser", "--port", "0"]
    command += ["--draws", str(draws), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            line = process.stdout.readline()
            address = next((word for word in line.split() if word.startswith("http")), None)
            if address is None:
                raise RuntimeError(f"{' '.join(command)} prints no address")
            yield address
        finally:
            process.terminate()
