"""The notebooks run as they stand, and what is stored of them is what they show."""

from __future__ import annotations

import base64
import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import notebooks

REPOSITORY = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(file.stem for file in (REPOSITORY / "notebooks").glob("*.py"))
LARGEST = 2_000_000
TOLERANCE = 0.02
NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")
TRACES = ("/tmp/", "/home/", "/root/", "/Users/", "\\Users\\", "site-packages", " at 0x")  # noqa: S108
ACTIVE = ("<script", "application/javascript", "application/vnd.")


def stored(name: str, folder: Path = REPOSITORY / "notebooks") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    return content


def outputs(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the place of a cell and an output of it."""
    for place, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", ()):
            yield place, output


def texts(notebook: dict[str, Any]) -> dict[int, str]:
    """Return what each cell prints, by its place."""
    found: dict[int, str] = {}
    for place, output in outputs(notebook):
        told = output.get("text") or output.get("data", {}).get("text/plain", "")
        found[place] = found.get(place, "") + "".join(told)
    return found


def moved(before: str, after: str) -> bool:
    """Return whether numbers in a text differ by more than 2 % and their last digit."""
    old, new = NUMBER.findall(before), NUMBER.findall(after)
    if len(old) != len(new):
        return True
    values = ([float(m[0].replace(",", "")) for m in NUMBER.finditer(t)] for t in (before, after))
    return any(
        abs(a - b) > TOLERANCE * abs(a) + 2.0 * 10.0 ** -len(digits)
        for a, b, digits in zip(*values, old, strict=True)
    )


def tool(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / "tools" / "notebooks.py"), *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def results(calibrated_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with the calibration, in which a notebook finds what another has run."""
    calibrated = tmp_path_factory.mktemp("results") / "calibration"
    calibrated.mkdir()
    for bank in (calibrated_out / "calibration").iterdir():
        (calibrated / bank.name).symlink_to(bank)
    return calibrated.parent


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_and_shows_what_is_stored(
    name: str, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures are left as the kernel draws them: to make them smaller takes long."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(REPOSITORY / "notebooks" / f"{name}.py", folder)
    (tmp_path / "results").symlink_to(results)
    monkeypatch.setattr(notebooks, "_smaller", lambda picture: picture)
    assert notebooks.main([name, "--folder", str(folder)]) == 0
    fresh, known = texts(stored(name, folder)), texts(stored(name))
    assert fresh.keys() == known.keys()
    stale = [known[place] for place in known if moved(known[place], fresh[place])]
    assert not stale, f"run python tools/notebooks.py {name}: " + "\n".join(stale)


def test_a_smaller_picture_has_the_same_pixels() -> None:
    """Data that stood in two chunks is in one."""
    pixels = b"\0" + bytes(range(9)) * 100

    def picture(level: int, *parts: slice) -> bytes:
        data = zlib.compress(pixels, level)
        chunks = [(b"IHDR", b"head"), *((b"IDAT", data[part]) for part in parts), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )

    plain = base64.b64encode(picture(0, slice(5), slice(5, None))).decode()
    small = base64.b64decode(notebooks._smaller(plain))
    assert small == picture(9, slice(None))
    assert len(small) < len(plain) / 5


def test_stored_notebooks_have_the_cells_of_their_sources() -> None:
    assert len(NOTEBOOKS) >= 4
    assert sorted(f.stem for f in (REPOSITORY / "notebooks").glob("*.ipynb")) == NOTEBOOKS
    done = tool("--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_stored_outputs_read_on_a_code_host(name: str) -> None:
    assert (REPOSITORY / "notebooks" / f"{name}.ipynb").stat().st_size < LARGEST
    notebook = stored(name)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    pictures = []
    for _, output in outputs(notebook):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr"
        data = dict(output.get("data", {}))
        if "image/png" in data:
            pictures.append(base64.b64decode(data.pop("image/png")))
        told = json.dumps([data, output.get("text", "")])
        assert not [word for word in (*TRACES, *ACTIVE) if word in told]
    assert len(pictures) >= 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_stored_notebooks_say_nothing_of_the_machine(name: str) -> None:
    notebook = stored(name)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook["metadata"] == {"kernelspec": kernel, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook["cells"]):
        assert cell["id"] == f"cell-{number:02d}"
        assert cell["metadata"] == {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("turnover 59.47", "turnover 59.48", False),
        ("turnover 59.47", "turnover 63.10", True),
        ("213,481 persons", "213,900 persons", False),
        ("0.17", "0.27", True),
        ("25% of the futures", "26% of the futures", False),
        ("one 1.0", "one 1.0 and 2.0", True),
    ],
)
def test_moved_numbers_are_found(before: str, after: str, expected: bool) -> None:
    assert moved(before, after) is expected


def test_notebooks_out_of_step_are_told(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("# %% [markdown]\n# # Title\n\n# %%\n1 + 1\n")
    done = tool("own", "--folder", str(tmp_path), "--check")
    assert done.returncode == 1
    assert "does not have the cells of own.py" in done.stdout
