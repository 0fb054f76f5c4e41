"""Run the notebooks and store them with what they show: ``python tools/notebooks.py [NAME ...]``.

The sources are `notebooks/*.py`, in the percent format of jupytext; each becomes the `.ipynb`
beside it. Nothing of the machine is stored: no times, no paths, no version of the kernel.
"""

from __future__ import annotations

import argparse
import base64
import struct
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
PERCENT = "py:percent"
PICTURE = "image/png"
LONGEST_CELL = 900
"""Seconds that a cell may take on a slow machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named notebooks, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all by default")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the sources are")
    parser.add_argument("--check", action="store_true", help="only compare cells, run nothing")
    asked = parser.parse_args(arguments)
    known = {file.stem: file for file in sorted(asked.folder.glob("*.py"))}
    unknown = set(asked.names) - set(known)
    if unknown:
        parser.error(f"no notebook {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
    chosen = asked.names or list(known)
    if asked.check:
        stale = [name for name in chosen if not in_step(known[name])]
        for name in stale:
            print(f"{name}.ipynb does not have the cells of {name}.py; run {sys.argv[0]} {name}")
        return 1 if stale else 0
    for name in chosen:
        begun = time.monotonic()
        try:
            notebook = executed(notebook_of(known[name]), asked.folder)
        except CellExecutionError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        target = known[name].with_suffix(".ipynb")
        target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        size = target.stat().st_size / 1e6
        print(f"{target.name}: {time.monotonic() - begun:.0f} s, {size:.2f} MB", flush=True)
    return 0


def notebook_of(source: Path) -> NotebookNode:
    """Return the notebook of a source, without outputs, the same at every reading."""
    notebook = jupytext.read(source, fmt=PERCENT)
    assert isinstance(notebook, NotebookNode)  # noqa: S101 - jupytext is untyped
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = _metadata()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = NotebookNode()
    return notebook


def in_step(source: Path) -> bool:
    """Return whether the stored notebook of a source has the source's cells."""
    target = source.with_suffix(".ipynb")
    if not target.is_file():
        return False
    stored, wanted = nbformat.read(target, as_version=4), notebook_of(source)
    both = ([(cell.cell_type, cell.source) for cell in n.cells] for n in (stored, wanted))
    return next(both) == next(both)


def executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return a notebook with its outputs, run by a kernel of its own in `folder`.

    Raises CellExecutionError if a cell fails.
    """
    client = NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
    )
    result: NotebookNode = client.execute()
    result.metadata = _metadata()
    for cell in result.cells:
        cell.metadata = NotebookNode()
        if "outputs" in cell:  # progress is no result: it says whether a calibration was stored
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
        for output in cell.get("outputs", ()):
            if PICTURE in output.get("data", {}):
                output.data = NotebookNode({PICTURE: _smaller(output.data[PICTURE])})
    return result


def _metadata() -> NotebookNode:
    """Return what a reader of the file must know of its language, and no more."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return NotebookNode(kernelspec=NotebookNode(kernel), language_info=NotebookNode(name="python"))


def _smaller(picture: str) -> str:
    """Return a PNG in base64 with its data compressed as far as zlib does: a third of the size."""
    content = base64.b64decode(picture)
    chunks = list(_chunks(content))
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    packed = [(b"IDAT", zlib.compress(pixels, 9))]
    before = [chunk for chunk in chunks if chunk[0] not in (b"IDAT", b"IEND")]
    written = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (*before, *packed, (b"IEND", b""))
    )
    return base64.b64encode(content[:8] + written).decode("ascii")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each chunk of a PNG (ISO/IEC 15948, 5.3)."""
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


if __name__ == "__main__":
    sys.exit(main())
