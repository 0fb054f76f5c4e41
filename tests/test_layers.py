"""The floors of the package: imports go only downward, heavy libraries are imported lazily."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import house
import pytest
from house import FLOOR, PACKAGE, imports, modules, parsed, room_of

HEAVY = (
    "altair",
    "arviz",
    "arviz_base",
    "arviz_stats",
    "matplotlib",
    "scipy.stats",
    "scoringrules",
    "shiny",
    "starlette",
    "statsmodels",
    "uvicorn",
    "vl_convert",
)
"""What a module imports where it is used, so that the command line starts quickly."""

START_UP = {"altair", "arviz_stats", "h5netcdf", "numpy", "pandas", "scipy", "simpy", "xarray"}
"""What `import vnjp_sim` alone must not load."""


def faults(root: Path) -> list[str]:
    """Return everything about the imports of a package folder that breaks the rule of floors."""
    known = modules(root)
    unlisted = sorted(module for module in known if room_of(module) not in FLOOR)
    if unlisted:
        return [f"{m}: on no floor; add its room to FLOORS in {house.__file__}" for m in unlisted]
    found = []
    edges = list(house.edges(root))
    for module, target, line in edges:
        above, below = room_of(module), room_of(target)
        if FLOOR[below] >= FLOOR[above] and above != below:
            found.append(
                f"{known[module].relative_to(root.parent).as_posix()}:{line}: {module} "
                f"(floor {FLOOR[above]}) imports {target} "
                f"(floor {FLOOR[below]}); an import goes only downward"
            )
    for file in known.values():
        found += hidden_imports(root, file)
    circle = house.cycle({(module, target) for module, target, _ in edges})
    if circle:
        found.append("a cycle: " + " -> ".join(circle))
    return list(dict.fromkeys(found))


def hidden_imports(root: Path, file: Path) -> list[str]:
    """Return the calls that import by a text; only the package's own lazy exports may."""
    if file == root / "__init__.py":
        return []
    return [
        f"{file.relative_to(root.parent).as_posix()}:{node.lineno}: imports by a text; "
        "write an import statement, inside the function if it should be late"
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
    ]


def eager_imports(root: Path) -> list[str]:
    """Return the heavy libraries that modules load when they are imported."""
    found = []
    for module, file in modules(root).items():
        for entry in imports(module, file):
            if entry.eager and any(f"{entry.name}.".startswith(f"{heavy}.") for heavy in HEAVY):
                place = file.relative_to(root.parent).as_posix()
                found.append(f"{place}:{entry.line}: imports {entry.name} at top level")
    return found


def test_imports_go_only_downward(repository: Path) -> None:
    found = faults(repository / PACKAGE)
    assert not found, "\n" + "\n".join(found)


def test_heavy_libraries_are_imported_where_they_are_used(repository: Path) -> None:
    found = eager_imports(repository / PACKAGE)
    assert not found, "\n" + "\n".join(found)


def test_exports_resolve_lazily(repository: Path) -> None:
    init = repository / PACKAGE / "__init__.py"
    if not init.is_file() or "__all__" not in init.read_text(encoding="utf-8"):
        pytest.skip("the package exports nothing yet")
    program = f"""
import json, sys
import {PACKAGE} as package
loaded = sorted({START_UP!r} & set(sys.modules))
for name in package.__all__:
    getattr(package, name)
missing = sorted(set(package.__all__) - set(dir(package)))
try:
    package.no_such_name
except AttributeError:
    refused = True
else:
    refused = False
result = dict(names=list(package.__all__), loaded=loaded, missing=missing, refused=refused)
print(json.dumps(result))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["loaded"] == [], "import vnjp_sim alone loads these"
    assert result["missing"] == [], "dir(vnjp_sim) lacks these"
    assert result["refused"], "an unknown name must raise AttributeError"
    assert len(result["names"]) == len(set(result["names"])) <= 40


def write_package(folder: Path, files: dict[str, str]) -> Path:
    root = folder / PACKAGE
    for name, text in {"__init__.py": "", **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sectors/a.py": "from vnjp_sim.foundation.b import F", "foundation/b.py": ""}, ""),
        ({"inputs/a.py": "from vnjp_sim.inputs import b", "inputs/b.py": ""}, ""),
        ({"inputs/a.py": "from vnjp_sim.sectors.b import F", "sectors/b.py": ""}, "only downward"),
        ({"inputs/a.py": "import vnjp_sim.sectors.b", "sectors/b.py": ""}, "only downward"),
        ({"inputs/a.py": "from ..sectors import b", "sectors/b.py": ""}, "only downward"),
        ({"inputs/a.py": "from vnjp_sim import run"}, "only downward"),
        (
            {"inputs/a.py": "def f():\n    from ..sectors.b import F", "sectors/b.py": ""},
            "inputs/a.py:2",
        ),
        (
            {
                "inputs/a.py": "if typing.TYPE_CHECKING:\n    import vnjp_sim.sectors.b",
                "sectors/b.py": "",
            },
            "inputs/a.py:2",
        ),
        ({"charts/a.py": "import vnjp_sim.tables.b", "tables/b.py": ""}, "only downward"),
        ({"sectors/a.py": "from .b import f", "sectors/b.py": ""}, ""),
        ({"sectors/a.py": "from . import b", "sectors/b.py": "from ..sectors import a"}, "cycle"),
        ({"sectors/a.py": "from .b import f", "sectors/b.py": "from .a import g"}, "cycle"),
        (
            {"sectors/__init__.py": "from .a import f", "sectors/a.py": "from . import g"},
            "cycle",
        ),
        ({"novelty.py": ""}, "vnjp_sim.novelty: on no floor"),
        ({"novelty/a.py": ""}, "vnjp_sim.novelty.a: on no floor"),
        ({"inputs/a.py": "importlib.import_module('vnjp_sim.cli')"}, "imports by a text"),
    ],
)
def test_rule_finds(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    found = "\n".join(faults(write_package(tmp_path, files)))
    assert expected in found if expected else not found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import scipy.stats", 1),
        ("from scipy import stats", 1),
        ("from scipy.stats import norm", 1),
        ("try:\n    import altair as alt\nexcept ImportError:\n    alt = None", 1),
        ("class A:\n    import matplotlib.pyplot", 1),
        ("def f():\n    import matplotlib.pyplot", 0),
        ("if TYPE_CHECKING:\n    import altair", 0),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import altair", 1),
        ("from scipy import special", 0),
    ],
)
def test_rule_finds_heavy_imports(tmp_path: Path, text: str, count: int) -> None:
    assert len(eager_imports(write_package(tmp_path, {"growth.py": text}))) == count
