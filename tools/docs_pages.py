#!/usr/bin/env python3
"""Write the pages of the documentation that follow from models, commands and package.

python tools/docs_pages.py

A build of the documentation does it by itself; the pages are not committed.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from data_pages import write_data_pages
from page_text import write_page
from reference_pages import write_reference_pages
from sector_pages import write_sector_pages

from vnjp_sim.simulation.model_data import load_model

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = ("data", "reference", "sectors", "notebooks")


def main() -> None:
    """Write them below docs, or the folder that is named."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("docs", type=Path, nargs="?", default=REPOSITORY / "docs")
    for page in write_pages(parser.parse_args().docs):
        print(page)


def write_pages(docs: Path) -> list[Path]:
    """Write every page below `docs`, delete those that no longer follow, and return the files."""
    model = load_model()
    pages = [
        *write_data_pages(docs / "data", model),
        *write_reference_pages(docs / "reference", model),
        *write_sector_pages(docs / "sectors", model),
        *write_notebook_pages(docs / "notebooks"),
    ]
    for folder in FOLDERS:
        for file in (docs / folder).glob("*"):
            if file.is_file() and file not in pages:
                file.unlink()
    return pages


def write_notebook_pages(folder: Path) -> Iterator[Path]:
    """Copy the notebooks of the repository, with what is told of them, and yield the files."""
    notebooks = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
    names = [notebook.stem for notebook in notebooks]
    about = (REPOSITORY / "notebooks" / "README.md").read_text(encoding="utf-8").splitlines()
    toctree = ["```{toctree}", ":hidden:", "", *names, "```"]
    yield write_page(folder / "index.md", ["(page-notebooks)=", *about, "", *toctree])
    for notebook in notebooks:
        target = folder / notebook.name
        if not target.is_file() or target.read_bytes() != notebook.read_bytes():
            shutil.copyfile(notebook, target)
        yield target


if __name__ == "__main__":
    main()
