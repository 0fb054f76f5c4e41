"""What a posterior depends on is read from the imports; a change of it is another posterior."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vnjp_sim.calibration.bank import ENTRY
from vnjp_sim.storage.sources import closure, source_hash

COMMENT = "\n# changed\n"
KEY = """
from vnjp_sim.calibration.bank import calibration_hash
from vnjp_sim.simulation.model_data import load_model
model = load_model()
print(calibration_hash(model.evidence, model.parameters))
"""


def names(package: Path, module: str = ENTRY) -> set[str]:
    return {file.relative_to(package).as_posix() for file in closure(module, package)}


@pytest.fixture(scope="module")
def copy(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with its models beside it."""
    root = tmp_path_factory.mktemp("copy")
    for folder in ("vnjp_sim", "models", "scenarios"):
        shutil.copytree(
            repository / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return root / "vnjp_sim"


def test_closure_holds_what_the_calibration_runs_with(copy: Path) -> None:
    found = names(copy)
    assert {
        "calibration/__init__.py",
        "calibration/levels.py",
        "calibration/residents.py",
        "foundation/vocabulary.py",
        "inputs/evidence.py",
        "inputs/parameters.py",
        "calibration/observation_model.py",
        "sectors/identities.py",
        "sectors/labour.py",
        "sectors/laws.py",
        "sectors/growth.py",
    } <= found
    outside = ("analysis/", "charts/", "cli/", "report/", "simulation/", "tables/")
    assert not [name for name in found if name.startswith(outside)]


def test_closure_is_what_python_loads(copy: Path) -> None:
    """Of the modules that the import itself loads, without the folders' own `__init__`."""
    program = f"import sys, {ENTRY}; print(*(m for m in sys.modules if m.startswith('vnjp_sim')))"
    loaded = run(copy, program).split()
    files = {f"{'/'.join(name.split('.')[1:])}.py" for name in loaded}
    found = names(copy)
    behind_folder = names(copy, "vnjp_sim.sectors")  # its __init__ runs, and gives nothing here
    assert {f for f in files if (copy / f).is_file()} <= found | behind_folder


def test_every_file_of_the_closure_counts_and_no_other(copy: Path) -> None:
    before, inside = source_hash(ENTRY, copy), names(copy)
    for file in sorted(copy.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        file.write_text(text + COMMENT, encoding="utf-8")
        changed = source_hash(ENTRY, copy) != before
        assert changed == (file.relative_to(copy).as_posix() in inside), file
        file.write_text(text, encoding="utf-8")


def test_a_change_of_a_sector_that_calibrates_is_another_posterior(copy: Path) -> None:
    before = run(copy, KEY)
    for name, changes in (("sectors/labour.py", True), ("charts/fans.py", False)):
        file = copy / name
        text = file.read_text(encoding="utf-8")
        file.write_text(text + COMMENT, encoding="utf-8")
        assert (run(copy, KEY) != before) == changes, name
        file.write_text(text, encoding="utf-8")


def run(copy: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=copy.parent,
        env={**os.environ, "PYTHONPATH": str(copy.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def write(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "vnjp_sim"
    for name, text in {"__init__.py": "", **files}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import vnjp_sim.b", {"b.py"}),
        ("import vnjp_sim.b as x, os", {"b.py"}),
        ("from vnjp_sim import b", {"b.py"}),
        ("from . import b", {"b.py"}),
        ("from .b import f", {"b.py"}),
        ("from vnjp_sim.c import d", {"c/d.py"}),
        ("from vnjp_sim.c import f", {"c/__init__.py", "b.py"}),
        ("from vnjp_sim.c.d import f", {"c/d.py"}),
        ("def f():\n    from vnjp_sim.b import g", {"b.py"}),
        ("class A:\n    def f(self):\n        import vnjp_sim.c.e", {"c/e.py", "c/d.py"}),
        ("try:\n    import vnjp_sim.b\nexcept ImportError:\n    pass", {"b.py"}),
        ("try:\n    pass\nexcept ImportError:\n    import vnjp_sim.b", {"b.py"}),
        ("match 1:\n    case 1:\n        import vnjp_sim.b", {"b.py"}),
        ("if TYPE_CHECKING:\n    import vnjp_sim.b", set()),
        ("if typing.TYPE_CHECKING:\n    pass\nelse:\n    import vnjp_sim.b", {"b.py"}),
        ("'from vnjp_sim import b'", set()),
        ("import b, os.path", set()),
    ],
)
def test_imports_of_every_form_are_followed(tmp_path: Path, text: str, found: set[str]) -> None:
    files = {
        "a.py": text,
        "b.py": "from vnjp_sim import a",  # a circle ends
        "c/__init__.py": "from vnjp_sim import b",
        "c/d.py": "",
        "c/e.py": "from .d import f",
    }
    assert names(write(tmp_path, files), "vnjp_sim.a") == {"a.py", *found}
