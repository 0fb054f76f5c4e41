#!/usr/bin/env python3
"""Take the pictures of the explorer's page: ``python tools/explorer_pictures.py [FOLDER]``.

Needs an editable install with the extras `explore` and `browser`, and a Chromium.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.open_explorer import SETTLED, chromium, lacking, served

REPOSITORY = Path(__file__).resolve().parent.parent
QUERY = "?scenario=labour_growth&indicator=labour_stock&year=2035"
"""What the pictures show."""
SHOWN: dict[str, dict[str, Any]] = {
    "explorer": {"viewport": {"width": 1400, "height": 1000}},
    "explorer_dark": {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "dark"},
    "explorer_phone": {"viewport": {"width": 390, "height": 844}},
    "explorer_phone_dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
COMMITTED = ("explorer", "explorer_phone_dark")
"""Those that the documentation shows."""


def main() -> None:
    """Take those of the documentation, or with --all each, whole length, into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=REPOSITORY / "docs" / "_static")
    parser.add_argument("--all", action="store_true", help="each window and theme, whole length")
    parser.add_argument("--out", type=Path, default=Path("results"), help="results folder")
    asked = parser.parse_args()
    missing = lacking()
    if missing:
        sys.exit(missing)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for file in take(asked.folder, asked.out, whole=asked.all):
        print(file)


def take(folder: Path, out: Path, *, whole: bool) -> list[Path]:
    """Take the pictures and return their files."""
    files = []
    with served(out, 1_000) as address, chromium() as browser:
        for name in SHOWN if whole else COMMITTED:
            page = browser.new_page(reduced_motion="reduce", **SHOWN[name])
            page.goto(address + QUERY)
            page.wait_for_selector(SETTLED)
            page.wait_for_selector("body[data-explained]")
            page.eval_on_selector("#status", "place => { place.textContent = ''; }")  # its seconds
            if not whole and "phone" in name:
                page.eval_on_selector("#results", "place => place.scrollIntoView()")
            files.append(folder / f"{name}.png")
            page.screenshot(path=files[-1], full_page=whole)
            page.close()
    return files


if __name__ == "__main__":
    main()
